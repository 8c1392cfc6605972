//! Bodies as capsules: round-ended cones between joints. Close enough for boxes and for who hides whom.

use crate::body::{Figure, pose};
use crate::life::{Person, Pose};
use crate::world::Mm3;

/// Knots: ends of capsules. The 17 joints of COCO come first, then these.
const CHIN: usize = 17;
const CROWN: usize = 18;
const PALMS: [usize; 2] = [19, 20];
const TOES: [usize; 2] = [21, 22];
const TIPS: [usize; 2] = [23, 24];
pub(super) const KNOTS: usize = 25;

/// One capsule: from one knot to another, with radii of somebody of 1,750 mm and build 1, mm, and how many samples it gets.
pub(super) struct Capsule {
    pub(super) ends: [usize; 2],
    pub(super) radii: [f64; 2],
    pub(super) samples: usize,
    /// Whether it begins where another one ends.
    pub(super) goes_on: bool,
}

const fn capsule(ends: [usize; 2], radii: [f64; 2], samples: usize) -> Capsule {
    Capsule { ends, radii, samples, goes_on: false }
}

const fn on(capsule: Capsule) -> Capsule {
    Capsule { goes_on: true, ..capsule }
}

/// The two capsules of the trunk are first: they hide arms.
pub(super) const CAPSULES: [Capsule; 15] = [
    capsule([5, 11], [88.0, 105.0], 5),
    capsule([6, 12], [88.0, 105.0], 5),
    capsule([CHIN, CROWN], [72.0, 88.0], 3),
    capsule([5, 7], [60.0, 48.0], 3),
    capsule([6, 8], [60.0, 48.0], 3),
    on(capsule([7, 9], [48.0, 34.0], 3)),
    on(capsule([8, 10], [48.0, 34.0], 3)),
    on(capsule([9, TIPS[0]], [34.0, 28.0], 2)),
    on(capsule([10, TIPS[1]], [34.0, 28.0], 2)),
    capsule([11, 13], [92.0, 62.0], 3),
    capsule([12, 14], [92.0, 62.0], 3),
    on(capsule([13, 15], [62.0, 46.0], 4)),
    on(capsule([14, 16], [62.0, 46.0], 4)),
    on(capsule([15, TOES[0]], [48.0, 32.0], 2)),
    on(capsule([16, TOES[1]], [48.0, 32.0], 2)),
];

/// Somebody in a moment, ready to be looked at.
pub struct Body {
    pub(super) person: u32,
    pub(super) visit: u32,
    /// Knots, mm in the store's frame.
    pub(super) knots: [Mm3; KNOTS],
    /// What the radii of the capsules are multiplied by.
    pub(super) wide: f64,
    /// Middle of a ball around all of it, and its radius.
    pub(super) ball: (Mm3, f64),
}

impl Body {
    /// `person`, who looks like `figure`, in this pose.
    pub fn of(person: &Person, figure: &Figure, at: &Pose) -> Self {
        let joints = pose(figure, at);
        let mut knots = [Mm3::zeros(); KNOTS];
        knots[..17].copy_from_slice(&joints.coco);
        let scale = person.height_mm / 1_750.0;
        let ears = 0.5 * (joints.coco[3] + joints.coco[4]);
        let up = (joints.head_top - ears).try_normalize(1.0).unwrap_or(Mm3::z());
        // Ends lie so far inside that the round ends reach chin and crown.
        knots[CHIN] = ears - up * (18.0 * scale);
        knots[CROWN] = joints.head_top - up * (86.0 * scale);
        for side in 0..2 {
            knots[PALMS[side]] = joints.palms[side];
            knots[TOES[side]] = joints.toes[side];
            knots[TIPS[side]] = joints.wrist(side) + 1.7 * (joints.palms[side] - joints.wrist(side));
        }
        let (low, high) = (knots.iter()).fold((knots[0], knots[0]), |(low, high), k| (low.inf(k), high.sup(k)));
        let ball = (0.5 * (low + high), 0.5 * (high - low).norm() + 120.0);
        let wide = scale * (1.0 + 0.6 * (person.build - 1.0)) * 1.04;
        Self { person: person.number, visit: person.visit, knots, wide, ball }
    }
}
