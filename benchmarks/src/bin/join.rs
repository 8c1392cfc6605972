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

use operators::{DataflowTime, Rows, changes, quantities};
use schemas::{Currency, Goods, Money, Sku, TrackId, VisitId};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::hash::Hash;
use std::io::Write;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use timely::ExchangeData;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::{Input, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;

/// Takes in a millisecond.
const PER_MS: u64 = 10;
/// Takes of one track.
const PER_TRACK: u64 = 20;
const SLOTS: u64 = 5_000;
const SKUS: u64 = 2_000;

/// A small generator of good numbers (splitmix64): the workload must not change with a library.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

#[derive(Clone, Copy)]
struct Take {
    ms: u32,
    track: u32,
    slot: u32,
    quantity: i32,
}

#[derive(Clone, Copy)]
struct Owner {
    ms: u32,
    track: u32,
    visit: u32,
    diff: i32,
}

/// A sku and what it costs, as they stand on a take.
type Stamp = (u32, u32);

struct Workload {
    takes: Vec<Take>,
    owners: Vec<Owner>,
    /// The sku of each slot.
    plan: Vec<u32>,
    /// What each sku costs.
    prices: Vec<u32>,
}

impl Workload {
    fn new(events: u64) -> Self {
        let mut random = Random(7);
        let (tracks, last_ms) = ((events / PER_TRACK).max(1), (events.max(1) - 1) / PER_MS);
        let visits = (tracks * 4 / 5).max(2);
        let take = |at: u64, random: &mut Random| {
            let track = (at / PER_TRACK + random.below(2_000)).saturating_sub(1_000).min(tracks - 1);
            let (slot, quantity) = (random.below(SLOTS) as u32, if random.below(10) < 7 { 1 } else { -1 });
            Take { ms: (at / PER_MS) as u32, track: track as u32, slot, quantity }
        };
        let takes = (0..events).map(|at| take(at, &mut random)).collect();
        let mut owners = Vec::new();
        for track in 0..tracks {
            let ms = track.saturating_sub(1_000) * PER_TRACK / PER_MS;
            let visit = random.below(visits);
            let owner =
                |ms: u64, visit: u64, diff| Owner { ms: ms as u32, track: track as u32, visit: visit as u32, diff };
            owners.push(owner(ms, visit, 1));
            if random.below(100) == 0 {
                let later = (ms + 5_000 + random.below(25_000)).min(last_ms);
                let other = (visit + 1 + random.below(visits - 1)) % visits;
                owners.extend([owner(later, visit, -1), owner(later, other, 1)]);
            }
        }
        owners.sort_by_key(|owner| owner.ms);
        let plan = (0..SLOTS).map(|_| random.below(SKUS) as u32).collect();
        let prices = (0..SKUS).map(|_| 50 + random.below(1_950) as u32).collect();
        Self { takes, owners, plan, prices }
    }

    fn stamp(&self, slot: u32) -> Stamp {
        let sku = self.plan[slot as usize];
        (sku, self.prices[sku as usize])
    }

    fn write(&self, folder: &str) {
        let file = |name: &str, header: &str| {
            let file = std::fs::File::create(format!("{folder}/{name}.csv")).expect("a file");
            let mut file = std::io::BufWriter::new(file);
            writeln!(file, "{header}").expect("written");
            file
        };
        let mut out = file("events", "ts,track,slot,delta");
        self.takes
            .iter()
            .for_each(|t| writeln!(out, "{},{},{},{}", t.ms, t.track, t.slot, t.quantity).expect("written"));
        let mut out = file("bindings", "ts,track,visit,diff");
        self.owners.iter().for_each(|o| writeln!(out, "{},{},{},{}", o.ms, o.track, o.visit, o.diff).expect("written"));
        let mut out = file("plan", "slot,product");
        self.plan.iter().enumerate().for_each(|(slot, sku)| writeln!(out, "{slot},{sku}").expect("written"));
        let mut out = file("price", "product,cents");
        self.prices.iter().enumerate().for_each(|(sku, minor)| writeln!(out, "{sku},{minor}").expect("written"));
    }
}

/// What comes out, summed: lines, units, minor units, and a number that knows which line has how many.
type Sums = [i64; 4];

/// What may be a key.
trait Key: ExchangeData + Clone + Debug + Hash + Ord {}
impl<T: ExchangeData + Clone + Debug + Hash + Ord> Key for T {}

/// How keys are made, and what a line counts.
trait Keys: Clone + Send + Sync + 'static {
    type Track: Key;
    type Goods: Key;
    type Visit: Key;
    fn track(&self, track: u32) -> Self::Track;
    fn goods(&self, stamp: Stamp) -> Self::Goods;
    fn visit(&self, visit: u32) -> Self::Visit;
    /// Visit, sku and price of a line.
    fn line(visit: &Self::Visit, goods: &Self::Goods) -> [i64; 3];
}

#[derive(Clone)]
struct Bare;

impl Keys for Bare {
    type Track = u32;
    type Goods = Stamp;
    type Visit = u32;
    fn track(&self, track: u32) -> u32 {
        track
    }
    fn goods(&self, stamp: Stamp) -> Stamp {
        stamp
    }
    fn visit(&self, visit: u32) -> u32 {
        visit
    }
    fn line(visit: &u32, &(sku, minor): &Stamp) -> [i64; 3] {
        [i64::from(*visit), i64::from(sku), i64::from(minor)]
    }
}

/// The shop's own: what `operators::cart` joins.
#[derive(Clone)]
struct Real;

impl Keys for Real {
    type Track = TrackId;
    type Goods = Goods;
    type Visit = VisitId;
    fn track(&self, track: u32) -> TrackId {
        TrackId(u64::from(track).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
    fn goods(&self, (sku, minor): Stamp) -> Goods {
        let currency = Currency::new("EUR").expect("three capitals");
        let sku = Sku::new(&format!("40998870{sku:05}")).expect("not empty");
        Goods { sku, unit_price: Some(Money { minor: i64::from(minor), currency }) }
    }
    fn visit(&self, visit: u32) -> VisitId {
        VisitId(u64::from(visit))
    }
    fn line(visit: &VisitId, goods: &Goods) -> [i64; 3] {
        let sku = goods.sku.as_str()[8..].parse().expect("a number");
        [visit.0 as i64, sku, goods.unit_price.map_or(0, |price| price.minor)]
    }
}

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
