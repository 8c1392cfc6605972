//! A sequence to be scored: in every frame, which true ones and which found ones there are, and how alike each pair of them is.

use serde::Deserialize;

/// One frame. Numbers within a frame are distinct.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Step {
    /// Numbers of the true ones.
    pub truth: Vec<usize>,
    /// Numbers of the found ones.
    pub found: Vec<usize>,
    /// Likeness in 0..=1, row by row: one row for each true one.
    pub like: Vec<f64>,
}

impl Step {
    /// A frame with these, alike as `like` says of their places in the lists.
    pub fn new(truth: Vec<usize>, found: Vec<usize>, like: impl Fn(usize, usize) -> f64) -> Self {
        let pairs = (0..truth.len()).flat_map(|t| (0..found.len()).map(move |f| (t, f)));
        let like = pairs.map(|(t, f)| like(t, f)).collect();
        Self { truth, found, like }
    }

    /// How alike the `t`-th true and the `f`-th found one are.
    pub fn like(&self, t: usize, f: usize) -> f64 {
        self.like[t * self.found.len() + f]
    }
}

/// A whole sequence.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Sequence {
    /// How many true ones there are in all: their numbers are below.
    pub truths: usize,
    /// How many found ones.
    pub founds: usize,
    /// Frame by frame, in order of time.
    pub steps: Vec<Step>,
}

impl Sequence {
    /// In how many frames each true one and each found one is.
    pub(super) fn frames_of_each(&self) -> [Vec<u64>; 2] {
        let mut counts = [vec![0; self.truths], vec![0; self.founds]];
        for step in &self.steps {
            step.truth.iter().for_each(|&t| counts[0][t] += 1);
            step.found.iter().for_each(|&f| counts[1][f] += 1);
        }
        counts
    }
}

/// Likeness this far below a threshold still passes it, as in TrackEval.
pub(super) const EPSILON: f64 = f64::EPSILON;
