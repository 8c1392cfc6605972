//! The folder of what is generated: made anew each time, and never somebody else's.

use std::path::{Path, PathBuf};
use thiserror::Error;

/// Lies in every folder that simstore may empty.
const MARK: &str = ".simstore";

/// Why a folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// It is somebody else's.
    #[error("{} is not empty and was not made by simstore: choose another folder", .0.display())]
    Foreign(PathBuf),
    /// The system says no.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Its words.
        source: std::io::Error,
    },
}

/// Makes `folder`, or empties it where simstore made it.
pub fn prepare(folder: &Path) -> Result<(), FolderError> {
    let failed = |source| FolderError::Io { path: folder.to_path_buf(), source };
    let mark = folder.join(MARK);
    if folder.exists() {
        let mut inside = std::fs::read_dir(folder).map_err(failed)?;
        if inside.next().is_some() && !mark.exists() {
            return Err(FolderError::Foreign(folder.to_path_buf()));
        }
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    make(folder)?;
    std::fs::write(&mark, "Made by simstore, which empties this folder when it writes here again.\n").map_err(failed)
}

/// Makes a folder and those above it.
pub fn make(folder: &Path) -> Result<(), FolderError> {
    std::fs::create_dir_all(folder).map_err(|source| FolderError::Io { path: folder.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let place = tempfile::tempdir().expect("a folder");
        let mine = place.path().join("mine");
        prepare(&mine).expect("made");
        std::fs::write(mine.join("old"), "old").expect("written");
        prepare(&mine).expect("emptied");
        assert!(!mine.join("old").exists());
        let theirs = place.path().join("theirs");
        std::fs::create_dir(&theirs).expect("made");
        prepare(&theirs).expect("empty, so free");
        std::fs::remove_file(theirs.join(MARK)).expect("removed");
        std::fs::write(theirs.join("letter"), "dear").expect("written");
        assert!(matches!(prepare(&theirs), Err(FolderError::Foreign(_))));
        assert!(theirs.join("letter").exists());
    }
}
