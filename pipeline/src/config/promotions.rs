//! Reads the file of `promotions`: `kind`, `skus` and `categories` (lists, parted by `;`), `terms`, from when until when.
//!
//! | kind | terms | example |
//! | --- | --- | --- |
//! | `percent_off` | percent | `10` |
//! | `multi_buy` | so many for the price of so many | `3 for 2` |
//! | `bundle_price` | so many for a price in minor units | `2 for 300` |
//! | `member_price` | a price in minor units | `149` |

use super::csv::{CsvFile, Known, Row, needed, optional};
use super::file::nearest;
use super::reference::{Articles, PRICE_MAX_MINOR};
use operators::ledger::promote::{STATES_MAX, group_size};
use schemas::{EventTime, Promotion, Sku, Terms};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const PROMOTIONS: [Known; 7] = [
    optional("name"),
    needed("kind"),
    optional("skus"),
    optional("categories"),
    needed("terms"),
    needed("valid_from"),
    optional("valid_until"),
];

const KINDS: [&str; 4] = ["percent_off", "multi_buy", "bundle_price", "member_price"];
/// Most units of a group.
const TAKE_MAX: u32 = 100;

/// The promotions in the file's order, which is the order in which equals are preferred.
pub(super) fn read_promotions(file: &CsvFile, articles: Option<&Articles>) -> Vec<Promotion> {
    let mut promotions: Vec<(usize, Promotion)> = Vec::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for row in file.rows() {
        let terms = row.text("kind").and_then(|kind| read_terms(&row, kind));
        let (skus, categories) = (read_skus(&row, articles), read_categories(&row, articles));
        if row.optional("skus").or(row.optional("categories")).is_none() {
            row.problem("skus", "is empty, and so is `categories`", "name what the promotion is for, parted by `;`");
        }
        let from = row.instant("valid_from");
        let until = row.optional("valid_until").map(|_| row.instant("valid_until"));
        if let (Some(from), Some(Some(until))) = (from, until)
            && until <= from
        {
            row.problem("valid_until", "is not after `valid_from`", "the promotion ends before this instant");
        }
        let words = |column| row.optional(column).unwrap_or_default().trim().to_string();
        let name = match words("name") {
            name if name.is_empty() => format!("{} {}", words("kind").replace('_', " "), words("terms")),
            name => name,
        };
        if row.optional("name").is_some()
            && let Some(line) = names.insert(name.clone(), row.line)
        {
            row.problem("name", format!("`{name}` is on line {line} already"), "receipts name what made them cheaper");
        }
        if let (Some(terms), Some(valid_from)) = (terms, from) {
            let valid_until = until.flatten();
            promotions.push((row.line, Promotion { name, terms, skus, categories, valid_from, valid_until }));
        }
    }
    if let Some(articles) = articles {
        check_groups(file, &promotions, articles);
    }
    promotions.into_iter().map(|(_, promotion)| promotion).collect()
}

fn read_terms(row: &Row<'_>, kind: &str) -> Option<Terms> {
    let text = row.text("terms");
    let number = |text: &str, low: i64, high: i64| text.trim().parse().ok().filter(|n| (low..=high).contains(n));
    let pair = |text: &str, most: i64| {
        let (take, pay) = text.split_once(" for ")?;
        Some((u32::try_from(number(take, 2, i64::from(TAKE_MAX))?).ok()?, number(pay, 0, most)?))
    };
    let (terms, hint) = match kind.trim() {
        "percent_off" => {
            let percent = number(text?, 1, 100).and_then(|percent| u32::try_from(percent).ok());
            (percent.map(Terms::PercentOff), "whole percent, 1 to 100")
        }
        "multi_buy" => {
            let terms = pair(text?, i64::from(TAKE_MAX)).and_then(|(take, pay)| {
                let pay = u32::try_from(pay).ok().filter(|pay| (1..take).contains(pay))?;
                Some(Terms::MultiBuy { take, pay })
            });
            (terms, "so many for the price of fewer: 3 for 2")
        }
        "bundle_price" => {
            let terms = pair(text?, PRICE_MAX_MINOR).map(|(take, minor)| Terms::Bundle { take, minor });
            (terms, "so many for a price in whole minor units: 2 for 300 is two for 3.00")
        }
        "member_price" => {
            (number(text?, 0, PRICE_MAX_MINOR).map(Terms::MemberPrice), "whole minor units: 149 for 1.49")
        }
        _ => {
            row.problem("kind", format!("`{kind}` is not known"), format!("one of: {}", KINDS.join(", ")));
            return None;
        }
    };
    if terms.is_none() {
        row.problem("terms", format!("`{}` is no {}", text?, kind.trim()), hint);
    }
    terms
}

/// The words of a list, each once.
fn list<'r>(row: &'r Row<'_>, column: &'static str) -> BTreeSet<&'r str> {
    let mut words = BTreeSet::new();
    let texts = row.optional(column).unwrap_or_default().split(';').map(str::trim).filter(|word| !word.is_empty());
    for word in texts {
        if !words.insert(word) {
            row.problem(column, format!("`{word}` is named twice"), "");
        }
    }
    words
}

fn read_skus(row: &Row<'_>, articles: Option<&Articles>) -> BTreeSet<Sku> {
    let skus: BTreeSet<Sku> = list(row, "skus").into_iter().filter_map(Sku::new).collect();
    for sku in skus.iter().filter(|sku| articles.is_some_and(|articles| !articles.contains_key(sku))) {
        row.problem("skus", format!("`{sku}` is not in the catalog"), "skus must be alike to the letter");
    }
    skus
}

fn read_categories(row: &Row<'_>, articles: Option<&Articles>) -> BTreeSet<String> {
    let named: BTreeSet<String> = list(row, "categories").into_iter().map(str::to_string).collect();
    let Some(articles) = articles else { return named };
    let known = articles.values().filter_map(|line| line.what.category.as_ref());
    let known: BTreeSet<&str> = known.map(String::as_str).collect();
    for category in named.iter().filter(|category| !known.contains(category.as_str())) {
        let reason = format!("no article of the catalog is of category `{category}`");
        row.problem("categories", reason, nearest(category, known.iter().copied()));
    }
    named
}

/// A cart is divided exactly among promotions of groups that overlap; this has a bound.
fn check_groups(file: &CsvFile, promotions: &[(usize, Promotion)], articles: &Articles) {
    let covers = |promotion: &Promotion, sku: &Sku| {
        let category = articles.get(sku).and_then(|line| line.what.category.as_ref());
        promotion.skus.contains(sku) || category.is_some_and(|category| promotion.categories.contains(category))
    };
    let until = |promotion: &Promotion| promotion.valid_until.unwrap_or(EventTime(i64::MAX));
    let meet = |a: &Promotion, b: &Promotion| {
        a.valid_from < until(b)
            && b.valid_from < until(a)
            && articles.keys().any(|sku| covers(a, sku) && covers(b, sku))
    };
    let grouped =
        promotions.iter().filter_map(|(line, promotion)| Some((line, promotion, group_size(promotion.terms)?)));
    // Promotions that meet, directly or by way of others, with the product of their sizes.
    let mut parts: Vec<(Vec<&Promotion>, usize)> = Vec::new();
    for (&line, promotion, size) in grouped {
        let joins = |(part, _): &(Vec<&Promotion>, usize)| part.iter().any(|other| meet(other, promotion));
        let (joined, apart): (Vec<_>, Vec<_>) = parts.into_iter().partition(joins);
        parts = apart;
        let states = joined.iter().fold(size, |states, (_, other)| states.saturating_mul(*other));
        if states > STATES_MAX {
            let reason = format!("overlaps with others to {states} states, more than {STATES_MAX}");
            file.problem(line, "terms", reason, "fewer or smaller multi-buys of the same skus at the same time");
        }
        let members = joined.into_iter().flat_map(|(members, _)| members).chain([promotion]);
        parts.push((members.collect(), states));
    }
}
