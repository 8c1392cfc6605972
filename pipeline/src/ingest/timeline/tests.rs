use super::*;
use proptest::prelude::*;

const START: i64 = 1_600_000_000_000_000;
const JUMP_MAX: i64 = 2_000_000;

fn begun(first_pts: Option<i64>, regular: Option<i64>) -> Timeline {
    let mut line = Timeline::new(EventTime(START), JUMP_MAX);
    line.begin_segment(first_pts, regular);
    line
}

/// Times since the start and faults of a sequence of pts in milliseconds.
fn run(line: &mut Timeline, pts_ms: &[Option<i64>]) -> Vec<(i64, Option<FaultKind>)> {
    let place = |pts: &Option<i64>| {
        let placed = line.place(pts.map(|ms| ms * 1000));
        ((placed.event_time.0 - START) / 1000, placed.irregular)
    };
    pts_ms.iter().map(place).collect()
}

const JUMPED: Option<FaultKind> = Some(FaultKind::PtsJumped);
const MISSING: Option<FaultKind> = Some(FaultKind::PtsMissing);

#[test]
fn a_variable_rate_is_kept_and_the_first_frame_is_at_the_start() {
    let mut line = begun(Some(1_400_000), Some(40_000));
    let times = run(&mut line, &[Some(1400), Some(1433), Some(1500), Some(2900)]);
    assert_eq!(times, [(0, None), (33, None), (100, None), (1500, None)]);
}

#[test]
fn frames_lost_before_the_first_keep_their_time() {
    let mut line = begun(Some(0), Some(100_000));
    assert_eq!(run(&mut line, &[Some(300), Some(400)]), [(300, None), (400, None)]);
    let mut line = begun(Some(0), Some(100_000));
    assert_eq!(run(&mut line, &[Some(9_000), Some(9_100)]), [(0, JUMPED), (100, None)]);
}

#[test]
fn a_damaged_packet_jumps_and_the_stream_comes_back() {
    let mut line = begun(Some(0), Some(100_000));
    let times = run(&mut line, &[Some(0), Some(100), Some(43_000), Some(300), Some(400)]);
    assert_eq!(times, [(0, None), (100, None), (200, JUMPED), (300, None), (400, None)]);
}

#[test]
fn a_clock_that_was_set_anew_is_followed() {
    let mut line = begun(Some(0), Some(100_000));
    let times = run(&mut line, &[Some(0), Some(100), Some(40_100), Some(40_250), Some(40_300)]);
    assert_eq!(times, [(0, None), (100, None), (200, JUMPED), (350, None), (400, None)]);
    let times = run(&mut line, &[Some(-7_000), Some(-6_900), Some(-6_900)]);
    assert_eq!(times, [(500, JUMPED), (600, None), (700, JUMPED)]);
}

#[test]
fn missing_times_are_regular_ones_declared_measured_or_assumed() {
    assert_eq!(run(&mut begun(None, None), &[None, None]), [(0, MISSING), (40, MISSING)]);
    let times = run(&mut begun(Some(0), Some(100_000)), &[Some(0), None, None, Some(300)]);
    assert_eq!(times, [(0, None), (100, MISSING), (200, MISSING), (300, None)]);
    let times = run(&mut begun(Some(0), Some(100_000)), &[None, Some(100), Some(200)]);
    assert_eq!(times, [(0, MISSING), (100, None), (200, None)]);
    let times = run(&mut begun(None, None), &[Some(5), Some(205), Some(405), None, Some(805)]);
    assert_eq!(times, [(0, None), (200, None), (400, None), (600, MISSING), (800, None)]);
}

#[test]
fn segments_continue_or_follow_one_interval_later() {
    let mut line = begun(Some(0), Some(100_000));
    run(&mut line, &[Some(0), Some(100)]);
    line.begin_segment(Some(0), Some(100_000));
    assert_eq!(run(&mut line, &[Some(0), Some(100)]), [(200, None), (300, None)]);
    line.begin_segment(Some(600_000), Some(100_000));
    assert_eq!(run(&mut line, &[Some(600), Some(700)]), [(800, None), (900, None)], "continues the second's pts");
    line.begin_segment(Some(90_000_000), Some(50_000));
    assert_eq!(run(&mut line, &[Some(90_000), Some(90_050)]), [(950, None), (1000, None)]);
}

#[test]
fn hostile_numbers_do_not_overflow() {
    let mut line = Timeline::new(EventTime(i64::MAX), i64::MAX);
    line.begin_segment(Some(i64::MIN), Some(i64::MAX));
    let mut last = None;
    for pts in [i64::MIN, i64::MAX, 0, PTS_MAX_US, -PTS_MAX_US, i64::MIN, PTS_MAX_US] {
        let placed = line.place(Some(pts)).event_time;
        assert!(last.is_none_or(|last| placed > last));
        last = Some(placed);
    }
}

proptest! {
    #[test]
    fn times_strictly_increase_by_at_most_the_jump(
        pts in prop::collection::vec(prop::option::weighted(0.9, -5_000_000i64..60_000_000), 1..200),
        cuts in prop::collection::vec(any::<bool>(), 200),
        declared in prop::option::of(1i64..3_000_000),
    ) {
        let mut line = begun(None, declared);
        let mut last: Option<i64> = None;
        for (pts, cut) in pts.iter().zip(cuts) {
            if cut { line.begin_segment(*pts, declared); }
            let step_max = JUMP_MAX + line.regular_us();
            let time = line.place(*pts).event_time.0;
            if let Some(last) = last {
                prop_assert!(time > last && time - last <= step_max);
            } else {
                prop_assert_eq!(time, START);
            }
            last = Some(time);
        }
    }

    #[test]
    fn a_sound_clock_is_never_touched(
        steps in prop::collection::vec(1i64..=JUMP_MAX, 1..200), first in -1_000_000_000i64..1_000_000_000,
    ) {
        let mut line = begun(Some(first), Some(40_000));
        let mut pts = first;
        prop_assert_eq!(line.place(Some(pts)), Placed { event_time: EventTime(START), irregular: None });
        for step in steps {
            pts += step;
            let expected = Placed { event_time: EventTime(START + pts - first), irregular: None };
            prop_assert_eq!(line.place(Some(pts)), expected);
        }
    }

    #[test]
    fn one_wild_pts_costs_one_fault_and_no_time(at in 1usize..49, wild in -100_000_000i64..100_000_000) {
        let regular = 100_000;
        prop_assume!(wild.abs() > JUMP_MAX + 100_000);
        let mut line = begun(Some(0), Some(regular));
        for n in 0..50 {
            let true_pts = n as i64 * regular;
            let pts = if n == at { true_pts + wild } else { true_pts };
            let placed = line.place(Some(pts));
            prop_assert_eq!(placed.event_time.0, START + true_pts);
            prop_assert_eq!(placed.irregular.is_some(), n == at);
        }
    }
}
