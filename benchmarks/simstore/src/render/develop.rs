//! From samples to a picture: average, tone, exposure, noise.

use super::canvas::{Canvas, ONE, Rect};
use super::eye::SAMPLES;
use crate::scenario::Pictures;
use crate::seed::Seed;
use rand::RngExt;
use rand_distr::{Distribution, Normal};
use schemas::EventTime;

/// Steps of a film's values: the square root of light from 0 to 4.
const STEPS: usize = 4_096;
/// Entries of the table of noise: a power of two, and room for one row after it.
const NOISE: usize = 1 << 16;
/// Parts of a grey level in which noise is added.
const PARTS: i32 = 64;
/// Linear light that the mean of a picture is exposed to.
const MEAN: f32 = 0.30;

/// What a sensor makes of light. The default is a decent camera indoors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensor {
    /// Standard deviation of its noise, grey levels.
    pub noise: f64,
    /// How soft it is: standard deviation, px. Up to 0.5 it costs nothing.
    pub blur_px: f64,
    /// How bright its pictures are: 1 is usual.
    pub gain: f64,
    /// How far exposure drifts up and down, as a share.
    pub drift: f64,
    /// Red and blue over green: white balance.
    pub tint: [f64; 2],
}

impl Default for Sensor {
    fn default() -> Self {
        Self { noise: 2.0, blur_px: 0.35, gain: 1.0, drift: 0.03, tint: [1.0, 1.0] }
    }
}

impl Sensor {
    /// The sensor of a scenario.
    pub fn of(pictures: &Pictures) -> Self {
        let Pictures { noise_levels: noise, blur_px, exposure_drift: drift, .. } = *pictures;
        Self { noise, blur_px, drift, ..Self::default() }
    }

    /// How much of a pixel's light the outer ones of its 4 x 4 samples give, along each side: their mean then spreads by as
    /// much as this sensor, or by half a pixel.
    fn outer(&self) -> f32 {
        (self.blur_px * self.blur_px).clamp(0.0, 0.25) as f32
    }

    /// Spread that is left to add, px.
    fn left(&self) -> f64 {
        (self.blur_px * self.blur_px - 0.25).max(0.0).sqrt()
    }
}

/// A picture before tone and noise: roots of light in 1/[`STEPS`] of 2.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Film {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<[u16; 3]>,
}

impl Film {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; 3]; width * height] }
    }

    pub fn all(&self) -> Rect {
        Rect { left: 0, top: 0, right: self.width as i32, bottom: self.height as i32 }
    }

    /// Averages the samples of a rectangle of pixels: 4 x 4 around each, the outer ones as much as the sensor is soft.
    pub fn expose(&mut self, canvas: &Canvas, rect: Rect, sensor: &Sensor) {
        let rect = rect.and(self.all());
        let outer = sensor.outer();
        let weights = [outer, 0.5 - outer, 0.5 - outer, outer];
        let root = STEPS as f32 / 2.0 / ONE.sqrt();
        let most = (STEPS - 1) as f32;
        let right = canvas.width as i32 - 1;
        for y in rect.top..rect.bottom {
            let rows: [&[[u16; 4]]; 4] = std::array::from_fn(|j| {
                let row = (y * SAMPLES as i32 + j as i32 - 1).clamp(0, canvas.height as i32 - 1) as usize;
                &canvas.colour[row * canvas.width..(row + 1) * canvas.width]
            });
            let out = &mut self.pixels[y as usize * self.width..(y as usize + 1) * self.width];
            for x in rect.left..rect.right {
                let mut sum = [0.0f32; 3];
                let from = x * SAMPLES as i32 - 1;
                for (i, &across) in weights.iter().enumerate() {
                    let column = (from + i as i32).clamp(0, right) as usize;
                    for (row, &down) in rows.iter().zip(&weights) {
                        let (sample, weight) = (row[column], across * down);
                        (0..3).for_each(|k| sum[k] += weight * f32::from(sample[k]));
                    }
                }
                out[x as usize] = sum.map(|v| (v.sqrt() * root).min(most) as u16);
            }
        }
    }

    /// Copies a rectangle.
    pub fn copy(&mut self, from: &Self, rect: Rect) {
        let rect = rect.and(self.all());
        for y in rect.top..rect.bottom {
            let row = y as usize * self.width + rect.left as usize..y as usize * self.width + rect.right as usize;
            self.pixels[row.clone()].copy_from_slice(&from.pixels[row]);
        }
    }

    /// The picture spread by `sigma` px more: for soft sensors only, for it takes long.
    fn spread(&self, sigma: f64) -> Self {
        let reach = (3.0 * sigma).ceil() as i32;
        let raw: Vec<f32> = (-reach..=reach).map(|i| (-0.5 * (f64::from(i) / sigma).powi(2)).exp() as f32).collect();
        let sum: f32 = raw.iter().sum();
        let pass = |from: &Self, [dx, dy]: [i32; 2]| {
            let (width, height) = (from.width as i32, from.height as i32);
            let mean = |n: usize| {
                let (x, y) = (n as i32 % width, n as i32 / width);
                let mut total = [0.0f32; 3];
                for (i, weight) in (-reach..).zip(&raw) {
                    let (x, y) = ((x + i * dx).clamp(0, width - 1), (y + i * dy).clamp(0, height - 1));
                    let pixel = from.pixels[(y * width + x) as usize];
                    (0..3).for_each(|k| total[k] += weight * f32::from(pixel[k]));
                }
                total.map(|v| (v / sum) as u16)
            };
            Self { pixels: (0..from.pixels.len()).map(mean).collect(), ..*from }
        };
        pass(&pass(self, [1, 0]), [0, 1])
    }

    /// The gain that brings the mean of this picture to [`MEAN`], within reason: what automatic exposure settles on.
    pub fn metered(&self) -> f32 {
        let light = |v: u16| (f32::from(v) * 2.0 / STEPS as f32).powi(2).min(1.0);
        let sum: f64 =
            self.pixels.iter().map(|p| f64::from(0.3 * light(p[0]) + 0.6 * light(p[1]) + 0.1 * light(p[2]))).sum();
        (MEAN / (sum / self.pixels.len().max(1) as f64).max(1e-3) as f32).clamp(0.35, 2.5)
    }
}

/// Turns films into RGB for one camera.
#[derive(Clone, Debug)]
pub(super) struct Developer {
    pub sensor: Sensor,
    /// Gain that exposure settled on.
    metered: f32,
    /// Where in its slow round the exposure begins, radians.
    phase: f64,
    /// Noise of red, green and blue, 1/[`PARTS`] grey level.
    noise: Vec<[i16; 3]>,
    seed: u64,
}

impl Developer {
    pub fn new(sensor: Sensor, metered: f32, seed: Seed, camera: usize, width: usize) -> Self {
        let mut random = seed.stream("sensor", &[camera as u64]);
        let phase = random.random::<f64>() * std::f64::consts::TAU;
        // Most of it is the same in all three colours, as after demosaicing.
        let normal =
            Normal::new(0.0, sensor.noise.max(0.0)).unwrap_or_else(|_| Normal::new(0.0, 1.0).expect("a spread"));
        let mut draw = || (normal.sample(&mut random), [0, 1, 2].map(|_| 0.5 * normal.sample(&mut random)));
        let entry = |(all, own): (f64, [f64; 3])| own.map(|c| ((all * 0.87 + c) * f64::from(PARTS)) as i16);
        let mut noise: Vec<[i16; 3]> = (0..NOISE).map(|_| entry(draw())).collect();
        noise.extend_from_within(..width);
        Self { sensor, metered, phase, noise, seed: random.random() }
    }

    /// The picture taken at `at`, red first; `rgb` has room for it.
    pub fn develop(&self, film: &Film, at: EventTime, sequence: u64, rgb: &mut [u8]) {
        let tables = self.tables(at);
        let soft = (self.sensor.left() > 0.1).then(|| film.spread(self.sensor.left()));
        let film = soft.as_ref().unwrap_or(film);
        let mut state = self.seed ^ sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (row, out) in film.pixels.chunks_exact(film.width).zip(rgb.chunks_exact_mut(3 * film.width)) {
            // SplitMix64: where in the table of noise this row begins.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let start = ((mixed ^ (mixed >> 27)) >> 16) as usize % NOISE;
            let noise = &self.noise[start..start + film.width];
            for ((pixel, noise), out) in row.iter().zip(noise).zip(out.chunks_exact_mut(3)) {
                for k in 0..3 {
                    let value = i32::from(tables[k][usize::from(pixel[k]) % STEPS]) + i32::from(noise[k]);
                    out[k] = ((value + PARTS / 2) / PARTS).clamp(0, 255) as u8;
                }
            }
        }
    }

    /// Grey levels in 1/[`PARTS`] for every value of a film, for red, green and blue.
    fn tables(&self, at: EventTime) -> [Vec<i16>; 3] {
        let t = at.0 as f64 * 1e-6;
        let slow = (t * std::f64::consts::TAU / 41.0 + self.phase).sin();
        let quick = (t * std::f64::consts::TAU / 7.3 + 2.0 * self.phase).sin();
        let drift = 1.0 + self.sensor.drift * (0.8 * slow + 0.2 * quick);
        let gain = self.metered * (self.sensor.gain * drift) as f32;
        [self.sensor.tint[0], 1.0, self.sensor.tint[1]].map(|tint| {
            let gain = gain * tint as f32;
            (0..STEPS)
                .map(|i| {
                    let light = (i as f32 * 2.0 / STEPS as f32).powi(2) * gain;
                    // Highlights are rolled off before they clip.
                    let toned = (light / (1.0 + 0.15 * light) * 1.12).min(1.0);
                    (toned.powf(1.0 / 2.2) * 255.0 * PARTS as f32) as i16
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dark left half and a bright right one, developed by a sensor that is so soft; grey levels of one row.
    fn edge(blur_px: f64) -> Vec<f64> {
        let mut film = Film::new(64, 8);
        film.pixels.iter_mut().enumerate().for_each(|(i, pixel)| *pixel = [if i % 64 < 32 { 300 } else { 900 }; 3]);
        let sensor = Sensor { noise: 0.0, blur_px, drift: 0.0, ..Sensor::default() };
        let mut rgb = vec![0; 3 * 64 * 8];
        Developer::new(sensor, 1.0, Seed(1), 0, 64).develop(&film, EventTime(0), 0, &mut rgb);
        rgb[3 * 64 * 4..3 * 64 * 5].chunks_exact(3).map(|pixel| f64::from(pixel[1])).collect()
    }

    #[test]
    fn a_soft_sensor_spreads_an_edge_as_far_as_it_says() {
        let sharp = edge(0.5);
        assert_eq!(
            sharp.windows(2).filter(|pair| pair[0] != pair[1]).count(),
            1,
            "up to half a pixel it is in the samples"
        );
        for blur_px in [0.8f64, 1.5, 3.0] {
            let soft = edge(blur_px);
            assert_eq!((soft[2], soft[61]), (sharp[2], sharp[61]), "far from the edge nothing changes");
            let steps: Vec<f64> = soft.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(steps.iter().all(|step| *step >= 0.0));
            let sum: f64 = steps.iter().sum();
            let spread = steps.iter().enumerate().map(|(i, step)| step * (i as f64 - 31.0).powi(2)).sum::<f64>() / sum;
            // What the samples give already, half a pixel, is not given twice. Tone bends the edge a little.
            let expected = (blur_px * blur_px - 0.25).sqrt();
            assert!((spread.sqrt() / expected - 1.0).abs() < 0.12, "{blur_px}: {} for {expected}", spread.sqrt());
        }
    }
}
