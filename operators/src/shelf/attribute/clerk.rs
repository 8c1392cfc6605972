//! Clerk: who took what from which slot, folded tick by tick; knows nothing of corrections ([`crate::flow::twice`]).
//!
//! Every change of weight is explained by **acts**: somebody took, or put back, so many of something out of or into a slot. One act, or
//! two at once: two people, or two hands. All explanations are weighed together, as sums of log likelihoods: how well the weights
//! fit (normal, with the scale's own error and that of packages), how likely the goods lie there (the planogram as of then, what is known to be
//! misplaced), how well each person could reach it ([`super::hands`]), and what each carries. What is told is the likeliest explanation; its
//! confidence is the share of all explanations that have the same act, and the alternatives are the likeliest other acts.
//!
//! Changes on several scales within `together_ms` are explained **together**: nobody's hand is in two slots at once. What lies across two plates
//! makes a change on each that nothing explains, and one that something does with their sum.
//!
//! A change that nothing explains **waits** for the next one of its scale: a hand that rests gives two that sum up to nothing, and what is
//! held on the plate for long, or taken in two grips, two that make one. After `wait_ms` it is told as it is: something unknown.

use super::books::{Books, Weight, weighed};
use super::change::{Noticed, Span};
use super::hands::{Moments, Who};
use super::settings::AttributeSettings;
use super::stories::{Done, Shelf, Story};
use super::together::{Share, shares};
use crate::flow::twice::Machine;
use crate::identity::bind::Whereabouts;
use crate::shelf::reach::Reach;
use crate::shelf::see::Look;
use crate::shelf::shelving::SlotSpace;
use schemas::{
    Alternative, Catalog, EventTime, Interaction, InteractionId, Money, Planogram, PriceBook, ScaleId, Score, Sku,
    SlotId, Tick, TickLength, WeightStep,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Alternatives that are told.
const ALTERNATIVES_MAX: usize = 3;
/// Changes that sum up to less than so many standard deviations are nothing.
const NOTHING_SIGMAS: i64 = 4;

/// What does not change.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Length of a tick.
    pub tick: TickLength,
    /// Where slots are.
    pub spaces: BTreeMap<SlotId, SlotSpace>,
    /// Which slots a scale carries.
    pub scales: BTreeMap<ScaleId, Vec<SlotId>>,
    /// What things weigh.
    pub catalog: Catalog,
    /// What lies where, as of when.
    pub planogram: Planogram,
    /// What it costs, as of when.
    pub prices: Option<PriceBook>,
    /// Settings.
    pub settings: AttributeSettings,
}

impl Trade {
    /// What one of it weighs, in milligrams, where somebody said.
    pub(super) fn weight(&self, sku: &Sku) -> Option<f64> {
        self.catalog.get(sku)?.unit_weight_mg.filter(|mg| *mg > 0).map(|mg| mg as f64)
    }

    pub(super) fn home(&self, slot: SlotId, at: EventTime) -> Option<&Sku> {
        self.planogram.at(&slot, at)?.as_ref().map(|stocking| &stocking.sku)
    }

    /// The variance of a change of weight, in square milligrams: the scale's noise, and what it errs in proportion.
    pub(super) fn error(&self, step: &WeightStep) -> f64 {
        let sigma = f64::from(step.sigma_mg.max(1));
        let scale = step.change_mg as f64 * f64::from(self.settings.scale_permille) / 1000.0;
        sigma * sigma + scale * scale
    }

    /// When changes that wait are told as they are: they wait for the last of them, and not much longer for the first.
    fn gives_up(&self, steps: &[WeightStep]) -> Tick {
        let wait = i64::from(self.settings.wait_ms) * 1000;
        let until = |step: Option<&WeightStep>| step.map_or(i64::MAX, |step| step.until.0);
        let due = (until(steps.last()).saturating_add(wait)).min(until(steps.first()).saturating_add(2 * wait));
        Tick(self.tick.tick(EventTime(due)).0 + 1)
    }

    /// When no change can come any more that is explained together with one that was heard of at `since`.
    fn together(&self, since: Tick) -> Tick {
        Tick(since.0 + (1000 * u64::from(self.settings.together_ms)).div_ceil(self.tick.us()))
    }

    pub(crate) fn price(&self, sku: &Sku, at: EventTime) -> Option<Money> {
        self.prices.as_ref()?.price(sku, at)
    }
}

/// What the clerk hears of a tick.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Somebody is somewhere.
    At(Whereabouts),
    /// A hand.
    Hand(Reach),
    /// A change of weight that ended some time ago: `after_ms` before the tick.
    Step(WeightStep),
    /// A slot that nothing weighs looks different since some time ago: `after_ms` before the tick.
    Look(Look),
}

/// The state.
#[derive(Clone, Debug)]
pub struct Clerk {
    pub(super) trade: Arc<Trade>,
    moments: Moments,
    books: Books,
    /// How many things were told of a change, by what noticed it and its end: changes that were told too late may have been moved to one end.
    told: BTreeMap<(Noticed, EventTime), u32>,
    /// Changes that nothing explains, by scale, in order.
    waiting: BTreeMap<ScaleId, Vec<WeightStep>>,
    /// Changes that others may belong to, with the tick at which they were heard of.
    fresh: Vec<(Tick, WeightStep)>,
}

/// Explanations, likeliest first; at least one.
pub(super) struct Stories(pub Vec<Story>);

impl Stories {
    /// Whether the likeliest knows what it was.
    pub fn known(&self) -> bool {
        self.0[0].acts.iter().all(|(_, act)| act.sku.is_some())
    }
}

impl Clerk {
    /// A shop in which nothing was taken.
    pub fn new(trade: Arc<Trade>) -> Self {
        Self {
            trade,
            moments: Moments::default(),
            books: Books::default(),
            told: BTreeMap::new(),
            waiting: BTreeMap::new(),
            fresh: Vec::new(),
        }
    }

    /// Whether it knows of nobody who has anything.
    #[cfg(test)]
    pub(super) fn is_empty_handed(&self) -> bool {
        self.books.is_empty()
    }

    /// Changes that came within `together_ms` of the first, once no more can come.
    fn together(&mut self, now: Tick) -> Option<Vec<WeightStep>> {
        let us = i64::from(self.trade.settings.together_ms) * 1000;
        let (since, first) = *self.fresh.first()?;
        (self.trade.together(since) <= now).then(|| {
            let until = first.until.plus_us(us);
            self.fresh.extract_if(.., |(_, step)| step.until <= until).map(|(_, step)| step).collect()
        })
    }

    /// Gives what can be told of a change: with those of its scale that nothing explained, if that explains them all.
    fn weigh(&mut self, step: &WeightStep, ready: &mut Vec<WeightStep>) {
        if step.change_mg == 0 || !self.trade.scales.contains_key(&step.scale) {
            // A touch, or a scale that nobody knows.
            return;
        }
        let waiting = self.waiting.remove(&step.scale).unwrap_or_default();
        if waiting.is_empty() {
            return self.ready_or_waits(step, Vec::new(), ready);
        }
        let change_mg = waiting.iter().map(|one| one.change_mg).sum::<i64>() + step.change_mg;
        let variance =
            waiting.iter().chain([step]).map(|one| f64::from(one.sigma_mg) * f64::from(one.sigma_mg)).sum::<f64>();
        let (from, sigma_mg) = (waiting[0].from, variance.sqrt() as u32);
        if change_mg.abs() <= NOTHING_SIGMAS * i64::from(sigma_mg) + i64::from(self.trade.settings.package_mg) {
            // Something pressed, or was lifted, and is as it was.
            return;
        }
        let whole = WeightStep { from, change_mg, sigma_mg, ..*step };
        if self.explained(&whole).is_some_and(|stories| stories.known()) {
            return ready.push(whole);
        }
        self.ready_or_waits(step, waiting, ready);
    }

    /// A change is ready, or waits behind others.
    fn ready_or_waits(&mut self, step: &WeightStep, mut waiting: Vec<WeightStep>, ready: &mut Vec<WeightStep>) {
        let known = self.explained(step).is_some_and(|stories| stories.known());
        if known || self.trade.settings.wait_ms == 0 {
            ready.push(*step);
        } else {
            waiting.push(*step);
        }
        if !waiting.is_empty() {
            self.waiting.insert(step.scale, waiting);
        }
    }

    /// Tells of what has waited for long enough.
    fn give_up(&mut self, now: Tick, said: &mut Vec<Interaction>) {
        let trade = self.trade.clone();
        let over: Vec<_> = self.waiting.extract_if(.., |_, steps| trade.gives_up(steps) <= now).collect();
        for step in over.into_iter().flat_map(|(_, steps)| steps) {
            self.tell(&[step], said);
        }
    }

    /// Every explanation of a change, likeliest first; none where nobody knows the scale.
    pub(super) fn explained(&self, step: &WeightStep) -> Option<Stories> {
        let trade = &self.trade;
        let slots = trade.scales.get(&step.scale)?;
        let who = self.who(slots, &step.into());
        let mut stories = self.shelf().stories(step, slots, &who);
        stories.sort_by(|a, b| b.log.total_cmp(&a.log));
        (!stories.is_empty()).then_some(Stories(stories))
    }

    fn shelf(&self) -> Shelf<'_> {
        Shelf { trade: &self.trade, books: &self.books }
    }

    /// Who could have reached into `slots` during a change.
    fn who(&self, slots: &[SlotId], change: &Span) -> Who {
        let us = |ms: u32| i64::from(ms) * 1000;
        let settings = &self.trade.settings;
        let span = (change.from.plus_us(-us(settings.before_ms)), change.until.plus_us(us(settings.after_ms)));
        self.moments.who(slots, span, &self.trade)
    }

    /// Tells of a slot that looks different; nothing where it is likelier that nobody did it, for then it was light, or nothing.
    fn look(&mut self, look: &Look, said: &mut Vec<Interaction>) {
        let who = self.who(&[look.slot], &look.into());
        let mut stories = self.shelf().seen(look, &who);
        stories.sort_by(|a, b| b.log.total_cmp(&a.log));
        let sum: f64 = stories.iter().map(|story| libm::exp(story.log - stories[0].log)).sum();
        let Some(best) = stories.first().map(|story| story.acts.clone()) else { return };
        if best.iter().all(|(track, _)| track.is_none()) {
            return;
        }
        let most = stories[0].log;
        let stories = stories.into_iter().map(|story| {
            let share = libm::exp(story.log - most) / sum;
            (story, share)
        });
        self.say(&look.into(), None, &Share { stories: stories.collect(), best }, said);
    }

    /// Tells of changes that are explained together.
    fn tell(&mut self, steps: &[WeightStep], said: &mut Vec<Interaction>) {
        let known = steps.iter().filter_map(|step| Some((*step, self.explained(step)?))).collect();
        for (step, share) in shares(known, &self.trade.settings) {
            self.say(&(&step).into(), Some(&step), &share, said);
        }
    }

    fn say(&mut self, change: &Span, step: Option<&WeightStep>, share: &Share, said: &mut Vec<Interaction>) {
        let same = |a: &Done, b: &Done| (a.0, &a.1.sku, a.1.quantity) == (b.0, &b.1.sku, b.1.quantity);
        let score = |done: &Done| {
            let with = share.stories.iter().filter(|(story, _)| story.acts.iter().any(|one| same(one, done)));
            Score::from_unit(with.map(|(_, share)| share).sum::<f64>() as f32)
        };
        let best = share.best.clone();
        let mut others: Vec<(Score, Done)> = Vec::new();
        for done in share.stories.iter().take(40).flat_map(|(story, _)| &story.acts) {
            if !best.iter().chain(others.iter().map(|(_, other)| other)).any(|other| same(other, done)) {
                others.push((score(done), done.clone()));
            }
        }
        others.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        others.retain(|(score, _)| score.steps() >= 100);
        others.truncate(ALTERNATIVES_MAX);
        let alternative = |(score, (track, act)): &(Score, Done)| Alternative {
            track: *track,
            sku: act.sku.clone(),
            quantity: act.quantity,
            score: *score,
        };
        let Span { by, from, until } = *change;
        let half = (until.since_us(from) / 2).clamp(0, i64::from(super::EVENT_MS) * 1000);
        let event_time = until.plus_us(-half);
        let ordinals = self.told.entry((by, until)).or_default();
        let first = *ordinals;
        *ordinals += best.len() as u32;
        let weights = weighed(step, &best, &self.trade);
        for ((ordinal, done), weight) in (first..).zip(&best).zip(weights) {
            let id = match by {
                Noticed::Weighed(scale) => InteractionId::mint(scale, until, ordinal),
                Noticed::Seen(slot) => InteractionId::seen(slot, until, ordinal),
            };
            let (track, act) = done;
            for (quantity, unit_price) in self.book(done, weight, event_time) {
                // What is put back may have been taken at several prices.
                let id = if quantity == act.quantity { id } else { id.part(unit_price) };
                said.push(Interaction {
                    event_time,
                    id,
                    slot: act.slot,
                    track: *track,
                    sku: act.sku.clone(),
                    quantity,
                    unit_price,
                    confidence: score(done),
                    alternatives: others.iter().map(alternative).collect(),
                });
            }
        }
    }

    /// Enters what was done into the books. Gives the quantity at each price.
    fn book(&mut self, done: &Done, weight: Option<Weight>, at: EventTime) -> Vec<(i64, Option<Money>)> {
        match &done.1.sku {
            Some(sku) => self.books.enter(&self.trade, done, sku, weight, at),
            None => vec![(done.1.quantity, None)],
        }
    }
}

impl Machine for Clerk {
    type Row = Evidence;
    type Said = Interaction;

    fn step(&mut self, tick: Tick, rows: &[Evidence], said: &mut Vec<Interaction>) {
        let now = self.trade.tick.start(tick);
        self.moments.hear(now, rows);
        let here = rows.iter().filter_map(|row| if let Evidence::At(place) = row { Some(place.track) } else { None });
        let since = self.books.see(now, here);
        self.told.retain(|(_, until), _| *until >= since);
        let steps = rows.iter().filter_map(|row| if let Evidence::Step(step) = row { Some(*step) } else { None });
        self.fresh.extend(steps.map(|step| (tick, step)));
        while let Some(steps) = self.together(tick) {
            let mut ready = Vec::new();
            self.merged(steps).iter().for_each(|step| self.weigh(step, &mut ready));
            self.tell(&ready, said);
        }
        self.give_up(tick, said);
        for row in rows {
            if let Evidence::Look(look) = row {
                self.look(look, said);
            }
        }
    }

    fn wake(&self) -> Option<Tick> {
        let waiting = self.waiting.values().map(|steps| self.trade.gives_up(steps));
        waiting.chain(self.fresh.first().map(|(since, _)| self.trade.together(*since))).min()
    }
}
