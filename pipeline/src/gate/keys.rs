//! Keys in files: NAME.key and NAME.pub, a PASERK text and an end of line each.

use super::GateError;
use crate::config::Problem;
use gatecode::{KeyError, PublicKey, SigningKey};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes a pair at `out`; gives the paths of its files. The secret one is for its owner only; none overwrites anything.
pub(super) fn make(out: &Path) -> Result<[PathBuf; 2], GateError> {
    let paths = ["key", "pub"].map(|ending| {
        let mut path = OsString::from(out);
        path.push(".");
        path.push(ending);
        PathBuf::from(path)
    });
    // Before the secret one is written: half a pair helps nobody.
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(GateError::Exists(path.clone()));
    }
    let key = SigningKey::generate()?;
    write_new(&paths[0], 0o600, &key.paserk())?;
    write_new(&paths[1], 0o644, &key.public().paserk())?;
    Ok(paths)
}

fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), GateError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{text}")?;
        file.sync_all()
    });
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => GateError::Exists(path.to_path_buf()),
        _ => GateError::File { path: path.to_path_buf(), source },
    })
}

/// The key that signs.
pub(super) fn signing(path: &Path) -> Result<SigningKey, GateError> {
    let hint = "give the NAME.key that `aisleflow gate key` made";
    read(path)?.parse().map_err(|error| GateError::Problems(vec![problem(path, "key", error, hint)]))
}

/// The keys that are believed; every file that holds none is named.
pub(super) fn public(paths: &[PathBuf]) -> Result<Vec<PublicKey>, GateError> {
    let (mut keys, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match read(path)?.parse() {
            Ok(key) => keys.push(key),
            Err(error) => {
                let hint = "give the NAME.pub that `aisleflow gate key` made";
                problems.push(problem(path, "public-key", error, hint));
            }
        }
    }
    if problems.is_empty() { Ok(keys) } else { Err(GateError::Problems(problems)) }
}

/// Not UTF-8 is no key either, which its reader says.
fn read(path: &Path) -> Result<String, GateError> {
    let bytes = fs::read(path).map_err(|source| GateError::File { path: path.to_path_buf(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn problem(path: &Path, key: &str, error: KeyError, hint: &str) -> Problem {
    let (file, reason, hint) = (path.display().to_string(), error.to_string(), hint.to_string());
    Problem { file, line: 1, key: key.to_string(), reason, hint }
}
