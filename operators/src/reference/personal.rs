//! Personal, the plain way: the receipts that are left when all is said, and from them every answer, from scratch.

use crate::personal::decay::Decays;
use crate::personal::deeds::Done;
use crate::personal::due::due_of;
use crate::personal::gather::Personalising;
use crate::personal::history::{Entry, Known, Line, day_of};
use crate::personal::patterns::{
    Counts, FOLLOW_DAYS, PERIOD_DAYS, Patterns, RECENT_PERIODS, Subject, Table, period_of, period_start,
};
use crate::personal::profile::profiles_of;
use crate::personal::suggest::{Ranker, suggestions_of};
use schemas::{Ask, Due, EventTime, MemberId, Profile, Purchase, Suggestion};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is said of everybody, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlowPersonal {
    /// Profiles.
    pub profiles: Vec<Profile>,
    /// Suggestions.
    pub suggestions: Vec<Suggestion>,
    /// Chances.
    pub due: Vec<Due>,
}

/// What is said in the end, given all changes of all collections in any order.
pub fn slow_personal(
    purchases: &[(Purchase, i64)],
    deeds: &[((MemberId, Done), i64)],
    erased: &[((MemberId, EventTime), i64)],
    asks: &[(Ask, i64)],
    personalising: &Personalising,
) -> SlowPersonal {
    let mut units: BTreeMap<Purchase, i64> = BTreeMap::new();
    purchases.iter().for_each(|(row, diff)| *units.entry(*row).or_default() += diff);
    let mut forgotten: BTreeMap<(MemberId, EventTime), i64> = BTreeMap::new();
    erased.iter().for_each(|(row, diff)| *forgotten.entry(*row).or_default() += diff);
    forgotten.retain(|_, times| *times > 0);
    let gone = |whose: MemberId, when: EventTime| forgotten.keys().any(|(member, at)| *member == whose && when < *at);
    let mut lines: BTreeMap<MemberId, BTreeSet<Line>> = BTreeMap::new();
    for (row, _) in units.iter().filter(|(row, units)| **units > 0 && !gone(row.member, row.event_time)) {
        lines.entry(row.member).or_default().insert(Line::from(*row));
    }
    let mut done: BTreeMap<(MemberId, Done), i64> = BTreeMap::new();
    deeds.iter().for_each(|(row, diff)| *done.entry(*row).or_default() += diff);
    done.retain(|(member, done), times| *times > 0 && !gone(*member, done.event_time));
    let mut wanted: BTreeMap<Ask, i64> = BTreeMap::new();
    asks.iter().for_each(|(ask, diff)| *wanted.entry(*ask).or_default() += diff);
    wanted.retain(|_, times| *times > 0);
    if personalising.after_last {
        for (member, lines) in &lines {
            let last = lines.iter().map(|line| line.event_time).max().unwrap_or_default();
            wanted.insert(Ask { member: *member, as_of: last.plus_us(1) }, 1);
        }
    }
    let decays = Decays::default();
    let mut said = SlowPersonal::default();
    let members: BTreeSet<MemberId> = wanted.keys().map(|ask| ask.member).collect();
    for member in members {
        let times: BTreeSet<EventTime> =
            wanted.keys().filter(|ask| ask.member == member).map(|ask| ask.as_of).collect();
        let mut entries: Vec<Entry> = lines.get(&member).into_iter().flatten().map(|line| Entry::Line(*line)).collect();
        entries.extend(times.iter().map(|as_of| Entry::Ask(*as_of)));
        let periods: BTreeSet<i64> = times.iter().map(|as_of| period_of(*as_of)).collect();
        entries.extend(periods.into_iter().map(|period| Entry::Patterns(slow_patterns(&lines, period))));
        entries.sort();
        let mut entries: Vec<(Entry, isize)> = entries.into_iter().map(|entry| (entry, 1)).collect();
        let theirs = done.iter().filter(|((whose, _), _)| *whose == member);
        entries.extend(theirs.map(|((_, done), times)| (Entry::Did(*done), *times as isize)));
        let entries: Vec<(&Entry, isize)> = entries.iter().map(|(entry, times)| (entry, *times)).collect();
        let known = Known::of(&entries);
        let ranker = Ranker { forest: &personalising.coefficients.suggest, decays: &decays, most: personalising.most };
        said.profiles.extend(profiles_of(&known, member, &decays));
        said.suggestions.extend(suggestions_of(&known, member, &ranker));
        said.due.extend(due_of(&known, member, &personalising.coefficients.due, &decays));
    }
    said.profiles.sort();
    said.suggestions.sort();
    said.due.sort();
    said
}

/// The patterns of a period, counted day by day from the receipts before it.
pub fn slow_patterns(lines: &BTreeMap<MemberId, BTreeSet<Line>>, period: i64) -> Patterns {
    let end = day_of(period_start(period));
    let mut days: BTreeSet<(Subject, MemberId, i64)> = BTreeSet::new();
    for (member, lines) in lines {
        for line in lines {
            days.extend(Subject::of(line).map(|subject| (subject, *member, day_of(line.event_time))));
        }
    }
    let mut counts: BTreeMap<Subject, Counts> = BTreeMap::new();
    for &(subject, member, day) in days.iter().filter(|(_, _, day)| *day < end) {
        let of = counts.entry(subject).or_default();
        let mine = |day: i64| days.contains(&(subject, member, day));
        of.bought += 1;
        of.again += u32::from(days.range((subject, member, i64::MIN)..(subject, member, day)).next().is_some());
        of.recent += u32::from(day >= end - RECENT_PERIODS * PERIOD_DAYS);
        if day + FOLLOW_DAYS < end {
            of.ripe += 1;
            of.followed += u32::from((day + 1..=day + FOLLOW_DAYS).any(mine));
        }
    }
    Patterns::of(period, Table::of(counts.into_iter().collect()))
}
