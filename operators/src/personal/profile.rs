//! Profile: what is known of a member from their receipts, for every ask.
//! In: entries by member, arranged | Out: Profile | Key: member | State: the arrangement's
//! Time: a tick; a profile follows every correction of the member's receipts.
//! Faults: none.

use super::decay::Decays;
use super::history::{DAY_US, History, Known};
use schemas::{CategoryCode, EventTime, MemberId, Profile};
use std::collections::{BTreeMap, BTreeSet};

/// Categories that a profile names.
const FAVOURITES: usize = 5;

/// The profile of one ask; none of who has no receipts before it.
pub fn profile(history: &History, as_of: EventTime, member: MemberId, decays: &Decays) -> Option<Profile> {
    let (first, last) = (history.slips.first()?, history.slips.last()?);
    let (receipts, lines) = (history.slips.len() as i64, history.bought.len() as i64);
    let skus: BTreeSet<_> = history.bought.iter().map(|line| line.sku).collect();
    let mut hours = [0_u32; 24];
    for slip in &history.slips {
        hours[(slip.event_time.0.rem_euclid(DAY_US) / 3_600_000_000) as usize] += 1;
    }
    let most = hours.iter().max().copied().unwrap_or(0);
    let mut weights: BTreeMap<CategoryCode, i64> = BTreeMap::new();
    for line in history.bought.iter().filter(|line| line.category != CategoryCode::NONE) {
        *weights.entry(line.category).or_default() += decays.days[2].at(last.day - history.slip(line).day);
    }
    let mut favourites: Vec<(i64, CategoryCode)> = weights.into_iter().map(|(category, w)| (-w, category)).collect();
    favourites.sort_unstable();
    let discounted: i64 = history.slips.iter().map(|slip| slip.discounted).sum();
    let whole = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    Some(Profile {
        member,
        as_of,
        receipts: whole(receipts),
        skus: skus.len() as u32,
        last_at: last.event_time,
        basket_milli: whole(1000 * lines / receipts),
        gap_milli: (receipts > 1).then(|| whole(1000 * (last.day - first.day) / (receipts - 1))),
        repeat_permille: whole(1000 * (lines - skus.len() as i64) / lines),
        discounted_permille: whole(1000 * discounted / lines),
        hour: hours.iter().position(|count| *count == most).unwrap_or(0) as u32,
        favourites: favourites.into_iter().take(FAVOURITES).map(|(_, category)| category).collect(),
    })
}

/// The profiles of every ask.
pub fn profiles_of(known: &Known<'_>, member: MemberId, decays: &Decays) -> Vec<Profile> {
    let one = |as_of: &EventTime| profile(&known.history.before(*as_of), *as_of, member, decays);
    known.asks.iter().filter_map(one).collect()
}
