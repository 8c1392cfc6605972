//! The command line: what can be asked, what is answered, and the exit code (0 done, 1 could not, 2 asked wrongly, 3 another
//! process of the run is gone, 130 interrupted twice).

use crate::adapt::{AdaptArgs, adapt};
use crate::annotate;
use crate::calibrate::{CalibrateArgs, calibrate};
use crate::clocks::{ClocksArgs, clocks};
use crate::cluster;
use crate::config::Problem;
use crate::config::plan::{ModelChoice, Places, Plan};
use crate::floor::{FloorArgs, floor};
use crate::gate::{self, GateArgs, GateError};
use crate::look::Models;
use crate::metrics::Spent;
use crate::personalise::{self, PersonaliseArgs};
use crate::progress::Progress;
use crate::review::{self, ReviewArgs, ReviewError};
use crate::run::{Outcome, RunError, RunOptions, run};
use crate::tables;
use crate::track::{TrackArgs, settings_help, track};
use crate::zoo::{self, ModelsArgs};
use clap::{Args, CommandFactory, Parser, Subcommand};
use operators::{AttributeSettings, DwellSettings, IdentifySettings, SeeSettings, SettleSettings, WeighSettings};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A shop without tills: cameras in, tables out.
#[derive(Debug, Parser)]
#[command(name = "aisleflow", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a store: footage in, Parquet tables out
    Run(RunArgs),
    /// Check a configuration: every problem at once, with key, line, reason and hint
    Check(CheckArgs),
    /// Find out where the cameras hang and look, from clicked points and a walk
    Calibrate(CalibrateArgs),
    /// Find out how much the cameras' clocks differ, from the people that a run has seen
    Clocks(ClocksArgs),
    /// Track detections of one camera: MOTChallenge text in and out
    Track(TrackArgs),
    /// Follow people on the floor by the detections of several calibrated cameras: MOTChallenge text in and out
    Floor(FloorArgs),
    /// Codes that members show at a gate: make keys, issue, verify, draw as QR
    Gate(GateArgs),
    /// Recordings of others' shops, as tables of sensors that a run reads
    Adapt(AdaptArgs),
    /// What waits for somebody of the shop to decide: list, show as a picture, decide
    Review(ReviewArgs),
    /// The week's shop and what is due, for every household of a history of receipts; and fit what that is done by
    Personalise(PersonaliseArgs),
    /// The networks: list, verify, bench, pull
    Models(ModelsArgs),
    /// Say what is written: every table and column with meaning, unit and example
    Tables(TablesArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// The store's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Folder of the footage; paths in the configuration are relative to it
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of the tables: new, empty, or left by the same run
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder of the models' weights
    #[arg(long, value_name = "DIR", env = "AISLEFLOW_MODELS", default_value = "models")]
    models: PathBuf,
    /// The network that finds people, instead of the configuration's: `aisleflow models list`, or the path of a manifest.toml
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,
    /// Dataflow workers, in each process
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Processes of this run, on one machine or several. Start each with the same options but --process, and with one --out that all
    /// share; cameras are dealt out over them. Should one die the others exit with code 3: start all again
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    processes: u16,
    /// Which of them this is, from 0
    #[arg(long, value_name = "I", default_value_t = 0, requires = "processes")]
    process: u16,
    /// Where the processes listen: one host:port a line, in order [default: localhost:2101 and the ports after it]. Nothing is
    /// encrypted: use a private interface
    #[arg(long, value_name = "FILE", requires = "processes")]
    hosts: Option<PathBuf>,
    /// Inference threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Give recorded rows when they arrived, counted from the first, as the shop would: a recording takes as long as it took, and it is told
    /// how long after the exit receipts were made
    #[arg(long, conflicts_with = "processes")]
    real_time: bool,
    /// Also draw what was found, in this folder: a video and a contact sheet for each camera, the floor plan, and all cameras beside
    /// it. Pixels: mind who may see them
    #[arg(long, value_name = "DIR", conflicts_with = "processes")]
    annotate: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = visit_settings())]
struct CheckArgs {
    /// The store's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Folder of the footage and of recorded sensors: also check that they are there, and the columns of the sensors' files
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the models' weights: also load the models, which checks digests, shapes and types
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct TablesArgs {
    /// As Markdown: the text of schemas/TABLES.md
    #[arg(long)]
    markdown: bool,
}

/// Does what was asked. Problems and errors go to standard error.
pub fn main_with(cli: Cli) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("AISLEFLOW_LOG");
    // A second command of one process keeps the first one's.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    let done = match cli.command {
        Command::Run(args) => command_run(&args),
        Command::Check(args) => command_check(&args),
        Command::Calibrate(args) => command_calibrate(&args),
        Command::Clocks(args) => command_clocks(&args),
        Command::Track(args) => track(args).map_err(|error| Failure::Error(error.to_string())),
        Command::Floor(args) => floor(&args).map_err(|error| Failure::Error(error.to_string())),
        Command::Gate(args) => gate::command(&args).map_err(gate_failure),
        Command::Adapt(args) => adapt(&args).map_err(|error| Failure::Error(error.to_string())),
        Command::Review(args) => review::command(&args, |config| read_plan(config, Places::default())),
        Command::Personalise(args) => personalise::command(&args).map_err(|error| Failure::Error(error.to_string())),
        Command::Models(args) => zoo::command(&args).map_err(|error| Failure::Error(error.to_string())),
        Command::Tables(args) => command_tables(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Problems(problems)) => {
            let mut text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
            let plural = if problems.len() == 1 { "" } else { "s" };
            text += &format!("{} problem{plural}\n", problems.len());
            // Nothing can be said when standard error is closed.
            let _ = io::stderr().write_all(text.as_bytes());
            ExitCode::from(2)
        }
        Err(Failure::Error(text)) => {
            let _ = writeln!(io::stderr(), "error: {text}");
            ExitCode::FAILURE
        }
        Err(Failure::Said) => ExitCode::FAILURE,
    }
}

enum Failure {
    Problems(Vec<Problem>),
    Error(String),
    /// The answer is no, and was given.
    Said,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Error(error.to_string())
    }
}

impl From<ReviewError> for Failure {
    fn from(error: ReviewError) -> Self {
        Self::Error(error.to_string())
    }
}

fn read_plan(config: &Path, places: Places<'_>) -> Result<Plan, Failure> {
    let name = config.display().to_string();
    let text = std::fs::read_to_string(config).map_err(|error| Failure::Error(format!("{name}: {error}")))?;
    let places = Places { config: Some(config.parent().unwrap_or(Path::new(""))), ..places };
    Plan::read(&name, &text, places).map_err(Failure::Problems)
}

fn command_check(args: &CheckArgs) -> Result<(), Failure> {
    let plan = read_plan(&args.config, Places { data: args.data.as_deref(), ..Places::default() })?;
    if let Some((weights, models)) = args.models.as_ref().zip(plan.models.as_ref()) {
        Models::load(models, weights).map_err(|error| Failure::Error(error.to_string()))?;
    }
    Ok(writeln!(io::stdout(), "{}: no problems; {}", args.config.display(), summary(&plan))?)
}

/// The shop in one line.
fn summary(plan: &Plan) -> String {
    let cameras: Vec<&str> = plan.cameras.iter().map(|camera| camera.name.as_str()).collect();
    let mut what = format!("store {}, {} camera(s): {}", plan.store, cameras.len(), cameras.join(", "));
    let counts = [
        ("gondola", plan.gondolas.len()),
        ("slot", plan.slots().count()),
        ("sku", plan.reference.catalog.len()),
        ("scale", plan.scales.len()),
        ("gate", plan.gates.len()),
    ];
    if counts.iter().any(|(_, count)| *count > 0) {
        let counts = counts.map(|(thing, count)| format!("{count} {thing}{}", if count == 1 { "" } else { "s" }));
        what += &format!("; {}", counts.join(", "));
    }
    what
}

fn command_calibrate(args: &CalibrateArgs) -> Result<(), Failure> {
    let plan = read_plan(&args.config, Places { data: args.data.as_deref(), calibrating: true, ..Places::default() })?;
    calibrate(&plan, args).map_err(|error| Failure::Error(error.to_string()))
}

fn command_clocks(args: &ClocksArgs) -> Result<(), Failure> {
    let plan = read_plan(&args.config, Places::default())?;
    clocks(&plan, args).map_err(|error| Failure::Error(error.to_string()))
}

fn gate_failure(error: GateError) -> Failure {
    match error {
        GateError::Refused => Failure::Said,
        GateError::Problems(problems) => Failure::Problems(problems),
        GateError::Claims(error) => {
            Cli::command().error(clap::error::ErrorKind::ValueValidation, error.to_string()).exit()
        }
        error => Failure::Error(error.to_string()),
    }
}

fn command_tables(args: &TablesArgs) -> Result<(), Failure> {
    let text = if args.markdown { tables::markdown() } else { tables::plain() };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn command_run(args: &RunArgs) -> Result<(), Failure> {
    let mut plan = read_plan(&args.config, Places { data: Some(&args.data), opened_later: true, ..Places::default() })?;
    // Drawing reads what was found back from the table.
    plan.output.detections |= args.annotate.is_some();
    if let (Some(models), Some(name)) = (&mut plan.models, &args.detector) {
        models.detector = ModelChoice::named(name, Path::new(""));
    }
    let mut options = RunOptions::new(&args.data, &args.out, &args.models);
    if args.process >= args.processes {
        let reason = format!("--process {} of --processes {}: they are counted from 0", args.process, args.processes);
        Cli::command().error(clap::error::ErrorKind::ValueValidation, reason).exit();
    }
    if args.processes > 1 {
        let (process, processes) = (usize::from(args.process), usize::from(args.processes));
        options.cluster = cluster::read(process, processes, args.hosts.as_deref()).map_err(Failure::Problems)?;
    }
    options.workers = usize::from(args.workers);
    options.infer_threads = args.threads.map_or(options.infer_threads, usize::from);
    options.real_time = args.real_time;
    stop_on_signals(&options.stop)?;

    let watch = crate::clock::Stopwatch::start();
    let progress = Arc::new(Progress::start(options.metrics.clone())?);
    let shown = progress.clone();
    options.expected = Arc::new(move |frames| shown.expect(frames));
    let outcome = run(&plan, &options);
    progress.finish();
    let outcome = outcome.map_err(|error: RunError| Failure::Error(error.to_string()))?;
    report(&plan, &options, &outcome, watch.elapsed().as_secs_f64())?;
    if let (Some(folder), false) = (&args.annotate, outcome.stopped) {
        let drawn = annotate::annotate(&plan, &args.data, &args.out, folder);
        for path in drawn.map_err(|error| Failure::Error(error.to_string()))? {
            writeln!(io::stdout(), "drawn    {}", path.display())?;
        }
    }
    Ok(())
}

/// The first Ctrl-C (or SIGTERM) stops the cameras and lets the rest drain; the second ends the process at once.
fn stop_on_signals(stop: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, stop.clone())?;
        signal_hook::flag::register(signal, stop.clone())?;
    }
    Ok(())
}

fn report(plan: &Plan, options: &RunOptions, outcome: &Outcome, seconds: f64) -> io::Result<()> {
    let (metrics, cluster, out) = (&options.metrics, &options.cluster, &options.out);
    let mut to = io::stdout().lock();
    let frames = metrics.frames_done.get();
    let rate = frames as f64 / seconds.max(1e-9);
    if outcome.stopped {
        writeln!(to, "stopped  before the end; what had come in is written")?;
    }
    if cluster.processes() > 1 {
        writeln!(to, "process  {} of {}: what follows is its part", cluster.process, cluster.processes())?;
    }
    writeln!(
        to,
        "store    {}: {} camera(s), {frames} frames in {seconds:.1} s ({rate:.1} frames/s)",
        plan.store,
        plan.cameras.len()
    )?;
    writeln!(
        to,
        "found    {} people in the shop, {} outside it (not kept), {} tracklets, {} faults",
        metrics.detections.get(),
        metrics.outside.get(),
        metrics.tracklets.get(),
        metrics.faults.get()
    )?;
    if plan.gate.is_some() {
        writeln!(to, "gated    {} frames whose picture had not changed", metrics.frames_gated.get())?;
    }
    let share = |name: &str, spent: &Spent| {
        let each = 1000.0 * spent.seconds() / frames.max(1) as f64;
        if spent.times() == 0 {
            String::new()
        } else {
            format!("  {name} {:.2} s ({each:.2} ms a frame)", spent.seconds())
        }
    };
    let (decode, scale) = (share("decode", &metrics.decode), share("scale", &metrics.scale));
    let (pose, embed) = (share("pose", &metrics.pose), share("appearance", &metrics.embed));
    let (detect, track) = (share("detect", &metrics.detect), share("track", &metrics.track));
    writeln!(to, "spent  {decode}{scale}{detect}{pose}{embed}{track}")?;
    if let Some((count, [half, most, all])) = metrics.receipts.within([0.5, 0.95, 1.0]) {
        writeln!(
            to,
            "receipts {count}, made {half:.2} s (median) after the exit, 95 % within {most:.2} s, all within {all:.2} s"
        )?;
    }
    let (rows, files) =
        (outcome.published.rows.load(Ordering::Relaxed), outcome.published.files.load(Ordering::Relaxed));
    writeln!(to, "written  {rows} rows in {files} file(s) under {}", out.display())
}

/// The settings that a store sets in sections of their own and no other command has.
fn visit_settings() -> String {
    let identify = settings_help("[identify], who is who from the gate to the exit", IdentifySettings::ALL);
    let dwell = settings_help("[dwell], stays in zones", DwellSettings::ALL);
    let weigh = settings_help("[weigh], steps of scales", WeighSettings::ALL);
    let see = settings_help("[see], what cameras see of slots that nothing weighs", SeeSettings::ALL);
    let attribute = settings_help("[attribute], who took what", AttributeSettings::ALL);
    let settle = settings_help("[settle], receipts", SettleSettings::ALL);
    [identify, dwell, weigh, see, attribute, settle].join("\n\n")
}
