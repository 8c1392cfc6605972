//! Scores: against TrackEval's numbers, and cases made by hand.

use super::clear::clear;
use super::hota::HotaCounts;
use super::identity::identity;
use super::sequence::{Sequence, Step};
use std::collections::BTreeMap;

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
