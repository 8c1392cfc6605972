//! Glance: what pictures show of the fronts of slots, as the mean colours of cells.
//! In: Frame | Out: Glance | Key: none, where the pixels are | State: per camera, which pixels belong to which cell
//! Time: a row is of the tick of its picture. Faults: none.
//!
//! From here on a front is a few dozen bytes; [`crate::shelf::see`] compares them. Nothing of people is kept: whose box covers a front is held
//! against it there.

use crate::flow::Ticks;
use crate::shelf::fronts::Front;
use schemas::{CameraId, Frame, FrameMeta, Picture, SlotId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use timely::dataflow::operators::vec::Map;

/// A cell of fewer pixels than this, in the picture that is looked at, says nothing.
const PIXELS_MIN: usize = 6;
/// A front of fewer such cells is too small to be looked at.
const CELLS_MIN: usize = 3;

/// What one picture shows of the fronts of slots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Glance {
    /// Which frame.
    pub meta: FrameMeta,
    /// Of every slot the camera sees: the mean red, green and blue of each cell, 0..=255.
    pub looks: Vec<(SlotId, Vec<u8>)>,
}

/// Where pixels of each cell begin in the picture's bytes, for each slot.
type Cells = Vec<(SlotId, Vec<Vec<usize>>)>;

/// Reads glances off frames.
#[derive(Clone, Debug, Default)]
pub struct Glancing {
    fronts: BTreeMap<CameraId, Vec<Front>>,
    /// By camera, for pictures of this size.
    cells: BTreeMap<CameraId, ([u32; 4], Cells)>,
}

impl Glancing {
    /// With these fronts of each camera.
    pub fn new(fronts: BTreeMap<CameraId, Vec<Front>>) -> Self {
        Self { fronts, cells: BTreeMap::new() }
    }

    /// What a frame shows; none of a camera that sees no front.
    pub fn glance(&mut self, frame: &Frame) -> Option<Glance> {
        let fronts = self.fronts.get(&frame.meta.camera)?;
        let picture = frame.full.as_ref().unwrap_or(&frame.scaled);
        let size = [picture.width(), picture.height(), frame.meta.width, frame.meta.height];
        let known = self.cells.entry(frame.meta.camera).or_insert_with(|| ([0; 4], Cells::new()));
        if known.0 != size {
            *known = (size, fronts.iter().filter_map(|front| cells(front, size)).collect());
        }
        let looks: Vec<_> = known.1.iter().map(|(slot, cells)| (*slot, colours(picture, cells))).collect();
        (!looks.is_empty()).then_some(Glance { meta: frame.meta, looks })
    }
}

/// The pixels of a front's cells, of those that lie in the picture whole; none where that is too little.
fn cells(front: &Front, [width, height, source_width, source_height]: [u32; 4]) -> Option<(SlotId, Vec<Vec<usize>>)> {
    let scale = [f64::from(width) / f64::from(source_width), f64::from(height) / f64::from(source_height)];
    let pixel = |[x, y]: &[f64; 2]| {
        let (x, y) = ((x * scale[0]).floor(), (y * scale[1]).floor());
        let inside = x >= 0.0 && y >= 0.0 && x < f64::from(width) && y < f64::from(height);
        inside.then(|| 3 * (y as usize * width as usize + x as usize))
    };
    let cell = |points: &Vec<[f64; 2]>| {
        let mut pixels = points.iter().map(pixel).collect::<Option<Vec<usize>>>()?;
        pixels.sort_unstable();
        pixels.dedup();
        (pixels.len() >= PIXELS_MIN).then_some(pixels)
    };
    let cells: Vec<_> = front.cells.iter().filter_map(cell).collect();
    (cells.len() >= CELLS_MIN).then_some((front.slot, cells))
}

fn colours(picture: &Picture, cells: &[Vec<usize>]) -> Vec<u8> {
    let rgb = picture.rgb();
    let mean = |cell: &Vec<usize>, channel: usize| {
        let sum: u32 = cell.iter().map(|at| u32::from(rgb[at + channel])).sum();
        (sum / cell.len() as u32) as u8
    };
    cells.iter().flat_map(|cell| [0, 1, 2].map(|channel| mean(cell, channel))).collect()
}

/// What `frames` show of the fronts of slots.
pub fn glance<'s>(frames: Ticks<'s, Frame>, mut glancing: Glancing) -> Ticks<'s, Glance> {
    frames.flat_map(move |frame| glancing.glance(&frame))
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::EventTime;
    use std::sync::Arc;

    fn frame(width: u32, height: u32, source: u32, red: impl Fn(u32, u32) -> u8) -> Frame {
        let rgb: Vec<u8> =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| [red(x, y), 7, 9]).collect();
        let meta =
            FrameMeta { camera: CameraId(1), event_time: EventTime(5), sequence: 0, width: source, height: source };
        Frame { meta, scaled: Picture::new(width, height, Arc::new(rgb)).expect("pixels"), full: None }
    }

    /// Cells of 4 by 4 points a pixel of the source apart, side by side from (`x`, 8).
    fn front(x: f64) -> Front {
        let cell = |n: u32| (0..16).map(|i| [x + f64::from(4 * n + i % 4) + 0.5, 8.5 + f64::from(i / 4)]).collect();
        Front { slot: SlotId(3), rack: 0, cells: (0..4).map(cell).collect() }
    }

    #[test]
    fn a_cell_is_the_mean_of_its_pixels() {
        let mut glancing = Glancing::new(BTreeMap::from([(CameraId(1), vec![front(8.0)])]));
        let glance = glancing.glance(&frame(32, 32, 32, |x, _| if x < 10 { 100 } else { 50 })).expect("a front");
        assert_eq!(glance.looks, [(SlotId(3), vec![75, 7, 9, 50, 7, 9, 50, 7, 9, 50, 7, 9])]);
    }

    #[test]
    fn what_is_too_small_or_out_of_the_picture_is_not_looked_at() {
        let sees = |x: f64, size: u32| {
            let mut glancing = Glancing::new(BTreeMap::from([(CameraId(1), vec![front(x)])]));
            glancing.glance(&frame(size, size, 32, |_, _| 0)).map(|glance| glance.looks[0].1.len() / 3)
        };
        assert_eq!(sees(8.0, 32), Some(4));
        assert_eq!(sees(18.0, 32), Some(3), "one of four cells is beyond the edge");
        assert_eq!(sees(22.0, 32), None);
        assert_eq!(sees(8.0, 16), None, "four pixels a cell");
    }
}
