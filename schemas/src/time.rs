//! Event time and ticks.

use serde::{Deserialize, Serialize};

/// When something happened: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventTime(pub i64);

impl EventTime {
    /// This time moved by `us` microseconds; stops at the ends of the range.
    pub fn plus_us(self, us: i64) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// Microseconds from `earlier` to this time; negative when `earlier` is later.
    pub fn since_us(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The unit of time that closes: `floor(event time / tick length)` since the Unix epoch. The dataflow's timestamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tick(pub u64);

/// Length of a tick in microseconds; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TickLength(u64);

impl TickLength {
    /// A length in microseconds, or nothing for zero.
    pub fn from_us(us: u64) -> Option<Self> {
        (us > 0).then_some(Self(us))
    }

    /// The length in microseconds.
    pub fn us(self) -> u64 {
        self.0
    }

    /// The tick that holds `time`; times before 1970 fall into tick 0.
    pub fn tick(self, time: EventTime) -> Tick {
        Tick(u64::try_from(time.0).unwrap_or(0) / self.0)
    }

    /// The first instant of `tick`.
    pub fn start(self, tick: Tick) -> EventTime {
        EventTime(i64::try_from(tick.0.saturating_mul(self.0)).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_floor() {
        let length = TickLength::from_us(100_000).expect("not zero");
        assert_eq!(length.tick(EventTime(199_999)), Tick(1));
        assert_eq!(length.tick(EventTime(200_000)), Tick(2));
        assert_eq!(length.tick(EventTime(-1)), Tick(0));
        assert_eq!(length.start(Tick(2)), EventTime(200_000));
        assert_eq!(TickLength::from_us(0), None);
    }
}
