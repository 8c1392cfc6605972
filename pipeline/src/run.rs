//! Run: a plan, footage in, tables out.
//!
//! Everything that can be wrong before the first frame (models, cameras, the output folder) is an error before the first frame.
//! Then the cameras' threads, the inference threads, the writing thread and timely's workers run until every source has ended.

mod sensors;

use crate::cluster::{Cluster, ClusterError};
use crate::config::plan::{CameraPlan, Plan, SourcePlan};
use crate::infer::{Pool, Throttle};
use crate::ingest::pace::Arrival;
use crate::ingest::read::{self, Camera};
use crate::ingest::tempo::Tempo;
use crate::ingest::{
    Detected, DetectionsForm, DetectionsReader, DetectionsSpec, IngestError, Ingested, VideoReader, VideoSpec,
    VideoStream,
};
use crate::look::Models;
use crate::metrics::Metrics;
use crate::sink::SinkError;
use crate::sink::commit::{Committer, Patience, Seam};
use crate::sink::write::{Origin, Published, Writing};
use crate::worker::Place;
use crate::{assemble, earlier, worker};
use models::ModelError;
use operators::{DetectSettings, Gate, Seers};
use schemas::table::Names;
use schemas::{CameraId, CategoryCode, EventTime, Fault, FaultKind, ModelId, SkuCode};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How to run a plan.
#[derive(Clone)]
pub struct RunOptions {
    /// Folder of the footage.
    pub data: PathBuf,
    /// Folder of the tables.
    pub out: PathBuf,
    /// Folder of the zoo's weights.
    pub weights: PathBuf,
    /// Dataflow workers in this process.
    pub workers: usize,
    /// The processes of the run, and which of them this is. Each opens its own cameras only.
    pub cluster: Cluster,
    /// Inference threads.
    pub infer_threads: usize,
    /// Set from any thread: the cameras stop, what is under way is finished and published.
    pub stop: Arc<AtomicBool>,
    /// What counts.
    pub metrics: Arc<Metrics>,
    /// Told, once the cameras are open, how many frames are expected, if all of them know.
    pub expected: Arc<dyn Fn(Option<u64>) + Send + Sync>,
    /// Slows inference down; for tests.
    pub throttle: Option<Throttle>,
    /// Refuses steps of the disk; for tests.
    pub seam: Option<Seam>,
    /// How long to wait for room on the disk.
    pub patience: Patience,
    /// Gives recorded rows when they arrived, counted from the first: as the shop would.
    pub real_time: bool,
}

impl RunOptions {
    /// One worker, one inference thread for each core, nothing slowed down.
    pub fn new(data: &Path, out: &Path, weights: &Path) -> Self {
        Self {
            data: data.to_path_buf(),
            out: out.to_path_buf(),
            weights: weights.to_path_buf(),
            workers: 1,
            cluster: Cluster::alone(),
            infer_threads: std::thread::available_parallelism().map_or(1, usize::from),
            stop: Arc::default(),
            metrics: Arc::default(),
            expected: Arc::new(|_| {}),
            throttle: None,
            seam: None,
            patience: Patience::default(),
            real_time: false,
        }
    }
}

/// Why a run did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A camera cannot be read, and the configuration requires it.
    #[error("{0}\n  hint: `required = false` lets the other cameras run without it")]
    Camera(#[from] IngestError),
    /// A table cannot be written.
    #[error("{0}\n  hint: what is published stands; run the same command again to write the rest")]
    Sink(#[from] SinkError),
    /// The system refused a thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// The processes of the run did not come together.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The dataflow could not start.
    #[error("cannot start the dataflow: {0}")]
    Dataflow(String),
}

/// What came of a run.
pub struct Outcome {
    /// Rows and files.
    pub published: Arc<Published>,
    /// Whether it was stopped before the sources ended.
    pub stopped: bool,
}

/// Runs `plan`, or this process's part of it, until every source has ended or `options.stop` is set.
///
/// Cameras are dealt out over the workers of all processes; a table is written by the process that holds its worker, into the one
/// folder that all share.
pub fn run(plan: &Plan, options: &RunOptions) -> Result<Outcome, RunError> {
    let looking = plan.has_video().then_some(plan.models.as_ref()).flatten();
    let models = looking.map(|models| Models::load(models, &options.weights)).transpose()?;
    let names = Arc::new(names(plan, models.as_ref()));
    let (mut cameras, first) = open_cameras(plan, options, models.as_ref())?;
    cameras.push(sensors::open_scans(plan, options)?);
    cameras.push(sensors::open_scales(plan, options)?);
    cameras.push(sensors::open_verdicts(plan, options)?);
    cameras.push(sensors::open_erasures(plan, options)?);
    // One worker of all knows what was before.
    let mut earlier = match options.cluster.process {
        0 => Some(earlier::read(plan, &options.data, first.unwrap_or(EventTime(i64::MAX)))?),
        _ => None,
    };

    let labels: Vec<&str> = names.models.values().map(String::as_str).collect();
    let identity = serde_json::json!({ "store": plan.store, "configuration": plan.digest, "models": labels,
        "detections": plan.output.detections, "pipeline": env!("CARGO_PKG_VERSION") });
    let (identity, cluster) = (identity.to_string(), &options.cluster);
    let (seam, patience) = (options.seam.clone(), options.patience);
    // The folder first, the peers then: nobody writes before process 0 has cleared the folder of what lies half-written.
    let committer = match cluster.process {
        0 => Committer::open(&options.out, &identity, seam, patience)?,
        _ => Committer::join(&options.out, &identity, seam, patience, &options.stop)?,
    };
    let peers = match cluster.processes() {
        1 => Vec::new(),
        _ => cluster.connect(&identity, options.workers, &options.stop)?,
    };
    let stop = options.stop.clone();
    let (writer, writing) = Writing::start(committer, move || stop.store(true, Ordering::Relaxed))?;
    let published = writing.published.clone();

    // A source without rows does not know when it begins.
    let starts = cameras.iter().flatten().map(|camera| camera.start).filter(|start| start.0 > 0);
    let begin = first.into_iter().chain(starts).min();
    let tempo = begin.filter(|_| options.real_time).map(|begin| Arc::new(Tempo::new(begin)));
    let (mut inlets, mut readers) = (Vec::new(), Vec::new());
    for camera in cameras {
        let started =
            camera.map(|camera| read::start(camera, tempo.clone(), &options.stop, &options.metrics)).transpose()?;
        let (inlet, reader) = started.unzip();
        inlets.push(inlet);
        readers.extend(reader);
    }
    let pool = match &models {
        Some(models) => {
            let make = models.sessions();
            Some(Arc::new(Pool::start(options.infer_threads, &make, &options.metrics, options.throttle.clone())?))
        }
        None => None,
    };
    let origin = Origin {
        store: plan.store.clone(),
        names,
        tick: plan.tick,
        range: plan.output.range,
        hold_us: plan.output.hold_us,
    };
    let (all, first) = (options.workers * cluster.processes(), options.workers * cluster.process);
    let parts = (0..options.workers).map(|worker| assemble::Parts {
        inlets: (inlets.iter_mut().enumerate())
            .map(|(camera, inlet)| inlet.take_if(|_| camera % all == first + worker))
            .collect(),
        seers: pool.as_ref().zip(models.as_ref()).map(|(pool, models)| seers(plan, pool, models)),
        earlier: earlier.take().unwrap_or_default(),
        origin: origin.clone(),
        writer: writer.clone(),
        metrics: options.metrics.clone(),
        tempo: tempo.clone(),
    });
    let parts: Vec<_> = parts.collect();
    drop(writer);
    worker::run(plan, parts, Place { process: cluster.process, peers }).map_err(RunError::Dataflow)?;
    for reader in readers {
        assert!(reader.join().is_ok(), "a camera's thread panicked");
    }
    if let Some(pool) = pool.and_then(Arc::into_inner) {
        pool.join();
    }
    let stopped = options.stop.load(Ordering::Relaxed);
    writing.join()?;
    Ok(Outcome { published, stopped })
}

/// The words behind the ids on rows.
fn names(plan: &Plan, models: Option<&Models>) -> Names {
    let mut names = Names::default();
    names.cameras.extend(plan.cameras.iter().map(|camera| (camera.id, camera.name.clone())));
    names.scales.extend(plan.scales.iter().map(|scale| (scale.id, scale.name.clone())));
    names.gates.extend(plan.gates.iter().map(|gate| (gate.id, gate.name.clone())));
    names.zones.extend(plan.zones.iter().map(|zone| (zone.id(), zone.name().to_string())));
    let shelves = plan.gondolas.iter().flat_map(|gondola| &gondola.shelves);
    names.slots.extend(shelves.flat_map(|shelf| &shelf.slots).map(|slot| (slot.id, slot.name.clone())));
    for (sku, article) in &plan.reference.catalog {
        names.skus.insert(SkuCode::of(sku.as_str()), sku.to_string());
        names.categories.extend(article.category.iter().map(|name| (CategoryCode::of(name), name.clone())));
    }
    for source in [GATE_SCANS, SCALES, VERDICTS, ERASURES, RECEIPTS, OFFERS] {
        names.cameras.insert(CameraId::mint(&plan.store, source), source.to_string());
    }
    names.models.extend(models.map(Models::labels).unwrap_or_default());
    if plan.cameras.iter().any(|camera| !matches!(camera.source, SourcePlan::Video { .. })) {
        names.models.insert(given_model(), GIVEN_MODEL.to_string());
    }
    names
}

/// What stands in faults for the file of codes.
const GATE_SCANS: &str = "gate_scans";

/// What stands in faults for the file of scales.
const SCALES: &str = "scales";

/// What stands in faults for the file of verdicts.
pub(crate) const VERDICTS: &str = "verdicts";

/// What stands in faults for the file of erasures.
const ERASURES: &str = "erasures";

/// What stands in faults for earlier receipts.
pub(crate) const RECEIPTS: &str = "receipts";

/// What stands in faults for earlier offers.
pub(crate) const OFFERS: &str = "offers";

/// What stands for the model of detections that another tool made.
const GIVEN_MODEL: &str = "given";

fn given_model() -> ModelId {
    ModelId::mint(GIVEN_MODEL)
}

fn seers(plan: &Plan, pool: &Pool, models: &Models) -> (Seers, DetectSettings) {
    let seers = Seers {
        model: models.detector_id(),
        detector: Box::new(pool.detector()),
        poser: models.has_poser().then(|| Box::new(pool.poser()) as _),
        embedder: models.has_embedder().then(|| Box::new(pool.embedder()) as _),
        gate: plan.gate.map(Gate::new),
    };
    (seers, plan.models.as_ref().map(|models| models.detect).unwrap_or_default())
}

/// Opens this process's cameras; none in the places of others. One that cannot be opened is an error if it is required, else it gives one fault and nothing more.
/// Gives the time of the first frame of all as well, where one is known.
fn open_cameras(plan: &Plan, options: &RunOptions, models: Option<&Models>) -> Result<Opened, RunError> {
    let (mut expected, mut first) = (Some(0), None);
    let mut cameras = Vec::new();
    for (i, camera) in plan.cameras.iter().enumerate() {
        if !sensors::is_ours(i, options) {
            cameras.push(None);
            continue;
        }
        // Cameras take turns, so that of neighbours in the list not all look at the same instant.
        let every = (plan.models.as_ref().map_or(1, |models| models.look_every_frames), i as u64);
        let source = match open_camera(camera, options, models, every) {
            Ok((source, frames, start)) => {
                expected = expected.zip(frames).map(|(sum, frames)| sum + frames);
                first = first.into_iter().chain(start).min();
                source
            }
            Err(error) if camera.required => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the others run on");
                let fault = Fault {
                    event_time: camera.start,
                    camera: camera.id,
                    kind: FaultKind::CameraUnreadable,
                    count: 1,
                    detail: error.reason.to_string(),
                };
                let once: read::Source = Box::new(|| Box::new(std::iter::once(Arrival::Fault(fault))));
                once
            }
        };
        cameras.push(Some(Camera { name: camera.name.clone(), source, start: camera.start, late_us: 0 }));
    }
    (options.expected)(expected);
    Ok((cameras, first))
}

/// Cameras in their places, and the time of the first frame of all.
type Opened = (Vec<Option<Camera>>, Option<EventTime>);

/// A camera's source, how many frames it will deliver, and the time of the first; where they are known.
type Source = (read::Source, Option<u64>, Option<EventTime>);

fn open_camera(
    camera: &CameraPlan,
    options: &RunOptions,
    models: Option<&Models>,
    every: (u64, u64),
) -> Result<Source, IngestError> {
    let path = options.data.join(&camera.path);
    match camera.source {
        SourcePlan::Video { threads, pts_jump_max_us, pictures_max } => {
            let Some(models) = models.cloned() else { panic!("a plan with video has a detector") };
            let (full, metrics) = (models.wants_full(), options.metrics.clone());
            let stream = VideoStream::open(VideoSpec {
                camera: camera.id,
                name: camera.name.clone(),
                path,
                start: camera.start,
                pts_jump_max_us,
                threads,
                scaled: Arc::new(move |width, height| models.scaled_size(width, height)),
                every,
                full,
                pictures_max,
                stop: options.stop.clone(),
            })?;
            let frames = stream.frames_expected().map(|frames| frames.div_ceil(every.0.max(1)));
            // The reader, which holds a scaler, stays on the thread that makes it.
            let source: read::Source = Box::new(move || {
                let mut reader = VideoReader::new(stream);
                Box::new(std::iter::from_fn(move || {
                    let next = reader.next()?;
                    let (decoding, scaling) = reader.spent();
                    metrics.decode.add(decoding);
                    metrics.scale.add(scaling);
                    Some(match next {
                        Ingested::Frame(frame) => Arrival::Frame(frame),
                        Ingested::Fault(fault) => Arrival::Fault(fault),
                    })
                }))
            });
            Ok((source, frames, Some(camera.start)))
        }
        SourcePlan::Mot { frames_per_1000_s, width, height } => {
            let form =
                DetectionsForm::Mot { start: camera.start, fps: (frames_per_1000_s, 1000), size: (width, height) };
            open_detections(camera, path, form, options)
        }
        SourcePlan::Parquet => open_detections(camera, path, DetectionsForm::Parquet, options),
    }
}

fn open_detections(
    camera: &CameraPlan,
    path: PathBuf,
    form: DetectionsForm,
    options: &RunOptions,
) -> Result<Source, IngestError> {
    let (name, stop) = (camera.name.clone(), options.stop.clone());
    let ahead_us = camera.clock_ahead_us;
    let spec = DetectionsSpec { camera: camera.id, name, path, model: given_model(), form, ahead_us, stop };
    let mut reader = DetectionsReader::open(spec)?;
    let frames = reader.frames_expected();
    let mut rows = std::iter::from_fn(move || reader.next()).peekable();
    let start = rows.peek().map(|row| match row {
        Detected::Frame(found) => found.meta.event_time,
        Detected::Fault(fault) => fault.event_time,
    });
    let source: read::Source = Box::new(move || {
        Box::new(rows.map(|row| match row {
            Detected::Frame(found) => Arrival::Found(found),
            Detected::Fault(fault) => Arrival::Fault(fault),
        }))
    });
    Ok((source, frames, start.filter(|start| start.0 > 0)))
}
