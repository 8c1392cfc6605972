//! People's bodies: what they look like ([`Figure`]), where their joints are in a pose ([`pose`]), and their surface
//! ([`Skin`]).
//!
//! Everything procedural: no mesh, texture or recorded movement is loaded. A body has its own frame: x to its left, y up, z
//! forwards, the floor at 0. In that frame it stands upright with hanging arms; a pose turns its bones, and the heading turns it
//! into the store.

mod clothes;
mod head;
mod limbs;
mod loft;
mod pose;
mod skeleton;
mod skin;
mod torso;

pub use clothes::{Clothes, Hair};
pub use pose::{Joints, Stance, pose, stance};
pub use skeleton::{BONES, Figure, TURN_MM};
pub use skin::{Corner, Skin};

/// Names of the 17 joints of COCO, in its order: the left one of a pair first.
pub const JOINTS: [&str; 17] = [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
];
