//! A TOML file whose keys are asked for one by one. Whatever is wrong (syntax, type, range, a key that nobody asked for) becomes
//! a [`Problem`], and reading goes on.

use super::Problem;
use schemas::EventTime;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::de::{DeTable, DeValue};

/// A place in the text.
pub type Span = Range<usize>;

/// Where problems gather.
pub struct Reading<'t> {
    file: String,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Reading<'t> {
    /// Starts to read `text`, which came from the file called `file`.
    pub fn new(file: &str, text: &'t str) -> Self {
        Self { file: file.to_string(), text, problems: RefCell::default() }
    }

    /// The file's top table; syntax errors are problems.
    pub fn top(&self) -> Section<'_, 't> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.note(&error.span().unwrap_or(0..0), "(syntax)", error.message().trim(), "");
        }
        let span = table.span();
        Section { reading: self, path: String::new(), span, table: table.into_inner(), asked: BTreeSet::new() }
    }

    /// Notes a problem.
    pub fn note(&self, span: &Span, key: &str, reason: &str, hint: &str) {
        let line = self.text.as_bytes()[..span.start.min(self.text.len())].iter().filter(|&&b| b == b'\n').count() + 1;
        let (file, [key, reason, hint]) = (self.file.clone(), [key, reason, hint].map(str::to_string));
        self.problems.borrow_mut().push(Problem { file, line, key, reason, hint });
    }

    /// All problems, by line.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        problems
    }
}

/// One table.
pub struct Section<'r, 't> {
    reading: &'r Reading<'t>,
    path: String,
    span: Span,
    table: DeTable<'t>,
    asked: BTreeSet<String>,
}

impl<'r, 't> Section<'r, 't> {
    /// Notes a problem with `key`, at `span` or, where there is none, at the table.
    pub fn problem(&self, key: &str, span: Option<Span>, reason: &str, hint: &str) {
        self.reading.note(&span.unwrap_or(self.span.clone()), &self.key(key), reason, hint);
    }

    /// The value of `key` as `read` understands it; one that it does not understand is a problem.
    fn typed<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&DeValue<'t>) -> Option<T>,
    ) -> Option<(T, Span)> {
        self.asked.insert(key.to_string());
        let value = self.table.remove(key)?;
        match read(value.get_ref()) {
            Some(read) => Some((read, value.span())),
            None => {
                let reason = format!("expected {expected}, found {}", shown(value.get_ref()));
                self.problem(key, Some(value.span()), &reason, "");
                None
            }
        }
    }

    fn ranged<T: Copy + PartialOrd + Display>(
        &mut self,
        key: &str,
        found: Option<(T, Span)>,
        range: &RangeInclusive<T>,
    ) -> Option<T> {
        let (value, span) = found?;
        if !range.contains(&value) {
            let reason = format!("{value} is outside {}..={}", range.start(), range.end());
            self.problem(key, Some(span), &reason, "");
            return None;
        }
        Some(value)
    }

    /// A whole number in `range`, if it is there.
    pub fn maybe_integer(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let found = self.typed(key, "a whole number", integer_of);
        self.ranged(key, found, &range)
    }

    /// A whole number in `range`, or the default.
    pub fn integer(&mut self, key: &str, range: RangeInclusive<i64>, default: i64) -> i64 {
        self.maybe_integer(key, range).unwrap_or(default)
    }

    /// A whole number in `range` of 32 bits without sign, or the default.
    pub fn count(&mut self, key: &str, range: RangeInclusive<u32>, default: u32) -> u32 {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        self.maybe_integer(key, range).and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    }

    /// A number in `range`, if it is there.
    pub fn maybe_number(&mut self, key: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let found = self.typed(key, "a number", number_of);
        self.ranged(key, found, &range)
    }

    /// A number in `range`, or the default.
    pub fn number(&mut self, key: &str, range: RangeInclusive<f64>, default: f64) -> f64 {
        self.maybe_number(key, range).unwrap_or(default)
    }

    /// A text that is not empty, if it is there.
    pub fn text(&mut self, key: &str) -> Option<(String, Span)> {
        let (text, span) = self.typed(key, "a text", |v| v.as_str().map(str::to_string))?;
        if text.trim().is_empty() {
            self.problem(key, Some(span), "is empty", "");
            return None;
        }
        Some((text, span))
    }

    /// Texts, with where each stands, if they are there.
    pub fn texts(&mut self, key: &str) -> Option<Vec<(String, Span)>> {
        let text = |v: &toml::Spanned<DeValue<'t>>| Some((v.get_ref().as_str()?.to_string(), v.span()));
        Some(self.typed(key, "a list of texts", |v| v.as_array()?.iter().map(text).collect())?.0)
    }

    /// One of a few words, or the default.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)], default: T) -> T {
        let Some((word, span)) = self.text(key) else { return default };
        self.chosen(key, &word, span, choices).unwrap_or(default)
    }

    /// What `word` stands for; one that is not among the choices is a problem.
    pub fn chosen<T: Copy>(&self, key: &str, word: &str, span: Span, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(choice, _)| *choice == word).map(|(_, value)| *value);
        if found.is_none() {
            let hint = near(word, choices.iter().map(|(word, _)| *word));
            self.problem(key, Some(span), &format!("`{word}` is not known"), &hint);
        }
        found
    }

    /// An instant, as a TOML date-time or as text, if it is there.
    pub fn instant(&mut self, key: &str) -> Option<EventTime> {
        let instant = |v: &DeValue<'t>| {
            let text = match v {
                DeValue::Datetime(time) => time.to_string(),
                other => other.as_str()?.to_string(),
            };
            Some(EventTime(text.parse::<jiff::Timestamp>().ok()?.as_microsecond()))
        };
        Some(self.typed(key, "an instant with its offset, such as 2026-11-23T08:00:00Z", instant)?.0)
    }

    /// A table; an absent one is empty.
    pub fn section(&mut self, key: &str) -> Section<'r, 't> {
        let path = self.key(key);
        let found = self.typed(key, &format!("a table: write [{path}]"), |v| v.as_table().cloned());
        let (table, span) = found.unwrap_or_else(|| (DeTable::new(), self.span.clone()));
        Section { reading: self.reading, path, span, table, asked: BTreeSet::new() }
    }

    /// The tables of `[[key]]`, in order.
    pub fn sections(&mut self, key: &str) -> Vec<Section<'r, 't>> {
        let table = |v: &toml::Spanned<DeValue<'t>>| Some((v.get_ref().as_table()?.clone(), v.span()));
        let expected = format!("a list of tables: write [[{key}]]");
        let found = self.typed(key, &expected, |v| v.as_array()?.iter().map(table).collect::<Option<Vec<_>>>());
        let section = |(i, (table, span))| {
            let path = format!("{key}[{i}]");
            Section { reading: self.reading, path, span, table, asked: BTreeSet::new() }
        };
        found.map(|(tables, _)| tables).unwrap_or_default().into_iter().enumerate().map(section).collect()
    }

    /// The key with the tables it is in.
    pub fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) }
    }

    /// Where the value of `key` stands, or the table where there is none.
    pub fn span_of(&self, key: &str) -> Span {
        self.table.get(key).map_or(self.span.clone(), |value| value.span())
    }

    /// Nothing more will be asked for: every key that is left is a problem.
    pub fn close(self) {
        for key in self.table.keys() {
            let hint = near(key.get_ref(), self.asked.iter().map(String::as_str));
            self.problem(key.get_ref(), Some(key.span()), "is not known", &hint);
        }
    }
}

/// The known word that is meant, or all of them.
pub fn near<'w>(word: &str, known: impl Iterator<Item = &'w str> + Clone) -> String {
    match known.clone().map(|known| (strsim::damerau_levenshtein(known, word), known)).min() {
        Some((distance, known)) if distance <= 2 => format!("did you mean `{known}`?"),
        _ => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
    }
}

fn integer_of(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
}

fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let text = match value {
        DeValue::Float(float) => float.as_str(),
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
        _ => return None,
    };
    text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{text}\""),
        DeValue::Integer(integer) => format!("the number {}", integer.as_str()),
        DeValue::Float(float) => format!("the number {}", float.as_str()),
        DeValue::Boolean(flag) => format!("{flag}"),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(_) => "a list".to_string(),
        DeValue::Table(_) => "a table".to_string(),
    }
}
