//! What somebody of the shop decides: a simulated shop is run, some of it is decided otherwise at the command line, and run again. The
//! receipts stay as they were made, and adjustments and charges follow the verdicts.

mod shop;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use clap::Parser;
use pipeline::cli::{Cli, main_with};
use pipeline::run::{RunOptions, run};
use shop::{plan, shop, table};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

const SHOP: &str = "shop = 'corner'\nseed = 5\nseconds = 240\nlevel = 'observations'\n\
    [people]\nat_once_max = 4\nstaff = 0\n[delivery]\nscale_hz = 10\n";

fn tables_of(folder: &Path, out: &Path, verdicts: bool) {
    let verdict = "[sensors]\nverdicts = \"verdicts.jsonl\"\n";
    let plan = plan(folder, |text| if verdicts { text.replace("[sensors]\n", verdict) } else { text });
    run(&plan, &RunOptions { infer_threads: 1, ..RunOptions::new(folder, out, folder) }).expect("runs");
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).expect("a column").as_string::<i32>();
    column.iter().map(|text| text.unwrap_or("-").to_string()).collect()
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<i64> {
    batch.column_by_name(name).expect("a column").as_primitive::<Int64Type>().values().to_vec()
}

/// What each visit's receipt and adjustments come to, and what was charged.
fn owed(out: &Path) -> BTreeMap<String, i64> {
    let mut owed = BTreeMap::new();
    for batch in table(out, "receipt_lines") {
        for (visit, minor) in texts(&batch, "visit_id").into_iter().zip(numbers(&batch, "total_minor")) {
            *owed.entry(visit).or_insert(0) += minor;
        }
    }
    let mut paid: BTreeMap<String, i64> = BTreeMap::new();
    for batch in table(out, "charges") {
        for (receipt, minor) in texts(&batch, "receipt_id").into_iter().zip(numbers(&batch, "amount_minor")) {
            *paid.entry(receipt).or_insert(0) += minor;
        }
    }
    assert_eq!(owed.values().sum::<i64>(), paid.values().sum::<i64>(), "everybody here is a member");
    owed
}

/// Receipts as they were made: visit and total.
fn receipts(out: &Path) -> BTreeMap<String, i64> {
    let of = |batch: &RecordBatch| texts(batch, "visit_id").into_iter().zip(numbers(batch, "total_minor"));
    table(out, "receipts").iter().flat_map(of).collect()
}

#[test]
fn receipts_stand_and_adjustments_follow_the_verdicts() {
    let place = tempfile::tempdir().expect("a folder");
    let (folder, before, after) = (place.path().join("shop"), place.path().join("before"), place.path().join("after"));
    shop(&folder, SHOP);
    tables_of(&folder, &before, false);

    // Takes of the first two visits that were billed for something.
    let was = owed(&before);
    let visits: Vec<&String> = was.iter().filter(|(_, minor)| **minor > 0).map(|(visit, _)| visit).collect();
    assert!(visits.len() >= 3, "{was:?}");
    let mut takes: BTreeMap<String, (String, String, i64)> = BTreeMap::new();
    let mut last = 0;
    for batch in table(&before, "interactions") {
        let rows = texts(&batch, "visit_id").into_iter().zip(texts(&batch, "interaction_id"));
        let goods = texts(&batch, "sku").into_iter().zip(numbers(&batch, "unit_price_minor"));
        for ((visit, id), (sku, price)) in rows.zip(goods).filter(|(_, (sku, _))| sku != "-") {
            takes.insert(visit, (id, sku, price));
        }
    }
    for batch in table(&before, "receipts") {
        let settled = batch.column_by_name("settled_at").expect("a column").as_primitive::<TimestampMicrosecondType>();
        last = settled.values().iter().copied().fold(last, i64::max);
    }
    let at = jiff::Timestamp::from_microsecond(last + 60_000_000).expect("a time").to_string();
    let verdicts = folder.join("verdicts.jsonl");
    let decide = |case: &str, words: &[&str]| {
        let start = ["aisleflow", "review", "decide", case];
        let (tables, file) = (before.display().to_string(), verdicts.display().to_string());
        let end = ["--tables", &tables, "--verdicts", &file, "--by", "ann", "--at", &at];
        let words = start.iter().chain(words).chain(&end).map(ToString::to_string);
        main_with(Cli::try_parse_from(words).expect("understood"))
    };
    let ((first, sku, price), second) = (&takes[visits[0]], &takes[visits[1]]);
    // It was the other who took it; and what the other had was not taken at all. A third pays nothing.
    assert_eq!(decide(first, &["took", "--visit", visits[1], "--sku", sku, "--quantity", "1"]), ExitCode::SUCCESS);
    assert_eq!(decide(&second.0, &["nothing"]), ExitCode::SUCCESS);
    assert_eq!(decide(visits[2], &["waived"]), ExitCode::SUCCESS);
    // What is about nothing is refused, and nothing is written.
    assert_eq!(decide("00000000000000aa", &["nothing"]), ExitCode::FAILURE);
    assert_eq!(decide(visits[0], &["cart", "--sku", "no such thing", "--quantity", "-1"]), ExitCode::FAILURE);
    let written = std::fs::read_to_string(&verdicts).expect("readable");
    assert_eq!(written.lines().count(), 3, "{written}");
    // Somebody else's pen: no JSON, and a verdict about what never was.
    let stranger = format!(
        "{{\"decided_at\": \"{at}\", \"decided_by\": \"x\", \"decision\": \"owed\", \"visit_id\": \"aa\"}}\nnot this\n"
    );
    std::fs::write(&verdicts, written + &stranger).expect("written");

    tables_of(&folder, &after, true);
    assert_eq!(receipts(&before), receipts(&after), "a receipt is never edited");
    let is = owed(&after);
    assert_eq!(is[visits[0]], was[visits[0]] - price);
    assert_eq!(is[visits[1]], was[visits[1]] + price - second.2);
    assert_eq!(is[visits[2]], 0);
    assert!(visits[3..].iter().all(|visit| is[*visit] == was[*visit]));
    let adjusted: usize = table(&after, "receipt_adjustments").iter().map(RecordBatch::num_rows).sum();
    assert_eq!(adjusted, 3 - usize::from(*price == second.2 && sku == &second.1));
    let mut refused = BTreeMap::new();
    for batch in table(&after, "faults") {
        for kind in texts(&batch, "kind") {
            *refused.entry(kind).or_insert(0) += 1;
        }
    }
    assert_eq!((refused.get("verdict_late"), refused.get("row_malformed")), (Some(&1), Some(&1)), "{refused:?}");
}
