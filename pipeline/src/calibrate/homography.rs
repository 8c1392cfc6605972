//! The homography of the floor from clicked points: normalised direct linear transformation (Hartley & Zisserman, algorithm 4.2).

use nalgebra::{Matrix3, SMatrix, SymmetricEigen};

/// Floor millimetres to pixels from at least four points on the floor; points above it are left out. None where they do not
/// tell.
pub(super) fn fit(points: &[([f64; 3], [f64; 2])]) -> Option<[[f64; 3]; 3]> {
    let floor: Vec<([f64; 2], [f64; 2])> =
        points.iter().filter(|(world, _)| world[2] == 0.0).map(|(w, p)| ([w[0], w[1]], *p)).collect();
    if floor.len() < super::POINTS_MIN {
        return None;
    }
    let from = normaliser(&floor.iter().map(|(world, _)| *world).collect::<Vec<_>>())?;
    let to = normaliser(&floor.iter().map(|(_, pixel)| *pixel).collect::<Vec<_>>())?;
    let mut square = SMatrix::<f64, 9, 9>::zeros();
    for (world, pixel) in &floor {
        let (p, q) = (
            from * nalgebra::Vector3::new(world[0], world[1], 1.0),
            to * nalgebra::Vector3::new(pixel[0], pixel[1], 1.0),
        );
        for (row, at) in [(0, q.x), (1, q.y)] {
            let mut line = SMatrix::<f64, 9, 1>::zeros();
            for j in 0..3 {
                line[3 * row + j] = p[j];
                line[6 + j] = -at * p[j];
            }
            square += line * line.transpose();
        }
    }
    let eigen = SymmetricEigen::new(square);
    let mut order: Vec<usize> = (0..9).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
    // Two directions without weight: more than one homography fits.
    if eigen.eigenvalues[order[1]] < 1e-9 * eigen.eigenvalues[order[8]] {
        return None;
    }
    let least = eigen.eigenvectors.column(order[0]);
    let made = to.try_inverse()? * Matrix3::from_fn(|i, j| least[3 * i + j]) * from;
    Some([0, 1, 2].map(|i| [0, 1, 2].map(|j| made[(i, j)])))
}

/// Moves points to the origin and their mean distance to the root of two.
fn normaliser(points: &[[f64; 2]]) -> Option<Matrix3<f64>> {
    let count = points.len() as f64;
    let middle = [0, 1].map(|i| points.iter().map(|p| p[i]).sum::<f64>() / count);
    let mean = points.iter().map(|p| (p[0] - middle[0]).hypot(p[1] - middle[1])).sum::<f64>() / count;
    let s = (mean > 0.0).then(|| 2f64.sqrt() / mean)?;
    Some(Matrix3::new(s, 0.0, -s * middle[0], 0.0, s, -s * middle[1], 0.0, 0.0, 1.0))
}
