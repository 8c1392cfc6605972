//! A person's body on the floor as a belief: an extended Kalman filter over place, speed, height and width, fed with boxes.
//!
//! Noise is Student's t, so that a freak box costs much and moves little.

use super::block::{Block, bring_out};
use super::eye::{Cov, Edges, Eye, Glance, Sight, State, times};
use super::reading::{Expected, Reading, measure};
use super::settings::StitchSettings;
use nalgebra::{SMatrix, SVector};
use schemas::Gondola;

/// How much more seldom somebody is found who stoops or squats: racks hide them.
const FOUND_BENT: f64 = 0.6;

/// The settings as numbers.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    pub accelerate: f64,
    pub speed: f64,
    pub keep_speed_s: f64,
    pub height: [f64; 3],
    pub radius: [f64; 3],
    pub sigma: Edges,
    pub below: f64,
    pub cut: f64,
    pub feet: f64,
    pub freedom: f64,
    pub gate: f64,
    pub found: f64,
    pub feet_hidden: f64,
    pub bent: f64,
    pub clutter: f64,
    tracklet: f64,
    appearance: f64,
    likeness: f64,
    blocks: Vec<Block>,
}

impl Ways {
    pub fn new(s: &StitchSettings, racks: &[Gondola]) -> Self {
        let (milli, number) = (|n: u32| f64::from(n) / 1000.0, |n: u32| f64::from(n));
        let side = milli(s.side_permille);
        Self {
            accelerate: number(s.accelerate_mm_per_s),
            speed: number(s.speed_mm_per_s),
            keep_speed_s: milli(s.keep_speed_ms),
            height: [s.height_mm, s.height_spread_mm, s.height_wander_mm].map(number),
            radius: [s.radius_mm, s.radius_spread_mm, s.radius_wander_mm].map(number),
            sigma: Edges::new(side, milli(s.top_permille), side, milli(s.bottom_permille)),
            below: milli(s.below_permille),
            cut: milli(s.cut_permille),
            feet: milli(s.feet_permille),
            freedom: number(s.freedom),
            gate: number(s.gate),
            found: milli(s.found_permille),
            feet_hidden: milli(s.hidden_permille),
            bent: milli(s.bent_permille),
            clutter: milli(s.clutter_milli),
            tracklet: milli(s.tracklet_milli),
            appearance: milli(s.appearance_milli),
            likeness: milli(s.likeness_permille),
            blocks: racks.iter().map(Block::new).collect(),
        }
    }

    /// Chance that somebody with this sight is found.
    pub fn chance(&self, sight: &Sight) -> f64 {
        let found = if sight.bent { FOUND_BENT * self.found } else { self.found };
        if sight.in_view { (found * (1.0 - sight.hidden)).clamp(0.05, 0.97) } else { 0.001 }
    }
}

/// The natural logarithm, the same on every machine.
pub(super) fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Where somebody is, how they move, how tall and wide they are, and how surely.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    pub state: State,
    pub cov: Cov,
    /// Whether the last box that told was read as bent.
    pub bent: bool,
}

impl Body {
    /// Somebody of unknown speed at a place that is known to `place_mm`.
    pub fn at([x, y]: [f64; 2], place_mm: f64, ways: &Ways) -> Self {
        let state = State::new(x, y, 0.0, 0.0, ways.height[0], ways.radius[0]);
        let spread = State::new(place_mm, place_mm, ways.speed, ways.speed, ways.height[1], ways.radius[1]);
        Self { state, cov: Cov::from_diagonal(&spread.component_mul(&spread)), bent: false }
    }

    /// Distance between two people.
    pub fn distance(&self, other: &Self) -> f64 {
        (self.state[0] - other.state[0]).hypot(self.state[1] - other.state[1])
    }

    /// Standard deviation of the place along its worst axis.
    pub fn spread(&self) -> f64 {
        let (a, b, c) = (self.cov[(0, 0)], self.cov[(0, 1)], self.cov[(1, 1)]);
        let worst = (a + c) / 2.0 + (((a - c) / 2.0) * ((a - c) / 2.0) + b * b).sqrt();
        worst.max(0.0).sqrt()
    }

    /// Moves on by `seconds`: a speed that fades, driven by white acceleration.
    pub fn predict(&mut self, seconds: f64, ways: &Ways) {
        let keep = libm::exp(-seconds / ways.keep_speed_s);
        let step = ways.keep_speed_s * (1.0 - keep);
        let mut moves = Cov::identity();
        let mut noise = Cov::zeros();
        let q = ways.accelerate * ways.accelerate * seconds;
        for i in 0..2 {
            moves[(i, i + 2)] = step;
            moves[(i + 2, i + 2)] = keep;
            noise[(i, i)] = q * seconds * seconds / 3.0;
            noise[(i, i + 2)] = q * seconds / 2.0;
            noise[(i + 2, i)] = q * seconds / 2.0;
            noise[(i + 2, i + 2)] = q;
        }
        noise[(4, 4)] = ways.height[2] * ways.height[2] * seconds;
        noise[(5, 5)] = ways.radius[2] * ways.radius[2] * seconds;
        self.state = times(&moves, &self.state);
        self.cov = times(&times(&moves, &self.cov), &moves.transpose()) + noise;
        self.keep_out(ways);
    }

    /// Nobody stands in a rack.
    fn keep_out(&mut self, ways: &Ways) {
        let s = &mut self.state;
        if let Some((at, speed)) = bring_out(&ways.blocks, [s[0], s[1]], [s[2], s[3]]) {
            (s[0], s[1], s[2], s[3]) = (at[0], at[1], speed[0], speed[1]);
        }
    }

    /// What a camera expects to see; none of somebody behind it.
    pub fn expected(&self, eye: &Eye) -> Option<Expected> {
        let view = eye.view(&self.state)?;
        Some(Expected::new(view, &self.cov, self.bent))
    }

    /// Learns from a box, read as it was when it was paired.
    pub fn learn(&mut self, eye: &Eye, glance: &Glance, reading: &Reading, ways: &Ways) {
        let before = self.clone();
        for _ in 0..2 {
            let Some(view) = eye.view(&self.state) else { return };
            let m = measure(&view, glance, reading, ways);
            let slope = m.slope(&view);
            let residual = m.residual - times(&slope, &(before.state - self.state));
            let across = times(&before.cov, &slope.transpose());
            let (doubt, noise) = (times(&slope, &across), m.noise());
            let Some(inverse) = (doubt + noise).try_inverse() else { return };
            let distance = times(&times(&residual.transpose(), &inverse), &residual)[0];
            let trust = ((ways.freedom + 4.0) / (ways.freedom + distance)).clamp(0.05, 1.0);
            let Some(inverse) = (doubt + noise / trust).try_inverse() else { return };
            let gain = times(&across, &inverse);
            self.state = before.state + times(&gain, &residual);
            let cov = before.cov - times(&gain, &across.transpose());
            self.cov = (cov + cov.transpose()) * 0.5;
        }
        if let (Some(seen), Some(view)) = (glance.feet, eye.view(&self.state)) {
            self.stand(eye, seen, ways.feet * view.tall(), ways);
        }
        self.bent = reading.bent || (self.bent && !reading.upright());
        self.keep_out(ways);
        self.state[4] = self.state[4].clamp(900.0, 2300.0);
        self.state[5] = self.state[5].clamp(100.0, 600.0);
    }
}

impl Body {
    /// Learns from the feet, `seen` with a standard deviation of `sigma` ideal pixels.
    fn stand(&mut self, eye: &Eye, seen: [f64; 2], sigma: f64, ways: &Ways) {
        let Some((at, by)) = eye.feet(&self.state) else { return };
        let mut slope = SMatrix::<f64, 2, 6>::zeros();
        slope.fixed_view_mut::<2, 2>(0, 0).copy_from(&SMatrix::<f64, 2, 2>::from(by).transpose());
        let residual = SVector::from([seen[0] - at[0], seen[1] - at[1]]);
        let across = times(&self.cov, &slope.transpose());
        let (doubt, noise) = (times(&slope, &across), SMatrix::<f64, 2, 2>::identity() * (sigma * sigma));
        let Some(inverse) = (doubt + noise).try_inverse() else { return };
        let distance = times(&times(&residual.transpose(), &inverse), &residual)[0];
        if distance > ways.gate {
            return; // somebody else's
        }
        let trust = ((ways.freedom + 2.0) / (ways.freedom + distance)).clamp(0.05, 1.0);
        let Some(inverse) = (doubt + noise / trust).try_inverse() else { return };
        let gain = times(&across, &inverse);
        self.state += times(&gain, &residual);
        let cov = self.cov - times(&gain, &across.transpose());
        self.cov = (cov + cov.transpose()) * 0.5;
    }
}

/// What tracklet and appearance add to a likelihood.
pub(super) fn familiar(
    glance: &Glance,
    tracklet: Option<schemas::TrackletId>,
    appearance: Option<&schemas::Embedding>,
    ways: &Ways,
) -> f64 {
    let same = match (glance.tracklet, tracklet) {
        (Some(a), Some(b)) if a == b => ways.tracklet,
        _ => 0.0,
    };
    let like = match (&glance.appearance, appearance) {
        (Some(a), Some(b)) => (f64::from(a.cosine(b)) - ways.likeness) * ways.appearance,
        _ => 0.0,
    };
    same + like
}
