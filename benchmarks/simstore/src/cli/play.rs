//! `simstore reenact` and `simstore variants`: scripts, a folder as of `generate` for each.

use super::{Failure, LevelArg, progress, read, threads};
use crate::generate::{self, Asked, Generated, TRUTH, folder};
use crate::life::STEP_US;
use crate::reenact::{SCRIPT_S_MAX, Script, VARIANTS_MIN, scripts, variants};
use crate::scenario::{self, Hard, Level, Scenario};
use crate::seed::Seed;
use crate::world::World;
use clap::Args;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
struct PlayArgs {
    /// Folder of what is made, a folder in it for each script: new, or left by simstore
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Films, or observations only
    #[arg(long, default_value = "observations")]
    level: LevelArg,
    /// What chance decides
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads that draw [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct ReenactArgs {
    /// Folder of the nanostore's description
    #[arg(long, value_name = "DIR")]
    nanostore: PathBuf,
    /// The lists: a JSON file, or a folder with one [default: `events` in the nanostore's folder]
    #[arg(long, value_name = "PATH")]
    lists: Option<PathBuf>,
    /// Only the list of this name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    #[command(flatten)]
    play: PlayArgs,
}

#[derive(Debug, Args)]
pub(super) struct VariantsArgs {
    /// A scenario, of which shop, devices, pictures and noise are taken, not who comes
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// The shop, without a scenario: corner, large, nanostore
    #[arg(long, value_name = "NAME", conflicts_with = "scenario", default_value = "corner")]
    shop: String,
    /// Folder of the nanostore's description, for that shop
    #[arg(long, value_name = "DIR")]
    nanostore: Option<PathBuf>,
    /// The kind, or `all`
    #[arg(long, value_name = "KIND")]
    hard: String,
    /// How many of each kind
    #[arg(long, value_name = "N", default_value_t = VARIANTS_MIN, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    #[command(flatten)]
    play: PlayArgs,
}

/// A scenario that says no more than a shop.
fn of_shop(shop: &str, folder: Option<&Path>) -> Result<(Scenario, World), Failure> {
    let text = format!("shop = {}\n", toml::Value::String(shop.to_string()));
    scenario::read("--shop", &text, folder).map_err(Failure::Problems)
}

/// The file of the lists: it, or the only one in its folder.
fn lists_file(path: &Path) -> Result<PathBuf, Failure> {
    let failed = |error: io::Error| Failure::Error(format!("{}: {error}", path.display()));
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(path.to_path_buf());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        found.extend(path.extension().is_some_and(|ending| ending == "json").then_some(path));
    }
    match &found[..] {
        [file] => Ok(file.clone()),
        _ => {
            let text = format!("{}: {} JSON files in it: name the one with the lists", path.display(), found.len());
            Err(Failure::Asked(text))
        }
    }
}

pub(super) fn command_reenact(args: &ReenactArgs) -> Result<(), Failure> {
    let (base, world) = of_shop("nanostore", Some(&args.nanostore))?;
    let file = lists_file(args.lists.as_deref().unwrap_or(&args.nanostore.join("events")))?;
    let failed = |error| Failure::Error(format!("{}: {error}", file.display()));
    let mut scripts = scripts(&world, &file, base.start, Seed(args.play.seed)).map_err(failed)?;
    if let Some(only) = &args.only {
        let names: Vec<String> = scripts.iter().map(|script| script.name.clone()).collect();
        scripts.retain(|script| script.name == *only);
        if scripts.is_empty() {
            return Err(Failure::Asked(format!("no list is called `{only}`; there are: {}", names.join(", "))));
        }
    }
    let mut sums = Sums::default();
    let count = scripts.len();
    play_all(&args.play, &base, &scripts, |script, made, out| {
        let done = made.truth.get("interactions").copied().unwrap_or(0);
        sums.listed += script.listed as u64;
        sums.planned += script.planned as u64;
        sums.done += done;
        sums.notes += script.notes.len() as u64;
        let seconds = made.length_us / 1_000_000;
        let (name, listed, planned) = (&script.name, script.listed, script.planned);
        let receipts = made.truth.get("receipts").copied().unwrap_or(0);
        writeln!(out, "{name}  {seconds} s  {done} of {planned} planned, {listed} listed; {receipts} receipts")?;
        script.notes.iter().try_for_each(|note| writeln!(out, "  note: {note}"))
    })?;
    let Sums { listed, planned, done, notes } = sums;
    let text = format!(
        "{count} lists: {listed} takes and returns listed, {planned} planned, {done} done; {notes} notes; goods conserved\n"
    );
    Ok(io::stdout().write_all(text.as_bytes())?)
}

#[derive(Default)]
struct Sums {
    listed: u64,
    planned: u64,
    done: u64,
    notes: u64,
}

pub(super) fn command_variants(args: &VariantsArgs) -> Result<(), Failure> {
    let kinds = kinds(&args.hard)?;
    let (base, world) = match &args.scenario {
        Some(path) => read(&super::ScenarioArgs { scenario: path.clone(), nanostore: args.nanostore.clone() })?,
        None => of_shop(&args.shop, args.nanostore.as_deref())?,
    };
    let of_kind = |kind: &Hard| variants(&world, *kind, args.count, base.start, Seed(args.play.seed));
    let scripts: Vec<Script> = kinds.iter().flat_map(of_kind).collect();
    let (mut whole, mut n) = (0, 0);
    play_all(&args.play, &base, &scripts, |_, made, out| {
        let kind = kinds[n / args.count as usize];
        n += 1;
        whole += u32::from(made.hard.iter().any(|done| done.hard == kind && done.whole));
        if n.is_multiple_of(args.count as usize) {
            writeln!(out, "{}  {whole} of {} did it", kind.word(), args.count)?;
            whole = 0;
        }
        Ok(())
    })?;
    let text = format!("{} variants of {} kinds; goods conserved\n", scripts.len(), kinds.len());
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn kinds(word: &str) -> Result<Vec<Hard>, Failure> {
    let all = || Hard::ALL.iter().map(|(_, kind)| *kind);
    if word == "all" {
        return Ok(all().collect());
    }
    let words = || Hard::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let unknown = || Failure::Asked(format!("`{word}` is no hard kind; there are: {}, or all", words()));
    all().find(|kind| kind.word() == word).map(|kind| vec![kind]).ok_or_else(unknown)
}

/// Plays every script into a folder of its name; `tell` says what came of it.
fn play_all(
    args: &PlayArgs,
    base: &Scenario,
    scripts: &[Script],
    mut tell: impl FnMut(&Script, &Generated, &mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    folder::prepare(&args.out)?;
    let bar = progress("playing", scripts.len() as u64, "scripts");
    let moments_max = (i64::from(SCRIPT_S_MAX) * 1_000_000 / STEP_US) as usize;
    for script in scripts {
        let scenario = Scenario {
            name: script.name.clone(),
            seed: script.seed,
            start: script.start,
            level: Level::from(args.level),
            ..base.clone()
        };
        let out = args.out.join(&script.name);
        let asked = Asked {
            scenario: &scenario,
            world: script.world.clone(),
            out: &out,
            threads: threads(args.threads),
            sketch: None,
        };
        let made = generate::play(asked, script.life(), moments_max, &[], |_| {})?;
        bar.inc(1);
        tell(script, &made, &mut io::stdout().lock())?;
        if made.length_us >= (moments_max as i64 - 1) * STEP_US {
            let truth = out.join(TRUTH);
            let text =
                format!("{}: somebody was still there after {SCRIPT_S_MAX} s: see {}", script.name, truth.display());
            return Err(Failure::Error(text));
        }
    }
    bar.finish_and_clear();
    Ok(())
}
