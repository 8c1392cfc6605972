//! Non-maximum suppression: of boxes that overlap, the strongest stays.

use crate::manifest::Thresholds;
use schemas::{Box2, Detection, Score};
use std::cmp::Ordering;

/// A box as a network gave it, not yet clipped to the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Confidence in 0..=1, never NaN.
    pub(crate) score: f32,
    /// The box, source pixels in 1/16.
    pub(crate) bbox: Box2,
}

impl Candidate {
    /// Strongest first; equal scores by position, so that the order is total up to equal candidates.
    fn rank(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.bbox.cmp(&other.bbox))
    }
}

/// Greedy suppression (Dalal and Triggs 2005; the form used by YOLOX): takes the strongest candidate, drops all weaker
/// ones that are the same person, and so on; at most `detections_max`. Strongest first; independent of the order of the input.
pub(crate) fn suppress(mut candidates: Vec<Candidate>, limits: &Thresholds) -> Vec<Candidate> {
    candidates.sort_unstable_by(Candidate::rank);
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if kept.len() == limits.detections_max as usize {
            break;
        }
        if !kept.iter().any(|stronger| same_person(stronger, &candidate, limits)) {
            kept.push(candidate);
        }
    }
    kept
}

/// Whether a weaker box shows the person of a stronger one: the two overlap too much, or the weaker one is a part of the other
/// (a head, a half of somebody whom a shelf hides), which the IoU of a small box in a large one does not tell.
fn same_person(stronger: &Candidate, weaker: &Candidate, limits: &Thresholds) -> bool {
    let inside = || stronger.bbox.overlap(weaker.bbox) as f32 > limits.part_inside * weaker.bbox.area() as f32;
    stronger.bbox.iou(weaker.bbox) > limits.iou_max || weaker.score < limits.part_score * stronger.score && inside()
}

/// The part of `bbox` inside a picture of `width x height` pixels, unless empty.
pub(crate) fn clip(bbox: Box2, width: u32, height: u32) -> Option<Box2> {
    let edge =
        |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX).saturating_mul(schemas::geometry::STEPS_PER_PIXEL);
    let (right, bottom) = (edge(width), edge(height));
    let inside = Box2 {
        left: bbox.left.clamp(0, right),
        top: bbox.top.clamp(0, bottom),
        right: bbox.right.clamp(0, right),
        bottom: bbox.bottom.clamp(0, bottom),
    };
    (inside.area() > 0).then_some(inside)
}

/// A candidate as a detection inside the picture.
pub(crate) fn detection(candidate: Candidate, width: u32, height: u32) -> Option<Detection> {
    Some(Detection::new(clip(candidate.bbox, width, height)?, Score::from_unit(candidate.score)))
}

#[cfg(test)]
mod tests;
