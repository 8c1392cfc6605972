//! The tables of an earlier run as a history: `receipts` and `receipt_lines`, summed over adjustments.

use super::{NEEDED, Row, batches, need, numbers, texts, times};
use crate::ingest::error::Unreadable;
use crate::ingest::parts::{open_part, part_files};
use arrow_array::Array;
use schemas::EventTime;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Whether `path` is the folder into which a run wrote its tables.
pub(super) fn is_tables(path: &Path) -> bool {
    ["receipts", "receipt_lines"].iter().all(|table| path.join(table).is_dir())
}

/// Whether everything at `path` is a history, by the columns of its files. The error names the first that is not.
pub(crate) fn readable(path: &Path) -> Result<(), (PathBuf, Unreadable)> {
    if is_tables(path) {
        return Ok(());
    }
    let unreadable = |reason| (path.to_path_buf(), reason);
    let files = part_files(path).map_err(unreadable)?;
    if files.is_empty() {
        return Err(unreadable(Unreadable::NoSegments("part-*.parquet")));
    }
    let lacks = |file: &PathBuf| {
        let opened = open_part(file)?;
        let there = |names: &&[&str]| names.iter().any(|name| opened.schema().field_with_name(name).is_ok());
        match NEEDED.iter().find(|names| !there(names)) {
            Some(names) => Err(Unreadable::NotParquet(format!("there is no column {}", names.join(" or ")))),
            None => Ok(()),
        }
    };
    files.into_iter().try_for_each(|file| lacks(&file).map_err(|reason| (file, reason)))
}

/// What members bought in the end, each with where it stands. Receipts of nobody's account are left out.
pub(super) fn rows(path: &Path) -> Result<Vec<(Row, String)>, Unreadable> {
    let mut receipts: BTreeMap<String, (Option<String>, EventTime)> = BTreeMap::new();
    for file in part_files(&path.join("receipts"))? {
        for batch in batches(&file)? {
            let batch = batch?;
            let (ids, members) = (texts(&need(&batch, &["receipt_id"])?)?, texts(&need(&batch, &["member_id"])?)?);
            let left = times(&need(&batch, &["left_at"])?)?;
            for row in 0..batch.num_rows() {
                let member = members.is_valid(row).then(|| members.value(row).to_owned());
                receipts.insert(ids.value(row).to_owned(), (member, EventTime(left.value(row))));
            }
        }
    }
    let mut lines: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
    for file in part_files(&path.join("receipt_lines"))? {
        for batch in batches(&file)? {
            let batch = batch?;
            let (ids, skus) = (texts(&need(&batch, &["receipt_id"])?)?, texts(&need(&batch, &["sku"])?)?);
            let (units, minor) =
                (numbers(&need(&batch, &["quantity"])?)?, numbers(&need(&batch, &["discount_minor"])?)?);
            for row in 0..batch.num_rows() {
                let sums = lines.entry((ids.value(row).to_owned(), skus.value(row).to_owned())).or_default();
                *sums = (sums.0 + units.value(row), sums.1 + minor.value(row));
            }
        }
    }
    let row = |((receipt, sku), (quantity, minor)): ((String, String), (f64, f64))| {
        let (household, time) = match receipts.get(&receipt) {
            Some((None, _)) => return None,
            Some((member, left_at)) => (member.clone(), Some(*left_at)),
            None => (None, None),
        };
        let place = format!("receipt {receipt}");
        let (category, price, discounted) = (None, String::new(), minor > 0.0);
        let (basket, sku) = (Some(receipt), Some(sku));
        (quantity > 0.0).then_some((Row { household, basket, time, sku, quantity, category, price, discounted }, place))
    };
    Ok(lines.into_iter().filter_map(row).collect())
}
