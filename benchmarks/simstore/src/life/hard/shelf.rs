//! Alone at a shelf: returns, two at once, hands that rest, packages held for long.

use super::{Act, Keep, Planner, Stop, Tag};
use rand::RngExt;

impl Planner<'_> {
    /// Takes one thing, likes another better at another slot, and leaves the first there.
    pub(super) fn wrong_slot(&mut self, slot: usize, tag: Tag) -> Vec<Stop> {
        let article = self.article(slot);
        let near = |world: &crate::world::World, other: usize| world.slots[other].gondola == world.slots[slot].gondola;
        let same_rack = self.random.random_bool(0.6);
        let mut other = slot;
        for _ in 0..200 {
            let drawn = self.any_slot();
            if self.article(drawn) != article && (!same_rack || near(self.world, drawn)) {
                other = drawn;
                break;
            }
        }
        let first = self.take(slot, 1, tag, Keep::Hand);
        let second = self.take(other, 1, tag + 1, Keep::Bag);
        vec![self.stop(slot, vec![first]), self.stop(other, vec![second, Act::Return { slot: other, tag }])]
    }

    /// The same, where the goods of both slots weigh nearly the same; everyday goods where the shop has none such.
    pub(super) fn equal_weight(&mut self, slot: usize, tag: Tag) -> Vec<Stop> {
        let weight = |slot: usize| Some(self.world.articles[self.article(slot)?].weight_mg as f64);
        let alike = |a: usize, b: usize| {
            let weights = weight(a).zip(weight(b));
            self.article(a) != self.article(b) && weights.is_some_and(|(a, b)| (a - b).abs() < 0.01 * a)
        };
        let slots: Vec<usize> = self.world.planogram.iter().map(|stocking| stocking.slot).collect();
        let pairs: Vec<[usize; 2]> =
            (slots.iter()).flat_map(|&a| slots.iter().map(move |&b| [a, b])).filter(|[a, b]| alike(*a, *b)).collect();
        if pairs.is_empty() {
            return self.wrong_slot(slot, tag);
        }
        let [slot, other] = pairs[self.random.random_range(0..pairs.len())];
        let first = self.take(slot, 1, tag, Keep::Hand);
        let second = self.take(other, 1, tag + 1, Keep::Bag);
        vec![self.stop(slot, vec![first]), self.stop(other, vec![second, Act::Return { slot: other, tag }])]
    }

    /// Takes something, goes on with it, comes back, and puts it where it was.
    pub(super) fn right_slot(&mut self, slot: usize, tag: Tag) -> Vec<Stop> {
        let take = self.take(slot, 1, tag, Keep::Hand);
        let away = self.any_slot();
        let look = Act::Look { slot: away, us: 1_500_000 };
        vec![self.stop(slot, vec![take]), self.stop(away, vec![look]), self.stop(slot, vec![Act::Return { slot, tag }])]
    }

    /// Two with one hand, or one with each, from one slot or from two that neighbour.
    pub(super) fn two_at_once(&mut self, slot: usize, tag: Tag) -> Vec<Stop> {
        let act = match self.random.random_range(0..3) {
            0 => self.take(slot, 2, tag, Keep::Bag),
            1 => Act::TakeBoth { slots: [slot, slot], tags: [tag, tag + 1] },
            _ => {
                let other = self.neighbour(slot).unwrap_or(slot);
                Act::TakeBoth { slots: [slot, other], tags: [tag, tag + 1] }
            }
        };
        vec![self.stop(slot, vec![act])]
    }

    pub(super) fn take_and_return(&mut self, slot: usize) -> Vec<Stop> {
        let hold_us = 1_000 * self.random.random_range(200..900);
        vec![self.stop(slot, vec![Act::Try { slot, hold_us }])]
    }

    /// A hand on a plate, mostly before something is taken beside it.
    pub(super) fn resting_hand(&mut self, slot: usize, tag: Tag) -> Vec<Stop> {
        let force_mg = self.random.random_range(200_000..2_500_000);
        let us = 1_000 * self.random.random_range(1_500..6_000);
        let mut acts = vec![Act::Rest { slot, force_mg, us }];
        if self.random.random_bool(0.6) {
            let taken = self.neighbour(slot).unwrap_or(slot);
            acts.push(self.take(taken, 1, tag, Keep::Bag));
        }
        vec![self.stop(slot, acts)]
    }

    pub(super) fn held_long(&mut self, slot: usize, tag: Tag) -> Vec<Stop> {
        let linger_us = 1_000 * self.random.random_range(4_000..10_000);
        let act = Act::Take { slot, count: 1, tag, linger_us, look_us: 800_000, keep: Keep::Bag };
        vec![self.stop(slot, vec![act])]
    }

    /// A stocked slot that touches this one on the same shelf.
    pub(super) fn neighbour(&self, slot: usize) -> Option<usize> {
        let s = &self.world.slots[slot];
        (self.world.planogram.iter()).map(|stocking| stocking.slot).find(|&other| {
            let o = &self.world.slots[other];
            let touches = (o.from_mm - s.to_mm).abs() < 60.0 || (s.from_mm - o.to_mm).abs() < 60.0;
            other != slot && o.gondola == s.gondola && o.shelf == s.shelf && touches
        })
    }
}
