//! Where a camera's pixels lie in the store: pinhole with distortion, 3x4 projection, or homography of the floor.
//!
//! World: the store's frame in millimetres, right-handed, z up, the floor at z = 0. Picture: source pixels, origin at the top
//! left, y down. *Ideal* pixels are what a lens without distortion would show. After Hartley & Zisserman, *Multiple View
//! Geometry*, 2nd ed., chapters 6 and 8; the height of a homography after Zhang, *A Flexible New Technique for Camera
//! Calibration*, 2000; the lens in [`lens`].

mod lens;
#[cfg(test)]
mod tests;

pub use lens::Lens;
use thiserror::Error;

/// Beyond this (a thousand kilometres) nothing is a place in a store.
const MM_MAX: f64 = 1e9;

/// Least determinant of a matrix whose rows and columns were brought to length one.
const DETERMINANT_MIN: f64 = 1e-9;

/// Least square of the sine of a camera's angle to straight down at which a homography still tells the focal length.
const TILT_MIN: f64 = 1e-3;

/// Why numbers are no camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CameraFault {
    /// A number is NaN or infinite.
    #[error("a number is not finite")]
    NotFinite,
    /// The focal length is not positive.
    #[error("a focal length is not positive")]
    Focal,
    /// The matrix maps a plane to a line.
    #[error("the matrix is singular")]
    Singular,
}

/// A pinhole camera behind a lens: the numbers of OpenCV, with millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Pinhole {
    /// Focal length along u and v, in pixels.
    pub focal_px: [f64; 2],
    /// Where the optical axis meets the picture.
    pub centre_px: [f64; 2],
    /// Distortion: k1, k2, p1, p2, k3.
    pub distortion: [f64; 5],
    /// Rotation vector (Rodrigues), world to camera.
    pub rotation: [f64; 3],
    /// Translation, world to camera: the camera sees `R p + t`.
    pub translation_mm: [f64; 3],
}

/// A camera whose numbers were checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraModel(Form);

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// A projection of ideal pixels, and the lens where there is one.
    Full { linear: [[f64; 4]; 3], lens: Option<Lens> },
    /// Floor to picture; points in front have a positive third coordinate.
    Floor([[f64; 3]; 3]),
}

impl CameraModel {
    /// A pinhole camera.
    pub fn pinhole(pinhole: Pinhole) -> Result<Self, CameraFault> {
        let Pinhole { focal_px, centre_px, distortion, rotation, translation_mm: t } = pinhole;
        finite([&focal_px[..], &centre_px, &distortion, &rotation, &t].concat())?;
        if focal_px.iter().any(|&f| f <= 0.0) {
            return Err(CameraFault::Focal);
        }
        let r = rotation_matrix(rotation);
        let row = |f: f64, c: f64, i: usize| {
            [0, 1, 2, 3].map(|j| if j < 3 { f * r[i][j] + c * r[2][j] } else { f * t[i] + c * t[2] })
        };
        let depth = [r[2][0], r[2][1], r[2][2], t[2]];
        let linear = [row(focal_px[0], centre_px[0], 0), row(focal_px[1], centre_px[1], 1), depth];
        finite(linear.concat())?;
        let lens = distortion.iter().any(|&k| k != 0.0).then(|| Lens::new(focal_px, centre_px, distortion));
        Ok(Self(Form::Full { linear, lens }))
    }

    /// World millimetres to pixels, up to any factor.
    pub fn projection(matrix: [[f64; 4]; 3]) -> Result<Self, CameraFault> {
        finite(matrix.concat())?;
        let left = matrix.map(|[a, b, c, _]| [a, b, c]);
        regular(left)?;
        // The sign that makes points in front positive, and the length that makes the third coordinate a depth.
        let scale = determinant(left).signum() / norm(left[2]);
        let linear = matrix.map(|row| row.map(|n| n * scale));
        finite(linear.concat())?;
        Ok(Self(Form::Full { linear, lens: None }))
    }

    /// Floor millimetres to pixels, up to any factor. The camera hangs above the floor.
    pub fn homography(matrix: [[f64; 3]; 3]) -> Result<Self, CameraFault> {
        finite(matrix.concat())?;
        regular(matrix)?;
        // det [r1 r2 t] is minus the camera's height, so it is negative where points in front are positive.
        let scale = -determinant(matrix).signum() / norm(matrix[2]);
        let matrix = matrix.map(|row| row.map(|n| n * scale));
        finite(matrix.concat())?;
        Ok(Self(Form::Floor(matrix)))
    }

    /// A homography made a projection, for a camera with square pixels whose optical axis meets the middle of its picture; none
    /// where the camera looks straight down, which leaves the focal length open. The floor stays exactly as it was. A camera
    /// that has height is returned unchanged.
    pub fn lifted(&self, width_px: f64, height_px: f64) -> Option<Self> {
        let Form::Floor(h) = &self.0 else { return Some(self.clone()) };
        let (cu, cv) = (width_px / 2.0, height_px / 2.0);
        let column = |j: usize| [h[0][j] - cu * h[2][j], h[1][j] - cv * h[2][j], h[2][j]];
        let (a, b) = (column(0), column(1));
        // r1 and r2 are perpendicular and of one length: two equations in 1/f^2, weighted so that turning the floor changes nothing.
        let (n1, d1) = (2.0 * (a[0] * b[0] + a[1] * b[1]), 2.0 * a[2] * b[2]);
        let n2 = (a[0] * a[0] + a[1] * a[1]) - (b[0] * b[0] + b[1] * b[1]);
        let d2 = a[2] * a[2] - b[2] * b[2];
        let per_f2 = -(n1 * d1 + n2 * d2) / (n1 * n1 + n2 * n2);
        if !(per_f2.is_finite() && per_f2 > 0.0) {
            return None;
        }
        let f = per_f2.sqrt().recip();
        let (a, b) = ([a[0] / f, a[1] / f, a[2]], [b[0] / f, b[1] / f, b[2]]);
        let lengths = norm(a) * norm(b);
        if a[2] * a[2] + b[2] * b[2] < TILT_MIN * lengths {
            return None;
        }
        let up = cross(a, b).map(|n| n / lengths.sqrt());
        let up = [f * up[0] + cu * up[2], f * up[1] + cv * up[2], up[2]];
        Self::projection([0, 1, 2].map(|i| [h[i][0], h[i][1], up[i], h[i][2]])).ok()
    }

    /// Where a point of the world is seen; none behind the camera, beyond what the lens shows, and for points above or below
    /// the floor where the camera is a homography.
    pub fn project(&self, [x, y, z]: [f64; 3]) -> Option<[f64; 2]> {
        let [u, v, w] = match &self.0 {
            Form::Full { linear, .. } => linear.map(|[a, b, c, d]| a * x + b * y + c * z + d),
            Form::Floor(_) if z != 0.0 => return None,
            Form::Floor(h) => h.map(|[a, b, c]| a * x + b * y + c),
        };
        let ideal = in_front([u, v, w])?;
        self.distort(ideal)
    }

    /// The point at height `z_mm` that is seen at `pixel`; none at and above the horizon, where the lens shows nothing, and for
    /// heights but 0 where the camera is a homography.
    pub fn floor(&self, pixel: [f64; 2], z_mm: f64) -> Option<[f64; 2]> {
        let h = self.at_height(z_mm)?;
        let [u, v] = self.undistort(pixel)?;
        // Cramer's rule: u (h3 . p) = h1 . p and v (h3 . p) = h2 . p for p = (x, y, 1).
        let row = |i: usize, at: f64| [0, 1, 2].map(|j| h[i][j] - at * h[2][j]);
        let [x, y, w] = cross(row(0, u), row(1, v));
        let place = [x / w, y / w];
        let depth = h[2][0] * place[0] + h[2][1] * place[1] + h[2][2];
        (depth > 0.0 && place.iter().all(|n| n.abs() < MM_MAX)).then_some(place)
    }

    /// Whether points above the floor have a place in the picture.
    pub fn has_height(&self) -> bool {
        matches!(self.0, Form::Full { .. })
    }

    /// The projection of world millimetres to ideal pixels, scaled so that the third coordinate is the depth in millimetres.
    pub fn linear(&self) -> Option<[[f64; 4]; 3]> {
        match &self.0 {
            Form::Full { linear, .. } => Some(*linear),
            Form::Floor(_) => None,
        }
    }

    /// The floor's homography: floor millimetres to ideal pixels, points in front positive.
    pub fn floor_homography(&self) -> [[f64; 3]; 3] {
        match &self.0 {
            Form::Full { linear, .. } => linear.map(|[a, b, _, d]| [a, b, d]),
            Form::Floor(h) => *h,
        }
    }

    /// Where the camera hangs, in millimetres.
    pub fn position(&self) -> Option<[f64; 3]> {
        let p = self.linear()?;
        let column = |j: usize| [p[0][j], p[1][j], p[2][j]];
        let (a, b, c, d) = (column(0), column(1), column(2), column(3).map(|n| -n));
        let all = dot(a, cross(b, c));
        let place = [dot(d, cross(b, c)) / all, dot(a, cross(d, c)) / all, dot(a, cross(b, d)) / all];
        place.iter().all(|n| n.is_finite()).then_some(place)
    }

    /// An ideal pixel, as the lens shows it; none where the lens folds the picture over.
    pub fn distort(&self, ideal: [f64; 2]) -> Option<[f64; 2]> {
        match &self.0 {
            Form::Full { lens: Some(lens), .. } => lens.distort(ideal),
            _ => ideal.iter().all(|n| n.is_finite()).then_some(ideal),
        }
    }

    /// The ideal pixel of what the lens shows at `pixel`; none where no light arrives.
    pub fn undistort(&self, pixel: [f64; 2]) -> Option<[f64; 2]> {
        match &self.0 {
            Form::Full { lens: Some(lens), .. } => lens.undistort(pixel),
            _ => pixel.iter().all(|n| n.is_finite()).then_some(pixel),
        }
    }

    /// How a place at height `z_mm` moves in the picture: the derivative of the pixel by x and y (rows u, v), in pixels a
    /// millimetre.
    pub fn floor_slope(&self, [x, y]: [f64; 2], z_mm: f64) -> Option<[[f64; 2]; 2]> {
        let h = self.at_height(z_mm)?;
        let [u, v, w] = h.map(|[a, b, c]| a * x + b * y + c);
        let ideal = in_front([u, v, w])?;
        let slope = [0, 1].map(|i| [0, 1].map(|j| (h[i][j] - ideal[i] * h[2][j]) / w));
        Some(match &self.0 {
            Form::Full { lens: Some(lens), .. } => product(lens.slope(ideal)?, slope),
            _ => slope,
        })
    }

    /// How far the place on the floor is off when the pixel is off by `sigma_px` in u and v alike: the covariance of x and y
    /// in square millimetres, to first order.
    pub fn floor_spread(&self, pixel: [f64; 2], sigma_px: f64) -> Option<[[f64; 2]; 2]> {
        let [[a, b], [c, d]] = self.floor_slope(self.floor(pixel, 0.0)?, 0.0)?;
        let det = a * d - b * c;
        let [[a, b], [c, d]] = [[d / det, -b / det], [-c / det, a / det]];
        let s2 = sigma_px * sigma_px;
        let covariance = [[s2 * (a * a + b * b), s2 * (a * c + b * d)], [s2 * (a * c + b * d), s2 * (c * c + d * d)]];
        covariance.concat().iter().all(|n| n.is_finite()).then_some(covariance)
    }

    /// The homography of the plane at `z_mm`.
    fn at_height(&self, z_mm: f64) -> Option<[[f64; 3]; 3]> {
        match &self.0 {
            Form::Full { linear, .. } => Some(linear.map(|[a, b, c, d]| [a, b, c * z_mm + d])),
            Form::Floor(h) => (z_mm == 0.0).then_some(*h),
        }
    }
}

/// The matrix of a rotation vector (Rodrigues' formula).
pub fn rotation_matrix([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    let angle = norm([x, y, z]);
    // sin(a) / a and (1 - cos(a)) / a^2, by their series where a is small.
    let (s, c) = if angle < 1e-4 {
        (1.0 - angle * angle / 6.0, 0.5 - angle * angle / 24.0)
    } else {
        (angle.sin() / angle, 2.0 * (angle / 2.0).sin().powi(2) / (angle * angle))
    };
    let diagonal = |a: f64, b: f64| 1.0 - c * (a * a + b * b);
    [
        [diagonal(y, z), c * x * y - s * z, c * x * z + s * y],
        [c * x * y + s * z, diagonal(x, z), c * y * z - s * x],
        [c * x * z - s * y, c * y * z + s * x, diagonal(x, y)],
    ]
}

fn in_front([u, v, w]: [f64; 3]) -> Option<[f64; 2]> {
    let ideal = [u / w, v / w];
    (w > 0.0 && ideal.iter().all(|n| n.abs() < MM_MAX)).then_some(ideal)
}

fn finite(numbers: Vec<f64>) -> Result<(), CameraFault> {
    if numbers.iter().all(|n| n.is_finite()) { Ok(()) } else { Err(CameraFault::NotFinite) }
}

/// Whether the matrix can be inverted with some digits to spare, whatever the units of its rows and columns.
fn regular(matrix: [[f64; 3]; 3]) -> Result<(), CameraFault> {
    let mut m = transposed(matrix.map(unit));
    m = m.map(unit);
    if determinant(m).abs() > DETERMINANT_MIN { Ok(()) } else { Err(CameraFault::Singular) }
}

fn transposed(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| m[j][i]))
}

fn unit(v: [f64; 3]) -> [f64; 3] {
    let largest = v.iter().fold(0.0f64, |most, n| most.max(n.abs()));
    let v = v.map(|n| n / largest);
    let length = norm(v);
    v.map(|n| n / length)
}

fn product(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn norm(v: [f64; 3]) -> f64 {
    dot(v, v).sqrt()
}

fn determinant([a, b, c]: [[f64; 3]; 3]) -> f64 {
    dot(a, cross(b, c))
}
