//! Detectors: who is in the picture.

use crate::boxes::{detection, suppress};
use crate::error::ModelError;
use crate::heads::{Found, Mapping, movenet, people, yolox};
use crate::manifest::{Head, Kind, Manifest};
use crate::network::{Network, Runner, Weights};
use crate::picture::Scaler;
use schemas::{Detection, Frame, InferenceFault, ModelId, Pose};
use std::sync::Arc;

/// A network that finds people. Load once, share, and give each thread a session.
pub struct DetectorModel {
    network: Arc<Network>,
    cells: Arc<[(f32, f32, f32)]>,
}

impl DetectorModel {
    /// Reads `weights` and checks it against `manifest`: digest, input, output. Takes a second or so.
    pub fn load(manifest: &Manifest, weights: &Weights) -> Result<Arc<Self>, ModelError> {
        let network = Network::load(manifest, weights, Kind::Detector)?;
        let cells = match &manifest.head {
            Head::Yolox { strides, .. } => yolox::cells(manifest.input.width, manifest.input.height, strides),
            Head::People { stride, .. } => yolox::cells(manifest.input.width, manifest.input.height, &[*stride]),
            _ => Vec::new(),
        };
        Ok(Arc::new(Self { network, cells: cells.into() }))
    }

    /// `name@version+d`, d being the first eight digits of the digest.
    pub fn label(&self) -> &str {
        &self.network.label
    }

    /// The label's hash: what stands on rows.
    pub fn model_id(&self) -> ModelId {
        self.network.id
    }

    /// Width and height of the network's input, in pixels.
    pub fn input_size(&self) -> (u32, u32) {
        (self.network.manifest.input.width, self.network.manifest.input.height)
    }

    /// The size to which a source of `width x height` pixels is best scaled before it becomes [`Frame::scaled`];
    /// a picture of another size is scaled again.
    pub fn scaled_size(&self, width: u32, height: u32) -> (u32, u32) {
        self.network.manifest.input.scaled_size(width, height)
    }

    /// What one thread needs.
    pub fn session(&self) -> Result<DetectorSession, ModelError> {
        let runner = self.network.runner()?;
        let (network, cells) = (Arc::clone(&self.network), Arc::clone(&self.cells));
        Ok(DetectorSession { network, cells, runner, scaler: Scaler::new() })
    }
}

/// A detector in one thread.
pub struct DetectorSession {
    network: Arc<Network>,
    cells: Arc<[(f32, f32, f32)]>,
    runner: Runner,
    scaler: Scaler,
}

impl DetectorSession {
    /// The people in `frame.scaled`, in source pixels, clipped to the source picture, in ascending order
    /// (by box, then score). Scores go down to the manifest's `score_min`.
    pub fn detect(&mut self, frame: &Frame) -> Result<Vec<Detection>, InferenceFault> {
        let (meta, manifest) = (&frame.meta, &self.network.manifest);
        let source = (meta.width, meta.height);
        let whole = self.scaler.whole(&frame.scaled, source, &manifest.input);
        let (canvas, (width, height)) = whole.map_err(|reason| self.network.fault(reason))?;
        let values = self.runner.run(&canvas)?;
        let people = self.people(&values, meta.width as f32 / width as f32, meta.height as f32 / height as f32);
        let clipped = |found: Found| {
            let detection = detection(found.candidate, meta.width, meta.height)?;
            Some(Detection {
                feet: found.pose.feet,
                wrists: found.pose.wrists,
                appearance: found.appearance,
                ..detection
            })
        };
        let mut detections: Vec<Detection> = people.into_iter().filter_map(clipped).collect();
        detections.sort_unstable();
        Ok(detections)
    }

    /// Decodes and suppresses; `x` and `y` are source pixels for each input pixel.
    fn people(&self, values: &[f32], x: f32, y: f32) -> Vec<Found> {
        let (input, limits) = (&self.network.manifest.input, self.network.manifest.thresholds);
        let mapping = Mapping { scale: (x, y), origin: (0.0, 0.0) };
        let shares = Mapping { scale: (x * input.width as f32, y * input.height as f32), ..mapping };
        let bare = |candidate| Found { candidate, pose: Pose::default(), appearance: None };
        let found: Vec<Found> = match self.network.manifest.head {
            Head::Yolox { person, .. } => {
                let found = yolox::decode(values, &self.cells, person, limits.score_min, mapping);
                found.into_iter().map(bare).collect()
            }
            Head::People { .. } => people::decode(values, &self.cells, &limits, mapping),
            _ => {
                let people = movenet::people(values, limits.score_min, shares);
                people.into_iter().map(|(candidate, pose)| Found { pose, ..bare(candidate) }).collect()
            }
        };
        let kept = suppress(found.iter().map(|f| f.candidate).collect(), &limits);
        kept.iter().filter_map(|kept| found.iter().find(|f| f.candidate == *kept).cloned()).collect()
    }
}
