//! What the TOML says: a table whose keys are asked for one by one. Whatever is wrong (syntax, type, range, an unknown key)
//! becomes a [`Problem`], and reading goes on.

use super::Problem;
use schemas::EventTime;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where problems gather while a file is read.
pub struct Reading<'t> {
    name: String,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Reading<'t> {
    /// Starts to read `text`, which came from the file called `name`.
    pub fn new(name: &str, text: &'t str) -> Self {
        Self { name: name.to_string(), text, problems: RefCell::default() }
    }

    /// The file's top table. Syntax errors are problems, and what could be read around them is read.
    pub fn top(&self) -> Section<'_, 't> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            self.problem(&span, "(syntax)", error.message().trim().to_string(), String::new());
        }
        Section::new(self, String::new(), table.span(), table.into_inner())
    }

    /// Notes a problem.
    pub fn problem(&self, span: &Range<usize>, key: &str, reason: String, hint: String) {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let (file, key) = (self.name.clone(), key.to_string());
        self.problems.borrow_mut().push(Problem { file, line, key, reason, hint });
    }

    /// All problems, by line.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        problems
    }
}

/// One table of the file, from which keys are taken.
pub struct Section<'r, 't> {
    reading: &'r Reading<'t>,
    path: String,
    span: Range<usize>,
    table: DeTable<'t>,
    known: BTreeSet<&'static str>,
}

impl<'r, 't> Section<'r, 't> {
    fn new(reading: &'r Reading<'t>, path: String, span: Range<usize>, table: DeTable<'t>) -> Self {
        Self { reading, path, span, table, known: BTreeSet::new() }
    }

    fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    fn take(&mut self, name: &'static str) -> Option<Spanned<DeValue<'t>>> {
        self.known.insert(name);
        self.table.remove(name)
    }

    /// Notes a problem with `name`, at the value if there was one, else at the section.
    pub fn problem(&self, name: &str, span: Option<Range<usize>>, reason: impl Into<String>, hint: impl Into<String>) {
        self.reading.problem(&span.unwrap_or(self.span.clone()), &self.key(name), reason.into(), hint.into());
    }

    fn typed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&DeValue<'t>) -> Option<T>,
    ) -> Option<(T, Range<usize>)> {
        let value = self.take(name)?;
        let read = read(value.get_ref());
        if read.is_none() {
            let reason = format!("expected {expected}, found {}", shown(value.get_ref()));
            self.problem(name, Some(value.span()), reason, "");
        }
        Some((read?, value.span()))
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &'static str, hint: &str) -> Option<(String, Range<usize>)> {
        if self.needs(name, hint) { self.optional_text(name) } else { None }
    }

    /// A text that may be there; an empty one is a problem.
    pub fn optional_text(&mut self, name: &'static str) -> Option<(String, Range<usize>)> {
        let (text, span) = self.typed(name, "a text", |v| v.as_str().map(str::to_string))?;
        if text.trim().is_empty() {
            self.problem(name, Some(span), "is empty", "");
            return None;
        }
        Some((text, span))
    }

    /// `name`, the value of `key`, if it can stand in paths and in `key=value` folders; else a problem.
    pub fn path_safe(&self, key: &str, name: String, span: Range<usize>) -> Option<String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.chars().all(allowed) && name.len() <= 64 {
            return Some(name);
        }
        self.problem(key, Some(span), format!("`{name}` cannot stand in a path"), "use at most 64 of a-z A-Z 0-9 - _");
        None
    }

    /// A whole number in `range`, with its default.
    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>, default: i64) -> i64 {
        let whole = |v: &DeValue<'t>| {
            let integer = v.as_integer()?;
            i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
        };
        let found = self.typed(name, "a whole number", whole);
        self.ranged(name, found, &range, default)
    }

    /// A number in `range`, with its default.
    pub fn number(&mut self, name: &'static str, range: RangeInclusive<f64>, default: f64) -> f64 {
        let found = self.typed(name, "a number", number_of);
        self.ranged(name, found, &range, default)
    }

    /// A number that must be there, with where it stands.
    pub fn number_at(&mut self, name: &'static str, hint: &str) -> Option<(f64, Range<usize>)> {
        if self.needs(name, hint) { self.typed(name, "a number", number_of) } else { None }
    }

    fn ranged<T>(&self, name: &str, found: Option<(T, Range<usize>)>, range: &RangeInclusive<T>, default: T) -> T
    where
        T: Copy + PartialOrd + Display,
    {
        let Some((value, span)) = found else { return default };
        if range.contains(&value) {
            return value;
        }
        let reason = format!("{value} is outside {}..={}", range.start(), range.end());
        self.problem(name, Some(span), reason, format!("the default is {default}"));
        default
    }

    /// True or false, with its default.
    pub fn flag(&mut self, name: &'static str, default: bool) -> bool {
        self.typed(name, "true or false", |v| v.as_bool()).map_or(default, |(value, _)| value)
    }

    /// One of a few words, with its default.
    pub fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)], default: T) -> T {
        let Some((word, span)) = self.optional_text(name) else { return default };
        if let Some(&(_, value)) = choices.iter().find(|(choice, _)| *choice == word) {
            return value;
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        self.problem(name, Some(span), format!("`{word}` is not known"), format!("one of: {}", words.join(", ")));
        default
    }

    /// An instant with its offset from UTC, as a TOML date-time or as text.
    pub fn instant(&mut self, name: &'static str) -> Option<EventTime> {
        if !self.needs(name, "for example 2020-02-20T12:00:00Z") {
            return None;
        }
        let instant = |v: &DeValue<'t>| {
            let text = match v {
                DeValue::Datetime(time) => time.to_string(),
                other => other.as_str()?.to_string(),
            };
            Some(EventTime(text.parse::<jiff::Timestamp>().ok()?.as_microsecond()))
        };
        Some(self.typed(name, "an instant with its offset, such as 2020-02-20T12:00:00Z", instant)?.0)
    }

    /// A list of points `[[x, y], ...]`, with where it stands.
    pub fn points(&mut self, name: &'static str) -> Option<(Vec<[f64; 2]>, Range<usize>)> {
        let points = |v: &DeValue<'t>| {
            v.as_array()?
                .iter()
                .map(|point| match point.get_ref().as_array().map(|p| p.iter().as_slice()) {
                    Some([x, y]) => Some([number_of(x.get_ref())?, number_of(y.get_ref())?]),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
        };
        self.typed(name, "a list of points [[x, y], ...]", points)
    }

    /// A list of numbers, with where it stands.
    pub fn numbers(&mut self, name: &'static str, expected: &str) -> Option<(Vec<f64>, Range<usize>)> {
        let numbers = |v: &DeValue<'t>| v.as_array()?.iter().map(|n| number_of(n.get_ref())).collect();
        self.typed(name, expected, numbers)
    }

    /// A list of numbers that must be there.
    pub fn required_numbers(&mut self, name: &'static str, hint: &str) -> Option<(Vec<f64>, Range<usize>)> {
        if !self.needs(name, hint) {
            return None;
        }
        self.numbers(name, "a list of numbers")
    }

    /// A matrix, row by row, that must be there, with where it stands.
    pub fn matrix(&mut self, name: &'static str, hint: &str) -> Option<(Vec<Vec<f64>>, Range<usize>)> {
        if !self.needs(name, hint) {
            return None;
        }
        let row = |v: &DeValue<'t>| v.as_array()?.iter().map(|n| number_of(n.get_ref())).collect();
        self.typed(name, hint, |v| v.as_array()?.iter().map(|v| row(v.get_ref())).collect())
    }

    /// Notes that the list `name` has `found` numbers and not `wanted`.
    pub fn wrong_length<T>(&self, name: &str, span: Range<usize>, found: usize, wanted: &str) -> Option<T> {
        self.problem(name, Some(span), format!("has {found} numbers"), format!("write {wanted}"));
        None
    }

    /// A table; an absent one is empty.
    pub fn section(&mut self, name: &'static str) -> Section<'r, 't> {
        let path = self.key(name);
        let Some(value) = self.take(name) else {
            return Section::new(self.reading, path, self.span.clone(), DeTable::new());
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Section::new(self.reading, path, span, table),
            other => {
                self.problem(
                    name,
                    Some(span.clone()),
                    format!("expected a table, found {}", shown(&other)),
                    format!("write [{path}]"),
                );
                Section::new(self.reading, path, span, DeTable::new())
            }
        }
    }

    /// Whether the key is there.
    pub fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// The tables of `[[name]]`, in order.
    pub fn sections(&mut self, name: &'static str) -> Vec<Section<'r, 't>> {
        let path = self.key(name);
        let Some(value) = self.take(name) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(values) = value.into_inner() else {
            self.problem(name, Some(span), "expected a list of tables", format!("write [[{path}]]"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (i, value) in values.into_iter().enumerate() {
            let (path, span) = (format!("{path}[{i}]"), value.span());
            match value.into_inner() {
                DeValue::Table(table) => sections.push(Section::new(self.reading, path, span, table)),
                other => self.reading.problem(
                    &span,
                    &path,
                    format!("expected a table, found {}", shown(&other)),
                    String::new(),
                ),
            }
        }
        sections
    }

    /// Takes `name`, whatever it holds, and forgets it.
    pub fn pass(&mut self, name: &'static str) {
        self.take(name);
    }

    /// What the section is called, for example `cameras[2]`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether `name` is there; notes that it is missing where it is not.
    pub fn needs(&mut self, name: &'static str, hint: &str) -> bool {
        self.known.insert(name);
        let there = self.has(name);
        if !there {
            self.problem(name, None, "is missing", hint);
        }
        there
    }

    /// A list of texts, with where it stands; an empty text is a problem.
    pub fn texts(&mut self, name: &'static str) -> Option<(Vec<String>, Range<usize>)> {
        let text = |v: &Spanned<DeValue<'t>>| Some(v.get_ref().as_str()?.to_string()).filter(|t| !t.trim().is_empty());
        self.typed(name, "a list of texts", |v| v.as_array()?.iter().map(text).collect())
    }

    /// A text, or a list of texts, with where it stands; an empty text is a problem.
    pub fn text_or_texts(&mut self, name: &'static str) -> Option<(Vec<String>, Range<usize>)> {
        if self.table.get(name).is_some_and(|value| value.get_ref().is_array()) {
            return self.texts(name);
        }
        let (text, span) = self.optional_text(name)?;
        Some((vec![text], span))
    }

    /// Where the section stands.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Says that nothing more will be asked for: every key that is left is a problem.
    pub fn close(self) {
        for key in self.table.keys() {
            let hint = nearest(key.get_ref(), self.known.iter().copied());
            self.problem(key.get_ref(), Some(key.span()), "is not known", hint);
        }
    }
}

/// A hint for a word that is not known: the one that was meant, or those that are.
pub(super) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    let near = known.clone().map(|known| (strsim::damerau_levenshtein(known, word), known)).min();
    match near {
        Some((distance, known)) if distance <= 2 => format!("did you mean `{known}`?"),
        _ => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
    }
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
