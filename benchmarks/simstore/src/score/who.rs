//! Who was where: every true person beside the track that best covers them, with the zones of both.

use super::Terms;
use super::floor::{Places, pairs};
use super::wilson::Ratio;
use crate::truth::within;
use serde::Serialize;
use std::collections::BTreeMap;

/// One person, and what was known of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Who {
    /// Number.
    pub person: u32,
    /// `member`, `staff` or `tailgater`.
    pub role: String,
    /// Number of the member or of the one of staff.
    pub role_number: Option<i64>,
    /// Number of the visit.
    pub visit: u32,
    /// First and last tick inside, microseconds since the epoch.
    pub inside_us: [i64; 2],
    /// Seconds in each zone.
    pub zones_s: BTreeMap<String, f64>,
    /// The track that was theirs for longest.
    pub track: Option<Told>,
    /// How many other tracks were theirs for a second or more.
    pub other_tracks: u64,
}

/// One track, as told of one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// Its id.
    pub track_id: String,
    /// Ticks of the person in which it was theirs, of all in which they were inside.
    pub covers: Ratio,
    /// Ticks of the track in which it was theirs, of all it has.
    pub theirs: Ratio,
    /// First and last tick, microseconds since the epoch.
    pub seen_us: [i64; 2],
    /// Seconds in each zone.
    pub zones_s: BTreeMap<String, f64>,
}

/// What is known of one track.
#[derive(Default)]
struct Past {
    ticks: u64,
    seen_us: [i64; 2],
    zones: BTreeMap<usize, u64>,
}

/// Tells of everybody who was inside.
pub fn of(places: &Places, terms: Terms) -> Vec<Who> {
    let mut together: BTreeMap<(u32, usize), u64> = BTreeMap::new();
    let mut inside: BTreeMap<u32, (u64, [i64; 2])> = BTreeMap::new();
    let mut tracks: BTreeMap<usize, Past> = BTreeMap::new();
    for (&at, instant) in &places.instants {
        for &(person, _, is_inside) in &instant.people {
            if is_inside {
                let past = inside.entry(person).or_insert((0, [at, at]));
                *past = (past.0 + 1, [past.1[0], at]);
            }
        }
        for &(track, place) in &instant.tracks {
            let past = tracks.entry(track).or_insert(Past { seen_us: [at, at], ..Past::default() });
            past.ticks += 1;
            past.seen_us[1] = at;
            for (zone, _) in places.zones.iter().enumerate().filter(|(_, zone)| within(&zone.1, place)) {
                *past.zones.entry(zone).or_default() += 1;
            }
        }
        for (p, t) in pairs(instant, terms.reach_mm).into_iter().filter(|pair| instant.people[pair.0].2) {
            *together.entry((instant.people[p].0, instant.tracks[t].0)).or_default() += 1;
        }
    }
    let second = (1_000_000 / places.tick_us.max(1)).max(1).unsigned_abs();
    let tick_s = places.tick_us as f64 / 1e6;
    let mut people = Vec::with_capacity(inside.len());
    for (person, (ticks, inside_us)) in inside {
        let own = together.range((person, 0)..=(person, usize::MAX)).map(|(&(_, track), &n)| (n, track));
        let best = own.clone().max_by_key(|&(n, track)| (n, std::cmp::Reverse(track)));
        let told = best.map(|(n, track)| {
            let past = &tracks[&track];
            let zones = past.zones.iter().map(|(&zone, &n)| (places.zones[zone].0.clone(), n as f64 * tick_s));
            let (covers, theirs) = (Ratio::new(n, ticks), Ratio::new(n, past.ticks));
            let track_id = places.tracks[track].clone();
            Told { track_id, covers, theirs, seen_us: past.seen_us, zones_s: zones.collect() }
        });
        let mut zones_s: BTreeMap<String, f64> = BTreeMap::new();
        for (_, zone, from, until) in places.stays.iter().filter(|stay| stay.0 == person) {
            *zones_s.entry(zone.clone()).or_default() += (until - from) as f64 / 1e6;
        }
        let (role, role_number, visit) = places.persons.get(&person).cloned().unwrap_or_default();
        let other_tracks = own.filter(|&(n, track)| n >= second && Some(track) != best.map(|b| b.1)).count() as u64;
        people.push(Who { person, role, role_number, visit, inside_us, zones_s, track: told, other_tracks });
    }
    people
}
