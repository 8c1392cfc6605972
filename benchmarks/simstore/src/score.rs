//! What the pipeline wrote, held against what truly happened: detection and tracking by camera, identity on the floor, visits, receipts,
//! and who was where. Every ratio stands beside the counts it is made of and, where it is a share of things counted, its Wilson interval; the
//! interval takes them for independent, which frames after one another are not, so it is the narrowest that can be meant.

mod assign;
pub mod board;
pub mod cameras;
pub mod clear;
pub mod detection;
pub mod fit;
pub mod floor;
pub mod hota;
pub mod identity;
pub mod read;
pub mod receipts;
pub mod sequence;
pub mod tracking;
pub mod visits;
pub mod who;
pub mod wilson;

#[cfg(test)]
mod tests;

pub use board::Scoreboard;
pub use read::ScoreError;

use crate::observe::Noise;
use serde::Serialize;
use std::path::Path;

/// What counts as found, and what has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Terms {
    /// Least overlap (intersection over union) of a box with the visible box it is to be.
    pub iou_min: f64,
    /// Least score of a detection that counts in what is detected (a tracker may use weaker ones).
    pub score_min: f64,
    /// Who shows less than this share of themselves need not be found, and is not held against whoever finds them.
    pub share_min: f64,
    /// The same for tracking: who shows less is ignored.
    pub tracked_share_min: f64,
    /// How near on the floor a position must be, mm.
    pub reach_mm: f64,
}

impl Default for Terms {
    fn default() -> Self {
        Self { iou_min: 0.5, score_min: 0.3, share_min: 0.6, tracked_share_min: 0.3, reach_mm: 500.0 }
    }
}

/// Scores the tables under `tables` against the truth under `truth`.
pub fn score(truth: &Path, tables: &Path, terms: Terms) -> Result<Scoreboard, ScoreError> {
    let mut board = Scoreboard { terms, ..Scoreboard::default() };
    match cameras::read(truth, tables)? {
        Some(cameras) => {
            for (name, frames) in &cameras {
                board.detection.push(detection::of(name, frames, terms));
            }
            board.detection_all = detection::sum(&board.detection);
            // Detections that nobody tracked say nothing about tracking; that nothing was detected does.
            let found = cameras.values().flat_map(|c| &c.frames).any(|frame| !frame.found.is_empty());
            if !found || cameras.values().any(|c| c.tracklets > 0) {
                board.tracking = cameras.iter().map(|(name, frames)| tracking::of(name, frames, terms)).collect();
                board.tracking_all = Some(tracking::sum(&board.tracking));
            }
        }
        None => board.absent.push("detections".into()),
    }
    match floor::read(truth, tables)? {
        Some(places) => {
            board.floor = Some(floor::of(&places, terms));
            board.who = who::of(&places, terms);
            board.visits = visits::of(&places, truth, tables, terms)?;
            if board.visits.is_none() {
                board.absent.push("visits".into());
            }
            board.receipts = receipts::of(truth, tables)?;
            if board.receipts.is_none() {
                board.absent.push("interactions".into());
            }
        }
        None => board.absent.push("positions".into()),
    }
    Ok(board)
}

/// Reads a detector's errors off its `detections` beside the truth of the same pictures.
pub fn fit(truth: &Path, tables: &Path) -> Result<Noise, ScoreError> {
    let missing = || ScoreError::Unlike(format!("{}: no table `detections`", tables.display()));
    let cameras = cameras::read(truth, tables)?.ok_or_else(missing)?;
    let fit = fit::fit(&cameras);
    // Fewer tell nothing of a curve with three parameters.
    if fit.found < 50 {
        return Err(ScoreError::Unlike(format!("only {} people were found in {} pictures", fit.found, fit.frames)));
    }
    Ok(fit.noise)
}
