//! The part of the graph that knows members: from receipts to profiles and suggestions.

use crate::personalise::shipped;
use crate::sink::write::{Origin, Write, Writer};
use operators::{Change, Personal, Personalising, Rows, Settling, Ticks, by_tick, changes, personalise, purchases};
use schemas::{Ask, MemberId, Profile, Receipt, ReceiptLine, Suggestion, Tick};
use std::sync::Arc;
use timely::dataflow::operators::vec::{Map, ToStream};

/// Suggestions for a member at most.
const MOST: usize = 20;

/// Gathers what members bought, and writes what comes of it after each of their receipts; a row's time is that of the tick that made it.
pub fn write_personal<'s>(
    receipts: Ticks<'s, Receipt>,
    lines: Ticks<'s, ReceiptLine>,
    settling: &Settling,
    origin: &Origin,
    writer: &Writer,
) -> Vec<Ticks<'s, ()>> {
    let (scope, length) = (receipts.scope(), settling.length);
    let bought = purchases(receipts, lines, &settling.tariff.catalog, length);
    let erased = Rows::new(Vec::<(MemberId, u64, isize)>::new().to_stream(scope));
    let asks = Rows::new(Vec::<(Ask, u64, isize)>::new().to_stream(scope));
    let personalising = Personalising { coefficients: Arc::new(shipped()), most: MOST, after_last: true };
    let Personal { profiles, suggestions, .. } = personalise(bought, erased, asks, personalising);
    let profiles = told(profiles, "Changes of profiles")
        .map(move |(tick, row)| Profile { as_of: length.start(Tick(tick)), ..row });
    let suggestions = told(suggestions, "Changes of suggestions")
        .map(move |(tick, row)| Suggestion { as_of: length.start(Tick(tick)), ..row });
    let at_once = || origin.clone().holding(0, length);
    vec![
        by_tick(profiles, Write::<Profile>::new(at_once(), writer.clone())).ok,
        by_tick(suggestions, Write::<Suggestion>::new(at_once(), writer.clone())).ok,
    ]
}

/// The rows that come, each with its tick. Rows that go are not told: a later row of the same member takes their place.
fn told<'s, T: timely::ExchangeData + Ord>(rows: Rows<'s, T>, name: &str) -> Ticks<'s, (u64, T)> {
    let stamped = rows.inner.map(|(row, tick, diff)| ((tick, row), tick, diff));
    changes(Rows::new(stamped), name).flat_map(|Change { row, diff }: Change<(u64, T)>| (diff > 0).then_some(row))
}
