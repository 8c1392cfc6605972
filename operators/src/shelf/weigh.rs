//! Weigh: turns what scales say into steps of weight: steady before, steady after.
//! In: ScaleSample | Out: WeightStep | Key: scale | State: for each scale the samples of the last 11 s, at most 4096, and its noise
//! Time: a step is told when what came after it has been steady for `steady_ms` of event time: see [`told_within_us`].
//! Faults: none; a scale that falls silent is seen where all scales' samples come by (ingest).
//!
//! A plate under one slot and a shelf of several are the same here. See [`Weigher`] for what a step is. A jump of a tare is a step
//! like any other: from one scale alone it cannot be told from goods that somebody took.

mod noise;
mod settings;
#[cfg(test)]
mod tests;
mod weigher;
mod window;

pub(crate) use noise::MAD_TO_SIGMA;
pub use settings::WeighSettings;
pub use weigher::Weigher;
pub(crate) use window::{Limits, SLOW, Sample, Window, sigma_mg};

use crate::flow::Outbox;
use crate::flow::build::ByTick;
use schemas::{ScaleId, ScaleSample, Tick, WeightStep};
use std::collections::BTreeMap;

/// The operator's core: a [`Weigher`] for each scale.
#[derive(Clone, Debug)]
pub struct Weigh {
    settings: WeighSettings,
    scales: BTreeMap<ScaleId, Weigher>,
}

impl Weigh {
    /// No scale has said anything.
    pub fn new(settings: WeighSettings) -> Self {
        Self { settings, scales: BTreeMap::new() }
    }
}

/// A step is told at most so many microseconds of event time after its `until`, for a scale that speaks at least every
/// `period_us` (16,667 for 60 Hz), and for one with so `much_noise` that it is weighed over long times: whatever has not been told by then was none.
/// A hole in what the scale says adds its length.
pub fn told_within_us(settings: &WeighSettings, period_us: i64, much_noise: bool) -> i64 {
    let steady_us = i64::from(settings.steady_ms) * 1000 * if much_noise { SLOW } else { 1 };
    // A run is noticed at the sample that completes it, and has three samples at least.
    (steady_us + period_us).max(3 * period_us)
}

impl ByTick for Weigh {
    type In = ScaleSample;
    type Out = WeightStep;
    const NAME: &'static str = "Weigh";

    fn route(sample: &ScaleSample) -> u64 {
        sample.scale.0
    }

    /// Samples are sorted by scale and time; ticks come in order, so a scale's samples do too, however they arrived.
    fn close(&mut self, _tick: Tick, batch: Vec<ScaleSample>, out: &mut Outbox<WeightStep>) -> Option<Tick> {
        for samples in batch.chunk_by(|a, b| a.scale == b.scale) {
            let scale = samples[0].scale;
            let weigher = self.scales.entry(scale).or_insert_with(|| Weigher::new(scale, &self.settings));
            for sample in samples {
                if let Some(step) = weigher.push(sample.event_time, sample.weight_mg) {
                    out.give(step);
                }
            }
        }
        None
    }
}
