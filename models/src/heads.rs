//! From a network's numbers to boxes and keypoints.

pub(crate) mod movenet;
pub(crate) mod people;
pub(crate) mod yolox;

use crate::boxes::Candidate;
use schemas::{Box2, Embedding, Point, Pose};

/// One person as a head tells of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) candidate: Candidate,
    pub(crate) pose: Pose,
    pub(crate) appearance: Option<Embedding>,
}

/// From pixels (or shares) of the network's input to pixels of the source picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mapping {
    /// Source pixels for each unit of x and y.
    pub(crate) scale: (f32, f32),
    /// Source position of the input's top left corner.
    pub(crate) origin: (f32, f32),
}

impl Mapping {
    pub(crate) fn point(self, x: f32, y: f32) -> Point {
        Point::from_pixels(self.origin.0 + x * self.scale.0, self.origin.1 + y * self.scale.1)
    }

    pub(crate) fn bbox(self, x0: f32, y0: f32, x1: f32, y1: f32) -> Box2 {
        let (a, b) = (self.point(x0, y0), self.point(x1, y1));
        Box2 { left: a.x.min(b.x), top: a.y.min(b.y), right: a.x.max(b.x), bottom: a.y.max(b.y) }
    }
}
