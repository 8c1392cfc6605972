//! Dwell: turns positions into finished stays in zones, and into what each minute of each zone was like.
//! In: Position, final | Out: Dwell, ZoneMinute, Alert | Key: the shop, for minutes count everybody in a zone | State: one stay for each
//! person and zone they are in, and the minutes that it may still change
//! Time: a stay ends after `absence_ms` of silence, seen by frontier, never by clock; a minute is told `absence_ms + stay_min_ms` after
//! its end, when it is known of everybody who was in a zone whether they stayed.
//! Faults: none.
//!
//! Zones may overlap and lie in each other (an aisle, its bays, the front of a shelf): each has stays of its own. **Inertia** keeps a
//! border from flickering: an absence shorter than `absence_ms` does not end a stay and counts as part of it, whether they were
//! seen elsewhere or not at all; and a stay shorter than `stay_min_ms` is none. Who is meant is the attendee, so somebody who was lost and
//! found as another track within that time goes on with the same stay; without a visit, the track.
//!
//! **Standing still**: at a tick, somebody who was within `still_mm` of here for `still_ms` stands still; the whole of that time counts.

mod settings;
mod stay;
#[cfg(test)]
mod tests;

pub use settings::DwellSettings;

use crate::flow::Outbox;
use crate::flow::build::ByTick;
use schemas::{
    Alert, AlertKind, Attendee, Dwell, EventTime, Manner, Position, Tick, TickLength, TrackId, VisitId, Zone, ZoneId,
    ZoneMinute,
};
use stay::{Gait, Stay};
use std::collections::{BTreeMap, BTreeSet};

/// Length of a minute in microseconds.
pub(crate) const MINUTE_US: i64 = 60_000_000;

/// Who stays: one person of a visit, else a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stayer {
    /// One person of a visit.
    Attendee(VisitId, u32),
    /// Somebody without a visit.
    Track(TrackId),
}

impl Stayer {
    /// Whose position it is.
    pub fn of(position: &Position) -> Self {
        match position.attendee {
            Some(Attendee { visit, person, .. }) => Self::Attendee(visit, person),
            None => Self::Track(position.track),
        }
    }
}

/// What dwelling says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dwelt {
    /// A stay is over.
    Stay(Dwell),
    /// A minute is over.
    Minute(ZoneMinute),
    /// Somebody stays for long.
    Alert(Alert),
}

/// The operator's core.
#[derive(Clone, Debug)]
pub struct Dwells {
    tick: TickLength,
    /// Positions of a tick come so many ticks after it.
    lag: u64,
    zones: Vec<Zone>,
    settings: DwellSettings,
    stays: BTreeMap<(Stayer, ZoneId), Stay>,
    gaits: BTreeMap<Stayer, Gait>,
    minutes: BTreeMap<(EventTime, ZoneId), Minute>,
    /// The first minute that is not told; none while nobody is anywhere.
    untold: Option<EventTime>,
}

/// A minute so far.
#[derive(Clone, Debug, Default)]
struct Minute {
    entries: u32,
    exits: u32,
    people: BTreeSet<Stayer>,
    time_us: i64,
    /// Changes of the number of people, by when.
    steps: BTreeMap<EventTime, i64>,
}

impl Dwells {
    /// Nobody is anywhere. `lag`: positions come that many ticks after their own.
    pub fn new(tick: TickLength, lag: u64, zones: Vec<Zone>, settings: DwellSettings) -> Self {
        let (stays, gaits, minutes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { tick, lag, zones, settings, stays, gaits, minutes, untold: None }
    }

    /// Minutes come at most so many microseconds after they begin, beside the lag.
    pub fn minute_wait_us(settings: &DwellSettings, tick: TickLength) -> i64 {
        let wait = Self::us(settings.absence_ms) + Self::us(settings.stay_min_ms);
        MINUTE_US + wait + 2 * i64::try_from(tick.us()).unwrap_or(i64::MAX)
    }

    fn us(ms: u32) -> i64 {
        i64::from(ms) * 1000
    }

    /// Somebody is somewhere at `from`, until `until`.
    fn be(&mut self, position: &Position, out: &mut Outbox<Dwelt>) {
        let who = Stayer::of(position);
        let from = position.event_time;
        self.untold.get_or_insert(minute_of(from));
        let length = i64::try_from(self.tick.us()).unwrap_or(i64::MAX);
        let gait = self.gaits.entry(who).or_default();
        let still_us = gait.walk(from, position.at, length, &self.settings);
        for zone in self.zones.iter().filter(|zone| zone.contains(position.at)) {
            let key = (who, zone.id());
            if let Some(stay) = self.stays.get_mut(&key) {
                stay.go_on(position, length, still_us);
            } else {
                self.stays.insert(key, Stay::begin(position, length));
            }
            let Some(stay) = self.stays.get_mut(&key) else { continue };
            if !stay.told && stay.still_us >= Self::us(self.settings.loitered_ms) {
                stay.told = true;
                let visit = position.attendee.map(|attendee| attendee.visit);
                let (track, zone) = (Some(position.track), Some(zone.id()));
                let alert = Alert::new(AlertKind::Loitering, stay.from, from);
                out.give(Dwelt::Alert(Alert { visit, track, zone, ..alert }));
            }
        }
    }

    /// Ends the stays that nobody went on with by `now`, the start of a tick of which everything is known.
    fn end(&mut self, now: EventTime, out: &mut Outbox<Dwelt>) {
        let absence = Self::us(self.settings.absence_ms);
        let over: Vec<_> = self.stays.extract_if(.., |_, stay| now.since_us(stay.until) > absence).collect();
        for ((who, zone), stay) in over {
            let whole_us = stay.until.since_us(stay.from);
            if whole_us < Self::us(self.settings.stay_min_ms) {
                continue;
            }
            self.count(who, zone, &stay, None);
            let manner = match stay.still_us {
                still if still >= Self::us(self.settings.loitered_ms) => Manner::Loitered,
                still if still >= Self::us(self.settings.stopped_ms) => Manner::Stopped,
                _ => Manner::Passed,
            };
            out.give(Dwelt::Stay(Dwell {
                zone,
                track: stay.track,
                attendee: stay.attendee,
                entered_at: stay.from,
                left_at: stay.until,
                closed_at: now,
                still_us: stay.still_us,
                path_mm: (stay.path_um + 500) / 1000,
                manner,
            }));
        }
        self.gaits.retain(|_, gait| now.since_us(gait.seen()) <= absence);
        self.tell_minutes(now, out);
    }

    fn tell_minutes(&mut self, now: EventTime, out: &mut Outbox<Dwelt>) {
        let wait = Self::us(self.settings.absence_ms) + Self::us(self.settings.stay_min_ms);
        while let Some(minute) = self.untold.filter(|minute| now.since_us(*minute) > MINUTE_US + wait) {
            // Who is still there was there until its end.
            let open: Vec<_> = self.stays.iter().map(|(key, stay)| (*key, stay.clone())).collect();
            for ((who, zone), stay) in open {
                self.count(who, zone, &stay, Some(minute));
            }
            let next = minute.plus_us(MINUTE_US);
            let later = self.minutes.split_off(&(next, ZoneId(0)));
            for ((minute, zone), is) in std::mem::replace(&mut self.minutes, later) {
                out.give(Dwelt::Minute(is.told(minute, zone)));
            }
            let nobody = self.stays.is_empty() && self.minutes.is_empty();
            self.untold = (!nobody).then_some(next);
        }
    }

    /// Adds a stay to the minutes that are not told, or only to that of `minute`.
    fn count(&mut self, who: Stayer, zone: ZoneId, stay: &Stay, only: Option<EventTime>) {
        let untold = self.untold.unwrap_or(EventTime(i64::MAX));
        let mut minute = only.unwrap_or(minute_of(stay.from).max(untold));
        while minute < stay.until {
            let next = minute.plus_us(MINUTE_US);
            if stay.from < next {
                let (from, until) = (stay.from.max(minute), stay.until.min(next));
                let is = self.minutes.entry((minute, zone)).or_default();
                is.entries += u32::from(minute <= stay.from);
                is.exits += u32::from(only.is_none() && stay.until <= next);
                is.people.insert(who);
                is.time_us += until.since_us(from);
                *is.steps.entry(from).or_default() += 1;
                *is.steps.entry(until).or_default() -= 1;
            }
            if only.is_some() {
                break;
            }
            minute = next;
        }
    }
}

impl Minute {
    fn told(self, minute: EventTime, zone: ZoneId) -> ZoneMinute {
        let (mut now, mut people_max) = (0, 0);
        for step in self.steps.values() {
            now += step;
            people_max = people_max.max(now);
        }
        let people = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        let people_max = u32::try_from(people_max).unwrap_or(0);
        let (entries, exits, time_us) = (self.entries, self.exits, self.time_us);
        ZoneMinute { minute, zone, entries, exits, people, people_max, time_us }
    }
}

/// The start of the minute that `at` is in.
pub(crate) fn minute_of(at: EventTime) -> EventTime {
    EventTime(at.0.div_euclid(MINUTE_US) * MINUTE_US)
}

impl ByTick for Dwells {
    type In = Position;
    type Out = Dwelt;
    const NAME: &'static str = "Dwell";

    fn route(_position: &Position) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Position>, out: &mut Outbox<Dwelt>) -> Option<Tick> {
        // Everything up to `lag` before is known.
        let now = tick.0.saturating_sub(self.lag);
        self.end(self.tick.start(Tick(now)), out);
        for position in &batch {
            debug_assert_eq!(position.event_time, self.tick.start(Tick(now)), "dwell: a position of another tick");
            self.be(position, out);
        }
        (!self.stays.is_empty() || !self.minutes.is_empty() || !self.gaits.is_empty()).then_some(Tick(tick.0 + 1))
    }
}
