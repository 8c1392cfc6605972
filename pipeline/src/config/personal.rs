//! Reads the `[personal]` of a `store.toml`: what is known of members before, and how they are spoken to.

use super::file::Section;
use super::plan::PersonalPlan;
use crate::ingest::error::Unreadable;
use crate::personalise::read::{offered, readable};
use std::path::{Path, PathBuf};

/// The files or folders that `key` names; given `data`, `check` says what is wrong with them.
fn earlier(
    section: &mut Section<'_, '_>,
    key: &'static str,
    data: Option<&Path>,
    check: impl Fn(&Path) -> Result<(), (PathBuf, Unreadable)>,
    hint: &str,
) -> Vec<PathBuf> {
    let Some((paths, span)) = section.text_or_texts(key) else { return Vec::new() };
    for path in &paths {
        if let Some((file, reason)) = data.and_then(|data| check(&data.join(path)).err()) {
            section.problem(key, Some(span.clone()), format!("{}: {reason}", file.display()), hint);
        }
    }
    paths.into_iter().map(PathBuf::from).collect()
}

/// How members are spoken to. Given `data`, their earlier receipts and offers must be there and have their columns.
pub(super) fn read_personal(mut section: Section<'_, '_>, data: Option<&Path>, store: &str) -> PersonalPlan {
    let hint = "is --data right? A history as `aisleflow personalise` reads it, or the tables of an earlier run";
    let receipts = earlier(&mut section, "receipts", data, readable, hint);
    let hint = "is --data right? The tables of an earlier run, or its `offers`";
    let offers = earlier(&mut section, "offers", data, offered, hint);
    let draw_key = section.optional_text("draw_key").map_or_else(|| store.to_string(), |(key, _)| key);
    let plan = PersonalPlan {
        receipts,
        offers,
        remind_ppm: 1000 * section.integer("remind_permille", 0..=1000, 500) as u32,
        remind_most: section.integer("remind_most", 1..=50, 5).unsigned_abs() as usize,
        shelf_mm: section.integer("shelf_mm", 100..=5000, 900) as u32,
        offers_most: section.integer("offers_most", 1..=1000, 3).unsigned_abs() as usize,
        offers_days: section.integer("offers_days", 1..=366, 7),
        draw_key,
    };
    section.close();
    plan
}
