//! What is told beside moments and pictures: hard kinds, habits, devices.

use super::Recorder;
use crate::gate::{Signer, WrongCodes};
use crate::life::HardDone;
use crate::life::crowd::Habit;
use crate::scenario::Outage;
use crate::seed::Seed;
use crate::table::TableError;
use crate::truth::devices::{ClockRow, OutageRow};
use crate::truth::people::{HabitRow, HardRow};
use schemas::EventTime;

impl Recorder {
    /// Takes a hard kind that was done.
    pub fn hard(&mut self, done: &HardDone) -> Result<(), TableError> {
        let visit = self.persons.get(&done.person).map(|past| past.person.visit);
        let visit = visit.unwrap_or_else(|| panic!("truth: person {} acts before being seen", done.person));
        self.sinks.hard_kinds.push(&HardRow(*done, visit))
    }

    /// Takes who signs codes, and which wrong ones are shown before good ones.
    pub fn codes(&mut self, codes: WrongCodes, seed: Seed) {
        self.wrong_codes = Some((codes, seed));
        self.signer = Some(Signer::new(&self.world.name, seed));
    }

    /// Takes how far the clock of a device is ahead.
    pub fn clock(&mut self, device: &str, kind: &'static str, skew_us: i64) -> Result<(), TableError> {
        self.sinks.clocks.push(&ClockRow { device, kind, skew_us })
    }

    /// Takes when a device is out of order, in a scenario that begins at `start`.
    pub fn outage(&mut self, outage: &Outage, start: EventTime) -> Result<(), TableError> {
        self.sinks.outages.push(&OutageRow(outage, start))
    }

    /// Takes a habit that was planted in a member.
    pub fn habit(&mut self, habit: &Habit) -> Result<(), TableError> {
        let sku = &self.world.articles[habit.article].sku;
        self.sinks.habits.push(&HabitRow(habit, sku))
    }
}
