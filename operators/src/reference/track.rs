//! The tracker's slow twin.

use super::best_pairs;
use crate::flow::Outbox;
use crate::vision::motion::{Measures, Motion, Noise, agreement, measures};
use crate::vision::track::{TrackSettings, gain};
use schemas::{
    Box2, CameraId, Detection, Embedding, EventTime, Fault, FaultKind, FrameDetections, FrameMeta, Score, Sighting,
    Tick, TickLength, Tracked, Tracklet, TrackletId,
};

/// Twin of [`crate::vision::track::CameraTracker`]. It keeps every sighting, works out every tracklet's state from the
/// list in every frame, compares everybody with everything, and tries every assignment: at most some ten people.
#[derive(Clone, Debug)]
pub struct SlowTracker {
    camera: CameraId,
    tick_length: TickLength,
    s: TrackSettings,
    alive: Vec<Slow>,
    births: Vec<Tick>,
    frame_times: Vec<EventTime>,
    crowded: Tick,
}

/// A tracklet: its stays in view, each a list of (time, frame number, sighting).
#[derive(Clone, Debug)]
struct Slow {
    ordinal: u64,
    id: TrackletId,
    believed: bool,
    stays: Vec<Vec<(EventTime, u64, Sighting)>>,
}

fn part(permille: u32) -> f64 {
    f64::from(permille) / 1000.0
}

fn seconds(later: EventTime, earlier: EventTime) -> f64 {
    (later.0 - earlier.0).max(0) as f64 / 1e6
}

impl Slow {
    fn all(&self) -> Vec<&(EventTime, u64, Sighting)> {
        self.stays.iter().flatten().collect()
    }

    fn first(&self) -> &(EventTime, u64, Sighting) {
        self.all()[0]
    }

    fn last(&self) -> &(EventTime, u64, Sighting) {
        self.all()[self.all().len() - 1]
    }

    fn last_measures(&self) -> Measures {
        measures(self.last().2.detection.bbox)
    }

    /// The state at `now`, from the first sighting of the stay on.
    fn motion(&self, now: EventTime, s: &TrackSettings, noise: &Noise) -> Motion {
        let stay = &self.stays[self.stays.len() - 1];
        let (mut at, mut motion) = (stay[0].0, Motion::new(&measures(stay[0].2.detection.bbox), noise));
        for (t, _, x) in &stay[1..] {
            motion = motion.after(seconds(*t, at), part(s.coast_ms), noise);
            motion = motion.corrected(&measures(x.detection.bbox), noise);
            at = *t;
        }
        motion.after(seconds(now, at), part(s.coast_ms), noise)
    }

    fn heading(&self, s: &TrackSettings) -> Option<[f64; 2]> {
        let stay = &self.stays[self.stays.len() - 1];
        let recent = &stay[stay.len().saturating_sub(32)..];
        let from = recent.iter().find(|(t, _, _)| self.last().0.0 - t.0 <= i64::from(s.heading_ms) * 1000)?;
        direction(&measures(from.2.detection.bbox), &self.last_measures())
    }

    fn appearance(&self) -> Option<Embedding> {
        self.stays.iter().flatten().map(|(_, _, x)| x.detection.appearance.clone()).fold(None, blend)
    }

    fn over(&self, camera: CameraId, closed_at: EventTime) -> Tracklet {
        let all = self.all();
        let gaps: Vec<i64> = all.windows(2).filter(|w| w[1].1 > w[0].1 + 1).map(|w| w[1].0.since_us(w[0].0)).collect();
        let scores: u64 = all.iter().map(|(_, _, x)| u64::from(x.detection.score.steps())).sum();
        Tracklet {
            id: self.id,
            camera,
            model: self.first().2.model,
            first_seen: self.first().0,
            last_seen: self.last().0,
            closed_at,
            frames_seen: all.len() as u32,
            frames_spanned: (self.last().1 - self.first().1 + 1) as u32,
            gaps: gaps.len() as u32,
            gap_longest_us: gaps.into_iter().max().unwrap_or(0),
            score_mean: Score::from_unit((scores as f64 / all.len() as f64 / 10_000.0) as f32),
            first_box: self.first().2.detection.bbox,
            last_box: self.last().2.detection.bbox,
        }
    }
}

fn direction(a: &Measures, b: &Measures) -> Option<[f64; 2]> {
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = (d[0] * d[0] + d[1] * d[1]).sqrt();
    if length > 0.0 { Some([d[0] / length, d[1] / length]) } else { None }
}

fn blend(old: Option<Embedding>, new: Option<Embedding>) -> Option<Embedding> {
    let (Some(o), Some(n)) = (&old, &new) else { return new.or(old) };
    if o.steps().len() != n.steps().len() {
        return new;
    }
    let mix = |k: usize| 0.9f32 * f32::from(o.steps()[k]) + (1.0 - 0.9f32) * f32::from(n.steps()[k]);
    Embedding::from_values(&(0..o.steps().len()).map(mix).collect::<Vec<f32>>()).or(old)
}

fn likeness(a: Option<&Embedding>, b: Option<&Embedding>, s: &TrackSettings) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) if f64::from(a.cosine(b)) < part(s.appearance_permille) => None,
        (Some(a), Some(b)) => Some(part(s.appearance_weight_permille) * f64::from(a.cosine(b))),
        _ => Some(0.0),
    }
}

fn height_ratio(a: &Measures, b: &Measures) -> f64 {
    f64::max(a[3].max(1.0) / b[3].max(1.0), b[3].max(1.0) / a[3].max(1.0))
}

fn cut(b: Box2, m: &FrameMeta) -> bool {
    let (w, h) = (i64::from(m.width) * 16, i64::from(m.height) * 16);
    let [left, top, right, bottom] = [b.left, b.top, b.right, b.bottom].map(i64::from);
    50 * left <= w || 50 * top <= h || 50 * (w - right) <= w || 50 * (h - bottom) <= h
}

impl SlowTracker {
    /// Twin of [`crate::vision::track::CameraTracker::new`].
    pub fn new(camera: CameraId, tick_length: TickLength, settings: TrackSettings) -> Self {
        let (alive, births, frame_times) = (Vec::new(), Vec::new(), Vec::new());
        Self { camera, tick_length, s: settings, alive, births, frame_times, crowded: Tick(0) }
    }

    /// Twin of [`crate::vision::track::CameraTracker::step`].
    pub fn step(&mut self, frame: FrameDetections, out: &mut Outbox<Tracked>) {
        let before = self.frame_times.iter().copied().max();
        let now = before.map_or(frame.meta.event_time, |b| b.max(frame.meta.event_time));
        self.expire(self.tick_length.tick(now), out);
        let was_quiet = self.quiet();
        let mut detections = frame.detections;
        detections.sort_by(|a, b| (b.score, a).cmp(&(a.score, b)));
        let mut owner: Vec<Option<usize>> = vec![None; detections.len()];
        for round in 0..4 {
            self.pair(round, now, before.unwrap_or(now), &detections, &mut owner);
        }
        self.frame_times.push(now);
        let (mut ripe, mut refused) = (Vec::new(), 0);
        let believed: Vec<bool> = self.alive.iter().map(|t| t.believed).collect();
        for (d, x) in detections.iter().enumerate() {
            let mut sighting = Sighting { meta: frame.meta, model: frame.model, detection: x.clone(), tracklet: None };
            let double = |e: &usize| {
                owner[*e].is_some_and(|t| believed[t])
                    && f64::from(x.bbox.iou(detections[*e].bbox)) >= part(self.s.double_permille)
            };
            let sure = u32::from(x.score.steps()) >= self.s.score_new_permille * 10;
            let new = sure && x.bbox.area() > 0 && !(0..detections.len()).any(|e| double(&e));
            let at = match owner[d] {
                Some(t) => t,
                None if new && self.alive.len() < self.s.tracklets_max as usize => self.bear(now),
                None => {
                    refused += u64::from(new);
                    out.give(Tracked::Seen(sighting));
                    continue;
                }
            };
            let number = self.frame_times.len() as u64;
            sighting.tracklet = Some(self.alive[at].id);
            if self.alive[at].believed {
                out.give(Tracked::Seen(sighting.clone()));
            }
            let last = self.alive[at].stays.len() - 1;
            self.alive[at].stays[last].push((now, number, sighting));
            if !self.alive[at].believed && self.alive[at].all().len() >= self.s.confirm_sightings as usize {
                ripe.push(self.alive[at].ordinal);
            }
        }
        self.believe(&ripe, out);
        if was_quiet && !self.quiet() {
            self.crowded = Tick(self.tick_length.tick(now).0 + 1);
        }
        if refused > 0 {
            let detail = format!("{} tracklets at once", self.s.tracklets_max);
            let (event_time, camera, kind) = (frame.meta.event_time, self.camera, FaultKind::TrackletsLimited);
            out.fault(Fault { event_time, camera, kind, count: refused, detail });
        }
    }

    fn bear(&mut self, now: EventTime) -> usize {
        let tick = self.tick_length.tick(now);
        let ordinal = self.births.iter().filter(|t| **t == tick).count() as u32;
        let id = TrackletId::mint(self.camera, tick, ordinal);
        self.alive.push(Slow { ordinal: self.births.len() as u64, id, believed: false, stays: vec![Vec::new()] });
        self.births.push(tick);
        self.alive.len() - 1
    }

    fn pair(
        &self,
        round: usize,
        now: EventTime,
        before: EventTime,
        detections: &[Detection],
        owner: &mut [Option<usize>],
    ) {
        let free = |t: usize| !owner.contains(&Some(t));
        let gains: Vec<Vec<Option<i64>>> = (0..self.alive.len())
            .map(|t| {
                let affinity = |d: usize| {
                    let open = free(t) && owner[d].is_none();
                    open.then(|| self.affinity(round, &self.alive[t], now, before, &detections[d])).flatten()
                };
                (0..detections.len()).map(|d| affinity(d).map(|a| gain(a, self.alive[t].ordinal, d as u64))).collect()
            })
            .collect();
        for (t, d) in best_pairs(&gains).1 {
            owner[d] = Some(t);
        }
    }

    fn affinity(&self, round: usize, t: &Slow, now: EventTime, before: EventTime, x: &Detection) -> Option<f64> {
        let s = &self.s;
        let (unseen, missing) = (seconds(now, t.last().0), seconds(before, t.last().0));
        let score = f64::from(x.score.steps()) / 10_000.0;
        let (sure, usable) = (score >= part(s.score_high_permille), score >= part(s.score_low_permille));
        let remembered = unseen <= part(if t.believed { s.memory_ms } else { s.tentative_ms });
        let admitted = match round {
            0 | 2 => t.believed && sure,
            1 => t.believed && !sure && usable,
            _ => !t.believed && sure,
        };
        let least =
            [s.agree_permille, s.agree_low_permille, s.agree_recover_permille, s.agree_tentative_permille][round];
        let buffer = part(if round == 2 { s.buffer_recover_permille } else { s.buffer_permille });
        let (here, last) = (measures(x.bbox), t.last_measures());
        let expected = t.motion(now, s, &s.noise()).measures();
        let agreed = agreement(&expected, &here, buffer, part(s.height_weight_permille));
        if !admitted || !remembered || agreed < part(least) {
            return None;
        }
        let along = match (t.heading(s), direction(&last, &here)) {
            (Some(a), Some(b)) => score * (a[0] * b[0] + a[1] * b[1]),
            _ => 0.0,
        };
        let like = likeness(t.appearance().as_ref(), x.appearance.as_ref(), s)?;
        Some(agreed + part(s.heading_permille) * along + like - part(s.missing_permille) * missing.min(1.0))
    }

    fn quiet(&self) -> bool {
        self.alive.iter().filter(|t| t.believed).count() <= self.s.quiet_people as usize
    }

    fn believe(&mut self, ripe: &[u64], out: &mut Outbox<Tracked>) {
        let find = |alive: &[Slow], ordinal: u64| alive.iter().position(|t| t.ordinal == ordinal);
        let olds: Vec<u64> = self.alive.iter().filter(|t| t.believed && self.quiet()).map(|t| t.ordinal).collect();
        let returned = |old: u64, new: u64| {
            let at = |ordinal| &self.alive[find(&self.alive, ordinal).expect("alive")];
            self.returned(at(old), at(new)).map(|a| gain(a, old, new))
        };
        let gains: Vec<Vec<Option<i64>>> =
            olds.iter().map(|o| ripe.iter().map(|n| returned(*o, *n)).collect()).collect();
        for (o, n) in best_pairs(&gains).1 {
            let newer = self.alive.remove(find(&self.alive, ripe[n]).expect("alive"));
            let old = find(&self.alive, olds[o]).expect("alive");
            for (_, _, sighting) in &newer.stays[0] {
                out.give(Tracked::Seen(Sighting { tracklet: Some(self.alive[old].id), ..sighting.clone() }));
            }
            self.alive[old].stays.extend(newer.stays);
        }
        for t in self.alive.iter_mut().filter(|t| ripe.contains(&t.ordinal)) {
            t.believed = true;
            t.stays[0].iter().for_each(|(_, _, sighting)| out.give(Tracked::Seen(sighting.clone())));
        }
    }

    fn returned(&self, old: &Slow, new: &Slow) -> Option<f64> {
        let s = &self.s;
        let (first_at, _, first) = new.first();
        let (last_at, _, last) = old.last();
        let away = seconds(*first_at, *last_at);
        let ahead = old.motion(*first_at, s, &s.noise()).measures();
        let (from, to) = (measures(last.detection.bbox), measures(first.detection.bbox));
        let distance = |a: &Measures| ((a[0] - to[0]) * (a[0] - to[0]) + (a[1] - to[1]) * (a[1] - to[1])).sqrt();
        let reach =
            (part(s.quiet_reach_permille) + part(s.quiet_stride_permille) * away) * from[3].max(from[2]).max(1.0);
        let far = distance(&ahead).min(distance(&from)) / reach.max(1.0);
        let partial = cut(last.detection.bbox, &last.meta) || cut(first.detection.bbox, &first.meta);
        let ratio = (height_ratio(&from, &to) - 1.0) / (part(s.quiet_height_permille) - 1.0);
        let unlike = if partial { 0.5 } else { ratio };
        let like = likeness(old.appearance().as_ref(), new.appearance().as_ref(), s)?;
        (first_at > last_at && far <= 1.0 && unlike <= 1.0).then_some(2.0 - far - unlike + like)
    }

    /// Twin of [`crate::vision::track::CameraTracker::expire`].
    pub fn expire(&mut self, now: Tick, out: &mut Outbox<Tracked>) {
        while let Some((due, at)) = self.dues().into_iter().min().filter(|(due, _)| *due <= now) {
            let t = self.alive.remove(at);
            if t.believed {
                out.give(Tracked::Over(t.over(self.camera, self.tick_length.start(due))));
            } else {
                for (_, _, sighting) in &t.stays[0] {
                    out.give(Tracked::Seen(Sighting { tracklet: None, ..sighting.clone() }));
                }
            }
        }
    }

    /// Twin of [`crate::vision::track::CameraTracker::deadline`].
    pub fn deadline(&self) -> Option<Tick> {
        self.dues().into_iter().min().map(|(due, _)| due)
    }

    /// When each tracklet is forgotten: the first tick that begins after its memory's end.
    fn dues(&self) -> Vec<(Tick, usize)> {
        let (s, quiet) = (&self.s, self.quiet());
        let due = |t: &Slow| {
            let known = if quiet { s.memory_ms.max(s.quiet_memory_ms) } else { s.memory_ms };
            let end = t.last().0.0 + i64::from(if t.believed { known } else { s.tentative_ms }) * 1000;
            let mut tick = self.tick_length.tick(EventTime(end));
            while self.tick_length.start(tick).0 <= end {
                tick.0 += 1;
            }
            if t.believed && !quiet { tick.max(self.crowded) } else { tick }
        };
        self.alive.iter().enumerate().map(|(at, t)| (due(t), at)).collect()
    }
}
