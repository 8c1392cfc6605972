//! Same input, same rows: workers, inference threads, a slow machine, a second run, a gate on moving pictures. The files are
//! compared byte by byte.

mod shop;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use shop::{Files, Shop};
use std::sync::Arc;
use std::time::Duration;

fn batches(files: &Files, table: &str) -> Vec<RecordBatch> {
    let mut found = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with(&format!("{table}/"))) {
        let bytes = bytes::Bytes::from(bytes.clone());
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect(name).build().expect(name);
        found.extend(reader.map(|batch| batch.expect("readable")));
    }
    found
}

#[test]
fn any_worker_count_thread_count_and_speed_give_the_same_files() {
    let Some(shop) = Shop::new(6) else { return };
    let (outcome, one) = shop.run("one", |_| {});
    assert!(outcome.is_ok(), "{:?}", outcome.err());
    let rows = |table: &str| batches(&one, table).iter().map(RecordBatch::num_rows).sum::<usize>();

    // What is compared is not nothing: 60 + 150 frames of two people, 120 of one, in files of two seconds.
    assert!((500..=540).contains(&rows("detections")), "{} detections", rows("detections"));
    let tracklets = batches(&one, "tracklets");
    let seen: i32 =
        (tracklets.iter()).flat_map(|b| b["frames_seen"].as_primitive::<Int32Type>().values().to_vec()).sum();
    assert!((3..=8).contains(&rows("tracklets")), "{} tracklets", rows("tracklets"));
    let floor = ["positions", "tracks", "memberships"].map(rows);
    assert!(floor[0] >= 60 && floor[1] >= 2 && floor[2] >= 2, "positions, tracks and memberships: {floor:?}");
    assert!(seen as usize >= rows("detections") * 95 / 100, "{seen} sightings in tracklets");
    let faults = batches(&one, "faults");
    assert_eq!(faults.iter().map(|b| b["count"].as_primitive::<Int64Type>().value(0)).sum::<i64>(), 1, "one bad row");
    assert!(one.keys().filter(|name| name.starts_with("detections/")).count() >= 4, "{:?}", one.keys());

    for workers in [2, 4] {
        let (outcome, other) = shop.run(&format!("workers-{workers}"), |options| {
            options.workers = workers;
            options.infer_threads = 3;
        });
        assert!(outcome.is_ok());
        assert!(one == other, "{workers} workers gave other files");
    }
    let (outcome, slow) = shop.run("slow", |options| {
        options.infer_threads = 4;
        options.throttle = Some(Arc::new(|ticket| Duration::from_micros(ticket.wrapping_mul(0x9E37_79B9) % 20_000)));
    });
    assert!(outcome.is_ok());
    assert!(one == slow, "a slow machine gave other files");
    let (outcome, again) = shop.run("one", |_| {});
    assert!(outcome.is_ok());
    assert!(one == again, "a second run into the same folder changed files");
}

#[test]
fn every_row_stands_in_the_file_of_its_range_in_order() {
    let Some(shop) = Shop::new(5) else { return };
    let (outcome, files) = shop.run("out", |_| {});
    assert!(outcome.is_ok());
    for (table, column) in
        [("detections", "event_time"), ("tracklets", "closed_at"), ("positions", "event_time"), ("tracks", "closed_at")]
    {
        for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with(&format!("{table}/"))) {
            let (lower, upper) = name.rsplit_once("part-").and_then(|(_, r)| r.split_once('-')).expect("a range");
            let time = |text: &str| {
                let text = text.trim_end_matches(".parquet").trim_end_matches('Z');
                let time: jiff::civil::DateTime =
                    jiff::fmt::strtime::parse("%Y%m%dT%H%M%S", text).and_then(|t| t.to_datetime()).expect("a time");
                time.to_zoned(jiff::tz::TimeZone::UTC).expect("UTC").timestamp().as_microsecond()
            };
            let one = Files::from([(name.clone(), bytes.clone())]);
            let mut last = i64::MIN;
            for batch in batches(&one, table) {
                let times = batch[column].as_primitive::<arrow_array::types::TimestampMicrosecondType>();
                for &t in times.values() {
                    assert!((time(lower)..time(upper)).contains(&t), "{name}: {t}");
                    assert!(t >= last, "{name} is not sorted");
                    last = t;
                }
            }
        }
    }
}

#[test]
fn a_folder_that_holds_something_else_is_refused() {
    let Some(shop) = Shop::new(1) else { return };
    let out = shop.path("out");
    std::fs::create_dir(&out).expect("made");
    std::fs::write(out.join("thesis.txt"), "do not overwrite").expect("written");
    let (outcome, files) = shop.run("out", |_| {});
    let said = outcome.err().expect("refused").to_string();
    assert!(said.contains("thesis.txt") && said.contains("--out"), "{said}");
    assert_eq!(files.len(), 1, "{:?}", files.keys());

    let (outcome, _) = shop.run("ours", |_| {});
    assert!(outcome.is_ok());
    let other = shop.plan("[track]\nmemory_ms = 3000");
    let said = pipeline::run::run(&other, &shop.options("ours")).err().expect("refused").to_string();
    assert!(said.contains("another run"), "{said}");
}

#[test]
fn a_camera_that_cannot_be_opened_is_an_error_or_a_fault() {
    let Some(shop) = Shop::new(2) else { return };
    std::fs::write(shop.path("left.mp4"), "this is no video").expect("written");
    let (outcome, files) = shop.run("out", |_| {});
    let said = outcome.err().expect("refused").to_string();
    assert!(said.contains("left") && said.contains("left.mp4") && said.contains("required = false"), "{said}");
    assert!(files.is_empty(), "nothing is written before every camera is open");

    let text = shop.text("").replace("path = \"left.mp4\"", "path = \"left.mp4\"\nrequired = false");
    let places = pipeline::config::plan::Places::default();
    let plan = pipeline::config::plan::Plan::read("store.toml", &text, places).expect("no problems");
    assert!(pipeline::run::run(&plan, &shop.options("rest")).is_ok());
    let files = shop::files(&shop.path("rest"));
    let kinds: Vec<String> = (batches(&files, "faults").iter())
        .flat_map(|b| b["kind"].as_string::<i32>().iter().flatten().map(str::to_string).collect::<Vec<_>>())
        .collect();
    assert_eq!(kinds, ["camera_unreadable", "row_malformed"]);
    assert!(!batches(&files, "detections").is_empty(), "the others ran");
}
