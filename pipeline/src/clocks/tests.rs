//! Clocks against people whose ways are known.

use super::*;

/// Two people on ways of their own, seen every 100 ms with an error, by a clock that is `ahead_us` ahead, with what only this camera sees.
fn walk(ahead_us: i64, from: i64, until: i64, salt: f64) -> Glimpses {
    let mut glimpses = Glimpses::default();
    for frame in from..until {
        let seconds = frame as f64 / 10.0;
        let noise = |k: f64| 60.0 * (seconds * 37.0 + k + salt).sin();
        let one = [
            4000.0 + 2500.0 * (seconds / 4.0).sin() + noise(1.0),
            3000.0 + 1500.0 * (seconds / 3.0).cos() + noise(2.0),
        ];
        let two =
            [2000.0 + 1800.0 * (seconds / 5.0).cos() + noise(3.0), 1000.0 + 900.0 * (seconds / 2.5).sin() + noise(4.0)];
        let alone = [9000.0 + 1000.0 * salt, 9000.0];
        glimpses.add(frame * 100_000 + ahead_us, vec![one, two, alone]);
    }
    glimpses
}

#[test]
fn a_lag_is_found_to_ten_milliseconds_or_so() {
    for ahead in [-730_000, -120_000, 0, 30_000, 480_000] {
        let found = lag(&walk(0, 0, 600, 0.3), &walk(ahead, 0, 600, 0.7), 1_000_000).expect("they see the same people");
        assert!((found.us - ahead as f64).abs() < 15_000.0, "{ahead}: {found:?}");
    }
}

#[test]
fn nothing_is_said_of_cameras_that_see_nobody_together() {
    let (one, mut still) = (walk(0, 0, 600, 0.0), Glimpses::default());
    assert_eq!(lag(&one, &walk(0, 2000, 2600, 0.0), 1_000_000), None, "at other times");
    (0..600).for_each(|frame| still.add(frame * 100_000, vec![[1000.0, 1000.0]]));
    assert_eq!(lag(&still, &still, 1_000_000), None, "nobody moves");
}

#[test]
fn cameras_are_brought_together_and_islands_stay_apart() {
    let named = |names: [&str; 5]| names.map(str::to_string).to_vec();
    let lag = |us| Lag { us, weight: 1.0 };
    // a, b and c overlap in a ring that does not quite close; d and e see each other alone.
    let lags = [(0, 1, lag(100_000.0)), (1, 2, lag(100_000.0)), (0, 2, lag(230_000.0)), (3, 4, lag(-40_000.0))];
    let found = together(named(["a", "b", "c", "d", "e"]), &lags);
    let ahead: Vec<i64> = found.iter().map(|one| one.ahead_ms.expect("compared").round() as i64).collect();
    assert_eq!(ahead, [-110, 0, 110, 20, -20]);
    assert!(found[..3].iter().all(|one| one.pairs == 2 && (5.0..15.0).contains(&one.rest_ms)), "{found:?}");
    // One lag of four that is far off does not mislead the others.
    let lags = [(0, 1, lag(0.0)), (1, 2, lag(0.0)), (2, 3, lag(0.0)), (0, 3, lag(0.0)), (0, 2, lag(250_000.0))];
    let found = together(named(["a", "b", "c", "d", "e"]), &lags);
    assert!(found[..4].iter().all(|one| one.ahead_ms.is_some_and(|ms| ms.abs() < 15.0)), "{found:?}");
    let alone = together(vec!["a".into(), "b".into()], &[]);
    assert!(alone.iter().all(|one| one.ahead_ms.is_none() && one.pairs == 0));
}
