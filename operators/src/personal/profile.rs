//! Profile: what is known of a member from their receipts, and from what they did before the last of them, for every ask.
//! In: entries by member, arranged | Out: Profile | Key: member | State: the arrangement's
//! Time: a tick; a profile follows every correction of the member's receipts.
//! Faults: none.

use super::decay::Decays;
use super::deeds::Done;
use super::history::{DAY_US, History, Known, day_of};
use schemas::{CategoryCode, Deed, EventTime, MemberId, Profile, SkuCode, ZoneId};
use std::collections::{BTreeMap, BTreeSet};

/// Categories that a profile names.
const FAVOURITES: usize = 5;
/// Zones that a profile names.
const ZONES: usize = 3;

/// Sums over what one member did.
#[derive(Debug, Default)]
struct Doings {
    /// Milliseconds of standing still, weighted.
    zones: BTreeMap<ZoneId, i64>,
    /// Units put back, weighted.
    reconsidered: BTreeMap<SkuCode, i64>,
    taken: i64,
    put_back: i64,
}

impl Doings {
    /// Over what was done before `as_of`; weights count from the day `last`.
    fn of(deeds: &[(Done, i64)], as_of: EventTime, last: i64, decays: &Decays) -> Self {
        let mut doings = Self::default();
        for (Done { event_time, deed }, times) in deeds.iter().filter(|(done, _)| done.event_time < as_of) {
            let weight = times * decays.days[2].at(last - day_of(*event_time));
            match *deed {
                Deed::Stood(zone, still_ms) => *doings.zones.entry(zone).or_default() += weight * i64::from(still_ms),
                Deed::Took(_, units) if units > 0 => doings.taken += times * i64::from(units),
                Deed::Took(sku, units) => {
                    doings.put_back -= times * i64::from(units);
                    *doings.reconsidered.entry(sku).or_default() -= weight * i64::from(units);
                }
            }
        }
        doings
    }
}

/// The keys of the greatest weights above 0, the greatest first; ties by key.
fn greatest<K: Ord + Copy>(weights: BTreeMap<K, i64>, most: usize) -> Vec<K> {
    let mut weights: Vec<(i64, K)> = weights.into_iter().filter(|(_, w)| *w > 0).map(|(key, w)| (-w, key)).collect();
    weights.sort_unstable();
    weights.into_iter().take(most).map(|(_, key)| key).collect()
}

/// The profile of one ask, from the receipts before it and from `deeds`; none of who has no receipts before it.
pub fn profile(
    history: &History,
    deeds: &[(Done, i64)],
    as_of: EventTime,
    member: MemberId,
    decays: &Decays,
) -> Option<Profile> {
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
    let doings = Doings::of(deeds, as_of, last.day, decays);
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
        favourites: greatest(weights, FAVOURITES),
        zones: greatest(doings.zones, ZONES),
        taken: whole(doings.taken),
        put_back: whole(doings.put_back),
        reconsidered: greatest(doings.reconsidered, FAVOURITES),
    })
}

/// The profiles of every ask.
pub fn profiles_of(known: &Known<'_>, member: MemberId, decays: &Decays) -> Vec<Profile> {
    let one = |as_of: &EventTime| profile(&known.history.before(*as_of), &known.deeds, *as_of, member, decays);
    known.asks.iter().filter_map(one).collect()
}
