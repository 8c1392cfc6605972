//! Reads the `[files]` of a `store.toml`: catalog, planogram, prices, promotions, campaigns, and what they say of each other.

use super::Problem;
use super::campaigns::{CAMPAIGNS, read_campaigns};
use super::csv::{CsvFile, Known, needed, optional};
use super::file::Section;
use super::plan::{Places, ReferencePlan};
use super::promotions::{PROMOTIONS, read_promotions};
use super::read::FilesDigest;
use super::sensors::nearest_few;
use schemas::{Article, AsOf, Currency, EventTime, PackageShape, PriceBook, Sku, SlotId, Stocking};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

const CATALOG: [Known; 10] = [
    needed("sku"),
    needed("name"),
    optional("category"),
    optional("unit_weight_mg"),
    optional("tax_class"),
    optional("width_mm"),
    optional("depth_mm"),
    optional("height_mm"),
    optional("shape"),
    optional("image"),
];
const PLANOGRAM: [Known; 5] =
    [needed("slot"), needed("sku"), optional("facings"), optional("capacity"), needed("valid_from")];
const PRICES: [Known; 3] = [needed("sku"), needed("price_minor"), needed("valid_from")];

/// Heaviest unit, 1 t.
const WEIGHT_MAX_MG: i64 = 1_000_000_000;
/// Dearest unit.
pub(super) const PRICE_MAX_MINOR: i64 = 1_000_000_000_000;

/// What stands on one line: for those who find out later that it is wrong.
pub(super) struct Line<T> {
    line: usize,
    pub(super) what: T,
}

/// The catalog, as it was read.
pub(super) type Articles = BTreeMap<Sku, Line<Article>>;

/// One row of the planogram.
struct Placed {
    slot: SlotId,
    from: EventTime,
    stocking: Option<Stocking>,
}

/// Reads the files; `slots` are all slots by name. Their problems go to `elsewhere`, their bytes count for the digest.
pub(super) fn read_reference(
    mut section: Section<'_, '_>,
    places: Places<'_>,
    currency: Option<Option<Currency>>,
    slots: &BTreeMap<String, SlotId>,
    elsewhere: &mut Vec<Problem>,
    digest: &mut FilesDigest,
) -> ReferencePlan {
    let under_data = section.choice("under", &[("config", false), ("data", true)], false);
    let mut open = |key: &'static str, known: &[Known]| {
        let (name, span) = section.optional_text(key)?;
        let folder = match (under_data, places.data) {
            (true, Some(data)) => data,
            // Nobody says where what was recorded is.
            (true, None) => return Some(Opened { span, file: None }),
            (false, _) => places.config.unwrap_or(Path::new("")),
        };
        let path = folder.join(&name);
        match std::fs::read(&path) {
            Ok(bytes) => {
                digest.add(key, &bytes);
                let file = CsvFile::read(&path.display().to_string(), &bytes, known);
                Some(Opened { span, file: Some(file) })
            }
            Err(error) => {
                let hint = if under_data { "is --data right?" } else { "paths are relative to the configuration" };
                section.problem(key, Some(span.clone()), format!("{}: {error}", path.display()), hint);
                Some(Opened { span, file: None })
            }
        }
    };
    let catalog = open("catalog", &CATALOG);
    let planogram = open("planogram", &PLANOGRAM);
    let prices = open("prices", &PRICES);
    let promotions = open("promotions", &PROMOTIONS);
    let campaigns = open("campaigns", &CAMPAIGNS);
    for (key, opened, needs, found) in [
        ("planogram", &planogram, "`catalog`", catalog.is_some()),
        ("prices", &prices, "`catalog`", catalog.is_some()),
        ("prices", &prices, "`store.currency`", currency.is_some()),
        ("promotions", &promotions, "`catalog`", catalog.is_some()),
        ("campaigns", &campaigns, "`prices`", prices.is_some()),
    ] {
        if let (Some(Opened { span, .. }), false) = (opened, found) {
            section.problem(key, Some(span.clone()), format!("needs {needs}"), format!("write {needs} too"));
        }
    }
    section.close();

    let [catalog, planogram, prices, promotions, campaigns] =
        [catalog, planogram, prices, promotions, campaigns].map(|opened| opened.and_then(|opened| opened.file));
    let articles = catalog.as_ref().map(read_catalog);
    // A file whose rows could not all be read says nothing about the others: first things first.
    let known = articles.as_ref().filter(|_| catalog.as_ref().is_some_and(CsvFile::is_sound));
    let priced = prices.as_ref().map(|file| read_prices(file, known));
    let priced_soundly = priced.as_ref().filter(|_| prices.as_ref().is_some_and(CsvFile::is_sound));
    if let (Some(file), Some(known), Some(priced)) = (&catalog, known, priced_soundly) {
        for (sku, Line { line, .. }) in known.iter().filter(|(sku, _)| priced.first(sku).is_none()) {
            file.problem(*line, "sku", format!("`{sku}` has no price"), "add it to the file of `prices`");
        }
    }
    let placed = planogram.as_ref().map(|file| {
        let placed = read_planogram(file, slots);
        check_planogram(file, &placed, known, priced_soundly);
        placed
    });
    let promoted = promotions.as_ref().map(|file| read_promotions(file, known));
    let coin = currency.flatten().unwrap_or(Currency::NONE);
    let offered = campaigns.as_ref().map(|file| read_campaigns(file, known, priced_soundly, coin));
    elsewhere.extend(
        [catalog, planogram, prices, promotions, campaigns].into_iter().flatten().flat_map(CsvFile::into_problems),
    );
    let (promotions, campaigns) = (promoted.unwrap_or_default(), offered.unwrap_or_default());
    let mut plan = ReferencePlan { promotions, campaigns, ..ReferencePlan::default() };
    plan.catalog = articles.unwrap_or_default().into_iter().map(|(sku, line)| (sku, line.what)).collect();
    for Line { what: Placed { slot, from, stocking }, .. } in placed.unwrap_or_default() {
        // Two of one instant are a problem, and then there is no plan.
        let _ = plan.planogram.insert(slot, from, stocking);
    }
    plan.prices = priced.zip(currency.flatten()).map(|(minor, currency)| PriceBook { currency, minor });
    plan
}

/// A file that a key names; without its rows where they cannot be read.
struct Opened {
    span: Range<usize>,
    file: Option<CsvFile>,
}

fn read_catalog(file: &CsvFile) -> Articles {
    let mut articles: Articles = BTreeMap::new();
    for row in file.rows() {
        let text = |column| row.optional(column).map(str::to_string);
        let unit_weight_mg = row.optional_number("unit_weight_mg", 1..=WEIGHT_MAX_MG, "whole milligrams").flatten();
        let sides = ["width_mm", "depth_mm", "height_mm"];
        let sizes = sides.map(|side| {
            row.optional_number(side, 1.0..=10_000.0, "millimetres").map(|n| n.map(|n: f64| n.round() as i32))
        });
        let size_mm = match sizes {
            [Some(Some(width)), Some(Some(depth)), Some(Some(height))] => Some([width, depth, height]),
            [Some(None), Some(None), Some(None)] => None,
            _ => {
                if sizes.iter().all(Option::is_some) {
                    row.problem("width_mm", "is one of three that go together", sides.join(", "));
                }
                None
            }
        };
        let shape = row.optional("shape").and_then(|word| {
            let shape = PackageShape::ALL.iter().find(|(known, _)| *known == word);
            if shape.is_none() {
                let known: Vec<&str> = PackageShape::ALL.iter().map(|(word, _)| *word).collect();
                row.problem("shape", format!("`{word}` is not known"), format!("one of: {}", known.join(", ")));
            }
            shape.map(|(_, shape)| *shape)
        });
        let name = row.text("name").unwrap_or_default().to_string();
        let (category, tax_class, image) = (text("category"), text("tax_class"), text("image"));
        let Some(sku) = row.text("sku").and_then(Sku::new) else { continue };
        if let Some(Line { line, .. }) = articles.get(&sku) {
            row.problem("sku", format!("`{sku}` is on line {line} already"), "one row for each sku");
            continue;
        }
        let what = Article { name, category, unit_weight_mg, tax_class, size_mm, shape, image };
        articles.insert(sku, Line { line: row.line, what });
    }
    articles
}

fn read_prices(file: &CsvFile, articles: Option<&Articles>) -> AsOf<Sku, i64> {
    let mut prices = AsOf::default();
    for row in file.rows() {
        let minor = row.number("price_minor", 0..=PRICE_MAX_MINOR, "whole minor units: 199 for 1.99");
        let from = row.instant("valid_from");
        let Some(sku) = row.text("sku").and_then(Sku::new) else { continue };
        if articles.is_some_and(|articles| !articles.contains_key(&sku)) {
            row.problem("sku", format!("`{sku}` is not in the catalog"), "skus must be alike to the letter");
        }
        // A price that is no number is a price all the same to whoever asks whether there is one.
        if prices.insert(sku.clone(), from.unwrap_or(EventTime(i64::MIN)), minor.unwrap_or(0)).is_err()
            && from.is_some()
        {
            row.problem("valid_from", format!("`{sku}` has a price from this instant already"), "");
        }
    }
    prices
}

fn read_planogram(file: &CsvFile, slots: &BTreeMap<String, SlotId>) -> Vec<Line<Placed>> {
    let mut placed: Vec<Line<Placed>> = Vec::new();
    let mut taken: BTreeMap<(SlotId, EventTime), usize> = BTreeMap::new();
    for row in file.rows() {
        let facings = row.optional_number("facings", 1..=1000, "how many side by side");
        let capacity = row.optional_number("capacity", 0..=100_000, "how many fit");
        let from = row.instant("valid_from");
        let slot = row.text("slot").and_then(|slot| {
            let id = slots.get(slot).copied();
            if id.is_none() {
                row.problem("slot", format!("there is no slot `{slot}`"), nearest_few(slot, slots));
            }
            id
        });
        let (Some(slot), Some(from), Some(facings), Some(capacity)) = (slot, from, facings, capacity) else { continue };
        if let Some(line) = taken.insert((slot, from), row.line) {
            let reason = format!("line {line} says what is in the slot from this instant on already");
            row.problem("valid_from", reason, "one sku in a slot at a time");
            continue;
        }
        let sku = row.optional("sku").and_then(Sku::new);
        let stocking = sku.map(|sku| Stocking { sku, facings: facings.unwrap_or(1), capacity });
        placed.push(Line { line: row.line, what: Placed { slot, from, stocking } });
    }
    placed
}

/// Whether everything that is to lie in a slot is an article, and has a price from then on.
fn check_planogram(
    file: &CsvFile,
    placed: &[Line<Placed>],
    articles: Option<&Articles>,
    prices: Option<&AsOf<Sku, i64>>,
) {
    for Line { line, what } in placed {
        let Some(Stocking { sku, .. }) = &what.stocking else { continue };
        if articles.is_some_and(|articles| !articles.contains_key(sku)) {
            file.problem(*line, "sku", format!("`{sku}` is not in the catalog"), "skus must be alike to the letter");
        } else if let Some(first) = prices.and_then(|prices| prices.first(sku)).filter(|first| *first > what.from) {
            let first = jiff::Timestamp::from_microsecond(first.0).map(|first| first.to_string());
            let reason = format!("`{sku}` lies here before it has a price, from {}", first.unwrap_or_default());
            file.problem(*line, "valid_from", reason, "what can be taken must have a price");
        }
    }
}
