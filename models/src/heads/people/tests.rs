use super::*;
use crate::heads::yolox;

const STRIDE: f32 = 8.0;
const LIMITS: Thresholds =
    Thresholds { score_min: 0.1, iou_max: 0.5, part_inside: 1.0, part_score: 0.0, detections_max: 10, joint_min: 0.3 };
const PLAIN: Mapping = Mapping { scale: (2.0, 3.0), origin: (0.0, 0.0) };

/// The logit of a score.
fn logit(score: f32) -> f32 {
    (score / (1.0 - score)).ln()
}

/// An output of 6 x 4 cells where nobody is; `set` writes (cell, first number, numbers).
fn output(set: &[(usize, usize, &[f32])]) -> Vec<f32> {
    let columns = PEOPLE_VALUES + 2;
    let mut values = vec![0.0; 24 * columns];
    for row in values.chunks_exact_mut(columns) {
        for at in [4, 11, 14, 17, 20] {
            row[at] = -9.0;
        }
    }
    for (cell, first, numbers) in set {
        let at = cell * columns + first;
        values[at..at + numbers.len()].copy_from_slice(numbers);
    }
    values
}

fn decoded(set: &[(usize, usize, &[f32])]) -> Vec<Found> {
    decode(&output(set), &yolox::cells(48, 32, &[8]), &LIMITS, PLAIN)
}

#[test]
fn a_row_is_a_person_in_source_pixels() {
    // Cell 8 is column 2, line 1: its middle is (20, 12) px of the input.
    let found = decoded(&[
        (8, 0, &[0.5, -0.25, 2.0f32.ln(), 3.0f32.ln(), logit(0.8)]),
        (8, 9, &[1.0, 0.0, logit(0.6), -1.0, 0.5, logit(0.2), 0.0, 1.5, logit(0.9)]),
        (8, 23, &[0.6, -0.8]),
    ]);
    assert_eq!(found.len(), 1);
    let (middle, half) = ((20.0 + 0.5 * STRIDE, 12.0 - 0.25 * STRIDE), (STRIDE, 1.5 * STRIDE));
    let expected = PLAIN.bbox(middle.0 - half.0, middle.1 - half.1, middle.0 + half.0, middle.1 + half.1);
    assert_eq!(found[0].candidate.bbox, expected);
    assert!((found[0].candidate.score - 0.8).abs() < 1e-4);
    assert_eq!(found[0].pose.feet, Some(PLAIN.point(20.0, 12.0 + 1.5 * STRIDE)));
    let [first, second] = found[0].pose.wrists;
    let first = first.expect("seen");
    assert_eq!(first.at, PLAIN.point(20.0 + STRIDE, 12.0));
    assert!((first.score.unit() - 0.6).abs() < 1e-2);
    assert_eq!(second, None, "below the least score of a joint");
    assert_eq!(found[0].appearance.as_ref().map(|a| a.steps().to_vec()), Some(vec![76, -102]));
}

#[test]
fn weak_people_are_not_told() {
    assert_eq!(decoded(&[(0, 4, &[logit(0.09)])]), []);
    assert_eq!(decoded(&[(0, 4, &[logit(0.11)]), (23, 4, &[logit(0.5)])]).len(), 2);
}

/// A person 5 strides tall and 2 wide in the middle of cell 7 (12, 12 px), who guesses the first wrist at (28, 12).
const BODY_ROW: [f32; 12] = [0.0, 0.0, 0.693, 1.609, 3.0, 0.0, 0.0, 0.693, 1.609, 2.0, 0.0, 0.5];

#[test]
fn the_cells_around_a_guessed_wrist_know_better() {
    // Cell 9's middle is (28, 12) px: a wrist 2 px right of and 3 px below it, whose owner is 16 px farther left.
    let wrists = |hand: [f32; 5]| {
        let found = decoded(&[(7, 0, &BODY_ROW), (9, 18, &hand)]);
        found[0].pose.wrists.map(|wrist| wrist.map(|w| w.at))
    };
    let (guessed, seen) = (PLAIN.point(28.0, 12.0), PLAIN.point(30.0, 15.0));
    assert_eq!(wrists([0.25, 0.375, logit(0.8), -2.0, 0.0]), [Some(seen), None]);
    assert_eq!(wrists([0.25, 0.375, logit(0.15), -2.0, 0.0])[0], Some(guessed), "too unsure");
    assert_eq!(wrists([0.25, 0.375, logit(0.8), 2.0, 0.0])[0], Some(guessed), "somebody else's");
    assert_eq!(wrists([4.5, 1.0, logit(0.8), -2.0, 0.0])[0], Some(guessed), "too far from where it is guessed");
}

#[test]
fn one_wrist_is_not_two() {
    // Both wrists are guessed at (28, 12); cells 9 and 10 see the same wrist, cell 21 (28, 28 px) another, less surely.
    let both = [2.0, 0.0, 0.5, 2.0, 0.0, 0.5];
    let hand = |x: f32, score: f32, owner: [f32; 2]| [x, 0.0, logit(score), owner[0], owner[1]];
    let found = decoded(&[
        (7, 0, &BODY_ROW),
        (7, 9, &both),
        (9, 18, &hand(0.2, 0.9, [-2.0, 0.0])),
        (10, 18, &hand(-0.8, 0.8, [-3.0, 0.0])),
        (21, 18, &hand(0.0, 0.5, [-2.0, -2.0])),
    ]);
    let at = found[0].pose.wrists.map(|wrist| wrist.expect("seen").at);
    assert_eq!(at, [PLAIN.point(28.0, 28.0), PLAIN.point(29.6, 12.0)], "from the left");
}

#[test]
fn of_cells_that_tell_of_one_person_the_surest_counts() {
    let found = decoded(&[(7, 0, &BODY_ROW), (8, 0, &[-1.0, 0.0, 0.693, 1.609, 2.0]), (5, 4, &[1.0])]);
    assert_eq!(found.len(), 2);
    assert!(found[0].candidate.score > 0.95 && found[1].candidate.score < 0.75, "strongest first");
}

#[test]
fn numbers_of_no_sense_are_no_panic() {
    let huge = [3e38, -3e38, 3e38, 3e38, 50.0];
    let set: [(usize, usize, &[f32]); 3] = [
        (0, 0, &huge),
        (0, 9, &[3e38, -3e38, 40.0, -3e38, 3e38, 40.0, 3e38, 3e38, 40.0, 3e38, -3e38, 40.0, 3e38, 3e38]),
        (3, 18, &[-3e38, 3e38, 40.0, -3e38, 3e38]),
    ];
    assert_eq!(decoded(&set).len(), 1);
}
