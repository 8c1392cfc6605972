//! The slow twin of attribute: all evidence, from the beginning, in order of time.

use crate::flow::twice::Machine;
use crate::shelf::attribute::{Clerk, Evidence, Trade};
use schemas::{Interaction, Tick};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is said of `evidence` by tick, up to `until`.
pub fn slow_attribute(trade: &Arc<Trade>, evidence: &BTreeMap<Tick, Vec<Evidence>>, until: Tick) -> Vec<Interaction> {
    let (mut clerk, mut said) = (Clerk::new(trade.clone()), Vec::new());
    let mut left: BTreeMap<Tick, Vec<Evidence>> =
        evidence.range(..=until).map(|(&t, rows)| (t, rows.clone())).collect();
    while let Some(tick) =
        left.keys().next().copied().into_iter().chain(clerk.wake()).min().filter(|tick| *tick <= until)
    {
        let mut rows = left.remove(&tick).unwrap_or_default();
        rows.sort();
        clerk.step(tick, &rows, &mut said);
    }
    said
}
