//! The register by what it is to say of small scenes; the operator against its slow twin at every tick, with corrections.

use super::*;
use crate::reference::floor::rectangle;
use crate::reference::identify::{Known as AllKnown, slow_identify};
use proptest::prelude::*;
use schemas::{
    Claim, CodeId, EventTime, FloorPoint, Gate, GateId, MemberId, Refusal, Role, SpacePoint, StretchId, TickLength,
    VisitEnd, VisitKind, Ways,
};

mod twin;

const IN: GateId = GateId(1);
const OUT: GateId = GateId(2);

fn length() -> TickLength {
    TickLength::from_us(100_000).expect("not zero")
}

/// A door 2 m wide with a lane in and a lane out, the lines at y = 1000, and a shop behind it.
fn rules(settings: IdentifySettings) -> Arc<Rules> {
    let zone = |name, low, high| rectangle(name, low, high).expect("a zone");
    let door = zone("door", [2000, -1000], [4000, 1600]);
    let at = |x_mm, y_mm| FloorPoint { x_mm, y_mm };
    let gate = |id, ways, x| Gate {
        id,
        name: format!("{id}"),
        ways,
        zone: door.id(),
        reader: SpacePoint { x_mm: x, y_mm: 700, z_mm: 1000 },
        line: [at(x, 1000), at(x + 800, 1000)],
    };
    let mut rules = Rules::new(length(), settings, 30);
    rules.keep = 40;
    rules.doorway = Doorway {
        gates: vec![gate(IN, Ways::In, 2100), gate(OUT, Ways::Out, 3100)],
        entrances: vec![door],
        outside: vec![zone("street", [0, -4000], [6000, -1000])],
        inside: vec![zone("front", [0, 1600], [6000, 3000]), zone("back", [0, 3000], [6000, 8000])],
    };
    Arc::new(rules)
}

fn quick() -> IdentifySettings {
    IdentifySettings { lost_ms: 10_000, entry_wait_ms: 5000, party_wait_ms: 3000, ..IdentifySettings::default() }
}

fn code(code: u64, party: u32, role: Role) -> Result<Claim, Refusal> {
    Ok(Claim { code: CodeId(code), member: MemberId(100 + code), role, party, void_at: EventTime(60_000_000) })
}

/// What happens in a scene.
#[derive(Default)]
struct Scene {
    known: AllKnown,
}

impl Scene {
    /// Somebody walks from point to point; each leg takes its ticks. Gives the tick after the last.
    fn walk(&mut self, track: u64, from: u64, points: &[(i32, i32, u64)]) -> u64 {
        let mut tick = from;
        for pair in points.windows(2) {
            let ((x0, y0, _), (x1, y1, ticks)) = (pair[0], pair[1]);
            for i in 0..ticks {
                let share = |a: i32, b: i32| a + ((b - a) as i64 * i as i64 / ticks as i64) as i32;
                let at = FloorPoint { x_mm: share(x0, x1), y_mm: share(y0, y1) };
                let place = Place { track: TrackId(track), at, height_mm: 1700 + 10 * track as u32 };
                self.known.places.entry(Tick(tick)).or_default().push(place);
                tick += 1;
            }
        }
        tick
    }

    fn scan(&mut self, tick: u64, gate: GateId, claim: Result<Claim, Refusal>) {
        let event_time = length().start(Tick(tick));
        let scan = CheckedScan { gate, event_time, received_at: event_time, claim };
        self.known.scans.entry(Tick(tick)).or_default().push(scan);
    }

    fn said(&self, rules: &Arc<Rules>) -> (Vec<Visit>, Vec<ScanOutcome>, Vec<Alert>) {
        let (mut visits, mut scans, mut alerts) = (Vec::new(), Vec::new(), Vec::new());
        for certain in slow_identify(rules, &self.known, Tick(2000)).1 {
            match certain {
                Certain::Visit(visit) => visits.push(visit),
                Certain::Scan(scan) => scans.push(scan),
                Certain::Alert(alert) => alerts.push(alert),
            }
        }
        (visits, scans, alerts)
    }
}

/// To the reader, in, around, out: the points of a visit that takes 110 ticks.
const VISIT: [(i32, i32, u64); 7] = [
    (3000, -900, 0),
    (2450, 700, 10),
    (2450, 701, 20),
    (2450, 1500, 10),
    (3000, 5000, 30),
    (3500, 1500, 30),
    (3500, 300, 10),
];

fn alert_kinds(alerts: &[Alert]) -> Vec<schemas::AlertKind> {
    alerts.iter().map(|alert| alert.kind).collect()
}

#[test]
fn a_member_comes_and_goes() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    scene.scan(120, IN, code(7, 1, Role::Member));
    let (visits, scans, alerts) = scene.said(&rules(quick()));
    let [visit] = &visits[..] else { panic!("{visits:?}") };
    assert_eq!((visit.kind, visit.end, visit.people), (VisitKind::Member, VisitEnd::Left, 1));
    assert_eq!((visit.member, visit.gate_in, visit.gate_out), (Some(MemberId(107)), Some(IN), Some(OUT)));
    assert_eq!((visit.tracks.clone(), scans[0].outcome), (vec![TrackId(1)], Ok(visit.id)));
    // The line is at 1000: ticks 130 to 139 go 80 mm each.
    assert_eq!(visit.entered_at, Some(length().start(Tick(134))));
    assert!(visit.path_mm > 7000 && visit.path_mm < 9500, "{}", visit.path_mm);
    assert!(visit.zone_first.is_some() && alerts.is_empty(), "{alerts:?}");
}

#[test]
fn a_party_is_one_visit_and_who_follows_it_has_no_place() {
    let mut scene = Scene::default();
    for (track, start) in [(1, 100), (2, 125), (3, 150)] {
        scene.walk(track, start, &VISIT);
    }
    scene.scan(120, IN, code(7, 2, Role::Member));
    let (visits, _, alerts) = scene.said(&rules(quick()));
    let kinds: Vec<_> = visits.iter().map(|v| (v.kind, v.people, v.tracks.clone())).collect();
    let of = |tracks: &[u64]| tracks.iter().map(|&t| TrackId(t)).collect::<Vec<_>>();
    assert_eq!(kinds, [(VisitKind::Member, 2, of(&[1, 2])), (VisitKind::Tailgater, 1, of(&[3]))]);
    assert_eq!(alert_kinds(&alerts), [schemas::AlertKind::Tailgater]);
    assert_eq!(visits[1].member, None);
}

#[test]
fn staff_is_staff_and_wrong_codes_are_refused() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    scene.walk(2, 400, &VISIT);
    scene.scan(112, IN, Err(Refusal::Forged));
    scene.scan(115, OUT, code(7, 1, Role::Staff));
    scene.scan(120, IN, code(7, 1, Role::Staff));
    // The same code again, and nothing else: whoever shows it comes in without one.
    scene.scan(420, IN, code(7, 1, Role::Staff));
    let (visits, scans, alerts) = scene.said(&rules(quick()));
    let outcomes: Vec<_> = scans.iter().map(|scan| scan.outcome.err()).collect();
    assert_eq!(outcomes, [Some(Refusal::Forged), Some(Refusal::WayOut), None, Some(Refusal::Replayed)]);
    let kinds: Vec<_> = visits.iter().map(|v| v.kind).collect();
    assert_eq!(kinds, [VisitKind::Staff, VisitKind::Tailgater]);
    use schemas::AlertKind::{CodeForged, CodeReplayed, Tailgater};
    assert_eq!(alert_kinds(&alerts), [CodeForged, CodeReplayed, Tailgater]);
}

#[test]
fn who_crosses_first_came_in_on_the_code_though_the_next_stood_nearer() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    // The next one presses ahead to the reader while the first scans.
    scene.walk(2, 100, &[(3000, -900, 0), (2150, 690, 15), (2150, 700, 60), (2450, 1500, 10), (3000, 5000, 30)]);
    scene.scan(120, IN, code(7, 1, Role::Member));
    scene.scan(165, IN, code(8, 1, Role::Member));
    let (visits, _, alerts) = scene.said(&rules(quick()));
    let mut who: Vec<_> = visits.iter().map(|v| (v.member, v.tracks.clone())).collect();
    who.sort();
    assert_eq!(who, [(Some(MemberId(107)), vec![TrackId(1)]), (Some(MemberId(108)), vec![TrackId(2)])]);
    assert!(!alert_kinds(&alerts).contains(&schemas::AlertKind::Tailgater), "{alerts:?}");
}

#[test]
fn a_code_that_arrives_late_is_that_of_who_came_in() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    scene.scan(150, IN, code(7, 1, Role::Member));
    let (visits, _, alerts) = scene.said(&rules(quick()));
    assert_eq!(visits.iter().map(|v| v.kind).collect::<Vec<_>>(), [VisitKind::Member]);
    assert!(alerts.is_empty(), "{alerts:?}");
}

#[test]
fn somebody_lost_and_found_is_the_same_visit_and_somebody_lost_for_good_is_reviewed() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT[..5]);
    scene.scan(120, IN, code(7, 1, Role::Member));
    // Two seconds later, 1.5 m further, as another track; then lost for good.
    let end = scene.walk(2, 190, &[(3000, 6000, 0), (2000, 5000, 40)]);
    let (visits, _, alerts) = scene.said(&rules(quick()));
    let [visit] = &visits[..] else { panic!("{visits:?}") };
    assert_eq!((visit.end, visit.people, visit.lost), (VisitEnd::Lost, 1, 1));
    assert_eq!(visit.tracks, [TrackId(1), TrackId(2)]);
    assert_eq!(visit.left_at, Some(length().start(Tick(end - 1))), "last seen");
    assert_eq!(alert_kinds(&alerts), [schemas::AlertKind::Lost]);
}

#[test]
fn a_ghost_is_nobody_and_who_is_found_inside_is_told_of() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &[(1000, 5000, 0), (1000, 5001, 30)]);
    scene.walk(2, 300, &[(1000, 5000, 0), (1000, 5001, 200)]);
    let (visits, _, alerts) = scene.said(&rules(quick()));
    assert_eq!(visits.iter().map(|v| v.kind).collect::<Vec<_>>(), [VisitKind::Unexplained]);
    assert_eq!(alert_kinds(&alerts)[0], schemas::AlertKind::Unexplained);
}

#[test]
fn where_no_codes_are_asked_for_visits_are_anonymous_and_without_gates_there_are_none() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    let mut rules = Rules::clone(&rules(quick()));
    rules.asks_codes = false;
    let (visits, _, alerts) = scene.said(&Arc::new(rules.clone()));
    let kinds: Vec<_> = visits.iter().map(|v| (v.kind, v.end, v.gate_in)).collect();
    assert_eq!(kinds, [(VisitKind::Anonymous, VisitEnd::Left, Some(IN))]);
    rules.doorway.gates.clear();
    let (none, _, no_alerts) = scene.said(&Arc::new(rules));
    assert!(alerts.is_empty() && none.is_empty() && no_alerts.is_empty());
}

#[test]
fn nobody_comes_in_on_a_code() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &[(2450, 0, 0), (2450, 700, 10), (2450, 701, 20), (3000, -900, 20)]);
    scene.scan(120, IN, code(7, 1, Role::Member));
    let (visits, ..) = scene.said(&rules(quick()));
    let [visit] = &visits[..] else { panic!("{visits:?}") };
    assert_eq!((visit.end, visit.people, visit.entered_at), (VisitEnd::NoEntry, 0, None));
}

#[test]
fn a_step_back_over_the_line_is_the_same_visit_and_a_later_one_is_none() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    scene.scan(120, IN, code(7, 1, Role::Member));
    // Out for half a second and in again; then out for good, and in again without a code.
    scene.walk(1, 210, &[(3500, 300, 0), (3500, 1500, 8), (3500, 300, 8), (3500, 301, 30), (3500, 3000, 60)]);
    let (visits, _, alerts) = scene.said(&rules(quick()));
    let kinds: Vec<_> = visits.iter().map(|v| v.kind).collect();
    assert_eq!(kinds, [VisitKind::Member, VisitKind::Tailgater], "{visits:?}");
    assert_eq!(alert_kinds(&alerts)[0], schemas::AlertKind::Tailgater);
}

// The operator.
