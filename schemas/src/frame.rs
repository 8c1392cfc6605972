//! Frames and what is found in them.

use crate::geometry::{Box2, Point, Score};
use crate::ids::{CameraId, ModelId};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Which frame: camera, time, number, and the size of the source picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FrameMeta {
    /// The camera.
    pub camera: CameraId,
    /// When the picture was taken.
    pub event_time: EventTime,
    /// Number of the frame in its camera's stream, from 0.
    pub sequence: u64,
    /// Width of the source picture in pixels.
    pub width: u32,
    /// Height of the source picture in pixels.
    pub height: u32,
}

/// An RGB picture: 8 bits a channel, rows without padding, three bytes a pixel. Clones share the pixels.
#[derive(Clone)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl Picture {
    /// A picture over `pixels`, or nothing when their number is not `3 * width * height` or a side is 0.
    pub fn new(width: u32, height: u32, pixels: Arc<dyn AsRef<[u8]> + Send + Sync>) -> Option<Self> {
        let bytes = 3 * u64::from(width) * u64::from(height);
        ((*pixels).as_ref().len() as u64 == bytes && bytes > 0).then_some(Self { width, height, pixels })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The bytes, row by row, red first.
    pub fn rgb(&self) -> &[u8] {
        (*self.pixels).as_ref()
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// A frame with its pixels. Deliberately not `Serialize`: pixels never leave the worker that read them.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Which frame.
    pub meta: FrameMeta,
    /// The picture, scaled to what the detector wants (aspect kept, never padded).
    pub scaled: Picture,
    /// The picture in source size, where something downstream cuts people out of it.
    pub full: Option<Picture>,
}

/// A wrist: where, and how surely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wrist {
    /// Position in the source picture.
    pub at: Point,
    /// Confidence.
    pub score: Score,
}

/// Appearance of one person: a unit vector in 1/127 steps. Compared, never written: it has no table form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Embedding(Vec<i8>);

impl Embedding {
    /// The direction of `values`, quantised; nothing for an empty, zero or non-finite vector.
    pub fn from_values(values: &[f32]) -> Option<Self> {
        let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        let unit = norm.is_finite() && norm > 0.0;
        unit.then(|| Self(values.iter().map(|v| (v / norm * 127.0).round() as i8).collect()))
    }

    /// Cosine of the angle to `other` in -1..=1; 0 when the lengths differ (another model made it).
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        let dot = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum::<i64>() as f32;
        let norms = (dot(&self.0, &self.0) * dot(&other.0, &other.0)).sqrt();
        if norms > 0.0 { (dot(&self.0, &other.0) / norms).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// The components, 1/127.
    pub fn steps(&self) -> &[i8] {
        &self.0
    }
}

/// One person's box in one frame, with whatever else the models saw of the person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Detection {
    /// The visible part of the person.
    pub bbox: Box2,
    /// Confidence.
    pub score: Score,
    /// Where the person stands, if a model says so.
    pub feet: Option<Point>,
    /// Left and right wrist, as a model saw them; where it tells no sides, as the picture has them from its left.
    pub wrists: [Option<Wrist>; 2],
    /// Appearance, for re-identification.
    pub appearance: Option<Embedding>,
}

impl Detection {
    /// A box with a score and nothing else.
    pub fn new(bbox: Box2, score: Score) -> Self {
        Self { bbox, score, feet: None, wrists: [None, None], appearance: None }
    }
}

/// All detections of one frame; an empty list says that nobody was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FrameDetections {
    /// Which frame.
    pub meta: FrameMeta,
    /// The model that found them.
    pub model: ModelId,
    /// Whether the picture had not changed, so that an earlier frame's detections stand here.
    pub gated: bool,
    /// How many people were found outside the shop; they are not among `detections`.
    pub outside: u32,
    /// The people found, in no particular order.
    pub detections: Vec<Detection>,
}

impl FrameDetections {
    /// What `model` found in the frame, looked at and not yet held against the shop's regions.
    pub fn new(meta: FrameMeta, model: ModelId, detections: Vec<Detection>) -> Self {
        Self { meta, model, gated: false, outside: 0, detections }
    }
}
