//! Who came: `persons` and `visits`, and what they paid: `receipts`, `receipt_lines`, `refunds`.

use super::{hand_word, role_words};
use crate::ledger::{Line, Receipt, Refund};
use crate::life::Person;
use crate::table::Kind::{Flag, Float32, Int32, Int64, Text, Time};
use crate::table::{Cells, Column, Row, Table};
use crate::world::World;
use schemas::EventTime;
use std::sync::Arc;

/// A row of `persons`.
pub(super) struct PersonPast {
    pub(super) person: Arc<Person>,
    pub(super) arrived: EventTime,
    pub(super) gone: Option<EventTime>,
}

impl Row for PersonPast {
    const TABLE: Table = Table {
        name: "persons",
        row: "One person, from door to door, in the order of their numbers",
        columns: &[
            Column::new("person", Int32, "", "Number, from 0, in order of appearance"),
            Column::new("role", Text, "", "`member`, `staff` or `tailgater`"),
            Column::new("role_number", Int64, "", "Number of the member or of the one of staff").or_null(),
            Column::new("visit", Int32, "", "Their visit: see `visits`"),
            Column::new("height_mm", Float32, "mm", "Height without shoes"),
            Column::new("build", Float32, "", "Width relative to the average"),
            Column::new("figure", Text, "", "What their looks are drawn from; the same for the same clothes"),
            Column::new("bag", Flag, "", "Whether they carry a bag"),
            Column::new("handed", Text, "", "Hand they prefer: `left` or `right`"),
            Column::new("arrived", Time, "us UTC", "First moment outside the door"),
            Column::new("gone", Time, "us UTC", "Last moment; null while they are there").or_null(),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let person = &self.person;
        let (role, number) = role_words(&person.role);
        cells.int32(person.number).text(role).maybe_int64(number).int32(person.visit);
        cells.float32(person.height_mm).float32(person.build).text(&format!("{:016x}", person.figure));
        cells.flag(person.bag).text(hand_word(person.handed)).time(self.arrived).maybe_time(self.gone);
    }
}

/// A row of `visits`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct VisitPast {
    pub(super) visit: u32,
    pub(super) member: Option<u64>,
    pub(super) staff: bool,
    pub(super) people: u32,
    pub(super) party: Option<u32>,
    pub(super) scanned: Option<EventTime>,
    pub(super) enter: Option<EventTime>,
    pub(super) leave: Option<EventTime>,
    pub(super) inside: u32,
    pub(super) member_id: Option<String>,
}

impl Row for VisitPast {
    const TABLE: Table = Table {
        name: "visits",
        row: "One visit: one person, or a party on one code, in the order of their numbers",
        columns: &[
            Column::new("visit", Int32, "", "Number, from 0"),
            Column::new("member", Int64, "", "Whose code it was; null for staff and those without").or_null(),
            Column::new("staff", Flag, "", "Whether it is one of staff"),
            Column::new("people", Int32, "", "How many people came"),
            Column::new("party", Int32, "", "For how many the code was shown; null without").or_null(),
            Column::new("scanned_at", Time, "us UTC", "When it was first shown").or_null(),
            Column::new("enter", Time, "us UTC", "When the first of them crossed the gate's line inwards").or_null(),
            Column::new("leave", Time, "us UTC", "When the last crossed it outwards; null while one is inside")
                .or_null(),
            Column::new(
                "member_id",
                Text,
                "",
                "What the pipeline's tables are to call whose code it was; null without",
            )
            .or_null(),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        cells.int32(self.visit).maybe_int64(self.member).flag(self.staff).int32(self.people);
        let leave = self.leave.filter(|_| self.inside == 0);
        cells.maybe_int32(self.party).maybe_time(self.scanned).maybe_time(self.enter).maybe_time(leave);
        cells.maybe_text(self.member_id.as_deref());
    }
}

const VISIT: Column = Column::new("visit", Int32, "", "Which visit: see `visits`");
const CURRENCY: Column = Column::new("currency", Text, "", "ISO 4217");

/// A row of `receipts`.
pub(super) struct ReceiptRow<'a>(pub(super) &'a Receipt, pub(super) &'a World);

impl Row for ReceiptRow<'_> {
    const TABLE: Table = Table {
        name: "receipts",
        row: "What one visit pays, once its last person has left; in order of time",
        columns: &[
            VISIT,
            Column::new("member", Int64, "", "Who pays; null where somebody came in behind others").or_null(),
            Column::new("closed_at", Time, "us UTC", "When the last of them left"),
            Column::new("lines", Int32, "", "Packages on it"),
            Column::new("total_minor", Int64, "minor units", "Sum of the lines"),
            CURRENCY,
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let Self(receipt, world) = self;
        cells.int32(receipt.visit).maybe_int64(receipt.member).time(receipt.closed_at).int32(receipt.lines.len());
        cells.int64(receipt.total_minor).text(&world.currency);
    }
}

/// What `receipt_lines` and `refunds` say of a package.
fn line_cells(cells: &mut Cells, world: &World, line: &Line) {
    cells.text(&world.articles[line.article].sku).int32(line.package).int32(line.taker).time(line.taken_at);
    cells.text(&world.slots[line.slot].name).int64(line.unit_price_minor).text(&world.currency);
}

const SKU: Column = Column::new("sku", Text, "", "Stock keeping unit of its article");
const PACKAGE: Column = Column::new("package", Int32, "", "Which package");
const TAKER: Column = Column::new("taker", Int32, "", "Who took it last: see `persons`");
const TAKEN_AT: Column = Column::new("taken_at", Time, "us UTC", "When");
const SLOT: Column = Column::new("slot", Text, "", "From which slot");
const PRICE: Column = Column::new("unit_price_minor", Int64, "minor units", "Price as of then");

/// A row of `receipt_lines`.
pub(super) struct LineRow<'a>(pub(super) u32, pub(super) &'a Line, pub(super) &'a World);

impl Row for LineRow<'_> {
    const TABLE: Table = Table {
        name: "receipt_lines",
        row: "One package that is paid for; by receipt, then in order of the takes",
        columns: &[VISIT, SKU, PACKAGE, TAKER, TAKEN_AT, SLOT, PRICE, CURRENCY],
    };

    fn cells(&self, cells: &mut Cells) {
        line_cells(cells.int32(self.0), self.2, self.1);
    }
}

/// A row of `refunds`.
pub(super) struct RefundRow<'a>(pub(super) &'a Refund, pub(super) &'a World);

impl Row for RefundRow<'_> {
    const TABLE: Table = Table {
        name: "refunds",
        row: "One package that came back after its visit had paid; in order of time",
        columns: &[
            VISIT,
            Column::new("event_time", Time, "us UTC", "When it came back"),
            SKU,
            PACKAGE,
            TAKER,
            TAKEN_AT,
            SLOT,
            PRICE,
            CURRENCY,
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        line_cells(cells.int32(self.0.visit).time(self.0.at), self.1, &self.0.line);
    }
}
