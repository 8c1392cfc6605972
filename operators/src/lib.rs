//! Dataflow operators of Aisleflow.
//!
//! ```text
//!  frames (pixels stay on their worker)
//!    | detect      in place: motion gate, then Detector, Embedder, Poser in a pool
//!    v
//!  FrameDetections        rows of a `detections` camera join here
//!    | admit       drops who is outside the shop, by the camera's regions
//!    | track       by tick, per camera
//!    v
//!  Sighting, Tracklet     every operator also gives faults
//! ```
//!
//! Decisions are pure (`vision/*`); timely lives in [`flow::build`] alone. No file, socket, thread, environment or clock.

pub mod flow;
pub mod reference;
pub mod vision;

pub use flow::build::{ByTick, InPlace, by_tick, in_place};
pub use flow::{DataflowTime, Emits, Outbox, Ticks};
pub use vision::admit::{Admission, admit};
pub use vision::detect::{DetectSettings, Seers, detect};
pub use vision::gate::{Gate, GateSettings};
pub use vision::track::{Track, TrackSettings};
