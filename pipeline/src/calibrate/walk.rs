//! The calibration walk: when one person is seen by several cameras at once, from the `detections` table of a run.

use crate::config::plan::Plan;
use crate::ingest::{Detected, DetectionsForm, DetectionsReader, DetectionsSpec, IngestError};
use schemas::geometry::to_pixels;
use schemas::{Detection, EventTime, FrameMeta, ModelId, Tick};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How near a box may come to the picture's edge before what lies beyond may be hidden, as a share of the picture: detectors
/// draw their boxes a little short of it.
const EDGE: f64 = 0.03;
/// Least confidence of a box that tells where its edges are.
const SCORE_MIN: f32 = 0.5;

/// One camera's sight of the walker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glimpse {
    /// Which of the views.
    pub view: usize,
    /// The feet; none where the picture's edge cuts them off.
    pub feet: Option<[f64; 2]>,
    /// The top of the head, likewise.
    pub head: Option<[f64; 2]>,
    /// Height of the box in pixels.
    pub height_px: f64,
}

/// One time: every camera that saw somebody.
pub type Moment = Vec<Glimpse>;

/// What a table of detections holds of a walk.
pub(super) struct Walk {
    /// Up to the last time that is used.
    pub(super) used: Vec<Moment>,
    /// What came later: to see what the calibration is worth.
    pub(super) kept_back: Vec<Moment>,
    /// Width and height of each camera's picture, where it saw anybody.
    pub(super) sizes: Vec<Option<[f64; 2]>>,
}

/// Reads the walk from `out`, the folder of a run, or its `detections`. Times at which a camera saw several people are left out.
pub(super) fn read(plan: &Plan, out: &Path, until: Option<EventTime>) -> Result<Walk, IngestError> {
    let table = out.join("detections");
    let path = if table.is_dir() { table } else { out.to_path_buf() };
    let mut times: BTreeMap<Tick, (EventTime, Vec<Option<Glimpse>>)> = BTreeMap::new();
    let mut sizes = vec![None; plan.cameras.len()];
    for (view, camera) in plan.cameras.iter().enumerate() {
        let mut reader = DetectionsReader::open(DetectionsSpec {
            camera: camera.id,
            name: camera.name.clone(),
            path: path.clone(),
            model: ModelId(0),
            ahead_us: 0,
            form: DetectionsForm::Parquet,
            stop: Arc::default(),
        })?;
        while let Some(detected) = reader.next() {
            let found = match detected {
                Detected::Frame(found) => found,
                Detected::Fault(fault) => {
                    tracing::warn!(camera = camera.name, detail = fault.detail, "a row of the walk is damaged");
                    continue;
                }
            };
            sizes[view] = Some([f64::from(found.meta.width), f64::from(found.meta.height)]);
            let time = found.meta.event_time;
            let (_, seen) = times.entry(plan.tick.tick(time)).or_insert((time, Vec::new()));
            // None stands for several people: then nobody knows who is who.
            seen.push(match &found.detections[..] {
                [one] => Some(glimpse(view, one, &found.meta)),
                _ => None,
            });
        }
    }
    let (mut used, mut kept_back) = (Vec::new(), Vec::new());
    for (time, seen) in times.into_values() {
        let moment: Option<Moment> = seen.into_iter().collect();
        let part = if until.is_none_or(|until| time <= until) { &mut used } else { &mut kept_back };
        part.extend(moment.filter(|moment| moment.len() >= 2));
    }
    Ok(Walk { used, kept_back, sizes })
}

fn glimpse(view: usize, detection: &Detection, meta: &FrameMeta) -> Glimpse {
    let bbox = detection.bbox;
    let side = |steps: i32| f64::from(to_pixels(steps));
    let (left, top, right, bottom) = (side(bbox.left), side(bbox.top), side(bbox.right), side(bbox.bottom));
    let (width, height) = (f64::from(meta.width), f64::from(meta.height));
    let sides = left > EDGE * width && right < (1.0 - EDGE) * width && detection.score.unit() >= SCORE_MIN;
    let middle = (left + right) / 2.0;
    let feet = detection.feet.map_or([middle, bottom], |feet| [side(feet.x), side(feet.y)]);
    Glimpse {
        view,
        feet: (sides && bottom < (1.0 - EDGE) * height).then_some(feet),
        head: (sides && top > EDGE * height).then_some([middle, top]),
        height_px: bottom - top,
    }
}
