//! Stand-in for the lead's builder: the trait that operator cores implement.

use schemas::{Fault, Tick};

/// What a core gives back when a tick closes.
#[derive(Clone, Debug)]
pub struct Outbox<T> {
    /// Good rows.
    pub ok: Vec<T>,
    /// Refused or damaged records.
    pub faults: Vec<Fault>,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { ok: Vec::new(), faults: Vec::new() }
    }
}

impl<T> Outbox<T> {
    /// Gives one row.
    pub fn give(&mut self, row: T) {
        self.ok.push(row);
    }

    /// Reports one fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

/// An operator's core: all its state, and what it does when a tick closes.
pub trait ByTick {
    /// What comes in.
    type In;
    /// What goes out.
    type Out;
    /// The operator's name in logs and metrics.
    const NAME: &'static str;
    /// Rows of one route meet in one core.
    fn route(row: &Self::In) -> u64;
    /// Takes the sorted rows of a tick that is complete; returns the next tick to be woken at even if nothing comes.
    fn close(&mut self, tick: Tick, batch: Vec<Self::In>, out: &mut Outbox<Self::Out>) -> Option<Tick>;
}
