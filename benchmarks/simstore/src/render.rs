//! Pictures of the shop: what each camera sees, and the exact truth about who is in it.
//!
//! ```text
//!  World -> Scene: chunks of lit triangles, one for each piece of building and each slot's goods
//!              |                                        Moment -> Cast: people's skins in their poses, lit
//!   Backdrop: colour, depth and owner of every sample,           |
//!   drawn once for a camera, repaired where a slot changes       |
//!              +------------------------+------------------------+
//!                                    Canvas   z-buffer, 2 x 2 samples a pixel; only the tiles that people touch
//!                                       |
//!                    develop: average, tone, exposure, noise -> RGB      truth: boxes and joints from owners and depths
//!                                       |
//!                    film: cameras dealt over threads -> encode: ffmpeg, H.264      frames: single labelled images
//! ```
//!
//! Lenses are drawn by moving corners: every triangle is split until its edges are so short in the picture that a straight edge
//! is a bent one. The picture therefore agrees with `schemas::CameraModel::project` wherever a corner is. A pixel with number
//! `i` covers `i` to `i + 1` in the coordinates of boxes and joints.

mod backdrop;
mod canvas;
mod cast;
mod develop;
mod encode;
mod eye;
mod film;
mod frames;
mod light;
mod mesh;
mod package;
mod scene;
mod stage;
mod texture;
mod truth;

pub use develop::Sensor;
pub use encode::{EncodeError, Encoder, Encoding};
pub use film::{FilmError, Filming, film};
pub use frames::{FrameSet, FramesError, frames, of_one_shop};
pub use scene::Scene;
pub use stage::Stage;
pub use truth::{FrameTruth, LIMB_ENDS, SeenJoint, SeenPerson, Sight};

#[cfg(test)]
mod tests;
