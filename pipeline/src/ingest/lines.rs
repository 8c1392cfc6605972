//! JSON lines as sources: one object a line, keys as the columns of the table, times in RFC 3339 or as microseconds, nothing for null.
//! A line that is none, or that has a value of another type, is damage by itself; keys that no column has are ignored.

use super::error::{Unreadable, from_io};
use arrow_array::RecordBatch;
use arrow_json::ReaderBuilder;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use schemas::table::Table;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Lines as FileLines};
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
    /// Of a batch with damage in it, what was not looked at yet: number and text, or why there is none.
    apart: VecDeque<(u64, Result<String, String>)>,
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
                let decoded = line.and_then(|line| self.decode([&line]));
                return Some(decoded.map(|batch| (batch, number - 1)).map_err(|reason| (reason, number)));
            }
            let (before, mut texts) = (self.read, Vec::new());
            while texts.len() < BATCH_LINES
                && let Some(line) = self.line()
            {
                match line {
                    Ok(line) if !line.trim().is_empty() => texts.push(line),
                    // A blank line ends a batch, so that the lines of one follow each other.
                    Ok(_) => break,
                    Err(reason) => {
                        self.apart.push_back((self.read, Err(reason)));
                        break;
                    }
                }
            }
            if texts.is_empty() && self.apart.is_empty() && self.lines.is_none() {
                return None;
            }
            if texts.is_empty() {
                continue;
            }
            match self.decode(texts.iter()) {
                Ok(batch) => return Some(Ok((batch, before))),
                Err(_) => {
                    let numbered = (before + 1..).zip(texts.into_iter().map(Ok)).collect::<Vec<_>>().into_iter().rev();
                    numbered.for_each(|line| self.apart.push_front(line));
                }
            }
        }
    }

    /// The next line, or why it is none; nothing at the end, and after the disk has failed.
    fn line(&mut self) -> Option<Result<String, String>> {
        let Some(line) = self.lines.as_mut().and_then(Iterator::next) else {
            self.lines = None;
            return None;
        };
        self.read += 1;
        Some(line.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => "it is no UTF-8".to_string(),
            _ => {
                self.lines = None;
                format!("the rest is left out: {error}")
            }
        }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Int64Type, TimestampMicrosecondType};
    use schemas::ScaleSample;
    use schemas::table::TableRow;

    /// Weights with their times by line, and what is wrong with which line.
    type Found = (Vec<(u64, i64, Option<i64>)>, Vec<u64>);

    fn read(bytes: &[u8]) -> Found {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scales.jsonl");
        std::fs::write(&path, bytes).expect("written");
        let (mut rows, mut wrong) = (Vec::new(), Vec::new());
        let mut lines = Lines::open(&path, ScaleSample::TABLE).expect("opens");
        while let Some(next) = lines.next() {
            match next {
                Ok((batch, before)) => {
                    let times = batch.column_by_name("event_time").expect("a column").clone();
                    let weights = batch.column_by_name("weight_mg").expect("a column").clone();
                    let (times, weights) =
                        (times.as_primitive::<TimestampMicrosecondType>(), weights.as_primitive::<Int64Type>());
                    rows.extend((0..batch.num_rows()).map(|at| {
                        let weight = weights.is_valid(at).then(|| weights.value(at));
                        (before + at as u64 + 1, times.value(at), weight)
                    }));
                }
                Err((_, line)) => wrong.push(line),
            }
        }
        (rows, wrong)
    }

    fn sample(us: i64, weight: &str) -> String {
        let at = jiff::Timestamp::from_microsecond(us).expect("a time");
        format!("{{\"scale\": \"a\", \"event_time\": \"{at}\", \"received_at\": {us}, {weight}\"more\": [1]}}\n")
    }

    #[test]
    fn every_line_is_a_row_and_a_bad_one_is_damage_by_itself() {
        let mut text = sample(1_500_000, "\"weight_mg\": 7, ").into_bytes();
        text.extend(b"\n  \nno object\n");
        text.extend(sample(2_000_001, "").into_bytes());
        text.extend(b"{\"scale\": \"a\", \"event_time\": \"\xff\"}\n{\"scale\":\n\"a\"}\n{} {}\n");
        text.extend(sample(3, "\"weight_mg\": \"x\", ").into_bytes());
        text.extend(sample(4, "\"weight_mg\": -1, ").trim_end().as_bytes());
        let (rows, wrong) = read(&text);
        assert_eq!(rows, [(1, 1_500_000, Some(7)), (5, 2_000_001, None), (11, 4, Some(-1))]);
        assert_eq!(wrong, [4, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn files_of_any_length_are_read_blank_lines_too() {
        let many: String = (0..3000).map(|us| sample(us, "\"weight_mg\": 5, ")).collect();
        let (rows, wrong) = read(format!("{}{many}", "\n".repeat(300_000)).as_bytes());
        assert!(wrong.is_empty() && rows.len() == 3000);
        assert!(rows.iter().zip(0..).all(|(row, us)| *row == (300_001 + us as u64, us, Some(5))));
        assert_eq!(read(b"\n\n"), (vec![], vec![]));
    }
}
