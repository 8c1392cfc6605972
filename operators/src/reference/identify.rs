//! The slow twin of identify: everything that is known, from the beginning, in order of time.

use crate::identity::identify::{Certain, Place, Register, Rules};
use schemas::{Attendee, CheckedScan, Tick, TrackId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who was where at each tick, and which codes were shown.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Places, in any order.
    pub places: BTreeMap<Tick, Vec<Place>>,
    /// Codes, in any order.
    pub scans: BTreeMap<Tick, Vec<CheckedScan>>,
}

/// Whose tracks they are at `until`, and everything certain by then.
pub fn slow_identify(rules: &Arc<Rules>, known: &Known, until: Tick) -> (BTreeMap<TrackId, Attendee>, Vec<Certain>) {
    let (mut register, mut certain) = (Register::new(rules.clone()), Vec::new());
    let first = known.places.keys().chain(known.scans.keys()).min().map_or(until.0 + 1, |tick| tick.0);
    for tick in first..=until.0 {
        let tick = Tick(tick);
        let mut places = known.places.get(&tick).cloned().unwrap_or_default();
        places.sort();
        let mut scans = known.scans.get(&tick).cloned().unwrap_or_default();
        scans.sort();
        register.step(tick, &places, &scans, &mut certain);
    }
    (register.attendances(), certain)
}
