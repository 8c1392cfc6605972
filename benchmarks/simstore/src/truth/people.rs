//! What people are like and what they made hard: `habits`, `hard_kinds`.

use crate::life::HardDone;
use crate::life::crowd::Habit;
use crate::table::Kind::{Flag, Float32, Int32, Int64, Text, Time};
use crate::table::{Cells, Column, Row, Table};

/// A row of `hard_kinds`, with the visit.
pub(super) struct HardRow(pub HardDone, pub u32);

impl Row for HardRow {
    const TABLE: Table = Table {
        name: "hard_kinds",
        row: "One hard kind is over, for each of those who take part; in order of time",
        columns: &[
            Column::new("event_time", Time, "us UTC", "When it was over"),
            Column::new("person", Int32, "", "Who: see `persons`"),
            Column::new("visit", Int32, "", "Their visit: see `visits`"),
            Column::new("kind", Text, "", "Which, by its word in a scenario's `[people.hard]`"),
            Column::new("whole", Flag, "", "Whether all of it happened: a slot may be empty, the other may not come"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let HardDone { hard, person, at, whole } = self.0;
        cells.time(at).int32(person).int32(self.1).text(hard.word()).flag(whole);
    }
}

/// A row of `habits`, with the sku.
pub(super) struct HabitRow<'a>(pub &'a Habit, pub &'a str);

impl Row for HabitRow<'_> {
    const TABLE: Table = Table {
        name: "habits",
        row: "What a member buys again and again, whether they came or not; by member",
        columns: &[
            Column::new("member", Int64, "", "Number of the member: `visits.member`"),
            Column::new("category", Text, "", "What kind of thing, as in `catalog.csv`"),
            Column::new("sku", Text, "", "The article of that kind that they like best"),
            Column::new("loyalty", Float32, "0..1", "Share of these purchases that are of that article"),
            Column::new("gap_days", Float32, "days", "Mean time from one purchase to the next, when they come often"),
            Column::new("first_days", Float32, "days", "When first due, after the beginning; before it, if negative"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let Self(habit, sku) = *self;
        cells.int64(habit.member).text(&habit.category).text(sku).float32(habit.loyalty);
        cells.float32(habit.interval_days).float32(habit.phase * habit.interval_days);
    }
}
