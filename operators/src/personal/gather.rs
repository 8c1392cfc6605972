//! Gather: everything that is known of each member, as one arrangement; one reduce makes profiles, suggestions and chances of it.
//! In: collections of Purchase, of members with what they [`Done`] did and with the times from which on they were to be forgotten, and of Ask
//! Out: collections of Profile, Suggestion, Due | Key: member
//! State: all purchases and deeds, by member; those that are not forgotten by member and subject; patterns of asked periods
//! Time: a tick; what comes out is at every closed tick what the inputs sum up to, in whatever order they came.
//! Faults: none. What is sold minus what is taken back is on no receipt where it is not positive.
//!
//! An adjustment is a difference of a purchase's quantity; an erasure is a row of `erased`, which takes away everything that the member
//! bought and did before its time, and their part of the shop's patterns: who comes back is somebody new. Both are undone exactly by their
//! retraction.
//!
//! With `after_last`, every member is asked about just after their last receipt, and the ask moves with it.

use super::decay::Decays;
use super::deeds::Done;
use super::due::due_of;
use super::forget::{forget, last};
use super::history::{Entry, Known, Line};
use super::patterns::{patterns, period_of};
use super::profile::profiles_of;
use super::suggest::{Ranker, suggestions_of};
use super::trees::Coefficients;
use crate::flow::{DataflowTime, Rows};
use differential_dataflow::operators::ThresholdTotal;
use differential_dataflow::operators::arrange::{Arranged, TraceAgent};
use differential_dataflow::trace::implementations::{ValBuilder, ValSpine};
use schemas::{Ask, Due, EventTime, MemberId, Profile, Purchase, Suggestion};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What it must know.
#[derive(Clone, Debug)]
pub struct Personalising {
    /// What ranks and reminds.
    pub coefficients: Arc<Coefficients>,
    /// Suggestions for each ask at most.
    pub most: usize,
    /// Whether every member is asked about just after their last receipt.
    pub after_last: bool,
}

/// What is known of members and said to them.
pub struct Personal<'s> {
    /// What is on receipts and not forgotten, each once.
    pub lines: Rows<'s, (MemberId, Line)>,
    /// One for each ask about a member with receipts before it.
    pub profiles: Rows<'s, Profile>,
    /// Ranked, for each ask.
    pub suggestions: Rows<'s, Suggestion>,
    /// One for each ask and habitual category.
    pub due: Rows<'s, Due>,
}

/// Gathers `purchases` and `deeds` without what members of `erased` bought and did before the times there, and answers the `asks`.
pub fn personalise<'s>(
    purchases: Rows<'s, Purchase>,
    deeds: Rows<'s, (MemberId, Done)>,
    erased: Rows<'s, (MemberId, EventTime)>,
    asks: Rows<'s, Ask>,
    personalising: Personalising,
) -> Personal<'s> {
    let Personalising { coefficients, most, after_last } = personalising;
    let bought = purchases.threshold_total(|_, quantity| isize::from(*quantity > 0));
    let erased = last(erased);
    let bought = bought.map(|purchase| (purchase.member, Line::from(purchase)));
    let lines = forget(bought, erased.clone(), |line| line.event_time);
    let deeds = forget(deeds, erased, |done| done.event_time).map(|(member, done)| (member, Entry::Did(done)));
    let kept = lines.clone();
    let mut asks = asks.map(|ask| (ask.member, ask.as_of));
    if after_last {
        let times = lines.clone().map(|(member, line)| (member, line.event_time));
        let last = times.reduce_named("Last receipt", |_, times, out| {
            out.extend(times.last().map(|(time, _)| (time.plus_us(1), 1)));
        });
        asks = asks.concat(last);
    }
    let asks = asks.distinct();
    let periods = asks.clone().map(|(member, as_of)| (period_of(as_of), member)).distinct();
    let shop = patterns(lines.clone(), periods.clone().map(|(period, _)| period));
    let shop = shop
        .map(|patterns| (patterns.period, patterns))
        .join_map(periods, |_, patterns, &member| (member, Entry::Patterns(patterns.clone())));
    let lines = lines.map(|(member, line)| (member, Entry::Line(line)));
    let asks = asks.map(|(member, as_of): (MemberId, EventTime)| (member, Entry::Ask(as_of)));
    let entries = lines.concat(asks).concat(shop).concat(deeds).arrange_by_key_named("Entries by member");
    let decays = Arc::new(Decays::default());
    let said = by_member(entries, "Profile, suggest, due", move |member, known| {
        let ranker = Ranker { forest: &coefficients.suggest, decays: &decays, most };
        let profiles = profiles_of(known, member, &decays).into_iter().map(|row| Said::Profile(Box::new(row)));
        let suggestions = suggestions_of(known, member, &ranker).into_iter().map(Said::Suggestion);
        let due = due_of(known, member, &coefficients.due, &decays).into_iter().map(Said::Due);
        profiles.chain(suggestions).chain(due).collect()
    });
    let profiles = said.clone().flat_map(|said| if let Said::Profile(row) = said { Some(*row) } else { None });
    let suggestions = said.clone().flat_map(|said| if let Said::Suggestion(row) = said { Some(row) } else { None });
    let due = said.flat_map(|said| if let Said::Due(row) = said { Some(row) } else { None });
    Personal { lines: kept, profiles, suggestions, due }
}

/// What is said of a member: all of it at once, so that what is known is read once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Said {
    Profile(Box<Profile>),
    Suggestion(Suggestion),
    Due(Due),
}

/// The entries of every member, arranged once.
type Entries<'s> = Arranged<'s, TraceAgent<ValSpine<MemberId, Entry, DataflowTime, isize>>>;

/// The rows that `say` makes of what is known of each member.
fn by_member<'s, D: differential_dataflow::ExchangeData>(
    entries: Entries<'s>,
    name: &str,
    say: impl Fn(MemberId, &Known<'_>) -> Vec<D> + 'static,
) -> Rows<'s, D> {
    let said = entries.reduce_abelian::<_, ValBuilder<_, _, _, _>, ValSpine<MemberId, D, DataflowTime, isize>, _, _>(
        name,
        move |&member, entries, out| {
            let rows = say(member, &Known::of(entries));
            out.extend(rows.into_iter().map(|row| (row, 1)));
        },
        |chunk, &member, updates| {
            chunk.clear();
            chunk.extend(updates.drain(..).map(|(row, time, diff)| ((member, row), time, diff)));
        },
    );
    said.as_collection(|_, row| row.clone())
}
