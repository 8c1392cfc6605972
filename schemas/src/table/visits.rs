//! Tables of visits: `visits`, `gate_scans`, `dwells`, `zone_traffic`, `alerts`. Written where the floor is followed.

use super::ColumnType::{Int32, Int64, Text, Texts, Time};
use super::behaviour::{column, int32, int64, optional, text, time};
use super::{Column, Names, Table, TableRow};
use crate::ids::{GateId, ZoneId};
use crate::time::EventTime;
use crate::visit::{Alert, Attendee, Dwell, ScanOutcome, Visit, ZoneMinute};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray};
use std::sync::Arc;

pub(super) const VISIT_ID: Column =
    column("visit_id", Text, "", "The visit: see `visits`; 16 hexadecimal digits", "3d8e5a90c1f2b764");
/// Whose visit, where somebody knows.
pub(super) const MEMBER_ID: Column = optional(column(
    "member_id",
    Text,
    "",
    "On whose account: a keyed hash of the account's name; null without a code",
    "c0ffee1234567890",
));
/// The visit, where there is one.
pub(super) const VISIT_ID_OR_NULL: Column = optional(VISIT_ID);
const CLOSED_AT: &str = "Start of the tick that proved it over";

/// `visits`.
pub const VISITS: Table = Table {
    name: "visits",
    version: 1,
    row: "One visit that is over: one person, or a party on one code",
    range_column: "closed_at",
    sorted_by: &["closed_at", "visit_id"],
    columns: &[
        column("visit_id", Text, "", "Identity of the visit: 16 hexadecimal digits", "3d8e5a90c1f2b764"),
        column(
            "kind",
            Text,
            "",
            "`member`, `staff` (never billed), `tailgater` (came in without a code), `unexplained` (found inside), `anonymous` (where no codes are asked for)",
            "member",
        ),
        MEMBER_ID,
        column(
            "outcome",
            Text,
            "",
            "`left`, `lost` (somebody was not seen any more: to be reviewed, never billed in silence), `no_entry` (nobody came in on the code)",
            "left",
        ),
        optional(column("gate_in", Text, "", "Gate at which they came in", "door")),
        optional(column("gate_out", Text, "", "Gate at which the last of them went out", "door")),
        optional(column("scanned_at", Time, "us UTC", "When the code was shown", "2020-02-20 12:00:03.1+00")),
        optional(column("entered_at", Time, "us UTC", "When the first of them was inside", "2020-02-20 12:00:05.2+00")),
        optional(column(
            "left_at",
            Time,
            "us UTC",
            "When the last of them was outside, or was last seen",
            "2020-02-20 12:04:31.8+00",
        )),
        column("closed_at", Time, "us UTC", CLOSED_AT, "2020-02-20 12:04:32.8+00"),
        optional(column("party", Int32, "people", "For how many the code was shown", "2")),
        column("people", Int32, "people", "How many came in", "2"),
        column("people_lost", Int32, "people", "How many of them were not seen leaving", "0"),
        column(
            "path_mm",
            Int64,
            "mm",
            "How far all of them went inside: straight lines between places at least 300 mm apart",
            "41350",
        ),
        optional(column(
            "zone_first",
            Text,
            "",
            "First zone inside, that is no entrance, in which one of them was",
            "aisle-1",
        )),
        optional(column("zone_last", Text, "", "Last such zone", "till")),
        column("track_ids", Texts, "", "Their tracks: see `tracks`", "[91c27d03b4aa6f15]"),
    ],
};

/// `gate_scans`.
pub const GATE_SCANS: Table = Table {
    name: "gate_scans",
    version: 1,
    row: "One code that was shown at a gate, and what came of it",
    range_column: "event_time",
    sorted_by: &["event_time", "gate", "code_id"],
    columns: &[
        column("gate", Text, "", "Gate, as the configuration names it", "door"),
        column(
            "event_time",
            Time,
            "us UTC",
            "When, by the reader's clock; where that cannot be, the nearest time that can (a fault says so)",
            "2020-02-20 12:00:03.1+00",
        ),
        column("received_at", Time, "us UTC", "When it arrived in the shop's network", "2020-02-20 12:00:03.14+00"),
        column("outcome", Text, "", "`admitted` or `refused`", "admitted"),
        optional(column(
            "reason",
            Text,
            "",
            "Why it was refused: `not_a_code`, `forged`, `malformed`, `wrong_issuer`, `wrong_gate`, `not_yet_valid`, `expired`, `replayed`, `way_out`",
            "expired",
        )),
        optional(column(
            "code_id",
            Text,
            "",
            "Hash of the code's number; null where its signature is not good",
            "0b7e5f0d3c1a9468",
        )),
        MEMBER_ID,
        optional(column("role", Text, "", "`member` or `staff`, as the code says", "member")),
        optional(column("party", Int32, "people", "How many it lets in", "2")),
        VISIT_ID_OR_NULL,
    ],
};

/// `dwells`.
pub const DWELLS: Table = Table {
    name: "dwells",
    version: 1,
    row: "One stay of one person in one zone, once it is over; zones may overlap and lie in each other",
    range_column: "closed_at",
    sorted_by: &["closed_at", "zone", "entered_at", "track_id"],
    columns: &[
        column("zone", Text, "", "Zone, as the configuration names it", "aisle-1"),
        column("track_id", Text, "", "The track with which it began: see `tracks`", "91c27d03b4aa6f15"),
        VISIT_ID_OR_NULL,
        MEMBER_ID,
        optional(column(
            "person",
            Int32,
            "",
            "Which of the visit's people, from 0, in the order in which they came in",
            "0",
        )),
        column("entered_at", Time, "us UTC", "Start of the first tick in the zone", "2020-02-20 12:00:05.2+00"),
        column("left_at", Time, "us UTC", "End of the last", "2020-02-20 12:00:17.4+00"),
        column("closed_at", Time, "us UTC", CLOSED_AT, "2020-02-20 12:00:34.1+00"),
        column("stay_ms", Int64, "ms", "From the one to the other", "12200"),
        column("still_ms", Int64, "ms", "Of this, how long they stood still", "8100"),
        column("path_mm", Int64, "mm", "How far they went in it, by steps of at least 300 mm", "2650"),
        column("manner", Text, "", "`passed`, `stopped` or `loitered`, by how long they stood still", "stopped"),
    ],
};

/// `zone_traffic`.
pub const ZONE_TRAFFIC: Table = Table {
    name: "zone_traffic",
    version: 1,
    row: "One minute of one zone; minutes without anybody have no row",
    range_column: "minute",
    sorted_by: &["minute", "zone"],
    columns: &[
        column("minute", Time, "us UTC", "Start of the minute", "2020-02-20 12:00:00+00"),
        column("zone", Text, "", "Zone, as the configuration names it", "aisle-1"),
        column("entries", Int32, "", "Stays that began", "4"),
        column("exits", Int32, "", "Stays that ended", "3"),
        column("people", Int32, "people", "Different people who were there", "5"),
        column("people_max", Int32, "people", "Most people at once", "2"),
        column(
            "occupied_ms",
            Int64,
            "ms",
            "Their times in it together; over 60,000 it is the mean number of people",
            "71300",
        ),
    ],
};

/// `alerts`.
pub const ALERTS: Table = Table {
    name: "alerts",
    version: 2,
    row: "Something that somebody of the shop should know",
    range_column: "raised_at",
    sorted_by: &["raised_at", "kind", "event_time"],
    columns: &[
        column("event_time", Time, "us UTC", "When it was so", "2020-02-20 12:00:05.2+00"),
        column("raised_at", Time, "us UTC", "Start of the tick that made it certain", "2020-02-20 12:00:07.2+00"),
        column(
            "kind",
            Text,
            "",
            "`tailgater`, `unexplained`, `lost`, `code_replayed`, `code_forged`, `loitering`, `returned_not_taken` (more was put back than taken), `loss` (somebody on nobody's account left with goods)",
            "tailgater",
        ),
        VISIT_ID_OR_NULL,
        optional(column("track_id", Text, "", "Which track: see `tracks`", "91c27d03b4aa6f15")),
        optional(column("gate", Text, "", "At which gate", "door")),
        optional(column("zone", Text, "", "In which zone", "aisle-1")),
        optional(column("sku", Text, "", "Of which article", "4099887000018")),
        optional(column(
            "value_minor",
            Int64,
            "minor",
            "What it is about, in money, at list prices; those of the losses of one visit sum up to what was lost",
            "567",
        )),
        optional(column("currency", Text, "", "ISO 4217 code of it", "EUR")),
    ],
};

/// Texts of ids, where there are any.
pub(super) fn texts_or_null<T: ToString>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values.map(|value| value.map(|value| value.to_string()))))
}

fn time_or_null(values: impl Iterator<Item = Option<EventTime>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(values.map(|t| t.map(|t| t.0))).with_timezone("UTC"))
}

pub(super) fn int64_or_null(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values))
}

fn int32_or_null(values: impl Iterator<Item = Option<u32>>) -> ArrayRef {
    Arc::new(Int32Array::from_iter(values.map(|v| v.map(|v| i32::try_from(v).unwrap_or(i32::MAX)))))
}

fn gates(values: impl Iterator<Item = Option<GateId>>, names: &Names) -> ArrayRef {
    texts_or_null(values.map(|gate| gate.map(|gate| names.gate(gate))))
}

fn zones(values: impl Iterator<Item = Option<ZoneId>>, names: &Names) -> ArrayRef {
    texts_or_null(values.map(|zone| zone.map(|zone| names.zone(zone))))
}

/// Visit and member of each.
pub(super) fn attendees(values: impl Iterator<Item = Option<Attendee>> + Clone) -> [ArrayRef; 2] {
    [texts_or_null(values.clone().map(|a| a.map(|a| a.visit))), texts_or_null(values.map(|a| a.and_then(|a| a.member)))]
}

fn long(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl TableRow for Visit {
    const TABLE: &'static Table = &VISITS;

    fn range_time(&self) -> EventTime {
        self.closed_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort_by_key(|r| (r.closed_at, r.id));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let mut tracks = ListBuilder::new(StringBuilder::new()).with_field(super::text_field());
        for row in rows {
            tracks.append_value(row.tracks.iter().map(|track| Some(track.to_string())));
        }
        vec![
            text(rows.iter().map(|r| r.id.to_string())),
            text(rows.iter().map(|r| r.kind.word())),
            texts_or_null(rows.iter().map(|r| r.member)),
            text(rows.iter().map(|r| r.end.word())),
            gates(rows.iter().map(|r| r.gate_in), names),
            gates(rows.iter().map(|r| r.gate_out), names),
            time_or_null(rows.iter().map(|r| r.scanned_at)),
            time_or_null(rows.iter().map(|r| r.entered_at)),
            time_or_null(rows.iter().map(|r| r.left_at)),
            time(rows.iter().map(|r| r.closed_at)),
            int32_or_null(rows.iter().map(|r| r.party)),
            int32(rows.iter().map(|r| r.people)),
            int32(rows.iter().map(|r| r.lost)),
            int64(rows.iter().map(|r| long(r.path_mm))),
            zones(rows.iter().map(|r| r.zone_first), names),
            zones(rows.iter().map(|r| r.zone_last), names),
            Arc::new(tracks.finish()),
        ]
    }
}

impl TableRow for ScanOutcome {
    const TABLE: &'static Table = &GATE_SCANS;

    fn range_time(&self) -> EventTime {
        self.scan.event_time
    }

    fn sort(rows: &mut [Self], names: &Names) {
        let ranks = super::ranks(&names.gates);
        rows.sort();
        rows.sort_by_key(|r| (r.scan.event_time, super::rank(&ranks, r.scan.gate), r.scan.claim.ok().map(|c| c.code)));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let claims = rows.iter().map(|r| r.scan.claim.ok());
        let word = |r: &Self| if r.outcome.is_ok() { "admitted" } else { "refused" };
        vec![
            text(rows.iter().map(|r| names.gate(r.scan.gate))),
            time(rows.iter().map(|r| r.scan.event_time)),
            time(rows.iter().map(|r| r.scan.received_at)),
            text(rows.iter().map(word)),
            texts_or_null(rows.iter().map(|r| r.outcome.err().map(|reason| reason.word()))),
            texts_or_null(claims.clone().map(|c| c.map(|c| c.code))),
            texts_or_null(claims.clone().map(|c| c.map(|c| c.member))),
            texts_or_null(claims.clone().map(|c| c.map(|c| c.role.word()))),
            int32_or_null(claims.map(|c| c.map(|c| c.party))),
            texts_or_null(rows.iter().map(|r| r.outcome.ok())),
        ]
    }
}

impl TableRow for Dwell {
    const TABLE: &'static Table = &DWELLS;

    fn range_time(&self) -> EventTime {
        self.closed_at
    }

    fn sort(rows: &mut [Self], names: &Names) {
        let ranks = super::ranks(&names.zones);
        rows.sort();
        rows.sort_by_key(|r| (r.closed_at, super::rank(&ranks, r.zone), r.entered_at, r.track));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let attendee = rows.iter().map(|r| r.attendee);
        let mut columns =
            vec![text(rows.iter().map(|r| names.zone(r.zone))), text(rows.iter().map(|r| r.track.to_string()))];
        columns.extend(attendees(attendee.clone()));
        columns.push(int32_or_null(attendee.map(|a| a.map(|a| a.person))));
        columns.push(time(rows.iter().map(|r| r.entered_at)));
        columns.push(time(rows.iter().map(|r| r.left_at)));
        columns.push(time(rows.iter().map(|r| r.closed_at)));
        columns.push(int64(rows.iter().map(|r| r.left_at.since_us(r.entered_at) / 1000)));
        columns.push(int64(rows.iter().map(|r| r.still_us / 1000)));
        columns.push(int64(rows.iter().map(|r| long(r.path_mm))));
        columns.push(text(rows.iter().map(|r| r.manner.word())));
        columns
    }
}

impl TableRow for ZoneMinute {
    const TABLE: &'static Table = &ZONE_TRAFFIC;

    fn range_time(&self) -> EventTime {
        self.minute
    }

    fn sort(rows: &mut [Self], names: &Names) {
        let ranks = super::ranks(&names.zones);
        rows.sort();
        rows.sort_by_key(|r| (r.minute, super::rank(&ranks, r.zone)));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.minute)),
            text(rows.iter().map(|r| names.zone(r.zone))),
            int32(rows.iter().map(|r| r.entries)),
            int32(rows.iter().map(|r| r.exits)),
            int32(rows.iter().map(|r| r.people)),
            int32(rows.iter().map(|r| r.people_max)),
            int64(rows.iter().map(|r| r.time_us / 1000)),
        ]
    }
}

impl TableRow for Alert {
    const TABLE: &'static Table = &ALERTS;

    fn range_time(&self) -> EventTime {
        self.raised_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
        rows.sort_by_key(|r| (r.raised_at, r.kind.word(), r.event_time));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.event_time)),
            time(rows.iter().map(|r| r.raised_at)),
            text(rows.iter().map(|r| r.kind.word())),
            texts_or_null(rows.iter().map(|r| r.visit)),
            texts_or_null(rows.iter().map(|r| r.track)),
            gates(rows.iter().map(|r| r.gate), names),
            zones(rows.iter().map(|r| r.zone), names),
            texts_or_null(rows.iter().map(|r| r.sku.as_ref())),
            int64_or_null(rows.iter().map(|r| r.value.map(|value| value.minor))),
            texts_or_null(rows.iter().map(|r| r.value.map(|value| value.currency))),
        ]
    }
}
