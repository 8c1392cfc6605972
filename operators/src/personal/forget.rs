//! Forget: what members bought before they asked to be forgotten counts for nothing any more.
//! In: Erasure; lines by member | Out: the lines that are left | Key: member | State: lines by member; each member's erasures
//! Time: from the tick of the request on.
//! Faults: none.

use super::history::Line;
use crate::flow::build::{ByTick, by_tick};
use crate::flow::{DataflowTime, Outbox, Rows, Ticks};
use differential_dataflow::AsCollection;
use schemas::{Erasure, EventTime, MemberId, Tick};

/// Who asked, and when, as a collection.
pub fn erased<'s>(erasures: Ticks<'s, Erasure>) -> Rows<'s, (MemberId, EventTime)> {
    by_tick(erasures, Desk).ok.as_collection()
}

/// `lines` without what members bought before they last asked.
pub(super) fn forget<'s>(
    lines: Rows<'s, (MemberId, Line)>,
    erased: Rows<'s, (MemberId, EventTime)>,
) -> Rows<'s, (MemberId, Line)> {
    let last = erased.reduce_named("Last erasure", |_, times, out| {
        let times = times.iter().filter(|(_, count)| *count > 0).map(|(time, _)| **time);
        out.extend(times.max().map(|time| (time, 1)));
    });
    let met = lines.clone().join_map(last, |&member, &line, &at| (member, line, at));
    let gone = met.flat_map(|(member, line, at)| (line.event_time < at).then_some((member, line)));
    lines.concat(gone.negate())
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
