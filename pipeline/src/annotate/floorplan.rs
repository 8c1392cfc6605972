//! Floor plan: zones, racks, cameras, paths and how long people stayed where, from above, x to the right and y upwards, as SVG or
//! PNG, still or at one instant.

mod ground;
mod heat;
mod shapes;
mod walk;

use super::AnnotateError;
use super::draw::Canvas;
use heat::{CELL_MM, Heat};
use schemas::{CameraModel, EventTime, FloorPoint};
use shapes::{Anchor, Drawing, LETTER, Shape};
use std::path::Path;
pub use walk::{Place, Walk};

/// Longest side of the floor in a still picture, in pixels.
const FLOOR_SIDE_PX: f64 = 960.0;
/// Space around the floor.
const MARGIN_PX: f64 = 28.0;
/// Space below it for the scale.
const SCALE_PX: f64 = 34.0;
/// Width of the legend.
const LEGEND_PX: f64 = 270.0;
/// Tracks that the legend names; of the rest only the number is told.
const LEGEND_MAX: usize = 40;
/// Height of a line of the legend.
const LEGEND_LINE_PX: f64 = 18.0;
/// Colours in the legend of dwelling.
const LEGEND_HEAT: usize = 6;
/// How much of a path is shown behind somebody at one instant.
const TRAIL_US: i64 = 5_000_000;

const WHITE: [u8; 3] = [255, 255, 255];
const INK: [u8; 3] = [40, 44, 52];

/// A camera on the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    name: String,
    at: [f64; 2],
    /// Its direction on the floor, of length one; zero where it looks straight down.
    looking: [f64; 2],
}

impl Camera {
    /// The camera called `name`; none where its model does not say where it hangs.
    pub fn of(name: &str, model: &CameraModel) -> Option<Self> {
        let ([x, y, _], [_, _, depth]) = (model.position()?, model.linear()?);
        let (dx, dy) = (depth[0], depth[1]);
        let length = dx.hypot(dy);
        // Within three degrees of straight down there is no direction to speak of.
        let looking = if length > 0.05 { [dx / length, dy / length] } else { [0.0, 0.0] };
        Some(Self { name: name.to_string(), at: [x, y], looking })
    }
}

/// What is on the plan.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Name and corners of each zone.
    pub zones: Vec<(String, Vec<FloorPoint>)>,
    /// Name and corners of each rack of shelves.
    pub racks: Vec<(String, Vec<FloorPoint>)>,
    /// The cameras.
    pub cameras: Vec<Camera>,
    /// Places that somebody measured.
    pub marks: Vec<[f64; 2]>,
    /// Everybody's path.
    pub walks: Vec<Walk>,
    /// Times are told in seconds from here; none: as time of day, UTC.
    pub since: Option<EventTime>,
    /// What is told beside it, line by line.
    pub about: Vec<String>,
}

/// From floor to picture.
#[derive(Clone, Copy, Debug)]
struct View {
    left_mm: f64,
    top_mm: f64,
    mm_per_px: f64,
    /// Where the floor's upper left corner is.
    corner: [f64; 2],
    /// The floor's width and height in pixels.
    size: [f64; 2],
}

impl View {
    fn at(&self, [x, y]: [f64; 2]) -> [f32; 2] {
        let [u, v] = [(x - self.left_mm) / self.mm_per_px, (self.top_mm - y) / self.mm_per_px];
        [(self.corner[0] + u) as f32, (self.corner[1] + v) as f32]
    }

    fn place(&self, at: FloorPoint) -> [f32; 2] {
        self.at([f64::from(at.x_mm), f64::from(at.y_mm)])
    }
}

impl Scene {
    /// Writes the plan with everybody's path; the ending of `path` says in which form.
    pub fn save(&self, path: &Path) -> Result<(), AnnotateError> {
        let drawing = self.still();
        let saved = if path.extension().is_some_and(|ending| ending == "svg") {
            std::fs::write(path, drawing.svg())
        } else {
            drawing.canvas().save(path)
        };
        saved.map_err(|error| super::cannot_write(path, &error))
    }

    /// Everybody's path from beginning to end, and who is who.
    fn still(&self) -> Drawing {
        let [width, height] = self.extent().1;
        let mm_per_px = width.max(height) / FLOOR_SIDE_PX;
        let (width, height) = (width / mm_per_px + 2.0 * MARGIN_PX, height / mm_per_px + 2.0 * MARGIN_PX + SCALE_PX);
        let lines =
            self.walks.len().min(LEGEND_MAX) + usize::from(self.walks.len() > LEGEND_MAX) + 6 + self.about.len();
        let height = height.max(lines as f64 * LEGEND_LINE_PX + 2.0 * MARGIN_PX);
        let mut drawing = Drawing::new((width + LEGEND_PX) as u32, height as u32, WHITE);
        let heat = Heat::of(&self.walks);
        let view = self.ground(&mut drawing, [width, height], &heat);
        for walk in &self.walks {
            draw_path(&mut drawing, &view, walk, &walk.places);
        }
        for walk in &self.walks {
            draw_ends(&mut drawing, &view, walk);
        }
        self.legend(&mut drawing, [width as f32, MARGIN_PX as f32], heat.most_s());
        drawing
    }

    /// Where everybody is at one instant, and how they came there, on a picture of `size` pixels.
    pub fn live(&self, now: EventTime, size: (u32, u32)) -> Canvas {
        let mut drawing = Drawing::new(size.0, size.1, WHITE);
        let view = self.ground(&mut drawing, [f64::from(size.0), f64::from(size.1)], &Heat::default());
        let here = || self.walks.iter().filter_map(|walk| Some((walk, walk.until(now)?)));
        for (walk, past) in here() {
            let since = past.partition_point(|place| now.since_us(place.time) > TRAIL_US);
            draw_path(&mut drawing, &view, walk, &past[since..]);
        }
        for (walk, past) in here() {
            let Some(place) = past.last() else { continue };
            let at = view.place(place.at);
            drawing.add(Shape::Disc { at, radius: 7.0, color: walk.color });
            if !place.seen {
                drawing.add(Shape::Disc { at, radius: 4.5, color: WHITE });
            }
            drawing.word([at[0] + 10.0, at[1] - 6.0], &walk.name(), INK, Anchor::Start);
        }
        drawing.word([6.0, LETTER.1], &self.time(now), INK, Anchor::Start);
        drawing.canvas()
    }

    /// When a camera first and last saw anybody.
    pub fn span(&self) -> Option<(EventTime, EventTime)> {
        let seen = self.walks.iter().map(Walk::seen);
        seen.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }

    /// Width by height.
    pub fn aspect(&self) -> f64 {
        let [width, height] = self.extent().1;
        width / height
    }

    /// Lower left corner of everything on the plan, and its width and height, in millimetres.
    fn extent(&self) -> ([f64; 2], [f64; 2]) {
        let millimetres = |p: &FloorPoint| [f64::from(p.x_mm), f64::from(p.y_mm)];
        let places = self.walks.iter().flat_map(|walk| walk.places.iter().map(|place| millimetres(&place.at)));
        let zones = self.zones.iter().flat_map(|(_, corners)| corners.iter().map(millimetres));
        let racks = self.racks.iter().flat_map(|(_, corners)| corners.iter().map(millimetres));
        let cameras = self.cameras.iter().map(|camera| camera.at);
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for p in places.chain(zones).chain(racks).chain(cameras).chain(self.marks.iter().copied()) {
            low = [low[0].min(p[0]), low[1].min(p[1])];
            high = [high[0].max(p[0]), high[1].max(p[1])];
        }
        if low[0] > high[0] {
            return ([0.0; 2], [1000.0; 2]);
        }
        // Somebody who never moves still stands on a square metre.
        let size = [(high[0] - low[0]).max(1000.0), (high[1] - low[1]).max(1000.0)];
        ([(low[0] + high[0] - size[0]) / 2.0, (low[1] + high[1] - size[1]) / 2.0], size)
    }

    fn legend(&self, drawing: &mut Drawing, [x, y]: [f32; 2], most_s: Option<f64>) {
        let line = LEGEND_LINE_PX as f32;
        let unit = if self.since.is_some() { "s from the first frame" } else { "UTC" };
        let count = self.walks.len();
        drawing.word(
            [x, y],
            &format!("{count} track{}, {unit}", if count == 1 { "" } else { "s" }),
            INK,
            Anchor::Start,
        );
        let mut at = y + line;
        for walk in self.walks.iter().take(LEGEND_MAX) {
            let points = vec![[x, at - 4.0], [x + 18.0, at - 4.0]];
            drawing.add(Shape::Line { points, color: walk.color, width: 4.0, dashed: false });
            let (first, last) = walk.seen();
            drawing.word([x + 24.0, at], &walk.name(), INK, Anchor::Start);
            drawing.word([x + 90.0, at], &format!("{} - {}", self.time(first), self.time(last)), INK, Anchor::Start);
            at += line;
        }
        if count > LEGEND_MAX {
            drawing.word([x + 24.0, at], &format!("and {} more", count - LEGEND_MAX), INK, Anchor::Start);
            at += line;
        }
        at += line / 2.0;
        for (dashed, text) in [(false, "seen by a camera"), (true, "seen by none: bridged")] {
            let points = vec![[x, at - 4.0], [x + 18.0, at - 4.0]];
            drawing.add(Shape::Line { points, color: INK, width: if dashed { 1.5 } else { 2.5 }, dashed });
            drawing.word([x + 24.0, at], text, INK, Anchor::Start);
            at += line;
        }
        for (i, text) in self.about.iter().enumerate() {
            drawing.word([x, at + (2 + i) as f32 * line], text, INK, Anchor::Start);
        }
        let Some(most_s) = most_s else { return };
        for i in 0..LEGEND_HEAT {
            let left = x + 18.0 * i as f32;
            let corners = vec![[left, at - 10.0], [left + 18.0, at - 10.0], [left + 18.0, at], [left, at]];
            drawing.add(Shape::Area { corners, color: heat::color(i as f64 / (LEGEND_HEAT - 1) as f64) });
        }
        let text = format!("0 - {most_s:.0} s in {:.1} m x {:.1} m", CELL_MM / 1000.0, CELL_MM / 1000.0);
        drawing.word([x + 18.0 * LEGEND_HEAT as f32 + 6.0, at], &text, INK, Anchor::Start);
    }

    fn time(&self, at: EventTime) -> String {
        match self.since {
            Some(since) => format!("{:.1}", at.since_us(since) as f64 / 1e6),
            None => jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().strftime("%T").to_string(),
        }
    }
}

/// Draws stretches of `places` as lines, dashed where nobody saw them.
fn draw_path(drawing: &mut Drawing, view: &View, walk: &Walk, places: &[Place]) {
    let mut run: Vec<[f32; 2]> = Vec::new();
    let mut dashed = false;
    for pair in places.windows(2) {
        let bridged = walk.bridged(&pair[0], &pair[1]);
        if bridged != dashed || run.is_empty() {
            flush(drawing, walk, std::mem::take(&mut run), dashed);
            run.push(view.place(pair[0].at));
            dashed = bridged;
        }
        run.push(view.place(pair[1].at));
    }
    flush(drawing, walk, run, dashed);
}

fn flush(drawing: &mut Drawing, walk: &Walk, points: Vec<[f32; 2]>, dashed: bool) {
    if points.len() > 1 {
        let width = if dashed { 1.5 } else { 2.5 };
        drawing.add(Shape::Line { points, color: walk.color, width, dashed });
    }
}

/// A ring where somebody came, a square where they went, with who it was.
fn draw_ends(drawing: &mut Drawing, view: &View, walk: &Walk) {
    let (Some(first), Some(last)) = (walk.places.first(), walk.places.last()) else { return };
    let (at, [x, y]) = (view.place(first.at), view.place(last.at));
    drawing.add(Shape::Disc { at, radius: 6.5, color: walk.color });
    drawing.add(Shape::Disc { at, radius: 3.5, color: WHITE });
    let square = |r: f32| vec![[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]];
    drawing.add(Shape::Area { corners: square(7.0), color: WHITE });
    drawing.add(Shape::Area { corners: square(5.5), color: walk.color });
    drawing.word([x + 10.0, y + 4.0], &walk.number.to_string(), INK, Anchor::Start);
}
