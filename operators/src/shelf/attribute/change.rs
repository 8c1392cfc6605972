//! Change: what interactions are made of, whatever it was noticed by.

use crate::shelf::see::Look;
use schemas::{EventTime, ScaleId, SlotId, WeightStep};

/// What a change was noticed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noticed {
    Weighed(ScaleId),
    Seen(SlotId),
}

/// A change, whatever it was noticed by, in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub by: Noticed,
    pub from: EventTime,
    pub until: EventTime,
}

impl From<&WeightStep> for Span {
    fn from(step: &WeightStep) -> Self {
        Self { by: Noticed::Weighed(step.scale), from: step.from, until: step.until }
    }
}

impl From<&Look> for Span {
    fn from(look: &Look) -> Self {
        Self { by: Noticed::Seen(look.slot), from: look.from, until: look.until }
    }
}
