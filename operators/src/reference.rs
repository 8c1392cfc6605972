//! Slow twins: the same answers as the operators, found the plain way. For tests and oracles only.

pub mod attribute;
mod bind;
mod cart;
mod decide;
pub mod dwell;
pub mod floor;
pub mod identify;
mod personal;
pub mod see;
mod settle;
mod stitch;
mod track;
pub mod weigh;

pub use bind::{SlowRows, slow_rows, slow_whereabouts};
pub use cart::slow_cart;
pub use decide::{SlowDecided, slow_decide};
pub use personal::{SlowPersonal, slow_patterns, slow_personal};
pub use settle::{SlowAccount, slow_settle};
pub use stitch::{Seen, slow_explains, slow_pairs};
pub use track::SlowTracker;

/// The pairs of the best assignment, by trying every column, and none, for every row.
pub fn best_pairs(gains: &[Vec<Option<i64>>]) -> (i64, Vec<(usize, usize)>) {
    fn best(gains: &[Vec<Option<i64>>], row: usize, taken: &mut Vec<bool>) -> (i64, Vec<(usize, usize)>) {
        if row == gains.len() {
            return (0, Vec::new());
        }
        let mut found = best(gains, row + 1, taken);
        for column in 0..gains[row].len() {
            if let (Some(gain), false) = (gains[row][column], taken[column]) {
                taken[column] = true;
                let (rest, mut pairs) = best(gains, row + 1, taken);
                taken[column] = false;
                if rest + gain > found.0 {
                    pairs.push((row, column));
                    found = (rest + gain, pairs);
                }
            }
        }
        found
    }
    best(gains, 0, &mut vec![false; gains.first().map_or(0, Vec::len)])
}
