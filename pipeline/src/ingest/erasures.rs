//! Erasures: members who ask to be forgotten, in the order in which that arrived.

use super::error::IngestError;
use super::pace::Arrival;
use super::recorded::{Reader, Rows, Said, Take};
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, RecordBatch};
use schemas::table::{Table, TableRow, personal};
use schemas::{CameraId, Erasure, EventTime, FaultKind};
use std::path::Path;

/// Reads recorded erasures.
pub type ErasureReader = Reader<Erasures>;

/// Knows the form of erasures.
pub struct Erasures;

impl ErasureReader {
    /// Opens the file, or the folder, at `path`; `source`: whose faults they are; `late_us`: a row may arrive so long after what it tells.
    pub fn open(path: &Path, source: CameraId, late_us: i64) -> Result<Self, IngestError> {
        Self::begin(path, Erasures, source, late_us)
    }
}

impl Take for Erasures {
    const NAME: &'static str = "erasures";
    const TABLE: &'static Table = Erasure::TABLE;

    fn take(&mut self, rows: &Rows, at: usize, said: &mut Said) {
        match row(&rows.batch, at) {
            Ok(erasure) => {
                said.arrive(erasure.received_at, || rows.place(at));
                let event_time = said.believe(erasure.event_time, erasure.received_at);
                said.give_folded();
                let (closes, _) = said.course.believed();
                said.give(Arrival::Erasure { erasure: Erasure { event_time, ..erasure }, closes });
            }
            Err(reason) => said.fault(FaultKind::RowMalformed, reason, &rows.place(at)),
        }
    }
}

/// Row `at` of a batch whose types were checked; in words why it is none.
fn row(batch: &RecordBatch, at: usize) -> Result<Erasure, &'static str> {
    let column = |name| batch.column_by_name(name).filter(|column| column.is_valid(at));
    let time = |name| Some(EventTime(column(name)?.as_primitive::<TimestampMicrosecondType>().value(at)));
    let text = column("member_id").ok_or("member_id is missing")?.as_string::<i32>().value(at);
    let member = personal::member(text).ok_or("member_id is sixteen hexadecimal digits")?;
    let event_time = time("event_time").ok_or("event_time is missing")?;
    Ok(Erasure { received_at: time("received_at").ok_or("received_at is missing")?, event_time, member })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_what_is_none_is_a_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("erasures.jsonl");
        let line = |member: &str, event_us: i64, received_us: i64| {
            format!("{{\"member_id\": \"{member}\", \"event_time\": {event_us}, \"received_at\": {received_us}}}\n")
        };
        let text = line("00000000000000ff", 9_000_000, 10_000_000)
            + "{}\n"
            + &line("ann", 11_000_000, 11_000_000)
            + &line("00000000000000fe", 1_000_000, 20_000_000);
        std::fs::write(&path, text).expect("written");
        let (mut found, mut faults) = (Vec::new(), Vec::new());
        for arrival in ErasureReader::open(&path, CameraId(9), 2_000_000).expect("opens") {
            match arrival {
                Arrival::Erasure { erasure, closes } => found.push((erasure.member.0, erasure.event_time.0, closes.0)),
                Arrival::Late { fault, .. } => faults.push((fault.kind, fault.count)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(found, [(255, 9_000_000, 8_000_000), (254, 18_000_000, 18_000_000)], "the second as late as can be");
        let malformed = faults.iter().filter(|(kind, _)| *kind == FaultKind::RowMalformed).map(|(_, count)| count);
        assert_eq!(malformed.sum::<u64>(), 2, "{faults:?}");
        assert!(faults.iter().any(|(kind, _)| *kind == FaultKind::TimeDoubted), "{faults:?}");
    }
}
