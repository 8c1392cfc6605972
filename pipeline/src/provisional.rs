//! TEMPORARY, never to be merged: every tracklet is a track of its own, where its feet are.
use crate::assemble::Floor;
use operators::{BindSettings, ByTick, Outbox, Ticks, by_tick};
use schemas::geometry::to_pixels;
use schemas::*;
use std::collections::BTreeSet;

struct Stitch {
    floor: Floor,
    bound: BTreeSet<StretchId>,
}

impl ByTick for Stitch {
    type In = Sighting;
    type Out = Stitched;
    const NAME: &'static str = "Provisional";
    fn route(_: &Sighting) -> u64 {
        0
    }
    fn close(&mut self, _tick: Tick, batch: Vec<Sighting>, out: &mut Outbox<Stitched>) -> Option<Tick> {
        for s in batch {
            let (Some(tracklet), Some(model)) = (s.tracklet, self.floor.models.get(&s.meta.camera)) else { continue };
            let foot = s.detection.bbox.foot();
            let pixel = [f64::from(to_pixels(foot.x)), f64::from(to_pixels(foot.y))];
            let Some([x, y]) = model.floor(pixel, 0.0) else { continue };
            let stretch = StretchId(tracklet.0);
            if self.bound.insert(stretch) {
                let binding = Binding { stretch, track: TrackId::begun_by(stretch) };
                out.give(Stitched::Rebind(Rebinding { binding, diff: 1 }));
            }
            let share = Share { camera: s.meta.camera, tracklet: Some(tracklet) };
            out.give(Stitched::Step(Step {
                stretch,
                tick: self.floor.tick.tick(s.meta.event_time),
                at: FloorPoint { x_mm: x as i32, y_mm: y as i32 },
                spread_mm: 150,
                height_mm: 1700,
                shares: vec![share],
            }));
        }
        None
    }
}

pub fn stitch<'s>(sightings: Ticks<'s, Sighting>, floor: &Floor) -> (Ticks<'s, Stitched>, BindSettings) {
    let settings = BindSettings { tick: floor.tick, lag: 60, window: 20, silence: 300 };
    (by_tick(sightings, Stitch { floor: floor.clone(), bound: BTreeSet::new() }).ok, settings)
}
