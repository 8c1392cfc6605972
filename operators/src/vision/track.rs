//! placeholder
use crate::{ByTick, Outbox};
use schemas::*;
/// s
#[derive(Clone, Debug, Default)]
pub struct TrackSettings {}
/// t
pub struct Track;
impl Track {
    /// n
    pub fn new(_t: TickLength, _s: TrackSettings) -> Self { Track }
}
impl ByTick for Track {
    type In = FrameDetections;
    type Out = Tracked;
    const NAME: &'static str = "Track";
    fn route(r: &FrameDetections) -> u64 { r.meta.camera.0 }
    fn close(&mut self, _: Tick, batch: Vec<FrameDetections>, out: &mut Outbox<Tracked>) -> Option<Tick> {
        for f in batch { for d in f.detections { out.give(Tracked::Seen(Sighting { meta: f.meta, model: f.model, detection: d, tracklet: None })) } }
        None
    }
}
