//! Annotate: draws what a run found over its footage, a video and a contact sheet for each camera.
//!
//! A second pass over the footage beside the published tables: what is drawn is what was written. Where people were followed on the
//! floor, also the floor plan (`plan.svg`, `plan.png`), each visit on one of its own (`journeys/`), and all cameras beside it (`floor.mp4`,
//! `floor.png`). It shows people, so it happens only on request, into a folder of its own.

mod boxes;
pub mod case;
pub(crate) mod draw;
pub mod floorplan;
mod forms;
mod journeys;
pub(crate) mod parts;
mod reel;
mod sheet;
mod tiled;
mod video;
mod whose;

use crate::config::plan::{CameraPlan, Plan, SourcePlan};
use crate::ingest::IngestError;
use floorplan::Scene;
use reel::Reel;
use schemas::EventTime;
use std::path::{Path, PathBuf};
use whose::Whose;

/// Frames a second of the drawn video when the footage has none to go by.
const RATE_DEFAULT: u32 = 10;

/// Why nothing could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The footage is gone.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The table cannot be read.
    #[error("cannot read {path}: {reason}")]
    Table {
        /// The file.
        path: PathBuf,
        /// The reader's words.
        reason: String,
    },
    /// The picture or video cannot be written.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

/// Draws every video camera of `plan` into `folder`, and the floor where people were followed on it; gives the files made. `out` must
/// hold the run's `detections` table.
pub fn annotate(plan: &Plan, data: &Path, out: &Path, folder: &Path) -> Result<Vec<PathBuf>, AnnotateError> {
    std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    let has_film = |camera: &&CameraPlan| {
        matches!(camera.source, SourcePlan::Video { .. }) && (data.join(&camera.path).exists() || camera.required)
    };
    let reels = plan.cameras.iter().filter(has_film).map(|camera| Reel::open(plan, camera, data, out, folder));
    let mut made = Vec::new();
    match Whose::read(out, &plan.store)? {
        // One after another: each is closed before the next is opened.
        None => {
            for reel in reels {
                let mut reel = reel?;
                reel.draw_until(EventTime(i64::MAX), None)?;
                made.extend(reel.finish()?);
            }
        }
        Some(whose) => {
            let mut reels: Vec<Reel<'_>> = reels.collect::<Result<_, _>>()?;
            let scene = scene(plan, &whose);
            let together = tiled::draw(&mut reels, &whose, &scene, plan.tick, folder)?;
            for reel in reels {
                made.extend(reel.finish()?);
            }
            made.extend(together);
            for name in ["plan.svg", "plan.png"] {
                scene.save(&folder.join(name))?;
                made.push(folder.join(name));
            }
            made.extend(journeys::draw(out, &plan.store, &scene, folder)?);
        }
    }
    Ok(made)
}

/// The store's floor with everybody's path.
fn scene(plan: &Plan, whose: &Whose) -> Scene {
    let points = plan.cameras.iter().flat_map(|camera| &camera.points);
    let camera = |camera: &CameraPlan| floorplan::Camera::of(&camera.name, camera.model.as_ref()?);
    Scene {
        zones: plan.zones.iter().map(|zone| (zone.name().to_string(), zone.corners().to_vec())).collect(),
        racks: plan.gondolas.iter().map(|gondola| (gondola.name.clone(), gondola.foot().to_vec())).collect(),
        cameras: plan.cameras.iter().filter_map(camera).collect(),
        marks: points.filter_map(|point| point.world_mm.map(|[x, y, _]| [x, y])).collect(),
        walks: whose.walks.clone(),
        since: None,
        about: Vec::new(),
    }
}

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> AnnotateError {
    AnnotateError::Write { path: path.to_path_buf(), reason: error.to_string() }
}
