//! Patterns: what the shop's members as a whole buy again, and buy most: of every period (a week), from the weeks before it.
//! In: lines by member, periods that are asked for | Out: [`Patterns`], one for each such period | Key: member and subject, then period
//! State: days on which each member bought each sku and category; counts by period; for each asked period everything counted before
//! Time: a tick; a period's patterns follow every correction of the weeks before.
//! Faults: none.
//!
//! A period's patterns never depend on the period itself: who is asked about within a week is answered from the weeks before, so a
//! receipt moves the patterns of nobody but those who are asked about later. Repeats count days, not receipts.

use super::history::{DAY_US, Line, day_of};
use crate::flow::Rows;
use schemas::{CategoryCode, EventTime, MemberId, SkuCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Days of a period.
pub const PERIOD_DAYS: i64 = 7;
/// A purchase is followed when there is another one within so many days.
pub const FOLLOW_DAYS: i64 = 14;
/// Weeks that count as recent.
pub const RECENT_PERIODS: i64 = 5;
/// Most bought skus that are kept.
pub const TOP: usize = 60;

/// The period that holds `time`. The Unix epoch was a Thursday; periods begin on Sundays.
pub fn period_of(time: EventTime) -> i64 {
    period_of_day(day_of(time))
}

fn period_of_day(day: i64) -> i64 {
    (day + 4).div_euclid(PERIOD_DAYS)
}

/// What is counted about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A sku, with its category.
    Sku(SkuCode, CategoryCode),
    /// A category.
    Category(CategoryCode),
}

impl Subject {
    /// What a line counts for.
    pub fn of(line: &Line) -> impl Iterator<Item = Self> + use<> {
        let category = (line.category != CategoryCode::NONE).then_some(Self::Category(line.category));
        std::iter::once(Self::Sku(line.sku, line.category)).chain(category)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tally {
    /// A member's day with a purchase.
    Bought,
    /// Such a day that is not the first.
    Again,
    /// Such a day after which [`FOLLOW_DAYS`] have gone by: counted in the first period in which all of them have.
    Ripe,
    /// A ripe one with another within these days.
    Followed,
}

/// What the days on which one member bought of one subject count for, each with the period in which it is known. `days` are sorted
/// and differ.
pub fn tallies(days: &[i64]) -> BTreeMap<(i64, Tally), isize> {
    let mut counts = BTreeMap::new();
    for (n, &day) in days.iter().enumerate() {
        *counts.entry((period_of_day(day), Tally::Bought)).or_insert(0) += 1;
        if n > 0 {
            *counts.entry((period_of_day(day), Tally::Again)).or_insert(0) += 1;
        }
        let ripe = period_of_day(day + FOLLOW_DAYS);
        *counts.entry((ripe, Tally::Ripe)).or_insert(0) += 1;
        if days.get(n + 1).is_some_and(|next| next - day <= FOLLOW_DAYS) {
            *counts.entry((ripe, Tally::Followed)).or_insert(0) += 1;
        }
    }
    counts
}

/// Counts of one subject before a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counts {
    /// Days with a purchase.
    pub bought: u32,
    /// Days with a purchase that were not the first.
    pub again: u32,
    /// Ripe days.
    pub ripe: u32,
    /// Ripe days that were followed.
    pub followed: u32,
    /// Days with a purchase in the last [`RECENT_PERIODS`] periods.
    pub recent: u32,
}

impl Counts {
    /// Adds `times` of what was counted `ago` periods before the period in question.
    pub fn add(&mut self, tally: Tally, ago: i64, times: u32) {
        let of = match tally {
            Tally::Bought => &mut self.bought,
            Tally::Again => &mut self.again,
            Tally::Ripe => &mut self.ripe,
            Tally::Followed => &mut self.followed,
        };
        *of += times;
        if tally == Tally::Bought && ago <= RECENT_PERIODS {
            self.recent += times;
        }
    }
}

/// What is known about a shop before one period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// By subject, sorted.
    pub counts: Vec<(Subject, Counts)>,
    /// The skus bought on most days of late, the most first; ties by code. At most [`TOP`].
    pub top: Vec<(SkuCode, CategoryCode)>,
    /// Where in `counts` the subjects of each [`place`] begin; one more than there are places.
    places: Vec<u32>,
}

/// Leading bits of a sku's code that say where it stands: codes are hashes, so every place has about as many.
const PLACE_BITS: u32 = 12;

/// Where a subject stands among others: never before one that is less.
fn place(subject: Subject) -> usize {
    match subject {
        Subject::Sku(sku, _) => (sku.0 >> (u64::BITS - PLACE_BITS)) as usize,
        Subject::Category(_) => 1 << PLACE_BITS,
    }
}

impl Table {
    /// From counts, sorted by subject.
    pub fn of(counts: Vec<(Subject, Counts)>) -> Self {
        let sku = |(subject, counts): &(Subject, Counts)| match *subject {
            Subject::Sku(sku, category) if counts.recent > 0 => Some((u32::MAX - counts.recent, sku, category)),
            _ => None,
        };
        let mut top: Vec<(u32, SkuCode, CategoryCode)> = counts.iter().filter_map(sku).collect();
        if top.len() > TOP {
            top.select_nth_unstable(TOP);
            top.truncate(TOP);
        }
        top.sort_unstable();
        let mut places = Vec::with_capacity((1 << PLACE_BITS) + 2);
        for (at, (subject, _)) in counts.iter().enumerate() {
            places.resize(places.len().max(place(*subject) + 1), at as u32);
        }
        places.resize((1 << PLACE_BITS) + 2, counts.len() as u32);
        Self { counts, top: top.into_iter().map(|(_, sku, category)| (sku, category)).collect(), places }
    }
}

/// The patterns of one period. Compared by period and digest: clones are cheap, and the table crosses an edge within a process
/// as a pointer. Between processes it is copied for every member who is asked about.
#[derive(Clone, Debug)]
pub struct Patterns {
    /// Which period.
    pub period: i64,
    digest: u64,
    table: Arc<Table>,
}

impl Patterns {
    /// Of a period about which nothing is known.
    pub fn none(period: i64) -> Self {
        Self::of(period, Table::default())
    }

    /// Of a period.
    pub fn of(period: i64, table: Table) -> Self {
        let mut digest = 0xcbf2_9ce4_8422_2325_u64;
        let mut mix = |word: u64| digest = (digest ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        for (subject, counts) in &table.counts {
            let (kind, code, of) = match subject {
                Subject::Sku(sku, category) => (1, sku.0, category.0),
                Subject::Category(category) => (2, category.0, 0),
            };
            let Counts { bought, again, ripe, followed, recent } = *counts;
            [kind, code, of]
                .into_iter()
                .chain([bought, again, ripe, followed, recent].map(u64::from))
                .for_each(&mut mix);
        }
        Self { period, digest, table: Arc::new(table) }
    }

    /// Counts of a sku.
    pub fn sku(&self, sku: SkuCode, category: CategoryCode) -> Counts {
        self.find(Subject::Sku(sku, category))
    }

    /// Counts of a category.
    pub fn category(&self, category: CategoryCode) -> Counts {
        self.find(Subject::Category(category))
    }

    /// The skus bought most of late.
    pub fn top(&self) -> &[(SkuCode, CategoryCode)] {
        &self.table.top
    }

    fn find(&self, subject: Subject) -> Counts {
        let Table { counts, places, .. } = &*self.table;
        let [from, until] = [0, 1].map(|more| places.get(place(subject) + more).map_or(0, |at| *at as usize));
        let alike = &counts[from..until];
        let found = alike.binary_search_by(|(other, _)| other.cmp(&subject));
        found.map_or_else(|_| Counts::default(), |at| alike[at].1)
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        (self.period, self.digest) == (other.period, other.digest)
    }
}

impl Eq for Patterns {}

impl PartialOrd for Patterns {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Patterns {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.period, self.digest).cmp(&(other.period, other.digest))
    }
}

impl Serialize for Patterns {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.period, self.digest, &*self.table).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (period, digest, table) = Deserialize::deserialize(from)?;
        Ok(Self { period, digest, table: Arc::new(table) })
    }
}

/// The patterns of each of `periods`, from lines by member.
pub fn patterns<'s>(lines: Rows<'s, (MemberId, Line)>, periods: Rows<'s, i64>) -> Rows<'s, Patterns> {
    let days = lines.flat_map(|(member, line)| {
        Subject::of(&line).map(move |subject| ((member, subject), day_of(line.event_time))).collect::<Vec<_>>()
    });
    let counted = days.reduce_named("Tallies by member and subject", |_, days, counts| {
        let days: Vec<i64> = days.iter().map(|(day, _)| **day).collect();
        counts.extend(tallies(&days));
    });
    // Every count meets every period: there is one of these a week.
    let counted = counted.map(|((_, subject), tally)| ((), (tally, subject))).arrange_by_key_named("Tallies");
    let periods = periods.distinct().map(|period| ((), period)).arrange_by_key_named("Periods");
    let before = counted.join_core(periods, |(), &((known, tally), subject), &period| {
        let ago = period - known;
        (ago > 0).then_some((period, (subject, tally, ago.min(RECENT_PERIODS + 1))))
    });
    let tables = before.reduce_named("Patterns by period", |&period, counted, out| {
        let mut counts: Vec<(Subject, Counts)> = Vec::new();
        for (&(subject, tally, ago), times) in counted.iter().map(|(row, times)| (*row, *times)) {
            if counts.last().is_none_or(|(last, _)| *last != subject) {
                counts.push((subject, Counts::default()));
            }
            let times = u32::try_from(times).unwrap_or_else(|_| panic!("{times} tallies of one kind"));
            if let Some((_, counts)) = counts.last_mut() {
                counts.add(tally, ago, times);
            }
        }
        out.push((Patterns::of(period, Table::of(counts)), 1));
    });
    tables.map(|(_, patterns)| patterns)
}

/// The first instant of a period.
pub fn period_start(period: i64) -> EventTime {
    EventTime((period * PERIOD_DAYS - 4) * DAY_US)
}
