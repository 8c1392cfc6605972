//! Reads the `[personal]` of a `store.toml`: what is known of members before, and how they are spoken to.

use super::file::Section;
use super::plan::PersonalPlan;
use crate::personalise::read::readable;
use std::path::{Path, PathBuf};

/// How members are spoken to. Given `data`, their earlier receipts must be there and have their columns.
pub(super) fn read_personal(mut section: Section<'_, '_>, data: Option<&Path>, store: &str) -> PersonalPlan {
    let named = section.text_or_texts("receipts");
    let mut receipts = Vec::new();
    if let Some((paths, span)) = named {
        for path in paths {
            if let Some((file, reason)) = data.and_then(|data| readable(&data.join(&path)).err()) {
                let hint =
                    "is --data right? A history as `aisleflow personalise` reads it, or the tables of an earlier run";
                section.problem("receipts", Some(span.clone()), format!("{}: {reason}", file.display()), hint);
            }
            receipts.push(PathBuf::from(path));
        }
    }
    let draw_key = section.optional_text("draw_key").map_or_else(|| store.to_string(), |(key, _)| key);
    let plan = PersonalPlan {
        receipts,
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
