//! Heat: how long people stood where, in square cells of the floor, and the colours that tell it.

use super::walk::Walk;
use std::collections::BTreeMap;

/// Side of a cell.
pub const CELL_MM: f64 = 200.0;
/// Cells where people spent less than this together stay as they are.
const LEAST_S: f64 = 0.2;
/// Colours from little to much (after ColorBrewer's YlOrRd), on a square-root scale.
const RAMP: [[u8; 3]; 6] =
    [[255, 247, 214], [254, 227, 155], [254, 190, 96], [253, 141, 60], [240, 59, 32], [189, 0, 38]];

/// Seconds that all walks together spent in each cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    cells: BTreeMap<(i32, i32), f64>,
}

impl Heat {
    /// The heat of `walks`. The time from one place to the next is spent halfway between them, shared among the four cells around
    /// (bilinearly), so that nobody jumps at a cell's edge; time that is bridged is nobody's.
    pub fn of(walks: &[Walk]) -> Self {
        let mut heat = Self::default();
        for walk in walks {
            for pair in walk.places.windows(2).filter(|pair| !walk.bridged(&pair[0], &pair[1])) {
                let seconds = pair[1].time.since_us(pair[0].time) as f64 / 1e6;
                let middle = |a: i32, b: i32| (f64::from(a) + f64::from(b)) / 2.0;
                heat.add([middle(pair[0].at.x_mm, pair[1].at.x_mm), middle(pair[0].at.y_mm, pair[1].at.y_mm)], seconds);
            }
        }
        heat
    }

    fn add(&mut self, [x, y]: [f64; 2], seconds: f64) {
        // In cells, counted from the middle of the cell (0, 0).
        let (u, v) = (x / CELL_MM - 0.5, y / CELL_MM - 0.5);
        let (left, low) = (u.floor(), v.floor());
        for (dx, wx) in [(0, 1.0 - (u - left)), (1, u - left)] {
            for (dy, wy) in [(0, 1.0 - (v - low)), (1, v - low)] {
                if wx * wy > 0.0 {
                    *self.cells.entry((left as i32 + dx, low as i32 + dy)).or_default() += seconds * wx * wy;
                }
            }
        }
    }

    /// The longest time spent in one cell, in seconds; none where nobody stayed.
    pub fn most_s(&self) -> Option<f64> {
        self.cells.values().copied().reduce(f64::max).filter(|&most| most >= LEAST_S)
    }

    /// The cells that are worth a colour: lower left corner in millimetres, and the colour.
    pub fn colored(&self) -> impl Iterator<Item = ([f64; 2], [u8; 3])> {
        let most = self.most_s().unwrap_or(f64::INFINITY);
        self.cells
            .iter()
            .filter(|(_, seconds)| **seconds >= LEAST_S)
            .map(move |(&(i, j), &seconds)| ([f64::from(i) * CELL_MM, f64::from(j) * CELL_MM], color(seconds / most)))
    }
}

/// The colour of a `share` of the most, 0 to 1.
pub fn color(share: f64) -> [u8; 3] {
    let at = share.clamp(0.0, 1.0).sqrt() * (RAMP.len() - 1) as f64;
    let i = (at as usize).min(RAMP.len() - 2);
    let part = at - i as f64;
    [0, 1, 2].map(|c| (f64::from(RAMP[i][c]) * (1.0 - part) + f64::from(RAMP[i + 1][c]) * part).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::super::walk::Place;
    use super::*;
    use schemas::{EventTime, FloorPoint, TrackId};

    #[test]
    fn time_is_conserved_and_lies_where_people_stood() {
        let place = |tick: i64, x_mm: i32, seen: bool| {
            let at = FloorPoint { x_mm, y_mm: 100 };
            (TrackId(1), Place { time: EventTime(tick * 100_000), at, seen })
        };
        // Two seconds at x = 1100, the middle of a cell; then a walk of one second; then half a second that nobody saw.
        let stay = (0..=20).map(|tick| place(tick, 1100, true));
        let walk = (21..=30).map(|tick| place(tick, 1100 + 100 * (tick as i32 - 20), true));
        let lost = (31..=35).map(|tick| place(tick, 2100, tick == 35));
        let heat = Heat::of(&Walk::all(stay.chain(walk).chain(lost)));
        let all: f64 = heat.cells.values().sum();
        assert!((all - 3.0).abs() < 1e-9, "{all}");
        let most = heat.most_s().expect("somebody stayed");
        assert!(most >= 2.0 && heat.cells[&(5, 0)] == most, "{heat:?}");
        assert_eq!(heat.colored().find(|(corner, _)| *corner == [1000.0, 0.0]).map(|(_, color)| color), Some(RAMP[5]));
        assert_eq!(Heat::of(&[]).most_s(), None);
    }
}
