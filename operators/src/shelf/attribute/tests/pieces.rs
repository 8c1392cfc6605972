//! Pieces are known by what they weigh.

use super::super::books::{Weight, weighed};
use super::super::stories::{Act, Done};
use super::*;
use proptest::prelude::*;

/// A change that a quiet scale tells, in milligrams.
fn fine(tick: u64, scale: u64, change_mg: i64) -> (u64, Evidence) {
    let until = EventTime(tick as i64 * 100_000);
    let from = until.plus_us(-300_000);
    let step = WeightStep { scale: ScaleId(scale), from, until, change_mg, sigma_mg: 300 };
    (tick + 3, Evidence::Step(step))
}

#[test]
fn goods_that_weigh_the_same_are_told_apart_by_what_the_piece_weighed() {
    // Anna takes a tea, takes a soap elsewhere, and leaves one of them there. Both weigh 250 g.
    let leaves = |mg: i64, badly: u32| {
        let mut trade = trade();
        trade.settings.weighed_badly_permille = badly;
        let mut evidence: Vec<_> = (10..90).map(|tick| (tick, at(tick, ANNA, 200))).collect();
        evidence.extend([fine(17, 1, -248_100), fine(37, 3, -252_300), fine(67, 3, mg)]);
        told(trade, evidence)
    };
    let (tea, soap) = (leaves(248_000, 50), leaves(252_400, 50));
    assert_eq!(plain(&tea)[2..], [(1, "tea", -1, 3, 300)]);
    assert_eq!(plain(&soap)[2..], [(1, "soap", -1, 3, 90)]);
    assert!(tea[2].confidence.unit() > 0.9 && soap[2].confidence.unit() > 0.98, "{tea:?} {soap:?}");
    // By what articles weigh nobody can know.
    assert_eq!(plain(&leaves(248_000, 1000))[2..], [(1, "soap", -1, 3, 90)]);
}

#[test]
fn who_puts_it_back_is_told_by_what_the_piece_weighed() {
    let back = |mg: i64| {
        let mut evidence: Vec<_> = (10..30).map(|tick| (tick, at(tick, ANNA, 600))).collect();
        evidence.extend((30..50).map(|tick| (tick, at(tick, BEN, 600))));
        evidence.extend((50..80).flat_map(|tick| [(tick, at(tick, ANNA, 600)), (tick, at(tick, BEN, 600))]));
        evidence.extend([fine(20, 2, -397_000), fine(40, 2, -402_500), fine(70, 2, mg)]);
        plain(&told(trade(), evidence))[2].0
    };
    assert_eq!([back(396_800), back(402_600)], [ANNA.0, BEN.0]);
}

#[test]
fn a_piece_comes_back_at_what_was_paid_for_it() {
    // One tea at 3.00, one at 3.50, and the first is put back.
    let back = |mg: i64| {
        let mut evidence: Vec<_> = (980..1090).map(|tick| (tick, at(tick, ANNA, 200))).collect();
        evidence.extend([fine(985, 1, -247_000), fine(1020, 1, -252_500), fine(1060, 1, mg)]);
        plain(&told(trade(), evidence))[2].4
    };
    assert_eq!([back(247_100), back(252_300)], [300, 350]);
}

#[test]
fn what_lies_astray_is_known_again() {
    // Anna leaves a tea of 247 g among the soaps; Ben takes what weighs that, or a soap.
    let takes = |mg: i64| {
        let mut evidence: Vec<_> = (10..50).map(|tick| (tick, at(tick, ANNA, 200))).collect();
        evidence.extend((50..90).map(|tick| (tick, at(tick, BEN, 200))));
        evidence.extend([fine(17, 1, -247_000), fine(40, 3, 247_200), fine(70, 3, mg)]);
        let said = told(trade(), evidence);
        said.last().and_then(|row| row.sku.clone()).expect("known")
    };
    assert_eq!([takes(-247_000), takes(-252_000)], [sku("tea"), sku("soap")]);
}

#[test]
fn a_thing_that_was_weighed_badly_may_come_back() {
    let mut evidence: Vec<_> = (10..60).map(|tick| (tick, at(tick, ANNA, 200))).collect();
    evidence.extend([fine(17, 1, -258_000), fine(40, 1, 250_100)]);
    let said = told(trade(), evidence);
    assert_eq!(plain(&said)[1..], [(1, "tea", -1, 1, 300)]);
    assert!(said[1].confidence.unit() > 0.9, "{said:?}");
}

#[test]
fn what_was_taken_at_once_comes_back_as_a_whole_or_in_part() {
    // Anna and Ben each take two teas in one grip; two come back, or one and then the other.
    let back = |first: i64, second: Option<i64>| {
        let mut evidence: Vec<_> = (10..30).map(|tick| (tick, at(tick, ANNA, 200))).collect();
        evidence.extend((30..50).map(|tick| (tick, at(tick, BEN, 200))));
        evidence.extend((50..90).flat_map(|tick| [(tick, at(tick, ANNA, 200)), (tick, at(tick, BEN, 200))]));
        evidence.extend([fine(20, 1, -505_500), fine(40, 1, -495_500), fine(60, 1, first)]);
        evidence.extend(second.map(|mg| fine(80, 1, mg)));
        let said = told(trade(), evidence);
        plain(&said)[2..].iter().map(|row| (row.0, row.2)).collect::<Vec<_>>()
    };
    assert_eq!(back(505_300, None), [(1, -2)]);
    assert_eq!(back(495_600, None), [(2, -2)]);
    // The first is like any; the other of the two is what is left of both.
    assert_eq!(back(256_000, Some(249_400))[1], (1, -1));
    assert_eq!(back(245_000, Some(250_600))[1], (2, -1));
}

proptest! {
    /// What an act moved is what adding up all ways to share out the change says.
    #[test]
    fn a_share_of_a_change_is_what_all_ways_to_share_it_say(
        change in -900_000i64..900_000,
        sigma in 100u32..5_000,
        (count, way) in (1i64..4, prop_oneof![Just(-1i64), Just(1)]),
        beside in proptest::option::of(prop_oneof![Just(-1i64), Just(1)]),
    ) {
        let trade = trade();
        let all = Weight { mg: (way * count) as f64 * 250_000.0, variance: count as f64 * 2_500.0 * 2_500.0 };
        let other = beside.map(|way| Weight { mg: way as f64 * 400_000.0, variance: 4_000.0 * 4_000.0 });
        let step = WeightStep { scale: ScaleId(1), from: EventTime(0), until: EventTime(1), change_mg: change, sigma_mg: sigma };
        let mut done: Vec<Done> = vec![(Some(ANNA), Act::of(SlotId(1), sku("tea"), way * count, all))];
        done.extend(other.map(|other| (Some(BEN), Act::of(SlotId(2), sku("jam"), other.mg.signum() as i64, other))));
        let found = weighed(Some(&step), &done, &trade)[0].expect("weighed");
        let [beside_mg, beside_variance] = other.map_or([0.0; 2], |other| [other.mg, other.variance]);
        let normal = |x: f64, variance: f64| -x * x / (2.0 * variance);
        let grid = (-4_000..4_000).map(|i| way as f64 * found.mg + f64::from(i) * found.variance.sqrt() / 400.0);
        let log = |mg: f64| {
            let left = -change as f64 - mg - beside_mg;
            normal(mg - all.mg, all.variance) + normal(left, trade.error(&step) + beside_variance)
        };
        let logs: Vec<(f64, f64)> = grid.map(|mg| (mg, log(mg))).collect();
        let most = logs.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
        let sum = |of: &dyn Fn(f64) -> f64| logs.iter().map(|(w, log)| of(*w) * (log - most).exp()).sum::<f64>();
        let mean = sum(&|w| w) / sum(&|_| 1.0);
        let variance = sum(&|w| (w - mean) * (w - mean)) / sum(&|_| 1.0);
        prop_assert!((way as f64 * found.mg - mean).abs() < 0.001 * found.variance.sqrt(), "{} is not {mean}", found.mg);
        prop_assert!((found.variance / variance - 1.0).abs() < 0.001, "{} is not {variance}", found.variance);
    }
}
