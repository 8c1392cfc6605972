//! Reach: lines of sight to hands, as one camera sees them.
//! In: Sighting | Out: Reach | Key: none: each sighting by itself | State: none
//! Time: a row is of the tick of its picture. Faults: none.
//!
//! A wrist in a picture is a line of sight; the hand is somewhere on it. Whose it is, and so how far away it can be, is known later, and so
//! is what other cameras see of it: [`super::attribute`] asks of every slot how likely a hand there explains all lines of a tick.

use super::shelving::Sight;
use crate::flow::Ticks;
use schemas::camera::CameraModel;
use schemas::geometry::to_pixels;
use schemas::{CameraId, EventTime, FloorPoint, Sighting, SpacePoint, TrackletId};
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
    /// Where it may be.
    pub sight: Sight,
}

/// What is needed to know where hands are.
#[derive(Clone, Debug, Default)]
pub struct Reaching {
    cameras: BTreeMap<CameraId, (CameraModel, SpacePoint)>,
}

impl Reaching {
    /// With these calibrated cameras; those that know the floor alone say nothing of hands.
    pub fn new(cameras: impl IntoIterator<Item = (CameraId, CameraModel)>) -> Self {
        let placed = |(id, model): (CameraId, CameraModel)| {
            let [x_mm, y_mm, z_mm] = model.position()?.map(|mm| mm.round() as i32);
            Some((id, (model, SpacePoint { x_mm, y_mm, z_mm })))
        };
        Self { cameras: cameras.into_iter().filter_map(placed).collect() }
    }

    /// One row for each wrist of the sighting.
    pub fn reaches<'a>(&'a self, sighting: &'a Sighting) -> impl Iterator<Item = Reach> + 'a {
        let camera = self.cameras.get(&sighting.meta.camera);
        let wrists = sighting.detection.wrists.iter().flatten().filter(|wrist| wrist.score.steps() >= SCORE_MIN);
        wrists.filter_map(move |wrist| {
            let (model, from) = camera?;
            let pixel = [wrist.at.x, wrist.at.y].map(|steps| f64::from(to_pixels(steps)));
            // A hand above the camera's horizon is higher than any shelf.
            let [x_mm, y_mm] = model.floor(pixel, 0.0)?.map(|mm| mm.round() as i32);
            let sight = Sight { from: *from, floor: FloorPoint { x_mm, y_mm } };
            let (event_time, camera) = (sighting.meta.event_time, sighting.meta.camera);
            Some(Reach { event_time, camera, tracklet: sighting.tracklet, sight })
        })
    }
}

/// Where hands are in `sightings`.
pub fn reach<'s>(sightings: Ticks<'s, Sighting>, reaching: Reaching) -> Ticks<'s, Reach> {
    sightings.flat_map(move |sighting| reaching.reaches(&sighting).collect::<Vec<_>>())
}
