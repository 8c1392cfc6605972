//! Boxes: one camera's people, frame by frame, from the published `detections` table. Reads one batch at a time.

use super::AnnotateError;
use super::draw::Person;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use schemas::{Box2, Score};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// One camera's rows, in the order of frames.
pub struct Boxes {
    camera: String,
    files: VecDeque<PathBuf>,
    reader: Option<(PathBuf, ParquetRecordBatchReader)>,
    ready: VecDeque<(u64, Person)>,
}

impl Boxes {
    /// The rows of `camera` under `out`. No folder, no rows: nobody was seen.
    pub fn open(out: &Path, store: &str, camera: &str) -> Result<Self, AnnotateError> {
        let table = out.join("detections").join(format!("store={store}"));
        let mut files = Vec::new();
        if table.is_dir() {
            for date in list(&table)? {
                files.extend(list(&date)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "parquet")));
            }
        }
        // Names hold the range, folders the date: their order is the order of time.
        files.sort();
        Ok(Self { camera: camera.to_string(), files: files.into(), reader: None, ready: VecDeque::new() })
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
                None if self.read_batch()? => {}
                None => return Ok(people),
            }
        }
    }

    /// Reads the next batch; false at the end.
    fn read_batch(&mut self) -> Result<bool, AnnotateError> {
        loop {
            let Some((path, reader)) = &mut self.reader else {
                let Some(path) = self.files.pop_front() else { return Ok(false) };
                let opened = File::open(&path).map_err(|e| cannot_read(&path, &e))?;
                let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|e| cannot_read(&path, &e))?;
                let reader = builder.build().map_err(|e| cannot_read(&path, &e))?;
                self.reader = Some((path, reader));
                continue;
            };
            match reader.next() {
                Some(Ok(batch)) => {
                    self.ready.extend(
                        people_of(&batch, &self.camera)
                            .ok_or_else(|| cannot_read(path, &"its columns are not those of `detections`"))?,
                    );
                    return Ok(true);
                }
                Some(Err(error)) => return Err(cannot_read(path, &error)),
                None => self.reader = None,
            }
        }
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, AnnotateError> {
    let entries = fs::read_dir(folder).map_err(|e| cannot_read(folder, &e))?;
    entries.map(|entry| entry.map(|e| e.path()).map_err(|e| cannot_read(folder, &e))).collect()
}

fn cannot_read(path: &Path, reason: &dyn std::fmt::Display) -> AnnotateError {
    AnnotateError::Table { path: path.to_path_buf(), reason: reason.to_string() }
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
    let person = |i: usize| Person {
        bbox: Box2::from_pixels(left.value(i), top.value(i), right.value(i), bottom.value(i)),
        score: Score::from_unit(score.value(i)),
        tracklet: tracklets.is_valid(i).then(|| tracklets.value(i).to_string()),
        joints: joints.iter().flatten().filter(|(x, _)| x.is_valid(i)).map(|(x, y)| (x.value(i), y.value(i))).collect(),
    };
    let rows = (0..batch.num_rows()).filter(|&i| cameras.value(i) == camera);
    Some(rows.map(|i| (frames.value(i).unsigned_abs(), person(i))).collect())
}
