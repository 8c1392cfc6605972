//! Acts at a shelf: a hand in, what it does there, a hand out.

use super::{Bend, Cue, Draft, Keep, NAMELESS, Spot, Stow, Tag, To, reach};
use crate::world::Mm3;
use rand::RngExt;

/// A way into a slot: how one bends, the place before the shelf and the place in it where the wrist goes.
#[derive(Clone, Copy)]
struct Way {
    bend: Bend,
    before: Mm3,
    at: Mm3,
}

impl Draft<'_> {
    /// The way of a hand to a grip in a slot.
    fn way(&self, slot: usize, hand: usize, grip: Mm3) -> Way {
        let local = self.local(grip);
        let [lean, crouch] = reach::posture(self.scene.height_mm, hand, local);
        let at = self.store(reach::wrist(self.scene.height_mm, hand, [lean, crouch], local));
        let world = self.scene.world;
        let gondola = &world.gondolas[world.slots[slot].gondola];
        let shelf = &gondola.shelves[world.slots[slot].shelf];
        // The wrist comes in above its board and below the next, from a hand's breadth before the shelf.
        let mut inner = gondola.frame.to_local(at);
        inner.z = inner.z.clamp(shelf.board_mm + 35.0, shelf.board_mm + (shelf.clear_mm - 35.0).max(40.0));
        let before = Mm3::new(inner.x, inner.y.min(-110.0), inner.z);
        let gaze = self.gaze(grip);
        let bend = Bend { lean, crouch, yaw: gaze.yaw, pitch: (gaze.pitch - 0.6 * lean).max(-0.4) };
        Way { bend, before: gondola.frame.to_store(before), at: gondola.frame.to_store(inner) }
    }

    /// Where one grips what stands as the `rank`-th of a column: its front, halfway up.
    fn grip(&self, slot: usize, column: usize, rank: usize, article: usize) -> Mm3 {
        let foot = self.scene.goods.foot(self.scene.world, slot, column, rank, article);
        let extent = self.scene.world.articles[article].shape.extent();
        let turn = self.scene.world.gondolas[self.scene.world.slots[slot].gondola].frame.turn;
        let outwards = Mm3::new(turn.sin(), -turn.cos(), 0.0);
        foot + outwards * (extent.y / 2.0) + Mm3::new(0.0, 0.0, 0.55 * extent.z)
    }

    /// A column with at least `count` packages, preferably; the nearer, the likelier.
    fn column(&mut self, slot: usize, count: usize) -> Option<usize> {
        let columns = self.scene.goods.columns(slot);
        let most = columns.iter().map(Vec::len).max().filter(|&most| most > 0)?.min(count);
        let fit: Vec<usize> = (0..columns.len()).filter(|&c| columns[c].len() >= most).collect();
        let side = |column: usize| {
            let foot = self.scene.goods.foot(self.scene.world, slot, column, 0, 0);
            self.local(foot).y.abs()
        };
        let nearest = fit.iter().copied().min_by(|&a, &b| side(a).total_cmp(&side(b)))?;
        let any = fit[self.scene.random.random_range(0..fit.len())];
        Some(if self.scene.random.random_bool(0.6) { nearest } else { any })
    }

    /// The way to what is in front in a column.
    fn way_to_front(&self, slot: usize, column: usize, hand: usize) -> Way {
        let packages = &self.scene.goods.columns(slot)[column];
        let rank = packages.len().saturating_sub(1);
        let article = packages.last().and_then(|&package| self.scene.goods.get(package)).map_or(0, |good| good.article);
        self.way(slot, hand, self.grip(slot, column, rank, article))
    }

    fn reach_in(&mut self, hand: usize, way: Way) {
        let far = (self.local(way.before).xy().norm() + (self.local(way.before).z - 900.0).abs()) as i64;
        self.bend(way.bend);
        self.hand(hand, To::Store(way.before), 460 + far * 2 / 5);
        self.hand(hand, To::Store(way.at), 360);
    }

    fn withdraw(&mut self, hand: usize, way: Way) {
        self.hand(hand, To::Store(way.before), 360);
    }

    /// Now and then fingers press on what they grip.
    fn touch(&mut self, slot: usize) {
        if self.scene.random.random_bool(0.6) {
            let force_mg = self.scene.random.random_range(20_000..150_000);
            let for_us = 1_000 * self.scene.random.random_range(80..200);
            self.cue(Cue::Press { slot, force_mg, for_us });
        }
        self.pause(150, 320);
    }

    pub(super) fn take(&mut self, slot: usize, count: usize, tag: Tag, [linger, look]: [i64; 2], keep: Keep) {
        let Some(column) = self.column(slot, count) else {
            self.look(slot, 1_500_000);
            return;
        };
        let hand = self.free_hand();
        let way = self.way_to_front(slot, column, hand);
        self.look(slot, 300_000 + look / 3);
        self.reach_in(hand, way);
        self.touch(slot);
        if linger > 0 {
            // Half lifted, and set down again, on the plate.
            let package = self.scene.goods.columns(slot)[column].last().copied();
            let weight = package.and_then(|p| self.scene.goods.get(p)).map_or(100_000, |good| good.weight_mg);
            let share = self.scene.random.random_range(0.3..0.8);
            let force_mg = -((weight as f64 * share) as i64);
            self.cue(Cue::Press { slot, force_mg, for_us: linger / 3 });
            self.t += linger / 3;
            self.pause(150, 400);
        }
        self.cue(Cue::Take { slot, column, hand, count, tag });
        if linger > 0 {
            self.hand(hand, To::Store(way.at + Mm3::new(0.0, 0.0, 40.0)), 300);
            self.t += linger * 2 / 3;
        }
        self.withdraw(hand, way);
        self.bend(Bend { pitch: 0.45, ..Bend::default() });
        self.hand(hand, self.before_me(hand), 480);
        self.t += look;
        self.keep(hand, tag, keep);
    }

    pub(super) fn attempt(&mut self, slot: usize, hold: i64) {
        let Some(column) = self.column(slot, 1) else {
            self.look(slot, 1_000_000);
            return;
        };
        let hand = self.free_hand();
        let way = self.way_to_front(slot, column, hand);
        self.reach_in(hand, way);
        self.pause(100, 200);
        self.cue(Cue::Take { slot, column, hand, count: 1, tag: NAMELESS });
        self.hand(hand, To::Store(way.before), 300);
        self.t += hold;
        self.hand(hand, To::Store(way.at), 300);
        self.pause(60, 150);
        self.cue(Cue::PutBack { slot, column, tag: NAMELESS });
        self.withdraw(hand, way);
        self.hand(hand, To::Free, 600);
    }

    pub(super) fn take_both(&mut self, slots: [usize; 2], tags: [Tag; 2]) {
        let columns = slots.map(|slot| self.column(slot, 1));
        // The left hand takes what is farther left.
        let left = |slot: usize| self.local(self.scene.world.slot_front(slot)).y;
        let order = if left(slots[0]) >= left(slots[1]) { [0, 1] } else { [1, 0] };
        self.look(slots[0], 500_000);
        let (begin, mut end) = (self.t, self.t);
        for (hand, &i) in order.iter().enumerate() {
            let Some(column) = columns[i] else { continue };
            // From the same column: the second is behind the first.
            let way = self.way_to_front(slots[i], column, hand);
            self.t = begin;
            self.reach_in(hand, way);
            self.t = begin + 1_500_000;
            self.pause(0, 120);
            self.cue(Cue::Take { slot: slots[i], column, hand, count: 1, tag: tags[i] });
            self.withdraw(hand, way);
            self.hand(hand, self.before_me(hand), 500);
            end = end.max(self.t);
        }
        self.t = end;
        self.bend(Bend { pitch: 0.45, ..Bend::default() });
        self.t += 700_000;
        for (hand, &i) in order.iter().enumerate() {
            if columns[i].is_some() {
                self.keep(hand, tags[i], Keep::Bag);
            }
        }
    }

    pub(super) fn put_back(&mut self, slot: usize, tag: Tag) {
        let Some(spot) = self.where_is(tag) else { return };
        let hand = match spot {
            Spot::Hand { hand, .. } => hand,
            Spot::Stowed { place, .. } => self.fetch(tag, place),
            Spot::Shelf { .. } => return,
        };
        let columns = self.scene.goods.columns(slot).len();
        let room = (0..columns).find(|&c| self.scene.goods.room(slot, c) > 0);
        // Where all is full, it is squeezed in before the others.
        let least = || (0..columns).min_by_key(|&c| self.scene.goods.columns(slot)[c].len());
        let Some(column) = room.or_else(least) else {
            self.look(slot, 900_000);
            self.hand(hand, To::Free, 500);
            return;
        };
        let package = self.scene.tags[&tag][0];
        let article = self.scene.goods.get(package).map_or(0, |good| good.article);
        let rank = self.scene.goods.columns(slot)[column].len();
        let way = self.way(slot, hand, self.grip(slot, column, rank, article));
        self.look(slot, 500_000);
        self.reach_in(hand, way);
        self.touch(slot);
        self.cue(Cue::PutBack { slot, column, tag });
        self.withdraw(hand, way);
        self.hand(hand, To::Free, 700);
    }

    /// Gets something out of where it was put.
    fn fetch(&mut self, tag: Tag, place: Stow) -> usize {
        let hand = self.free_hand();
        let bag = if self.scene.handed == 0 { -1.0 } else { 1.0 };
        let to = match place {
            Stow::Bag => self.by_me(150.0, 200.0 * bag, 930.0),
            Stow::Pocket => self.by_me(60.0, if hand == 0 { 190.0 } else { -190.0 }, 900.0),
            Stow::Shirt => self.by_me(170.0, 0.0, 1_060.0),
        };
        self.bend(Bend { pitch: 0.5, lean: 0.08, ..Bend::default() });
        self.hand(hand, to, 650);
        self.pause(200, 500);
        self.cue(Cue::Unstow { tag, hand });
        self.hand(hand, self.before_me(hand), 550);
        hand
    }

    pub(super) fn rest(&mut self, slot: usize, force_mg: i64, us: i64) {
        let hand = self.free_hand();
        let place = self.scene.world.slot_front(slot) + Mm3::new(0.0, 0.0, 40.0);
        let way = self.way(slot, hand, place);
        self.look(slot, 400_000);
        self.reach_in(hand, way);
        self.cue(Cue::Press { slot, force_mg, for_us: us });
        self.t += us;
        self.withdraw(hand, way);
        self.hand(hand, To::Free, 700);
    }

    pub(super) fn restock(&mut self, slot: usize, count: usize) {
        let columns = self.scene.goods.columns(slot).len();
        let hand = self.scene.handed;
        let mut left = count;
        for column in 0..columns {
            for ahead in 0..self.scene.goods.room(slot, column).min(left) {
                let rank = self.scene.goods.columns(slot)[column].len() + ahead;
                let article = (self.scene.world.planogram.iter()).find(|stocking| stocking.slot == slot);
                let Some(article) = article.map(|stocking| stocking.article) else { return };
                let way = self.way(slot, hand, self.grip(slot, column, rank, article));
                self.reach_in(hand, way);
                self.pause(80, 200);
                self.cue(Cue::Restock { slot, column });
                self.withdraw(hand, way);
                self.bend(Bend { pitch: 0.5, lean: 0.3, ..Bend::default() });
                self.hand(hand, self.by_me(300.0, 0.0, 800.0), 500);
                left -= 1;
            }
        }
        self.hand(hand, To::Free, 500);
    }

    pub(super) fn tidy(&mut self, slot: usize) {
        let home = self.scene.world.planogram.iter().find(|s| s.slot == slot).map(|s| s.article);
        let strange = |column: &Vec<u32>| {
            let front = column.last().and_then(|&package| self.scene.goods.get(package));
            front.is_some_and(|good| Some(good.article) != home)
        };
        let Some(column) = self.scene.goods.columns(slot).iter().position(strange) else {
            self.look(slot, 800_000);
            return;
        };
        let hand = self.scene.handed;
        let way = self.way_to_front(slot, column, hand);
        self.reach_in(hand, way);
        self.touch(slot);
        self.cue(Cue::Clear { slot, column });
        self.withdraw(hand, way);
        self.hand(hand, To::Free, 700);
    }
}
