//! Open: a visit that goes on, and its guests.

use super::Rules;
use crate::identity::conclude::STRIDE_MM;
use schemas::{Attendee, EventTime, FloorPoint, GateId, MemberId, Tick, TrackId, VisitId, VisitKind, ZoneId};
use std::collections::BTreeSet;

/// What is known of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Stands at the reader, it seems, and has not come in.
    Expected,
    /// Is inside.
    Inside,
    /// Was inside and is not seen.
    Missing,
    /// Has left.
    Left {
        /// When.
        tick: Tick,
        /// By which gate.
        gate: Option<GateId>,
    },
    /// Was missing for too long.
    Lost,
}

/// One person of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The track that they are now.
    pub track: TrackId,
    /// All that they were.
    pub tracks: BTreeSet<TrackId>,
    /// What is known.
    pub state: State,
    /// When they were last seen inside.
    pub seen: Tick,
    /// Where.
    pub at: FloorPoint,
    /// How tall they seem.
    pub height_mm: u32,
    /// Where the last stride of their path ended.
    stride: FloorPoint,
}

impl Guest {
    /// When, and where, they left or were last seen; none while they are there.
    pub(super) fn gone(&self) -> Option<(Tick, Option<GateId>)> {
        match self.state {
            State::Left { tick, gate } => Some((tick, gate)),
            State::Lost => Some((self.seen, None)),
            _ => None,
        }
    }
}

/// A visit that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Why they are there.
    pub kind: VisitKind,
    /// Since when it is a visit.
    pub since: Tick,
    /// On whose account.
    pub member: Option<MemberId>,
    /// Where they came in.
    pub gate_in: Option<GateId>,
    /// When the code was shown.
    pub scanned_at: Option<EventTime>,
    /// For how many.
    pub party: Option<u32>,
    /// When the first came in.
    pub entered: Option<Tick>,
    /// When the last did.
    entered_last: Option<Tick>,
    /// In the order in which they came in.
    pub guests: Vec<Guest>,
    /// How far they all went, in micrometres.
    pub path_um: u64,
    /// First zone.
    pub zone_first: Option<ZoneId>,
    /// Last zone.
    pub zone_last: Option<ZoneId>,
}

impl Open {
    /// A visit of nobody yet.
    pub(super) fn new(kind: VisitKind, since: Tick) -> Self {
        Self {
            kind,
            since,
            member: None,
            gate_in: None,
            scanned_at: None,
            party: None,
            entered: None,
            entered_last: None,
            guests: Vec::new(),
            path_um: 0,
            zone_first: None,
            zone_last: None,
        }
    }

    /// A guest, told.
    pub(super) fn attendee(&self, visit: VisitId, guest: usize) -> Attendee {
        Attendee { visit, person: u32::try_from(guest).unwrap_or(u32::MAX), kind: self.kind, member: self.member }
    }

    /// Who is, or was, of it.
    pub(super) fn attendances(&self, visit: VisitId) -> impl Iterator<Item = (TrackId, Attendee)> {
        let of = move |(at, guest): (usize, &Guest)| {
            let attendee = self.attendee(visit, at);
            guest.tracks.iter().map(move |&track| (track, attendee)).collect::<Vec<_>>()
        };
        self.guests.iter().enumerate().flat_map(of)
    }

    /// Whether there are places that nobody has, nor is expected to take.
    pub(super) fn has_room(&self) -> bool {
        self.guests.len() < self.party.map_or(1, |party| party as usize)
    }

    /// The track that is expected to come in on the code.
    pub(super) fn holder(&self) -> Option<TrackId> {
        self.guests.iter().find(|guest| guest.state == State::Expected).map(|guest| guest.track)
    }

    /// Whether somebody who came in at `tick` may be of it.
    pub(super) fn awaits(&self, tick: Tick, rules: &Rules) -> bool {
        self.party.is_some() && tick.0 <= self.deadline(rules)
    }

    /// Until when somebody may come in on it.
    fn deadline(&self, rules: &Rules) -> u64 {
        match self.entered_last {
            None => self.since.0 + rules.ticks(rules.settings.entry_wait_ms),
            Some(last) => last.0 + rules.ticks(rules.settings.party_wait_ms),
        }
    }

    /// Somebody is expected.
    pub(super) fn expect(&mut self, track: TrackId) -> usize {
        let (tick, at) = (self.since, FloorPoint::default());
        let tracks = BTreeSet::from([track]);
        self.guests.push(Guest { track, tracks, state: State::Expected, seen: tick, at, height_mm: 0, stride: at });
        self.guests.len() - 1
    }

    /// Somebody came in at `tick`, and is at `at` now: in a free place, else in that of the one who is expected.
    pub(super) fn come_in(&mut self, track: TrackId, tick: Tick, at: FloorPoint, rules: &Rules) -> usize {
        let taken = if self.has_room() { None } else { self.guests.iter().position(|g| g.state == State::Expected) };
        let guest = match taken {
            Some(guest) => {
                (self.guests[guest].track, self.guests[guest].tracks) = (track, BTreeSet::from([track]));
                guest
            }
            None => self.expect(track),
        };
        let _ = self.be_inside(guest, track, tick, at, rules);
        guest
    }

    /// A guest is inside at a place, as `track`; gives the track that was taken for them meanwhile.
    pub(super) fn be_inside(
        &mut self,
        guest: usize,
        track: TrackId,
        tick: Tick,
        at: FloorPoint,
        rules: &Rules,
    ) -> Option<TrackId> {
        let guest = &mut self.guests[guest];
        if guest.state == State::Expected {
            self.entered = Some(self.entered.map_or(tick, |entered| entered.min(tick)));
            self.entered_last = self.entered_last.max(Some(tick));
            guest.stride = at;
        }
        guest.state = State::Inside;
        (guest.seen, guest.at) = (tick.max(guest.seen), at);
        let stride = guest.stride.distance_mm(at);
        if stride >= STRIDE_MM {
            guest.stride = at;
            self.path_um += (1000.0 * stride).round() as u64;
        }
        let zone = rules.doorway.zone(at).filter(|_| !rules.doorway.at_door(at));
        self.zone_first = self.zone_first.or(zone);
        self.zone_last = zone.or(self.zone_last);
        let adopted = guest.track;
        guest.track = track;
        guest.tracks.insert(track);
        // Somebody else was taken for them.
        (adopted != track).then(|| {
            guest.tracks.remove(&adopted);
            adopted
        })
    }

    /// A guest who was missing is found again as `track`.
    pub(super) fn adopt(&mut self, guest: usize, track: TrackId, height_mm: u32) {
        let guest = &mut self.guests[guest];
        guest.track = track;
        guest.height_mm = height_mm;
        guest.tracks.insert(track);
    }

    /// A guest went out.
    pub(super) fn leave(&mut self, guest: usize, tick: Tick, gate: Option<GateId>) {
        let guest = &mut self.guests[guest];
        if matches!(guest.state, State::Inside | State::Missing) {
            guest.state = State::Left { tick, gate };
        }
    }

    /// Whether everybody is gone and nobody can come any more.
    pub(super) fn is_over(&self, tick: Tick, rules: &Rules) -> bool {
        let came = self.guests.iter().any(|guest| guest.state != State::Expected);
        if !came {
            return tick.0 > self.deadline(rules);
        }
        let gone = self.guests.iter().filter(|guest| guest.state != State::Expected).map(Guest::gone);
        let last = gone.collect::<Option<Vec<_>>>().and_then(|gone| gone.into_iter().map(|(tick, _)| tick).max());
        last.is_some_and(|last| tick.0 >= last.0 + rules.ticks(rules.settings.close_ms))
    }
}
