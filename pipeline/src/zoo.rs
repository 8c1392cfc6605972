//! `aisleflow models`: which networks there are, whether they are what they should be, how long they take, and where to get them.

mod pull;

use crate::clock::Stopwatch;
use clap::{Args, Subcommand};
use models::{Bare, DIFFERENCE_MAX, DetectorModel, Kind, Manifest, ModelError, Weights, Zoo, parity};
use schemas::contract::InferenceFault;
use schemas::{CameraId, EventTime, Frame, FrameMeta, Picture};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Size of the picture that detectors are timed on.
const SIZE_PX: (u32, u32) = (640, 480);

/// Lists, checks, times and fetches networks.
#[derive(Args, Clone, Debug)]
pub struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
    /// Folder of the models' weights
    #[arg(long, global = true, value_name = "DIR", env = "AISLEFLOW_MODELS", default_value = "models")]
    models: PathBuf,
}

#[derive(Clone, Debug, Subcommand)]
enum ModelsCommand {
    /// What there is: name, job, input, licence, and whether its weights are here
    List,
    /// Load networks and compare them with onnxruntime's numbers: digest, shapes, types, values
    Verify {
        /// Names, or paths of a manifest.toml [default: all whose weights are here]
        names: Vec<String>,
    },
    /// Time networks on this machine, one thread, taking turns: medians
    Bench {
        /// Names, or paths of a manifest.toml [default: all whose weights are here]
        names: Vec<String>,
        /// How often each runs
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        runs: u32,
    },
    /// Fetch weights from their public address into the folder; what has another digest is thrown away
    Pull {
        /// Names, or paths of a manifest.toml
        #[arg(required = true)]
        names: Vec<String>,
    },
}

/// Why `models` failed.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A network gave no answer.
    #[error(transparent)]
    Inference(#[from] InferenceFault),
    /// Something could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// At least one network is not what it should be; which was said.
    #[error("{0} of {1} failed")]
    Failed(usize, usize),
    /// Weights could not be fetched.
    #[error(transparent)]
    Pull(#[from] pull::PullError),
}

/// Does what was asked; says it on standard output.
pub fn command(args: &ModelsArgs) -> Result<(), ModelsError> {
    let zoo = Zoo::new(&args.models);
    match &args.command {
        ModelsCommand::List => list(&zoo),
        ModelsCommand::Verify { names } => verify(&chosen(&zoo, names)?),
        ModelsCommand::Bench { names, runs } => bench(&chosen(&zoo, names)?, *runs),
        ModelsCommand::Pull { names } => {
            for name in names {
                let (manifest, weights) = zoo.find(name, Path::new(""))?;
                writeln!(io::stdout(), "{}", pull::pull(&manifest, &weights)?)?;
            }
            Ok(())
        }
    }
}

type Entry = (Manifest, Weights);

/// The models called `names`; without names, those of the zoo whose weights are here.
fn chosen(zoo: &Zoo, names: &[String]) -> Result<Vec<Entry>, ModelError> {
    if !names.is_empty() {
        return names.iter().map(|name| zoo.find(name, Path::new(""))).collect();
    }
    let all: Result<Vec<Entry>, ModelError> = Zoo::names().map(|name| zoo.entry(name)).collect();
    Ok(all?.into_iter().filter(|(_, weights)| here(weights)).collect())
}

fn here(weights: &Weights) -> bool {
    match weights {
        Weights::File(path) => path.is_file(),
        Weights::Built { .. } => true,
    }
}

fn list(zoo: &Zoo) -> Result<(), ModelsError> {
    let mut to = io::stdout().lock();
    writeln!(to, "{:24} {:9} {:>9}  {:34} weights", "name", "kind", "input px", "licence")?;
    for name in Zoo::names() {
        let (manifest, weights) = zoo.entry(name)?;
        let place = match &weights {
            Weights::Built { bytes, .. } => {
                let default = if name == Zoo::DEFAULT { "; used where no other is named" } else { "" };
                format!("built in, {} KiB{default}", bytes.len() / 1024)
            }
            Weights::File(path) if path.is_file() => path.display().to_string(),
            Weights::File(path) if manifest.download.is_some() => {
                format!("not at {}: aisleflow models pull {name}", path.display())
            }
            Weights::File(path) => format!("not at {}; from {}", path.display(), manifest.source),
        };
        let size = format!("{}x{}", manifest.input.width, manifest.input.height);
        writeln!(to, "{name:24} {:9} {size:>9}  {:34} {place}", manifest.kind.word(), manifest.licence)?;
    }
    Ok(())
}

fn verify(entries: &[Entry]) -> Result<(), ModelsError> {
    let mut failed = 0;
    for (manifest, weights) in entries {
        let said = match parity(manifest, weights) {
            Ok(Some(found)) if found.difference <= DIFFERENCE_MAX => {
                Ok(format!("values within {:.0e} of onnxruntime's", found.difference))
            }
            Ok(Some(found)) => Err(format!("values are {:.1e} from onnxruntime's", found.difference)),
            Ok(None) => Bare::load(manifest, weights)
                .map(|_| "loads and runs; there are no values to compare with".to_string())
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let (word, said) = match said {
            Ok(said) => ("ok    ", said),
            Err(said) => {
                failed += 1;
                ("FAILED", said)
            }
        };
        writeln!(io::stdout(), "{word} {}: {said}", manifest.label())?;
    }
    if failed > 0 { Err(ModelsError::Failed(failed, entries.len())) } else { Ok(()) }
}

/// One network being timed.
struct Timed<'a> {
    manifest: &'a Manifest,
    network: Bare,
    whole: Option<models::DetectorSession>,
    /// Milliseconds of the network alone, and of finding people in a picture.
    ms: [Vec<f64>; 2],
}

fn bench(entries: &[Entry], runs: u32) -> Result<(), ModelsError> {
    let mut timed = Vec::new();
    for (manifest, weights) in entries {
        let detects = manifest.kind == Kind::Detector;
        let whole = detects.then(|| DetectorModel::load(manifest, weights)?.session()).transpose()?;
        timed.push(Timed { manifest, network: Bare::load(manifest, weights)?, whole, ms: Default::default() });
    }
    let frame = frame();
    for _ in 0..=runs {
        for one in &mut timed {
            let watch = Stopwatch::start();
            one.network.run()?;
            one.ms[0].push(watch.elapsed().as_secs_f64() * 1e3);
            if let Some(whole) = &mut one.whole {
                let watch = Stopwatch::start();
                whole.detect(&frame)?;
                one.ms[1].push(watch.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    let mut to = io::stdout().lock();
    writeln!(to, "median of {runs} runs, one thread, ms; `whole`: a {}x{} picture to people", SIZE_PX.0, SIZE_PX.1)?;
    writeln!(to, "{:34} {:>9} {:>9} {:>9}", "model", "input px", "network", "whole")?;
    for mut one in timed {
        let [network, whole] = one.ms.each_mut().map(median);
        let size = format!("{}x{}", one.manifest.input.width, one.manifest.input.height);
        let shown = |ms: Option<f64>| ms.map_or("-".to_string(), |ms| format!("{ms:.2}"));
        writeln!(to, "{:34} {size:>9} {:>9} {:>9}", one.manifest.label(), shown(network), shown(whole))?;
    }
    Ok(())
}

/// The middle one; the first, which is slow, does not count.
fn median(times: &mut Vec<f64>) -> Option<f64> {
    times.drain(..1.min(times.len()));
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// A picture of stripes.
fn frame() -> Frame {
    let (width, height) = SIZE_PX;
    let pixel = |n: u32| [n * 7 % 256, n / width * 3 % 256, (n / 40) % 256].map(|v| v as u8);
    let rgb: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    let Some(scaled) = Picture::new(width, height, Arc::new(rgb)) else { unreachable!("three bytes a pixel") };
    let meta = FrameMeta { camera: CameraId(0), event_time: EventTime(0), sequence: 0, width, height };
    Frame { meta, scaled, full: None }
}
