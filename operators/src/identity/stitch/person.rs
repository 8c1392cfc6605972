//! One person of one world: a body, the belief that it is there, and the chain of sightings that it is followed by.

use super::body::Body;
use schemas::{CameraId, Embedding, Share, StretchId, Tick, TrackId, TrackletId};

/// How much of an appearance is renewed by each sighting.
const RENEWED: f32 = 0.1;

/// Somebody on the floor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    /// Who it is.
    pub track: TrackId,
    /// The chain of sightings, by its first stretch. In another world another person may own it.
    pub chain: StretchId,
    /// The chain's present stretch.
    pub stretch: StretchId,
    pub body: Body,
    pub seen_us: i64,
    pub hits: u32,
    /// Log likelihood that the person is there, against not.
    pub evidence: f64,
    pub believed: bool,
    /// How long the person has been in one place with a stronger one, in microseconds.
    pub one_us: i64,
    /// Who saw the person at this tick.
    pub shares: Vec<Share>,
    /// The last tracklet in each camera.
    pub tracklets: Vec<(CameraId, TrackletId)>,
    pub look: Option<Look>,
    /// The stretches that were the person's, each from its first tick, as far back as they may be revised.
    pub trail: Vec<(Tick, StretchId)>,
}

/// A mean appearance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    sum: Vec<f32>,
    pub mean: Embedding,
}

impl Person {
    /// Somebody who was just seen for the first time.
    pub fn new(stretch: StretchId, tick: Tick, body: Body, now_us: i64, evidence: f64) -> Self {
        Self {
            track: TrackId::begun_by(stretch),
            chain: stretch,
            stretch,
            body,
            seen_us: now_us,
            hits: 0,
            evidence,
            believed: false,
            one_us: 0,
            shares: Vec::new(),
            tracklets: Vec::new(),
            look: None,
            trail: vec![(tick, stretch)],
        }
    }

    /// The last tracklet in a camera.
    pub fn tracklet(&self, camera: CameraId) -> Option<TrackletId> {
        self.tracklets.iter().find(|(of, _)| *of == camera).map(|&(_, tracklet)| tracklet)
    }

    /// Notes who saw the person at this tick.
    pub fn share(&mut self, share: Share, appearance: Option<&Embedding>) {
        if let Some(tracklet) = share.tracklet {
            match self.tracklets.iter_mut().find(|(of, _)| *of == share.camera) {
                Some(last) => last.1 = tracklet,
                None => self.tracklets.push((share.camera, tracklet)),
            }
        }
        if let Some(appearance) = appearance {
            self.look = Look::renewed(self.look.take(), appearance);
        }
        self.shares.push(share);
    }

    /// The stronger of two comes later.
    pub fn strength(&self, other: &Self) -> std::cmp::Ordering {
        let by_evidence = self.believed.cmp(&other.believed).then(self.evidence.total_cmp(&other.evidence));
        by_evidence.then(self.hits.cmp(&other.hits)).then(other.chain.cmp(&self.chain))
    }

    /// Goes on in a new stretch of its chain.
    pub fn cut(&mut self, tick: Tick) {
        self.stretch = self.chain.cut_at(tick);
        self.trail.push((tick, self.stretch));
    }

    /// Forgets the stretches that ended before `tick`.
    pub fn forget(&mut self, tick: Tick) {
        let kept = self.trail.iter().rposition(|(from, _)| *from < tick).unwrap_or(0);
        self.trail.drain(..kept);
    }
}

impl Look {
    fn renewed(old: Option<Self>, seen: &Embedding) -> Option<Self> {
        let seen: Vec<f32> = seen.steps().iter().map(|&step| f32::from(step)).collect();
        let sum = match old {
            Some(old) if old.sum.len() == seen.len() => {
                old.sum.iter().zip(&seen).map(|(a, b)| a * (1.0 - RENEWED) + b * RENEWED).collect()
            }
            _ => seen,
        };
        Some(Self { mean: Embedding::from_values(&sum)?, sum })
    }
}
