//! Identity on the floor: positions of tracks against where people truly were, tick by tick. People outside the walls need not be
//! found, and are not held against whoever finds them.

use super::Terms;
use super::assign::assign;
use super::clear::{Clear, clear};
use super::hota::{Hota, HotaCounts};
use super::identity::{Identity, identity};
use super::read::{ScoreError, each};
use super::sequence::{Sequence, Step};
use crate::truth::within;
use crate::world::Mm2;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Likeness at the reach, as in TrackEval: 1 at no distance, 0 at twice the reach.
const AT_REACH: f64 = 0.5;

/// One instant of the floor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instant {
    /// Who is where, and whether inside.
    pub people: Vec<(u32, Mm2, bool)>,
    /// Which track is where.
    pub tracks: Vec<(usize, Mm2)>,
}

/// The floor over time, and what is needed to tell of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// By start of the tick, microseconds.
    pub instants: BTreeMap<i64, Instant>,
    /// Ids of the tracks by number.
    pub tracks: Vec<String>,
    /// Length of a tick, microseconds.
    pub tick_us: i64,
    /// Positions at times at which nothing is known.
    pub stray: u64,
    /// Role and its number, and visit, by person.
    pub persons: BTreeMap<u32, (String, Option<i64>, u32)>,
    /// Names and corners of the zones.
    pub zones: Vec<(String, Vec<Mm2>)>,
    /// Names of those of them where people come and go.
    pub entrances: BTreeSet<String>,
    /// Stays of people: person, zone, from, until, microseconds.
    pub stays: Vec<(u32, String, i64, i64)>,
}

/// How well people are known on the floor.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Floor {
    /// Identity's F1.
    pub idf1: f64,
    /// What it is made of.
    pub identity: Identity,
    /// Multiple object tracking accuracy.
    pub mota: f64,
    /// What it is made of; its recall is the share of true positions with a track within the reach.
    pub clear: Clear,
    /// HOTA and its parts, with the likeness of distances.
    pub hota: Hota,
    /// Distance of the matches: mean, median and 95th percentile, mm.
    pub error_mm: [f64; 3],
    /// Ticks.
    pub ticks: u64,
    /// Positions at times of which the truth says nothing.
    pub stray: u64,
}

impl Places {
    /// Whether a place lies in any zone.
    fn in_a_zone(&self, at: Mm2) -> bool {
        self.zones.iter().any(|(_, corners)| within(corners, at))
    }
}

/// Reads both floors; none where there is no table `positions`.
pub fn read(truth: &Path, tables: &Path) -> Result<Option<Places>, ScoreError> {
    let mut places = Places::default();
    let there = each(truth, "positions", &["event_time", "person", "x_mm", "y_mm", "inside"], |rows| {
        let (at, person, inside) = (rows.times("event_time")?, rows.int32s("person")?, rows.flags("inside")?);
        let (x, y) = (rows.int32s("x_mm")?, rows.int32s("y_mm")?);
        for row in 0..rows.len() {
            let place = Mm2::new(f64::from(x(row)), f64::from(y(row)));
            let instant = places.instants.entry(at(row)).or_default();
            instant.people.push((person(row).unsigned_abs(), place, inside(row)));
        }
        Ok(())
    })?;
    if !there {
        return Err(ScoreError::NoTruth { path: truth.to_path_buf(), table: "positions" });
    }
    let times: Vec<i64> = places.instants.keys().copied().collect();
    places.tick_us = times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(1);
    let (first, last) = (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0));
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let there = each(tables, "positions", &["track_id", "event_time", "x_mm", "y_mm"], |rows| {
        let (at, track) = (rows.times("event_time")?, rows.texts("track_id")?);
        let (x, y) = (rows.int32s("x_mm")?, rows.int32s("y_mm")?);
        for row in 0..rows.len() {
            // A tick without anybody has no row in the truth, but is one.
            let off = (at(row) - first).rem_euclid(places.tick_us);
            if off != 0 || at(row) < first || at(row) > last {
                places.stray += 1;
                continue;
            }
            let next = numbers.len();
            let number = *numbers.entry(track(row).unwrap_or_default().to_string()).or_insert(next);
            let place = Mm2::new(f64::from(x(row)), f64::from(y(row)));
            places.instants.entry(at(row)).or_default().tracks.push((number, place));
        }
        Ok(())
    })?;
    places.tracks = vec![String::new(); numbers.len()];
    numbers.into_iter().for_each(|(id, number)| places.tracks[number] = id);
    story(truth, &mut places)?;
    Ok(there.then_some(places))
}

/// Persons, zones and stays.
fn story(truth: &Path, places: &mut Places) -> Result<(), ScoreError> {
    each(truth, "persons", &["person", "role", "role_number", "visit"], |rows| {
        let (person, visit) = (rows.int32s("person")?, rows.int32s("visit")?);
        let (role, number) = (rows.texts("role")?, rows.int64s("role_number")?);
        for row in 0..rows.len() {
            let role = role(row).unwrap_or_default().to_string();
            let number = (role != "tailgater").then(|| number(row));
            places.persons.insert(person(row).unsigned_abs(), (role, number, visit(row).unsigned_abs()));
        }
        Ok(())
    })?;
    let columns = ["zone", "entrance", "corners_x_mm", "corners_y_mm"];
    each(truth, "zones", &columns, |rows| {
        let (zone, x, y) = (rows.texts("zone")?, rows.lists("corners_x_mm")?, rows.lists("corners_y_mm")?);
        let entrance = rows.flags("entrance")?;
        for row in 0..rows.len() {
            places.entrances.extend(entrance(row).then(|| zone(row).unwrap_or_default().to_string()));
            let corner = |(x, y): (f32, f32)| Mm2::new(f64::from(x), f64::from(y));
            let corners = x(row).into_iter().zip(y(row)).map(corner).collect();
            places.zones.push((zone(row).unwrap_or_default().to_string(), corners));
        }
        Ok(())
    })?;
    each(truth, "zone_stays", &["person", "zone", "from_time", "until_time"], |rows| {
        let (person, zone) = (rows.int32s("person")?, rows.texts("zone")?);
        let (from, until) = (rows.times("from_time")?, rows.times("until_time")?);
        for row in 0..rows.len() {
            let zone = zone(row).unwrap_or_default().to_string();
            places.stays.push((person(row).unsigned_abs(), zone, from(row), until(row)));
        }
        Ok(())
    })?;
    Ok(())
}

/// Who is whose track in one instant: places in `people` and `tracks`.
pub(super) fn pairs(instant: &Instant, reach_mm: f64) -> Vec<(usize, usize)> {
    let like = |p: usize, t: usize| {
        let like = likeness(instant.people[p].1, instant.tracks[t].1, reach_mm);
        if like < AT_REACH { 0.0 } else { like }
    };
    let pairs = assign(instant.people.len(), instant.tracks.len(), like);
    pairs.into_iter().filter(|&(p, t)| like(p, t) > 0.0).collect()
}

fn likeness(a: Mm2, b: Mm2, reach_mm: f64) -> f64 {
    (1.0 - (a - b).norm() / (2.0 * reach_mm)).max(0.0)
}

/// Scores the floor.
pub fn of(places: &Places, terms: Terms) -> Floor {
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    let (mut steps, mut errors) = (Vec::with_capacity(places.instants.len()), Vec::new());
    for instant in places.instants.values() {
        let pairs = pairs(instant, terms.reach_mm);
        // Who is before the door, seen through it, is none of the shop's business.
        let outside = |t: usize| match pairs.iter().find(|pair| pair.1 == t) {
            Some(&(p, _)) => !instant.people[p].2,
            None => !places.zones.is_empty() && !places.in_a_zone(instant.tracks[t].1),
        };
        let people: Vec<_> = instant.people.iter().filter(|person| person.2).collect();
        let tracks: Vec<_> = (0..instant.tracks.len()).filter(|&t| !outside(t)).map(|t| instant.tracks[t]).collect();
        let inside = pairs.iter().filter(|pair| instant.people[pair.0].2);
        errors.extend(inside.map(|&(p, t)| (instant.people[p].1 - instant.tracks[t].1).norm()));
        let truth = people.iter().map(|person| {
            let next = numbers.len();
            *numbers.entry(person.0).or_insert(next)
        });
        let (truth, found) = (truth.collect(), tracks.iter().map(|track| track.0).collect());
        steps.push(Step::new(truth, found, |p, t| likeness(people[p].1, tracks[t].1, terms.reach_mm)));
    }
    let sequence = Sequence { truths: numbers.len(), founds: places.tracks.len(), steps };
    let (clear, identity) = (clear(&sequence, AT_REACH), identity(&sequence, AT_REACH));
    errors.sort_by(f64::total_cmp);
    let at = |share: f64| errors.get((share * errors.len() as f64) as usize).copied().unwrap_or(f64::NAN);
    Floor {
        idf1: identity.idf1(),
        identity,
        mota: clear.mota(),
        clear,
        hota: HotaCounts::of(&sequence).means(),
        error_mm: [errors.iter().sum::<f64>() / errors.len() as f64, at(0.5), at(0.95)],
        ticks: sequence.steps.len() as u64,
        stray: places.stray,
    }
}
