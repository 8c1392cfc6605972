//! Tables read by name of column, batch by batch: `FOLDER/NAME.parquet`, or every `.parquet` file below `FOLDER/NAME`.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Rows read at a time.
const BATCH_ROWS: usize = 8_192;

/// How deep folders are searched (`store=/date=` is 2).
const DEPTH_MAX: u32 = 8;

/// Why a table cannot be read.
#[derive(Debug, Error)]
pub enum ScoreError {
    /// The disk said no.
    #[error("{}: {source}", path.display())]
    Disk {
        /// File or folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// It is no Parquet, or damaged.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A column is not there, or of another type.
    #[error("{}: no column `{column}` of type {kind}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it ought to hold.
        kind: &'static str,
    },
    /// The truth lacks a table without which nothing can be scored.
    #[error("{}: no table `{table}`", path.display())]
    NoTruth {
        /// The folder.
        path: PathBuf,
        /// The table.
        table: &'static str,
    },
    /// Truth and tables have nothing in common.
    #[error("{0}")]
    Unlike(String),
}

/// Some rows of one file.
pub struct Rows {
    path: PathBuf,
    batch: RecordBatch,
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn column<'a, T>(
        &'a self,
        name: &str,
        kind: &'static str,
        cast: impl Fn(&'a dyn Array) -> Option<T>,
    ) -> Result<T, ScoreError> {
        let found = self.batch.column_by_name(name).and_then(|column| cast(column.as_ref()));
        found.ok_or_else(|| ScoreError::Column { path: self.path.clone(), column: name.to_string(), kind })
    }

    /// Times, microseconds since the epoch; null is the smallest number.
    pub fn times(&self, name: &str) -> Result<impl Fn(usize) -> i64 + use<'_>, ScoreError> {
        let column = self.column(name, "timestamp[us]", |c| c.as_primitive_opt::<TimestampMicrosecondType>())?;
        Ok(move |at| if column.is_null(at) { i64::MIN } else { column.value(at) })
    }

    /// Whole numbers of 32 bits.
    pub fn int32s(&self, name: &str) -> Result<impl Fn(usize) -> i32 + use<'_>, ScoreError> {
        let column = self.column(name, "int32", |c| c.as_primitive_opt::<Int32Type>())?;
        Ok(move |at| column.value(at))
    }

    /// Whole numbers of 64 bits.
    pub fn int64s(&self, name: &str) -> Result<impl Fn(usize) -> i64 + use<'_>, ScoreError> {
        let column = self.column(name, "int64", |c| c.as_primitive_opt::<Int64Type>())?;
        Ok(move |at| column.value(at))
    }

    /// Numbers; none where null.
    pub fn floats(&self, name: &str) -> Result<impl Fn(usize) -> Option<f32> + use<'_>, ScoreError> {
        let column = self.column(name, "float32", |c| c.as_primitive_opt::<Float32Type>())?;
        Ok(move |at| column.is_valid(at).then(|| column.value(at)))
    }

    /// Truths.
    pub fn flags(&self, name: &str) -> Result<impl Fn(usize) -> bool + use<'_>, ScoreError> {
        let column = self.column(name, "bool", |c| c.as_boolean_opt())?;
        Ok(move |at| column.value(at))
    }

    /// Texts; none where null.
    pub fn texts<'a>(&'a self, name: &str) -> Result<impl Fn(usize) -> Option<&'a str> + use<'a>, ScoreError> {
        let column = self.column(name, "text", |c| c.as_string_opt::<i32>())?;
        Ok(move |at| column.is_valid(at).then(|| column.value(at)))
    }

    /// Lists of numbers.
    pub fn lists(&self, name: &str) -> Result<impl Fn(usize) -> Vec<f32> + use<'_>, ScoreError> {
        let column = self.column(name, "list of float32", |c| {
            c.as_list_opt::<i32>().filter(|list| list.values().as_primitive_opt::<Float32Type>().is_some())
        })?;
        Ok(move |at| column.value(at).as_primitive::<Float32Type>().values().to_vec())
    }
}

/// Gives the rows of a table to `take`, with the columns named; whether there is such a table.
pub fn each(
    folder: &Path,
    table: &str,
    columns: &[&str],
    mut take: impl FnMut(Rows) -> Result<(), ScoreError>,
) -> Result<bool, ScoreError> {
    let files = files(folder, table)?;
    for path in &files {
        let disk = |source| ScoreError::Disk { path: path.clone(), source };
        let damaged = |reason: String| ScoreError::Damaged { path: path.clone(), reason };
        let file = File::open(path).map_err(disk)?;
        // Without the writer's Arrow hints a text is a text, whatever dictionary or view it was.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
        let builder = builder.map_err(|e| damaged(e.to_string()))?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let reader = builder.with_batch_size(BATCH_ROWS).with_projection(mask).build();
        for batch in reader.map_err(|e| damaged(e.to_string()))? {
            take(Rows { path: path.clone(), batch: batch.map_err(|e| damaged(e.to_string()))? })?;
        }
    }
    Ok(!files.is_empty())
}

fn files(folder: &Path, table: &str) -> Result<Vec<PathBuf>, ScoreError> {
    let disk = |path: &Path, source| ScoreError::Disk { path: path.to_path_buf(), source };
    let single = folder.join(format!("{table}.parquet"));
    if single.is_file() {
        return Ok(vec![single]);
    }
    std::fs::metadata(folder).map_err(|source| disk(folder, source))?;
    let (mut found, mut folders) = (Vec::new(), vec![(folder.join(table), 0)]);
    while let Some((folder, depth)) = folders.pop().filter(|(folder, _)| folder.is_dir()) {
        for entry in std::fs::read_dir(&folder).map_err(|source| disk(&folder, source))? {
            let path = entry.map_err(|source| disk(&folder, source))?.path();
            if path.is_dir() && depth < DEPTH_MAX {
                folders.push((path, depth + 1));
            } else if path.extension().is_some_and(|ending| ending == "parquet") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
