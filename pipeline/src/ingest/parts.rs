//! Parquet files as sources: found in a folder tree, opened without a panic, their columns checked.

use super::error::{Unreadable, from_io};
use super::lines::is_lines;
use crate::panics;
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::{Path, PathBuf};

/// How deep a folder tree is searched (`store=/date=` is 2).
const DEPTH_MAX: u32 = 8;

/// The file at `path`, or every `part-*` of Parquet or JSON lines in the folder tree there, in the order of their paths.
pub(crate) fn part_files(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    if !std::fs::metadata(path).map_err(from_io)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    find(path, DEPTH_MAX, &mut files).map_err(from_io)?;
    files.sort();
    Ok(files)
}

/// Adds every such part under `folder`.
fn find(folder: &Path, depth: u32, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = name(&path);
        if path.is_dir() && depth > 0 && !name.starts_with('.') {
            find(&path, depth - 1, files)?;
        } else if name.starts_with("part-") && (name.ends_with(".parquet") || is_lines(&path)) {
            files.push(path);
        }
    }
    Ok(())
}

/// The name of a file without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Opens a file as far as its footer.
pub(crate) fn open_part(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, Unreadable> {
    let file = File::open(path).map_err(from_io)?;
    if file.metadata().map_err(from_io)?.len() == 0 {
        return Err(Unreadable::Empty);
    }
    // Without the writer's Arrow hints every string is read as Utf8, whatever dictionary or view it was.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    guarded(|| {
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
            .map_err(|e| Unreadable::NotParquet(e.to_string()))
    })
}

/// Whether `column` has the `expected` type; one that is not `required` may be absent.
pub(crate) fn check_column(
    schema: &Schema,
    column: &'static str,
    expected: &DataType,
    required: bool,
) -> Result<(), Unreadable> {
    let found = schema.field_with_name(column).ok().map(|field| field.data_type());
    if found == Some(expected) || (found.is_none() && !required) {
        return Ok(());
    }
    let found = found.map_or("nothing".to_owned(), ToString::to_string);
    Err(Unreadable::Column { column, expected: expected.to_string(), found })
}

/// The Parquet reader (60.1.0) has arithmetic that a flipped bit turns into a panic; a damaged file must not end the run.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    let broken = || Err(Unreadable::NotParquet("the reader failed on its bytes".to_owned()));
    panics::contain(read).unwrap_or_else(broken)
}
