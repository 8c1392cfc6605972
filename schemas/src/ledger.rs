//! The ledger: what lies in carts, what is billed for it, and what is changed about the bill later.
//!
//! Quantity is a difference: what was taken less what was put back. A receipt is final: what changes afterwards is an adjustment, a row
//! of its own; the lines of a receipt and of its adjustments, summed, are what was owed in the end.

use crate::cart::Interaction;
use crate::geometry::Score;
use crate::ids::{MemberId, ReceiptId, Sku, TrackId, VisitId};
use crate::money::Money;
use crate::time::EventTime;
use crate::verdict::Dues;
use crate::visit::{Attendee, VisitEnd, VisitKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A visit is over, by what is known now: a row of a collection that may be revised. A visit has at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Closing {
    /// The visit.
    pub visit: VisitId,
    /// Why they were there.
    pub kind: VisitKind,
    /// On whose account.
    pub member: Option<MemberId>,
    /// How it ended.
    pub end: VisitEnd,
    /// When the last of them was outside, or last seen.
    pub left_at: EventTime,
    /// Start of the tick that ended it.
    pub closed_at: EventTime,
    /// What somebody of the shop decided about its bill.
    pub decided: Option<Dues>,
}

/// What a cart line is of: one sku at one price. Two prices of one sku are two lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Goods {
    /// The article.
    pub sku: Sku,
    /// What one costs, as of its take. None without a price book.
    pub unit_price: Option<Money>,
}

/// One line of an open cart: a row of a collection that may be revised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CartLine {
    /// The visit.
    pub visit: VisitId,
    /// What.
    pub goods: Goods,
    /// How many: taken less put back; at least 1.
    pub quantity: i64,
}

/// A cart line came or went: a row of `cart_line_changes`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CartLineChange {
    /// Start of the tick in which it did.
    pub changed_at: EventTime,
    /// The line.
    pub line: CartLine,
    /// 1 = it came, -1 = it went.
    pub diff: i64,
}

/// An interaction of which nothing can change any more: a row of `interactions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FinalInteraction {
    /// What was decided.
    pub interaction: Interaction,
    /// On whose account; none where nobody of whom the shop knows did it.
    pub attendee: Option<Attendee>,
    /// How sure it is who owes what because of it: what else it may have been counts against it only if somebody else would owe, or
    /// something else. Staff and nobody owe nothing.
    pub sure: Score,
}

impl FinalInteraction {
    /// What was decided, where `who` says on whose account a track is.
    pub fn new(interaction: Interaction, who: impl Fn(TrackId) -> Option<Attendee>) -> Self {
        let owed = |track: Option<TrackId>, sku: &Option<Sku>, quantity: i64| {
            let attendee = track.and_then(&who).filter(|attendee| attendee.kind != VisitKind::Staff)?;
            Some((attendee.visit, sku.clone()?, quantity))
        };
        let told = owed(interaction.track, &interaction.sku, interaction.quantity);
        let same = interaction.alternatives.iter().filter(|a| owed(a.track, &a.sku, a.quantity) == told);
        let sure = interaction.confidence.unit() + same.map(|a| a.score.unit()).sum::<f32>();
        Self { attendee: interaction.track.and_then(who), sure: Score::from_unit(sure.min(1.0)), interaction }
    }
}

/// What promotions do to a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Terms {
    /// So many percent less, 1 to 100; the price to pay is rounded to a minor unit for each single unit, half up.
    PercentOff(u32),
    /// Whoever takes `take` pays for the `pay` dearest of them; `1 <= pay < take`.
    MultiBuy {
        /// Units of a group.
        take: u32,
        /// Of which so many are paid.
        pay: u32,
    },
    /// Any `take` of them cost `minor` together; `take >= 2`.
    Bundle {
        /// Units of a group.
        take: u32,
        /// Their price in minor units.
        minor: i64,
    },
    /// Members pay `minor` for one.
    MemberPrice(i64),
}

/// One promotion. It never makes anything dearer, and nothing cheaper than 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// What receipts call it.
    pub name: String,
    /// What it does.
    pub terms: Terms,
    /// To which skus.
    pub skus: BTreeSet<Sku>,
    /// And to every article of which categories.
    pub categories: BTreeSet<String>,
    /// From when on.
    pub valid_from: EventTime,
    /// Until when, exclusive; none = for ever.
    pub valid_until: Option<EventTime>,
}

impl Promotion {
    /// Whether it counts at this instant.
    pub fn holds(&self, at: EventTime) -> bool {
        self.valid_from <= at && self.valid_until.is_none_or(|until| at < until)
    }
}

/// What a visit was billed: a row of `receipts`. Never changed once it is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Receipt {
    /// Identity.
    pub id: ReceiptId,
    /// The visit: one receipt for all of a party.
    pub visit: VisitId,
    /// Why they were there: `Member` or `Anonymous`.
    pub kind: VisitKind,
    /// On whose account.
    pub member: Option<MemberId>,
    /// When the last of them was outside: the instant as of which promotions hold.
    pub left_at: EventTime,
    /// Start of the tick that made it.
    pub settled_at: EventTime,
    /// Lines on it.
    pub lines: u32,
    /// Units on it.
    pub units: i64,
    /// Of these, units that have no price: they are billed as nothing, and reviewed.
    pub units_unpriced: i64,
    /// Prices of all units together.
    pub gross: Money,
    /// What promotions and offers take off; never negative.
    pub discount: Money,
    /// What is left to pay.
    pub total: Money,
}

/// One line of a receipt, or of an adjustment, where all numbers are differences: a row of `receipt_lines`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Start of the tick that made it.
    pub settled_at: EventTime,
    /// Of which receipt.
    pub receipt: ReceiptId,
    /// 0 = of the receipt itself; n = of its n-th adjustment.
    pub adjustment: u32,
    /// Place among the lines made together, from 1.
    pub line: u32,
    /// The visit.
    pub visit: VisitId,
    /// What.
    pub goods: Goods,
    /// What the catalog calls it; its sku where there is no such article.
    pub name: String,
    /// Tax class, by the catalog.
    pub tax_class: Option<String>,
    /// How many.
    pub quantity: i64,
    /// Their prices together.
    pub gross: Money,
    /// What promotions and offers take off.
    pub discount: Money,
    /// What is left to pay.
    pub total: Money,
    /// The promotions that take part in the line's discount as it is now, in the configuration's order, and the campaigns of offers that do.
    pub promotions: Vec<String>,
}

/// What was changed about a receipt after it was made: a row of `receipt_adjustments`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReceiptAdjustment {
    /// Start of the tick that made it.
    pub adjusted_at: EventTime,
    /// Which receipt.
    pub receipt: ReceiptId,
    /// The how-manieth of this receipt, from 1.
    pub adjustment: u32,
    /// The visit.
    pub visit: VisitId,
    /// On whose account, by what is known now.
    pub member: Option<MemberId>,
    /// Lines that changed: rows of `receipt_lines` with this receipt and adjustment.
    pub lines: u32,
    /// By how many units there are more; negative where there are fewer.
    pub units: i64,
    /// By how much there is more to pay; negative where there is less.
    pub change: Money,
    /// What is to pay altogether, from now on.
    pub total: Money,
}

/// What the payment provider is to be told, once: a row of `charges`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Charge {
    /// Start of the tick that made it.
    pub charged_at: EventTime,
    /// For which receipt.
    pub receipt: ReceiptId,
    /// 0 = for the receipt itself; n = for its n-th adjustment.
    pub adjustment: u32,
    /// On whose account.
    pub member: MemberId,
    /// How much; negative where it is paid back, never 0.
    pub amount: Money,
}

impl Charge {
    /// What tells a charge from every other: whoever gets two charges with one key makes one payment.
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}-{}", self.receipt, self.adjustment, self.member)
    }
}

/// Why something waits for somebody to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeldReason {
    /// Somebody of the visit was not seen leaving: nothing is billed until this is decided.
    Lost,
    /// Goods of a visit on whose code nobody came in: nothing is billed until this is decided.
    NoEntry,
    /// Units without a price: the rest is billed.
    Unpriced,
}

impl HeldReason {
    /// Every reason.
    pub const ALL: [HeldReason; 3] = [Self::Lost, Self::NoEntry, Self::Unpriced];

    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::NoEntry => "no_entry",
            Self::Unpriced => "unpriced",
        }
    }
}

/// A visit of which something waits for somebody to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    /// Start of the tick in which it became so.
    pub held_at: EventTime,
    /// The visit.
    pub visit: VisitId,
    /// On whose account.
    pub member: Option<MemberId>,
    /// Why.
    pub reason: HeldReason,
    /// Units in the cart then.
    pub units: i64,
    /// What they would cost, with promotions.
    pub value: Money,
}
