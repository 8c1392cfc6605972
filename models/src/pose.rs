//! Posers: where a person's wrists and feet are.

use crate::embed::{picture_of, region};
use crate::error::ModelError;
use crate::heads::{Mapping, movenet};
use crate::manifest::{Head, Kind, Manifest};
use crate::network::{Network, Runner, Weights};
use crate::picture::{Region, Scaler};
use schemas::{Box2, Crops, InferenceFault, ModelId, Point, Pose, Poses};
use std::sync::Arc;

/// Side of the square cut out around a person, in sides of the person's box: MoveNet wants some room around.
const CROP_SIDES: f32 = 1.25;
/// A pose of the whole picture belongs to a box only when their IoU is at least this.
const MATCH_IOU_MIN: f32 = 0.3;

/// A network that finds keypoints. Load once, share, and give each thread a session.
pub struct PoserModel {
    network: Arc<Network>,
}

impl PoserModel {
    /// Reads `weights` and checks it against `manifest`: digest, input, output.
    pub fn load(manifest: &Manifest, weights: &Weights) -> Result<Arc<Self>, ModelError> {
        Ok(Arc::new(Self { network: Network::load(manifest, weights, Kind::Poser)? }))
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
    pub fn session(&self) -> Result<PoserSession, ModelError> {
        let (network, runner) = (Arc::clone(&self.network), self.network.runner()?);
        Ok(PoserSession { network, runner, scaler: Scaler::new() })
    }
}

/// A poser in one thread.
pub struct PoserSession {
    network: Arc<Network>,
    runner: Runner,
    scaler: Scaler,
}

impl PoserSession {
    /// One pose for each box: a network for one person runs once a box, one for many runs once a frame and its people
    /// are matched to the boxes by IoU. Keypoints below the manifest's `score_min` are not seen; positions are source
    /// pixels inside the source picture.
    pub fn pose(&mut self, crops: &Crops) -> Result<Poses, InferenceFault> {
        let mut poses = match self.network.manifest.head {
            Head::MovenetMultipose if crops.boxes.is_empty() => Vec::new(),
            Head::MovenetMultipose => self.whole(crops)?,
            _ => crops.boxes.iter().map(|&bbox| self.one(crops, bbox)).collect::<Result<_, _>>()?,
        };
        let meta = &crops.frame.meta;
        poses.iter_mut().for_each(|pose| keep_inside(pose, meta.width, meta.height));
        Ok(poses)
    }

    fn whole(&mut self, crops: &Crops) -> Result<Poses, InferenceFault> {
        let (meta, (picture, _)) = (&crops.frame.meta, picture_of(crops));
        let (input, score_min) = (&self.network.manifest.input, self.network.manifest.thresholds.score_min);
        let whole = self.scaler.whole(picture, (meta.width, meta.height), input);
        let (canvas, (width, height)) = whole.map_err(|reason| self.network.fault(reason))?;
        let stretch = |source: u32, side: u32, shown: u32| source as f32 * side as f32 / shown as f32;
        let scale = (stretch(meta.width, input.width, width), stretch(meta.height, input.height, height));
        let values = self.runner.run(&canvas)?;
        let people = movenet::people(&values, score_min, Mapping { scale, origin: (0.0, 0.0) });
        let people: Vec<(Box2, Pose)> = people.into_iter().map(|(found, pose)| (found.bbox, pose)).collect();
        Ok(matched(&crops.boxes, &people))
    }

    fn one(&mut self, crops: &Crops, bbox: Box2) -> Result<Pose, InferenceFault> {
        let (picture, zoom) = picture_of(crops);
        let square = square(region(bbox, zoom));
        let part = self.scaler.part(picture, square, &self.network.manifest.input);
        let Some(canvas) = part.map_err(|reason| self.network.fault(reason))? else { return Ok(Pose::default()) };
        let values = self.runner.run(&canvas)?;
        let mapping = Mapping {
            scale: (square.width / zoom.0, square.height / zoom.1),
            origin: (square.left / zoom.0, square.top / zoom.1),
        };
        Ok(movenet::pose(&values, self.network.manifest.thresholds.score_min, mapping))
    }
}

/// The square around a box's middle, with room around.
fn square(region: Region) -> Region {
    let side = region.width.max(region.height) * CROP_SIDES;
    let left = region.left + (region.width - side) / 2.0;
    let top = region.top + (region.height - side) / 2.0;
    Region { left, top, width: side, height: side }
}

/// Gives each box the pose of the person who overlaps it most: best pairs first, each box and person once, equal pairs
/// in the order of the boxes, then of the people.
fn matched(boxes: &[Box2], people: &[(Box2, Pose)]) -> Poses {
    let pair = |(b, bbox): (usize, &Box2)| {
        let bbox = *bbox;
        people.iter().enumerate().map(move |(p, (person, _))| (bbox.iou(*person), b, p)).collect::<Vec<_>>()
    };
    let mut pairs: Vec<(f32, usize, usize)> = boxes.iter().enumerate().flat_map(pair).collect();
    pairs.retain(|(iou, ..)| *iou >= MATCH_IOU_MIN);
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut poses = vec![None; boxes.len()];
    let mut taken = vec![false; people.len()];
    for (_, b, p) in pairs {
        if poses[b].is_none() && !taken[p] {
            poses[b] = Some(people[p].1);
            taken[p] = true;
        }
    }
    poses.into_iter().map(Option::unwrap_or_default).collect()
}

fn keep_inside(pose: &mut Pose, width: u32, height: u32) {
    let far = Point::from_pixels(width as f32, height as f32);
    let clamp = |at: &mut Point| *at = Point { x: at.x.clamp(0, far.x), y: at.y.clamp(0, far.y) };
    pose.feet.iter_mut().for_each(clamp);
    pose.wrists.iter_mut().flatten().for_each(|wrist| clamp(&mut wrist.at));
}

#[cfg(test)]
mod tests;
