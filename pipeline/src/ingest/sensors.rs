//! Recorded sensors other than cameras: whether their files have the form of their table ([`Table::INPUTS`]).

use super::error::Unreadable;
use super::lines::{Lines, is_lines};
use super::parts::{check_column, open_part, part_files};
use schemas::table::Table;
use std::path::{Path, PathBuf};

/// Whether every file at `path` has the columns of `table`, by its schema, or by its first line; those that may be null may be absent,
/// others are ignored. The error names the first file that has not.
pub fn check_form(path: &Path, table: &'static Table) -> Result<(), (PathBuf, Unreadable)> {
    let files = part_files(path).map_err(|reason| (path.to_path_buf(), reason))?;
    if files.is_empty() {
        return Err((path.to_path_buf(), Unreadable::NoSegments("part-*.parquet or part-*.jsonl")));
    }
    files.into_iter().try_for_each(|file| check_file(&file, table).map_err(|reason| (file, reason)))
}

fn check_file(file: &Path, table: &'static Table) -> Result<(), Unreadable> {
    if is_lines(file) {
        let first = Lines::open(file, table)?.next().transpose();
        return first.map(|_| ()).map_err(|(reason, line)| Unreadable::NotLines(format!("line {line}: {reason}")));
    }
    let opened = open_part(file)?;
    let columns = table.columns.iter();
    columns.copied().try_for_each(|c| check_column(opened.schema(), c.name, &c.kind.arrow(), !c.nullable))
}
