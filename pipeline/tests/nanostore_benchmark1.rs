//! The real shop's raw sensors, adapted and run with the example's configuration: the true receipt, and nothing else. What is
//! expected is what the recording's publisher says was taken; it stands here alone.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use assert_cmd::Command;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::adapt::nanostore::views;
use pipeline::config::plan::{Places, Plan};
use schemas::CameraModel;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One row: values by column, as text; none where null.
type Row = BTreeMap<String, Option<String>>;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nanostore-benchmark1.toml")
}

fn aisleflow(arguments: &[&str]) -> String {
    let output = Command::cargo_bin("aisleflow").expect("built").env_remove("AISLEFLOW_LOG").args(arguments).output();
    let output = output.expect("starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

fn value(column: &dyn Array, at: usize) -> Option<String> {
    (!column.is_null(at)).then(|| match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(at).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(at).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(at).to_string(),
        DataType::Float32 => column.as_primitive::<Float32Type>().value(at).to_string(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            column.as_primitive::<TimestampMicrosecondType>().value(at).to_string()
        }
        other => format!("{other}"),
    })
}

/// Every row of a table below `out`.
fn rows(out: &Path, table: &str) -> Vec<Row> {
    let (mut folders, mut found) = (vec![out.join(table)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = std::fs::File::open(&path).expect("a file");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("a reader");
            for batch in reader {
                let batch: RecordBatch = batch.expect("rows");
                let row = |at| {
                    let columns = batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
                    columns.into_iter().zip(batch.columns()).map(|(name, column)| (name, value(column, at))).collect()
                };
                found.extend((0..batch.num_rows()).map(row));
            }
        }
    }
    found
}

fn get<'r>(row: &'r Row, column: &str) -> &'r str {
    row[column].as_deref().unwrap_or("-")
}

#[test]
fn the_example_is_sound_and_has_the_cameras_that_the_adapter_sees_with() {
    let text = std::fs::read_to_string(example()).expect("the example");
    let folder = example();
    let places = Places { config: folder.parent(), ..Places::default() };
    let plan = Plan::read("nanostore-benchmark1.toml", &text, places).expect("no problems");
    let cameras: Vec<_> = plan.cameras.iter().map(|camera| (camera.name.as_str(), camera.model.clone())).collect();
    let ours = views().map(|(name, pinhole)| (name, Some(CameraModel::pinhole(pinhole).expect("a camera"))));
    assert_eq!(cameras, ours);
    assert_eq!((plan.gondolas.len(), plan.slots().count(), plan.scales.len()), (5, 114, 237));
    assert!(plan.reference.catalog.is_empty(), "it lies under --data");
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn the_real_sensors_give_exactly_the_true_receipt() {
    let shared =
        std::env::var_os("AISLEFLOW_SHARED").map(|shared| Path::new(&shared).join("data/nanostore/benchmark1"));
    let Some(from) = shared.filter(|from| from.is_dir()) else {
        eprintln!("skipped: no data/nanostore/benchmark1 in AISLEFLOW_SHARED");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = |path: &Path| path.to_str().expect("a plain name").to_string();
    let (data, out, config) = (folder.path().join("data"), folder.path().join("out"), path(&example()));
    aisleflow(&["adapt", "nanostore", "--from", &path(&from), "--out", &path(&data)]);
    aisleflow(&["check", "--config", &config, "--data", &path(&data)]);
    aisleflow(&["run", "--config", &config, "--data", &path(&data), "--out", &path(&out)]);

    let receipts = rows(&out, "receipts");
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    let owed = ["kind", "units", "units_unpriced", "total_minor", "currency"].map(|column| get(&receipts[0], column));
    assert_eq!(owed, ["anonymous", "1", "0", "100", "USD"]);
    let lines = rows(&out, "receipt_lines");
    let told = |row: &Row| ["sku", "name", "quantity", "total_minor"].map(|column| get(row, column).to_string());
    assert_eq!(lines.iter().map(told).collect::<Vec<_>>(), [["071142008582", "ARRWHD SPRNG WTR", "1", "100"]]);

    let taken = rows(&out, "interactions");
    assert_eq!(taken.len(), 1, "{taken:?}");
    let what = ["sku", "quantity", "slot", "unit_price_minor"].map(|column| get(&taken[0], column));
    assert_eq!(what, ["071142008582", "1", "1.5.11-12", "100"]);
    let tracks = rows(&out, "tracks");
    let who: Vec<&str> = tracks.iter().map(|row| get(row, "track_id")).collect();
    assert_eq!(who, [get(&taken[0], "track_id")], "the one shopper is one track");
    assert!(get(&taken[0], "confidence").parse::<f32>().expect("a number") > 0.9, "{taken:?}");
    let off_us = get(&taken[0], "event_time").parse::<i64>().expect("a time") - 1_587_532_009_340_000;
    assert!(off_us.abs() <= 300_000, "{off_us} us off");

    let visits = rows(&out, "visits");
    assert_eq!(visits.iter().map(|row| get(row, "outcome")).collect::<Vec<_>>(), ["left"]);
    for table in ["review_queue", "receipt_adjustments", "charges", "alerts"] {
        assert_eq!(rows(&out, table), [], "{table}");
    }
}
