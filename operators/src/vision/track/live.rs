//! One tracklet while it lives: what was seen, where it is expected, what it will be in the table.

use super::settings::{TrackSettings, factor};
use crate::vision::motion::{Measures, Motion, Noise, measures};
use schemas::geometry::STEPS_PER_PIXEL;
use schemas::{CameraId, Embedding, EventTime, Score, Sighting, Tracklet, TrackletId};
use std::collections::VecDeque;

/// Observations kept for the heading, whatever the frame rate.
const PAST_MAX: usize = 32;
/// Share of the older appearance in the remembered one (DeepSORT and its heirs use 0.9).
const APPEARANCE_KEPT: f32 = 0.9;

/// A tracklet that is not over.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// Number of births before it in this camera: the order in which ties are broken.
    pub ordinal: u64,
    pub confirmed: bool,
    /// Sightings not yet told, because the tracklet is not yet believed.
    pub held: Vec<Sighting>,
    /// As of the last sighting.
    motion: Motion,
    past: VecDeque<(EventTime, Measures)>,
    pub seen_at: EventTime,
    frame: u64,
    frame_first: u64,
    score_sum: u64,
    appearance: Option<Embedding>,
    row: Tracklet,
    /// Whether the first and the last box reach the picture's edge, so that they show only a part of the person.
    pub cut: [bool; 2],
}

/// Where a tracklet is expected in a frame.
#[derive(Clone, Debug)]
pub(super) struct Expected<'a> {
    pub ordinal: u64,
    pub confirmed: bool,
    pub place: Measures,
    pub last: Measures,
    /// Unit vector of where it was heading, if it moved.
    pub heading: Option<[f64; 2]>,
    /// Seconds since the last sighting.
    pub unseen_s: f64,
    /// Seconds for which the camera has looked and not found it.
    pub missing_s: f64,
    pub appearance: Option<&'a Embedding>,
}

impl Live {
    /// Begins with a sighting in the camera's frame number `frame`.
    pub fn new(
        id: TrackletId,
        ordinal: u64,
        camera: CameraId,
        at: EventTime,
        frame: u64,
        s: Sighting,
        noise: &Noise,
    ) -> Self {
        let seen = measures(s.detection.bbox);
        let row = Tracklet {
            id,
            camera,
            model: s.model,
            first_seen: at,
            last_seen: at,
            closed_at: at,
            frames_seen: 1,
            frames_spanned: 1,
            gaps: 0,
            gap_longest_us: 0,
            score_mean: s.detection.score,
            first_box: s.detection.bbox,
            last_box: s.detection.bbox,
        };
        Self {
            ordinal,
            confirmed: false,
            motion: Motion::new(&seen, noise),
            past: VecDeque::from([(at, seen)]),
            seen_at: at,
            frame,
            frame_first: frame,
            score_sum: u64::from(s.detection.score.steps()),
            appearance: s.detection.appearance.clone(),
            row,
            cut: [at_edge(&s); 2],
            held: vec![s],
        }
    }

    pub fn id(&self) -> TrackletId {
        self.row.id
    }

    pub fn sightings(&self) -> u32 {
        self.row.frames_seen
    }

    pub fn first(&self) -> (EventTime, Measures) {
        (self.row.first_seen, measures(self.row.first_box))
    }

    /// The last observation.
    pub fn last(&self) -> Measures {
        measures(self.row.last_box)
    }

    pub fn appearance(&self) -> Option<&Embedding> {
        self.appearance.as_ref()
    }

    /// Where it is after `seconds` without a sighting.
    pub fn motion_after(&self, seconds: f64, settings: &TrackSettings, noise: &Noise) -> Motion {
        self.motion.after(seconds, factor(settings.coast_ms), noise)
    }

    /// What a frame at `now` should show of it, when the frame before was at `before`.
    pub fn expected(&self, now: EventTime, before: EventTime, settings: &TrackSettings, noise: &Noise) -> Expected<'_> {
        let unseen_s = seconds(now, self.seen_at);
        let motion = self.motion_after(unseen_s, settings, noise);
        Expected {
            ordinal: self.ordinal,
            confirmed: self.confirmed,
            place: motion.measures(),
            last: self.last(),
            heading: self.heading(i64::from(settings.heading_ms) * 1000),
            unseen_s,
            missing_s: seconds(before, self.seen_at),
            appearance: self.appearance(),
        }
    }

    /// The way from the oldest observation of the last `window_us` to the newest.
    fn heading(&self, window_us: i64) -> Option<[f64; 2]> {
        let (_, from) = self.past.iter().find(|(t, _)| self.seen_at.since_us(*t) <= window_us)?;
        direction(from, &self.last())
    }

    /// Takes a sighting in; it is held back as long as the tracklet is not believed, else handed back to be told.
    pub fn see(
        &mut self,
        at: EventTime,
        frame: u64,
        s: Sighting,
        settings: &TrackSettings,
        noise: &Noise,
    ) -> Option<Sighting> {
        let seen = measures(s.detection.bbox);
        self.motion = self.motion_after(seconds(at, self.seen_at), settings, noise).corrected(&seen, noise);
        let score = u64::from(s.detection.score.steps());
        self.note(at, frame, frame - 1 != self.frame, (1, score));
        self.row.last_box = s.detection.bbox;
        self.cut[1] = at_edge(&s);
        self.appearance = blend(self.appearance.take(), s.detection.appearance.as_ref());
        if self.past.len() == PAST_MAX {
            self.past.pop_front();
        }
        self.past.push_back((at, seen));
        if self.confirmed {
            return Some(s);
        }
        self.held.push(s);
        None
    }

    /// Books `count` further sightings up to `at`, with their scores' sum.
    fn note(&mut self, at: EventTime, frame: u64, gap: bool, (count, score): (u32, u64)) {
        if gap {
            self.row.gaps += 1;
            self.row.gap_longest_us = self.row.gap_longest_us.max(at.since_us(self.seen_at));
        }
        self.seen_at = at;
        self.frame = frame;
        self.score_sum += score;
        self.row.frames_seen += count;
        self.row.last_seen = at;
        self.row.frames_spanned = u32::try_from(frame - self.frame_first + 1).unwrap_or(u32::MAX);
    }

    /// Goes on as `newer`, which proved to be the same person; returns the sightings that were held back for it.
    pub fn resume(&mut self, newer: Live) -> Vec<Sighting> {
        self.note(newer.row.first_seen, newer.frame_first, newer.frame_first - 1 != self.frame, (0, 0));
        self.row.gaps += newer.row.gaps;
        self.row.gap_longest_us = self.row.gap_longest_us.max(newer.row.gap_longest_us);
        self.note(newer.seen_at, newer.frame, false, (newer.row.frames_seen, newer.score_sum));
        self.row.last_box = newer.row.last_box;
        self.cut[1] = newer.cut[1];
        self.motion = newer.motion;
        self.past = newer.past;
        // All its sightings are held back still; each counts as if it had been this one's from the start.
        let looks = newer.held.iter().map(|s| s.detection.appearance.as_ref());
        self.appearance = looks.fold(self.appearance.take(), blend);
        newer.held
    }

    /// Its row, proved over at `closed_at`.
    pub fn over(mut self, closed_at: EventTime) -> Tracklet {
        let mean = self.score_sum as f64 / f64::from(self.row.frames_seen.max(1)) / f64::from(Score::MAX.steps());
        self.row.score_mean = Score::from_unit(mean as f32);
        self.row.closed_at = closed_at;
        self.row
    }
}

/// Whether the box comes within a fiftieth of the picture's side of an edge.
fn at_edge(s: &Sighting) -> bool {
    let (b, m) = (s.detection.bbox, &s.meta);
    let near = |low: i32, high: i32, side: u32| {
        let (side, low, high) = (i64::from(side) * i64::from(STEPS_PER_PIXEL), i64::from(low), i64::from(high));
        low * 50 <= side || (side - high) * 50 <= side
    };
    near(b.left, b.right, m.width) || near(b.top, b.bottom, m.height)
}

/// Seconds from `earlier` to `later`, at least 0.
pub(super) fn seconds(later: EventTime, earlier: EventTime) -> f64 {
    later.since_us(earlier).max(0) as f64 / 1e6
}

/// Unit vector from one centre to another; none when they are the same.
pub(super) fn direction(from: &Measures, to: &Measures) -> Option<[f64; 2]> {
    let (x, y) = (to[0] - from[0], to[1] - from[1]);
    let length = (x * x + y * y).sqrt();
    (length > 0.0).then(|| [x / length, y / length])
}

/// The remembered appearance after another look.
fn blend(old: Option<Embedding>, new: Option<&Embedding>) -> Option<Embedding> {
    match (old, new) {
        (Some(old), Some(new)) if old.steps().len() == new.steps().len() => {
            let mixed = |(&a, &b): (&i8, &i8)| APPEARANCE_KEPT * f32::from(a) + (1.0 - APPEARANCE_KEPT) * f32::from(b);
            let values: Vec<f32> = old.steps().iter().zip(new.steps()).map(mixed).collect();
            Embedding::from_values(&values).or(Some(old))
        }
        (old, new) => new.cloned().or(old),
    }
}
