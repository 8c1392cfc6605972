//! Register: who is in the shop on whose account, folded tick by tick. Pure and in order of time; the operator around it runs it again
//! from where something changed ([`super::Identify`]), so nothing here knows of corrections.
//!
//! A **code** opens a visit. Whoever stands at the reader is its holder until somebody comes in: the first to cross the line after a
//! code came in on it, holder or not, for in a queue the nearest to the reader may be the next one. The rest of a **party** are those
//! who cross after, while there are places left. Who crosses and finds no place is a **tailgater**. Who appears inside is, if it can
//! be, somebody of whom sight was lost (**missing**), near where they may have got to; else they came in by the gate they appear at, or
//! nothing explains them. Who crosses the line outwards, or is lost sight of at a door, has **left**; who is missing for long is **lost**.

mod admit;
mod open;
mod place;

pub use open::{Guest, Open, State};

use super::doorway::{Doorway, Side};
use super::settings::IdentifySettings;
use schemas::{
    Alert, AlertKind, Attendee, CheckedScan, Closing, CodeId, EventTime, FloorPoint, GateId, ScanOutcome, Tick,
    TickLength, TrackId, Visit, VisitEnd, VisitId, VisitKind, Way,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that does not change.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Length of a tick.
    pub tick: TickLength,
    /// Gates and zones; without gates there are no visits.
    pub doorway: Doorway,
    /// Whether gates ask for codes.
    pub asks_codes: bool,
    /// Settings.
    pub settings: IdentifySettings,
    /// A track that has no position for longer than this is over, in ticks.
    pub silence: u64,
    /// Who was of a visit is known for so many ticks after it closed: until nothing may change its receipt.
    pub keep: u64,
}

impl Rules {
    /// A shop without gates or zones.
    pub fn new(tick: TickLength, settings: IdentifySettings, silence: u64) -> Self {
        Self { tick, doorway: Doorway::default(), asks_codes: true, settings, silence, keep: 0 }
    }

    /// So many whole ticks as `ms` needs.
    pub fn ticks(&self, ms: u32) -> u64 {
        (u64::from(ms) * 1000).div_ceil(self.tick.us())
    }

    /// After how many ticks a track that is not seen is forgotten.
    fn forget(&self) -> u64 {
        self.silence.max(self.ticks(self.settings.settle_ms)) + 1
    }
}

/// A track at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Who.
    pub track: TrackId,
    /// Where.
    pub at: FloorPoint,
    /// Estimated height in millimetres.
    pub height_mm: u32,
}

/// A row that is certain once what it was made of is final.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certain {
    /// A visit is over.
    Visit(Visit),
    /// A code was shown.
    Scan(ScanOutcome),
    /// Something to know.
    Alert(Alert),
}

/// How somebody came to be inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    tick: Tick,
    /// None where they appeared away from gates.
    gate: Option<GateId>,
    /// Whether they were seen outside before.
    crossed: bool,
}

/// A track that is seen, or was a short time ago.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    first: Tick,
    last: Tick,
    at: FloorPoint,
    height_mm: u32,
    /// The last side on which they certainly were; before that, between.
    side: Side,
    /// On which side they are to within nothing, and since when: that is when they crossed, once they certainly have.
    nearly: (Side, Tick),
    /// Whether they were at a door.
    at_door: bool,
    entry: Option<Entry>,
    /// Visit and number of the guest that they are; the visit may be over.
    guest: Option<(VisitId, usize)>,
    /// The same, as it is told.
    attendee: Option<Attendee>,
}

impl Person {
    fn bind(&mut self, visit: VisitId, guest: usize, open: &Open) {
        (self.guest, self.attendee) = (Some((visit, guest)), Some(open.attendee(visit, guest)));
    }

    fn unbind(&mut self) {
        (self.guest, self.attendee) = (None, None);
    }
}

/// A visit that is over, while something may still change its receipt.
#[derive(Debug)]
struct Past {
    closing: Closing,
    /// Until when.
    until: Tick,
    tracks: Vec<(TrackId, Attendee)>,
}

/// The state.
#[derive(Clone, Debug)]
pub struct Register {
    rules: Arc<Rules>,
    people: BTreeMap<TrackId, Person>,
    visits: BTreeMap<VisitId, Open>,
    past: BTreeMap<VisitId, Arc<Past>>,
    /// Codes that were let in, until they are void.
    used: BTreeMap<CodeId, EventTime>,
}

impl Register {
    /// An empty shop.
    pub fn new(rules: Arc<Rules>) -> Self {
        let (people, visits, past, used) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { rules, people, visits, past, used }
    }

    /// Whether nothing can happen until somebody is seen or a code is shown.
    pub fn is_idle(&self) -> bool {
        self.people.is_empty() && self.visits.is_empty() && self.past.is_empty()
    }

    /// Whose track it is.
    pub fn attendee(&self, track: TrackId) -> Option<Attendee> {
        self.people.get(&track)?.attendee
    }

    /// Whose tracks they are: of who is seen, of who was seen in a visit that goes on, and of visits that are over but may still change.
    pub fn attendances(&self) -> BTreeMap<TrackId, Attendee> {
        let mut all: BTreeMap<_, _> = self.past.values().flat_map(|past| past.tracks.iter().copied()).collect();
        all.extend(self.visits.iter().flat_map(|(&id, open)| open.attendances(id)));
        all.extend(self.people.iter().filter_map(|(&track, person)| Some((track, person.attendee?))));
        all
    }

    /// Visits that are over but may still change.
    pub fn closings(&self) -> impl Iterator<Item = Closing> {
        self.past.values().map(|past| past.closing)
    }

    /// The next tick, complete: every tick must come while the register is not idle.
    pub fn step(&mut self, tick: Tick, places: &[Place], scans: &[CheckedScan], out: &mut Vec<Certain>) {
        for place in places {
            self.see(tick, place);
        }
        for scan in scans {
            self.scan(tick, scan, out);
        }
        self.place_newcomers(tick, out);
        self.miss(tick, out);
        self.close(tick, out);
        self.forget(tick);
    }

    fn start(&self, tick: Tick) -> EventTime {
        self.rules.tick.start(tick)
    }

    /// Somebody is at a place.
    fn see(&mut self, tick: Tick, &Place { track, at, height_mm }: &Place) {
        let rules = self.rules.clone();
        let (side, nearly) = (rules.doorway.side(at, rules.settings.over_mm), rules.doorway.side(at, 0));
        let at_door = rules.doorway.at_door(at);
        let gate_for = |way: Way| rules.doorway.nearest(at, |gate| gate.ways.allow(way));
        let appeared = |tick| {
            let near = gate_for(Way::In).filter(|(_, off)| *off <= f64::from(rules.settings.near_gate_mm));
            let gate = near.filter(|_| at_door).map(|(gate, _)| gate.id);
            Entry { tick, gate, crossed: false }
        };
        let Some(person) = self.people.get_mut(&track) else {
            let entry = (side == Side::Inside).then(|| appeared(tick));
            let (first, last, nearly) = (tick, tick, (nearly, tick));
            let person =
                Person { first, last, at, height_mm, side, nearly, at_door, entry, guest: None, attendee: None };
            self.people.insert(track, person);
            return;
        };
        (person.last, person.at, person.height_mm) = (tick, at, height_mm);
        if nearly != person.nearly.0 {
            person.nearly = (nearly, tick);
        }
        let (before, since) = (person.side, person.nearly.1);
        if side != Side::Between {
            person.side = side;
        }
        let (came, went) =
            (side == Side::Inside && before != Side::Inside, side == Side::Outside && before == Side::Inside);
        if came {
            let gate = gate_for(Way::In).map(|(gate, _)| gate.id);
            let crossed = person.at_door || at_door;
            person.entry = Some(if crossed { Entry { tick: since, gate, crossed } } else { appeared(tick) });
        }
        if went {
            person.entry = None;
        }
        person.at_door |= at_door;
        let Some((id, guest)) = person.guest else { return };
        let Some(visit) = self.visits.get_mut(&id) else {
            // The visit is over: who is inside now is there on nobody's account.
            if side == Side::Inside {
                person.unbind();
            }
            return;
        };
        if went {
            let gate = gate_for(Way::Out).map(|(gate, _)| gate.id);
            visit.leave(guest, since, gate);
        } else if side == Side::Inside || before == Side::Inside {
            let entered = if came { since } else { tick };
            let adopted = visit.be_inside(guest, track, entered, at, &rules);
            if let Some(other) = adopted.and_then(|other| self.people.get_mut(&other)) {
                other.unbind();
            }
        }
    }

    /// Who is not seen: missing, gone through a door, or lost.
    fn miss(&mut self, tick: Tick, out: &mut Vec<Certain>) {
        let rules = self.rules.clone();
        let mut alerts = Vec::new();
        for (&id, visit) in &mut self.visits {
            for guest in &mut visit.guests {
                if !matches!(guest.state, State::Inside | State::Missing) {
                    continue;
                }
                if let Some(person) = self.people.get(&guest.track) {
                    (guest.seen, guest.at, guest.height_mm) = (person.last, person.at, person.height_mm);
                }
                let unseen = tick.0 - guest.seen.0;
                if unseen <= rules.ticks(rules.settings.missing_ms) {
                    continue;
                }
                guest.state = State::Missing;
                if rules.doorway.at_door(guest.at) && unseen >= rules.ticks(rules.settings.leave_ms) {
                    let gate = rules.doorway.nearest(guest.at, |gate| gate.ways.allow(Way::Out));
                    guest.state = State::Left { tick: guest.seen, gate: gate.map(|(gate, _)| gate.id) };
                } else if unseen >= rules.ticks(rules.settings.lost_ms) {
                    guest.state = State::Lost;
                    if visit.kind == VisitKind::Anonymous {
                        continue;
                    }
                    let (event_time, raised_at) = (rules.tick.start(guest.seen), rules.tick.start(tick));
                    let (visit, track, zone) = (Some(id), Some(guest.track), rules.doorway.zone(guest.at));
                    let alert = Alert::new(AlertKind::Lost, event_time, raised_at);
                    alerts.push(Certain::Alert(Alert { visit, track, zone, ..alert }));
                }
            }
        }
        out.append(&mut alerts);
    }

    /// Visits that are over.
    fn close(&mut self, tick: Tick, out: &mut Vec<Certain>) {
        let rules = self.rules.clone();
        for (id, visit) in self.visits.extract_if(.., |_, visit| visit.is_over(tick, &rules)) {
            let lost = visit.guests.iter().filter(|guest| guest.state == State::Lost).count();
            let people = visit.guests.iter().filter(|guest| guest.state != State::Expected).count();
            let end = match (people, lost) {
                (0, _) => VisitEnd::NoEntry,
                (_, 0) => VisitEnd::Left,
                _ => VisitEnd::Lost,
            };
            let last = visit.guests.iter().filter_map(Guest::gone).max();
            let closed_at = rules.tick.start(tick);
            let left_at = last.map(|(tick, _)| rules.tick.start(tick));
            let (kind, member) = (visit.kind, visit.member);
            let closing = Closing {
                visit: id,
                kind,
                member,
                end,
                left_at: left_at.unwrap_or(closed_at),
                closed_at,
                decided: None,
            };
            let until = Tick(tick.0 + rules.keep);
            self.past.insert(id, Arc::new(Past { closing, until, tracks: visit.attendances(id).collect() }));
            let mut tracks: Vec<TrackId> = visit.guests.iter().flat_map(|guest| guest.tracks.iter().copied()).collect();
            tracks.sort();
            tracks.dedup();
            out.push(Certain::Visit(Visit {
                id,
                kind: visit.kind,
                member: visit.member,
                gate_in: visit.gate_in,
                gate_out: last.and_then(|(_, gate)| gate),
                scanned_at: visit.scanned_at,
                entered_at: visit.entered.map(|entered| rules.tick.start(entered)),
                left_at,
                closed_at,
                end,
                party: visit.party,
                people: u32::try_from(people).unwrap_or(u32::MAX),
                lost: u32::try_from(lost).unwrap_or(u32::MAX),
                path_mm: (visit.path_um + 500) / 1000,
                zone_first: visit.zone_first,
                zone_last: visit.zone_last,
                tracks,
            }));
        }
    }

    /// Tracks that nothing more can come of, and codes that no reader takes any more.
    fn forget(&mut self, tick: Tick) {
        let forget = self.rules.forget();
        self.people.retain(|_, person| person.last.0 + forget >= tick.0);
        self.past.retain(|_, past| past.until > tick);
        let now = self.rules.tick.start(tick);
        self.used.retain(|_, void_at| *void_at >= now);
    }
}
