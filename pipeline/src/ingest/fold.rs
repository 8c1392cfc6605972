//! Fold: equal faults in a row become one row with a count, so that a badly damaged source does not flood the table.

use schemas::Fault;

/// Faults in a row that become one.
const FOLD_MAX: u64 = 100;

/// Holds the last fault back for as long as equal ones follow it.
#[derive(Default)]
pub(super) struct Fold {
    pending: Option<(String, Fault)>,
}

impl Fold {
    /// Takes a fault; gives the one before it, unless both have the same `reason`. A folded fault carries the time of the
    /// last and the words of the first, and never goes back in time.
    pub(super) fn add(&mut self, reason: &str, fault: Fault) -> Option<Fault> {
        if let Some((key, held)) = &mut self.pending
            && key == reason
            && held.kind == fault.kind
            && held.count < FOLD_MAX
        {
            held.count += fault.count;
            held.event_time = held.event_time.max(fault.event_time);
            return None;
        }
        self.pending.replace((reason.to_owned(), fault)).map(|(_, held)| held)
    }

    /// The fault held back: to be given before anything that comes later than it.
    pub(super) fn take(&mut self) -> Option<Fault> {
        self.pending.take().map(|(_, held)| held)
    }
}
