use super::*;
use schemas::Box2;

const PLAIN: Mapping = Mapping { scale: (1.0, 1.0), origin: (0.0, 0.0) };

#[test]
fn cells_run_along_rows_finest_stride_first() {
    let cells = cells(32, 16, &[8, 16]);
    assert_eq!(cells.len(), 4 * 2 + 2);
    assert_eq!(cells[..3], [(0.0, 0.0, 8.0), (1.0, 0.0, 8.0), (2.0, 0.0, 8.0)]);
    assert_eq!(cells[4], (0.0, 1.0, 8.0));
    assert_eq!(cells[8..], [(0.0, 0.0, 16.0), (1.0, 0.0, 16.0)]);
    assert_eq!(super::cells(416, 416, &[8, 16, 32]).len(), 3549);
    assert_eq!(super::cells(640, 480, &[8, 16, 32]).len(), 6300);
}

/// Worked by hand: cell (2, 1) of stride 16, xy = (0.5, 0.25): centre (40, 20); exp(ln 2) = 2, exp(0) = 1, so
/// 32 x 16: from (24, 12) to (56, 28). Score 0.8 * 0.5 = 0.4.
#[test]
fn a_box_worked_by_hand() {
    let values = [0.5, 0.25, 2f32.ln(), 0.0, 0.8, 0.1, 0.5];
    let found = decode(&values, &[(2.0, 1.0, 16.0)], 1, 0.39, PLAIN);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].bbox, Box2::from_pixels(24.0, 12.0, 56.0, 28.0));
    assert!((found[0].score - 0.4).abs() < 1e-6);
    let half = Mapping { scale: (2.0, 1.5), origin: (0.0, 0.0) };
    let found = decode(&values, &[(2.0, 1.0, 16.0)], 1, 0.39, half);
    assert_eq!(found[0].bbox, Box2::from_pixels(48.0, 18.0, 112.0, 42.0));
}

#[test]
fn weak_boxes_and_other_classes_are_left_out() {
    let values = [0.0, 0.0, 0.0, 0.0, 0.8, 0.9, 0.1];
    assert!(decode(&values, &[(0.0, 0.0, 8.0)], 1, 0.1, PLAIN).is_empty());
    assert_eq!(decode(&values, &[(0.0, 0.0, 8.0)], 0, 0.1, PLAIN).len(), 1);
}

#[test]
fn a_size_beyond_any_number_is_a_large_box() {
    let values = [0.0, 0.0, 200.0, 200.0, 1.0, 1.0];
    let found = decode(&values, &[(0.0, 0.0, 8.0)], 0, 0.1, PLAIN);
    assert_eq!(found[0].bbox, Box2::from_pixels(-1e6, -1e6, 1e6, 1e6));
}
