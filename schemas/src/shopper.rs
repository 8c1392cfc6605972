//! Shoppers as one camera sees them.

use crate::frame::{Detection, FrameMeta};
use crate::geometry::{Box2, Score};
use crate::ids::{CameraId, ModelId, TrackletId};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// One detection and the tracklet it belongs to, if any. Every detection becomes exactly one sighting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sighting {
    /// The frame it was seen in.
    pub meta: FrameMeta,
    /// The model that saw it.
    pub model: ModelId,
    /// What was seen.
    pub detection: Detection,
    /// Who it is, in this camera.
    pub tracklet: Option<TrackletId>,
}

/// One shopper in one camera, once it is over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tracklet {
    /// Identity.
    pub id: TrackletId,
    /// The camera.
    pub camera: CameraId,
    /// The model whose detections it is made of (that of its first detection).
    pub model: ModelId,
    /// Time of the first sighting.
    pub first_seen: EventTime,
    /// Time of the last sighting.
    pub last_seen: EventTime,
    /// Start of the tick that proved it over: its memory had run out, whether or not another frame came.
    pub closed_at: EventTime,
    /// Frames with a sighting.
    pub frames_seen: u32,
    /// Frames of the camera from the first sighting to the last, both counted.
    pub frames_spanned: u32,
    /// Number of times it was lost and found again.
    pub gaps: u32,
    /// Longest time between two sightings that were not in consecutive frames, in microseconds; 0 without gaps.
    pub gap_longest_us: i64,
    /// Mean score of its sightings.
    pub score_mean: Score,
    /// First box.
    pub first_box: Box2,
    /// Last box.
    pub last_box: Box2,
}

/// What tracking says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tracked {
    /// A detection, with or without a tracklet. May come some frames late: a tracklet is believed only when confirmed.
    Seen(Sighting),
    /// A tracklet is over.
    Over(Tracklet),
}
