//! aisleflow
use clap::Parser;
use pipeline::track::{TrackArgs, track};

#[derive(Parser)]
enum Command {
    Track(TrackArgs),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let Command::Track(args) = Command::parse();
    Ok(track(args)?)
}
