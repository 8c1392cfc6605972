//! Equal to onnxruntime: a network on a picture given by a formula, against values that `models/parity/make.py` wrote once.

use crate::error::ModelError;
use crate::manifest::Manifest;
use crate::network::{Weights, raw_output};
use crate::zoo::Zoo;
use schemas::Picture;
use serde_json::Value;
use std::sync::Arc;

/// Values of a network's output may differ by this much; absolute, for bounded outputs and raw ones alike.
pub const DIFFERENCE_MAX: f32 = 1e-3;

/// How far a network is from onnxruntime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parity {
    /// Values that were compared.
    pub values: usize,
    /// The largest difference.
    pub difference: f32,
}

/// Runs the network on the picture and compares; none where there is no reference, or one of other weights.
pub fn parity(manifest: &Manifest, weights: &Weights) -> Result<Option<Parity>, ModelError> {
    let reference: Option<Value> = Zoo::reference(&manifest.name).and_then(|text| serde_json::from_str(text).ok());
    let Some(reference) = reference.filter(|reference| reference["sha256"] == *manifest.sha256) else {
        return Ok(None);
    };
    let Some(picture) = picture(manifest.input.width, manifest.input.height) else { return Ok(None) };
    let (shape, values) = raw_output(manifest, weights, &picture)?;
    let step = reference["step"].as_u64().and_then(|step| usize::try_from(step).ok()).unwrap_or(1);
    let expected: Vec<f32> =
        reference["values"].as_array().into_iter().flatten().filter_map(|v| Some(v.as_f64()? as f32)).collect();
    let found: Vec<f32> = values.into_iter().step_by(step.max(1)).collect();
    if reference["shape"] != Value::from(shape) || found.len() != expected.len() {
        return Ok(Some(Parity { values: 0, difference: f32::INFINITY }));
    }
    let difference = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    Ok(Some(Parity { values: found.len(), difference }))
}

/// The formula of `make.py`: slopes with edges, a fine texture, and a disc off the middle.
fn picture(width: u32, height: u32) -> Option<Picture> {
    let (w, h) = (i64::from(width), i64::from(height));
    let pixel = |x: i64, y: i64| {
        let inside = (x - w * 2 / 5).pow(2) + (y - h / 2).pow(2) < (w / 5).pow(2);
        [(150, 60, 70), (40, 170, 90), (90, 90, 20)].map(|(a, b, disc)| {
            let value = a * x / w + b * y / h + (x * y % 251) / 16 + if inside { disc } else { 0 };
            (value % 256) as u8
        })
    };
    let rgb: Vec<u8> = (0..h).flat_map(|y| (0..w).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(width, height, Arc::new(rgb))
}
