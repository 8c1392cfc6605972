//! What people truly did: `interactions`, `concealments`, `hand_overs`, `presses`, `gate_scans`, `gate_crossings`.

use super::{hand_word, role_words};
use crate::gate::Wrong;
use crate::life::{Person, Stow};
use crate::table::Kind::{Flag, Int32, Int64, Text, Time};
use crate::table::{Cells, Column, Row, Table};
use schemas::EventTime;

/// Who did it, and when.
#[derive(Clone, Copy)]
pub(super) struct Act<'a> {
    pub(super) at: EventTime,
    pub(super) person: &'a Person,
}

impl Act<'_> {
    fn cells<'c>(&self, cells: &'c mut Cells) -> &'c mut Cells {
        cells.time(self.at).int32(self.person.number).int32(self.person.visit)
    }
}

const AT: Column = Column::new("event_time", Time, "us UTC", "When exactly");
const PERSON: Column = Column::new("person", Int32, "", "Who: see `persons`");
const VISIT: Column = Column::new("visit", Int32, "", "Their visit: see `visits`");
const HAND: Column = Column::new("hand", Text, "", "With which hand: `left` or `right`");
const PACKAGE: Column = Column::new("package", Int32, "", "Which package: a number that is for ever its own");
const SKU: Column = Column::new("sku", Text, "", "Stock keeping unit of its article");

/// A row of `interactions`.
pub(super) struct InteractionRow<'a> {
    pub(super) act: Act<'a>,
    pub(super) way: &'static str,
    pub(super) hand: Option<usize>,
    pub(super) slot: &'a str,
    pub(super) column: usize,
    pub(super) sku: &'a str,
    pub(super) package: u32,
    pub(super) home: Option<&'a str>,
}

impl Row for InteractionRow<'_> {
    const TABLE: Table = Table {
        name: "interactions",
        row: "One package leaves a slot or comes into one; in order of time",
        columns: &[
            AT,
            PERSON,
            VISIT,
            Column::new("role", Text, "", "`member`, `staff` or `tailgater`"),
            Column::new(
                "way",
                Text,
                "",
                "`take`, `return`; by staff also `restock` (new goods) and `clear` (taken out of the shop)",
            ),
            HAND.or_null(),
            Column::new("slot", Text, "", "From or into which slot"),
            Column::new("slot_column", Int32, "", "Which column of the slot, from the left, from 0"),
            SKU,
            PACKAGE,
            Column::new("home_slot", Text, "", "Slot where the article belongs: this one, or the first of them")
                .or_null(),
            Column::new("at_home", Flag, "", "Whether the article belongs into this slot"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        self.act.cells(cells).text(role_words(&self.act.person.role).0).text(self.way);
        cells.maybe_text(self.hand.map(hand_word)).text(self.slot).int32(self.column).text(self.sku);
        cells.int32(self.package).maybe_text(self.home).flag(self.home == Some(self.slot));
    }
}

/// A row of `concealments`.
pub(super) struct ConcealmentRow<'a> {
    pub(super) act: Act<'a>,
    pub(super) way: &'static str,
    pub(super) hand: usize,
    pub(super) package: u32,
    pub(super) sku: &'a str,
    pub(super) place: Stow,
    pub(super) hidden: bool,
}

impl Row for ConcealmentRow<'_> {
    const TABLE: Table = Table {
        name: "concealments",
        row: "One package goes from a hand to where it is not seen, or comes back; in order of time",
        columns: &[
            AT,
            PERSON,
            VISIT,
            Column::new("way", Text, "", "`in`: put away; `out`: back in a hand"),
            HAND,
            PACKAGE,
            SKU,
            Column::new("place", Text, "", "`bag`, `pocket` or `shirt`"),
            Column::new("hidden", Flag, "", "Whether it was meant not to be seen"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        self.act.cells(cells).text(self.way).text(hand_word(self.hand)).int32(self.package).text(self.sku);
        let place = match self.place {
            Stow::Bag => "bag",
            Stow::Pocket => "pocket",
            Stow::Shirt => "shirt",
        };
        cells.text(place).flag(self.hidden);
    }
}

/// A row of `hand_overs`.
pub(super) struct HandOverRow<'a> {
    pub(super) act: Act<'a>,
    pub(super) hand: usize,
    pub(super) to: &'a Person,
    pub(super) to_hand: usize,
    pub(super) package: u32,
    pub(super) sku: &'a str,
}

impl Row for HandOverRow<'_> {
    const TABLE: Table = Table {
        name: "hand_overs",
        row: "One package goes from one person's hand into another's; in order of time",
        columns: &[
            AT,
            PERSON,
            VISIT,
            HAND,
            Column::new("to_person", Int32, "", "Into whose hand"),
            Column::new("to_visit", Int32, "", "The visit of that one"),
            Column::new("to_hand", Text, "", "Into which: `left` or `right`"),
            PACKAGE,
            SKU,
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        self.act.cells(cells).text(hand_word(self.hand)).int32(self.to.number).int32(self.to.visit);
        cells.text(hand_word(self.to_hand)).int32(self.package).text(self.sku);
    }
}

/// A row of `presses`.
pub(super) struct PressRow<'a> {
    pub(super) act: Act<'a>,
    pub(super) slot: &'a str,
    pub(super) force_mg: i64,
    pub(super) until: EventTime,
}

impl Row for PressRow<'_> {
    const TABLE: Table = Table {
        name: "presses",
        row: "A hand rests on what lies in a slot, or on its board; in order of time",
        columns: &[
            AT,
            PERSON,
            VISIT,
            Column::new("slot", Text, "", "On which slot"),
            Column::new("force_mg", Int64, "mg", "How hard, as a weight"),
            Column::new("until_time", Time, "us UTC", "Until when"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        self.act.cells(cells).text(self.slot).int64(self.force_mg).time(self.until);
    }
}

/// A row of `gate_scans`.
pub(super) struct ScanRow<'a> {
    pub(super) act: Act<'a>,
    pub(super) gate: &'a str,
    pub(super) party: u32,
    pub(super) wrong: Option<Wrong>,
}

impl Row for ScanRow<'_> {
    const TABLE: Table = Table {
        name: "gate_scans",
        row: "A code is shown at a gate; in order of time, a good one right after the wrong one that came before it",
        columns: &[
            AT,
            PERSON,
            VISIT,
            Column::new("gate", Text, "", "Name of the gate"),
            Column::new("party", Int32, "", "For how many people"),
            Column::new("wrong", Text, "", "`forged`, `expired` or `replayed`, to be refused; null: good").or_null(),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        self.act.cells(cells).text(self.gate).int32(self.party).maybe_text(self.wrong.map(Wrong::word));
    }
}

/// A row of `gate_crossings`.
pub(super) struct CrossingRow<'a> {
    pub(super) act: Act<'a>,
    pub(super) gate: &'a str,
    pub(super) way: &'static str,
}

impl Row for CrossingRow<'_> {
    const TABLE: Table = Table {
        name: "gate_crossings",
        row: "Somebody crosses the line of a gate; in order of time",
        columns: &[
            AT,
            PERSON,
            VISIT,
            Column::new("gate", Text, "", "Name of the gate"),
            Column::new("way", Text, "", "`in` or `out`"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        self.act.cells(cells).text(self.gate).text(self.way);
    }
}
