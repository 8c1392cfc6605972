//! How one stands and bends to reach a place: near enough to the bodies of [`crate::body`] that their arms get there.

use crate::world::Mm3;

/// From the wrist to the middle of the palm, for 1,750 mm.
pub const PALM_MM: f64 = 85.0;
/// How far a wrist comfortably is from its shoulder, for 1,750 mm.
const ARM_MM: f64 = 510.0;
/// Half the width of the shoulders, for 1,750 mm.
const SHOULDER_MM: f64 = 190.0;

/// Where a shoulder is, in the body's terms (forwards, left, up), for 1,750 mm.
fn shoulder(hand: usize, lean: f64, crouch: f64) -> Mm3 {
    let side = if hand == 0 { SHOULDER_MM } else { -SHOULDER_MM };
    let knee = 0.07 + 2.3 * crouch;
    let thigh = 0.024 + 1.45 * crouch;
    let hip = 85.0 + 420.0 * thigh.cos() + 415.0 * (thigh - knee).cos() + 30.0;
    let bones = [(80.0, 0.3), (120.0, 0.5), (130.0, 0.75), (140.0, 1.0)];
    let sum = |f: fn(f64) -> f64| bones.iter().map(|(length, share)| length * f(share * lean)).sum::<f64>();
    Mm3::new(sum(f64::sin), side, hip + sum(f64::cos))
}

/// Lean and crouch with which a hand reaches a place (forwards, left, up from between the feet, mm), with the least effort.
pub fn posture(height_mm: f64, hand: usize, place: Mm3) -> [f64; 2] {
    let scale = height_mm / 1_750.0;
    let place = place / scale;
    let mut best = ([0.0, 0.0], f64::INFINITY);
    for crouch in 0..=9 {
        for lean in 0..=11 {
            let (crouch, lean) = (f64::from(crouch) * 0.1, f64::from(lean) * 0.1);
            let missing = ((place - shoulder(hand, lean, crouch)).norm() - ARM_MM).max(0.0);
            let effort = missing + 60.0 * lean * lean + 40.0 * crouch + 30.0 * lean * crouch;
            if effort < best.1 {
                best = ([lean, crouch], effort);
            }
        }
    }
    best.0
}

/// Where the wrist is when the palm is at `grip`, reached from a body at `(0, 0)` (all forwards, left, up).
pub fn wrist(height_mm: f64, hand: usize, [lean, crouch]: [f64; 2], grip: Mm3) -> Mm3 {
    let scale = height_mm / 1_750.0;
    let way = grip - shoulder(hand, lean, crouch) * scale;
    // The forearm comes from below and behind: mostly along the arm.
    grip - way.normalize() * (PALM_MM * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_places_are_reached_by_crouching_and_high_ones_upright() {
        let [lean, crouch] = posture(1_750.0, 1, Mm3::new(420.0, -150.0, 1_200.0));
        assert_eq!([lean, crouch], [0.0, 0.0]);
        let [lean, crouch] = posture(1_750.0, 1, Mm3::new(500.0, -150.0, 200.0));
        assert!(crouch > 0.2 && lean > 0.2, "{lean} {crouch}");
        let [lean, _] = posture(1_750.0, 1, Mm3::new(750.0, -150.0, 1_000.0));
        assert!(lean > 0.2, "{lean}");
    }
}
