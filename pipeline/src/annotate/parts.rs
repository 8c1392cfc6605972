//! Parts: the files of one published table, in order of time, batch by batch.

use super::AnnotateError;
use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// One table of one store. Reads one batch at a time.
pub struct Parts {
    table: &'static str,
    files: VecDeque<PathBuf>,
    reader: Option<(PathBuf, ParquetRecordBatchReader)>,
}

impl Parts {
    /// The files of `table` under `out`. No folder, no rows.
    pub fn open(out: &Path, store: &str, table: &'static str) -> Result<Self, AnnotateError> {
        let folder = out.join(table).join(format!("store={store}"));
        let mut files = Vec::new();
        if folder.is_dir() {
            for date in list(&folder)? {
                files.extend(list(&date)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "parquet")));
            }
        }
        // Names hold the range, folders the date: their order is the order of time.
        files.sort();
        Ok(Self { table, files: files.into(), reader: None })
    }

    /// The rows of the next batch, as `read` makes them of it; none at the end. A batch that `read` cannot read is an error.
    pub fn next<T>(&mut self, read: impl Fn(&RecordBatch) -> Option<T>) -> Result<Option<T>, AnnotateError> {
        loop {
            let Some((path, reader)) = &mut self.reader else {
                let Some(path) = self.files.pop_front() else { return Ok(None) };
                let opened = File::open(&path).map_err(|e| cannot_read(&path, &e))?;
                let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|e| cannot_read(&path, &e))?;
                let reader = builder.build().map_err(|e| cannot_read(&path, &e))?;
                self.reader = Some((path, reader));
                continue;
            };
            match reader.next() {
                Some(Ok(batch)) => {
                    let strange = || cannot_read(path, &format!("its columns are not those of `{}`", self.table));
                    return read(&batch).ok_or_else(strange).map(Some);
                }
                Some(Err(error)) => return Err(cannot_read(path, &error)),
                None => self.reader = None,
            }
        }
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, AnnotateError> {
    let entries = fs::read_dir(folder).map_err(|e| cannot_read(folder, &e))?;
    entries.map(|entry| entry.map(|e| e.path()).map_err(|e| cannot_read(folder, &e))).collect()
}

fn cannot_read(path: &Path, reason: &dyn std::fmt::Display) -> AnnotateError {
    AnnotateError::Table { path: path.to_path_buf(), reason: reason.to_string() }
}
