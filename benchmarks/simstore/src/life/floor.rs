//! The floor people walk on: what is in the way, and the shortest ways around it, along the corners of what is in the way.

mod route;

use crate::world::{Frame, Mm2, Mm3, World};

/// Nobody's middle comes nearer than this to a wall, a gondola or a block.
pub const BODY_MM: f64 = 200.0;
/// Ways keep this far from them.
pub const CLEAR_MM: f64 = 285.0;

/// Something in the way, seen from above.
#[derive(Clone, Copy, Debug)]
struct Solid {
    frame: Frame,
    size: Mm2,
}

impl Solid {
    /// A place in the solid's own terms, from its middle.
    fn local(&self, at: Mm2) -> Mm2 {
        self.frame.to_local(Mm3::new(at.x, at.y, 0.0)).xy() - self.size / 2.0
    }

    /// How far outside a place is; negative inside.
    fn distance(&self, at: Mm2) -> f64 {
        let q = self.local(at).abs() - self.size / 2.0;
        Mm2::new(q.x.max(0.0), q.y.max(0.0)).norm() + q.x.max(q.y).min(0.0)
    }

    /// Whether a straight way comes nearer than `margin`.
    fn blocks(&self, from: Mm2, to: Mm2, margin: f64) -> bool {
        let half = self.size / 2.0 + Mm2::repeat(margin);
        let (a, b) = (self.local(from), self.local(to));
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for axis in 0..2 {
            let (p, d) = (a[axis], b[axis] - a[axis]);
            if d.abs() < 1e-9 {
                if p.abs() >= half[axis] {
                    return false;
                }
                continue;
            }
            let (t0, t1) = ((-half[axis] - p) / d, (half[axis] - p) / d);
            enter = enter.max(t0.min(t1));
            leave = leave.min(t0.max(t1));
        }
        enter < leave
    }

    /// The same with round corners.
    fn comes_near(&self, from: Mm2, to: Mm2, margin: f64) -> bool {
        self.blocks(from, to, margin)
            && (self.blocks(from, to, 0.0)
                || self.distance(from).min(self.distance(to)) < margin
                || self.corners(0.0).iter().any(|&corner| apart([from, to], corner) < margin))
    }

    fn corners(&self, margin: f64) -> [Mm2; 4] {
        [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, y]| {
            let at = |side: f64, size: f64| if side > 0.5 { size + margin } else { -margin };
            self.frame.to_store(Mm3::new(at(x, self.size.x), at(y, self.size.y), 0.0)).xy()
        })
    }
}

/// The floor.
#[derive(Clone, Debug)]
pub struct Floor {
    solids: Vec<Solid>,
    /// Walls without their doors.
    walls: Vec<[Mm2; 2]>,
    /// Lines of gates: ways inside never cross them.
    lines: Vec<[Mm2; 2]>,
    nodes: Vec<Mm2>,
    /// Length of the shortest way between nodes, and the node that follows the first on it.
    lengths: Vec<Vec<f64>>,
    next: Vec<Vec<usize>>,
    /// What stands near each cell of a coarse grid, so that a step asks only what is near.
    near: Grid,
}

#[derive(Clone, Debug)]
struct Grid {
    origin: Mm2,
    columns: usize,
    cells: Vec<(Vec<u16>, Vec<u16>)>,
}

const CELL_MM: f64 = 500.0;
/// Farther than this, nothing on the floor matters to a step.
const NEAR_MM: f64 = 450.0;

impl Floor {
    /// The floor of a shop.
    pub fn of(world: &World) -> Self {
        let gondolas = world.gondolas.iter().map(|gondola| (gondola.frame, gondola.size));
        let blocks = world.blocks.iter().map(|block| (block.frame, block.size));
        let solids: Vec<Solid> = gondolas.chain(blocks).map(|(frame, size)| Solid { frame, size: size.xy() }).collect();
        let walls = walls(world);
        let lines = world.gates.iter().map(|gate| gate.line).collect();
        let near = Grid::of(world, &solids, &walls);
        let mut floor = Self { solids, walls, lines, nodes: Vec::new(), lengths: Vec::new(), next: Vec::new(), near };
        floor.find_nodes(world);
        floor.find_ways();
        floor
    }

    /// Free distance to the nearest thing in the way, at most [`NEAR_MM`].
    pub fn clearance(&self, at: Mm2) -> f64 {
        let Some((solids, walls)) = self.near.at(at) else { return NEAR_MM };
        let solids = solids.iter().map(|&i| self.solids[i as usize].distance(at));
        let walls = walls.iter().map(|&i| apart(self.walls[i as usize], at));
        solids.chain(walls).fold(NEAR_MM, f64::min)
    }

    /// Whether a straight way keeps `margin` from everything.
    pub fn sees(&self, from: Mm2, to: Mm2, margin: f64) -> bool {
        !self.solids.iter().any(|solid| solid.comes_near(from, to, margin))
            && !self.walls.iter().any(|wall| near_line(*wall, from, to, margin))
    }

    /// Whether a straight way crosses a gate.
    pub fn crosses_gate(&self, from: Mm2, to: Mm2) -> bool {
        self.lines.iter().any(|line| crossing(*line, from, to).is_some())
    }

    /// The nearest place that keeps `margin` from everything, or a place a little better than this one.
    pub fn free(&self, mut at: Mm2, margin: f64) -> Mm2 {
        for _ in 0..40 {
            let here = self.clearance(at);
            if here >= margin {
                break;
            }
            let slope = |d: Mm2| self.clearance(at + d) - self.clearance(at - d);
            let mut way = Mm2::new(slope(Mm2::new(5.0, 0.0)), slope(Mm2::new(0.0, 5.0)));
            if way.norm() < 1e-6 {
                way = Mm2::new(1.0, 0.7);
            }
            at += way.normalize() * (margin - here + 1.0).clamp(2.0, 60.0);
        }
        at
    }
}

/// Walls without doors, as segments.
fn walls(world: &World) -> Vec<[Mm2; 2]> {
    let mut walls = Vec::new();
    for i in 0..world.outline.len() {
        let (a, b) = (world.outline[i], world.outline[(i + 1) % world.outline.len()]);
        let (length, way) = ((b - a).norm(), (b - a).normalize());
        let mut gaps: Vec<[f64; 2]> = (world.doors.iter())
            .filter(|door| door.iter().all(|post| apart([a, b], *post) < 100.0))
            .map(|door| door.map(|post| way.dot(&(post - a))))
            .map(|[s, t]| [s.min(t), s.max(t)])
            .collect();
        gaps.sort_by(|p, q| p[0].total_cmp(&q[0]));
        let mut from = 0.0;
        for [s, t] in gaps {
            walls.push([a + way * from, a + way * s]);
            from = t;
        }
        walls.push([a + way * from, a + way * length]);
    }
    walls.retain(|[a, b]| (b - a).norm() > 1.0);
    walls
}

/// How far a place is from a segment.
fn apart([a, b]: [Mm2; 2], at: Mm2) -> f64 {
    let d = b - a;
    let t = ((at - a).dot(&d) / d.norm_squared().max(1e-9)).clamp(0.0, 1.0);
    (at - a - d * t).norm()
}

/// Where on the way from `from` to `to` (0 to 1) it crosses a line, and whether from the line's right to its left.
pub fn crossing([a, b]: [Mm2; 2], from: Mm2, to: Mm2) -> Option<(f64, bool)> {
    let (line, way) = (b - a, to - from);
    let side = |p: Mm2| line.perp(&(p - a));
    let (s0, s1) = (side(from), side(to));
    if (s0 > 0.0) == (s1 > 0.0) {
        return None;
    }
    let t = s0 / (s0 - s1);
    let along = (from + way * t - a).dot(&line) / line.norm_squared();
    (0.0..=1.0).contains(&along).then_some((t, s1 > s0))
}

/// Whether a way comes nearer than `margin` to a wall: crosses it, or one's end is near the other.
fn near_line(wall: [Mm2; 2], from: Mm2, to: Mm2, margin: f64) -> bool {
    let ends = [apart(wall, from), apart(wall, to), apart([from, to], wall[0]), apart([from, to], wall[1])];
    crossing(wall, from, to).is_some() || ends.iter().any(|&d| d < margin)
}

impl Grid {
    fn of(world: &World, solids: &[Solid], walls: &[[Mm2; 2]]) -> Self {
        let corners = || world.outline.iter().chain([&world.outside]);
        let low = corners().fold(Mm2::repeat(f64::INFINITY), |low, p| low.inf(p)) - Mm2::repeat(1000.0);
        let high = corners().fold(Mm2::repeat(f64::NEG_INFINITY), |high, p| high.sup(p)) + Mm2::repeat(1000.0);
        let columns = ((high.x - low.x) / CELL_MM).ceil() as usize;
        let rows = ((high.y - low.y) / CELL_MM).ceil() as usize;
        let reach = NEAR_MM + CELL_MM * 0.71;
        let cell = |i: usize| {
            let middle = low + Mm2::new((i % columns) as f64 + 0.5, (i / columns) as f64 + 0.5) * CELL_MM;
            let solid = |&j: &u16| solids[j as usize].distance(middle) < reach;
            let wall = |&j: &u16| apart(walls[j as usize], middle) < reach;
            ((0..solids.len() as u16).filter(solid).collect(), (0..walls.len() as u16).filter(wall).collect())
        };
        Self { origin: low, columns, cells: (0..columns * rows).map(cell).collect() }
    }

    fn at(&self, at: Mm2) -> Option<&(Vec<u16>, Vec<u16>)> {
        let cell = (at - self.origin) / CELL_MM;
        let inside = cell.x >= 0.0 && cell.y >= 0.0 && cell.x < self.columns as f64;
        inside.then(|| self.cells.get(cell.y as usize * self.columns + cell.x as usize)).flatten()
    }
}

#[cfg(test)]
mod tests;
