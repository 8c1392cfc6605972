//! One camera's tracker: all its state, frame after frame.

use super::assign::{Pair, assign};
use super::live::{Expected, Live, seconds};
use super::pairing::{Seen, gain, height_ratio, likeness, pair};
use super::settings::{TrackSettings, factor};
use crate::flow::Outbox;
use crate::vision::motion::Noise;
use schemas::{
    CameraId, Detection, EventTime, Fault, FaultKind, FrameDetections, FrameMeta, ModelId, Sighting, Tick, TickLength,
    Tracked, TrackletId,
};

/// Follows the people of one camera. Frames come in order of event time; a frame that is older than the one before it is
/// taken as being as late as that one. The result does not depend on the order of detections inside a frame.
#[derive(Clone, Debug)]
pub struct CameraTracker {
    camera: CameraId,
    tick_length: TickLength,
    settings: TrackSettings,
    noise: Noise,
    /// In order of birth.
    live: Vec<Live>,
    births: u64,
    /// Tick of the last birth and births in it: what identities are minted from.
    minted: (Tick, u32),
    frames: u64,
    last_frame: EventTime,
    /// The tick after the frame in which the camera last ceased to be quiet. Memories are shorter from then on, and who would have
    /// been forgotten before is forgotten then: what is over never lies in the past.
    crowded: Tick,
}

impl CameraTracker {
    /// A tracker that has seen nothing.
    pub fn new(camera: CameraId, tick_length: TickLength, settings: TrackSettings) -> Self {
        let noise = settings.noise();
        Self {
            camera,
            tick_length,
            settings,
            noise,
            live: Vec::new(),
            births: 0,
            minted: (Tick(0), 0),
            frames: 0,
            last_frame: EventTime(i64::MIN),
            crowded: Tick(0),
        }
    }

    /// Takes the next frame. Every detection comes out as exactly one sighting, those of tentative tracklets later;
    /// tracklets whose memory ran out before the frame's tick come out as over. Reports `TrackletsLimited` once a frame.
    pub fn step(&mut self, mut frame: FrameDetections, out: &mut Outbox<Tracked>) {
        let now = frame.meta.event_time.max(self.last_frame);
        self.expire(self.tick_length.tick(now), out);
        let was_quiet = self.quiet();
        self.frames += 1;
        frame.detections.sort_unstable_by(|a, b| b.score.cmp(&a.score).then_with(|| a.cmp(b)));
        let seen: Vec<Seen> = frame.detections.iter().map(Seen::new).collect();
        let before = if self.last_frame.0 == i64::MIN { now } else { self.last_frame };
        let expected: Vec<Expected> =
            self.live.iter().map(|l| l.expected(now, before, &self.settings, &self.noise)).collect();
        let tracklet_of = pair(&expected, &seen, &self.settings);
        let births = self.births(&frame.detections, &tracklet_of);
        self.last_frame = now;
        let (mut ripe, mut refused) = (Vec::new(), 0);
        for (d, detection) in frame.detections.into_iter().enumerate() {
            match tracklet_of[d] {
                Some(t) => self.continue_with(t, now, (frame.meta, frame.model, detection), &mut ripe, out),
                None if births[d] && self.live.len() < self.settings.tracklets_max as usize => {
                    self.begin(now, (frame.meta, frame.model, detection), &mut ripe);
                }
                None => {
                    refused += u64::from(births[d]);
                    out.give(Tracked::Seen(sighting((frame.meta, frame.model, detection), None)));
                }
            }
        }
        self.believe(&ripe, out);
        if was_quiet && !self.quiet() {
            self.crowded = Tick(self.tick_length.tick(now).0 + 1);
        }
        if refused > 0 {
            let detail = format!("{} tracklets at once", self.settings.tracklets_max);
            let kind = FaultKind::TrackletsLimited;
            out.fault(Fault { event_time: frame.meta.event_time, camera: self.camera, kind, count: refused, detail });
        }
    }

    /// Ends what is forgotten by the start of tick `now`.
    pub fn expire(&mut self, now: Tick, out: &mut Outbox<Tracked>) {
        while let Some((at, due)) = self.next_due().filter(|(_, due)| *due <= now) {
            let mut gone = self.live.remove(at);
            if gone.confirmed {
                out.give(Tracked::Over(gone.over(self.tick_length.start(due))));
            } else {
                give_all(std::mem::take(&mut gone.held), None, out);
            }
        }
    }

    /// The earliest tick at which `expire` has something to do even if no frame comes.
    pub fn deadline(&self) -> Option<Tick> {
        self.next_due().map(|(_, due)| due)
    }

    /// Which tracklet is forgotten first, and the first tick that begins after its memory has run out.
    fn next_due(&self) -> Option<(usize, Tick)> {
        let quiet = self.quiet();
        let dues = self.live.iter().enumerate().map(|(at, l)| (at, self.due(l, quiet)));
        dues.min_by_key(|&(at, due)| (due, at))
    }

    fn due(&self, l: &Live, quiet: bool) -> Tick {
        let s = &self.settings;
        let memory_ms = match (l.confirmed, quiet) {
            (false, _) => s.tentative_ms,
            (true, false) => s.memory_ms,
            (true, true) => s.memory_ms.max(s.quiet_memory_ms),
        };
        let end = l.seen_at.plus_us(i64::from(memory_ms) * 1000);
        let tick = self.tick_length.tick(end);
        let due = Tick(tick.0.saturating_add(u64::from(self.tick_length.start(tick) <= end)));
        if l.confirmed && !quiet { due.max(self.crowded) } else { due }
    }

    /// Whether so few people are about that the one who comes is likely the one who went.
    fn quiet(&self) -> bool {
        self.live.iter().filter(|l| l.confirmed).count() <= self.settings.quiet_people as usize
    }

    /// Which detections begin a tracklet: sure, not empty, claimed by none, and not the double of one that a believed tracklet claimed.
    fn births(&self, detections: &[Detection], tracklet_of: &[Option<usize>]) -> Vec<bool> {
        let believed = |d: usize| tracklet_of[d].is_some_and(|t| self.live[t].confirmed);
        let claimed: Vec<&Detection> =
            detections.iter().enumerate().filter(|(d, _)| believed(*d)).map(|(_, x)| x).collect();
        let least = self.settings.score_new_permille * 10;
        let double = factor(self.settings.double_permille);
        let born = |(d, x): (usize, &Detection)| {
            tracklet_of[d].is_none()
                && u32::from(x.score.steps()) >= least
                && x.bbox.area() > 0
                && !claimed.iter().any(|c| f64::from(c.bbox.iou(x.bbox)) >= double)
        };
        detections.iter().enumerate().map(born).collect()
    }

    fn continue_with(&mut self, t: usize, now: EventTime, seen: Parts, ripe: &mut Vec<u64>, out: &mut Outbox<Tracked>) {
        let l = &mut self.live[t];
        let s = sighting(seen, Some(l.id()));
        if let Some(s) = l.see(now, self.frames, s, &self.settings, &self.noise) {
            out.give(Tracked::Seen(s));
        } else if l.sightings() >= self.settings.confirm_sightings {
            ripe.push(l.ordinal);
        }
    }

    fn begin(&mut self, now: EventTime, seen: Parts, ripe: &mut Vec<u64>) {
        let tick = self.tick_length.tick(now);
        self.minted = if self.minted.0 == tick { (tick, self.minted.1 + 1) } else { (tick, 0) };
        let id = TrackletId::mint(self.camera, tick, self.minted.1);
        let s = sighting(seen, Some(id));
        self.live.push(Live::new(id, self.births, self.camera, now, self.frames, s, &self.noise));
        if self.settings.confirm_sightings <= 1 {
            ripe.push(self.births);
        }
        self.births += 1;
    }

    /// Believes the tracklets that have been seen often enough: in a quiet camera as somebody who was away, else as new.
    fn believe(&mut self, ripe: &[u64], out: &mut Outbox<Tracked>) {
        if ripe.is_empty() {
            return;
        }
        for (old, newer) in if self.quiet() { self.returns(ripe) } else { Vec::new() } {
            let newer = self.live.remove(self.at(newer));
            let old = self.at(old);
            let old = &mut self.live[old];
            give_all(old.resume(newer), Some(old.id()), out);
        }
        for &ordinal in ripe {
            if let Ok(at) = self.live.binary_search_by_key(&ordinal, |l| l.ordinal) {
                let l = &mut self.live[at];
                l.confirmed = true;
                give_all(std::mem::take(&mut l.held), Some(l.id()), out);
            }
        }
    }

    /// Where the tracklet with this ordinal is kept.
    fn at(&self, ordinal: u64) -> usize {
        self.live.binary_search_by_key(&ordinal, |l| l.ordinal).expect("a tracklet that is paired is alive")
    }

    /// Ordinals of those who were away and of the `ripe` that they proved to be.
    fn returns(&self, ripe: &[u64]) -> Vec<(u64, u64)> {
        let mut pairs = Vec::new();
        for (column, &newer) in ripe.iter().enumerate() {
            let new = &self.live[self.at(newer)];
            for (row, old) in self.live.iter().enumerate().filter(|(_, l)| l.confirmed) {
                if let Some(affinity) = self.returned(old, new) {
                    pairs.push(Pair { row, column, gain: gain(affinity, old.ordinal, newer) });
                }
            }
        }
        assign(&pairs).into_iter().map(|p| (self.live[p.row].ordinal, ripe[p.column])).collect()
    }

    /// How well `new` would be `old` come back: near enough for the time away, of like appearance, and of like height
    /// unless one of them was cut off by the picture's edge.
    fn returned(&self, old: &Live, new: &Live) -> Option<f64> {
        let s = &self.settings;
        let (first_at, first) = new.first();
        if first_at <= old.seen_at {
            return None;
        }
        let away = seconds(first_at, old.seen_at);
        let last = old.last();
        let ahead = old.motion_after(away, s, &self.noise).measures();
        let distance =
            |p: [f64; 4]| ((p[0] - first[0]) * (p[0] - first[0]) + (p[1] - first[1]) * (p[1] - first[1])).sqrt();
        let reach =
            (factor(s.quiet_reach_permille) + factor(s.quiet_stride_permille) * away) * last[3].max(last[2]).max(1.0);
        let far = distance(ahead).min(distance(last)) / reach.max(1.0);
        let whole = !old.cut[1] && !new.cut[0];
        let unlike =
            if whole { (height_ratio(&last, &first) - 1.0) / (factor(s.quiet_height_permille) - 1.0) } else { 0.5 };
        let like = likeness(old.appearance(), new.appearance(), s)?;
        (far <= 1.0 && unlike <= 1.0).then_some(2.0 - far - unlike + like)
    }
}

/// What a sighting is made of.
type Parts = (FrameMeta, ModelId, Detection);

fn sighting((meta, model, detection): Parts, tracklet: Option<TrackletId>) -> Sighting {
    Sighting { meta, model, detection, tracklet }
}

fn give_all(held: Vec<Sighting>, tracklet: Option<TrackletId>, out: &mut Outbox<Tracked>) {
    for s in held {
        out.give(Tracked::Seen(Sighting { tracklet, ..s }));
    }
}
