//! What of a file was refused: the first rows of a kind one by one, the rest counted.

use schemas::{CameraId, EventTime, Fault, FaultKind};
use std::collections::BTreeMap;

/// Faults of one kind that are told one by one; the last of them counts the rest.
const TOLD_MAX: u64 = 1000;

/// Faults of one source.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) faults: Vec<Fault>,
    told: BTreeMap<FaultKind, (u64, usize)>,
    source: CameraId,
}

impl Refused {
    pub(super) fn of(source: CameraId) -> Self {
        Self { faults: Vec::new(), told: BTreeMap::new(), source }
    }

    pub(super) fn fault(&mut self, kind: FaultKind, at: Option<EventTime>, detail: String) {
        let (told, last) = self.told.entry(kind).or_default();
        *told += 1;
        if *told <= TOLD_MAX {
            *last = self.faults.len();
            let event_time = at.unwrap_or_default();
            self.faults.push(Fault { event_time, camera: self.source, kind, count: 1, detail });
        } else {
            self.faults[*last].count += 1;
        }
    }
}
