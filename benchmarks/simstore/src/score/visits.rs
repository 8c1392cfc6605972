//! Visits: who was in the shop on whose account, from when until when, and for how long in which zone, against the truth.
//!
//! Who somebody was taken for is asked tick by tick: their position's track is that of the tables which is nearest ([`super::floor`]), and its
//! row says a visit. A visit counts as right when each of its people was for most of the ticks between their crossings told as of one visit
//! of the right member (staff: of the right one of staff; a tailgater: of nobody's). Only people who came in at a gate count, and ticks in
//! which a track was near them; the rest is the floor's business.

use super::Terms;
use super::floor::{Places, pairs};
use super::read::{ScoreError, each};
use super::wilson::Ratio;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A visit of the truth.
#[derive(Clone, Debug, Default)]
struct TrueVisit {
    member_id: Option<String>,
    staff: bool,
    people: Vec<u32>,
    party: Option<i32>,
    enter: Option<i64>,
    leave: Option<i64>,
}

/// A visit of the tables.
#[derive(Clone, Debug, Default)]
struct ToldVisit {
    member_id: Option<String>,
    people: i32,
    entered: i64,
    left: i64,
    lost: bool,
    path_mm: i64,
}

/// Distribution of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Errors {
    /// How many.
    pub count: usize,
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// 95 % lie below.
    pub p95: f64,
}

impl Errors {
    pub(super) fn of(mut errors: Vec<f64>) -> Self {
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| errors.get((share * errors.len() as f64) as usize).copied().unwrap_or(f64::NAN);
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        Self { count: errors.len(), mean, median: at(0.5), p95: at(0.95) }
    }
}

/// How well visits are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Visits {
    /// Visits of members all of whose people were theirs.
    pub members: Ratio,
    /// The same of staff.
    pub staff: Ratio,
    /// Those without a code who were told as nobody's.
    pub tailgaters: Ratio,
    /// Ticks inside the gates told of the right account, of those in which a track was near.
    pub ticks: Ratio,
    /// Changes of the account of which somebody was told, between their crossings.
    pub switches: u64,
    /// Parties (members with guests) told with as many people as came in.
    pub parties: Ratio,
    /// Rows of `visits` that are nobody's though nobody came in without a code.
    pub nobodys: u64,
    /// Visits told `lost` whose people all left.
    pub lost: u64,
    /// Entry, seconds.
    pub entered_s: Errors,
    /// Exit, seconds.
    pub left_s: Errors,
    /// Time in a zone in all, for each visit and zone of either, seconds.
    pub dwell_s: Errors,
    /// Length of the way, share of the true one.
    pub path_share: Errors,
}

/// When somebody crossed the gates: in and out.
type Crossings = BTreeMap<u32, (i64, Option<i64>)>;

/// Scores `visits`, `positions` and `dwells`; none where there are no visits.
pub fn of(places: &Places, truth: &Path, tables: &Path, terms: Terms) -> Result<Option<Visits>, ScoreError> {
    let mut told: BTreeMap<String, ToldVisit> = BTreeMap::new();
    let mut nobodys = 0;
    let columns = ["visit_id", "member_id", "outcome", "entered_at", "left_at", "people", "path_mm"];
    let there = each(tables, "visits", &columns, |rows| {
        let (id, member) = (rows.texts("visit_id")?, rows.texts("member_id")?);
        let (entered, left, outcome) = (rows.times("entered_at")?, rows.times("left_at")?, rows.texts("outcome")?);
        let (people, path) = (rows.int32s("people")?, rows.int64s("path_mm")?);
        for row in 0..rows.len() {
            let visit = ToldVisit {
                member_id: member(row).map(str::to_string),
                people: people(row),
                entered: entered(row),
                left: left(row),
                lost: outcome(row) == Some("lost"),
                path_mm: path(row),
            };
            nobodys += u64::from(visit.member_id.is_none());
            told.insert(id(row).unwrap_or_default().to_string(), visit);
        }
        Ok(())
    })?;
    if !there {
        return Ok(None);
    }
    let (true_visits, crossings) = (true_visits(truth, places)?, crossings(truth)?);
    let known = follow(places, tables, terms, &crossings, &true_visits)?;
    let mut score = Visits { switches: known.switches, ticks: known.ticks, ..Visits::default() };
    let tailgaters = true_visits.values().filter(|visit| visit.member_id.is_none()).map(|visit| visit.people.len());
    score.nobodys = nobodys.saturating_sub(tailgaters.sum::<usize>() as u64);
    let (mut entered, mut left, mut paths) = (Vec::new(), Vec::new(), Vec::new());
    let mut whose: BTreeMap<&str, u32> = BTreeMap::new();
    for (&number, visit) in true_visits.iter().filter(|(_, visit)| visit.enter.is_some()) {
        let people: Vec<u32> = visit.people.iter().copied().filter(|person| crossings.contains_key(person)).collect();
        let right = people.iter().all(|person| known.right(*person));
        let ratio = match (&visit.member_id, visit.staff) {
            (None, _) => &mut score.tailgaters,
            (_, true) => &mut score.staff,
            _ => &mut score.members,
        };
        *ratio = *ratio + Ratio::new(u64::from(right), 1);
        let mut ids: Vec<&str> = people.iter().filter_map(|person| known.visit_of(*person)).collect();
        ids.sort_unstable();
        ids.dedup();
        let [id] = ids[..] else { continue };
        let Some(row) = told.get(id).filter(|_| right) else { continue };
        whose.insert(id, number);
        if people.len() > 1 && visit.party.is_some() {
            score.parties = score.parties + Ratio::new(u64::from(row.people == people.len() as i32), 1);
        }
        let seconds = |a: i64, b: i64| (a - b).abs() as f64 / 1e6;
        entered.extend(visit.enter.filter(|_| row.entered != i64::MIN).map(|at| seconds(row.entered, at)));
        if let Some(leave) = visit.leave.filter(|_| row.left != i64::MIN) {
            left.push(seconds(row.left, leave));
            score.lost += u64::from(row.lost);
            let way: f64 = people.iter().map(|person| known.way_mm(*person)).sum();
            paths.extend((way > 0.0).then(|| (row.path_mm as f64 - way).abs() / way));
        }
    }
    score.entered_s = Errors::of(entered);
    score.left_s = Errors::of(left);
    score.path_share = Errors::of(paths);
    score.dwell_s = Errors::of(dwells(tables, places, &true_visits, &whose)?);
    Ok(Some(score))
}

fn true_visits(truth: &Path, places: &Places) -> Result<BTreeMap<u32, TrueVisit>, ScoreError> {
    let mut visits: BTreeMap<u32, TrueVisit> = BTreeMap::new();
    each(truth, "visits", &["visit", "member_id", "staff", "party", "enter", "leave"], |rows| {
        let (visit, member, staff) = (rows.int32s("visit")?, rows.texts("member_id")?, rows.flags("staff")?);
        let (party, enter, leave) = (rows.int32s("party")?, rows.times("enter")?, rows.times("leave")?);
        let time = |at: i64| (at != i64::MIN).then_some(at);
        for row in 0..rows.len() {
            let is = TrueVisit {
                member_id: member(row).map(str::to_string),
                staff: staff(row),
                people: Vec::new(),
                party: member(row).map(|_| party(row)),
                enter: time(enter(row)),
                leave: time(leave(row)),
            };
            visits.insert(visit(row).unsigned_abs(), is);
        }
        Ok(())
    })?;
    for (&person, (_, _, visit)) in &places.persons {
        visits.entry(*visit).or_default().people.push(person);
    }
    Ok(visits)
}

fn crossings(truth: &Path) -> Result<Crossings, ScoreError> {
    let mut crossings = Crossings::new();
    each(truth, "gate_crossings", &["event_time", "person", "way"], |rows| {
        let (at, person, way) = (rows.times("event_time")?, rows.int32s("person")?, rows.texts("way")?);
        for row in 0..rows.len() {
            let person = person(row).unsigned_abs();
            match way(row) {
                Some("in") => crossings.entry(person).or_insert((at(row), None)).0 = at(row),
                _ => {
                    if let Some(past) = crossings.get_mut(&person) {
                        past.1 = Some(at(row));
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(crossings)
}

/// What was known of people.
#[derive(Default)]
struct Known {
    /// Ticks of each visit by person; none: of no visit.
    ticks_of: BTreeMap<u32, BTreeMap<Option<String>, u64>>,
    /// Ticks of the right account, and all, by person.
    right_of: BTreeMap<u32, (u64, u64)>,
    /// True way inside the gates, by steps of at least 300 mm.
    ways: BTreeMap<u32, f64>,
    ticks: Ratio,
    switches: u64,
}

impl Known {
    fn right(&self, person: u32) -> bool {
        self.right_of.get(&person).is_some_and(|&(right, all)| 2 * right > all)
    }

    fn visit_of(&self, person: u32) -> Option<&str> {
        self.ticks_of.get(&person)?.iter().max_by_key(|(_, ticks)| **ticks)?.0.as_deref()
    }

    fn way_mm(&self, person: u32) -> f64 {
        self.ways.get(&person).copied().unwrap_or(0.0)
    }
}

/// Follows everybody through the tables' positions.
fn follow(
    places: &Places,
    tables: &Path,
    terms: Terms,
    crossings: &Crossings,
    visits: &BTreeMap<u32, TrueVisit>,
) -> Result<Known, ScoreError> {
    let tracks: BTreeMap<&str, usize> = places.tracks.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let mut told: BTreeMap<(i64, usize), (Option<String>, Option<String>)> = BTreeMap::new();
    each(tables, "positions", &["event_time", "track_id", "visit_id", "member_id"], |rows| {
        let (at, track) = (rows.times("event_time")?, rows.texts("track_id")?);
        let (visit, member) = (rows.texts("visit_id")?, rows.texts("member_id")?);
        for row in 0..rows.len() {
            let Some(&track) = tracks.get(track(row).unwrap_or_default()) else { continue };
            told.insert((at(row), track), (visit(row).map(str::to_string), member(row).map(str::to_string)));
        }
        Ok(())
    })?;
    let mut known = Known::default();
    let (mut last, mut strides) = (BTreeMap::new(), BTreeMap::new());
    for (&at, instant) in &places.instants {
        for &(person, place, _) in instant.people.iter().filter(|(person, ..)| within(crossings, *person, at)) {
            let stride: &mut crate::world::Mm2 = strides.entry(person).or_insert(place);
            let step = (place - *stride).norm();
            if step >= 300.0 {
                *stride = place;
                *known.ways.entry(person).or_default() += step;
            }
        }
        for (p, t) in pairs(instant, terms.reach_mm) {
            let person = instant.people[p].0;
            if !within(crossings, person, at) {
                continue;
            }
            let (visit, member) = told.get(&(at, instant.tracks[t].0)).cloned().unwrap_or_default();
            let truth = places.persons.get(&person).and_then(|(_, _, visit)| visits.get(visit));
            let is_right = truth.is_some_and(|truth| truth.member_id == member);
            let right = known.right_of.entry(person).or_default();
            *right = (right.0 + u64::from(is_right), right.1 + 1);
            known.ticks = known.ticks + Ratio::new(u64::from(is_right), 1);
            let before = last.insert(person, member.clone());
            known.switches += u64::from(before.is_some_and(|before| before != member));
            *known.ticks_of.entry(person).or_default().entry(visit).or_default() += 1;
        }
    }
    Ok(known)
}

/// Whether somebody is inside the gates.
fn within(crossings: &Crossings, person: u32, at: i64) -> bool {
    crossings.get(&person).is_some_and(|&(enter, leave)| enter <= at && leave.is_none_or(|leave| at < leave))
}

/// Errors of time in zones, for each visit that is over and told right, and each zone in which it was or is said to have been.
fn dwells(
    tables: &Path,
    places: &Places,
    visits: &BTreeMap<u32, TrueVisit>,
    whose: &BTreeMap<&str, u32>,
) -> Result<Vec<f64>, ScoreError> {
    let mut both: BTreeMap<(u32, String), (f64, f64)> = BTreeMap::new();
    let over: BTreeSet<u32> = whose.values().copied().filter(|number| visits[number].leave.is_some()).collect();
    for (person, zone, from, until) in &places.stays {
        let visit = places.persons.get(person).map(|(_, _, visit)| *visit);
        if let Some(visit) = visit.filter(|visit| over.contains(visit)) {
            both.entry((visit, zone.clone())).or_default().0 += (until - from) as f64 / 1e6;
        }
    }
    each(tables, "dwells", &["zone", "visit_id", "stay_ms"], |rows| {
        let (zone, visit, stay) = (rows.texts("zone")?, rows.texts("visit_id")?, rows.int64s("stay_ms")?);
        for row in 0..rows.len() {
            let number = visit(row).and_then(|visit| whose.get(visit)).filter(|number| over.contains(number));
            if let Some(&number) = number {
                let zone = zone(row).unwrap_or_default().to_string();
                both.entry((number, zone)).or_default().1 += stay(row) as f64 / 1e3;
            }
        }
        Ok(())
    })?;
    // Who is before the gate is on nobody's account: entrances do not count.
    let inside = both.into_iter().filter(|((_, zone), _)| !places.entrances.contains(zone));
    Ok(inside.map(|(_, (truth, told))| (truth - told).abs()).collect())
}
