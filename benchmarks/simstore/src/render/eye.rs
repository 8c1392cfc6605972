//! A camera as the renderer sees through it: corners of the store to samples of a canvas.

use crate::world::Camera;
use schemas::{CameraFault, CameraModel};

/// Nearer than this nothing is drawn, mm.
pub(super) const NEAR_MM: f32 = 60.0;

/// Samples of a pixel along each side.
pub(super) const SAMPLES: usize = 2;

/// Steps in which the lens's reach is sought.
const REACH_STEPS: usize = 400;

/// A camera's projection in single precision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Eye {
    turn: [[f32; 3]; 3],
    shift: [f32; 3],
    focal: [f32; 2],
    centre: [f32; 2],
    /// k1, k2, p1, p2, k3.
    lens: [f32; 5],
    /// Distance from the axis (tangent) from which the lens is continued straight: the picture ends before.
    reach: f32,
    /// Where the camera hangs, mm.
    pub at: [f32; 3],
    /// Size of the picture, px.
    pub size: [usize; 2],
}

impl Eye {
    pub fn new(camera: &Camera) -> Result<Self, CameraFault> {
        let model = CameraModel::pinhole(camera.pinhole)?;
        let p = &camera.pinhole;
        let turn = matrix(p.rotation);
        let size = camera.size_px.map(|n| n as usize);
        let lens = p.distortion.map(|k| k as f32);
        let at = model.position().unwrap_or_default().map(|c| c as f32);
        Ok(Self {
            turn: turn.map(|row| row.map(|c| c as f32)),
            shift: p.translation_mm.map(|c| c as f32),
            focal: p.focal_px.map(|c| c as f32),
            centre: p.centre_px.map(|c| c as f32),
            lens,
            reach: reach(lens),
            at,
            size,
        })
    }

    /// A place in the camera's frame: right, down, forwards, mm.
    #[inline]
    pub fn local(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let row = |i: usize| self.turn[i][0] * x + self.turn[i][1] * y + self.turn[i][2] * z + self.shift[i];
        [row(0), row(1), row(2)]
    }

    /// Where a place is seen, in samples, and one over its depth; the last is 0 behind the camera.
    #[inline]
    pub fn sample(&self, at: [f32; 3]) -> [f32; 3] {
        let [x, y, z] = self.local(at);
        if z < NEAR_MM {
            return [0.0; 3];
        }
        let near = 1.0 / z;
        let [x, y] = self.bend([x * near, y * near]);
        let scale = SAMPLES as f32;
        [(x * self.focal[0] + self.centre[0]) * scale, (y * self.focal[1] + self.centre[1]) * scale, near]
    }

    /// Where a place is seen, in pixels; none behind the camera.
    #[cfg(test)]
    pub fn pixel(&self, at: [f32; 3]) -> Option<[f32; 2]> {
        let [x, y, near] = self.sample(at);
        (near > 0.0).then(|| [x / SAMPLES as f32, y / SAMPLES as f32])
    }

    #[inline]
    fn bend(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [k1, k2, p1, p2, k3] = self.lens;
        let s = x * x + y * y;
        let limit = self.reach * self.reach;
        if s > limit {
            // Straight on from the last place that the lens maps one to one, and outside the picture.
            let r = s.sqrt();
            let edge = [x * self.reach / r, y * self.reach / r];
            let [ex, ey] = self.bend_within(edge, limit);
            let on = 1.0 + (r - self.reach) / self.reach;
            return [ex * on, ey * on];
        }
        let radial = 1.0 + s * (k1 + s * (k2 + s * k3));
        [x * radial + 2.0 * p1 * x * y + p2 * (s + 2.0 * x * x), y * radial + p1 * (s + 2.0 * y * y) + 2.0 * p2 * x * y]
    }

    fn bend_within(&self, [x, y]: [f32; 2], s: f32) -> [f32; 2] {
        let [k1, k2, p1, p2, k3] = self.lens;
        let radial = 1.0 + s * (k1 + s * (k2 + s * k3));
        [x * radial + 2.0 * p1 * x * y + p2 * (s + 2.0 * x * x), y * radial + p1 * (s + 2.0 * y * y) + 2.0 * p2 * x * y]
    }
}

/// The radius up to which farther from the axis is farther in the picture, with a little room; 8 where there is no end.
fn reach([k1, k2, _, _, k3]: [f32; 5]) -> f32 {
    let slope = |r: f32| {
        let s = r * r;
        1.0 + s * (3.0 * k1 + s * (5.0 * k2 + s * 7.0 * k3))
    };
    (1..=REACH_STEPS)
        .map(|i| i as f32 * 8.0 / REACH_STEPS as f32)
        .take_while(|&r| slope(r) > 0.02)
        .last()
        .unwrap_or(0.02)
}

/// The matrix of a rotation vector.
fn matrix(rotation: [f64; 3]) -> [[f64; 3]; 3] {
    let m = nalgebra::Rotation3::new(nalgebra::Vector3::from(rotation)).into_inner();
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| m[(i, j)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::View;
    use schemas::Pinhole;

    #[test]
    fn it_sees_places_where_the_camera_model_does() {
        let pinhole = Pinhole {
            focal_px: [360.0, 355.0],
            centre_px: [322.0, 236.0],
            distortion: [-0.21, 0.05, 0.001, -0.002, -0.004],
            rotation: [1.9, 0.7, -0.5],
            translation_mm: [-2_000.0, 500.0, 4_000.0],
        };
        let camera = Camera { name: "c".into(), view: View::Corner, size_px: [640, 480], pinhole };
        let (eye, model) = (Eye::new(&camera).expect("a camera"), CameraModel::pinhole(pinhole).expect("a camera"));
        let mut inside = 0;
        for i in 0..9_261u32 {
            let at = [i % 21, i / 21 % 21, i / 441].map(|n| f64::from(n) * 700.0 - 7_000.0);
            let Some([u, v]) = model.project(at) else { continue };
            if !(0.0..640.0).contains(&u) || !(0.0..480.0).contains(&v) {
                continue;
            }
            let Some([x, y]) = eye.pixel(at.map(|c| c as f32)) else {
                assert!(f64::from(eye.local(at.map(|c| c as f32))[2]) < f64::from(NEAR_MM), "{at:?} is seen");
                continue;
            };
            let off = (f64::from(x) - u).hypot(f64::from(y) - v);
            assert!(off < 0.05, "{at:?} is {off} px off");
            inside += 1;
        }
        assert!(inside > 100, "only {inside} places are in the picture");
    }

    #[test]
    fn farther_out_is_farther_out_even_where_the_lens_folds() {
        let pinhole = Pinhole {
            focal_px: [300.0; 2],
            centre_px: [320.0, 240.0],
            distortion: [-0.3, 0.0, 0.0, 0.0, 0.0],
            ..Pinhole::default()
        };
        let camera = Camera { name: "c".into(), view: View::Corner, size_px: [640, 480], pinhole };
        let eye = Eye::new(&camera).expect("a camera");
        let mut last = 320.0;
        for x in 1..100 {
            let [u, _] = eye.pixel([x as f32 * 100.0, 0.0, 1_000.0]).expect("in front");
            assert!(u > last, "{x}: {u} after {last}");
            last = u;
        }
    }
}
