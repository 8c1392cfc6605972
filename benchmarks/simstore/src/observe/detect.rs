//! From what a camera truly shows to what a detector makes of it.

use super::depth::Lens;
use super::noise::{Noise, Points};
use super::{MODEL, cumulative, logistic};
use crate::seed::Seed;
use crate::truth::{JointSeen, PersonSeen, Visibility};
use crate::world::{Camera, Mm2, Mm3, World};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson, StandardNormal};
use schemas::{Box2, CameraFault, Detection, EventTime, FrameMeta, ModelId, Point, Score, Sighting, Wrist};
use std::collections::BTreeMap;

/// What `persists` is given for, microseconds.
const PERSISTS_US: f64 = 100_000.0;

/// Somebody unseen for so long is met anew, microseconds.
const FORGOTTEN_US: i64 = 10_000_000;

/// Places where this detector always sees people who are not there.
const HAUNTS: usize = 3;

/// Height of somebody who is not there, mm, and width by height.
const GHOST: [f64; 2] = [1_700.0, 0.38];

/// What goes on from picture to picture with one person, all standard normal.
#[derive(Clone, Copy)]
struct Mood {
    at: EventTime,
    finding: f64,
    edges: [f64; 4],
}

/// A detector behind one camera.
pub struct Detector {
    noise: Noise,
    seed: Seed,
    camera: u64,
    lens: Lens,
    model: ModelId,
    floor: [Mm2; 2],
    haunts: Vec<[f64; 4]>,
    moods: BTreeMap<u32, Mood>,
}

/// Somebody who is found, or two as one.
struct Hit<'a> {
    seen: &'a PersonSeen,
    edges: [f64; 4],
    errors: [f64; 4],
}

impl Detector {
    /// A detector that errs as `noise` says behind the camera of this index.
    pub(super) fn new(
        world: &World,
        camera: &Camera,
        noise: Noise,
        seed: Seed,
        index: u64,
    ) -> Result<Self, CameraFault> {
        let far = Mm2::new(f64::INFINITY, f64::INFINITY);
        let corners = world.outline.iter();
        let floor = corners.fold([far, -far], |[low, high], c| [low.inf(c), high.sup(c)]);
        let mut detector = Self {
            noise,
            seed,
            camera: index,
            lens: Lens::new(camera)?,
            model: ModelId::mint(MODEL),
            floor,
            haunts: Vec::new(),
            moods: BTreeMap::new(),
        };
        let mut random = seed.stream("observe: haunts", &[index]);
        detector.haunts = (0..HAUNTS).filter_map(|_| detector.ghost(&mut random)).collect();
        Ok(detector)
    }

    /// What is found in the picture `meta` that shows these people, from left to right.
    pub fn detect(&mut self, meta: FrameMeta, people: &[PersonSeen]) -> Vec<Sighting> {
        let mut random = self.seed.stream("observe", &[self.camera, meta.sequence]);
        let mut hits: Vec<Hit<'_>> = Vec::new();
        for seen in people {
            hits.extend(self.find(meta.event_time, seen, &mut random));
        }
        self.moods.retain(|_, mood| meta.event_time.since_us(mood.at) < FORGOTTEN_US);
        merge(&mut hits, &self.noise, &mut random);
        let mut found: Vec<Detection> = Vec::with_capacity(hits.len() + 1);
        for hit in &hits {
            let Some(bbox) = self.clip(hit.edges, hit.errors) else { continue };
            let (share, scores) = (hit.seen.share, &self.noise.scores);
            let mean = scores.at_full + scores.per_share * (share - 1.0);
            let mut detection = Detection::new(bbox, self.score(mean, scores.sd, &mut random));
            let height = hit.edges[3] - hit.edges[1];
            self.wrists(&mut detection, hit.seen, height, &mut random);
            let [left, right] = [hit.seen.joints[15], hit.seen.joints[16]];
            let feet = JointSeen {
                at_px: [0, 1].map(|i| 0.5 * (left.at_px[i] + right.at_px[i])),
                visibility: left.visibility.min(right.visibility),
            };
            detection.feet = point(&self.noise.feet, feet, height, &mut random);
            let doubled = random.random::<f64>() < self.noise.extra.doubles;
            found.push(detection);
            if doubled {
                let errors = hit.errors.map(|e| e + 0.15 * normal(&mut random));
                if let Some(bbox) = self.clip(hit.edges, errors) {
                    let score = self.score(self.noise.extra.score, self.noise.extra.score_sd, &mut random);
                    found.push(Detection::new(bbox, score));
                }
            }
        }
        self.invent(&mut found, &mut random);
        found.sort_by_key(|detection| (detection.bbox, detection.score));
        let sighting = |detection| Sighting { meta, model: self.model, detection, tracklet: None };
        found.into_iter().map(sighting).collect()
    }

    /// Whether somebody is found, and how wrong the box's edges are, in shares.
    fn find<'a>(&mut self, at: EventTime, seen: &'a PersonSeen, random: &mut ChaCha8Rng) -> Option<Hit<'a>> {
        let edges = seen.visible_px?;
        let Noise { finding, edges: errors, .. } = &self.noise;
        if edges[3] - edges[1] < finding.height_min_px {
            return None;
        }
        let fresh = Mood { at, finding: normal(random), edges: std::array::from_fn(|_| normal(random)) };
        let mood = match self.moods.get(&seen.person) {
            None => fresh,
            Some(before) => {
                let steps = at.since_us(before.at) as f64 / PERSISTS_US;
                let mix = |persists: f64, old: f64, new: f64| {
                    let kept = persists.powf(steps);
                    kept * old + (1.0 - kept * kept).sqrt() * new
                };
                let edges = std::array::from_fn(|i| mix(errors.persists, before.edges[i], fresh.edges[i]));
                Mood { at, finding: mix(finding.persists, before.finding, fresh.finding), edges }
            }
        };
        self.moods.insert(seen.person, mood);
        let chance = finding.most * logistic(finding.slope * (seen.share - finding.half_share));
        if cumulative(mood.finding) >= chance {
            return None;
        }
        let hidden = errors.sd_hidden * (1.0 - seen.share);
        let errors = std::array::from_fn(|i| errors.bias[i] + (errors.sd[i] + hidden) * mood.edges[i]);
        Some(Hit { seen, edges, errors })
    }

    /// A box with errors, as far as it lies in the picture; none where nothing is left.
    fn clip(&self, edges: [f64; 4], errors: [f64; 4]) -> Option<Box2> {
        let [width, height] = self.lens.size;
        let (w, h) = (edges[2] - edges[0], edges[3] - edges[1]);
        let left = (edges[0] + w * errors[0]).clamp(0.0, width);
        let right = (edges[2] + w * errors[2]).clamp(0.0, width);
        let top = (edges[1] + h * errors[1]).clamp(0.0, height);
        let bottom = (edges[3] + h * errors[3]).clamp(0.0, height);
        (right - left >= 1.0 && bottom - top >= 1.0)
            .then(|| Box2::from_pixels(left as f32, top as f32, right as f32, bottom as f32))
    }

    /// A score above the threshold.
    fn score(&self, mean: f64, sd: f64, random: &mut ChaCha8Rng) -> Score {
        let min = self.noise.scores.min;
        // What a detector gives is above its threshold: some draws, then the threshold itself.
        let drawn = (0..8).map(|_| logistic(mean + sd * normal(random))).find(|score| *score >= min);
        Score::from_unit(drawn.unwrap_or(min) as f32)
    }

    fn wrists(&self, detection: &mut Detection, seen: &PersonSeen, height: f64, random: &mut ChaCha8Rng) {
        let points = &self.noise.wrists;
        let swapped = random.random::<f64>() < points.swapped;
        for side in 0..2 {
            let joint = seen.joints[9 + side];
            let Some(at) = point(points, joint, height, random) else { continue };
            let mean = if joint.visibility == Visibility::Visible { points.score } else { points.score_hidden };
            let score = Score::from_unit(logistic(mean + points.score_sd * normal(random)) as f32);
            detection.wrists[if swapped { 1 - side } else { side }] = Some(Wrist { at, score });
        }
    }

    /// Boxes where nobody is.
    fn invent(&self, found: &mut Vec<Detection>, random: &mut ChaCha8Rng) {
        let extra = &self.noise.extra;
        let Ok(number) = Poisson::new(extra.false_per_frame) else { return };
        for _ in 0..number.sample(random) as usize {
            let haunted = !self.haunts.is_empty() && random.random::<f64>() < extra.haunts;
            let edges = if haunted {
                let at = (random.random::<f64>() * self.haunts.len() as f64) as usize;
                self.haunts.get(at).copied()
            } else {
                self.ghost(random)
            };
            let errors = std::array::from_fn(|i| self.noise.edges.sd[i] * normal(random));
            if let Some(bbox) = edges.and_then(|edges| self.clip(edges, errors)) {
                let score = self.score(extra.score, extra.score_sd, random);
                found.push(Detection::new(bbox, score));
            }
        }
    }

    /// The box of somebody who might stand somewhere in the picture.
    fn ghost(&self, random: &mut ChaCha8Rng) -> Option<[f64; 4]> {
        let [low, high] = self.floor;
        (0..50).find_map(|_| {
            let place = [0, 1].map(|i| low[i] + random.random::<f64>() * (high[i] - low[i]));
            let shown = |z: f64| self.lens.project(Mm3::new(place[0], place[1], z)).map(|spot| spot.at);
            let (feet, head) = (shown(0.0)?, shown(GHOST[0])?);
            let (top, bottom) = (feet[1].min(head[1]), feet[1].max(head[1]));
            let (middle, half) = (0.5 * (feet[0] + head[0]), 0.5 * GHOST[1] * (bottom - top));
            let edges = [middle - half, top, middle + half, bottom];
            let within = self.lens.shows([middle, 0.5 * (top + bottom)]);
            (within && bottom - top >= self.noise.finding.height_min_px).then_some(edges)
        })
    }
}

/// People found as one: the box of both, with the errors and joints of the one who shows more.
fn merge(hits: &mut Vec<Hit<'_>>, noise: &Noise, random: &mut ChaCha8Rng) {
    if noise.finding.merged <= 0.0 {
        return;
    }
    let mut first = 0;
    while first < hits.len() {
        let mut second = first + 1;
        while second < hits.len() {
            let meet = iou(hits[first].edges, hits[second].edges) >= noise.finding.merged_iou_min;
            if meet && random.random::<f64>() < noise.finding.merged {
                let gone = hits.remove(second);
                let kept = &mut hits[first];
                kept.edges = [0, 1, 2, 3]
                    .map(|i| if i < 2 { kept.edges[i].min(gone.edges[i]) } else { kept.edges[i].max(gone.edges[i]) });
                if gone.seen.share > kept.seen.share {
                    (kept.seen, kept.errors) = (gone.seen, gone.errors);
                }
            } else {
                second += 1;
            }
        }
        first += 1;
    }
}

fn iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let side = |i: usize| (a[i + 2].min(b[i + 2]) - a[i].max(b[i])).max(0.0);
    let area = |e: [f64; 4]| (e[2] - e[0]) * (e[3] - e[1]);
    let shared = side(0) * side(1);
    shared / (area(a) + area(b) - shared).max(f64::MIN_POSITIVE)
}

/// A joint as a pose model gives it, if it does.
fn point(points: &Points, joint: JointSeen, height: f64, random: &mut ChaCha8Rng) -> Option<Point> {
    let visible = joint.visibility == Visibility::Visible;
    let (chance, sd) = if visible { (points.found, points.sd) } else { (points.found_hidden, points.sd_hidden) };
    let given = random.random::<f64>() < chance && joint.visibility != Visibility::Outside;
    given.then(|| {
        let [x, y] = joint.at_px.map(|at| (at + sd * height * normal(random)) as f32);
        Point::from_pixels(x, y)
    })
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}
