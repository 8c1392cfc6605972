//! In pairs: two who take beside each other, reach across each other, hand something over, or swap places unseen.

use super::{Act, Keep, Planner, Stop, Tag, places};
use crate::world::{Mm2, Mm3};
use rand::RngExt;
use std::f64::consts::{FRAC_PI_2, PI};

/// Between two who stand beside each other, mm.
const BESIDE_MM: f64 = 640.0;

impl Planner<'_> {
    /// Slots that neighbour, from left to right.
    pub(super) fn neighbours(&mut self) -> [usize; 2] {
        let mut pair = (self.any_slot(), None);
        for _ in 0..60 {
            pair.1 = self.neighbour(pair.0);
            if pair.1.is_some() {
                break;
            }
            pair.0 = self.any_slot();
        }
        let mut slots = [pair.0, pair.1.unwrap_or(pair.0)];
        let world = self.world;
        slots.sort_by(|&a, &b| world.slots[a].from_mm.total_cmp(&world.slots[b].from_mm));
        slots
    }

    /// Both take at once from these slots; across each other, the left one from the right slot.
    pub(super) fn side_by_side(&mut self, number: u32, tag: Tag, slots: [usize; 2], across: bool) -> [Vec<Stop>; 2] {
        let world = self.world;
        let rack = &world.gondolas[world.slots[slots[0]].gondola];
        let [left, right] = slots.map(|slot| &world.slots[slot]);
        let between = if slots[0] == slots[1] { (left.from_mm + right.to_mm) / 2.0 } else { left.to_mm };
        let between = between.clamp(BESIDE_MM / 2.0, (rack.size.x - BESIDE_MM / 2.0).max(1.0));
        let mut side = 0;
        slots.map(|own| {
            let x = between + (f64::from(side) - 0.5) * BESIDE_MM;
            let stand = rack.frame.to_store(Mm3::new(x, -370.0, 0.0)).xy();
            let slot = if across { slots[1 - side as usize] } else { own };
            let delay_us = 1_000 * self.random.random_range(0..150);
            side += 1;
            let act = Act::Take { slot, count: 1, tag, linger_us: 0, look_us: 500_000, keep: Keep::Bag };
            let meeting = Self::meeting(number, delay_us);
            vec![Stop {
                stand,
                heading: rack.frame.turn + FRAC_PI_2,
                meeting,
                acts: vec![act],
                goes_on: false,
                hard: None,
            }]
        })
    }

    /// The first takes something, and gives it to the second before the shelf.
    pub(super) fn hand_over(&mut self, number: u32, tag: Tag) -> [Vec<Stop>; 2] {
        let slot = self.any_slot();
        let take = self.take(slot, 1, tag, Keep::Hand);
        let first = self.stop(slot, vec![take]);
        let rack = &self.world.gondolas[self.world.slots[slot].gondola];
        // The first stays where they took it. The second waits towards the middle of the rack, so far off that they are in nobody's
        // way, and so near to the shelf that others pass behind them.
        let x = (self.world.slots[slot].from_mm + self.world.slots[slot].to_mm) / 2.0;
        let apart = if x < rack.size.x / 2.0 { 740.0 } else { -740.0 };
        let meet = |x: f64, heading: f64, act: Act| Stop {
            stand: rack.frame.to_store(Mm3::new(x, -430.0, 0.0)).xy(),
            heading,
            meeting: Self::meeting(number, 0),
            acts: vec![act],
            goes_on: false,
            hard: None,
        };
        let receive = Act::Receive { tag, keep: Keep::Bag };
        let towards = if apart > 0.0 { 0.0 } else { PI };
        let gives = meet(x, rack.frame.turn + towards, Act::Give { tag });
        let gets = meet(x + apart, rack.frame.turn + towards + PI, receive);
        [vec![first, gives], vec![gets]]
    }

    /// Both stand where few cameras see them, then each where the other stood.
    pub(super) fn swap_places(&mut self, number: u32) -> [Vec<Stop>; 2] {
        let mut best: Option<(usize, usize)> = None;
        for _ in 0..8 {
            let slot = self.any_slot();
            let seen = places::cameras_that_see(self.world, places::before(self.world, slot, 0.0, 520.0).0);
            if best.is_none_or(|(fewest, _)| seen < fewest) {
                best = Some((seen, slot));
            }
        }
        let slot = best.map_or(0, |best| best.1);
        let rack = &self.world.gondolas[self.world.slots[slot].gondola];
        let x = self.world.slots[slot].from_mm.clamp(420.0, (rack.size.x - 420.0).max(421.0));
        let stand = |x: f64| -> Mm2 { rack.frame.to_store(Mm3::new(x, -500.0, 0.0)).xy() };
        let stands = [stand(x - 420.0), stand(x + 420.0)];
        let heading = rack.frame.turn + FRAC_PI_2;
        let stop = |at: Mm2, number: u32| Stop {
            stand: at,
            heading,
            meeting: Self::meeting(number, 0),
            acts: vec![Act::Look { slot, us: 1_200_000 }],
            goes_on: false,
            hard: None,
        };
        [
            vec![stop(stands[0], number), stop(stands[1], number + 1)],
            vec![stop(stands[1], number), stop(stands[0], number + 1)],
        ]
    }
}
