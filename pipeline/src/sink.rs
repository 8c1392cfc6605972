//! From rows to published Parquet files: [`write`] gathers the rows of a range, [`parquet`] encodes them, [`commit`] publishes them.

pub mod commit;
pub mod parquet;
pub mod write;

use std::path::PathBuf;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The folder holds something else. Give up: choose another.
    #[error("{path} holds {found}; choose an empty or new folder for --out")]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What lies there.
        found: String,
    },
    /// Stopped before the first process of the run had taken the folder.
    #[error("stopped while waiting for process 0 to take {path}; nothing was written")]
    Unclaimed {
        /// The folder.
        path: PathBuf,
    },
    /// The disk refused. Retried where that can help (see [`commit::Committer`]); the file's old state stands.
    #[error("cannot {step} {path}: {source}")]
    Disk {
        /// What was tried.
        step: commit::Step,
        /// On what.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The rows could not be encoded. Give up: a bug.
    #[error("cannot encode {path}: {reason}")]
    Encode {
        /// The file.
        path: PathBuf,
        /// The encoder's words.
        reason: String,
    },
}
