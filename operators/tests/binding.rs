//! Bind and conclude: the final rows are those of the slow twin, for any change of mind inside the window, any arrival order, batch
//! split and number of workers; and a wrong join that was put right in time leaves nothing behind.

mod feed;

use feed::{Rows, feed};
use operators::reference::{SlowRows, slow_rows};
use operators::{BindSettings, Concluded, DataflowTime, Ticks, bind, conclude};
use proptest::prelude::*;
use schemas::{
    Binding, CameraId, FloorPoint, Rebinding, Share, Step, Stitched, StretchId, Tick, TickLength, TrackId, TrackletId,
};
use std::sync::{Arc, Mutex};
use timely::dataflow::ProbeHandle;
use timely::dataflow::operators::{Input, Inspect, Probe};

fn settings() -> BindSettings {
    BindSettings { tick: TickLength::from_us(100_000).expect("not zero"), lag: 5, window: 20, silence: 30 }
}

/// A row and the tick at which the stitcher says it.
type Said = (u64, Stitched);

/// How rows reach the dataflow: workers, the rows after which timely gets to work, and a seed for owners and orders.
#[derive(Clone, Copy, Debug)]
struct Arrangement {
    workers: usize,
    split: usize,
    seed: u64,
}

const PLAIN: Arrangement = Arrangement { workers: 1, split: 1, seed: 0 };

/// Calls `see` with every row and the tick at which it comes.
fn each<T: Clone + 'static>(rows: Ticks<'_, T>, probe: &ProbeHandle<DataflowTime>, see: impl Fn(u64, T) + 'static) {
    let seen = rows.inspect_core(move |said| {
        if let Ok((stamp, rows)) = said {
            let time = *stamp.least().expect("one time");
            rows.iter().for_each(|row| see(time, row.clone()));
        }
    });
    seen.probe_with(probe);
}

/// The final rows. Every row is checked to come at the very tick at which it is final.
fn concluded(said: &[Said], settings: BindSettings, arrangement: Arrangement) -> SlowRows {
    let Arrangement { workers, split, seed } = arrangement;
    let rows = feed::dealt(said.iter().cloned(), seed);
    let found = Arc::new(Mutex::new(SlowRows::default()));
    let told = found.clone();
    let guards = timely::execute(feed::workers(workers, seed), move |worker| {
        let mut input: Rows<Stitched> = Rows::new();
        let probe = ProbeHandle::new();
        let length = settings.tick;
        worker.dataflow(|scope| {
            let stitched = scope.input_from(&mut input);
            let Concluded { positions, tracks, memberships } = conclude(bind(stitched, settings), settings);
            let (p, t, m) = (told.clone(), told.clone(), told.clone());
            let hold = settings.hold();
            each(positions, &probe, move |time, row| {
                assert_eq!(length.tick(row.event_time).0 + hold, time);
                p.lock().expect("lock").positions.push(row);
            });
            each(tracks, &probe, move |time, row| {
                assert_eq!(length.tick(row.closed_at).0, time);
                t.lock().expect("lock").tracks.push(row);
            });
            each(memberships, &probe, move |time, row| {
                assert_eq!(length.tick(row.closed_at).0, time);
                m.lock().expect("lock").memberships.push(row);
            });
        });
        feed(worker, input, &probe, &rows, split);
    });
    for worker in guards.expect("workers").join() {
        worker.expect("no panic");
    }
    let mut found = std::mem::take(&mut *found.lock().expect("lock"));
    found.positions.sort();
    found.tracks.sort();
    found.memberships.sort();
    found
}

fn rebind(at: u64, stretch: u64, track: u64, diff: i64) -> Said {
    let binding = Binding { stretch: StretchId(stretch), track: TrackId(track) };
    (at, Stitched::Rebind(Rebinding { binding, diff }))
}

/// A step of stretch `stretch`: somebody who walks, seen by two cameras of three or by none.
fn step(at: u64, stretch: u64, tick: u64) -> Said {
    let mix = (stretch * 31 + tick).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let camera = |n: u64| CameraId((stretch + tick / 40 + n) % 3);
    // A tracklet outlives the stretch and is sometimes shared by two of them.
    let share = |n: u64| Share {
        camera: camera(n),
        tracklet: (mix % 5 != n).then(|| TrackletId(100 * camera(n).0 + stretch / 2)),
    };
    let shares = if mix.is_multiple_of(7) { vec![] } else { vec![share(0), share(0), share(1)] };
    let at_mm = FloorPoint { x_mm: (70 * tick + mix % 90) as i32, y_mm: (1000 * stretch + mix % 50) as i32 };
    let (spread_mm, height_mm) = (40 + (mix % 60) as u32, 1700 + (mix % 20) as u32);
    let step = Step { stretch: StretchId(stretch), tick: Tick(tick), at: at_mm, spread_mm, height_mm, shares };
    (at, Stitched::Step(step))
}

fn said_rows(said: &[Said]) -> Vec<Stitched> {
    said.iter().map(|(_, row)| row.clone()).collect()
}

/// Two people: stretches 1 and 2, who meet at tick 200 and go on as stretches 3 and 4. With `wrong`, the two are taken for each
/// other at first, and put right 50 ticks (5 s) later.
fn meeting(wrong: bool) -> Vec<Said> {
    let mut said = vec![rebind(100, 1, 1, 1), rebind(100, 2, 2, 1)];
    for tick in 100..200 {
        said.extend([step(tick + 3, 1, tick), step(tick + 1, 2, tick)]);
    }
    let (a, b) = if wrong { (2, 1) } else { (1, 2) };
    said.extend([rebind(200, 3, a, 1), rebind(200, 4, b, 1)]);
    if wrong {
        said.extend([rebind(250, 3, a, -1), rebind(250, 3, b, 1), rebind(250, 4, b, -1), rebind(250, 4, a, 1)]);
    }
    for tick in 200..700 {
        said.extend([step(tick + 2, 3, tick), step(tick + 2, 4, tick)]);
    }
    said
}

#[test]
fn a_wrong_join_put_right_five_seconds_later_leaves_nothing_behind() {
    let settings = BindSettings { window: 100, ..settings() };
    let right = concluded(&meeting(false), settings, PLAIN);
    assert_eq!((right.tracks.len(), right.positions.len()), (2, 1200));
    assert!(right.tracks.iter().all(|track| track.stretches == 2 && track.path_mm > 30_000), "{:?}", right.tracks);
    assert!(right.memberships.len() >= 6, "{}", right.memberships.len());
    assert!(right == slow_rows(&said_rows(&meeting(false)), &settings));
    for workers in [1, 2, 4] {
        let corrected = concluded(&meeting(true), settings, Arrangement { workers, split: 13, seed: 5 });
        assert!(corrected == right, "{workers} workers");
    }
    let mut uncorrected = meeting(true);
    uncorrected.retain(|(at, row)| *at != 250 || matches!(row, Stitched::Step(_)));
    let uncorrected = concluded(&uncorrected, settings, PLAIN);
    assert!(uncorrected != right, "the wrong join would have shown");
}

/// A stitcher that changes its mind: stretches with gaps, steps that are late, bindings that wander inside the window.
fn wanderings() -> impl Strategy<Value = Vec<Said>> {
    let settings = settings();
    let stretch = (0..150u64, 1..90usize, proptest::collection::vec((0..25u64, 0..5u64), 0..5), any::<u64>());
    proptest::collection::vec(stretch, 1..9).prop_map(move |stretches| {
        let mut said = Vec::new();
        for (id, (start, steps, mut minds, seed)) in stretches.into_iter().enumerate() {
            let id = id as u64;
            let random = |n: u64| ((seed ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % 1000;
            let (mut tick, mut track) = (100 + start, id % 5);
            said.push(rebind(tick, id, track, 1));
            minds.sort_unstable();
            for (after, next) in minds {
                let at = 100 + start + after.min(settings.hold());
                said.extend([rebind(at, id, track, -1), rebind(at, id, next, 1)]);
                track = next;
            }
            for n in 0..steps as u64 {
                said.push(step(tick + random(n) % (settings.lag + 1), id, tick));
                let gap = if random(n + 500).is_multiple_of(40) { random(n + 900) % (settings.silence - 1) } else { 0 };
                tick += 1 + gap;
            }
        }
        said.sort_by_key(|(at, _)| *at);
        said
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn final_rows_are_those_of_the_slow_twin(said in wanderings(), split in 1usize..50, workers in 0usize..3, seed in any::<u64>()) {
        let arrangement = Arrangement { workers: [1, 2, 4][workers], split, seed };
        let fast = concluded(&said, settings(), arrangement);
        let slow = slow_rows(&said_rows(&said), &settings());
        prop_assert_eq!(&fast.positions, &slow.positions);
        prop_assert_eq!(&fast.tracks, &slow.tracks);
        prop_assert_eq!(&fast.memberships, &slow.memberships);
    }
}
