//! Hard kinds as stops: what makes it hard to tell who took what. One file for each group: alone at a shelf, hiding, in pairs.

mod hide;
mod pair;
mod shelf;

use super::places;
use super::plan::{Act, Keep, Meeting, Stop, Tag};
use crate::scenario::Hard;
use crate::world::World;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Whether a kind takes two people.
pub fn takes_two(hard: Hard) -> bool {
    use Hard::{CrossingHands, HandOver, Neighbours, SameArticle, SameClothes, SwapPlaces};
    matches!(hard, Neighbours | CrossingHands | SameArticle | HandOver | SwapPlaces | SameClothes)
}

/// What plans are made from.
pub struct Planner<'a> {
    /// The shop.
    pub world: &'a World,
    /// Where numbers come from.
    pub random: &'a mut ChaCha8Rng,
}

impl Planner<'_> {
    /// A stocked slot.
    pub fn any_slot(&mut self) -> usize {
        self.world.planogram[self.random.random_range(0..self.world.planogram.len())].slot
    }

    /// The article of a slot.
    pub fn article(&self, slot: usize) -> Option<usize> {
        self.world.planogram.iter().find(|stocking| stocking.slot == slot).map(|stocking| stocking.article)
    }

    /// A slot with this article.
    pub fn slot_of(&mut self, article: usize) -> Option<usize> {
        let slots: Vec<usize> = self.world.planogram.iter().filter(|s| s.article == article).map(|s| s.slot).collect();
        (!slots.is_empty()).then(|| slots[self.random.random_range(0..slots.len())])
    }

    /// A stop before a slot.
    pub fn stop(&mut self, slot: usize, acts: Vec<Act>) -> Stop {
        let (aside, distance) = (self.random.random_range(-130.0..130.0), self.random.random_range(335.0..385.0));
        let (stand, heading) = places::before(self.world, slot, aside, distance);
        Stop { stand, heading, meeting: None, acts, goes_on: false, hard: None }
    }

    /// An everyday take.
    pub fn take(&mut self, slot: usize, count: usize, tag: Tag, keep: Keep) -> Act {
        let look_us = 1_000 * self.random.random_range(300..1_800);
        Act::Take { slot, count, tag, linger_us: 0, look_us, keep }
    }

    /// What somebody does alone, beginning with this slot; tags from `tag` to `tag + 1` are its own. Kinds that take two are
    /// everyday takes here.
    pub fn alone(&mut self, hard: Hard, slot: usize, tag: Tag) -> Vec<Stop> {
        let mut stops = match hard {
            Hard::WrongSlot => self.wrong_slot(slot, tag),
            Hard::EqualWeight => self.equal_weight(slot, tag),
            Hard::RightSlot => self.right_slot(slot, tag),
            Hard::TwoAtOnce => self.two_at_once(slot, tag),
            Hard::TakeAndReturn => self.take_and_return(slot),
            Hard::RestingHand => self.resting_hand(slot, tag),
            Hard::HeldLong => self.held_long(slot, tag),
            Hard::Shirt => self.hide(slot, tag, Keep::HideShirt),
            Hard::Pocket => self.hide(slot, tag, Keep::HidePocket),
            Hard::Bag => self.hide(slot, tag, Keep::HideBag),
            _ => {
                let act = self.take(slot, 1, tag, Keep::Bag);
                vec![self.stop(slot, vec![act])]
            }
        };
        if !takes_two(hard) {
            whole(&mut stops, hard);
        }
        stops
    }

    /// What two people do together; the meeting's number and the next are theirs.
    pub fn together(&mut self, hard: Hard, number: u32, tag: Tag) -> [Vec<Stop>; 2] {
        let mut both = match hard {
            Hard::Neighbours => {
                let slots = self.neighbours();
                self.side_by_side(number, tag, slots, false)
            }
            Hard::CrossingHands => {
                let slots = self.neighbours();
                self.side_by_side(number, tag, slots, true)
            }
            Hard::SameArticle => {
                let slot = self.any_slot();
                self.side_by_side(number, tag, [slot; 2], false)
            }
            Hard::HandOver => self.hand_over(number, tag),
            Hard::SwapPlaces => self.swap_places(number),
            _ => {
                let slots = [self.any_slot(), self.any_slot()];
                slots.map(|slot| self.alone(hard, slot, tag))
            }
        };
        for stops in &mut both {
            whole(stops, hard);
        }
        both
    }

    fn meeting(number: u32, delay_us: i64) -> Option<Meeting> {
        Some(Meeting { number, delay_us })
    }
}

/// Makes stops one whole: the kind is done with the last of them, if none was missed.
fn whole(stops: &mut [Stop], hard: Hard) {
    stops.iter_mut().skip(1).for_each(|stop| stop.goes_on = true);
    stops.last_mut().expect("at least one stop").hard = Some(hard);
}
