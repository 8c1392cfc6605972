//! Detections: a camera of kind `detections`, which gives what some other tool found instead of pixels.
//! In: MOTChallenge text, or Parquet in the form of the `detections` table | Out: detections by frame, in order of event time
//! State: MOTChallenge: the rows of the file (its order is free); Parquet: one batch of rows and one frame
//! Faults: RowMalformed, RowLate (Parquet: a row older than the frame before it)

mod mot;
mod parquet;

use super::error::{IngestError, Unreadable};
use schemas::{CameraId, EventTime, Fault, FrameDetections, ModelId};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which detections to read, and how.
#[derive(Clone, Debug)]
pub struct DetectionsSpec {
    /// The camera.
    pub camera: CameraId,
    /// Its name: for error messages, and to pick its rows where a Parquet file has a column `camera`.
    pub name: String,
    /// A file or, for Parquet, also a folder tree whose `part-*.parquet` are read in the order of their paths.
    pub path: PathBuf,
    /// What every row is said to be caused by.
    pub model: ModelId,
    /// Form of the file.
    pub form: DetectionsForm,
    /// How much the times of Parquet rows are ahead of the shop's clock, in microseconds.
    pub ahead_us: i64,
    /// Set from any thread to end reading; may be shared between cameras.
    pub stop: Arc<AtomicBool>,
}

/// Form of a file of detections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectionsForm {
    /// MOTChallenge text. Every frame between the first and the last that has rows is given, empty or not.
    Mot {
        /// Event time of frame 1.
        start: EventTime,
        /// Frames a second, as a fraction: 30000/1001 is exact.
        fps: (u32, u32),
        /// Size (width, height) of the source picture in pixels.
        size: (u32, u32),
    },
    /// The `detections` table. It has no rows for frames without people, so those are not given.
    Parquet,
}

/// What a camera of detections gives next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detected {
    /// The detections of one frame.
    Frame(FrameDetections),
    /// A fault; its time is never before that of a frame given earlier.
    Fault(Fault),
}

/// Reads a camera's detections.
pub struct DetectionsReader {
    source: Source,
    stop: Arc<AtomicBool>,
}

enum Source {
    Mot(mot::MotReader),
    Parquet(Box<parquet::ParquetReader>),
}

impl DetectionsReader {
    /// Opens what `spec` names. Errors name the camera, the path and, where a column is wrong, what was expected and found.
    pub fn open(spec: DetectionsSpec) -> Result<Self, IngestError> {
        let (name, path, stop) = (spec.name.clone(), spec.path.clone(), Arc::clone(&spec.stop));
        let source = match spec.form {
            DetectionsForm::Mot { start, fps, size } => mot::MotReader::open(&spec, start, fps, size).map(Source::Mot),
            DetectionsForm::Parquet => parquet::ParquetReader::open(spec).map(Box::new).map(Source::Parquet),
        };
        source.map(|source| Self { source, stop }).map_err(|reason: Unreadable| reason.at(&name, &path))
    }

    /// The next frame or fault. Nothing at the end, or once stopped.
    #[expect(clippy::should_implement_trait, reason = "like VideoReader: blocking and interruptible")]
    pub fn next(&mut self) -> Option<Detected> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        match &mut self.source {
            Source::Mot(reader) => reader.next(),
            Source::Parquet(reader) => reader.next(),
        }
    }

    /// How many frames there will be, where that is known before reading (MOTChallenge). For progress.
    pub fn frames_expected(&self) -> Option<u64> {
        match &self.source {
            Source::Mot(reader) => Some(reader.frames()),
            Source::Parquet(_) => None,
        }
    }
}
