//! Remind: what a member usually buys and is due, said as their visit begins, and again at the door of what is not in the cart.
//! In: [`Heard`] | Out: Reminder | Key: none: chances are the member's, carts the visit's | State: open visits with what is due to their
//! members; categories in carts
//! Time: in the tick of the occasion, from everything of that tick.
//! Faults: none.
//!
//! Chances are those of the entry, whatever is learnt during the visit; what is forgotten meanwhile is not reminded of.

#[cfg(test)]
mod tests;

use crate::flow::Outbox;
use crate::flow::build::ByTick;
use schemas::{CategoryCode, Due, EventTime, MemberId, Occasion, Reminder, Tick, TickLength, VisitId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How it reminds.
#[derive(Clone, Copy, Debug)]
pub struct Reminding {
    /// Length of a tick.
    pub length: TickLength,
    /// Of habits that are at least so likely, in parts per million.
    pub chance_ppm: u32,
    /// Of so many at once at most.
    pub most: usize,
}

/// What is heard; in this order in a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heard {
    /// A member's visit begins, and was asked about as of this time.
    Came(VisitId, MemberId, EventTime),
    /// Something is due, or no longer so.
    Due(Due, i64),
    /// There are so many more units of a category in a visit's cart.
    Cart(VisitId, CategoryCode, i64),
    /// Everybody of a visit is at the door.
    Leaves(VisitId),
    /// The visit is gone.
    Gone(VisitId),
}

/// The operator's core.
#[derive(Clone, Debug)]
pub struct Remind {
    reminding: Reminding,
    visits: BTreeMap<VisitId, (MemberId, EventTime)>,
    due: BTreeMap<(MemberId, EventTime), BTreeMap<Due, i64>>,
    carts: BTreeMap<VisitId, BTreeMap<CategoryCode, i64>>,
}

impl Remind {
    /// Nobody is there.
    pub fn new(reminding: Reminding) -> Self {
        let (visits, due, carts) = Default::default();
        Self { reminding, visits, due, carts }
    }

    fn say(&self, tick: Tick, visit: VisitId, occasion: Occasion, out: &mut Outbox<Reminder>) {
        let Some(asked) = self.visits.get(&visit) else { return };
        let has =
            |category| self.carts.get(&visit).and_then(|cart| cart.get(&category)).is_some_and(|units| *units > 0);
        let rows = self.due.get(asked).into_iter().flatten().filter(|(_, count)| **count > 0).map(|(due, _)| *due);
        let rows = rows.filter(|due| due.chance_ppm >= self.reminding.chance_ppm);
        let mut rows: Vec<Due> = rows.filter(|due| occasion == Occasion::Entry || !has(due.category)).collect();
        rows.sort_by_key(|due| (Reverse(due.chance_ppm), due.category));
        let reminded_at = self.reminding.length.start(tick);
        for (due, rank) in rows.into_iter().take(self.reminding.most).zip(1..) {
            out.give(Reminder { reminded_at, visit, occasion, rank, due });
        }
    }
}

impl ByTick for Remind {
    type In = Heard;
    type Out = Reminder;
    const NAME: &'static str = "Remind";

    fn route(_: &Heard) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Heard>, out: &mut Outbox<Reminder>) -> Option<Tick> {
        let mut came = BTreeSet::new();
        let mut told = false;
        for heard in batch {
            // Everything that is due at entry has come by then.
            if !told && matches!(heard, Heard::Cart(..) | Heard::Leaves(_) | Heard::Gone(_)) {
                told = true;
                came.iter().for_each(|visit| self.say(tick, *visit, Occasion::Entry, out));
            }
            match heard {
                Heard::Came(visit, member, as_of) => {
                    self.visits.insert(visit, (member, as_of));
                    self.due.entry((member, as_of)).or_default();
                    came.insert(visit);
                }
                Heard::Due(row, diff) => {
                    if let Some(rows) = self.due.get_mut(&(row.member, row.as_of)) {
                        *rows.entry(row).or_default() += diff;
                        rows.retain(|_, count| *count != 0);
                    }
                }
                Heard::Cart(visit, category, more) => {
                    let cart = self.carts.entry(visit).or_default();
                    *cart.entry(category).or_default() += more;
                    cart.retain(|_, units| *units != 0);
                    if cart.is_empty() {
                        self.carts.remove(&visit);
                    }
                }
                Heard::Leaves(visit) => self.say(tick, visit, Occasion::Exit, out),
                Heard::Gone(visit) => {
                    let Some(asked) = self.visits.remove(&visit) else { continue };
                    if !self.visits.values().any(|other| *other == asked) {
                        self.due.remove(&asked);
                    }
                }
            }
        }
        if !told {
            came.iter().for_each(|visit| self.say(tick, *visit, Occasion::Entry, out));
        }
        None
    }
}
