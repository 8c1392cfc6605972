//! Same rows in any arrangement: workers, batch splits, arrival order inside a tick, a neighbour camera that ends early.

mod feed;

use feed::{Rows, feed};
use operators::reference::floor::{Floor, TICK_MS, Walker};
use operators::{ByTick, DataflowTime, Glimpse, Shop, Stitch, StitchSettings, Track, TrackSettings, by_tick};
use proptest::prelude::*;
use schemas::{
    Box2, CameraId, Detection, EventTime, FrameDetections, FrameMeta, ModelId, Score, Stitched, TickLength, Tracked,
};
use std::sync::{Arc, Mutex};
use timely::dataflow::ProbeHandle;
use timely::dataflow::operators::{Input, Inspect, Probe};

const TICK_US: u64 = 100_000;

/// People who walk to and fro in `cameras` cameras, three frames a tick; camera 0 ends early.
fn shop(cameras: u64, frames: u64) -> Vec<FrameDetections> {
    let mut rows = Vec::new();
    for camera in 0..cameras {
        for sequence in 0..if camera == 0 { frames / 2 } else { frames } {
            let event_time = EventTime(1_000_000 + sequence as i64 * 33_000 + camera as i64 * 7_000);
            let meta = FrameMeta { camera: CameraId(camera), event_time, sequence, width: 640, height: 480 };
            let person = |p: u64| {
                let x = ((sequence * (p + 2) + 90 * p + 40 * camera) % 700) as f32;
                let score = 0.95 - ((sequence * 7 + p * 13) % 10) as f32 * 0.06;
                Detection::new(Box2::from_pixels(x, 100., x + 40., 200. + 5. * p as f32), Score::from_unit(score))
            };
            let hidden = |p: &u64| (sequence / 20 + p + camera).is_multiple_of(4);
            let detections = (0..5).filter(|p| !hidden(p)).map(person).collect();
            rows.push(FrameDetections::new(meta, ModelId(1), detections));
        }
    }
    rows
}

/// Runs the operator that `core` makes on `workers` workers. Row i, of its tick, is given to worker `owner(i) % workers`, ticks in
/// order, rows of a tick in the order of `rank`, and timely gets to work after every `split` rows.
fn run<C: ByTick>(
    core: impl Fn() -> C + Send + Sync + 'static,
    rows: &[(u64, C::In)],
    workers: usize,
    split: usize,
    owner: impl Fn(usize) -> usize,
    rank: impl Fn(usize) -> u64,
) -> Vec<C::Out>
where
    C::In: Clone + Sync,
    C::Out: Ord + Send,
{
    let mut order: Vec<(u64, u64, usize)> = (0..rows.len()).map(|i| (rows[i].0, rank(i), i)).collect();
    order.sort();
    let rows = order.into_iter().map(|(tick, _, i)| (tick, owner(i), rows[i].1.clone()));
    let rows: Arc<Vec<(DataflowTime, usize, C::In)>> = Arc::new(rows.collect());
    let found = Arc::new(Mutex::new(Vec::new()));
    let seen = found.clone();
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let mut input: Rows<C::In> = Rows::new();
        let probe = ProbeHandle::new();
        let seen = seen.clone();
        worker.dataflow(|scope| {
            let emits = by_tick(scope.input_from(&mut input), core());
            emits.ok.inspect(move |row: &C::Out| seen.lock().expect("lock").push(row.clone())).probe_with(&probe);
        });
        feed(worker, input, &probe, &rows, split);
    });
    for worker in guards.expect("workers").join() {
        worker.expect("no panic");
    }
    let mut found = std::mem::take(&mut *found.lock().expect("lock"));
    found.sort();
    found
}

/// Runs tracking.
fn tracked(
    rows: &[FrameDetections],
    workers: usize,
    split: usize,
    owner: impl Fn(usize) -> usize,
    rank: impl Fn(usize) -> u64,
) -> Vec<Tracked> {
    let length = TickLength::from_us(TICK_US).expect("not zero");
    let rows: Vec<(u64, FrameDetections)> =
        rows.iter().map(|row| (length.tick(row.meta.event_time).0, row.clone())).collect();
    run(move || Track::new(length, TrackSettings::default()), &rows, workers, split, owner, rank)
}

/// Three people who meet again and again before four cameras, one of which dies.
fn meetings(ticks: u64) -> (Shop, Vec<(u64, Glimpse)>) {
    let walkers = (0..3).map(|p| {
        let at = |n: u32| [1500.0 + 1000.0 * f64::from((p + 2 * n) % 4), 1200.0 + 800.0 * f64::from((p * n + n) % 3)];
        Walker::new(&(0..8).map(|n| (n * 2000, at(n))).collect::<Vec<_>>())
    });
    let floor = Floor { dies: Some((2, ticks / 2)), miss_permille: 150, ..Floor::new(6, ticks, walkers.collect()) };
    let shop = floor.shop(StitchSettings::default());
    let ticks = (1_000_000 / TICK_MS..).zip(floor.glimpses());
    (shop, ticks.flat_map(|(tick, said)| said.into_iter().map(move |glimpse| (tick, glimpse))).collect())
}

#[test]
fn tracking_is_the_same_on_one_two_and_four_workers() {
    let rows = shop(5, 150);
    let one = tracked(&rows, 1, 1, |_| 0, |i| i as u64);
    let over = one.iter().filter(|row| matches!(row, Tracked::Over(_))).count();
    let seen = one.len() - over;
    assert_eq!(seen, rows.iter().map(|row| row.detections.len()).sum::<usize>(), "every detection is one sighting");
    assert!(over >= 20, "{over} tracklets");
    for workers in [2, 4] {
        let by_camera = tracked(&rows, workers, 7, |i| rows[i].meta.camera.0 as usize, |i| i as u64);
        assert!(one == by_camera, "{workers} workers");
        assert!(one == tracked(&rows, workers, 3, |i| i, |i| i as u64), "{workers} workers, rows dealt out");
    }
}

#[test]
fn stitching_is_the_same_on_one_two_and_four_workers() {
    let (shop, rows) = meetings(120);
    let stitch = move || Stitch::new(shop.clone());
    let one = run(stitch.clone(), &rows, 1, 1, |_| 0, |i| i as u64);
    let steps = one.iter().filter(|row| matches!(row, Stitched::Step(_))).count();
    assert!(steps > 300 && one.len() > steps, "{steps} steps in {} rows", one.len());
    for workers in [2, 4] {
        let by_camera = |i: usize| match &rows[i].1 {
            Glimpse::Looked(meta) => meta.camera.0 as usize,
            Glimpse::Saw(sighting) => sighting.meta.camera.0 as usize,
        };
        assert!(one == run(stitch.clone(), &rows, workers, 7, by_camera, |i| i as u64), "{workers} workers");
        assert!(
            one == run(stitch.clone(), &rows, workers, 3, |i| i, |i| i as u64),
            "{workers} workers, rows dealt out"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn arrival_order_inside_a_tick_and_batch_splits_do_not_show(seed in any::<u64>(), split in 1usize..40, workers in 1usize..4) {
        let rows = shop(3, 60);
        let mix = move |i: usize| (i as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let plain = tracked(&rows, 1, 1, |_| 0, |i| i as u64);
        prop_assert!(plain == tracked(&rows, workers, split, |i| mix(i) as usize, mix));
    }

    #[test]
    fn arrival_order_and_batch_splits_do_not_show_in_stitching(seed in any::<u64>(), split in 1usize..40, workers in 1usize..4) {
        let (shop, rows) = meetings(40);
        let stitch = move || Stitch::new(shop.clone());
        let mix = move |i: usize| (i as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let plain = run(stitch.clone(), &rows, 1, 1, |_| 0, |i| i as u64);
        prop_assert!(!plain.is_empty());
        prop_assert!(plain == run(stitch, &rows, workers, split, |i| mix(i) as usize, mix));
    }
}
