//! Blocks: racks on the floor, where nobody can stand.
//!
//! Who squats before a rack can be taken for somebody upright further away; often that would be in the rack.

use schemas::Gondola;

/// Nobody's middle is nearer to a rack than this, in mm.
const APART_MM: f64 = 100.0;

/// One rack from above, with what nobody's middle may come near.
#[derive(Clone, Debug)]
pub(super) struct Block {
    middle: [f64; 2],
    along: [f64; 2],
    half: [f64; 2],
}

impl Block {
    pub fn new(rack: &Gondola) -> Self {
        let (frame, half) = (rack.frame(), [0, 1].map(|axis| f64::from(rack.size_mm[axis]) / 2.0));
        let [x, y, _] = frame.shop([half[0], half[1], 0.0]);
        Self { middle: [x, y], along: frame.along, half: half.map(|half| half + APART_MM) }
    }

    /// The nearest place outside, of somebody who would be in it, and the direction out; none of everybody else.
    fn out(&self, [x, y]: [f64; 2]) -> Option<([f64; 2], [f64; 2])> {
        let (dx, dy) = (x - self.middle[0], y - self.middle[1]);
        let [cos, sin] = self.along;
        let along = dx * cos + dy * sin;
        if along.abs() >= self.half[0] {
            return None;
        }
        let own = [along, dy * cos - dx * sin];
        let room = [self.half[0] - own[0].abs(), self.half[1] - own[1].abs()];
        if room[1] <= 0.0 {
            return None;
        }
        let axis = usize::from(room[1] < room[0]);
        let side = if own[axis] < 0.0 { -1.0 } else { 1.0 };
        let way = if axis == 0 { [side * cos, side * sin] } else { [-side * sin, side * cos] };
        Some(([x + way[0] * room[axis], y + way[1] * room[axis]], way))
    }
}

/// Brings somebody's place and speed, as x, y and their speeds, out of every block.
pub(super) fn bring_out(blocks: &[Block], at: [f64; 2], speed: [f64; 2]) -> Option<([f64; 2], [f64; 2])> {
    let (mut place, mut pace, mut moved) = (at, speed, false);
    // Out of one may be into its neighbour: racks stand back to back.
    for _ in 0..2 {
        for block in blocks {
            let Some((outside, way)) = block.out(place) else { continue };
            let inwards = (pace[0] * way[0] + pace[1] * way[1]).min(0.0);
            pace = [pace[0] - inwards * way[0], pace[1] - inwards * way[1]];
            (place, moved) = (outside, true);
        }
    }
    moved.then_some((place, pace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schemas::SpacePoint;

    fn rack(x_mm: i32, y_mm: i32, turn_mdeg: i32) -> Block {
        let at = SpacePoint { x_mm, y_mm, z_mm: 0 };
        Block::new(&Gondola { name: "A".into(), at, turn_mdeg, size_mm: [1200, 400, 1500], shelves: Vec::new() })
    }

    #[test]
    fn who_would_be_in_a_rack_stands_before_it_and_walks_along_it() {
        let blocks = [rack(0, 0, 0)];
        let (at, speed) = bring_out(&blocks, [600.0, -50.0], [300.0, 500.0]).expect("in it");
        assert_eq!((at, speed), ([600.0, -100.0], [300.0, 0.0]));
        let (at, speed) = bring_out(&blocks, [600.0, -50.0], [300.0, -500.0]).expect("in it");
        assert_eq!((at, speed), ([600.0, -100.0], [300.0, -500.0]), "out is no matter");
        assert_eq!(bring_out(&blocks, [600.0, -101.0], [0.0, 500.0]), None);
    }

    proptest! {
        #[test]
        fn nobody_is_in_a_rack_afterwards_and_nobody_outside_is_moved(
            turn in 0..360_000i32, x in -2000.0..2000.0f64, y in -2000.0..2000.0f64,
        ) {
            let blocks = [rack(100, -200, turn)];
            if let Some((at, _)) = bring_out(&blocks, [x, y], [0.0, 0.0]) {
                prop_assert!(blocks[0].out(at).is_none_or(|(to, _)| (to[0] - at[0]).hypot(to[1] - at[1]) < 1e-6));
                prop_assert!((at[0] - x).hypot(at[1] - y) <= 300.0 + 1e-6, "no further than half the rack's depth, and the gap");
            } else {
                prop_assert!(blocks[0].out([x, y]).is_none());
            }
        }
    }
}
