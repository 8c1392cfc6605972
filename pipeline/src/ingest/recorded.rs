//! Recorded: what sensors beside cameras delivered, in the order in which it arrived, and what can be believed of its times.
//!
//! The order of arrival is not that in which things happened. So a source speaks of the time `late` before the arrival of the row
//! at hand: until then nothing more can come. A device's clock may be wrong by hours; what it says is believed between `late`
//! before the arrival and [`AHEAD_US`] after it. No row is dropped for coming late.

use super::error::{IngestError, Unreadable};
use super::fold::Fold;
use super::lines::{Lines, is_lines};
use super::pace::Arrival;
use super::parts::{check_column, guarded, name, open_part, part_files};
use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use schemas::table::Table;
use schemas::{CameraId, EventTime, Fault, FaultKind};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// A device's clock may be so much ahead of the shop's.
pub const AHEAD_US: i64 = 1_000_000;
/// Rows read at a time.
const BATCH_ROWS: usize = 1024;

/// The rows of a file, or of the files of a folder.
pub(super) struct Recorded {
    table: &'static Table,
    files: VecDeque<PathBuf>,
    current: Option<Current>,
}

/// A file being read.
struct Current {
    name: String,
    form: Form,
    rows: u64,
}

/// In which form its rows stand.
enum Form {
    /// None once a page could not be read.
    Parquet(Option<ParquetRecordBatchReader>),
    Lines(Lines),
}

/// Rows whose columns have the types of the table; those that may be null may be absent.
pub struct Rows {
    pub(super) batch: RecordBatch,
    file: String,
    before: u64,
}

impl Rows {
    /// Where row `at` stands.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{} row {}", self.file, self.before + at as u64 + 1)
    }
}

/// What could not be read: why, and where.
pub(super) type Damage = (String, String);

impl Recorded {
    /// Opens the file, or the folder, at `path`; `source` is what errors call it.
    pub(super) fn open(path: &Path, source: &str, table: &'static Table) -> Result<Self, IngestError> {
        let unreadable = |reason| IngestError { camera: source.into(), path: path.to_path_buf(), reason };
        let files = part_files(path).map_err(unreadable)?;
        if files.is_empty() {
            return Err(unreadable(Unreadable::NoSegments("part-*.parquet or part-*.jsonl")));
        }
        let mut files = VecDeque::from(files);
        let current = files.pop_front().map(|file| Current::open(&file, table)).transpose().map_err(unreadable)?;
        Ok(Self { table, files, current })
    }

    /// The next rows, at least one, or damage; nothing at the end.
    pub(super) fn next(&mut self) -> Option<Result<Rows, Damage>> {
        loop {
            let Some(current) = &mut self.current else {
                let path = self.files.pop_front()?;
                match Current::open(&path, self.table) {
                    Ok(current) => self.current = Some(current),
                    Err(reason) => return Some(Err((reason.to_string(), name(&path)))),
                }
                continue;
            };
            match current.next() {
                Some(Ok(rows)) if rows.batch.num_rows() == 0 => {}
                Some(said) => return Some(said),
                None => self.current = None,
            }
        }
    }
}

impl Current {
    fn open(path: &Path, table: &'static Table) -> Result<Self, Unreadable> {
        let form = if is_lines(path) {
            Form::Lines(Lines::open(path, table)?)
        } else {
            Form::Parquet(Some(open(path, table)?))
        };
        Ok(Self { name: name(path), form, rows: 0 })
    }

    fn next(&mut self) -> Option<Result<Rows, Damage>> {
        let batches = match &mut self.form {
            Form::Parquet(batches) => batches,
            Form::Lines(lines) => {
                let said = lines.next()?;
                let rows = said.map(|(batch, before)| Rows { batch, file: self.name.clone(), before });
                return Some(rows.map_err(|(reason, line)| (reason, format!("{} row {line}", self.name))));
            }
        };
        let reader = batches.as_mut()?;
        match guarded(|| reader.next().transpose().map_err(|e| Unreadable::NotParquet(e.to_string()))) {
            Ok(batch) => {
                let rows = Rows { batch: batch?, file: self.name.clone(), before: self.rows };
                self.rows += rows.batch.num_rows() as u64;
                Some(Ok(rows))
            }
            // The rest may be out of step.
            Err(reason) => {
                *batches = None;
                Some(Err((format!("the rest is left out: {reason}"), self.name.clone())))
            }
        }
    }
}

/// Opens a Parquet file whose columns have the types of the table.
fn open(path: &Path, table: &Table) -> Result<ParquetRecordBatchReader, Unreadable> {
    let builder = open_part(path)?;
    let columns = table.columns.iter();
    columns.copied().try_for_each(|c| check_column(builder.schema(), c.name, &c.kind.arrow(), !c.nullable))?;
    guarded(|| builder.with_batch_size(BATCH_ROWS).build().map_err(|e| Unreadable::NotParquet(e.to_string())))
}

/// What one kind of recorded rows becomes.
pub trait Take {
    /// What errors call them.
    const NAME: &'static str;
    /// Their form.
    const TABLE: &'static Table;

    /// Takes row `at` of `rows`.
    fn take(&mut self, rows: &Rows, at: usize, said: &mut Said);
}

/// Where a source has come to, and what it has to say.
pub struct Said {
    pub(super) course: Course,
    ready: VecDeque<Arrival>,
}

impl Said {
    /// Says something.
    pub(super) fn give(&mut self, arrival: Arrival) {
        self.ready.push_back(arrival);
    }

    /// Says what is held back: it comes before anything later.
    pub(super) fn give_folded(&mut self) {
        self.ready.extend(self.course.folded());
    }

    /// A row has arrived that stands at `place`.
    pub(super) fn arrive(&mut self, received_at: EventTime, place: impl FnOnce() -> String) {
        self.ready.extend(self.course.arrive(received_at, place));
    }

    /// Says what is wrong with a row.
    pub(super) fn fault(&mut self, kind: FaultKind, reason: &str, detail: &str) {
        self.ready.extend(self.course.fault(kind, reason, detail));
    }

    /// A time as far as it can be believed of the row that has arrived last; a fault tells where it cannot.
    pub(super) fn believe(&mut self, event_time: EventTime, received_at: EventTime) -> EventTime {
        let (low, high) = self.course.believed();
        let believed = event_time.clamp(low, high);
        if believed != event_time {
            let by = event_time.since_us(received_at) / 1000;
            self.fault(FaultKind::TimeDoubted, "its time is too far from its arrival", &format!("{by} ms"));
        }
        believed
    }
}

/// Reads recorded rows one by one.
pub struct Reader<T> {
    taker: T,
    recorded: Recorded,
    rows: Option<(Rows, usize)>,
    said: Said,
}

impl<T: Take> Reader<T> {
    /// Opens the file, or the folder, at `path`; `source`: whose faults they are; `late_us`: a row may arrive so long after what it tells.
    pub(super) fn begin(path: &Path, taker: T, source: CameraId, late_us: i64) -> Result<Self, IngestError> {
        let recorded = Recorded::open(path, T::NAME, T::TABLE)?;
        let said = Said { course: Course::new(source, late_us), ready: VecDeque::new() };
        Ok(Self { taker, recorded, rows: None, said })
    }
}

/// The next row or fault; none at the end.
impl<T: Take> Iterator for Reader<T> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        while self.said.ready.is_empty() {
            if let Some((rows, at)) = self.rows.take_if(|(rows, at)| *at < rows.batch.num_rows()) {
                self.taker.take(&rows, at, &mut self.said);
                self.rows = Some((rows, at + 1));
                continue;
            }
            match self.recorded.next() {
                Some(Ok(rows)) => self.rows = Some((rows, 0)),
                Some(Err((reason, place))) => self.said.fault(FaultKind::RowMalformed, &reason, &place),
                None => {
                    self.said.give_folded();
                    break;
                }
            }
        }
        self.said.ready.pop_front()
    }
}

/// How far a source has come, and what was wrong with it.
pub(super) struct Course {
    /// Whose faults they are.
    source: CameraId,
    late_us: i64,
    /// Arrival of the latest row.
    arrived: EventTime,
    fold: Fold,
}

impl Course {
    /// Nothing has arrived; `late_us`: a row may arrive so long after what it tells.
    pub(super) fn new(source: CameraId, late_us: i64) -> Self {
        Self { source, late_us, arrived: EventTime(i64::MIN), fold: Fold::default() }
    }

    /// A row has arrived that stands at `place`; gives a fault where it stands after rows that arrived later.
    pub(super) fn arrive(&mut self, received_at: EventTime, place: impl FnOnce() -> String) -> Option<Arrival> {
        let earlier = received_at < self.arrived;
        let said =
            earlier.then(|| self.fault(FaultKind::TimeDoubted, "it stands after rows that arrived later", &place()));
        self.arrived = self.arrived.max(received_at);
        said.flatten()
    }

    /// Arrival of the latest row.
    pub(super) fn arrived(&self) -> EventTime {
        self.arrived
    }

    /// The first and the last time that are believed of a row that arrives now. Of a time before the first nothing will come.
    pub(super) fn believed(&self) -> (EventTime, EventTime) {
        (self.arrived.plus_us(-self.late_us), self.arrived.plus_us(AHEAD_US))
    }

    /// Takes a fault; gives the one before it, unless it is the same.
    pub(super) fn fault(&mut self, kind: FaultKind, reason: &str, detail: &str) -> Option<Arrival> {
        let event_time = EventTime(self.arrived.0.saturating_sub(self.late_us).max(0));
        let detail = if detail.is_empty() { reason.to_string() } else { format!("{detail}: {reason}") };
        let fault = Fault { event_time, camera: self.source, kind, count: 1, detail };
        self.fold.add(reason, fault).map(late)
    }

    /// A fault of so many rows, for itself.
    pub(super) fn faults(&mut self, kind: FaultKind, count: u64, detail: String) -> [Option<Arrival>; 2] {
        let event_time = EventTime(self.arrived.0.saturating_sub(self.late_us).max(0));
        let fault = Fault { event_time, camera: self.source, kind, count, detail };
        [self.folded(), Some(late(fault))]
    }

    /// What is held back: to be given before anything later.
    pub(super) fn folded(&mut self) -> Option<Arrival> {
        self.fold.take().map(late)
    }
}

/// A fault closes nothing that rows may still speak of.
fn late(fault: Fault) -> Arrival {
    Arrival::Late { closes: fault.event_time, fault }
}
