//! Forget: what members bought and did before they asked to be forgotten counts for nothing any more.
//! In: Erasure; rows by member | Out: the rows that are left | Key: member | State: rows by member; each member's erasures
//! Time: from the tick of the request on.
//! Faults: none.

use crate::flow::build::{ByTick, by_tick};
use crate::flow::{DataflowTime, Outbox, Rows, Ticks};
use differential_dataflow::{AsCollection, ExchangeData};
use schemas::{Erasure, EventTime, MemberId, Tick};

/// Who asked, and when, as a collection.
pub fn erased<'s>(erasures: Ticks<'s, Erasure>) -> Rows<'s, (MemberId, EventTime)> {
    by_tick(erasures, Desk).ok.as_collection()
}

/// When members last asked.
pub(super) fn last<'s>(erased: Rows<'s, (MemberId, EventTime)>) -> Rows<'s, (MemberId, EventTime)> {
    erased.reduce_named("Last erasure", |_, times, out| {
        let times = times.iter().filter(|(_, count)| *count > 0).map(|(time, _)| **time);
        out.extend(times.max().map(|time| (time, 1)));
    })
}

/// `rows` without those whose time, by `of`, is before their member's in `last`.
pub(super) fn forget<'s, T: ExchangeData + std::hash::Hash>(
    rows: Rows<'s, (MemberId, T)>,
    last: Rows<'s, (MemberId, EventTime)>,
    of: impl Fn(&T) -> EventTime + 'static,
) -> Rows<'s, (MemberId, T)> {
    let met = rows.clone().join_map(last, |&member, row, &at| (member, row.clone(), at));
    let gone = met.flat_map(move |(member, row, at)| (of(&row) < at).then_some((member, row)));
    rows.concat(gone.negate())
}

/// Takes requests.
struct Desk;

impl ByTick for Desk {
    type In = Erasure;
    type Out = ((MemberId, EventTime), DataflowTime, isize);
    const NAME: &'static str = "Forget";

    fn route(erasure: &Erasure) -> u64 {
        erasure.member.0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Erasure>, out: &mut Outbox<Self::Out>) -> Option<Tick> {
        out.ok.extend(batch.into_iter().map(|row| ((row.member, row.event_time), tick.0, 1)));
        None
    }
}
