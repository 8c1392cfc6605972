//! Ingest of detections made elsewhere: MOTChallenge text and Parquet, sound, damaged and of the wrong form.

use arrow_array::{
    ArrayRef, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use pipeline::ingest::{Detected, DetectionsForm, DetectionsReader, DetectionsSpec};
use schemas::table::{Names, TableRow};
use schemas::{
    Box2, CameraId, Detection, EventTime, Fault, FaultKind, FrameDetections, FrameMeta, ModelId, Point, Score,
    Sighting, Wrist,
};
use std::path::Path;
use std::sync::Arc;

const START: i64 = 1_600_000_000_000_000;

fn spec(path: &Path, form: DetectionsForm) -> DetectionsSpec {
    DetectionsSpec {
        camera: CameraId::mint("test", "cam"),
        name: "cam".to_owned(),
        path: path.to_owned(),
        model: ModelId::mint("given"),
        form,
        ahead_us: 0,
        stop: Arc::default(),
    }
}

fn mot(fps: (u32, u32)) -> DetectionsForm {
    DetectionsForm::Mot { start: EventTime(START), fps, size: (640, 360) }
}

/// Everything that is read; asserts that time never goes back and that frames strictly advance.
fn read(path: &Path, form: DetectionsForm) -> Result<(Vec<FrameDetections>, Vec<Fault>), String> {
    let mut reader = DetectionsReader::open(spec(path, form)).map_err(|e| e.to_string())?;
    let (mut frames, mut faults, mut time) = (Vec::<FrameDetections>::new(), Vec::new(), EventTime(i64::MIN));
    while let Some(next) = reader.next() {
        let now = match &next {
            Detected::Frame(frame) => frame.meta.event_time,
            Detected::Fault(fault) => fault.event_time,
        };
        assert!(now >= time, "{next:?} after {time:?}");
        time = now;
        match next {
            Detected::Frame(frame) => {
                assert!(frames.last().is_none_or(|last| last.meta.event_time < frame.meta.event_time));
                frames.push(frame);
            }
            Detected::Fault(fault) => faults.push(fault),
        }
    }
    Ok((frames, faults))
}

fn write(folder: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("writable");
    path
}

#[test]
fn mot_rows_become_frames_in_order_with_exact_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "4,-1,10,20,30.5,40,0.5,-1,-1,-1\n2,-1,1,2,3,4\n2 -1 5.0e+00 6 7 8 -1\n\n30001,-1,1,1,1,1,2\n";
    let (frames, faults) = read(&write(&folder, "det.txt", text), mot((30_000, 1001))).expect("opens");
    assert_eq!(faults, []);
    assert_eq!(frames.len(), 30_000, "every frame from the first to the last");
    let (second, third, fourth, last) = (&frames[0], &frames[1], &frames[2], &frames[29_999]);
    assert_eq!((second.meta.sequence, second.meta.event_time.0 - START), (1, 33_367));
    assert_eq!((second.meta.width, second.meta.height), (640, 360));
    assert_eq!(second.detections[0], Detection::new(Box2::from_pixels(1.0, 2.0, 4.0, 6.0), Score::MAX));
    assert_eq!(second.detections[1].bbox, Box2::from_pixels(5.0, 6.0, 12.0, 14.0));
    assert_eq!((third.meta.event_time.0 - START, third.detections.len()), (66_733, 0));
    assert_eq!(fourth.detections, [Detection::new(Box2::from_pixels(10.0, 20.0, 40.5, 60.0), Score::from_unit(0.5))]);
    assert_eq!((last.meta.event_time.0 - START, last.detections[0].score), (1_001_000_000, Score::MAX));
}

#[test]
fn a_malformed_mot_row_is_a_fault_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "frame,id,left\n1,-1,1,1,5,5,1\n2,-1,1,1,nan,5,1\n2,-1,1,1,-5,5,1\n0,1,1,1,1,1\n2,1,3e6,1,5,5\n3,-1,1\n3,-1,1\n3,1,2,3,4,5\n";
    let (frames, faults) = read(&write(&folder, "det.txt", text), mot((10, 1))).expect("opens");
    assert_eq!(frames.iter().map(|f| f.detections.len()).collect::<Vec<_>>(), [1, 0, 1]);
    let said: Vec<_> = faults.iter().map(|f| (f.count, f.detail.as_str())).collect();
    let expected = [
        (1, "line 1: frame is not a number"),
        (1, "line 3: width is not a number"),
        (1, "line 4: width and height are not both positive"),
        (1, "line 5: frame is not a number from 1 to 3000000"),
        (1, "line 6: the box has no area, or lies beyond 1000000 pixels"),
        (2, "line 7: top is missing"),
    ];
    assert_eq!(said, expected);
    assert!(faults.iter().all(|f| f.kind == FaultKind::RowMalformed && f.event_time.0 == START));
}

#[test]
fn what_holds_no_detections_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(&folder, "words", "hello\n");
    let said = |path: &Path, form| read(path, form).expect_err("refused");
    let prefix = format!("camera cam: {}: ", path.display());
    assert_eq!(
        said(&path, mot((10, 1))),
        format!("{prefix}no line reads as frame,id,left,top,width,height,score; line 1: frame is not a number")
    );
    assert_eq!(said(&path, mot((0, 1))), format!("{prefix}frames a second and the picture's size must not be 0"));
    assert!(said(&path, DetectionsForm::Parquet).starts_with(&format!("{prefix}not a Parquet file that can be read")));
    assert!(said(&write(&folder, "empty", ""), mot((10, 1))).ends_with("the file is empty"));
    assert!(said(&write(&folder, "empty", ""), DetectionsForm::Parquet).ends_with("the file is empty"));
    assert!(said(&folder.path().join("absent"), DetectionsForm::Parquet).ends_with("there is no such file or folder"));
    assert!(said(folder.path(), DetectionsForm::Parquet).ends_with("the folder holds no part-*.parquet"));
}

fn sighting(camera: &str, ms: i64, left: f32) -> Sighting {
    let (camera, event_time) = (CameraId::mint("test", camera), EventTime(START + ms * 1000));
    let meta = FrameMeta { camera, event_time, sequence: ms as u64 / 100, width: 640, height: 360 };
    let mut detection = Detection::new(Box2::from_pixels(left, 1.0, left + 10.5, 20.0), Score::from_unit(0.75));
    detection.feet = (left > 50.0).then(|| Point::from_pixels(left + 5.0, 20.0));
    detection.wrists[1] =
        (left > 50.0).then(|| Wrist { at: Point::from_pixels(left, 9.0), score: Score::from_unit(0.5) });
    Sighting { meta, detection, tracklet: None, model: ModelId::mint("theirs") }
}

fn publish(path: &Path, batch: &RecordBatch, rows_max: usize) {
    let file = std::fs::File::create(path).expect("writable");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_max)).build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a schema");
    writer.write(batch).expect("rows");
    writer.close().expect("a footer");
}

fn names() -> Names {
    let cameras = ["cam", "other"].map(|name| (CameraId::mint("test", name), name.to_owned()));
    Names { cameras: cameras.into(), ..Names::default() }
}

#[test]
fn our_own_table_comes_back_as_it_was_from_a_folder_tree() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut expected = Vec::new();
    for (date, first_ms) in [("2020-09-13", 0), ("2020-09-14", 1_000_000)] {
        let day = folder.path().join("store=s").join(format!("date={date}"));
        std::fs::create_dir_all(&day).expect("new");
        let rows: Vec<_> = (0..6000)
            .map(|n| sighting(if n % 3 == 0 { "other" } else { "cam" }, first_ms + n / 4 * 100, (n % 100) as f32))
            .collect();
        let batch = Sighting::batch(&rows, &names()).expect("a batch");
        publish(&day.join("part-0-1.parquet"), &batch, 1000);
        std::fs::write(day.join(".part-1-2.parquet.tmp"), "half-written").expect("writable");
        expected.extend(rows.into_iter().filter(|row| row.meta.camera == CameraId::mint("test", "cam")));
    }
    let (frames, faults) = read(folder.path(), DetectionsForm::Parquet).expect("opens");
    assert_eq!(faults, []);
    let given: Vec<_> = frames.iter().flat_map(|f| f.detections.iter().map(|d| (f.meta, d.clone()))).collect();
    assert_eq!(given, expected.iter().map(|row| (row.meta, row.detection.clone())).collect::<Vec<_>>());
    assert!(frames.iter().all(|f| f.model == ModelId::mint("given")));
}

/// The required columns, by hand; `left` may be of any type.
fn plain(times_ms: &[i64], left: ArrayRef, widths: Vec<f32>) -> RecordBatch {
    let times = times_ms.iter().map(|ms| START + ms * 1000).collect::<Vec<_>>();
    let n = times.len();
    let right: Vec<f32> = widths.iter().map(|w| 10.0 + w).collect();
    RecordBatch::try_from_iter([
        ("event_time", Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")) as ArrayRef),
        ("frame", Arc::new(Int64Array::from_iter_values(0..n as i64))),
        ("frame_width_px", Arc::new(Int32Array::from(vec![640; n]))),
        ("frame_height_px", Arc::new(Int32Array::from(vec![360; n]))),
        ("left_px", left),
        ("top_px", Arc::new(Float32Array::from(vec![1.0; n]))),
        ("right_px", Arc::new(Float32Array::from(right))),
        ("bottom_px", Arc::new(Float32Array::from(vec![9.0; n]))),
        ("score", Arc::new(Float32Array::from(vec![0.5; n]))),
        ("note", Arc::new(StringArray::from(vec!["extra"; n]))),
    ])
    .expect("equal lengths")
}

#[test]
fn late_and_malformed_parquet_rows_are_faults_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.parquet");
    let left = Arc::new(Float32Array::from(vec![
        Some(10.0),
        Some(f32::NAN),
        Some(10.0),
        Some(10.0),
        None,
        Some(10.0),
        Some(10.0),
    ]));
    publish(&path, &plain(&[0, 0, 100, 50, 100, 100, 200], left, vec![-1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]), 100);
    let (frames, faults) = read(&path, DetectionsForm::Parquet).expect("opens");
    let counts: Vec<_> = frames.iter().map(|f| ((f.meta.event_time.0 - START) / 1000, f.detections.len())).collect();
    assert_eq!(counts, [(100, 2), (200, 1)]);
    let said: Vec<_> = faults.iter().map(|f| (f.kind, f.detail.as_str())).collect();
    let expected = [
        (FaultKind::RowMalformed, "rows.parquet row 1: the box has no area, or lies beyond 1000000 pixels"),
        (FaultKind::RowMalformed, "rows.parquet row 2: left_px is not a number"),
        (FaultKind::RowLate, "50000 us before the frame at hand: late"),
        (FaultKind::RowMalformed, "rows.parquet row 5: left_px is not a number"),
    ];
    assert_eq!(said, expected);
}

#[test]
fn wrong_and_absent_columns_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rows.parquet");
    publish(&path, &plain(&[0], Arc::new(Float64Array::from(vec![1.0])), vec![5.0]), 100);
    let said = read(&path, DetectionsForm::Parquet).expect_err("refused");
    assert!(said.ends_with("column left_px: expected Float32, found Float64"), "{said}");
    let batch = plain(&[0], Arc::new(Float32Array::from(vec![1.0])), vec![5.0]);
    publish(&path, &batch.project(&[0, 1, 2, 3, 4, 5, 6, 7]).expect("columns"), 100);
    let said = read(&path, DetectionsForm::Parquet).expect_err("refused");
    assert!(said.ends_with("column score: expected Float32, found nothing"), "{said}");
}

#[test]
fn a_damaged_parquet_file_never_panics() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("part-1.parquet");
    let rows: Vec<_> = (0..500).map(|n| sighting("cam", n * 100, (n % 100) as f32)).collect();
    publish(&path, &Sighting::batch(&rows, &names()).expect("a batch"), 100);
    let sound = std::fs::read(&path).expect("readable");
    let mut refused = 0;
    for seed in 0..60u64 {
        let (mut bytes, mut state) = (sound.clone(), (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..4 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = state as usize % bytes.len();
            bytes[at] ^= 1 << (state >> 61);
        }
        std::fs::write(&path, &bytes[..if seed % 5 == 0 { bytes.len() / 2 } else { bytes.len() }]).expect("writable");
        match read(&path, DetectionsForm::Parquet) {
            Ok((frames, _)) => assert!(frames.len() <= 500),
            Err(_) => refused += 1,
        }
    }
    assert!((12..60).contains(&refused), "{refused} of 60 refused");
}
