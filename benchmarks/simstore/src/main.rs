//! The command `simstore`.

use clap::Parser;
use simstore::cli::{Cli, main_with};
use std::process::ExitCode;

fn main() -> ExitCode {
    main_with(Cli::parse())
}
