//! Reads a CSV file of the shop's form: UTF-8, a header line, RFC 4180. Whatever is wrong becomes a [`Problem`] with file, line and
//! column, and reading goes on.

use super::Problem;
use super::file::nearest;
use csv::{Position, ReaderBuilder, StringRecord};
use schemas::EventTime;
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Problems of one file that are told one by one.
const PROBLEMS_MAX: usize = 100;

/// A column that is known.
pub(super) struct Known {
    /// Name.
    pub(super) name: &'static str,
    /// Whether it must be there.
    pub(super) required: bool,
}

/// A column that must be there.
pub(super) const fn needed(name: &'static str) -> Known {
    Known { name, required: true }
}

/// A column that may be left out.
pub(super) const fn optional(name: &'static str) -> Known {
    Known { name, required: false }
}

/// One file, read.
pub(super) struct CsvFile {
    name: String,
    /// The known columns with their places in a row.
    columns: Vec<(&'static str, Option<usize>)>,
    rows: Vec<(usize, StringRecord)>,
    sound: bool,
    problems: RefCell<Vec<Problem>>,
    untold: Cell<usize>,
}

/// One row of a file.
#[derive(Clone, Copy)]
pub(super) struct Row<'f> {
    file: &'f CsvFile,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    record: &'f StringRecord,
}

impl CsvFile {
    /// Reads `bytes`, which came from the file called `name`. Without a header that can be understood there are no rows.
    pub(super) fn read(name: &str, bytes: &[u8], known: &[Known]) -> Self {
        let mut file = Self {
            name: name.to_string(),
            columns: Vec::new(),
            rows: Vec::new(),
            sound: false,
            problems: RefCell::default(),
            untold: Cell::new(0),
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
            file.problem(line, "(text)", "is no UTF-8", "save the file as UTF-8");
        });
        match (text, text.ok().and_then(open_quote)) {
            (_, Some(line)) => {
                file.problem(line, "(text)", "a double quote is not closed", "RFC 4180: a quote in a text is doubled")
            }
            (Ok(text), None) => file.read_text(text, known),
            (Err(()), None) => {}
        }
        file
    }

    fn read_text(&mut self, text: &str, known: &[Known]) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Rows of other lengths than the header are told here, not by the reader, which would stop at them.
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut lines = Lines { text, at: 0, line: 1 };
        let mut records = reader.records().flatten().map(|record| (lines.of(record.position()), record));
        let Some((_, header)) = records.next() else {
            return self.problem(1, "(header)", "is missing", words(known));
        };
        let names = || known.iter().map(|column| column.name);
        for (at, name) in header.iter().enumerate() {
            if !names().any(|known| known == name) {
                self.problem(1, name, "is not known", nearest(name, names()));
            } else if header.iter().take(at).any(|before| before == name) {
                self.problem(1, name, "stands twice in the header", "");
            }
        }
        for column in known {
            let place = header.iter().position(|name| name == column.name);
            if place.is_none() && column.required {
                self.problem(1, column.name, "is missing in the header", words(known));
            }
            self.columns.push((column.name, place));
        }
        if known.iter().zip(&self.columns).any(|(known, (_, place))| known.required && place.is_none()) {
            return;
        }
        let (mut rows, mut count) = (Vec::new(), 0);
        for (line, record) in records {
            count += 1;
            if record.len() == header.len() {
                rows.push((line, record));
            } else {
                let reason = format!("has {} fields, the header has {}", record.len(), header.len());
                self.problem(line, "(row)", reason, "a text with a comma or a quote stands in double quotes");
            }
        }
        self.sound = rows.len() == count;
        self.rows = rows;
    }

    /// The rows in the file's order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { file: self, line: *line, record })
    }

    /// Whether the file could be read row by row; rows may still be wrong.
    pub(super) fn is_sound(&self) -> bool {
        self.sound
    }

    /// Notes a problem.
    pub(super) fn problem(&self, line: usize, column: &str, reason: impl Into<String>, hint: impl Into<String>) {
        let (file, key) = (self.name.clone(), column.to_string());
        if self.problems.borrow().len() >= PROBLEMS_MAX {
            return self.untold.set(self.untold.get() + 1);
        }
        self.problems.borrow_mut().push(Problem { file, line, key, reason: reason.into(), hint: hint.into() });
    }

    /// All problems, by line.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        if self.untold.get() > 0 {
            let (line, key, hint) = (0, "(rows)".to_string(), String::new());
            problems.push(Problem { file: self.name, line, key, reason: format!("{} more", self.untold.get()), hint });
        }
        problems
    }
}

/// Tells on which line a record begins. (The reader's own count is of the line before where lines end in CR LF, or are blank.)
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// Positions must not go back.
    fn of(&mut self, position: Option<&Position>) -> usize {
        let byte = position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|b| self.at < byte || matches!(b, b'\r' | b'\n')) {
            self.line += usize::from(bytes[self.at] == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// The line of the double quote that nothing closes: all that follows would be one field.
fn open_quote(text: &str) -> Option<usize> {
    let quotes = text.bytes().filter(|&b| b == b'"').count();
    let last = text.rfind('"').filter(|_| !quotes.is_multiple_of(2))?;
    Some(text[..last].bytes().filter(|&b| b == b'\n').count() + 1)
}

fn words(known: &[Known]) -> String {
    let names: Vec<&str> = known.iter().map(|column| column.name).collect();
    format!("the first line names the columns: {}", names.join(","))
}

impl Row<'_> {
    /// The text of a column; none where it is left out or empty.
    pub(super) fn optional(&self, column: &str) -> Option<&str> {
        let (_, place) = self.file.columns.iter().find(|(name, _)| *name == column)?;
        self.record.get((*place)?).filter(|text| !text.trim().is_empty())
    }

    /// The text of a column, which must not be empty.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let text = self.optional(column);
        if text.is_none() {
            self.problem(column, "is empty", "");
        }
        text
    }

    /// Whether an optional column is empty, or else its number in `range`; none where it is no such number.
    pub(super) fn optional_number<T>(&self, column: &str, range: RangeInclusive<T>, hint: &str) -> Option<Option<T>>
    where
        T: std::str::FromStr + PartialOrd + Display,
    {
        let Some(text) = self.optional(column) else { return Some(None) };
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let reason = format!("`{text}` is no number in {}..={}", range.start(), range.end());
            self.problem(column, reason, hint);
        }
        number.map(Some)
    }

    /// The number of a column in `range`.
    pub(super) fn number<T>(&self, column: &str, range: RangeInclusive<T>, hint: &str) -> Option<T>
    where
        T: std::str::FromStr + PartialOrd + Display,
    {
        self.text(column)?;
        self.optional_number(column, range, hint).flatten()
    }

    /// The instant of a column.
    pub(super) fn instant(&self, column: &str) -> Option<EventTime> {
        let text = self.text(column)?;
        let instant = text.trim().parse::<jiff::Timestamp>().ok();
        if instant.is_none() {
            let hint = "RFC 3339 with its offset, such as 2020-02-20T12:00:00Z";
            self.problem(column, format!("`{text}` is no instant"), hint);
        }
        instant.map(|instant| EventTime(instant.as_microsecond()))
    }

    /// Notes a problem with a column of this row.
    pub(super) fn problem(&self, column: &str, reason: impl Into<String>, hint: impl Into<String>) {
        self.file.problem(self.line, column, reason, hint);
    }
}
