//! Columns of the `detections` table: what must be there, what may be, and one batch of them read row by row.

use super::Row;
use crate::ingest::error::Unreadable;
use crate::ingest::parts::check_column;
use crate::mot::sound_box;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Schema};
use schemas::table::Table;
use schemas::{CameraId, Detection, EventTime, FrameMeta, Point, Score, Wrist};

const REQUIRED: [&str; 9] =
    ["event_time", "frame", "frame_width_px", "frame_height_px", "left_px", "top_px", "right_px", "bottom_px", "score"];
const OPTIONAL: [&str; 9] = [
    "camera",
    "feet_x_px",
    "feet_y_px",
    "wrist_left_x_px",
    "wrist_left_y_px",
    "wrist_left_score",
    "wrist_right_x_px",
    "wrist_right_y_px",
    "wrist_right_score",
];

/// The columns that are read; all others are ignored.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    REQUIRED.into_iter().chain(OPTIONAL)
}

/// Whether every column has the type that the `detections` table gives it.
pub(super) fn check(schema: &Schema) -> Result<(), Unreadable> {
    names().try_for_each(|column| check_column(schema, column, &expected(column), REQUIRED.contains(&column)))
}

fn expected(column: &str) -> DataType {
    let detections = Table::ALL.iter().find(|table| table.name == "detections");
    let found = detections.and_then(|table| table.columns.iter().find(|c| c.name == column));
    found.map_or(DataType::Null, |column| column.kind.arrow())
}

/// One batch.
pub(super) struct Columns {
    rows: usize,
    camera: Option<StringArray>,
    event_time: TimestampMicrosecondArray,
    frame: Int64Array,
    size: [Int32Array; 2],
    /// Left, top, right, bottom, score.
    box_and_score: [Float32Array; 5],
    feet: [Option<Float32Array>; 2],
    /// x, y, score of the left and of the right wrist.
    wrists: [[Option<Float32Array>; 3]; 2],
}

impl Columns {
    /// The columns of a batch whose types were checked.
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, Unreadable> {
        check(&batch.schema())?;
        let found = |name| batch.column_by_name(name);
        let need = |name| found(name).ok_or_else(|| Unreadable::NotParquet(format!("column {name} is gone")));
        let float = |name| need(name).map(|c| c.as_primitive::<Float32Type>().clone());
        let maybe = |name| found(name).map(|c| c.as_primitive::<Float32Type>().clone());
        let int = |name| need(name).map(|c| c.as_primitive::<Int32Type>().clone());
        Ok(Self {
            rows: batch.num_rows(),
            camera: found("camera").map(|c| c.as_string::<i32>().clone()),
            event_time: need("event_time")?.as_primitive::<TimestampMicrosecondType>().clone(),
            frame: need("frame")?.as_primitive::<Int64Type>().clone(),
            size: [int("frame_width_px")?, int("frame_height_px")?],
            box_and_score: [
                float("left_px")?,
                float("top_px")?,
                float("right_px")?,
                float("bottom_px")?,
                float("score")?,
            ],
            feet: ["feet_x_px", "feet_y_px"].map(maybe),
            wrists: [
                ["wrist_left_x_px", "wrist_left_y_px", "wrist_left_score"].map(maybe),
                ["wrist_right_x_px", "wrist_right_y_px", "wrist_right_score"].map(maybe),
            ],
        })
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether row `at` belongs to `camera`: it does where there is no such column.
    pub(super) fn is_of(&self, camera: &str, at: usize) -> bool {
        self.camera.as_ref().is_none_or(|names| names.is_valid(at) && names.value(at) == camera)
    }

    /// The event time of row `at`, unless it is null.
    pub(super) fn event_time(&self, at: usize) -> Option<EventTime> {
        self.event_time.is_valid(at).then(|| EventTime(self.event_time.value(at)))
    }

    /// Row `at`, or what is wrong with it.
    pub(super) fn row(&self, camera: CameraId, at: usize) -> Result<Row, String> {
        let event_time = self.event_time(at).ok_or("event_time is null")?;
        let frame = self.frame.is_valid(at).then(|| self.frame.value(at));
        let sequence = frame.and_then(|n| u64::try_from(n).ok()).ok_or("frame is null or negative")?;
        let side = |n: usize| self.size[n].is_valid(at).then(|| self.size[n].value(at));
        let side = |n| side(n).and_then(|v| u32::try_from(v).ok()).filter(|&v| v > 0);
        let (Some(width), Some(height)) = (side(0), side(1)) else {
            return Err("frame_width_px or frame_height_px is not positive".to_owned());
        };
        let mut values = [0.0; 5];
        for ((value, column), name) in values.iter_mut().zip(&self.box_and_score).zip(&REQUIRED[4..]) {
            *value = number(column, at).ok_or_else(|| format!("{name} is not a number"))?;
        }
        let [left, top, right, bottom, score] = values;
        let mut detection = Detection::new(sound_box(left, top, right, bottom)?, Score::from_unit(score));
        let [x, y] = &self.feet;
        detection.feet = maybe(x, at).zip(maybe(y, at)).map(|(x, y)| Point::from_pixels(x, y));
        detection.wrists = [0, 1].map(|side| {
            let [x, y, score] = &self.wrists[side];
            let point = Point::from_pixels(maybe(x, at)?, maybe(y, at)?);
            Some(Wrist { at: point, score: Score::from_unit(maybe(score, at)?) })
        });
        Ok(Row { meta: FrameMeta { camera, event_time, sequence, width, height }, detection })
    }
}

/// A finite value, if there is one.
fn number(column: &Float32Array, at: usize) -> Option<f32> {
    column.is_valid(at).then(|| column.value(at)).filter(|v| v.is_finite())
}

fn maybe(column: &Option<Float32Array>, at: usize) -> Option<f32> {
    number(column.as_ref()?, at)
}
