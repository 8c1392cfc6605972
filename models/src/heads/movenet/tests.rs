use super::*;
use schemas::Box2;

fn person(score: f32) -> Vec<f32> {
    let mut values = vec![0.0; PERSON_VALUES];
    values[51..].copy_from_slice(&[0.1, 0.2, 0.9, 0.6, score]); // ymin, xmin, ymax, xmax
    values
}

fn set(values: &mut [f32], keypoint: usize, y: f32, x: f32, score: f32) {
    values[3 * keypoint..3 * keypoint + 3].copy_from_slice(&[y, x, score]);
}

const MAPPING: Mapping = Mapping { scale: (200.0, 100.0), origin: (10.0, 0.0) };

#[test]
fn wrists_and_feet_come_from_their_keypoints() {
    let mut values = person(0.9);
    set(&mut values, 9, 0.5, 0.25, 0.7);
    set(&mut values, 10, 0.5, 0.75, 0.19);
    set(&mut values, 15, 0.8, 0.4, 0.5);
    set(&mut values, 16, 1.0, 0.5, 0.5);
    let pose = pose(&values[..KEYPOINT_VALUES], 0.2, MAPPING);
    let left = Wrist { at: Point::from_pixels(60.0, 50.0), score: Score::from_unit(0.7) };
    assert_eq!(pose.wrists, [Some(left), None]);
    assert_eq!(pose.feet, Some(Point::from_pixels(100.0, 90.0)));
}

#[test]
fn one_ankle_is_feet_enough_and_none_is_none() {
    let mut values = person(0.9);
    assert_eq!(pose(&values[..KEYPOINT_VALUES], 0.2, MAPPING).feet, None);
    set(&mut values, 16, 1.0, 0.5, 0.5);
    assert_eq!(pose(&values[..KEYPOINT_VALUES], 0.2, MAPPING).feet, Some(Point::from_pixels(110.0, 100.0)));
}

#[test]
fn people_below_the_threshold_are_nobody() {
    let values = [person(0.9), person(0.05)].concat();
    let found = people(&values, 0.1, MAPPING);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.bbox, Box2::from_pixels(50.0, 10.0, 130.0, 90.0));
}
