//! Track: joins the detections of each camera into tracklets, one for each shopper.
//! In: FrameDetections | Out: Tracked | Key: camera | State: tracklets alive, bounded by `tracklets_max` per camera
//! Time: a tracklet is over when its memory has run out, seen by frontier, never by clock.
//! Faults: TrackletsLimited when a camera shows more people than are followed.
//!
//! Cameras stand still and people are few, so motion does most of the work: a Kalman filter predicts each box
//! ([`crate::vision::motion`]), rounds of optimal assignment pair predictions with detections (`pairing`), and a tracklet
//! is believed only after some sightings, which are held back until then so that its first frames carry its identity
//! too. In a quiet camera somebody who comes is taken for somebody who went (`quiet_*`). Identities are minted from
//! camera, tick and order, so that every run mints the same.

mod assign;
mod camera;
mod live;
mod pairing;
mod settings;
#[cfg(test)]
mod tests;

pub use assign::{Pair, assign};
pub use camera::CameraTracker;
pub(crate) use pairing::gain;
pub use settings::TrackSettings;

use crate::flow::Outbox;
use crate::flow::build::ByTick;
use schemas::{CameraId, FrameDetections, Tick, TickLength, Tracked};
use std::collections::BTreeMap;

/// The operator's core: one [`CameraTracker`] for each camera that was heard of.
#[derive(Clone, Debug)]
pub struct Track {
    tick_length: TickLength,
    settings: TrackSettings,
    cameras: BTreeMap<CameraId, CameraTracker>,
}

impl Track {
    /// A core that has heard of no camera; all get the same settings.
    pub fn new(tick_length: TickLength, settings: TrackSettings) -> Self {
        Self { tick_length, settings, cameras: BTreeMap::new() }
    }
}

impl ByTick for Track {
    type In = FrameDetections;
    type Out = Tracked;
    const NAME: &'static str = "Track";

    fn route(row: &FrameDetections) -> u64 {
        row.meta.camera.0
    }

    fn close(&mut self, tick: Tick, batch: Vec<FrameDetections>, out: &mut Outbox<Tracked>) -> Option<Tick> {
        for tracker in self.cameras.values_mut() {
            tracker.expire(tick, out);
        }
        for frame in batch {
            let camera = frame.meta.camera;
            let new = || CameraTracker::new(camera, self.tick_length, self.settings.clone());
            self.cameras.entry(camera).or_insert_with(new).step(frame, out);
        }
        self.cameras.values().filter_map(CameraTracker::deadline).min()
    }
}
