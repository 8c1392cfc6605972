//! The `aisleflow` binary: parse, call, map to an exit code.

use clap::Parser;
use pipeline::cli::{Cli, main_with};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic is our bug. It must end the process: other workers and threads would wait for ever for the one that is gone.
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        default(panic);
        std::process::abort();
    }));
    main_with(Cli::parse())
}
