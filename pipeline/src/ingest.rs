//! Ingest: what cameras recorded, as frames or detections with event times, and a fault for everything damaged.
//!
//! Everything here is pulled and blocking: one thread a camera calls `next()` until it gives `None`. Times come from the
//! files, never from a clock, so that the same files give the same frames, times and faults.

pub mod decode;
pub mod detections;
pub mod erasures;
pub mod error;
mod fold;
mod hearing;
mod lines;
pub mod pace;
pub(crate) mod parts;
pub mod picture_pool;
pub mod read;
pub mod recorded;
mod scale;
pub mod scales;
pub mod scans;
mod segments;
pub mod sensors;
pub mod tempo;
pub mod timeline;
pub mod verdicts;

pub use decode::{Ingested, ScaledSize, VideoReader, VideoSpec, VideoStream};
pub use detections::{Detected, DetectionsForm, DetectionsReader, DetectionsSpec};
pub use erasures::ErasureReader;
pub use error::IngestError;
pub use scales::ScaleReader;
pub use scans::{Desk, ScanReader};
pub use verdicts::VerdictReader;
