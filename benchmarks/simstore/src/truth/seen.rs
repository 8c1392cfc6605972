//! What cameras truly show: `frames` and `people`.

use crate::table::Kind::{Float32, Floats, Int32, Int64, Text, Time};
use crate::table::{Cells, Column, Row, Table};
use schemas::EventTime;

/// Whether a joint is to be seen. The numbers are COCO's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Visibility {
    /// Outside the picture.
    #[default]
    Outside = 0,
    /// In the picture, hidden by something or somebody (themselves too).
    Hidden = 1,
    /// In view.
    Visible = 2,
}

/// One joint in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JointSeen {
    /// Place, px; NaN behind the camera.
    pub at_px: [f64; 2],
    /// Whether it is to be seen.
    pub visibility: Visibility,
}

/// One person in one camera's picture. Boxes are left, top, right, bottom in px.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonSeen {
    /// Number.
    pub person: u32,
    /// Number of their visit.
    pub visit: u32,
    /// Box around all of them, as if nothing stood before them and the picture had no edge.
    pub full_px: [f64; 4],
    /// Box around what is to be seen of them; none where that is nothing.
    pub visible_px: Option<[f64; 4]>,
    /// Part of them that is to be seen, by area, 0 to 1.
    pub share: f64,
    /// The 17 joints of COCO.
    pub joints: [JointSeen; 17],
}

/// One camera's picture.
#[derive(Clone, Copy, Debug)]
pub struct FrameTruth<'a> {
    /// Name of the camera.
    pub camera: &'a str,
    /// Number of the picture in its camera's stream, from 0.
    pub frame: u64,
    /// When it was taken.
    pub at: EventTime,
    /// Width and height, px.
    pub size_px: [u32; 2],
    /// Who is in it.
    pub people: &'a [PersonSeen],
}

const CAMERA: Column = Column::new("camera", Text, "", "Camera, as the configuration names it");
const FRAME: Column =
    Column::new("frame", Int64, "", "Number of the picture of its camera, from 0, counting those that an outage lost");
const AT: Column = Column::new("event_time", Time, "us UTC", "When the picture was truly taken");

impl Row for FrameTruth<'_> {
    const TABLE: Table = Table {
        name: "frames",
        row: "One picture of one camera, whether somebody is in it or not, and none while it is out; by time, then camera",
        columns: &[
            CAMERA,
            FRAME,
            AT,
            Column::new("width_px", Int32, "px", "Width of the picture"),
            Column::new("height_px", Int32, "px", "Height of the picture"),
            Column::new("people", Int32, "", "How many people show some of themselves"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        cells.text(self.camera).int64(self.frame).time(self.at).int32(self.size_px[0]).int32(self.size_px[1]);
        cells.int32(self.people.iter().filter(|p| p.visible_px.is_some()).count());
    }
}

/// A row of `people`.
pub(super) struct PersonRow<'a>(pub &'a FrameTruth<'a>, pub &'a PersonSeen);

impl Row for PersonRow<'_> {
    const TABLE: Table = Table {
        name: "people",
        row: "One person in the view of one camera's picture, hidden or not; by time, camera, person",
        columns: &[
            CAMERA,
            FRAME,
            AT,
            Column::new("person", Int32, "", "Who: see `persons`"),
            Column::new("visit", Int32, "", "Their visit: see `visits`"),
            Column::new("full_left_px", Float32, "px", "Box around all of them, whatever hides them: left edge"),
            Column::new("full_top_px", Float32, "px", "The same: top edge"),
            Column::new("full_right_px", Float32, "px", "The same: right edge; may lie outside the picture"),
            Column::new("full_bottom_px", Float32, "px", "The same: bottom edge"),
            Column::new("left_px", Float32, "px", "Box around what is to be seen of them: left edge").or_null(),
            Column::new("top_px", Float32, "px", "The same: top edge").or_null(),
            Column::new("right_px", Float32, "px", "The same: right edge").or_null(),
            Column::new("bottom_px", Float32, "px", "The same: bottom edge").or_null(),
            Column::new("visible_share", Float32, "0..1", "Part of them that is to be seen, by area"),
            Column::new("joints_x_px", Floats, "px", "The 17 joints of COCO: x; NaN behind the camera"),
            Column::new("joints_y_px", Floats, "px", "The same: y"),
            Column::new("joints_visible", Floats, "", "The same: 0 outside the picture, 1 hidden, 2 in view"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let (frame, seen) = (self.0, self.1);
        cells.text(frame.camera).int64(frame.frame).time(frame.at).int32(seen.person).int32(seen.visit);
        for edge in seen.full_px {
            cells.float32(edge);
        }
        for i in 0..4 {
            cells.maybe_float32(seen.visible_px.map(|edges| edges[i]));
        }
        cells.float32(seen.share);
        cells.floats(seen.joints.iter().map(|j| j.at_px[0])).floats(seen.joints.iter().map(|j| j.at_px[1]));
        cells.floats(seen.joints.iter().map(|j| f64::from(j.visibility as u8)));
    }
}
