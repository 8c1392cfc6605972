//! Earlier: what members bought and were offered before a run begins. Read whole before the first frame; kept by one worker until the
//! dataflow has it.

use crate::config::plan::Plan;
use crate::ingest::IngestError;
use crate::personalise::read::{Checks, OfferChecks, Whose, offers, read_all};
use crate::run::{OFFERS, RECEIPTS};
use operators::Was;
use schemas::{CameraId, EventTime, Fault, Purchase};
use std::path::{Path, PathBuf};

/// What was before.
#[derive(Debug, Default)]
pub struct Earlier {
    /// What was bought, each with how many.
    pub purchases: Vec<(Purchase, isize)>,
    /// What was offered.
    pub offers: Vec<Was>,
    /// What of it was refused.
    pub faults: Vec<Fault>,
}

/// Reads the earlier receipts and offers that `plan` names, below `data`. What is at or after `first`, the time of the first frame, is
/// refused: it would be from the future.
///
/// # Errors
/// When a file cannot be read.
pub fn read(plan: &Plan, data: &Path, first: EventTime) -> Result<Earlier, IngestError> {
    let below = |paths: &[PathBuf]| paths.iter().map(|path| data.join(path)).collect::<Vec<_>>();
    let source = |name| CameraId::mint(&plan.store, name);
    let mut earlier = Earlier::default();
    let paths = below(&plan.personal.receipts);
    if !paths.is_empty() {
        let articles = plan.reference.catalog.iter();
        let catalog = articles.map(|(sku, article)| (sku.to_string(), article.category.clone())).collect();
        let whose = Whose::Shop(plan.codes.as_ref().map(|codes| codes.pseudonym_key));
        let checks = Checks { catalog: Some(catalog), catalog_decides: true, now: first, whose };
        let read = read_all(&paths, &checks);
        let read = read.map_err(|(path, reason)| IngestError { camera: RECEIPTS.into(), path, reason })?;
        let camera = source(RECEIPTS);
        earlier.faults = read.faults.into_iter().map(|fault| Fault { camera, ..fault }).collect();
        earlier.purchases = read.purchases;
    }
    let currency = plan.reference.prices.as_ref().map(|prices| prices.currency);
    let checks = OfferChecks { now: first, currency, source: source(OFFERS) };
    let read = offers(&below(&plan.personal.offers), checks);
    let (offers, refused) = read.map_err(|(path, reason)| IngestError { camera: OFFERS.into(), path, reason })?;
    earlier.offers = offers;
    earlier.faults.extend(refused);
    Ok(earlier)
}
