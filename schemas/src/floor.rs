//! Shoppers on the floor, in the store's frame: millimetres, z up.

use crate::ids::{CameraId, StretchId, TrackId, TrackletId};
use crate::time::Tick;
use serde::{Deserialize, Serialize};

/// A place on the floor in millimetres, store frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FloorPoint {
    /// Along the store's first axis.
    pub x_mm: i32,
    /// Along its second.
    pub y_mm: i32,
}

impl FloorPoint {
    /// Distance to `other` in millimetres.
    pub fn distance_mm(self, other: Self) -> f64 {
        let (dx, dy) = (f64::from(self.x_mm) - f64::from(other.x_mm), f64::from(self.y_mm) - f64::from(other.y_mm));
        dx.hypot(dy)
    }
}

/// A place in the shop in millimetres, store frame, the floor at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpacePoint {
    /// Along the store's first axis.
    pub x_mm: i32,
    /// Along its second.
    pub y_mm: i32,
    /// Upwards.
    pub z_mm: i32,
}

/// One camera's share in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Share {
    /// The camera that saw the person.
    pub camera: CameraId,
    /// The tracklet that the sighting belongs to, where the camera's tracker believed one.
    pub tracklet: Option<TrackletId>,
}

/// One person at one tick, fused over all cameras. Final: what may change is whose stretch it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// The stretch it belongs to.
    pub stretch: StretchId,
    /// The tick.
    pub tick: Tick,
    /// Where.
    pub at: FloorPoint,
    /// Standard deviation of the place along its worst axis, in millimetres.
    pub spread_mm: u32,
    /// Estimated height of the person in millimetres.
    pub height_mm: u32,
    /// Who saw them, in order; empty where nobody did and the place is predicted.
    pub shares: Vec<Share>,
}

/// Whose stretch it is: one row of the collection that may be revised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// The stretch.
    pub stretch: StretchId,
    /// The track it is part of.
    pub track: TrackId,
}

/// A binding that is asserted (+1) or retracted (-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rebinding {
    /// What.
    pub binding: Binding,
    /// +1 or -1.
    pub diff: i64,
}

/// What following people on the floor says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stitched {
    /// A person at a tick. Comes at most `lag` after its tick.
    Step(Step),
    /// A change of mind, at the tick of the change. Every stretch is bound before its first step comes.
    Rebind(Rebinding),
}
