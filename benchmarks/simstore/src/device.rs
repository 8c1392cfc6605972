//! What every device has: a clock that may be wrong, and a line on which what it says arrives later, but in order.

use crate::scenario::{Device, Scenario};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Uniform};
use schemas::EventTime;

/// From the end of a batch to its arrival when nothing holds it up, as in the log of a real shop.
const TRANSIT_US: i64 = 20_000;

/// A device's clock and line.
#[derive(Clone, Debug)]
pub struct Line {
    skew_us: i64,
    late_us: Option<Exp<f64>>,
    last: EventTime,
    rng: ChaCha8Rng,
}

impl Line {
    /// The clock and line of the device called `name`: as the scenario says of it, else as its draw falls.
    pub fn new(scenario: &Scenario, name: &str) -> Self {
        let delivery = &scenario.delivery;
        let mut rng = scenario.seed.stream(&format!("line of {name}"), &[]);
        let most = delivery.skew_ms_max;
        let drawn = Uniform::new_inclusive(-most, most).expect("a range").sample(&mut rng);
        let usual = Device { skew_ms: drawn, late_ms_mean: delivery.late_ms_mean };
        let device = delivery.devices.get(name).copied().unwrap_or(usual);
        let late_us = (device.late_ms_mean > 0.0).then(|| Exp::new(1e-3 / device.late_ms_mean).expect("positive"));
        Self { skew_us: device.skew_ms * 1000, late_us, last: EventTime(i64::MIN), rng }
    }

    /// How far its clock is ahead, microseconds.
    pub fn skew_us(&self) -> i64 {
        self.skew_us
    }

    /// What the device's clock shows at `at`.
    pub fn clock(&self, at: EventTime) -> EventTime {
        EventTime(at.0 + self.skew_us)
    }

    /// When what is sent at `at` arrives; never before what was sent earlier.
    pub fn arrival(&mut self, at: EventTime) -> EventTime {
        let late = self.late_us.map_or(0.0, |late| late.sample(&mut self.rng));
        self.last = self.last.max(EventTime(at.0 + TRANSIT_US + late.round() as i64));
        self.last
    }
}
