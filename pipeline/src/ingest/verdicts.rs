//! Verdicts: what somebody of the shop decided, in the order in which they did.

use super::error::IngestError;
use super::pace::Arrival;
use super::recorded::{Course, Recorded, Rows};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use schemas::table::TableRow;
use schemas::table::verdicts::Written;
use schemas::{CameraId, Currency, EventTime, FaultKind, Money, Verdict};
use std::collections::VecDeque;
use std::path::Path;

/// Reads recorded verdicts.
pub struct VerdictReader {
    recorded: Recorded,
    rows: Option<(Rows, usize)>,
    course: Course,
    ready: VecDeque<Arrival>,
}

/// The next verdict or fault; none at the end.
impl Iterator for VerdictReader {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        while self.ready.is_empty() {
            if let Some((rows, at)) = self.rows.take_if(|(rows, at)| *at < rows.batch.num_rows()) {
                self.take(&rows, at);
                self.rows = Some((rows, at + 1));
                continue;
            }
            match self.recorded.next() {
                Some(Ok(rows)) => self.rows = Some((rows, 0)),
                Some(Err((reason, place))) => {
                    self.ready.extend(self.course.fault(FaultKind::RowMalformed, &reason, &place));
                }
                None => {
                    self.ready.extend(self.course.folded());
                    break;
                }
            }
        }
        self.ready.pop_front()
    }
}

impl VerdictReader {
    /// Opens the file, or the folder, at `path`; `source`: whose faults they are.
    pub fn open(path: &Path, source: CameraId) -> Result<Self, IngestError> {
        let recorded = Recorded::open(path, "verdicts", Verdict::TABLE)?;
        Ok(Self { recorded, rows: None, course: Course::new(source, 0), ready: VecDeque::new() })
    }

    fn take(&mut self, rows: &Rows, at: usize) {
        match row(&rows.batch, at) {
            Ok(verdict) => {
                // One that stands after a later one counts from the later one's time on.
                self.ready.extend(self.course.arrive(verdict.decided_at, || rows.place(at)));
                self.ready.extend(self.course.folded());
                let decided_at = verdict.decided_at.max(self.course.arrived());
                self.ready.push_back(Arrival::Verdict(Verdict { decided_at, ..verdict }));
            }
            Err(reason) => {
                self.ready.extend(self.course.fault(FaultKind::RowMalformed, &reason, &rows.place(at)));
            }
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
