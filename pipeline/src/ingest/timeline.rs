//! Timeline: turns a stream's presentation times (pts) into event times that strictly increase.
//! In: pts in microseconds, or none | Out: event time, and what was irregular | State: constant size
//!
//! Event time = start + (pts - the stream's first pts). A clock that cannot be believed (missing, backwards, equal, too far
//! ahead) is replaced by *last + regular interval*; the new offset holds until pts fit the stream's own offset again, as
//! they do after a single damaged packet. Nothing is smoothed: a variable frame rate is kept to the microsecond.

use schemas::{EventTime, FaultKind};

/// Interval assumed where neither the container nor the frames so far tell one: 25 frames a second.
const REGULAR_DEFAULT_US: i64 = 40_000;
/// Intervals remembered to measure the regular one.
const INTERVALS_MAX: usize = 32;
/// Bound of believable pts (about 1,100 years), so that no sum below can overflow.
const PTS_MAX_US: i64 = 1 << 55;
/// Bound of a believable interval or jump: one day.
const STEP_MAX_US: i64 = 86_400_000_000;

/// How a frame's time came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The frame's event time, later than that of every frame before.
    pub event_time: EventTime,
    /// `PtsMissing` or `PtsJumped`, where the time is not the stream's own.
    pub irregular: Option<FaultKind>,
}

/// The clock of one camera's stream, across its segments.
#[derive(Clone, Debug)]
pub struct Timeline {
    start: EventTime,
    jump_max_us: i64,
    /// Time of the last frame.
    last: Option<i64>,
    /// What is added to pts: the segment's own offset, and the one in force after a jump.
    own_offset: Option<i64>,
    offset: i64,
    /// First pts of the segment as its container says, until its first frame with a pts.
    first_pts: Option<i64>,
    declared_us: Option<i64>,
    intervals: Vec<i64>,
    cursor: usize,
    fresh_segment: bool,
    /// Where the segment's first frame belongs if its pts do not continue the one before.
    segment_start: i64,
}

impl Timeline {
    /// A stream whose first frame is at `start`. Steps ahead of more than `jump_max_us` microseconds are jumps.
    pub fn new(start: EventTime, jump_max_us: i64) -> Self {
        let start = EventTime(start.0.clamp(-PTS_MAX_US, PTS_MAX_US));
        Self {
            start,
            jump_max_us: jump_max_us.clamp(1, STEP_MAX_US),
            last: None,
            own_offset: None,
            offset: 0,
            first_pts: None,
            declared_us: None,
            intervals: Vec::with_capacity(INTERVALS_MAX),
            cursor: 0,
            fresh_segment: true,
            segment_start: start.0,
        }
    }

    /// Begins a segment. `first_pts_us`: the pts of its first frame as the container says (frames may be lost before the
    /// first that decodes). `regular_us`: the container's average frame interval. A segment whose pts continue the one
    /// before keeps them; otherwise its first frame comes one regular interval after the last, which is no fault.
    pub fn begin_segment(&mut self, first_pts_us: Option<i64>, regular_us: Option<i64>) {
        self.first_pts = first_pts_us.filter(believable);
        self.declared_us = regular_us.filter(|&us| us > 0 && us <= STEP_MAX_US).or(self.declared_us);
        self.fresh_segment = true;
        self.segment_start = self.next_regular();
    }

    /// The time of the next frame.
    pub fn place(&mut self, pts_us: Option<i64>) -> Placed {
        let (time, irregular) = match pts_us.filter(believable) {
            None => (self.next_regular(), Some(FaultKind::PtsMissing)),
            Some(pts) if self.fresh_segment => self.place_first(pts),
            Some(pts) => self.place_next(pts),
        };
        self.last = Some(time);
        Placed { event_time: EventTime(time), irregular }
    }

    /// The time of the last frame; the start before the first.
    pub fn last(&self) -> EventTime {
        self.last.map_or(self.start, EventTime)
    }

    /// The regular interval: as the container says, else the median of what was measured, else 40 ms.
    pub fn regular_us(&self) -> i64 {
        if let Some(declared) = self.declared_us {
            return declared;
        }
        let mut sorted = self.intervals.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(REGULAR_DEFAULT_US)
    }

    /// The first pts of a segment fixes its offset.
    fn place_first(&mut self, pts: i64) -> (i64, Option<FaultKind>) {
        self.fresh_segment = false;
        if let Some(time) = self.own_offset.and_then(|own| self.fits(own, pts)) {
            self.offset = time - pts;
            return (time, None);
        }
        // Frames may have been lost since the first pts the container speaks of: keep their share of time.
        let lost = self.first_pts.map_or(0, |first| pts - first);
        let sound = lost <= self.jump_max_us && lost >= -self.jump_max_us;
        let due = self.segment_start + if sound { lost.max(0) } else { 0 };
        let time = if self.last.is_none_or(|last| due > last) { due } else { self.next_regular() };
        self.offset = time - pts;
        self.own_offset = Some(self.offset);
        (time, (!sound).then_some(FaultKind::PtsJumped))
    }

    fn place_next(&mut self, pts: i64) -> (i64, Option<FaultKind>) {
        let own = self.own_offset.unwrap_or(self.offset);
        for offset in [own, self.offset] {
            if let Some(time) = self.fits(offset, pts) {
                self.offset = offset;
                self.measure(time);
                return (time, None);
            }
        }
        let time = self.next_regular();
        self.offset = time - pts;
        (time, Some(FaultKind::PtsJumped))
    }

    /// `pts` under `offset`, if it comes after the last frame and not too far ahead.
    fn fits(&self, offset: i64, pts: i64) -> Option<i64> {
        let (time, last) = (offset + pts, self.last?);
        (time > last && time - last <= self.jump_max_us).then_some(time)
    }

    fn next_regular(&self) -> i64 {
        self.last.map_or(self.start.0, |last| last + self.regular_us())
    }

    fn measure(&mut self, time: i64) {
        let Some(last) = self.last else { return };
        if self.intervals.len() < INTERVALS_MAX {
            self.intervals.push(time - last);
        } else {
            self.intervals[self.cursor] = time - last;
            self.cursor = (self.cursor + 1) % INTERVALS_MAX;
        }
    }
}

fn believable(pts_us: &i64) -> bool {
    (-PTS_MAX_US..=PTS_MAX_US).contains(pts_us)
}

#[cfg(test)]
mod tests;
