//! `review_queue`: what waits for somebody to decide.

use super::ColumnType::{Float32, Int64, Text, Time};
use super::behaviour::{column, int64, optional, text, time};
use super::visits::{MEMBER_ID, VISIT_ID_OR_NULL, int64_or_null, texts_or_null};
use super::{Names, Table, TableRow};
use crate::geometry::Score;
use crate::review::ReviewCase;
use crate::time::EventTime;
use arrow_array::{ArrayRef, Float32Array};
use std::sync::Arc;

/// `review_queue`.
pub const REVIEW_QUEUE: Table = Table {
    name: "review_queue",
    version: 1,
    row: "One case that waits for somebody of the shop to decide",
    range_column: "event_time",
    sorted_by: &["event_time", "reason", "visit_id", "interaction_id"],
    columns: &[
        column("event_time", Time, "us UTC", "When it was so", "2020-02-20 12:01:44.2+00"),
        column(
            "reason",
            Text,
            "",
            "`lost` (somebody of the visit was not seen leaving), `no_entry` (goods, but nobody came in on the code), `unpriced` (units without a price), `doubtful` (not sure enough who took what), `unknown_goods` (nothing of the catalog), `nobody` (nobody of whom the shop knows took it)",
            "doubtful",
        ),
        VISIT_ID_OR_NULL,
        MEMBER_ID,
        optional(column("interaction_id", Text, "", "The interaction: see `interactions`", "2f90ab13c4d5e678")),
        optional(column("slot", Text, "", "Slot, as the configuration names it", "A1.1")),
        column("units", Int64, "", "Units that it is about; negative where they were put back", "1"),
        optional(column("value_minor", Int64, "minor", "What they cost together; null without a price", "189")),
        optional(column("currency", Text, "", "ISO 4217 code of the value", "EUR")),
        optional(column(
            "confidence",
            Float32,
            "0..1",
            "How sure the decision is that stands until somebody looks; null where nothing was decided",
            "0.62",
        )),
    ],
};

impl TableRow for ReviewCase {
    const TABLE: &'static Table = &REVIEW_QUEUE;

    fn range_time(&self) -> EventTime {
        self.event_time
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        let id = |row: &Self| (row.visit.map(|id| id.to_string()), row.interaction.map(|id| id.to_string()));
        rows.sort_by_cached_key(|row| (row.event_time, row.reason.word(), id(row), row.clone()));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let confidence = |row: &Self| row.confidence.map(|steps| Score::from_unit(f32::from(steps) / 10_000.0).unit());
        vec![
            time(rows.iter().map(|r| r.event_time)),
            text(rows.iter().map(|r| r.reason.word())),
            texts_or_null(rows.iter().map(|r| r.visit)),
            texts_or_null(rows.iter().map(|r| r.member)),
            texts_or_null(rows.iter().map(|r| r.interaction)),
            texts_or_null(rows.iter().map(|r| r.slot.map(|slot| names.slot(slot)))),
            int64(rows.iter().map(|r| r.units)),
            int64_or_null(rows.iter().map(|r| r.value.map(|value| value.minor))),
            texts_or_null(rows.iter().map(|r| r.value.map(|value| value.currency))),
            Arc::new(Float32Array::from_iter(rows.iter().map(confidence))),
        ]
    }
}
