//! Floor, walls with doors, ceiling, lamps, and a little of the street.

use super::{Chunk, coat, extent, floor, paint, still};
use crate::render::mesh::{Coat, Mesh, Sheet, linear};
use crate::world::{Mm2, Mm3, World};

/// Side of a chunk of floor or ceiling.
const CHUNK_MM: f64 = 1_000.0;
/// Side of the largest piece of floor: light and shade are read at its corners.
const FLOOR_MM: f64 = 125.0;
const WALL_MM: f64 = 250.0;
/// How much of floor and wall a texture covers.
const TILES_MM: f32 = 800.0;
const PLASTER_MM: f32 = 1_500.0;
const CEILING_MM: f32 = 1_200.0;
const DOOR_HIGH_MM: f64 = 2_250.0;
/// How far the street reaches.
const STREET_MM: f64 = 3_500.0;
const SKIRTING: [u8; 3] = [92, 88, 82];

/// What lamps shine on.
pub(super) fn chunks(world: &World) -> Vec<Chunk> {
    let [low, high] = extent(world);
    let mut chunks = Vec::new();
    let columns = ((high.x - low.x) / CHUNK_MM).ceil() as usize;
    let rows = ((high.y - low.y) / CHUNK_MM).ceil() as usize;
    for (i, j) in (0..columns * rows).map(|n| (n % columns, n / columns)) {
        let from = low + Mm2::new(i as f64, j as f64) * CHUNK_MM;
        let to = Mm2::new((from.x + CHUNK_MM).min(high.x), (from.y + CHUNK_MM).min(high.y));
        let (across, along) = (Mm3::x() * (to.x - from.x), Mm3::y() * (to.y - from.y));
        let uv = |p: Mm2, scale: f32| [p.x as f32 / scale, p.y as f32 / scale];
        let mut mesh = Mesh::default();
        let sheet = Sheet { corner: Mm3::new(from.x, to.y, 0.0), right: across, down: -along };
        let [a, b] = [uv(from, TILES_MM), uv(to, TILES_MM)];
        mesh.sheet(sheet, coat(paint::TILES), [[a[0], b[1]], [b[0], a[1]]], FLOOR_MM);
        chunks.push(floor(mesh));
        let mut mesh = Mesh::default();
        let sheet = Sheet { corner: Mm3::new(from.x, from.y, world.ceiling_mm), right: across, down: along };
        mesh.sheet(sheet, coat(paint::CEILING), [uv(from, CEILING_MM), uv(to, CEILING_MM)], WALL_MM);
        chunks.push(still(mesh));
    }
    for (i, &a) in world.outline.iter().enumerate() {
        wall(world, a, world.outline[(i + 1) % world.outline.len()], &mut chunks);
    }
    chunks
}

/// One wall, inside on the left of the way from `a` to `b`, with its doors.
fn wall(world: &World, a: Mm2, b: Mm2, chunks: &mut Vec<Chunk>) {
    let length = (b - a).norm();
    let along = (b - a) / length;
    let inward = Mm2::new(-along.y, along.x);
    // Doors as stretches of the wall, in order.
    let mut doors: Vec<[f64; 2]> = (world.doors.iter())
        .filter(|door| door.iter().all(|p| (p - a).dot(&inward).abs() < 60.0))
        .map(|door| door.map(|p| (p - a).dot(&along).clamp(0.0, length)))
        .map(|[p, q]| [p.min(q), p.max(q)])
        .filter(|[p, q]| q - p > 100.0)
        .collect();
    doors.sort_by(|p, q| p[0].total_cmp(&q[0]));
    let top = world.ceiling_mm;
    let mut stretches = Vec::new();
    let mut from = 0.0;
    for [p, q] in &doors {
        stretches.push([from, *p, 0.0, top]);
        stretches.push([*p, *q, DOOR_HIGH_MM.min(top), top]);
        from = *q;
    }
    stretches.push([from, length, 0.0, top]);
    // A piece of wall between two places along it and two heights, so far before it, seen from inside.
    let piece = |[p, q, low, high]: [f64; 4], before: f64| {
        let at = a + along * q + inward * before;
        Sheet {
            corner: Mm3::new(at.x, at.y, high),
            right: Mm3::new(-along.x, -along.y, 0.0) * (q - p),
            down: Mm3::new(0.0, 0.0, low - high),
        }
    };
    for [p, q, low, high] in stretches.into_iter().filter(|[p, q, low, high]| q > p && high > low) {
        let steps = ((q - p) / (2.0 * CHUNK_MM)).ceil().max(1.0);
        for step in 0..steps as usize {
            let at = |n: usize| p + (q - p) * n as f64 / steps;
            let (s, t) = (at(step), at(step + 1));
            let mut mesh = Mesh::default();
            let u = |x: f64| x as f32 / PLASTER_MM;
            mesh.sheet(
                piece([s, t, low, high], 0.0),
                coat(paint::PLASTER),
                [[u(-t), u(-high)], [u(-s), u(-low)]],
                WALL_MM,
            );
            if low == 0.0 {
                mesh.sheet(piece([s, t, 0.0, 90.0], 8.0), Coat::plain(SKIRTING), [[0.0; 2]; 2], WALL_MM);
            }
            chunks.push(still(mesh));
        }
    }
    for door in &doors {
        let mut mesh = Mesh::default();
        for &post in door {
            mesh.sheet(
                piece([post - 40.0, post + 40.0, 0.0, DOOR_HIGH_MM], 12.0),
                Coat::plain([84, 86, 90]),
                [[0.0; 2]; 2],
                WALL_MM,
            );
        }
        mesh.sheet(
            piece([door[0], door[1], DOOR_HIGH_MM - 80.0, DOOR_HIGH_MM], 12.0),
            Coat::plain([84, 86, 90]),
            [[0.0; 2]; 2],
            WALL_MM,
        );
        chunks.push(still(mesh));
    }
    // Two signs on a long wall, above what stands there.
    if length > 5_500.0 && top > 2_900.0 {
        for (part, sign) in [(0.32, paint::SIGN), (0.68, paint::SIGN_TWO)] {
            let middle = part * length;
            if doors.iter().any(|[p, q]| middle > p - 500.0 && middle < q + 500.0) {
                continue;
            }
            let mut mesh = Mesh::default();
            mesh.sheet(
                piece([middle - 400.0, middle + 400.0, 2_080.0, 2_740.0], 15.0),
                coat(sign),
                [[0.0, 0.0], [1.0, 1.0]],
                WALL_MM,
            );
            chunks.push(still(mesh));
        }
    }
}

/// What needs no lamp: the lamps themselves and the street in daylight.
pub(super) fn bright(world: &World) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for lamp in &world.lamps {
        let mut mesh = Mesh::default();
        let corner = Mm3::new(lamp.at.x - 600.0, lamp.at.y - 150.0, world.ceiling_mm - 8.0);
        let glow = Coat { colour: [2.4, 2.4, 2.3], paint: None };
        mesh.sheet(Sheet { corner, right: Mm3::x() * 1_200.0, down: Mm3::y() * 300.0 }, glow, [[0.0; 2]; 2], 600.0);
        chunks.push(still(mesh));
    }
    if world.doors.is_empty() {
        return chunks;
    }
    let [low, high] = extent(world);
    let (low, high) = (low - Mm2::repeat(STREET_MM), high + Mm2::repeat(STREET_MM));
    let day = |srgb: [u8; 3], light: f32| Coat { colour: linear(srgb).map(|c| c * light), paint: None };
    let mut mesh = Mesh::default();
    let size = high - low;
    let pavement = Sheet { corner: Mm3::new(low.x, high.y, -4.0), right: Mm3::x() * size.x, down: Mm3::y() * -size.y };
    mesh.sheet(pavement, day([150, 148, 144], 1.5), [[0.0; 2]; 2], 500.0);
    chunks.push(floor(mesh));
    // House fronts opposite.
    let mut mesh = Mesh::default();
    let corners = [low, Mm2::new(high.x, low.y), high, Mm2::new(low.x, high.y)];
    for (i, a) in corners.iter().enumerate() {
        let b = corners[(i + 1) % 4];
        let right = Mm3::new(a.x - b.x, a.y - b.y, 0.0);
        let sheet =
            |top: f64, tall: f64| Sheet { corner: Mm3::new(b.x, b.y, top), right, down: Mm3::new(0.0, 0.0, -tall) };
        mesh.sheet(sheet(4_000.0, 3_000.0), day([176, 170, 160], 1.3), [[0.0; 2]; 2], 500.0);
        mesh.sheet(sheet(1_000.0, 1_004.0), day([120, 114, 108], 1.2), [[0.0; 2]; 2], 500.0);
    }
    chunks.push(still(mesh));
    chunks
}
