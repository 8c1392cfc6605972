//! Parquet files of simstore: rows go in one by one, row groups go out as they fill, and the same rows give the same bytes.
//!
//! A row of our own says its columns once in a [`Table`] and pushes its cells in that order ([`Row`]); a row in a form that
//! `schemas` owns is written as that table ([`Shared`]). A file stands under its name only once it is complete.

mod cells;

pub use cells::Cells;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use schemas::table::{Names, TableRow};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Rows of a row group at most: what a reader must load, and about what a writer holds back.
const ROW_GROUP_ROWS_MAX: usize = 250_000;

/// Rows turned into columns at once.
const BATCH_ROWS: usize = 8_192;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Microseconds since the epoch, UTC.
    Time,
    /// 32-bit signed.
    Int32,
    /// 64-bit signed.
    Int64,
    /// 32-bit float.
    Float32,
    /// True or false.
    Flag,
    /// A list of 32-bit floats, none of them null.
    Floats,
    /// A list of UTF-8 texts, none of them null.
    Texts,
}

impl Kind {
    /// The Arrow type.
    pub fn arrow(self) -> DataType {
        let list = |of| DataType::List(Arc::new(Field::new_list_field(of, false)));
        match self {
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float32 => DataType::Float32,
            Self::Flag => DataType::Boolean,
            Self::Floats => list(DataType::Float32),
            Self::Texts => list(DataType::Utf8),
        }
    }

    /// How people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Time => "timestamp[us, UTC]",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float32 => "float32",
            Self::Flag => "bool",
            Self::Floats => "list of float32",
            Self::Texts => "list of text",
        }
    }
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name, with the unit last.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Unit, or empty.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl Column {
    /// A column that is never null.
    pub const fn new(name: &'static str, kind: Kind, unit: &'static str, meaning: &'static str) -> Self {
        Self { name, kind, nullable: false, unit, meaning }
    }

    /// The same, but it may be null.
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }
}

/// One table: one file `NAME.parquet`.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name; also that of its file.
    pub name: &'static str,
    /// What one row is, and in which order rows stand.
    pub row: &'static str,
    /// The columns in order.
    pub columns: &'static [Column],
}

impl Table {
    /// The Arrow schema.
    pub fn schema(&self) -> SchemaRef {
        let field = |c: &Column| Field::new(c.name, c.kind.arrow(), c.nullable);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

/// A row of a table of ours.
pub trait Row {
    /// Its table.
    const TABLE: Table;

    /// Pushes its cells, one for each column, in their order.
    fn cells(&self, cells: &mut Cells);
}

/// Why a file could not be written.
#[derive(Debug, Error)]
pub enum TableError {
    /// The disk said no.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Rows did not become columns, or columns no Parquet.
    #[error("{}: {reason}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A Parquet file being written, batch by batch.
struct Opened {
    path: PathBuf,
    staged: PathBuf,
    writer: ArrowWriter<BufWriter<File>>,
}

impl Opened {
    fn create(path: &Path, schema: SchemaRef, metadata: &[(&str, &str)]) -> Result<Self, TableError> {
        let disk = |source| TableError::Disk { path: path.to_path_buf(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(disk)?;
        }
        let staged = path.with_extension("parquet.staged");
        let file = BufWriter::new(File::create(&staged).map_err(disk)?);
        let properties = properties(&schema, metadata);
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|e| broken(path, e))?;
        Ok(Self { path: path.to_path_buf(), staged, writer })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        self.writer.write(batch).map_err(|e| broken(&self.path, e))
    }

    fn close(self) -> Result<(), TableError> {
        let Self { path, staged, writer } = self;
        let disk = |source| TableError::Disk { path: path.clone(), source };
        let file = writer.into_inner().map_err(|e| broken(&path, e))?;
        let file = file.into_inner().map_err(|e| disk(e.into_error()))?;
        file.sync_all().map_err(disk)?;
        std::fs::rename(&staged, &path).map_err(disk)
    }
}

fn broken(path: &Path, error: impl ToString) -> TableError {
    TableError::Encode { path: path.to_path_buf(), reason: error.to_string() }
}

fn properties(schema: &Schema, metadata: &[(&str, &str)]) -> WriterProperties {
    let pair = |(key, value): &(&str, &str)| KeyValue::new(format!("simstore.{key}"), Some((*value).to_string()));
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_created_by(format!("simstore {}", env!("CARGO_PKG_VERSION")))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(metadata.iter().map(pair).collect()));
    for field in schema.fields() {
        // What hardly ever repeats gains nothing from a dictionary.
        let (float, time) = (DataType::Float32, Kind::Time.arrow());
        if *field.data_type() == float || *field.data_type() == time {
            builder = builder.set_column_dictionary_enabled(field.name().as_str().into(), false);
        }
        if *field.data_type() == time {
            builder = builder.set_column_encoding(field.name().as_str().into(), Encoding::DELTA_BINARY_PACKED);
        }
    }
    builder.build()
}

/// Takes rows of one table of our own for one file.
pub struct Sink {
    table: Table,
    file: Opened,
    cells: Cells,
    rows: u64,
}

impl Sink {
    /// Begins `FOLDER/NAME.parquet`; `metadata` goes into its key-value metadata as `simstore.KEY`.
    pub fn create(table: Table, folder: &Path, metadata: &[(&str, &str)]) -> Result<Self, TableError> {
        let path = folder.join(format!("{}.parquet", table.name));
        let file = Opened::create(&path, table.schema(), metadata)?;
        Ok(Self { table, file, cells: Cells::new(&table), rows: 0 })
    }

    /// Takes one row of its table. A row of another is a bug.
    pub fn push<R: Row>(&mut self, row: &R) -> Result<(), TableError> {
        assert_eq!(R::TABLE.name, self.table.name, "a row goes into the file of another table");
        row.cells(&mut self.cells);
        self.cells.end_row();
        self.rows += 1;
        if self.rows.is_multiple_of(BATCH_ROWS as u64) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), TableError> {
        let columns = self.cells.take();
        let batch = RecordBatch::try_new(self.table.schema(), columns).map_err(|e| broken(&self.file.path, e))?;
        self.file.write(&batch)
    }

    /// Completes the file and says how many rows it has.
    pub fn close(mut self) -> Result<u64, TableError> {
        self.flush()?;
        self.file.close()?;
        Ok(self.rows)
    }
}

/// Takes rows of a form that `schemas` owns for one file, in the order in which they come.
pub struct Shared<R: TableRow> {
    file: Opened,
    names: Names,
    waiting: Vec<R>,
    rows: u64,
}

impl<R: TableRow> Shared<R> {
    /// Begins the file at `path`; `names` are the words behind ids.
    pub fn create(path: &Path, names: Names, metadata: &[(&str, &str)]) -> Result<Self, TableError> {
        let file = Opened::create(path, R::TABLE.schema(), metadata)?;
        Ok(Self { file, names, waiting: Vec::with_capacity(BATCH_ROWS), rows: 0 })
    }

    /// Takes one row.
    pub fn push(&mut self, row: R) -> Result<(), TableError> {
        self.waiting.push(row);
        self.rows += 1;
        if self.waiting.len() == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), TableError> {
        let batch = R::batch(&self.waiting, &self.names).map_err(|e| broken(&self.file.path, e))?;
        self.waiting.clear();
        self.file.write(&batch)
    }

    /// Completes the file and says how many rows it has.
    pub fn close(mut self) -> Result<u64, TableError> {
        self.flush()?;
        self.file.close()?;
        Ok(self.rows)
    }
}
