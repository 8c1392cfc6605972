use super::*;

fn at(x: f32) -> Box2 {
    Box2::from_pixels(x, 0.0, x + 10.0, 20.0)
}

fn feet(x: f32) -> Pose {
    Pose { feet: Some(Point::from_pixels(x, 20.0)), wrists: [None, None] }
}

#[test]
fn each_box_gets_the_person_who_overlaps_it_most() {
    let people = [(at(100.0), feet(100.0)), (at(1.0), feet(1.0)), (at(4.0), feet(4.0))];
    assert_eq!(matched(&[at(3.0), at(0.0), at(50.0)], &people), [feet(4.0), feet(1.0), Pose::default()]);
}

#[test]
fn one_person_is_not_given_to_two_boxes() {
    assert_eq!(matched(&[at(2.0), at(0.0)], &[(at(0.0), feet(0.0))]), [Pose::default(), feet(0.0)]);
    assert_eq!(matched(&[at(0.0), at(0.0)], &[(at(0.0), feet(0.0))]), [feet(0.0), Pose::default()]);
}

#[test]
fn the_crop_is_a_square_with_room() {
    let region = Region { left: 10.0, top: 20.0, width: 20.0, height: 40.0 };
    assert_eq!(square(region), Region { left: -5.0, top: 15.0, width: 50.0, height: 50.0 });
}

#[test]
fn keypoints_stay_in_the_picture() {
    let mut pose = feet(-3.0);
    keep_inside(&mut pose, 30, 10);
    assert_eq!(pose.feet, Some(Point::from_pixels(0.0, 10.0)));
}
