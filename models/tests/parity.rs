//! Equal to onnxruntime: every model of the zoo on a picture given by a formula, against the reference values that
//! `models/parity/make.py` wrote once.
//!
//! The bound is 1e-3 and absolute, for bounded outputs (scores, keypoints) and raw ones (log sizes, features) alike.

#![allow(clippy::print_stdout, reason = "what was skipped, and how far apart, is worth reading")]

use models::{Manifest, Zoo, raw_output};
use schemas::Picture;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DIFFERENCE_MAX: f32 = 1e-3;

/// The formula of `make.py`.
fn picture(width: u32, height: u32) -> Picture {
    let (w, h) = (i64::from(width), i64::from(height));
    let pixel = |x: i64, y: i64| {
        let inside = (x - w * 2 / 5).pow(2) + (y - h / 2).pow(2) < (w / 5).pow(2);
        [(150, 60, 70), (40, 170, 90), (90, 90, 20)].map(|(a, b, disc)| {
            let value = a * x / w + b * y / h + (x * y % 251) / 16 + if inside { disc } else { 0 };
            (value % 256) as u8
        })
    };
    let rgb: Vec<u8> = (0..h).flat_map(|y| (0..w).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(width, height, Arc::new(rgb)).expect("a picture")
}

fn check(manifest: &Manifest, weights: &Path) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("parity").join(format!("{}.json", manifest.name));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let reference: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(reference["sha256"], *manifest.sha256, "{}: made for other weights", file.display());
    let picture = picture(manifest.input.width, manifest.input.height);
    let (shape, values) = raw_output(manifest, weights, &picture).expect("runs");
    assert_eq!(reference["shape"], Value::from(shape), "{}", manifest.name);

    let number = |value: &Value| value.as_f64().expect("a number") as f32;
    let step = usize::try_from(reference["step"].as_u64().expect("a step")).expect("small");
    let expected: Vec<f32> = reference["values"].as_array().expect("values").iter().map(number).collect();
    let found: Vec<f32> = values.iter().copied().step_by(step).collect();
    assert_eq!(found.len(), expected.len(), "{}", manifest.name);
    let differences = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0.0, f32::max);
    let largest = number(&reference["largest"]);
    println!("{}: largest difference {worst:.1e} of {} values up to {largest}", manifest.name, found.len());
    assert!(worst <= DIFFERENCE_MAX, "{}: {worst}, values up to {largest}", manifest.name);
}

#[test]
fn every_model_of_the_zoo_equals_onnxruntime() {
    let Some(shared) = std::env::var_os("AISLEFLOW_SHARED") else {
        println!("skipped: AISLEFLOW_SHARED is not set");
        return;
    };
    let zoo = Zoo::new(PathBuf::from(shared).join("models"));
    for name in Zoo::names() {
        let (manifest, weights) = zoo.entry(name).expect("a valid manifest");
        if weights.exists() {
            check(&manifest, &weights);
        } else {
            println!("skipped {name}: no {}", weights.display());
        }
    }
}
