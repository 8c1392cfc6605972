//! `aisleflow floor`: shoppers across calibrated cameras, from MOTChallenge detections to MOTChallenge rows on the floor.
//!
//! The operators are those of `run`, in one worker of this process; only reading and writing differ.

mod follow;
mod rig;
mod rows;

use crate::annotate::AnnotateError;
use crate::annotate::floorplan::{Camera, Scene, Walk};
use crate::mot::read_detections;
use crate::track::{setting, settings_help, track_setting};
use clap::Args;
pub use follow::{Followed, follow};
use operators::{Layout, Shop, StitchSettings, TrackSettings};
pub use rig::{Rig, RigError, Unit};
pub use rows::{FloorRow, floor_rows, write_rows};
use schemas::{CameraId, CameraModel, Detection, EventTime, FrameDetections, FrameMeta, ModelId, TickLength};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Malformed rows of a file that are named one by one; of the rest only the number is told.
const NAMED_MAX: usize = 20;
/// Name of the store that ids are minted for.
const STORE: &str = "floor";

/// Follows people on the floor by the detections of several calibrated cameras (MOTChallenge text in and out).
#[derive(Args, Clone, Debug)]
#[command(after_long_help = every_setting())]
pub struct FloorArgs {
    /// Detections of one camera: frame,id,left,top,width,height,score,... by commas or blanks, frames from 1, the same instants in
    /// every camera; a score of -1 is not known and counts as sure. Give one for each camera
    #[arg(long, value_name = "NAME=FILE", required = true, value_parser = named)]
    pub detections: Vec<(String, PathBuf)>,
    /// Where the cameras look: a calibration file (.toml, millimetres), or .json with a 3x4 projection matrix for each name
    #[arg(long, value_name = "FILE")]
    pub cameras: PathBuf,
    /// Unit of the world in a .json file of cameras
    #[arg(long, value_enum, default_value_t = Unit::M)]
    pub unit: Unit,
    /// Where to write who was where: frame,id,-1,-1,-1,-1,score,x,y,z in metres
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Frames per second of the detections
    #[arg(long, default_value_t = 30.0)]
    pub fps: f64,
    /// Use every N-th frame only, beginning with the first
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub every: u32,
    /// Picture width in pixels
    #[arg(long, default_value_t = 1920)]
    pub width: u32,
    /// Picture height in pixels
    #[arg(long, default_value_t = 1080)]
    pub height: u32,
    /// How long a mistake may be put right
    #[arg(long, value_name = "MS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(..=600_000))]
    pub correction_window_ms: u32,
    /// Change a stitcher setting, for example --set memory_ms=3000; may be repeated. `--help` lists them
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = stitch_setting)]
    pub set: Vec<(String, u32)>,
    /// Change a tracker setting, for example --track-set memory_ms=3000; may be repeated. `--help` lists them
    #[arg(long = "track-set", value_name = "NAME=VALUE", value_parser = track_setting)]
    pub track_set: Vec<(String, u32)>,
    /// Also draw the floor with everybody's path; the name's ending says how: .svg or .png. May be repeated
    #[arg(long, value_name = "FILE", value_parser = picture)]
    pub plan: Vec<PathBuf>,
}

/// Why `floor` failed.
#[derive(Debug, thiserror::Error)]
pub enum FloorError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The cameras make no sense.
    #[error(transparent)]
    Rig(#[from] RigError),
    /// A camera's detections are given, but not where it looks.
    #[error("{path} has no camera called {name:?}; it has: {known}")]
    Unknown {
        /// The file of cameras.
        path: PathBuf,
        /// The name.
        name: String,
        /// The names that it has.
        known: String,
    },
    /// A camera knows the floor alone.
    #[error(
        "{path}: camera {name:?} is a homography, which does not tell how high people are: give a pinhole or a projection"
    )]
    Flat {
        /// The file of cameras.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// Detections of one camera are given twice.
    #[error("--detections {0}=... is given twice")]
    Twice(String),
    /// A setting or the frame rate is out of range.
    #[error("{0}")]
    Setting(String),
    /// The picture could not be written.
    #[error(transparent)]
    Picture(#[from] AnnotateError),
}

fn every_setting() -> String {
    let stitch = settings_help("Stitcher settings", StitchSettings::ALL);
    format!("{stitch}\n\n{}", settings_help("Tracker settings", TrackSettings::ALL))
}

fn stitch_setting(text: &str) -> Result<(String, u32), String> {
    let (name, value) = setting(text)?;
    StitchSettings::default().set(&name, value)?;
    Ok((name, value))
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=FILE")?;
    if name.trim().is_empty() || file.is_empty() {
        return Err("expected NAME=FILE".to_owned());
    }
    Ok((name.trim().to_owned(), PathBuf::from(file)))
}

fn picture(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if matches!(ending, Some("svg" | "png")) { Ok(path) } else { Err("the name must end in .svg or .png".to_owned()) }
}

fn failed(path: &Path, source: std::io::Error) -> FloorError {
    FloorError::File { path: path.to_owned(), source }
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written, or cameras or settings make no sense. Malformed rows are no error: they are counted, the
/// first named with their line, and skipped.
pub fn floor(args: &FloorArgs) -> Result<(), FloorError> {
    let text = std::fs::read_to_string(&args.cameras).map_err(|error| failed(&args.cameras, error))?;
    let rig = Rig::read(&args.cameras, &text, args.unit)?;
    let mut track = TrackSettings::default();
    for (name, value) in &args.track_set {
        track.set(name, *value).map_err(FloorError::Setting)?;
    }
    let mut stitch = StitchSettings::default();
    for (name, value) in &args.set {
        stitch.set(name, *value).map_err(FloorError::Setting)?;
    }
    let clock = Clock::new(args.fps, args.every)?;
    let (frames, cameras) = frames(args, &rig, clock)?;
    let shop = Shop {
        store: STORE.to_owned(),
        tick: clock.tick,
        cameras,
        layout: Layout::default(),
        window_ms: args.correction_window_ms,
        settings: stitch,
    };
    let frame_count = frames.len();
    let followed = follow(frames, track, shop);
    for fault in &followed.faults {
        tracing::warn!(time_us = fault.event_time.0, count = fault.count, "{}: {}", fault.kind.word(), fault.detail);
    }
    let rows = floor_rows(&followed.positions, |time| clock.frame(time));
    let file = File::create(&args.out).map_err(|error| failed(&args.out, error))?;
    write_rows(BufWriter::new(file), &rows).map_err(|error| failed(&args.out, error))?;
    if !args.plan.is_empty() {
        let scene = scene(&followed, &rig, args, clock.time(1));
        for path in &args.plan {
            scene.save(path)?;
        }
    }
    say(frame_count, args.detections.len(), rows.iter().map(|row| row.id).max().unwrap_or(0), &followed.spent);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what the command says")]
fn say(frames: usize, cameras: usize, tracks: u32, spent: &[Duration]) {
    let mut ms: Vec<f64> = spent.iter().map(|spent| 1000.0 * spent.as_secs_f64()).collect();
    ms.sort_by(f64::total_cmp);
    let at = |share: f64| ms.get(((ms.len() as f64 * share) as usize).min(ms.len().max(1) - 1)).copied().unwrap_or(0.0);
    let (median, p99) = (at(0.5), at(0.99));
    println!(
        "floor    {frames} frames of {cameras} camera(s), {tracks} tracks, {median:.2} ms a tick (median), {p99:.2} ms (p99)"
    );
}

/// The floor with everybody's path, before it is drawn.
fn scene(followed: &Followed, rig: &Rig, args: &FloorArgs, first: EventTime) -> Scene {
    let cameras = args.detections.iter().filter_map(|(name, _)| Camera::of(name, rig.cameras.get(name)?));
    Scene {
        cameras: cameras.collect(),
        walks: Walk::of_positions(&followed.positions),
        since: Some(first),
        ..Scene::default()
    }
}

/// When frames were taken: every one that is used in a tick of its own.
#[derive(Clone, Copy, Debug)]
struct Clock {
    tick: TickLength,
    every: u32,
}

impl Clock {
    /// Tick in which the first frame is taken; any but the first will do.
    const FIRST: u64 = 1_000_000;

    fn new(fps: f64, every: u32) -> Result<Self, FloorError> {
        let tick = (0.001..=1000.0).contains(&fps).then(|| (1e6 * f64::from(every) / fps).round() as u64);
        let tick = tick.and_then(TickLength::from_us);
        tick.map(|tick| Self { tick, every }).ok_or(FloorError::Setting(format!("{fps} frames per second")))
    }

    fn uses(self, frame: u32) -> bool {
        (frame - 1).is_multiple_of(self.every)
    }

    /// The start of the tick of a frame that is used.
    fn time(self, frame: u32) -> EventTime {
        self.tick.start(schemas::Tick(Self::FIRST + u64::from((frame - 1) / self.every)))
    }

    /// The frame of a tick.
    fn frame(self, time: EventTime) -> u32 {
        let tick = self.tick.tick(time).0.saturating_sub(Self::FIRST);
        u32::try_from(tick).unwrap_or(u32::MAX).saturating_mul(self.every).saturating_add(1)
    }
}

type Cameras = Vec<(CameraId, CameraModel)>;

/// Every frame that is used of every camera, from the first to the last that any camera has, those without detections included:
/// silence is also seen. And where those cameras look.
fn frames(args: &FloorArgs, rig: &Rig, clock: Clock) -> Result<(Vec<FrameDetections>, Cameras), FloorError> {
    let mut found: BTreeMap<CameraId, BTreeMap<u32, Vec<Detection>>> = BTreeMap::new();
    let mut cameras = Cameras::new();
    for (name, path) in &args.detections {
        let Some(model) = rig.cameras.get(name) else {
            let known = rig.cameras.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(FloorError::Unknown { path: args.cameras.clone(), name: name.clone(), known });
        };
        let camera = CameraId::mint(STORE, name);
        if !model.has_height() {
            return Err(FloorError::Flat { path: args.cameras.clone(), name: name.clone() });
        }
        if found.insert(camera, read(path)?).is_some() {
            return Err(FloorError::Twice(name.clone()));
        }
        cameras.push((camera, model.clone()));
    }
    let last = found.values().filter_map(|frames| frames.keys().next_back()).max().copied().unwrap_or(0);
    let model = ModelId::mint("detections");
    let mut frames = Vec::new();
    for number in (1..=last).filter(|&number| clock.uses(number)) {
        for (&camera, found) in &mut found {
            let (width, height) = (args.width, args.height);
            let meta = FrameMeta { camera, event_time: clock.time(number), sequence: u64::from(number), width, height };
            frames.push(FrameDetections::new(meta, model, found.remove(&number).unwrap_or_default()));
        }
    }
    Ok((frames, cameras))
}

fn read(path: &Path) -> Result<BTreeMap<u32, Vec<Detection>>, FloorError> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    let found = read_detections(BufReader::new(file)).map_err(|error| failed(path, error))?;
    for row in found.malformed.iter().take(NAMED_MAX) {
        tracing::warn!("{}:{}: skipped: {}", path.display(), row.line, row.reason);
    }
    if !found.malformed.is_empty() {
        tracing::warn!("{}: {} malformed rows skipped", path.display(), found.malformed.len());
    }
    Ok(found.frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_that_is_used_has_a_tick_of_its_own() {
        for (fps, every) in [(4.0, 1), (4.0, 3), (29.97, 1), (1000.0, 1)] {
            let clock = Clock::new(fps, every).expect("a rate");
            let used: Vec<u32> = (1..500).filter(|&n| clock.uses(n)).collect();
            assert_eq!(used[..2], [1, 1 + every]);
            let ticks: Vec<u64> = used.iter().map(|&n| clock.tick.tick(clock.time(n)).0).collect();
            assert!(ticks.windows(2).all(|pair| pair[1] == pair[0] + 1), "{fps} {every}");
            assert!(used.iter().all(|&n| clock.frame(clock.time(n)) == n));
        }
        assert!(Clock::new(f64::NAN, 1).is_err() && Clock::new(0.0, 1).is_err());
    }

    #[test]
    fn names_and_pictures_are_checked_when_parsed() {
        assert_eq!(named("cam1=a=b.txt"), Ok(("cam1".to_owned(), PathBuf::from("a=b.txt"))));
        assert!(named("cam1").is_err() && named("=x").is_err() && named("x=").is_err());
        assert!(picture("a.svg").is_ok() && picture("a.png").is_ok() && picture("a.pdf").is_err());
    }
}
