//! Settle: what lay in the cart of who has left becomes a receipt, and what is learnt afterwards its adjustments.
//! In: collections of CartLine and Closing; changes of Rebate | Out: CartLineChange, Receipt, ReceiptLine, ReceiptAdjustment, Charge, Held, Alert
//! Key: visit
//! State: carts of open visits; of closed ones the cart and the bill, until `review_horizon_ms` after they closed
//! Time: a receipt is made `settle_wait_ms` after the exit, or when the closing becomes known if that is later; seen by frontier, never
//! by clock.
//! Faults: none. Two closings of one visit at a time are our bug and panic, in words.
//!
//! **A receipt is never edited.** From its tick on, every tick in which something changes what is owed (the cart, or the closing) gives
//! one adjustment: the cart is billed again as a whole, as of the receipt's own instant, and the differences are told. So receipt and
//! adjustments, summed, are the bill of the cart as it is known.
//!
//! | visit | what comes of it |
//! | --- | --- |
//! | member, left | receipt and charge; of an empty cart a receipt over 0 and no charge |
//! | anonymous, left | receipt, no charge |
//! | staff | nothing |
//! | tailgater, unexplained | a `loss` alert with the goods' value at list prices; later changes are alerts with the difference |
//! | lost | held for review: no receipt, no change of one, no charge, until a closing says that they left |
//! | nobody came in | nothing; with goods held like `lost` |
//!
//! A closing that is taken back opens the visit again. Its receipt stands still until it closes anew (then one adjustment tells all) or
//! its cart is empty, as when the visit turns out never to have been: then it is paid back after `settle_wait_ms`.
//!
//! A visit is forgotten `review_horizon_ms` after it closed. What is taken away later is no correction: of a visit that is
//! not known only arrivals count, and these come to nothing without a closing. Whoever takes interactions and attendances away must
//! wait that long: `identify` and `attribute` do. Closings need not be taken away.

mod account;
mod settings;
mod statement;
#[cfg(test)]
mod tests;

pub use settings::SettleSettings;

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, Outbox, Rows, Ticks};
use crate::ledger::promote::Tariff;
use account::Account;
use schemas::{
    Alert, CartLine, CartLineChange, Charge, Closing, Held, Rebate, Receipt, ReceiptAdjustment, ReceiptLine, Tick,
    TickLength, VisitId,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::Map;

/// What it must know.
#[derive(Clone, Debug)]
pub struct Settling {
    /// Length of a tick.
    pub length: TickLength,
    /// When.
    pub settings: SettleSettings,
    /// What things cost.
    pub tariff: Arc<Tariff>,
}

impl Settling {
    /// When a visit is to be settled of which this closing is known since `now`.
    pub fn due(&self, closing: &Closing, now: Tick) -> Tick {
        let waited = closing.left_at.plus_us(1000 * i64::from(self.settings.settle_wait_ms));
        self.length.tick(waited).max(now)
    }

    /// From which tick on nothing of a visit counts any more of which this closing is known since `now`.
    pub fn forget(&self, closing: &Closing, now: Tick) -> Tick {
        self.horizon(closing).max(Tick(self.due(closing, now).0 + 1))
    }

    /// The end of the time in which a visit may be corrected.
    fn horizon(&self, closing: &Closing) -> Tick {
        self.length.tick(closing.closed_at.plus_us(1000 * i64::from(self.settings.review_horizon_ms)))
    }

    /// So many ticks after its closing has gone, a visit whose cart is empty is paid back.
    pub fn wait(&self) -> u64 {
        (1000 * u64::from(self.settings.settle_wait_ms)).div_ceil(self.length.us())
    }
}

/// What comes of visits.
pub struct Settlement<'s> {
    /// How cart lines have changed, tick by tick, summed, of visits that are not forgotten: what is taken away later is not told.
    pub changes: Ticks<'s, CartLineChange>,
    /// One for each visit that is billed.
    pub receipts: Ticks<'s, Receipt>,
    /// Lines of receipts and adjustments.
    pub lines: Ticks<'s, ReceiptLine>,
    /// At most one for each receipt and tick.
    pub adjustments: Ticks<'s, ReceiptAdjustment>,
    /// What the payment provider is to be told.
    pub charges: Ticks<'s, Charge>,
    /// What waits for somebody to decide.
    pub held: Ticks<'s, Held>,
    /// Losses.
    pub alerts: Ticks<'s, Alert>,
}

/// Settles the carts of `lines` as `closings` come; what was offered is taken off by `rebates`.
pub fn settle<'s>(
    lines: Rows<'s, CartLine>,
    closings: Rows<'s, Closing>,
    rebates: Ticks<'s, Change<Rebate>>,
    settling: Settling,
) -> Settlement<'s> {
    let heard = changes(lines, "Changes of lines to settle").map(Heard::Line);
    let closed = changes(closings, "Changes of closings").map(Heard::Closing);
    let heard = heard.concat(closed).concat(rebates.map(Heard::Rebate));
    let told = by_tick(heard, Settle::new(settling)).ok;
    let changes = told.clone().flat_map(|told| if let Settled::Change(row) = told { Some(row) } else { None });
    let receipts = told.clone().flat_map(|told| if let Settled::Receipt(row) = told { Some(row) } else { None });
    let lines = told.clone().flat_map(|told| if let Settled::Line(row) = told { Some(row) } else { None });
    let adjustments = told.clone().flat_map(|told| if let Settled::Adjustment(row) = told { Some(row) } else { None });
    let charges = told.clone().flat_map(|told| if let Settled::Charge(row) = told { Some(row) } else { None });
    let held = told.clone().flat_map(|told| if let Settled::Held(row) = told { Some(row) } else { None });
    let alerts = told.flat_map(|told| if let Settled::Alert(row) = told { Some(row) } else { None });
    Settlement { changes, receipts, lines, adjustments, charges, held, alerts }
}

/// What settling hears.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heard {
    /// A cart line came or went.
    Line(Change<CartLine>),
    /// A closing came or went.
    Closing(Change<Closing>),
    /// Something was promised, or no longer is.
    Rebate(Change<Rebate>),
}

impl Heard {
    /// Of which visit.
    pub fn visit(&self) -> VisitId {
        match self {
            Self::Line(change) => change.row.visit,
            Self::Closing(change) => change.row.visit,
            Self::Rebate(change) => change.row.visit,
        }
    }
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settled {
    /// A cart line came or went.
    Change(CartLineChange),
    /// A receipt.
    Receipt(Receipt),
    /// A line of a receipt or of an adjustment.
    Line(ReceiptLine),
    /// An adjustment.
    Adjustment(ReceiptAdjustment),
    /// A charge.
    Charge(Charge),
    /// Something to decide.
    Held(Held),
    /// A loss.
    Alert(Alert),
}

/// The operator's core.
#[derive(Debug)]
pub struct Settle {
    settling: Settling,
    accounts: BTreeMap<VisitId, Account>,
    /// Visits by when they have to be looked at next.
    due: BTreeSet<(Tick, VisitId)>,
}

impl Settle {
    /// A shop in which nobody has been yet.
    pub fn new(settling: Settling) -> Self {
        Self { settling, accounts: BTreeMap::new(), due: BTreeSet::new() }
    }

    /// Visits that are remembered.
    pub fn remembered(&self) -> usize {
        self.accounts.len()
    }

    /// Looks at one visit, of which `heard` is new, in order.
    fn look(&mut self, tick: Tick, visit: VisitId, heard: &[Heard], out: &mut Outbox<Settled>) {
        let account = self.accounts.entry(visit).or_insert_with(|| Account::new(visit));
        if let Some(due) = account.deadline() {
            self.due.remove(&(due, visit));
        }
        if account.is_over(tick) {
            *account = Account::new(visit);
        }
        account.hear(tick, heard, &self.settling, out);
        account.act(tick, &self.settling, out);
        if account.is_over(tick) {
            self.accounts.remove(&visit);
        } else if let Some(due) = account.deadline() {
            self.due.insert((due, visit));
        }
    }
}

impl ByTick for Settle {
    type In = Heard;
    type Out = Settled;
    const NAME: &'static str = "Settle";

    fn route(heard: &Heard) -> u64 {
        heard.visit().0
    }

    fn close(&mut self, tick: Tick, mut batch: Vec<Heard>, out: &mut Outbox<Settled>) -> Option<Tick> {
        batch.sort_by_key(Heard::visit);
        for heard in batch.chunk_by(|a, b| a.visit() == b.visit()) {
            self.look(tick, heard[0].visit(), heard, out);
        }
        while let Some(&(due, visit)) = self.due.first()
            && due <= tick
        {
            self.look(tick, visit, &[], out);
        }
        self.due.first().map(|&(due, _)| due)
    }
}
