//! Cells on their way into columns: one Arrow builder for each column, filled in turn.

use super::{Kind, Table};
use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float32Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::Field;
use schemas::EventTime;
use std::sync::Arc;

enum Builder {
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Flag(BooleanBuilder),
    Floats(ListBuilder<Float32Builder>),
    Texts(ListBuilder<StringBuilder>),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        let of = |kind: Kind| Arc::new(Field::new_list_field(kind.arrow(), false));
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Int32 => Self::Int32(Int32Builder::new()),
            Kind::Int64 => Self::Int64(Int64Builder::new()),
            Kind::Float32 => Self::Float32(Float32Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Floats => Self::Floats(ListBuilder::new(Float32Builder::new()).with_field(of(Kind::Float32))),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new()).with_field(of(Kind::Text))),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Int32(b) => Arc::new(b.finish()),
            Self::Int64(b) => Arc::new(b.finish()),
            Self::Float32(b) => Arc::new(b.finish()),
            Self::Flag(b) => Arc::new(b.finish()),
            Self::Floats(b) => Arc::new(b.finish()),
            Self::Texts(b) => Arc::new(b.finish()),
        }
    }
}

/// The cells of the rows of a table that are not yet written.
pub struct Cells {
    table: &'static str,
    builders: Vec<Builder>,
    next: usize,
}

macro_rules! next {
    ($cells:ident, $kind:ident) => {{
        let at = $cells.next;
        $cells.next += 1;
        match $cells.builders.get_mut(at) {
            Some(Builder::$kind(builder)) => builder,
            _ => panic!("{}: the cell of column {at} is no {}", $cells.table, stringify!($kind)),
        }
    }};
}

impl Cells {
    /// No cells of `table`.
    pub(super) fn new(table: &Table) -> Self {
        let builders = table.columns.iter().map(|c| Builder::new(c.kind)).collect();
        Self { table: table.name, builders, next: 0 }
    }

    /// Every column has its cell of the row at hand. One too few is a bug in the row's `cells`.
    pub(super) fn end_row(&mut self) {
        assert_eq!(self.next, self.builders.len(), "{}: a row must have one cell for each column", self.table);
        self.next = 0;
    }

    /// The columns so far; empty afterwards.
    pub(super) fn take(&mut self) -> Vec<ArrayRef> {
        self.builders.iter_mut().map(Builder::finish).collect()
    }

    /// A text.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.maybe_text(Some(value))
    }

    /// A text or null.
    pub fn maybe_text(&mut self, value: Option<&str>) -> &mut Self {
        next!(self, Text).append_option(value);
        self
    }

    /// A time.
    pub fn time(&mut self, value: EventTime) -> &mut Self {
        self.maybe_time(Some(value))
    }

    /// A time or null.
    pub fn maybe_time(&mut self, value: Option<EventTime>) -> &mut Self {
        next!(self, Time).append_option(value.map(|t| t.0));
        self
    }

    /// A whole number of 32 bits; more is capped.
    pub fn int32(&mut self, value: impl TryInto<i32>) -> &mut Self {
        self.maybe_int32(Some(value))
    }

    /// The same, or null.
    pub fn maybe_int32(&mut self, value: Option<impl TryInto<i32>>) -> &mut Self {
        next!(self, Int32).append_option(value.map(|v| v.try_into().unwrap_or(i32::MAX)));
        self
    }

    /// A whole number of 64 bits; more is capped.
    pub fn int64(&mut self, value: impl TryInto<i64>) -> &mut Self {
        self.maybe_int64(Some(value))
    }

    /// The same, or null.
    pub fn maybe_int64(&mut self, value: Option<impl TryInto<i64>>) -> &mut Self {
        next!(self, Int64).append_option(value.map(|v| v.try_into().unwrap_or(i64::MAX)));
        self
    }

    /// A number, rounded to 32 bits.
    pub fn float32(&mut self, value: f64) -> &mut Self {
        self.maybe_float32(Some(value))
    }

    /// The same, or null.
    pub fn maybe_float32(&mut self, value: Option<f64>) -> &mut Self {
        next!(self, Float32).append_option(value.map(|v| v as f32));
        self
    }

    /// True or false.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        next!(self, Flag).append_value(value);
        self
    }

    /// A list of numbers.
    pub fn floats(&mut self, values: impl IntoIterator<Item = f64>) -> &mut Self {
        next!(self, Floats).append_value(values.into_iter().map(|v| Some(v as f32)));
        self
    }

    /// A list of texts.
    pub fn texts<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> &mut Self {
        next!(self, Texts).append_value(values.into_iter().map(Some));
        self
    }
}
