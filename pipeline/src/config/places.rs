//! Places: where the files are that a configuration names.

use std::path::Path;

/// Where the parts of a configuration begin to be looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// Folder of the configuration: manifests, calibration, reference files and keys are relative to it.
    pub config: Option<&'a Path>,
    /// Folder of what was recorded. Given, every camera's and sensor's file must be there, and sensors' files have their columns.
    pub data: Option<&'a Path>,
    /// Whether cameras' and sensors' files need not be there: who opens them finds out.
    pub opened_later: bool,
    /// Whether the calibration file is about to be written: it need not be there, and what it says does not count.
    pub calibrating: bool,
}

impl<'a> Places<'a> {
    /// Where everything that was recorded must be.
    pub(super) fn checked(&self) -> Option<&'a Path> {
        self.data.filter(|_| !self.opened_later)
    }
}
