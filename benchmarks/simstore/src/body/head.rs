//! Neck, head, face and hair. Sizes in metres of 1.75 m.

use super::clothes::Hair;
use super::loft::{Part, Ring, Tailor, loft};
use super::skeleton::{CHEST, HEAD, NECK};

/// Height, half width, half depth and how far forwards.
const SKULL: [[f64; 4]; 9] = [
    [1.525, 0.028, 0.030, 0.062],
    [1.535, 0.045, 0.052, 0.045],
    [1.560, 0.060, 0.078, 0.025],
    [1.600, 0.070, 0.092, 0.014],
    [1.640, 0.0745, 0.098, 0.008],
    [1.680, 0.075, 0.100, 0.004],
    [1.710, 0.070, 0.093, 0.0],
    [1.735, 0.054, 0.072, -0.004],
    [1.748, 0.030, 0.040, -0.006],
];

pub(super) fn add(tailor: &mut Tailor<'_>) {
    let clothes = &tailor.figure.clothes;
    let skin = clothes.skin;
    let build = 1.0 + 0.4 * (tailor.figure.build - 1.0);
    let neck = [[1.44, 0.062, -0.012], [1.50, 0.058, -0.006], [1.56, 0.056, 0.004], [1.60, 0.05, 0.01]];
    let neck = neck.map(|[y, r, z]| Ring::flat(y, r * build, r * build, z));
    tailor.add(&loft(&neck, 14), &[CHEST, NECK], 0.04, |_| skin);
    let skull = SKULL.map(|[y, width, depth, z]| Ring::flat(y, width, depth, z));
    tailor.add(&loft(&skull, 20), &[HEAD], 1.0, |[x, y, z]| {
        let eye = (y - 1.64).abs() < 0.012 && z > 0.05 && (0.015..0.055).contains(&x.abs());
        let mouth = (y - 1.56).abs() < 0.008 && z > 0.07 && x.abs() < 0.03;
        match (eye, mouth) {
            (true, _) => [70.0, 50.0, 45.0],
            (_, true) => [skin[0] * 0.8, skin[1] * 0.55, skin[2] * 0.55],
            _ => skin,
        }
    });
    let nose = [(1.585, 0.016, 0.018, 0.105), (1.60, 0.014, 0.016, 0.108), (1.64, 0.008, 0.010, 0.098)];
    let nose = nose.map(|(y, width, depth, z)| Ring::flat(y, width, depth, z));
    tailor.add(&loft(&nose, 8), &[HEAD], 1.0, |_| skin.map(|c| 0.95 * c));
    for g in [1.0, -1.0] {
        let ear = [
            ([0.074 * g, 1.595, -0.005], 0.010, 0.012),
            ([0.080 * g, 1.62, -0.005], 0.012, 0.022),
            ([0.078 * g, 1.65, -0.008], 0.010, 0.018),
        ];
        let ear = ear.map(|(at, width, depth)| Ring::around(at, width, depth));
        tailor.add(&loft(&ear, 8), &[HEAD], 1.0, |_| skin.map(|c| 0.92 * c));
    }
    hair(tailor);
}

/// A shell around the skull that leaves the face free.
fn hair(tailor: &mut Tailor<'_>) {
    let clothes = &tailor.figure.clothes;
    let (low, over) = match clothes.worn {
        Hair::Short => (1.545, 0.010),
        Hair::Cap => (1.665, 0.014),
        Hair::Chin => (1.505, 0.018),
        Hair::Long => (1.42, 0.018),
    };
    let colour = if clothes.worn == Hair::Cap { clothes.accent } else { clothes.hair };
    let rings: Vec<Ring> = (0..12)
        .map(|i| {
            let y = low + (1.765 - low) * f64::from(i) / 11.0;
            let (width, depth) = match y {
                y if y > 1.735 => {
                    let t = 1.0 - (y - 1.735) / 0.05;
                    (0.05 * t, 0.065 * t)
                }
                y => skull_at(y.max(1.56)),
            };
            let (middle, deep) = if y < 1.70 { (-0.022, over - 0.008) } else { (-0.012, over + 0.004) };
            Ring::flat(y, width + over, depth + deep, middle)
        })
        .collect();
    let shell = loft(&rings, 24);
    let kept = |t: &&[u32; 3]| {
        let middle = t.iter().map(|&i| shell.at[i as usize]).sum::<crate::world::Mm3>() / 3.0;
        let at_ear = clothes.worn == Hair::Short && middle.y < 1.605 && middle.z > -0.025;
        !(at_ear || middle.z > 0.035 && middle.y < 1.695)
    };
    let triangles: Vec<[u32; 3]> = shell.triangles.iter().filter(kept).copied().collect();
    // Its inside shows at the rim.
    let inside = Part { at: shell.at.clone(), triangles: triangles.iter().map(|&[a, b, c]| [a, c, b]).collect() };
    tailor.add(&inside, &[HEAD], 1.0, |_| colour.map(|c| 0.7 * c));
    let strands = |[x, _, z]: [f64; 3]| colour.map(|c| c * (1.0 + 0.15 * (x.atan2(z) * 18.0).sin()));
    if clothes.worn == Hair::Cap {
        let peak = [(1.672, 0.070, 0.03, 0.10), (1.678, 0.072, 0.065, 0.115), (1.684, 0.070, 0.03, 0.10)];
        let peak = peak.map(|(y, width, depth, z)| Ring::flat(y, width, depth, z));
        tailor.add(&loft(&peak, 14), &[HEAD], 1.0, |_| colour.map(|c| 0.85 * c));
        tailor.add(&Part { at: shell.at, triangles }, &[HEAD], 1.0, |_| colour);
    } else {
        tailor.add(&Part { at: shell.at, triangles }, &[HEAD], 1.0, strands);
    }
}

/// Half width and half depth of the skull at a height.
fn skull_at(y: f64) -> (f64, f64) {
    let above = SKULL.iter().position(|r| r[0] >= y).unwrap_or(SKULL.len() - 1).max(1);
    let (a, b) = (SKULL[above - 1], SKULL[above]);
    let t = ((y - a[0]) / (b[0] - a[0])).clamp(0.0, 1.0);
    (a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2]))
}
