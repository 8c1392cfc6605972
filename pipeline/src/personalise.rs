//! `aisleflow personalise`: the week's shop and what is due, from any history of receipts; and `aisleflow personalise fit`.

pub mod boost;
pub mod engine;
pub mod fit;
pub mod read;
mod write;

use crate::clock;
use crate::ingest::error::Unreadable;
use crate::sink::parquet::write_rows;
use clap::{Args, Subcommand};
use engine::{Said, Task, run};
use fit::{Fitting, fit};
use operators::{Coefficients, Personalising};
use read::{Called, Checks, Receipts, catalog, pairs, read};
use schemas::table::{Names, TableRow};
use schemas::{Ask, CameraId, CategoryCode, EventTime, Fault, MemberId};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use write::{Words, write};

/// The coefficients that ship: a ranker of published constants, and chances fitted on the histories of our own simulator.
pub const SHIPPED: &str = include_str!("personalise/coefficients.json");

/// The coefficients that ship.
pub fn shipped() -> Coefficients {
    coefficients(SHIPPED, Path::new("shipped")).unwrap_or_else(|error| panic!("what is built in is sound: {error}"))
}

/// From so many receipts on, coefficients of one's own are better than those that ship.
const FIT_FROM: usize = 20_000;

/// What can be asked.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct PersonaliseArgs {
    #[command(subcommand)]
    command: Option<PersonaliseCommand>,
    #[command(flatten)]
    what: WhatArgs,
}

#[derive(Debug, Subcommand)]
enum PersonaliseCommand {
    /// Fit coefficients on a history
    Fit(FitArgs),
}

#[derive(Debug, Args)]
struct HistoryArgs {
    /// Receipts as Parquet: household_id, basket_id, event_time (or ts), sku (or item); optional category, quantity, unit_price,
    /// discount. Or the folder of a run's tables
    #[arg(long, value_name = "FILE", required = true)]
    receipts: Option<PathBuf>,
    /// The skus there are (sku or item, optional category): rows with others are refused
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// Receipts at or after this time are refused [default: this machine's clock]
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<EventTime>,
}

#[derive(Debug, Args)]
struct FitArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// Nothing at or after this time is learned from
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<EventTime>,
    /// Trees of the ranker, and of the chances
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..=5000))]
    trees: u16,
    /// Where to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct WhatArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// As of when, for every household; only receipts before count [default: just after the last receipt of each household]
    #[arg(long, value_name = "TIME", value_parser = time, num_args = 1..)]
    as_of: Vec<EventTime>,
    /// Households, categories and cutoffs (household_id, category, cutoff): as of when, and which chances are written
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// A file of `aisleflow personalise fit`; `shipped`: those that ship; `fitted`: fitted first, on what lies before the first time
    /// that is asked about [default: fitted where there are 20,000 receipts, else shipped]
    #[arg(long, value_name = "FILE")]
    coefficients: Option<PathBuf>,
    /// Suggestions for each household at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=190))]
    most: u16,
    /// Dataflow workers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Let the last N receipts come one by one and tell how long each took [default: all at once]
    #[arg(long, value_name = "N")]
    one_by_one: Option<usize>,
    /// Folder of suggestions.parquet, due.parquet, profiles.parquet and faults.parquet
    #[arg(long, value_name = "DIR", required = true)]
    out: Option<PathBuf>,
}

/// A time: RFC 3339, or, by the history's own clock, a date or a date and a time of day.
fn time(text: &str) -> Result<EventTime, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(EventTime(time.as_microsecond()));
    }
    let civil = text.parse::<jiff::civil::DateTime>().map_err(|e| e.to_string())?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|e| e.to_string())?;
    Ok(EventTime(zoned.timestamp().as_microsecond()))
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PersonaliseError {
    /// A file of rows.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Unreadable,
    },
    /// A file of coefficients.
    #[error("{path}: these are no coefficients: {reason}")]
    Coefficients {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The disk.
    #[error("{path}: {source}")]
    Disk {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The dataflow.
    #[error("the dataflow did not run: {0}")]
    Workers(String),
}

/// Does what was asked.
///
/// # Errors
/// When files cannot be read or written.
pub fn command(args: &PersonaliseArgs) -> Result<(), PersonaliseError> {
    match &args.command {
        Some(PersonaliseCommand::Fit(args)) => command_fit(args),
        None => command_personalise(&args.what),
    }
}

fn say(text: &str) {
    // Nobody listens: that is no reason to stop.
    let _ = writeln!(io::stdout(), "{text}");
}

impl HistoryArgs {
    /// The file that was named: clap sees to it that there is one.
    fn path(&self) -> &Path {
        self.receipts.as_deref().unwrap_or(Path::new(""))
    }

    fn read(&self) -> Result<Receipts, PersonaliseError> {
        let unreadable = |path: &Path| {
            let path = path.to_path_buf();
            |source| PersonaliseError::Unreadable { path, source }
        };
        let catalog = self.catalog.as_deref().map(|path| catalog(path).map_err(unreadable(path))).transpose()?;
        let now = self.now.unwrap_or_else(|| EventTime(clock::now_us()));
        let path = self.path();
        let mut receipts = read(path, &Checks { catalog, now, ..Checks::default() }).map_err(unreadable(path))?;
        receipts.purchases.sort_by_key(|(row, _)| (row.event_time, row.receipt, row.sku));
        let baskets: BTreeSet<_> = receipts.purchases.iter().map(|(row, _)| row.receipt).collect();
        let refused: u64 = receipts.faults.iter().map(|fault| fault.count).sum();
        let (households, lines) = (receipts.called.members.len(), receipts.purchases.len());
        say(&format!(
            "read     {} receipts, {lines} lines, {households} households; {refused} rows refused",
            baskets.len()
        ));
        Ok(receipts)
    }
}

fn fitted(receipts: &Receipts, until: EventTime, fitting: &Fitting) -> Coefficients {
    let watch = clock::Stopwatch::start();
    let fitted = fit(&receipts.purchases, until, fitting, &mut |text| say(&format!("fit      {text}")));
    say(&format!("fit      {:.1} s", watch.elapsed().as_secs_f64()));
    fitted
}

fn command_fit(args: &FitArgs) -> Result<(), PersonaliseError> {
    let receipts = args.history.read()?;
    let mut fitting = Fitting::default();
    (fitting.ranker.trees, fitting.chances.trees) = (args.trees.into(), args.trees.into());
    let coefficients = fitted(&receipts, args.until.unwrap_or(EventTime(i64::MAX)), &fitting);
    let broken =
        |e: serde_json::Error| PersonaliseError::Coefficients { path: args.out.clone(), reason: e.to_string() };
    let text = serde_json::to_string(&coefficients).map_err(broken)?;
    fs::write(&args.out, text + "\n").map_err(|source| PersonaliseError::Disk { path: args.out.clone(), source })
}

fn coefficients(text: &str, path: &Path) -> Result<Coefficients, PersonaliseError> {
    let broken = |reason: String| PersonaliseError::Coefficients { path: path.to_path_buf(), reason };
    let coefficients: Coefficients = serde_json::from_str(text).map_err(|e| broken(e.to_string()))?;
    coefficients.check().map_err(broken)?;
    Ok(coefficients)
}

fn command_personalise(args: &WhatArgs) -> Result<(), PersonaliseError> {
    let receipts = args.history.read()?;
    let out = args.out.as_deref().unwrap_or(Path::new(""));
    let disk = |source| PersonaliseError::Disk { path: out.to_path_buf(), source };
    fs::create_dir_all(out).map_err(disk)?;
    let wanted = args
        .pairs
        .as_deref()
        .map(|path| pairs(path).map_err(|source| PersonaliseError::Unreadable { path: path.to_path_buf(), source }));
    let wanted = wanted.transpose()?;
    let asks = asks(&receipts.called, &args.as_of, wanted.as_ref());
    let first = asks.iter().map(|ask| ask.as_of).min().unwrap_or(EventTime(i64::MAX));
    let baskets: BTreeSet<_> = receipts.purchases.iter().map(|(row, _)| row.receipt).collect();
    let coefficients = match args.coefficients.as_deref() {
        Some(path) if path == Path::new("shipped") => shipped(),
        Some(path) if path != Path::new("fitted") => {
            let text =
                fs::read_to_string(path).map_err(|source| PersonaliseError::Disk { path: path.into(), source })?;
            coefficients(&text, path)?
        }
        None if baskets.len() < FIT_FROM => shipped(),
        _ => fitted(&receipts, first, &Fitting::default()),
    };
    let personalising =
        Personalising { coefficients: Arc::new(coefficients), most: args.most.into(), after_last: asks.is_empty() };
    let Receipts { purchases, called, faults, numbered } = receipts;
    let (workers, one_by_one) = (usize::from(args.workers), args.one_by_one.unwrap_or(0));
    let task = Task { purchases: Arc::new(purchases), asks: Arc::new(asks), personalising, workers, one_by_one };
    let watch = clock::Stopwatch::start();
    let (mut said, times) = run(&task).map_err(PersonaliseError::Workers)?;
    say(&format!(
        "personal {:.1} s: {} suggestions, {} chances, {} profiles",
        watch.elapsed().as_secs_f64(),
        said.suggestions.len(),
        said.due.len(),
        said.profiles.len()
    ));
    tell(times);
    if let Some(wanted) = wanted {
        said.due.retain(|row| wanted.contains(&(row.member, row.category, row.as_of)));
    }
    finish(out, &said, &Words { called: &called, numbered }, &faults, args.history.path()).map_err(disk)
}

/// Everybody at every time; the households of `wanted` at theirs.
fn asks(
    called: &Called,
    times: &[EventTime],
    wanted: Option<&BTreeSet<(MemberId, CategoryCode, EventTime)>>,
) -> Vec<Ask> {
    let everybody =
        called.members.keys().flat_map(|member| times.iter().map(|as_of| Ask { member: *member, as_of: *as_of }));
    let named = wanted.into_iter().flatten().map(|(member, _, as_of)| Ask { member: *member, as_of: *as_of });
    everybody.chain(named).collect::<BTreeSet<Ask>>().into_iter().collect()
}

/// How long receipts took that came one by one.
fn tell(mut times: Vec<Duration>) {
    if times.is_empty() {
        return;
    }
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let rate = times.len() as f64 / total.as_secs_f64();
    say(&format!(
        "receipts {} one by one: {rate:.0} a second; p50 {:.3} ms, p99 {:.3} ms, max {:.3} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    ));
    let resident = fs::read_to_string("/proc/self/status").ok();
    let peak =
        resident.as_deref().and_then(|text| text.lines().find(|line| line.starts_with("VmHWM:")).map(str::to_owned));
    say(&format!("memory   {}", peak.as_deref().unwrap_or("unknown").replace('\t', " ")));
}

fn finish(folder: &Path, said: &Said, words: &Words<'_>, faults: &[Fault], source: &Path) -> io::Result<()> {
    write(folder, said, words)?;
    let file_name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut names = Names::default();
    names.cameras.insert(CameraId::mint("receipts", &file_name), file_name);
    let mut faults = faults.to_vec();
    Fault::sort(&mut faults, &names);
    let path = folder.join("faults.parquet");
    let staged = folder.join("faults.parquet.tmp");
    write_rows(File::create(&staged)?, &faults, &names, &[], &path).map_err(io::Error::other)?.sync_all()?;
    fs::rename(staged, path)
}
