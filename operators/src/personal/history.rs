//! History: what one member bought, receipt by receipt, and what the shop's patterns are: all that a reduce by member sees.

use super::deeds::Done;
use super::patterns::Patterns;
use schemas::{CategoryCode, EventTime, Purchase, ReceiptId, SkuCode};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// The day of a time, counted from the Unix epoch.
pub fn day_of(time: EventTime) -> i64 {
    time.0.div_euclid(DAY_US)
}

/// One sku of one receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub event_time: EventTime,
    /// On which receipt.
    pub receipt: ReceiptId,
    /// What.
    pub sku: SkuCode,
    /// Of which category.
    pub category: CategoryCode,
    /// Whether a promotion made it cheaper.
    pub discounted: bool,
}

impl From<Purchase> for Line {
    fn from(row: Purchase) -> Self {
        let Purchase { event_time, receipt, sku, category, discounted, .. } = row;
        Self { event_time, receipt, sku, category, discounted }
    }
}

/// What is known of a member, as rows under the member's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Entry {
    /// Something bought.
    Line(Line),
    /// Something done beside buying.
    Did(Done),
    /// Somebody asks, as of this time.
    Ask(EventTime),
    /// The shop's patterns of a period in which an ask falls.
    Patterns(Patterns),
}

/// One line of a [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// What.
    pub sku: SkuCode,
    /// Of which category.
    pub category: CategoryCode,
    /// On the how-manieth receipt, from 0.
    pub receipt: usize,
}

/// One receipt of a [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slip {
    /// When.
    pub event_time: EventTime,
    /// On which day.
    pub day: i64,
    /// Different skus on it.
    pub skus: i64,
    /// Of these, made cheaper by a promotion.
    pub discounted: i64,
}

/// What one member bought, in the order of time (receipts of one instant by id); a sku counts once on a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Receipts.
    pub slips: Vec<Slip>,
    /// Lines, by receipt.
    pub bought: Vec<Bought>,
}

impl History {
    /// From lines in order.
    pub fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Self {
        let mut history = Self::default();
        let mut last: Option<&Line> = None;
        for line in lines {
            let known = last.is_some_and(|last| (last.event_time, last.receipt) == (line.event_time, line.receipt));
            if !known {
                let (event_time, day) = (line.event_time, day_of(line.event_time));
                history.slips.push(Slip { event_time, day, skus: 0, discounted: 0 });
            }
            let receipt = history.slips.len() - 1;
            if !(known && last.is_some_and(|last| last.sku == line.sku)) {
                history.bought.push(Bought { sku: line.sku, category: line.category, receipt });
                history.slips[receipt].skus += 1;
                history.slips[receipt].discounted += i64::from(line.discounted);
            }
            last = Some(line);
        }
        history
    }

    /// The first `receipts` receipts alone.
    pub fn first(&self, receipts: usize) -> Self {
        let lines = self.bought.partition_point(|line| line.receipt < receipts);
        Self { slips: self.slips[..receipts].to_vec(), bought: self.bought[..lines].to_vec() }
    }

    /// What was bought before `as_of` alone.
    pub fn before(&self, as_of: EventTime) -> Cow<'_, Self> {
        match self.slips.partition_point(|slip| slip.event_time < as_of) {
            all if all == self.slips.len() => Cow::Borrowed(self),
            receipts => Cow::Owned(self.first(receipts)),
        }
    }

    /// The receipt of a line.
    pub fn slip(&self, line: &Bought) -> &Slip {
        &self.slips[line.receipt]
    }
}

/// The entries of one member, by kind.
#[derive(Debug)]
pub struct Known<'a> {
    /// Everything they bought.
    pub history: History,
    /// What is asked, in order.
    pub asks: Vec<EventTime>,
    /// What they did beside buying, in the order of time, each with how often.
    pub deeds: Vec<(Done, i64)>,
    patterns: Vec<&'a Patterns>,
}

impl<'a> Known<'a> {
    /// From what a reduce is given: sorted, each with how often it is there.
    pub fn of(entries: &[(&'a Entry, isize)]) -> Self {
        let there = || entries.iter().filter(|(_, times)| *times > 0).map(|(entry, _)| *entry);
        let history =
            History::of(there().filter_map(|entry| if let Entry::Line(line) = entry { Some(line) } else { None }));
        let asks =
            there().filter_map(|entry| if let Entry::Ask(as_of) = entry { Some(*as_of) } else { None }).collect();
        let patterns =
            there().filter_map(|entry| if let Entry::Patterns(row) = entry { Some(row) } else { None }).collect();
        let deeds = entries.iter().filter(|(_, times)| *times > 0).filter_map(|(entry, times)| match entry {
            Entry::Did(done) => Some((*done, *times as i64)),
            _ => None,
        });
        Self { history, asks, deeds: deeds.collect(), patterns }
    }

    /// The shop's patterns for an ask; nothing known where the period has none.
    pub fn patterns(&self, as_of: EventTime) -> Patterns {
        let period = super::patterns::period_of(as_of);
        self.patterns
            .iter()
            .find(|row| row.period == period)
            .map_or_else(|| Patterns::none(period), |row| (*row).clone())
    }
}
