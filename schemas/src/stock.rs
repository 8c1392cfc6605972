//! Stock: what lies in a slot after somebody took something out of it, or put something in.

use crate::ids::{InteractionId, Sku, SlotId};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// How a slot stands with an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StockState {
    /// Enough.
    Ok,
    /// Little is left of what fits.
    Low,
    /// Nothing is left.
    Out,
    /// It belongs elsewhere, and lies here.
    Misplaced,
    /// It belonged elsewhere, and lies here no more.
    Cleared,
    /// Nobody said how many fit.
    Unknown,
}

impl StockState {
    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Low => "low",
            Self::Out => "out",
            Self::Misplaced => "misplaced",
            Self::Cleared => "cleared",
            Self::Unknown => "unknown",
        }
    }
}

/// What an interaction made of a slot: a row of `stock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StockChange {
    /// When.
    pub event_time: EventTime,
    /// Where.
    pub slot: SlotId,
    /// What.
    pub sku: Sku,
    /// By which interaction.
    pub interaction: InteractionId,
    /// How many came; negative where they went.
    pub change: i64,
    /// How many lie there now, if it was full when the planogram put the article there; of what belongs elsewhere, those that were seen to come. None
    /// where nobody said how many fit. Negative where more went than fit: it had been filled unseen.
    pub units: Option<i64>,
    /// How many fit.
    pub capacity: Option<u32>,
    /// How it stands.
    pub state: StockState,
}
