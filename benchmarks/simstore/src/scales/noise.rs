//! What a scale says beside the weight on it. All in mg; every process has its own size for each scale, drawn from what a real
//! shop's plates showed.

use crate::life::Present;
use crate::seed::Seed;
use crate::world::{Mm3, World};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, Normal, StandardNormal, Uniform};

/// A load cell with what is on it: second order, damped. The input is the mean over a sample, the step between samples is exact.
#[derive(Clone, Debug)]
pub struct Settling {
    at: f64,
    speed: f64,
    /// Next offset and speed from those before.
    step: [[f64; 2]; 2],
}

impl Settling {
    /// One at rest under `load` mg, sampled `hz` times a second.
    pub fn new(load: f64, hz: f64, rng: &mut ChaCha8Rng) -> Self {
        let frequency = Uniform::new(6.5, 9.5).expect("a range").sample(rng);
        let damping = Uniform::new(0.65, 0.9).expect("a range").sample(rng);
        let omega: f64 = std::f64::consts::TAU * frequency;
        let (decay, turn) = (damping * omega, omega * f64::sqrt(1.0 - damping * damping));
        let shrink = (-decay / hz).exp();
        let (s, c) = (turn / hz).sin_cos();
        let step = [
            [shrink * (c + decay / turn * s), shrink * s / turn],
            [-shrink * omega * omega / turn * s, shrink * (c - decay / turn * s)],
        ];
        Self { at: load, speed: 0.0, step }
    }

    /// Where it is after a sample's time under `load`.
    pub fn step(&mut self, load: f64) -> f64 {
        let (offset, [a, b]) = (self.at - load, self.step);
        (self.at, self.speed) = (load + a[0] * offset + a[1] * self.speed, b[0] * offset + b[1] * self.speed);
        self.at
    }
}

/// Noise around one frequency, of variance 1 where it is driven by noise of variance 1.
#[derive(Clone, Debug)]
struct Ring {
    gain: f64,
    last: [f64; 2],
    factors: [f64; 2],
}

impl Ring {
    /// Of `frequency` and quality, sampled `hz` times a second; white where that is too seldom to show it.
    fn new(frequency: f64, quality: f64, hz: f64) -> Self {
        let angle = std::f64::consts::TAU * frequency / hz;
        let radius = if frequency < 0.45 * hz { (-angle / (2.0 * quality)).exp() } else { 0.0 };
        let [a, b] = [2.0 * radius * angle.cos(), -radius * radius];
        // The variance of an autoregression of second order.
        let variance = (1.0 - b) / ((1.0 + b) * ((1.0 - b) * (1.0 - b) - a * a));
        Self { gain: variance.sqrt().recip(), last: [0.0; 2], factors: [a, b] }
    }

    fn step(&mut self, drive: f64) -> f64 {
        let value = self.gain * drive + self.factors[0] * self.last[0] + self.factors[1] * self.last[1];
        self.last = [value, self.last[0]];
        value
    }
}

/// A rack: it sways, and shakes under steps nearby.
pub struct Rack {
    middle: Mm3,
    sway: Ring,
    swayed: f64,
    shake: f64,
    rng: ChaCha8Rng,
}

impl Rack {
    /// The gondola at this index.
    pub fn new(world: &World, gondola: usize, hz: f64, seed: Seed) -> Self {
        let rack = &world.gondolas[gondola];
        let mut rng = seed.stream("rack", &[gondola as u64]);
        let frequency = Uniform::new(1.4, 1.75).expect("a range").sample(&mut rng);

        let middle = rack.frame.to_store(Mm3::new(rack.size.x / 2.0, 0.0, 0.0));
        Self { middle, sway: Ring::new(frequency, 12.0, hz), swayed: 0.0, shake: 0.0, rng }
    }

    /// Feels who walks where: a walk past it shakes it some five times as much as nobody does.
    pub fn feel(&mut self, present: &[Present]) {
        let push = |somebody: &Present| {
            let far = (somebody.pose.at - self.middle.xy()).norm();
            // Near, the rack itself is touched by it; further away the floor carries it.
            let felt = 4.5 * (-(far / 1300.0).powi(2)).exp() + 2.2 * (-(far / 4500.0).powi(2)).exp();
            (0.25 + somebody.pose.speed.abs() / 900.0) * felt
        };
        let push: f64 = present.iter().map(push).sum();
        // Steps come and go; what they leave fades within half a second.
        self.shake += (push - self.shake) * 0.04;
    }

    /// One sample on.
    pub fn step(&mut self) {
        let drive: f64 = StandardNormal.sample(&mut self.rng);
        self.swayed = self.sway.step(drive);
    }
}

/// One scale's board: its share of the rack's sway, its own ringing, noise, drift and tare.
#[derive(Clone, Debug)]
pub struct Board {
    tare: f64,
    drift: f64,
    drift_step: f64,
    white: f64,
    sway: f64,
    ring: Ring,
    ringing: f64,
}

impl Board {
    /// A board `height_mm` above the floor; the higher, the slower and the more it rings.
    pub fn new(height_mm: f64, hz: f64, rng: &mut ChaCha8Rng) -> Self {
        let mut drawn =
            |median: f64, spread: f64| LogNormal::new(f64::ln(median), spread).expect("a spread").sample(rng);
        let (white, sway) = (drawn(390.0, 0.25), drawn(170.0, 1.4));
        let ringing = drawn(240.0, 1.1) * (0.6 + height_mm / 1500.0);
        let frequency = drawn(15.0, 0.3) * (1.25 - 0.35 * height_mm / 1700.0);
        let quality = drawn(9.0, 0.5);
        let wrong: f64 = Uniform::new(0.0, 1.0).expect("a range").sample(rng);
        // One in twenty was never set to zero.
        let tare = Normal::new(0.0, if wrong < 0.05 { 1_500_000.0 } else { 9_000.0 }).expect("a spread").sample(rng);
        let drift_step = 25.0 / hz.sqrt();
        Self { tare, drift: 0.0, drift_step, white, sway, ring: Ring::new(frequency, quality, hz), ringing }
    }

    /// What it adds to the next sample.
    pub fn step(&mut self, rack: &Rack, rng: &mut ChaCha8Rng) -> f64 {
        let [hiss, drive, creep]: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(rng));
        // Drift comes back within some two hours: it stays within a few grams.
        self.drift += self.drift_step * creep - self.drift * self.drift_step * self.drift_step / 4.5e6;
        let ring = self.ring.step(drive) * self.ringing * (1.0 + rack.shake);
        self.tare + self.drift + self.white * (1.0 + 0.35 * rack.shake) * hiss + self.sway * rack.swayed + ring
    }

    /// Its tare: what it says of nothing, before noise.
    pub fn tare_mg(&self) -> f64 {
        self.tare
    }
}
