//! Rows to Parquet: one row group or several, zstd, page statistics, and what made the file in its key-value metadata.

use super::SinkError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use schemas::table::{ColumnType, Names, Table, TableRow};
use std::fs::File;
use std::path::Path;

/// Rows of a row group at most: bounds what a writer holds back and what a reader must load.
const ROW_GROUP_ROWS_MAX: usize = 250_000;

/// Rows turned into columns at once.
const BATCH_ROWS_MAX: usize = 8_192;

/// Writes sorted `rows` with `metadata` into `file`; `path` is for error texts only.
pub fn write_rows<T: TableRow>(
    file: File,
    rows: &[T],
    names: &Names,
    metadata: &[(&str, String)],
    path: &Path,
) -> Result<File, SinkError> {
    let failed = |reason: String| SinkError::Encode { path: path.to_path_buf(), reason };
    let disk = |error: parquet::errors::ParquetError| match error {
        parquet::errors::ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => {
                SinkError::Disk { step: super::commit::Step::Write, path: path.to_path_buf(), source: *source }
            }
            Err(other) => failed(other.to_string()),
        },
        other => failed(other.to_string()),
    };
    let mut writer =
        ArrowWriter::try_new(file, T::TABLE.schema(), Some(properties(T::TABLE, metadata))).map_err(disk)?;
    for chunk in rows.chunks(BATCH_ROWS_MAX) {
        let batch = T::batch(chunk, names).map_err(|e| failed(e.to_string()))?;
        writer.write(&batch).map_err(disk)?;
    }
    writer.into_inner().map_err(disk)
}

fn properties(table: &Table, metadata: &[(&str, String)]) -> WriterProperties {
    let level = ZstdLevel::try_new(3).unwrap_or_default();
    let pair = |(key, value): &(&str, String)| KeyValue::new(format!("aisleflow.{key}"), Some(value.clone()));
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by(format!("aisleflow {}", env!("CARGO_PKG_VERSION")))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(metadata.iter().map(pair).collect()));
    for column in table.columns.iter().filter(|c| c.kind == ColumnType::Time) {
        builder = builder
            .set_column_dictionary_enabled(column.name.into(), false)
            .set_column_encoding(column.name.into(), Encoding::DELTA_BINARY_PACKED);
    }
    builder.build()
}
