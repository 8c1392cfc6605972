//! The stitcher in played scenes: who is followed as whom, when people cross, hide, leave, come back, and cameras die.

mod contract;
mod feet;
mod past;
mod twin;

pub(super) use past::Past;

use super::*;
use crate::reference::floor::{Floor, TICK_MS, Walker, rectangle};
use proptest::prelude::*;
use schemas::{FloorPoint, Rebinding, Step, TrackId};
use std::collections::BTreeSet;

/// The tick of the first frame of every scene.
const START: u64 = 10_000;

/// What came of a scene.
struct Played {
    /// What was said, with the tick at which it was.
    said: Vec<(u64, Stitched)>,
    faults: Vec<Fault>,
    stitch: Stitch,
}

/// Drives a stitcher as the dataflow does: every tick that has rows, and every tick that it asked to be woken at.
fn drive(shop: Shop, mut ticks: BTreeMap<u64, Vec<Glimpse>>) -> Played {
    let (mut stitch, mut said, mut faults, mut wake) = (Stitch::new(shop), Vec::new(), Vec::new(), None);
    while let Some(tick) = ticks.first_key_value().map(|(&tick, _)| tick).into_iter().chain(wake).min() {
        let mut out = Outbox::default();
        wake = stitch.close(Tick(tick), ticks.remove(&tick).unwrap_or_default(), &mut out).map(|tick| tick.0);
        assert!(wake.is_none_or(|wake| wake > tick), "asked at {tick} to be woken at {wake:?}");
        said.extend(out.ok.into_iter().map(|row| (tick, row)));
        faults.extend(out.faults);
    }
    Played { said, faults, stitch }
}

fn play_with(floor: &Floor, settings: StitchSettings) -> Played {
    let sorted = |mut batch: Vec<Glimpse>| {
        batch.sort();
        batch
    };
    drive(floor.shop(settings), (START..).zip(floor.glimpses().into_iter().map(sorted)).collect())
}

fn play(floor: &Floor) -> Played {
    play_with(floor, StitchSettings::default())
}

impl Played {
    fn steps(&self) -> impl Iterator<Item = (u64, &Step)> {
        self.said.iter().filter_map(|(at, row)| if let Stitched::Step(step) = row { Some((*at, step)) } else { None })
    }

    /// Whose stretch each was in the end; a stretch that was withdrawn is nobody's.
    fn owners(&self) -> BTreeMap<StretchId, TrackId> {
        let mut owners: BTreeMap<StretchId, BTreeMap<TrackId, i64>> = BTreeMap::new();
        for (_, row) in &self.said {
            if let Stitched::Rebind(Rebinding { binding, diff }) = row {
                *owners.entry(binding.stretch).or_default().entry(binding.track).or_default() += diff;
            }
        }
        let owner = |tracks: BTreeMap<TrackId, i64>| {
            let tracks: Vec<(TrackId, i64)> = tracks.into_iter().filter(|(_, count)| *count != 0).collect();
            assert!(tracks.is_empty() || (tracks.len() == 1 && tracks[0].1 == 1), "bound to {tracks:?}");
            tracks.first().map(|(track, _)| *track)
        };
        owners.into_iter().filter_map(|(stretch, tracks)| Some((stretch, owner(tracks)?))).collect()
    }

    /// Where everybody was, in the end. Nobody was in two places.
    fn places(&self) -> BTreeMap<(TrackId, Tick), Step> {
        let (owners, mut places) = (self.owners(), BTreeMap::new());
        for (_, step) in self.steps() {
            let Some(&track) = owners.get(&step.stretch) else { continue };
            let before = places.insert((track, step.tick), step.clone());
            assert!(before.is_none(), "{track:?} in two places at {:?}: {before:?} and {step:?}", step.tick);
        }
        places
    }

    /// Every track there is in the end.
    fn tracks(&self) -> BTreeSet<TrackId> {
        self.places().keys().map(|(track, _)| *track).collect()
    }
}

/// How one person was followed.
#[derive(Debug, Default)]
struct Followed {
    /// As whom, in order, each once in a row.
    tracks: Vec<TrackId>,
    /// Ticks at which they were there, far from all others; and at which they had a place.
    there: usize,
    found: usize,
    /// Sum of the distances.
    off_mm: f64,
}

impl Followed {
    fn share(&self) -> f64 {
        self.found as f64 / self.there as f64
    }

    fn error_mm(&self) -> f64 {
        self.off_mm / self.found as f64
    }
}

/// Somebody further from their place than this is not there.
const NEAR_MM: f64 = 500.0;

fn followed(floor: &Floor, played: &Played) -> Vec<Followed> {
    let places = played.places();
    let mut all: Vec<Followed> = floor.walkers.iter().map(|_| Followed::default()).collect();
    for tick in 0..floor.ticks {
        let at: Vec<Option<[f64; 2]>> = floor.walkers.iter().map(|walker| walker.at((tick * TICK_MS) as f64)).collect();
        let now: Vec<(TrackId, FloorPoint)> = places
            .iter()
            .filter(|((_, of), _)| of.0 == START + tick)
            .map(|((track, _), step)| (*track, step.at))
            .collect();
        for (i, place) in at.iter().enumerate() {
            let Some([x, y]) = *place else { continue };
            let close = |(j, other): (usize, &Option<[f64; 2]>)| {
                j != i && other.is_some_and(|[u, v]| (u - x).hypot(v - y) < 1.5 * NEAR_MM)
            };
            if at.iter().enumerate().any(close) {
                continue;
            }
            let person = &mut all[i];
            person.there += 1;
            let off = |at: &FloorPoint| (f64::from(at.x_mm) - x).hypot(f64::from(at.y_mm) - y);
            let nearest = now.iter().min_by(|a, b| off(&a.1).total_cmp(&off(&b.1)));
            let Some((track, at)) = nearest.filter(|(_, at)| off(at) < NEAR_MM) else { continue };
            person.found += 1;
            person.off_mm += off(at);
            if person.tracks.last() != Some(track) {
                person.tracks.push(*track);
            }
        }
    }
    all
}

/// Everybody was one track, a different one for each, for nearly all of the time; and there was nobody else.
#[track_caller]
fn check_one_track_each(floor: &Floor, played: &Played, error_mm: f64) {
    let all = followed(floor, played);
    for person in &all {
        assert_eq!(person.tracks.len(), 1, "{all:?}");
        assert!(person.share() > 0.9, "{all:?}");
        assert!(person.error_mm() < error_mm, "off by {} mm: {all:?}", person.error_mm());
    }
    let tracks: BTreeSet<TrackId> = all.iter().map(|person| person.tracks[0]).collect();
    assert_eq!(tracks.len(), all.len(), "two people are one track: {all:?}");
    assert_eq!(played.tracks(), tracks, "somebody is not there");
}

fn crossing(seed: u64) -> Floor {
    let first = Walker::new(&[(0, [600., 1000.]), (6000, [5400., 3000.]), (9000, [5400., 1500.])]);
    let second = Walker::new(&[(0, [5400., 1200.]), (6000, [600., 2800.]), (9000, [1500., 800.])]);
    Floor::new(seed, 90, vec![first, second])
}

#[test]
fn two_who_cross_keep_their_tracks() {
    for seed in 1..=8 {
        let floor = crossing(seed);
        check_one_track_each(&floor, &play(&floor), 120.0);
    }
}

#[test]
fn two_who_cross_keep_their_tracks_where_no_camera_has_a_tracker() {
    for seed in 1..=4 {
        let floor = Floor { tracklets: false, ..crossing(seed) };
        check_one_track_each(&floor, &play(&floor), 120.0);
    }
}

#[test]
fn a_standing_person_hidden_by_one_who_walks_past_is_still_there() {
    let stands = Walker::new(&[(0, [3000., 2000.]), (12_000, [3000., 2000.])]);
    let passes = Walker {
        height_mm: 1850.0,
        ..Walker::new(&[(0, [700., 1300.]), (6000, [5300., 1300.]), (12_000, [700., 2750.])])
    };
    for seed in 1..=4 {
        let floor = Floor::new(seed, 120, vec![stands.clone(), passes.clone()]);
        check_one_track_each(&floor, &play(&floor), 120.0);
    }
}

#[test]
fn a_camera_that_dies_costs_nothing_but_accuracy() {
    for seed in 1..=3 {
        for dead in 0..4 {
            let floor = Floor { dies: Some((dead, 40)), ..crossing(seed) };
            check_one_track_each(&floor, &play(&floor), 160.0);
        }
    }
}

#[test]
fn one_camera_alone_follows_somebody_too() {
    let walker = Walker::new(&[(0, [1500., 1200.]), (5000, [4500., 2400.]), (9000, [2500., 2800.])]);
    let floor = Floor { cameras: 1, ..Floor::new(3, 90, vec![walker]) };
    check_one_track_each(&floor, &play(&floor), 300.0);
}

/// Somebody walks 4 s through a strip of the floor that no camera sees, and on.
fn blind() -> Floor {
    let walker =
        Walker::new(&[(0, [600., 2000.]), (3000, [2100., 2000.]), (7000, [4000., 2000.]), (11_000, [5500., 2600.])]);
    Floor { blind: Some([2100., 0., 4000., 4000.]), ..Floor::new(5, 110, vec![walker]) }
}

#[test]
fn who_is_lost_in_a_blind_spot_comes_back_as_the_same_track() {
    let floor = blind();
    let played = play(&floor);
    let all = followed(&floor, &played);
    assert_eq!(played.tracks().len(), 1, "{all:?}");
    assert!(all[0].share() > 0.5 && all[0].share() < 0.9, "{all:?}");
    let never = StitchSettings { return_ms: 0, ..StitchSettings::default() };
    assert_eq!(play_with(&floor, never).tracks().len(), 2, "without returns they are somebody new");
}

#[test]
fn one_who_leaves_and_one_who_enters_are_two() {
    let leaves = Walker::new(&[(0, [4500., 3000.]), (4000, [500., 600.])]);
    let enters = Walker::new(&[(7500, [500., 600.]), (13_000, [4500., 1500.])]);
    let scene = Floor::new(4, 130, vec![leaves, enters]);
    let door = rectangle("door", [-500, -500], [1200, 1300]).expect("a zone");
    let floor = Floor { layout: Layout { entrances: vec![door], ..Layout::default() }, ..scene.clone() };
    check_one_track_each(&floor, &play(&floor), 120.0);
    assert_eq!(play(&scene).tracks().len(), 1, "without the door they would be one who came back");
}

#[test]
fn who_goes_out_and_comes_back_in_is_somebody_new() {
    let walker =
        Walker::new(&[(0, [500., 600.]), (4000, [4500., 2000.]), (8000, [500., 600.]), (12_000, [4500., 2000.])]);
    let scene = Floor::new(6, 125, vec![walker]);
    let street = rectangle("street", [-500, -500], [1200, 1300]).expect("a zone");
    let shop = rectangle("shop", [2000, 0], [6000, 4000]).expect("a zone");
    let layout = Layout { outside: vec![street], inside: vec![shop], ..Layout::default() };
    assert_eq!(play(&Floor { layout, ..scene.clone() }).tracks().len(), 2);
    assert_eq!(play(&scene).tracks().len(), 1, "without the street it is one walk");
}

#[test]
fn an_empty_floor_says_nothing_whatever_the_false_boxes() {
    let floor = Floor { false_permille: 0, ..Floor::new(1, 50, Vec::new()) };
    assert!(floor.glimpses().iter().all(|tick| tick.len() == 4), "four cameras looked");
    assert_eq!(play(&floor).said, []);
    let floor = Floor { false_permille: 100, ..Floor::new(1, 100, Vec::new()) };
    assert!(floor.glimpses().iter().map(Vec::len).sum::<usize>() > 420, "and saw something");
    assert_eq!(play(&floor).said, []);
}

#[test]
fn what_worlds_differ_in_does_not_pile_up_when_groups_meet_and_part() {
    let settings = StitchSettings::default();
    let (rules, ways) = (Rules::new(&settings), Ways::new(&settings, &[]));
    let turn = (Tick(7), TrackId(1), TrackId(2));
    let alone = |n: u64| {
        let body = Body::at([0.0, 0.0], 50.0, &ways);
        let mut group = Group::of(Person::new(StretchId(n), Tick(1), body, 0, 9.0));
        group.worlds[0].turns.push(turn);
        group
    };
    let mut groups = vec![alone(1), alone(2)];
    for _ in 0..3 {
        groups = meet(groups, &rules);
        assert_eq!(groups.len(), 1, "they are in one place");
        assert!(groups[0].best().turns.len() <= 1, "{:?}", groups[0].best().turns);
        for (person, x) in groups[0].worlds[0].people.iter_mut().zip([0.0, 9000.0]) {
            person.body.state[0] = x;
        }
        groups = part(groups, &rules);
        assert_eq!(groups.len(), 2, "they are far apart");
        assert!(groups.iter().all(|group| group.best().turns.is_empty()), "nothing is in doubt");
        groups.iter_mut().for_each(|group| group.worlds[0].people[0].body.state[0] = 0.0);
    }
}

proptest! {
    #[test]
    fn small_products_are_those_of_the_library(a in prop::array::uniform24(-1e6..1e6f64), b in prop::array::uniform24(-1e6..1e6f64)) {
        use nalgebra::SMatrix;
        let (a, b) = (SMatrix::<f64, 4, 6>::from_column_slice(&a), SMatrix::<f64, 6, 4>::from_column_slice(&b));
        prop_assert_eq!(eye::times(&a, &b), a * b);
        prop_assert_eq!(eye::times(&b, &a), b * a);
    }
}
