//! The `aisleflow` binary: parse, call, map to an exit code.

use clap::Parser;
use pipeline::cli::{Cli, main_with};
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::panics::abort_on_panic();
    main_with(Cli::parse())
}
