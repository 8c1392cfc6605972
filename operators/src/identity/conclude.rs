//! Conclude: what is bound becomes final: one position for each track and tick, one row for each track and membership once it is over.
//! In: collections of Whereabouts and Belonging | Out: Position, Track, Membership | Key: track, tracklet
//! State: the rows of the last `lag + window` ticks, a summary of every open track, the open run of every tracklet
//! Time: a tick is final when the frontier has passed it by `hold`; a track or a run is over after `silence` more without a row.
//! Faults: none. A row that comes after its tick was final is our bug and panics.
//!
//! Rows come as changes and are summed until their tick is final; so a wrong binding that was put right before leaves nothing behind,
//! and the final rows are those of a run in which it never was. What is taken away from the collections after that
//! ([`crate::identity::bind`] says why the two cannot be confused) is passed over. Summaries are folded from final rows alone, in
//! the order of ticks, and never need to be undone: a visit of a day costs no more memory than one of a minute.
//!
//! Path: the sum of straight lines between places at least [`STRIDE_MM`] apart, each measured from the end of the one before, so that
//! somebody who stands still does not walk by the noise of being measured. Time out of sight counts as a straight line.

mod runs;
mod summary;
#[cfg(test)]
mod tests;

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, Outbox, Ticks};
use crate::identity::bind::{BindSettings, Bound, Whereabouts};
use runs::Runs;
use schemas::{Membership, Position, Tick, Track, TrackId};
use std::collections::{BTreeMap, BTreeSet};
use summary::Summary;
use timely::dataflow::operators::OkErr;

/// A path grows by steps of at least this length.
pub const STRIDE_MM: f64 = 300.0;

/// Final rows.
pub struct Concluded<'s> {
    /// `hold` after their tick.
    pub positions: Ticks<'s, Position>,
    /// `hold + silence` after their last position.
    pub tracks: Ticks<'s, Track>,
    /// When the tracklet goes over to another track, else `hold + silence` after its last tick.
    pub memberships: Ticks<'s, Membership>,
}

/// Concludes what is `bound`.
pub fn conclude(bound: Bound<'_>, settings: BindSettings) -> Concluded<'_> {
    let Bound { whereabouts, belongings } = bound;
    let said = by_tick(changes(whereabouts, "Changes of whereabouts"), Conclude::new(settings)).ok;
    let (positions, tracks) = said.ok_err(|row| match row {
        Final::Position(position) => Ok(position),
        Final::Track(track) => Err(track),
    });
    let memberships = by_tick(changes(belongings, "Changes of belongings"), Runs::new(settings)).ok;
    Concluded { positions, tracks, memberships }
}

/// Rows whose ticks are not final yet, summed.
#[derive(Debug)]
struct Open<T> {
    hold: u64,
    ticks: BTreeMap<Tick, BTreeMap<T, i64>>,
}

impl<T: Ord + std::fmt::Debug> Open<T> {
    fn new(hold: u64) -> Self {
        Self { hold, ticks: BTreeMap::new() }
    }

    /// Sums a change of a row of `tick`, which comes at `now`.
    fn add(&mut self, now: Tick, tick: Tick, Change { row, diff }: Change<T>) {
        if tick.0 + self.hold < now.0 {
            assert!(diff < 0, "bind changed {tick:?} at {now:?}, after it was final: {diff} of {row:?}");
            return;
        }
        *self.ticks.entry(tick).or_default().entry(row).or_insert(0) += diff;
    }

    /// The rows of the first tick, in order, if it is final at `now`.
    fn take(&mut self, now: Tick) -> Option<(Tick, Vec<T>)> {
        let first = self.ticks.first_entry().filter(|first| first.key().0 + self.hold <= now.0)?;
        let (tick, rows) = first.remove_entry();
        let rows = rows.into_iter().filter(|&(_, count)| count != 0);
        let rows = rows.map(|(row, count)| {
            assert!(count == 1, "bind left {count} of {row:?}");
            row
        });
        Some((tick, rows.collect()))
    }

    /// When the first tick is final.
    fn deadline(&self) -> Option<Tick> {
        self.ticks.first_key_value().map(|(tick, _)| Tick(tick.0 + self.hold))
    }
}

/// A final row of a track.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Final {
    Position(Position),
    Track(Track),
}

/// The core for positions and tracks.
#[derive(Debug)]
struct Conclude {
    settings: BindSettings,
    open: Open<Whereabouts>,
    tracks: BTreeMap<TrackId, Summary>,
    /// Tracks by when they are over.
    over: BTreeSet<(Tick, TrackId)>,
}

impl Conclude {
    fn new(settings: BindSettings) -> Self {
        Self { settings, open: Open::new(settings.hold()), tracks: BTreeMap::new(), over: BTreeSet::new() }
    }

    /// When a track is over whose last position was at `last`.
    fn over(&self, last: Tick) -> Tick {
        Tick(last.0 + self.settings.hold() + self.settings.silence)
    }

    fn fold(&mut self, row: &Whereabouts) {
        let track = row.track;
        match self.tracks.get_mut(&track) {
            None => {
                self.tracks.insert(track, Summary::begin(row));
            }
            Some(summary) => {
                let before = summary.last_tick();
                assert!(before < row.tick, "bind left two places for track {track} at {before:?}");
                summary.fold(row, &self.settings);
                let over = self.over(before);
                self.over.remove(&(over, track));
            }
        }
        self.over.insert((self.over(row.tick), track));
    }
}

impl ByTick for Conclude {
    type In = Change<Whereabouts>;
    type Out = Final;
    const NAME: &'static str = "Conclude";

    fn route(change: &Self::In) -> u64 {
        change.row.track.0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Self::In>, out: &mut Outbox<Final>) -> Option<Tick> {
        for change in batch {
            self.open.add(tick, change.row.tick, change);
        }
        let length = self.settings.tick;
        while let Some((_, rows)) = self.open.take(tick) {
            for row in rows {
                self.fold(&row);
                out.give(Final::Position(row.position(length)));
            }
        }
        while let Some(&(over, track)) = self.over.first()
            && over <= tick
        {
            self.over.pop_first();
            let summary = self.tracks.remove(&track);
            out.ok.extend(summary.map(|summary| Final::Track(summary.track(track, over, length))));
        }
        self.open.deadline().into_iter().chain(self.over.first().map(|&(over, _)| over)).min()
    }
}
