//! Bind: steps joined with the bindings of their stretches: who was where, as collections that follow every change of mind.
//! In: Stitched | Out: collections of Whereabouts and Belonging | Key: stretch, then track and tick
//! State: the steps of the last `lag + window` ticks; one binding for every stretch that may still get steps
//! Time: a row stands at its own tick for `hold` ticks, then it is taken away again; seen by frontier, never by clock.
//! Faults: none. What breaks the stitcher's contract is our bug and panics, in words.
//!
//! ```text
//!  Step ------> keep ---> steps by stretch -----\
//!                |                               join -> by track and tick -> reduce: one place -> whereabouts
//!  Rebinding --> keep ---> bindings by stretch --/                                                    | each share
//!                                                                                                 belongings
//! ```
//!
//! **A correction costs what it changes.** Moving a stretch from one track to another retracts and asserts, in the join, the steps of
//! that stretch that are still held (at most `hold` of them), and the reduce looks at their (track, tick) keys alone.
//!
//! **State is bounded by taking rows away**, and taking away must not look like a correction. [`keep`] is the only place that decides
//! both, so that they cannot meet. Let `f` be the tick of a stretch's first step and `hold = lag + window`. A step of tick `t` comes
//! at `t..=t + lag` and is taken away at `t + hold + 1`. A stretch is rebound at `f + hold` at the latest, or `keep` panics; its
//! steps all have `t >= f`, so none has been taken away by then. Hence every change that belongs to tick `t` and comes at or before
//! `t + hold` is an arrival or a correction, and every one that comes later is the taking away. [`crate::identity::conclude`] reads the
//! rows of `t` when the frontier has passed `t + hold`: complete, final, and one tick before they go. A binding is taken away after
//! the last step that needs it (`silence` ticks of nothing and then `hold + 1` more), when it joins with nothing and its going is
//! not seen by anybody.

mod keep;

use crate::flow::build::by_tick;
use crate::flow::{DataflowTime, Rows, Ticks};
use differential_dataflow::AsCollection;
use differential_dataflow::trace::implementations::{ValBuilder, ValSpine};
use keep::{Keep, Kept};
use schemas::{
    CameraId, FloorPoint, Position, Share, Step, Stitched, StretchId, Tick, TickLength, TrackId, TrackletId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use timely::dataflow::operators::OkErr;

/// The stitcher's promises, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindSettings {
    /// Length of a tick.
    pub tick: TickLength,
    /// A step comes at most so long after its tick.
    pub lag: u64,
    /// A stretch is rebound at most so long after its first step may have come.
    pub window: u64,
    /// A stretch, and a track, that has no step for longer than this is over.
    pub silence: u64,
}

impl BindSettings {
    /// The rows of a tick are final when the frontier has passed it by so many ticks.
    pub fn hold(&self) -> u64 {
        self.lag + self.window
    }
}

/// Where one track is at one tick. The order is that in which two claims of one track at one tick are preferred.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The tick.
    pub tick: Tick,
    /// Who.
    pub track: TrackId,
    /// Standard deviation of the place along its worst axis, in millimetres.
    pub spread_mm: u32,
    /// Where.
    pub at: FloorPoint,
    /// Estimated height of the person in millimetres.
    pub height_mm: u32,
    /// The stretch that says so.
    pub stretch: StretchId,
    /// Who saw them.
    pub shares: Vec<Share>,
}

impl Whereabouts {
    /// What `step` says of `track`.
    pub fn of(track: TrackId, step: &Step) -> Self {
        Self {
            tick: step.tick,
            track,
            spread_mm: step.spread_mm,
            at: step.at,
            height_mm: step.height_mm,
            stretch: step.stretch,
            shares: step.shares.clone(),
        }
    }

    /// The row as a table tells it, without a visit.
    pub fn position(&self, length: TickLength) -> Position {
        let cameras: BTreeSet<_> = self.shares.iter().map(|share| share.camera).collect();
        Position {
            track: self.track,
            event_time: length.start(self.tick),
            at: self.at,
            spread_mm: self.spread_mm,
            cameras: cameras.into_iter().collect(),
            attendee: None,
        }
    }
}

/// Whose tracklet it is at one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Belonging {
    /// The tick.
    pub tick: Tick,
    /// The tracklet.
    pub tracklet: TrackletId,
    /// The track it is part of.
    pub track: TrackId,
    /// The tracklet's camera.
    pub camera: CameraId,
}

/// Who is where, for the ticks that are held.
pub struct Bound<'s> {
    /// One row for each track and tick.
    pub whereabouts: Rows<'s, Whereabouts>,
    /// One row for each tracklet that took part in it.
    pub belongings: Rows<'s, Belonging>,
}

/// Binds `stitched`.
pub fn bind<'s>(stitched: Ticks<'s, Stitched>, settings: BindSettings) -> Bound<'s> {
    let (steps, bindings) = by_tick(stitched, Keep::new(settings)).ok.ok_err(part);
    let steps = steps.as_collection().arrange_by_key_named("Steps by stretch");
    let bindings = bindings.as_collection().arrange_by_key_named("Bindings by stretch");
    let claims = steps.join_core(bindings, |_stretch, step: &Step, &track: &TrackId| {
        Some(((track, step.tick), Whereabouts::of(track, step)))
    });
    let whereabouts = claims
        .arrange_by_key_named("Claims by track and tick")
        .reduce_abelian::<_, ValBuilder<_, _, _, _>, ValSpine<(TrackId, Tick), Whereabouts, DataflowTime, isize>, _, _>(
            "Whereabouts",
            |_key, claims, one| one.push((claims[0].0.clone(), 1)),
            |buffer, key, updates| {
                buffer.clear();
                buffer.extend(updates.drain(..).map(|(row, tick, diff)| ((*key, row), tick, diff)));
            },
        )
        .as_collection(|_key, row| row.clone());
    let belongings = whereabouts.clone().flat_map(|row| {
        let Whereabouts { tick, track, shares, .. } = row;
        let belonging = |share: Share| Some(Belonging { tick, tracklet: share.tracklet?, track, camera: share.camera });
        // A camera with several frames in a tick may have several shares.
        shares.into_iter().filter_map(belonging).collect::<BTreeSet<_>>()
    });
    Bound { whereabouts, belongings }
}

/// An update as differential dataflow takes it.
type Update<T> = (T, DataflowTime, isize);
type StepUpdate = Update<(StretchId, Step)>;
type BindingUpdate = Update<(StretchId, TrackId)>;

/// Parts the updates of steps from those of bindings, each under its stretch.
fn part((kept, tick, diff): Update<Kept>) -> Result<StepUpdate, BindingUpdate> {
    match kept {
        Kept::Step(step) => Ok(((step.stretch, step), tick, diff)),
        Kept::Binding(binding) => Err(((binding.stretch, binding.track), tick, diff)),
    }
}
