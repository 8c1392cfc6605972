//! Due: how likely a member buys of a habitual category within a week, for every ask.
//! In: entries by member, arranged | Out: Due | Key: member | State: the arrangement's
//! Time: a tick; every answer follows every correction of what it stands on.
//! Faults: none.
//!
//! A category is a habit when the member bought of it on at least [`HABIT_DAYS`] days of the [`WINDOW_DAYS`] before the cutoff's day;
//! members without a receipt in the last [`ACTIVE_DAYS`] are not asked about. Days are whole: order within one cannot show.
//! The chance is a sum of boosted trees over decayed rates, the member's own hazard (how often, of the gaps that lasted as long, one ended
//! within the next week) and the shop's rates, through a logistic curve: calibrated as far as what it was fitted on is alike.

use super::decay::Decays;
use super::history::{History, Known, day_of};
use super::patterns::{Counts, Patterns};
use super::trees::{Forest, chance_ppm};
use schemas::{CategoryCode, Due, EventTime, MemberId};
use std::collections::BTreeMap;

/// Days of purchases that make a habit.
pub const HABIT_DAYS: usize = 4;
/// The days in which they must lie.
pub const WINDOW_DAYS: i64 = 182;
/// Days in which an active member has had a receipt.
pub const ACTIVE_DAYS: i64 = 28;
/// Days ahead that a chance is about.
pub const AHEAD_DAYS: i64 = 7;
/// What the trees see.
pub const FEATURES: usize = 37;
/// The place of the days since the last purchase.
const LAST: usize = 14;
/// The place of the mean gap, in 1/256 days.
const GAP: usize = 16;

/// What the trees see of each habitual category as of the day of `as_of`, from what was bought on days before it.
pub fn habits(
    history: &History,
    as_of: EventTime,
    patterns: &Patterns,
    decays: &Decays,
) -> Vec<(CategoryCode, [i32; FEATURES])> {
    let day = day_of(as_of);
    let slips = &history.slips[..history.slips.partition_point(|slip| slip.day < day)];
    let mut visits: Vec<i64> = slips.iter().map(|slip| day - slip.day).collect();
    visits.dedup();
    if visits.last().is_none_or(|ago| *ago > ACTIVE_DAYS) {
        return Vec::new();
    }
    let mut bought: BTreeMap<CategoryCode, Vec<(i64, i64)>> = BTreeMap::new();
    for line in history.bought.iter().take_while(|line| line.receipt < slips.len()) {
        if line.category != CategoryCode::NONE {
            let ago = day - history.slip(line).day;
            let days = bought.entry(line.category).or_default();
            match days.last_mut().filter(|(last, _)| *last == ago) {
                Some((_, lines)) => *lines += 1,
                None => days.push((ago, 1)),
            }
        }
    }
    let shopper =
        Shopper::of(&visits, slips.len(), history.bought.partition_point(|line| line.receipt < slips.len()), decays);
    let habitual = |days: &Vec<(i64, i64)>| days.iter().filter(|(ago, _)| *ago <= WINDOW_DAYS).count() >= HABIT_DAYS;
    let found = bought.into_iter().filter(|(_, days)| habitual(days));
    found.map(|(category, days)| (category, features(&days, &shopper, patterns.category(category), decays))).collect()
}

/// What all categories of a member have in common.
struct Shopper {
    rates: [i64; 4],
    fortnight: i64,
    month: i64,
    quarter: i64,
    ago: i64,
    gap: i64,
    basket: i64,
    visits: i64,
}

impl Shopper {
    fn of(visits: &[i64], receipts: usize, lines: usize, decays: &Decays) -> Self {
        let within = |days: i64| visits.iter().filter(|ago| **ago <= days).count() as i64;
        let first_ago = visits.first().copied().unwrap_or(0);
        Self {
            rates: [0, 1, 2, 3].map(|n| visits.iter().map(|ago| decays.days[n].at(*ago)).sum()),
            fortnight: within(14),
            month: within(28),
            quarter: within(91),
            ago: visits.last().copied().unwrap_or(0),
            gap: 256 * first_ago / visits.len().max(1) as i64,
            basket: 256 * lines as i64 / receipts.max(1) as i64,
            visits: visits.len() as i64,
        }
    }
}

fn features(days: &[(i64, i64)], shopper: &Shopper, counts: Counts, decays: &Decays) -> [i32; FEATURES] {
    let within = |most: i64| days.iter().filter(|(ago, _)| *ago <= most).count() as i64;
    let rates = [0, 1, 2, 3].map(|n| days.iter().map(|(ago, _)| decays.days[n].at(*ago)).sum::<i64>());
    let (first, last) = (days.first().map_or(0, |d| d.0), days.last().map_or(0, |d| d.0));
    let gaps: Vec<i64> = days.windows(2).map(|pair| pair[0].0 - pair[1].0).collect();
    let (count, gap_count) = (days.len() as i64, gaps.len().max(1) as i64);
    let gap = 256 * (first - last) / gap_count;
    let spread = 256 * gaps.iter().map(|g| (256 * g - gap).abs()).sum::<i64>() / gap_count / gap.max(1);
    // The member's own hazard: the gaps that lasted at least until now, and of these the ones that ended in the coming week.
    let lasted = gaps.iter().filter(|gap| **gap >= last).count() as i64;
    let ended = gaps.iter().filter(|gap| **gap >= last && **gap < last + AHEAD_DAYS).count() as i64;
    let mut sorted = gaps.clone();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(first);
    let share = |part: i64, whole: i64| 65536 * (2 * part + 1) / (2 * whole + 6);
    let lines: i64 = days.iter().map(|(_, lines)| lines).sum();
    let values = [
        rates[0],
        rates[1],
        rates[2],
        rates[3],
        share(rates[1], shopper.rates[1]),
        65536 * rates[2] / shopper.rates[2].max(1),
        65536 * rates[3] / shopper.rates[3].max(1),
        count,
        within(7),
        within(14),
        within(28),
        within(56),
        within(91),
        within(WINDOW_DAYS),
        last,
        first,
        gap,
        spread,
        median,
        gaps.last().copied().unwrap_or(0),
        256 * 256 * last / gap.max(1),
        256 * last / median.max(1),
        share(ended, lasted),
        lasted,
        shopper.rates[0],
        shopper.rates[1],
        shopper.rates[2],
        shopper.fortnight,
        shopper.month,
        shopper.quarter,
        shopper.ago,
        shopper.gap,
        shopper.basket,
        i64::from(counts.recent),
        65536 * (2 * i64::from(counts.followed) + 1) / (2 * i64::from(counts.ripe) + 10),
        256 * lines / count.max(1),
        65536 * count / (shopper.visits + 1),
    ];
    values.map(|value| value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
}

/// The chances of every ask's habitual categories, by `forest`.
pub fn due_of(known: &Known<'_>, member: MemberId, forest: &Forest, decays: &Decays) -> Vec<Due> {
    let mut rows = Vec::new();
    for &as_of in &known.asks {
        let patterns = known.patterns(as_of);
        let habits = habits(&known.history, as_of, &patterns, decays);
        let scores = forest.scores(habits.iter().map(|(_, features)| features));
        rows.extend(habits.iter().zip(scores).map(|(&(category, features), score)| {
            let chance_ppm = chance_ppm(score);
            let whole = |days: i32| u32::try_from(days).unwrap_or(0);
            let (every_days, days_ago) = (whole((features[GAP] + 128) / 256).max(1), whole(features[LAST]));
            Due { member, as_of, category, chance_ppm, every_days, days_ago }
        }));
    }
    rows
}
