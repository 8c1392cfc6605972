//! Keep: holds what carts are made of until their visits are past review, and then takes it away.
//! In: collections of Interaction, Attendance and Closing | Out: collections of Interaction and Attendance | Key: the shop
//! State: interactions and attendances of open visits, and of closed ones until `review_horizon_ms` after they closed
//! Time: seen by frontier, never by clock.
//! Faults: none.
//!
//! `identify` takes an attendance away when its track is over and can tell nothing more; the cart needs it until the visit can be
//! corrected no more. So an attendance that goes and does not come anew in the same tick stands as it was. An interaction that goes
//! was a mistake, and goes.
//!
//! **What is taken away is no correction**: it goes one tick after [`crate::ledger::settle`] has forgotten the visit. Where nothing
//! says that a visit is over, `review_horizon_ms` after the last of its tracks has gone; and interactions that are in nobody's cart
//! so long after they were told.

#[cfg(test)]
mod tests;

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, DataflowTime, Outbox, Rows};
use crate::ledger::settle::Settling;
use differential_dataflow::AsCollection;
use schemas::{Attendance, Attendee, Closing, Interaction, InteractionId, Tick, TrackId, VisitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Concat, OkErr};

/// What carts are made of.
pub struct Kept<'s> {
    /// Interactions that may still count.
    pub interactions: Rows<'s, Interaction>,
    /// Whose track it is, as long as it may still count.
    pub attendances: Rows<'s, Attendance>,
}

/// Keeps `interactions` and `attendances` until their visits, by `closings`, are past review.
pub fn keep<'s>(
    interactions: Rows<'s, Interaction>,
    attendances: Rows<'s, Attendance>,
    closings: Rows<'s, Closing>,
    settling: Settling,
) -> Kept<'s> {
    let told = changes(interactions, "Changes of interactions").map(Told::Interaction);
    let attends = changes(attendances, "Changes of attendances").map(Told::Attendance);
    let closed = changes(closings, "Changes of closings to keep").map(Told::Closing);
    let kept = by_tick(told.concat(attends).concat(closed), Keep::new(settling)).ok;
    let (interactions, attendances) = kept.ok_err(|(row, tick, diff)| match row {
        Holds::Interaction(row) => Ok((row, tick, diff)),
        Holds::Attendance(row) => Err((row, tick, diff)),
    });
    Kept { interactions: interactions.as_collection(), attendances: attendances.as_collection() }
}

/// What it hears. Closings come first in a tick, then attendances.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Told {
    Closing(Change<Closing>),
    Attendance(Change<Attendance>),
    Interaction(Change<Interaction>),
}

/// What it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holds {
    Attendance(Attendance),
    Interaction(Interaction),
}

/// An update of what it holds.
type Update = (Holds, DataflowTime, isize);

/// Whose track it is.
#[derive(Clone, Copy, Debug)]
struct Standing {
    attendee: Attendee,
    /// Since when it is told no more.
    gone: Option<Tick>,
}

/// The operator's core.
#[derive(Debug)]
pub(crate) struct Keep {
    settling: Settling,
    tracks: BTreeMap<TrackId, Standing>,
    /// The tracks of each visit.
    visits: BTreeMap<VisitId, BTreeSet<TrackId>>,
    /// When each visit is forgotten that has closed.
    forget: BTreeMap<VisitId, Tick>,
    /// Interactions, with when they are to go if they are in nobody's cart.
    interactions: BTreeMap<InteractionId, (Interaction, Tick)>,
    /// Interactions of each track; of none those that nobody known did.
    deeds: BTreeMap<Option<TrackId>, BTreeSet<InteractionId>>,
    /// What has to be looked at, and when: tracks, visits without any, and interactions.
    due: BTreeSet<(Tick, Due)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Track(TrackId),
    Visit(VisitId),
    Interaction(InteractionId),
}

impl Keep {
    pub(crate) fn new(settling: Settling) -> Self {
        let (tracks, visits, forget) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (interactions, deeds, due) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { settling, tracks, visits, forget, interactions, deeds, due }
    }

    /// Rows that it holds.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.tracks.len() + self.visits.len() + self.forget.len() + self.interactions.len() + self.deeds.len()
    }

    fn horizon(&self) -> u64 {
        (1000 * u64::from(self.settling.settings.review_horizon_ms)).div_ceil(self.settling.length.us())
    }

    /// The tracks of a visit.
    fn of_visit(&self, visit: VisitId) -> impl Iterator<Item = (TrackId, &Standing)> {
        let tracks = self.visits.get(&visit).into_iter().flatten();
        tracks.filter_map(|track| Some((*track, self.tracks.get(track)?)))
    }

    /// When a track is to go; none while it is told, and while others of an open visit are.
    fn end(&self, standing: &Standing) -> Option<Tick> {
        let (gone, visit) = (standing.gone?, standing.attendee.visit);
        if let Some(forget) = self.forget.get(&visit) {
            return Some(Tick(gone.max(*forget).0 + 1));
        }
        let last = self.of_visit(visit).try_fold(gone, |last, (_, other)| Some(last.max(other.gone?)))?;
        Some(Tick(last.0 + self.horizon()))
    }

    /// Notes when the tracks of a visit are to go.
    fn look_at(&mut self, visit: VisitId) {
        let ends = self.of_visit(visit).filter_map(|(track, standing)| Some((self.end(standing)?, Due::Track(track))));
        let ends: Vec<_> = ends.collect();
        self.due.extend(ends);
    }

    fn close_visit(&mut self, now: Tick, Change { row, diff }: &Change<Closing>) {
        if *diff > 0 {
            let forget = self.settling.forget(row, now);
            self.forget.insert(row.visit, forget);
            self.due.insert((Tick(forget.0 + 1), Due::Visit(row.visit)));
        } else {
            self.forget.remove(&row.visit);
        }
        self.look_at(row.visit);
    }

    fn attend(&mut self, now: Tick, Change { row, diff }: Change<Attendance>, out: &mut Vec<Update>) {
        let Attendance { track, attendee } = row;
        if diff < 0 {
            if let Some(standing) = self.tracks.get_mut(&track).filter(|standing| standing.attendee == attendee) {
                standing.gone = Some(now);
                self.look_at(attendee.visit);
            }
            return;
        }
        let before = self.tracks.insert(track, Standing { attendee, gone: None }).map(|standing| standing.attendee);
        if before != Some(attendee) {
            self.unlist(track, before);
            self.visits.entry(attendee.visit).or_default().insert(track);
            let row = |attendee| Holds::Attendance(Attendance { track, attendee });
            out.extend(before.map(|before| (row(before), now.0, -1)));
            let left = before.map(|before| Due::Visit(before.visit));
            self.due.extend(left.map(|visit| (Tick(now.0 + 1), visit)));
            before.into_iter().for_each(|before| self.look_at(before.visit));
            out.push((row(attendee), now.0, 1));
        }
    }

    /// Takes a track off the list of its visit.
    fn unlist(&mut self, track: TrackId, attendee: Option<Attendee>) {
        let Some(visit) = attendee.map(|attendee| attendee.visit) else { return };
        if let Some(tracks) = self.visits.get_mut(&visit) {
            tracks.remove(&track);
            if tracks.is_empty() {
                self.visits.remove(&visit);
            }
        }
    }

    fn interact(&mut self, now: Tick, Change { row, diff }: Change<Interaction>, out: &mut Vec<Update>) {
        if diff < 0 {
            if self.interactions.get(&row.id).is_some_and(|(held, _)| *held == row) {
                self.drop_interaction(now, row.id, out);
            }
            return;
        }
        self.drop_interaction(now, row.id, out);
        let end = Tick(now.0 + self.horizon());
        self.due.insert((end, Due::Interaction(row.id)));
        self.deeds.entry(row.track).or_default().insert(row.id);
        self.interactions.insert(row.id, (row.clone(), end));
        out.push((Holds::Interaction(row), now.0, 1));
    }

    fn drop_interaction(&mut self, now: Tick, id: InteractionId, out: &mut Vec<Update>) {
        let Some((row, _)) = self.interactions.remove(&id) else { return };
        if let Some(deeds) = self.deeds.get_mut(&row.track) {
            deeds.remove(&id);
            if deeds.is_empty() {
                self.deeds.remove(&row.track);
            }
        }
        out.push((Holds::Interaction(row), now.0, -1));
    }

    fn take_away(&mut self, now: Tick, due: Due, out: &mut Vec<Update>) {
        match due {
            Due::Track(track) => {
                let Some(standing) = self.tracks.get(&track).copied() else { return };
                match self.end(&standing) {
                    Some(end) if end <= now => {}
                    Some(end) => {
                        self.due.insert((end, due));
                        return;
                    }
                    None => return,
                }
                self.tracks.remove(&track);
                self.unlist(track, Some(standing.attendee));
                let row = Attendance { track, attendee: standing.attendee };
                out.push((Holds::Attendance(row), now.0, -1));
                let deeds: Vec<InteractionId> = self.deeds.get(&Some(track)).into_iter().flatten().copied().collect();
                deeds.into_iter().for_each(|id| self.drop_interaction(now, id, out));
                self.due.insert((Tick(now.0 + 1), Due::Visit(standing.attendee.visit)));
            }
            Due::Visit(visit) => {
                let over = self.forget.get(&visit).is_some_and(|forget| *forget < now);
                if over && !self.visits.contains_key(&visit) {
                    self.forget.remove(&visit);
                }
            }
            Due::Interaction(id) => {
                let Some((row, end)) = self.interactions.get(&id) else { return };
                let stands = row.track.is_some_and(|track| self.tracks.contains_key(&track));
                if *end <= now && !stands {
                    self.drop_interaction(now, id, out);
                }
            }
        }
    }
}

impl ByTick for Keep {
    type In = Told;
    type Out = Update;
    const NAME: &'static str = "Keep";

    fn route(_told: &Told) -> u64 {
        // A closing concerns every track of its visit, and these their interactions.
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Told>, out: &mut Outbox<Update>) -> Option<Tick> {
        let mut updates = Vec::new();
        // What goes first, then what comes: a row that is replaced is not taken away.
        let goes = |told: &Told| match told {
            Told::Closing(change) => change.diff < 0,
            Told::Attendance(change) => change.diff < 0,
            Told::Interaction(change) => change.diff < 0,
        };
        let (going, coming): (Vec<_>, Vec<_>) = batch.into_iter().partition(goes);
        for told in going.into_iter().chain(coming) {
            match told {
                Told::Closing(change) => self.close_visit(tick, &change),
                Told::Attendance(change) => self.attend(tick, change, &mut updates),
                Told::Interaction(change) => self.interact(tick, change, &mut updates),
            }
        }
        while let Some(&(due, what)) = self.due.first()
            && due <= tick
        {
            self.due.pop_first();
            self.take_away(tick, what, &mut updates);
        }
        differential_dataflow::consolidation::consolidate_updates(&mut updates);
        out.ok.extend(updates);
        self.due.first().map(|&(due, _)| due)
    }
}
