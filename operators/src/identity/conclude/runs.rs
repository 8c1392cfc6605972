//! Runs: the core for memberships: ticks of one tracklet in one track, joined into one row.

use super::Open;
use crate::flow::build::ByTick;
use crate::flow::{Change, Outbox};
use crate::identity::bind::{Belonging, BindSettings};
use schemas::{Membership, Tick, TrackletId};
use std::collections::{BTreeMap, BTreeSet};

/// A membership so far: its first and its latest tick.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: Belonging,
    last: Tick,
}

/// The core.
#[derive(Debug)]
pub(super) struct Runs {
    settings: BindSettings,
    open: Open<Belonging>,
    runs: BTreeMap<TrackletId, Run>,
    /// Runs by when they are over.
    over: BTreeSet<(Tick, TrackletId)>,
}

impl Runs {
    pub(super) fn new(settings: BindSettings) -> Self {
        Self { settings, open: Open::new(settings.hold()), runs: BTreeMap::new(), over: BTreeSet::new() }
    }

    /// When a run is over whose last tick is `last`.
    fn over(&self, last: Tick) -> Tick {
        Tick(last.0 + self.settings.hold() + self.settings.silence)
    }

    fn membership(&self, run: Run, closed: Tick) -> Membership {
        let length = self.settings.tick;
        let Belonging { tick, tracklet, track, camera } = run.first;
        let (from, until) = (length.start(tick), length.start(Tick(run.last.0 + 1)));
        Membership { tracklet, camera, track, from, until, closed_at: length.start(closed) }
    }

    /// Adds a final row, the first of its tracklet at its tick.
    fn fold(&mut self, row: Belonging, now: Tick, out: &mut Outbox<Membership>) {
        let mut run = Run { first: row, last: row.tick };
        if let Some(before) = self.runs.get(&row.tracklet).copied() {
            let over = self.over(before.last);
            self.over.remove(&(over, row.tracklet));
            if before.first.track == row.track {
                run.first = before.first;
            } else {
                out.give(self.membership(before, now));
            }
        }
        self.runs.insert(row.tracklet, run);
        self.over.insert((self.over(row.tick), row.tracklet));
    }
}

impl ByTick for Runs {
    type In = Change<Belonging>;
    type Out = Membership;
    const NAME: &'static str = "Runs";

    fn route(change: &Self::In) -> u64 {
        change.row.tracklet.0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Self::In>, out: &mut Outbox<Membership>) -> Option<Tick> {
        for change in batch {
            self.open.add(tick, change.row.tick, change);
        }
        while let Some((_, rows)) = self.open.take(tick) {
            let mut before = None;
            for row in rows {
                // In one tick a tracklet is part of one track: should two claim it, the smaller has it.
                if before != Some(row.tracklet) {
                    self.fold(row, tick, out);
                }
                before = Some(row.tracklet);
            }
        }
        while let Some(&(over, tracklet)) = self.over.first()
            && over <= tick
        {
            self.over.pop_first();
            let run = self.runs.remove(&tracklet);
            out.ok.extend(run.map(|run| self.membership(run, over)));
        }
        self.open.deadline().into_iter().chain(self.over.first().map(|&(over, _)| over)).min()
    }
}
