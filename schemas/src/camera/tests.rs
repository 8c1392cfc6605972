use super::*;
use proptest::prelude::*;

/// A camera at `at` that looks at `to`, its horizon level.
fn looking(at: [f64; 3], to: [f64; 3], focal: f64, distortion: [f64; 5]) -> CameraModel {
    CameraModel::pinhole(pinhole(at, to, focal, distortion)).expect("a camera")
}

fn pinhole(at: [f64; 3], to: [f64; 3], focal: f64, distortion: [f64; 5]) -> Pinhole {
    let ahead = unit([to[0] - at[0], to[1] - at[1], to[2] - at[2]]);
    let right = unit(cross(ahead, [0.0, 0.0, 1.0]));
    let r = [right, cross(ahead, right), ahead];
    let angle = ((r[0][0] + r[1][1] + r[2][2] - 1.0) / 2.0).acos();
    let axis = unit([r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]]);
    Pinhole {
        focal_px: [focal, focal * 1.01],
        centre_px: [322.0, 178.0],
        distortion,
        rotation: axis.map(|n| n * angle),
        translation_mm: r.map(|row| -dot(row, at)),
    }
}

fn cameras() -> impl Strategy<Value = CameraModel> {
    let at = (-4000.0..4000f64, -4000.0..4000f64, 1800.0..4000f64);
    let to = (5000.0..9000f64, -3000.0..3000f64, 0.0..1500f64);
    (at, to, 250.0..1200f64, -0.35..0.2f64, -0.1..0.2f64, -0.003..0.003f64, -0.003..0.003f64)
        .prop_map(|((a, b, c), (x, y, z), f, k1, k2, p1, p2)| looking([a, b, c], [x, y, z], f, [k1, k2, p1, p2, 0.0]))
}

fn near(a: [f64; 2], b: [f64; 2], within: f64) -> bool {
    (a[0] - b[0]).hypot(a[1] - b[1]) < within
}

proptest! {
    #[test]
    fn what_is_projected_is_found_again(camera in cameras(), x in -8000.0..12_000f64, y in -8000.0..8000f64, z in 0.0..1500f64) {
        let Some(pixel) = camera.project([x, y, z]) else { return Ok(()) };
        // Far outside the picture, and near the fold of the lens, a pixel says little.
        prop_assume!(pixel.iter().all(|n| n.abs() < 3000.0));
        let found = camera.floor(pixel, z);
        prop_assert!(found.is_some_and(|found| near(found, [x, y], 1.0)), "{found:?}");
    }

    #[test]
    fn what_is_found_is_projected_again(camera in cameras(), u in 0.0..640f64, v in 0.0..360f64) {
        let Some([x, y]) = camera.floor([u, v], 0.0) else { return Ok(()) };
        let again = camera.project([x, y, 0.0]);
        prop_assert!(again.is_some_and(|again| near(again, [u, v], 1e-3)), "{again:?}");
    }

    #[test]
    fn the_spread_is_that_of_finite_differences(camera in cameras(), u in 0.0..640f64, v in 0.0..360f64) {
        let (h, spread) = (1e-3, camera.floor_spread([u, v], 2.0));
        let at = |du: f64, dv: f64| camera.floor([u + du, v + dv], 0.0);
        let (Some(a), Some(b), Some(c), Some(d)) = (at(h, 0.0), at(-h, 0.0), at(0.0, h), at(0.0, -h)) else { return Ok(()) };
        prop_assume!([a, b, c, d].concat().iter().all(|n| n.abs() < 50_000.0));
        let (du, dv) = ([0, 1].map(|i| (a[i] - b[i]) / (2.0 * h)), [0, 1].map(|i| (c[i] - d[i]) / (2.0 * h)));
        let spread = spread.expect("the floor is here");
        let trace = spread[0][0] + spread[1][1];
        for (i, row) in spread.iter().enumerate() {
            for (j, n) in row.iter().enumerate() {
                let expected = 4.0 * (du[i] * du[j] + dv[i] * dv[j]);
                prop_assert!((n - expected).abs() < 1e-3 * trace, "{n} {expected}");
            }
        }
    }

    #[test]
    fn a_projection_is_its_camera(camera in cameras(), factor in prop_oneof![-100.0..-0.01f64, 0.01..100f64]) {
        let linear = camera.linear().expect("a pinhole");
        let same = CameraModel::projection(linear.map(|row| row.map(|n| n * factor))).expect("regular");
        let again = same.linear().expect("a projection");
        for (a, b) in linear.concat().iter().zip(again.concat()) {
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()));
        }
        let (a, b) = (camera.position().expect("finite"), same.position().expect("finite"));
        prop_assert!((0..3).all(|i| (a[i] - b[i]).abs() < 1e-3));
    }

    #[test]
    fn a_homography_is_the_floor_of_its_camera(camera in cameras(), x in -9000.0..9000f64, y in -9000.0..9000f64, sign in any::<bool>()) {
        let linear = camera.linear().expect("a pinhole");
        let ideal = CameraModel::projection(linear).expect("regular");
        let factor = if sign { 0.3 } else { -7.0 };
        let floor = CameraModel::homography(camera.floor_homography().map(|row| row.map(|n| n * factor))).expect("regular");
        match (ideal.project([x, y, 0.0]), floor.project([x, y, 0.0])) {
            (Some(a), Some(b)) => prop_assert!(near(a, b, 1e-6 * (1.0 + a[0].hypot(a[1])))),
            (a, b) => prop_assert_eq!(a, b),
        }
        prop_assert_eq!(floor.project([x, y, 1.0]), None);
        prop_assert!(!floor.has_height() && floor.linear().is_none());
    }

    #[test]
    fn a_lifted_homography_has_its_height_back(
        a in -4000.0..4000f64, b in -4000.0..4000f64, c in 1800.0..4000f64, to in 5000.0..9000f64, f in 250.0..1200f64,
        x in 1000.0..9000f64, y in -3000.0..3000f64, z in 0.0..1500f64,
    ) {
        let mut pinhole = pinhole([a, b, c], [to, 100.0, 300.0], f, [0.0; 5]);
        (pinhole.centre_px, pinhole.focal_px) = ([320.0, 180.0], [f, f]);
        let camera = CameraModel::pinhole(pinhole).expect("a camera");
        let lifted = CameraModel::homography(camera.floor_homography()).expect("regular").lifted(640.0, 360.0);
        let lifted = lifted.expect("the camera is tilted");
        match (camera.project([x, y, z]), lifted.project([x, y, z])) {
            (Some(a), Some(b)) => prop_assert!(near(a, b, 1e-3 * (1.0 + a[0].hypot(a[1]))), "{a:?} {b:?}"),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn hostile_numbers_never_panic(numbers in prop::collection::vec(
        prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.0), Just(1e300), Just(-1e-300), -10.0..10f64], 17,
    ), camera in cameras()) {
        let n = &numbers;
        let three = [[n[0], n[1], n[2]], [n[3], n[4], n[5]], [n[6], n[7], n[8]]];
        let four = [[n[0], n[1], n[2], n[3]], [n[4], n[5], n[6], n[7]], [n[8], n[9], n[10], n[11]]];
        let pinhole = Pinhole {
            focal_px: [n[0], n[1]], centre_px: [n[2], n[3]], distortion: [n[4], n[5], n[6], n[7], n[8]],
            rotation: [n[9], n[10], n[11]], translation_mm: [n[12], n[13], n[14]],
        };
        let made = [CameraModel::pinhole(pinhole), CameraModel::projection(four), CameraModel::homography(three)];
        for camera in made.into_iter().flatten().chain([camera]) {
            let found = [
                camera.project([n[14], n[15], n[16]]), camera.floor([n[15], n[16]], n[14]),
                camera.undistort([n[15], n[16]]), camera.distort([n[15], n[16]]),
            ];
            prop_assert!(found.iter().flatten().flatten().all(|n| n.is_finite()), "{found:?}");
            let spread = camera.floor_spread([n[15], n[16]], 1.0);
            prop_assert!(spread.iter().flatten().flatten().all(|n| n.is_finite()), "{spread:?}");
            let _ = camera.lifted(n[15], n[16]);
        }
    }
}

#[test]
fn a_camera_that_looks_straight_down_keeps_its_focal_length_to_itself() {
    let down = CameraModel::homography([[0.2, 0.0, 320.0], [0.0, -0.2, 180.0], [0.0, 0.0, 1.0]]).expect("regular");
    assert_eq!(down.lifted(640.0, 360.0), None);
}

#[test]
fn behind_and_above_there_is_no_floor() {
    let camera = looking([0.0, 0.0, 2000.0], [4000.0, 0.0, 0.0], 500.0, [0.0; 5]);
    assert_eq!(camera.project([-4000.0, 0.0, 0.0]), None);
    assert_eq!(camera.floor([320.0, -400.0], 0.0), None);
    assert!(camera.floor([320.0, -400.0], 5000.0).is_some(), "a ceiling above the camera is seen there");
    let [x, y, z] = camera.position().expect("finite");
    assert!(x.abs() < 1e-6 && y.abs() < 1e-6 && (z - 2000.0).abs() < 1e-6);
}

#[test]
fn a_lens_shows_nothing_beyond_its_fold() {
    // With k1 alone the radius stops growing at sqrt(-1 / (3 k1)).
    let camera = looking([0.0, 0.0, 2000.0], [4000.0, 0.0, 0.0], 500.0, [-0.4, 0.0, 0.0, 0.0, 0.0]);
    let fold = (1.0f64 / 1.2).sqrt();
    let ideal = |r: f64| [322.0 + 500.0 * r, 178.0];
    let inner = camera.distort(ideal(fold * 0.99)).expect("inside");
    assert!(near(camera.undistort(inner).expect("inside"), ideal(fold * 0.99), 1e-6));
    assert_eq!(camera.distort(ideal(fold * 1.01)), None);
    assert_eq!(camera.undistort([322.0 + 500.0 * fold * (2.0 / 3.0) + 0.1, 178.0]), None);
}

#[test]
fn wrong_numbers_are_refused() {
    let pinhole = Pinhole { focal_px: [500.0, 500.0], ..Pinhole::default() };
    assert_eq!(CameraModel::pinhole(Pinhole { focal_px: [500.0, 0.0], ..pinhole }), Err(CameraFault::Focal));
    let lost = Pinhole { translation_mm: [0.0, f64::NAN, 0.0], ..pinhole };
    assert_eq!(CameraModel::pinhole(lost), Err(CameraFault::NotFinite));
    assert_eq!(
        CameraModel::homography([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]]),
        Err(CameraFault::Singular)
    );
    assert_eq!(CameraModel::projection([[0.0; 4]; 3]), Err(CameraFault::Singular));
}
