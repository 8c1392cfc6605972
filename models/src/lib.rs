//! Neural networks of Aisleflow: tract behind the detector, pose and re-identification contracts.
//!
//! A [`Manifest`] describes a network; [`DetectorModel`], [`EmbedderModel`] and [`PoserModel`] load one and refuse it
//! before the first frame when its digest, input or output is not as described. A model is shared by threads, each of
//! which takes a session and calls it with `&mut`; a session blocks for as long as the network runs, so the dataflow
//! reaches it through a pool that implements [`schemas::Inference`]. Floats end here: boxes, scores, keypoints and
//! embeddings leave in the fixed-point forms of `schemas`. Same picture, same result, on any thread.
//!
//! A network that gives NaN or infinity is a [`schemas::InferenceFault`], never a panic.

mod boxes;
mod detect;
mod embed;
mod error;
mod heads;
mod manifest;
mod network;
mod parity;
mod picture;
mod pool;
mod pose;
mod zoo;

pub use detect::{DetectorModel, DetectorSession};
pub use embed::{EmbedderModel, EmbedderSession};
pub use error::{ManifestProblem, ModelError};
pub use manifest::{Channels, Fit, Head, InputForm, InputType, Kind, Layout, Manifest, Thresholds};
pub use network::{Bare, Weights, optimised, raw_output};
pub use parity::{DIFFERENCE_MAX, Parity, parity};
pub use pose::{PoserModel, PoserSession};
pub use zoo::Zoo;
