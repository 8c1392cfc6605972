//! A first guess at a camera from points alone: places and focal lengths are tried on a coarse grid; for each, the rotation that
//! turns the points' directions onto their pixels is known in closed form (Kabsch 1976, Wahba 1965). It does not care whether
//! the points lie on a plane.

use super::adjust::{Numbers, Sight, Target, Unknowns, improve};
use nalgebra::{DMatrix, Matrix3, Rotation3, UnitQuaternion, Vector3};

/// Heights of cameras that are tried, in millimetres.
const HEIGHTS_MM: [f64; 5] = [1600.0, 2200.0, 2800.0, 4000.0, 6500.0];
/// Focal lengths, in picture widths.
const FOCALS: [f64; 5] = [0.45, 0.6, 0.8, 1.1, 1.7];
/// Places along each side, and how far from the points' middle in units of their spread.
const GRID: (i32, f64) = (8, 3.0);
/// Spread that is assumed at least, in millimetres.
const SPREAD_MIN_MM: f64 = 2000.0;
/// Guesses that are improved.
const GUESSES: usize = 30;

/// The camera above the floor that shows `points` (place, pixel) best; none where nothing fits at all.
pub(super) fn start(points: &[([f64; 3], [f64; 2])], size: [f64; 2]) -> Option<Numbers> {
    let count = points.len() as f64;
    let middle = points.iter().map(|(world, _)| Vector3::from(*world)).sum::<Vector3<f64>>() / count;
    let spread = points.iter().map(|(world, _)| (Vector3::from(*world) - middle).norm()).fold(SPREAD_MIN_MM, f64::max);
    let mut guesses = Vec::new();
    for focal in FOCALS.map(|share| share * size[0]) {
        let rays: Vec<Vector3<f64>> = points
            .iter()
            .map(|(_, p)| Vector3::new(p[0] - size[0] / 2.0, p[1] - size[1] / 2.0, focal).normalize())
            .collect();
        for z in HEIGHTS_MM {
            for (i, j) in (-GRID.0..=GRID.0).flat_map(|i| (-GRID.0..=GRID.0).map(move |j| (i, j))) {
                let step = |n: i32| f64::from(n) / f64::from(GRID.0) * GRID.1 * spread;
                let place = Vector3::new(middle.x + step(i), middle.y + step(j), z);
                guesses.extend(turn(points, &rays, place).map(|(off, rotation)| (off * focal, focal, rotation, place)));
            }
        }
    }
    guesses.sort_by(|a, b| a.0.total_cmp(&b.0));
    let sight =
        |&(world, pixel): &([f64; 3], [f64; 2])| Sight { camera: 0, target: Target::Known(world), pixel, sigma: 1.0 };
    let sights: Vec<Sight> = points.iter().map(sight).collect();
    let improved = guesses.iter().take(GUESSES).map(|(_, focal, rotation, place)| {
        let mut unknowns = Unknowns::new(vec![Numbers::new(*focal, (*rotation).into(), (*place).into())]);
        let cost = improve(&mut unknowns, &sights, &[size]);
        (cost, unknowns.cameras[0])
    });
    let above = improved.filter(|(cost, camera)| cost.is_finite() && camera.values[7] > 0.0);
    above.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, camera)| camera)
}

/// The rotation vector that turns the points, seen from `place`, onto the rays, and the root of the summed squares that stay.
fn turn(points: &[([f64; 3], [f64; 2])], rays: &[Vector3<f64>], place: Vector3<f64>) -> Option<(f64, Vector3<f64>)> {
    let mut sum = Matrix3::zeros();
    for ((world, _), ray) in points.iter().zip(rays) {
        sum += ray * (Vector3::from(*world) - place).try_normalize(1.0)?.transpose();
    }
    let svd = sum.svd(true, true);
    let (u, v_t) = (svd.u?, svd.v_t?);
    let proper = Matrix3::from_diagonal(&Vector3::new(1.0, 1.0, (u * v_t).determinant().signum()));
    let rotation = u * proper * v_t;
    let off = points
        .iter()
        .zip(rays)
        .map(|((world, _), ray)| (rotation * (Vector3::from(*world) - place).normalize() - ray).norm_squared());
    Some((off.sum::<f64>().sqrt(), turned(Rotation3::from_matrix_unchecked(rotation))))
}

/// The vector of a rotation; by way of a quaternion, which half a turn does not harm.
pub(super) fn turned(rotation: Rotation3<f64>) -> Vector3<f64> {
    UnitQuaternion::from_rotation_matrix(&rotation).scaled_axis()
}

/// How wide points lie across their longest extent, as a share of it: 0 on one line.
pub(super) fn thickness(points: &[[f64; 3]]) -> f64 {
    let middle = points.iter().map(|p| Vector3::from(*p)).sum::<Vector3<f64>>() / points.len() as f64;
    let centred = DMatrix::from_fn(points.len().max(3), 3, |i, j| points.get(i).map_or(0.0, |p| p[j] - middle[j]));
    let mut values: Vec<f64> = centred.singular_values().iter().copied().collect();
    values.sort_by(|a, b| b.total_cmp(a));
    if values[0] > 0.0 { values[1] / values[0] } else { 0.0 }
}
