//! Reads where cameras look: `[cameras.calibration]`, and the calibration file that `[floor]` names.

use super::Problem;
use super::file::{Reading, Section};
use super::plan::{CameraPlan, Places};
use schemas::{CameraFault, CameraModel, Pinhole};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Reads `[floor]` and gives the cameras what its calibration file says. Returns the file's text, which counts for the digest;
/// the file's own problems go to `elsewhere`.
pub(super) fn read_floor(
    mut section: Section<'_, '_>,
    places: Places<'_>,
    cameras: &mut [CameraPlan],
    elsewhere: &mut Vec<Problem>,
) -> String {
    let named = section.optional_text("calibration");
    let mut text = String::new();
    if let (Some((name, span)), false) = (named, places.calibrating) {
        let path = places.config.unwrap_or(Path::new("")).join(&name);
        match std::fs::read_to_string(&path) {
            Ok(read) => text = read,
            Err(error) => {
                let hint = "paths are relative to the configuration; `aisleflow calibrate` writes the file";
                section.problem("calibration", Some(span), format!("{}: {error}", path.display()), hint);
            }
        }
        let reading = Reading::new(&path.display().to_string(), &text);
        let known: Vec<String> = cameras.iter().map(|camera| camera.name.clone()).collect();
        read_file(&reading, |name, model| {
            let camera = cameras.iter_mut().find(|camera| camera.name == name);
            let camera = camera.ok_or_else(|| format!("the configuration has: {}", known.join(", ")))?;
            // Numbers in the configuration itself are what somebody wrote on purpose.
            camera.model = camera.model.take().or(model);
            Ok(())
        });
        elsewhere.extend(reading.into_problems());
    }
    section.close();
    text
}

/// Reads a calibration file and tells `place` each camera with its numbers, where they can be understood. Its error is a hint, for a
/// camera that is not of the store.
pub(crate) fn read_file(reading: &Reading<'_>, mut place: impl FnMut(&str, Option<CameraModel>) -> Result<(), String>) {
    let mut top = reading.top();
    let mut seen = BTreeMap::new();
    for (i, mut section) in top.sections("cameras").into_iter().enumerate() {
        let name = section.text("name", "the camera, as the configuration calls it");
        let model = read_model(&mut section);
        // What the calibration was worth is for people to read.
        section.pass("residuals");
        if let Some((name, span)) = name {
            if let Some(first) = seen.insert(name.clone(), i) {
                let reason = format!("`{name}` is cameras[{first}] already");
                section.problem("name", Some(span), reason, "one section for each camera");
            } else if let Err(hint) = place(&name, model) {
                section.problem("name", Some(span), format!("`{name}` is no camera of the store"), hint);
            }
        }
        section.close();
    }
    top.close();
}

#[derive(Clone, Copy)]
enum Kind {
    Pinhole,
    Projection,
    Homography,
}

/// Every key that a model may need.
const NUMBERS: [&str; 6] = ["focal_px", "centre_px", "distortion", "rotation", "translation_mm", "matrix"];

/// The numbers of one camera: `model` and what belongs to it.
pub(super) fn read_model(section: &mut Section<'_, '_>) -> Option<CameraModel> {
    let kinds = [
        ("pinhole", Some(Kind::Pinhole)),
        ("projection", Some(Kind::Projection)),
        ("homography", Some(Kind::Homography)),
    ];
    if !section.has("model") {
        section.problem("model", None, "is missing", "one of: pinhole, projection, homography");
    }
    let span = section.span();
    let (key, span, made) = match section.choice("model", &kinds, None) {
        None => {
            // Of an unknown model nobody knows which keys it needs.
            NUMBERS.iter().for_each(|key| section.pass(key));
            return None;
        }
        Some(Kind::Pinhole) => ("focal_px", span, CameraModel::pinhole(read_pinhole(section)?)),
        Some(Kind::Projection) => {
            let (matrix, span) = matrix::<4>(section, "3 rows of 4 numbers: world millimetres to pixels")?;
            ("matrix", span, CameraModel::projection(matrix))
        }
        Some(Kind::Homography) => {
            let (matrix, span) = matrix::<3>(section, "3 rows of 3 numbers: floor millimetres to pixels")?;
            ("matrix", span, CameraModel::homography(matrix))
        }
    };
    let hint = |fault| match fault {
        CameraFault::Singular => "a row or column follows from the others",
        CameraFault::Focal | CameraFault::NotFinite => "see the numbers of the calibration",
    };
    made.map_err(|fault| section.problem(key, Some(span), fault.to_string(), hint(fault))).ok()
}

fn read_pinhole(section: &mut Section<'_, '_>) -> Option<Pinhole> {
    let focal_px = array::<2>(section, "focal_px", "[fx, fy]");
    let centre_px = array::<2>(section, "centre_px", "[cx, cy]");
    let distortion = section.has("distortion").then(|| array::<5>(section, "distortion", "[k1, k2, p1, p2, k3]"));
    let rotation = array::<3>(section, "rotation", "the rotation vector, world to camera");
    let translation_mm = array::<3>(section, "translation_mm", "[x, y, z], world to camera");
    Some(Pinhole {
        focal_px: focal_px?,
        centre_px: centre_px?,
        distortion: distortion.unwrap_or(Some([0.0; 5]))?,
        rotation: rotation?,
        translation_mm: translation_mm?,
    })
}

fn array<const N: usize>(section: &mut Section<'_, '_>, key: &'static str, hint: &str) -> Option<[f64; N]> {
    let (numbers, span) = section.required_numbers(key, hint)?;
    let count = numbers.len();
    numbers.try_into().ok().or_else(|| section.wrong_length(key, span, count, &format!("{N}: {hint}")))
}

fn matrix<const N: usize>(section: &mut Section<'_, '_>, hint: &str) -> Option<([[f64; N]; 3], Range<usize>)> {
    let (rows, span) = section.matrix("matrix", hint)?;
    let rows: Option<Vec<[f64; N]>> = rows.into_iter().map(|row| row.try_into().ok()).collect();
    let Some(matrix) = rows.and_then(|rows| rows.try_into().ok()) else {
        section.problem("matrix", Some(span), "has another shape", format!("write {hint}"));
        return None;
    };
    Some((matrix, span))
}
