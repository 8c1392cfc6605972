//! Verdicts: what somebody of the shop decided, in the order in which they did.

use super::error::IngestError;
use super::pace::Arrival;
use super::recorded::{Reader, Rows, Said, Take};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use schemas::table::verdicts::Written;
use schemas::table::{Table, TableRow};
use schemas::{CameraId, Currency, EventTime, FaultKind, Money, Verdict};
use std::path::Path;

/// Reads recorded verdicts.
pub type VerdictReader = Reader<Verdicts>;

/// Knows the form of verdicts.
pub struct Verdicts;

impl VerdictReader {
    /// Opens the file, or the folder, at `path`; `source`: whose faults they are.
    pub fn open(path: &Path, source: CameraId) -> Result<Self, IngestError> {
        Self::begin(path, Verdicts, source, 0)
    }
}

impl Take for Verdicts {
    const NAME: &'static str = "verdicts";
    const TABLE: &'static Table = Verdict::TABLE;

    fn take(&mut self, rows: &Rows, at: usize, said: &mut Said) {
        match row(&rows.batch, at) {
            Ok(verdict) => {
                // One that stands after a later one counts from the later one's time on.
                said.arrive(verdict.decided_at, || rows.place(at));
                said.give_folded();
                let decided_at = verdict.decided_at.max(said.course.arrived());
                said.give(Arrival::Verdict(Verdict { decided_at, ..verdict }));
            }
            Err(reason) => said.fault(FaultKind::RowMalformed, &reason, &rows.place(at)),
        }
    }
}

/// Row `at` of a batch whose types were checked; in words why it is none.
pub(crate) fn row(batch: &RecordBatch, at: usize) -> Result<Verdict, String> {
    let column = |name| batch.column_by_name(name).filter(|column| column.is_valid(at));
    let text = |name| Some(column(name)?.as_string::<i32>().value(at).to_string());
    let number = |name| Some(column(name)?.as_primitive::<Int64Type>().value(at));
    let decided_at = column("decided_at").map(|column| column.as_primitive::<TimestampMicrosecondType>().value(at));
    let missing = |name: &str| format!("{name} is missing");
    let unit_price = match (number("unit_price_minor"), text("currency")) {
        (Some(minor), Some(code)) => {
            let currency = Currency::new(&code).ok_or_else(|| format!("{code:?} is no currency"))?;
            Some(Money { minor, currency })
        }
        (None, _) => None,
        (Some(_), None) => return Err("a price without a currency".to_string()),
    };
    let written = Written {
        decision: text("decision").ok_or_else(|| missing("decision"))?,
        interaction_id: text("interaction_id"),
        visit_id: text("visit_id"),
        sku: text("sku"),
        quantity: number("quantity"),
        unit_price,
    };
    Ok(Verdict {
        decided_at: EventTime(decided_at.ok_or_else(|| missing("decided_at"))?),
        decision: written.read()?,
        decided_by: text("decided_by").ok_or_else(|| missing("decided_by"))?,
    })
}
