//! Shelving: where slots are in the shop, and which of them a line of sight goes through. Plain geometry.

use schemas::{FloorPoint, Gondola, SlotId};

/// A hand in a slot may still be so far in front of the shelf, in millimetres.
const BEFORE_MM: f64 = 120.0;
/// And so far above, below or beside the slot.
const AROUND_MM: f64 = 40.0;

/// The space in which a hand is at a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotSpace {
    /// The slot.
    pub slot: SlotId,
    /// The middle of its front edge, on the floor.
    pub front: FloorPoint,
    /// The gondola's origin.
    at: [f64; 3],
    /// Cosine and sine of the gondola's turn.
    turn: [f64; 2],
    /// The space in the gondola's frame: smallest and largest x, y, z.
    low: [f64; 3],
    high: [f64; 3],
}

/// Every slot's space.
pub fn spaces(gondolas: &[Gondola]) -> Vec<SlotSpace> {
    let mut spaces = Vec::new();
    for gondola in gondolas {
        let (sin, cos) = (f64::from(gondola.turn_mdeg) / 1000.0).to_radians().sin_cos();
        let at = [gondola.at.x_mm, gondola.at.y_mm, gondola.at.z_mm].map(f64::from);
        for shelf in &gondola.shelves {
            let (board, clear) = (f64::from(shelf.board_mm), f64::from(shelf.clear_mm));
            for slot in &shelf.slots {
                let (from, to) = (f64::from(slot.from_mm), f64::from(slot.to_mm));
                let middle = (from + to) / 2.0;
                let front = FloorPoint {
                    x_mm: (at[0] + middle * cos).round() as i32,
                    y_mm: (at[1] + middle * sin).round() as i32,
                };
                let low = [from - AROUND_MM, -BEFORE_MM, board - AROUND_MM];
                let high = [to + AROUND_MM, f64::from(shelf.depth_mm), board + clear + AROUND_MM];
                spaces.push(SlotSpace { slot: slot.id, front, at, turn: [cos, sin], low, high });
            }
        }
    }
    spaces
}

/// A line of sight: from a camera through a point of its picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// Where the camera hangs.
    pub from: [f64; 3],
    /// Where the line meets the floor.
    pub floor: [f64; 2],
}

impl SlotSpace {
    /// A point or a direction in the gondola's frame.
    fn turned(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let [cos, sin] = self.turn;
        [x * cos + y * sin, y * cos - x * sin, z]
    }

    /// Where the line of sight is inside, on the floor below the middle of its way through; none where it goes past.
    pub fn crossed(&self, sight: &Sight) -> Option<FloorPoint> {
        let from = self.turned([0, 1, 2].map(|i| sight.from[i] - self.at[i]));
        let way = [sight.floor[0] - sight.from[0], sight.floor[1] - sight.from[1], -sight.from[2]];
        let turned = self.turned(way);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for axis in 0..3 {
            if turned[axis].abs() < 1e-9 {
                if !(self.low[axis]..=self.high[axis]).contains(&from[axis]) {
                    return None;
                }
                continue;
            }
            let (a, b) = ((self.low[axis] - from[axis]) / turned[axis], (self.high[axis] - from[axis]) / turned[axis]);
            (enter, leave) = (enter.max(a.min(b)), leave.min(a.max(b)));
        }
        let middle = (enter + leave) / 2.0;
        let at = |axis: usize| (sight.from[axis] + middle * way[axis]).round() as i32;
        (enter <= leave).then(|| FloorPoint { x_mm: at(0), y_mm: at(1) })
    }

    /// How far the space is from a point of the shop, in millimetres; 0 inside.
    pub fn distance_mm(&self, point: [f64; 3]) -> f64 {
        let at = self.turned([0, 1, 2].map(|i| point[i] - self.at[i]));
        let off = [0, 1, 2].map(|i| (self.low[i] - at[i]).max(at[i] - self.high[i]).max(0.0));
        off[0].hypot(off[1]).hypot(off[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Shelf, Slot, SpacePoint};

    /// One gondola whose front runs along y from (1000, 2000): it is open towards larger x.
    fn space() -> SlotSpace {
        let slot = Slot { id: SlotId(1), name: "s".into(), from_mm: 200, to_mm: 500 };
        let shelf = Shelf { name: "b".into(), board_mm: 1000, clear_mm: 300, depth_mm: 400, slots: vec![slot] };
        let at = SpacePoint { x_mm: 1000, y_mm: 2000, z_mm: 0 };
        let gondola =
            Gondola { name: "g".into(), at, turn_mdeg: 90_000, size_mm: [900, 400, 2000], shelves: vec![shelf] };
        spaces(&[gondola]).remove(0)
    }

    #[test]
    fn a_turned_slot_is_where_it_stands() {
        let space = space();
        assert_eq!(space.front, FloorPoint { x_mm: 1000, y_mm: 2350 });
        // Along the gondola's x is the store's y; into the shelves is the store's -x.
        let off = |point| space.distance_mm(point).round() as i64;
        assert_eq!([[900.0, 2350.0, 1100.0], [1220.0, 2350.0, 1100.0], [900.0, 2350.0, 860.0]].map(off), [0, 100, 100]);
    }

    #[test]
    fn a_line_of_sight_crosses_or_goes_past() {
        let space = space();
        let through = |from: [f64; 3], point: [f64; 3]| {
            let share = from[2] / (from[2] - point[2]);
            let floor = [0, 1].map(|i| from[i] + share * (point[i] - from[i]));
            space.crossed(&Sight { from, floor })
        };
        let at = through([3000.0, 2350.0, 2500.0], [900.0, 2350.0, 1100.0]).expect("through the slot");
        assert!((600..=1120).contains(&at.x_mm) && at.y_mm == 2350, "{at:?}");
        assert_eq!(through([3000.0, 2350.0, 2500.0], [1400.0, 2350.0, 800.0]), None, "below it");
        assert_eq!(through([3000.0, 3500.0, 2500.0], [900.0, 2800.0, 1100.0]), None, "beside it");
    }
}
