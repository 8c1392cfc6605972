//! Stays in zones: who is in which, since when.

use super::places::{StayRow, within};
use crate::life::Moment;
use crate::world::Zone;
use schemas::EventTime;
use std::collections::BTreeMap;

/// Shorter absences do not end a stay: nobody who sways over a line has left.
const BRIDGED_US: i64 = 500_000;

struct Stay {
    visit: u32,
    from: EventTime,
    until: EventTime,
}

/// All stays that may go on.
pub(super) struct Stays {
    zones: Vec<Zone>,
    /// By person and index of the zone.
    open: BTreeMap<(u32, usize), Stay>,
}

impl Stays {
    pub(super) fn new(zones: &[Zone]) -> Self {
        Self { zones: zones.to_vec(), open: BTreeMap::new() }
    }

    /// Takes a moment; gives the stays that are over by it, in order of their rows.
    pub(super) fn moment(&mut self, moment: &Moment) -> Vec<StayRow<'_>> {
        let at = moment.at;
        for present in &moment.present {
            for (zone, _) in self.zones.iter().enumerate().filter(|(_, z)| within(&z.corners, present.pose.at)) {
                let new = Stay { visit: present.person.visit, from: at, until: at };
                let stay = self.open.entry((present.person.number, zone)).or_insert(new);
                if at.since_us(stay.until) >= BRIDGED_US {
                    // Nothing was given for it yet: moments come more often than that. A gap in time ends all stays.
                    *stay = Stay { visit: stay.visit, from: at, until: at };
                }
                stay.until = at;
            }
        }
        let over = self.open.extract_if(.., |_, stay| at.since_us(stay.until) >= BRIDGED_US);
        let over: Vec<_> = over.collect();
        self.rows(over, false)
    }

    /// Gives all that is left, at the end.
    pub(super) fn close(&mut self, end: EventTime) -> Vec<StayRow<'_>> {
        let left: Vec<_> = std::mem::take(&mut self.open).into_iter().collect();
        let (open, over) = left.into_iter().partition(|(_, stay)| stay.until == end);
        let mut rows = self.rows(over, false);
        rows.extend(self.rows(open, true));
        rows
    }

    fn rows(&self, stays: Vec<((u32, usize), Stay)>, open: bool) -> Vec<StayRow<'_>> {
        let row = |((person, zone), stay): ((u32, usize), Stay)| {
            let Stay { visit, from, until } = stay;
            StayRow { person, visit, zone: &self.zones[zone].name, from, until, open }
        };
        let mut rows: Vec<_> = stays.into_iter().map(row).collect();
        rows.sort_by_key(|row| (row.until, row.person, row.zone));
        rows
    }
}
