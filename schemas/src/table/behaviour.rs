//! Tables of what cameras saw: `tracklets`, `detections`, `faults`.

use super::ColumnType::{Float32, Int32, Int64, Text, Time};
use super::{Column, Names, Table, TableRow};
use crate::fault::Fault;
use crate::geometry::{Box2, Point, to_pixels};
use crate::shopper::{Sighting, Tracklet};
use crate::time::EventTime;
use arrow_array::{ArrayRef, Float32Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray};
use std::sync::Arc;

pub(super) const fn column(
    name: &'static str,
    kind: super::ColumnType,
    unit: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Column {
    Column { name, kind, nullable: false, unit, meaning, example }
}

pub(super) const fn optional(column: Column) -> Column {
    Column { nullable: true, ..column }
}

pub(super) const CAMERA: Column = column("camera", Text, "", "Camera, as the configuration names it", "cam1");
const MODEL: Column =
    column("model", Text, "", "Model that caused the row: name@version+digest", "yolox-nano-480x640@0.1.1+c789161e");

/// `tracklets`.
pub const TRACKLETS: Table = Table {
    name: "tracklets",
    version: 1,
    row: "One shopper in one camera, once it is over",
    range_column: "closed_at",
    sorted_by: &["closed_at", "camera", "first_seen", "tracklet_id"],
    columns: &[
        column("tracklet_id", Text, "", "Identity of the tracklet: 16 hexadecimal digits", "5f0d3c1a9b7e2468"),
        CAMERA,
        column("first_seen", Time, "us UTC", "Time of the first sighting", "2020-02-20 12:00:03.1+00"),
        column("last_seen", Time, "us UTC", "Time of the last sighting", "2020-02-20 12:00:31.8+00"),
        column(
            "closed_at",
            Time,
            "us UTC",
            "Start of the tick that proved the tracklet over: unseen for as long as it is remembered",
            "2020-02-20 12:00:33.8+00",
        ),
        column("frames_seen", Int32, "frames", "Frames with a sighting", "281"),
        column("frames_spanned", Int32, "frames", "Frames of the camera from the first sighting to the last", "288"),
        column("gaps", Int32, "", "How often it was lost and found again", "2"),
        column("gap_longest_ms", Int64, "ms", "Longest time without a sighting; 0 without gaps", "500"),
        column("score_mean", Float32, "0..1", "Mean detection score of its sightings", "0.81"),
        column("first_left_px", Float32, "px", "Left edge of the first box", "402.5"),
        column("first_top_px", Float32, "px", "Top edge of the first box", "96.0"),
        column("first_right_px", Float32, "px", "Right edge of the first box", "470.25"),
        column("first_bottom_px", Float32, "px", "Bottom edge of the first box", "251.0"),
        column("last_left_px", Float32, "px", "Left edge of the last box", "10.0"),
        column("last_top_px", Float32, "px", "Top edge of the last box", "60.5"),
        column("last_right_px", Float32, "px", "Right edge of the last box", "92.0"),
        column("last_bottom_px", Float32, "px", "Bottom edge of the last box", "300.75"),
        MODEL,
    ],
};

/// `detections`.
pub const DETECTIONS: Table = Table {
    name: "detections",
    version: 1,
    row: "One person found in one frame, and the tracklet it was given (optional table: `output.detections = true`)",
    range_column: "event_time",
    sorted_by: &["event_time", "camera", "frame", "left_px"],
    columns: &[
        CAMERA,
        column("event_time", Time, "us UTC", "When the frame was taken", "2020-02-20 12:00:03.1+00"),
        column("frame", Int64, "", "Number of the frame in its camera's stream, from 0", "31"),
        column("frame_width_px", Int32, "px", "Width of the source picture", "640"),
        column("frame_height_px", Int32, "px", "Height of the source picture", "360"),
        column("left_px", Float32, "px", "Left edge of the visible box", "402.5"),
        column("top_px", Float32, "px", "Top edge", "96.0"),
        column("right_px", Float32, "px", "Right edge", "470.25"),
        column("bottom_px", Float32, "px", "Bottom edge", "251.0"),
        column("score", Float32, "0..1", "Confidence of the detector", "0.87"),
        optional(column("feet_x_px", Float32, "px", "Where the person stands, if a pose model says so: x", "436.0")),
        optional(column("feet_y_px", Float32, "px", "The same: y", "249.5")),
        optional(column(
            "wrist_left_x_px",
            Float32,
            "px",
            "Left wrist, if a model saw it: x; where the model tells no sides, the wrist farther left in the picture",
            "410.0",
        )),
        optional(column("wrist_left_y_px", Float32, "px", "The same: y", "170.5")),
        optional(column("wrist_left_score", Float32, "0..1", "Confidence of the left wrist", "0.62")),
        optional(column(
            "wrist_right_x_px",
            Float32,
            "px",
            "Right wrist, if a model saw it: x; where the model tells no sides, the other one",
            "455.0",
        )),
        optional(column("wrist_right_y_px", Float32, "px", "The same: y", "172.0")),
        optional(column("wrist_right_score", Float32, "0..1", "Confidence of the right wrist", "0.58")),
        optional(column(
            "tracklet_id",
            Text,
            "",
            "Tracklet it belongs to; null where none was believed",
            "5f0d3c1a9b7e2468",
        )),
        MODEL,
    ],
};

/// `faults`.
pub const FAULTS: Table = Table {
    name: "faults",
    version: 1,
    row: "One refused or damaged record, or several of one kind at one instant",
    range_column: "event_time",
    sorted_by: &["event_time", "camera", "kind", "detail"],
    columns: &[
        column("event_time", Time, "us UTC", "The time the record has or would have had", "2020-02-20 12:00:07.4+00"),
        CAMERA,
        column("kind", Text, "", "What went wrong: see the list of kinds below", "decode_failed"),
        column("count", Int64, "", "How many records it concerns", "1"),
        column("detail", Text, "", "More, for a human", "Invalid data found when processing input"),
    ],
};

pub(super) fn text<S: AsRef<str>>(values: impl Iterator<Item = S>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

pub(super) fn time(values: impl Iterator<Item = EventTime>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(|t| t.0)).with_timezone("UTC"))
}

pub(super) fn int32(values: impl Iterator<Item = u32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values.map(|v| i32::try_from(v).unwrap_or(i32::MAX))))
}

pub(super) fn int64(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

pub(super) fn float32(values: impl Iterator<Item = f32>) -> ArrayRef {
    Arc::new(Float32Array::from_iter_values(values))
}

fn optional_float32(values: impl Iterator<Item = Option<f32>>) -> ArrayRef {
    Arc::new(Float32Array::from_iter(values))
}

/// Left, top, right and bottom of each box.
fn boxes(values: impl Iterator<Item = Box2> + Clone) -> [ArrayRef; 4] {
    [
        float32(values.clone().map(|b| to_pixels(b.left))),
        float32(values.clone().map(|b| to_pixels(b.top))),
        float32(values.clone().map(|b| to_pixels(b.right))),
        float32(values.map(|b| to_pixels(b.bottom))),
    ]
}

/// x and y of each point.
fn points(values: impl Iterator<Item = Option<Point>> + Clone) -> [ArrayRef; 2] {
    [
        optional_float32(values.clone().map(|p| p.map(|p| to_pixels(p.x)))),
        optional_float32(values.map(|p| p.map(|p| to_pixels(p.y)))),
    ]
}

impl TableRow for Tracklet {
    const TABLE: &'static Table = &TRACKLETS;

    fn range_time(&self) -> EventTime {
        self.closed_at
    }

    fn sort(rows: &mut [Self], names: &Names) {
        rows.sort_by_cached_key(|r| (r.closed_at, names.camera_rank(r.camera), r.first_seen, r.id));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let mut columns = vec![
            text(rows.iter().map(|r| r.id.to_string())),
            text(rows.iter().map(|r| names.camera(r.camera))),
            time(rows.iter().map(|r| r.first_seen)),
            time(rows.iter().map(|r| r.last_seen)),
            time(rows.iter().map(|r| r.closed_at)),
            int32(rows.iter().map(|r| r.frames_seen)),
            int32(rows.iter().map(|r| r.frames_spanned)),
            int32(rows.iter().map(|r| r.gaps)),
            int64(rows.iter().map(|r| r.gap_longest_us / 1000)),
            float32(rows.iter().map(|r| r.score_mean.unit())),
        ];
        columns.extend(boxes(rows.iter().map(|r| r.first_box)));
        columns.extend(boxes(rows.iter().map(|r| r.last_box)));
        columns.push(text(rows.iter().map(|r| names.model(r.model))));
        columns
    }
}

impl TableRow for Sighting {
    const TABLE: &'static Table = &DETECTIONS;

    fn range_time(&self) -> EventTime {
        self.meta.event_time
    }

    fn sort(rows: &mut [Self], names: &Names) {
        rows.sort();
        rows.sort_by_cached_key(|r| {
            (r.meta.event_time, names.camera_rank(r.meta.camera), r.meta.sequence, r.detection.bbox.left)
        });
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let mut columns = vec![
            text(rows.iter().map(|r| names.camera(r.meta.camera))),
            time(rows.iter().map(|r| r.meta.event_time)),
            int64(rows.iter().map(|r| i64::try_from(r.meta.sequence).unwrap_or(i64::MAX))),
            int32(rows.iter().map(|r| r.meta.width)),
            int32(rows.iter().map(|r| r.meta.height)),
        ];
        columns.extend(boxes(rows.iter().map(|r| r.detection.bbox)));
        columns.push(float32(rows.iter().map(|r| r.detection.score.unit())));
        columns.extend(points(rows.iter().map(|r| r.detection.feet)));
        for side in 0..2 {
            let wrists = rows.iter().map(move |r| r.detection.wrists[side]);
            columns.extend(points(wrists.clone().map(|w| w.map(|w| w.at))));
            columns.push(optional_float32(wrists.map(|w| w.map(|w| w.score.unit()))));
        }
        columns.push(Arc::new(StringArray::from_iter(rows.iter().map(|r| r.tracklet.map(|t| t.to_string())))));
        columns.push(text(rows.iter().map(|r| names.model(r.model))));
        columns
    }
}

impl TableRow for Fault {
    const TABLE: &'static Table = &FAULTS;

    fn range_time(&self) -> EventTime {
        self.event_time
    }

    fn sort(rows: &mut [Self], names: &Names) {
        rows.sort();
        rows.sort_by_cached_key(|r| (r.event_time, names.camera_rank(r.camera), r.kind.word(), r.detail.clone()));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.event_time)),
            text(rows.iter().map(|r| names.camera(r.camera))),
            text(rows.iter().map(|r| r.kind.word())),
            int64(rows.iter().map(|r| i64::try_from(r.count).unwrap_or(i64::MAX))),
            text(rows.iter().map(|r| r.detail.as_str())),
        ]
    }
}
