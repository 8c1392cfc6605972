//! What sensors other than cameras deliver: `scale_samples`, `scanned_codes`, `gate_crossings`. Read by a run, not written.

use super::ColumnType::{Int32, Int64, Text, Time};
use super::behaviour::{column, optional, text, time};
use super::{Column, Names, Table, TableRow};
use crate::gate::{GateCrossing, GateScan};
use crate::scale::ScaleSample;
use crate::time::EventTime;
use arrow_array::{ArrayRef, Int32Array, Int64Array};
use std::sync::Arc;

const EVENT_TIME: Column =
    column("event_time", Time, "us UTC", "When it was so, by the device's clock", "2020-02-20 12:00:03.1+00");
const RECEIVED_AT: Column =
    column("received_at", Time, "us UTC", "When it arrived in the shop's network", "2020-02-20 12:00:03.14+00");
const GATE: Column = column("gate", Text, "", "Gate, as the configuration names it", "door");

/// `scale_samples`.
pub const SCALE_SAMPLES: Table = Table {
    name: "scale_samples",
    version: 1,
    row: "What one scale said at one instant",
    range_column: "received_at",
    sorted_by: &["received_at", "scale", "event_time"],
    columns: &[
        column("scale", Text, "", "Scale, as the configuration names it", "plate-A1.1"),
        EVENT_TIME,
        RECEIVED_AT,
        optional(column(
            "weight_mg",
            Int64,
            "mg",
            "Weight on it; may be negative; null where the scale gave no number",
            "1043250",
        )),
    ],
};

/// `scanned_codes`.
pub const SCANNED_CODES: Table = Table {
    name: "scanned_codes",
    version: 1,
    row: "One code read at a gate, not yet believed",
    range_column: "received_at",
    sorted_by: &["received_at", "gate", "event_time"],
    columns: &[
        GATE,
        EVENT_TIME,
        RECEIVED_AT,
        column(
            "code",
            Text,
            "",
            "The text that was read: a PASETO v4.public token, if all is well",
            "v4.public.eyJ...",
        ),
        optional(column("party", Int32, "people", "How many it is to let in, where the reader was told", "2")),
    ],
};

/// `gate_crossings`.
pub const GATE_CROSSINGS: Table = Table {
    name: "gate_crossings",
    version: 1,
    row: "Somebody crossed a gate's line; who is not known",
    range_column: "received_at",
    sorted_by: &["received_at", "gate", "event_time"],
    columns: &[GATE, EVENT_TIME, RECEIVED_AT, column("way", Text, "", "`in` or `out`", "in")],
};

impl TableRow for ScaleSample {
    const TABLE: &'static Table = &SCALE_SAMPLES;

    fn range_time(&self) -> EventTime {
        self.received_at
    }

    fn sort(rows: &mut [Self], names: &Names) {
        let ranks = super::ranks(&names.scales);
        rows.sort_by_key(|r| (r.received_at, super::rank(&ranks, r.scale), r.event_time, *r));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            text(rows.iter().map(|r| names.scale(r.scale))),
            time(rows.iter().map(|r| r.event_time)),
            time(rows.iter().map(|r| r.received_at)),
            Arc::new(Int64Array::from_iter(rows.iter().map(|r| r.weight_mg))),
        ]
    }
}

impl TableRow for GateScan {
    const TABLE: &'static Table = &SCANNED_CODES;

    fn range_time(&self) -> EventTime {
        self.received_at
    }

    fn sort(rows: &mut [Self], names: &Names) {
        let ranks = super::ranks(&names.gates);
        rows.sort();
        rows.sort_by_key(|r| (r.received_at, super::rank(&ranks, r.gate), r.event_time));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let party = |r: &Self| Some(i32::try_from(r.party?).unwrap_or(i32::MAX));
        vec![
            text(rows.iter().map(|r| names.gate(r.gate))),
            time(rows.iter().map(|r| r.event_time)),
            time(rows.iter().map(|r| r.received_at)),
            text(rows.iter().map(|r| &r.code)),
            Arc::new(Int32Array::from_iter(rows.iter().map(party))),
        ]
    }
}

impl TableRow for GateCrossing {
    const TABLE: &'static Table = &GATE_CROSSINGS;

    fn range_time(&self) -> EventTime {
        self.received_at
    }

    fn sort(rows: &mut [Self], names: &Names) {
        let ranks = super::ranks(&names.gates);
        rows.sort_by_key(|r| (r.received_at, super::rank(&ranks, r.gate), r.event_time, *r));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            text(rows.iter().map(|r| names.gate(r.gate))),
            time(rows.iter().map(|r| r.event_time)),
            time(rows.iter().map(|r| r.received_at)),
            text(rows.iter().map(|r| r.way.word())),
        ]
    }
}
