use super::*;
use schemas::{CameraId, FloorPoint, Share, StretchId, TickLength};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Hold: 25 ticks.
fn conclude() -> Conclude {
    let tick = TickLength::from_us(100_000).expect("not zero");
    Conclude::new(BindSettings { tick, lag: 5, window: 20, silence: 30 })
}

fn row(tick: u64, x_mm: i32, seen: bool) -> Change<Whereabouts> {
    let shares = if seen { vec![Share { camera: CameraId(tick % 2), tracklet: None }] } else { vec![] };
    let (at, stretch) = (FloorPoint { x_mm, y_mm: 0 }, StretchId(1 + tick / 1000));
    let row = Whereabouts { tick: Tick(tick), track: TrackId(1), spread_mm: 9, at, height_mm: 1700, stretch, shares };
    Change { row, diff: 1 }
}

#[test]
fn standing_is_no_walking_and_predictions_are_no_sightings() {
    let (mut core, mut out) = (conclude(), Outbox::default());
    // Stands and shakes by 280 mm, is then lost for 5 ticks, is predicted for 3 of them, and is found a metre away.
    let mut rows: Vec<_> = (100..120).map(|tick| row(tick, if tick % 2 == 0 { 0 } else { 280 }, true)).collect();
    rows.extend((120..123).map(|tick| row(tick, 10, false)));
    rows.extend([row(125, 1_000, true), row(126, 1_000, false)]);
    for change in rows {
        core.close(change.row.tick, vec![change], &mut out);
    }
    core.close(Tick(126 + 25), Vec::new(), &mut out);
    assert_eq!(out.ok.len(), 25);
    core.close(Tick(126 + 25 + 29), Vec::new(), &mut out);
    assert_eq!(out.ok.len(), 25, "it may still go on");
    core.close(Tick(126 + 25 + 30), Vec::new(), &mut out);
    let Some(Final::Track(track)) = out.ok.last() else { panic!("no track") };
    assert_eq!((track.path_mm, track.positions, track.gap_longest_us, track.stretches), (1_000, 25, 500_000, 1));
    assert_eq!((track.first_seen.0, track.last_seen.0), (10_000_000, 12_500_000));
    assert_eq!(track.cameras, [CameraId(0), CameraId(1)]);
    assert!(core.tracks.is_empty() && core.over.is_empty() && core.open.ticks.is_empty());
}

#[test]
fn a_long_visit_keeps_its_sums_and_no_more_memory() {
    let (mut core, mut out) = (conclude(), Outbox::default());
    for tick in 0..50_000 {
        core.close(Tick(tick), vec![row(tick, 400 * (tick % 100) as i32, true)], &mut out);
        assert!(core.open.ticks.len() <= 26 && core.tracks.len() <= 1 && core.over.len() <= 1);
        out.ok.retain(|row| matches!(row, Final::Track(_)));
    }
    core.close(Tick(50_000 + 100), Vec::new(), &mut out);
    out.ok.retain(|row| matches!(row, Final::Track(_)));
    let [Final::Track(track)] = out.ok.as_slice() else { panic!("{} rows", out.ok.len()) };
    // 500 rounds of 99 steps of 400 mm and, between them, the way back.
    let path_mm = 500 * 99 * 400 + 499 * 99 * 400;
    assert_eq!((track.positions, track.stretches, track.path_mm), (50_000, 50, path_mm));
}

#[test]
fn what_goes_after_it_was_final_is_passed_over_and_what_comes_is_a_bug() {
    let (mut core, mut out) = (conclude(), Outbox::default());
    core.close(Tick(100), vec![row(100, 0, true)], &mut out);
    core.close(Tick(125), Vec::new(), &mut out);
    assert_eq!(out.ok.len(), 1);
    core.close(Tick(126), vec![Change { diff: -1, ..row(100, 0, true) }], &mut out);
    assert_eq!(out.ok.len(), 1);
    let late = catch_unwind(AssertUnwindSafe(|| core.close(Tick(127), vec![row(100, 5, true)], &mut out)));
    let said = late.expect_err("it went through");
    assert!(said.downcast_ref::<String>().expect("words").contains("after it was final"));
}
