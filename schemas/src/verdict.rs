//! Verdicts: what somebody of the shop decided about what the shop was not sure of, or what a shopper claimed.

use crate::ids::{InteractionId, Sku, VisitId};
use crate::ledger::Goods;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// What happened in truth, where the shop saw an interaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ruling {
    /// It was as the shop says, whatever it says, now and later.
    Stands,
    /// Nothing was taken and nothing put back.
    Nothing,
    /// Somebody of a visit took so many, or put them back where negative; never 0. Without a visit it was nobody who pays.
    Took {
        /// Whose visit.
        visit: Option<VisitId>,
        /// What.
        sku: Sku,
        /// How many.
        quantity: i64,
    },
}

/// What becomes of a visit's bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dues {
    /// They have left: what lies in the cart is billed.
    Owed,
    /// Nothing is owed, and what was paid is paid back.
    Waived,
}

/// What is decided, about what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Decision {
    /// About an interaction. A later decision about the same stands in its place.
    Interaction(InteractionId, Ruling),
    /// About a visit that is over. A later one about the same stands in its place.
    Visit(VisitId, Dues),
    /// So many more of something in a visit's cart, or fewer where negative: a shopper's claim that was found true. Each counts.
    Cart(VisitId, Goods, i64),
}

impl Decision {
    /// Decisions about one thing have the same number.
    pub fn subject(&self) -> u64 {
        match self {
            Self::Interaction(id, _) => id.0,
            Self::Visit(visit, _) | Self::Cart(visit, ..) => visit.0,
        }
    }

    /// The word that tables carry.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Interaction(_, Ruling::Stands) => "stands",
            Self::Interaction(_, Ruling::Nothing) => "nothing",
            Self::Interaction(_, Ruling::Took { .. }) => "took",
            Self::Visit(_, Dues::Owed) => "owed",
            Self::Visit(_, Dues::Waived) => "waived",
            Self::Cart(..) => "cart",
        }
    }
}

/// One decision: a row of `verdicts`. The order is that in which they count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Verdict {
    /// When.
    pub decided_at: EventTime,
    /// What.
    pub decision: Decision,
    /// By whom, in the shop's own words.
    pub decided_by: String,
}
