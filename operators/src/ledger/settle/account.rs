//! One visit: its cart, whether it is over, and what was said about it.

use super::statement::{Billed, Occasion};
use super::{Heard, Settled, Settling};
use crate::flow::{Change, Outbox};
use crate::ledger::promote::Bill;
use schemas::{
    Alert, AlertKind, CartLine, CartLineChange, Closing, Dues, EventTime, Goods, Held, HeldReason, MemberId, Rebate,
    Tick, VisitEnd, VisitId, VisitKind,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a closing means for what is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The cart is billed; whether to somebody's account.
    Bill(Option<MemberId>),
    /// Nothing is owed.
    Free,
    /// Nothing is owed, and the cart is lost.
    Lost,
    /// Somebody has to decide; until then nothing changes.
    Hold(HeldReason),
}

#[derive(Debug)]
pub(super) struct Account {
    visit: VisitId,
    cart: BTreeMap<Goods, i64>,
    /// What was offered.
    rebates: BTreeMap<Rebate, i64>,
    closing: Option<Closing>,
    /// From when on the visit is settled; none before it has closed.
    due: Option<Tick>,
    /// From when on nothing of it counts any more.
    forget: Option<Tick>,
    /// Whether what is owed may have changed since it was last told.
    stale: bool,
    billed: Option<Billed>,
    /// What was said to wait for a decision.
    held: BTreeSet<HeldReason>,
    /// Units and value that were said to be lost.
    lost: (i64, i64),
}

impl Account {
    pub(super) fn new(visit: VisitId) -> Self {
        Self {
            visit,
            cart: BTreeMap::new(),
            rebates: BTreeMap::new(),
            closing: None,
            due: None,
            forget: None,
            stale: false,
            billed: None,
            held: BTreeSet::new(),
            lost: (0, 0),
        }
    }

    /// Notes what is new: all of one tick.
    pub(super) fn hear(&mut self, now: Tick, heard: &[Heard], settling: &Settling, out: &mut Outbox<Settled>) {
        let changed_at = settling.length.start(now);
        let mut tell = |line: &CartLine, diff| {
            out.give(Settled::Change(CartLineChange { changed_at, line: line.clone(), diff }));
        };
        let mut closings: BTreeMap<Closing, i64> = self.closing.into_iter().map(|closing| (closing, 1)).collect();
        for heard in heard {
            match heard {
                // Of a visit that was forgotten, what goes is no correction: only what is here can go.
                Heard::Line(Change { row, diff }) if *diff < 0 => {
                    if self.cart.get(&row.goods) == Some(&row.quantity) {
                        self.cart.remove(&row.goods);
                        tell(row, -1);
                    }
                }
                Heard::Line(_) => {}
                Heard::Closing(Change { row, diff }) => *closings.entry(*row).or_insert(0) += diff,
                Heard::Rebate(Change { row, diff }) => *self.rebates.entry(row.clone()).or_insert(0) += diff,
            }
            self.stale = true;
        }
        // Of a visit that was forgotten, what was promised is gone already.
        self.rebates.retain(|_, count| *count > 0);
        for heard in heard {
            if let Heard::Line(Change { row, diff: 1.. }) = heard {
                assert!(row.quantity > 0, "visit {} has {} {} at {now:?}", self.visit, row.quantity, row.goods.sku);
                let before = self.cart.insert(row.goods.clone(), row.quantity);
                assert!(before.is_none(), "visit {} has two lines of {} at {now:?}", self.visit, row.goods.sku);
                tell(row, 1);
            }
        }
        // A closing that comes when its visit has been forgotten is none: it may have been billed.
        let late = |closing: &Closing| settling.horizon(closing) <= now;
        let known = self.closing.is_some() || self.billed.is_some();
        closings.retain(|closing, count| *count > 0 && (known || !late(closing)));
        let closing = closings.first_key_value().map(|(closing, _)| *closing);
        assert!(closings.values().sum::<i64>() <= 1, "visit {} has {closings:?} at {now:?}", self.visit);
        if closing != self.closing {
            self.due = Some(closing.map_or(Tick(now.0 + settling.wait()), |closing| settling.due(&closing, now)));
            self.forget = closing.map(|closing| settling.forget(&closing, now)).or(self.forget);
            self.closing = closing;
        }
    }

    /// When it has to be looked at next.
    pub(super) fn deadline(&self) -> Option<Tick> {
        let next = if self.stale { self.due } else { self.forget };
        next.filter(|_| self.can_settle())
    }

    /// Whether nothing of it counts any more.
    pub(super) fn is_over(&self, now: Tick) -> bool {
        let empty = self.closing.is_none() && self.cart.is_empty() && self.rebates.is_empty();
        let told = self.billed.is_some() || self.lost != (0, 0) || !self.held.is_empty();
        (empty && !told) || (self.can_settle() && !self.stale && self.forget.is_some_and(|forget| forget <= now))
    }

    /// Whether it is over; an open visit is settled only where it turns out never to have been.
    fn can_settle(&self) -> bool {
        self.closing.is_some() || self.cart.is_empty()
    }

    /// Tells what has changed about what is owed, if it is time.
    pub(super) fn act(&mut self, now: Tick, settling: &Settling, out: &mut Outbox<Settled>) {
        if !self.stale || !self.can_settle() || self.due.is_none_or(|due| due > now) {
            return;
        }
        self.stale = false;
        let occasion = Occasion { visit: self.visit, now: settling.length.start(now), tariff: &settling.tariff };
        let outcome = self.outcome();
        self.tell_loss(outcome == Outcome::Lost, occasion, out);
        match outcome {
            Outcome::Hold(reason) => {
                self.held.retain(|held| *held == reason);
                let (member, left_at) = self.closing.map_or((None, occasion.now), |c| (c.member, c.left_at));
                let bill = self.bill_at(member.is_some(), left_at, occasion);
                self.hold(reason, &bill, occasion, out);
            }
            Outcome::Bill(member) => self.bill(member, occasion, out),
            Outcome::Free | Outcome::Lost => {
                self.held.clear();
                if let Some(billed) = &mut self.billed {
                    billed.adjust(Bill::default(), None, occasion, out);
                }
            }
        }
    }

    fn outcome(&self) -> Outcome {
        let Some(closing) = self.closing else { return Outcome::Free };
        match (closing.kind, closing.end) {
            (VisitKind::Staff, _) => Outcome::Free,
            _ if closing.decided == Some(Dues::Waived) => Outcome::Free,
            (VisitKind::Member, _) if closing.decided == Some(Dues::Owed) => Outcome::Bill(closing.member),
            (VisitKind::Anonymous, _) if closing.decided == Some(Dues::Owed) => Outcome::Bill(None),
            (VisitKind::Tailgater | VisitKind::Unexplained, _) => Outcome::Lost,
            (_, VisitEnd::Lost) => Outcome::Hold(HeldReason::Lost),
            (_, VisitEnd::NoEntry) if self.cart.is_empty() => Outcome::Free,
            (_, VisitEnd::NoEntry) => Outcome::Hold(HeldReason::NoEntry),
            (VisitKind::Member, VisitEnd::Left) => Outcome::Bill(closing.member),
            (VisitKind::Anonymous, VisitEnd::Left) => Outcome::Bill(None),
        }
    }

    /// Says what is lost beyond what was said.
    fn tell_loss(&mut self, lost: bool, occasion: Occasion<'_>, out: &mut Outbox<Settled>) {
        let cart = self.cart.iter().filter(|_| lost);
        let worth = |goods: &Goods| goods.unit_price.map_or(0, |price| price.minor);
        let sums = cart.fold((0, 0), |(units, value), (goods, n)| (units + n, value + n * worth(goods)));
        if sums == self.lost {
            return;
        }
        let left_at = self.closing.map_or(occasion.now, |closing| closing.left_at);
        let value = Some(occasion.tariff.money(sums.1 - self.lost.1));
        let alert = Alert { visit: Some(self.visit), value, ..Alert::new(AlertKind::Loss, left_at, occasion.now) };
        out.give(Settled::Alert(alert));
        self.lost = sums;
    }

    /// Says once that something waits for a decision.
    fn hold(&mut self, reason: HeldReason, bill: &Bill, occasion: Occasion<'_>, out: &mut Outbox<Settled>) {
        if self.held.insert(reason) {
            out.give(Settled::Held(Held {
                held_at: occasion.now,
                visit: self.visit,
                member: self.closing.and_then(|closing| closing.member),
                reason,
                units: bill.units(),
                value: occasion.tariff.money(bill.total()),
            }));
        }
    }

    fn bill_at(&self, for_member: bool, at: EventTime, occasion: Occasion<'_>) -> Bill {
        let mut bill = occasion.tariff.bill(&self.cart, for_member, at);
        bill.take_off(self.rebates.keys());
        bill
    }

    fn bill(&mut self, member: Option<MemberId>, occasion: Occasion<'_>, out: &mut Outbox<Settled>) {
        let Some(closing) = self.closing else { return };
        let (at, for_member): (EventTime, bool) = match &self.billed {
            Some(billed) => (billed.at, billed.for_member),
            None => (closing.left_at, member.is_some()),
        };
        let bill = self.bill_at(for_member, at, occasion);
        let unpriced = bill.units_unpriced() > 0;
        self.held.retain(|held| unpriced && *held == HeldReason::Unpriced);
        if unpriced {
            self.hold(HeldReason::Unpriced, &bill, occasion, out);
        }
        match &mut self.billed {
            Some(billed) => billed.adjust(bill, member, occasion, out),
            None => self.billed = Some(Billed::first(&closing, member, bill, occasion, out)),
        }
    }
}
