//! `aisleflow clocks`: how much cameras' clocks differ, from the people that they see.
//!
//! Cameras that see the same people walk see them at the same places at the same times, if their clocks agree. For every two cameras
//! the lag is sought at which the heads that one sees lie nearest to those that the other sees; heads, because racks hide feet. The lags
//! of all pairs are then brought together by weighted least squares, so that a camera is held against all that it overlaps with.

mod lag;
#[cfg(test)]
mod tests;

use crate::config::plan::{CameraPlan, Plan};
use crate::ingest::{Detected, DetectionsForm, DetectionsReader, DetectionsSpec, IngestError};
use clap::Args;
pub use lag::{Glimpses, Lag, lag};
use nalgebra::{DMatrix, DVector};
use schemas::geometry::to_pixels;
use schemas::{CameraModel, Detection, ModelId};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Heads are taken to be so high, in millimetres: a mistake of 100 mm moves a head by less than 100 mm in cameras that look down steeply, and by
/// as much for both directions in which people walk.
const HEAD_MM: f64 = 1700.0;
/// Boxes that begin so near to the picture's edge do not show the head, in pixels.
const EDGE_PX: f64 = 2.0;
/// How far a lag may lie from what the others say before it counts half, in microseconds.
const DOUBT_US: f64 = 30_000.0;
/// So often the weights are set anew.
const ROUNDS: usize = 30;
/// Less sure boxes are not asked.
const SCORE_MIN: u16 = 5000;

/// Find out how much the cameras' clocks differ, from the people that a run has seen.
#[derive(Args, Clone, Debug)]
pub struct ClocksArgs {
    /// The store's configuration, with calibrated cameras
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Folder of the tables that a run has written, `detections` among them (`[output] detections = true`)
    #[arg(long, value_name = "DIR")]
    pub tables: PathBuf,
    /// Clocks differ by so much at most
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=10_000))]
    pub most_ms: u32,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum ClocksError {
    /// Detections cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Cameras without calibration.
    #[error("fewer than two cameras are calibrated with height: run `aisleflow calibrate` first")]
    Uncalibrated,
    /// The answer could not be said.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What was found of one camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Ahead {
    /// Its name.
    pub camera: String,
    /// How much its clock is ahead of the mean of all that hang together with it, in milliseconds; none where it saw nobody together with another.
    pub ahead_ms: Option<f64>,
    /// With how many cameras it was compared.
    pub pairs: usize,
    /// How far those comparisons lie from what was found, root mean square, in milliseconds.
    pub rest_ms: f64,
}

/// Does what was asked.
pub fn clocks(plan: &Plan, args: &ClocksArgs) -> Result<(), ClocksError> {
    let found = find(plan, &args.tables, args.most_ms)?;
    let mut to = io::stdout().lock();
    writeln!(to, "{:<20} {:>9} {:>6} {:>8}", "camera", "ahead ms", "pairs", "rest ms")?;
    for one in &found {
        let ahead = one.ahead_ms.map_or_else(|| "?".to_string(), |ms| format!("{ms:+.0}"));
        writeln!(to, "{:<20} {ahead:>9} {:>6} {:>8.0}", one.camera, one.pairs, one.rest_ms)?;
    }
    writeln!(to, "\nTo put them right, write beside each camera's name (what stands there is already added):")?;
    for (one, camera) in found.iter().zip(calibrated(plan)) {
        let Some(ms) = one.ahead_ms else { continue };
        writeln!(to, "  {:<20} clock_ahead_ms = {}", one.camera, camera.0.clock_ahead_us / 1000 + ms.round() as i64)?;
    }
    Ok(())
}

fn calibrated(plan: &Plan) -> impl Iterator<Item = (&CameraPlan, &CameraModel)> {
    plan.cameras.iter().filter_map(|camera| Some((camera, camera.model.as_ref().filter(|model| model.has_height())?)))
}

/// How much each calibrated camera is ahead.
/// `out`: the tables of a run; clocks differ by `most_ms` at most.
pub fn find(plan: &Plan, out: &Path, most_ms: u32) -> Result<Vec<Ahead>, ClocksError> {
    let cameras: Vec<_> = calibrated(plan).collect();
    if cameras.len() < 2 {
        return Err(ClocksError::Uncalibrated);
    }
    let seen: Vec<Glimpses> = cameras.iter().map(|one| glimpses(one, out)).collect::<Result<_, _>>()?;
    let mut lags = Vec::new();
    for a in 0..seen.len() {
        for b in a + 1..seen.len() {
            lags.extend(lag(&seen[a], &seen[b], i64::from(most_ms) * 1000).map(|lag| (a, b, lag)));
        }
    }
    let names = cameras.iter().map(|(camera, _)| camera.name.clone());
    Ok(together(names.collect(), &lags))
}

/// Where one camera saw heads.
fn glimpses((camera, model): &(&CameraPlan, &CameraModel), out: &Path) -> Result<Glimpses, IngestError> {
    let mut reader = DetectionsReader::open(DetectionsSpec {
        camera: camera.id,
        name: camera.name.clone(),
        path: out.join("detections"),
        model: ModelId::mint("seen"),
        form: DetectionsForm::Parquet,
        ahead_us: 0,
        stop: Arc::default(),
    })?;
    let mut glimpses = Glimpses::default();
    while let Some(next) = reader.next() {
        let Detected::Frame(frame) = next else { continue };
        let heads = frame.detections.iter().filter_map(|one| head(one, model)).collect();
        glimpses.add(frame.meta.event_time.0, heads);
    }
    Ok(glimpses)
}

/// The place of the head, in millimetres, where it can be told.
fn head(detection: &Detection, model: &CameraModel) -> Option<[f64; 2]> {
    let (box_, px) = (detection.bbox, |steps| f64::from(to_pixels(steps)));
    let (left, top, right) = (px(box_.left), px(box_.top), px(box_.right));
    let whole = detection.score.steps() >= SCORE_MIN && top > EDGE_PX && left > EDGE_PX;
    whole.then(|| model.floor([(left + right) / 2.0, top], HEAD_MM))?
}

/// The clocks that fit the lags best; the mean of those that hang together is 0. Two cameras that see people from the same side can mislead
/// each other for a long time, so a lag counts the less the further it lies from what the others say (Cauchy weights).
fn together(names: Vec<String>, lags: &[(usize, usize, Lag)]) -> Vec<Ahead> {
    let island = islands(names.len(), lags);
    let mut weights: Vec<f64> = lags.iter().map(|(_, _, lag)| lag.weight).collect();
    let mut solved = vec![0.0; names.len()];
    for _ in 0..ROUNDS {
        solved = solve(&island, lags, &weights);
        for (weight, (a, b, lag)) in weights.iter_mut().zip(lags) {
            let off = (solved[*b] - solved[*a] - lag.us) / DOUBT_US;
            *weight = lag.weight / (1.0 + off * off);
        }
    }
    let told = |(at, camera): (usize, String)| {
        let mine: Vec<f64> = (lags.iter().filter(|(a, b, _)| *a == at || *b == at))
            .map(|(a, b, lag)| solved[*b] - solved[*a] - lag.us)
            .collect();
        let rest = (mine.iter().map(|off| off * off).sum::<f64>() / mine.len().max(1) as f64).sqrt();
        let ahead_ms = (!mine.is_empty()).then(|| solved[at] / 1000.0);
        Ahead { camera, ahead_ms, pairs: mine.len(), rest_ms: rest / 1000.0 }
    };
    names.into_iter().enumerate().map(told).collect()
}

/// Cameras that overlap with each other, directly or by others, have the same number.
fn islands(cameras: usize, lags: &[(usize, usize, Lag)]) -> Vec<usize> {
    let mut island: Vec<usize> = (0..cameras).collect();
    for &(a, b, _) in lags {
        let (from, to) = (island[a].max(island[b]), island[a].min(island[b]));
        island.iter_mut().filter(|one| **one == from).for_each(|one| *one = to);
    }
    island
}

/// Weighted least squares: microseconds for each camera, the mean of an island being nought.
fn solve(island: &[usize], lags: &[(usize, usize, Lag)], weights: &[f64]) -> Vec<f64> {
    let size = island.len();
    let (mut normal, mut right) = (DMatrix::<f64>::zeros(size, size), DVector::<f64>::zeros(size));
    for ((a, b, lag), weight) in lags.iter().zip(weights) {
        for (at, other, sign) in [(*a, *b, -1.0), (*b, *a, 1.0)] {
            normal[(at, at)] += weight;
            normal[(at, other)] -= weight;
            right[at] += sign * weight * lag.us;
        }
    }
    let mean = weights.iter().sum::<f64>().max(1.0) / size.max(1) as f64;
    for a in 0..size {
        (0..size).filter(|&b| island[a] == island[b]).for_each(|b| normal[(a, b)] += mean);
    }
    normal.lu().solve(&right).map_or_else(|| vec![0.0; size], |found| found.iter().copied().collect())
}
