//! Annotate: draws what a run found over its footage, a video and a contact sheet for each camera.
//!
//! A second pass over the footage beside the published `detections` table: what is drawn is what was written. It shows people, so
//! it happens only on request, into a folder of its own.

mod boxes;
pub(crate) mod draw;
pub mod floorplan;
mod forms;
mod video;

use crate::config::plan::{CameraPlan, Plan, SourcePlan};
use crate::ingest::{IngestError, Ingested, VideoReader, VideoSpec};
use boxes::Boxes;
use draw::Canvas;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use video::Encoder;

/// Pictures on a contact sheet: columns and rows.
const SHEET: (u32, u32) = (4, 4);
/// Width of one picture on it, in pixels.
const SHEET_TILE_WIDTH: u32 = 480;
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

/// Draws every video camera of `plan` into `folder`; gives the files made. `out` must hold the run's `detections` table.
pub fn annotate(plan: &Plan, data: &Path, out: &Path, folder: &Path) -> Result<Vec<PathBuf>, AnnotateError> {
    std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    let mut made = Vec::new();
    for camera in plan.cameras.iter().filter(|camera| matches!(camera.source, SourcePlan::Video { .. })) {
        if data.join(&camera.path).exists() || camera.required {
            made.extend(annotate_camera(plan, camera, data, out, folder)?);
        }
    }
    Ok(made)
}

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> AnnotateError {
    AnnotateError::Write { path: path.to_path_buf(), reason: error.to_string() }
}

fn annotate_camera(
    plan: &Plan,
    camera: &CameraPlan,
    data: &Path,
    out: &Path,
    folder: &Path,
) -> Result<[PathBuf; 2], AnnotateError> {
    let SourcePlan::Video { threads, pts_jump_max_us, .. } = camera.source else {
        panic!("{} has no pixels to draw on", camera.name)
    };
    let mut reader = VideoReader::open(VideoSpec {
        camera: camera.id,
        name: camera.name.clone(),
        path: data.join(&camera.path),
        start: camera.start,
        pts_jump_max_us,
        threads,
        scaled: Arc::new(|width, height| (width, height)),
        full: false,
        pictures_max: 2,
        stop: Arc::default(),
    })?;
    let mut boxes = Boxes::open(out, &plan.store, &camera.name)?;
    let mut sheet = Sheet::new(reader.frames_expected().unwrap_or(0));
    let film = folder.join(format!("{}.mp4", camera.name));
    let mut encoder: Option<Encoder> = None;
    let mut trails = draw::Trails::default();
    while let Some(ingested) = reader.next() {
        let Ingested::Frame(frame) = ingested else { continue };
        let found = boxes.of_frame(frame.meta.sequence)?;
        let mut canvas = Canvas::new(&frame.scaled);
        canvas.regions(&camera.regions);
        canvas.people(&found, &mut trails);
        canvas.caption(&camera.name, &frame.meta);
        sheet.add(&canvas);
        let encoder = match &mut encoder {
            Some(encoder) => encoder,
            none => none.insert(Encoder::create(&film, canvas.size(), RATE_DEFAULT, frame.meta.event_time)?),
        };
        encoder.add(&canvas, frame.meta.event_time)?;
    }
    if let Some(encoder) = encoder {
        encoder.finish()?;
    }
    let picture = folder.join(format!("{}.png", camera.name));
    sheet.save(&picture).map_err(|error| cannot_write(&picture, &error))?;
    Ok([film, picture])
}

/// Pictures at even distances, side by side.
struct Sheet {
    every: u64,
    seen: u64,
    tiles: Vec<Canvas>,
}

impl Sheet {
    fn new(frames_expected: u64) -> Self {
        let tiles = u64::from(SHEET.0 * SHEET.1);
        Self { every: (frames_expected / tiles).max(1), seen: 0, tiles: Vec::new() }
    }

    /// Takes the frame in the middle of each stretch.
    fn add(&mut self, canvas: &Canvas) {
        if self.seen % self.every == self.every / 2 && self.tiles.len() < (SHEET.0 * SHEET.1) as usize {
            self.tiles.push(canvas.reduced(SHEET_TILE_WIDTH));
        }
        self.seen += 1;
    }

    fn save(&self, path: &Path) -> io::Result<()> {
        let (width, height) = self.tiles.first().map_or((16, 9), Canvas::size);
        let mut sheet = Canvas::black(SHEET.0 * width, SHEET.1 * height);
        for (i, tile) in (0u32..).zip(&self.tiles) {
            sheet.paste(tile, i % SHEET.0 * width, i / SHEET.0 * height);
        }
        sheet.save(path)
    }
}
