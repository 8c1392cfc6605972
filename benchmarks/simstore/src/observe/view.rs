//! What one camera truly shows of everybody.

use super::body::{Body, CAPSULES, Capsule, KNOTS};
use super::depth::{Blocks, Grid, Lens, Spot, still};
use super::solids::Solid;
use crate::truth::{JointSeen, PersonSeen, Visibility};
use crate::world::Camera;
use schemas::CameraFault;

/// Something must be nearer by this much to hide a place of the body, mm: cells are coarse, and bodies are not flat.
const SLACK_MM: f64 = 60.0;
/// Room for what is rounded off, mm.
const CLOSE_MM: f64 = 0.001;

/// Samples of a capsule lie at this part of its radius, and count as if they lay at its edge.
const WITHIN: f64 = 0.85;

/// One camera with what stands before it.
pub struct View {
    lens: Lens,
    grid: Grid,
    /// By cell: how near what stands still is.
    still: Vec<f32>,
    blocks: Blocks,
}

/// Where people are painted, for one picture after the other: all cameras share it, so that it stays in the cache.
#[derive(Default)]
pub struct Front {
    cells: Vec<Cell>,
    epoch: u32,
}

/// A cell of a picture: who is nearest of those painted in this epoch.
#[derive(Clone, Copy, Default)]
struct Cell {
    epoch: u32,
    person: u32,
    depth: f32,
}

impl Front {
    /// Forgets who was painted.
    fn clear(&mut self, cells: usize) {
        if self.cells.len() < cells {
            self.cells.resize(cells, Cell::default());
        }
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.cells.iter_mut().for_each(|cell| cell.epoch = 0);
            self.epoch = 1;
        }
    }

    /// How near the nearest of others than `person` is in a cell.
    fn nearest(&self, at: usize, person: u32) -> f32 {
        let cell = &self.cells[at];
        if cell.epoch == self.epoch && cell.person != person { cell.depth } else { f32::INFINITY }
    }
}

/// Somebody in a picture.
struct Projected<'a> {
    body: &'a Body,
    knots: [Option<Spot>; KNOTS],
    /// Ends of the capsules; none where one is not shown.
    ends: [Option<[Piece; 2]>; CAPSULES.len()],
    full: [f64; 4],
    /// Depth of the farthest of it, mm.
    deepest: f64,
    /// Whether others may be before it.
    crowded: bool,
    /// Whether others were painted so near that they may share a cell.
    beside: bool,
}

/// A piece of a capsule: place, radius in px, depth.
#[derive(Clone, Copy)]
struct Piece {
    at: [f64; 2],
    radius: f64,
    depth: f64,
}

/// An end of a capsule of `body`; `focal` are pixels a millimetre at depth 1 mm.
fn end(body: &Body, spot: Spot, radius: f64, focal: f64) -> Piece {
    Piece { at: spot.at, radius: radius * body.wide * focal / spot.depth, depth: spot.depth }
}

fn between([a, b]: &[Piece; 2], t: f64) -> Piece {
    let mix = |x: f64, y: f64| x + t * (y - x);
    let at = [mix(a.at[0], b.at[0]), mix(a.at[1], b.at[1])];
    Piece { at, radius: mix(a.radius, b.radius), depth: mix(a.depth, b.depth) }
}

/// How far along the segment the point nearest to `at` lies.
fn foot([a, b]: &[Piece; 2], at: [f64; 2]) -> f64 {
    let (way, off) = ([b.at[0] - a.at[0], b.at[1] - a.at[1]], [at[0] - a.at[0], at[1] - a.at[1]]);
    let length2 = way[0] * way[0] + way[1] * way[1];
    if length2 > 0.0 { ((way[0] * off[0] + way[1] * off[1]) / length2).clamp(0.0, 1.0) } else { 0.0 }
}

fn widen(edges: &mut [f64; 4], other: [f64; 4]) {
    // Not `min` and `max`: none of these is NaN, and so each is one instruction.
    for i in 0..2 {
        edges[i] = if other[i] < edges[i] { other[i] } else { edges[i] };
        edges[i + 2] = if other[i + 2] > edges[i + 2] { other[i + 2] } else { edges[i + 2] };
    }
}

const NOTHING: [f64; 4] = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

impl View {
    /// The view of `camera` on what stands still.
    pub(super) fn new(camera: &Camera, solids: &[Solid]) -> Result<Self, CameraFault> {
        let lens = Lens::new(camera)?;
        let grid = Grid::of(lens.size);
        let still = still(&lens, grid, solids);
        let blocks = Blocks::of(grid, &still);
        Ok(Self { lens, grid, still, blocks })
    }

    /// Everybody of whom some may be in the picture, hidden or not, in the order of `bodies`.
    pub fn see(&self, bodies: &[Body], front: &mut Front) -> Vec<PersonSeen> {
        let mut near: Vec<Projected> = bodies.iter().filter_map(|body| self.project(body)).collect();
        front.clear(self.still.len());
        let meets = |a: &[f64; 4], b: &[f64; 4]| a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
        for i in 0..near.len() {
            near[i].crowded = (0..near.len()).any(|j| i != j && meets(&near[i].full, &near[j].full));
            if near[i].crowded {
                self.paint(&near[i], front);
            }
        }
        for i in 0..near.len() {
            let [left, top, right, bottom] = near[i].full;
            let grown = [left - self.grid.cell, top - self.grid.cell, right + self.grid.cell, bottom + self.grid.cell];
            near[i].beside = (0..near.len()).any(|j| i != j && near[j].crowded && meets(&grown, &near[j].full));
        }
        near.iter().map(|one| self.look(one, front)).collect()
    }

    fn project<'b>(&self, body: &'b Body) -> Option<Projected<'b>> {
        if !self.lens.may_show(body.ball) {
            return None;
        }
        let knots = body.knots.map(|knot| self.lens.project(knot));
        let focal = 0.5 * (self.lens.focal[0] + self.lens.focal[1]);
        let deepest = knots.iter().flatten().fold(0.0f64, |deepest, knot| deepest.max(knot.depth));
        let ends = std::array::from_fn(|i| {
            let Capsule { ends: [a, b], radii, .. } = CAPSULES[i];
            Some([end(body, knots[a]?, radii[0], focal), end(body, knots[b]?, radii[1], focal)])
        });
        let mut full = NOTHING;
        for Piece { at: [x, y], radius: r, .. } in ends.iter().flatten().flatten() {
            widen(&mut full, [x - r, y - r, x + r, y + r]);
        }
        let [width, height] = self.lens.size;
        let some = full[0] < width && full[2] > 0.0 && full[1] < height && full[3] > 0.0;
        some.then_some(Projected { body, knots, ends, full, deepest, crowded: false, beside: false })
    }

    /// Paints somebody into the buffer of people.
    fn paint(&self, one: &Projected<'_>, front: &mut Front) {
        let (grid, epoch) = (self.grid, front.epoch);
        for ends in one.ends.iter().flatten() {
            let mut edges = NOTHING;
            for Piece { at: [x, y], radius: r, .. } in ends {
                widen(&mut edges, [x - r, y - r, x + r, y + r]);
            }
            for y in grid.span(edges[1], edges[3], grid.high) {
                for x in grid.span(edges[0], edges[2], grid.wide) {
                    let at = grid.middle(x, y);
                    let Piece { at: on, radius, depth } = between(ends, foot(ends, at));
                    let (dx, dy) = (at[0] - on[0], at[1] - on[1]);
                    if dx * dx + dy * dy > radius * radius {
                        continue;
                    }
                    let cell = &mut front.cells[y * grid.wide + x];
                    if cell.epoch != epoch || f64::from(cell.depth) > depth {
                        *cell = Cell { epoch, person: one.body.person, depth: depth as f32 };
                    }
                }
            }
        }
    }

    /// Whether a place of somebody at this depth is in the picture and not hidden, by others either.
    #[inline(always)]
    fn visibility(&self, one: &Projected<'_>, front: &Front, at: [f64; 2], depth: f64) -> Visibility {
        if !self.lens.shows(at) {
            return Visibility::Outside;
        }
        let cell = self.grid.index(at);
        let mut nearest = self.still[cell];
        if one.beside {
            nearest = nearest.min(front.nearest(cell, one.body.person));
        }
        let hidden = f64::from(nearest) < depth - SLACK_MM;
        if hidden { Visibility::Hidden } else { Visibility::Visible }
    }

    /// Whether nothing can be before somebody who is wholly in the picture.
    fn clear(&self, one: &Projected<'_>) -> bool {
        let [left, top, right, bottom] = one.full;
        let inside = self.lens.shows([left, top]) && self.lens.shows([right, bottom]);
        let whole = inside && !one.crowded && one.knots.iter().all(Option::is_some);
        whole && f64::from(self.blocks.reach(self.grid, one.full)[0]) >= one.deepest - SLACK_MM
    }

    /// What all places of a capsule have in common, where that is known at once; none where each must be asked for.
    fn all_of(&self, one: &Projected<'_>, ends: &[Piece; 2]) -> Option<Visibility> {
        let mut edges = NOTHING;
        for Piece { at: [x, y], radius: r, .. } in ends {
            widen(&mut edges, [x - r, y - r, x + r, y + r]);
        }
        if !self.lens.shows([edges[0], edges[1]]) || !self.lens.shows([edges[2], edges[3]]) {
            return None;
        }
        let [nearest, farthest] = self.blocks.reach(self.grid, edges).map(f64::from);
        let [low, high] = [ends[0].depth.min(ends[1].depth), ends[0].depth.max(ends[1].depth)];
        if farthest < low - CLOSE_MM - SLACK_MM {
            return Some(Visibility::Hidden);
        }
        (!one.beside && nearest > high + CLOSE_MM - SLACK_MM).then_some(Visibility::Visible)
    }

    fn look(&self, one: &Projected<'_>, front: &Front) -> PersonSeen {
        let person = one.body.person;
        if self.clear(one) {
            return PersonSeen {
                person,
                visit: one.body.visit,
                full_px: one.full,
                visible_px: Some(one.full),
                share: 1.0,
                joints: std::array::from_fn(|joint| self.joint(one, front, joint)),
            };
        }
        let (mut all, mut seen, mut edges) = (0.0, 0.0, NOTHING);
        for (capsule, ends) in CAPSULES.iter().zip(&one.ends) {
            let Some(ends) = ends else { continue };
            let known = self.all_of(one, ends);
            let way = [0, 1].map(|i| ends[1].at[i] - ends[0].at[i]);
            // Not `hypot`: nothing here overflows, and this is the inner loop.
            let length = (way[0] * way[0] + way[1] * way[1]).sqrt();
            let last = capsule.samples - 1;
            // Between its ends, what lies across a capsule is enough; where it goes on from another, that one's end is, too.
            let across = usize::from(way[0].abs() > way[1].abs());
            for i in usize::from(capsule.goes_on)..capsule.samples {
                let piece = between(ends, i as f64 / last as f64);
                let end = i == 0 || i == last;
                let weight = piece.radius * (length / last as f64).max(piece.radius) * if end { 0.5 } else { 1.0 };
                for axis in (0..2).filter(|&axis| end || axis == across) {
                    for sign in [1.0, -1.0] {
                        let place = |part: f64| {
                            let mut at = piece.at;
                            at[axis] += sign * part * piece.radius;
                            at
                        };
                        all += weight;
                        let there = known.unwrap_or_else(|| self.visibility(one, front, place(WITHIN), piece.depth));
                        if there == Visibility::Visible {
                            let at = place(1.0);
                            widen(&mut edges, [at[0], at[1], at[0], at[1]]);
                            seen += weight;
                        }
                    }
                }
            }
        }
        let [width, height] = self.lens.size;
        let clipped = [edges[0].max(0.0), edges[1].max(0.0), edges[2].min(width), edges[3].min(height)];
        let some = clipped[0] < clipped[2] && clipped[1] < clipped[3];
        PersonSeen {
            person,
            visit: one.body.visit,
            full_px: one.full,
            visible_px: some.then_some(clipped),
            share: if some && all > 0.0 { seen / all } else { 0.0 },
            joints: std::array::from_fn(|joint| self.joint(one, front, joint)),
        }
    }

    fn joint(&self, one: &Projected<'_>, front: &Front, joint: usize) -> JointSeen {
        let Some(spot) = one.knots[joint] else { return JointSeen { at_px: [f64::NAN; 2], ..JointSeen::default() } };
        let mut visibility = self.visibility(one, front, spot.at, spot.depth);
        // Elbows and wrists may be behind the own trunk.
        if visibility == Visibility::Visible && (7..=10).contains(&joint) {
            let behind = one.ends[..2].iter().flatten().any(|ends| {
                let Piece { at, radius, depth } = between(ends, foot(ends, spot.at));
                let off = [0, 1].map(|i| spot.at[i] - at[i]);
                off[0] * off[0] + off[1] * off[1] < radius * radius && spot.depth > depth + SLACK_MM
            });
            if behind {
                visibility = Visibility::Hidden;
            }
        }
        JointSeen { at_px: spot.at, visibility }
    }
}
