//! One person of one world: a body, the belief that it is there, and the stretches that are theirs in this world.

use super::body::Body;
use super::door::Passage;
use super::pair::Bunch;
use schemas::{CameraId, Embedding, FloorPoint, Share, Step, StretchId, Tick, TrackId, TrackletId};
use std::rc::Rc;

/// How much of an appearance is renewed by each sighting.
const RENEWED: f32 = 0.1;

/// Somebody on the floor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    /// Who it is, and who it was taken for at first.
    pub track: TrackId,
    pub born_as: TrackId,
    /// The stretch that tells of this person at present; in another world it may tell of another.
    pub stretch: StretchId,
    pub body: Body,
    /// The first tick, and the last one at which the person was given a place.
    pub born: Tick,
    pub placed: Tick,
    pub seen_us: i64,
    pub hits: u32,
    /// Log likelihood that the person is there, against not.
    pub evidence: f64,
    pub believed: bool,
    pub passage: Passage,
    /// How long the person has been in one place with a stronger one, in microseconds.
    pub one_us: i64,
    /// The person's box in each camera that looked at this tick, and who saw them.
    pub bunch: Bunch,
    pub shares: Vec<Share>,
    /// The last tracklet in each camera.
    pub tracklets: Vec<(CameraId, TrackletId)>,
    pub look: Option<Look>,
    /// The stretches that are the person's in this world, each from its first tick, as far back as they may be revised.
    pub trail: Vec<Footprint>,
    /// Every step in this world, and whether the person was believed, for the slow twin.
    #[cfg(test)]
    pub past: Vec<(Step, bool)>,
}

/// A stretch that is a person's in one world.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Footprint {
    /// Its first tick.
    pub from: Tick,
    pub stretch: StretchId,
    /// What it tells, where the likeliest world has nobody who is seen like this: told only should this world become the likeliest.
    pub aside: Option<Rc<Step>>,
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
            born_as: TrackId::begun_by(stretch),
            stretch,
            body,
            born: tick,
            placed: tick,
            seen_us: now_us,
            hits: 0,
            evidence,
            believed: false,
            passage: Passage::default(),
            one_us: 0,
            bunch: Vec::new(),
            shares: Vec::new(),
            tracklets: Vec::new(),
            look: None,
            trail: vec![Footprint { from: tick, stretch, aside: None }],
            #[cfg(test)]
            past: Vec::new(),
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
        by_evidence.then(self.hits.cmp(&other.hits)).then(other.track.cmp(&self.track))
    }

    /// Is told of by `stretch` from `tick` on.
    pub fn follow(&mut self, stretch: StretchId, tick: Tick) {
        if stretch != self.stretch {
            self.trail.push(Footprint { from: tick, stretch, aside: None });
            self.stretch = stretch;
        }
    }

    /// Is told of by a stretch of its own that lasts this one tick and is not told yet.
    pub fn step_aside(&mut self, stretch: StretchId, tick: Tick) {
        self.stretch = stretch;
        let aside = Some(Rc::new(self.step(tick)));
        self.trail.push(Footprint { from: tick, stretch, aside });
    }

    /// The person at this tick.
    pub fn step(&self, tick: Tick) -> Step {
        let mm = |x: f64| x.round().clamp(-1e9, 1e9) as i32;
        let size = |x: f64| x.round().clamp(0.0, 1e9) as u32;
        let s = &self.body.state;
        Step {
            stretch: self.stretch,
            tick,
            at: FloorPoint { x_mm: mm(s[0]), y_mm: mm(s[1]) },
            spread_mm: size(self.body.spread()),
            height_mm: size(s[4]),
            shares: self.shares.clone(),
        }
    }

    /// Forgets the stretches that ended before `tick`.
    pub fn forget(&mut self, tick: Tick) {
        let kept = self.trail.iter().rposition(|print| print.from < tick).unwrap_or(0);
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
