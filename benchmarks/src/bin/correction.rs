//! What a change of mind costs: two of N live tracks swap their stretches, at 10 steps a second each and a window of 10 s.
//!
//! `correction [TRACKS] [CORRECTIONS]` (1000 and 200 unless said otherwise) prints the time from handing the four rebindings to the
//! dataflow until its frontier has passed them, through the join, the reduction and the final tables' operators; beside it that of
//! an empty tick, and that of computing every place of the window anew from all steps and bindings (the slow twin of `operators`).
//! Ticks are of 33 ms: steps come in every third one, final rows leave in it, and are taken away in the next, so that the third is free
//! for the correction alone.

#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods)] // a stopwatch of its own: the program measures nothing else

use operators::reference::slow_whereabouts;
use operators::{BindSettings, DataflowTime, bind, conclude};
use schemas::{
    Binding, CameraId, FloorPoint, Rebinding, Share, Step, Stitched, StretchId, Tick, TickLength, TrackId, TrackletId,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use timely::dataflow::operators::{Concatenate, Input, Probe, vec::Map};
use timely::dataflow::{InputHandle, ProbeHandle};

/// Ticks from one step of a person to the next: 10 a second.
const STEP_TICKS: u64 = 3;
/// 10 s and a lag of 0.5 s.
const SETTINGS: (u64, u64) = (300, 15);
/// A stretch begins anew each 8 s, so that its binding can be revised as long as it lasts.
const STRETCH_TICKS: u64 = 240;

fn settings() -> BindSettings {
    let (window, lag) = SETTINGS;
    BindSettings { tick: TickLength::from_us(33_333).expect("not zero"), lag, window, silence: 150 }
}

fn stretch(track: u64, tick: u64) -> StretchId {
    StretchId(1_000_000 * (tick / STRETCH_TICKS) + track)
}

fn rebind(stretch: StretchId, track: u64, diff: i64) -> Stitched {
    Stitched::Rebind(Rebinding { binding: Binding { stretch, track: TrackId(track) }, diff })
}

fn step(track: u64, tick: u64) -> Stitched {
    let share = |camera| Share { camera: CameraId(camera), tracklet: Some(TrackletId(10 * track + camera)) };
    let at = FloorPoint { x_mm: (tick * 40 % 20_000) as i32, y_mm: 700 * track as i32 };
    let shares = vec![share(track % 8), share((track + 1) % 8)];
    Stitched::Step(Step {
        stretch: stretch(track, tick),
        tick: Tick(tick),
        at,
        spread_mm: 80,
        height_mm: 1_700,
        shares,
    })
}

/// The rows of a tick in which there are steps.
fn rows(tracks: u64, tick: u64) -> Vec<Stitched> {
    let born =
        (0..tracks).filter(|_| tick.is_multiple_of(STRETCH_TICKS)).map(|track| rebind(stretch(track, tick), track, 1));
    born.chain((0..tracks).map(|track| step(track, tick))).collect()
}

/// Gives each stretch from one track to another.
fn swap(stretches: [(StretchId, u64, u64); 2]) -> Vec<Stitched> {
    stretches.into_iter().flat_map(|(s, from, to)| [rebind(s, from, -1), rebind(s, to, 1)]).collect()
}

fn microseconds(times: &mut [Duration], share: f64) -> f64 {
    times.sort();
    times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6
}

fn report(
    tracks: u64,
    corrected: &mut [Duration],
    empty: &mut [Duration],
    filled: &mut [Duration],
    anew: &mut [Duration],
) {
    println!("tracks {tracks}  corrections {}", corrected.len());
    for (what, times) in [
        ("correction of two tracks", &mut *corrected),
        ("empty tick", empty),
        ("tick with a step of each", filled),
        ("window from scratch", &mut *anew),
    ] {
        let [p50, p99] = [0.5, 0.99].map(|share| microseconds(times, share));
        println!("{what:<26} p50 {p50:>9.0} us  p99 {p99:>9.0} us");
    }
    let ratio = microseconds(anew, 0.5) / microseconds(corrected, 0.5);
    println!("from scratch / correction  {ratio:.1}");
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let (tracks, corrections) = (arguments.next().unwrap_or(1_000), arguments.next().unwrap_or(200));
    timely::execute_directly(move |worker| {
        let mut input = InputHandle::<DataflowTime, _>::new();
        let probe = ProbeHandle::new();
        worker.dataflow(|scope| {
            let concluded = conclude(bind(scope.input_from(&mut input), settings()), settings());
            let done =
                [concluded.positions.map(|_| ()), concluded.tracks.map(|_| ()), concluded.memberships.map(|_| ())];
            scope.concatenate(done).probe_with(&probe);
        });
        let mut give = |tick: u64, rows: &mut Vec<Stitched>| {
            let started = Instant::now();
            input.advance_to(tick);
            input.send_batch(rows);
            input.advance_to(tick + 1);
            input.flush();
            worker.step_or_park_while(None, || probe.less_than(&(tick + 1)));
            started.elapsed()
        };
        // What the slow twin would have to look at: everything of the window and the bindings that it refers to.
        let mut held: VecDeque<(u64, Vec<Stitched>)> = VecDeque::new();
        let (mut corrected, mut empty, mut filled, mut anew) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut mixed = [(StretchId(0), 0, 0); 2];
        let warm = 3 * (SETTINGS.0 + SETTINGS.1) / STEP_TICKS;
        for round in 0..warm + corrections {
            let tick = STRETCH_TICKS + round * STEP_TICKS;
            let mut batch = rows(tracks, tick);
            held.push_back((tick, batch.clone()));
            let spent = give(tick, &mut batch);
            give(tick + 1, &mut Vec::new());
            while held.front().is_some_and(|(first, _)| first + SETTINGS.0 + SETTINGS.1 + STRETCH_TICKS < tick) {
                held.pop_front();
            }
            if round < warm {
                give(tick + 2, &mut Vec::new());
                continue;
            }
            filled.push(spent);
            // Two neighbours are taken for each other; in the next round they are put right; in the one after, nothing happens.
            let change = match (round - warm) % 3 {
                0 => {
                    let a = 2 * (round % (tracks / 2));
                    mixed = [(stretch(a, tick), a, a + 1), (stretch(a + 1, tick), a + 1, a)];
                    swap(mixed)
                }
                1 => swap(mixed.map(|(stretch, from, to)| (stretch, to, from))),
                _ => Vec::new(),
            };
            let times = if change.is_empty() { &mut empty } else { &mut corrected };
            times.push(give(tick + 2, &mut change.clone()));
            held.back_mut().expect("just pushed").1.extend(change);
            if round.is_multiple_of(20) {
                let young = |tick_of: u64| tick_of + SETTINGS.0 + SETTINGS.1 >= tick;
                let rows = held.iter().flat_map(|(tick_of, rows)| rows.iter().map(move |row| (*tick_of, row)));
                let rows = rows.filter(|(tick_of, row)| young(*tick_of) || matches!(row, Stitched::Rebind(_)));
                let said: Vec<Stitched> = rows.map(|(_, row)| row.clone()).collect();
                let started = Instant::now();
                let places = slow_whereabouts(&said);
                anew.push(started.elapsed());
                assert!(places.len() as u64 >= tracks * SETTINGS.0 / STEP_TICKS, "{} places", places.len());
            }
        }
        report(tracks, &mut corrected, &mut empty, &mut filled, &mut anew);
    });
}
