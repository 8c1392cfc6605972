//! JSON lines as sources: one object a line, keys as the columns of the table, times in RFC 3339 or as microseconds, nothing for null.
//! A line that is none, or that has a value of another type, is damage by itself; keys that no column has are ignored.

use super::error::{Unreadable, from_io};
use arrow_array::RecordBatch;
use arrow_json::ReaderBuilder;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use schemas::table::Table;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Lines as FileLines};
use std::path::Path;
use std::sync::Arc;

/// Lines read at a time.
const BATCH_LINES: usize = 1024;

/// Whether a file is read as lines, by its name.
pub(super) fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["jsonl", "ndjson"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// A file of lines, being read.
pub(super) struct Lines {
    table: &'static Table,
    lines: Option<FileLines<BufReader<File>>>,
    /// Of a batch with damage in it, what was not looked at yet: number and text.
    apart: VecDeque<(u64, String)>,
    read: u64,
}

/// Rows, and the number of the line before the first.
pub(super) type Read = (RecordBatch, u64);

/// What is wrong with a line, and its number.
pub(super) type Wrong = (String, u64);

impl Lines {
    pub(super) fn open(path: &Path, table: &'static Table) -> Result<Self, Unreadable> {
        let file = File::open(path).map_err(from_io)?;
        if file.metadata().map_err(from_io)?.len() == 0 {
            return Err(Unreadable::Empty);
        }
        Ok(Self { table, lines: Some(BufReader::new(file).lines()), apart: VecDeque::new(), read: 0 })
    }

    /// The next rows, or what is wrong with the next line; nothing at the end.
    pub(super) fn next(&mut self) -> Option<Result<Read, Wrong>> {
        loop {
            if let Some((number, line)) = self.apart.pop_front() {
                let decoded = self.decode([&line]).map_err(|reason| (reason, number));
                return Some(decoded.map(|batch| (batch, number - 1)));
            }
            let (before, mut texts, mut failed) = (self.read, Vec::new(), None);
            while texts.len() < BATCH_LINES
                && let Some(line) = self.lines.as_mut()?.next()
            {
                self.read += 1;
                match line {
                    // Blank lines stand apart, so that those of a batch follow each other.
                    Ok(line) if line.trim().is_empty() && texts.is_empty() => return self.next(),
                    Ok(line) if line.trim().is_empty() => break,
                    Ok(line) => texts.push(line),
                    Err(error) => {
                        failed = Some((format!("the rest is left out: {error}"), self.read));
                        break;
                    }
                }
            }
            let ended = texts.len() < BATCH_LINES && failed.is_none() && self.read == before + texts.len() as u64;
            if failed.is_some() || ended {
                self.lines = None;
            }
            if texts.is_empty() {
                return failed.map(Err);
            }
            match self.decode(texts.iter()) {
                Ok(batch) => return Some(Ok((batch, before))),
                Err(_) => self.apart.extend((before + 1..).zip(texts)),
            }
        }
    }

    fn decode<'t>(&self, lines: impl IntoIterator<Item = &'t String>) -> Result<RecordBatch, String> {
        let words = |error: arrow_schema::ArrowError| error.to_string();
        let mut decoder =
            ReaderBuilder::new(schema(self.table)).with_batch_size(BATCH_LINES).build_decoder().map_err(words)?;
        let mut expected = 0;
        for line in lines {
            expected += 1;
            // An object that ends in the next line is none.
            if decoder.decode(line.as_bytes()).map_err(words)? < line.len() || decoder.has_partial_record() {
                return Err("one object a line, and whole".to_string());
            }
        }
        let batch = decoder.flush().map_err(words)?.ok_or("no object")?;
        if batch.num_rows() == expected { Ok(batch) } else { Err("one object a line".to_string()) }
    }
}

/// The table's schema, with UTC as an offset: the decoder knows no names of time zones.
fn schema(table: &Table) -> SchemaRef {
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            let kind = DataType::Timestamp(*unit, Some("+00:00".into()));
            Field::new(field.name(), kind, field.is_nullable())
        }
        _ => field.as_ref().clone(),
    };
    Arc::new(Schema::new(table.schema().fields().iter().map(field).collect::<Vec<_>>()))
}
