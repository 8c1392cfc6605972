//! What people wear: plain colours, drawn from a figure's number. Greys and browns as of shelves and cartons are left out: a
//! detector that never saw this shop does not find who wears them.

use crate::seed::Seed;
use rand::{Rng, RngExt};

/// A colour, sRGB, 0 to 255.
pub(super) type Rgb = [f64; 3];

const SKIN: [Rgb; 7] = [
    [236.0, 188.0, 160.0],
    [222.0, 170.0, 138.0],
    [198.0, 140.0, 106.0],
    [150.0, 98.0, 70.0],
    [110.0, 72.0, 52.0],
    [240.0, 200.0, 175.0],
    [176.0, 120.0, 88.0],
];

const HAIR: [Rgb; 7] = [
    [30.0, 22.0, 18.0],
    [55.0, 36.0, 24.0],
    [85.0, 58.0, 36.0],
    [20.0, 18.0, 18.0],
    [44.0, 30.0, 24.0],
    [132.0, 98.0, 58.0],
    [72.0, 40.0, 26.0],
];

const SHIRT: [Rgb; 12] = [
    [148.0, 34.0, 38.0],
    [30.0, 50.0, 110.0],
    [224.0, 224.0, 219.0],
    [38.0, 38.0, 44.0],
    [40.0, 80.0, 60.0],
    [128.0, 30.0, 64.0],
    [90.0, 40.0, 70.0],
    [28.0, 62.0, 96.0],
    [26.0, 26.0, 30.0],
    [190.0, 185.0, 175.0],
    [96.0, 128.0, 160.0],
    [36.0, 64.0, 74.0],
];

const TROUSERS: [Rgb; 8] = [
    [45.0, 60.0, 100.0],
    [30.0, 30.0, 34.0],
    [76.0, 66.0, 55.0],
    [55.0, 57.0, 62.0],
    [50.0, 42.0, 38.0],
    [60.0, 75.0, 105.0],
    [118.0, 106.0, 88.0],
    [36.0, 44.0, 62.0],
];

const SHOE: [Rgb; 5] =
    [[30.0, 28.0, 28.0], [215.0, 214.0, 210.0], [90.0, 60.0, 40.0], [60.0, 62.0, 70.0], [112.0, 44.0, 42.0]];

const BAG: [Rgb; 5] =
    [[36.0, 34.0, 36.0], [92.0, 64.0, 42.0], [66.0, 72.0, 60.0], [140.0, 120.0, 92.0], [44.0, 54.0, 82.0]];

/// How hair is worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hair {
    /// Close to the head.
    Short,
    /// Over the ears and neck.
    Chin,
    /// Down to the shoulders.
    Long,
    /// None, or under a cap of the accent's colour.
    Cap,
}

/// How an upper garment is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Plain,
    Striped,
    /// Open in front: the accent shows.
    Jacket,
    /// Sleeves of the accent's colour.
    Raglan,
}

/// What somebody looks like but for their shape. Colours are sRGB, 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub struct Clothes {
    pub(super) skin: Rgb,
    pub(super) hair: Rgb,
    pub(super) worn: Hair,
    pub(super) shirt: Rgb,
    pub(super) accent: Rgb,
    pub(super) cut: Cut,
    /// Whether sleeves reach the wrist.
    pub(super) long_sleeves: bool,
    pub(super) trousers: Rgb,
    /// Whether they end above the knee.
    pub(super) shorts: bool,
    pub(super) shoe: Rgb,
    pub(super) bag: Rgb,
    /// How wide cloth hangs: 1 is tight.
    pub(super) loose: f64,
}

impl Clothes {
    pub(super) fn draw(random: &mut impl Rng, slender: bool) -> Self {
        let any = |random: &mut dyn FnMut() -> f64, from: &[Rgb]| {
            let base = from[(random() * from.len() as f64) as usize % from.len()];
            // No two dyes are the same.
            let tone = 0.9 + 0.2 * random();
            base.map(|c| (c * tone).min(235.0))
        };
        let mut unit = || random.random::<f64>();
        let (skin, hair) = (any(&mut unit, &SKIN), any(&mut unit, &HAIR));
        let (shirt, accent) = (any(&mut unit, &SHIRT), any(&mut unit, &SHIRT));
        let (trousers, shoe, bag) = (any(&mut unit, &TROUSERS), any(&mut unit, &SHOE), any(&mut unit, &BAG));
        let worn = match (slender, unit()) {
            (true, p) if p < 0.45 => Hair::Long,
            (true, p) if p < 0.75 => Hair::Chin,
            (false, p) if p < 0.08 => Hair::Chin,
            (false, p) if p < 0.16 => Hair::Cap,
            _ => Hair::Short,
        };
        let cut = match unit() {
            p if p < 0.55 => Cut::Plain,
            p if p < 0.67 => Cut::Striped,
            p if p < 0.88 => Cut::Jacket,
            _ => Cut::Raglan,
        };
        let long_sleeves = cut == Cut::Jacket || unit() < 0.55;
        let shorts = unit() < 0.1;
        let loose = 1.08 + 0.12 * unit();
        Self { skin, hair, worn, shirt, accent, cut, long_sleeves, trousers, shorts, shoe, bag, loose }
    }

    /// The upper garment at a place of the body at rest, metres of 1.75 m.
    pub(super) fn shirt_at(&self, [x, y, z]: [f64; 3]) -> Rgb {
        match self.cut {
            Cut::Striped if y > 0.0 && (y * 12.0).floor().rem_euclid(2.0) < 1.0 => self.shirt.map(|c| 0.72 * c + 40.0),
            Cut::Jacket if z > 0.02 && x.abs() < 0.035 + 0.05 * (y - 0.9) => self.accent,
            Cut::Jacket if z > 0.02 && x.abs() < 0.05 + 0.05 * (y - 0.9) => self.shirt.map(|c| 0.7 * c),
            _ => self.shirt,
        }
    }

    /// The sleeve.
    pub(super) fn sleeve(&self) -> Rgb {
        if self.cut == Cut::Raglan { self.accent } else { self.shirt }
    }
}

/// Folds of cloth: how bright a place of the body at rest is, around 1.
pub(super) fn folds(number: u64) -> impl Fn([f64; 3]) -> f64 {
    let mut random = Seed(number).stream("folds", &[]);
    let p: [f64; 4] = std::array::from_fn(|_| random.random::<f64>() * 6.0);
    move |[x, y, z]| {
        let fine = (y * 55.0 + 3.0 * (x * 17.0 + p[0]).sin() + p[1]).sin() * (x * 23.0 + z * 31.0 + p[2]).sin();
        1.0 + 0.10 * fine + 0.06 * (y * 23.0 + p[3] + x * 9.0).sin()
    }
}
