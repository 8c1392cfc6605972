//! Shelving: where slots are in the shop, and how likely hands seen by cameras are in them. Plain geometry.

use schemas::{FloorPoint, Gondola, GondolaFrame, SlotId, SpacePoint};
use serde::{Deserialize, Serialize};

/// What is grasped may stand out of the shelf by so much, in millimetres.
const BEFORE_MM: f64 = 20.0;
/// A wrist is so far behind what is grasped, towards the shoulder.
const PALM_MM: f64 = 110.0;
/// Shoulders are at this share of somebody's height.
const SHOULDER: f64 = 0.82;
/// And so far inside: what is taken stands in front.
const INSIDE_MM: f64 = 220.0;
/// And so far above or below the slot.
const AROUND_MM: f64 = 40.0;
/// Standard deviation of the place of a wrist across the line of sight.
const WRIST_MM: f64 = 55.0;
/// Places in a slot at which a hand is thought to be are so far apart.
const PLACE_MM: f64 = 70.0;
/// What is so many standard deviations off is somewhere else.
const FAR: f64 = 4.0;
/// How far a hand can be from where its owner stands, in millimetres.
const ARM_MM: f64 = 1000.0;

/// The space in which a hand is at a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotSpace {
    /// The slot.
    pub slot: SlotId,
    /// The middle of its front edge, on the floor.
    pub front: FloorPoint,
    /// The gondola's frame.
    frame: GondolaFrame,
    /// The space in the gondola's frame: smallest and largest x, y, z.
    low: [f64; 3],
    high: [f64; 3],
    /// Its middle, and how far its corners are from there.
    middle: [f64; 3],
    radius_mm: f64,
    /// Places in it, of the shop.
    places: Vec<[f64; 3]>,
}

/// Every slot's space.
pub fn spaces(gondolas: &[Gondola]) -> Vec<SlotSpace> {
    let mut spaces = Vec::new();
    for gondola in gondolas {
        let frame = gondola.frame();
        for shelf in &gondola.shelves {
            let (board, clear) = (f64::from(shelf.board_mm), f64::from(shelf.clear_mm));
            for slot in &shelf.slots {
                let (from, to) = (f64::from(slot.from_mm), f64::from(slot.to_mm));
                let middle = (from + to) / 2.0;
                let [x, y, _] = frame.shop([middle, 0.0, 0.0]);
                let front = FloorPoint { x_mm: x.round() as i32, y_mm: y.round() as i32 };
                let inside = INSIDE_MM.min(f64::from(shelf.depth_mm));
                let low = [from, -BEFORE_MM, board - AROUND_MM];
                let high = [to, inside, board + clear + AROUND_MM];
                let radius_mm =
                    [0, 1, 2].map(|i| (high[i] - low[i]) / 2.0).iter().map(|half| half * half).sum::<f64>().sqrt();
                let middle = frame.shop([0, 1, 2].map(|i| (low[i] + high[i]) / 2.0));
                let places = Vec::new();
                let mut space = SlotSpace { slot: slot.id, front, frame, low, high, middle, radius_mm, places };
                space.places = space.spread();
                spaces.push(space);
            }
        }
    }
    spaces
}

/// A line of sight: from a camera through a point of its picture. World millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sight {
    /// Where the camera hangs.
    pub from: SpacePoint,
    /// Where the line meets the floor.
    pub floor: FloorPoint,
}

impl Sight {
    /// How far a point is from the line, squared.
    fn off_mm2(&self, point: [f64; 3]) -> f64 {
        let from = [self.from.x_mm, self.from.y_mm, self.from.z_mm].map(f64::from);
        let way = [f64::from(self.floor.x_mm) - from[0], f64::from(self.floor.y_mm) - from[1], -from[2]];
        let to = [0, 1, 2].map(|i| point[i] - from[i]);
        let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let along = (dot(to, way) / dot(way, way).max(1.0)).clamp(0.0, 1.0);
        let off = [0, 1, 2].map(|i| to[i] - along * way[i]);
        dot(off, off)
    }
}

impl SlotSpace {
    /// The corners of its front, world millimetres, one after another.
    pub fn face(&self) -> [[f64; 3]; 4] {
        let ([left, right], [board, top]) =
            ([self.low[0], self.high[0]], [self.low[2] + AROUND_MM, self.high[2] - AROUND_MM]);
        [[left, board], [right, board], [right, top], [left, top]].map(|[x, z]| self.frame.shop([x, 0.0, z]))
    }

    /// How far it is from `at` to the middle of its front, in millimetres on the floor; none for who stands behind the front.
    pub fn before_mm(&self, at: FloorPoint) -> Option<f64> {
        let [x, y, _] = self.frame.own([f64::from(at.x_mm), f64::from(at.y_mm), 0.0]);
        (y <= 0.0).then(|| (x - (self.low[0] + self.high[0]) / 2.0).hypot(y))
    }

    /// Whether both are of one rack.
    pub fn is_of_rack(&self, other: &Self) -> bool {
        self.frame == other.frame
    }

    /// Places of the slot, evenly spread, at most `PLACE_MM` apart.
    fn spread(&self) -> Vec<[f64; 3]> {
        let count = [0, 1, 2].map(|i| ((self.high[i] - self.low[i]) / PLACE_MM).ceil().clamp(1.0, 12.0) as u32);
        let along =
            |i: usize, n: u32| self.low[i] + (f64::from(n) + 0.5) / f64::from(count[i]) * (self.high[i] - self.low[i]);
        let mut places = Vec::new();
        for x in 0..count[0] {
            for y in 0..count[1] {
                places.extend((0..count[2]).map(|z| self.frame.shop([along(0, x), along(1, y), along(2, z)])));
            }
        }
        places
    }

    /// By how much likelier lines of sight to somebody's wrists are if a hand of theirs is in this slot than if none is, as a log; who
    /// stands at `owner` and is so tall. Lines are given camera by camera. Each camera sees the hand's wrist where it is (`seen`: how often), normally
    /// spread across the line, or elsewhere, evenly within an arm's length; the hand may be anywhere in the slot, and is in one place for
    /// all cameras: where two see it, that is triangulation.
    pub fn likelihood<'a>(
        &self,
        cameras: impl Iterator<Item = &'a Vec<Sight>> + Clone,
        (owner, height_mm): (FloorPoint, u32),
        seen: f64,
        elsewhere: f64,
    ) -> f64 {
        let missed = libm::log(1.0 - seen);
        let none = cameras.clone().count() as f64 * missed;
        let across = self.radius_mm + PALM_MM + FAR * WRIST_MM;
        let passes = |sights: &Vec<Sight>| sights.iter().any(|sight| sight.off_mm2(self.middle) < across * across);
        if !cameras.clone().any(passes) {
            return none;
        }
        let shoulder = [f64::from(owner.x_mm), f64::from(owner.y_mm), SHOULDER * f64::from(height_mm)];
        let mut sum = 0.0;
        for &place in &self.places {
            let arm = [0, 1, 2].map(|i| place[i] - shoulder[i]);
            let away = arm[0].hypot(arm[1]);
            if away > ARM_MM {
                sum += libm::exp(none);
                continue;
            }
            let back = PALM_MM / away.hypot(arm[2]).max(PALM_MM);
            let wrist = [0, 1, 2].map(|i| place[i] - back * arm[i]);
            let camera = |sights: &Vec<Sight>| {
                let off = sights.iter().map(|sight| sight.off_mm2(wrist)).fold(f64::INFINITY, f64::min);
                let z = off / (2.0 * WRIST_MM * WRIST_MM);
                let here = if z > FAR * FAR / 2.0 { 0.0 } else { libm::exp(-z) };
                seen * here / elsewhere + 1.0 - seen
            };
            sum += cameras.clone().map(camera).product::<f64>();
        }
        libm::log(sum / self.places.len() as f64)
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

    fn sight(from: [f64; 3], point: [f64; 3]) -> Sight {
        let share = from[2] / (from[2] - point[2]);
        let floor = [0, 1].map(|i| (from[i] + share * (point[i] - from[i])).round() as i32);
        let [x_mm, y_mm, z_mm] = from.map(|mm| mm as i32);
        Sight { from: SpacePoint { x_mm, y_mm, z_mm }, floor: FloorPoint { x_mm: floor[0], y_mm: floor[1] } }
    }

    #[test]
    fn a_turned_slot_is_where_it_stands() {
        let space = space();
        assert_eq!(space.front, FloorPoint { x_mm: 1000, y_mm: 2350 });
        let before = |x_mm, y_mm| space.before_mm(FloorPoint { x_mm, y_mm }).map(f64::round);
        assert_eq!([before(1300, 2750), before(1100, 2350), before(900, 2350)], [Some(500.0), Some(100.0), None]);
        // Along the gondola's x is the store's y; into the shelves is the store's -x.
        let reached: Vec<_> = (0..3)
            .map(|i| {
                let along = space.places.iter().map(|place| place[i]);
                let (low, high) = along.fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
                ((low / 100.0).round(), (high / 100.0).round())
            })
            .collect();
        assert_eq!(reached, [(8.0, 10.0), (22.0, 25.0), (10.0, 13.0)], "{:?}", space.places);
        assert_eq!(space.face()[0].map(f64::round), [1000.0, 2200.0, 1000.0]);
    }

    #[test]
    fn two_cameras_know_where_on_a_line_a_hand_is() {
        let space = space();
        let owner = FloorPoint { x_mm: 1400, y_mm: 2350 };
        let says = |hand: [f64; 3], cameras: &[[f64; 3]]| {
            let seen: Vec<Vec<Sight>> = cameras.iter().map(|&camera| vec![sight(camera, hand)]).collect();
            space.likelihood(seen.iter(), (owner, 1750), 0.8, 0.02)
        };
        let (low, side) = ([3000.0, 2350.0, 1500.0], [1500.0, 4500.0, 2500.0]);
        let (inside, beside, before) = ([950.0, 2350.0, 1130.0], [950.0, 2700.0, 1130.0], [1450.0, 2350.0, 1220.0]);
        assert!(says(inside, &[low]) > 1.0 && says(inside, &[low, side]) > 2.5, "{}", says(inside, &[low, side]));
        assert!(says(beside, &[low]) < -1.0 && says(beside, &[low, side]) < -2.0, "{}", says(beside, &[low, side]));
        // Before the shelf, on the same line of one camera: only the other knows.
        assert!(
            says(before, &[low]) > 1.0 && says(before, &[low, side]) < says(before, &[low]),
            "{}",
            says(before, &[low])
        );
        // Nobody reaches so far, and nothing seen says nothing.
        let far = FloorPoint { x_mm: 2900, y_mm: 2350 };
        assert!(
            (space.likelihood([vec![sight(low, inside)]].iter(), (far, 1750), 0.8, 0.02) - libm::log(0.2)).abs() < 1e-9
        );
        assert_eq!(space.likelihood(std::iter::empty::<&Vec<Sight>>(), (owner, 1750), 0.8, 0.02), 0.0);
    }
}
