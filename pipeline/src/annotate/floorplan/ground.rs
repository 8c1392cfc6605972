//! Ground: what stands still on the plan: grid, zones, heat, racks, marks, cameras, scale.

use super::heat::{CELL_MM, Heat};
use super::shapes::{Anchor, Drawing, LETTER, Shape};
use super::{Camera, INK, MARGIN_PX, SCALE_PX, Scene, View};
use schemas::FloorPoint;

const GRID: [u8; 3] = [228, 231, 236];
const ZONE: [u8; 3] = [238, 243, 250];
const ZONE_EDGE: [u8; 3] = [150, 168, 196];
const RACK: [u8; 3] = [214, 216, 220];
const RACK_EDGE: [u8; 3] = [128, 132, 140];
const MARK: [u8; 3] = [140, 140, 140];

impl Scene {
    /// Draws what stands still into the left `room` of the picture: grid, zones, heat, racks, marks, cameras, scale.
    pub(super) fn ground(&self, drawing: &mut Drawing, room: [f64; 2], heat: &Heat) -> View {
        let (low, [width, height]) = self.extent();
        let space = [(room[0] - 2.0 * MARGIN_PX).max(16.0), (room[1] - 2.0 * MARGIN_PX - SCALE_PX).max(16.0)];
        let mm_per_px = (width / space[0]).max(height / space[1]);
        let size = [width / mm_per_px, height / mm_per_px];
        let corner = [MARGIN_PX + (space[0] - size[0]) / 2.0, MARGIN_PX + (space[1] - size[1]) / 2.0];
        let view = View { left_mm: low[0], top_mm: low[1] + height, mm_per_px, corner, size };
        let step = round_length(width.max(height) / 8.0);
        grid(drawing, &view, low, [low[0] + width, low[1] + height], step);
        let corners_of = |corners: &[FloorPoint]| corners.iter().map(|&corner| view.place(corner)).collect::<Vec<_>>();
        for (_, corners) in &self.zones {
            drawing.add(Shape::Area { corners: corners_of(corners), color: ZONE });
        }
        for ([x, y], color) in heat.colored() {
            let corners = [[x, y], [x + CELL_MM, y], [x + CELL_MM, y + CELL_MM], [x, y + CELL_MM]];
            drawing.add(Shape::Area { corners: corners.map(|corner| view.at(corner)).to_vec(), color });
        }
        for (name, corners) in &self.zones {
            named_edge(drawing, corners_of(corners), name, ZONE_EDGE);
        }
        for (name, corners) in &self.racks {
            drawing.add(Shape::Area { corners: corners_of(corners), color: RACK });
            named_edge(drawing, corners_of(corners), name, RACK_EDGE);
        }
        for &mark in &self.marks {
            let [x, y] = view.at(mark);
            for (dx, dy) in [(3.0, 3.0), (3.0, -3.0)] {
                let points = vec![[x - dx, y - dy], [x + dx, y + dy]];
                drawing.add(Shape::Line { points, color: MARK, width: 1.0, dashed: false });
            }
        }
        for camera in &self.cameras {
            draw_camera(drawing, &view, camera);
        }
        scale(drawing, &view, step);
        view
    }
}

/// A closed line through `corners`, with `name` in the middle of them.
fn named_edge(drawing: &mut Drawing, mut corners: Vec<[f32; 2]>, name: &str, color: [u8; 3]) {
    let count = corners.len().max(1) as f32;
    let sum = corners.iter().fold([0.0, 0.0], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
    corners.extend(corners.first().copied());
    drawing.add(Shape::Line { points: corners, color, width: 1.5, dashed: false });
    drawing.word([sum[0] / count, sum[1] / count], name, color, Anchor::Middle);
}

fn draw_camera(drawing: &mut Drawing, view: &View, camera: &Camera) {
    let [x, y] = view.at(camera.at);
    // The picture's y runs downwards.
    let [dx, dy] = [camera.looking[0] as f32, -camera.looking[1] as f32];
    let corners = if camera.looking == [0.0, 0.0] {
        vec![[x - 6.0, y - 6.0], [x + 6.0, y - 6.0], [x + 6.0, y + 6.0], [x - 6.0, y + 6.0]]
    } else {
        let (reach, half) = (18.0, 8.0);
        let (tip, side) = ([x + reach * dx, y + reach * dy], [-dy * half, dx * half]);
        vec![[x, y], [tip[0] + side[0], tip[1] + side[1]], [tip[0] - side[0], tip[1] - side[1]]]
    };
    drawing.add(Shape::Area { corners, color: INK });
    // Beside the camera, on the side to which it does not look, inside the picture.
    let anchor = if dx > 0.3 && x > 60.0 { Anchor::End } else { Anchor::Start };
    let aside = if anchor == Anchor::End { -6.0 } else { 6.0 };
    let below = if dy < 0.0 { 14.0 } else { -4.0 };
    drawing.word([x + aside, (y + below).max(LETTER.1)], &camera.name, INK, anchor);
}

/// A length near `mm` that is 1, 2 or 5 times a power of ten.
fn round_length(mm: f64) -> f64 {
    let power = 10f64.powf(mm.max(1.0).log10().floor());
    let factor = [5.0, 2.0].into_iter().find(|factor| factor * power <= mm).unwrap_or(1.0);
    factor * power
}

fn grid(drawing: &mut Drawing, view: &View, low: [f64; 2], high: [f64; 2], step: f64) {
    for axis in 0..2 {
        let mut at = (low[axis] / step).ceil() * step;
        while at <= high[axis] {
            let ends = if axis == 0 { [[at, low[1]], [at, high[1]]] } else { [[low[0], at], [high[0], at]] };
            let points = ends.map(|end| view.at(end)).to_vec();
            drawing.add(Shape::Line { points, color: GRID, width: 1.0, dashed: false });
            at += step;
        }
    }
}

fn scale(drawing: &mut Drawing, view: &View, step: f64) {
    let (x, y) = (view.corner[0] as f32, (view.corner[1] + view.size[1] + MARGIN_PX) as f32);
    let end = x + (step / view.mm_per_px) as f32;
    let points = vec![[x, y - 5.0], [x, y], [end, y], [end, y - 5.0]];
    drawing.add(Shape::Line { points, color: INK, width: 2.0, dashed: false });
    drawing.word([end + 8.0, y + 2.0], &format!("{} m", step / 1000.0), INK, Anchor::Start);
}
