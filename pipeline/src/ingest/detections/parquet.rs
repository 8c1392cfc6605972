//! Parquet detections as frames: rows of one event time are one frame. Rows are sorted by event time, as our own files are;
//! memory holds one batch of rows and one frame.

use super::{Detected, DetectionsSpec};
use crate::ingest::error::Unreadable;
use crate::ingest::fold::Fold;
use crate::ingest::parts::{guarded, name, open_part, part_files};
use columns::Columns;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use schemas::{Detection, Fault, FaultKind, FrameDetections, FrameMeta};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

mod columns;

/// Rows read at a time.
const BATCH_ROWS: usize = 4096;
/// Detections of one frame; more than that is a damaged file.
const DETECTIONS_MAX: usize = 10_000;
/// Faults before the first frame that are reported one by one.
const EARLY_MAX: usize = 100;

/// One row, checked.
struct Row {
    meta: FrameMeta,
    detection: Detection,
}

/// Gives the frames of one file, or of many as one stream.
pub(super) struct ParquetReader {
    spec: DetectionsSpec,
    files: VecDeque<PathBuf>,
    current: Option<Current>,
    frame: Option<FrameDetections>,
    /// Faults met before the first frame.
    early: Vec<Fault>,
    fold: Fold,
    ready: VecDeque<Detected>,
}

/// Why a row (or the rest of a file) is not given.
struct Refused {
    reason: String,
    place: String,
}

/// A file being read.
struct Current {
    name: String,
    /// None once a page could not be read.
    batches: Option<ParquetRecordBatchReader>,
    /// The batch at hand and the next of its rows.
    columns: Option<(Columns, usize)>,
    rows_before: u64,
}

impl ParquetReader {
    pub(super) fn open(spec: DetectionsSpec) -> Result<Self, Unreadable> {
        let mut files = VecDeque::from(part_files(&spec.path)?);
        let first = files.pop_front().ok_or(Unreadable::NoSegments("part-*.parquet"))?;
        let current = Some(Current::open(&first)?);
        Ok(Self { spec, files, current, frame: None, early: Vec::new(), fold: Fold::default(), ready: VecDeque::new() })
    }

    pub(super) fn next(&mut self) -> Option<Detected> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Some(next);
            }
            let Some(current) = &mut self.current else {
                let Some(path) = self.files.pop_front() else {
                    self.close_frame();
                    self.ready.extend(self.early.drain(..).map(Detected::Fault));
                    return self.ready.pop_front();
                };
                match Current::open(&path) {
                    Ok(current) => self.current = Some(current),
                    Err(reason) => self.fault(FaultKind::RowMalformed, &reason.to_string(), &name(&path)),
                }
                continue;
            };
            match current.row(&self.spec) {
                Ok(Some(row)) => self.take(row),
                Ok(None) => self.current = None,
                Err(no) => self.fault(FaultKind::RowMalformed, &no.reason, &no.place),
            }
        }
    }

    fn take(&mut self, row: Row) {
        let time = row.meta.event_time;
        if let Some(frame) = self.frame.as_mut().filter(|frame| frame.meta.event_time == time) {
            if frame.detections.len() >= DETECTIONS_MAX {
                return self.fault(FaultKind::RowMalformed, "more than 10000 detections in one frame", "");
            }
            return frame.detections.push(row.detection);
        }
        if let Some(at_hand) = self.frame.as_ref().map(|frame| frame.meta.event_time).filter(|&at_hand| time < at_hand)
        {
            let by = format!("{} us before the frame at hand", at_hand.since_us(time));
            return self.fault(FaultKind::RowLate, "late", &by);
        }
        self.close_frame();
        let early = self.early.drain(..).map(|fault| Detected::Fault(Fault { event_time: time, ..fault }));
        self.ready.extend(early);
        self.frame = Some(FrameDetections::new(row.meta, self.spec.model, vec![row.detection]));
    }

    /// Gives the frame at hand, and the faults met since the one before.
    fn close_frame(&mut self) {
        self.ready.extend(self.frame.take().map(Detected::Frame));
        self.ready.extend(self.fold.take().map(Detected::Fault));
    }

    /// A fault carries the time of the frame at hand: its own may be earlier, or nonsense. Before the first frame it waits.
    fn fault(&mut self, kind: FaultKind, reason: &str, place: &str) {
        let detail = [place, reason].iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>().join(": ");
        let at_hand = self.frame.as_ref().map(|frame| frame.meta.event_time);
        let fault = Fault { event_time: at_hand.unwrap_or_default(), camera: self.spec.camera, kind, count: 1, detail };
        if at_hand.is_some() {
            self.ready.extend(self.fold.add(reason, fault).map(Detected::Fault));
        } else if self.early.len() < EARLY_MAX {
            self.early.push(fault);
        } else if let Some(last) = self.early.last_mut() {
            last.count += 1;
        }
    }
}

impl Current {
    fn open(path: &Path) -> Result<Self, Unreadable> {
        let builder = open_part(path)?;
        columns::check(builder.schema())?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns::names());
        let batches = guarded(|| {
            let built = builder.with_batch_size(BATCH_ROWS).with_projection(mask).build();
            built.map_err(|e| Unreadable::NotParquet(e.to_string()))
        })?;
        Ok(Self { name: name(path), batches: Some(batches), columns: None, rows_before: 0 })
    }

    /// The next batch. After a page that cannot be read the rest of the file is left: it may be out of step.
    fn batch(&mut self) -> Result<Option<Columns>, Refused> {
        let Some(batches) = &mut self.batches else { return Ok(None) };
        let read = guarded(|| match batches.next() {
            None => Ok(None),
            Some(batch) => Columns::new(&batch.map_err(|e| Unreadable::NotParquet(e.to_string()))?).map(Some),
        });
        read.map_err(|e| {
            self.batches = None;
            Refused { reason: format!("the rest is left out: {e}"), place: self.name.clone() }
        })
    }

    /// The next row of the spec's camera, or what is wrong with it and where it stands. Nothing at the end of the file.
    fn row(&mut self, spec: &DetectionsSpec) -> Result<Option<Row>, Refused> {
        loop {
            let Some((columns, next)) = &mut self.columns else {
                match self.batch()? {
                    Some(columns) => self.columns = Some((columns, 0)),
                    None => return Ok(None),
                }
                continue;
            };
            if *next >= columns.rows() {
                self.rows_before += columns.rows() as u64;
                self.columns = None;
                continue;
            }
            let at = *next;
            *next += 1;
            if columns.is_of(&spec.name, at) {
                let place = || format!("{} row {}", self.name, self.rows_before + at as u64 + 1);
                let refused = |reason| Refused { reason, place: place() };
                let mut row = columns.row(spec.camera, at).map_err(refused)?;
                row.meta.event_time = row.meta.event_time.plus_us(-spec.ahead_us);
                return Ok(Some(row));
            }
        }
    }
}
