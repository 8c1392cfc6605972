use super::*;
use crate::reference::dwell::{SlowStay, slow_dwells, slow_still};
use crate::reference::floor::rectangle;
use proptest::prelude::*;
use schemas::{FloorPoint, MemberId, VisitKind};

const LAG: u64 = 7;

fn tick() -> TickLength {
    TickLength::from_us(100_000).expect("not zero")
}

/// Two halves of a floor, and a bay in the left one.
fn zones() -> Vec<Zone> {
    let zone = |name, low, high| rectangle(name, low, high).expect("a zone");
    vec![zone("left", [0, 0], [2000, 4000]), zone("right", [2000, 0], [4000, 4000]), zone("bay", [0, 0], [800, 4000])]
}

fn position(at_tick: u64, who: u64, x_mm: i32) -> Position {
    let attendee = (who > 1).then_some(Attendee {
        visit: VisitId(who / 4),
        person: 0,
        kind: VisitKind::Member,
        member: Some(MemberId(9)),
    });
    Position {
        track: TrackId(who),
        event_time: tick().start(Tick(at_tick)),
        at: FloorPoint { x_mm, y_mm: 1000 },
        spread_mm: 50,
        cameras: vec![],
        attendee,
    }
}

/// Everything that is said of positions, which come `LAG` after their ticks.
fn dwelt(positions: &[Position], settings: &DwellSettings) -> Vec<(u64, Dwelt)> {
    let mut core = Dwells::new(tick(), LAG, zones(), settings.clone());
    let mut by_tick: BTreeMap<u64, Vec<Position>> = BTreeMap::new();
    for position in positions {
        by_tick.entry(tick().tick(position.event_time).0 + LAG).or_default().push(position.clone());
    }
    let (mut said, mut wake, mut outbox) = (Vec::new(), None, Outbox::default());
    while let Some(now) = by_tick.keys().next().copied().into_iter().chain(wake).min() {
        let mut batch = by_tick.remove(&now).unwrap_or_default();
        batch.sort();
        wake = core.close(Tick(now), batch, &mut outbox).map(|tick| tick.0);
        said.extend(outbox.take().0.into_iter().map(|row| (now, row)));
    }
    assert!(core.stays.is_empty() && core.minutes.is_empty() && core.gaits.is_empty(), "nothing is kept");
    said
}

#[test]
fn a_border_does_not_flicker_and_a_bay_lies_in_its_half() {
    let settings = DwellSettings::default();
    // Ten seconds in the left half, two of them swaying over the border, then through the right half.
    let mut path: Vec<i32> = vec![1500; 40];
    path.extend((0..20).map(|i| if i % 4 < 2 { 1980 } else { 2040 }));
    path.extend([1500; 40]);
    path.extend((0..40).map(|i| 2000 + i * 50));
    let positions: Vec<Position> = path.iter().zip(100..).map(|(&x, at)| position(at, 9, x)).collect();
    let said = dwelt(&positions, &settings);
    let stays: Vec<&Dwell> =
        said.iter().filter_map(|(_, row)| if let Dwelt::Stay(dwell) = row { Some(dwell) } else { None }).collect();
    let zones = zones();
    let left: Vec<&&Dwell> = stays.iter().filter(|dwell| dwell.zone == zones[0].id()).collect();
    assert_eq!(left.len(), 1, "{stays:?}");
    assert_eq!(left[0].left_at.since_us(left[0].entered_at), 10_000_000);
    assert_eq!(left[0].manner, Manner::Stopped);
    assert_eq!(left[0].attendee.map(|a| a.visit), Some(VisitId(2)));
    // Swaying into the right half was a stay there, too; going through it was passing.
    let right: Vec<Manner> = stays.iter().filter(|d| d.zone == zones[1].id()).map(|d| d.manner).collect();
    assert_eq!(right.last(), Some(&Manner::Passed), "{stays:?}");
}

#[test]
fn somebody_lost_and_found_as_another_track_goes_on_with_the_stay() {
    let mut positions: Vec<Position> = (0..20).map(|at| position(at, 8, 1000)).collect();
    // Another track (9 / 4 = 8 / 4) of the same visit, half a second later.
    positions.extend((25..60).map(|at| position(at, 9, 1100)));
    let said = dwelt(&positions, &DwellSettings::default());
    let stays = said.iter().filter(|(_, row)| matches!(row, Dwelt::Stay(_))).count();
    assert_eq!(stays, 1, "{said:?}");
}

#[test]
fn who_stands_for_long_is_told_of_once() {
    let settings = DwellSettings { loitered_ms: 5000, ..DwellSettings::default() };
    let positions: Vec<Position> = (0..900).map(|at| position(at, 9, 2500)).collect();
    let said = dwelt(&positions, &settings);
    let alerts: Vec<_> = said.iter().filter(|(_, row)| matches!(row, Dwelt::Alert(_))).collect();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].0 < 70 + LAG, "while it goes on: {alerts:?}");
    let minutes = said.iter().filter(|(_, row)| matches!(row, Dwelt::Minute(_))).count();
    assert_eq!(minutes, 2, "ninety seconds");
}

proptest! {
    /// The slow twin, for any walk with gaps; and every row comes when it is to come.
    #[test]
    fn dwells_are_those_of_the_slow_twin(
        walks in proptest::collection::vec((0u64..1500, proptest::collection::vec((0i32..4200, 1u64..40, 0u64..25), 1..12)), 1..5),
        absence_ms in prop_oneof![Just(0u32), Just(250), Just(1000)],
        stay_min_ms in prop_oneof![Just(0u32), Just(300), Just(1000)],
    ) {
        let settings = DwellSettings { absence_ms, stay_min_ms, ..DwellSettings::default() };
        let mut positions = Vec::new();
        for (who, (start, legs)) in walks.into_iter().enumerate() {
            let mut at = start;
            for (x, long, gap) in legs {
                positions.extend((at..at + long).map(|at| position(at, 4 * who as u64, x)));
                at += long + gap;
            }
        }
        let said = dwelt(&positions, &settings);
        let (stays, minutes) = slow_dwells(&positions, &zones(), tick(), &settings);
        let mut found: Vec<SlowStay> = Vec::new();
        let mut found_minutes = Vec::new();
        for (now, row) in &said {
            match row {
                Dwelt::Stay(d) => {
                    prop_assert_eq!(tick().tick(d.closed_at).0 + LAG, *now);
                    prop_assert!(d.still_us <= d.left_at.since_us(d.entered_at));
                    found.push(SlowStay {
                        zone: d.zone, track: d.track, attendee: d.attendee, from: d.entered_at, until: d.left_at,
                    });
                }
                Dwelt::Minute(minute) => {
                    let late = tick().start(Tick(*now - LAG)).since_us(minute.minute);
                    prop_assert!(late <= Dwells::minute_wait_us(&settings, tick()), "{} us", late);
                    found_minutes.push(minute.clone());
                }
                Dwelt::Alert(_) => {}
            }
        }
        found.sort();
        found_minutes.sort();
        prop_assert_eq!(found, stays);
        prop_assert_eq!(found_minutes, minutes);
    }

    /// Standing still, in one zone and without gaps, against its definition.
    #[test]
    fn standing_still_is_as_defined(legs in proptest::collection::vec((2100i32..3900, 1usize..30), 1..12)) {
        let settings = DwellSettings::default();
        let places: Vec<i32> = legs.into_iter().flat_map(|(x, long)| vec![x; long]).collect();
        let positions: Vec<Position> = places.iter().zip(0..).map(|(&x, at)| position(at, 9, x)).collect();
        let still = dwelt(&positions, &settings).into_iter().find_map(|(_, row)| {
            if let Dwelt::Stay(dwell) = row { Some(dwell.still_us / 100_000) } else { None }
        });
        let points: Vec<FloorPoint> = positions.iter().map(|p| p.at).collect();
        let slow = slow_still(&points, tick(), &settings) as i64;
        prop_assert_eq!(still.unwrap_or(slow), slow);
    }
}
