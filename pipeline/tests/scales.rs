//! Recorded scales as a source, through to steps: times that can be believed, faults counted, and a real shop's log.

use operators::{WeighSettings, Weigher};
use parquet::arrow::ArrowWriter;
use pipeline::adapt::nanostore::plates;
use pipeline::ingest::ScaleReader;
use pipeline::ingest::pace::Arrival;
use schemas::table::{Names, TableRow};
use schemas::{CameraId, EventTime, Fault, FaultKind, ScaleId, ScaleSample, WeightStep};
use std::collections::BTreeMap;
use std::path::Path;

const SECOND: i64 = 1_000_000;
/// 2026-11-23T08:00:00Z.
const START: i64 = 1_795_420_800 * SECOND;
const LATE: i64 = 2 * SECOND;

fn names() -> Names {
    let mut names = Names::default();
    names.scales.extend((1..=3).map(|n| (ScaleId(n), format!("plate-{n}"))));
    names.scales.insert(ScaleId(9), "plate-of-another-shop".into());
    names
}

fn scales() -> BTreeMap<String, ScaleId> {
    (1..=3).map(|n| (format!("plate-{n}"), ScaleId(n))).collect()
}

fn sample(scale: u64, event: i64, received: i64, weight_mg: Option<i64>) -> ScaleSample {
    let (event_time, received_at) = (EventTime(START + event), EventTime(START + received));
    ScaleSample { scale: ScaleId(scale), event_time, received_at, weight_mg }
}

fn write(path: &Path, rows: &[ScaleSample]) {
    let batch = ScaleSample::batch(rows, &names()).expect("columns");
    let mut writer =
        ArrowWriter::try_new(std::fs::File::create(path).expect("writable"), batch.schema(), None).expect("a schema");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

/// Everything that comes; checked: what closes never goes back, and nothing comes of a time that is closed.
fn read(path: &Path, scales: BTreeMap<String, ScaleId>) -> (Vec<Vec<ScaleSample>>, Vec<Fault>) {
    let mut reader =
        ScaleReader::open(path, scales, CameraId(9), LATE, &WeighSettings::default()).expect("opens").peekable();
    let start = reader.peek().map_or(EventTime(0), Arrival::closes);
    let (mut samples, mut faults, mut closed) = (Vec::new(), Vec::new(), start);
    for arrival in reader {
        assert!(arrival.closes() >= closed, "{arrival:?} after {closed:?}");
        closed = arrival.closes();
        match arrival {
            Arrival::Weighed { samples: some, .. } => {
                assert!(!some.is_empty() && some.iter().all(|sample| sample.event_time >= closed), "{some:?}");
                samples.push(some);
            }
            Arrival::Late { fault, .. } => faults.push(fault),
            other => panic!("{other:?}"),
        }
    }
    (samples, faults)
}

/// What three plates say for `seconds`, 10 times a second, in batches of a second, plate by plate.
fn calm(seconds: i64) -> Vec<ScaleSample> {
    let batch = |scale: u64, second: i64| {
        (0..10).map(move |k| sample(scale, second * SECOND + k * 100_000, (second + 1) * SECOND, Some(1000 + k)))
    };
    (0..seconds).flat_map(|second| (1..=3).flat_map(move |scale| batch(scale, second))).collect()
}

#[test]
fn what_arrives_together_comes_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scales.parquet");
    let rows = calm(60);
    write(&path, &rows);
    let (samples, faults) = read(&path, scales());
    assert!(faults.is_empty(), "{faults:?}");
    assert!(samples.len() <= 62, "{} arrivals of 60 instants", samples.len());
    assert_eq!(samples.concat(), rows, "each once, in order of arrival");
}

#[test]
fn a_clock_that_is_wrong_is_shifted_and_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scales.parquet");
    let mut rows = calm(60);
    for row in rows.iter_mut().filter(|row| row.scale == ScaleId(2)) {
        let second = (row.received_at.0 - START) / SECOND;
        // An hour ahead, then right for a while, then ten minutes behind.
        let by = if second < 20 {
            3_600
        } else if second < 40 {
            0
        } else {
            -600
        };
        row.event_time = row.event_time.plus_us(by * SECOND);
    }
    write(&path, &rows);
    let (samples, faults) = read(&path, scales());
    assert_eq!(samples.concat().len(), rows.len(), "nothing is lost");
    let told: Vec<_> = faults.iter().map(|fault| (fault.kind, fault.count, fault.detail.contains("plate-2"))).collect();
    assert_eq!(told, [(FaultKind::TimeDoubted, 1, true); 2], "{faults:?}");
    let own: Vec<i64> = samples.concat().iter().filter(|s| s.scale == ScaleId(2)).map(|s| s.event_time.0).collect();
    let even = own.windows(2).filter(|pair| pair[1] - pair[0] == 100_000).count();
    assert_eq!(even, own.len() - 3, "all but where the clock jumps stay as far apart as they were");
}

#[test]
fn strangers_silence_and_damage_are_faults_that_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = calm(40);
    for row in &mut rows {
        let second = (row.received_at.0 - START) / SECOND;
        row.scale = if row.scale == ScaleId(3) { ScaleId(9) } else { row.scale };
        row.weight_mg = row.weight_mg.filter(|_| row.scale != ScaleId(2) || !(15..30).contains(&second));
    }
    write(&folder.path().join("part-a.parquet"), &rows);
    std::fs::write(folder.path().join("part-b.parquet"), "no Parquet").expect("written");
    let (samples, faults) = read(folder.path(), scales());
    assert_eq!(samples.concat().len(), 800);
    let of = |kind| -> Vec<(u64, &str)> {
        faults.iter().filter(|fault| fault.kind == kind).map(|fault| (fault.count, fault.detail.as_str())).collect()
    };
    let silent = "no number for 10000 ms";
    let silences = of(FaultKind::ScaleSilent);
    assert_eq!(silences, [(1, &*format!("plate-3: {silent}")), (1, &*format!("plate-2: {silent}"))], "once each");
    let malformed = of(FaultKind::RowMalformed);
    let stranger = "plate-of-another-shop: there is no such scale";
    assert_eq!(malformed.iter().filter(|said| said.1 == stranger).map(|said| said.0).collect::<Vec<_>>(), [1, 399]);
    assert_eq!(malformed.len(), 3, "{malformed:?}");
}

#[test]
fn a_number_that_never_changes_is_told_in_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scales.parquet");
    let mut rows = calm(700);
    rows.iter_mut().filter(|row| row.scale == ScaleId(1)).for_each(|row| row.weight_mg = Some(77));
    write(&path, &rows);
    let (_, faults) = read(&path, scales());
    let told: Vec<_> = faults.iter().map(|fault| (fault.kind, fault.detail.as_str())).collect();
    assert_eq!(told, [(FaultKind::ScaleSilent, "plate-1: the same number for 600000 ms")]);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn the_nanostores_log_gives_its_one_take() {
    let Some(shared) = std::env::var_os("AISLEFLOW_SHARED").map(std::path::PathBuf::from) else {
        eprintln!("skipped: AISLEFLOW_SHARED is not set");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let written = plates(&shared.join("data/nanostore/benchmark1"), folder.path()).expect("adapted");
    assert_eq!((written.plates, written.left_out.len()), (278, 10));
    assert_eq!(written.samples, 278 * 86 * 12, "86 batches of 12");
    let mut names = BTreeMap::new();
    for gondola in 1..=4 {
        for (shelf, plate) in (1..=6).flat_map(|shelf| (1..=14).map(move |plate| (shelf, plate))) {
            let name = format!("plate-{gondola}.{shelf}.{plate}");
            names.insert(name.clone(), ScaleId::mint("nanostore", &name));
        }
    }
    let (samples, faults) = read(&written.file, names.clone());
    assert!(faults.iter().all(|fault| fault.kind == FaultKind::ScaleSilent), "{faults:?}");
    let mut weighers: BTreeMap<ScaleId, Weigher> = BTreeMap::new();
    let mut steps: Vec<WeightStep> = Vec::new();
    for sample in samples.concat() {
        let weigher =
            weighers.entry(sample.scale).or_insert_with(|| Weigher::new(sample.scale, &WeighSettings::default()));
        steps.extend(weigher.push(sample.event_time, sample.weight_mg).filter(|step| step.change_mg != 0));
    }
    let taken: Vec<_> = steps.iter().filter(|step| step.scale == names["plate-1.5.11"]).collect();
    assert_eq!(taken.len(), 1, "{steps:?}");
    let moment = 1_587_532_009_340_000;
    assert!(taken[0].from.0 <= moment && moment <= taken[0].until.0, "{:?}", taken[0]);
    assert!((taken[0].change_mg + 622_700).abs() < 1_000, "{:?}", taken[0]);
    assert!(steps.len() <= 3, "hardly anything else: {steps:?}");
}
