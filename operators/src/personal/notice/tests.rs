//! By hand, and against everything heard, looked at from scratch at every tick.

use super::*;
use crate::reference::floor::rectangle;
use crate::shelf::shelving::spaces;
use proptest::prelude::*;
use schemas::{Gate, GateId, Gondola, Shelf, Sku, Slot, SlotId, SpacePoint, Stocking, StretchId, Ways};

/// Ticks of half a second. A door at y below 1000; a rack that is open towards larger x, along y from 2000.
fn noticing() -> Noticing {
    let door = rectangle("door", [0, 0], [4000, 1000]).expect("a zone");
    let shop = rectangle("shop", [0, 1000], [4000, 6000]).expect("a zone");
    let line = [FloorPoint { x_mm: 0, y_mm: 300 }, FloorPoint { x_mm: 4000, y_mm: 300 }];
    let (id, name, ways, zone) = (GateId(1), "door".into(), Ways::Both, door.id());
    let gate = Gate { id, name, ways, zone, reader: SpacePoint::default(), line };
    let slot = |n: i32| Slot { id: SlotId(n as u64), name: format!("s{n}"), from_mm: 400 * n, to_mm: 400 * n + 400 };
    let slots = (0..4).map(slot).collect();
    let shelf = Shelf { name: "b".into(), board_mm: 1000, clear_mm: 300, depth_mm: 400, slots };
    let at = SpacePoint { x_mm: 1000, y_mm: 2000, z_mm: 0 };
    let rack = Gondola { name: "g".into(), at, turn_mdeg: 90_000, size_mm: [1600, 400, 2000], shelves: vec![shelf] };
    let mut planogram = Planogram::default();
    for n in 0..4 {
        let sku = Sku::new(&format!("sku-{n}")).expect("not empty");
        let stocking = (n != 3).then_some(Stocking { sku, facings: 1, capacity: None });
        planogram.insert(SlotId(n), EventTime(0), stocking).expect("once");
    }
    Noticing {
        length: TickLength::from_us(500_000).expect("not zero"),
        doorway: Doorway { gates: vec![gate], entrances: vec![door], outside: vec![], inside: vec![shop] },
        slots: spaces(&[rack]),
        planogram,
        dwell: DwellSettings::default(),
        shelf_mm: 900,
    }
}

fn at(tick: u64, track: u64, x_mm: i32, y_mm: i32) -> Heard {
    let row = Whereabouts {
        tick: Tick(tick),
        track: TrackId(track),
        spread_mm: 50,
        at: FloorPoint { x_mm, y_mm },
        height_mm: 1700,
        stretch: StretchId(track),
        shares: vec![],
    };
    Heard::Moved(Change { row, diff: 1 })
}

fn attends(track: u64, visit: u64, kind: VisitKind, diff: i64) -> Heard {
    let attendee = Attendee { visit: VisitId(visit), person: 0, kind, member: Some(MemberId(visit + 70)) };
    Heard::Attends(Change { row: Attendance { track: TrackId(track), attendee }, diff })
}

fn code(n: u64) -> SkuCode {
    SkuCode::of(&format!("sku-{n}"))
}

fn run(heard: &[(u64, Heard)], last: u64, always: bool) -> Vec<(u64, Noticed)> {
    let (mut core, mut said, mut wake) = (Notice::new(noticing()), Vec::new(), None);
    for tick in (0..=last).map(Tick) {
        let mut batch: Vec<Heard> =
            heard.iter().filter(|(at, _)| *at == tick.0).map(|(_, heard)| heard.clone()).collect();
        if !always && batch.is_empty() && wake != Some(tick) {
            continue;
        }
        batch.sort();
        let mut out = Outbox::default();
        wake = core.close(tick, batch, &mut out);
        assert!(wake.is_none_or(|wake| wake > tick));
        said.extend(out.take().0.into_iter().map(|(at, noticed)| {
            assert_eq!(at, tick);
            (tick.0, noticed)
        }));
    }
    said.sort();
    said
}

#[test]
fn a_member_comes_stands_leaves_and_is_gone() {
    let mut heard = vec![(2, attends(1, 5, VisitKind::Member, 1)), (2, attends(2, 6, VisitKind::Staff, 1))];
    let way = [500, 900, 1500, 2000, 2500, 2500, 2550, 2500, 2450, 2500, 2500, 1500, 900, 500];
    for (y_mm, tick) in way.into_iter().zip(1..) {
        heard.extend([(tick + 1, at(tick, 1, 1600, y_mm)), (tick + 1, at(tick, 2, 1700, y_mm))]);
    }
    heard.push((30, attends(1, 5, VisitKind::Member, -1)));
    heard.push((30, attends(2, 6, VisitKind::Staff, -1)));
    let (visit, member, came) = (VisitId(5), MemberId(75), EventTime(1_000_000));
    let expected = vec![
        (2, Noticed::Came(visit, member, came)),
        // Four ticks of 500 ms from the tick of 2500 on, which is the fifth; told one later. Slot 3 is empty.
        (
            9,
            Noticed::Stands(visit, member, {
                let mut skus = vec![code(0), code(1), code(2)];
                skus.sort();
                skus
            }),
        ),
        (14, Noticed::Leaves(visit, member)),
        (30 + 120, Noticed::Gone(visit, member, came)),
    ];
    assert_eq!(run(&heard, 200, false), expected);
    assert_eq!(run(&heard, 200, true), expected);
}

/// What is noticed, from scratch at every tick.
fn slow(heard: &[(u64, Heard)], last: u64) -> Vec<(u64, Noticed)> {
    let noticing = noticing();
    let of = |track: TrackId, now: u64| {
        let mut sums: BTreeMap<Attendee, i64> = BTreeMap::new();
        for (tick, heard) in heard {
            if let Heard::Attends(change) = heard
                && *tick <= now
                && change.row.track == track
            {
                *sums.entry(change.row.attendee).or_default() += change.diff;
            }
        }
        let (attendee, _) = sums.into_iter().find(|(_, count)| *count > 0)?;
        (attendee.kind == VisitKind::Member).then_some(attendee.visit)
    };
    let tracks: BTreeSet<TrackId> = (heard.iter())
        .map(|(_, heard)| match heard {
            Heard::Attends(change) => change.row.track,
            Heard::Moved(change) => change.row.track,
        })
        .collect();
    // Every place of a track that was news, with the tick in which it came.
    let news = |track: TrackId, now: u64| {
        let mut places: Vec<(u64, u64, FloorPoint)> = Vec::new();
        for (tick, heard) in heard.iter().filter(|(tick, _)| *tick <= now) {
            if let Heard::Moved(Change { row, diff: 1 }) = heard
                && row.track == track
                && places.last().is_none_or(|last| row.tick.0 > last.1)
            {
                // Who was not seen for long is somebody else.
                if places.last().is_some_and(|last| last.1 + 10 < *tick) {
                    places.clear();
                }
                places.push((*tick, row.tick.0, row.at));
            }
        }
        places
    };
    let mut said = Vec::new();
    for visit in (0..4).map(VisitId) {
        let member = MemberId(visit.0 + 70);
        let attended = |now: u64| tracks.iter().any(|track| of(*track, now) == Some(visit));
        let (mut came, mut inside, mut left) = (None, false, false);
        for now in 0..=last {
            let start = |tick: u64| noticing.length.start(Tick(tick));
            if attended(now) && came.is_none() {
                came = Some(now);
                said.push((now, Noticed::Came(visit, member, start(now))));
            }
            let Some(since) = came else { continue };
            let of_it: Vec<TrackId> = tracks.iter().copied().filter(|track| of(*track, now) == Some(visit)).collect();
            for &track in &of_it {
                let places = news(track, now);
                let Some(&(_, seen, place)) = places.last().filter(|place| place.0 == now) else { continue };
                // Where they have stood since when, from their first place on.
                let (mut spot, mut told) = (places[0], false);
                for pair in places.windows(2) {
                    let [before, next] = pair else { continue };
                    if next.1 - before.1 > 2 || spot.2.distance_mm(next.2) > 250.0 {
                        (spot, told) = (*next, false);
                    }
                    // Whether it was told at an earlier one, when all that came in a tick was known.
                    let latest = places.iter().rfind(|place| place.0 == next.0) == Some(next);
                    let then = (next.0 < now && latest).then(|| of(track, next.0)).flatten();
                    told |=
                        then.is_some() && next.1 + 1 - spot.1 >= 4 && !noticing.shelf(next.2, start(next.1)).is_empty();
                }
                let skus = noticing.shelf(place, start(seen));
                if seen + 1 - spot.1 >= 4 && !told && !skus.is_empty() {
                    said.push((now, Noticed::Stands(visit, member, skus)));
                }
            }
            let moved = of_it.iter().any(|track| news(*track, now).last().is_some_and(|place| place.0 == now));
            let last_seen = of_it.iter().filter_map(|track| news(*track, now).last().copied());
            let doors: Vec<bool> = last_seen.filter(|p| p.1 + 10 >= now).map(|p| p.2.y_mm < 1000).collect();
            inside |= moved && doors.contains(&false);
            if moved && inside && !left && !doors.contains(&false) {
                left = true;
                said.push((now, Noticed::Leaves(visit, member)));
            }
            let _ = since;
        }
    }
    said.sort();
    said
}

/// People walk among few places and stop; tracks change hands; some of it is told late.
fn told() -> impl Strategy<Value = Vec<(u64, Heard)>> {
    let spots = [(1600, 500), (1600, 1500), (1500, 2300), (1550, 2400), (1700, 3100), (3900, 5000)];
    let walk = prop::collection::vec((0..spots.len(), 1..9_u64, 0..4_u64), 1..8);
    let attended = prop::collection::vec((0..3_u64, 0..4_u64, 0..40_u64, 1..60_u64), 1..5);
    (prop::collection::vec(walk, 3), attended).prop_map(move |(walks, attended)| {
        let mut heard = Vec::new();
        for (track, walk) in (0..).zip(walks) {
            let mut tick = 0;
            for (spot, ticks, late) in walk {
                let (x_mm, y_mm) = spots[spot];
                for _ in 0..ticks {
                    heard.push((tick + late / 3, at(tick, track, x_mm, y_mm)));
                    tick += 1;
                }
                tick += late;
            }
        }
        for (track, visit, from, ticks) in attended {
            heard.push((from, attends(track, visit, VisitKind::Member, 1)));
            heard.push((from + ticks, attends(track, visit, VisitKind::Member, -1)));
        }
        heard.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        heard
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_is_noticed_is_what_is_seen_from_scratch(heard in told()) {
        let mut fast = run(&heard, 100, false);
        prop_assert_eq!(&fast, &run(&heard, 100, true));
        fast.retain(|(_, noticed)| !matches!(noticed, Noticed::Gone(..)));
        prop_assert_eq!(fast, slow(&heard, 100));
    }
}
