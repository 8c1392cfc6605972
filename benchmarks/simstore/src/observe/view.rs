//! What one camera truly shows of everybody.

use super::body::{Body, CAPSULES, Capsule, KNOTS};
use super::depth::{Grid, Lens, Spot, still};
use super::solids::Solid;
use crate::truth::{JointSeen, PersonSeen, Visibility};
use crate::world::Camera;
use schemas::CameraFault;

/// Something must be nearer by this much to hide a place of the body, mm: cells are coarse, and bodies are not flat.
const SLACK_MM: f64 = 60.0;

/// Samples of a capsule lie at this part of its radius, and count as if they lay at its edge.
const WITHIN: f64 = 0.85;

/// One camera with what stands before it.
pub struct View {
    lens: Lens,
    grid: Grid,
    still: Vec<f32>,
    people: Vec<Nearest>,
    epoch: u32,
}

/// Who is nearest in a cell, of those painted in this epoch.
#[derive(Clone, Copy, Default)]
struct Nearest {
    epoch: u32,
    person: u32,
    depth: f32,
}

/// Somebody in a picture.
struct Projected<'a> {
    body: &'a Body,
    knots: [Option<Spot>; KNOTS],
    /// Pixels a millimetre at the middle of the body, for radii: at depth 1 mm.
    focal: f64,
    full: [f64; 4],
}

/// A piece of a capsule: place, radius in px, depth.
struct Piece {
    at: [f64; 2],
    radius: f64,
    depth: f64,
}

impl Projected<'_> {
    fn ends(&self, capsule: &Capsule) -> Option<[Piece; 2]> {
        let end = |i: usize| {
            let spot = self.knots[capsule.ends[i]]?;
            let radius = capsule.radii[i] * self.body.wide * self.focal / spot.depth;
            Some(Piece { at: spot.at, radius, depth: spot.depth })
        };
        Some([end(0)?, end(1)?])
    }
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
    for i in 0..2 {
        edges[i] = edges[i].min(other[i]);
        edges[i + 2] = edges[i + 2].max(other[i + 2]);
    }
}

const NOTHING: [f64; 4] = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

impl View {
    /// The view of `camera` on what stands still.
    pub(super) fn new(camera: &Camera, solids: &[Solid]) -> Result<Self, CameraFault> {
        let lens = Lens::new(camera)?;
        let grid = Grid::of(lens.size);
        let still = still(&lens, grid, solids);
        let people = vec![Nearest::default(); still.len()];
        Ok(Self { lens, grid, still, people, epoch: 0 })
    }

    /// Everybody of whom some may be in the picture, hidden or not, in the order of `bodies`.
    pub fn see(&mut self, bodies: &[Body]) -> Vec<PersonSeen> {
        let near: Vec<Projected> = bodies.iter().filter_map(|body| self.project(body)).collect();
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.people.fill(Nearest::default());
            self.epoch = 1;
        }
        let meets = |a: &[f64; 4], b: &[f64; 4]| a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
        for (i, one) in near.iter().enumerate() {
            if near.iter().enumerate().any(|(j, other)| i != j && meets(&one.full, &other.full)) {
                self.paint(one);
            }
        }
        near.iter().map(|one| self.look(one)).collect()
    }

    fn project<'b>(&self, body: &'b Body) -> Option<Projected<'b>> {
        if !self.lens.may_show(body.ball) {
            return None;
        }
        let knots = body.knots.map(|knot| self.lens.project(knot));
        let focal = 0.5 * (self.lens.focal[0] + self.lens.focal[1]);
        let mut one = Projected { body, knots, focal, full: NOTHING };
        let mut full = NOTHING;
        for capsule in &CAPSULES {
            for piece in one.ends(capsule).into_iter().flatten() {
                let Piece { at: [x, y], radius: r, .. } = piece;
                widen(&mut full, [x - r, y - r, x + r, y + r]);
            }
        }
        one.full = full;
        let [width, height] = self.lens.size;
        (full[0] < width && full[2] > 0.0 && full[1] < height && full[3] > 0.0).then_some(one)
    }

    /// Paints somebody into the buffer of people.
    fn paint(&mut self, one: &Projected<'_>) {
        let grid = self.grid;
        for capsule in &CAPSULES {
            let Some(ends) = one.ends(capsule) else { continue };
            let mut edges = NOTHING;
            for Piece { at: [x, y], radius: r, .. } in &ends {
                widen(&mut edges, [x - r, y - r, x + r, y + r]);
            }
            for y in grid.span(edges[1], edges[3], grid.high) {
                for x in grid.span(edges[0], edges[2], grid.wide) {
                    let at = grid.middle(x, y);
                    let Piece { at: on, radius, depth } = between(&ends, foot(&ends, at));
                    let (dx, dy) = (at[0] - on[0], at[1] - on[1]);
                    if dx * dx + dy * dy > radius * radius {
                        continue;
                    }
                    let cell = &mut self.people[y * grid.wide + x];
                    if cell.epoch != self.epoch || f64::from(cell.depth) > depth {
                        *cell = Nearest { epoch: self.epoch, person: one.body.person, depth: depth as f32 };
                    }
                }
            }
        }
    }

    /// Whether a place of `person` at this depth is in the picture and not hidden by others.
    fn visibility(&self, person: u32, at: [f64; 2], depth: f64) -> Visibility {
        if !self.lens.shows(at) {
            return Visibility::Outside;
        }
        let cell = self.grid.index(at);
        let other = &self.people[cell];
        let nearest = if other.epoch == self.epoch && other.person != person { other.depth } else { f32::INFINITY };
        let hidden = f64::from(nearest.min(self.still[cell])) < depth - SLACK_MM;
        if hidden { Visibility::Hidden } else { Visibility::Visible }
    }

    fn look(&self, one: &Projected<'_>) -> PersonSeen {
        let person = one.body.person;
        let (mut all, mut seen, mut edges) = (0.0, 0.0, NOTHING);
        for capsule in &CAPSULES {
            let Some(ends) = one.ends(capsule) else { continue };
            let length = (ends[1].at[0] - ends[0].at[0]).hypot(ends[1].at[1] - ends[0].at[1]);
            let last = capsule.samples - 1;
            for i in 0..capsule.samples {
                let piece = between(&ends, i as f64 / last as f64);
                let weight = piece.radius * (length / last as f64).max(piece.radius);
                for (i, sign) in [(0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0)] {
                    let place = |part: f64| {
                        let mut at = piece.at;
                        at[i] += sign * part * piece.radius;
                        at
                    };
                    all += weight;
                    if self.visibility(person, place(WITHIN), piece.depth) == Visibility::Visible {
                        let at = place(1.0);
                        widen(&mut edges, [at[0], at[1], at[0], at[1]]);
                        seen += weight;
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
            joints: std::array::from_fn(|joint| self.joint(one, joint)),
        }
    }

    fn joint(&self, one: &Projected<'_>, joint: usize) -> JointSeen {
        let Some(spot) = one.knots[joint] else { return JointSeen { at_px: [f64::NAN; 2], ..JointSeen::default() } };
        let mut visibility = self.visibility(one.body.person, spot.at, spot.depth);
        // Elbows and wrists may be behind the own trunk.
        if visibility == Visibility::Visible && (7..=10).contains(&joint) {
            let behind = CAPSULES[..2].iter().filter_map(|trunk| one.ends(trunk)).any(|ends| {
                let Piece { at, radius, depth } = between(&ends, foot(&ends, spot.at));
                let off = (spot.at[0] - at[0]).hypot(spot.at[1] - at[1]);
                off < radius && spot.depth > depth + SLACK_MM
            });
            if behind {
                visibility = Visibility::Hidden;
            }
        }
        JointSeen { at_px: spot.at, visibility }
    }
}
