//! Depths of a picture in cells of a few pixels: of what stands still, made once; and of people, made anew for every picture.

use super::solids::Solid;
use crate::world::{Camera, Mm3};
use nalgebra::Matrix3;
use schemas::camera::rotation_matrix;
use schemas::{CameraFault, CameraModel};

/// Cells across a picture at least; a cell is at least 4 px.
const CELLS_WIDE: u32 = 160;

/// A lens and where it is: places to pixels with depths.
pub(super) struct Lens {
    model: CameraModel,
    turn: Matrix3<f64>,
    shift: Mm3,
    /// Rows of the two above, for the inner loop.
    rows: [[f64; 4]; 3],
    pub(super) focal: [f64; 2],
    centre: [f64; 2],
    pub(super) size: [f64; 2],
}

/// A place in a picture: where, where it would be without distortion, and its depth along the optical axis, mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) at: [f64; 2],
    pub(super) depth: f64,
}

impl Lens {
    pub(super) fn new(camera: &Camera) -> Result<Self, CameraFault> {
        let pinhole = camera.pinhole;
        let rows = rotation_matrix(pinhole.rotation);
        Ok(Self {
            model: CameraModel::pinhole(pinhole)?,
            turn: Matrix3::from_fn(|i, j| rows[i][j]),
            shift: Mm3::from(pinhole.translation_mm),
            rows: std::array::from_fn(|i| [rows[i][0], rows[i][1], rows[i][2], pinhole.translation_mm[i]]),
            focal: pinhole.focal_px,
            centre: pinhole.centre_px,
            size: camera.size_px.map(f64::from),
        })
    }

    /// A place as the camera sees it: x to the right, y down, z forwards, mm.
    pub(super) fn towards(&self, place: Mm3) -> [f64; 3] {
        let [x, y, z] = [place.x, place.y, place.z];
        self.rows.map(|[a, b, c, d]| a * x + b * y + c * z + d)
    }

    /// Where a place is seen; none behind the camera, nearer than 50 mm, or beyond what the lens shows.
    pub(super) fn project(&self, place: Mm3) -> Option<Spot> {
        let p = self.towards(place);
        let ideal = [0, 1].map(|i| self.focal[i] * p[i] / p[2] + self.centre[i]);
        let at = if p[2] > 50.0 { self.model.distort(ideal) } else { None };
        at.map(|at| Spot { at, depth: p[2] })
    }

    /// Where the camera is.
    fn place(&self) -> Mm3 {
        -(self.turn.transpose() * self.shift)
    }

    /// The way of the ray seen at `pixel`, so long that its depth is 1 mm.
    fn ray(&self, pixel: [f64; 2]) -> Option<[f64; 3]> {
        let ideal = self.model.undistort(pixel)?;
        let [x, y] = [0, 1].map(|i| (ideal[i] - self.centre[i]) / self.focal[i]);
        Some((self.turn.transpose() * Mm3::new(x, y, 1.0)).into())
    }

    /// Whether a ball may be in the picture.
    pub(super) fn may_show(&self, (middle, radius): (Mm3, f64)) -> bool {
        let p = self.towards(middle);
        if p[2] < -radius {
            return false;
        }
        // Distortion moves the edge; half a picture to each side is more than it does.
        let reach = |i: usize| 1.5 * (self.size[i] / self.focal[i]) * 0.5;
        let off =
            |i: usize| p[i].abs() - radius * (1.0 + reach(i) * reach(i)).sqrt() <= reach(i) * p[2].max(0.0) + radius;
        off(0) && off(1)
    }

    /// Whether a pixel is in the picture.
    pub(super) fn shows(&self, at: [f64; 2]) -> bool {
        (0..2).all(|i| at[i] >= 0.0 && at[i] <= self.size[i])
    }
}

/// How a picture is cut into cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) cell: f64,
    per_px: f64,
    pub(super) wide: usize,
    pub(super) high: usize,
}

impl Grid {
    pub(super) fn of(size: [f64; 2]) -> Self {
        let cell = (size[0] / f64::from(CELLS_WIDE)).ceil().max(4.0);
        Self {
            cell,
            per_px: cell.recip(),
            wide: (size[0] / cell).ceil() as usize,
            high: (size[1] / cell).ceil() as usize,
        }
    }

    /// The cell of a pixel in the picture.
    pub(super) fn index(&self, at: [f64; 2]) -> usize {
        let [x, y] = self.column_and_row(at);
        y * self.wide + x
    }

    /// The same, as column and row.
    fn column_and_row(&self, at: [f64; 2]) -> [usize; 2] {
        // By way of 32 bits: one instruction.
        let [x, y] = at.map(|n| (n * self.per_px) as i32 as usize);
        [x.min(self.wide - 1), y.min(self.high - 1)]
    }

    /// Columns or rows of cells whose middles lie in `low..=high` px.
    pub(super) fn span(&self, low: f64, high: f64, cells: usize) -> std::ops::Range<usize> {
        let from = (low / self.cell - 0.5).ceil().clamp(0.0, cells as f64) as usize;
        let until = ((high / self.cell - 0.5).floor() + 1.0).clamp(0.0, cells as f64) as usize;
        from..until.max(from)
    }

    pub(super) fn middle(&self, x: usize, y: usize) -> [f64; 2] {
        [(x as f64 + 0.5) * self.cell, (y as f64 + 0.5) * self.cell]
    }
}

/// How near the nearest of `solids` is in each cell, mm along the optical axis.
pub(super) fn still(lens: &Lens, grid: Grid, solids: &[Solid]) -> Vec<f32> {
    let rays: Vec<_> =
        (0..grid.wide * grid.high).map(|i| lens.ray(grid.middle(i % grid.wide, i / grid.wide))).collect();
    let mut depths = vec![f32::INFINITY; rays.len()];
    for solid in solids {
        let target = solid.seen_from(lens.place());
        let corners = solid.corners().map(|corner| lens.project(corner).map(|spot| spot.at));
        let edges = |i: usize| {
            let all = corners.iter().map(|c| c.map(|at| at[i]));
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            for at in all {
                // A corner that is not shown may be anywhere.
                let Some(at) = at else { return [0.0, lens.size[i]] };
                (low, high) = (low.min(at), high.max(at));
            }
            // A lens bends edges outwards of their ends.
            let slack = grid.cell + 0.1 * (high - low);
            [low - slack, high + slack]
        };
        let ([left, right], [top, bottom]) = (edges(0), edges(1));
        for y in grid.span(top, bottom, grid.high) {
            for x in grid.span(left, right, grid.wide) {
                let at = y * grid.wide + x;
                let hit = rays[at].and_then(|way| target.hit(way));
                if let Some(depth) = hit {
                    depths[at] = depths[at].min(depth as f32);
                }
            }
        }
    }
    depths
}

/// How near the nearest and the farthest are in blocks of cells: to see at once that nothing is before somebody, or all.
pub(super) struct Blocks {
    wide: usize,
    /// The nearest and the farthest.
    reach: Vec<[f32; 2]>,
}

/// Cells along a block's side.
const BLOCK: usize = 8;

impl Blocks {
    pub(super) fn of(grid: Grid, depths: &[f32]) -> Self {
        let (wide, high) = (grid.wide.div_ceil(BLOCK), grid.high.div_ceil(BLOCK));
        let mut reach = vec![[f32::INFINITY, 0.0]; wide * high];
        for (at, depth) in depths.iter().enumerate() {
            let [nearest, farthest] = &mut reach[at / grid.wide / BLOCK * wide + at % grid.wide / BLOCK];
            (*nearest, *farthest) = (nearest.min(*depth), farthest.max(*depth));
        }
        Self { wide, reach }
    }

    /// The nearest and the farthest in the blocks that a box in the picture touches.
    pub(super) fn reach(&self, grid: Grid, edges: [f64; 4]) -> [f32; 2] {
        let place = |at: [f64; 2]| {
            let [x, y] = grid.column_and_row(at);
            [x / BLOCK, y / BLOCK]
        };
        let ([left, top], [right, bottom]) = (place([edges[0], edges[1]]), place([edges[2], edges[3]]));
        let rows = (top..=bottom).map(|y| &self.reach[y * self.wide + left..=y * self.wide + right]);
        rows.flatten().fold([f32::INFINITY, 0.0], |[near, far], [n, f]| [near.min(*n), far.max(*f)])
    }
}
