//! `aisleflow personalise` as its user sees it: both forms of a history, what is refused and where that is told, and coefficients.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

const DAY_US: i64 = 86_400_000_000;

/// Household, basket, day, sku, quantity.
type Row = (Option<i64>, &'static str, i64, &'static str, f64);

/// Milk every six days, bread now and then.
fn sound() -> Vec<Row> {
    let baskets = ["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"];
    let mut rows = Vec::new();
    for (n, basket) in baskets.into_iter().enumerate() {
        rows.push((Some(7), basket, 17_000 + 6 * n as i64, "milk", 1.0));
        if n % 3 == 0 {
            rows.push((Some(7), basket, 17_000 + 6 * n as i64, "bread", 2.0));
        }
    }
    rows
}

fn write(path: &Path, rows: &[Row], time: &str, sku: &str) {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("household_id", Arc::new(Int64Array::from_iter(rows.iter().map(|row| row.0)))),
        ("basket_id", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1)))),
        (time, Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.2 * DAY_US)))),
        (sku, Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.3)))),
        ("quantity", Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.4)))),
        ("category", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| format!("{}s", row.3))))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.expect("columns");
    let mut writer = ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("closed");
}

fn read(path: &Path) -> RecordBatch {
    let file = File::open(path).expect("a file");
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("a reader");
    let batches: Vec<RecordBatch> = batches.map(|batch| batch.expect("a batch")).collect();
    assert!(batches.len() <= 1, "these files are small");
    batches.into_iter().next().unwrap_or_else(|| panic!("{} has no rows", path.display()))
}

fn personalise(args: &[&str]) -> (String, String, i32) {
    let done = Command::new(env!("CARGO_BIN_EXE_aisleflow")).arg("personalise").args(args).output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&done.stdout), text(&done.stderr), done.status.code().unwrap_or(-1))
}

#[test]
fn a_history_becomes_suggestions_chances_and_profiles() {
    let place = tempfile::tempdir().expect("a folder");
    let (from, out) = (place.path().join("receipts.parquet"), place.path().join("out"));
    write(&from, &sound(), "ts", "item");
    let text = |path: &Path| path.display().to_string();
    let args = ["--receipts", &text(&from), "--out", &text(&out), "--as-of", "2016-09-05"];
    let (said, error, code) = personalise(&args);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    let suggestions = read(&out.join("suggestions.parquet"));
    let column = |name: &str| suggestions.column_by_name(name).expect("a column");
    assert_eq!(column("household_id").as_primitive::<Int64Type>().value(0), 7);
    assert_eq!(column("rank").as_primitive::<Int32Type>().values().to_vec(), [1, 2]);
    assert_eq!(column("item").as_string::<i32>().value(0), "milk");
    assert_eq!(column("reason").as_string::<i32>().value(0), "every 6 days");
    let due = read(&out.join("due.parquet"));
    assert_eq!((due.num_rows(), due.column(1).as_string::<i32>().value(0)), (1, "milks"), "bread is no habit");
    assert_eq!(read(&out.join("profiles.parquet")).num_rows(), 1);
}

#[test]
fn bad_rows_are_faults_and_move_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let path = |name: &str| place.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    write(&path("sound.parquet"), &sound(), "event_time", "sku");
    let mut rows = sound();
    rows.push(rows[2]);
    rows.extend([
        (Some(7), "b0", 17_000, "cheese", -1.0),
        (Some(7), "b1", 17_006, "a thing that nobody sells", 1.0),
        (Some(7), "tomorrow", 20_000, "milk", 1.0),
        (None, "b9", 17_050, "milk", 1.0),
        (Some(8), "b2", 17_012, "milk", 1.0),
        (Some(7), "b3", 17_018, "", 1.0),
    ]);
    write(&path("bad.parquet"), &rows, "event_time", "sku");
    let catalog: Vec<Row> = ["milk", "bread", "cheese"].map(|sku| (Some(0), "", 0, sku, 1.0)).to_vec();
    write(&path("catalog.parquet"), &catalog, "event_time", "sku");
    for name in ["sound", "bad"] {
        let (from, to, skus) = (text(&format!("{name}.parquet")), text(name), text("catalog.parquet"));
        let (said, error, code) =
            personalise(&["--receipts", &from, "--out", &to, "--now", "2020-01-01T00:00:00Z", "--catalog", &skus]);
        assert_eq!((code, error.as_str()), (0, ""), "{said}");
    }
    for file in ["suggestions.parquet", "due.parquet", "profiles.parquet"] {
        let [sound, bad] = ["sound", "bad"].map(|name| fs::read(path(name).join(file)).expect(file));
        assert_eq!(sound, bad, "{file}");
    }
    let faults = read(&path("bad").join("faults.parquet"));
    let mut kinds: Vec<&str> =
        faults.column_by_name("kind").expect("kinds").as_string::<i32>().iter().flatten().collect();
    kinds.sort_unstable();
    let expected = [
        "quantity_refused",
        "row_duplicate",
        "row_future",
        "row_malformed",
        "row_malformed",
        "row_malformed",
        "sku_unknown",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn who_asks_wrongly_is_told() {
    let place = tempfile::tempdir().expect("a folder");
    let (from, out) = (place.path().join("receipts.parquet"), place.path().join("out").display().to_string());
    write(&from, &sound(), "when", "sku");
    let from = from.display().to_string();
    let (_, error, code) = personalise(&["--receipts", &from, "--out", &out]);
    assert_eq!(code, 1);
    assert!(error.contains("event_time or ts"), "{error}");
    let (_, error, code) = personalise(&["--receipts", &from]);
    assert_eq!(code, 2, "{error}");
}

#[test]
fn fitted_coefficients_are_read_back_and_broken_ones_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = |name: &str| place.path().join(name).display().to_string();
    write(&place.path().join("receipts.parquet"), &sound(), "ts", "item");
    let (said, error, code) =
        personalise(&["fit", "--receipts", &path("receipts.parquet"), "--trees", "5", "--out", &path("c.json")]);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    let (said, error, code) = personalise(&[
        "--receipts",
        &path("receipts.parquet"),
        "--coefficients",
        &path("c.json"),
        "--out",
        &path("out"),
    ]);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    let broken = r#"{"suggest":{"base":0,"trees":[[[0,0,0],[65535,0,0]]]},"due":{"base":0,"trees":[]}}"#;
    fs::write(place.path().join("c.json"), broken).expect("written");
    let (_, error, code) = personalise(&[
        "--receipts",
        &path("receipts.parquet"),
        "--coefficients",
        &path("c.json"),
        "--out",
        &path("out"),
    ]);
    assert_eq!(code, 1);
    assert!(error.contains("tree 0 is broken"), "{error}");
}
