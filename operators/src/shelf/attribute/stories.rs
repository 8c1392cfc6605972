//! Stories: every explanation of a change of weight that is worth a thought, with its log likelihood.

use super::clerk::Trade;
use super::hands::Who;
use crate::shelf::see::Look;
use schemas::{Money, Sku, SlotId, TrackId, WeightStep};
use std::collections::{BTreeMap, BTreeSet};

/// At most so many of one thing are taken at once.
const QUANTITY_MAX: i64 = 12;
/// Of so many people, the likeliest, it is asked whether it was they.
const PEOPLE_MAX: usize = 5;
/// Weights that nobody knows are spread over so much, in milligrams.
const ANY_MG: f64 = 2e6;
/// What is so many standard deviations off, beside a share of the whole, is not worth a thought.
const FAR: f64 = 6.0;
const FAR_SHARE: f64 = 0.06;

/// What somebody has taken and not put back: prices of each, in the order in which they were taken.
pub(super) type Basket = BTreeMap<Sku, Vec<Option<Money>>>;

/// Something somebody may have done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    pub slot: SlotId,
    pub sku: Option<Sku>,
    /// Taken, or negative: put back.
    pub quantity: i64,
    /// Whether it is put where the planogram has something else.
    astray: bool,
    /// Log likelihood, without who.
    prior: f64,
    /// By how much it makes the scale lighter, in milligrams, with its variance; none: by whatever it became lighter.
    weight: Option<(f64, f64)>,
}

/// Who did what.
pub(super) type Done = (Option<TrackId>, Act);

/// An explanation and its log likelihood.
pub(super) struct Story {
    pub acts: Vec<Done>,
    pub log: f64,
}

/// What is known of goods when a change is to be explained.
pub(super) struct Shelf<'a> {
    pub trade: &'a Trade,
    pub baskets: &'a BTreeMap<TrackId, Basket>,
    pub strays: &'a BTreeMap<(SlotId, Sku), i64>,
}

fn cost(milli: u32) -> f64 {
    -f64::from(milli) / 1000.0
}

impl Shelf<'_> {
    /// Every explanation worth a thought, in no particular order.
    pub fn stories(&self, step: &WeightStep, slots: &[SlotId], who: &Who) -> Vec<Story> {
        let lighter = -step.change_mg as f64;
        let sigma = f64::from(step.sigma_mg.max(1));
        let acts = self.acts(step, slots);
        let people: BTreeMap<SlotId, Vec<(Option<TrackId>, f64)>> =
            slots.iter().map(|&slot| (slot, who.at(slot, PEOPLE_MAX))).collect();
        let mut stories = Vec::new();
        for act in &acts {
            for &(track, log) in &people[&act.slot] {
                let log = log + self.has(track, act) + fit(lighter, sigma, &[act]);
                stories.push(Story { acts: vec![(track, act.clone())], log });
            }
        }
        let both = cost(self.trade.settings.both_milli);
        let single: Vec<&Act> = acts.iter().filter(|act| act.weight.is_some() && act.quantity.abs() == 1).collect();
        for (i, a) in single.iter().enumerate() {
            for (j, b) in single.iter().enumerate().skip(i) {
                let (Some((x, _)), Some((y, _))) = (a.weight, b.weight) else { continue };
                if (lighter - x - y).abs() > FAR * sigma + FAR_SHARE * (x.abs() + y.abs()) {
                    continue;
                }
                let back = (a.quantity < 0) || (b.quantity < 0);
                let exchange = if back { cost(self.trade.settings.exchange_milli) } else { 0.0 };
                let fit = both + exchange + fit(lighter, sigma, &[a, b]);
                for &(p, p_log) in &people[&a.slot] {
                    for &(q, q_log) in &people[&b.slot] {
                        // Two of one thing by one person is one act.
                        if i == j && p >= q {
                            continue;
                        }
                        let hands = if p.is_some() && p == q { cost(self.trade.settings.each_hand_milli) } else { 0.0 };
                        let log = fit + hands + p_log + q_log + self.has(p, a) + self.has(q, b);
                        stories.push(Story { acts: vec![(p, (*a).clone()), (q, (*b).clone())], log });
                    }
                }
            }
        }
        stories
    }

    /// Every explanation of a slot that looks different. How many they were is hardly seen, so one thing is likeliest.
    pub fn seen(&self, look: &Look, who: &Who) -> Vec<Story> {
        let settings = &self.trade.settings;
        let (slot, at) = (look.slot, look.from);
        let home = self.trade.home(slot, at);
        let again = if look.again { f64::from(settings.again_milli) } else { 0.0 };
        let taken = (f64::from(settings.taken_milli) - again) / 1000.0;
        let [takes, puts] = [-taken, taken].map(|odds| -libm::log1p(libm::exp(odds)));
        let mut acts = Vec::new();
        let mut act = |sku: &Sku, quantity: i64, log: f64| {
            let astray = quantity < 0 && Some(sku) != home;
            acts.push(Act { slot, sku: Some(sku.clone()), quantity, astray, prior: log, weight: None });
        };
        if let Some(sku) = home {
            act(sku, 1, takes);
            act(sku, 2, takes + cost(settings.more_milli));
            act(sku, -1, puts);
        }
        let misplaced = cost(settings.misplaced_milli);
        let strays = self.strays.keys().filter(|(of, sku)| *of == slot && Some(sku) != home);
        strays.for_each(|(_, sku)| act(sku, 1, takes + misplaced / 2.0));
        let carried: BTreeSet<&Sku> =
            self.baskets.values().flatten().filter(|(_, had)| !had.is_empty()).map(|(sku, _)| sku).collect();
        carried.into_iter().filter(|sku| Some(*sku) != home).for_each(|sku| act(sku, -1, puts + misplaced));
        let people = who.at(slot, PEOPLE_MAX);
        let nobody = cost(settings.seen_nobody_milli);
        let mut stories = Vec::new();
        for act in acts {
            for &(track, log) in &people {
                let log = if track.is_some() { log + self.has(track, &act) } else { nobody };
                stories.push(Story { acts: vec![(track, act.clone())], log: log + act.prior });
            }
        }
        stories
    }

    /// What may have been taken from, or put into, these slots.
    fn acts(&self, step: &WeightStep, slots: &[SlotId]) -> Vec<Act> {
        let lighter = -step.change_mg as f64;
        let misplaced = cost(self.trade.settings.misplaced_milli);
        let near = |sku: &Sku| {
            let off = |mg: f64| ((lighter.abs() / mg).round() * mg - lighter.abs()).abs();
            let far = FAR_SHARE * lighter.abs() + FAR * f64::from(step.sigma_mg);
            self.trade.weight(sku).is_none_or(|mg| off(mg) < far)
        };
        // What somebody has may come to lie anywhere.
        let carried: BTreeSet<&Sku> = (self.baskets.values().flatten())
            .filter(|(sku, had)| !had.is_empty() && near(sku))
            .map(|(sku, _)| sku)
            .collect();
        let mut acts = Vec::new();
        for &slot in slots {
            let home = self.trade.home(slot, step.from);
            if let Some(sku) = home {
                acts.extend(self.ways((slot, false), sku, 0.0, lighter, &[1, -1]));
            }
            let strays = self.strays.iter().filter(|((of, sku), _)| *of == slot && Some(sku) != home);
            acts.extend(strays.flat_map(|((_, sku), _)| self.ways((slot, false), sku, misplaced / 2.0, lighter, &[1])));
            let others = carried.iter().filter(|sku| Some(**sku) != home);
            acts.extend(others.flat_map(|sku| self.ways((slot, true), sku, misplaced, lighter, &[-1])));
            let quantity = if lighter > 0.0 { 1 } else { -1 };
            let prior = cost(self.trade.settings.unknown_milli);
            acts.push(Act { slot, sku: None, quantity, astray: false, prior, weight: None });
        }
        acts
    }

    /// One sku taken from a slot (1), or put into it (-1), there or astray: how many it may have been.
    fn ways(&self, (slot, astray): (SlotId, bool), sku: &Sku, prior: f64, lighter: f64, ways: &[i64]) -> Vec<Act> {
        let settings = &self.trade.settings;
        let Some(mg) = self.trade.weight(sku) else {
            // Nobody knows what it weighs, so it may be any change of this direction.
            let way = if lighter > 0.0 { 1 } else { -1 };
            let act = Act { slot, sku: Some(sku.clone()), quantity: way, astray, prior, weight: None };
            return if ways.contains(&way) { vec![act] } else { Vec::new() };
        };
        let spread = (mg * f64::from(settings.package_permille) / 1000.0).max(f64::from(settings.package_mg));
        let mut acts = Vec::new();
        for &way in ways {
            let nearly = ((way as f64 * lighter / mg).round() as i64).clamp(1, QUANTITY_MAX);
            // One as well: the other of two acts may make up for the rest.
            for count in BTreeSet::from([1, nearly - 1, nearly, nearly + 1]) {
                if !(1..=QUANTITY_MAX).contains(&count) {
                    continue;
                }
                let prior = prior + (count - 1) as f64 * cost(settings.more_milli);
                let weight = Some(((way * count) as f64 * mg, count as f64 * spread * spread));
                acts.push(Act { slot, sku: Some(sku.clone()), quantity: way * count, astray, prior, weight });
            }
        }
        acts
    }

    /// What it says of an act that they have, or have not, what is put back.
    fn has(&self, track: Option<TrackId>, act: &Act) -> f64 {
        let (Some(sku), true) = (&act.sku, act.quantity < 0) else { return 0.0 };
        let basket = track.and_then(|track| self.baskets.get(&track)?.get(sku));
        let had = basket.map_or(0, |had| had.len() as i64);
        if had >= -act.quantity {
            return 0.0;
        }
        let settings = &self.trade.settings;
        cost(settings.not_carried_milli) + if act.astray { cost(settings.not_carried_astray_milli) } else { 0.0 }
    }
}

/// The log likelihood of becoming lighter by this, with what the acts are likely in themselves.
fn fit(lighter: f64, sigma: f64, acts: &[&Act]) -> f64 {
    let (mut rest, mut variance, mut known) = (lighter, sigma * sigma, true);
    for act in acts {
        match act.weight {
            Some((mg, more)) => (rest, variance) = (rest - mg, variance + more),
            None => known = false,
        }
    }
    let normal = -rest * rest / (2.0 * variance) - libm::log(variance) / 2.0;
    acts.iter().map(|act| act.prior).sum::<f64>() + if known { normal } else { -libm::log(ANY_MG) }
}
