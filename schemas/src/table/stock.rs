//! `stock`: what lies in slots, after every change.

use super::ColumnType::{Int32, Int64, Text, Time};
use super::behaviour::{column, int64, optional, text, time};
use super::ledger::SKU;
use super::visits::int64_or_null;
use super::{Names, Table, TableRow};
use crate::stock::StockChange;
use crate::time::EventTime;
use arrow_array::{ArrayRef, Int32Array};
use std::sync::Arc;

/// `stock`.
pub const STOCK: Table = Table {
    name: "stock",
    version: 1,
    row: "What lies in a slot of an article after somebody took some or put some in. The latest row of slot and sku is how it stands",
    range_column: "event_time",
    sorted_by: &["event_time", "slot", "sku", "interaction_id"],
    columns: &[
        column("event_time", Time, "us UTC", "When", "2020-02-20 12:01:44.2+00"),
        column("slot", Text, "", "Slot, as the configuration names it", "A1.1"),
        SKU,
        column("interaction_id", Text, "", "By which interaction: see `interactions`", "2f90ab13c4d5e678"),
        column("change", Int64, "", "How many came; negative where they went", "-1"),
        optional(column(
            "units",
            Int64,
            "",
            "How many lie there now, if it was full when the planogram put the article there; of what belongs elsewhere, those seen to come. Null where the planogram has no capacity; negative where it was filled unseen",
            "11",
        )),
        optional(column("capacity", Int32, "", "How many fit", "12")),
        column(
            "state",
            Text,
            "",
            "`ok`, `low` (little of what fits), `out`, `misplaced` (belongs elsewhere), `cleared` (belonged elsewhere, and is gone), `unknown` (no capacity)",
            "ok",
        ),
    ],
};

impl TableRow for StockChange {
    const TABLE: &'static Table = &STOCK;

    fn range_time(&self) -> EventTime {
        self.event_time
    }

    fn sort(rows: &mut [Self], names: &Names) {
        rows.sort_by_cached_key(|r| (r.event_time, names.slot(r.slot), r.clone()));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let capacity = |row: &Self| row.capacity.map(|fit| i32::try_from(fit).unwrap_or(i32::MAX));
        vec![
            time(rows.iter().map(|r| r.event_time)),
            text(rows.iter().map(|r| names.slot(r.slot))),
            text(rows.iter().map(|r| r.sku.as_str())),
            text(rows.iter().map(|r| r.interaction.to_string())),
            int64(rows.iter().map(|r| r.change)),
            int64_or_null(rows.iter().map(|r| r.units)),
            Arc::new(Int32Array::from_iter(rows.iter().map(capacity))),
            text(rows.iter().map(|r| r.state.word())),
        ]
    }
}
