//! Trunk: hips in trousers, an upper garment over them, a bag at the side. Sizes in metres of 1.75 m.

use super::clothes::folds;
use super::loft::{Ring, Tailor, loft};
use super::skeleton::{CHEST, LOINS, PELVIS, WAIST};
use crate::world::Mm3;

/// Height, half width, half depth and how far forwards.
const TRUNK: [[f64; 4]; 13] = [
    [0.80, 0.135, 0.100, 0.0],
    [0.86, 0.162, 0.120, -0.010],
    [0.92, 0.166, 0.122, -0.012],
    [0.98, 0.165, 0.120, -0.008],
    [1.05, 0.152, 0.111, 0.0],
    [1.12, 0.150, 0.108, 0.0],
    [1.20, 0.160, 0.115, 0.004],
    [1.28, 0.170, 0.122, 0.006],
    [1.35, 0.178, 0.118, 0.0],
    [1.40, 0.178, 0.100, -0.008],
    [1.435, 0.150, 0.080, -0.012],
    [1.46, 0.095, 0.062, -0.012],
    [1.490, 0.066, 0.058, -0.008],
];

const SPINE: [usize; 4] = [PELVIS, LOINS, WAIST, CHEST];

pub(super) fn add(tailor: &mut Tailor<'_>) {
    let figure = tailor.figure;
    let (clothes, fold) = (&figure.clothes, folds(figure.number));
    let ring = |[y, width, depth, z]: [f64; 4], wide: f64| {
        let slim = if figure.slender && y > 1.0 { 0.95 } else { 1.0 };
        // A heavier build shows at the waist before the shoulders.
        let belly = (figure.build - 1.0) * (1.0 - ((y - 1.05) / 0.3).powi(2)).clamp(0.2, 1.0);
        let build = if figure.build > 1.0 { 1.0 + 1.1 * belly } else { figure.build };
        Ring::flat(y, width * wide * build * slim, depth * wide * build, z + 0.05 * belly.max(0.0))
    };
    let hips: Vec<Ring> = TRUNK.iter().filter(|r| r[0] <= 1.0).map(|&r| ring(r, 1.02)).collect();
    tailor.add(&loft(&hips, 28), &SPINE, 0.06, |p| clothes.trousers.map(|c| c * fold(p)));
    let hem = [0.87, 0.166, 0.124, -0.012];
    let wide = |y: f64| if y < 1.2 { 1.02 + 0.5 * (clothes.loose - 1.0) } else { 1.0 + 0.6 * (clothes.loose - 1.0) };
    let shirt: Vec<Ring> =
        std::iter::once(hem).chain(TRUNK.into_iter().filter(|r| r[0] > 0.89)).map(|r| ring(r, wide(r[0]))).collect();
    tailor.add(&loft(&shirt, 28), &SPINE, 0.06, |p| clothes.shirt_at(p).map(|c| c * fold(p)));
    if let Some(side) = figure.bag {
        bag(tailor, if side == 0 { 1.0 } else { -1.0 });
    }
}

/// A bag that hangs from the shoulder behind the hip, and its strap.
fn bag(tailor: &mut Tailor<'_>, sign: f64) {
    let (colour, build) = (tailor.figure.clothes.bag, 1.0 + 0.6 * (tailor.figure.build - 1.0));
    let x = 0.245 * build * sign;
    let body: Vec<Ring> = [(0.78, 0.9), (0.80, 1.0), (0.90, 1.0), (1.02, 0.95), (1.08, 0.8)]
        .map(|(y, wide)| Ring::around([x, y, -0.10], 0.065 * wide, 0.165 * wide))
        .into();
    tailor.add(&loft(&body, 12), &[PELVIS, LOINS], 0.05, |_| colour);
    // Up in front of the shoulder, over it, and down behind.
    let way = [
        [x, 1.06, 0.02],
        [0.21 * build * sign, 1.25, 0.10],
        [0.15 * sign, 1.40, 0.085],
        [0.13 * sign, 1.462, 0.0],
        [0.15 * sign, 1.40, -0.105],
        [0.21 * build * sign, 1.25, -0.14],
        [x, 1.06, -0.18],
    ];
    let strap: Vec<Ring> = (0..way.len())
        .map(|i| {
            let point = |i: usize| Mm3::from(way[i]);
            let along = (point((i + 1).min(way.len() - 1)) - point(i.saturating_sub(1))).normalize();
            let across = Mm3::new(1.0, 0.0, 0.0);
            let v = along.cross(&across).normalize();
            Ring { middle: point(i), u: v.cross(&along) * 0.02, v: v * 0.008 }
        })
        .collect();
    tailor.add(&loft(&strap, 6), &SPINE, 0.06, |_| colour.map(|c| 0.8 * c));
}
