//! From a pose to bones and joints: trunk and legs by angles, hands by two-bone inverse kinematics.

use super::skeleton::{BONES, CHEST, Figure, HEAD, LOINS, NECK, PELVIS, Side, TURN_MM, WAIST};
use crate::life::{Hand, Pose};
use crate::world::Mm3;
use nalgebra::Matrix3;

/// How far a shoulder follows a hand that wants farther than the arm is long, metres of 1.75 m.
const SHOULDER_GIVES: f64 = 0.07;

/// From the wrist to the middle of the palm, metres of 1.75 m.
const PALM: f64 = 0.085;

/// From the ankle forwards to the ball of the foot, metres of 1.75 m.
const BALL: f64 = 0.13;
/// How far the heel rises before the foot swings, and the toes before it lands, radians.
const TOE_OFF: f64 = 0.55;
const HEEL_STRIKE: f64 = 0.2;

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
        leg(&mut bones, figure.scale, side, pose);
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

/// Where an ankle goes in one stride, seen from the side.
struct Tread {
    /// Before the hip, as a share of half a step.
    ahead: f64,
    /// Above where it stands, metres of 1.75 m.
    lift: f64,
    /// How far the toes point down, radians.
    pitch: f64,
}

/// The stride of one leg: from heel strike (a quarter of the phase) to toe-off (three quarters) the foot stands while the hip
/// passes over it, then it swings forwards.
fn tread(phase: f64) -> Tread {
    let turn = (phase / std::f64::consts::TAU - 0.25).rem_euclid(1.0);
    let ease = |t: f64| t.clamp(0.0, 1.0).powi(2) * (3.0 - 2.0 * t.clamp(0.0, 1.0));
    if turn < 0.5 {
        let u = 2.0 * turn;
        let pitch = TOE_OFF * ease((u - 0.55) / 0.45) - HEEL_STRIKE * (1.0 - ease(u / 0.2));
        Tread { ahead: 1.0 - 2.0 * u, lift: BALL * pitch.max(0.0).sin(), pitch }
    } else {
        let u = 2.0 * turn - 1.0;
        let pitch = TOE_OFF * (1.0 - ease(u / 0.8)) - HEEL_STRIKE * ease((u - 0.4) / 0.6);
        let lift = 0.07 * (std::f64::consts::PI * u).sin() + BALL * pitch.max(0.0).sin();
        Tread { ahead: -(std::f64::consts::PI * u).cos(), lift, pitch }
    }
}

/// One leg, by two-bone inverse kinematics in the plane it walks in.
fn leg(bones: &mut Bones, scale: f64, side: Side, pose: &Pose) {
    let opposite = std::f64::consts::PI;
    let phase = if side.0 == 0 { pose.phase } else { pose.phase + opposite };
    let (own, stride, crouch) = (tread(phase), pose.stride.clamp(0.0, 1.2), pose.crouch.clamp(0.0, 1.0));
    let unit = 1_000.0 * scale;
    let length = |a: usize, b: usize| (bones.rest[b] - bones.rest[a]).norm();
    let (l1, l2) = (length(side.thigh(), side.shank()), length(side.shank(), side.foot()));
    let whole = l1 + l2;
    // The hip is lowest when both feet are far from it.
    let spread = own.ahead.abs().min(tread(phase + opposite).ahead.abs());
    let hip = whole * (0.985 - 0.062 * stride * stride * spread * spread) * (1.0 - 0.48 * crouch);
    let x = unit * (TURN_MM / 4_000.0 * stride * own.ahead + 0.15 * crouch);
    let down = hip - unit * own.lift * stride;
    let far = x.hypot(down).clamp(0.3 * whole, 0.999 * whole);
    let bend = ((l1 * l1 + far * far - l2 * l2) / (2.0 * l1 * far)).clamp(-1.0, 1.0).acos();
    let thigh = x.atan2(down) + bend;
    let knee = ((l1 * l1 + l2 * l2 - far * far) / (2.0 * l1 * l2)).clamp(-1.0, 1.0).acos();
    let shank = thigh - (opposite - knee);
    let g = side.sign();
    let apart = 0.03 + 0.12 * crouch;
    let turn = bones.aim(side.thigh(), side.shank(), Mm3::new(apart * g, -thigh.cos(), thigh.sin()));
    bones.hang(side.thigh(), PELVIS, turn);
    let turn = bones.aim(side.shank(), side.foot(), Mm3::new(0.02 * g, -shank.cos(), shank.sin()));
    bones.hang(side.shank(), side.thigh(), turn);
    bones.hang(side.foot(), side.shank(), about_y(0.12 * g) * about_x(own.pitch * stride.min(1.0)));
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
