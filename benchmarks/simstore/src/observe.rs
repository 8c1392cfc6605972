//! The observation level: what detectors would find in every camera's pictures, without pictures, so that thousands of visits take
//! minutes.
//!
//! ```text
//!  Moment -> bodies (joints, once for all cameras)
//!     -> view    what a camera truly shows of everybody: occlusion by walls, blocks and racks from a depth map that is made
//!                once, by people from a coarse buffer of capsules; visible boxes and shares, joints   -> truth `people`
//!     -> detect  what a detector makes of that: misses, noise, doubles, merged and false boxes         -> `detections`
//! ```
//!
//! Goods on shelves hide nobody here: the pictures of the video level know better. The detector's parameters are in [`Noise`];
//! `simstore fit` reads them off what a real detector does on the video level.

mod body;
mod depth;
mod detect;
pub mod noise;
mod normal;
mod solids;
#[cfg(test)]
pub(crate) mod tests;
mod view;

pub use body::Body;
pub use detect::Detector;
pub use noise::Noise;
pub(crate) use normal::{cumulative, logistic, quantile};
pub use view::{Front, View};

use crate::body::Figure;
use crate::life::Moment;
use crate::seed::Seed;
use crate::table::{Shared, TableError};
use crate::truth::FrameTruth;
use crate::world::World;
use schemas::table::Names;
use schemas::{CameraFault, CameraId, FrameMeta, ModelId, Sighting};
use std::collections::BTreeMap;
use std::path::Path;

/// What stands as the model on every row.
pub const MODEL: &str = "simstore-observations@1+00000000";

/// All cameras of a shop.
pub struct Observer {
    cameras: Vec<Watch>,
    figures: BTreeMap<u32, Figure>,
    bodies: Vec<Body>,
    front: Front,
    frame: u64,
}

struct Watch {
    name: String,
    id: CameraId,
    size_px: [u32; 2],
    view: View,
    detector: Detector,
}

impl Observer {
    /// Looks at `world` through all its cameras. A camera that is none is an error.
    pub fn new(world: &World, noise: &Noise, seed: Seed) -> Result<Self, CameraFault> {
        let solids = solids::of(world);
        let watch = |(index, camera): (usize, &crate::world::Camera)| {
            let view = View::new(camera, &solids)?;
            let detector = Detector::new(world, camera, noise.clone(), seed, index as u64)?;
            let id = CameraId::mint(&world.name, &camera.name);
            Ok(Watch { name: camera.name.clone(), id, size_px: camera.size_px, view, detector })
        };
        let cameras = world.cameras.iter().enumerate().map(watch).collect::<Result<_, _>>()?;
        Ok(Self { cameras, figures: BTreeMap::new(), bodies: Vec::new(), front: Front::default(), frame: 0 })
    }

    /// Takes the next picture of every camera, all at the time of `moment`; gives them in the order of the cameras.
    pub fn frame(&mut self, moment: &Moment, mut take: impl FnMut(&FrameTruth<'_>, Vec<Sighting>)) {
        self.bodies.clear();
        self.figures.retain(|person, _| moment.present.iter().any(|p| p.person.number == *person));
        for present in &moment.present {
            let person = &present.person;
            let figure = self.figures.entry(person.number).or_insert_with(|| Figure::of(person));
            self.bodies.push(Body::of(person, figure, &present.pose));
        }
        for camera in &mut self.cameras {
            let seen = camera.view.see(&self.bodies, &mut self.front);
            let [width, height] = camera.size_px;
            let (event_time, sequence) = (moment.at, self.frame);
            let meta = FrameMeta { camera: camera.id, event_time, sequence, width, height };
            let found = camera.detector.detect(meta, &seen);
            let (at, size_px) = (moment.at, camera.size_px);
            let frame = FrameTruth { camera: &camera.name, frame: sequence, at, size_px, people: &seen };
            take(&frame, found);
        }
        self.frame += 1;
    }
}

/// The files of detections: one for each camera, `FOLDER/CAMERA.parquet`, in the form of the pipeline's table `detections`.
pub struct DetectionFiles {
    files: BTreeMap<CameraId, Shared<Sighting>>,
}

impl DetectionFiles {
    /// Begins a file for every camera of `world`.
    pub fn create(folder: &Path, world: &World) -> Result<Self, TableError> {
        let mut names = Names::default();
        names.models.insert(ModelId::mint(MODEL), MODEL.to_string());
        let mut files = BTreeMap::new();
        for camera in &world.cameras {
            let id = CameraId::mint(&world.name, &camera.name);
            names.cameras = BTreeMap::from([(id, camera.name.clone())]);
            let path = folder.join(format!("{}.parquet", camera.name));
            files.insert(id, Shared::create(&path, names.clone(), &[("store", &world.name), ("table", "detections")])?);
        }
        Ok(Self { files })
    }

    /// Takes what was found; each camera's frames come in order of time.
    pub fn push(&mut self, found: Vec<Sighting>) -> Result<(), TableError> {
        for sighting in found {
            if let Some(file) = self.files.get_mut(&sighting.meta.camera) {
                file.push(sighting)?;
            }
        }
        Ok(())
    }

    /// Completes the files and says how many rows they have.
    pub fn close(self) -> Result<u64, TableError> {
        self.files.into_values().map(Shared::close).sum()
    }
}
