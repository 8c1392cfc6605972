//! Stretches of samples of one scale, what they say, and the settings in the units that they are compared in.

use super::settings::WeighSettings;

/// Samples kept at most: of a scale that speaks more often, some are left out.
const SAMPLES_MAX: i64 = 4096;
/// A scale with much noise is weighed over times so many times as long.
pub(crate) const SLOW: i64 = 8;
/// A mean of `settled_ms` differs from the one before by so many times the usual shift, at most.
const SHIFTS: f64 = 1.5;
/// A mean is of so many samples at least.
pub(crate) const SAMPLES_MIN: usize = 3;
/// How fast a weight wanders by itself while nobody listens, mg for each square root of a second.
const WANDER_MG: f64 = 50.0;

/// A sample that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Event time.
    pub(crate) at: i64,
    /// Weight.
    pub(crate) mg: i64,
}

/// What a stretch of samples says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) samples: usize,
    pub(crate) mean: f64,
    /// Standard deviation of single samples.
    pub(crate) spread: f64,
}

/// The settings in microseconds and milligrams.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// How long samples are remembered.
    pub(crate) memory: i64,
    pub(crate) steady: i64,
    pub(crate) settled: i64,
    pub(crate) before: i64,
    pub(crate) guard: i64,
    pub(crate) lag: i64,
    pub(crate) restless: i64,
    pub(crate) step: f64,
    pub(crate) moves: f64,
    pub(crate) touch: f64,
    pub(crate) times: f64,
    pub(crate) noise: f64,
    pub(crate) unnoticed: f64,
}

impl Limits {
    pub(crate) fn new(settings: &WeighSettings) -> Self {
        let us = |ms: u32| i64::from(ms) * 1000;
        Self {
            memory: SLOW * us(settings.guard_ms + settings.before_ms + settings.steady_ms),
            steady: us(settings.steady_ms),
            settled: us(settings.settled_ms.min(settings.steady_ms)),
            before: us(settings.before_ms),
            guard: us(settings.guard_ms),
            lag: us(settings.lag_ms),
            restless: us(settings.restless_ms),
            step: f64::from(settings.step_mg),
            moves: f64::from(settings.move_mg),
            touch: f64::from(settings.touch_mg),
            times: f64::from(settings.noise_times),
            noise: f64::from(settings.noise_mg),
            unnoticed: f64::from(settings.unnoticed_mg),
        }
    }

    /// For a scale with much noise: all times are longer in which something is steady.
    pub(crate) fn slow(&self) -> Self {
        let [steady, settled, before, guard, restless] =
            [self.steady, self.settled, self.before, self.guard, self.restless].map(|us| SLOW * us);
        Self { steady, settled, before, guard, restless, ..*self }
    }

    /// Samples closer to each other than this are not heard.
    pub(crate) fn spacing(&self) -> i64 {
        (self.memory / SAMPLES_MAX).max(1)
    }

    /// How far a mean may lie from the one before by noise alone, where two of them usually differ by this.
    pub(crate) fn far(&self, shift: f64) -> f64 {
        self.band(SHIFTS * shift)
    }

    /// How far a sample may lie from its weight by noise alone.
    pub(crate) fn band(&self, spread: f64) -> f64 {
        self.moves.max(self.times * spread)
    }
}

impl Window {
    /// Of samples in order; none of too few.
    pub(crate) fn of<'a>(samples: impl Iterator<Item = &'a Sample> + Clone) -> Option<Self> {
        let first = samples.clone().next()?;
        let (mut count, mut sum, mut squares, mut until) = (0_usize, 0_i64, 0.0, first.at);
        for sample in samples {
            let off = sample.mg - first.mg;
            count += 1;
            sum += off;
            squares += off as f64 * off as f64;
            until = sample.at;
        }
        if count < SAMPLES_MIN {
            return None;
        }
        let n = count as f64;
        let off = sum as f64 / n;
        let spread = ((squares - n * off * off).max(0.0) / (n - 1.0)).sqrt();
        Some(Self { from: first.at, until, samples: count, mean: first.mg as f64 + off, spread })
    }
}

/// Standard deviation of the difference between two windows: what two means of the usual length differ by on this scale, more where the
/// windows are shorter or rougher than usual, and more the longer nothing was heard between them.
pub(crate) fn sigma_mg(before: &Window, after: &Window, silence: i64, noise: (f64, f64), limits: &Limits) -> f64 {
    let (spread, shift) = noise;
    let half = |window: &Window, usual: i64| {
        let length = (window.until - window.from).max(1) as f64;
        let rough = (window.spread / spread).max(1.0);
        (usual as f64 / length).clamp(1.0, 16.0) * rough
    };
    let windows = (half(before, limits.before) + half(after, limits.steady)) / 2.0;
    (shift * shift * windows + WANDER_MG * WANDER_MG * silence as f64 / 1e6).sqrt()
}
