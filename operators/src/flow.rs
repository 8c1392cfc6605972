//! The dataflow's own words: streams of ticks, operators with two outputs, and the only raw builders.

pub mod build;
pub mod twice;

use differential_dataflow::VecCollection;
use schemas::Fault;
use serde::{Deserialize, Serialize};
use timely::dataflow::StreamVec;

/// The dataflow's timestamp: [`schemas::Tick`] as a bare number.
pub type DataflowTime = u64;

/// Rows under ticks.
pub type Ticks<'s, T> = StreamVec<'s, DataflowTime, T>;

/// A change of a collection: a row that came or went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change<T> {
    /// The row.
    pub row: T,
    /// How often it came; negative where it went.
    pub diff: i64,
}

/// A collection under ticks, as differential dataflow keeps it.
pub type Rows<'s, T> = VecCollection<'s, DataflowTime, T, isize>;

/// What a fallible operator gives: good rows, and a fault for every row it had to refuse.
pub struct Emits<'s, T> {
    /// The good rows.
    pub ok: Ticks<'s, T>,
    /// The faults.
    pub faults: Ticks<'s, Fault>,
}

/// Where the core of an operator puts what it has to say.
#[derive(Debug)]
pub struct Outbox<T> {
    /// Good rows, in the order given.
    pub ok: Vec<T>,
    /// Refusals, in the order given.
    pub faults: Vec<Fault>,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { ok: Vec::new(), faults: Vec::new() }
    }
}

impl<T> Outbox<T> {
    /// A good row.
    pub fn give(&mut self, row: T) {
        self.ok.push(row);
    }

    /// A refusal.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Takes everything out, good rows first.
    pub fn take(&mut self) -> (Vec<T>, Vec<Fault>) {
        (std::mem::take(&mut self.ok), std::mem::take(&mut self.faults))
    }
}
