//! The tables of the floor: what the stitcher says, bound, concluded and written. A wrong join that is put right in time leaves the
//! same bytes, for any number of workers.

mod shop;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use operators::{BindSettings, DataflowTime};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::assemble::write_floor;
use pipeline::sink::commit::{Committer, Patience};
use pipeline::sink::write::{Origin, Writing};
use schemas::table::Names;
use schemas::{
    Binding, CameraId, FloorPoint, Rebinding, Share, Step, Stitched, StretchId, Tick, TickLength, TrackId, TrackletId,
};
use shop::{Files, files};
use std::sync::Arc;
use timely::dataflow::operators::{Concatenate, Input, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

/// 2026-11-23T08:00:00Z in ticks of 100 ms.
const START: u64 = 17_954_208_000;

fn rebind(at: u64, stretch: u64, track: u64, diff: i64) -> (u64, Stitched) {
    let binding = Binding { stretch: StretchId(stretch), track: TrackId(track) };
    (START + at, Stitched::Rebind(Rebinding { binding, diff }))
}

/// Two people for 90 s; at 30 s each begins a new stretch, and for 5 s, if `wrong`, they are taken for each other.
fn said(wrong: bool) -> Vec<(u64, Stitched)> {
    let mut said = vec![rebind(0, 1, 1, 1), rebind(0, 2, 2, 1)];
    let (a, b) = if wrong { (2, 1) } else { (1, 2) };
    said.extend([rebind(300, 3, a, 1), rebind(300, 4, b, 1)]);
    if wrong {
        said.extend([rebind(350, 3, a, -1), rebind(350, 3, b, 1), rebind(350, 4, b, -1), rebind(350, 4, a, 1)]);
    }
    for (tick, person) in (0..900u64).flat_map(|tick| [(tick, 1), (tick, 2)]) {
        let stretch = StretchId(if tick < 300 { person } else { person + 2 });
        let at = FloorPoint { x_mm: 100 * (tick % 50) as i32, y_mm: 1_000 * person as i32 };
        let shares =
            vec![Share { camera: CameraId(tick / 450), tracklet: Some(TrackletId(person + 10 * (tick / 450))) }];
        let step = Step { stretch, tick: Tick(START + tick), at, spread_mm: 90, height_mm: 1_700, shares };
        said.push((START + tick + 2, Stitched::Step(step)));
    }
    said.sort();
    said
}

fn write(said: &[(u64, Stitched)], workers: usize) -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    let committer = Committer::open(folder.path(), "{}", None, Patience::default()).expect("empty");
    let (writer, writing) = Writing::start(committer, || {}).expect("a thread");
    let tick = TickLength::from_us(100_000).expect("not zero");
    let mut names = Names::default();
    names.cameras.extend([(CameraId(0), "door".to_string()), (CameraId(1), "aisle".to_string())]);
    let range = TickLength::from_us(20_000_000).expect("not zero");
    // Less than these tables need: each brings its own.
    let origin = Origin { store: "s".into(), names: Arc::new(names), tick, range, hold_us: 1_000 };
    let settings = BindSettings { tick, lag: 5, window: 100, silence: 50 };
    let said = said.to_vec();
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let mut input = InputHandle::<DataflowTime, _>::new();
        let probe = ProbeHandle::new();
        worker.dataflow(|scope| {
            let stitched = scope.input_from(&mut input);
            scope.concatenate(write_floor(stitched, settings, &origin, &writer)).probe_with(&probe);
        });
        for (i, (at, row)) in said.iter().enumerate() {
            input.advance_to(*at);
            if i % worker.peers() == worker.index() {
                input.send(row.clone());
            }
            if i % 64 == 0 {
                input.flush();
                worker.step();
            }
        }
        input.close();
        worker.step_or_park_while(None, || !probe.done());
    });
    for worker in guards.expect("workers").join() {
        worker.expect("no panic");
    }
    writing.join().expect("written");
    files(folder.path())
}

#[test]
fn a_correction_in_time_leaves_the_same_files() {
    let right = write(&said(false), 1);
    for workers in [1, 2, 4] {
        assert!(write(&said(true), workers) == right, "{workers} workers");
    }
    let of = |table: &str| {
        let files = right.iter().filter(|(name, _)| name.starts_with(&format!("{table}/")));
        let batches = files.flat_map(|(name, bytes)| {
            let bytes = bytes::Bytes::from(bytes.clone());
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect(name).build().expect(name);
            reader.map(|batch| batch.expect("readable")).collect::<Vec<_>>()
        });
        batches.collect::<Vec<_>>()
    };
    let positions = of("positions");
    assert_eq!(positions.len(), 5, "90 s in ranges of 20 s");
    assert_eq!(positions.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1_800);
    let [tracks] = of("tracks").try_into().expect("one file");
    assert_eq!(tracks["positions"].as_primitive::<Int32Type>().values(), &[900, 900]);
    assert_eq!(tracks["stretches"].as_primitive::<Int32Type>().values(), &[2, 2]);
    // In each of 18 rounds of 0..4,900 mm 16 strides of 300 mm, and between them the way back from where the last one ended.
    assert_eq!(tracks["path_mm"].as_primitive::<Int64Type>().values(), &[(18 + 17) * 4_800; 2]);
    let closed = tracks["closed_at"].as_primitive::<TimestampMicrosecondType>().value(0);
    assert_eq!(closed, 100_000 * (START + 899 + 105 + 50) as i64);
    let cameras = tracks["cameras"].as_list::<i32>().value(0);
    assert_eq!(cameras.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["aisle", "door"]);
    assert_eq!(of("memberships").iter().map(|batch| batch.num_rows()).sum::<usize>(), 4, "two tracklets each");
}
