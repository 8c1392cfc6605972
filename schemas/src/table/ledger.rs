//! Tables of what was taken: `interactions`, `cart_line_changes`. Written where it is known what lies in the slots.

use super::ColumnType::{Float32, Int64, Text, Texts, Time};
use super::behaviour::{column, float32, int64, optional, text, time};
use super::visits::{MEMBER_ID, VISIT_ID, VISIT_ID_OR_NULL, attendees, int64_or_null, texts_or_null};
use super::{Column, Names, Table, TableRow};
use crate::cart::Alternative;
use crate::ledger::{CartLineChange, FinalInteraction};
use crate::money::Money;
use crate::time::EventTime;
use arrow_array::ArrayRef;
use arrow_array::builder::{ListBuilder, StringBuilder};
use std::sync::Arc;

pub(super) const SKU: Column = column("sku", Text, "", "Article, as the catalog names it", "4099887000018");
pub(super) const UNIT_PRICE: Column =
    optional(column("unit_price_minor", Int64, "minor", "What one costs, as of its take; null without a price", "189"));
/// `interactions`.
pub const INTERACTIONS: Table = Table {
    name: "interactions",
    version: 1,
    row: "Somebody took something out of a slot, or put it into one; final",
    range_column: "event_time",
    sorted_by: &["event_time", "interaction_id"],
    columns: &[
        column("event_time", Time, "us UTC", "When", "2020-02-20 12:01:44.2+00"),
        column("interaction_id", Text, "", "Identity: of the change on the shelf", "2f90ab13c4d5e678"),
        column("slot", Text, "", "From or into which slot, as the configuration names it", "A1.1"),
        optional(column("track_id", Text, "", "Who: see `tracks`; null where nobody known did it", "91c27d03b4aa6f15")),
        VISIT_ID_OR_NULL,
        MEMBER_ID,
        optional(column("sku", Text, "", "What; null where it is nothing of the catalog", "4099887000018")),
        column("quantity", Int64, "", "How many were taken; negative where they were put back", "1"),
        UNIT_PRICE,
        optional(column("currency", Text, "", "ISO 4217 code of the price", "EUR")),
        column("confidence", Float32, "0..1", "Probability that it was so", "0.93"),
        optional(column(
            "second_sku",
            Text,
            "",
            "What it was if it was otherwise: the likeliest alternative",
            "crisps-salt",
        )),
        optional(column("second_track_id", Text, "", "Who it was then", "91c27d03b4aa6f15")),
        optional(column("second_quantity", Int64, "", "How many then", "1")),
        optional(column("second_confidence", Float32, "0..1", "Probability of that", "0.05")),
        column(
            "alternatives",
            Texts,
            "",
            "All alternatives, likeliest first: `PROBABILITY QUANTITY SKU TRACK`, `-` where there is none",
            "[0.0500 1 crisps-salt 91c27d03b4aa6f15]",
        ),
        column(
            "billing_confidence",
            Float32,
            "0..1",
            "The same as far as anybody's bill goes: alternatives by which the same visit owes the same, or nobody owes anything, do not count against it",
            "0.98",
        ),
    ],
};

/// `cart_line_changes`.
pub const CART_LINE_CHANGES: Table = Table {
    name: "cart_line_changes",
    version: 1,
    row: "A cart line came or went. `sum(quantity * diff)` over all rows up to an instant is the cart at that instant",
    range_column: "changed_at",
    sorted_by: &["changed_at", "visit_id", "sku", "unit_price_minor", "diff", "quantity"],
    columns: &[
        column("changed_at", Time, "us UTC", "Start of the tick in which it did", "2020-02-20 12:01:44.2+00"),
        VISIT_ID,
        SKU,
        UNIT_PRICE,
        optional(column("currency", Text, "", "ISO 4217 code of the price", "EUR")),
        column("quantity", Int64, "", "How many of it the line has", "2"),
        column("diff", Int64, "", "1 = the line came, -1 = it went; a line that grows goes and comes", "1"),
    ],
};

pub(super) fn minor(amount: Money) -> i64 {
    amount.minor
}

/// Minor units and currency of prices, where there are any.
fn prices(values: impl Iterator<Item = Option<Money>> + Clone) -> [ArrayRef; 2] {
    [int64_or_null(values.clone().map(|v| v.map(minor))), texts_or_null(values.map(|v| v.map(|v| v.currency)))]
}

pub(super) fn lists<'r>(rows: impl Iterator<Item = Vec<String>> + 'r) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(super::text_field());
    rows.for_each(|row| lists.append_value(row.into_iter().map(Some)));
    Arc::new(lists.finish())
}

fn alternative(other: &Alternative) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_string());
    let (sku, track) =
        (or_none(other.sku.as_ref().map(|s| s.to_string())), or_none(other.track.map(|t| t.to_string())));
    format!("{:.4} {} {sku} {track}", other.score.unit(), other.quantity)
}

impl TableRow for FinalInteraction {
    const TABLE: &'static Table = &INTERACTIONS;

    fn range_time(&self) -> EventTime {
        self.interaction.event_time
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let told = rows.iter().map(|r| &r.interaction);
        let second = told.clone().map(|i| i.alternatives.first());
        let [visits, members] = attendees(rows.iter().map(|r| r.attendee));
        let [price, currency] = prices(told.clone().map(|i| i.unit_price));
        let second_score = second.clone().map(|a| a.map(|a| a.score.unit()));
        vec![
            time(told.clone().map(|i| i.event_time)),
            text(told.clone().map(|i| i.id.to_string())),
            text(told.clone().map(|i| names.slot(i.slot))),
            texts_or_null(told.clone().map(|i| i.track)),
            visits,
            members,
            texts_or_null(told.clone().map(|i| i.sku.as_ref())),
            int64(told.clone().map(|i| i.quantity)),
            price,
            currency,
            float32(told.clone().map(|i| i.confidence.unit())),
            texts_or_null(second.clone().map(|a| a.and_then(|a| a.sku.as_ref()))),
            texts_or_null(second.clone().map(|a| a.and_then(|a| a.track))),
            int64_or_null(second.map(|a| a.map(|a| a.quantity))),
            Arc::new(arrow_array::Float32Array::from_iter(second_score)),
            lists(told.map(|i| i.alternatives.iter().map(alternative).collect())),
            float32(rows.iter().map(|r| r.sure.unit())),
        ]
    }
}

impl TableRow for CartLineChange {
    const TABLE: &'static Table = &CART_LINE_CHANGES;

    fn range_time(&self) -> EventTime {
        self.changed_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort_by(|a, b| {
            let key = |row: &Self| (row.changed_at, row.line.visit);
            let rest = |row: &Self| (row.diff, row.line.quantity);
            (key(a), &a.line.goods, rest(a)).cmp(&(key(b), &b.line.goods, rest(b)))
        });
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        let [price, currency] = prices(rows.iter().map(|r| r.line.goods.unit_price));
        vec![
            time(rows.iter().map(|r| r.changed_at)),
            text(rows.iter().map(|r| r.line.visit.to_string())),
            text(rows.iter().map(|r| r.line.goods.sku.as_str())),
            price,
            currency,
            int64(rows.iter().map(|r| r.line.quantity)),
            int64(rows.iter().map(|r| r.diff)),
        ]
    }
}
