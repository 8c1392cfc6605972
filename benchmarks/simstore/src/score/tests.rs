//! Scores: against TrackEval's numbers, and cases made by hand.

use super::clear::clear;
use super::hota::HotaCounts;
use super::identity::identity;
use super::sequence::{Sequence, Step};
use super::wilson::Ratio;
use super::{Scoreboard, Terms};
use crate::gate::{Signer, WrongCodes};
use crate::life::{Happening, What};
use crate::observe::tests::crowd;
use crate::observe::{MODEL, Noise, Observer};
use crate::seed::Seed;
use crate::table::Shared;
use crate::truth::{FrameTruth, Recorder};
use crate::world::{World, corner};
use schemas::table::Names;
use schemas::{
    Attendee, CameraId, FloorPoint, GateId, MemberId, ModelId, Position, Sighting, TrackId, TrackletId, Visit,
    VisitEnd, VisitId, VisitKind,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `tests/golden/score.json` was made by `check_score.py --golden` with TrackEval 1.3.0.
#[test]
fn numbers_are_those_of_trackeval() {
    #[derive(serde::Deserialize)]
    struct Case {
        #[serde(flatten)]
        sequence: Sequence,
        expected: BTreeMap<String, f64>,
    }
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/golden/score.json")).expect("golden");
    assert!(cases.len() >= 4);
    for Case { sequence, expected } in &cases {
        let (hota, clear) = (HotaCounts::of(sequence).means(), clear(sequence, 0.5));
        let identity = identity(sequence, 0.5);
        let found = [
            ("HOTA", hota.hota),
            ("DetA", hota.det_a),
            ("AssA", hota.ass_a),
            ("LocA", hota.loc_a),
            ("MOTA", clear.mota()),
            ("MOTP", clear.motp()),
            ("IDSW", clear.switches as f64),
            ("MT", clear.mostly_tracked as f64),
            ("CLR_TP", clear.recall.hits as f64),
            ("CLR_FN", (clear.recall.of - clear.recall.hits) as f64),
            ("CLR_FP", (clear.precision.of - clear.precision.hits) as f64),
            ("IDF1", identity.idf1()),
            ("IDTP", identity.recall.hits as f64),
        ];
        assert_eq!(found.len(), expected.len());
        for (name, value) in found {
            assert!((value - expected[name]).abs() < 1e-6, "{name}: {value}, and TrackEval says {}", expected[name]);
        }
    }
}

fn alone(steps: &[(usize, bool)]) -> Sequence {
    let step = |&(track, there): &(usize, bool)| {
        let found = if there { vec![track] } else { Vec::new() };
        Step::new(vec![0], found, |_, _| 1.0)
    };
    let founds = steps.iter().map(|s| s.0 + 1).max().unwrap_or(0);
    Sequence { truths: 1, founds, steps: steps.iter().map(step).collect() }
}

#[test]
fn one_switch() {
    // Ten pictures: six of one track, four of another.
    let steps: Vec<_> = (0..10).map(|i| (usize::from(i >= 6), true)).collect();
    let sequence = alone(&steps);
    assert!((identity(&sequence, 0.5).idf1() - 0.6).abs() < 1e-12);
    let c = clear(&sequence, 0.5);
    assert_eq!((c.switches, c.tracks, c.people), (1, 2, 1));
    assert!((c.mota() - 0.9).abs() < 1e-12);
    // DetA is 1; AssA is (6 x 6/10 + 4 x 4/10) / 10.
    let hota = HotaCounts::of(&sequence).means();
    assert!((hota.det_a - 1.0).abs() < 1e-12 && (hota.ass_a - 0.52).abs() < 1e-12, "{hota:?}");
    assert!((hota.hota - 0.52f64.sqrt()).abs() < 1e-12);
}

#[test]
fn misses_and_nobody() {
    let steps: Vec<_> = (0..10).map(|i| (0, i % 2 == 0)).collect();
    let c = clear(&alone(&steps), 0.5);
    assert_eq!((c.recall.hits, c.recall.of, c.switches), (5, 10, 0));
    let nobody = Sequence { truths: 0, founds: 1, steps: vec![Step::new(vec![], vec![0], |_, _| 0.0)] };
    let (c, i) = (clear(&nobody, 0.5), identity(&nobody, 0.5));
    assert_eq!((c.precision.hits, c.precision.of, i.precision.hits, i.precision.of), (0, 1, 0, 1));
    assert_eq!(HotaCounts::of(&nobody).means().hota, 0.0);
}

/// Counts of two cameras added up are the counts of both, whatever their numbers are called.
#[test]
fn counts_add_up() {
    let a = alone(&[(0, true), (0, true), (1, true)]);
    let both = HotaCounts::of(&a) + HotaCounts::of(&a);
    assert_eq!(both.means(), HotaCounts::of(&a).means());
    assert_eq!((clear(&a, 0.5) + clear(&a, 0.5)).switches, 2);
}

/// Sets the tracklet of each sighting to the person whose visible box it is.
fn known(truth: &FrameTruth<'_>, mut found: Vec<Sighting>) -> Vec<Sighting> {
    for sighting in &mut found {
        let edges = sighting.detection.bbox;
        let off =
            |e: [f64; 4]| (e[0] - f64::from(edges.left) / 16.0).abs() + (e[3] - f64::from(edges.bottom) / 16.0).abs();
        let boxes = truth.people.iter().filter_map(|p| p.visible_px.map(|e| (off(e), p.person)));
        let nearest = boxes.min_by(|a, b| a.0.total_cmp(&b.0)).expect("somebody");
        sighting.tracklet = Some(TrackletId(u64::from(nearest.1)));
    }
    found
}

/// Between these steps the four are inside the gates.
const INSIDE: [i64; 2] = [5, 45];

/// Five seconds of four people in the corner shop, as a pipeline without errors would tell them; from step `swapped` on it takes
/// people 0 and 1 for each other on the floor.
fn told(swapped: i64, with_positions: bool) -> Scoreboard {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), corner::world());
    let (truth, tables) = (folder.path().join("truth"), folder.path().join("tables"));
    let cameras = world.cameras.iter().map(|c| (CameraId::mint(&world.name, &c.name), c.name.clone())).collect();
    let names =
        Names { cameras, models: BTreeMap::from([(ModelId::mint(MODEL), MODEL.to_string())]), ..Names::default() };
    let mut recorder = Recorder::create(&truth, Arc::new(world.clone()), 100_000).expect("created");
    let part = |table: &str| tables.join(table).join("store=corner/date=2023-11-14/part-1-2.parquet");
    let mut sightings = Shared::create(&part("detections"), names.clone(), &[]).expect("created");
    let mut positions = with_positions.then(|| Shared::create(&part("positions"), names, &[]).expect("created"));
    recorder.codes(WrongCodes::default(), Seed(1));
    let signer = Signer::new(&world.name, Seed(1));
    let mut visits =
        with_positions.then(|| Shared::create(&part("visits"), names_of_gates(&world), &[]).expect("created"));
    let mut observer = Observer::new(&world, &Noise::preset("ideal").expect("a preset"), Seed(1)).expect("cameras");
    for step in 0..50 {
        let mut moment = crowd(&world, 4, step);
        for (gate, _) in INSIDE.iter().enumerate().filter(|(_, at)| **at == step) {
            let what = || if gate == 0 { What::Enter { gate } } else { What::Leave { gate } };
            let happening = |person| Happening { at: moment.at, person, what: what() };
            moment.happened = (0..4).map(happening).collect();
        }
        recorder.moment(&moment).expect("written");
        observer.frame(&moment, |truth, found| {
            recorder.frame(truth).expect("written");
            known(truth, found).into_iter().for_each(|row| sightings.push(row).expect("written"));
        });
        for present in &moment.present {
            let person = present.person.number;
            let track = if step >= swapped && person < 2 { 1 - person } else { person };
            let [x_mm, y_mm] = [present.pose.at.x, present.pose.at.y].map(|n| n.round() as i32);
            let member = signer.member_id(&moment.present[track as usize].person.role);
            let member = Some(MemberId(u64::from_str_radix(&member, 16).expect("hexadecimal")));
            let attendee =
                Attendee { visit: VisitId(100 + u64::from(track)), person: 0, kind: VisitKind::Member, member };
            let (track, at) = (TrackId(u64::from(track)), FloorPoint { x_mm, y_mm });
            let attendee = Some(attendee).filter(|_| (INSIDE[0]..INSIDE[1]).contains(&step));
            let row = Position { track, event_time: moment.at, at, spread_mm: 50, cameras: Vec::new(), attendee };
            if step == INSIDE[0] {
                visits.iter_mut().for_each(|file| file.push(visit(&row)).expect("written"));
            }
            positions.iter_mut().for_each(|file| file.push(row.clone()).expect("written"));
        }
    }
    sightings.close().expect("closed");
    if let Some((positions, visits)) = positions.zip(visits) {
        positions.close().expect("closed");
        visits.close().expect("closed");
    }
    recorder.close().expect("closed");
    super::score(&truth, &tables, Terms::default()).expect("scored")
}

fn names_of_gates(world: &World) -> Names {
    let gates = world.gates.iter().map(|gate| (GateId::mint(&world.name, &gate.name), gate.name.clone()));
    Names { gates: gates.collect(), ..Names::default() }
}

/// The visit of whoever came in at this position: a tenth of a second too late, and out a fifth too early.
fn visit(row: &Position) -> Visit {
    let who = row.attendee.expect("inside");
    let span = 100_000 * (INSIDE[1] - INSIDE[0]);
    Visit {
        id: who.visit,
        kind: VisitKind::Member,
        member: who.member,
        gate_in: None,
        gate_out: None,
        scanned_at: None,
        entered_at: Some(row.event_time.plus_us(100_000)),
        left_at: Some(row.event_time.plus_us(span - 200_000)),
        closed_at: row.event_time.plus_us(span + 1_000_000),
        end: VisitEnd::Left,
        party: Some(1),
        people: 1,
        lost: 0,
        path_mm: 0,
        zone_first: None,
        zone_last: None,
        tracks: vec![row.track],
    }
}

#[test]
fn a_pipeline_without_errors_scores_one() {
    let board = told(50, true);
    let all = &board.detection_all;
    assert!(all.recall.of > 200, "{all:?}");
    assert_eq!(
        (all.recall.hits, all.false_boxes, all.frames),
        (all.recall.of, 0, 50 * corner::world().cameras.len() as u64)
    );
    let tracking = board.tracking_all.as_ref().expect("tracklets");
    assert!(tracking.idf1 > 0.999 && tracking.mota > 0.999 && tracking.clear.switches == 0, "{tracking:?}");
    let floor = board.floor.as_ref().expect("positions");
    assert_eq!((floor.idf1, floor.mota, floor.clear.recall.hits, floor.ticks), (1.0, 1.0, 200, 50));
    assert!(floor.error_mm[0] < 1.0);
    assert_eq!((board.who.len(), &board.absent[..]), (4, &["interactions".to_string()][..]));
    let visits = board.visits.as_ref().expect("visits");
    assert_eq!((visits.members, visits.ticks, visits.switches), (Ratio::new(4, 4), Ratio::new(160, 160), 0));
    assert_eq!(
        (visits.staff.of, visits.tailgaters.of, visits.parties.of, visits.nobodys, visits.lost),
        (0, 0, 0, 0, 0)
    );
    assert!((visits.entered_s.median - 0.1).abs() < 1e-9 && (visits.left_s.p95 - 0.2).abs() < 1e-9, "{visits:?}");
    assert!((visits.path_share.median - 1.0).abs() < 1e-9, "the tables say 0 mm: {visits:?}");
    assert!(visits.dwell_s.count > 0 && visits.dwell_s.median > 0.0, "no dwells are told: {visits:?}");
    for who in &board.who {
        let track = who.track.as_ref().expect("a track");
        assert_eq!((track.covers.hits, track.theirs.of, who.other_tracks), (50, 50, 0));
        assert_eq!(track.track_id, format!("{:016x}", who.person));
        assert_eq!(who.role, "member");
        // The truth counts from moment to moment, the track by ticks.
        for (zone, s) in &who.zones_s {
            let told = track.zones_s.get(zone).copied().unwrap_or(0.0);
            assert!((told - s).abs() <= 0.61, "{zone}: {told} s, truly {s} s");
        }
    }
    let text = board.text();
    for word in ["DETECTION", "TRACKING", "IDENTITY ON THE FLOOR", "WHO WAS WHERE", "1.000 [0.981, 1.000] (200 of 200)"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert!(serde_json::to_string(&board).expect("JSON").contains("wilson_95"));
}

#[test]
fn people_taken_for_each_other_cost_identity_and_nothing_else() {
    let board = told(30, true);
    let floor = board.floor.as_ref().expect("positions");
    // Two of four are right for 30 of 50 ticks.
    assert!((floor.idf1 - 160.0 / 200.0).abs() < 1e-12, "{}", floor.idf1);
    assert_eq!((floor.clear.switches, floor.clear.recall.hits), (2, 200));
    let covers: Vec<u64> = board.who.iter().map(|who| who.track.as_ref().expect("a track").covers.hits).collect();
    assert_eq!(covers, [30, 30, 50, 50]);
    assert!(board.who[0].other_tracks == 1 && board.who[2].other_tracks == 0);
    // Two of four are on the right account for 25 of 40 ticks, which is most of them; for 15 it is not.
    let visits = board.visits.as_ref().expect("visits");
    assert_eq!((visits.members, visits.ticks, visits.switches), (Ratio::new(4, 4), Ratio::new(130, 160), 2));
    let visits = told(20, true).visits.expect("visits");
    assert_eq!((visits.members, visits.ticks), (Ratio::new(2, 4), Ratio::new(110, 160)));
}

#[test]
fn an_absent_table_is_said_to_be_absent() {
    let board = told(50, false);
    assert!(board.floor.is_none() && board.who.is_empty());
    assert_eq!(board.absent, ["positions"]);
    assert!(board.text().contains("no table `positions`"));
}
