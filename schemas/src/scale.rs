//! Scales under slots, and what they say.

use crate::ids::{ScaleId, SlotId};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// A scale: a plate under one slot, or a shelf of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Identity.
    pub id: ScaleId,
    /// Name.
    pub name: String,
    /// The slots it carries; at least one, none twice.
    pub slots: Vec<SlotId>,
}

/// What a scale said at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScaleSample {
    /// Which scale.
    pub scale: ScaleId,
    /// When, by the scale's clock.
    pub event_time: EventTime,
    /// When it arrived in the shop's network, by the clock there.
    pub received_at: EventTime,
    /// Weight on it; none where the scale gave no number. May be negative: scales drift.
    pub weight_mg: Option<i64>,
}
