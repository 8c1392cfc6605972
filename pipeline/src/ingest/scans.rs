//! Scans: the codes that gates' readers recorded, each looked at by whoever knows the keys, each at a time that can be believed.
//!
//! Nobody is turned away because of a clock: a time that cannot be believed is taken as the nearest that can, and a fault tells.

use super::error::IngestError;
use super::pace::Arrival;
use super::recorded::{Reader, Rows, Said, Take};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use gatecode::{Verifier, pseudonym};
use schemas::table::{Table, TableRow};
use schemas::{CameraId, CheckedScan, Claim, CodeId, EventTime, FaultKind, GateId, GateScan, MemberId, Refusal, Role};
use std::collections::BTreeMap;
use std::path::Path;

/// What is needed to look at codes.
#[derive(Clone)]
pub struct Desk {
    /// Knows the keys.
    pub verifier: Verifier,
    /// Who issues codes.
    pub issuer: String,
    /// How much longer than it says a code is taken, for clocks that differ, in microseconds.
    pub leeway_us: i64,
    /// What members are hashed with.
    pub pseudonym_key: [u8; 32],
    /// Gates by name.
    pub gates: BTreeMap<String, GateId>,
}

impl Desk {
    /// Looks at a code that was shown at `gate` at `at`.
    pub fn check(&self, code: &str, gate: &str, at: EventTime) -> Result<Claim, Refusal> {
        let claims = self.verifier.verify(code.trim(), gate, at.0).map_err(|refusal| match refusal {
            gatecode::Refusal::NotACode => Refusal::NotACode,
            gatecode::Refusal::Forged => Refusal::Forged,
            gatecode::Refusal::Malformed => Refusal::Malformed,
            gatecode::Refusal::WrongIssuer => Refusal::WrongIssuer,
            gatecode::Refusal::WrongGate => Refusal::WrongGate,
            gatecode::Refusal::NotYetValid => Refusal::NotYetValid,
            gatecode::Refusal::Expired => Refusal::Expired,
        })?;
        Ok(Claim {
            code: CodeId::mint(&self.issuer, &claims.code_id),
            member: MemberId(pseudonym(&self.pseudonym_key, &claims.subject)),
            role: match claims.role {
                gatecode::Role::Member => Role::Member,
                gatecode::Role::Staff => Role::Staff,
            },
            party: claims.party,
            void_at: EventTime(claims.expires_at_us).plus_us(self.leeway_us),
        })
    }
}

/// Reads recorded codes, checked.
pub type ScanReader = Reader<Desk>;

impl ScanReader {
    /// Opens the file, or the folder, at `path`; `source`: whose faults they are; `late_us`: a row may arrive so long after what it tells.
    pub fn open(path: &Path, desk: Desk, source: CameraId, late_us: i64) -> Result<Self, IngestError> {
        Self::begin(path, desk, source, late_us)
    }
}

impl Take for Desk {
    const NAME: &'static str = "gate_scans";
    const TABLE: &'static Table = GateScan::TABLE;

    fn take(&mut self, rows: &Rows, at: usize, said: &mut Said) {
        let Some(row) = row(&rows.batch, at) else {
            return said.fault(FaultKind::RowMalformed, "a value is missing", &rows.place(at));
        };
        said.arrive(row.received_at, || rows.place(at));
        let event_time = said.believe(row.event_time, row.received_at);
        let Some(&gate) = self.gates.get(&row.gate) else {
            return said.fault(FaultKind::RowMalformed, "there is no such gate", &format!("{:?}", row.gate));
        };
        said.give_folded();
        let claim = self.check(&row.code, &row.gate, event_time);
        let claim =
            claim.map(|claim| Claim { party: row.party.map_or(claim.party, |p| p.clamp(1, claim.party)), ..claim });
        let scan = CheckedScan { gate, event_time, received_at: row.received_at, claim };
        let (closes, _) = said.course.believed();
        said.give(Arrival::Scan { scan, closes });
    }
}

/// A row as it stands there.
struct Row {
    gate: String,
    event_time: EventTime,
    received_at: EventTime,
    code: String,
    /// For how many, where the reader was told: never more than the code says.
    party: Option<u32>,
}

/// Row `at` of a batch whose types were checked; nothing where a value is missing that must be there.
fn row(batch: &RecordBatch, at: usize) -> Option<Row> {
    let column = |name| batch.column_by_name(name).filter(|column| column.is_valid(at));
    let text = |name| Some(column(name)?.as_string::<i32>().value(at).to_string());
    let time = |name| Some(EventTime(column(name)?.as_primitive::<TimestampMicrosecondType>().value(at)));
    let party = column("party").map(|column| column.as_primitive::<Int32Type>().value(at));
    Some(Row {
        gate: text("gate")?,
        event_time: time("event_time")?,
        received_at: time("received_at")?,
        code: text("code")?,
        party: party.map(|party| u32::try_from(party).unwrap_or(0)),
    })
}
