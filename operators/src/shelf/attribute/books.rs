//! Books: what everybody has and what lies astray, each as heavy as it was found to be.
//!
//! Packages of one article differ by about a percent, a scale errs by a tenth of that: a thing that comes back weighs what **it** weighed when it
//! was taken. So a basket knows its things' weights, and who puts back what, where articles weigh the same or several people have the
//! same article, is told by them. What was taken at once is a **lot**, for its weight is known as a whole. What each of several acts moved, in
//! the light of the change that all of them made, is the mean of independent normal variables of which the sum is known.

use super::clerk::Trade;
use super::stories::{Act, Done};
use schemas::{EventTime, Money, Sku, SlotId, TrackId, WeightStep};
use std::collections::{BTreeMap, BTreeSet};

/// What somebody has who was not seen for so long is forgotten: they have left, or are another track by now.
const FORGET_US: i64 = 300_000_000;

/// A weight in milligrams that is not known for sure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weight {
    pub mg: f64,
    pub variance: f64,
}

/// Things of one article that were taken, or put astray, at once.
#[derive(Clone, Debug)]
pub(super) struct Lot {
    count: i64,
    /// What each cost when it was taken.
    price: Option<Money>,
    /// What they weigh together; none where no scale said it.
    weight: Option<Weight>,
}

impl Lot {
    /// What so many of it weigh together, where single packages differ by this variance; none where it has fewer.
    fn some(&self, count: i64, each: f64) -> Option<Weight> {
        let (all, share) = (self.weight?, count as f64 / self.count as f64);
        let variance = all.variance * share * share + each * count as f64 * (1.0 - share);
        (count <= self.count).then_some(Weight { mg: all.mg * share, variance })
    }
}

/// What somebody has taken and not put back, in the order in which it was taken.
type Basket = BTreeMap<Sku, Vec<Lot>>;

/// All that is known of where things are that are not where they belong.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// What everybody has who was seen not long ago.
    baskets: BTreeMap<TrackId, Basket>,
    /// When those who have something were last seen.
    seen: BTreeMap<TrackId, EventTime>,
    /// What lies where the planogram has something else.
    strays: BTreeMap<(SlotId, Sku), Vec<Lot>>,
}

impl Books {
    /// Whether nobody has anything of whom it knows.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.baskets.is_empty() && self.seen.is_empty()
    }

    /// What somebody has of an article.
    pub fn had(&self, track: TrackId, sku: &Sku) -> &[Lot] {
        self.baskets.get(&track).and_then(|basket| basket.get(sku)).map_or(&[], Vec::as_slice)
    }

    /// Every article that somebody has.
    pub fn carried(&self) -> BTreeSet<&Sku> {
        self.baskets.values().flatten().filter(|(_, had)| !had.is_empty()).map(|(sku, _)| sku).collect()
    }

    /// What lies in a slot and does not belong there.
    pub fn strays(&self, slot: SlotId, home: Option<&Sku>) -> impl Iterator<Item = &Sku> {
        self.strays.keys().filter(move |(of, sku)| *of == slot && Some(sku) != home).map(|(_, sku)| sku)
    }

    /// What of an article lies astray in a slot.
    pub fn astray(&self, slot: SlotId, sku: &Sku) -> &[Lot] {
        self.strays.get(&(slot, sku.clone())).map_or(&[], Vec::as_slice)
    }

    /// Notes who is seen, and forgets what those had who are not any more. Gives from when on things are remembered.
    pub fn see(&mut self, now: EventTime, tracks: impl Iterator<Item = TrackId>) -> EventTime {
        for track in tracks {
            if let Some(seen) = self.seen.get_mut(&track) {
                *seen = now;
            }
        }
        let since = now.plus_us(-FORGET_US);
        self.seen.retain(|_, seen| *seen >= since);
        self.baskets.retain(|track, _| self.seen.contains_key(track));
        since
    }

    /// Enters what somebody did with things of a known article, which weigh this together. Gives the quantity at each price.
    pub fn enter(
        &mut self,
        trade: &Trade,
        (track, act): &Done,
        sku: &Sku,
        weight: Option<Weight>,
        at: EventTime,
    ) -> Vec<(i64, Option<Money>)> {
        let (now, count) = (trade.price(sku, at), act.quantity.abs());
        let lot = |price| Lot { count, price, weight };
        if trade.home(act.slot, at) != Some(sku) {
            let key = (act.slot, sku.clone());
            let lie = self.strays.entry(key.clone()).or_default();
            if act.quantity < 0 {
                lie.push(lot(None));
            } else {
                take_out(lie, act, weight);
            }
            if lie.is_empty() {
                self.strays.remove(&key);
            }
        }
        let Some(track) = *track else { return vec![(act.quantity, now)] };
        self.seen.entry(track).or_insert(at);
        let had = self.baskets.entry(track).or_default().entry(sku.clone()).or_default();
        if act.quantity > 0 {
            had.push(lot(now));
            return vec![(act.quantity, now)];
        }
        let mut back: BTreeMap<Option<Money>, i64> = BTreeMap::new();
        let mut unknown = count;
        for (count, price) in take_out(had, act, weight) {
            *back.entry(price).or_default() -= count;
            unknown -= count;
        }
        if unknown > 0 {
            *back.entry(now).or_default() -= unknown;
        }
        back.into_iter().map(|(price, quantity)| (quantity, price)).collect()
    }
}

/// How many there are in lots.
pub(super) fn count(lots: &[Lot]) -> i64 {
    lots.iter().map(|lot| lot.count).sum()
}

/// Takes as many as an act moves out of the lot that is likeliest to be the one, by this weight: of equals, and where nobody knows, the last; out
/// of the last ones where no lot has so many. Gives how many at which price, fewer where there are no more.
fn take_out(lots: &mut Vec<Lot>, act: &Act, weight: Option<Weight>) -> Vec<(i64, Option<Money>)> {
    let count = act.quantity.abs();
    let each = act.weight.map_or(0.0, |all| all.variance / count as f64);
    // Of a lot that nobody weighed nothing speaks against it, and nothing for it.
    let off = |lot: &Lot| {
        let (Some(is), Some(was)) = (weight, lot.some(count, each)) else { return 1.0 };
        (is.mg - was.mg).powi(2) / (is.variance + was.variance)
    };
    let fits = (0..lots.len()).rev().filter(|&i| lots[i].count >= count);
    if let Some(i) = fits.min_by(|&a, &b| off(&lots[a]).total_cmp(&off(&lots[b]))) {
        let lot = &mut lots[i];
        let price = lot.price;
        lot.count -= count;
        let less = |all: Weight, is: Weight| Weight { mg: all.mg - is.mg, variance: all.variance + is.variance };
        lot.weight = lot.weight.zip(weight).map(|(all, is)| less(all, is));
        if lot.count == 0 {
            lots.remove(i);
        }
        return vec![(count, price)];
    }
    let (mut left, mut out) = (count, Vec::new());
    while left > 0
        && let Some(mut lot) = lots.pop()
    {
        let some = left.min(lot.count);
        (left, lot.count) = (left - some, lot.count - some);
        out.push((some, lot.price));
        if lot.count > 0 {
            lots.push(Lot { weight: None, ..lot });
        }
    }
    out
}

/// What each act moved, in the light of the change that all of them made; nothing of acts whose weight nobody knows, or of any beside them.
pub(super) fn weighed(step: Option<&WeightStep>, acts: &[Done], trade: &Trade) -> Vec<Option<Weight>> {
    let nominal: Option<Vec<Weight>> = acts.iter().map(|(_, act)| act.weight).collect();
    let (Some(step), Some(nominal)) = (step, nominal) else { return vec![None; acts.len()] };
    let rest = -step.change_mg as f64 - nominal.iter().map(|weight| weight.mg).sum::<f64>();
    let whole = trade.error(step) + nominal.iter().map(|weight| weight.variance).sum::<f64>();
    let of = |Weight { mg, variance }: &Weight| {
        let share = variance / whole;
        Some(Weight { mg: mg.signum() * (mg + share * rest), variance: variance * (1.0 - share) })
    };
    nominal.iter().map(of).collect()
}

/// How heavy a change may be that an act makes, with the log likelihood of each possibility: what comes back, and what lies astray, weighs what
/// it weighed, but for a share of `weighed_badly_permille`. None is a weight that nobody knows.
pub(super) fn weights(act: &Act, lots: &[Lot], trade: &Trade) -> Vec<(Option<Weight>, f64)> {
    let Some(all) = act.weight else { return vec![(None, 0.0)] };
    let (count, sign) = (act.quantity.abs(), act.quantity.signum() as f64);
    let each = all.variance / count as f64;
    let able: Vec<&Lot> = lots.iter().filter(|lot| lot.count >= count).collect();
    let pieces = able.iter().map(|lot| lot.count).sum::<i64>() as f64;
    let badly = f64::from(trade.settings.weighed_badly_permille) / 1000.0;
    let (mut known, mut other) = (Vec::new(), 1.0);
    for lot in able {
        let Some(weight) = lot.some(count, each) else { continue };
        let share = (1.0 - badly) * lot.count as f64 / pieces;
        other -= share;
        known.push((Some(Weight { mg: sign * weight.mg, ..weight }), libm::log(share)));
    }
    if known.is_empty() {
        return vec![(act.weight, 0.0)];
    }
    known.push((act.weight, libm::log(other)));
    known
}
