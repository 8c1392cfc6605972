//! `verdicts`: what somebody of the shop decided. Read by a run, not written by it.

use super::ColumnType::{Int64, Text, Time};
use super::behaviour::{column, optional, text, time};
use super::visits::{int64_or_null, texts_or_null};
use super::{Names, Table, TableRow};
use crate::ids::{InteractionId, Sku, VisitId};
use crate::ledger::Goods;
use crate::money::Money;
use crate::time::EventTime;
use crate::verdict::{Decision, Dues, Ruling, Verdict};
use arrow_array::ArrayRef;

/// `verdicts`.
pub const VERDICTS: Table = Table {
    name: "verdicts",
    version: 1,
    row: "One decision of somebody of the shop. Of several about one interaction, or one visit's bill, the latest counts",
    range_column: "decided_at",
    sorted_by: &["decided_at"],
    columns: &[
        column("decided_at", Time, "us UTC", "When", "2020-02-20 12:30:00+00"),
        column("decided_by", Text, "", "By whom, in the shop's own words", "ann"),
        column(
            "decision",
            Text,
            "",
            "About an interaction: `stands`, `nothing` (was taken), `took` (visit, sku, quantity: so it was). About a visit: `owed` (they left; bill them), `waived` (they owe nothing), `cart` (sku, quantity, price: so many more in the cart, fewer where negative)",
            "took",
        ),
        optional(column("interaction_id", Text, "", "Which interaction it is about", "2f90ab13c4d5e678")),
        optional(column(
            "visit_id",
            Text,
            "",
            "Which visit it is about; for `took`: whose it was, null where nobody pays",
            "5d1a7c3be2f09648",
        )),
        optional(column("sku", Text, "", "Article", "4099887000018")),
        optional(column("quantity", Int64, "", "How many were taken; negative where they were put back", "1")),
        optional(column("unit_price_minor", Int64, "minor", "For `cart`: what one costs on the receipt", "189")),
        optional(column("currency", Text, "", "ISO 4217 code of the price", "EUR")),
    ],
};

/// A verdict as a table carries it: words and numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Of the decision.
    pub decision: String,
    /// As they stand in the columns.
    pub interaction_id: Option<String>,
    /// The same.
    pub visit_id: Option<String>,
    /// The same.
    pub sku: Option<String>,
    /// The same.
    pub quantity: Option<i64>,
    /// The same.
    pub unit_price: Option<Money>,
}

impl Written {
    /// The decision; in words what is missing or makes no sense.
    pub fn read(self) -> Result<Decision, String> {
        let Self { decision, interaction_id, visit_id, sku, quantity, unit_price } = self;
        let number = |text: &str, what| {
            u64::from_str_radix(text, 16).map_err(|_| format!("{what} is sixteen hexadecimal digits, not {text:?}"))
        };
        let visit = visit_id.map(|text| number(&text, "visit_id").map(VisitId)).transpose()?;
        let interaction = || {
            let text = interaction_id.ok_or_else(|| format!("`{decision}` needs interaction_id"))?;
            number(&text, "interaction_id").map(InteractionId)
        };
        let of_visit = || visit.ok_or_else(|| format!("`{decision}` needs visit_id"));
        let goods = || -> Result<(Sku, i64), String> {
            let sku = sku.as_deref().and_then(Sku::new).ok_or_else(|| format!("`{decision}` needs sku"))?;
            let quantity = quantity.filter(|n| *n != 0 && n.abs() <= QUANTITY_MOST);
            Ok((sku, quantity.ok_or_else(|| format!("`{decision}` needs quantity, not 0, up to {QUANTITY_MOST}"))?))
        };
        Ok(match decision.as_str() {
            "stands" => Decision::Interaction(interaction()?, Ruling::Stands),
            "nothing" => Decision::Interaction(interaction()?, Ruling::Nothing),
            "took" => {
                let (sku, quantity) = goods()?;
                Decision::Interaction(interaction()?, Ruling::Took { visit, sku, quantity })
            }
            "owed" => Decision::Visit(of_visit()?, Dues::Owed),
            "waived" => Decision::Visit(of_visit()?, Dues::Waived),
            "cart" => {
                let (sku, quantity) = goods()?;
                Decision::Cart(of_visit()?, Goods { sku, unit_price }, quantity)
            }
            other => return Err(format!("there is no decision {other:?}")),
        })
    }

    /// The other way round.
    pub fn of(decision: &Decision) -> Self {
        let mut written = Self { decision: decision.word().to_string(), ..Self::default() };
        match decision {
            Decision::Interaction(id, ruling) => {
                written.interaction_id = Some(id.to_string());
                if let Ruling::Took { visit, sku, quantity } = ruling {
                    written.visit_id = visit.map(|visit| visit.to_string());
                    (written.sku, written.quantity) = (Some(sku.to_string()), Some(*quantity));
                }
            }
            Decision::Visit(visit, _) => written.visit_id = Some(visit.to_string()),
            Decision::Cart(visit, goods, quantity) => {
                (written.visit_id, written.unit_price) = (Some(visit.to_string()), goods.unit_price);
                (written.sku, written.quantity) = (Some(goods.sku.to_string()), Some(*quantity));
            }
        }
        written
    }
}

/// Nobody took more of one thing at once.
pub const QUANTITY_MOST: i64 = 10_000;

impl TableRow for Verdict {
    const TABLE: &'static Table = &VERDICTS;

    fn range_time(&self) -> EventTime {
        self.decided_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        let written: Vec<Written> = rows.iter().map(|row| Written::of(&row.decision)).collect();
        let of = |get: fn(&Written) -> Option<&String>| texts_or_null(written.iter().map(get));
        vec![
            time(rows.iter().map(|r| r.decided_at)),
            text(rows.iter().map(|r| &r.decided_by)),
            text(written.iter().map(|w| &w.decision)),
            of(|w| w.interaction_id.as_ref()),
            of(|w| w.visit_id.as_ref()),
            of(|w| w.sku.as_ref()),
            int64_or_null(written.iter().map(|w| w.quantity)),
            int64_or_null(written.iter().map(|w| w.unit_price.map(|price| price.minor))),
            texts_or_null(written.iter().map(|w| w.unit_price.map(|price| price.currency))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn decisions_are_read_as_they_were_written() {
        let sku = Sku::new("tea").expect("not empty");
        let unit_price = Currency::new("EUR").map(|currency| Money { minor: 189, currency });
        let id = InteractionId(7);
        let took = |visit| Ruling::Took { visit, sku: sku.clone(), quantity: -2 };
        let decisions = [
            Decision::Interaction(id, Ruling::Stands),
            Decision::Interaction(id, Ruling::Nothing),
            Decision::Interaction(id, took(Some(VisitId(9)))),
            Decision::Interaction(id, took(None)),
            Decision::Visit(VisitId(9), Dues::Owed),
            Decision::Visit(VisitId(9), Dues::Waived),
            Decision::Cart(VisitId(9), Goods { sku: sku.clone(), unit_price }, 1),
            Decision::Cart(VisitId(9), Goods { sku, unit_price: None }, -1),
        ];
        for decision in decisions {
            assert_eq!(Written::of(&decision).read(), Ok(decision));
        }
        let written = |decision: &str| Written { decision: decision.to_string(), ..Written::default() };
        for (wrong, words) in [
            (written("maybe"), "there is no decision"),
            (written("took"), "needs sku"),
            (written("stands"), "needs interaction_id"),
            (written("owed"), "needs visit_id"),
            (Written { visit_id: Some("x".into()), ..written("owed") }, "hexadecimal"),
            (
                Written { visit_id: Some("1".into()), sku: Some("tea".into()), quantity: Some(0), ..written("cart") },
                "not 0",
            ),
        ] {
            let said = wrong.read().expect_err("it makes no sense");
            assert!(said.contains(words), "{said}");
        }
    }
}
