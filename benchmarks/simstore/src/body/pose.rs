//! From a pose to bones and joints: trunk and legs by angles, hands by two-bone inverse kinematics.

use super::skeleton::{BONES, CHEST, Figure, HEAD, LOINS, NECK, PELVIS, Side, WAIST};
use crate::life::{Hand, Pose};
use crate::world::Mm3;
use nalgebra::Matrix3;

/// How far a shoulder follows a hand that wants farther than the arm is long, metres of 1.75 m.
const SHOULDER_GIVES: f64 = 0.07;

/// From the wrist to the middle of the palm, metres of 1.75 m.
const PALM: f64 = 0.085;

/// Where somebody's joints are, mm in the store's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joints {
    /// The 17 of COCO, see [`super::JOINTS`].
    pub coco: [Mm3; 17],
    /// Middle of the pelvis.
    pub pelvis: Mm3,
    /// Top of the head.
    pub head_top: Mm3,
    /// Middles of the palms, left and right: where something that is held is held.
    pub palms: [Mm3; 2],
    /// Tips of the feet, left and right.
    pub toes: [Mm3; 2],
}

impl Joints {
    /// The wrist of a side: 0 left, 1 right.
    pub fn wrist(&self, side: usize) -> Mm3 {
        self.coco[9 + side]
    }

    /// The ankle of a side: 0 left, 1 right.
    pub fn ankle(&self, side: usize) -> Mm3 {
        self.coco[15 + side]
    }
}

/// Every bone of a body in a pose: it takes a point `p` at rest to `turn * p + shift`, mm in the store's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Stance {
    /// Rotations.
    pub turn: [Matrix3<f64>; BONES],
    /// Translations, mm.
    pub shift: [Mm3; BONES],
}

impl Stance {
    /// Where a point of a bone at rest is.
    pub(super) fn place(&self, bone: usize, rest: Mm3) -> Mm3 {
        self.turn[bone] * rest + self.shift[bone]
    }
}

/// Where the joints of `figure` are in `pose`.
pub fn pose(figure: &Figure, pose: &Pose) -> Joints {
    joints(figure, &stance(figure, pose))
}

/// The joints of a stance.
fn joints(figure: &Figure, stance: &Stance) -> Joints {
    let begin = |bone: usize| stance.place(bone, figure.rest[bone]);
    let head = |at: [f64; 3]| stance.place(HEAD, figure.at(at));
    let [left, right] = Side::BOTH;
    let palm = |side: Side| {
        let (elbow, wrist) = (figure.rest[side.forearm()], figure.rest[side.hand()]);
        stance.place(side.hand(), wrist + (wrist - elbow).normalize() * (1_000.0 * PALM * figure.scale))
    };
    let toe = |side: Side| stance.place(side.foot(), figure.at([0.11 * side.sign(), 0.02, 0.17]));
    Joints {
        coco: [
            head([0.0, 1.60, 0.115]),
            head([0.032, 1.64, 0.088]),
            head([-0.032, 1.64, 0.088]),
            head([0.078, 1.62, -0.005]),
            head([-0.078, 1.62, -0.005]),
            begin(left.upper_arm()),
            begin(right.upper_arm()),
            begin(left.forearm()),
            begin(right.forearm()),
            begin(left.hand()),
            begin(right.hand()),
            begin(left.thigh()),
            begin(right.thigh()),
            begin(left.shank()),
            begin(right.shank()),
            begin(left.foot()),
            begin(right.foot()),
        ],
        pelvis: begin(PELVIS),
        head_top: head([0.0, 1.75, 0.0]),
        palms: Side::BOTH.map(palm),
        toes: Side::BOTH.map(toe),
    }
}

/// Bones under way: rotations of all of them, and where each begins, in the body's frame.
struct Bones<'a> {
    rest: &'a [Mm3; BONES],
    turn: [Matrix3<f64>; BONES],
    at: [Mm3; BONES],
}

impl Bones<'_> {
    /// Puts `bone` at the end of `parent`, turned by `turn`.
    fn hang(&mut self, bone: usize, parent: usize, turn: Matrix3<f64>) {
        self.at[bone] = self.at[parent] + self.turn[parent] * (self.rest[bone] - self.rest[parent]);
        self.turn[bone] = turn;
    }

    /// The least rotation that makes `bone`, which at rest leads to `next`, point along `way`.
    fn aim(&self, bone: usize, next: usize, way: Mm3) -> Matrix3<f64> {
        least_turn(self.rest[next] - self.rest[bone], way)
    }
}

/// The bones of `figure` in `pose`.
pub fn stance(figure: &Figure, pose: &Pose) -> Stance {
    let mut bones = Bones { rest: &figure.rest, turn: [Matrix3::identity(); BONES], at: figure.rest };
    let lean = pose.lean + 0.05 * pose.stride;
    let twist = 0.12 * pose.stride * pose.phase.sin();
    bones.turn[PELVIS] = about_y(-twist) * about_x(0.3 * lean);
    bones.hang(LOINS, PELVIS, about_x(0.5 * lean));
    bones.hang(WAIST, LOINS, about_y(0.5 * twist) * about_x(0.75 * lean));
    bones.hang(CHEST, WAIST, about_y(twist) * about_x(lean));
    let (yaw, pitch) = (pose.head_yaw, pose.head_pitch);
    bones.hang(NECK, CHEST, about_y(0.5 * yaw) * about_x(0.5 * lean + 0.4 * pitch));
    bones.hang(HEAD, NECK, about_y(yaw) * about_x(0.15 * lean + pitch));
    for side in Side::BOTH {
        leg(&mut bones, side, pose);
    }
    // The lower foot stands on the floor.
    let sole = |side: Side, z: f64| {
        let at = figure.at([0.10 * side.sign(), 0.0, z]);
        (bones.at[side.foot()] + bones.turn[side.foot()] * (at - bones.rest[side.foot()])).y
    };
    let low = Side::BOTH.map(|side| sole(side, -0.07).min(sole(side, 0.16)));
    let drop = low[0].min(low[1]);
    let (s, c) = pose.heading.sin_cos();
    let into_store = Matrix3::new(-s, 0.0, c, c, 0.0, s, 0.0, 1.0, 0.0);
    let root = Mm3::new(pose.at.x, pose.at.y, 0.0) - into_store * Mm3::new(0.0, drop, 0.0);
    for side in Side::BOTH {
        let wanted = match pose.hands[side.0] {
            Hand::Free => None,
            Hand::At(place) => Some(into_store.transpose() * (place - root)),
        };
        arm(&mut bones, figure.scale, side, pose, wanted);
    }
    let mut stance = Stance { turn: bones.turn, shift: bones.at };
    for bone in 0..BONES {
        stance.turn[bone] = into_store * bones.turn[bone];
        stance.shift[bone] = into_store * bones.at[bone] + root - stance.turn[bone] * figure.rest[bone];
    }
    stance
}

/// One leg: a swing of the thigh and a bend of the knee, the knee bent while the foot comes forwards.
fn leg(bones: &mut Bones, side: Side, pose: &Pose) {
    let phase = if side.0 == 0 { pose.phase } else { pose.phase + std::f64::consts::PI };
    let (sin, cos) = phase.sin_cos();
    let late = if sin < 0.6 { 1.0 } else { 0.76 };
    let knee = 4f64.to_radians() + pose.stride * 52f64.to_radians() * cos.max(0.0).powf(1.5) * late + 2.3 * pose.crouch;
    let bent = knee - 2.3 * pose.crouch;
    let thigh = pose.stride * 26f64.to_radians() * sin + 0.35 * bent + 1.45 * pose.crouch;
    let shank = thigh - knee;
    let g = side.sign();
    let apart = 0.03 + 0.12 * pose.crouch;
    let turn = bones.aim(side.thigh(), side.shank(), Mm3::new(apart * g, -thigh.cos(), thigh.sin()));
    bones.hang(side.thigh(), PELVIS, turn);
    let turn = bones.aim(side.shank(), side.foot(), Mm3::new(0.02 * g, -shank.cos(), shank.sin()));
    bones.hang(side.shank(), side.thigh(), turn);
    let pitch = (-0.7 * (shank + 0.85 * pose.crouch)).clamp(-0.35, 0.6) * pose.stride.clamp(0.0, 1.0);
    bones.hang(side.foot(), side.shank(), about_y(0.12 * g) * about_x(pitch));
}

/// One arm: it swings against the leg of its side, or reaches for `wanted`.
fn arm(bones: &mut Bones, scale: f64, side: Side, pose: &Pose, wanted: Option<Mm3>) {
    let g = side.sign();
    bones.hang(side.collar(), CHEST, bones.turn[CHEST]);
    bones.hang(side.upper_arm(), side.collar(), Matrix3::identity());
    let (upper, fore) = match wanted {
        None => {
            let swing = -pose.stride * 24f64.to_radians() * (pose.phase.sin() * g);
            let bend = swing + 0.22 + 0.3 * pose.stride;
            let upper = Mm3::new(0.17 * g, -swing.cos(), swing.sin());
            (upper, Mm3::new(0.05 * g, -bend.cos(), bend.sin()))
        }
        Some(target) => {
            let length = |a: usize, b: usize| (bones.rest[b] - bones.rest[a]).norm();
            let (l1, l2) = (length(side.upper_arm(), side.forearm()), length(side.forearm(), side.hand()));
            let way = target - bones.at[side.upper_arm()];
            let give = (way.norm() - 0.97 * (l1 + l2)).clamp(0.0, 1_000.0 * SHOULDER_GIVES * scale);
            if give > 0.0 {
                bones.at[side.upper_arm()] += way.normalize() * give;
            }
            reach(target - bones.at[side.upper_arm()], l1, l2, g)
        }
    };
    bones.turn[side.upper_arm()] = bones.aim(side.upper_arm(), side.forearm(), upper);
    bones.hang(side.forearm(), side.upper_arm(), bones.aim(side.forearm(), side.hand(), fore));
    bones.hang(side.hand(), side.forearm(), bones.turn[side.forearm()]);
}

/// Upper arm and forearm for a wrist at `way` from the shoulder, the elbow below and outside; as far as the arm goes.
fn reach(way: Mm3, l1: f64, l2: f64, sign: f64) -> (Mm3, Mm3) {
    let far = way.norm().max(1.0);
    let along = way / far;
    let distance = far.clamp(1.02 * (l1 - l2).abs() + 0.2 * l2, 0.985 * (l1 + l2));
    let cos = (l1 * l1 + distance * distance - l2 * l2) / (2.0 * l1 * distance);
    let sin = (1.0 - cos * cos).max(0.0).sqrt();
    let mut pole = Mm3::new(0.5 * sign, -1.0, -0.4);
    pole -= along * pole.dot(&along);
    // An arm straight along the pole bends backwards.
    let pole = if pole.norm() > 1e-3 { pole.normalize() } else { Mm3::new(0.0, 0.0, -1.0) };
    let upper = along * (l1 * cos) + pole * (l1 * sin);
    (upper, along * distance - upper)
}

/// The least rotation from the direction of `from` to that of `to`.
fn least_turn(from: Mm3, to: Mm3) -> Matrix3<f64> {
    let (a, b) = (from.normalize(), to.normalize());
    let (axis, cos) = (a.cross(&b), a.dot(&b));
    if cos < -0.999_9 {
        return Matrix3::from_diagonal(&Mm3::new(1.0, -1.0, -1.0));
    }
    let k = axis.cross_matrix();
    Matrix3::identity() + k + k * k / (1.0 + cos)
}

fn about_x(angle: f64) -> Matrix3<f64> {
    let (s, c) = angle.sin_cos();
    Matrix3::new(1.0, 0.0, 0.0, 0.0, c, -s, 0.0, s, c)
}

fn about_y(angle: f64) -> Matrix3<f64> {
    let (s, c) = angle.sin_cos();
    Matrix3::new(c, 0.0, s, 0.0, 1.0, 0.0, -s, 0.0, c)
}

#[cfg(test)]
mod tests;
