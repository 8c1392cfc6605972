//! What is kept, how long, and that nothing stays.

use super::*;
use crate::ledger::promote::Tariff;
use crate::ledger::settle::SettleSettings;
use proptest::prelude::*;
use schemas::{Catalog, Currency, EventTime, MemberId, Score, Sku, SlotId, TickLength, VisitEnd, VisitKind};
use std::sync::Arc;

/// Ticks of 100 ms, receipts after 2 of them.
fn settling(horizon_ticks: u32) -> Settling {
    let mut settings = SettleSettings::default();
    settings.set("settle_wait_ms", 200).expect("in range");
    settings.set("review_horizon_ms", 100 * horizon_ticks).expect("in range");
    let currency = Currency::new("EUR").expect("three capitals");
    let tariff = Arc::new(Tariff { catalog: Catalog::new(), promotions: Vec::new(), currency });
    Settling { length: TickLength::from_us(100_000).expect("not zero"), settings, tariff }
}

fn attends(track: u64, visit: u64, diff: i64) -> Told {
    let attendee = Attendee { visit: VisitId(visit), person: 0, member: Some(MemberId(visit)) };
    Told::Attendance(Change { row: Attendance { track: TrackId(track), attendee }, diff })
}

fn closes(visit: u64, at: u64, diff: i64) -> Told {
    let at = EventTime(100_000 * at as i64);
    let (visit, kind, member, end) = (VisitId(visit), VisitKind::Member, Some(MemberId(visit)), VisitEnd::Left);
    Told::Closing(Change { row: Closing { visit, kind, member, end, left_at: at, closed_at: at }, diff })
}

fn takes(id: u64, track: Option<u64>, quantity: i64, diff: i64) -> Told {
    let row = Interaction {
        event_time: EventTime(0),
        id: InteractionId(id),
        slot: SlotId(1),
        track: track.map(TrackId),
        sku: Sku::new("oats"),
        quantity,
        unit_price: None,
        confidence: Score::from_unit(0.9),
        alternatives: Vec::new(),
    };
    Told::Interaction(Change { row, diff })
}

/// Tick, `+` or `-`, and what: a track with its visit, or an interaction with its quantity.
fn run(told: &[(u64, Told)], horizon_ticks: u32) -> (Vec<(u64, isize, String)>, Keep) {
    let mut core = Keep::new(settling(horizon_ticks));
    let (mut said, mut wake) = (Vec::new(), None);
    for tick in 0..=400 {
        let mut batch: Vec<Told> = told.iter().filter(|(at, _)| *at == tick).map(|(_, told)| told.clone()).collect();
        if batch.is_empty() && wake != Some(Tick(tick)) {
            continue;
        }
        batch.sort();
        let mut out = Outbox::default();
        wake = core.close(Tick(tick), batch, &mut out);
        said.extend(out.take().0.into_iter().map(|(row, at, diff)| {
            assert_eq!(at, tick);
            let what = match row {
                Holds::Attendance(row) => format!("{} of {}", row.track.0, row.attendee.visit.0),
                Holds::Interaction(row) => format!("take {} x {}", row.id.0, row.quantity),
            };
            (tick, diff, what)
        }));
    }
    (said, core)
}

fn shown(said: &[(u64, isize, String)]) -> Vec<String> {
    said.iter().map(|(tick, diff, what)| format!("{tick} {diff:+} {what}")).collect()
}

#[test]
fn a_track_that_is_told_no_more_stands_until_its_visit_is_past_review() {
    let told = [
        (1, attends(7, 1, 1)),
        (2, takes(1, Some(7), 2, 1)),
        (3, takes(1, Some(7), 2, -1)),
        (3, takes(1, Some(7), 3, 1)),
        (10, closes(1, 10, 1)),
        (12, attends(7, 1, -1)),
    ];
    let (said, core) = run(&told, 10);
    let all =
        ["1 +1 7 of 1", "2 +1 take 1 x 2", "3 -1 take 1 x 2", "3 +1 take 1 x 3", "21 -1 7 of 1", "21 -1 take 1 x 3"];
    assert_eq!(shown(&said), all, "the visit is forgotten at 20");
    assert_eq!(core.held(), 0);
    let mut open = told.to_vec();
    open.retain(|(_, told)| !matches!(told, Told::Closing(_)));
    assert_eq!(shown(&run(&open, 10).0)[4..], ["22 -1 7 of 1", "22 -1 take 1 x 3"], "nobody says that it is over");
}

#[test]
fn who_left_early_keeps_their_goods_in_the_cart_of_the_party() {
    let told = [
        (1, attends(7, 1, 1)),
        (1, attends(8, 1, 1)),
        (2, takes(1, Some(7), 1, 1)),
        (5, attends(7, 1, -1)),
        (50, closes(1, 50, 1)),
        (52, attends(8, 1, -1)),
    ];
    let (said, core) = run(&told, 10);
    assert_eq!(shown(&said)[3..], ["61 -1 7 of 1", "61 -1 8 of 1", "61 -1 take 1 x 1"]);
    assert_eq!(core.held(), 0);
}

#[test]
fn a_correction_passes_at_once_and_what_is_nobodys_goes_by_itself() {
    let told = [
        (1, attends(7, 1, 1)),
        (2, takes(1, Some(7), 1, 1)),
        (2, takes(2, None, 1, 1)),
        (4, attends(7, 1, -1)),
        (4, attends(7, 2, 1)),
        (5, takes(1, Some(7), 1, -1)),
    ];
    let (said, core) = run(&told, 10);
    let all = [
        "1 +1 7 of 1",
        "2 +1 take 1 x 1",
        "2 +1 take 2 x 1",
        "4 -1 7 of 1",
        "4 +1 7 of 2",
        "5 -1 take 1 x 1",
        "12 -1 take 2 x 1",
    ];
    assert_eq!(shown(&said), all);
    assert_eq!(core.tracks.len(), 1, "track 7 is in the shop");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    /// Until a visit is forgotten what is held is what was told last; and in the end nothing is held.
    #[test]
    fn nothing_is_missing_before_its_time_and_nothing_stays(
        tracks in proptest::collection::vec((1u64..20, 0u64..3, proptest::option::of(0u64..3), 5u64..30), 1..5),
        deeds in proptest::collection::vec((1u64..40, proptest::option::of(0u64..5), proptest::option::of((1u64..5, 0u64..5))), 0..12),
        closed in proptest::collection::vec(15u64..60, 3),
        reopened in any::<bool>(),
    ) {
        let mut told = Vec::new();
        let mut owner: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
        for (track, (from, visit, other, stays)) in tracks.iter().enumerate() {
            let track = track as u64;
            told.push((*from, attends(track, *visit, 1)));
            owner.entry(track).or_default().push((*from, *visit));
            let mut visit = *visit;
            if let Some(other) = other.filter(|other| *other != visit) {
                told.extend([(from + 3, attends(track, visit, -1)), (from + 3, attends(track, other, 1))]);
                owner.entry(track).or_default().push((from + 3, other));
                visit = other;
            }
            told.push((from + stays, attends(track, visit, -1)));
        }
        let mut last: BTreeMap<u64, Vec<(u64, Option<u64>)>> = BTreeMap::new();
        for (id, (from, track, mind)) in deeds.iter().enumerate() {
            told.push((*from, takes(id as u64, *track, 1, 1)));
            last.entry(id as u64).or_default().push((*from, *track));
            if let Some((after, other)) = mind.filter(|(_, other)| Some(*other) != *track) {
                told.push((from + after, takes(id as u64, *track, 1, -1)));
                told.push((from + after, takes(id as u64, Some(other), 1, 1)));
                last.entry(id as u64).or_default().push((from + after, Some(other)));
            }
        }
        for (visit, at) in closed.iter().enumerate() {
            told.push((*at, closes(visit as u64, *at, 1)));
            if reopened {
                told.push((at + 4, closes(visit as u64, *at, -1)));
                told.push((at + 7, closes(visit as u64, at + 7, 1)));
            }
        }
        let (said, core) = run(&told, 60);
        prop_assert_eq!(core.held(), 0, "{:?}", core);
        let forget = |visit: u64| closed[visit as usize] + if reopened { 67 } else { 60 };
        let mut held: BTreeMap<String, isize> = BTreeMap::new();
        let mut said = said.into_iter().peekable();
        for now in 0..=400u64 {
            while let Some((_, diff, what)) = said.next_if(|(tick, _, _)| *tick == now) {
                *held.entry(what).or_insert(0) += diff;
            }
            prop_assert!(held.values().all(|count| (0..=1).contains(count)), "{:?} at {}", held, now);
            let at = |steps: &[(u64, u64)]| steps.iter().rev().find(|(from, _)| *from <= now).map(|(_, visit)| *visit);
            for (track, steps) in &owner {
                let Some(visit) = at(steps) else { continue };
                if now <= forget(visit) {
                    prop_assert_eq!(held.get(&format!("{track} of {visit}")), Some(&1), "at {}", now);
                }
            }
            for (id, steps) in &last {
                let Some((from, Some(track))) = steps.iter().rev().find(|(from, _)| *from <= now) else { continue };
                let Some(visit) = owner.get(track).and_then(|steps| at(steps)) else { continue };
                if now <= forget(visit) && (from + 60 > now || *from >= owner[track][0].0) {
                    prop_assert_eq!(held.get(&format!("take {id} x 1")), Some(&1), "take {} at {}", id, now);
                }
            }
        }
        prop_assert!(held.values().all(|count| *count == 0), "{:?}", held);
    }
}
