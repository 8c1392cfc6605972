//! Cases: what tables say of interactions, visits and what waits for a decision.

use super::ReviewError;
use crate::annotate::AnnotateError;
use crate::annotate::parts::Parts;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use schemas::{Currency, EventTime, Money};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Something to decide.
pub(super) struct Case {
    /// The interaction, or else the visit.
    pub(super) id: String,
    at: EventTime,
    reason: String,
    visit: Option<String>,
    value: Option<Money>,
    units: i64,
}

/// What the shop says of an interaction.
pub(super) struct Told {
    at: EventTime,
    slot: String,
    track: Option<String>,
    visit: Option<String>,
    sku: Option<String>,
    quantity: i64,
    confidence: f32,
    alternatives: Vec<String>,
}

/// When and where something was, and what is known of it, in words.
pub(super) struct Known {
    pub(super) at: EventTime,
    pub(super) slot: Option<String>,
    pub(super) lines: Vec<String>,
}

/// Everything that a review needs of the tables.
pub(super) struct Book {
    pub(super) cases: Vec<Case>,
    pub(super) interactions: BTreeMap<String, Told>,
    pub(super) visits: BTreeSet<String>,
    /// What one costs on the receipts of a visit, by visit and sku.
    prices: BTreeMap<(String, String), BTreeSet<Option<Money>>>,
}

/// One row's values by name; none where a column is missing, of another type, or null.
struct Row<'b>(&'b RecordBatch, usize);

impl Row<'_> {
    fn column(&self, name: &str) -> Option<&dyn Array> {
        Some(self.0.column_by_name(name)?.as_ref()).filter(|column| column.is_valid(self.1))
    }

    fn text(&self, name: &str) -> Option<String> {
        Some(self.column(name)?.as_string_opt::<i32>()?.value(self.1).to_string())
    }

    fn number(&self, name: &str) -> Option<i64> {
        Some(self.column(name)?.as_primitive_opt::<Int64Type>()?.value(self.1))
    }

    fn share(&self, name: &str) -> Option<f32> {
        Some(self.column(name)?.as_primitive_opt::<Float32Type>()?.value(self.1))
    }

    fn time(&self, name: &str) -> Option<EventTime> {
        Some(EventTime(self.column(name)?.as_primitive_opt::<TimestampMicrosecondType>()?.value(self.1)))
    }

    fn texts(&self, name: &str) -> Option<Vec<String>> {
        let values = self.column(name)?.as_list_opt::<i32>()?.value(self.1);
        Some(values.as_string_opt::<i32>()?.iter().flatten().map(String::from).collect())
    }

    fn money(&self, minor: &str) -> Option<Money> {
        Some(Money { minor: self.number(minor)?, currency: Currency::new(&self.text("currency")?)? })
    }
}

/// Every row of a table as `read` makes them; one that it cannot read is an error.
fn rows<T>(
    tables: &Path,
    store: &str,
    table: &'static str,
    read: impl Fn(&Row<'_>) -> Option<T>,
) -> Result<Vec<T>, AnnotateError> {
    let (mut parts, mut all) = (Parts::open(tables, store, table)?, Vec::new());
    let of = |batch: &RecordBatch| (0..batch.num_rows()).map(|at| read(&Row(batch, at))).collect::<Option<Vec<T>>>();
    while let Some(some) = parts.next(of)? {
        all.extend(some);
    }
    Ok(all)
}

/// The one store of which there are tables.
fn store(tables: &Path) -> Result<String, ReviewError> {
    let wrong = |reason: String| ReviewError::Store { path: tables.to_path_buf(), reason };
    let entries = std::fs::read_dir(tables.join("interactions"));
    let entries = entries.map_err(|error| wrong(format!("there are no interactions: {error}")))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let stores: Vec<String> = names.filter_map(|name| Some(name.strip_prefix("store=")?.to_string())).collect();
    match &stores[..] {
        [one] => Ok(one.clone()),
        [] => Err(wrong("there are no interactions".to_string())),
        _ => Err(wrong(format!("there are several stores: {}", stores.join(", ")))),
    }
}

impl Book {
    pub(super) fn read(tables: &Path) -> Result<Self, ReviewError> {
        let store = store(tables)?;
        let cases = rows(tables, &store, "review_queue", |row| {
            let (interaction, visit) = (row.text("interaction_id"), row.text("visit_id"));
            Some(Case {
                id: interaction.or_else(|| visit.clone())?,
                at: row.time("event_time")?,
                reason: row.text("reason")?,
                visit,
                value: row.money("value_minor"),
                units: row.number("units")?,
            })
        })?;
        let interactions = rows(tables, &store, "interactions", |row| {
            let told = Told {
                at: row.time("event_time")?,
                slot: row.text("slot")?,
                track: row.text("track_id"),
                visit: row.text("visit_id"),
                sku: row.text("sku"),
                quantity: row.number("quantity")?,
                confidence: row.share("confidence")?,
                alternatives: row.texts("alternatives")?,
            };
            Some((row.text("interaction_id")?, told))
        })?;
        let lines = rows(tables, &store, "receipt_lines", |row| {
            Some(((row.text("visit_id")?, row.text("sku")?), row.money("unit_price_minor")))
        })?;
        let mut prices: BTreeMap<(String, String), BTreeSet<Option<Money>>> = BTreeMap::new();
        for (goods, price) in lines {
            prices.entry(goods).or_default().insert(price);
        }
        let visits = rows(tables, &store, "visits", |row| row.text("visit_id"))?.into_iter().collect();
        Ok(Self { cases, interactions: interactions.into_iter().collect(), visits, prices })
    }

    /// What one costs on the visit's receipt.
    pub(super) fn price(&self, visit: &str, sku: &str) -> Result<Option<Money>, ReviewError> {
        let prices = self.prices.get(&(visit.to_string(), sku.to_string()));
        match prices.map(|prices| prices.iter().copied().collect::<Vec<_>>()).as_deref() {
            Some([one]) => Ok(*one),
            Some(_) => Err(ReviewError::Senseless(format!("{sku} stands at several prices on it: say --price"))),
            None => Err(ReviewError::Senseless(format!("no {sku:?} stands on a receipt of {visit}: say --price"))),
        }
    }

    /// A case in one line.
    pub(super) fn line(&self, case: &Case) -> String {
        let value = case.value.map_or(String::new(), |value| format!("  {}", words(value)));
        let told = match self.interactions.get(&case.id) {
            Some(told) => format!("  {}  {}", told.slot, told.words()),
            None => format!("  {} unit(s)", case.units),
        };
        let visit =
            case.visit.as_deref().filter(|visit| *visit != case.id).map_or(String::new(), |v| format!("  visit {v}"));
        format!("{}  {}  {:13}{visit}{told}{value}", case.id, time(case.at), case.reason)
    }

    /// What is known of a case, an interaction or a visit.
    pub(super) fn known(&self, id: &str) -> Option<Known> {
        let cases: Vec<&Case> = self.cases.iter().filter(|case| case.id == id).collect();
        let mut lines: Vec<String> = cases.iter().map(|case| self.line(case)).collect();
        let Some(told) = self.interactions.get(id) else {
            return cases.first().map(|case| Known { at: case.at, slot: None, lines });
        };
        if lines.is_empty() {
            lines.push(format!("{id}  {}  {}  {}", time(told.at), told.slot, told.words()));
        }
        lines.push(format!(
            "by track {}, visit {}",
            told.track.as_deref().unwrap_or("-"),
            told.visit.as_deref().unwrap_or("-")
        ));
        lines.extend(told.alternatives.iter().map(|other| format!("or {other}")));
        Some(Known { at: told.at, slot: Some(told.slot.clone()), lines })
    }
}

impl Told {
    fn words(&self) -> String {
        let (verb, count) = if self.quantity < 0 { ("put back", -self.quantity) } else { ("took", self.quantity) };
        format!("{verb} {count} x {} ({:.2})", self.sku.as_deref().unwrap_or("something unknown"), self.confidence)
    }
}

fn time(at: EventTime) -> String {
    jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().strftime("%F %T%.1fZ").to_string()
}

fn words(value: Money) -> String {
    format!(
        "{}{}.{:02} {}",
        if value.minor < 0 { "-" } else { "" },
        value.minor.abs() / 100,
        value.minor.abs() % 100,
        value.currency
    )
}
