//! Earlier: what members bought before a run begins. Read whole before the first frame; kept by one worker until the dataflow has it.

use crate::config::plan::Plan;
use crate::ingest::IngestError;
use crate::personalise::read::{Checks, Whose, read_all};
use crate::run::RECEIPTS;
use schemas::{CameraId, EventTime, Fault, Purchase};
use std::path::{Path, PathBuf};

/// What was before.
#[derive(Debug, Default)]
pub struct Earlier {
    /// What was bought, each with how many.
    pub purchases: Vec<(Purchase, isize)>,
    /// What of it was refused.
    pub faults: Vec<Fault>,
}

/// Reads the earlier receipts that `plan` names, below `data`. A receipt at or after `first`, the time of the first frame, is refused: it
/// would be from the future.
///
/// # Errors
/// When a file cannot be read.
pub fn read(plan: &Plan, data: &Path, first: EventTime) -> Result<Earlier, IngestError> {
    if plan.personal.receipts.is_empty() {
        return Ok(Earlier::default());
    }
    let paths: Vec<PathBuf> = plan.personal.receipts.iter().map(|path| data.join(path)).collect();
    let articles = plan.reference.catalog.iter();
    let catalog = articles.map(|(sku, article)| (sku.to_string(), article.category.clone())).collect();
    let whose = Whose::Shop(plan.codes.as_ref().map(|codes| codes.pseudonym_key));
    let checks = Checks { catalog: Some(catalog), catalog_decides: true, now: first, whose };
    let read = read_all(&paths, &checks);
    let read = read.map_err(|(path, reason)| IngestError { camera: RECEIPTS.into(), path, reason })?;
    let camera = CameraId::mint(&plan.store, RECEIPTS);
    let faults = read.faults.into_iter().map(|fault| Fault { camera, ..fault }).collect();
    Ok(Earlier { purchases: read.purchases, faults })
}
