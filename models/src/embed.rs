//! Embedders: what a person looks like, as a vector to compare.

use crate::error::ModelError;
use crate::manifest::{Kind, Manifest};
use crate::network::{Network, Runner, Weights};
use crate::picture::{Region, Scaler};
use schemas::{Appearances, Box2, Crops, Embedding, InferenceFault, ModelId, Picture};
use std::sync::Arc;

/// A re-identification network. Load once, share, and give each thread a session.
pub struct EmbedderModel {
    network: Arc<Network>,
}

impl EmbedderModel {
    /// Reads `weights` and checks it against `manifest`: digest, input, output.
    pub fn load(manifest: &Manifest, weights: &Weights) -> Result<Arc<Self>, ModelError> {
        Ok(Arc::new(Self { network: Network::load(manifest, weights, Kind::Embedder)? }))
    }

    /// `name@version+d`, d being the first eight digits of the digest.
    pub fn label(&self) -> &str {
        &self.network.label
    }

    /// The label's hash.
    pub fn model_id(&self) -> ModelId {
        self.network.id
    }

    /// What one thread needs.
    pub fn session(&self) -> Result<EmbedderSession, ModelError> {
        let (network, runner) = (Arc::clone(&self.network), self.network.runner()?);
        Ok(EmbedderSession { network, runner, scaler: Scaler::new() })
    }
}

/// An embedder in one thread.
pub struct EmbedderSession {
    network: Arc<Network>,
    runner: Runner,
    scaler: Scaler,
}

impl EmbedderSession {
    /// The appearance of the person in each box, one run a box; none where box and picture share less than a pixel,
    /// or where the network gives the zero vector.
    pub fn embed(&mut self, crops: &Crops) -> Result<Appearances, InferenceFault> {
        let (picture, zoom) = picture_of(crops);
        crops.boxes.iter().map(|&bbox| self.one(picture, region(bbox, zoom))).collect()
    }

    fn one(&mut self, picture: &Picture, region: Region) -> Result<Option<Embedding>, InferenceFault> {
        let part = self.scaler.part(picture, inside(region, picture), &self.network.manifest.input);
        let Some(canvas) = part.map_err(|reason| self.network.fault(reason))? else { return Ok(None) };
        Ok(Embedding::from_values(&self.runner.run(&canvas)?))
    }
}

/// The picture that people are cut out of, and its pixels for each source pixel.
pub(crate) fn picture_of(crops: &Crops) -> (&Picture, (f32, f32)) {
    let (meta, picture) = (&crops.frame.meta, crops.frame.full.as_ref().unwrap_or(&crops.frame.scaled));
    let zoom = |shown: u32, source: u32| shown as f32 / source.max(1) as f32;
    (picture, (zoom(picture.width(), meta.width), zoom(picture.height(), meta.height)))
}

/// A box in source pixels as a region of a picture with `zoom` pixels for each of them.
pub(crate) fn region(bbox: Box2, zoom: (f32, f32)) -> Region {
    let [left, top, width, height] =
        [bbox.left, bbox.top, bbox.width(), bbox.height()].map(schemas::geometry::to_pixels);
    Region { left: left * zoom.0, top: top * zoom.1, width: width * zoom.0, height: height * zoom.1 }
}

/// The part of a region that lies in the picture.
fn inside(region: Region, picture: &Picture) -> Region {
    let (left, top) = (region.left.max(0.0), region.top.max(0.0));
    let right = (region.left + region.width).min(picture.width() as f32);
    let bottom = (region.top + region.height).min(picture.height() as f32);
    Region { left, top, width: right - left, height: bottom - top }
}
