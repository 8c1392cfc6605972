//! Scales: what recorded scales said, each sample at a time that can be believed, those that arrived together in one arrival.
//!
//! A scale whose clock is wrong is shifted as a whole, so that the distances of its samples stay: the first that cannot be believed is
//! taken to be of the instant at which it arrived, and what follows by the same shift, until its own time can be believed again, or the
//! shifted one cannot. A fault tells each change of mind, not each sample.

use super::error::IngestError;
use super::hearing::Hearing;
use super::pace::Arrival;
use super::recorded::{Course, Recorded, Rows};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, Int64Array, StringArray, TimestampMicrosecondArray};
use operators::WeighSettings;
use schemas::table::TableRow;
use schemas::{CameraId, EventTime, FaultKind, ScaleId, ScaleSample};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Names of scales that the shop does not have, told apart; of more, only the number of rows is told.
const STRANGERS_MAX: usize = 100;

/// Reads recorded samples of scales.
pub struct ScaleReader {
    scales: BTreeMap<String, ScaleId>,
    recorded: Recorded,
    rows: Option<(Rows, usize)>,
    course: Course,
    /// By how much clocks are put right, of those that are wrong.
    shifts: BTreeMap<ScaleId, i64>,
    /// Rows of scales that the shop does not have, beyond the first of each, by name.
    strangers: BTreeMap<String, u64>,
    hearing: Hearing,
    ready: VecDeque<Arrival>,
}

/// The next samples or fault; none at the end.
impl Iterator for ScaleReader {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        self.fill();
        self.ready.pop_front()
    }
}

impl ScaleReader {
    /// Opens the file, or the folder, at `path`. `scales` by name; `source`: whose faults they are; `late_us`: a row may arrive so
    /// long after what it tells; of `settings`, when a scale counts as silent.
    pub fn open(
        path: &Path,
        scales: BTreeMap<String, ScaleId>,
        source: CameraId,
        late_us: i64,
        settings: &WeighSettings,
    ) -> Result<Self, IngestError> {
        let recorded = Recorded::open(path, "scales", ScaleSample::TABLE)?;
        let hearing = Hearing::new(&scales, settings);
        let (shifts, strangers, ready) = (BTreeMap::new(), BTreeMap::new(), VecDeque::new());
        let course = Course::new(source, late_us);
        Ok(Self { scales, recorded, rows: None, course, shifts, strangers, hearing, ready })
    }

    /// Reads until there is something to say; nothing at the end of everything.
    fn fill(&mut self) {
        while self.ready.is_empty() {
            if let Some((rows, at)) = self.rows.take_if(|(rows, at)| *at < rows.batch.num_rows()) {
                let next = self.take(&rows, at);
                self.rows = Some((rows, next));
                continue;
            }
            match self.recorded.next() {
                Some(Ok(rows)) => self.rows = Some((rows, 0)),
                Some(Err((reason, place))) => self.fault(FaultKind::RowMalformed, &reason, &place),
                None => return self.end(),
            }
        }
    }

    /// What is left to be said at the end.
    fn end(&mut self) {
        for (stranger, count) in std::mem::take(&mut self.strangers).into_iter().filter(|(_, count)| *count > 0) {
            let detail = format!("{stranger}: there is no such scale");
            self.ready.extend(self.course.faults(FaultKind::RowMalformed, count, detail).into_iter().flatten());
        }
        self.ready.extend(self.course.folded());
    }

    fn fault(&mut self, kind: FaultKind, reason: &str, detail: &str) {
        self.ready.extend(self.course.fault(kind, reason, detail));
    }

    /// Takes the rows from `at` on that arrived together; gives the first after them.
    fn take(&mut self, rows: &Rows, at: usize) -> usize {
        let Some(columns) = Columns::of(rows) else { return rows.batch.num_rows() };
        let Some(received_at) = columns.received_at(at) else {
            self.fault(FaultKind::RowMalformed, "a value is missing", &rows.place(at));
            return at + 1;
        };
        self.ready.extend(self.course.arrive(received_at, || rows.place(at)));
        let (closes, _) = self.course.believed();
        let mut samples = Vec::new();
        let mut next = at;
        while next < rows.batch.num_rows() && columns.received_at(next) == Some(received_at) {
            samples.extend(self.sample(&columns, rows, next, received_at));
            next += 1;
        }
        for (name, why) in self.hearing.silent(self.course.arrived()) {
            self.fault(FaultKind::ScaleSilent, &why, &name);
        }
        // What is held back comes before anything later.
        self.ready.extend(self.course.folded());
        if !samples.is_empty() {
            self.ready.push_back(Arrival::Weighed { samples, closes });
        }
        next
    }

    fn sample(&mut self, columns: &Columns<'_>, rows: &Rows, at: usize, received_at: EventTime) -> Option<ScaleSample> {
        let (Some(name), Some(told)) = (columns.scale(at), columns.event_time(at)) else {
            self.fault(FaultKind::RowMalformed, "a value is missing", &rows.place(at));
            return None;
        };
        let Some(&scale) = self.scales.get(name) else {
            self.stranger(name);
            return None;
        };
        let weight_mg = columns.weight_mg(at);
        self.hearing.hear(scale, self.course.arrived(), weight_mg);
        let event_time = self.believe(scale, name, told, received_at);
        Some(ScaleSample { scale, event_time, received_at, weight_mg })
    }

    fn stranger(&mut self, name: &str) {
        if let Some(count) = self.strangers.get_mut(name) {
            *count += 1;
            return;
        }
        let name = if self.strangers.len() < STRANGERS_MAX { name } else { "others" };
        match self.strangers.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                self.strangers.insert(name.to_string(), 0);
                let detail = format!("{name}: there is no such scale");
                self.ready.extend(self.course.faults(FaultKind::RowMalformed, 1, detail).into_iter().flatten());
            }
        }
    }

    /// A time for a sample that can be believed: as told, or put right.
    fn believe(&mut self, scale: ScaleId, name: &str, told: EventTime, received_at: EventTime) -> EventTime {
        let (low, high) = self.course.believed();
        let believed = |at: EventTime| (low..=high).contains(&at);
        if believed(told) {
            self.shifts.remove(&scale);
            return told;
        }
        let shift = self.shifts.get(&scale).copied();
        if let Some(at) = shift.map(|shift| told.plus_us(shift)).filter(|at| believed(*at)) {
            return at;
        }
        let at = received_at.clamp(low, high);
        self.shifts.insert(scale, at.since_us(told));
        let by = format!("{name}, {} ms", told.since_us(received_at) / 1000);
        self.fault(FaultKind::TimeDoubted, "its time is too far from its arrival", &by);
        at
    }
}

/// The columns of rows whose types were checked.
struct Columns<'a> {
    scale: &'a StringArray,
    event_time: &'a TimestampMicrosecondArray,
    received_at: &'a TimestampMicrosecondArray,
    weight_mg: Option<&'a Int64Array>,
}

impl<'a> Columns<'a> {
    fn of(rows: &'a Rows) -> Option<Self> {
        let time = |name| Some(rows.batch.column_by_name(name)?.as_primitive::<TimestampMicrosecondType>());
        Some(Self {
            scale: rows.batch.column_by_name("scale")?.as_string::<i32>(),
            event_time: time("event_time")?,
            received_at: time("received_at")?,
            weight_mg: rows.batch.column_by_name("weight_mg").map(|column| column.as_primitive::<Int64Type>()),
        })
    }

    fn scale(&self, at: usize) -> Option<&'a str> {
        self.scale.is_valid(at).then(|| self.scale.value(at))
    }

    fn event_time(&self, at: usize) -> Option<EventTime> {
        self.event_time.is_valid(at).then(|| EventTime(self.event_time.value(at)))
    }

    fn received_at(&self, at: usize) -> Option<EventTime> {
        self.received_at.is_valid(at).then(|| EventTime(self.received_at.value(at)))
    }

    fn weight_mg(&self, at: usize) -> Option<i64> {
        self.weight_mg.filter(|column| column.is_valid(at)).map(|column| column.value(at))
    }
}
