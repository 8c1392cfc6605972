//! The part of the graph that knows members: from receipts to profiles and suggestions.

use crate::personalise::shipped;
use crate::sink::write::{Origin, Write, Writer};
use operators::{
    Change, Personal, Personalising, Rows, Settling, Ticks, by_tick, changes, erased, personalise, purchases, tell,
};
use schemas::{
    Ask, Erasure, EventTime, MemberId, Occasion, Profile, Purchase, Receipt, ReceiptLine, Suggested, Suggestion,
};
use std::sync::Arc;
use timely::dataflow::operators::vec::{Map, ToStream};

/// Suggestions for a member at most.
const MOST: usize = 20;

/// What is known of members beside their visits.
pub struct Members<'s> {
    /// What they bought before, each with how many; of one worker of all.
    pub earlier: Vec<(Purchase, isize)>,
    /// Who asks to be forgotten.
    pub erasures: Ticks<'s, Erasure>,
}

/// Gathers what members bought, and writes what comes of it after each of their receipts; a row's time is that of the tick that made it.
pub fn write_personal<'s>(
    receipts: Ticks<'s, Receipt>,
    lines: Ticks<'s, ReceiptLine>,
    members: Members<'s>,
    settling: &Settling,
    origin: &Origin,
    writer: &Writer,
) -> Vec<Ticks<'s, ()>> {
    let (scope, length) = (receipts.scope(), settling.length);
    let bought = purchases(receipts, lines, &settling.tariff.catalog, length);
    let buyers = changes(bought.clone().map(|row| row.member), "Members who bought");
    let happened = buyers.map(|Change { row, .. }: Change<MemberId>| (row, Occasion::Receipt));
    let before = members.earlier.into_iter().map(|(row, units)| (row, 0, units)).collect::<Vec<_>>();
    let bought = bought.concat(Rows::new(before.to_stream(scope)));
    let asks = Rows::new(Vec::<(Ask, u64, isize)>::new().to_stream(scope));
    let personalising = Personalising { coefficients: Arc::new(shipped()), most: MOST, after_last: true };
    let Personal { profiles, suggestions, .. } = personalise(bought, erased(members.erasures), asks, personalising);
    // What is asked at entry is asked as of the tick itself; what is asked after a receipt, as of an instant that starts none.
    let occasion = move |tick, as_of: EventTime| {
        if as_of == length.start(tick) { Occasion::Entry } else { Occasion::Receipt }
    };
    let of = move |tick, row: &Profile| (row.member, occasion(tick, row.as_of));
    let profiles = tell(profiles, happened.clone(), of, "Changes of profiles")
        .map(move |(tick, _, row)| Profile { as_of: length.start(tick), ..row });
    let of = move |tick, row: &Suggestion| (row.member, occasion(tick, row.as_of));
    let suggestions = tell(suggestions, happened, of, "Changes of suggestions")
        .map(move |(tick, occasion, row)| Suggested { row: Suggestion { as_of: length.start(tick), ..row }, occasion });
    let at_once = || origin.clone().holding(0, length);
    vec![
        by_tick(profiles, Write::<Profile>::new(at_once(), writer.clone())).ok,
        by_tick(suggestions, Write::<Suggested>::new(at_once(), writer.clone())).ok,
    ]
}
