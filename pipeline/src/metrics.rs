//! Counters of a run: what came in, what was found, where the time went. Never part of a row.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A number that grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often something was done, and how long it took in all.
#[derive(Debug, Default)]
pub struct Spent {
    times: Counter,
    nanoseconds: Counter,
}

impl Spent {
    /// Adds one turn.
    pub fn add(&self, time: Duration) {
        self.times.add(1);
        self.nanoseconds.add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// How often.
    pub fn times(&self) -> u64 {
        self.times.get()
    }

    /// How long in all, in seconds.
    pub fn seconds(&self) -> f64 {
        self.nanoseconds.get() as f64 / 1e9
    }
}

/// How long things took, each by itself.
#[derive(Debug, Default)]
pub struct Waits(Mutex<Vec<i64>>);

impl Waits {
    /// Adds one, in microseconds.
    pub fn add(&self, us: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(us);
    }

    /// How many there were, and that of the share `of` within which so many are, for each of `of`; in seconds. None of nothing.
    pub fn within<const N: usize>(&self, of: [f64; N]) -> Option<(usize, [f64; N])> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_unstable();
        let last = all.len().checked_sub(1)?;
        Some((all.len(), of.map(|share| all[(share * last as f64).round() as usize] as f64 / 1e6)))
    }
}

/// The counters of a run.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Frames that entered the dataflow, from pixels or detections.
    pub frames_in: Counter,
    /// Frames that reached tracking.
    pub frames_done: Counter,
    /// Frames whose picture had not changed, so that nothing was inferred.
    pub frames_gated: Counter,
    /// People found in the shop.
    pub detections: Counter,
    /// People found outside it.
    pub outside: Counter,
    /// Faults.
    pub faults: Counter,
    /// Tracklets ended.
    pub tracklets: Counter,
    /// Decoding, on the cameras' threads.
    pub decode: Spent,
    /// Scaling and colour conversion, on the same threads.
    pub scale: Spent,
    /// Detection, on the pool's threads.
    pub detect: Spent,
    /// Poses, on the pool's threads.
    pub pose: Spent,
    /// Appearances, on the pool's threads.
    pub embed: Spent,
    /// Tracking, on the workers.
    pub track: Spent,
    /// From the exit to the receipt, where rows come at the shop's own pace.
    pub receipts: Waits,
}
