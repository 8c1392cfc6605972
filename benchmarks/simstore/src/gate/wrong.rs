//! Codes that a gate must refuse: forged, expired, or shown before. Whoever shows one shows a good one right after.

use crate::seed::Seed;
use rand::RngExt;

/// From a code that is refused to the next, microseconds.
pub const RETRY_US: i64 = 400_000;

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// Signed by somebody else.
    Forged,
    /// Good once, and void when it is shown.
    Expired,
    /// The good code that was shown before it, once more.
    Replayed,
}

impl Wrong {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::Replayed => "replayed",
        }
    }
}

/// How often a wrong code is shown before the good one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WrongCodes {
    /// Share of scans with a forged one before.
    pub forged_share: f64,
    /// The same: expired.
    pub expired_share: f64,
    /// The same: replayed; never before the first of all, which has none to replay.
    pub replayed_share: f64,
}

impl WrongCodes {
    /// What is shown before the `ordinal`-th good code, from 0.
    pub fn before(&self, seed: Seed, ordinal: u64) -> Option<Wrong> {
        let drawn: f64 = seed.stream("wrong code", &[ordinal]).random();
        let shares = [self.forged_share, self.expired_share, self.replayed_share];
        let mut below = 0.0;
        for (share, wrong) in shares.into_iter().zip([Wrong::Forged, Wrong::Expired, Wrong::Replayed]) {
            below += share;
            if drawn < below {
                return (wrong != Wrong::Replayed || ordinal > 0).then_some(wrong);
            }
        }
        None
    }
}
