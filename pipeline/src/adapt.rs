//! `aisleflow adapt`: what other shops recorded, in the form of our tables of sensors.

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
    /// A recording of the AiFi NanoStore (CPS-IoT Week 2020): `plate_data.json` becomes `scale_samples.parquet`
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
    let written = nanostore::plates(from, out)?;
    let said = writeln!(
        io::stdout(),
        "{} samples of {} plates in {}; {} plates without a number left out",
        written.samples,
        written.plates,
        written.file.display(),
        written.left_out.len()
    );
    said.map_err(|source| AdaptError::File { path: "standard output".into(), source })
}
