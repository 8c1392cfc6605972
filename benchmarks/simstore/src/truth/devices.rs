//! What devices are like: `clocks`, `outages`.

use crate::scenario::Outage;
use crate::table::Kind::{Int64, Text, Time};
use crate::table::{Cells, Column, Row, Table};
use schemas::EventTime;

const DEVICE: Column = Column::new("device", Text, "", "Its name in `store.toml`");

/// A row of `clocks`.
pub(super) struct ClockRow<'a> {
    pub(super) device: &'a str,
    pub(super) kind: &'static str,
    pub(super) skew_us: i64,
}

impl Row for ClockRow<'_> {
    const TABLE: Table = Table {
        name: "clocks",
        row: "One device's clock: what it delivers has its time, the truth has the true one; cameras, scales, gates",
        columns: &[
            DEVICE,
            Column::new("kind", Text, "", "`camera`, `scale` or `gate`"),
            Column::new("skew_us", Int64, "us", "How far its clock is ahead"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        cells.text(self.device).text(self.kind).int64(self.skew_us);
    }
}

/// A row of `outages`, with the beginning of the scenario.
pub(super) struct OutageRow<'a>(pub &'a Outage, pub EventTime);

impl Row for OutageRow<'_> {
    const TABLE: Table = Table {
        name: "outages",
        row: "One time for which a device is out of order: a camera takes no pictures, a scale says nothing; by beginning",
        columns: &[
            DEVICE,
            Column::new("from_time", Time, "us UTC", "From when on"),
            Column::new("until_time", Time, "us UTC", "Until when, that instant not included"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let Self(outage, start) = *self;
        cells.text(&outage.device).time(start.plus_us(outage.from_us)).time(start.plus_us(outage.to_us));
    }
}
