//! Bones at rest: 20 of them, in proportions that follow from height, build and sex.

use super::clothes::Clothes;
use crate::life::Person;
use crate::seed::Seed;
use crate::world::Mm3;
use rand::RngExt;

/// Number of bones.
pub const BONES: usize = 20;

/// How far somebody of 1,750 mm walks while the gait's phase makes a full turn (two steps) at a stride of 1, so that the feet do
/// not slide; it grows with height and with the stride.
pub const TURN_MM: f64 = 1_200.0;

pub(super) const PELVIS: usize = 0;
pub(super) const LOINS: usize = 1;
pub(super) const WAIST: usize = 2;
pub(super) const CHEST: usize = 3;
pub(super) const NECK: usize = 4;
pub(super) const HEAD: usize = 5;

/// Bones of one side (0 left, 1 right).
#[derive(Clone, Copy)]
pub(super) struct Side(pub usize);

impl Side {
    pub const BOTH: [Self; 2] = [Self(0), Self(1)];

    /// 1 on the left, -1 on the right.
    pub fn sign(self) -> f64 {
        if self.0 == 0 { 1.0 } else { -1.0 }
    }
    pub const fn collar(self) -> usize {
        6 + 7 * self.0
    }
    pub const fn upper_arm(self) -> usize {
        7 + 7 * self.0
    }
    pub const fn forearm(self) -> usize {
        8 + 7 * self.0
    }
    pub const fn hand(self) -> usize {
        9 + 7 * self.0
    }
    pub const fn thigh(self) -> usize {
        10 + 7 * self.0
    }
    pub const fn shank(self) -> usize {
        11 + 7 * self.0
    }
    pub const fn foot(self) -> usize {
        12 + 7 * self.0
    }
}

/// Somebody's body and clothes. Cheap to make; its surface ([`super::Skin`]) is made apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Where bones begin, at rest, in the body's frame, mm.
    pub(super) rest: [Mm3; BONES],
    /// Height over that of the 1,750 mm for which all sizes are given.
    pub(super) scale: f64,
    /// Width relative to the average.
    pub(super) build: f64,
    /// Whether drawn with a woman's proportions.
    pub(super) slender: bool,
    /// Clothes, skin and hair.
    pub clothes: Clothes,
    /// Side on which a bag hangs: 0 left, 1 right.
    pub bag: Option<usize>,
    /// What folds and the like are drawn from.
    pub(super) number: u64,
}

impl Figure {
    /// The figure of `person`: the same number wears the same, whoever it is.
    pub fn of(person: &Person) -> Self {
        let mut random = Seed(person.figure).stream("figure", &[]);
        let slender = random.random::<f64>() < ((1_745.0 - person.height_mm) / 160.0).clamp(0.03, 0.97);
        let clothes = Clothes::draw(&mut random, slender);
        let scale = (person.height_mm / 1_750.0).clamp(0.3, 1.6);
        let bag = person.bag.then_some(1 - person.handed.min(1));
        let build = person.build.clamp(0.6, 1.6);
        Self { rest: rest(scale, build, slender), scale, build, slender, clothes, bag, number: person.figure }
    }

    /// Millimetres for metres of somebody of 1.75 m.
    pub(super) fn at(&self, [x, y, z]: [f64; 3]) -> Mm3 {
        Mm3::new(x, y, z) * (1_000.0 * self.scale)
    }

    /// How far they walk while the gait's phase makes a full turn at a stride of 1, mm.
    pub fn turn_mm(&self) -> f64 {
        TURN_MM * self.scale
    }
}

/// Where each bone begins.
fn rest(scale: f64, build: f64, slender: bool) -> [Mm3; BONES] {
    let mut at = [Mm3::zeros(); BONES];
    at[PELVIS] = Mm3::new(0.0, 0.95, 0.0);
    at[LOINS] = Mm3::new(0.0, 1.03, 0.0);
    at[WAIST] = Mm3::new(0.0, 1.15, 0.0);
    at[CHEST] = Mm3::new(0.0, 1.28, 0.0);
    at[NECK] = Mm3::new(0.0, 1.475, -0.01);
    at[HEAD] = Mm3::new(0.0, 1.555, 0.0);
    let shoulder = if slender { 0.178 } else { 0.200 } * (1.0 + 0.5 * (build - 1.0));
    let hang = 0.055 + 0.05 * (build - 1.0).max(0.0);
    for side in Side::BOTH {
        let g = side.sign();
        at[side.collar()] = Mm3::new(0.03 * g, 1.42, 0.0);
        at[side.upper_arm()] = Mm3::new(shoulder * g, 1.42, 0.0);
        at[side.forearm()] = Mm3::new((shoulder + hang) * g, 1.14, -0.01);
        at[side.hand()] = Mm3::new((shoulder + hang + 0.03) * g, 0.89, 0.02);
        at[side.thigh()] = Mm3::new(0.092 * g, 0.92, 0.0);
        at[side.shank()] = Mm3::new(0.097 * g, 0.50, 0.0);
        at[side.foot()] = Mm3::new(0.10 * g, 0.085, -0.02);
    }
    at.map(|p| p * (1_000.0 * scale))
}
