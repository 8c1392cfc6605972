//! What was taken and put back: changes of weight, and the interactions that are made of everything the shop has seen.

use crate::geometry::Score;
use crate::ids::{InteractionId, ScaleId, Sku, SlotId, TrackId};
use crate::money::Money;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// A change of what lies on a scale: steady before, steady after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WeightStep {
    /// The scale.
    pub scale: ScaleId,
    /// The last instant at which it was as before.
    pub from: EventTime,
    /// The first instant from which on it is as after.
    pub until: EventTime,
    /// By how much it became heavier; negative where something was taken. 0 where it was touched and nothing came of it.
    pub change_mg: i64,
    /// Standard deviation of the change.
    pub sigma_mg: u32,
}

/// Who did what, if it was otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alternative {
    /// Who; none where nobody of whom the shop knows did it.
    pub track: Option<TrackId>,
    /// What; none where it is nothing of the catalog.
    pub sku: Option<Sku>,
    /// How many were taken; negative where they were put back.
    pub quantity: i64,
    /// Its probability.
    pub score: Score,
}

/// Somebody took something out of a slot, or put it into one. A row of a collection that may be revised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interaction {
    /// When.
    pub event_time: EventTime,
    /// Identity: of the change on the shelf that it explains; the same through every revision.
    pub id: InteractionId,
    /// From or into which slot.
    pub slot: SlotId,
    /// Who; none where nobody of whom the shop knows did it.
    pub track: Option<TrackId>,
    /// What; none where it is nothing of the catalog.
    pub sku: Option<Sku>,
    /// How many were taken; negative where they were put back. Never 0.
    pub quantity: i64,
    /// What one costs: as of the take, and for what is put back, as of the take that it undoes. None without a price book, or a sku.
    pub unit_price: Option<Money>,
    /// Its probability.
    pub confidence: Score,
    /// What else it may have been, likeliest first.
    pub alternatives: Vec<Alternative>,
}
