//! Reach: the slots that a hand may be in, as one camera sees it.
//! In: Sighting | Out: Reach | Key: none: each sighting by itself | State: none
//! Time: a row is of the tick of its picture. Faults: none.
//!
//! A wrist in a picture is a line of sight; the hand is somewhere on it. Every slot whose space the line goes through is told, with
//! where: who it is, and so how far away they can be, is known later ([`super::attribute`]). Cameras that see the same hand from other sides
//! go through other slots, and only the true one is common to all: that is triangulation by vote, which needs no two pictures of one instant.

use super::shelving::{Sight, SlotSpace, spaces};
use crate::flow::Ticks;
use schemas::camera::CameraModel;
use schemas::geometry::to_pixels;
use schemas::{CameraId, EventTime, FloorPoint, Gondola, Score, Sighting, SlotId, TrackletId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use timely::dataflow::operators::vec::Map;

/// Wrists less sure than this say nothing.
const SCORE_MIN: u16 = 2000;

/// One hand in one picture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reach {
    /// When.
    pub event_time: EventTime,
    /// Which camera.
    pub camera: CameraId,
    /// Whose hand, where the camera's tracker believed one.
    pub tracklet: Option<TrackletId>,
    /// The slots that the hand may be in, how likely each in 0..=10,000, and where; none: the hand is at no shelf.
    pub slots: Vec<(SlotId, Score, FloorPoint)>,
}

/// What is needed to know where hands are.
#[derive(Clone, Debug, Default)]
pub struct Reaching {
    spaces: Vec<SlotSpace>,
    cameras: BTreeMap<CameraId, (CameraModel, [f64; 3])>,
}

impl Reaching {
    /// For a shop with these gondolas and calibrated cameras; those that know the floor alone say nothing of hands.
    pub fn new(gondolas: &[Gondola], cameras: impl IntoIterator<Item = (CameraId, CameraModel)>) -> Self {
        let placed = |(id, model): (CameraId, CameraModel)| model.position().map(|at| (id, (model, at)));
        Self { spaces: spaces(gondolas), cameras: cameras.into_iter().filter_map(placed).collect() }
    }

    /// One row for each wrist of the sighting.
    pub fn reaches<'a>(&'a self, sighting: &'a Sighting) -> impl Iterator<Item = Reach> + 'a {
        let camera = self.cameras.get(&sighting.meta.camera);
        let wrists = sighting.detection.wrists.iter().flatten().filter(|wrist| wrist.score.steps() >= SCORE_MIN);
        wrists.filter_map(move |wrist| {
            let (model, from) = camera?;
            let pixel = [wrist.at.x, wrist.at.y].map(|steps| f64::from(to_pixels(steps)));
            // A hand above the camera's horizon is higher than any shelf.
            let floor = model.floor(pixel, 0.0)?;
            let sight = Sight { from: *from, floor };
            let at = |space: &SlotSpace| {
                let (share, at) = space.crossed(&sight)?;
                Some((space.slot, Score::from_unit(share as f32), at))
            };
            let slots = self.spaces.iter().filter_map(at).collect();
            let (event_time, camera) = (sighting.meta.event_time, sighting.meta.camera);
            Some(Reach { event_time, camera, tracklet: sighting.tracklet, slots })
        })
    }
}

/// Where hands are in `sightings`.
pub fn reach<'s>(sightings: Ticks<'s, Sighting>, reaching: Reaching) -> Ticks<'s, Reach> {
    sightings.flat_map(move |sighting| reaching.reaches(&sighting).collect::<Vec<_>>())
}
