//! What one camera sees of the shop without people: drawn once, repaired where a slot changes.

use super::canvas::{Brush, Canvas, Rect, Spot};
use super::eye::{Eye, SAMPLES};
use super::mesh::Vertex;
use super::scene::{Chunk, Scene};
use super::texture::Texture;
use crate::world::{Mm3, World};

/// Longest edge that is drawn straight, samples: with a lens's bend it is off by less than a tenth of one.
const EDGE_MAX: f32 = 24.0 * SAMPLES as f32;
/// An edge that ends behind the camera is split down to this, mm.
const CUT_MM: f32 = 40.0;
/// No triangle is split more often.
const SPLITS_MAX: u32 = 14;
/// How far a bent surface may reach beyond the corners of its bounds, samples.
const BULGE: i32 = 16;

/// The picture without people.
#[derive(Clone, Debug)]
pub(super) struct Backdrop {
    pub canvas: Canvas,
    /// Where each slot is seen.
    slots: Vec<Rect>,
    /// All chunks that are seen, the nearest first: what is hidden is then found out at once.
    order: Vec<Seen>,
}

/// A chunk before the camera.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Number of the fixed chunk, or of the slot.
    which: (bool, usize),
    bounds: Rect,
    /// One over the depth of the nearest of it; infinite where some is behind the camera.
    nearest: f32,
}

impl Backdrop {
    /// Draws the scene.
    pub fn new(scene: &Scene, eye: &Eye) -> Self {
        let canvas = Canvas::new(eye.size[0] * SAMPLES, eye.size[1] * SAMPLES);
        let all = canvas.all();
        let mut order = Vec::new();
        for (i, chunk) in scene.fixed.iter().enumerate() {
            let (bounds, nearest) = bounds(eye, all, chunk.mesh.vertices.iter().map(|v| v.at));
            order.push(Seen { which: (true, i), bounds, nearest });
        }
        let mut slots = Vec::new();
        for slot in 0..scene.slots.len() {
            let places = corners(&scene.world, slot).map(|p| [p.x as f32, p.y as f32, p.z as f32]);
            let (bounds, nearest) = bounds(eye, all, places);
            order.push(Seen { which: (false, slot), bounds, nearest });
            slots.push(bounds);
        }
        order.retain(|seen| !seen.bounds.is_empty());
        order.sort_by(|a, b| b.nearest.total_cmp(&a.nearest));
        let mut backdrop = Self { canvas, slots, order };
        backdrop.draw(scene, eye, all);
        backdrop
    }

    /// Draws again where a slot is seen; the rectangle of samples that may have changed.
    pub fn repair(&mut self, scene: &Scene, eye: &Eye, slot: usize) -> Rect {
        let within = self.slots[slot];
        if !within.is_empty() {
            self.draw(scene, eye, within);
        }
        within
    }

    fn draw(&mut self, scene: &Scene, eye: &Eye, within: Rect) {
        self.canvas.clear(within);
        for seen in &self.order {
            let bounds = seen.bounds.and(within);
            if bounds.is_empty() || hidden(&self.canvas, bounds, seen.nearest) {
                continue;
            }
            match seen.which {
                (true, i) => draw(&mut self.canvas, eye, &scene.fixed[i], &scene.textures, within),
                (false, slot) => draw_parts(&mut self.canvas, eye, &scene.slots[slot], &scene.textures, within),
            }
        }
    }
}

/// The eight corners of the space of a slot, with room for what stands out of it.
fn corners(world: &World, slot: usize) -> impl Iterator<Item = Mm3> + '_ {
    let slot = &world.slots[slot];
    let gondola = &world.gondolas[slot.gondola];
    let shelf = &gondola.shelves[slot.shelf];
    (0..8).map(move |i| {
        let x = if i & 1 == 0 { slot.from_mm - 30.0 } else { slot.to_mm + 30.0 };
        let y = if i & 2 == 0 { -60.0 } else { shelf.depth_mm + 60.0 };
        let z = if i & 4 == 0 { shelf.board_mm } else { shelf.board_mm + shelf.clear_mm.max(360.0) };
        gondola.frame.to_store(Mm3::new(x, y, z))
    })
}

/// The rectangle in which these places are seen: everything where some are behind the camera, nothing where all are. And one
/// over the depth of the nearest, infinite where some are behind.
fn bounds(eye: &Eye, all: Rect, places: impl Iterator<Item = [f32; 3]>) -> (Rect, f32) {
    let mut rect = Rect { left: i32::MAX, top: i32::MAX, right: i32::MIN, bottom: i32::MIN };
    let (mut nearest, mut behind) = (0.0f32, false);
    for place in places {
        let [x, y, near] = eye.sample(place);
        if near <= 0.0 {
            behind = true;
            continue;
        }
        nearest = nearest.max(near);
        let (x, y) = (x.clamp(-1e6, 1e6) as i32, y.clamp(-1e6, 1e6) as i32);
        rect = Rect {
            left: rect.left.min(x),
            top: rect.top.min(y),
            right: rect.right.max(x + 1),
            bottom: rect.bottom.max(y + 1),
        };
    }
    match (nearest > 0.0, behind) {
        (true, true) => (all, f32::INFINITY),
        (true, false) => (rect.grown(BULGE).and(all), nearest),
        _ => (Rect::default(), 0.0),
    }
}

/// Whether all samples of a rectangle are nearer than this.
fn hidden(canvas: &Canvas, rect: Rect, nearest: f32) -> bool {
    (rect.top..rect.bottom).all(|y| canvas.near[canvas.row(y, rect)].iter().all(|&near| near > nearest))
}

/// Draws a chunk piece by piece, the foremost first, and leaves out what is hidden.
fn draw_parts(canvas: &mut Canvas, eye: &Eye, chunk: &Chunk, textures: &[Texture], within: Rect) {
    let mut spots = Vec::new();
    for part in chunk.parts.iter().rev() {
        let vertices = &chunk.mesh.vertices[part.vertices.clone()];
        spots.clear();
        spots.extend(vertices.iter().map(|v| spot(eye, v)));
        let (mut least, mut most, mut nearest) = ([f32::MAX; 2], [f32::MIN; 2], 0.0f32);
        for spot in &spots {
            least = [least[0].min(spot.x), least[1].min(spot.y)];
            most = [most[0].max(spot.x), most[1].max(spot.y)];
            nearest = nearest.max(if spot.near > 0.0 { spot.near } else { f32::INFINITY });
        }
        if nearest < f32::INFINITY {
            let whole = |v: f32| v.clamp(-1e6, 1e6) as i32;
            let rect =
                Rect { left: whole(least[0]), top: whole(least[1]), right: whole(most[0]), bottom: whole(most[1]) };
            let rect = rect.grown(BULGE / 4).and(within);
            if rect.is_empty() || hidden(canvas, rect, nearest) {
                continue;
            }
        }
        for (corners, paint) in &chunk.mesh.triangles[part.triangles.clone()] {
            let corner = |i: u32| (vertices[i as usize - part.vertices.start], spots[i as usize - part.vertices.start]);
            let texture = paint.map(|paint| &textures[usize::from(paint)]);
            let brush = Brush { owner: chunk.owner, texture, within, one_sided: false };
            split(canvas, eye, corners.map(corner), &brush, 0);
        }
    }
}

/// Draws a chunk, its triangles split until they may be drawn straight.
pub(super) fn draw(canvas: &mut Canvas, eye: &Eye, chunk: &Chunk, textures: &[Texture], within: Rect) {
    let spots: Vec<Spot> = chunk.mesh.vertices.iter().map(|v| spot(eye, v)).collect();
    for (corners, paint) in &chunk.mesh.triangles {
        let corners = corners.map(|i| (chunk.mesh.vertices[i as usize], spots[i as usize]));
        let texture = paint.map(|paint| &textures[usize::from(paint)]);
        let brush = Brush { owner: chunk.owner, texture, within, one_sided: false };
        split(canvas, eye, corners, &brush, 0);
    }
}

fn spot(eye: &Eye, vertex: &Vertex) -> Spot {
    let [x, y, near] = eye.sample(vertex.at);
    Spot { x, y, near, light: vertex.linear, uv: vertex.uv }
}

/// Both triangles at an edge split it at the same place, for whether they do depends on the edge alone: no cracks.
fn split(canvas: &mut Canvas, eye: &Eye, corners: [(Vertex, Spot); 3], brush: &Brush<'_>, depth: u32) {
    let seen = corners.iter().filter(|(_, spot)| spot.near > 0.0).count();
    if seen == 0 {
        return;
    }
    if seen == 3 {
        let margin = BULGE as f32;
        let beyond = |low: f32, high: f32, of: fn(&Spot) -> f32| {
            corners.iter().all(|(_, s)| of(s) < low - margin) || corners.iter().all(|(_, s)| of(s) > high + margin)
        };
        let w = brush.within;
        if beyond(w.left as f32, w.right as f32, |s| s.x) || beyond(w.top as f32, w.bottom as f32, |s| s.y) {
            return;
        }
    }
    // Edge i lies opposite corner i; the longest beyond its limit, as a share of it.
    let edge = |i: usize| {
        let ((v, a), (u, b)) = (corners[(i + 1) % 3], corners[(i + 2) % 3]);
        match (a.near > 0.0, b.near > 0.0) {
            (true, true) => (a.x - b.x).hypot(a.y - b.y) / EDGE_MAX,
            (false, false) => 0.0,
            _ => 1e3 * distance(v.at, u.at) / CUT_MM,
        }
    };
    let lengths = [edge(0), edge(1), edge(2)];
    let longest = (0..3).max_by(|&a, &b| lengths[a].total_cmp(&lengths[b])).unwrap_or(0);
    let limit = if seen == 3 { 1.0 } else { 1e3 };
    if lengths[longest] <= limit || depth >= SPLITS_MAX {
        let [a, b, c] = &corners;
        canvas.triangle([&a.1, &b.1, &c.1], brush);
        return;
    }
    let [apex, from, to] = [corners[longest], corners[(longest + 1) % 3], corners[(longest + 2) % 3]];
    let middle = halfway(&from.0, &to.0);
    let middle = (middle, spot(eye, &middle));
    split(canvas, eye, [apex, from, middle], brush, depth + 1);
    split(canvas, eye, [apex, middle, to], brush, depth + 1);
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt()
}

fn halfway(a: &Vertex, b: &Vertex) -> Vertex {
    let mean3 = |p: [f32; 3], q: [f32; 3]| [0, 1, 2].map(|k| 0.5 * (p[k] + q[k]));
    Vertex {
        at: mean3(a.at, b.at),
        normal: a.normal,
        linear: mean3(a.linear, b.linear),
        uv: [0, 1].map(|k| 0.5 * (a.uv[k] + b.uv[k])),
    }
}
