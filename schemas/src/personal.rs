//! What the shop knows of a member from their receipts, and what it says to them.

use crate::ids::{CategoryCode, MemberId, OfferId, ReceiptId, Sku, SkuCode, VisitId, ZoneId};
use crate::money::Money;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// One sku of one receipt. In a collection the difference is the quantity: an adjustment of a receipt adds or takes away units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Purchase {
    /// Who bought.
    pub member: MemberId,
    /// When, by the shop's own clock on the wall where days and hours are meant to be local.
    pub event_time: EventTime,
    /// On which receipt.
    pub receipt: ReceiptId,
    /// What.
    pub sku: SkuCode,
    /// Of which category; [`CategoryCode::NONE`] where nobody knows.
    pub category: CategoryCode,
    /// Whether a promotion made it cheaper.
    pub discounted: bool,
}

/// What somebody did in the shop beside buying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Deed {
    /// Stood still in a zone, for so many milliseconds in all.
    Stood(ZoneId, u32),
    /// Took so many units of a sku; negative where they put them back.
    Took(SkuCode, i32),
}

/// Somebody wants to know of a member, from what was bought before `as_of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Of whom.
    pub member: MemberId,
    /// As of when: only receipts before this count.
    pub as_of: EventTime,
}

/// Why a sku is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// Bought on this mean distance.
    Every {
        /// In days, at least 1.
        days: u32,
    },
    /// Bought once.
    Once {
        /// So many days before the member's last receipt.
        days_ago: u32,
    },
    /// Not yet bought by the member, but by many.
    Popular,
}

impl std::fmt::Display for Reason {
    /// The words that tables carry.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Every { days: 1 } => write!(f, "every day"),
            Self::Every { days } => write!(f, "every {days} days"),
            Self::Once { days_ago: 0 } => write!(f, "bought last time"),
            Self::Once { days_ago } => write!(f, "bought {days_ago} days before the last receipt"),
            Self::Popular => write!(f, "popular in this shop"),
        }
    }
}

/// One sku of a member's suggested shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Suggestion {
    /// To whom.
    pub member: MemberId,
    /// From what was bought before.
    pub as_of: EventTime,
    /// Place, from 1.
    pub rank: u32,
    /// What.
    pub sku: SkuCode,
    /// The ranker's score, in 1/65536 of a logit: comparable within one suggested shop.
    pub score: i64,
    /// Why.
    pub reason: Reason,
}

/// How likely a member buys of a habitual category within a week from a cutoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Due {
    /// Who.
    pub member: MemberId,
    /// The cutoff: what was bought before is known, and the week begins here.
    pub as_of: EventTime,
    /// Of what.
    pub category: CategoryCode,
    /// The chance, in parts per million.
    pub chance_ppm: u32,
    /// Mean distance of the days on which they bought of it, rounded; at least 1.
    pub every_days: u32,
    /// Days since the last of these.
    pub days_ago: u32,
}

impl Due {
    /// Why, in the words that tables carry.
    pub fn reason(&self) -> String {
        let every = Reason::Every { days: self.every_days };
        match self.days_ago {
            1 => format!("{every}, last yesterday"),
            days => format!("{every}, last {days} days ago"),
        }
    }
}

/// When something is said to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Occasion {
    /// A receipt was made or adjusted.
    Receipt,
    /// Their visit begins.
    Entry,
    /// Everybody of their visit is back at the door.
    Exit,
}

impl Occasion {
    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }
}

/// A suggestion and when it was said: a row of `suggestions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suggested {
    /// What.
    pub row: Suggestion,
    /// When.
    pub occasion: Occasion,
}

/// A habit that a member was reminded of during a visit: a row of `reminders`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reminder {
    /// Start of the tick in which it was said.
    pub reminded_at: EventTime,
    /// In which visit.
    pub visit: VisitId,
    /// On which occasion.
    pub occasion: Occasion,
    /// Place among what was said on this occasion, from 1.
    pub rank: u32,
    /// What, how likely and why, as of the entry.
    pub due: Due,
}

/// A member asks to be forgotten: a row of `erasures`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Erasure {
    /// When the request arrived in the shop's network.
    pub received_at: EventTime,
    /// When they asked: nothing that was bought before counts any more.
    pub event_time: EventTime,
    /// Who.
    pub member: MemberId,
}

/// One unit of a sku is cheaper in one visit, because that was offered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rebate {
    /// In which visit.
    pub visit: VisitId,
    /// Which sku.
    pub sku: Sku,
    /// What receipts call it: the campaign.
    pub campaign: String,
    /// By how much.
    pub discount: Money,
}

/// What is known of one member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Who.
    pub member: MemberId,
    /// From what was bought before.
    pub as_of: EventTime,
    /// Receipts.
    pub receipts: u32,
    /// Different skus.
    pub skus: u32,
    /// When the last receipt was.
    pub last_at: EventTime,
    /// Mean number of skus on a receipt, in thousandths.
    pub basket_milli: u32,
    /// Mean days from one receipt to the next, in thousandths; none before the second.
    pub gap_milli: Option<u32>,
    /// Of 1,000 skus on receipts, how many had been bought before.
    pub repeat_permille: u32,
    /// Of 1,000 skus on receipts, how many a promotion made cheaper.
    pub discounted_permille: u32,
    /// The hour of the day in which most receipts fall; the earliest of several.
    pub hour: u32,
    /// The categories bought most, by counts that halve every 60 days; at most 5.
    pub favourites: Vec<CategoryCode>,
    /// The zones in which they stood still longest, by times that halve every 60 days; at most 3.
    pub zones: Vec<ZoneId>,
    /// Units that they took from shelves.
    pub taken: u32,
    /// Units that they put back.
    pub put_back: u32,
    /// The skus that they put back most, by units that halve every 60 days; at most 5.
    pub reconsidered: Vec<SkuCode>,
}

/// What one member was offered while they dwelt at a shelf, and what came of it: a row of `offers`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Offer {
    /// When it became known what came of it: the tick in which the visit was settled.
    pub closed_at: EventTime,
    /// When it was decided.
    pub offered_at: EventTime,
    /// Which.
    pub id: OfferId,
    /// Of which campaign.
    pub campaign: String,
    /// To whom.
    pub member: MemberId,
    /// In which visit.
    pub visit: VisitId,
    /// Which sku.
    pub sku: Sku,
    /// By how much a unit is cheaper.
    pub discount: Money,
    /// Whether it was shown; not where the member is held out of the campaign.
    pub shown: bool,
    /// Whether the sku was on the visit's receipt, shown or not.
    pub redeemed: bool,
}
