//! HOTA: Luiten et al., *HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking*, IJCV 2020. Computed as TrackEval 1.3.0 does
//! (`check_score.py` compares the two).

use super::assign::assign;
use super::sequence::{EPSILON, Sequence};
use serde::Serialize;
use std::collections::BTreeMap;

/// Thresholds of likeness: 0.05, 0.10 .. 0.95.
const THRESHOLDS: usize = 19;

/// Means over the thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Hota {
    /// Mean of the geometric means of the two below.
    pub hota: f64,
    /// Detection accuracy.
    pub det_a: f64,
    /// Association accuracy.
    pub ass_a: f64,
    /// Likeness of the matches.
    pub loc_a: f64,
}

/// What HOTA is made of; that of several sequences is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HotaCounts {
    truths: u64,
    founds: u64,
    hits: [u64; THRESHOLDS],
    associated: [f64; THRESHOLDS],
    likeness: [f64; THRESHOLDS],
}

impl std::ops::Add for HotaCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            truths: self.truths + other.truths,
            founds: self.founds + other.founds,
            hits: std::array::from_fn(|i| self.hits[i] + other.hits[i]),
            associated: std::array::from_fn(|i| self.associated[i] + other.associated[i]),
            likeness: std::array::from_fn(|i| self.likeness[i] + other.likeness[i]),
        }
    }
}

impl HotaCounts {
    /// Counts a sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let [truth_frames, found_frames] = sequence.frames_of_each();
        let aligned = alignment(sequence, &truth_frames, &found_frames);
        let [truths, founds] = [&truth_frames, &found_frames].map(|frames| frames.iter().sum::<u64>());
        let mut counts = Self { truths, founds, ..Self::default() };
        let mut matches: BTreeMap<(usize, usize), [u64; THRESHOLDS]> = BTreeMap::new();
        for step in &sequence.steps {
            let score = |t: usize, f: usize| {
                aligned.get(&(step.truth[t], step.found[f])).map_or(0.0, |aligned| aligned * step.like(t, f))
            };
            for (t, f) in assign(step.truth.len(), step.found.len(), score) {
                let (like, pair) = (step.like(t, f), (step.truth[t], step.found[f]));
                for i in (0..THRESHOLDS).filter(|&i| like >= threshold(i) - EPSILON) {
                    counts.hits[i] += 1;
                    counts.likeness[i] += like;
                    matches.entry(pair).or_default()[i] += 1;
                }
            }
        }
        for (&(t, f), n) in &matches {
            for (associated, &n) in counts.associated.iter_mut().zip(n) {
                let joined = truth_frames[t] + found_frames[f] - n;
                *associated += (n * n) as f64 / joined.max(1) as f64;
            }
        }
        counts
    }

    /// The means.
    pub fn means(&self) -> Hota {
        let mut sum = Hota::default();
        for (i, &hits) in self.hits.iter().enumerate() {
            let ass_a = self.associated[i] / hits.max(1) as f64;
            let det_a = hits as f64 / (self.truths + self.founds - hits).max(1) as f64;
            sum.hota += (det_a * ass_a).sqrt();
            sum.det_a += det_a;
            sum.ass_a += ass_a;
            sum.loc_a += if hits > 0 { self.likeness[i] / hits as f64 } else { 1.0 };
        }
        let n = THRESHOLDS as f64;
        Hota { hota: sum.hota / n, det_a: sum.det_a / n, ass_a: sum.ass_a / n, loc_a: sum.loc_a / n }
    }
}

fn threshold(i: usize) -> f64 {
    0.05 + 0.05 * i as f64
}

/// How well each true and each found one go together over the whole sequence; none where they never met.
fn alignment(sequence: &Sequence, truth_frames: &[u64], found_frames: &[u64]) -> BTreeMap<(usize, usize), f64> {
    let mut shared: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for step in &sequence.steps {
        let (truths, founds) = (0..step.truth.len(), 0..step.found.len());
        let rows: Vec<f64> = truths.clone().map(|t| founds.clone().map(|f| step.like(t, f)).sum()).collect();
        let columns: Vec<f64> = founds.map(|f| truths.clone().map(|t| step.like(t, f)).sum()).collect();
        for (t, row) in rows.iter().enumerate() {
            for (f, column) in columns.iter().enumerate() {
                let joined = row + column - step.like(t, f);
                if joined > EPSILON {
                    *shared.entry((step.truth[t], step.found[f])).or_default() += step.like(t, f) / joined;
                }
            }
        }
    }
    for (&(t, f), shared) in &mut shared {
        *shared /= (truth_frames[t] + found_frames[f]) as f64 - *shared;
    }
    shared
}
