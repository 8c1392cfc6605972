//! How a box moves: a Kalman filter for each of its four measures, and how far two boxes agree.
//!
//! A box is its centre, width and height. The four are filtered apart, each with a speed (Kalman 1960); all noise is
//! relative to the box's size, because a person twice as near moves and jitters by twice the pixels (DeepSORT, Wojke et
//! al. 2017; BoT-SORT, Aharon et al. 2022). The model is continuous in time, so that frames may come at any rate or be
//! missing. Time is in seconds of event time, lengths in source pixels. Only operations that IEEE 754 rounds exactly are
//! used (no exponentials, no angles), so that every machine computes the same.

use schemas::Box2;
use schemas::geometry::STEPS_PER_PIXEL;

/// Centre x, centre y, width, height in source pixels.
pub type Measures = [f64; 4];

/// The measures of a box.
pub fn measures(b: Box2) -> Measures {
    let pixels = |steps: i64| steps as f64 / f64::from(STEPS_PER_PIXEL);
    let [left, top, right, bottom] = [b.left, b.top, b.right, b.bottom].map(i64::from);
    [pixels(left + right) / 2.0, pixels(top + bottom) / 2.0, pixels(right - left), pixels(bottom - top)]
}

/// How unsteady people and their boxes are, relative to the longer side of the box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation of a measured centre.
    pub centre: f64,
    /// Standard deviation of a measured width or height.
    pub size: f64,
    /// Random walk of a position: standard deviation gathered in one second.
    pub wander: f64,
    /// Random walk of a speed: standard deviation gathered in one second, per second.
    pub accelerate: f64,
    /// Standard deviation of a speed before anything is known of it, per second.
    pub speed: f64,
    /// What part of `wander`, `accelerate` and `speed` holds for width and height.
    pub resize: f64,
}

/// One measure with its speed and their covariance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    at: f64,
    speed: f64,
    at_variance: f64,
    covariance: f64,
    speed_variance: f64,
}

impl Axis {
    /// Moves on by `moving` seconds, gathers the doubt of `seconds`.
    fn predict(&mut self, seconds: f64, moving: f64, wander: f64, accelerate: f64) {
        let t = seconds;
        let (wander, accelerate) = (wander * wander, accelerate * accelerate);
        self.at += self.speed * moving;
        self.at_variance +=
            t * (2.0 * self.covariance + t * self.speed_variance) + wander * t + accelerate * t * t * t / 3.0;
        self.covariance += t * self.speed_variance + accelerate * t * t / 2.0;
        self.speed_variance += accelerate * t;
    }

    fn update(&mut self, measured: f64, deviation: f64) {
        let weight = 1.0 / (self.at_variance + deviation * deviation);
        let (gain, speed_gain) = (self.at_variance * weight, self.covariance * weight);
        let surprise = measured - self.at;
        self.at += gain * surprise;
        self.speed += speed_gain * surprise;
        self.speed_variance -= speed_gain * self.covariance;
        self.covariance -= gain * self.covariance;
        self.at_variance -= gain * self.at_variance;
    }
}

/// A box in motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    axes: [Axis; 4],
}

impl Motion {
    /// A box seen for the first time.
    pub fn new(seen: &Measures, noise: &Noise) -> Self {
        let size = size(seen);
        let axis = |at: f64, measured: f64, speed: f64| {
            let (measured, speed) = (measured * size, speed * size);
            Axis { at, speed: 0.0, at_variance: measured * measured, covariance: 0.0, speed_variance: speed * speed }
        };
        let (place, shape) = (noise.speed, noise.speed * noise.resize);
        Self {
            axes: [
                axis(seen[0], noise.centre, place),
                axis(seen[1], noise.centre, place),
                axis(seen[2], noise.size, shape),
                axis(seen[3], noise.size, shape),
            ],
        }
    }

    /// The box `seconds` later (not negative). It keeps its speed for at most `coast` seconds and then stands: people
    /// who are hidden for long have often stopped. The doubt grows all the time.
    pub fn after(mut self, seconds: f64, coast: f64, noise: &Noise) -> Self {
        let size = size(&self.measures());
        let moving = seconds.min(coast);
        for (k, axis) in self.axes.iter_mut().enumerate() {
            let part = if k < 2 { size } else { size * noise.resize };
            axis.predict(seconds, moving, noise.wander * part, noise.accelerate * part);
        }
        self
    }

    /// The box corrected by what was seen. After a gap the doubt about the speed is large, and this is mostly the speed
    /// between the last two observations: what OC-SORT's re-update (Cao et al. 2023) is for.
    pub fn corrected(mut self, seen: &Measures, noise: &Noise) -> Self {
        let size = size(seen);
        for (k, axis) in self.axes.iter_mut().enumerate() {
            axis.update(seen[k], size * if k < 2 { noise.centre } else { noise.size });
        }
        self
    }

    /// Where and how large it is; sides are at least one pixel.
    pub fn measures(&self) -> Measures {
        let [x, y, width, height] = self.axes.map(|axis| axis.at);
        [x, y, width.max(1.0), height.max(1.0)]
    }
}

/// The length that noise is relative to: the longer side, for a person who crouches or is half hidden is still as near.
fn size(m: &Measures) -> f64 {
    m[3].max(m[2]).max(1.0)
}

/// How far two boxes agree: intersection over union after both were grown by `buffer` of their sides on each side
/// (C-BIoU, Yang et al. 2023), times the same of their vertical extents to the degree of `height_weight` (Hybrid-SORT,
/// Yang et al. 2024: heights are steadier than places). 0 when they do not touch; may be negative when `height_weight` is
/// above 1.
pub fn agreement(a: &Measures, b: &Measures, buffer: f64, height_weight: f64) -> f64 {
    let half = |m: &Measures| [m[2] * (0.5 + buffer), m[3] * (0.5 + buffer)];
    let ([aw, ah], [bw, bh]) = (half(a), half(b));
    let width = (a[0] + aw).min(b[0] + bw) - (a[0] - aw).max(b[0] - bw);
    let height = (a[1] + ah).min(b[1] + bh) - (a[1] - ah).max(b[1] - bh);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    let overlap = shared / (4.0 * (aw * ah + bw * bh) - shared);
    let vertical = height / (2.0 * (ah + bh) - height);
    overlap * (1.0 - height_weight + height_weight * vertical)
}
