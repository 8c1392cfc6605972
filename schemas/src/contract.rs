//! What the dataflow asks of a model: take a job, hand back its result later, never block.

use crate::frame::{Detection, Embedding, Frame, Wrist};
use crate::geometry::{Box2, Point};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Number of a job, chosen by the caller; comes back with the result.
pub type Ticket = u64;

/// Wakes whoever waits for results.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Why a job has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{model}: {reason}")]
pub struct InferenceFault {
    /// The model's label.
    pub model: String,
    /// What went wrong.
    pub reason: String,
}

/// Inference that runs elsewhere (a pool, an accelerator, a script in tests).
///
/// Results come back in any order, one for each accepted job. Neither call blocks, does I/O or takes long.
pub trait Inference<Job, Out> {
    /// Takes a job, or gives it back when the queue is full.
    fn submit(&mut self, ticket: Ticket, job: Job) -> Result<(), Job>;

    /// A finished job, if there is one.
    fn poll(&mut self) -> Option<(Ticket, Result<Out, InferenceFault>)>;

    /// Sets what is called, from any thread, whenever `poll` has something new or `submit` has room again.
    fn wake_with(&mut self, wake: Wake);
}

/// The people cut out of one frame: `frame.full` where present, else `frame.scaled`.
#[derive(Clone, Debug)]
pub struct Crops {
    /// The frame.
    pub frame: Frame,
    /// One box for each person, in source pixels.
    pub boxes: Vec<Box2>,
}

/// What a pose model saw of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pose {
    /// Between the ankles, where at least one is seen.
    pub feet: Option<Point>,
    /// Left and right wrist; where the model tells no sides, as the picture has them from its left.
    pub wrists: [Option<Wrist>; 2],
}

/// One appearance for each box of a [`Crops`], in its order; none where the crop is empty.
pub type Appearances = Vec<Option<Embedding>>;
/// One pose for each box of a [`Crops`], in its order.
pub type Poses = Vec<Pose>;

/// Finds people in a frame.
pub type Detector = dyn Inference<Frame, Vec<Detection>> + Send;
/// Describes the appearance of people.
pub type Embedder = dyn Inference<Crops, Appearances> + Send;
/// Finds wrists and feet of people.
pub type Poser = dyn Inference<Crops, Poses> + Send;
