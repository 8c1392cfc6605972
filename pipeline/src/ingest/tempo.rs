//! Tempo: gives recorded rows when they happened, counted from the first of all, so that a recording runs as long as it took. What a run
//! says does not depend on it; how long after something happened it is said does.

use crate::clock::{Stopwatch, pause};
use schemas::EventTime;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// It is looked up so often whether to stop.
const TURN: Duration = Duration::from_millis(100);

/// The shop's own pace.
#[derive(Debug)]
pub struct Tempo {
    from: EventTime,
    /// Starts with the first source that is read.
    watch: OnceLock<Stopwatch>,
}

impl Tempo {
    /// From this event time on.
    pub fn new(from: EventTime) -> Self {
        Self { from, watch: OnceLock::new() }
    }

    /// How long ago `at` was, in microseconds; negative where it is still to come.
    pub fn ago_us(&self, at: EventTime) -> i64 {
        let spent = self.watch.get_or_init(Stopwatch::start).elapsed();
        i64::try_from(spent.as_micros()).unwrap_or(i64::MAX).saturating_sub(at.since_us(self.from))
    }

    /// Waits until `at`, or until it is told to stop. `beat` is told meanwhile what time it is.
    pub fn wait(&self, at: EventTime, stop: &AtomicBool, mut beat: impl FnMut(EventTime)) {
        while !stop.load(Ordering::Relaxed) {
            let ahead = self.ago_us(at).saturating_neg();
            if ahead <= 0 {
                return;
            }
            beat(at.plus_us(-ahead));
            pause(TURN.min(Duration::from_micros(ahead.unsigned_abs())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_past_is_not_waited_for_and_what_comes_is() {
        let (tempo, go) = (Tempo::new(EventTime(5_000_000)), AtomicBool::new(false));
        tempo.wait(EventTime(5_000_000), &go, |_| unreachable!("it is past"));
        let mut beats = Vec::new();
        tempo.wait(EventTime(5_230_000), &go, |now| beats.push(now));
        assert!(beats.len() >= 3 && beats.is_sorted() && beats[0] >= EventTime(5_000_000), "{beats:?}");
        assert!(tempo.ago_us(EventTime(5_230_000)) >= 0 && tempo.ago_us(EventTime(4_000_000)) >= 1_230_000);
        assert!(tempo.ago_us(EventTime(3_605_000_000)) < 0);
        tempo.wait(EventTime(i64::MAX), &AtomicBool::new(true), |_| unreachable!("it is told to stop"));
    }
}
