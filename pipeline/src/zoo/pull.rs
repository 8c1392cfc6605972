//! Weights from a public address: fetched beside where they belong, checked, then put there.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use models::{Manifest, ModelError, Weights};
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Weights are never larger than this; a server that sends more is mistaken, or worse.
const BYTES_MAX: u64 = 1 << 30;
/// Until a connection stands, and until an answer begins.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why weights were not fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The manifest names no address of the very file.
    #[error("{name}: its manifest names no address of the very file; it came from {source_page}. Put it at {}", path.display())]
    NoAddress {
        /// The model.
        name: String,
        /// Where it came from.
        source_page: String,
        /// Where it belongs.
        path: PathBuf,
    },
    /// The address gave no file.
    #[error("{address}: {reason}")]
    Fetch {
        /// What was asked for.
        address: String,
        /// What went wrong.
        reason: String,
    },
    /// What came is something else.
    #[error(transparent)]
    Wrong(#[from] ModelError),
    /// The file could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Fetches the weights of `manifest`, unless they are here; says what was done.
pub fn pull(manifest: &Manifest, weights: &Weights) -> Result<String, PullError> {
    let Weights::File(path) = weights else { return Ok(format!("{}: built in", manifest.name)) };
    if weights.check(manifest).is_ok() {
        return Ok(format!("{}: already at {}", manifest.name, path.display()));
    }
    let Some(address) = &manifest.download else {
        let (name, source_page, path) = (manifest.name.clone(), manifest.source.clone(), path.clone());
        return Err(PullError::NoAddress { name, source_page, path });
    };
    let written = |path: &Path| {
        let path = path.to_path_buf();
        move |source| PullError::Write { path, source }
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(written(folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!("{name}.part"));
    let done = fetch(address, &part).and_then(|bytes| {
        // What has another digest never gets the name of the right one.
        Weights::File(part.clone()).check(manifest)?;
        fs::rename(&part, path).map_err(written(path))?;
        Ok(format!("{}: {} KiB at {} (licence: {})", manifest.name, bytes / 1024, path.display(), manifest.licence))
    });
    if done.is_err() {
        // Nothing can be done for a file that cannot be taken away either.
        let _ = fs::remove_file(&part);
    }
    done
}

fn fetch(address: &str, to: &Path) -> Result<u64, PullError> {
    let failed = |reason: String| PullError::Fetch { address: address.to_string(), reason };
    let config = ureq::Agent::config_builder().timeout_connect(Some(PATIENCE)).timeout_recv_response(Some(PATIENCE));
    let mut answer =
        ureq::Agent::new_with_config(config.build()).get(address).call().map_err(|e| failed(e.to_string()))?;
    let bar = bar(answer.body().content_length());
    let mut from = bar.wrap_read(answer.body_mut().with_config().limit(BYTES_MAX).reader());
    let written = |source| PullError::Write { path: to.to_path_buf(), source };
    let mut file = File::create(to).map_err(written)?;
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let count = from.read(&mut buffer).map_err(|e| failed(e.to_string()))?;
        if count == 0 {
            break;
        }
        file.write_all(&buffer[..count]).map_err(written)?;
        bytes += count as u64;
    }
    file.sync_all().map_err(written)?;
    bar.finish_and_clear();
    Ok(bytes)
}

fn bar(length: Option<u64>) -> ProgressBar {
    let terminal = io::stderr().is_terminal();
    let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(length, target);
    let style = ProgressStyle::with_template("{bar:24} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests;
