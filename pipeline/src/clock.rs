//! The only wall clock. It measures how long work takes, paces retries, and dates a gate code that somebody makes by hand; it never
//! decides what a row says.

use std::time::{Duration, Instant};

/// Measures elapsed time.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the file that may")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Microseconds UTC since 1970, by this machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the file that may")]
pub fn now_us() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// Processor time this thread has used so far, where the system tells it (Linux); else none.
pub fn thread_processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Sleeps.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
