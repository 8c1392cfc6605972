//! Shelving: where slots are in the shop, and which of them a line of sight goes through. Plain geometry.

use schemas::{FloorPoint, Gondola, SlotId};

/// A hand in a slot may still be so far in front of the shelf, in millimetres: wrists are a palm behind what is grasped.
const BEFORE_MM: f64 = 120.0;
/// And so far inside: what is taken stands in front.
const INSIDE_MM: f64 = 220.0;
/// And so far above or below the slot.
const AROUND_MM: f64 = 40.0;
/// Standard deviation of the place of a wrist across the line of sight.
const WRIST_MM: f64 = 55.0;
/// Places along the line of sight that are tried.
const PLACES: u32 = 4;
/// What is so many standard deviations outside has no share in any number that is told.
const FAR: f64 = 6.5;
/// Less than this of a wrist's place is nothing.
const SHARE_MIN: f64 = 0.02;

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
                let inside = INSIDE_MM.min(f64::from(shelf.depth_mm));
                let low = [from, -BEFORE_MM, board - AROUND_MM];
                let high = [to, inside, board + clear + AROUND_MM];
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
    /// The corners of its front, world millimetres, one after another.
    pub fn face(&self) -> [[f64; 3]; 4] {
        let ([cos, sin], [left, right]) = (self.turn, [self.low[0], self.high[0]]);
        let (board, top) = (self.low[2] + AROUND_MM, self.high[2] - AROUND_MM);
        let world = |x: f64, z: f64| [self.at[0] + x * cos, self.at[1] + x * sin, self.at[2] + z];
        [world(left, board), world(right, board), world(right, top), world(left, top)]
    }

    /// How far it is from `at` to the middle of its front, in millimetres on the floor; none for who stands behind the front.
    pub fn before_mm(&self, at: FloorPoint) -> Option<f64> {
        let [x, y, _] = self.turned([f64::from(at.x_mm) - self.at[0], f64::from(at.y_mm) - self.at[1], 0.0]);
        (y <= 0.0).then(|| (x - (self.low[0] + self.high[0]) / 2.0).hypot(y))
    }

    /// Whether both are of one rack.
    pub fn is_of_rack(&self, other: &Self) -> bool {
        (self.at, self.turn) == (other.at, other.turn)
    }

    /// A point or a direction in the gondola's frame.
    fn turned(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let [cos, sin] = self.turn;
        [x * cos + y * sin, y * cos - x * sin, z]
    }

    /// How likely a hand on the line of sight is in the slot, if it is anywhere near the gondola's front: the share of the wrist's
    /// place (normal across the line) that lies inside, over places along the line; and where that is, on the floor. None where it is next to nothing.
    pub fn crossed(&self, sight: &Sight) -> Option<(f64, FloorPoint)> {
        let from = self.turned([0, 1, 2].map(|i| sight.from[i] - self.at[i]));
        let way = [sight.floor[0] - sight.from[0], sight.floor[1] - sight.from[1], -sight.from[2]];
        let turned = self.turned(way);
        // Along the axis that the line follows more: into the shelves, or downwards.
        let along = if turned[1].abs() > turned[2].abs() { 1 } else { 2 };
        let (mut share, mut at) = (0.0, [0.0; 2]);
        for place in 0..PLACES {
            let part = (f64::from(place) + 0.5) / f64::from(PLACES);
            let there = self.low[along] + part * (self.high[along] - self.low[along]);
            let step = (there - from[along]) / turned[along];
            if !(0.0..=1.0).contains(&step) {
                continue;
            }
            let place = |axis: usize| from[axis] + step * turned[axis];
            let beyond = |axis: usize| (self.low[axis] - place(axis)).max(place(axis) - self.high[axis]);
            if beyond(0).max(beyond(3 - along)) > FAR * WRIST_MM {
                continue;
            }
            let inside = |axis: usize| {
                let place = place(axis);
                normal((self.high[axis] - place) / WRIST_MM) - normal((self.low[axis] - place) / WRIST_MM)
            };
            let here = inside(0) * inside(3 - along) / f64::from(PLACES);
            share += here;
            (0..2).for_each(|axis| at[axis] += here * (sight.from[axis] + step * way[axis]));
        }
        let point = || FloorPoint { x_mm: (at[0] / share).round() as i32, y_mm: (at[1] / share).round() as i32 };
        (share >= SHARE_MIN).then(|| (share.min(1.0), point()))
    }
}

/// The standard normal distribution.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
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

    /// How far the space is from a point of the shop, in millimetres; 0 inside.
    fn distance_mm(space: &SlotSpace, point: [f64; 3]) -> f64 {
        let at = space.turned([0, 1, 2].map(|i| point[i] - space.at[i]));
        let off = [0, 1, 2].map(|i| (space.low[i] - at[i]).max(at[i] - space.high[i]).max(0.0));
        off[0].hypot(off[1]).hypot(off[2])
    }

    #[test]
    fn a_turned_slot_is_where_it_stands() {
        let space = space();
        assert_eq!(space.front, FloorPoint { x_mm: 1000, y_mm: 2350 });
        let before = |x_mm, y_mm| space.before_mm(FloorPoint { x_mm, y_mm }).map(f64::round);
        assert_eq!([before(1300, 2750), before(1100, 2350), before(900, 2350)], [Some(500.0), Some(100.0), None]);
        // Along the gondola's x is the store's y; into the shelves is the store's -x.
        let off = |point| distance_mm(&space, point).round() as i64;
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
        let (whole, at) = through([3000.0, 2350.0, 1500.0], [950.0, 2350.0, 1130.0]).expect("through the slot");
        assert!(whole > 0.7 && (780..=1120).contains(&at.x_mm) && at.y_mm == 2350, "{whole} {at:?}");
        let (half, _) = through([3000.0, 2500.0, 1500.0], [950.0, 2500.0, 1130.0]).expect("along its end");
        assert!((half / whole - 0.5).abs() < 0.02, "{half}");
        // From above, what is in front of the shelf is as good as what is in it.
        let (above, _) = through([960.0, 2350.0, 2800.0], [960.0, 2350.0, 1100.0]).expect("from above");
        assert!(above > 0.8, "{above}");
        assert_eq!(through([3000.0, 2350.0, 1500.0], [950.0, 2350.0, 700.0]), None, "below it");
        assert_eq!(through([3000.0, 2900.0, 1500.0], [950.0, 2900.0, 1130.0]), None, "beside it");
    }
}
