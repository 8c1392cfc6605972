//! How noisy one scale is, learned from everything it says.
//!
//! Two numbers, each the median over the last [`BLOCKS`] blocks of time, so that the few in which something moved do not count: the
//! spread of single samples within a block, and the **shift** between the means of two blocks with one between them. A step is a difference of
//! two such means, so the shift is its error as it is: slow sway, ringing and drift are in it in the right proportion, whatever
//! their spectrum. (Median absolute deviation times 1.4826: Rousseeuw and Croux, 1993.)

use std::collections::VecDeque;

/// Blocks that count; at the default of 600 ms, the last minute.
const BLOCKS: usize = 101;
/// From so many on, they are believed.
const BLOCKS_MIN: usize = 8;
/// Blocks so far apart tell nothing of each other.
const HOLE: i64 = 10;
/// Median of the absolute value of a normal variable, turned round.
pub(crate) const MAD_TO_SIGMA: f64 = 1.4826;

/// The noise of one scale.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    block_us: i64,
    floor_mg: f64,
    open: Option<Block>,
    /// Means of the last blocks that follow each other, oldest first.
    means: VecDeque<f64>,
    spreads: VecDeque<f64>,
    shifts: VecDeque<f64>,
    spread_mg: f64,
    shift_mg: f64,
}

/// A block that is being filled: sums are of differences from its first sample, so that they stay exact.
#[derive(Clone, Copy, Debug)]
struct Block {
    from: i64,
    first_mg: i64,
    samples: i64,
    sum: i64,
    squares: f64,
}

impl Noise {
    /// Nothing is known beyond `floor_mg`.
    pub(super) fn new(block_us: i64, floor_mg: f64) -> Self {
        let (means, spreads, shifts) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { block_us, floor_mg, open: None, means, spreads, shifts, spread_mg: floor_mg, shift_mg: floor_mg }
    }

    /// Standard deviation of a single sample around its weight. Never less than the floor.
    pub(super) fn spread_mg(&self) -> f64 {
        self.spread_mg
    }

    /// Standard deviation of the difference of two means. Never less than half the floor.
    pub(super) fn shift_mg(&self) -> f64 {
        self.shift_mg
    }

    /// Whether enough was heard.
    pub(super) fn known(&self) -> bool {
        self.shifts.len() >= BLOCKS_MIN
    }

    /// The next sample.
    pub(super) fn hear(&mut self, at: i64, mg: i64) {
        let Some(block) = &mut self.open else {
            self.open = Some(Block { from: at, first_mg: mg, samples: 1, sum: 0, squares: 0.0 });
            return;
        };
        if at - block.from < self.block_us {
            let off = mg - block.first_mg;
            block.samples += 1;
            block.sum += off;
            block.squares += (off as f64) * (off as f64);
            return;
        }
        let block = *block;
        self.open = Some(Block { from: at, first_mg: mg, samples: 1, sum: 0, squares: 0.0 });
        self.close(block);
        // A hole in between.
        if at - block.from > HOLE * self.block_us {
            self.means.clear();
        }
    }

    fn close(&mut self, block: Block) {
        let samples = block.samples as f64;
        let off = block.sum as f64 / samples;
        let mean = block.first_mg as f64 + off;
        if block.samples > 2 {
            let variance = (block.squares - samples * off * off).max(0.0) / (samples - 1.0);
            keep(&mut self.spreads, variance.sqrt());
        }
        self.means.push_back(mean);
        if self.means.len() > 2 {
            let first = self.means.pop_front().unwrap_or(mean);
            keep(&mut self.shifts, (mean - first).abs());
        }
        if self.spreads.len() >= BLOCKS_MIN {
            self.spread_mg = median(&self.spreads).max(self.floor_mg);
        }
        if self.shifts.len() >= BLOCKS_MIN {
            self.shift_mg = (MAD_TO_SIGMA * median(&self.shifts)).max(self.floor_mg / 2.0);
        }
    }
}

fn keep(values: &mut VecDeque<f64>, value: f64) {
    if values.len() == BLOCKS {
        values.pop_front();
    }
    values.push_back(value);
}

/// The middle one, or the higher of the two in the middle.
fn median(values: &VecDeque<f64>) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
