//! Settle, the plain way: at every tick every visit is summed up from scratch, and billed as a whole.

use crate::ledger::promote::Bill;
use crate::ledger::settle::{Heard, Settling};
use schemas::{Closing, Dues, Goods, HeldReason, MemberId, Rebate, Tick, VisitEnd, VisitId, VisitKind};
use std::collections::BTreeMap;

/// What is known of one visit at one tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlowAccount {
    /// What is billed: none before there is a receipt.
    pub bill: Option<Bill>,
    /// Who owes how much.
    pub owed: BTreeMap<MemberId, i64>,
    /// What is lost, in minor units.
    pub lost: i64,
    /// What waits for a decision.
    pub held: Option<HeldReason>,
}

/// Every visit's account after each tick up to `last`. `told` is everything that was ever heard, with its tick. Nothing is
/// forgotten: it must all come within the horizon.
pub fn slow_settle(told: &[(Tick, Heard)], settling: &Settling, last: Tick) -> Vec<BTreeMap<VisitId, SlowAccount>> {
    let visits = told.iter().map(|(_, heard)| heard.visit());
    let mut accounts: BTreeMap<VisitId, SlowAccount> = visits.map(|visit| (visit, SlowAccount::default())).collect();
    let mut firsts: BTreeMap<VisitId, Closing> = BTreeMap::new();
    let mut after = Vec::new();
    for now in (0..=last.0).map(Tick) {
        for (visit, account) in &mut accounts {
            let (cart, closing) = (cart(told, *visit, now), closing(told, *visit, now));
            // The first tick from which on the closing has been what it is now.
            let since =
                (0..=now.0).rev().map(Tick).take_while(|&tick| self::closing(told, *visit, tick) == closing).last();
            let since = since.unwrap_or(now);
            let ready = match &closing {
                Some(closing) => settling.due(closing, since) <= now,
                None => cart.is_empty() && since.0 > 0 && since.0 + settling.wait() <= now.0,
            };
            if !ready {
                continue;
            }
            let pays = |c: &Closing| matches!(c.kind, VisitKind::Member | VisitKind::Anonymous);
            let free = |c: &Closing| c.decided == Some(Dues::Waived);
            let owes = |c: &Closing| pays(c) && !free(c) && (c.end == VisitEnd::Left || c.decided == Some(Dues::Owed));
            let stuck = closing.filter(|c| pays(c) && c.decided.is_none()).and_then(|closing| match closing.end {
                VisitEnd::Lost => Some(HeldReason::Lost),
                VisitEnd::NoEntry if !cart.is_empty() => Some(HeldReason::NoEntry),
                _ => None,
            });
            let loses = |c: &Closing| !free(c) && matches!(c.kind, VisitKind::Tailgater | VisitKind::Unexplained);
            let value = |(goods, n): (&Goods, &i64)| n * goods.unit_price.map_or(0, |price| price.minor);
            account.lost = closing.filter(loses).map_or(0, |_| cart.iter().map(value).sum());
            account.held = stuck;
            if stuck.is_some() {
                continue;
            }
            let payer = closing.filter(owes);
            account.owed.clear();
            let Some(payer) = payer else {
                account.bill = account.bill.take().map(|_| Bill::default());
                continue;
            };
            let first = firsts.entry(*visit).or_insert(payer);
            let member = |c: &Closing| c.member.filter(|_| c.kind == VisitKind::Member);
            let mut bill = settling.tariff.bill(&cart, member(first).is_some(), first.left_at);
            bill.take_off(rebates(told, *visit, now).iter());
            account.owed.extend(member(&payer).map(|member| (member, bill.total())).filter(|(_, minor)| *minor != 0));
            account.held = (bill.units_unpriced() > 0).then_some(HeldReason::Unpriced);
            account.bill = Some(bill);
        }
        after.push(accounts.clone());
    }
    after
}

fn cart(told: &[(Tick, Heard)], visit: VisitId, now: Tick) -> BTreeMap<Goods, i64> {
    let mut cart = BTreeMap::new();
    for (_, heard) in told.iter().filter(|(tick, _)| *tick <= now) {
        if let Heard::Line(change) = heard
            && change.row.visit == visit
        {
            *cart.entry(change.row.goods.clone()).or_insert(0) += change.row.quantity * change.diff;
        }
    }
    cart.retain(|_, quantity| *quantity != 0);
    cart
}

fn rebates(told: &[(Tick, Heard)], visit: VisitId, now: Tick) -> Vec<Rebate> {
    let mut counts: BTreeMap<Rebate, i64> = BTreeMap::new();
    for (_, heard) in told.iter().filter(|(tick, _)| *tick <= now) {
        if let Heard::Rebate(change) = heard
            && change.row.visit == visit
        {
            *counts.entry(change.row.clone()).or_insert(0) += change.diff;
        }
    }
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(rebate, _)| rebate).collect()
}

fn closing(told: &[(Tick, Heard)], visit: VisitId, now: Tick) -> Option<Closing> {
    let mut closings: BTreeMap<Closing, i64> = BTreeMap::new();
    for (_, heard) in told.iter().filter(|(tick, _)| *tick <= now) {
        if let Heard::Closing(change) = heard
            && change.row.visit == visit
        {
            *closings.entry(change.row).or_insert(0) += change.diff;
        }
    }
    closings.into_iter().find(|(_, count)| *count > 0).map(|(closing, _)| closing)
}
