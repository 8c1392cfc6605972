//! Reel: one camera's footage, drawn frame by frame into a video and a contact sheet.

use super::boxes::Boxes;
use super::draw::{Canvas, Person, Trails};
use super::sheet::Sheet;
use super::video::Encoder;
use super::whose::Whose;
use super::{AnnotateError, RATE_DEFAULT, cannot_write};
use crate::config::plan::{CameraPlan, Plan};
use crate::ingest::{Ingested, VideoReader};
use schemas::{EventTime, Frame};
use std::path::{Path, PathBuf};

/// Pictures on a contact sheet: columns and rows.
const SHEET: (u32, u32) = (4, 4);
/// Width of one picture on it, in pixels.
const SHEET_TILE_WIDTH: u32 = 480;

/// One camera's film under construction.
pub struct Reel<'p> {
    camera: &'p CameraPlan,
    reader: VideoReader,
    /// The next frame.
    ahead: Option<Frame>,
    boxes: Boxes,
    trails: Trails,
    /// The last frame, drawn.
    shown: Option<Canvas>,
    film: PathBuf,
    encoder: Option<Encoder>,
    sheet: Sheet,
}

impl<'p> Reel<'p> {
    /// Opens the footage of `camera`, which has pixels.
    pub fn open(
        plan: &Plan,
        camera: &'p CameraPlan,
        data: &Path,
        out: &Path,
        folder: &Path,
    ) -> Result<Self, AnnotateError> {
        let Some(footage) = camera.footage(data) else { panic!("{} has no pixels to draw on", camera.name) };
        let reader = VideoReader::open(footage)?;
        let sheet = Sheet::new(SHEET, SHEET_TILE_WIDTH, reader.frames_expected().unwrap_or(0));
        let mut reel = Self {
            camera,
            reader,
            ahead: None,
            boxes: Boxes::open(out, &plan.store, &camera.name)?,
            trails: Trails::default(),
            shown: None,
            film: folder.join(format!("{}.mp4", camera.name)),
            encoder: None,
            sheet,
        };
        reel.look_ahead();
        Ok(reel)
    }

    fn look_ahead(&mut self) {
        self.ahead = std::iter::from_fn(|| self.reader.next()).find_map(|next| match next {
            Ingested::Frame(frame) => Some(frame),
            Ingested::Fault(_) => None,
        });
    }

    /// When the next frame was taken; none at the end.
    pub fn next_time(&self) -> Option<EventTime> {
        self.ahead.as_ref().map(|frame| frame.meta.event_time)
    }

    /// The last frame as it was drawn.
    pub fn shown(&self) -> Option<&Canvas> {
        self.shown.as_ref()
    }

    /// Draws every frame up to `until`; people by their tracks, where it is known `whose` they are.
    pub fn draw_until(&mut self, until: EventTime, whose: Option<&Whose>) -> Result<(), AnnotateError> {
        while let Some(frame) = self.ahead.take_if(|frame| frame.meta.event_time <= until) {
            let mut people = self.boxes.of_frame(frame.meta.sequence)?;
            for person in &mut people {
                person.track = track_of(person, frame.meta.event_time, whose);
            }
            let mut canvas = Canvas::new(&frame.scaled);
            canvas.regions(&self.camera.regions);
            canvas.people(&people, &mut self.trails);
            canvas.caption(&self.camera.name, &frame.meta);
            self.sheet.add(&canvas);
            let at = frame.meta.event_time;
            let encoder = match &mut self.encoder {
                Some(encoder) => encoder,
                none => none.insert(Encoder::create(&self.film, canvas.size(), RATE_DEFAULT, at)?),
            };
            encoder.add(&canvas, at)?;
            self.shown = Some(canvas);
            // The reader has few pictures: this one must go before the next is read.
            drop(frame);
            self.look_ahead();
        }
        Ok(())
    }

    /// Ends the film; gives the files made.
    pub fn finish(self) -> Result<[PathBuf; 2], AnnotateError> {
        if let Some(encoder) = self.encoder {
            encoder.finish()?;
        }
        let picture = self.film.with_extension("png");
        self.sheet.save(&picture).map_err(|error| cannot_write(&picture, &error))?;
        Ok([self.film, picture])
    }
}

/// Name and colour of the track that a person is part of.
fn track_of(person: &Person, time: EventTime, whose: Option<&Whose>) -> Option<(String, [u8; 3])> {
    let walk = whose?.track(person.tracklet.as_deref()?, time)?;
    Some((walk.name(), walk.color))
}
