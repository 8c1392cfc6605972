//! Detection by camera: are people found, and is what is found people?

use super::Terms;
use super::assign::assign;
use super::cameras::{Frame, Frames, area, iou, overlap};
use super::wilson::Ratio;
use serde::Serialize;

/// A false box must lie outside of people who need not be found by more than this share of itself.
const IGNORED_COVER: f32 = 0.5;

/// What is found in one camera, or in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Detection {
    /// Name of the camera.
    pub camera: String,
    /// People who show enough of themselves: found, of all.
    pub recall: Ratio,
    /// Boxes that had to be there or not: of people who show enough of themselves, of all.
    pub precision: Ratio,
    /// Boxes where nobody is (or where somebody was found already).
    pub false_boxes: u64,
    /// Pictures.
    pub frames: u64,
    /// False boxes in a picture.
    pub false_per_frame: f64,
    /// Mean overlap of the boxes that were found.
    pub iou_mean: f64,
    /// Detections at times at which there was no picture.
    pub stray: u64,
}

/// Which detection is whose: pairs of places in `shown` and `found`, people who must be found first.
pub(super) fn matches(frame: &Frame, iou_min: f64, share_min: f64) -> Vec<(usize, usize)> {
    let weight = |s: usize, f: usize| {
        let (shown, found) = (&frame.shown[s], &frame.found[f]);
        let like = iou(shown.edges, found.edges);
        let needed = f64::from(shown.share) >= share_min;
        if like < iou_min { 0.0 } else { like + if needed { 1.0 } else { 0.0 } }
    };
    let pairs = assign(frame.shown.len(), frame.found.len(), weight);
    pairs.into_iter().filter(|&(s, f)| weight(s, f) > 0.0).collect()
}

/// Scores a camera.
pub fn of(camera: &str, frames: &Frames, terms: Terms) -> Detection {
    let mut sum = Detection { camera: camera.to_string(), stray: frames.stray, ..Detection::default() };
    let (mut found, mut needed, mut likeness) = (0, 0, 0.0);
    for frame in &frames.frames {
        let sure = frame.found.iter().filter(|found| f64::from(found.score) >= terms.score_min).copied().collect();
        let frame = &Frame { found: sure, ..frame.clone() };
        sum.frames += 1;
        let must = |s: usize| f64::from(frame.shown[s].share) >= terms.share_min;
        needed += (0..frame.shown.len()).filter(|&s| must(s)).count() as u64;
        let pairs = matches(frame, terms.iou_min, terms.share_min);
        for &(s, f) in pairs.iter().filter(|pair| must(pair.0)) {
            found += 1;
            likeness += iou(frame.shown[s].edges, frame.found[f].edges);
        }
        for (f, box_) in frame.found.iter().enumerate().filter(|(f, _)| pairs.iter().all(|pair| pair.1 != *f)) {
            let over =
                |s: usize| overlap(frame.shown[s].edges, frame.found[f].edges) > IGNORED_COVER * area(box_.edges);
            let ignored = (0..frame.shown.len()).any(|s| !must(s) && over(s));
            sum.false_boxes += u64::from(!ignored);
        }
    }
    sum.recall = Ratio::new(found, needed);
    sum.precision = Ratio::new(found, found + sum.false_boxes);
    sum.false_per_frame = sum.false_boxes as f64 / sum.frames.max(1) as f64;
    sum.iou_mean = likeness / found.max(1) as f64;
    sum
}

/// All cameras together.
pub fn sum(cameras: &[Detection]) -> Detection {
    let mut all = Detection { camera: "all".into(), ..Detection::default() };
    for camera in cameras {
        all.iou_mean += camera.iou_mean * camera.recall.hits as f64;
        all.recall = all.recall + camera.recall;
        all.precision = all.precision + camera.precision;
        all.false_boxes += camera.false_boxes;
        all.frames += camera.frames;
        all.stray += camera.stray;
    }
    all.iou_mean /= all.recall.hits.max(1) as f64;
    all.false_per_frame = all.false_boxes as f64 / all.frames.max(1) as f64;
    all
}
