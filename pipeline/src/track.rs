//! placeholder
/// a
#[derive(Debug, clap::Args)]
pub struct TrackArgs {}
/// t
pub fn track(_: &TrackArgs) -> Result<(), std::io::Error> { Ok(()) }
