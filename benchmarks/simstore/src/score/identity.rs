//! IDF1: Ristani et al., *Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking*, 2016. Computed as TrackEval
//! 1.3.0 does.

use super::assign::assign_whole;
use super::sequence::Sequence;
use super::wilson::Ratio;
use serde::Serialize;

/// What the best one-to-one naming of found ones by true ones explains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Identity {
    /// Of the true ones: found under their one name.
    pub recall: Ratio,
    /// Of the found ones: named rightly.
    pub precision: Ratio,
}

impl Identity {
    /// Harmonic mean of recall and precision.
    pub fn idf1(&self) -> f64 {
        2.0 * self.recall.hits as f64 / (self.recall.of + self.precision.of).max(1) as f64
    }
}

impl std::ops::Add for Identity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { recall: self.recall + other.recall, precision: self.precision + other.precision }
    }
}

/// Scores a sequence; a pair counts from this likeness on.
pub fn identity(sequence: &Sequence, threshold: f64) -> Identity {
    let founds = sequence.founds;
    let mut together = vec![0i64; sequence.truths * founds];
    for step in &sequence.steps {
        for (t, truth) in step.truth.iter().enumerate() {
            for (f, found) in step.found.iter().enumerate() {
                together[truth * founds + found] += i64::from(step.like(t, f) >= threshold);
            }
        }
    }
    // The least sum of misses and false ones is the largest sum of frames together.
    let pairs = assign_whole(sequence.truths, founds, |t, f| together[t * founds + f]);
    let hits: i64 = pairs.into_iter().map(|(t, f)| together[t * founds + f]).sum();
    let hits = hits.unsigned_abs();
    let [truths, all] = sequence.frames_of_each().map(|frames| frames.iter().sum::<u64>());
    Identity { recall: Ratio::new(hits, truths), precision: Ratio::new(hits, all) }
}
