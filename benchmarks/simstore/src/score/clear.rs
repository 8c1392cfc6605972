//! CLEAR MOT: Bernardin and Stiefelhagen, *Evaluating Multiple Object Tracking Performance*, 2008. Computed as TrackEval 1.3.0 does.

use super::assign::assign;
use super::sequence::{EPSILON, Sequence};
use super::wilson::Ratio;
use serde::Serialize;

/// A pair that was one in the frame before is kept, whatever else is more alike.
const KEPT: f64 = 1_000.0;

/// What CLEAR counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Clear {
    /// Sum of the likenesses of the matches.
    pub likeness: f64,
    /// True ones that were found, of all.
    pub recall: Ratio,
    /// Found ones that are true, of all.
    pub precision: Ratio,
    /// How often a true one is found as another than the last time.
    pub switches: u64,
    /// True ones found in more than 80 % of their frames.
    pub mostly_tracked: u64,
    /// How many true ones there are.
    pub people: u64,
    /// How many found ones.
    pub tracks: u64,
}

impl Clear {
    /// 1 - (misses + false ones + switches) / true ones; 0 where there are no true ones, as TrackEval has it.
    pub fn mota(&self) -> f64 {
        if self.recall.of == 0 {
            return 0.0;
        }
        let false_ones = self.precision.of - self.precision.hits;
        (self.recall.hits as f64 - false_ones as f64 - self.switches as f64) / self.recall.of.max(1) as f64
    }

    /// Mean likeness of the matches.
    pub fn motp(&self) -> f64 {
        self.likeness / self.recall.hits.max(1) as f64
    }
}

impl std::ops::Add for Clear {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            likeness: self.likeness + other.likeness,
            recall: self.recall + other.recall,
            precision: self.precision + other.precision,
            switches: self.switches + other.switches,
            mostly_tracked: self.mostly_tracked + other.mostly_tracked,
            people: self.people + other.people,
            tracks: self.tracks + other.tracks,
        }
    }
}

/// Scores a sequence; a pair counts from this likeness on.
pub fn clear(sequence: &Sequence, threshold: f64) -> Clear {
    let mut last: Vec<Option<usize>> = vec![None; sequence.truths];
    let mut before = last.clone();
    let mut found_in = vec![0u64; sequence.truths];
    let (mut hits, mut switches, mut likeness) = (0, 0, 0.0);
    for step in sequence.steps.iter().filter(|step| !step.truth.is_empty() && !step.found.is_empty()) {
        let weight = |t: usize, f: usize| {
            let like = step.like(t, f);
            let kept = before[step.truth[t]] == Some(step.found[f]);
            if like < threshold - EPSILON { 0.0 } else { like + if kept { KEPT } else { 0.0 } }
        };
        let pairs = assign(step.truth.len(), step.found.len(), weight);
        let pairs: Vec<_> = pairs.into_iter().filter(|&(t, f)| weight(t, f) > EPSILON).collect();
        before.fill(None);
        for (t, f) in pairs {
            let (person, track) = (step.truth[t], step.found[f]);
            switches += u64::from(last[person].is_some_and(|last| last != track));
            last[person] = Some(track);
            before[person] = Some(track);
            found_in[person] += 1;
            hits += 1;
            likeness += step.like(t, f);
        }
    }
    let [truth_frames, found_frames] = sequence.frames_of_each();
    let (truths, founds) = (truth_frames.iter().sum::<u64>(), found_frames.iter().sum::<u64>());
    let mostly = |pair: &(&u64, &u64)| *pair.1 > 0 && *pair.0 as f64 / *pair.1 as f64 > 0.8;
    Clear {
        likeness,
        recall: Ratio::new(hits, truths),
        precision: Ratio::new(hits, founds),
        switches,
        mostly_tracked: found_in.iter().zip(&truth_frames).filter(mostly).count() as u64,
        people: truth_frames.iter().filter(|n| **n > 0).count() as u64,
        tracks: found_frames.iter().filter(|n| **n > 0).count() as u64,
    }
}
