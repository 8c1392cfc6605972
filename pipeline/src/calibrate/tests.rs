use super::start::turned;
use super::*;
use schemas::Pinhole;

const SIZE: [f64; 2] = [640.0, 360.0];

/// A number in -1..1 that looks like chance and is not.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 30) - 1.0
    }
}

/// A camera at `at` that looks at `to`.
fn camera(at: [f64; 3], to: [f64; 3], focal: f64) -> CameraModel {
    let vector = |a: [f64; 3]| nalgebra::Vector3::from(a);
    let ahead = (vector(to) - vector(at)).normalize();
    let right = ahead.cross(&nalgebra::Vector3::z()).normalize();
    let down = ahead.cross(&right);
    let matrix = nalgebra::Matrix3::from_rows(&[right.transpose(), down.transpose(), ahead.transpose()]);
    let rotation = turned(nalgebra::Rotation3::from_matrix_unchecked(matrix));
    let pinhole = Pinhole {
        focal_px: [focal; 2],
        centre_px: SIZE.map(|n| n / 2.0),
        rotation: rotation.into(),
        translation_mm: (-(matrix * vector(at))).into(),
        ..Pinhole::default()
    };
    CameraModel::pinhole(pinhole).expect("a camera")
}

fn shop() -> Vec<CameraModel> {
    vec![
        camera([0.0, 0.0, 2500.0], [3000.0, 2500.0, 0.0], 420.0),
        camera([6000.0, 0.0, 2600.0], [3000.0, 2500.0, 0.0], 380.0),
        camera([3000.0, 5500.0, 2700.0], [3000.0, 2000.0, 0.0], 450.0),
    ]
}

const CORNERS: [[f64; 3]; 8] = [
    [2000.0, 2000.0, 0.0],
    [4000.0, 2000.0, 0.0],
    [4000.0, 3200.0, 0.0],
    [2000.0, 3200.0, 0.0],
    [2000.0, 2000.0, 900.0],
    [4000.0, 2000.0, 1100.0],
    [4000.0, 3200.0, 700.0],
    [2600.0, 3200.0, 1000.0],
];

/// The corners that the camera sees, clicked with an error of up to `off` pixels.
fn view(name: &str, model: &CameraModel, corners: &[[f64; 3]], off: f64, noise: &mut Noise) -> View {
    let inside = |p: &[f64; 2]| (0.0..SIZE[0]).contains(&p[0]) && (0.0..SIZE[1]).contains(&p[1]);
    let click = |&world: &[f64; 3]| {
        let pixel = model.project(world)?.map(|n| n + off * noise.next());
        inside(&pixel).then_some(ClickedPoint { name: None, world_mm: Some(world), pixel_px: pixel })
    };
    View { name: name.to_string(), size: SIZE, homography: false, points: corners.iter().filter_map(click).collect() }
}

/// How far the found cameras put floor points from where they are, root mean square in millimetres.
fn floor_error(found: &[Calibrated], truth: &[CameraModel]) -> f64 {
    let mut squares = Vec::new();
    for (found, truth) in found.iter().zip(truth) {
        for (x, y) in
            (0..5).flat_map(|i| (0..5).map(move |j| (1500.0 + 750.0 * f64::from(i), 1500.0 + 500.0 * f64::from(j))))
        {
            let Some([a, b]) = truth.project([x, y, 0.0]).and_then(|pixel| found.model.floor(pixel, 0.0)) else {
                continue;
            };
            squares.push((a - x).powi(2) + (b - y).powi(2));
        }
    }
    assert!(squares.len() > 20 * truth.len());
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

/// Somebody walks in a spiral; boxes are off by a few pixels.
fn walk(truth: &[CameraModel], noise: &mut Noise) -> Vec<Moment> {
    let step = |i: u32| {
        let (turn, radius) = (f64::from(i) * 0.13, 300.0 + 4.0 * f64::from(i));
        let (x, y) = (3000.0 + radius * turn.cos(), 2600.0 + 0.7 * radius * turn.sin());
        let glimpse = |(view, model): (usize, &CameraModel)| {
            let [cx, cy, _] = model.position().expect("a pinhole");
            let share = STANCE_MM / (cx - x).hypot(cy - y);
            let feet = model.project([x + share * (cx - x), y + share * (cy - y), 0.0])?;
            let head = model.project([x, y, 1760.0])?;
            let mut off = |p: [f64; 2]| Some(p.map(|n| n + 2.0 * noise.next()));
            Some(Glimpse { view, feet: off(feet), head: off(head), height_px: feet[1] - head[1] })
        };
        truth.iter().enumerate().filter_map(glimpse).collect()
    };
    (0..200).map(step).collect()
}

#[test]
fn exact_clicks_give_the_exact_camera() {
    let (truth, mut noise) = (shop(), Noise(1));
    let views: Vec<View> =
        truth.iter().enumerate().map(|(i, m)| view(&format!("cam{i}"), m, &CORNERS, 0.0, &mut noise)).collect();
    let found = solve(&views, &[]).expect("solved");
    // The priors on focal length and lens pull a little.
    assert!(floor_error(&found, &truth) < 15.0, "{}", floor_error(&found, &truth));
    for (found, truth) in found.iter().zip(&truth) {
        let (a, b) = (found.model.position().expect("finite"), truth.position().expect("finite"));
        assert!((0..3).all(|i| (a[i] - b[i]).abs() < 60.0), "{a:?} {b:?}");
        assert!(found.residuals.points_px.rms < 0.5 && found.residuals.points_px.count >= 6, "{:?}", found.residuals);
    }
}

#[test]
fn a_walk_makes_a_careless_calibration_better() {
    let truth = shop();
    let (mut before, mut after) = (0.0, 0.0);
    for seed in 1..=5 {
        let mut noise = Noise(seed);
        let views: Vec<View> = truth
            .iter()
            .enumerate()
            .map(|(i, m)| view(&format!("cam{i}"), m, &CORNERS[2..7], 5.0, &mut noise))
            .collect();
        let walk = walk(&truth, &mut noise);
        before += floor_error(&solve(&views, &[]).expect("solved"), &truth) / 5.0;
        after += floor_error(&solve(&views, &walk).expect("solved"), &truth) / 5.0;
    }
    assert!(after < 0.8 * before, "{before} mm before, {after} mm after");
}

#[test]
fn marks_without_a_place_tie_cameras_together() {
    let (truth, mut noise) = (shop(), Noise(3));
    let mut views: Vec<View> =
        truth.iter().enumerate().map(|(i, m)| view(&format!("cam{i}"), m, &CORNERS[1..6], 3.0, &mut noise)).collect();
    let before = floor_error(&solve(&views, &[]).expect("solved"), &truth);
    for (k, place) in
        [[2200.0, 2900.0], [2500.0, 1800.0], [3100.0, 2300.0], [3900.0, 2800.0], [3300.0, 3100.0]].iter().enumerate()
    {
        for (view, model) in views.iter_mut().zip(&truth) {
            let pixel_px = model.project([place[0], place[1], 0.0]).expect("seen");
            view.points.push(ClickedPoint { name: Some(format!("mark {k}")), world_mm: None, pixel_px });
        }
    }
    let after = floor_error(&solve(&views, &[]).expect("solved"), &truth);
    assert!(after < before, "{before} mm before, {after} mm after");
}

#[test]
fn the_same_clicks_give_the_same_file() {
    let (truth, mut noise) = (shop(), Noise(5));
    let views: Vec<View> =
        truth.iter().enumerate().map(|(i, m)| view(&format!("cam{i}"), m, &CORNERS, 2.0, &mut noise)).collect();
    let walk = walk(&truth, &mut noise);
    let file = || report::file("shop", &solve(&views, &walk).expect("solved"));
    assert_eq!(file(), file());
}

#[test]
fn a_camera_straight_above_keeps_its_homography() {
    let truth = camera([3000.0, 2600.0, 3000.0], [3000.0, 2600.01, 0.0], 300.0);
    let views = [view("top", &truth, &CORNERS[..4], 0.0, &mut Noise(1))];
    let found = solve(&views, &[]).expect("solved");
    assert!(found[0].numbers.is_none() && !found[0].model.has_height());
    assert!(floor_error(&found, &[truth]) < 1.0);
}

#[test]
fn a_homography_is_found_where_it_is_wanted() {
    let truth = shop();
    let mut wanted = view("cam0", &truth[0], &CORNERS, 0.0, &mut Noise(1));
    wanted.homography = true;
    let found = solve(&[wanted], &[]).expect("solved");
    assert!(!found[0].model.has_height() && floor_error(&found, &truth[..1]) < 1.0);
}

#[test]
fn what_cannot_be_solved_is_said_for_every_camera() {
    let (truth, mut noise) = (shop(), Noise(1));
    let few = view("few", &truth[0], &CORNERS[..3], 0.0, &mut noise);
    let line: Vec<[f64; 3]> =
        (0..5).map(|i| [2000.0 + 400.0 * f64::from(i), 2000.0 + 300.0 * f64::from(i), 0.0]).collect();
    let line = view("line", &truth[1], &line, 0.0, &mut noise);
    let mut out = view("out", &truth[2], &CORNERS, 0.0, &mut noise);
    out.points[0].pixel_px = [700.0, 10.0];
    let walk = walk(&truth, &mut noise);
    let wrong = solve(&[few, line, out], &walk).expect_err("none of them can be solved");
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert_eq!(wrong[0], Unsolvable::TooFewPoints { camera: "few".into(), points: 3 }, "a walk is no anchor");
    assert_eq!(wrong[1], Unsolvable::OneLine { camera: "line".into() });
    assert!(matches!(wrong[2], Unsolvable::Outside { .. }));
}
