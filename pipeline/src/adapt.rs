//! `aisleflow adapt`: what other shops recorded, in the form of our tables of sensors and reference files.

pub mod nanostore;

use crate::sink::SinkError;
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;

/// Reads a recording in its own form, writes it in ours.
#[derive(Args, Clone, Debug)]
pub struct AdaptArgs {
    #[command(subcommand)]
    from: AdaptFrom,
}

#[derive(Clone, Debug, Subcommand)]
enum AdaptFrom {
    /// A recording of the AiFi NanoStore (CPS-IoT Week 2020): what its plates said, its shopper's joints seen by two ideal cameras,
    /// catalog, planogram and prices, for `pipeline/examples/nanostore-benchmark1.toml`
    Nanostore {
        /// Folder of the recording
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Folder of the tables; files of the same name are replaced
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Why a recording could not be adapted.
#[derive(Debug, thiserror::Error)]
pub enum AdaptError {
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{path}, line {line}: {reason}", path = path.display())]
    Line {
        /// Of which file.
        path: PathBuf,
        /// Which, from 1.
        line: usize,
        /// Why not.
        reason: String,
    },
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] SinkError),
}

/// Does what was asked, and says what came of it.
pub fn adapt(args: &AdaptArgs) -> Result<(), AdaptError> {
    let AdaptFrom::Nanostore { from, out } = &args.from;
    let plates = nanostore::plates(from, out)?;
    let goods = nanostore::goods(from, out)?;
    let targets = nanostore::targets(from, out)?;
    let mut said = format!(
        "{}: {} samples of {} plates; {} plates without a number left out\n",
        plates.file.display(),
        plates.samples,
        plates.plates,
        plates.left_out.len()
    );
    for file in &goods.files {
        said += &format!("{}\n", file.display());
    }
    said += &format!(
        "  {} articles, {} without a price left out; {} slots, {} of them empty\n",
        goods.articles,
        goods.unpriced.len(),
        goods.slots,
        goods.empty.len()
    );
    said += &format!(
        "{}: {} detections at {} instants; nobody at {}\n",
        targets.file.display(),
        targets.detections,
        targets.instants,
        targets.without
    );
    let told = io::stdout().write_all(said.as_bytes());
    told.map_err(|source| AdaptError::File { path: "standard output".into(), source })
}
