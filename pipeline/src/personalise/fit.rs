//! Fits coefficients on a history: a ranker that tells what was on each member's last receipts, from the receipts before; and chances
//! that tell what was bought in each week, from the days before. Nothing is looked at that lies at or after `until`.

use super::boost::{Growth, Lessons, grow, hash};
use operators::personal::decay::Decays;
use operators::personal::due::{AHEAD_DAYS, habits};
use operators::personal::features::candidates;
use operators::personal::history::{History, Line, day_of};
use operators::personal::patterns::{Counts, Patterns, Subject, Table, Tally, period_of, period_start, tallies};
use operators::personal::{due, features};
use operators::{Coefficients, Forest};
use schemas::{CategoryCode, EventTime, MemberId, Purchase, SkuCode};
use std::collections::{BTreeMap, BTreeSet};

/// How much is fitted.
#[derive(Clone, Debug)]
pub struct Fitting {
    /// Receipts of each member that the ranker learns to tell, the last ones.
    pub receipts: usize,
    /// Of 256 skus that were not bought, how many are learned from.
    pub misses_of_256: u64,
    /// Weeks that chances are learned from, the last ones.
    pub weeks: i64,
    /// How the ranker grows.
    pub ranker: Growth,
    /// How the chances grow.
    pub chances: Growth,
}

impl Default for Fitting {
    fn default() -> Self {
        let ranker = Growth {
            trees: 400,
            leaves: 24,
            rows_min: 100,
            rate: 0.05,
            ridge: 5.0,
            rows_of_256: 128,
            features_of_256: 128,
        };
        let chances = Growth { trees: 240, leaves: 12, rows_min: 200, rate: 0.04, ridge: 10.0, ..ranker.clone() };
        Self { receipts: 14, misses_of_256: 72, weeks: 24, ranker, chances }
    }
}

/// A week before it, less is known of members than they do in the shop.
const WEEKS_FIRST: i64 = 12;
/// Newest weeks by which chances are shifted: about a month, since more is bought when a month begins than when it ends.
const SHIFT_WEEKS: i64 = 4;

/// A history, member by member.
struct Shop {
    members: BTreeMap<MemberId, History>,
    /// Counted about whom, when known, what and how often; sorted.
    tallies: Vec<(Subject, i64, Tally, u32)>,
    first: EventTime,
    last: EventTime,
}

impl Shop {
    fn of(purchases: &[(Purchase, isize)], until: EventTime) -> Option<Self> {
        let mut lines: BTreeMap<MemberId, BTreeSet<Line>> = BTreeMap::new();
        for (row, _) in purchases.iter().filter(|(row, quantity)| row.event_time < until && *quantity > 0) {
            lines.entry(row.member).or_default().insert(Line::from(*row));
        }
        let mut counted: BTreeMap<(Subject, i64, Tally), u32> = BTreeMap::new();
        for lines in lines.values() {
            let mut days: BTreeMap<Subject, BTreeSet<i64>> = BTreeMap::new();
            for line in lines {
                Subject::of(line).for_each(|subject| {
                    days.entry(subject).or_default().insert(day_of(line.event_time));
                });
            }
            for (subject, days) in days {
                for ((known, tally), times) in tallies(&days.into_iter().collect::<Vec<_>>()) {
                    *counted.entry((subject, known, tally)).or_default() += times as u32;
                }
            }
        }
        let times = || lines.values().flatten().map(|line| line.event_time);
        let (first, last) = (times().min()?, times().max()?);
        let members = lines.iter().map(|(member, lines)| (*member, History::of(lines.iter()))).collect();
        let tallies =
            counted.into_iter().map(|((subject, known, tally), times)| (subject, known, tally, times)).collect();
        Some(Self { members, tallies, first, last })
    }

    fn patterns(&self, period: i64) -> Patterns {
        let mut counts: Vec<(Subject, Counts)> = Vec::new();
        for &(subject, known, tally, times) in self.tallies.iter().filter(|(_, known, ..)| *known < period) {
            if counts.last().is_none_or(|(last, _)| *last != subject) {
                counts.push((subject, Counts::default()));
            }
            if let Some((_, counts)) = counts.last_mut() {
                counts.add(tally, period - known, times);
            }
        }
        Patterns::of(period, Table::of(counts))
    }

    /// Every row of `members` that wants to be learned in a period, with the period's patterns; a period at a time.
    fn by_period<T>(&self, wanted: Vec<(i64, T)>, mut learn: impl FnMut(T, &Patterns)) {
        let mut by_period: BTreeMap<i64, Vec<T>> = BTreeMap::new();
        wanted.into_iter().for_each(|(period, row)| by_period.entry(period).or_default().push(row));
        for (period, rows) in by_period {
            let patterns = self.patterns(period);
            rows.into_iter().for_each(|row| learn(row, &patterns));
        }
    }
}

/// Fits on what lies before `until`. `done` hears what is being done.
pub fn fit(
    purchases: &[(Purchase, isize)],
    until: EventTime,
    fitting: &Fitting,
    done: &mut dyn FnMut(&str),
) -> Coefficients {
    let Some(shop) = Shop::of(purchases, until) else { return Coefficients::default() };
    let decays = Decays::default();
    let ranking = ranking(&shop, fitting, &decays);
    done(&format!(
        "ranker: {} rows, {} of them bought",
        ranking.labels.len(),
        ranking.labels.iter().filter(|l| **l).count()
    ));
    let suggest = grow(&ranking, &fitting.ranker, &mut |_| ());
    let (reminding, newest) = reminding(&shop, until, fitting, &decays);
    done(&format!(
        "chances: {} rows, {} of them bought",
        reminding.labels.len(),
        reminding.labels.iter().filter(|l| **l).count()
    ));
    let mut due = grow(&reminding, &fitting.chances, &mut |_| ());
    due.base += shift(&reminding, newest, &due);
    Coefficients { suggest, due }
}

/// By how much, in 1/65536 of a logit, chances must move so that over the rows `from` there on as many are bought as they say: how much is
/// bought in a week changes with the season.
fn shift(lessons: &Lessons, from: usize, forest: &Forest) -> i64 {
    let rows = lessons.features.chunks_exact(lessons.width).skip(from);
    let logits: Vec<f64> = rows.map(|features| forest.score(features) as f64 / 65536.0).collect();
    let bought = lessons.labels[from..].iter().filter(|label| **label).count() as f64;
    if bought == 0.0 || bought == logits.len() as f64 {
        return 0;
    }
    let mut shift = 0.0;
    for _ in 0..20 {
        let chances = || logits.iter().map(|logit| 1.0 / (1.0 + (-logit - shift).exp()));
        let (expected, slope): (f64, f64) = chances().fold((0.0, 0.0), |sums, p| (sums.0 + p, sums.1 + p * (1.0 - p)));
        shift += ((bought - expected) / slope.max(1e-9)).clamp(-1.0, 1.0);
    }
    (shift * 65536.0).round() as i64
}

/// Skus that could be suggested before each of the last receipts, and whether they were on it. A receipt counts less than its skus:
/// what matters is how much of each shop is told.
fn ranking(shop: &Shop, fitting: &Fitting, decays: &Decays) -> Lessons {
    let mut wanted = Vec::new();
    for (member, history) in &shop.members {
        let receipts = history.slips.len();
        for target in receipts.saturating_sub(fitting.receipts).max(1)..receipts {
            let as_of = history.slips[target - 1].event_time.plus_us(1);
            wanted.push((period_of(as_of), (*member, target)));
        }
    }
    let mut lessons = Lessons { width: features::FEATURES, ..Lessons::default() };
    shop.by_period(wanted, |(member, target), patterns| {
        let Some(history) = shop.members.get(&member) else { return };
        let bought: BTreeSet<SkuCode> =
            history.bought.iter().filter(|line| line.receipt == target).map(|line| line.sku).collect();
        let found = candidates(&history.first(target), patterns, decays);
        let hits = found.iter().filter(|candidate| bought.contains(&candidate.sku)).count();
        if hits == 0 {
            return;
        }
        let each = (hits as f32).powf(-0.8);
        for candidate in found {
            let label = bought.contains(&candidate.sku);
            let kept = label || hash(candidate.sku.0, member.0 ^ target as u64) & 255 < fitting.misses_of_256;
            if kept {
                lessons.features.extend(candidate.features);
                lessons.labels.push(label);
                lessons.weights.push(if label { each } else { each * 256.0 / fitting.misses_of_256 as f32 });
            }
        }
    });
    lessons
}

/// Habitual categories at the start of each of the last weeks that are wholly known, and whether they were bought in it; and from which row on
/// they are those of the newest weeks, by which chances are shifted.
fn reminding(shop: &Shop, until: EventTime, fitting: &Fitting, decays: &Decays) -> (Lessons, usize) {
    let known_until = EventTime(until.0.min(shop.last.plus_us(1).0));
    // The last week must have ended; where more is known than the last receipt tells, silence is knowledge, too.
    let last = period_of(if until.0 == i64::MAX { known_until } else { until }) - 1;
    let first =
        (last - fitting.weeks + 1).max(period_of(shop.first) + WEEKS_FIRST.min((last - period_of(shop.first)) / 2));
    let weeks =
        (first..=last).flat_map(|week| shop.members.keys().map(move |member| (week, (week, *member)))).collect();
    let mut lessons = Lessons { width: due::FEATURES, ..Lessons::default() };
    let mut older = 0;
    shop.by_period(weeks, |(week, member), patterns| {
        let Some(history) = shop.members.get(&member) else { return };
        let as_of = period_start(week);
        let day = day_of(as_of);
        let ahead = day..day + AHEAD_DAYS;
        let lines = history.bought.iter().filter(|line| ahead.contains(&history.slip(line).day));
        let bought: BTreeSet<CategoryCode> = lines.map(|line| line.category).collect();
        for (category, features) in habits(history, as_of, patterns, decays) {
            lessons.features.extend(features);
            lessons.labels.push(bought.contains(&category));
            lessons.weights.push(1.0);
        }
        if week <= last - SHIFT_WEEKS {
            older = lessons.labels.len();
        }
    });
    (lessons, older)
}
