//! Why a camera's source could not be opened.

use std::io;
use std::path::{Path, PathBuf};

/// A source that cannot be read at all. Damage inside a readable source is a fault, not an error.
#[derive(Debug, thiserror::Error)]
#[error("camera {camera}: {path}: {reason}", path = path.display())]
pub struct IngestError {
    /// The camera, as the configuration names it.
    pub camera: String,
    /// What was to be read.
    pub path: PathBuf,
    /// Why it cannot be.
    pub reason: Unreadable,
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing under this path.
    #[error("there is no such file or folder")]
    Missing,
    /// The operating system refused. Worth a retry.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The path is not UTF-8 or holds a zero byte, which FFmpeg cannot be given.
    #[error("the path is not plain text")]
    PathNotText,
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// No known container, or one without the parts needed to read it (an MP4 cut before its index, for example).
    #[error("not a video that can be read: {0}")]
    NotVideo(String),
    /// A container without a video stream.
    #[error("there is no video stream in it")]
    NoVideoStream,
    /// No decoder for the codec, or one that refuses the stream's parameters.
    #[error("its video cannot be decoded: {0}")]
    NoDecoder(String),
    /// A folder without a single segment.
    #[error("the folder holds no {0}")]
    NoSegments(&'static str),
    /// A folder none of whose segments can be read; the first one's reason.
    #[error("none of its {count} segments can be read; the first, {first}: {reason}")]
    NoReadableSegment {
        /// How many there are.
        count: usize,
        /// The first one's name.
        first: String,
        /// Why it cannot be read.
        reason: Box<Unreadable>,
    },
    /// A text without a single row of detections; what is wrong with the first line.
    #[error("no line reads as frame,id,left,top,width,height,score; {0}")]
    NoRows(String),
    /// No lines of JSON as they should be; what is wrong with the first.
    #[error("not JSON lines that can be read: {0}")]
    NotLines(String),
    /// Not a Parquet file, or a damaged one.
    #[error("not a Parquet file that can be read: {0}")]
    NotParquet(String),
    /// A Parquet column is absent or of another type.
    #[error("column {column}: expected {expected}, found {found}")]
    Column {
        /// Its name.
        column: &'static str,
        /// The type it has in its table: see `schemas/TABLES.md`.
        expected: String,
        /// The type found, or `nothing`.
        found: String,
    },
    /// A setting without which the rows mean nothing.
    #[error("{0}")]
    Setting(String),
    /// Opening was interrupted by the stop flag.
    #[error("interrupted")]
    Stopped,
}

impl Unreadable {
    /// Whether trying again later, with the same file, may help.
    pub fn worth_retrying(&self) -> bool {
        match self {
            Self::Io(_) | Self::Stopped => true,
            Self::NoReadableSegment { reason, .. } => reason.worth_retrying(),
            _ => false,
        }
    }

    /// With the camera and the path.
    pub(crate) fn at(self, camera: &str, path: &Path) -> IngestError {
        IngestError { camera: camera.to_owned(), path: path.to_owned(), reason: self }
    }
}

/// Distinguishes a path that is not there from one that may not be read.
pub(crate) fn from_io(error: io::Error) -> Unreadable {
    if error.kind() == io::ErrorKind::NotFound { Unreadable::Missing } else { Unreadable::Io(error) }
}
