//! The tables of the floor: what the stitcher says, bound, concluded and written. A wrong join that is put right in time leaves the
//! same bytes, for any number of workers.

mod shop;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use operators::{BindSettings, DataflowTime, DwellSettings, IdentifySettings, Identifying, Rules};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::assemble::{Visited, write_floor};
use pipeline::sink::commit::{Committer, Patience};
use pipeline::sink::write::{Origin, Writing};
use schemas::table::Names;
use schemas::{
    Binding, CameraId, CheckedScan, Claim, CodeId, FloorPoint, Gate, GateId, MemberId, Rebinding, Role, Share,
    SpacePoint, Step, Stitched, StretchId, Tick, TickLength, TrackId, TrackletId, Ways, Zone,
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
        // In over the line at x = 0, to and fro, and out at the end: the second a second after the first.
        let from = tick.saturating_sub(10 * person);
        let x_mm = match tick {
            0..50 => 100 * from as i32 - 1_000,
            870.. => 4_900 - 200 * (tick as i32 - 870),
            _ => 100 * (tick % 50) as i32,
        };
        let at = FloorPoint { x_mm, y_mm: 1_000 * person as i32 };
        let shares =
            vec![Share { camera: CameraId(tick / 450), tracklet: Some(TrackletId(person + 10 * (tick / 450))) }];
        let step = Step { stretch, tick: Tick(START + tick), at, spread_mm: 90, height_mm: 1_700, shares };
        said.push((START + tick + 2, Stitched::Step(step)));
    }
    said.sort();
    said
}

/// What lies beyond x = 0, the floor, and a part of it; and a gate on that line.
fn door() -> (Gate, Vec<Zone>) {
    let zone = |name, low: i32, high: i32| {
        let corner = |x_mm, y_mm| FloorPoint { x_mm, y_mm };
        let corners = vec![corner(low, 0), corner(high, 0), corner(high, 5_000), corner(low, 5_000)];
        Zone::new("s", name, corners).expect("a zone")
    };
    let zones = vec![zone("street", -5_000, 0), zone("floor", 0, 9_000), zone("shelf", 2_000, 3_000)];
    let line = [FloorPoint { x_mm: 0, y_mm: 5_000 }, FloorPoint { x_mm: 0, y_mm: 0 }];
    let reader = SpacePoint { x_mm: -300, y_mm: 1_500, z_mm: 1_000 };
    (Gate { id: GateId(1), name: "gate".into(), ways: Ways::Both, zone: zones[0].id(), reader, line }, zones)
}

fn scan(code: u64, at: u64) -> CheckedScan {
    let event_time = TickLength::from_us(100_000).expect("not zero").start(Tick(START + at));
    let void_at = event_time.plus_us(300_000_000);
    let claim = Claim { code: CodeId(code), member: MemberId(code), role: Role::Member, party: 1, void_at };
    CheckedScan { gate: GateId(1), event_time, received_at: event_time, claim: Ok(claim) }
}

fn write(said: &[(u64, Stitched)], workers: usize) -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    let committer = Committer::open(folder.path(), "{}", None, Patience::default()).expect("empty");
    let (writer, writing) = Writing::start(committer, || {}).expect("a thread");
    let tick = TickLength::from_us(100_000).expect("not zero");
    let mut names = Names::default();
    names.cameras.extend([(CameraId(0), "door".to_string()), (CameraId(1), "aisle".to_string())]);
    let settings = BindSettings { tick, lag: 5, window: 100, silence: 50 };
    let (gate, zones) = door();
    names.gates.insert(gate.id, gate.name.clone());
    names.zones.extend(zones.iter().map(|zone| (zone.id(), zone.name().to_string())));
    let mut rules = Rules::new(tick, IdentifySettings::default(), settings.silence);
    (rules.doorway.gates, rules.doorway.outside) = (vec![gate], zones[..1].to_vec());
    rules.doorway.inside = zones[1..].to_vec();
    let identifying = Identifying { bind: settings, lag: 2, rules: Arc::new(rules) };
    let range = TickLength::from_us(20_000_000).expect("not zero");
    // Less than these tables need: each brings its own.
    let origin = Origin { store: "s".into(), names: Arc::new(names), tick, range, hold_us: 1_000 };
    let said = said.to_vec();
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let mut input = InputHandle::<DataflowTime, _>::new();
        let mut codes = InputHandle::<DataflowTime, _>::new();
        let probe = ProbeHandle::new();
        worker.dataflow(|scope| {
            let (stitched, scans) = (scope.input_from(&mut input), scope.input_from(&mut codes));
            let zones = identifying.rules.doorway.inside.clone();
            let shop =
                Visited { identifying: identifying.clone(), zones, dwell: DwellSettings::default(), goods: None };
            let (written, _) = write_floor(scope, stitched, scans, settings, shop, &origin, &writer);
            scope.concatenate(written).probe_with(&probe);
        });
        if worker.index() == worker.peers() - 1 {
            for (code, at) in [(1, 12), (2, 20)] {
                codes.advance_to(START + at);
                codes.send(scan(code, at));
            }
        }
        codes.close();
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
    assert!(tracks["path_mm"].as_primitive::<Int64Type>().values().iter().all(|path| *path > 150_000));
    let closed = tracks["closed_at"].as_primitive::<TimestampMicrosecondType>().value(0);
    assert_eq!(closed, 100_000 * (START + 899 + 105 + 50) as i64);
    let cameras = tracks["cameras"].as_list::<i32>().value(0);
    assert_eq!(cameras.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["aisle", "door"]);
    let [visits] = of("visits").try_into().expect("one file");
    let texts = |batch: &RecordBatch, name: &str| {
        let column = batch[name].as_string::<i32>();
        column.iter().map(|text| text.unwrap_or("-").to_string()).collect::<Vec<_>>()
    };
    let mut members = texts(&visits, "member_id");
    members.sort();
    assert_eq!(members, ["0000000000000001", "0000000000000002"]);
    assert_eq!(texts(&visits, "outcome"), ["left", "left"]);
    assert_eq!(texts(&visits, "zone_first"), ["floor", "floor"]);
    let scans = of("gate_scans");
    assert_eq!(scans.iter().flat_map(|batch| texts(batch, "outcome")).collect::<Vec<_>>(), ["admitted", "admitted"]);
    let dwells = of("dwells");
    let zones: Vec<String> = dwells.iter().flat_map(|batch| texts(batch, "zone")).collect();
    assert_eq!(zones.iter().filter(|zone| *zone == "floor").count(), 2, "{zones:?}");
    assert!(zones.iter().filter(|zone| *zone == "shelf").count() > 30, "{zones:?}");
    assert!(of("zone_traffic").iter().map(|batch| batch.num_rows()).sum::<usize>() >= 4);
    assert!(of("alerts").is_empty());
    assert_eq!(of("memberships").iter().map(|batch| batch.num_rows()).sum::<usize>(), 4, "two tracklets each");
}
