//! The lost: people who were given up inside the shop, and whoever appears and may be one of them.
//!
//! A track is in one place at a time: somebody who was given a place, even unseen, after the newcomer came is not the newcomer. And once
//! a newcomer is taken for somebody lost, no world may have that person elsewhere since.

use super::group::Group;
use super::person::Person;
use super::settings::StitchSettings;
use super::world::World;
use schemas::{Tick, TrackId};

/// Believed people who are gone and may come back, and what decides that.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    people: Vec<Person>,
    until_us: i64,
    reach: f64,
    stride: f64,
    likeness: f32,
}

impl Lost {
    pub fn new(s: &StitchSettings) -> Self {
        Self {
            people: Vec::new(),
            until_us: i64::from(s.return_ms) * 1000,
            reach: f64::from(s.return_mm),
            stride: f64::from(s.return_mm_per_s),
            likeness: s.likeness_permille as f32 / 1000.0,
        }
    }

    /// Somebody who is believed and was born at `since` or later may be somebody who was lost: the nearest of those who can have come so
    /// far. Who was lost at an entrance has left, and who came in through one is new.
    pub fn come_back(&mut self, now_us: i64, since: Tick, groups: &mut [Group]) {
        for gone in groups.iter().flat_map(|group| &group.best().gone) {
            // Of several times that somebody was lost, the last one counts.
            self.people.retain(|lost| lost.track != gone.track || lost.placed >= gone.placed);
            if !self.people.iter().any(|lost| lost.track == gone.track) {
                self.people.push(gone.clone());
            }
        }
        let alive: Vec<TrackId> = groups.iter().flat_map(|g| g.best().people.iter().map(|p| p.track)).collect();
        self.people.retain(|lost| now_us - lost.seen_us <= self.until_us && !alive.contains(&lost.track));
        let newcomers: Vec<Person> = (groups.iter().flat_map(|group| &group.best().people))
            .filter(|p| p.believed && p.track == p.born_as && p.born >= since && !p.passage.came_in)
            .cloned()
            .collect();
        for new in newcomers {
            let distance = |lost: &&Person| lost.body.distance(&new.body);
            let fits = self.people.iter().filter(|lost| !lost.passage.at_door && self.fits(lost, &new, now_us));
            let Some(lost) = fits.min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|lost| lost.track) else {
                continue;
            };
            self.people.retain(|person| person.track != lost);
            for group in groups.iter_mut() {
                let meanwhile = |p: &Person| p.track == lost && p.placed >= new.born;
                let elsewhere =
                    |world: &World| world.people.iter().any(|p| p.track == lost) || world.gone.iter().any(meanwhile);
                group.worlds.retain(|world| !elsewhere(world));
                let people = group.worlds.iter_mut().flat_map(|world| world.people.iter_mut().chain(&mut world.gone));
                people.filter(|p| p.track == new.track).for_each(|p| p.track = lost);
            }
        }
    }

    fn fits(&self, lost: &Person, new: &Person, now_us: i64) -> bool {
        let seconds = (now_us - lost.seen_us) as f64 / 1e6;
        let tall = (lost.body.state[4] - new.body.state[4]).abs();
        let doubt = (lost.body.cov[(4, 4)] + new.body.cov[(4, 4)]).max(0.0).sqrt();
        let like = match (&lost.look, &new.look) {
            (Some(a), Some(b)) => a.mean.cosine(&b.mean) >= self.likeness,
            _ => true,
        };
        let near = lost.body.distance(&new.body) <= self.reach + self.stride * seconds;
        lost.placed < new.born && like && tall <= 3.0 * doubt && near
    }
}
