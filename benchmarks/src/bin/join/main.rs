//! The cart's join alone: takes joined with the visits of their tracks, counted by line (`operators::quantities`).
//!
//! `join rate EVENTS TICK_MS WORKERS [real]`: as fast as it goes, each tick done before the next is given. With `real`, keys are those
//! of the shop (64-bit ids, skus as text) and not bare integers.
//! `join latency SECONDS`: 10,000 takes a second in ticks of 1 ms at their own pace; from when a tick was due until it is done.
//! `join memory SECONDS`: seconds of event time, 10,000 takes in each; a minute later they and their tracks are taken away again.
//! `join correction LINES`: what it costs to give a track to another visit, by how many lines it has, at so many live lines.
//! `join write EVENTS DIR`: the events as CSV, for other engines.
//!
//! The workload: 10,000 takes a second, 20 of each track, about 2,000 tracks at a time, 1.25 tracks a visit, 5,000 slots with 2,000 skus, 3 of
//! 10 put back, and one track in a hundred is given to another visit 5 to 30 s later. Sku and price stand on the take.

#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods)] // a stopwatch of its own: the program measures nothing else

mod workload;

use operators::{DataflowTime, Rows, changes, quantities};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::{Input, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;

use workload::*;

type Update<D> = (D, DataflowTime, isize);
type Feed<D> = InputHandle<DataflowTime, CapacityContainerBuilder<Vec<Update<D>>>>;

/// One worker's part of the join.
struct Join<K: Keys> {
    takes: Feed<(K::Track, K::Goods)>,
    owners: Feed<(K::Track, K::Visit)>,
    probe: ProbeHandle<DataflowTime>,
    sums: Rc<RefCell<Sums>>,
}

impl<K: Keys> Join<K> {
    fn new(worker: &mut Worker) -> Self {
        let (mut takes, mut owners) = (Feed::new(), Feed::new());
        let (probe, sums) = (ProbeHandle::new(), Rc::new(RefCell::new([0; 4])));
        let told = sums.clone();
        worker.dataflow(|scope| {
            let lines = quantities::<K::Track, K::Goods, K::Visit>(
                Rows::new(scope.input_from(&mut takes)),
                Rows::new(scope.input_from(&mut owners)),
            );
            let closed = changes(lines, "Changes of lines").inspect(move |change| {
                let ((visit, goods), quantity) = &change.row;
                let ([visit, sku, minor], units) = (K::line(visit, goods), *quantity as i64 * change.diff);
                let mut sums = told.borrow_mut();
                let which = (visit.wrapping_mul(2_654_435_761) + sku) % 1_000_000_007;
                for (sum, more) in sums.iter_mut().zip([change.diff, units, units * minor, which * units]) {
                    *sum += more;
                }
                sums[3] %= 1_000_000_007;
            });
            closed.probe_with(&probe);
        });
        Self { takes, owners, probe, sums }
    }

    /// Closes the tick before `tick`, and waits until all is said about it.
    fn close(&mut self, worker: &mut Worker, tick: DataflowTime) {
        self.takes.advance_to(tick);
        self.owners.advance_to(tick);
        self.takes.flush();
        self.owners.flush();
        worker.step_or_park_while(None, || self.probe.less_than(&tick));
    }
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort();
    let at = |permille: usize| times[(times.len() - 1) * permille / 1000].as_secs_f64() * 1e3;
    format!("p50 {:.3} ms  p99 {:.3} ms  most {:.3} ms", at(500), at(990), at(1000))
}

/// A field of a file of `/proc/self`, by its place behind the name of the program.
fn own(file: &str, place: usize) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    fields.split_whitespace().nth(place).and_then(|field| field.parse().ok()).unwrap_or(0)
}

/// Processor time so far, in seconds (the kernel counts in 1/100).
fn processor_s() -> f64 {
    (own("stat", 11) + own("stat", 12)) as f64 / 100.0
}

fn resident_mib() -> u64 {
    own("statm", 1) * 4096 / (1 << 20)
}

fn rate<K: Keys>(events: u64, tick_ms: u64, workers: usize, keys: K) {
    let workload = Arc::new(Workload::new(events));
    let whole = Arc::new(Mutex::new(([0; 4], 0.0f64)));
    let told = whole.clone();
    let spent = processor_s();
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let mut join = Join::<K>::new(worker);
        let (index, peers) = (worker.index(), worker.peers());
        let (mut take, mut owner) = (0, 0);
        let started = Instant::now();
        for tick in 0..=(events - 1) / PER_MS / tick_ms {
            let until = ((tick + 1) * tick_ms) as u32;
            let (mut takes, mut owners) = (Vec::new(), Vec::new());
            while let Some(row) = workload.owners.get(owner).filter(|row| row.ms < until) {
                if owner % peers == index {
                    owners.push(((keys.track(row.track), keys.visit(row.visit)), tick, row.diff as isize));
                }
                owner += 1;
            }
            while let Some(row) = workload.takes.get(take).filter(|row| row.ms < until) {
                if take % peers == index {
                    let goods = keys.goods(workload.stamp(row.slot));
                    takes.push(((keys.track(row.track), goods), tick, row.quantity as isize));
                }
                take += 1;
            }
            join.takes.send_batch(&mut takes);
            join.owners.send_batch(&mut owners);
            join.close(worker, tick + 1);
        }
        let took = started.elapsed().as_secs_f64();
        let mut whole = told.lock().expect("lock");
        whole.1 = whole.1.max(took);
        for (sum, more) in whole.0.iter_mut().zip(*join.sums.borrow()) {
            *sum += more;
        }
    });
    for worker in guards.expect("workers").join() {
        worker.expect("no panic");
    }
    let (mut sums, took) = *whole.lock().expect("lock");
    sums[3] = sums[3].rem_euclid(1_000_000_007);
    let spent = processor_s() - spent;
    let (per_s, per_cpu_s) = (events as f64 / took, events as f64 / spent);
    println!(
        "rate events {events} tick_ms {tick_ms} workers {workers} per_s {per_s:.0} per_cpu_s {per_cpu_s:.0} sums {sums:?}"
    );
}

fn latency(seconds: u64) {
    let workload = Workload::new(1_000 * PER_MS * seconds);
    timely::execute_directly(move |worker| {
        let mut join = Join::<Bare>::new(worker);
        let mut owners = workload.owners.iter().peekable();
        let mut times = Vec::new();
        let began = Instant::now();
        for (ms, takes) in workload.takes.chunk_by(|a, b| a.ms == b.ms).enumerate() {
            let due = began + Duration::from_millis(ms as u64 + 1);
            while let Some(left) = due.checked_duration_since(Instant::now()) {
                worker.step_or_park(Some(left));
            }
            while let Some(row) = owners.next_if(|row| row.ms as usize <= ms) {
                join.owners.send(((row.track, row.visit), ms as u64, row.diff as isize));
            }
            let rows =
                takes.iter().map(|row| ((row.track, workload.stamp(row.slot)), ms as u64, row.quantity as isize));
            join.takes.send_batch(&mut rows.collect());
            join.close(worker, ms as u64 + 1);
            times.push(due.elapsed());
        }
        println!("latency per_s {} ticks {} {}", 1_000 * PER_MS, times.len(), percentiles(&mut times));
    });
}

fn memory(seconds: u64) {
    const KEPT_S: u64 = 60;
    timely::execute_directly(move |worker| {
        let mut join = Join::<Bare>::new(worker);
        let mut random = Random(7);
        let (per_s, tracks_per_s) = (1_000 * PER_MS, 1_000 * PER_MS / PER_TRACK);
        let mut held: VecDeque<Vec<Update<(u32, Stamp)>>> = VecDeque::new();
        let began = Instant::now();
        for second in 0..seconds {
            let born = (second * tracks_per_s..(second + 1) * tracks_per_s).map(|track| track as u32);
            born.for_each(|track| join.owners.send(((track, track * 4 / 5), second, 1)));
            let take = |random: &mut Random| {
                let track = (second * tracks_per_s + random.below(tracks_per_s)) as u32;
                let stamp = (random.below(SKUS) as u32, 100);
                ((track, stamp), second, if random.below(10) < 7 { 1 } else { -1 })
            };
            let rows: Vec<_> = (0..per_s).map(|_| take(&mut random)).collect();
            join.takes.send_batch(&mut rows.clone());
            held.push_back(rows);
            if held.len() as u64 > KEPT_S {
                let old = (second - KEPT_S) * tracks_per_s..(second - KEPT_S + 1) * tracks_per_s;
                old.for_each(|track| join.owners.send(((track as u32, track as u32 * 4 / 5), second, -1)));
                let mut gone = held.pop_front().unwrap_or_default();
                gone.iter_mut().for_each(|(_, time, diff)| (*time, *diff) = (second, -*diff));
                join.takes.send_batch(&mut gone);
            }
            join.close(worker, second + 1);
            if (second + 1) % 300 == 0 {
                let lines = join.sums.borrow()[0];
                println!(
                    "memory s {} live_lines {lines} rss_mib {} took_s {:.1}",
                    second + 1,
                    resident_mib(),
                    began.elapsed().as_secs_f64()
                );
            }
        }
    });
}

fn correction(lines: u64) {
    const ROUNDS: u64 = 1_000;
    const PER_SMALL: u64 = 20;
    let sizes = [1, 10, 100, 1_000, 10_000];
    timely::execute_directly(move |worker| {
        let mut join = Join::<Bare>::new(worker);
        let small = lines / PER_SMALL;
        let sized = sizes.iter().enumerate().map(|(i, &size)| (small + i as u64, size));
        for (track, size) in (0..small).map(|track| (track, PER_SMALL)).chain(sized) {
            join.owners.send(((track as u32, track as u32), 0, 1));
            let rows = (0..size).map(|sku| ((track as u32, (sku as u32, 100)), 0, 1));
            join.takes.send_batch(&mut rows.collect());
        }
        let mut tick = 1;
        join.close(worker, tick);
        println!("correction live_lines {} rss_mib {}", join.sums.borrow()[0], resident_mib());
        let mut give = |join: &mut Join<Bare>, moves: Option<(u32, u32, u32)>| {
            let started = Instant::now();
            if let Some((track, from, to)) = moves {
                join.owners.send(((track, from), tick, -1));
                join.owners.send(((track, to), tick, 1));
            }
            tick += 1;
            join.close(worker, tick);
            started.elapsed()
        };
        let mut random = Random(11);
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| give(&mut join, None)).collect();
        println!("correction of nothing          {}", percentiles(&mut times));
        let mut owners: Vec<u32> = (0..small as u32).collect();
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let (track, to) = (random.below(small) as u32, random.below(small) as u32);
            let from = std::mem::replace(&mut owners[track as usize], to);
            times.push(give(&mut join, (from != to).then_some((track, from, to))));
        }
        println!("correction of any track of {PER_SMALL}  {}", percentiles(&mut times));
        for (i, &size) in sizes.iter().enumerate() {
            let track = (small + i as u64) as u32;
            let mut from = track;
            let mut times = Vec::new();
            for _ in 0..ROUNDS.min(1_000_000 / size) {
                let to = random.below(small) as u32;
                times.push(give(&mut join, (from != to).then_some((track, from, to))));
                from = to;
            }
            println!("correction of lines {size:<10} {}", percentiles(&mut times));
        }
    });
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    match words[..] {
        ["rate", events, tick_ms, workers] => rate(number(events), number(tick_ms), number(workers) as usize, Bare),
        ["rate", events, tick_ms, workers, "real"] => {
            rate(number(events), number(tick_ms), number(workers) as usize, Real)
        }
        ["latency", seconds] => latency(number(seconds)),
        ["memory", seconds] => memory(number(seconds)),
        ["correction", lines] => correction(number(lines)),
        ["write", events, folder] => Workload::new(number(events)).write(folder),
        _ => println!(
            "rate EVENTS TICK_MS WORKERS [real] | latency SECONDS | memory SECONDS | correction LINES | write EVENTS DIR"
        ),
    }
}
