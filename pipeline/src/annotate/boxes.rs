//! Boxes: one camera's people, frame by frame, from the published `detections` table. Reads one batch at a time.

use super::AnnotateError;
use super::draw::Person;
use super::parts::Parts;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type};
use arrow_array::{Array, Float32Array, RecordBatch};
use schemas::{Box2, Score};
use std::collections::VecDeque;
use std::path::Path;

/// One camera's rows, in the order of frames.
pub struct Boxes {
    camera: String,
    parts: Parts,
    ready: VecDeque<(u64, Person)>,
}

impl Boxes {
    /// The rows of `camera` under `out`. No folder, no rows: nobody was seen.
    pub fn open(out: &Path, store: &str, camera: &str) -> Result<Self, AnnotateError> {
        let parts = Parts::open(out, store, "detections")?;
        Ok(Self { camera: camera.to_string(), parts, ready: VecDeque::new() })
    }

    /// The people of frame `sequence`. Frames are asked for in ascending order.
    pub fn of_frame(&mut self, sequence: u64) -> Result<Vec<Person>, AnnotateError> {
        let mut people = Vec::new();
        loop {
            let front = self.ready.front().map(|(frame, _)| *frame);
            match front {
                Some(frame) if frame > sequence => return Ok(people),
                Some(frame) => {
                    let row = self.ready.pop_front().filter(|_| frame == sequence);
                    people.extend(row.map(|(_, person)| person));
                }
                None => match self.parts.next(|batch| people_of(batch, &self.camera))? {
                    Some(rows) => self.ready.extend(rows),
                    None => return Ok(people),
                },
            }
        }
    }
}

/// The rows of one camera; none where a column is missing or of another type.
fn people_of(batch: &RecordBatch, camera: &str) -> Option<Vec<(u64, Person)>> {
    let cameras = batch.column_by_name("camera")?.as_string_opt::<i32>()?;
    let frames = batch.column_by_name("frame")?.as_primitive_opt::<Int64Type>()?;
    let tracklets = batch.column_by_name("tracklet_id")?.as_string_opt::<i32>()?;
    let floats = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Float32Type>();
    let (left, top) = (floats("left_px")?, floats("top_px")?);
    let (right, bottom, score) = (floats("right_px")?, floats("bottom_px")?, floats("score")?);
    let joints =
        [("feet_x_px", "feet_y_px"), ("wrist_left_x_px", "wrist_left_y_px"), ("wrist_right_x_px", "wrist_right_y_px")];
    let joints = joints.map(|(x, y)| floats(x).zip(floats(y)));
    let seen = |joints: &[Option<(&Float32Array, &Float32Array)>], i: usize| {
        let seen = joints.iter().flatten().filter(|(x, _)| x.is_valid(i));
        seen.map(|(x, y)| (x.value(i), y.value(i))).collect()
    };
    let person = |i: usize| Person {
        bbox: Box2::from_pixels(left.value(i), top.value(i), right.value(i), bottom.value(i)),
        score: Score::from_unit(score.value(i)),
        tracklet: tracklets.is_valid(i).then(|| tracklets.value(i).to_string()),
        track: None,
        joints: seen(&joints, i),
        wrists: seen(&joints[1..], i),
    };
    let rows = (0..batch.num_rows()).filter(|&i| cameras.value(i) == camera);
    Some(rows.map(|i| (frames.value(i).unsigned_abs(), person(i))).collect())
}
