//! `aisleflow calibrate`: what is read, what is written, what is said.

use super::{Calibrated, View, draw, report, solve, walk};
use crate::config::plan::{CameraPlan, Plan, SourcePlan};
use crate::ingest::{IngestError, Ingested, VideoReader};
use clap::Args;
use schemas::{CameraModel, EventTime, Picture};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `aisleflow calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// The store's configuration, with [[cameras.points]]
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Folder of the footage: tells the size of the pictures, and is drawn on
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of a run's tables: its `detections` while one person walked through
    #[arg(long, value_name = "DIR")]
    pub walk: Option<PathBuf>,
    /// Last time of the walk that is used; what comes later only tests the calibration
    #[arg(long, value_name = "INSTANT", requires = "walk", value_parser = instant)]
    pub until: Option<EventTime>,
    /// A camera of which only the floor's homography is wanted; may be given several times
    #[arg(long, value_name = "CAMERA")]
    pub homography: Vec<String>,
    /// The calibration file to write; name it in the configuration: [floor] calibration
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Also draw the floor's grid, zones and points over a frame of each camera, in this folder. Pixels: mind who may see them
    #[arg(long, value_name = "DIR", requires = "data")]
    pub draw: Option<PathBuf>,
}

/// Why nothing was calibrated.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// Footage or table cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The points do not tell.
    #[error("{0}")]
    Unsolvable(String),
    /// No picture to go by.
    #[error("the size of {0}'s picture is not known: give --data")]
    Size(String),
    /// A name that nobody has.
    #[error("--homography {0}: no camera is called so")]
    Unknown(String),
    /// A file cannot be written.
    #[error("cannot write {path}: {error}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

fn instant(text: &str) -> Result<EventTime, String> {
    let time: jiff::Timestamp = text.parse().map_err(|_| "an instant with its offset, such as 2020-02-20T12:00:00Z")?;
    Ok(EventTime(time.as_microsecond()))
}

/// Calibrates the cameras of `plan`, writes the file and the pictures, and says what it is worth.
pub fn calibrate(plan: &Plan, args: &CalibrateArgs) -> Result<(), CalibrateError> {
    if let Some(name) = args.homography.iter().find(|name| plan.cameras.iter().all(|c| c.name != **name)) {
        return Err(CalibrateError::Unknown(name.clone()));
    }
    let walk = args.walk.as_ref().map(|out| walk::read(plan, out, args.until)).transpose()?;
    let mut frames = Vec::new();
    let mut views = Vec::new();
    for (i, camera) in plan.cameras.iter().enumerate() {
        let frame = args.data.as_ref().map(|data| first_frame(camera, data)).transpose()?.flatten();
        let size = match (&frame, camera.source) {
            (Some(frame), _) => Some([f64::from(frame.width()), f64::from(frame.height())]),
            (None, SourcePlan::Mot { width, height, .. }) => Some([f64::from(width), f64::from(height)]),
            _ => walk.as_ref().and_then(|walk| walk.sizes[i]),
        };
        views.push(View {
            name: camera.name.clone(),
            size: size.ok_or_else(|| CalibrateError::Size(camera.name.clone()))?,
            homography: args.homography.contains(&camera.name),
            points: camera.points.clone(),
        });
        frames.push(frame);
    }
    let used = walk.as_ref().map_or(&[][..], |walk| &walk.used);
    let found = solve(&views, used).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        CalibrateError::Unsolvable(lines.join("\nerror: "))
    })?;
    write(&args.out, &report::file(&plan.store, &found))?;
    if let Some(folder) = &args.draw {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |error| CalibrateError::Write { path, error }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        for ((camera, found), frame) in plan.cameras.iter().zip(&found).zip(&frames) {
            if let Some(frame) = frame {
                draw::draw(plan, camera, found, frame, folder).map_err(failed(folder))?;
            }
        }
    }
    say(&found, &views, walk.as_ref(), args)
        .map_err(|error| CalibrateError::Write { path: PathBuf::from("(stdout)"), error })
}

fn write(path: &Path, text: &str) -> Result<(), CalibrateError> {
    std::fs::write(path, text).map_err(|error| CalibrateError::Write { path: path.to_path_buf(), error })
}

fn say(found: &[Calibrated], views: &[View], walk: Option<&walk::Walk>, args: &CalibrateArgs) -> io::Result<()> {
    let mut to = io::stdout().lock();
    to.write_all(report::table(found).as_bytes())?;
    let models: Vec<CameraModel> = found.iter().map(|camera| camera.model.clone()).collect();
    let marks = report::marks(views, &models);
    if marks.count > 0 {
        let (count, median, p90) = (marks.count, marks.median, marks.p90);
        writeln!(to, "marks: {count} pairs of cameras, apart on the floor: median {median:.0} mm, p90 {p90:.0} mm")?;
    }
    if let Some(walk) = walk {
        for (name, part) in [("used", &walk.used), ("kept back", &walk.kept_back)] {
            let s = report::pairs(part, &models);
            let (times, count, median, p90) = (part.len(), s.count, s.median, s.p90);
            writeln!(
                to,
                "walk, {name}: {times} times, {count} pairs of cameras, apart on the floor: median {median:.0} mm, p90 {p90:.0} mm"
            )?;
        }
    }
    writeln!(to, "written  {}", args.out.display())?;
    args.draw.iter().try_for_each(|folder| writeln!(to, "drawn    {}/*.png", folder.display()))
}

/// The first picture of a camera's footage; none for cameras that have no pixels.
fn first_frame(camera: &CameraPlan, data: &Path) -> Result<Option<Picture>, IngestError> {
    let Some(footage) = camera.footage(data) else { return Ok(None) };
    let mut reader = VideoReader::open(footage)?;
    while let Some(ingested) = reader.next() {
        if let Ingested::Frame(frame) = ingested {
            return Ok(Some(frame.scaled.clone()));
        }
    }
    Ok(None)
}
