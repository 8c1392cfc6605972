//! Stay: one person in one zone, so far; and how they walk, wherever they are.

use super::DwellSettings;
use crate::identity::conclude::STRIDE_MM;
use schemas::{Attendee, EventTime, FloorPoint, Position, TrackId};
use std::collections::VecDeque;

/// A stay that goes on.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) track: TrackId,
    pub(super) attendee: Option<Attendee>,
    pub(super) from: EventTime,
    pub(super) until: EventTime,
    pub(super) still_us: i64,
    pub(super) path_um: u64,
    /// Whether somebody was told that it is long.
    pub(super) told: bool,
    /// Where the last stride ended.
    stride: FloorPoint,
}

impl Stay {
    /// Somebody comes into a zone, and is there for one tick of `length` microseconds.
    pub(super) fn begin(position: &Position, length: i64) -> Self {
        Self {
            track: position.track,
            attendee: position.attendee,
            from: position.event_time,
            until: position.event_time.plus_us(length),
            still_us: 0,
            path_um: 0,
            told: false,
            stride: position.at,
        }
    }

    /// They are still there; `still_us` of the time until the end of this tick they stood still and it was not said before.
    pub(super) fn go_on(&mut self, position: &Position, length: i64, still_us: i64) {
        self.until = position.event_time.plus_us(length);
        self.still_us += still_us.min(self.until.since_us(self.from) - self.still_us);
        let stride = self.stride.distance_mm(position.at);
        if stride >= STRIDE_MM {
            self.stride = position.at;
            self.path_um += (1000.0 * stride).round() as u64;
        }
    }
}

/// Where somebody was in the last `still_ms`, and until when it is said whether they stood still.
#[derive(Clone, Debug, Default)]
pub(super) struct Gait {
    recent: VecDeque<(EventTime, FloorPoint)>,
    said: EventTime,
}

impl Gait {
    /// When they were last seen.
    pub(super) fn seen(&self) -> EventTime {
        self.recent.back().map(|(at, _)| *at).unwrap_or_default()
    }

    /// They are at `at` for a tick of `length` microseconds from `from`; gives how much time of standing still that adds.
    pub(super) fn walk(&mut self, from: EventTime, at: FloorPoint, length: i64, s: &DwellSettings) -> i64 {
        let until = from.plus_us(length);
        let span = i64::from(s.still_ms) * 1000;
        self.recent.push_back((from, at));
        while self.recent.front().is_some_and(|(time, _)| until.since_us(*time) > span) {
            self.recent.pop_front();
        }
        let Some(&(oldest, _)) = self.recent.front() else { return 0 };
        // Only who was seen for the whole of that time, but for a tick, is known to have stood.
        let known = until.since_us(oldest) + length > span;
        if !known || self.recent.iter().any(|(_, place)| place.distance_mm(at) > f64::from(s.still_mm)) {
            return 0;
        }
        let since = self.said.max(oldest);
        self.said = until;
        until.since_us(since)
    }
}
