//! Motion gate: tells whether a camera's picture has changed since inference last looked at it.
//! State: one luma thumbnail for each camera. Time: event time only.
//!
//! The picture is reduced to the mean luma of 16x16 blocks, which averages sensor noise away (by 16 for white noise) and leaves
//! anything as large as a hand visible at 640x480. The comparison is with the picture that inference last saw, not with
//! the previous one, so that a slow change adds up until it is seen.

use schemas::{CameraId, EventTime, Frame, Picture};
use std::collections::BTreeMap;

/// Side of a block in pixels of the scaled picture.
const BLOCK: usize = 16;

/// When a picture counts as changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSettings {
    /// A block has changed when its mean luma differs by more than this many levels of 255.
    pub luma_change_min: u8,
    /// The picture has changed when at least this many blocks have.
    pub blocks_min: u32,
    /// Inference looks again after this time even at a still picture, in microseconds.
    pub refresh_us: i64,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self { luma_change_min: 6, blocks_min: 1, refresh_us: 5_000_000 }
    }
}

struct Seen {
    at: EventTime,
    size: (u32, u32),
    luma: Vec<u8>,
}

/// The gate of all cameras of a worker.
pub struct Gate {
    settings: GateSettings,
    seen: BTreeMap<CameraId, Seen>,
}

impl Gate {
    /// A gate that has seen nothing: every camera's first picture counts as changed.
    pub fn new(settings: GateSettings) -> Self {
        Self { settings, seen: BTreeMap::new() }
    }

    /// Whether inference should look at `frame`; if so, the frame becomes what later ones are compared with.
    /// Frames of one camera come in event-time order.
    pub fn changed(&mut self, frame: &Frame) -> bool {
        let luma = thumbnail(&frame.scaled);
        let size = (frame.scaled.width(), frame.scaled.height());
        let at = frame.meta.event_time;
        if let Some(seen) = self.seen.get(&frame.meta.camera) {
            let differs = |(&a, &b): (&u8, &u8)| a.abs_diff(b) > self.settings.luma_change_min;
            let blocks = seen.luma.iter().zip(&luma).filter(|&pair| differs(pair)).count() as u64;
            let fresh = at.since_us(seen.at) < self.settings.refresh_us;
            if seen.size == size && fresh && blocks < u64::from(self.settings.blocks_min) {
                return false;
            }
        }
        self.seen.insert(frame.meta.camera, Seen { at, size, luma });
        true
    }
}

/// Mean luma (ITU-R BT.601 weights in 1/256) of each block, row by row; blocks at the right and lower edge may be smaller.
fn thumbnail(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let columns = width.div_ceil(BLOCK);
    let mut luma = Vec::with_capacity(columns * height.div_ceil(BLOCK));
    let mut sums = vec![0u32; columns];
    for (y, row) in picture.rgb().chunks_exact(3 * width).enumerate() {
        for (sum, block) in sums.iter_mut().zip(row.chunks(3 * BLOCK)) {
            // Sums of bytes over a row of a block fit in 16 bits, the weighted sum of a block in 32.
            let (mut r, mut g, mut b) = (0u32, 0u32, 0u32);
            for pixel in block.chunks_exact(3) {
                r += u32::from(pixel[0]);
                g += u32::from(pixel[1]);
                b += u32::from(pixel[2]);
            }
            *sum += 77 * r + 150 * g + 29 * b;
        }
        let rows = y % BLOCK + 1;
        if rows == BLOCK || y + 1 == height {
            for (column, sum) in sums.iter_mut().enumerate() {
                let pixels = rows * BLOCK.min(width - column * BLOCK);
                luma.push((*sum / (256 * pixels as u32)) as u8);
                *sum = 0;
            }
        }
    }
    luma
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::FrameMeta;
    use std::sync::Arc;

    fn frame(us: i64, paint: impl Fn(usize, usize) -> u8) -> Frame {
        let (width, height) = (50u32, 37u32);
        let mut rgb = Vec::new();
        for y in 0..height as usize {
            for x in 0..width as usize {
                rgb.extend([paint(x, y); 3]);
            }
        }
        let meta = FrameMeta { camera: CameraId(1), event_time: EventTime(us), sequence: 0, width, height };
        Frame { meta, scaled: Picture::new(width, height, Arc::new(rgb)).expect("3 bytes a pixel"), full: None }
    }

    #[test]
    fn thumbnail_is_the_mean_of_each_block() {
        let picture = frame(0, |x, y| if x < 16 && y < 16 { 200 } else { 10 }).scaled;
        let luma = thumbnail(&picture);
        assert_eq!(luma.len(), 4 * 3);
        assert_eq!(luma[0], 200);
        assert!(luma[1..].iter().all(|&v| v == 10), "{luma:?}");
    }

    #[test]
    fn still_pictures_are_gated_until_they_change_or_age() {
        let mut gate = Gate::new(GateSettings { refresh_us: 1_000_000, ..GateSettings::default() });
        let noise = |x: usize, y: usize| 100 + ((x * 7 + y * 13) % 9) as u8;
        assert!(gate.changed(&frame(0, |_, _| 104)), "the first picture is new");
        assert!(!gate.changed(&frame(100_000, noise)), "noise is no change");
        assert!(gate.changed(&frame(200_000, |x, y| if x < 8 && y < 16 { 180 } else { noise(x, y) })), "a hand is");
        assert!(gate.changed(&frame(300_000, noise)), "and so is its going");
        assert!(!gate.changed(&frame(1_299_999, noise)));
        assert!(gate.changed(&frame(1_300_000, noise)), "a second has passed");
    }

    #[test]
    fn slow_drift_adds_up() {
        let mut gate = Gate::new(GateSettings { refresh_us: i64::MAX, ..GateSettings::default() });
        let inferred = (0..50).filter(|&i| gate.changed(&frame(i * 100_000, |_, _| 50 + i as u8))).count();
        assert_eq!(inferred, 1 + 49 / 7);
    }
}
