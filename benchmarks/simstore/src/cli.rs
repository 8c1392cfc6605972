//! The command line: what can be asked, what is answered, and the exit code (0 done, 1 could not, 2 asked wrongly).

mod frames;
mod histories;
mod play;

use crate::generate::{self, Asked, Generated};
use crate::scenario::{self, Level, Problem, Scenario};
use crate::score::{self, Terms};
use crate::seed::Seed;
use crate::world::World;
use clap::{Args, Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// A seeded shop without tills that knows the truth.
#[derive(Debug, Parser)]
#[command(name = "simstore", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario: the shop's files, what its sensors deliver, and the truth
    Generate(GenerateArgs),
    /// Check a scenario: every problem at once, with key, line, reason and hint
    Check(ScenarioArgs),
    /// Hold tables that the pipeline wrote against the truth
    Score(ScoreArgs),
    /// Write single labelled pictures, for teaching detectors elsewhere; without FFmpeg
    Frames(frames::FramesArgs),
    /// Play the hand-labelled lists of the nanostore in the nanostore: a folder as of `generate` for each
    Reenact(play::ReenactArgs),
    /// Play many variants of the hard kinds: a folder as of `generate` for each
    Variants(play::VariantsArgs),
    /// What members bought in months, made of habits that are known
    Histories(histories::HistoriesArgs),
    /// Find the noise of detections that fits what a detector really did: TOML for a scenario
    Fit(FitArgs),
}

#[derive(Debug, Args)]
struct ScenarioArgs {
    /// The scenario
    #[arg(long, value_name = "FILE")]
    scenario: PathBuf,
    /// Folder of the nanostore's description, for scenarios in that shop
    #[arg(long, value_name = "DIR")]
    nanostore: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelArg {
    Video,
    Observations,
}

#[derive(Debug, Args)]
struct GenerateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Folder of what is made: new, or left by simstore
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Threads that draw [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Instead of the scenario's seed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Instead of the scenario's length
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=604_800))]
    seconds: Option<u32>,
    /// Instead of the scenario's level
    #[arg(long)]
    level: Option<LevelArg>,
    /// Also draw who walked where over the floor plan, as SVG
    #[arg(long, value_name = "FILE")]
    sketch: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ScoreArgs {
    /// The truth: a folder that `generate` wrote (its `truth/`)
    #[arg(long, value_name = "DIR")]
    truth: PathBuf,
    /// The tables: what `aisleflow run` wrote
    #[arg(long, value_name = "DIR")]
    tables: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Only who was where: every person beside the track that covers them best
    #[arg(long, conflicts_with = "json")]
    who: bool,
}

#[derive(Debug, Args)]
struct FitArgs {
    /// The truth of a simulation with pictures
    #[arg(long, value_name = "DIR")]
    truth: PathBuf,
    /// Tables of a run on it, with `detections`
    #[arg(long, value_name = "DIR")]
    tables: PathBuf,
}

enum Failure {
    /// Asked wrongly.
    Asked(String),
    Problems(Vec<Problem>),
    Error(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let more = deeper.to_string();
            if !text.ends_with(&more) {
                text = format!("{text}: {more}");
            }
            cause = deeper.source();
        }
        Self::Error(text)
    }
}

/// Does what was asked. Problems and errors go to standard error.
pub fn main_with(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Generate(args) => command_generate(&args),
        Command::Check(args) => command_check(&args),
        Command::Score(args) => command_score(&args),
        Command::Frames(args) => frames::command(&args),
        Command::Reenact(args) => play::command_reenact(&args),
        Command::Variants(args) => play::command_variants(&args),
        Command::Histories(args) => histories::command(&args),
        Command::Fit(args) => command_fit(&args),
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
        Err(Failure::Asked(text)) => {
            let _ = writeln!(io::stderr(), "error: {text}");
            ExitCode::from(2)
        }
        Err(Failure::Error(text)) => {
            let _ = writeln!(io::stderr(), "error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn read(args: &ScenarioArgs) -> Result<(Scenario, World), Failure> {
    let name = args.scenario.display().to_string();
    let text = std::fs::read_to_string(&args.scenario).map_err(|error| Failure::Error(format!("{name}: {error}")))?;
    scenario::read(&name, &text, args.nanostore.as_deref()).map_err(Failure::Problems)
}

fn command_check(args: &ScenarioArgs) -> Result<(), Failure> {
    let (scenario, world) = read(args)?;
    let text = format!(
        "{}: {} with {} cameras, {} slots, {} scales; {} s\n",
        scenario.name,
        world.name,
        world.cameras.len(),
        world.slots.len(),
        world.scales.len(),
        scenario.seconds
    );
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn command_generate(args: &GenerateArgs) -> Result<(), Failure> {
    let (mut scenario, world) = read(&args.scenario)?;
    if let Some(seed) = args.seed {
        scenario.seed = Seed(seed);
    }
    scenario.seconds = args.seconds.unwrap_or(scenario.seconds);
    scenario.level = args.level.map_or(scenario.level, Level::from);
    if scenario.level == Level::Video
        && let Some((camera, why)) = scenario.unfilmable(&world).first()
    {
        return Err(Failure::Asked(format!("{camera} {why}")));
    }
    let bar = progress("simulating", u64::from(scenario.seconds), "s");
    let sketch = args.sketch.as_deref();
    let asked = Asked { scenario: &scenario, world, out: &args.out, threads: threads(args.threads), sketch };
    let made = generate::generate(asked, |done_s| bar.set_position(u64::from(done_s)));
    bar.finish_and_clear();
    Ok(io::stdout().write_all(told(&scenario, &made?).as_bytes())?)
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Video => Self::Video,
            LevelArg::Observations => Self::Observations,
        }
    }
}

/// As many as were asked for, or one for each core.
fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// A bar on standard error; nothing where that is no terminal.
fn progress(doing: &str, count: u64, unit: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count);
    let style = ProgressStyle::with_template(&format!("{doing} {{wide_bar}} {{pos}} of {{len}} {unit}, {{eta}} left"));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn told(scenario: &Scenario, made: &Generated) -> String {
    let truth = |table: &str| made.truth.get(table).copied().unwrap_or(0);
    let mut text = format!(
        "shop     {}: {} s with {} people in {} visits, seed {}\n",
        scenario.name,
        scenario.seconds,
        truth("persons"),
        truth("visits"),
        scenario.seed.0
    );
    text += &match scenario.level {
        Level::Video => format!("cameras  {} pictures in {} films\n", truth("frames"), made.cameras),
        Level::Observations => format!("cameras  {} detections by {} cameras\n", made.detections, made.cameras),
    };
    text +=
        &format!("sensors  {} samples of scales, {} scans, {} crossings\n", made.samples, made.scans, made.crossings);
    text += &format!(
        "truth    {} takes and returns, {} receipts, goods conserved\n",
        truth("interactions"),
        truth("receipts")
    );
    text
}

fn command_score(args: &ScoreArgs) -> Result<(), Failure> {
    let board = score::score(&args.truth, &args.tables, Terms::default())?;
    let text = match (args.json, args.who) {
        (true, _) => serde_json::to_string_pretty(&board)? + "\n",
        (_, true) => board.who_text(),
        _ => board.text(),
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn command_fit(args: &FitArgs) -> Result<(), Failure> {
    let text = score::fit(&args.truth, &args.tables)?.to_toml();
    Ok(io::stdout().write_all(text.as_bytes())?)
}
