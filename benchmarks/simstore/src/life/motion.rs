//! Joints that never jump: springs for angles, minimum-jerk ways for hands.

use super::{Hand, Pose};
use crate::body::{Figure, pose};
use crate::world::{Mm2, Mm3};
use std::f64::consts::{PI, TAU};

/// Seconds between two moments.
pub const DT: f64 = super::STEP_US as f64 / 1e6;

/// An angle between -π and π.
pub fn wrapped(angle: f64) -> f64 {
    let turned = angle.rem_euclid(TAU);
    if turned > PI { turned - TAU } else { turned }
}

/// A value that follows another, critically damped.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spring {
    /// The value.
    pub value: f64,
    rate: f64,
}

impl Spring {
    /// At rest.
    pub fn at(value: f64) -> Self {
        Self { value, rate: 0.0 }
    }

    /// One step towards `target` with so many radians a second of stiffness, never faster than `rate_max`.
    pub fn follow(&mut self, target: f64, stiffness: f64, rate_max: f64) {
        let pull = stiffness * stiffness * (target - self.value) - 2.0 * stiffness * self.rate;
        self.rate = (self.rate + pull * DT).clamp(-rate_max, rate_max);
        self.value += self.rate * DT;
    }

    /// The same for an angle, the short way round.
    pub fn turn(&mut self, target: f64, stiffness: f64, rate_max: f64) {
        let target = self.value + wrapped(target - self.value);
        self.follow(target, stiffness, rate_max);
        self.value = wrapped(self.value);
    }
}

/// Where a hand goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum To {
    /// To a place in the store.
    Store(Mm3),
    /// To a place by the body: forwards, left, up from between the feet.
    Body(Mm3),
    /// To where it hangs.
    Free,
}

/// A hand under way.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    from: Mm3,
    to: To,
    begun_us: i64,
    over_us: i64,
}

/// What moves a hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arm {
    reach: Option<Reach>,
}

impl Arm {
    /// Sets out from where it is.
    pub fn set_out(&mut self, figure: &Figure, now: &Pose, hand: usize, (to, begun_us, over_us): (To, i64, i64)) {
        if self.reach.is_none() && to == To::Free {
            return;
        }
        let from = match now.hands[hand] {
            Hand::At(at) => at,
            Hand::Free => pose(figure, now).wrist(hand),
        };
        self.reach = Some(Reach { from, to, begun_us, over_us });
    }

    /// Whether it does anything.
    pub fn busy(&self) -> bool {
        self.reach.is_some()
    }

    /// Where it is at an instant, when the body is in `now`.
    pub fn hand(&mut self, figure: &Figure, now: &Pose, hand: usize, at_us: i64) -> Hand {
        let Some(reach) = self.reach else { return Hand::Free };
        let s = ((at_us - reach.begun_us) as f64 / reach.over_us.max(1) as f64).clamp(0.0, 1.0);
        let target = match reach.to {
            To::Store(place) => place,
            To::Body(place) => in_store(now.at, now.heading, place),
            To::Free if s >= 1.0 => {
                self.reach = None;
                return Hand::Free;
            }
            To::Free => {
                let mut hanging = *now;
                hanging.hands[hand] = Hand::Free;
                pose(figure, &hanging).wrist(hand)
            }
        };
        let eased = s * s * s * (10.0 - 15.0 * s + 6.0 * s * s);
        Hand::At(reach.from + (target - reach.from) * eased)
    }
}

/// A place by a body (forwards, left, up) in the store.
pub fn in_store(at: Mm2, heading: f64, place: Mm3) -> Mm3 {
    let (s, c) = heading.sin_cos();
    Mm3::new(at.x + c * place.x - s * place.y, at.y + s * place.x + c * place.y, place.z)
}

/// A place of the store by a body.
pub fn by_body(at: Mm2, heading: f64, place: Mm3) -> Mm3 {
    let (s, c) = heading.sin_cos();
    let d = place.xy() - at;
    Mm3::new(c * d.x + s * d.y, c * d.y - s * d.x, place.z)
}
