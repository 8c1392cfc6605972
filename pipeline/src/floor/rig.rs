//! Rig: where a set of cameras looks, from JSON with a projection matrix for each, or from a calibration file.

use crate::config::Problem;
use crate::config::calibration::read_file;
use crate::config::file::Reading;
use clap::ValueEnum;
use schemas::{CameraFault, CameraModel};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Unit of the world in a file of cameras.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Unit {
    /// Metres.
    M,
    /// Millimetres.
    Mm,
}

/// Cameras by name.
#[derive(Clone, Debug, Default)]
pub struct Rig {
    /// Where each looks, in millimetres.
    pub cameras: BTreeMap<String, CameraModel>,
}

/// Why a file is no rig.
#[derive(Debug, thiserror::Error)]
pub enum RigError {
    /// It is neither `.json` nor `.toml`.
    #[error("{0}: cameras are read from .json or .toml")]
    Ending(PathBuf),
    /// It is no JSON of the right shape.
    #[error("{path}: {reason}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A calibration file has problems.
    #[error("{0}")]
    Problems(String),
    /// A camera's numbers are no camera.
    #[error("{path}: camera {name:?}: {fault}")]
    Camera {
        /// The file.
        path: PathBuf,
        /// The camera.
        name: String,
        /// Why not.
        fault: CameraFault,
    },
}

impl Rig {
    /// Reads `text`, which came from `path`; its ending says in which form it is.
    ///
    /// # Errors
    /// In words, with the camera that makes no sense.
    pub fn read(path: &Path, text: &str, unit: Unit) -> Result<Self, RigError> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => read_json(path, text, unit),
            Some("toml") => read_toml(path, text),
            _ => Err(RigError::Ending(path.to_owned())),
        }
    }
}

/// What `aisleflow calibrate` writes.
fn read_toml(path: &Path, text: &str) -> Result<Rig, RigError> {
    let reading = Reading::new(&path.display().to_string(), text);
    let mut rig = Rig::default();
    read_file(&reading, |name, model| {
        rig.cameras.extend(model.map(|model| (name.to_owned(), model)));
        Ok(())
    });
    let problems = reading.into_problems();
    if !problems.is_empty() {
        let reasons: Vec<String> = problems.iter().map(Problem::to_string).collect();
        return Err(RigError::Problems(reasons.join("\n")));
    }
    filled(path, rig)
}

/// `{"cameras": {NAME: MATRIX, ...}}`, or the inner part alone.
fn read_json(path: &Path, text: &str, unit: Unit) -> Result<Rig, RigError> {
    let form = |reason: String| RigError::Form { path: path.to_owned(), reason };
    let top: Map<String, Value> = serde_json::from_str(text).map_err(|error| form(error.to_string()))?;
    let cameras = match top.get("cameras") {
        Some(Value::Object(cameras)) => cameras,
        Some(_) => return Err(form("`cameras` is no map of names to matrices".to_owned())),
        None => &top,
    };
    let mut rig = Rig::default();
    for (name, value) in cameras {
        let matrix: [[f64; 4]; 3] = serde_json::from_value(value.clone())
            .map_err(|error| form(format!("camera {name:?} is no 3x4 matrix: {error}")))?;
        // World lengths stand in the first three columns only.
        let per_mm = if unit == Unit::M { 1e-3 } else { 1.0 };
        let model = CameraModel::projection(matrix.map(|[a, b, c, d]| [a * per_mm, b * per_mm, c * per_mm, d]));
        let fault = |fault| RigError::Camera { path: path.to_owned(), name: name.clone(), fault };
        rig.cameras.insert(name.clone(), model.map_err(fault)?);
    }
    filled(path, rig)
}

fn filled(path: &Path, rig: Rig) -> Result<Rig, RigError> {
    if rig.cameras.is_empty() {
        return Err(RigError::Form { path: path.to_owned(), reason: "there is no camera in it".to_owned() });
    }
    Ok(rig)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 m above (1 m, 2 m), looking straight down, one pixel for each thousandth of depth.
    const DOWN: &str = "[[1000, 0, 0, -1000], [0, -1000, 0, 2000], [0, 0, -1, 3]]";

    #[test]
    fn metres_and_millimetres_are_one_camera() {
        let read = |text: &str, unit| Rig::read(Path::new("c.json"), text, unit).expect("a rig");
        let metres = read(&format!(r#"{{"note": "x", "cameras": {{"a": {DOWN}}}}}"#), Unit::M);
        let mm = "[[1000, 0, 0, -1000000], [0, -1000, 0, 2000000], [0, 0, -1, 3000]]";
        let millimetres = read(&format!(r#"{{"a": {mm}}}"#), Unit::Mm);
        for rig in [&metres, &millimetres] {
            let position = rig.cameras["a"].position().expect("it has height");
            assert!(position.iter().zip([1000.0, 2000.0, 3000.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{position:?}");
            let seen = rig.cameras["a"].project([1300.0, 2000.0, 0.0]).expect("in view");
            assert!((seen[0] - 100.0).abs() < 1e-9 && seen[1].abs() < 1e-9, "{seen:?}");
        }
    }

    #[test]
    fn a_calibration_file_is_a_rig() {
        let text = include_str!("../../examples/nanostore.calibration.toml");
        let rig = Rig::read(Path::new("c.toml"), text, Unit::M).expect("the example");
        assert_eq!(rig.cameras.keys().map(String::as_str).collect::<Vec<_>>(), ["cam1", "cam3", "cam5", "cam7"]);
        let wrong = "[[cameras]]\nname = \"a\"\nmodel = \"projection\"\n[[cameras]]\nnam = 1\n";
        let error = Rig::read(Path::new("c.toml"), wrong, Unit::M).expect_err("no matrix, no name").to_string();
        for words in ["c.toml:1: cameras[0].matrix", "cameras[1].name: is missing", "did you mean `name`?"] {
            assert!(error.contains(words), "{words} in {error}");
        }
    }

    #[test]
    fn what_is_no_camera_is_refused_by_name() {
        let said = |path: &str, text: &str| match Rig::read(Path::new(path), text, Unit::M) {
            Ok(rig) => panic!("{rig:?}"),
            Err(error) => error.to_string(),
        };
        assert!(said("c.yaml", "").contains(".json or .toml"));
        assert!(said("c.json", "{").contains("EOF"));
        assert!(said("c.json", "{}").contains("no camera"));
        assert!(said("c.json", r#"{"cameras": []}"#).contains("map of names"));
        assert!(said("c.json", r#"{"door": [[1, 2, 3]]}"#).contains("\"door\" is no 3x4 matrix"));
        let flat = r#"{"door": [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]}"#;
        assert!(said("c.json", flat).contains("\"door\": the matrix is singular"));
    }
}
