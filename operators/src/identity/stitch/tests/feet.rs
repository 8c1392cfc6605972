//! What feet that a network sees are good for.

use super::*;
use crate::identity::stitch::body::{Body, Ways};
use crate::identity::stitch::eye::Eye;
use crate::identity::stitch::reading::{Reach, Reading};
use schemas::{Detection, Point, Score};

/// The first camera of the toy shop.
fn eye() -> (Eye, schemas::CameraModel) {
    let shop = Floor::new(1, 1, Vec::new()).shop(StitchSettings::default());
    let (camera, model) = &shop.cameras[0];
    (Eye::new(*camera, model).expect("it hangs above the floor"), model.clone())
}

fn ways() -> Ways {
    Ways::new(&StitchSettings::default(), &[])
}

#[test]
fn ankles_are_seen_where_the_camera_shows_them() {
    let (eye, model) = eye();
    let body = Body::at([2500.0, 2100.0], 100.0, &ways());
    let (at, slope) = eye.feet(&body.state).expect("before the camera");
    let shown = |x: f64, y: f64| model.undistort(model.project([x, y, 90.0]).expect("shown")).expect("shown");
    let (here, east, north) = (shown(2500.0, 2100.0), shown(2510.0, 2100.0), shown(2500.0, 2110.0));
    for i in 0..2 {
        assert!((at[i] - here[i]).abs() < 1e-3, "{at:?} {here:?}");
        for (j, moved) in [east, north].iter().enumerate() {
            let found = (moved[i] - here[i]) / 10.0;
            assert!((slope[i][j] - found).abs() < 0.02 * (1e-2 + found.abs()), "{i} {j}: {} {found}", slope[i][j]);
        }
    }
}

#[test]
fn feet_put_somebody_where_they_stand_whose_box_does_not() {
    let (eye, model) = eye();
    let (ways, size) = (ways(), crate::reference::floor::SIZE);
    let (there, believed) = ([2500.0, 2100.0], [2900.0, 2300.0]);
    let shown = eye.view(&Body::at(there, 1.0, &ways).state).expect("before the camera").edges;
    let feet = model.project([there[0], there[1], 90.0]).expect("shown");
    let learnt = |feet: Option<Point>| {
        // Of the box only the upper half is there: a rack hides the rest.
        let middle = (shown[1] + shown[3]) / 2.0;
        let edges = [shown[0], shown[1], shown[2], middle].map(|e| e as f32);
        let bbox = schemas::Box2::from_pixels(edges[0], edges[1], edges[2], edges[3]);
        let detection = Detection { feet, ..Detection::new(bbox, Score::from_unit(0.9)) };
        let glance = eye.glance(&detection, None, size).expect("a box");
        let mut body = Body::at(believed, 600.0, &ways);
        body.learn(&eye, &glance, &Reading { bent: false, reach: Reach::Feetless }, &ways);
        ((body.state[0] - there[0]).hypot(body.state[1] - there[1]), body.spread())
    };
    let (blind, unsure) = learnt(None);
    let (off, spread) = learnt(Some(Point::from_pixels(feet[0] as f32, feet[1] as f32)));
    assert!(off < 60.0 && off < blind / 2.0, "{off} mm with feet, {blind} mm without");
    assert!(spread < unsure, "{spread} and {unsure}");
    // Feet of somebody else, far off, move nobody.
    let (far, _) = learnt(Some(Point::from_pixels(feet[0] as f32 + 900.0, feet[1] as f32)));
    assert!((far - blind).abs() < 1e-6, "{far} mm with another's feet, {blind} mm without");
}
