//! What is told of the worlds: steps, once, and whose they are, as often as the likeliest worlds change.
//!
//! A step belongs to a stretch, and worlds differ in whose stretch it is ([`super::group::tell`]). So a step never changes; when another
//! world becomes the likeliest, the stretches that it gives to others are retracted and asserted anew, those it does not know are
//! withdrawn, and what it told aside is told. Steps of somebody not yet believed are held back, and given when they are.

use super::group::Group;
use super::person::{Footprint, Person};
use crate::flow::Outbox;
use schemas::{Binding, Rebinding, Step, Stitched, StretchId, Tick, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// What was told so far, as far back as it may change.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    /// Whose stretch it was said to be, and when that was last of interest.
    bound: BTreeMap<StretchId, (TrackId, Tick)>,
    /// What was told aside and then told, by tick.
    told: BTreeSet<(Tick, StretchId)>,
    /// Steps of people not yet believed.
    held: BTreeMap<StretchId, Vec<Step>>,
}

/// From when each stretch is, and whose.
pub(super) type Owners = BTreeMap<StretchId, (Tick, TrackId)>;

/// The owners of all stretches in the likeliest worlds.
pub(super) fn owners(groups: &[Group]) -> Owners {
    let prints = believed(groups).flat_map(|person| person.trail.iter().map(|print| (print, person.track)));
    prints.map(|(print, track)| (print.stretch, (print.from, track))).collect()
}

fn believed(groups: &[Group]) -> impl Iterator<Item = &Person> {
    let worlds = groups.iter().map(Group::best);
    worlds.flat_map(|world| world.people.iter().chain(&world.gone)).filter(|person| person.believed)
}

impl Story {
    /// Tells what the likeliest worlds say at `tick`, where `before` were the owners. Stretches that began before `horizon` stay whose they
    /// are; steps held back from before `oldest` are not told.
    pub fn tell(
        &mut self,
        groups: &[Group],
        before: &Owners,
        tick: Tick,
        (horizon, oldest): (Tick, Tick),
        visible: impl Fn(&Person) -> bool,
        out: &mut Outbox<Stitched>,
    ) {
        let now = owners(groups);
        for (stretch, (from, _)) in before.iter().filter(|(stretch, _)| !now.contains_key(stretch)) {
            if *from >= horizon
                && let Some((track, _)) = self.bound.remove(stretch)
            {
                say(*stretch, track, -1, out);
            }
        }
        for person in believed(groups) {
            for Footprint { from, stretch, aside } in person.trail.iter().filter(|print| print.from >= horizon) {
                if let Some(step) = aside
                    && self.told.insert((*from, *stretch))
                {
                    self.held.insert(*stretch, vec![(**step).clone()]);
                }
            }
        }
        // What began before the horizon stays whose it is; only a present stretch may be old and never have been told of.
        for (stretch, (_, track)) in now.into_iter().filter(|(_, (from, _))| *from >= horizon) {
            self.bind(stretch, track, tick, out);
        }
        for person in groups.iter().flat_map(|group| &group.best().people) {
            match self.bound.get_mut(&person.stretch) {
                Some(bound) => bound.1 = tick,
                None if person.believed => self.bind(person.stretch, person.track, tick, out),
                None => {}
            }
            if visible(person) {
                self.held.entry(person.stretch).or_default().push(person.step(tick));
            }
        }
        let bound = &self.bound;
        self.held.retain(|stretch, steps| {
            if bound.contains_key(stretch) {
                steps.drain(..).for_each(|step| out.give(Stitched::Step(step)));
            }
            steps.retain(|step| step.tick >= oldest);
            !steps.is_empty()
        });
        self.bound.retain(|_, (_, last)| *last >= horizon);
        self.told.retain(|(from, _)| *from >= horizon);
    }

    fn bind(&mut self, stretch: StretchId, track: TrackId, tick: Tick, out: &mut Outbox<Stitched>) {
        match self.bound.insert(stretch, (track, tick)) {
            Some((before, _)) if before == track => {}
            Some((before, _)) => {
                say(stretch, before, -1, out);
                say(stretch, track, 1, out);
            }
            None => say(stretch, track, 1, out),
        }
    }
}

fn say(stretch: StretchId, track: TrackId, diff: i64, out: &mut Outbox<Stitched>) {
    out.give(Stitched::Rebind(Rebinding { binding: Binding { stretch, track }, diff }));
}
