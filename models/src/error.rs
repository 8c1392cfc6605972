//! Why a model cannot be used: found before the first frame, each with what was expected and what was found.

use std::fmt;
use std::path::PathBuf;

/// One mistake in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestProblem {
    /// Dotted key, for example `input.width`; empty where the text is no TOML at all.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub hint: String,
}

/// Why a model was refused. None of these goes away by trying again.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A manifest or a weights file is not there or cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The weights are not those that the manifest was written for.
    #[error("{}: wrong SHA-256 digest\n  expected {expected}\n  found    {found}\n  hint: fetch the file that the manifest names, or write the new digest (and a new version) into the manifest", path.display())]
    DigestWrong {
        /// The weights file.
        path: PathBuf,
        /// Digest in the manifest.
        expected: String,
        /// Digest of the file.
        found: String,
    },
    /// The weights have the right digest, but tract cannot read or run them.
    #[error("{}: not a network that can be run: {reason}", path.display())]
    OnnxUnreadable {
        /// The weights file.
        path: PathBuf,
        /// What tract said.
        reason: String,
    },
    /// The network's input has another shape or number type than the manifest says.
    #[error(
        "{model}: wrong input\n  expected {expected}\n  found    {found}\n  hint: `input` in the manifest must describe the network"
    )]
    InputMismatch {
        /// The model's name and version.
        model: String,
        /// Shape and type by the manifest.
        expected: String,
        /// Shape and type in the network.
        found: String,
    },
    /// The network's output does not fit the head that the manifest names.
    #[error(
        "{model}: wrong output\n  expected {expected}\n  found    {found}\n  hint: `head` in the manifest must describe the network"
    )]
    OutputMismatch {
        /// The model's name and version.
        model: String,
        /// Shape and type that the head needs.
        expected: String,
        /// Shape and type that the network gives.
        found: String,
    },
    /// The manifest says something that cannot be; every mistake is listed.
    #[error("{origin}: {}", ListOf(problems))]
    Manifest {
        /// Where the text came from.
        origin: String,
        /// The mistakes, in the order of the text's keys.
        problems: Vec<ManifestProblem>,
    },
    /// The model does another job than the one it was loaded for.
    #[error("{model}: is a model of kind `{found}`, and one of kind `{expected}` is needed")]
    KindWrong {
        /// The model's name and version.
        model: String,
        /// The job.
        expected: &'static str,
        /// What the manifest says.
        found: &'static str,
    },
    /// No built-in manifest has this name.
    #[error("no model is called `{name}`; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

struct ListOf<'a>(&'a [ManifestProblem]);

impl fmt::Display for ListOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "{count} {} in this manifest", if count == 1 { "mistake" } else { "mistakes" })?;
        for ManifestProblem { key, reason, hint } in self.0 {
            let at = if key.is_empty() { String::new() } else { format!("{key}: ") };
            write!(f, "\n  {at}{reason}\n    hint: {hint}")?;
        }
        Ok(())
    }
}
