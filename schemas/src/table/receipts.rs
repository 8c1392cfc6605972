//! Tables of receipts: `receipts`, `receipt_lines`, `receipt_adjustments`, `charges`. Written where visits are settled.

use super::ColumnType::{Int32, Int64, Text, Texts, Time};
use super::behaviour::{column, int32, int64, optional, text, time};
use super::ledger::{SKU, UNIT_PRICE, lists, minor};
use super::visits::{MEMBER_ID, VISIT_ID, int64_or_null, texts_or_null};
use super::{Column, Names, Table, TableRow};
use crate::ids::ReceiptId;
use crate::ledger::{Charge, Receipt, ReceiptAdjustment, ReceiptLine};
use crate::time::EventTime;
use arrow_array::ArrayRef;

const CURRENCY: Column =
    column("currency", Text, "", "ISO 4217 code of the amounts; `XXX` in a shop without prices", "EUR");
const RECEIPT_ID: Column = column("receipt_id", Text, "", "The receipt: see `receipts`", "7a1b90c4d2e35f68");
const ADJUSTMENT: Column = column(
    "adjustment",
    Int32,
    "",
    "0 = of the receipt itself; n = of its n-th adjustment: see `receipt_adjustments`",
    "0",
);

/// `receipts`.
pub const RECEIPTS: Table = Table {
    name: "receipts",
    version: 1,
    row: "What one visit was billed when it was settled; never changed: see `receipt_adjustments`",
    range_column: "settled_at",
    sorted_by: &["settled_at", "receipt_id"],
    columns: &[
        column("receipt_id", Text, "", "Identity: a hash of the visit", "7a1b90c4d2e35f68"),
        VISIT_ID,
        column("kind", Text, "", "`member`, or `anonymous` (no charge follows): see `visits`", "member"),
        MEMBER_ID,
        column("left_at", Time, "us UTC", "When the last of them was outside", "2020-02-20 12:04:31.8+00"),
        column("settled_at", Time, "us UTC", "Start of the tick that made it", "2020-02-20 12:04:33.8+00"),
        column("lines", Int32, "", "Lines on it: see `receipt_lines`", "3"),
        column("units", Int64, "", "Units on it", "5"),
        column("units_unpriced", Int64, "", "Of these, units without a price, which are reviewed", "0"),
        column("gross_minor", Int64, "minor", "Prices of all units together", "745"),
        column("discount_minor", Int64, "minor", "What promotions and offers take off", "99"),
        column("total_minor", Int64, "minor", "What is left to pay", "646"),
        CURRENCY,
    ],
};

/// `receipt_lines`.
pub const RECEIPT_LINES: Table = Table {
    name: "receipt_lines",
    version: 1,
    row: "One line of a receipt, or of an adjustment, where numbers are differences. Summed by receipt, sku and price they are what is owed",
    range_column: "settled_at",
    sorted_by: &["settled_at", "receipt_id", "adjustment", "line"],
    columns: &[
        column("settled_at", Time, "us UTC", "Start of the tick that made it", "2020-02-20 12:04:33.8+00"),
        RECEIPT_ID,
        ADJUSTMENT,
        column("line", Int32, "", "Place among the lines made together, from 1", "1"),
        VISIT_ID,
        SKU,
        column("name", Text, "", "What the catalog calls it", "Oat drink 1 l"),
        optional(column("tax_class", Text, "", "Tax class, by the catalog", "reduced")),
        column("quantity", Int64, "", "How many", "3"),
        UNIT_PRICE,
        column("gross_minor", Int64, "minor", "Their prices together", "567"),
        column("discount_minor", Int64, "minor", "What promotions and offers take off", "189"),
        column("total_minor", Int64, "minor", "What is left to pay", "378"),
        CURRENCY,
        column(
            "promotions",
            Texts,
            "",
            "Promotions that take part in the line's discount as it is now, and the campaigns of offers that do, by name",
            "[3 for 2 on oat drinks]",
        ),
    ],
};

/// `receipt_adjustments`.
pub const RECEIPT_ADJUSTMENTS: Table = Table {
    name: "receipt_adjustments",
    version: 1,
    row: "What was changed about a receipt after it was made; its lines stand in `receipt_lines`",
    range_column: "adjusted_at",
    sorted_by: &["adjusted_at", "receipt_id", "adjustment"],
    columns: &[
        column("adjusted_at", Time, "us UTC", "Start of the tick that made it", "2020-02-20 12:09:10.0+00"),
        RECEIPT_ID,
        column("adjustment", Int32, "", "The how-manieth of this receipt, from 1", "1"),
        VISIT_ID,
        MEMBER_ID,
        column("lines", Int32, "", "Lines that changed", "1"),
        column("units", Int64, "", "By how many units there are more; negative where there are fewer", "-1"),
        column(
            "change_minor",
            Int64,
            "minor",
            "By how much there is more to pay; negative where there is less",
            "-189",
        ),
        column("total_minor", Int64, "minor", "What is to pay altogether, from then on", "457"),
        CURRENCY,
    ],
};

/// `charges`.
pub const CHARGES: Table = Table {
    name: "charges",
    version: 1,
    row: "What the payment provider is to be told, once for each receipt and adjustment that changes what a member pays",
    range_column: "charged_at",
    sorted_by: &["charged_at", "idempotency_key"],
    columns: &[
        column("charged_at", Time, "us UTC", "Start of the tick that made it", "2020-02-20 12:04:33.8+00"),
        column(
            "idempotency_key",
            Text,
            "",
            "Unique: two charges with one key are one payment",
            "7a1b90c4d2e35f68-0-c0ffee1234567890",
        ),
        RECEIPT_ID,
        ADJUSTMENT,
        column("member_id", Text, "", "On whose account", "c0ffee1234567890"),
        column("amount_minor", Int64, "minor", "How much; negative where it is paid back, never 0", "646"),
        CURRENCY,
    ],
};

fn receipts(values: impl Iterator<Item = ReceiptId>) -> ArrayRef {
    text(values.map(|id| id.to_string()))
}

impl TableRow for Receipt {
    const TABLE: &'static Table = &RECEIPTS;

    fn range_time(&self) -> EventTime {
        self.settled_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
        rows.sort_by_key(|r| (r.settled_at, r.id));
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        vec![
            receipts(rows.iter().map(|r| r.id)),
            text(rows.iter().map(|r| r.visit.to_string())),
            text(rows.iter().map(|r| r.kind.word())),
            texts_or_null(rows.iter().map(|r| r.member)),
            time(rows.iter().map(|r| r.left_at)),
            time(rows.iter().map(|r| r.settled_at)),
            int32(rows.iter().map(|r| r.lines)),
            int64(rows.iter().map(|r| r.units)),
            int64(rows.iter().map(|r| r.units_unpriced)),
            int64(rows.iter().map(|r| r.gross.minor)),
            int64(rows.iter().map(|r| r.discount.minor)),
            int64(rows.iter().map(|r| r.total.minor)),
            text(rows.iter().map(|r| r.total.currency.to_string())),
        ]
    }
}

impl TableRow for ReceiptLine {
    const TABLE: &'static Table = &RECEIPT_LINES;

    fn range_time(&self) -> EventTime {
        self.settled_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.settled_at)),
            receipts(rows.iter().map(|r| r.receipt)),
            int32(rows.iter().map(|r| r.adjustment)),
            int32(rows.iter().map(|r| r.line)),
            text(rows.iter().map(|r| r.visit.to_string())),
            text(rows.iter().map(|r| r.goods.sku.as_str())),
            text(rows.iter().map(|r| r.name.as_str())),
            texts_or_null(rows.iter().map(|r| r.tax_class.as_ref())),
            int64(rows.iter().map(|r| r.quantity)),
            int64_or_null(rows.iter().map(|r| r.goods.unit_price.map(minor))),
            int64(rows.iter().map(|r| r.gross.minor)),
            int64(rows.iter().map(|r| r.discount.minor)),
            int64(rows.iter().map(|r| r.total.minor)),
            text(rows.iter().map(|r| r.total.currency.to_string())),
            lists(rows.iter().map(|r| r.promotions.clone())),
        ]
    }
}

impl TableRow for ReceiptAdjustment {
    const TABLE: &'static Table = &RECEIPT_ADJUSTMENTS;

    fn range_time(&self) -> EventTime {
        self.adjusted_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.adjusted_at)),
            receipts(rows.iter().map(|r| r.receipt)),
            int32(rows.iter().map(|r| r.adjustment)),
            text(rows.iter().map(|r| r.visit.to_string())),
            texts_or_null(rows.iter().map(|r| r.member)),
            int32(rows.iter().map(|r| r.lines)),
            int64(rows.iter().map(|r| r.units)),
            int64(rows.iter().map(|r| r.change.minor)),
            int64(rows.iter().map(|r| r.total.minor)),
            text(rows.iter().map(|r| r.total.currency.to_string())),
        ]
    }
}

impl TableRow for Charge {
    const TABLE: &'static Table = &CHARGES;

    fn range_time(&self) -> EventTime {
        self.charged_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort_by_key(|r| (r.charged_at, r.idempotency_key()));
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.charged_at)),
            text(rows.iter().map(|r| r.idempotency_key())),
            receipts(rows.iter().map(|r| r.receipt)),
            int32(rows.iter().map(|r| r.adjustment)),
            text(rows.iter().map(|r| r.member.to_string())),
            int64(rows.iter().map(|r| r.amount.minor)),
            text(rows.iter().map(|r| r.amount.currency.to_string())),
        ]
    }
}
