//! The whole graph on one screen; the only file that knows every operator.

use crate::clock::Stopwatch;
use crate::config::plan::Plan;
use crate::ingest::pace::{Arrival, Inlet, pace};
use crate::metrics::Metrics;
use crate::sink::write::{Origin, Write, Writer};
use operators::{
    Admission, BindSettings, ByTick, Concluded, DataflowTime, DetectSettings, Emits, Glimpse, Outbox, Seers, Shop,
    Stitch, Ticks, Track, admit, bind, by_tick, conclude, detect,
};
use schemas::{Fault, Frame, FrameDetections, Membership, Position, Sighting, Stitched, Tick, Tracked, Tracklet};
use std::sync::Arc;
use timely::dataflow::operators::vec::{Map, ToStream};
use timely::dataflow::operators::{Concat, Concatenate, Inspect, OkErr, Probe};
use timely::dataflow::{ProbeHandle, Scope};

/// What one worker brings to its copy of the graph.
pub struct Parts {
    /// One for each camera, in the plan's order; none for cameras of other workers.
    pub inlets: Vec<Option<Inlet>>,
    /// The models, where any camera has pixels.
    pub seers: Option<(Seers, DetectSettings)>,
    /// Where rows go.
    pub origin: Origin,
    /// Who writes them.
    pub writer: Writer,
    /// What counts them.
    pub metrics: Arc<Metrics>,
}

/// Builds the graph; `done` follows what has been handed to the writer.
pub fn assemble<'s>(scope: Scope<'s, DataflowTime>, plan: &Plan, parts: Parts, done: &ProbeHandle<DataflowTime>) {
    let Parts { inlets, seers, origin, writer, metrics } = parts;
    let cameras: Vec<Ticks<'s, Arrival>> = (plan.cameras.iter().zip(inlets))
        .map(|(camera, inlet)| pace(scope, &format!("Pace {}", camera.name), inlet, plan.tick, done))
        .collect();
    let (frames, given, ingest_faults) = part(scope.concatenate(cameras));
    let (found, detect_faults) = match seers {
        Some((seers, settings)) => {
            let emits = detect(frames, seers, settings);
            (emits.ok, emits.faults)
        }
        None => (Vec::<FrameDetections>::new().to_stream(scope), Vec::<Fault>::new().to_stream(scope)),
    };
    let regions = plan.cameras.iter().map(|camera| (camera.id, camera.regions.clone())).collect();
    let in_shop = count_frames(admit(scope.concatenate([found, given]), Admission::new(regions)), &metrics);

    let track = Timed { core: Track::new(plan.tick, plan.track.clone()), metrics: metrics.clone() };
    let tracked = by_tick(in_shop.clone(), track);
    let (sightings, tracklets): (Ticks<'s, Sighting>, Ticks<'s, Tracklet>) =
        tracked.ok.ok_err(|tracked| match tracked {
            Tracked::Seen(sighting) => Ok(sighting),
            Tracked::Over(tracklet) => Err(tracklet),
        });

    let counted = metrics.clone();
    let tracklets = tracklets.inspect(move |_| counted.tracklets.add(1));
    let mut faults = vec![ingest_faults, detect_faults, tracked.faults];
    let mut written = Vec::new();
    if let Some(shop) = plan.shop() {
        let (stitched, settings) = floor(in_shop, sightings.clone(), shop);
        faults.push(stitched.faults);
        written.extend(write_floor(stitched.ok, settings, &origin, &writer));
    }
    let faults = scope.concatenate(faults);
    let faults = faults.inspect(move |fault: &Fault| metrics.faults.add(fault.count));
    written.push(by_tick(tracklets, Write::<Tracklet>::new(origin.clone(), writer.clone())).ok);
    written.push(by_tick(faults, Write::<Fault>::new(origin.clone(), writer.clone())).ok);
    if plan.output.detections {
        written.push(by_tick(sightings, Write::<Sighting>::new(origin, writer)).ok);
    }
    scope.concatenate(written).probe_with(done);
}

/// Follows people on the floor; gives what is said of them, and by which promises.
pub fn floor<'s>(
    frames: Ticks<'s, FrameDetections>,
    sightings: Ticks<'s, Sighting>,
    shop: Shop,
) -> (Emits<'s, Stitched>, BindSettings) {
    let settings = shop.promises();
    let looked = frames.map(|frame| Glimpse::Looked(frame.meta));
    let saw = sightings.map(Glimpse::Saw);
    (by_tick(looked.concat(saw), Stitch::new(shop)), settings)
}

/// Binds, concludes and writes what the stitcher says.
pub fn write_floor<'s>(
    stitched: Ticks<'s, Stitched>,
    settings: BindSettings,
    origin: &Origin,
    writer: &Writer,
) -> [Ticks<'s, ()>; 3] {
    let Concluded { positions, tracks, memberships } = conclude(bind(stitched, settings), settings);
    // A position comes `hold` ticks after its own; tracks and memberships are cut by the tick at which they come.
    let late = origin.clone().holding(settings.hold(), settings.tick);
    let prompt = origin.clone().holding(0, settings.tick);
    [
        by_tick(positions, Write::<Position>::new(late, writer.clone())).ok,
        by_tick(tracks, Write::<schemas::Track>::new(prompt.clone(), writer.clone())).ok,
        by_tick(memberships, Write::<Membership>::new(prompt, writer.clone())).ok,
    ]
}

type Parted<'s> = (Ticks<'s, Frame>, Ticks<'s, FrameDetections>, Ticks<'s, Fault>);

/// Frames, given detections and faults.
fn part<'s>(arrivals: Ticks<'s, Arrival>) -> Parted<'s> {
    let (frames, others): (Ticks<'s, Frame>, Ticks<'s, Result<FrameDetections, Fault>>) =
        arrivals.ok_err(|arrival| match arrival {
            Arrival::Frame(frame) => Ok(frame),
            Arrival::Found(found) => Err(Ok(found)),
            Arrival::Fault(fault) => Err(Err(fault)),
        });
    let (given, faults) = others.ok_err(|other| other);
    (frames, given, faults)
}

fn count_frames<'s>(frames: Ticks<'s, FrameDetections>, metrics: &Arc<Metrics>) -> Ticks<'s, FrameDetections> {
    let metrics = metrics.clone();
    frames.inspect(move |frame| {
        metrics.frames_done.add(1);
        metrics.frames_gated.add(u64::from(frame.gated));
        metrics.detections.add(frame.detections.len() as u64);
        metrics.outside.add(u64::from(frame.outside));
    })
}

/// Measures how long tracking takes.
struct Timed<C> {
    core: C,
    metrics: Arc<Metrics>,
}

impl<C: ByTick> ByTick for Timed<C> {
    type In = C::In;
    type Out = C::Out;
    const NAME: &'static str = C::NAME;

    fn route(row: &C::In) -> u64 {
        C::route(row)
    }

    fn close(&mut self, tick: Tick, batch: Vec<C::In>, out: &mut Outbox<C::Out>) -> Option<Tick> {
        let watch = Stopwatch::start();
        let deadline = self.core.close(tick, batch, out);
        self.metrics.track.add(watch.elapsed());
        deadline
    }
}
