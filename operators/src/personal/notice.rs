//! Notice: what members do, as it happens, as far as something is to be said to them: they come, stand at a shelf, are about to leave.
//! In: changes of Whereabouts and Attendance | Out: [`Noticed`], with its tick | Key: the shop: all of it meets in one core
//! State: where everybody is who was seen lately; visits of members that somebody attends
//! Time: in the tick in which it becomes known, which is `lag` after it was so; seen by frontier, never by clock.
//! Faults: none.
//!
//! What was noticed was so as far as anybody knew, and something may have been said because of it: it is not taken back when minds change.
//! A visit **comes** when somebody is first known to be of it. Somebody **stands** when they have moved less than `still_mm` for
//! `stopped_ms`; once for each place where they do. Which shelf they stand at is the rack whose slots have their fronts nearest. A visit
//! **leaves**, once, when somebody of it was inside and everybody of it who is seen is at a door. It is **gone** when nobody has attended it
//! for [`GONE_MS`]: `identify` lets go of a visit when nothing may change its receipt.

#[cfg(test)]
mod tests;

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, Outbox, Rows, Ticks};
use crate::identity::bind::Whereabouts;
use crate::identity::identify::Doorway;
use crate::shelf::dwell::DwellSettings;
use crate::shelf::shelving::SlotSpace;
use schemas::{
    Attendance, Attendee, EventTime, FloorPoint, MemberId, Planogram, SkuCode, Tick, TickLength, TrackId, VisitId,
    VisitKind,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::Map;

/// A visit that nobody attends for so long is gone.
pub const GONE_MS: u64 = 60_000;
/// Who was not seen for so long may be anywhere.
const SEEN_MS: u64 = 5_000;

/// What it must know.
#[derive(Clone, Debug)]
pub struct Noticing {
    /// Length of a tick.
    pub length: TickLength,
    /// Where people come and go.
    pub doorway: Doorway,
    /// Where slots are.
    pub slots: Vec<SlotSpace>,
    /// What lies in them.
    pub planogram: Planogram,
    /// When somebody stands.
    pub dwell: DwellSettings,
    /// Who stands within so many millimetres of the front of a slot is at it.
    pub shelf_mm: u32,
}

/// What was noticed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Noticed {
    /// A member's visit begins, at this time.
    Came(VisitId, MemberId, EventTime),
    /// A member stands at a shelf with these skus.
    Stands(VisitId, MemberId, Vec<SkuCode>),
    /// Everybody of a member's visit is back at the door.
    Leaves(VisitId, MemberId),
    /// The visit that began at this time is gone.
    Gone(VisitId, MemberId, EventTime),
}

/// Notices what members do.
pub fn notice<'s>(
    whereabouts: Rows<'s, Whereabouts>,
    attendances: Rows<'s, Attendance>,
    noticing: Noticing,
) -> Ticks<'s, (Tick, Noticed)> {
    let moved = changes(whereabouts, "Changes of whereabouts, to notice").map(Heard::Moved);
    let attends = changes(attendances, "Changes of attendance, to notice").map(Heard::Attends);
    by_tick(moved.concat(attends), Notice::new(noticing)).ok
}

/// What is heard. Attendances come first in a batch, and places in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Heard {
    Attends(Change<Attendance>),
    Moved(Change<Whereabouts>),
}

/// A visit that is attended.
#[derive(Clone, Debug)]
struct Present {
    member: MemberId,
    came: EventTime,
    tracks: BTreeSet<TrackId>,
    /// When it is gone, if nobody attends it before.
    gone: Option<Tick>,
    inside: bool,
    left: bool,
}

/// Somebody who is seen.
#[derive(Clone, Debug)]
struct Walker {
    last: Tick,
    at: FloorPoint,
    /// Where they stand, since when, and whether that was told.
    place: FloorPoint,
    since: Tick,
    told: bool,
}

/// The operator's core.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    noticing: Noticing,
    attended: BTreeMap<TrackId, BTreeMap<Attendee, i64>>,
    visits: BTreeMap<VisitId, Present>,
    walkers: BTreeMap<TrackId, Walker>,
}

impl Noticing {
    fn ticks(&self, ms: u64) -> u64 {
        (ms * 1000).div_ceil(self.length.us())
    }

    /// What lies in the slots at which somebody stands who is at `at`, sorted.
    fn shelf(&self, at: FloorPoint, now: EventTime) -> Vec<SkuCode> {
        let near = |slot: &'_ SlotSpace| slot.before_mm(at).filter(|mm| *mm <= f64::from(self.shelf_mm));
        let near: Vec<(f64, &SlotSpace)> = self.slots.iter().filter_map(|slot| Some((near(slot)?, slot))).collect();
        let Some((_, nearest)) = near.iter().min_by(|a, b| a.0.total_cmp(&b.0)) else { return Vec::new() };
        let rack = near.iter().filter(|(_, slot)| slot.is_of_rack(nearest));
        let stocked = rack.filter_map(|(_, slot)| self.planogram.at(&slot.slot, now)?.as_ref());
        let skus: BTreeSet<SkuCode> = stocked.map(|stocking| SkuCode::of(stocking.sku.as_str())).collect();
        skus.into_iter().collect()
    }
}

impl Notice {
    pub(crate) fn new(noticing: Noticing) -> Self {
        let (attended, visits, walkers) = Default::default();
        Self { noticing, attended, visits, walkers }
    }

    fn attend(&mut self, Change { row: Attendance { track, attendee }, diff }: Change<Attendance>) {
        let attendees = self.attended.entry(track).or_default();
        *attendees.entry(attendee).or_default() += diff;
        attendees.retain(|_, count| *count != 0);
        if attendees.is_empty() {
            self.attended.remove(&track);
        }
    }

    /// The member's visit of which a track is.
    fn of(&self, track: TrackId) -> Option<(VisitId, MemberId)> {
        let attendees = self.attended.get(&track)?.iter();
        let (attendee, _) = attendees.into_iter().find(|(_, count)| **count > 0)?;
        Some((attendee.visit, attendee.member.filter(|_| attendee.kind == VisitKind::Member)?))
    }

    /// Looks anew at who attends which of `visits`.
    fn meet(&mut self, tick: Tick, visits: &BTreeSet<VisitId>, out: &mut Outbox<(Tick, Noticed)>) {
        let mut found: BTreeMap<VisitId, (MemberId, BTreeSet<TrackId>)> = BTreeMap::new();
        for &track in self.attended.keys() {
            if let Some((visit, member)) = self.of(track).filter(|(visit, _)| visits.contains(visit)) {
                found.entry(visit).or_insert_with(|| (member, BTreeSet::new())).1.insert(track);
            }
        }
        for visit in visits {
            match (found.remove(visit), self.visits.get_mut(visit)) {
                (Some((member, tracks)), None) => {
                    let came = self.noticing.length.start(tick);
                    let present = Present { member, came, tracks, gone: None, inside: false, left: false };
                    self.visits.insert(*visit, present);
                    out.give((tick, Noticed::Came(*visit, member, came)));
                }
                (Some((_, tracks)), Some(present)) => (present.tracks, present.gone) = (tracks, None),
                (None, Some(present)) => {
                    present.tracks.clear();
                    present.gone = Some(Tick(tick.0 + self.noticing.ticks(GONE_MS)));
                }
                (None, None) => {}
            }
        }
    }

    /// Somebody is somewhere, as is known `now`; whether that is news.
    fn walk(&mut self, now: Tick, row: &Whereabouts) -> bool {
        let (tick, at, seen) = (row.tick, row.at, self.noticing.ticks(SEEN_MS));
        let known = self.walkers.get_mut(&row.track).filter(|walker| walker.last.0 + seen >= now.0);
        let Some(walker) = known else {
            self.walkers.insert(row.track, Walker { last: tick, at, place: at, since: tick, told: false });
            return true;
        };
        if tick <= walker.last {
            return false;
        }
        let Noticing { dwell, .. } = &self.noticing;
        let away = tick.0 - walker.last.0 > self.noticing.ticks(dwell.absence_ms.into());
        if away || walker.place.distance_mm(at) > f64::from(dwell.still_mm) {
            (walker.place, walker.since, walker.told) = (at, tick, false);
        }
        (walker.last, walker.at) = (tick, at);
        true
    }

    /// Tells what a member does who has moved.
    fn look(&mut self, tick: Tick, track: TrackId, out: &mut Outbox<(Tick, Noticed)>) {
        let Some((visit, member)) = self.of(track) else { return };
        let (noticing, Some(walker)) = (&self.noticing, self.walkers.get_mut(&track)) else { return };
        if !walker.told && walker.last.0 + 1 - walker.since.0 >= noticing.ticks(noticing.dwell.stopped_ms.into()) {
            let skus = noticing.shelf(walker.at, noticing.length.start(walker.last));
            if !skus.is_empty() {
                walker.told = true;
                out.give((tick, Noticed::Stands(visit, member, skus)));
            }
        }
        let at_door = |track: &TrackId| {
            let seen = self.walkers.get(track)?;
            (seen.last.0 + noticing.ticks(SEEN_MS) >= tick.0).then(|| noticing.doorway.at_door(seen.at))
        };
        let Some(present) = self.visits.get_mut(&visit) else { return };
        let doors: Vec<bool> = present.tracks.iter().filter_map(at_door).collect();
        present.inside |= doors.contains(&false);
        if present.inside && !present.left && !doors.contains(&false) {
            present.left = true;
            out.give((tick, Noticed::Leaves(visit, member)));
        }
    }
}

impl ByTick for Notice {
    type In = Heard;
    type Out = (Tick, Noticed);
    const NAME: &'static str = "Notice";

    fn route(_heard: &Heard) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Heard>, out: &mut Outbox<Self::Out>) -> Option<Tick> {
        let (mut visits, mut moved) = (BTreeSet::new(), BTreeSet::new());
        for heard in batch {
            match heard {
                Heard::Attends(change) => {
                    let track = change.row.track;
                    visits.extend(self.of(track).map(|(visit, _)| visit));
                    self.attend(change);
                    visits.extend(self.of(track).map(|(visit, _)| visit));
                }
                Heard::Moved(Change { row, diff }) if diff > 0 && self.walk(tick, &row) => {
                    moved.insert(row.track);
                }
                Heard::Moved(_) => {}
            }
        }
        self.meet(tick, &visits, out);
        for track in moved {
            self.look(tick, track, out);
        }
        for (visit, present) in self.visits.extract_if(.., |_, present| present.gone.is_some_and(|gone| gone <= tick)) {
            out.give((tick, Noticed::Gone(visit, present.member, present.came)));
        }
        let seen = self.noticing.ticks(SEEN_MS);
        self.walkers.retain(|_, walker| walker.last.0 + seen >= tick.0);
        self.visits.values().filter_map(|present| present.gone).min()
    }
}
