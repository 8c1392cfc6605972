//! Admit: keeps the detections of people who are in the shop, by the camera's regions.
//! In: FrameDetections | Out: FrameDetections | Key: none | State: none
//!
//! People behind the glass have not agreed to anything: what lies outside is counted and forgotten, before it is tracked.

use crate::flow::Ticks;
use schemas::geometry::from_pixels;
use schemas::{CameraId, FrameDetections, FrameMeta, Point, Polygon};
use std::collections::BTreeMap;
use timely::dataflow::operators::vec::Map;

/// Where a camera sees the shop's floor, in source pixels. A camera without regions sees nothing but the shop.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    inside: BTreeMap<CameraId, Vec<Polygon>>,
}

impl Admission {
    /// The regions of each camera.
    pub fn new(inside: BTreeMap<CameraId, Vec<Polygon>>) -> Self {
        Self { inside }
    }

    /// Whether someone who stands at `foot` in `camera`'s picture stands in the shop.
    pub fn admits(&self, camera: CameraId, foot: Point) -> bool {
        match self.inside.get(&camera) {
            Some(regions) if !regions.is_empty() => regions.iter().any(|region| region.contains(foot)),
            _ => true,
        }
    }

    /// Drops and counts the detections outside.
    pub fn filter(&self, mut frame: FrameDetections) -> FrameDetections {
        let before = frame.detections.len();
        let meta = frame.meta;
        frame.detections.retain(|d| self.admits(meta.camera, within(d.feet.unwrap_or(d.bbox.foot()), &meta)));
        frame.outside += u32::try_from(before - frame.detections.len()).unwrap_or(u32::MAX);
        frame
    }
}

/// Feet below the picture's edge count as standing on its last row, so that a region drawn to the edge holds them.
fn within(foot: Point, meta: &FrameMeta) -> Point {
    let last = |pixels: u32| from_pixels(pixels as f32) - 1;
    Point { x: foot.x.clamp(0, last(meta.width).max(0)), y: foot.y.clamp(0, last(meta.height).max(0)) }
}

/// Keeps who is in the shop; `outside` of each frame says how many were not.
pub fn admit<'s>(frames: Ticks<'s, FrameDetections>, admission: Admission) -> Ticks<'s, FrameDetections> {
    frames.map(move |frame| admission.filter(frame))
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Box2, Detection, EventTime, ModelId, Score};

    #[test]
    fn feet_decide() {
        let camera = CameraId(1);
        let corner = |x, y| Point::from_pixels(x, y);
        let shop = Polygon::new(vec![corner(0., 100.), corner(200., 100.), corner(200., 300.), corner(0., 300.)]);
        let admission = Admission::new(BTreeMap::from([(camera, vec![shop.expect("four corners")])]));
        let person = |foot: f32| Detection::new(Box2::from_pixels(50., foot - 80., 90., foot), Score::MAX);
        let meta = FrameMeta { camera, event_time: EventTime(0), sequence: 0, width: 200, height: 300 };
        let detections = vec![person(90.), person(150.), person(310.)];
        let frame = FrameDetections { meta, model: ModelId(0), gated: false, outside: 0, detections };
        let kept = admission.filter(frame.clone());
        assert_eq!((kept.detections, kept.outside), (vec![person(150.), person(310.)], 1));

        let elsewhere = FrameDetections { meta: FrameMeta { camera: CameraId(2), ..meta }, ..frame };
        assert_eq!(admission.filter(elsewhere.clone()), elsewhere, "a camera without regions keeps everyone");
    }
}
