//! `simstore histories`.

use super::Failure;
use crate::histories::{Asked, write};
use crate::seed::Seed;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct HistoriesArgs {
    /// Folder of receipts.parquet and habits.parquet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Members
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    members: u32,
    /// Days
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Receipts of a member at most
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    receipts_max: u32,
    /// Seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(super) fn command(args: &HistoriesArgs) -> Result<(), Failure> {
    let HistoriesArgs { members, days, receipts_max, .. } = *args;
    let asked = Asked { members, days, receipts_max, seed: Seed(args.seed) };
    let (receipts, lines) = write(&asked, &args.out)?;
    let text =
        format!("members  {members} with {receipts} receipts of {lines} lines in {days} days, seed {}\n", args.seed);
    Ok(io::stdout().write_all(text.as_bytes())?)
}
