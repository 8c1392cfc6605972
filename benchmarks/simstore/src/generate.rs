//! Generate: lets a scenario happen, once, and writes what comes of it:
//!
//! ```text
//!  OUT/store.toml, *.csv, gate.pub     what `aisleflow run --config OUT/store.toml --data OUT` takes
//!  OUT/cameras/NAME.mp4                pictures, or OUT/detections/NAME.parquet without them
//!  OUT/sensors/*.parquet               what scales and gates delivered
//!  OUT/truth/*.parquet                 what truly happened: see TRUTH.md
//! ```

mod devices;
pub(crate) mod folder;
mod pictures;
mod sensors;

use crate::device::Line;
use crate::life::crowd::{Crowd, Habit};
use crate::life::sketch::Sketch;
use crate::life::{HardDone, Life, Moment, STEP_US};
use crate::observe::{DetectionFiles, Observer};
use crate::render::{self, Encoding, Filming, Sensor};
use crate::scenario::{Level, Scenario};
use crate::table::TableError;
use crate::truth::{Counts, Recorder};
use crate::world::World;
use crate::world::write::{Footage, Opening, WriteError, write};
use devices::{devices, films};
use folder::FolderError;
use pictures::Shown;
use schemas::EventTime;
use sensors::Sensors;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The folder of the truth.
pub const TRUTH: &str = "truth";
/// Length of a tick of the truth's positions.
const TICK_US: i64 = 100_000;

/// What is to be generated.
pub struct Asked<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its shop.
    pub world: World,
    /// Where to.
    pub out: &'a Path,
    /// Threads that draw.
    pub threads: usize,
    /// File of a sketch of who walked where, SVG.
    pub sketch: Option<&'a Path>,
}

/// How much came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// Rows of each table of the truth.
    pub truth: Counts,
    /// Cameras.
    pub cameras: usize,
    /// Detections, where there are no pictures.
    pub detections: u64,
    /// Samples of scales.
    pub samples: u64,
    /// Codes shown to gates.
    pub scans: u64,
    /// Crossings of gates.
    pub crossings: u64,
    /// Hard kinds that were done, all of it or in part; those that take two are counted for each of both.
    pub hard: Vec<HardDone>,
    /// From the first moment to the last, microseconds.
    pub length_us: i64,
}

/// Why nothing, or not all, was generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The folder holds something else.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file of the shop could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A camera is none.
    #[error("a camera of the shop cannot be: {0}")]
    Camera(#[from] schemas::CameraFault),
    /// Pictures could not be made.
    #[error(transparent)]
    Film(#[from] render::FilmError),
    /// The sketch could not be written.
    #[error("cannot write {}", path.display())]
    Sketch {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// Generates what a scenario says; `tell` hears how many seconds of it are done.
pub fn generate(asked: Asked<'_>, tell: impl Fn(u32)) -> Result<Generated, GenerateError> {
    let habits = Crowd::new(&asked.world, &asked.scenario.people, asked.scenario.seed).habits();
    let life = Life::new(&asked.world, asked.scenario);
    let always = usize::try_from(i64::from(asked.scenario.seconds) * 1_000_000 / STEP_US + 1).unwrap_or(usize::MAX);
    play(asked, life, always, &habits, tell)
}

/// Generates what comes of a `life`, of which the scenario tells devices and level, but not who comes; it ends after so many
/// moments at the latest.
pub fn play(
    asked: Asked<'_>,
    life: Life,
    moments_max: usize,
    habits: &[Habit],
    tell: impl Fn(u32),
) -> Result<Generated, GenerateError> {
    let Asked { scenario, world, out, threads, sketch } = asked;
    folder::prepare(out)?;
    let world = Arc::new(world);
    let mut desk = Desk::open(scenario, &world, out, sketch.is_some())?;
    habits.iter().try_for_each(|habit| desk.recorder.habit(habit))?;
    devices(scenario, &world, &mut desk.recorder)?;
    let footage = match scenario.level {
        Level::Video => Footage::Video(films(scenario, &world)),
        Level::Observations => Footage::Detections,
    };
    let [public_key, pseudonym_key] = desk.sensors.keys();
    write(&world, &Opening { since: scenario.start, footage, public_key, pseudonym_key }, out)?;
    let moments = lived(life).take(moments_max);
    let mut made = match scenario.level {
        Level::Video => film(scenario, &world, out, threads, moments, &mut desk, tell)?,
        Level::Observations => watch(scenario, &world, out, moments, &mut desk, tell)?,
    };
    made.cameras = world.cameras.len();
    [made.samples, made.scans, made.crossings] = desk.sensors.close(EventTime(desk.last_us))?;
    made.truth = desk.recorder.close()?;
    (made.hard, made.length_us) = (desk.hard, desk.last_us - scenario.start.0);
    if let (Some(path), Some(sketch)) = (sketch, desk.sketch) {
        let failed = |source| GenerateError::Sketch { path: path.to_path_buf(), source };
        std::fs::write(path, sketch.svg()).map_err(failed)?;
    }
    Ok(made)
}

/// A moment, and the hard kinds that were over by it.
type Lived = (Moment, Vec<HardDone>);

fn lived(mut life: Life) -> impl Iterator<Item = Lived> {
    std::iter::from_fn(move || life.next().map(|moment| (moment, life.take_hard())))
}

/// Everybody who writes down every moment, whatever the level.
struct Desk {
    recorder: Recorder,
    sensors: Sensors,
    sketch: Option<Sketch>,
    hard: Vec<HardDone>,
    start_us: i64,
    last_us: i64,
}

impl Desk {
    fn open(scenario: &Scenario, world: &Arc<World>, out: &Path, sketch: bool) -> Result<Self, GenerateError> {
        Ok(Self {
            recorder: Recorder::create(&out.join(TRUTH), Arc::clone(world), TICK_US)?,
            sensors: Sensors::create(world, scenario, out)?,
            sketch: sketch.then(|| Sketch::of(world)),
            hard: Vec::new(),
            start_us: scenario.start.0,
            last_us: scenario.start.0,
        })
    }

    /// Takes a moment; gives the seconds done where one is full.
    fn moment(&mut self, (moment, hard): &Lived) -> Result<Option<u32>, TableError> {
        self.recorder.moment(moment)?;
        hard.iter().try_for_each(|done| self.recorder.hard(done))?;
        self.hard.extend(hard);
        self.sensors.moment(moment)?;
        if let Some(sketch) = &mut self.sketch {
            sketch.add(moment);
        }
        self.last_us = moment.at.0;
        let after = moment.at.0 - self.start_us;
        Ok((after % 1_000_000 == 0).then_some((after / 1_000_000) as u32))
    }
}

/// Observations only.
fn watch(
    scenario: &Scenario,
    world: &World,
    out: &Path,
    moments: impl Iterator<Item = Lived>,
    desk: &mut Desk,
    tell: impl Fn(u32),
) -> Result<Generated, GenerateError> {
    let mut observer = Observer::new(world, &scenario.noise, scenario.seed)?;
    let mut files = DetectionFiles::create(&out.join("detections"), world)?;
    let every_us = 1_000_000 / i64::from(scenario.pictures.fps);
    let skews: BTreeMap<&str, i64> =
        world.cameras.iter().map(|c| (c.name.as_str(), Line::new(scenario, &c.name).skew_us())).collect();
    for lived in moments {
        if let Some(done) = desk.moment(&lived)? {
            tell(done);
        }
        let (moment, _) = lived;
        if (moment.at.0 - scenario.start.0) % every_us != 0 {
            continue;
        }
        let mut failed = Ok(());
        observer.frame(&moment, |truth, mut found| {
            if scenario.is_out(truth.camera, moment.at) {
                return;
            }
            let skew_us = skews.get(truth.camera).copied().unwrap_or(0);
            found.iter_mut().for_each(|one| one.meta.event_time = one.meta.event_time.plus_us(skew_us));
            let written = desk.recorder.frame(truth).and_then(|()| files.push(found));
            failed = std::mem::replace(&mut failed, Ok(())).and(written);
        });
        failed?;
    }
    Ok(Generated { detections: files.close()?, ..Generated::default() })
}

/// Pictures, encoded.
fn film(
    scenario: &Scenario,
    world: &Arc<World>,
    out: &Path,
    threads: usize,
    moments: impl Iterator<Item = Lived>,
    desk: &mut Desk,
    tell: impl Fn(u32),
) -> Result<Generated, GenerateError> {
    let pictures = &scenario.pictures;
    let films = out.join("cameras");
    folder::make(&films)?;
    let file = |(n, camera): (usize, &crate::world::Camera)| (n, Some(films.join(format!("{}.mp4", camera.name))));
    let filming = Filming {
        cameras: world.cameras.iter().enumerate().map(file).collect(),
        lost: world.cameras.iter().enumerate().map(|(n, camera)| (n, scenario.lost_pictures(&camera.name))).collect(),
        encoding: Encoding { fps: pictures.fps, crf: pictures.crf as u8, ..Encoding::default() },
        sensor: Sensor::of(pictures),
        threads,
        seed: scenario.seed,
    };
    // Moments go in and truths come out by turns, on this thread; both are written at the same desk.
    let (desk, shown) = (RefCell::new(desk), RefCell::new(Shown::default()));
    let failed: RefCell<Option<TableError>> = RefCell::new(None);
    let moments = moments.map_while(|lived| {
        if failed.borrow().is_some() {
            return None;
        }
        match desk.borrow_mut().moment(&lived) {
            Ok(done) => done.into_iter().for_each(&tell),
            Err(error) => {
                failed.replace(Some(error));
                return None;
            }
        }
        shown.borrow_mut().meet(&lived.0);
        Some(Arc::new(lived.0))
    });
    render::film(world, &filming, moments, |truth| {
        if scenario.is_out(&world.cameras[truth.camera].name, truth.at) {
            return;
        }
        let written = shown.borrow().with(world, &truth, |frame| desk.borrow_mut().recorder.frame(frame));
        if let Err(error) = written {
            failed.borrow_mut().get_or_insert(error);
        }
    })?;
    match failed.into_inner() {
        Some(error) => Err(error.into()),
        None => Ok(Generated::default()),
    }
}

const _: () = assert!(1_000_000 % STEP_US == 0, "a second is a whole number of moments");
