//! Tell: of everything that changes about members, what is worth a row: what came in a tick in which something happened to the member.
//! In: rows that came, members to whom something happened | Out: those rows, with their tick | Key: member | State: none
//! Time: a row is told in its own tick.
//! Faults: none.
//!
//! Rows of a member may change because somebody else was forgotten, or at the first tick, when all that was known before is read. The
//! collections follow that; tables tell it with the next thing that happens to the member.

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, Outbox, Rows, Ticks};
use schemas::{MemberId, Occasion, Tick};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use timely::ExchangeData;
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::Map;

/// The rows that come to `rows`, as `split` parts them into member and occasion at a tick, where that happened to the member in the tick.
/// Rows that go are not told: a later row of the same member takes their place.
pub fn tell<'s, T: ExchangeData + Ord + Clone>(
    rows: Rows<'s, T>,
    happened: Ticks<'s, (MemberId, Occasion)>,
    split: impl Fn(Tick, &T) -> (MemberId, Occasion) + 'static,
    name: &str,
) -> Ticks<'s, (Tick, Occasion, T)> {
    let stamped = rows.inner.map(move |(row, tick, diff)| ((split(Tick(tick), &row), row), tick, diff));
    let came = changes(Rows::new(stamped), name).flat_map(|Change { row: ((member, occasion), row), diff }| {
        (diff > 0).then_some(Heard::Row(member, occasion, row))
    });
    let happened = happened.map(|(member, occasion)| Heard::Happened(member, occasion));
    by_tick(came.concat(happened), Tell(PhantomData)).ok
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Heard<T> {
    Happened(MemberId, Occasion),
    Row(MemberId, Occasion, T),
}

struct Tell<T>(PhantomData<T>);

impl<T: ExchangeData + Ord + Clone> ByTick for Tell<T> {
    type In = Heard<T>;
    type Out = (Tick, Occasion, T);
    const NAME: &'static str = "Tell";

    fn route(heard: &Heard<T>) -> u64 {
        let (Heard::Happened(member, _) | Heard::Row(member, ..)) = heard;
        member.0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Heard<T>>, out: &mut Outbox<Self::Out>) -> Option<Tick> {
        let mut happened = BTreeSet::new();
        for heard in batch {
            match heard {
                // These are the first of a batch.
                Heard::Happened(member, occasion) => {
                    happened.insert((member, occasion));
                }
                Heard::Row(member, occasion, row) if happened.contains(&(member, occasion)) => {
                    out.give((tick, occasion, row));
                }
                Heard::Row(..) => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_told() {
        let row = |member, occasion, row: &str| Heard::Row(MemberId(member), occasion, row.to_string());
        let mut batch = vec![
            row(1, Occasion::Receipt, "after an erasure of somebody else"),
            row(1, Occasion::Entry, "told"),
            row(2, Occasion::Entry, "of somebody to whom nothing happened"),
            Heard::Happened(MemberId(1), Occasion::Entry),
        ];
        batch.sort();
        let mut out = Outbox::default();
        assert_eq!(Tell(PhantomData).close(Tick(7), batch, &mut out), None);
        assert_eq!(out.ok, [(Tick(7), Occasion::Entry, "told".to_string())]);
    }
}
