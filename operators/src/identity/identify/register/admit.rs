//! Admit: what a code that is shown comes to.

use super::{Certain, Open, Person, Register};
use crate::identity::identify::doorway::Side;
use schemas::{Alert, AlertKind, CheckedScan, FloorPoint, Refusal, Role, ScanOutcome, Tick, VisitId, VisitKind, Way};

impl Register {
    /// A code is shown.
    pub(super) fn scan(&mut self, tick: Tick, scan: &CheckedScan, out: &mut Vec<Certain>) {
        let outcome = self.admit(tick, scan);
        let kind = match outcome {
            Err(Refusal::Replayed) => Some(AlertKind::CodeReplayed),
            Err(Refusal::Forged) => Some(AlertKind::CodeForged),
            _ => None,
        };
        out.push(Certain::Scan(ScanOutcome { scan: *scan, outcome }));
        if let Some(kind) = kind {
            let gate = Some(scan.gate);
            let raised_at = self.start(tick);
            let event_time = scan.event_time;
            out.push(Certain::Alert(Alert { gate, ..Alert::new(kind, event_time, raised_at) }));
        }
    }

    fn admit(&mut self, tick: Tick, scan: &CheckedScan) -> Result<VisitId, Refusal> {
        let claim = scan.claim?;
        let gate = self.rules.doorway.gate(scan.gate).filter(|gate| gate.ways.allow(Way::In)).ok_or(Refusal::WayOut)?;
        if self.used.contains_key(&claim.code) {
            return Err(Refusal::Replayed);
        }
        let id = VisitId::of_code(scan.gate, scan.event_time, claim.code);
        let reader = FloorPoint { x_mm: gate.reader.x_mm, y_mm: gate.reader.y_mm };
        let seen = self.rules.ticks(self.rules.settings.missing_ms);
        let may_hold = |person: &Person| {
            person.guest.is_none()
                && person.side != Side::Inside
                && tick.0 - person.last.0 <= seen
                && self.rules.doorway.at_reader(gate, person.at)
        };
        let waiting = self.people.iter().filter(|(_, person)| may_hold(person));
        let near = waiting.map(|(&track, person)| (track, person.at.distance_mm(reader)));
        let near = near.filter(|(_, off)| *off <= f64::from(self.rules.settings.reach_mm));
        let holder = near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(track, _)| track);
        self.used.insert(claim.code, claim.void_at);
        let kind = if claim.role == Role::Staff { VisitKind::Staff } else { VisitKind::Member };
        let mut visit = Open::new(kind, tick);
        (visit.member, visit.party, visit.gate_in) = (Some(claim.member), Some(claim.party), Some(scan.gate));
        visit.scanned_at = Some(scan.event_time);
        if let Some(person) = holder.and_then(|track| self.people.get_mut(&track).map(|person| (track, person))) {
            let (track, person) = person;
            let guest = visit.expect(track);
            person.bind(id, guest, &visit);
        }
        self.visits.insert(id, visit);
        Ok(id)
    }
}
