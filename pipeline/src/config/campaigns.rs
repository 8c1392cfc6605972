//! Reads the file of `campaigns`: which sku is made cheaper for members who stand at its shelf, by how much, and how far that may go.

use super::csv::{CsvFile, Known, needed, optional};
use super::reference::{Articles, PRICE_MAX_MINOR};
use operators::Campaign;
use schemas::{AsOf, Currency, Money, Sku};
use std::collections::BTreeMap;

pub(super) const CAMPAIGNS: [Known; 10] = [
    needed("name"),
    needed("sku"),
    needed("discount_minor"),
    needed("cost_minor"),
    optional("margin_floor_minor"),
    needed("budget_minor"),
    needed("valid_from"),
    optional("valid_until"),
    optional("receipts_min"),
    optional("holdout_permille"),
];

/// The campaigns in the file's order.
pub(super) fn read_campaigns(
    file: &CsvFile,
    articles: Option<&Articles>,
    prices: Option<&AsOf<Sku, i64>>,
    currency: Currency,
) -> Vec<Campaign> {
    let (mut campaigns, mut names) = (Vec::new(), BTreeMap::<String, usize>::new());
    for row in file.rows() {
        let minor = "whole minor units: 30 for 0.30";
        let discount = row.number("discount_minor", 1..=PRICE_MAX_MINOR, minor);
        let cost = row.number("cost_minor", 0..=PRICE_MAX_MINOR, minor);
        let floor = row.optional_number("margin_floor_minor", -PRICE_MAX_MINOR..=PRICE_MAX_MINOR, minor);
        let budget = row.number("budget_minor", 1..=PRICE_MAX_MINOR, minor);
        let receipts = row.optional_number("receipts_min", 0..=1_000_000, "receipts that a member must have");
        let holdout = row.optional_number("holdout_permille", 0..=1000, "of 1,000 members, how many are held out");
        let from = row.instant("valid_from");
        let until = row.optional("valid_until").map(|_| row.instant("valid_until"));
        if let (Some(from), Some(Some(until))) = (from, until)
            && until <= from
        {
            row.problem("valid_until", "is not after `valid_from`", "the campaign ends before this instant");
        }
        let sku = row.text("sku").and_then(Sku::new);
        if let Some(sku) = sku.as_ref().filter(|sku| articles.is_some_and(|articles| !articles.contains_key(*sku))) {
            row.problem("sku", format!("`{sku}` is not in the catalog"), "skus must be alike to the letter");
        }
        if let (Some(sku), Some(from), Some(discount)) = (&sku, from, discount)
            && let Some(price) = prices.and_then(|prices| prices.at(sku, from)).filter(|price| **price < discount)
        {
            row.problem("discount_minor", format!("is more than the price, {price}"), "nothing costs less than 0");
        }
        if let (Some(discount), Some(budget)) = (discount, budget)
            && budget < discount
        {
            row.problem("budget_minor", "is less than one discount", "what all its discounts together may come to");
        }
        let name = row.text("name").map(|name| name.trim().to_string());
        if let Some(name) = &name
            && let Some(line) = names.insert(name.clone(), row.line)
        {
            row.problem("name", format!("`{name}` is on line {line} already"), "receipts name what made them cheaper");
        }
        let (Some(name), Some(sku), Some(discount), Some(cost)) = (name, sku, discount, cost) else { continue };
        let (Some(budget_minor), Some(valid_from)) = (budget, from) else { continue };
        campaigns.push(Campaign {
            name,
            sku,
            discount: Money { minor: discount, currency },
            cost: Money { minor: cost, currency },
            margin_floor_minor: floor.flatten().unwrap_or(0),
            budget_minor,
            valid_from,
            valid_until: until.flatten(),
            receipts_min: receipts.flatten().unwrap_or(0),
            holdout_permille: holdout.flatten().unwrap_or(100),
        });
    }
    campaigns
}
