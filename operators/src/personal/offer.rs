//! Offer: a member dwells at a shelf, and one sku there is made cheaper for them, if every rule allows it.
//! In: [`Heard`] | Out: [`Told`] | Key: none, since budgets are the shop's: all meets in one worker
//! State: carts and offers of open visits, suggestions of what campaigns are about, when members were shown offers within the cap's days,
//! what campaigns have spent, in this run and in earlier ones as far as these are told ([`Was`])
//! Time: decided in the tick of the dwell; the row follows when the visit is settled, with what was bought
//! Faults: none.
//!
//! | rule | an offer is made only |
//! | --- | --- |
//! | eligibility | while the campaign runs, to members with so many receipts |
//! | budget | while what was redeemed and what may yet be redeemed leaves room for it |
//! | frequency cap | to members who were shown fewer than `cap` in the last `cap_days` |
//! | margin floor | where price less discount less cost is at least the floor, and no promotion holds for it anyway |
//! | cart | of what is not in the visit's cart, and at most once in a visit for each sku |
//!
//! Of the campaigns that remain, the one whose sku suits the member best (by the score of its suggestion, then by name) is decided on.
//! A share of members, drawn by a keyed hash of member and campaign, is held out: for them all is decided the same way, but nothing is
//! shown and nothing spent, so that analysts can compare what both groups buy.
//!
//! What is shown is kept: `settle` takes the discount off one unit on the receipt of the visit ([`Told::Promise`]). Whoever is forgotten
//! meanwhile loses what is pending: no row tells of it, and the receipt knows nothing of it. A visit that is gone without a receipt closes its
//! offers as not redeemed.

#[cfg(test)]
mod tests;

use crate::flow::build::ByTick;
use crate::flow::{Change, Outbox};
use crate::ledger::promote::Tariff;
use schemas::{EventTime, MemberId, Money, Offer, OfferId, PriceBook, Rebate, Sku, SkuCode, Tick, TickLength, VisitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is made cheaper, for whom, and how far it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its name: unique.
    pub name: String,
    /// Which sku.
    pub sku: Sku,
    /// By how much a unit is cheaper.
    pub discount: Money,
    /// What a unit costs the shop.
    pub cost: Money,
    /// What must be left of the price at least, in minor units.
    pub margin_floor_minor: i64,
    /// What all its discounts together may come to, in minor units.
    pub budget_minor: i64,
    /// From when on.
    pub valid_from: EventTime,
    /// Until when; for ever where nothing is said.
    pub valid_until: Option<EventTime>,
    /// Receipts that a member must have.
    pub receipts_min: u32,
    /// Of 1,000 members, how many are held out.
    pub holdout_permille: u32,
}

/// How offers are made.
#[derive(Clone, Debug)]
pub struct Offering {
    /// Length of a tick.
    pub length: TickLength,
    /// Campaigns.
    pub campaigns: Arc<Vec<Campaign>>,
    /// What a unit costs otherwise.
    pub prices: Arc<PriceBook>,
    /// What makes skus cheaper for everybody.
    pub tariff: Arc<Tariff>,
    /// Offers shown to one member within `cap_days` at most.
    pub cap: usize,
    /// The cap's days.
    pub cap_days: i64,
    /// Key of the draw.
    pub key: String,
}

/// An offer that an earlier run showed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Was {
    /// To whom.
    pub member: MemberId,
    /// When.
    pub offered_at: EventTime,
    /// Of which campaign; one that is not known any more counts for the cap alone.
    pub campaign: String,
    /// What it took off a receipt, in minor units; 0 where it was not redeemed.
    pub spent_minor: i64,
}

/// What offers are decided by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heard {
    /// Something was offered before.
    Was(Was),
    /// A member has so many more receipts.
    Receipts(MemberId, i64),
    /// A sku suits a member so well; the difference says whether that came or went.
    Suits(MemberId, SkuCode, i64, i64),
    /// There are so many more of a sku in a visit's cart.
    Cart(VisitId, SkuCode, i64),
    /// A member dwells at a shelf with these skus.
    Dwell(MemberId, VisitId, Vec<SkuCode>),
    /// A visit is settled: what lies in its cart was bought.
    Settled(VisitId),
    /// A visit is gone.
    Gone(VisitId),
    /// A member is to be forgotten.
    Forget(MemberId),
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Show this now, and take it off the receipt; or, where it goes, do not.
    Promise(Change<Rebate>),
    /// What came of an offer, shown or held out.
    Closed(Offer),
}

/// The operator's core.
#[derive(Debug)]
pub struct Offers {
    offering: Offering,
    receipts: BTreeMap<MemberId, i64>,
    suits: BTreeMap<(MemberId, SkuCode), BTreeMap<i64, i64>>,
    carts: BTreeMap<VisitId, BTreeMap<SkuCode, i64>>,
    open: BTreeMap<VisitId, Vec<(usize, Offer)>>,
    shown: BTreeMap<MemberId, Vec<EventTime>>,
    /// Redeemed, or shown and not settled yet, by campaign, in minor units.
    bound: Vec<i64>,
}

impl Offers {
    /// Without anything known.
    pub fn new(offering: Offering) -> Self {
        let bound = vec![0; offering.campaigns.len()];
        let (receipts, suits, carts) = Default::default();
        Self { offering, receipts, suits, carts, open: BTreeMap::new(), shown: BTreeMap::new(), bound }
    }

    /// What was shown until then counts for the cap no more.
    fn since(&self, now: EventTime) -> EventTime {
        now.plus_us(-self.offering.cap_days * super::history::DAY_US)
    }

    /// The campaign that every rule allows and that suits best.
    fn decide(&self, now: EventTime, member: MemberId, visit: VisitId, shelf: &BTreeSet<SkuCode>) -> Option<usize> {
        let since = self.since(now);
        let shown = self.shown.get(&member).map_or(0, |times| times.iter().filter(|time| **time > since).count());
        let cart = self.carts.get(&visit);
        let receipts = self.receipts.get(&member).copied().unwrap_or(0);
        let allowed = |n: &usize| {
            let campaign = &self.offering.campaigns[*n];
            let sku = SkuCode::of(campaign.sku.as_str());
            let runs = campaign.valid_from <= now && campaign.valid_until.is_none_or(|until| now < until);
            let eligible = runs && receipts >= i64::from(campaign.receipts_min);
            let budget = self.bound[*n].saturating_add(campaign.discount.minor) <= campaign.budget_minor;
            let price = self.offering.prices.price(&campaign.sku, now).map_or(i64::MIN / 2, |price| price.minor);
            let margin = price - campaign.discount.minor - campaign.cost.minor;
            let in_cart = cart.and_then(|cart| cart.get(&sku)).is_some_and(|units| *units > 0);
            let mut open = self.open.get(&visit).into_iter().flatten();
            let again = open.any(|(_, offer)| offer.sku == campaign.sku);
            let promoted = self.offering.tariff.promotes(&campaign.sku, now);
            shelf.contains(&sku)
                && eligible
                && budget
                && margin >= campaign.margin_floor_minor
                && !in_cart
                && !again
                && !promoted
                && shown < self.offering.cap
        };
        let suits = |n: &usize| {
            let campaign = &self.offering.campaigns[*n];
            let scores = self.suits.get(&(member, SkuCode::of(campaign.sku.as_str())));
            let score = scores.and_then(|scores| scores.keys().next_back()).copied().unwrap_or(i64::MIN);
            (std::cmp::Reverse(score), campaign.name.clone())
        };
        (0..self.offering.campaigns.len()).filter(allowed).min_by_key(suits)
    }

    fn dwell(&mut self, now: EventTime, member: MemberId, visit: VisitId, shelf: &[SkuCode], out: &mut Outbox<Told>) {
        let Some(n) = self.decide(now, member, visit, &shelf.iter().copied().collect()) else { return };
        let campaign = &self.offering.campaigns[n];
        let shown = member.draw(&self.offering.key, &campaign.name) >= campaign.holdout_permille;
        let offer = Offer {
            closed_at: now,
            offered_at: now,
            id: OfferId::of(&campaign.name, visit),
            campaign: campaign.name.clone(),
            member,
            visit,
            sku: campaign.sku.clone(),
            discount: campaign.discount,
            shown,
            redeemed: false,
        };
        if shown {
            self.bound[n] += campaign.discount.minor;
            let since = self.since(now);
            let times = self.shown.entry(member).or_default();
            times.retain(|time| *time > since);
            times.push(now);
            out.give(Told::Promise(Change { row: rebate(&offer), diff: 1 }));
        }
        self.open.entry(visit).or_default().push((n, offer));
    }

    fn remember(&mut self, now: EventTime, Was { member, offered_at, campaign, spent_minor }: Was) {
        if offered_at > self.since(now) {
            self.shown.entry(member).or_default().push(offered_at);
        }
        if let Some(n) = self.offering.campaigns.iter().position(|known| known.name == campaign) {
            self.bound[n] = self.bound[n].saturating_add(spent_minor);
        }
    }

    fn settle(&mut self, now: EventTime, visit: VisitId, out: &mut Outbox<Told>) {
        let none = BTreeMap::new();
        let cart = self.carts.get(&visit).unwrap_or(&none);
        for (n, mut offer) in self.open.remove(&visit).unwrap_or_default() {
            offer.closed_at = now;
            offer.redeemed = cart.get(&SkuCode::of(offer.sku.as_str())).is_some_and(|units| *units > 0);
            if offer.shown && !offer.redeemed {
                self.bound[n] -= offer.discount.minor;
            }
            out.give(Told::Closed(offer));
        }
    }

    /// Lets go of everything that was decided for a member.
    fn forget(&mut self, member: MemberId, out: &mut Outbox<Told>) {
        self.shown.remove(&member);
        for offers in self.open.values_mut() {
            for (n, offer) in offers.extract_if(.., |(_, offer)| offer.member == member && offer.shown) {
                self.bound[n] -= offer.discount.minor;
                out.give(Told::Promise(Change { row: rebate(&offer), diff: -1 }));
            }
            offers.retain(|(_, offer)| offer.member != member);
        }
        self.open.retain(|_, offers| !offers.is_empty());
    }
}

/// What an offer takes off.
fn rebate(offer: &Offer) -> Rebate {
    let Offer { visit, sku, campaign, discount, .. } = offer.clone();
    Rebate { visit, sku, campaign, discount }
}

/// Adds to a count, and forgets it at 0.
fn add<K: Ord + Copy>(counts: &mut BTreeMap<K, i64>, key: K, times: i64) {
    let count = counts.entry(key).or_insert(0);
    *count += times;
    if *count == 0 {
        counts.remove(&key);
    }
}

impl ByTick for Offers {
    type In = Heard;
    type Out = Told;
    const NAME: &'static str = "Offer";

    fn route(_: &Heard) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Heard>, out: &mut Outbox<Told>) -> Option<Tick> {
        let now = self.offering.length.start(tick);
        for heard in batch {
            match heard {
                Heard::Was(was) => self.remember(now, was),
                Heard::Receipts(member, more) => add(&mut self.receipts, member, more),
                Heard::Suits(member, sku, score, diff) => {
                    let scores = self.suits.entry((member, sku)).or_default();
                    add(scores, score, diff);
                    if scores.is_empty() {
                        self.suits.remove(&(member, sku));
                    }
                }
                Heard::Cart(visit, sku, more) => {
                    let cart = self.carts.entry(visit).or_default();
                    add(cart, sku, more);
                    if cart.is_empty() {
                        self.carts.remove(&visit);
                    }
                }
                Heard::Dwell(member, visit, skus) => self.dwell(now, member, visit, &skus, out),
                Heard::Settled(visit) | Heard::Gone(visit) => self.settle(now, visit, out),
                Heard::Forget(member) => self.forget(member, out),
            }
        }
        None
    }
}
