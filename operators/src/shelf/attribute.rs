//! Attribute: who took what from which slot, from changes of weight, places and hands.
//! In: changes of Whereabouts and Attendance, Reach, WeightStep, Look | Out: Interaction, as a collection that follows every change of mind |
//! Key: the shop: whoever is on the floor may have done it | State: a minute of places and hands; what everybody has taken who was seen in the last five minutes; the interactions of
//! who is attended
//! Time: a change of weight is explained `after_ms` after it ended, as soon as places are known; it may be explained anew until places are final;
//! seen by frontier, never by clock. Faults: none.
//!
//! All decisions are the [`Clerk`]'s, a machine that is run twice ([`crate::flow::twice`]). An interaction leaves the collection with the
//! attendance of its track, which `identify` keeps until nothing can change a receipt any more; one of nobody, or of a track that is
//! nobody's, after as long.

mod books;
mod change;
mod clerk;
mod hands;
mod settings;
mod stories;
#[cfg(test)]
mod tests;
mod together;

pub use clerk::{Clerk, Evidence, Trade};
pub use settings::AttributeSettings;

use super::reach::Reach;
use super::see::Look;
use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::twice::Twice;
use crate::flow::{Change, DataflowTime, Outbox, Rows, Ticks};
use crate::identity::bind::Whereabouts;
use differential_dataflow::AsCollection;
use schemas::{
    Attendance, Attendee, EventTime, FinalInteraction, Interaction, InteractionId, Tick, TrackId, WeightStep,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use timely::dataflow::Scope;
use timely::dataflow::operators::Concatenate;
use timely::dataflow::operators::vec::Map;

/// An interaction is dated to the middle of its change of weight, but not longer before its end.
const EVENT_MS: u32 = 1000;

/// What it must know beside the trade.
#[derive(Clone, Debug)]
pub struct Attributing {
    /// Whereabouts of a tick are final so many ticks after it.
    pub hold: u64,
    /// And come at least so many after it: the head runs that far behind.
    pub lag: u64,
    /// An interaction of nobody's visit is kept for so many ticks.
    pub keep: u64,
    /// Everything that does not change.
    pub trade: Arc<Trade>,
}

impl Attributing {
    /// An interaction is told so many ticks after its event time at most.
    pub fn told(&self) -> u64 {
        // It is dated `EVENT_MS` before the end of the change at most, which is moved on where it would be older than
        // what is final, and waits `2 wait_ms` at most.
        let settings = &self.trade.settings;
        let most_ms = u64::from(EVENT_MS) + 2 * u64::from(settings.wait_ms) + u64::from(settings.together_ms);
        self.hold + self.after() + (most_ms * 1000).div_ceil(self.trade.tick.us()) + 5
    }

    /// Ticks after the end of a change of weight at which it is explained.
    fn after(&self) -> u64 {
        (u64::from(self.trade.settings.after_ms) * 1000).div_ceil(self.trade.tick.us())
    }
}

/// What was taken, and put back.
pub struct Attributed<'s> {
    /// By what is known now.
    pub interactions: Rows<'s, Interaction>,
    /// Final, each `hold` after it was explained.
    pub certain: Ticks<'s, FinalInteraction>,
}

/// Explains `steps` of weight, and `looks` of slots that nothing weighs.
pub fn attribute<'s>(
    scope: Scope<'s, DataflowTime>,
    whereabouts: Rows<'s, Whereabouts>,
    attendances: Rows<'s, Attendance>,
    reaches: Ticks<'s, Reach>,
    steps: Ticks<'s, WeightStep>,
    looks: Ticks<'s, Look>,
    attributing: Attributing,
) -> Attributed<'s> {
    let moved = changes(whereabouts, "Changes of whereabouts, for attribution").map(Heard::Moved);
    let attends = changes(attendances, "Changes of attendance, for attribution").map(Heard::Attends);
    let heard =
        scope.concatenate([moved, attends, reaches.map(Heard::Hand), steps.map(Heard::Step), looks.map(Heard::Look)]);
    let known = by_tick(heard, Attribute::new(attributing)).ok;
    let interactions =
        known.clone().flat_map(|known| if let Known::Change(update) = known { Some(update) } else { None });
    let certain = known.flat_map(|known| if let Known::Certain(row) = known { Some(row) } else { None });
    Attributed { interactions: interactions.as_collection(), certain }
}

/// What it hears.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Heard {
    Moved(Change<Whereabouts>),
    Attends(Change<Attendance>),
    Hand(Reach),
    Step(WeightStep),
    Look(Look),
}

/// What it says.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Change((Interaction, DataflowTime, isize)),
    Certain(FinalInteraction),
}

/// The operator's core.
#[derive(Debug)]
pub(crate) struct Attribute {
    attributing: Attributing,
    clerk: Twice<Clerk>,
    attended: BTreeMap<TrackId, BTreeMap<Attendee, i64>>,
    /// Final interactions, with the tick at which they became so.
    kept: BTreeMap<InteractionId, (Tick, Interaction)>,
    /// What the collection holds.
    said: BTreeMap<InteractionId, Interaction>,
}

impl Attribute {
    pub(crate) fn new(attributing: Attributing) -> Self {
        let clerk = Twice::new(Clerk::new(attributing.trade.clone()));
        Self { attributing, clerk, attended: BTreeMap::new(), kept: BTreeMap::new(), said: BTreeMap::new() }
    }

    fn hear(&mut self, now: Tick, heard: Heard) {
        let trade = self.attributing.trade.clone();
        let (tick, row, diff) = match heard {
            Heard::Attends(Change { row, diff }) => {
                let attendees = self.attended.entry(row.track).or_default();
                *attendees.entry(row.attendee).or_default() += diff;
                attendees.retain(|_, count| *count != 0);
                if attendees.is_empty() {
                    self.attended.remove(&row.track);
                }
                return;
            }
            Heard::Moved(Change { row, diff }) => (row.tick, Evidence::At(row), diff),
            Heard::Hand(hand) => (trade.tick.tick(hand.event_time), Evidence::Hand(hand), 1),
            Heard::Step(step) => {
                let (tick, until) = self.place(now, step.until);
                (tick, Evidence::Step(WeightStep { until, ..step }), 1)
            }
            Heard::Look(look) => {
                let (tick, until) = self.place(now, look.until);
                (tick, Evidence::Look(Look { until, ..look }), 1)
            }
        };
        if self.clerk.is_final(tick) {
            // Whereabouts are taken away after they were final.
            return;
        }
        self.clerk.hear(tick, row, diff);
    }

    /// The tick at which a change that ended at `until` is explained. One that is told too late, after a hole in what its scale said or
    /// when somebody stood before the slot, is moved on to the first that is not final.
    fn place(&self, now: Tick, until: EventTime) -> (Tick, EventTime) {
        let (length, after) = (self.attributing.trade.tick, self.attributing.after());
        let open = (now.0 + 1).saturating_sub(self.attributing.hold).max(after);
        let tick = length.tick(until).0 + after;
        if tick >= open {
            return (Tick(tick), until);
        }
        (Tick(open), length.start(Tick(open - after)))
    }

    /// Tells how the interactions have changed.
    fn tell(&mut self, now: Tick, out: &mut Outbox<Known>) {
        let keep = self.attributing.keep;
        let attended = &self.attended;
        self.kept.retain(|_, (since, row)| {
            row.track.is_some_and(|track| attended.contains_key(&track)) || since.0 + keep > now.0
        });
        let kept = self.kept.values().map(|(_, row)| row);
        let known: BTreeMap<InteractionId, Interaction> =
            kept.chain(self.clerk.said()).map(|row| (row.id, row.clone())).collect();
        let change = |row: &Interaction, diff| Known::Change((row.clone(), now.0, diff));
        out.ok.extend(self.said.iter().filter(|(id, row)| known.get(id) != Some(row)).map(|(_, row)| change(row, -1)));
        out.ok.extend(known.iter().filter(|(id, row)| self.said.get(id) != Some(row)).map(|(_, row)| change(row, 1)));
        self.said = known;
    }
}

impl ByTick for Attribute {
    type In = Heard;
    type Out = Known;
    const NAME: &'static str = "Attribute";

    fn route(_heard: &Heard) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Heard>, out: &mut Outbox<Known>) -> Option<Tick> {
        for heard in batch {
            self.hear(tick, heard);
        }
        if let Some(last) = tick.0.checked_sub(self.attributing.hold) {
            for (_, rows) in self.clerk.settle(Tick(last)) {
                for row in rows {
                    let who = |track| self.attended.get(&track)?.keys().next().copied();
                    out.give(Known::Certain(FinalInteraction::new(row.clone(), who)));
                    self.kept.insert(row.id, (tick, row));
                }
            }
        }
        if let Some(until) = tick.0.checked_sub(self.attributing.lag) {
            self.clerk.look_ahead(Tick(until));
        }
        self.tell(tick, out);
        (!self.clerk.is_idle() || !self.said.is_empty()).then_some(Tick(tick.0 + 1))
    }
}
