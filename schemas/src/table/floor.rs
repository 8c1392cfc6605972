//! Tables of the floor: `tracks`, `positions`, `memberships`. Written where cameras are calibrated.

use super::ColumnType::{Float32, Int32, Int64, Text, Texts, Time};
use super::behaviour::{CAMERA, column, float32, int32, int64, text, time};
use super::visits::{MEMBER_ID, VISIT_ID_OR_NULL, attendees};
use super::{Names, Table, TableRow};
use crate::floor::FloorPoint;
use crate::ids::CameraId;
use crate::time::EventTime;
use crate::whereabouts::{Membership, Position, Track};
use arrow_array::ArrayRef;
use arrow_array::builder::{ListBuilder, StringBuilder};
use std::sync::Arc;

/// `tracks`.
pub const TRACKS: Table = Table {
    name: "tracks",
    version: 1,
    row: "One shopper across cameras, once nothing more can come or be corrected",
    range_column: "closed_at",
    sorted_by: &["closed_at", "first_seen", "track_id"],
    columns: &[
        column("track_id", Text, "", "Identity of the track: 16 hexadecimal digits", "91c27d03b4aa6f15"),
        column(
            "first_seen",
            Time,
            "us UTC",
            "Start of the first tick in which a camera saw them",
            "2020-02-20 12:00:03.1+00",
        ),
        column("last_seen", Time, "us UTC", "Start of the last such tick", "2020-02-20 12:04:31.8+00"),
        column(
            "closed_at",
            Time,
            "us UTC",
            "Start of the tick that proved the track over: gone for longer than is bridged, and past correction",
            "2020-02-20 12:05:11.8+00",
        ),
        column("first_x_mm", Int32, "mm", "Where they were first seen, in the store's frame: x", "1250"),
        column("first_y_mm", Int32, "mm", "The same: y", "8400"),
        column("last_x_mm", Int32, "mm", "Where they were last seen: x", "1310"),
        column("last_y_mm", Int32, "mm", "The same: y", "8620"),
        column(
            "path_mm",
            Int64,
            "mm",
            "Length of the way: straight lines between places at least 300 mm apart, time out of sight included",
            "41350",
        ),
        column("height_mm", Int32, "mm", "Mean of the estimated heights", "1742"),
        column("positions", Int32, "ticks", "Rows of the track in `positions`", "2688"),
        column("gap_longest_ms", Int64, "ms", "Longest time in which no camera saw them; 0 without gaps", "1900"),
        column("cameras", Texts, "", "Every camera that saw them, by name", "[cam1, cam5]"),
        column("stretches", Int32, "", "How many pieces, each free of doubt, were joined", "3"),
    ],
};

/// `positions`.
pub const POSITIONS: Table = Table {
    name: "positions",
    version: 2,
    row: "Where one shopper was in one tick, final",
    range_column: "event_time",
    sorted_by: &["event_time", "track_id"],
    columns: &[
        column("track_id", Text, "", "Who: see `tracks`", "91c27d03b4aa6f15"),
        column("event_time", Time, "us UTC", "Start of the tick", "2020-02-20 12:00:03.1+00"),
        column("x_mm", Int32, "mm", "Where, on the floor in the store's frame: x", "1250"),
        column("y_mm", Int32, "mm", "The same: y", "8400"),
        column("spread_mm", Int32, "mm", "Standard deviation of the place along its worst axis", "90"),
        column(
            "quality",
            Float32,
            "0..1",
            "Probability that the true place lies within 250 mm, 1 - exp(-250^2 / (2 spread_mm^2)): errors normal and alike along both axes",
            "0.979",
        ),
        column(
            "cameras",
            Texts,
            "",
            "Who saw them in this tick, by name; empty where the place is predicted",
            "[cam1, cam5]",
        ),
        VISIT_ID_OR_NULL,
        MEMBER_ID,
    ],
};

/// `memberships`.
pub const MEMBERSHIPS: Table = Table {
    name: "memberships",
    version: 1,
    row: "Whose tracklet it was, from when until when; several rows where a camera mixed shoppers",
    range_column: "closed_at",
    sorted_by: &["closed_at", "camera", "from_time", "tracklet_id"],
    columns: &[
        column("tracklet_id", Text, "", "The tracklet: see `tracklets`", "5f0d3c1a9b7e2468"),
        CAMERA,
        column("track_id", Text, "", "The track it was part of: see `tracks`", "91c27d03b4aa6f15"),
        column("from_time", Time, "us UTC", "Start of the first tick", "2020-02-20 12:00:03.1+00"),
        column("until_time", Time, "us UTC", "End of the last tick", "2020-02-20 12:00:31.9+00"),
        column(
            "closed_at",
            Time,
            "us UTC",
            "Start of the tick that proved it over: given to another track, or silent for longer than is bridged, and past correction",
            "2020-02-20 12:01:11.8+00",
        ),
    ],
};

/// The names of each list of cameras, in their order.
fn camera_names<'a>(lists: impl Iterator<Item = &'a Vec<CameraId>>, names: &Names) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(super::text_field());
    for list in lists {
        let mut shown: Vec<String> = list.iter().map(|&camera| names.camera(camera)).collect();
        shown.sort();
        builder.append_value(shown.into_iter().map(Some));
    }
    Arc::new(builder.finish())
}

fn millimetres(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(arrow_array::Int32Array::from_iter_values(values))
}

/// x and y of each place.
fn places(values: impl Iterator<Item = FloorPoint> + Clone) -> [ArrayRef; 2] {
    [millimetres(values.clone().map(|p| p.x_mm)), millimetres(values.map(|p| p.y_mm))]
}

impl TableRow for Track {
    const TABLE: &'static Table = &TRACKS;

    fn range_time(&self) -> EventTime {
        self.closed_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort_by_key(|r| (r.closed_at, r.first_seen, r.id));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let mut columns = vec![
            text(rows.iter().map(|r| r.id.to_string())),
            time(rows.iter().map(|r| r.first_seen)),
            time(rows.iter().map(|r| r.last_seen)),
            time(rows.iter().map(|r| r.closed_at)),
        ];
        columns.extend(places(rows.iter().map(|r| r.first)));
        columns.extend(places(rows.iter().map(|r| r.last)));
        columns.push(int64(rows.iter().map(|r| i64::try_from(r.path_mm).unwrap_or(i64::MAX))));
        columns.push(int32(rows.iter().map(|r| r.height_mm)));
        columns.push(int32(rows.iter().map(|r| r.positions)));
        columns.push(int64(rows.iter().map(|r| r.gap_longest_us / 1000)));
        columns.push(camera_names(rows.iter().map(|r| &r.cameras), names));
        columns.push(int32(rows.iter().map(|r| r.stretches)));
        columns
    }
}

impl TableRow for Position {
    const TABLE: &'static Table = &POSITIONS;

    fn range_time(&self) -> EventTime {
        self.event_time
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort_by_key(|r| (r.event_time, r.track));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        let mut columns = vec![text(rows.iter().map(|r| r.track.to_string())), time(rows.iter().map(|r| r.event_time))];
        columns.extend(places(rows.iter().map(|r| r.at)));
        columns.push(int32(rows.iter().map(|r| r.spread_mm)));
        columns.push(float32(rows.iter().map(Self::quality)));
        columns.push(camera_names(rows.iter().map(|r| &r.cameras), names));
        columns.extend(attendees(rows.iter().map(|r| r.attendee)));
        columns
    }
}

impl TableRow for Membership {
    const TABLE: &'static Table = &MEMBERSHIPS;

    fn range_time(&self) -> EventTime {
        self.closed_at
    }

    fn sort(rows: &mut [Self], names: &Names) {
        rows.sort();
        rows.sort_by_cached_key(|r| (r.closed_at, names.camera_rank(r.camera), r.from, r.tracklet));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            text(rows.iter().map(|r| r.tracklet.to_string())),
            text(rows.iter().map(|r| names.camera(r.camera))),
            text(rows.iter().map(|r| r.track.to_string())),
            time(rows.iter().map(|r| r.from)),
            time(rows.iter().map(|r| r.until)),
            time(rows.iter().map(|r| r.closed_at)),
        ]
    }
}
