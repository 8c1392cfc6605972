//! What stands still: building, racks, furniture, and goods in their slots, as lit triangles in chunks.

use super::canvas::{FLOOR, STILL};
use super::light::Light;
use super::mesh::{Coat, Mesh};
use super::texture::{self, Texture};
use super::{package, scene};
use crate::world::{Frame, Mm2, Mm3, World};
use std::sync::Arc;

mod building;
mod furniture;

/// Triangles that are drawn, or left out, together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunk {
    pub mesh: Mesh,
    pub owner: u16,
    /// Pieces that may be left out where they are hidden, the hindmost first; none: it is drawn as a whole.
    pub parts: Vec<Part>,
}

/// One package of a chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Part {
    pub vertices: std::ops::Range<usize>,
    pub triangles: std::ops::Range<usize>,
}

/// Numbers of the textures that are not labels; labels follow.
pub(super) mod paint {
    pub const TILES: u16 = 0;
    pub const PLASTER: u16 = 1;
    pub const CEILING: u16 = 2;
    pub const WOOD: u16 = 3;
    pub const SIGN: u16 = 4;
    pub const SIGN_TWO: u16 = 5;
    pub const LABELS: u16 = 6;
}

/// A shop as triangles. Clones share what does not change.
#[derive(Clone, Debug)]
pub struct Scene {
    pub(super) world: Arc<World>,
    pub(super) textures: Arc<Vec<Texture>>,
    pub(super) fixed: Arc<Vec<Chunk>>,
    /// By slot: the goods in it.
    pub(super) slots: Vec<Chunk>,
    pub(super) light: Light,
}

/// Seeds of the textures.
const SURFACES: u64 = 11;

/// What floor, walls and furniture are made of. Colours are sRGB.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// The floor, and how rough it looks.
    pub floor: [u8; 3],
    /// Contrast of the floor's and the walls' grain.
    pub grain: [f64; 2],
    /// Tiles along 800 mm of floor; 0 joints where it is poured.
    pub tiles: usize,
    /// Width of the joints, 800 mm / 128.
    pub joint: usize,
    /// Walls.
    pub walls: [u8; 3],
    /// The ceiling.
    pub ceiling: [u8; 3],
    /// Counters.
    pub wood: [u8; 3],
    /// Racks.
    pub racks: [u8; 3],
    /// What racks stand on.
    pub kick: [u8; 3],
}

impl Default for Finish {
    fn default() -> Self {
        Self {
            floor: [178, 172, 162],
            grain: [7.0, 3.0],
            tiles: 2,
            joint: 2,
            walls: [212, 207, 196],
            ceiling: [222, 222, 218],
            wood: [150, 116, 82],
            racks: [206, 206, 204],
            kick: [92, 92, 96],
        }
    }
}

impl Scene {
    /// The shop with empty shelves.
    pub fn new(world: Arc<World>) -> Self {
        Self::finished(world, &Finish::default())
    }

    /// The same with surfaces of its own.
    pub fn finished(world: Arc<World>, finish: &Finish) -> Self {
        let light = Light::of(&world);
        let mut textures = vec![
            texture::rough(finish.floor, finish.grain[0], finish.tiles, finish.joint, SURFACES),
            texture::rough(finish.walls, finish.grain[1], 1, 0, SURFACES + 1),
            texture::rough(finish.ceiling, 3.0, 2, 1, SURFACES + 2),
            texture::rough(finish.wood, 9.0, 1, 0, SURFACES + 3),
            texture::sign("FRESH", [86, 108, 88], [232, 228, 214]),
            texture::sign("BAKERY", [128, 98, 76], [232, 228, 214]),
        ];
        textures.extend(world.articles.iter().enumerate().map(|(i, a)| texture::label(&a.look, i as u64)));
        let mut fixed = building::chunks(&world);
        fixed.extend(furniture::chunks(&world, finish));
        let shade = scene::Shade::of(&world);
        for chunk in &mut fixed {
            light.bake(&mut chunk.mesh, |at, normal| shade.share(at, normal));
        }
        fixed.extend(building::bright(&world));
        let slots = vec![still(Mesh::default()); world.slots.len()];
        Self { world, textures: Arc::new(textures), fixed: Arc::new(fixed), slots, light }
    }

    /// The texture of an article's label.
    pub(super) fn label(article: usize) -> u16 {
        paint::LABELS + article as u16
    }

    /// Puts goods into a slot: articles, and where the middle of each one's lower side is.
    pub fn fill(&mut self, slot: usize, goods: impl IntoIterator<Item = (usize, Mm3)>) {
        let world = &self.world;
        let gondola = &world.gondolas[world.slots[slot].gondola];
        let (mut mesh, mut parts) = (Mesh::default(), Vec::new());
        for (n, (article, at)) in goods.into_iter().enumerate() {
            // Nobody puts packages back quite straight.
            let askew = 0.04 * (((slot * 31 + n * 17) % 11) as f64 / 5.0 - 1.0);
            let frame = Frame { at, turn: gondola.frame.turn + askew };
            let begun = (mesh.vertices.len(), mesh.triangles.len());
            package::add(&mut mesh, &frame, &world.articles[article], Some(Self::label(article)));
            parts.push(Part { vertices: begun.0..mesh.vertices.len(), triangles: begun.1..mesh.triangles.len() });
        }
        let frame = gondola.frame;
        // The farther into the shelf, the darker.
        let deep = |at: [f32; 3]| frame.to_local(Mm3::new(at[0].into(), at[1].into(), at[2].into())).y as f32;
        self.light.bake(&mut mesh, |at, _| 1.0 - 0.5 * (deep(at) / 250.0).clamp(0.0, 1.0));
        self.slots[slot] = Chunk { mesh, owner: STILL, parts };
    }
}

/// Where less light comes: inside racks, and on the floor beside what stands on it.
pub(super) struct Shade {
    /// Frames, widths and depths of what stands on the floor; whether goods are in it.
    feet: Vec<(Frame, Mm3, bool)>,
}

impl Shade {
    fn of(world: &World) -> Self {
        let racks = world.gondolas.iter().map(|g| (g.frame, g.size, true));
        Self { feet: racks.chain(world.blocks.iter().map(|b| (b.frame, b.size, false))).collect() }
    }

    fn share(&self, at: [f32; 3], normal: [f32; 3]) -> f32 {
        let at = Mm3::new(at[0].into(), at[1].into(), at[2].into());
        let mut share = 1.0;
        for (frame, size, rack) in &self.feet {
            let local = frame.to_local(at);
            if local.z > size.z + 10.0 || (local.xy() - size.xy() / 2.0).norm() > size.xy().norm() / 2.0 + 1_500.0 {
                continue;
            }
            let beside = Mm2::new((-local.x).max(local.x - size.x).max(0.0), (-local.y).max(local.y - size.y).max(0.0));
            if at.z < 5.0 && normal[2] > 0.9 {
                share *= 1.0 - 0.45 * (-beside.norm() / 250.0).exp();
            } else if *rack && beside.norm() == 0.0 && local.y < size.y - 5.0 && at.z < size.z - 5.0 {
                share *= 1.0 - 0.5 * (local.y / 250.0).clamp(0.0, 1.0);
            }
        }
        share as f32
    }
}

/// A chunk that belongs to nobody.
fn still(mesh: Mesh) -> Chunk {
    Chunk { mesh, owner: STILL, parts: Vec::new() }
}

/// A piece of the floor.
fn floor(mesh: Mesh) -> Chunk {
    Chunk { mesh, owner: FLOOR, parts: Vec::new() }
}

/// The least and largest corner of the room.
fn extent(world: &World) -> [Mm2; 2] {
    let fold = |f: fn(f64, f64) -> f64, start: f64| {
        world.outline.iter().fold(Mm2::new(start, start), |a, p| Mm2::new(f(a.x, p.x), f(a.y, p.y)))
    };
    [fold(f64::min, f64::INFINITY), fold(f64::max, f64::NEG_INFINITY)]
}

/// A coat of one of the textures.
fn coat(paint: u16) -> Coat {
    Coat::textured(paint)
}
