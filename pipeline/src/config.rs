//! `store.toml` and the files it names: what it says ([`file`]) and what it means ([`plan`]).

pub(crate) mod calibration;
mod cameras;
mod campaigns;
mod csv;
mod fields;
pub mod file;
mod gates;
mod gondolas;
mod personal;
mod places;
pub mod plan;
mod promotions;
mod read;
mod reference;
mod sensors;
mod speaking;
mod zones;

use std::fmt;

/// One mistake in a configuration, for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 where no line is to blame (something is missing from the file as a whole).
    pub line: usize,
    /// Full key, for example `cameras[2].start`; in a CSV file the column.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.key, self.reason)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n    hint: {}", self.hint) }
    }
}
