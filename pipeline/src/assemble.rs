//! The whole graph on one screen; the only file that knows every operator.

mod ledger;
pub(crate) mod personal;

use crate::clock::Stopwatch;
use crate::config::plan::Plan;
use crate::earlier::Earlier;
use crate::ingest::pace::{Arrival, Inlet, pace};
use crate::ingest::tempo::Tempo;
use crate::metrics::Metrics;
use crate::sink::write::{Origin, Write, Writer};
pub use ledger::{Goods, Observed};
use ledger::{Known, write_ledger};
use operators::{
    Admission, BindSettings, ByTick, Concluded, DataflowTime, DetectSettings, DwellSettings, Dwells, Dwelt, Glancing,
    Glimpse, Identifying, Outbox, See, Seers, Shop, Stitch, Ticks, Track, Viewed, Weigh, admit, bind, by_tick,
    conclude, detect, glance, identify,
};
use personal::Members;
use schemas::{
    Alert, CameraId, CheckedScan, Dwell, Erasure, Fault, Frame, FrameDetections, Membership, Position, ScaleSample,
    ScanOutcome, Sighting, Stitched, Tick, Tracked, Tracklet, Verdict, Visit, Zone, ZoneMinute,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use timely::dataflow::operators::vec::{Filter, Map, ToStream};
use timely::dataflow::operators::{Concat, Concatenate, Inspect, OkErr, Probe};
use timely::dataflow::{ProbeHandle, Scope};

/// What one worker brings to its copy of the graph.
pub struct Parts {
    /// One for each camera, in the plan's order, and one each for recorded codes, scales, verdicts and erasures; none for those of other
    /// workers.
    pub inlets: Vec<Option<Inlet>>,
    /// The models, where any camera has pixels.
    pub seers: Option<(Seers, DetectSettings)>,
    /// What members bought before, and what they were offered; of one worker of all.
    pub earlier: Earlier,
    /// Where rows go.
    pub origin: Origin,
    /// Who writes them.
    pub writer: Writer,
    /// What counts them.
    pub metrics: Arc<Metrics>,
    /// The pace at which rows come, where it is the shop's own.
    pub tempo: Option<Arc<Tempo>>,
}

/// Builds the graph; `done` follows what has been handed to the writer.
pub fn assemble<'s>(scope: Scope<'s, DataflowTime>, plan: &Plan, parts: Parts, done: &ProbeHandle<DataflowTime>) {
    let Parts { inlets, seers, earlier, origin, writer, metrics, tempo } = parts;
    let names =
        plan.cameras.iter().map(|camera| camera.name.as_str()).chain(["gate scans", "scales", "verdicts", "erasures"]);
    let sources: Vec<Ticks<'s, Arrival>> =
        names.zip(inlets).map(|(name, inlet)| pace(scope, &format!("Pace {name}"), inlet, plan.tick, done)).collect();
    let Parted { frames, given, scans, weights, verdicts, erasures, faults: ingest_faults } =
        part(scope.concatenate(sources));
    let seeing = plan.seeing();
    let glances = glance(frames.clone(), Glancing::new(seeing.fronts.clone()));
    let (found, detect_faults) = match seers {
        Some((seers, settings)) => {
            let emits = detect(frames, seers, settings);
            (emits.ok, emits.faults)
        }
        None => (Vec::<FrameDetections>::new().to_stream(scope), Vec::<Fault>::new().to_stream(scope)),
    };
    // Who is before a front matters only to cameras that see one.
    let sees: BTreeSet<CameraId> = seeing.fronts.keys().copied().collect();
    let before = found.clone().filter(move |found| sees.contains(&found.meta.camera)).map(Viewed::Found);
    let viewed = glances.map(Viewed::Glance).concat(before);
    let looks = by_tick(viewed, See::new(seeing)).ok;
    let regions = plan.cameras.iter().map(|camera| (camera.id, camera.regions.clone())).collect();
    let in_shop = count_frames(admit(scope.concatenate([found, given]), Admission::new(regions)), &metrics);

    let track = Timed { core: Track::new(plan.tick, plan.track.clone()), metrics: metrics.clone() };
    let People { sightings, tracklets, mut faults, stitched } = people(in_shop, track, plan.shop());
    let counted = metrics.clone();
    let tracklets = tracklets.inspect(move |_| counted.tracklets.add(1));
    let steps = by_tick(weights, Weigh::new(plan.weigh.clone()));
    let mut written = Vec::new();
    if let Some((stitched, settings)) = stitched {
        let identifying = plan.identifying(settings);
        let goods = Goods::of(plan, settings, &identifying);
        let members = Members { earlier: earlier.purchases, offers: earlier.offers, erasures };
        let billed = tempo.map(|tempo| (tempo, metrics.clone()));
        let observed = Observed { sightings: sightings.clone(), steps: steps.ok, looks, verdicts, members, billed };
        let goods = goods.map(|goods| (goods, observed));
        let shop = Visited { identifying, zones: plan.zones.clone(), dwell: plan.dwell.clone(), goods };
        let (tables, refused) = write_floor(scope, stitched, scans, settings, shop, &origin, &writer);
        written.extend(tables);
        faults = faults.concat(refused);
    }
    let before = earlier.faults.to_stream(scope);
    let faults = scope.concatenate([before, ingest_faults, detect_faults, steps.faults, faults]);
    let faults = faults.inspect(move |fault: &Fault| metrics.faults.add(fault.count));
    written.push(by_tick(tracklets, Write::<Tracklet>::new(origin.clone(), writer.clone())).ok);
    written.push(by_tick(faults, Write::<Fault>::new(origin.clone(), writer.clone())).ok);
    if plan.output.detections {
        written.push(by_tick(sightings, Write::<Sighting>::new(origin, writer)).ok);
    }
    scope.concatenate(written).probe_with(done);
}

/// Who is in the shop.
pub struct People<'s> {
    /// Every detection, with its tracklet where there is one.
    pub sightings: Ticks<'s, Sighting>,
    /// Tracklets that are over.
    pub tracklets: Ticks<'s, Tracklet>,
    /// What was refused.
    pub faults: Ticks<'s, Fault>,
    /// Who is followed on the floor, and by which promises: where cameras know their places.
    pub stitched: Option<(Ticks<'s, Stitched>, BindSettings)>,
}

/// From what is seen in the shop to who is in it: by `track` in each camera, and across the cameras of `shop`.
pub fn people<'s>(
    in_shop: Ticks<'s, FrameDetections>,
    track: impl ByTick<In = FrameDetections, Out = Tracked>,
    shop: Option<Shop>,
) -> People<'s> {
    let tracked = by_tick(in_shop.clone(), track);
    let (sightings, tracklets) = tracked.ok.ok_err(|tracked| match tracked {
        Tracked::Seen(sighting) => Ok(sighting),
        Tracked::Over(tracklet) => Err(tracklet),
    });
    let mut people = People { sightings, tracklets, faults: tracked.faults, stitched: None };
    if let Some(shop) = shop {
        let settings = shop.promises();
        let looked = in_shop.map(|frame| Glimpse::Looked(frame.meta));
        let saw = people.sightings.clone().map(Glimpse::Saw);
        let stitched = by_tick(looked.concat(saw), Stitch::new(shop));
        people.faults = people.faults.concat(stitched.faults);
        people.stitched = Some((stitched.ok, settings));
    }
    people
}

/// What visits and dwells, and receipts, are made by.
pub struct Visited<'s> {
    /// How tracks become visits.
    pub identifying: Identifying,
    /// Where people stay.
    pub zones: Vec<Zone>,
    /// How positions become dwells.
    pub dwell: DwellSettings,
    /// What goods are known by, and what is seen of them; none in a shop that knows of no goods.
    pub goods: Option<(Goods, Observed<'s>)>,
}

/// Binds, concludes, identifies and writes what the stitcher and the gates say; gives what is written, and what was refused.
pub fn write_floor<'s>(
    scope: Scope<'s, DataflowTime>,
    stitched: Ticks<'s, Stitched>,
    scans: Ticks<'s, CheckedScan>,
    settings: BindSettings,
    shop: Visited<'s>,
    origin: &Origin,
    writer: &Writer,
) -> (Vec<Ticks<'s, ()>>, Ticks<'s, Fault>) {
    let bound = bind(stitched, settings);
    let (hold, settled) = (settings.hold(), shop.identifying.settled());
    let whereabouts = bound.whereabouts.clone();
    let known = identify(whereabouts.clone(), scans, shop.identifying);
    let Concluded { tracks, memberships, .. } = conclude(bound, settings);
    let dwelt =
        by_tick(known.positions.clone(), Dwells::new(settings.tick, settled, shop.zones, shop.dwell.clone())).ok;
    let dwells = dwelt.clone().flat_map(|row| if let Dwelt::Stay(row) = row { Some(row) } else { None });
    let minutes = dwelt.clone().flat_map(|row| if let Dwelt::Minute(row) = row { Some(row) } else { None });
    let loitering = dwelt.flat_map(|row| if let Dwelt::Alert(row) = row { Some(row) } else { None });
    let mut alerts = known.alerts.concat(loitering);
    let (mut written, mut faults) = (Vec::new(), Vec::<Fault>::new().to_stream(scope));
    if let Some((goods, observed)) = shop.goods {
        let (attendances, closings, dwells) = (known.attendances, known.closings, dwells.clone());
        let known = Known { whereabouts, attendances, closings, dwells };
        let written_ledger = write_ledger(scope, known, observed, goods, origin, writer);
        (written, faults) = (written_ledger.tables, written_ledger.faults);
        alerts = alerts.concat(written_ledger.alerts);
    }
    // Rows come so many ticks after the time by which they are cut; tracks and memberships are cut by the tick at which they come.
    let after = |ticks| origin.clone().holding(ticks, settings.tick);
    let minute =
        settled + Dwells::minute_wait_us(&shop.dwell, settings.tick).unsigned_abs().div_ceil(settings.tick.us());
    written.extend([
        by_tick(known.positions, Write::<Position>::new(after(settled), writer.clone())).ok,
        by_tick(known.visits, Write::<Visit>::new(after(hold), writer.clone())).ok,
        by_tick(known.scans, Write::<ScanOutcome>::new(after(hold), writer.clone())).ok,
        by_tick(dwells, Write::<Dwell>::new(after(settled), writer.clone())).ok,
        by_tick(minutes, Write::<ZoneMinute>::new(after(minute), writer.clone())).ok,
        by_tick(alerts, Write::<Alert>::new(after(settled), writer.clone())).ok,
        by_tick(tracks, Write::<schemas::Track>::new(after(0), writer.clone())).ok,
        by_tick(memberships, Write::<Membership>::new(after(0), writer.clone())).ok,
    ]);
    (written, faults)
}

/// What arrives, by kind.
struct Parted<'s> {
    frames: Ticks<'s, Frame>,
    given: Ticks<'s, FrameDetections>,
    scans: Ticks<'s, CheckedScan>,
    weights: Ticks<'s, ScaleSample>,
    verdicts: Ticks<'s, Verdict>,
    erasures: Ticks<'s, Erasure>,
    faults: Ticks<'s, Fault>,
}

fn part<'s>(arrivals: Ticks<'s, Arrival>) -> Parted<'s> {
    let (frames, others): (Ticks<'s, Frame>, Ticks<'s, Arrival>) = arrivals.ok_err(|arrival| match arrival {
        Arrival::Frame(frame) => Ok(frame),
        other => Err(other),
    });
    let (samples, others): (Ticks<'s, Vec<ScaleSample>>, Ticks<'s, Arrival>) = others.ok_err(|arrival| match arrival {
        Arrival::Weighed { samples, .. } => Ok(samples),
        other => Err(other),
    });
    let weights = samples.flat_map(|samples| samples);
    let given = others.clone().flat_map(|arrival| if let Arrival::Found(found) = arrival { Some(found) } else { None });
    let scans = others.clone().flat_map(|other| if let Arrival::Scan { scan, .. } = other { Some(scan) } else { None });
    let verdicts = others.clone().flat_map(|other| if let Arrival::Verdict(row) = other { Some(row) } else { None });
    let erasures = others
        .clone()
        .flat_map(|other| if let Arrival::Erasure { erasure, .. } = other { Some(erasure) } else { None });
    let faults = others.flat_map(|arrival| match arrival {
        Arrival::Fault(fault) | Arrival::Late { fault, .. } => Some(fault),
        _ => None,
    });
    Parted { frames, given, scans, weights, verdicts, erasures, faults }
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
