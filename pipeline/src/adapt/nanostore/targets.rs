//! People: `full_targets.json`, one document a line, each with the joints in space of everybody whom the shop's own cameras followed.
//! What those cameras saw is not recorded, nor is a calibration that fits; so the joints are seen anew by two ideal cameras
//! ([`views`]), as `detections.parquet`.
//!
//! Real are the times, the joints and their scores. Made up are the cameras, and the box: that of an upright body below the head, as wide as
//! people are, and of the arms. No feet are recorded: people stand below their heads. Who is who is recorded and left out: telling that is
//! what a run does. Lengths there are inches; a joint at the origin without a score is none.

use super::{STORE, lines, time};
use crate::adapt::AdaptError;
use crate::sink::parquet::write_rows;
use schemas::table::{Names, TableRow};
use schemas::{Box2, CameraFault, CameraId, CameraModel, Detection, EventTime, FrameMeta, ModelId, Pinhole, Point};
use schemas::{Score, Sighting, Wrist};
use serde_json::Value;
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const MM_PER_INCH: f64 = 25.4;
/// Size of the pictures that nobody took.
const SIZE_PX: (u32, u32) = (1280, 960);
/// What stands for the model that found them.
const MODEL: &str = "nanostore-targets";
/// From the middle of the head to its top.
const CROWN_MM: f64 = 110.0;
/// An upright body: how wide it is from its middle at which part of its height.
const BODY: [(f64, f64); 5] = [(0.0, 130.0), (0.5, 200.0), (0.8, 230.0), (0.93, 100.0), (1.0, 60.0)];
/// Joints of which no box tells, beside head and wrists.
const ARMS: [&str; 5] = ["neck", "l_shoulder", "r_shoulder", "l_elbow", "r_elbow"];

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The table.
    pub file: PathBuf,
    /// Its rows: each person once for each camera.
    pub detections: usize,
    /// Instants at which somebody was there.
    pub instants: usize,
    /// Instants at which nobody was, or of nobody a head.
    pub without: usize,
}

/// The ideal cameras: high above, outside on the side of the glass, left and right. `pipeline/examples/nanostore-benchmark1.toml` has
/// the same.
pub fn views() -> [(&'static str, Pinhole); 2] {
    let view = |rotation, translation_mm| Pinhole {
        focal_px: [1000.0, 1000.0],
        centre_px: [640.0, 480.0],
        distortion: [0.0; 5],
        rotation,
        translation_mm,
    };
    [
        ("left", view([1.927849, -0.865731, 0.512735], [-1702.4, 1348.0, 6278.9])),
        ("right", view([1.919367, 0.874522, -0.521022], [-1197.5, -226.9, 9241.5])),
    ]
}

/// A joint in millimetres of the store, and how sure it is.
type Joint = ([f64; 3], f32);

/// Somebody at an instant.
#[derive(Debug, Default, PartialEq)]
struct Person {
    head: [f64; 3],
    score: f32,
    /// Left, right.
    wrists: [Option<Joint>; 2],
    arms: Vec<[f64; 3]>,
}

/// Writes `detections.parquet` into `out` from the `full_targets.json` in `from`.
pub fn targets(from: &Path, out: &Path) -> Result<Targets, AdaptError> {
    let source = from.join("full_targets.json");
    let mut instants: BTreeMap<EventTime, Vec<Person>> = BTreeMap::new();
    lines(&source, |document| {
        let at = time(document, "/document/header/t_origin")?;
        let people = document.pointer("/document/targets/targets").and_then(Value::as_array);
        instants.insert(at, people.into_iter().flatten().filter_map(person).collect());
        Ok(())
    })?;
    let seen = |fault: CameraFault| AdaptError::Line { path: source.clone(), line: 0, reason: fault.to_string() };
    let (mut rows, mut names) = (Vec::new(), Names::default());
    let model = ModelId::mint(MODEL);
    names.models.insert(model, MODEL.to_string());
    for (name, pinhole) in views() {
        let (camera, lens) = (CameraId::mint(STORE, name), CameraModel::pinhole(pinhole).map_err(seen)?);
        names.cameras.insert(camera, name.to_string());
        for (sequence, (&event_time, people)) in (0..).zip(&instants) {
            let meta = FrameMeta { camera, event_time, sequence, width: SIZE_PX.0, height: SIZE_PX.1 };
            let found = people.iter().filter_map(|person| seen_by(&lens, person));
            rows.extend(found.map(|detection| Sighting { meta, model, detection, tracklet: None }));
        }
    }
    Sighting::sort(&mut rows, &names);
    let without = instants.values().filter(|people| people.is_empty()).count();
    let path = out.join(format!("{}.parquet", Sighting::TABLE.name));
    let unwritable = |source| AdaptError::File { path: path.clone(), source };
    fs::create_dir_all(out).map_err(unwritable)?;
    let file = File::create(&path).map_err(unwritable)?;
    write_rows(file, &rows, &names, &[("adapted", STORE.to_string())], &path)?;
    Ok(Targets { detections: rows.len(), instants: instants.len() - without, without, file: path })
}

/// None of whom no head is known.
fn person(target: &Value) -> Option<Person> {
    let (head, score) = joint(&target["head"])?;
    let wrists = ["l_wrist", "r_wrist"].map(|name| joint(&target[name]));
    let arms = ARMS.iter().filter_map(|name| joint(&target[*name])).map(|(at, _)| at).collect();
    Some(Person { head, score, wrists, arms })
}

fn joint(said: &Value) -> Option<Joint> {
    let score = said["score"].as_f64().filter(|score| *score > 0.0)? as f32;
    // What is 0 is left out there.
    let mm = |axis: &str| said["point"][axis].as_f64().unwrap_or(0.0) * MM_PER_INCH;
    let at = ["x", "y", "z"].map(mm);
    at.iter().all(|n| n.abs() < 1e6).then_some((at, score))
}

/// What a camera sees of somebody; none who is not wholly in front of it.
fn seen_by(camera: &CameraModel, person: &Person) -> Option<Detection> {
    let [x, y, z] = person.head;
    let tall = z + CROWN_MM;
    let ring = |(part, wide): (f64, f64)| {
        (0..12).map(move |i| {
            let (sin, cos) = (f64::from(i) * TAU / 12.0).sin_cos();
            [x + wide * cos, y + wide * sin, part * tall]
        })
    };
    let wrists = person.wrists.iter().flatten().map(|(at, _)| *at);
    let points = BODY.into_iter().flat_map(ring).chain(wrists).chain(person.arms.iter().copied());
    let pixels = points.map(|at| camera.project(at)).collect::<Option<Vec<[f64; 2]>>>()?;
    let pixel = |[u, v]: [f64; 2]| Point::from_pixels(u as f32, v as f32);
    let least = |axis: usize| pixels.iter().map(|at| at[axis]).fold(f64::INFINITY, f64::min) as f32;
    let most = |axis: usize| pixels.iter().map(|at| at[axis]).fold(f64::NEG_INFINITY, f64::max) as f32;
    let bbox = Box2::from_pixels(least(0), least(1), most(0), most(1));
    let wrist = |(at, score): Joint| Some(Wrist { at: pixel(camera.project(at)?), score: Score::from_unit(score) });
    Some(Detection {
        feet: camera.project([x, y, 0.0]).map(pixel),
        wrists: person.wrists.map(|joint| joint.and_then(wrist)),
        ..Detection::new(bbox, Score::from_unit(person.score))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::geometry::to_pixels;

    #[test]
    fn joints_are_inches_and_those_at_the_origin_are_none() {
        let target = serde_json::json!({
            "head": {"point": {"x": 100.0, "z": 60.0}, "score": 0.5},
            "l_wrist": {"point": {"x": 0.0, "y": 0.0, "z": 0.0}, "score": 0.0},
            "r_wrist": {"point": {"x": 90.0, "y": -10.0, "z": 40.0}, "score": 0.25},
        });
        let somebody = person(&target).expect("a head");
        assert_eq!(somebody.head.map(f64::round), [2540.0, 0.0, 1524.0]);
        assert_eq!((somebody.score, somebody.wrists[0], somebody.arms.len()), (0.5, None, 0));
        assert_eq!(
            somebody.wrists[1].map(|(at, score)| (at.map(f64::round), score)),
            Some(([2286.0, -254.0, 1016.0], 0.25))
        );
        assert_eq!(person(&serde_json::json!({"l_wrist": target["r_wrist"]})), None);
    }

    #[test]
    fn both_cameras_see_the_whole_floor_and_agree_on_where_somebody_stands() {
        for (name, pinhole) in views() {
            let camera = CameraModel::pinhole(pinhole).expect("a camera");
            for head in [[0.0, 0.0, 1700.0], [4400.0, 0.0, 1900.0], [4300.0, -1560.0, 1600.0], [300.0, -1900.0, 1800.0]]
            {
                let hand = [head[0], head[1] + 300.0, 1000.0];
                let somebody = Person { head, score: 1.0, wrists: [Some((hand, 0.9)), None], arms: vec![] };
                let found = seen_by(&camera, &somebody).expect("in front");
                let inside = found.bbox.left > 0 && found.bbox.top > 0;
                let (right, bottom) = (to_pixels(found.bbox.right), to_pixels(found.bbox.bottom));
                assert!(inside && right < 1280.0 && bottom < 960.0, "{name}: {head:?} {:?}", found.bbox);
                let back =
                    |at: Point, z| camera.floor([at.x, at.y].map(|e| f64::from(to_pixels(e))), z).expect("a place");
                let feet = back(found.feet.expect("feet"), 0.0);
                assert!((feet[0] - head[0]).hypot(feet[1] - head[1]) < 2.0, "{name}: {feet:?}");
                let wrist = back(found.wrists[0].expect("a wrist").at, hand[2]);
                assert!((wrist[0] - hand[0]).hypot(wrist[1] - hand[1]) < 2.0, "{name}: {wrist:?}");
            }
        }
    }
}
