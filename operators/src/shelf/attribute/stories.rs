//! Stories: every explanation of a change of weight that is worth a thought, with its log likelihood.

use super::books::{Books, Weight, count, weights};
use super::clerk::Trade;
use super::hands::Who;
use crate::shelf::see::Look;
use schemas::{Sku, SlotId, TrackId, WeightStep};
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

/// Something somebody may have done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    pub slot: SlotId,
    pub sku: Option<Sku>,
    /// Taken, or negative: put back.
    pub quantity: i64,
    /// Whether the planogram has something else there.
    astray: bool,
    /// Log likelihood, without who.
    prior: f64,
    /// By how much it makes the scale lighter, by what the article weighs; none: by whatever it became lighter.
    pub weight: Option<Weight>,
}

#[cfg(test)]
impl Act {
    /// So many of something that make a scale lighter by so much.
    pub fn of(slot: SlotId, sku: Sku, quantity: i64, weight: Weight) -> Self {
        Self { slot, sku: Some(sku), quantity, astray: false, prior: 0.0, weight: Some(weight) }
    }
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
    pub books: &'a Books,
}

fn cost(milli: u32) -> f64 {
    -f64::from(milli) / 1000.0
}

impl Shelf<'_> {
    /// Every explanation worth a thought, in no particular order.
    pub fn stories(&self, step: &WeightStep, slots: &[SlotId], who: &Who) -> Vec<Story> {
        let (lighter, error) = (-step.change_mg as f64, self.trade.error(step));
        let acts = self.acts(step, slots);
        let people: BTreeMap<SlotId, Vec<(Option<TrackId>, f64)>> =
            slots.iter().map(|&slot| (slot, who.at(slot, PEOPLE_MAX))).collect();
        let mut stories = Vec::new();
        for act in &acts {
            for &(track, log) in &people[&act.slot] {
                let fit = fit(lighter, error, &self.weights(track, act), &NOTHING);
                stories.push(Story {
                    acts: vec![(track, act.clone())],
                    log: act.prior + log + self.has(track, act) + fit,
                });
            }
        }
        let both = cost(self.trade.settings.both_milli);
        let single: Vec<(&Act, Weight)> =
            (acts.iter().filter(|act| act.quantity.abs() == 1)).filter_map(|act| Some((act, act.weight?))).collect();
        for (i, (a, x)) in single.iter().enumerate() {
            for (j, (b, y)) in single.iter().enumerate().skip(i) {
                if (lighter - x.mg - y.mg).abs() > FAR * error.sqrt() + FAR_SHARE * (x.mg.abs() + y.mg.abs()) {
                    continue;
                }
                let back = (a.quantity < 0) || (b.quantity < 0);
                let exchange = if back { cost(self.trade.settings.exchange_milli) } else { 0.0 };
                let prior = both + exchange + a.prior + b.prior;
                for &(p, p_log) in &people[&a.slot] {
                    let first = self.weights(p, a);
                    for &(q, q_log) in &people[&b.slot] {
                        // Two of one thing by one person is one act.
                        if i == j && p >= q {
                            continue;
                        }
                        let hands = if p.is_some() && p == q { cost(self.trade.settings.each_hand_milli) } else { 0.0 };
                        let fit = fit(lighter, error, &first, &self.weights(q, b));
                        let log = prior + fit + hands + p_log + q_log + self.has(p, a) + self.has(q, b);
                        stories.push(Story { acts: vec![(p, (*a).clone()), (q, (*b).clone())], log });
                    }
                }
            }
        }
        stories
    }

    /// How heavy a change may be that somebody makes by an act.
    fn weights(&self, track: Option<TrackId>, act: &Act) -> Vec<(Option<Weight>, f64)> {
        let lots = match (&act.sku, track) {
            (Some(sku), Some(track)) if act.quantity < 0 => self.books.had(track, sku),
            (Some(sku), _) if act.quantity > 0 && act.astray => self.books.astray(act.slot, sku),
            _ => &[],
        };
        weights(act, lots, self.trade)
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
            let astray = Some(sku) != home;
            acts.push(Act { slot, sku: Some(sku.clone()), quantity, astray, prior: log, weight: None });
        };
        if let Some(sku) = home {
            act(sku, 1, takes);
            act(sku, 2, takes + cost(settings.more_milli));
            act(sku, -1, puts);
        }
        let misplaced = cost(settings.misplaced_milli);
        self.books.strays(slot, home).for_each(|sku| act(sku, 1, takes + misplaced / 2.0));
        let carried = self.books.carried().into_iter();
        carried.filter(|sku| Some(*sku) != home).for_each(|sku| act(sku, -1, puts + misplaced));
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
        let carried: Vec<&Sku> = self.books.carried().into_iter().filter(|sku| near(sku)).collect();
        let mut acts = Vec::new();
        for &slot in slots {
            let home = self.trade.home(slot, step.from);
            if let Some(sku) = home {
                acts.extend(self.ways((slot, false), sku, 0.0, lighter, &[1, -1]));
            }
            let strays = self.books.strays(slot, home);
            acts.extend(strays.flat_map(|sku| self.ways((slot, true), sku, misplaced / 2.0, lighter, &[1])));
            let others = carried.iter().filter(|sku| Some(**sku) != home);
            acts.extend(others.flat_map(|sku| self.ways((slot, true), sku, misplaced, lighter, &[-1])));
            let quantity = if lighter > 0.0 { 1 } else { -1 };
            let prior = cost(self.trade.settings.unknown_milli);
            acts.push(Act { slot, sku: None, quantity, astray: false, prior, weight: None });
        }
        acts
    }

    /// One sku taken from a slot (1), or put into it (-1), where it belongs or astray: how many it may have been.
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
                let (mg, variance) = ((way * count) as f64 * mg, count as f64 * spread * spread);
                let weight = Some(Weight { mg, variance });
                acts.push(Act { slot, sku: Some(sku.clone()), quantity: way * count, astray, prior, weight });
            }
        }
        acts
    }

    /// What it says of an act that they have, or have not, what is put back.
    fn has(&self, track: Option<TrackId>, act: &Act) -> f64 {
        let (Some(sku), true) = (&act.sku, act.quantity < 0) else { return 0.0 };
        let had = track.map_or(0, |track| count(self.books.had(track, sku)));
        if had >= -act.quantity {
            return 0.0;
        }
        let settings = &self.trade.settings;
        cost(settings.not_carried_milli) + if act.astray { cost(settings.not_carried_astray_milli) } else { 0.0 }
    }
}

/// The weight of an act that is not done.
const NOTHING: [(Option<Weight>, f64); 1] = [(Some(Weight { mg: 0.0, variance: 0.0 }), 0.0)];

/// The log likelihood of becoming lighter by this, measured with an error of this variance, by two acts that weigh one of these each.
fn fit(lighter: f64, error: f64, first: &[(Option<Weight>, f64)], second: &[(Option<Weight>, f64)]) -> f64 {
    let one = |a: Option<Weight>, b: Option<Weight>| {
        let Some((a, b)) = a.zip(b) else { return -libm::log(ANY_MG) };
        let (rest, variance) = (lighter - a.mg - b.mg, error + a.variance + b.variance);
        -rest * rest / (2.0 * variance) - libm::log(variance) / 2.0
    };
    let logs: Vec<f64> = first.iter().flat_map(|(a, x)| second.iter().map(move |(b, y)| one(*a, *b) + x + y)).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if logs.len() == 1 { most } else { most + libm::log(logs.iter().map(|log| libm::exp(log - most)).sum()) }
}
