//! Where people truly were: `positions`, `zone_stays`, and the `zones` themselves.

use crate::table::Kind::{Flag, Float32, Floats, Int32, Text, Time};
use crate::table::{Cells, Column, Row, Table};
use crate::world::{Mm2, Zone};
use schemas::EventTime;

/// A row of `positions`.
pub(super) struct PositionRow {
    pub(super) at: EventTime,
    pub(super) person: u32,
    pub(super) visit: u32,
    pub(super) place: Mm2,
    pub(super) heading: f64,
    pub(super) inside: bool,
}

impl Row for PositionRow {
    const TABLE: Table = Table {
        name: "positions",
        row: "Where one person was at the start of one tick; by time, then person",
        columns: &[
            Column::new("event_time", Time, "us UTC", "Start of the tick"),
            Column::new("person", Int32, "", "Who: see `persons`"),
            Column::new("visit", Int32, "", "Their visit: see `visits`"),
            Column::new("x_mm", Int32, "mm", "Where they stood, in the store's frame: x"),
            Column::new("y_mm", Int32, "mm", "The same: y"),
            Column::new("heading_deg", Float32, "deg", "Where their body faced, from x, counter-clockwise"),
            Column::new("inside", Flag, "", "Whether that is within the walls"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        cells.time(self.at).int32(self.person).int32(self.visit);
        cells.int32(self.place.x.round() as i64).int32(self.place.y.round() as i64);
        cells.float32(self.heading.to_degrees().rem_euclid(360.0)).flag(self.inside);
    }
}

/// A row of `zone_stays`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StayRow<'a> {
    pub(super) person: u32,
    pub(super) visit: u32,
    pub(super) zone: &'a str,
    pub(super) from: EventTime,
    pub(super) until: EventTime,
    pub(super) open: bool,
}

impl Row for StayRow<'_> {
    const TABLE: Table = Table {
        name: "zone_stays",
        row: "One stay of one person in one zone; leaving for less than 500 ms does not end it; by end, person, zone",
        columns: &[
            Column::new("person", Int32, "", "Who: see `persons`"),
            Column::new("visit", Int32, "", "Their visit: see `visits`"),
            Column::new("zone", Text, "", "Name of the zone; zones may nest, and then stays do"),
            Column::new("from_time", Time, "us UTC", "First moment (20 ms) in it"),
            Column::new("until_time", Time, "us UTC", "Last moment in it"),
            Column::new("still_there", Flag, "", "Whether they were there when the simulation ended"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        cells.int32(self.person).int32(self.visit).text(self.zone).time(self.from).time(self.until).flag(self.open);
    }
}

impl Row for Zone {
    const TABLE: Table = Table {
        name: "zones",
        row: "One part of the floor with a name, in the order of the shop's description",
        columns: &[
            Column::new("zone", Text, "", "Name"),
            Column::new("entrance", Flag, "", "Whether people come and go here"),
            Column::new("corners_x_mm", Floats, "mm", "Its corners in order: x"),
            Column::new("corners_y_mm", Floats, "mm", "The same: y"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        cells.text(&self.name).flag(self.entrance);
        cells.floats(self.corners.iter().map(|c| c.x)).floats(self.corners.iter().map(|c| c.y));
    }
}

/// Whether `place` lies in the polygon, by the even-odd rule.
pub(crate) fn within(corners: &[Mm2], place: Mm2) -> bool {
    let mut inside = false;
    let mut last = corners.len().wrapping_sub(1);
    for (i, b) in corners.iter().enumerate() {
        let a = corners[last];
        if (a.y > place.y) != (b.y > place.y) && place.x < a.x + (place.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            inside = !inside;
        }
        last = i;
    }
    inside
}
