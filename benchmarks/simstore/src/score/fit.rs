//! Reads a detector's errors off what it did: detections beside the truth of the same pictures, as parameters of the observation
//! level. Every parameter comes from its own simple estimate; `tests` checks that noise made with parameters gives them back.

use super::assign::assign;
use super::cameras::{Edges, Frames, Shown, area, iou, overlap};
use crate::observe::noise::{self, Noise, Points};
use curve::{Curve, persistence};
use std::collections::BTreeMap;

mod curve;
mod sums;

use sums::{Line, Sum};

/// Least overlap of a detection with the visible box it is taken to be: looser than in scores, so that bad boxes are measured too.
const IOU_MIN: f64 = 0.35;

/// People whose visible boxes overlap by this much may be found as one.
const MERGED_IOU_MIN: f64 = 0.3;

/// Sides further apart in time than this are not neighbours, microseconds.
const NEIGHBOURS_US: i64 = 250_000;

/// What was read off, and from how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The parameters.
    pub noise: Noise,
    /// People in pictures.
    pub people: u64,
    /// Of them, found.
    pub found: u64,
    /// Pictures.
    pub frames: u64,
}

/// One person's past in one camera.
struct Before {
    at: i64,
    found: bool,
    share: f64,
    errors: Option<[f64; 4]>,
}

#[derive(Default)]
struct Tally {
    curve: Curve,
    edges: [Line; 4],
    /// Absolute deviations over the hidden share.
    spread: [Line; 4],
    lagged: [Line; 4],
    scores: Line,
    score_min: f64,
    merged: (u64, u64),
    doubles: u64,
    false_scores: Sum,
    false_boxes: BTreeMap<String, Vec<(usize, Edges)>>,
    wrists: PointTally,
    feet: PointTally,
    steps: Sum,
}

#[derive(Default)]
struct PointTally {
    /// Given and not given, in view and hidden.
    given: [(u64, u64); 2],
    off: [Sum; 2],
    scores: [Sum; 2],
    swapped: (u64, u64),
}

/// Fits all cameras together.
pub fn fit(cameras: &BTreeMap<String, Frames>) -> Fit {
    let mut tally = Tally { score_min: 1.0, ..Tally::default() };
    let (mut frames, mut people, mut found) = (0, 0, 0);
    // Twice: residual edges need their means first.
    let mut bias = [0.0; 4];
    for pass in 0..2 {
        tally = Tally { score_min: 1.0, ..Tally::default() };
        (frames, people, found) = (0, 0, 0);
        for (name, camera) in cameras {
            let mut before: BTreeMap<u32, Before> = BTreeMap::new();
            for (number, frame) in camera.frames.iter().enumerate() {
                frames += 1;
                people += frame.shown.len() as u64;
                found += tally.frame(name, number, frame, camera.size_px, &mut before, bias);
            }
        }
        if pass == 0 {
            bias = [0, 1, 2, 3].map(|i| tally.edges[i].mean_y());
        }
    }
    let (most, half_share, slope) = tally.curve.fit();
    let step = if tally.steps.n > 0.0 { tally.steps.mean() } else { 100_000.0 };
    // Correlation of neighbours, brought to 100 ms.
    let per_100_ms = |rho: f64| rho.max(0.0).powf(100_000.0 / step);
    // The mean absolute deviation of a normal is its standard deviation times sqrt(2 / pi).
    let scale = (std::f64::consts::PI / 2.0).sqrt();
    let spread = tally.spread.map(|line| line.fit());
    let sd = spread.map(|(at_full, _)| (at_full * scale).max(0.0));
    let hidden = spread.iter().map(|(_, per_hidden)| 0.25 * (per_hidden * scale).max(0.0)).sum();
    let correlation = tally.lagged.iter().map(Line::correlation).sum::<f64>() / 4.0;
    let (at_zero, per_share) = tally.scores.fit();
    let ratio = |(hits, of): (u64, u64)| if of > 0 { hits as f64 / of as f64 } else { 0.0 };
    let noise = Noise {
        finding: noise::Finding {
            most,
            half_share,
            slope,
            height_min_px: 8.0,
            persists: per_100_ms(persistence(&tally.curve, (most, half_share, slope))),
            merged_iou_min: MERGED_IOU_MIN,
            merged: ratio(tally.merged),
        },
        edges: noise::Edges { bias, sd, sd_hidden: hidden, persists: per_100_ms(correlation) },
        scores: noise::Scores {
            at_full: at_zero + per_share,
            per_share,
            sd: tally.scores.residual_sd(),
            min: if found > 0 { tally.score_min } else { 0.0 },
        },
        extra: noise::Extra {
            false_per_frame: tally.false_scores.n / (frames as f64).max(1.0),
            haunts: tally.haunted(),
            score: tally.false_scores.mean(),
            score_sd: tally.false_scores.sd(),
            doubles: ratio((tally.doubles, found)),
        },
        wrists: tally.wrists.points(),
        feet: tally.feet.points(),
    };
    Fit { noise, people, found, frames }
}

impl Tally {
    fn frame(
        &mut self,
        camera: &str,
        number: usize,
        frame: &super::cameras::Frame,
        size: [i32; 2],
        before: &mut BTreeMap<u32, Before>,
        bias: [f64; 4],
    ) -> u64 {
        let like = |s: usize, f: usize| {
            let like = iou(frame.shown[s].edges, frame.found[f].edges);
            if like < IOU_MIN { 0.0 } else { like }
        };
        let pairs = assign(frame.shown.len(), frame.found.len(), like);
        let pairs: BTreeMap<usize, usize> = pairs.into_iter().filter(|&(s, f)| like(s, f) > 0.0).collect();
        for (s, shown) in frame.shown.iter().enumerate() {
            let found = pairs.get(&s).map(|&f| &frame.found[f]);
            self.curve.add(f64::from(shown.share), found.is_some());
            let errors = found.and_then(|found| errors(shown, found.edges, size));
            let past = before.get(&shown.person).filter(|past| frame.at - past.at <= NEIGHBOURS_US);
            if let Some(past) = past {
                self.steps.add((frame.at - past.at) as f64);
                self.curve.add_pair((past.share, past.found), (f64::from(shown.share), found.is_some()));
                if let (Some(a), Some(b)) = (past.errors, errors) {
                    (0..4).for_each(|i| self.lagged[i].add(a[i], b[i]));
                }
            }
            let now = Before { at: frame.at, found: found.is_some(), share: f64::from(shown.share), errors };
            before.insert(shown.person, now);
            let Some(found) = found else { continue };
            if let Some(errors) = errors {
                for i in 0..4 {
                    self.edges[i].add(0.0, errors[i]);
                    self.spread[i].add(1.0 - f64::from(shown.share), (errors[i] - bias[i]).abs());
                }
            }
            self.scores.add(f64::from(shown.share), logit(found.score));
            self.score_min = self.score_min.min(f64::from(found.score));
            let height = shown.edges[3] - shown.edges[1];
            let wrists = [found.joints[0], found.joints[1]];
            self.wrists.pair([shown.joints[0], shown.joints[1]], wrists, height, found.wrist_scores);
            self.feet.one(shown.joints[2], found.joints[2], height, None);
        }
        self.extra(camera, number, frame, &pairs);
        self.merged(frame, &pairs);
        pairs.len() as u64
    }

    /// Detections that are nobody's.
    fn extra(&mut self, camera: &str, number: usize, frame: &super::cameras::Frame, pairs: &BTreeMap<usize, usize>) {
        for (f, found) in frame.found.iter().enumerate().filter(|(f, _)| pairs.values().all(|of| of != f)) {
            let over = |shown: &Shown| overlap(shown.edges, found.edges) > 0.5 * area(found.edges);
            let twice = pairs.keys().any(|&s| iou(frame.shown[s].edges, found.edges) >= IOU_MIN);
            if twice {
                self.doubles += 1;
            } else if !frame.shown.iter().any(over) {
                self.false_scores.add(logit(found.score));
                self.false_boxes.entry(camera.to_string()).or_default().push((number, frame.found[f].edges));
            }
        }
    }

    /// Pairs of people so near that they may be found as one, and whether they are.
    fn merged(&mut self, frame: &super::cameras::Frame, pairs: &BTreeMap<usize, usize>) {
        for a in 0..frame.shown.len() {
            for b in a + 1..frame.shown.len() {
                let (one, other) = (frame.shown[a].edges, frame.shown[b].edges);
                let found = [pairs.get(&a), pairs.get(&b)];
                if iou(one, other) < MERGED_IOU_MIN || found == [None, None] {
                    continue;
                }
                let both = [0, 1, 2, 3].map(|i| if i < 2 { one[i].min(other[i]) } else { one[i].max(other[i]) });
                let as_one = |f: &usize| {
                    let edges = frame.found[*f].edges;
                    iou(edges, both) > iou(edges, one).max(iou(edges, other))
                };
                let single = found.iter().flatten().count() == 1;
                self.merged.0 += u64::from(single && found.into_iter().flatten().any(as_one));
                self.merged.1 += 1;
            }
        }
    }

    /// Share of false boxes that come again and again at one place: in more than one of fifty pictures of their camera.
    fn haunted(&self) -> f64 {
        let (mut again, mut all) = (0u64, 0u64);
        for boxes in self.false_boxes.values() {
            let pictures = boxes.iter().map(|b| b.0).max().unwrap_or(0) + 1;
            // All against all costs too much where there are very many.
            let boxes = &boxes[..boxes.len().min(2_000)];
            for (number, edges) in boxes {
                let same = boxes.iter().filter(|(n, other)| n != number && iou(*edges, *other) >= 0.5).count();
                let often = (0.1 * boxes.len() as f64).max(0.002 * pictures as f64).max(2.0);
                again += u64::from(same as f64 >= often);
                all += 1;
            }
        }
        if all > 0 { again as f64 / all as f64 } else { 0.0 }
    }
}

/// How far a box's edges are off, in shares of the visible box; none at the picture's edge, where errors are cut off.
fn errors(shown: &Shown, found: Edges, size: [i32; 2]) -> Option<[f64; 4]> {
    let e = shown.edges;
    let inside = e[0] > 1.0 && e[1] > 1.0 && e[2] < size[0] as f32 - 1.0 && e[3] < size[1] as f32 - 1.0;
    let sides = [e[2] - e[0], e[3] - e[1]];
    (inside && sides.iter().all(|s| *s >= 4.0))
        .then(|| [0, 1, 2, 3].map(|i| f64::from((found[i] - e[i]) / sides[i % 2])))
}

fn logit(score: f32) -> f64 {
    let p = f64::from(score).clamp(1e-4, 1.0 - 1e-4);
    (p / (1.0 - p)).ln()
}

impl PointTally {
    fn one(&mut self, (at, seen): ([f32; 2], bool), given: Option<[f32; 2]>, height: f32, score: Option<f32>) {
        if at.iter().any(|n| n.is_nan()) {
            return;
        }
        let which = usize::from(!seen);
        self.given[which].1 += 1;
        let Some(given) = given else { return };
        self.given[which].0 += 1;
        for i in 0..2 {
            self.off[which].add(f64::from((given[i] - at[i]) / height.max(1.0)));
        }
        score.iter().for_each(|score| self.scores[which].add(logit(*score)));
    }

    /// Both wrists: where they fit far better the other way round, they are taken to be swapped.
    fn pair(&mut self, truth: [([f32; 2], bool); 2], given: [Option<[f32; 2]>; 2], height: f32, scores: [f32; 2]) {
        let (mut given, mut scores) = (given, scores);
        if let [Some(left), Some(right)] = given {
            let far = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
            let straight = far(left, truth[0].0) + far(right, truth[1].0);
            let crossed = far(right, truth[0].0) + far(left, truth[1].0);
            // Wrists next to each other tell nothing.
            if far(truth[0].0, truth[1].0) > 0.15 * height {
                self.swapped.1 += 1;
                if crossed < 0.5 * straight {
                    self.swapped.0 += 1;
                    given.swap(0, 1);
                    scores.swap(0, 1);
                }
            }
        }
        for side in 0..2 {
            self.one(truth[side], given[side], height, Some(scores[side]));
        }
    }

    fn points(&self) -> Points {
        let ratio = |(hits, of): (u64, u64)| if of > 0 { hits as f64 / of as f64 } else { 0.0 };
        let spread = |off: &Sum| (off.sd().powi(2) + off.mean().powi(2)).sqrt();
        let [seen, hidden] = &self.scores;
        Points {
            found: ratio(self.given[0]),
            found_hidden: ratio(self.given[1]),
            sd: spread(&self.off[0]),
            sd_hidden: spread(&self.off[1]),
            swapped: ratio(self.swapped),
            score: seen.mean(),
            score_hidden: hidden.mean(),
            score_sd: if seen.n > 1.0 { seen.sd() } else { hidden.sd() },
        }
    }
}
