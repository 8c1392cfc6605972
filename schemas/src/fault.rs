//! Faults: every way a record can be refused or damaged. A fault is a row; nothing is dropped in silence.

use crate::ids::CameraId;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FaultKind {
    /// The camera's source could not be opened; the others run on.
    CameraUnreadable,
    /// A packet or frame could not be decoded.
    DecodeFailed,
    /// The stream ended before its container said it would.
    StreamTruncated,
    /// A frame came without a time; it was given the next regular one.
    PtsMissing,
    /// The stream's clock jumped backwards or too far ahead; the frame was given the next regular time.
    PtsJumped,
    /// The picture's size changed within a stream.
    SizeChanged,
    /// A row of a detections file could not be understood.
    RowMalformed,
    /// A row came after its time had closed.
    RowLate,
    /// A device's time lies too far from when its row arrived; the nearest believable time was taken.
    TimeDoubted,
    /// Somebody decided about what is not there, or not any more.
    VerdictLate,
    /// A scale began to say nothing, or the same thing for ever.
    ScaleSilent,
    /// Inference on a frame failed; the frame counts as one without people.
    InferenceFailed,
    /// A camera had more people at once than the tracker follows.
    TrackletsLimited,
    /// The floor held more people at once than the stitcher follows.
    PeopleLimited,
    /// A line of a receipt names a sku that no catalog knows.
    SkuUnknown,
    /// A line of a receipt has no quantity above 0.
    QuantityRefused,
    /// A receipt lies in the future.
    RowFuture,
    /// A row was there before.
    RowDuplicate,
}

impl FaultKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [FaultKind; 18] = [
        Self::CameraUnreadable,
        Self::DecodeFailed,
        Self::StreamTruncated,
        Self::PtsMissing,
        Self::PtsJumped,
        Self::SizeChanged,
        Self::RowMalformed,
        Self::RowLate,
        Self::TimeDoubted,
        Self::VerdictLate,
        Self::ScaleSilent,
        Self::InferenceFailed,
        Self::TrackletsLimited,
        Self::PeopleLimited,
        Self::SkuUnknown,
        Self::QuantityRefused,
        Self::RowFuture,
        Self::RowDuplicate,
    ];

    /// The word that stands in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::CameraUnreadable => "camera_unreadable",
            Self::DecodeFailed => "decode_failed",
            Self::StreamTruncated => "stream_truncated",
            Self::PtsMissing => "pts_missing",
            Self::PtsJumped => "pts_jumped",
            Self::SizeChanged => "size_changed",
            Self::RowMalformed => "row_malformed",
            Self::RowLate => "row_late",
            Self::TimeDoubted => "time_doubted",
            Self::VerdictLate => "verdict_late",
            Self::ScaleSilent => "scale_silent",
            Self::InferenceFailed => "inference_failed",
            Self::TrackletsLimited => "tracklets_limited",
            Self::PeopleLimited => "people_limited",
            Self::SkuUnknown => "sku_unknown",
            Self::QuantityRefused => "quantity_refused",
            Self::RowFuture => "row_future",
            Self::RowDuplicate => "row_duplicate",
        }
    }
}

/// One fault of one camera, or of recorded sensors.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// When: the event time that the damaged record has or would have had.
    pub event_time: EventTime,
    /// Where: a camera, or a file of sensors, which counts as one.
    pub camera: CameraId,
    /// What.
    pub kind: FaultKind,
    /// How many records it concerns.
    pub count: u64,
    /// More for a human: the decoder's words, the line number, the size.
    pub detail: String,
}
