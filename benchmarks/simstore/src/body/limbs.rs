//! Arms with hands, legs with shoes, and the cloth over them. Sizes in metres of 1.75 m.

use super::clothes::folds;
use super::loft::{Ring, Tailor, limb, loft};
use super::skeleton::{PELVIS, Side};
use crate::world::Mm3;

pub(super) fn add(tailor: &mut Tailor<'_>) {
    for side in Side::BOTH {
        arm(tailor, side);
        hand(tailor, side);
        leg(tailor, side);
        shoe(tailor, side);
    }
}

/// Points on two straight bones after each other at these parts of their lengths, with radii.
fn along([a, b, c]: [Mm3; 3], upper: &[(f64, f64)], lower: &[(f64, f64)], wide: f64) -> Vec<(Mm3, f64)> {
    let first = upper.iter().map(|&(t, r)| (a + (b - a) * t, r * wide));
    let second = lower.iter().map(|&(t, r)| (b + (c - b) * t, r * wide));
    first.chain(second).collect()
}

/// Where a bone begins, metres of 1.75 m.
fn begin(tailor: &Tailor<'_>, bone: usize) -> Mm3 {
    tailor.figure.rest[bone] / (1_000.0 * tailor.figure.scale)
}

fn arm(tailor: &mut Tailor<'_>, side: Side) {
    let figure = tailor.figure;
    let (clothes, fold) = (&figure.clothes, folds(figure.number));
    let ends = [side.upper_arm(), side.forearm(), side.hand()].map(|bone| begin(tailor, bone));
    let wide = (1.0 + 0.5 * (figure.build - 1.0)) * if figure.slender { 0.92 } else { 1.0 };
    let bare = along(
        ends,
        &[(-0.12, 0.030), (0.0, 0.052), (0.15, 0.053), (0.35, 0.048), (0.6, 0.044), (0.85, 0.042)],
        &[(0.0, 0.041), (0.15, 0.043), (0.35, 0.041), (0.6, 0.034), (0.85, 0.028), (1.0, 0.027)],
        wide,
    );
    let bones = [side.collar(), side.upper_arm(), side.forearm()];
    tailor.add(&loft(&limb(&bare, 1.0), 14), &bones, 0.04, |_| clothes.skin);
    let wide = wide * (1.0 + 0.5 * (clothes.loose - 1.0));
    let sleeve = if clothes.long_sleeves {
        along(
            ends,
            &[(-0.2, 0.028), (-0.05, 0.054), (0.1, 0.058), (0.3, 0.055), (0.55, 0.052), (0.85, 0.050)],
            &[(0.0, 0.050), (0.15, 0.049), (0.4, 0.046), (0.7, 0.040), (0.95, 0.036)],
            wide,
        )
    } else {
        along(
            ends,
            &[(-0.2, 0.028), (-0.05, 0.054), (0.1, 0.060), (0.3, 0.059), (0.5, 0.058), (0.62, 0.060)],
            &[],
            wide,
        )
    };
    tailor.add(&loft(&limb(&sleeve, 1.0), 14), &bones, 0.04, |p| clothes.sleeve().map(|c| c * fold(p)));
}

/// A mitten with a thumb.
fn hand(tailor: &mut Tailor<'_>, side: Side) {
    let [elbow, wrist] = [side.forearm(), side.hand()].map(|bone| begin(tailor, bone));
    let (skin, forwards) = (tailor.figure.clothes.skin, Mm3::new(0.0, 0.0, 1.0));
    let way = (wrist - elbow).normalize();
    let across = way.cross(&forwards);
    let palm =
        [(-0.01, 0.024), (0.02, 0.030), (0.05, 0.040), (0.085, 0.042), (0.12, 0.036), (0.16, 0.028), (0.178, 0.012)];
    let rings: Vec<Ring> =
        palm.iter().map(|&(t, r)| Ring { middle: wrist + way * t, u: forwards * r, v: across * (0.42 * r) }).collect();
    tailor.add(&loft(&rings, 10), &[side.hand()], 1.0, |_| skin);
    let thumb = [(0.03, 0.02, 0.012), (0.07, 0.05, 0.012), (0.10, 0.06, 0.007)].map(|(t, z, r)| Ring {
        middle: wrist + way * t + forwards * z,
        u: Mm3::new(r, 0.0, 0.0),
        v: forwards * r,
    });
    tailor.add(&loft(&thumb, 8), &[side.hand()], 1.0, |_| skin);
}

fn leg(tailor: &mut Tailor<'_>, side: Side) {
    let figure = tailor.figure;
    let (clothes, fold) = (&figure.clothes, folds(figure.number.wrapping_add(side.0 as u64)));
    let ends = [side.thigh(), side.shank(), side.foot()].map(|bone| begin(tailor, bone));
    let bones = [PELVIS, side.thigh(), side.shank()];
    let wide = 1.0 + 0.8 * (figure.build - 1.0);
    let thigh = [(-0.1, 0.060), (0.05, 0.086), (0.25, 0.082), (0.5, 0.070), (0.75, 0.059), (0.92, 0.055)];
    let shank = [(0.02, 0.054), (0.15, 0.057), (0.3, 0.057), (0.5, 0.047), (0.75, 0.036), (0.95, 0.036)];
    if clothes.shorts {
        let bare = along(ends, &thigh, &shank, wide);
        tailor.add(&loft(&limb(&bare, 1.0), 14), &bones, 0.07, |_| clothes.skin);
        let short = [(-0.1, 0.070), (0.05, 0.092), (0.25, 0.092), (0.5, 0.085), (0.75, 0.080), (0.90, 0.080)];
        let short = along(ends, &short, &[], wide);
        tailor.add(&loft(&limb(&short, 1.0), 14), &bones[..2], 0.07, |p| clothes.trousers.map(|c| c * fold(p)));
    } else {
        let hang = 1.0 + 0.8 * (clothes.loose - 1.0);
        let shank = shank.map(|(t, r)| (t, if t > 0.2 { 1.42 * r } else { 1.06 * r }));
        let cloth = along(ends, &thigh, &shank, wide * hang);
        tailor.add(&loft(&limb(&cloth, 1.0), 14), &bones, 0.07, |p| clothes.trousers.map(|c| c * fold(p)));
    }
}

fn shoe(tailor: &mut Tailor<'_>, side: Side) {
    let colour = tailor.figure.clothes.shoe;
    let ankle = begin(tailor, side.foot());
    // From heel to toe: how far forwards, half width, lower and upper edge.
    let cuts = [
        [-0.075, 0.022, 0.0, 0.060],
        [-0.060, 0.034, 0.0, 0.085],
        [-0.020, 0.038, 0.0, 0.095],
        [0.040, 0.042, 0.0, 0.075],
        [0.100, 0.046, 0.0, 0.055],
        [0.150, 0.042, 0.0, 0.045],
        [0.185, 0.022, 0.003, 0.030],
    ];
    let rings = cuts.map(|[z, width, low, high]| Ring {
        middle: Mm3::new(ankle.x + if z > 0.05 { 0.01 * side.sign() } else { 0.0 }, 0.5 * (low + high), z),
        u: Mm3::new(width, 0.0, 0.0),
        v: Mm3::new(0.0, 0.5 * (high - low), 0.0),
    });
    tailor.add(
        &loft(&rings, 12),
        &[side.foot()],
        1.0,
        |[_, y, _]| if y < 0.012 { colour.map(|c| 0.5 * c) } else { colour },
    );
}
