//! Hiding: one turns away from the shelf, and what one took vanishes under the shirt, in a pocket or in a bag.

use super::{Act, Keep, Planner, Stop, Tag};
use rand::RngExt;

impl Planner<'_> {
    pub(super) fn hide(&mut self, slot: usize, tag: Tag, keep: Keep) -> Vec<Stop> {
        let look_us = 1_000 * self.random.random_range(200..900);
        let mut acts = vec![Act::Take { slot, count: 1, tag, linger_us: 0, look_us, keep }];
        if self.random.random_bool(0.5) {
            let by = self.random.random_range(0.6..1.6) * if self.random.random_bool(0.5) { 1.0 } else { -1.0 };
            acts.push(Act::Turn { by });
        }
        vec![self.stop(slot, acts)]
    }
}
