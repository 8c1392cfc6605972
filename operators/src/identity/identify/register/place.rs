//! Place: on whose account somebody is who is inside on nobody's.

use super::{Certain, Entry, Guest, Open, Person, Register, State};
use crate::identity::identify::doorway::Side;
use crate::identity::identify::settings::IdentifySettings;
use schemas::{Alert, AlertKind, GateId, Tick, TrackId, VisitId, VisitKind};

impl Register {
    /// Everybody who is inside on nobody's account.
    pub(super) fn place_newcomers(&mut self, tick: Tick, out: &mut Vec<Certain>) {
        let inside = |person: &Person| person.guest.is_none() && person.side == Side::Inside && person.last == tick;
        let new = self.people.iter().filter(|(_, person)| inside(person));
        let mut new: Vec<(Tick, TrackId, Entry)> =
            new.filter_map(|(&track, person)| Some((person.entry?.tick, track, person.entry?))).collect();
        new.sort_by_key(|&(since, track, _)| (since, track));
        for (_, track, entry) in new {
            self.place(tick, track, entry, out);
        }
    }

    fn place(&mut self, tick: Tick, track: TrackId, entry: Entry, out: &mut Vec<Certain>) {
        let s = &self.rules.settings;
        if self.rules.doorway.gates.is_empty() {
            return;
        }
        let age = tick.0 - entry.tick.0;
        if !entry.crossed && age < self.rules.ticks(s.appear_ms) {
            return;
        }
        if let Some(id) = entry.gate.and_then(|gate| self.place_on_code(tick, gate, entry)) {
            return self.come_in(id, track, entry);
        }
        if !entry.crossed
            && let Some((id, guest)) = self.missing_one(track, entry)
        {
            return self.adopt(tick, id, guest, track);
        }
        let wait = if entry.crossed { s.grace_ms } else { s.unexplained_ms };
        if self.rules.asks_codes && age < self.rules.ticks(wait) {
            return;
        }
        let (kind, alert) = match entry.gate {
            _ if !self.rules.asks_codes => (VisitKind::Anonymous, None),
            Some(_) => (VisitKind::Tailgater, Some(AlertKind::Tailgater)),
            None => (VisitKind::Unexplained, Some(AlertKind::Unexplained)),
        };
        let id = VisitId::of_track(track, entry.tick);
        let mut visit = Open::new(kind, entry.tick);
        visit.gate_in = entry.gate;
        self.visits.insert(id, visit);
        self.come_in(id, track, entry);
        let (event_time, raised_at) = (self.start(entry.tick), self.start(tick));
        let (visit, track, gate) = (Some(id), Some(track), entry.gate);
        let row = |kind| Certain::Alert(Alert { visit, track, gate, ..Alert::new(kind, event_time, raised_at) });
        out.extend(alert.map(row));
    }

    /// The code, shown first, on which somebody may have come in at `gate`.
    fn place_on_code(&self, tick: Tick, gate: GateId, entry: Entry) -> Option<VisitId> {
        let rules = &self.rules;
        let latest = entry.tick.0 + rules.ticks(rules.settings.grace_ms);
        let unseen = |track: TrackId| {
            let last = self.people.get(&track).map_or(0, |person| person.last.0);
            last + rules.ticks(rules.settings.missing_ms) < tick.0
        };
        let takes = |visit: &Open| {
            visit.gate_in == Some(gate)
                && visit.since.0 <= latest
                && visit.awaits(entry.tick, rules)
                && (visit.has_room() || visit.holder().is_some_and(|holder| entry.crossed || unseen(holder)))
        };
        let fit = self.visits.iter().filter(|(_, visit)| takes(visit));
        fit.min_by_key(|(id, visit)| (visit.since, **id)).map(|(&id, _)| id)
    }

    /// Somebody comes in on a visit: in a place that is free, else in that of the holder, who has not come in.
    fn come_in(&mut self, id: VisitId, track: TrackId, entry: Entry) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let at = self.people.get(&track).map(|person| person.at).unwrap_or_default();
        let holder = if visit.has_room() { None } else { visit.holder() };
        let guest = visit.come_in(track, entry.tick, at, &self.rules);
        if let Some(other) = holder.and_then(|holder| self.people.get_mut(&holder)) {
            other.unbind();
        }
        if let Some(person) = self.people.get_mut(&track) {
            person.bind(id, guest, visit);
        }
    }

    /// The one of those who are missing who is likeliest to have appeared as `track`.
    fn missing_one(&self, track: TrackId, entry: Entry) -> Option<(VisitId, usize)> {
        let s = &self.rules.settings;
        let person = self.people.get(&track)?;
        let mut best: Option<(f64, (VisitId, usize))> = None;
        for (&id, visit) in &self.visits {
            let missing = visit.guests.iter().enumerate().filter(|(_, guest)| guest.state == State::Missing);
            for (number, guest) in missing {
                // Who was still seen when the other appeared is not the other.
                let other = self.people.get(&guest.track).filter(|other| other.last >= person.first);
                if other.is_none_or(|other| other.last.0 - person.first.0 <= self.rules.ticks(s.missing_ms)) {
                    best = nearer(best, self.strangeness(guest, entry, person, s), (id, number));
                }
            }
        }
        best.map(|(_, who)| who)
    }

    /// How odd it would be if `guest`, who is missing, were `person`: none where nobody can walk so fast.
    fn strangeness(&self, guest: &Guest, entry: Entry, person: &Person, s: &IdentifySettings) -> Option<f64> {
        let away_s = entry.tick.0.saturating_sub(guest.seen.0) as f64 * self.rules.tick.us() as f64 / 1e6;
        let off = guest.at.distance_mm(person.at);
        let reach = f64::from(s.beside_mm) + f64::from(s.walk_mm_per_s) * away_s;
        let taller = f64::from(person.height_mm) - f64::from(guest.height_mm);
        (off <= reach).then_some(off / reach + (taller / 100.0).powi(2))
    }

    /// Somebody missing was found again, as another track.
    fn adopt(&mut self, tick: Tick, id: VisitId, guest: usize, track: TrackId) {
        let rules = self.rules.clone();
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let Some(person) = self.people.get_mut(&track) else { return };
        person.bind(id, guest, visit);
        visit.adopt(guest, track, person.height_mm);
        let _ = visit.be_inside(guest, track, tick, person.at, &rules);
    }
}

/// The better of two.
fn nearer<T>(best: Option<(f64, T)>, cost: Option<f64>, who: T) -> Option<(f64, T)> {
    match (best, cost) {
        (Some(best), Some(cost)) if cost >= best.0 => Some(best),
        (_, Some(cost)) => Some((cost, who)),
        (best, None) => best,
    }
}
