//! Scripts: what people once did in the nanostore, played again, and variants of every hard kind.

mod lists;
mod variants;

use crate::life::plan::Arrival;
use crate::life::{Life, Play};
use crate::seed::Seed;
use crate::world::World;
use schemas::EventTime;

pub use lists::{ListError, scripts};
pub use variants::{VARIANTS_MIN, variants};

/// What is to be played: a shop as it was stocked, and who comes to do what.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Name, fit for a folder.
    pub name: String,
    /// The shop, with the planogram of this script.
    pub world: World,
    /// When it begins.
    pub start: EventTime,
    /// What chance decides.
    pub seed: Seed,
    /// Who comes.
    pub arrivals: Vec<Arrival>,
    /// What could not be taken over as it was written, in words.
    pub notes: Vec<String>,
    /// Takes and returns that were written down; 0 for variants.
    pub listed: usize,
    /// Those of them that are planned.
    pub planned: usize,
}

/// Longest script, s: who has not left by then is stuck.
pub const SCRIPT_S_MAX: u32 = 3_600;

impl Script {
    /// Its life; it ends when the last has gone.
    pub fn life(&self) -> Life {
        let arrivals = Box::new(self.arrivals.clone().into_iter());
        let play = Play { start: self.start, seconds: None, at_once_max: usize::MAX, arrivals };
        Life::play(&self.world, play, self.seed)
    }
}

#[cfg(test)]
mod tests;
