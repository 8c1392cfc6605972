//! Scans: the codes that gates' readers recorded, each looked at by whoever knows the keys, each at a time that can be believed.
//!
//! Rows come in the order in which they arrived, which is not that in which codes were shown. So the source speaks of the time `late`
//! before the arrival of the row at hand: until then nothing more can come. A device's clock may be wrong by hours; what it says is
//! believed between `late` before the arrival and [`AHEAD_US`] after it, else the nearest such time, and a fault tells. Nobody is
//! turned away because of a clock, and no row is dropped for coming late.

use super::error::{IngestError, Unreadable};
use super::fold::Fold;
use super::pace::Arrival;
use super::parts::{check_column, guarded, name, open_part, part_files};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use gatecode::{Verifier, pseudonym};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use schemas::table::TableRow;
use schemas::{
    CameraId, CheckedScan, Claim, CodeId, EventTime, Fault, FaultKind, GateId, GateScan, MemberId, Refusal, Role,
};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

/// A reader's clock may be so much ahead of the shop's.
pub const AHEAD_US: i64 = 1_000_000;
/// Rows read at a time.
const BATCH_ROWS: usize = 1024;

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
pub struct ScanReader {
    desk: Desk,
    /// Whose faults they are.
    source: CameraId,
    late_us: i64,
    files: VecDeque<PathBuf>,
    current: Option<Current>,
    /// Arrival of the latest row.
    arrived: EventTime,
    fold: Fold,
    ready: VecDeque<Arrival>,
}

/// A file being read.
struct Current {
    name: String,
    /// None once a page could not be read.
    batches: Option<ParquetRecordBatchReader>,
    batch: Option<(RecordBatch, usize)>,
    rows_before: u64,
}

impl ScanReader {
    /// Opens the file, or the folder, at `path`; `late_us`: a row may arrive so long after what it tells.
    pub fn open(path: &Path, desk: Desk, source: CameraId, late_us: i64) -> Result<Self, IngestError> {
        let unreadable = |reason| IngestError { camera: "gate_scans".into(), path: path.to_path_buf(), reason };
        let files = part_files(path).map_err(unreadable)?;
        if files.is_empty() {
            return Err(unreadable(Unreadable::NoSegments("part-*.parquet")));
        }
        let mut files = VecDeque::from(files);
        let current = files.pop_front().map(|file| Current::open(&file)).transpose().map_err(unreadable)?;
        let (fold, ready, arrived) = (Fold::default(), VecDeque::new(), EventTime(i64::MIN));
        Ok(Self { desk, source, late_us, files, current, arrived, fold, ready })
    }

    /// The time before which nothing will come: to be asked before the first row is taken.
    pub fn start(&mut self) -> EventTime {
        self.fill();
        self.ready.front().map_or(EventTime(0), |arrival| arrival.closes())
    }

    /// The next code or fault; none at the end.
    #[expect(clippy::should_implement_trait, reason = "as the readers of cameras")]
    pub fn next(&mut self) -> Option<Arrival> {
        self.fill();
        self.ready.pop_front()
    }

    fn fill(&mut self) {
        if self.ready.is_empty() {
            let next = self.read();
            self.ready.extend(next);
        }
    }

    /// Reads until there is something to say; nothing at the end of everything.
    fn read(&mut self) -> Vec<Arrival> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(path) = self.files.pop_front() else { return self.folded() };
                match Current::open(&path) {
                    Ok(current) => self.current = Some(current),
                    Err(reason) => {
                        let said = self.fault(FaultKind::RowMalformed, &reason.to_string(), &name(&path));
                        if !said.is_empty() {
                            return said;
                        }
                    }
                }
                continue;
            };
            let said = match current.row() {
                Ok(Some(row)) => self.take(row),
                Ok(None) => {
                    self.current = None;
                    Vec::new()
                }
                Err((reason, place)) => self.fault(FaultKind::RowMalformed, &reason, &place),
            };
            if !said.is_empty() {
                return said;
            }
        }
    }

    fn folded(&mut self) -> Vec<Arrival> {
        self.fold.take().map(|fault| self.arrival(fault)).into_iter().collect()
    }

    /// A fault closes nothing that rows may still speak of.
    fn arrival(&self, fault: Fault) -> Arrival {
        Arrival::Late { closes: fault.event_time, fault }
    }

    fn fault(&mut self, kind: FaultKind, reason: &str, detail: &str) -> Vec<Arrival> {
        let event_time = EventTime(self.arrived.0.saturating_sub(self.late_us).max(0));
        let detail = if detail.is_empty() { reason.to_string() } else { format!("{detail}: {reason}") };
        let fault = Fault { event_time, camera: self.source, kind, count: 1, detail };
        self.fold.add(reason, fault).map(|fault| self.arrival(fault)).into_iter().collect()
    }

    fn take(&mut self, row: Row) -> Vec<Arrival> {
        let mut said = Vec::new();
        if row.received_at < self.arrived {
            let reason = "it stands after rows that arrived later";
            said.extend(self.fault(FaultKind::TimeDoubted, reason, &row.place));
        }
        self.arrived = self.arrived.max(row.received_at);
        let (low, high) = (self.arrived.plus_us(-self.late_us), self.arrived.plus_us(AHEAD_US));
        let event_time = row.event_time.clamp(low, high);
        if event_time != row.event_time {
            let by = row.event_time.since_us(row.received_at) / 1000;
            said.extend(self.fault(
                FaultKind::TimeDoubted,
                "its time is too far from its arrival",
                &format!("{by} ms"),
            ));
        }
        let Some(&gate) = self.desk.gates.get(&row.gate) else {
            said.extend(self.fault(FaultKind::RowMalformed, "there is no such gate", &format!("{:?}", row.gate)));
            return said;
        };
        // What is held back comes before anything later.
        said.extend(self.folded());
        let claim = self.desk.check(&row.code, &row.gate, event_time);
        let claim =
            claim.map(|claim| Claim { party: row.party.map_or(claim.party, |p| p.clamp(1, claim.party)), ..claim });
        let scan = CheckedScan { gate, event_time, received_at: row.received_at, claim };
        said.push(Arrival::Scan { scan, closes: low });
        said
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
    place: String,
}

impl Current {
    fn open(path: &Path) -> Result<Self, Unreadable> {
        let builder = open_part(path)?;
        let columns = GateScan::TABLE.columns.iter();
        columns.copied().try_for_each(|c| check_column(builder.schema(), c.name, &c.kind.arrow(), !c.nullable))?;
        let batches =
            guarded(|| builder.with_batch_size(BATCH_ROWS).build().map_err(|e| Unreadable::NotParquet(e.to_string())))?;
        Ok(Self { name: name(path), batches: Some(batches), batch: None, rows_before: 0 })
    }

    /// The next row, or what is wrong with it and where it stands. Nothing at the end.
    fn row(&mut self) -> Result<Option<Row>, (String, String)> {
        loop {
            if let Some((batch, at)) = self.batch.as_mut().filter(|(batch, at)| *at < batch.num_rows()) {
                let place = format!("{} row {}", self.name, self.rows_before + *at as u64 + 1);
                *at += 1;
                return row(batch, *at - 1, &place).map(Some).ok_or(("a value is missing".to_string(), place));
            }
            self.rows_before += self.batch.take().map_or(0, |(batch, _)| batch.num_rows() as u64);
            let Some(batches) = &mut self.batches else { return Ok(None) };
            match guarded(|| batches.next().transpose().map_err(|e| Unreadable::NotParquet(e.to_string()))) {
                Ok(Some(batch)) => self.batch = Some((batch, 0)),
                Ok(None) => return Ok(None),
                // The rest may be out of step.
                Err(reason) => {
                    self.batches = None;
                    return Err((format!("the rest is left out: {reason}"), self.name.clone()));
                }
            }
        }
    }
}

/// Row `at` of a batch whose types were checked; nothing where a value is missing that must be there.
fn row(batch: &RecordBatch, at: usize, place: &str) -> Option<Row> {
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
        place: place.to_string(),
    })
}
