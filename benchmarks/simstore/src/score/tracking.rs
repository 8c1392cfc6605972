//! Tracking by camera: tracklets against the people who show enough of themselves. Who shows less is ignored: a detection that is
//! theirs counts neither way.

use super::Terms;
use super::cameras::{Frames, iou};
use super::clear::{Clear, clear};
use super::detection::matches;
use super::hota::{Hota, HotaCounts};
use super::identity::{Identity, identity};
use super::sequence::{Sequence, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// How well people are followed in one camera, or in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tracking {
    /// Name of the camera.
    pub camera: String,
    /// HOTA and its parts.
    pub hota: Hota,
    /// Multiple object tracking accuracy.
    pub mota: f64,
    /// What it is made of.
    pub clear: Clear,
    /// Identity's F1.
    pub idf1: f64,
    /// What it is made of.
    pub identity: Identity,
    #[serde(skip)]
    counts: HotaCounts,
}

impl Tracking {
    fn new(camera: &str, counts: HotaCounts, clear: Clear, identity: Identity) -> Self {
        let (mota, idf1) = (clear.mota(), identity.idf1());
        Self { camera: camera.to_string(), hota: counts.means(), mota, clear, idf1, identity, counts }
    }
}

/// Scores a camera.
pub fn of(camera: &str, frames: &Frames, terms: Terms) -> Tracking {
    let sequence = sequence(frames, terms);
    let (clear, identity) = (clear(&sequence, terms.iou_min), identity(&sequence, terms.iou_min));
    Tracking::new(camera, HotaCounts::of(&sequence), clear, identity)
}

fn sequence(frames: &Frames, terms: Terms) -> Sequence {
    let mut people: BTreeMap<u32, usize> = BTreeMap::new();
    let mut steps = Vec::with_capacity(frames.frames.len());
    for frame in &frames.frames {
        let must = |s: usize| f64::from(frame.shown[s].share) >= terms.tracked_share_min;
        let ignored: Vec<usize> = matches(frame, terms.iou_min, terms.tracked_share_min)
            .into_iter()
            .filter(|p| !must(p.0))
            .map(|p| p.1)
            .collect();
        let shown: Vec<usize> = (0..frame.shown.len()).filter(|&s| must(s)).collect();
        let found =
            frame.found.iter().enumerate().filter(|(f, found)| found.tracklet.is_some() && !ignored.contains(f));
        // A tracklet has one box in a picture; were there more, the first counts.
        let mut once: BTreeMap<usize, usize> = BTreeMap::new();
        for (f, found) in found {
            once.entry(found.tracklet.unwrap_or_default()).or_insert(f);
        }
        let numbers = shown.iter().map(|&s| {
            let next = people.len();
            *people.entry(frame.shown[s].person).or_insert(next)
        });
        let numbers = numbers.collect();
        let places: Vec<usize> = once.values().copied().collect();
        let like = |s: usize, f: usize| iou(frame.shown[shown[s]].edges, frame.found[places[f]].edges);
        steps.push(Step::new(numbers, once.keys().copied().collect(), like));
    }
    Sequence { truths: people.len(), founds: frames.tracklets, steps }
}

/// All cameras together: their counts added up.
pub fn sum(cameras: &[Tracking]) -> Tracking {
    let mut all = (HotaCounts::default(), Clear::default(), Identity::default());
    for camera in cameras {
        all = (all.0 + camera.counts, all.1 + camera.clear, all.2 + camera.identity);
    }
    Tracking::new("all", all.0, all.1, all.2)
}
