//! Summary: what a track comes to, folded position by position.

use super::STRIDE_MM;
use crate::identity::bind::{BindSettings, Whereabouts};
use schemas::{CameraId, FloorPoint, StretchId, Tick, TickLength, Track, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// A track so far. Its size follows the cameras that saw it and the stretches of the last `silence` ticks, not its length.
#[derive(Debug)]
pub(super) struct Summary {
    first: (Tick, FloorPoint),
    last: (Tick, FloorPoint),
    /// Whether anybody has seen it; before that, `first` and `last` are predictions.
    seen: bool,
    last_tick: Tick,
    gap_longest: u64,
    /// Where the last stride of the path ended, and its length so far in micrometres.
    path: (FloorPoint, u64),
    height_sum_mm: u64,
    positions: u32,
    cameras: BTreeSet<CameraId>,
    /// How many there were, and when the latest had their last step.
    stretches: (u32, BTreeMap<StretchId, Tick>),
}

impl Summary {
    /// A track whose first position is `row`.
    pub(super) fn begin(row: &Whereabouts) -> Self {
        let place = (row.tick, row.at);
        Self {
            first: place,
            last: place,
            seen: !row.shares.is_empty(),
            last_tick: row.tick,
            gap_longest: 0,
            path: (row.at, 0),
            height_sum_mm: u64::from(row.height_mm),
            positions: 1,
            cameras: row.shares.iter().map(|share| share.camera).collect(),
            stretches: (1, BTreeMap::from([(row.stretch, row.tick)])),
        }
    }

    /// The tick of the last position.
    pub(super) fn last_tick(&self) -> Tick {
        self.last_tick
    }

    /// Adds the next position.
    pub(super) fn fold(&mut self, row: &Whereabouts, settings: &BindSettings) {
        self.last_tick = row.tick;
        let place = (row.tick, row.at);
        match (self.seen, !row.shares.is_empty()) {
            (true, true) => {
                self.gap_longest = self.gap_longest.max(row.tick.0 - self.last.0.0 - 1);
                self.last = place;
            }
            (false, true) => (self.first, self.last, self.seen) = (place, place, true),
            (true, false) => {}
            (false, false) => self.last = place,
        }
        let stride = self.path.0.distance_mm(row.at);
        if stride >= STRIDE_MM {
            self.path = (row.at, self.path.1 + (1000.0 * stride).round() as u64);
        }
        self.height_sum_mm += u64::from(row.height_mm);
        self.positions += 1;
        self.cameras.extend(row.shares.iter().map(|share| share.camera));
        let (count, latest) = &mut self.stretches;
        latest.retain(|_, last| last.0 + settings.silence >= row.tick.0);
        *count += u32::from(latest.insert(row.stretch, row.tick).is_none());
    }

    /// The row of the track, which was over at `closed`.
    pub(super) fn track(self, id: TrackId, closed: Tick, length: TickLength) -> Track {
        Track {
            id,
            first_seen: length.start(self.first.0),
            last_seen: length.start(self.last.0),
            closed_at: length.start(closed),
            first: self.first.1,
            last: self.last.1,
            path_mm: (self.path.1 + 500) / 1000,
            height_mm: u32::try_from(self.height_sum_mm / u64::from(self.positions)).unwrap_or(u32::MAX),
            positions: self.positions,
            gap_longest_us: i64::try_from(self.gap_longest * length.us()).unwrap_or(i64::MAX),
            cameras: self.cameras.into_iter().collect(),
            stretches: self.stretches.0,
        }
    }
}
