//! Which detection may continue which tracklet, and how well it would.
//!
//! Rounds, each on what the one before left over (ByteTrack, Zhang et al. 2022, with a recovery round as in OC-SORT, Cao
//! et al. 2023, whose boxes are grown as in C-BIoU, Yang et al. 2023):
//! 1. believed tracklets and sure detections; 2. believed tracklets and unsure detections;
//! 3. believed tracklets and sure detections again, with grown boxes; 4. tentative tracklets and sure detections.

use super::assign::{Pair, assign};
use super::live::{Expected, direction};
use super::settings::{TrackSettings, factor};
use crate::vision::motion::{Measures, agreement, measures};
use schemas::{Detection, Embedding};

/// A detection as the rounds see it.
#[derive(Clone, Debug)]
pub(super) struct Seen<'a> {
    pub place: Measures,
    pub score: f64,
    pub appearance: Option<&'a Embedding>,
}

impl<'a> Seen<'a> {
    pub fn new(detection: &'a Detection) -> Self {
        Self {
            place: measures(detection.bbox),
            score: f64::from(detection.score.steps()) / 10_000.0,
            appearance: detection.appearance.as_ref(),
        }
    }
}

/// The rounds in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    Sure,
    Unsure,
    Recover,
    Tentative,
}

impl Round {
    pub const ALL: [Round; 4] = [Round::Sure, Round::Unsure, Round::Recover, Round::Tentative];

    /// Whether a tracklet takes part.
    pub fn admits_tracklet(self, e: &Expected, s: &TrackSettings) -> bool {
        let memory_ms = if e.confirmed { s.memory_ms } else { s.tentative_ms };
        e.confirmed == (self != Round::Tentative) && e.unseen_s <= factor(memory_ms)
    }

    /// Whether a detection takes part.
    pub fn admits_detection(self, d: &Seen, s: &TrackSettings) -> bool {
        let sure = d.score >= factor(s.score_high_permille);
        if self == Round::Unsure { !sure && d.score >= factor(s.score_low_permille) } else { sure }
    }

    /// How well the detection would continue the tracklet; none when it may not.
    pub fn affinity(self, e: &Expected, d: &Seen, s: &TrackSettings) -> Option<f64> {
        let (least, buffer) = match self {
            Round::Sure => (s.agree_permille, s.buffer_permille),
            Round::Unsure => (s.agree_low_permille, s.buffer_permille),
            Round::Recover => (s.agree_recover_permille, s.buffer_recover_permille),
            Round::Tentative => (s.agree_tentative_permille, s.buffer_permille),
        };
        let agreed = agreement(&e.place, &d.place, factor(buffer), factor(s.height_weight_permille));
        if agreed < factor(least) {
            return None;
        }
        let along = match (e.heading, direction(&e.last, &d.place)) {
            (Some(was), Some(is)) => d.score * (was[0] * is[0] + was[1] * is[1]),
            _ => 0.0,
        };
        let gained = agreed + factor(s.heading_permille) * along + likeness(e.appearance, d.appearance, s)?
            - factor(s.missing_permille) * e.missing_s.min(1.0);
        Some(gained)
    }
}

/// How many times the taller box is as tall as the other.
pub(super) fn height_ratio(a: &Measures, b: &Measures) -> f64 {
    let (a, b) = (a[3].max(1.0), b[3].max(1.0));
    (a / b).max(b / a)
}

/// What two appearances add to the affinity; 0 where one is missing, none where they cannot be one person.
pub(super) fn likeness(a: Option<&Embedding>, b: Option<&Embedding>, s: &TrackSettings) -> Option<f64> {
    let (Some(a), Some(b)) = (a, b) else { return Some(0.0) };
    let cosine = f64::from(a.cosine(b));
    (cosine >= factor(s.appearance_permille)).then(|| factor(s.appearance_weight_permille) * cosine)
}

/// The gain of a pair in whole numbers. Equal affinities are told apart by a hash of who is paired with what, so that the
/// best pairing is one pairing, whoever computes it.
pub(crate) fn gain(affinity: f64, ordinal: u64, detection: u64) -> i64 {
    let whole = (affinity.clamp(1e-4, 1e3) * f64::from(1u32 << 20)) as i64;
    let mixed = (ordinal.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ detection.wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
        .wrapping_mul(0x1656_67B1_9E37_79F9);
    (whole << 20) | (mixed >> 44) as i64
}

/// Runs all rounds: for each detection the tracklet that it continues.
pub(super) fn pair(expected: &[Expected], seen: &[Seen], settings: &TrackSettings) -> Vec<Option<usize>> {
    let mut tracklet_of = vec![None; seen.len()];
    let mut taken = vec![false; expected.len()];
    let (mut pairs, mut columns) = (Vec::new(), Vec::new());
    for round in Round::ALL {
        pairs.clear();
        columns.clear();
        let open = |d: &usize| tracklet_of[*d].is_none() && round.admits_detection(&seen[*d], settings);
        columns.extend((0..seen.len()).filter(open));
        for (t, e) in expected.iter().enumerate() {
            if taken[t] || columns.is_empty() || !round.admits_tracklet(e, settings) {
                continue;
            }
            for &d in &columns {
                if let Some(affinity) = round.affinity(e, &seen[d], settings) {
                    pairs.push(Pair { row: t, column: d, gain: gain(affinity, e.ordinal, d as u64) });
                }
            }
        }
        for picked in assign(&pairs) {
            tracklet_of[picked.column] = Some(picked.row);
            taken[picked.row] = true;
        }
    }
    tracklet_of
}
