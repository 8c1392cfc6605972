//! Counters of a run: what came in, what was found, where the time went. Never part of a row.

use std::sync::atomic::{AtomicU64, Ordering};
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
}
