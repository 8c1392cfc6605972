//! Draws what a calibration says over a frame of its camera: the floor's grid, zones, and clicked points beside where the model
//! shows them. People may be in the frame: mind who may see the pictures.

use super::Calibrated;
use crate::annotate::draw::Canvas;
use crate::config::plan::{CameraPlan, Plan};
use schemas::{CameraModel, Picture};
use std::path::Path;

/// Distance between two lines of the grid, and between labels, in millimetres.
const GRID_MM: i32 = 500;
const LABEL_MM: i32 = 1000;
/// How far the grid reaches: from the camera's foot point, in millimetres.
const REACH_MM: i32 = 8000;
/// Pieces of a line: a lens bends it.
const PIECE_MM: f64 = 100.0;
/// The pictures are this much larger than the frames.
const LARGER: f64 = 2.0;

const GRID: [u8; 3] = [0, 200, 255];
const AXIS: [u8; 3] = [255, 255, 0];
const ZONE: [u8; 3] = [90, 255, 90];
const CLICKED: [u8; 3] = [255, 60, 60];
const SHOWN: [u8; 3] = [255, 255, 255];

/// Draws one camera into `folder/NAME.png`.
pub(super) fn draw(
    plan: &Plan,
    camera: &CameraPlan,
    found: &Calibrated,
    frame: &Picture,
    folder: &Path,
) -> std::io::Result<()> {
    let mut sheet = Sheet { canvas: Canvas::enlarged(frame, LARGER as u32), model: &found.model };
    sheet.grid(plan, [f64::from(frame.width()), f64::from(frame.height())]);
    for zone in &plan.zones {
        let corners: Vec<[f64; 2]> = zone.corners().iter().map(|c| [f64::from(c.x_mm), f64::from(c.y_mm)]).collect();
        for (i, &corner) in corners.iter().enumerate() {
            sheet.line(corner, corners[(i + 1) % corners.len()], ZONE);
        }
        let middle = [0, 1].map(|i| corners.iter().map(|c| c[i]).sum::<f64>() / corners.len() as f64);
        sheet.label(middle, zone.name(), ZONE);
    }
    for point in &camera.points {
        let clicked = point.pixel_px;
        sheet.cross(clicked, CLICKED);
        let shown = point.world_mm.and_then(|world| found.model.project(world));
        if let Some(shown) = shown {
            sheet.canvas.segment(large(clicked), large(shown), SHOWN);
            sheet.cross(shown, SHOWN);
        }
        if let Some(name) = &point.name {
            sheet.canvas.label(large([clicked[0] + 3.0, clicked[1]]), name, CLICKED);
        }
    }
    sheet.canvas.save(&folder.join(format!("{}.png", found.name)))
}

fn large(pixel: [f64; 2]) -> [f32; 2] {
    pixel.map(|n| (n * LARGER) as f32)
}

struct Sheet<'a> {
    canvas: Canvas,
    model: &'a CameraModel,
}

impl Sheet<'_> {
    /// The grid over the zones, or around what the middle of the picture's lower half shows.
    fn grid(&mut self, plan: &Plan, size: [f64; 2]) {
        let corners = plan.zones.iter().flat_map(|zone| zone.corners());
        let seen = self.model.floor([size[0] / 2.0, size[1] * 0.75], 0.0).unwrap_or_default();
        let around = |i: usize, values: Vec<i32>| {
            let (low, high) = (values.iter().min().copied(), values.iter().max().copied());
            let low = low.unwrap_or(seen[i] as i32 - REACH_MM / 2).div_euclid(GRID_MM) * GRID_MM;
            let high = high.unwrap_or(seen[i] as i32 + REACH_MM / 2);
            (low, (high - low).min(4 * REACH_MM).div_euclid(GRID_MM) + 1)
        };
        let (x0, nx) = around(0, corners.clone().map(|c| c.x_mm).collect());
        let (y0, ny) = around(1, corners.map(|c| c.y_mm).collect());
        let at = |start: i32, i: i32| f64::from(start + i * GRID_MM);
        for i in 0..=nx {
            let x = at(x0, i);
            self.line([x, at(y0, 0)], [x, at(y0, ny)], if x == 0.0 { AXIS } else { GRID });
        }
        for j in 0..=ny {
            let y = at(y0, j);
            self.line([at(x0, 0), y], [at(x0, nx), y], if y == 0.0 { AXIS } else { GRID });
        }
        for (i, j) in (0..=nx).flat_map(|i| (0..=ny).map(move |j| (i, j))) {
            let (x, y) = (x0 + i * GRID_MM, y0 + j * GRID_MM);
            if x % LABEL_MM == 0 && y % LABEL_MM == 0 {
                self.label([f64::from(x), f64::from(y)], &format!("{x},{y}"), AXIS);
            }
        }
    }

    /// A straight line on the floor, where it is seen.
    fn line(&mut self, from: [f64; 2], to: [f64; 2], color: [u8; 3]) {
        let pieces = ((to[0] - from[0]).hypot(to[1] - from[1]) / PIECE_MM).ceil().clamp(1.0, 1000.0);
        let mut before = None;
        for i in 0..=pieces as u32 {
            let t = f64::from(i) / pieces;
            let seen = self.model.project([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1]), 0.0]);
            let seen = seen.filter(|p| p.iter().all(|n| n.abs() < 10_000.0)).map(large);
            if let (Some(a), Some(b)) = (before, seen) {
                self.canvas.segment(a, b, color);
            }
            before = seen;
        }
    }

    fn label(&mut self, at: [f64; 2], text: &str, color: [u8; 3]) {
        if let Some(seen) = self.model.project([at[0], at[1], 0.0]).filter(|p| p.iter().all(|n| n.abs() < 10_000.0)) {
            self.canvas.label(large(seen), text, color);
        }
    }

    fn cross(&mut self, at: [f64; 2], color: [u8; 3]) {
        let [x, y] = large(at);
        self.canvas.segment([x - 4.0, y - 4.0], [x + 4.0, y + 4.0], color);
        self.canvas.segment([x - 4.0, y + 4.0], [x + 4.0, y - 4.0], color);
    }
}
