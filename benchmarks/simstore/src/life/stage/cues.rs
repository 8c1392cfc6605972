//! Cues become happenings, if they can: a column may be empty by now, the other may be gone.

use super::{Actor, Cue, Stage, What};
use crate::goods::Spot;
use crate::life::Hand;

impl Stage {
    /// What a cue of the `i`-th actor makes happen.
    pub(super) fn cue(&mut self, actors: &mut [Actor], i: usize, cue: Cue) -> Vec<What> {
        let whats = self.happens(actors, i, cue);
        actors[i].missed |= whats.is_empty();
        whats
    }

    fn happens(&mut self, actors: &mut [Actor], i: usize, cue: Cue) -> Vec<What> {
        match cue {
            Cue::Take { slot, column, hand, count, tag } => {
                let front: Vec<_> = self.goods.columns(slot)[column].iter().rev().take(count).copied().collect();
                let actor = &mut actors[i];
                actor.missed |= front.len() < count;
                for &package in &front {
                    let article = self.goods.get(package).expect("a package on the shelf").article;
                    actor.holds[hand].push((article, package));
                }
                actor.tags.insert(tag, front.clone());
                front.into_iter().map(|package| What::Take { slot, column, package, hand }).collect()
            }
            Cue::PutBack { slot, column, tag } => {
                let mut whats = Vec::new();
                let room = self.goods.room(slot, column).max(1);
                for package in self.called(&actors[i], tag).into_iter().rev().take(room) {
                    if let Some(hand) = drop_from_hand(&mut actors[i], package) {
                        whats.push(What::PutBack { slot, column, package, hand });
                    }
                }
                whats
            }
            Cue::Stow { tag, place, hidden } => {
                let mut whats = Vec::new();
                for package in self.called(&actors[i], tag) {
                    if let Some(hand) = drop_from_hand(&mut actors[i], package) {
                        whats.push(What::Stow { package, hand, place, hidden });
                    }
                }
                whats
            }
            Cue::Unstow { tag, hand } => {
                let mut whats = Vec::new();
                for package in self.called(&actors[i], tag) {
                    let good = self.goods.get(package).expect("a package that is carried");
                    if let Spot::Stowed { place, .. } = good.spot {
                        actors[i].holds[hand].push((good.article, package));
                        whats.push(What::Unstow { package, hand, place });
                    }
                }
                whats
            }
            Cue::Give { tag, hand } => self.give(actors, i, tag, hand),
            Cue::Press { slot, force_mg, for_us } => vec![What::Press { slot, force_mg, for_us }],
            Cue::Scan { gate, party } => vec![What::Scan { gate, party }],
            Cue::Restock { slot, column } => {
                let package = self.goods.next_package();
                let room = self.goods.room(slot, column) > 0;
                if room { vec![What::Restock { slot, column, package }] } else { Vec::new() }
            }
            Cue::Clear { slot, column } => {
                let front = self.goods.columns(slot)[column].last().copied();
                front.map(|package| What::Clear { slot, column, package }).into_iter().collect()
            }
        }
    }

    /// Into the hand of the other, if they hold it out.
    fn give(&mut self, actors: &mut [Actor], i: usize, tag: u8, hand: usize) -> Vec<What> {
        let Some(partner) = actors[i].partner else { return Vec::new() };
        let Some(j) = actors.iter().position(|actor| actor.person.number == partner) else { return Vec::new() };
        let near = (actors[i].pose.at - actors[j].pose.at).norm() < 1_100.0;
        let held_out = (0..2).find(|&h| matches!(actors[j].pose.hands[h], Hand::At(_)));
        let (Some(to_hand), true) = (held_out, near) else { return Vec::new() };
        let mut whats = Vec::new();
        for package in self.called(&actors[i], tag) {
            let article = self.goods.get(package).expect("a package that is carried").article;
            if actors[i].holds[hand].iter().any(|held| held.1 == package) {
                drop_from_hand(&mut actors[i], package);
                actors[j].holds[to_hand].push((article, package));
                actors[j].tags.entry(tag).or_default().push(package);
                whats.push(What::HandOver { package, hand, to: partner, to_hand });
            }
        }
        whats
    }
}

/// Takes a package out of whichever hand has it.
fn drop_from_hand(actor: &mut Actor, package: u32) -> Option<usize> {
    let hand = (0..2).find(|&hand| actor.holds[hand].iter().any(|held| held.1 == package))?;
    actor.holds[hand].retain(|held| held.1 != package);
    Some(hand)
}
