//! Write: lays the rows of one table into fixed ranges of event time, each published as one file once it is closed.
//! In: rows of one table | Out: nothing | Key: one worker a table | State: rows of open ranges
//! Time: a range is closed when the frontier passes its end and the hold behind it, never by a clock.
//!
//! The file's name is its range alone, so that a second run writes the same names. Encoding and disk are the work of one thread
//! for the whole process; the queue before it is bounded, so that a slow disk slows the dataflow down.

use super::SinkError;
use super::commit::Committer;
use super::parquet::write_rows;
use crossbeam_channel::{Receiver, Sender, bounded};
use jiff::Timestamp;
use operators::{ByTick, Outbox};
use schemas::table::{Names, TableRow};
use schemas::{EventTime, Tick, TickLength};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use timely::ExchangeData;

/// Files that may wait for the disk.
const QUEUE_FILES_MAX: usize = 4;

/// What every file of a run says of itself.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Store.
    pub store: String,
    /// Words behind ids.
    pub names: Arc<Names>,
    /// Length of a tick.
    pub tick: TickLength,
    /// Length of a range.
    pub range: TickLength,
    /// How long after its end a range stays open, in microseconds.
    pub hold_us: i64,
}

impl Origin {
    /// The same with ranges that stay open for `ticks` behind their end: for a table whose rows come otherwise than most do.
    pub fn holding(self, ticks: u64, length: TickLength) -> Self {
        Self { hold_us: i64::try_from(ticks.saturating_mul(length.us())).unwrap_or(i64::MAX), ..self }
    }
}

/// A closed range, ready to be written.
struct Closed {
    path: PathBuf,
    rows: u64,
    write: Box<dyn Fn(std::fs::File) -> Result<std::fs::File, SinkError> + Send>,
}

/// Hands closed ranges to the writing thread.
#[derive(Clone)]
pub struct Writer {
    queue: Sender<Closed>,
}

/// The thread that writes; ends when every [`Writer`] is gone.
pub struct Writing {
    thread: JoinHandle<()>,
    failure: Arc<Mutex<Option<SinkError>>>,
    /// Rows and files published so far.
    pub published: Arc<Published>,
}

/// What has been published.
#[derive(Debug, Default)]
pub struct Published {
    /// Rows in all tables.
    pub rows: AtomicU64,
    /// Files.
    pub files: AtomicU64,
}

impl Writing {
    /// Starts the thread. After a failure nothing more is written, and `stop` is called once.
    pub fn start(committer: Committer, stop: impl Fn() + Send + 'static) -> std::io::Result<(Writer, Writing)> {
        let (queue, closed) = bounded(QUEUE_FILES_MAX);
        let (failure, published) = (Arc::new(Mutex::new(None)), Arc::new(Published::default()));
        let (seen, counted) = (failure.clone(), published.clone());
        let write = move || write_all(&closed, &committer, &seen, &counted, &stop);
        let thread = std::thread::Builder::new().name("writer".into()).spawn(write)?;
        Ok((Writer { queue }, Writing { thread, failure, published }))
    }

    /// Waits for the thread and says whether everything was written.
    pub fn join(self) -> Result<(), SinkError> {
        if self.thread.join().is_err() {
            panic!("the writing thread panicked");
        }
        match self.failure.lock().expect("nobody panics while holding it").take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

fn write_all(
    queue: &Receiver<Closed>,
    committer: &Committer,
    failure: &Mutex<Option<SinkError>>,
    published: &Published,
    stop: &dyn Fn(),
) {
    let mut broken = false;
    for closed in queue {
        if broken {
            continue;
        }
        match committer.publish(&closed.path, &*closed.write) {
            Ok(()) => {
                published.rows.fetch_add(closed.rows, Ordering::Relaxed);
                published.files.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::error!(%error, "the run stops; what is published stands");
                *failure.lock().expect("nobody panics while holding it") = Some(error);
                broken = true;
                stop();
            }
        }
    }
}

/// The rows of one table, on their way into files.
pub struct Write<T> {
    origin: Origin,
    writer: Writer,
    open: BTreeMap<Tick, Vec<T>>,
}

impl<T: TableRow> Write<T> {
    /// Nothing is open yet.
    pub fn new(origin: Origin, writer: Writer) -> Self {
        Self { origin, writer, open: BTreeMap::new() }
    }

    /// The first tick at whose start the range is closed.
    fn deadline(&self, range: Tick) -> Tick {
        let end = self.origin.range.start(Tick(range.0 + 1)).plus_us(self.origin.hold_us);
        Tick(self.origin.tick.tick(end.plus_us(-1)).0 + 1)
    }
}

impl<T: TableRow + ExchangeData + Ord> ByTick for Write<T> {
    type In = T;
    type Out = ();
    const NAME: &'static str = "Write";

    fn route(_row: &T) -> u64 {
        // All rows of a table meet on one worker; tables spread over workers.
        T::TABLE.name.bytes().fold(0, |sum, byte| sum + u64::from(byte))
    }

    fn close(&mut self, tick: Tick, batch: Vec<T>, _out: &mut Outbox<()>) -> Option<Tick> {
        for row in batch {
            let range = self.origin.range.tick(row.range_time());
            let due = self.deadline(range);
            assert!(
                tick < due,
                "{}: a row of {:?} came at {tick:?}, after its range was published",
                T::TABLE.name,
                row.range_time()
            );
            self.open.entry(range).or_default().push(row);
        }
        while let Some((&range, _)) = self.open.first_key_value() {
            if tick < self.deadline(range) {
                break;
            }
            let rows = self.open.remove(&range).unwrap_or_default();
            // The thread is gone only after it panicked, which ends the process.
            let _ = self.writer.queue.send(closed(range, rows, &self.origin));
        }
        self.open.first_key_value().map(|(&range, _)| self.deadline(range))
    }
}

fn closed<T: TableRow + Send + 'static>(range: Tick, mut rows: Vec<T>, origin: &Origin) -> Closed {
    let (lower, upper) = (origin.range.start(range), origin.range.start(Tick(range.0 + 1)));
    let table = T::TABLE;
    let date = utc(lower).strftime("%Y-%m-%d").to_string();
    let name =
        format!("part-{}-{}.parquet", utc(lower).strftime("%Y%m%dT%H%M%SZ"), utc(upper).strftime("%Y%m%dT%H%M%SZ"));
    let path =
        PathBuf::from(table.name).join(format!("store={}", origin.store)).join(format!("date={date}")).join(name);
    let ticks = |at: EventTime| origin.tick.tick(at).0.to_string();
    let models: Vec<&str> = origin.names.models.values().map(String::as_str).collect();
    let metadata = vec![
        ("table", table.name.to_string()),
        ("schema_version", table.version.to_string()),
        ("pipeline_version", env!("CARGO_PKG_VERSION").to_string()),
        ("models", models.join(" ")),
        ("tick_us", origin.tick.us().to_string()),
        ("tick_lower", ticks(lower)),
        ("tick_upper", ticks(upper)),
    ];
    T::sort(&mut rows, &origin.names);
    let (names, shown) = (origin.names.clone(), path.clone());
    let count = rows.len() as u64;
    Closed { path, rows: count, write: Box::new(move |file| write_rows(file, &rows, &names, &metadata, &shown)) }
}

fn utc(time: EventTime) -> Timestamp {
    Timestamp::from_microsecond(time.0).unwrap_or(Timestamp::MAX)
}
