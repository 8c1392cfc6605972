//! Racks, counters, gates.

use super::{Chunk, Finish, coat, paint, still};
use crate::render::mesh::{Coat, Mesh, Sheet};
use crate::world::{Block, Frame, Gate, Gondola, Mm3, World};

/// Pieces in which furniture is lit.
const PIECE_MM: f64 = 200.0;
const BOARD_MM: f64 = 25.0;
const PANEL_MM: f64 = 18.0;
const STRIP: [u8; 3] = [226, 222, 206];
const TAG: [u8; 3] = [246, 246, 240];

pub(super) fn chunks(world: &World, finish: &Finish) -> Vec<Chunk> {
    let racks = (0..world.gondolas.len()).map(|i| still(rack(world, i, finish)));
    let blocks = world.blocks.iter().map(|b| still(block(b)));
    racks.chain(blocks).chain(world.gates.iter().map(|g| still(reader(g)))).collect()
}

fn rack(world: &World, index: usize, finish: &Finish) -> Mesh {
    let gondola = &world.gondolas[index];
    let (frame, size) = (&gondola.frame, gondola.size);
    let metal = Some(Coat::plain(finish.racks));
    let mut mesh = Mesh::default();
    let mut add = |low: [f64; 3], high: [f64; 3], coats| {
        mesh.block(frame, [Mm3::from(low), Mm3::from(high)], coats, PIECE_MM);
    };
    let lowest = gondola.shelves.first().map_or(100.0, |s| s.board_mm - BOARD_MM).max(20.0);
    let kick = Some(Coat::plain(finish.kick));
    add([0.0, 15.0, 0.0], [size.x, size.y, lowest], [kick, kick, kick, kick, None, None]);
    add([0.0, size.y - PANEL_MM, 0.0], [size.x, size.y, size.z], [metal, metal, metal, metal, metal, None]);
    for (x, end) in [(0.0, [0.0, 0.0]), (size.x - PANEL_MM, [size.x, 0.0])] {
        if !continues(world, index, end) {
            add([x, 0.0, 0.0], [x + PANEL_MM, size.y, size.z], [metal; 6]);
        }
    }
    for shelf in &gondola.shelves {
        let (deep, top) = (shelf.depth_mm.min(size.y), shelf.board_mm);
        add([0.0, 0.0, top - BOARD_MM], [size.x, deep, top - 1.0], [metal, None, metal, metal, metal, metal]);
        let strip = Some(Coat::plain(STRIP));
        add([0.0, -6.0, top - 42.0], [size.x, -1.0, top + 2.0], [strip, None, strip, strip, strip, strip]);
    }
    tags(world, index, &mut mesh);
    mesh
}

/// A price tag below each slot.
fn tags(world: &World, index: usize, mesh: &mut Mesh) {
    let gondola: &Gondola = &world.gondolas[index];
    let origin = gondola.frame.to_store(Mm3::zeros());
    let turned = |v: Mm3| gondola.frame.to_store(v) - origin;
    for slot in world.slots.iter().filter(|slot| slot.gondola == index) {
        let top = gondola.shelves[slot.shelf].board_mm - 4.0;
        let left = slot.from_mm + 8.0;
        let width = (slot.to_mm - slot.from_mm - 16.0).clamp(10.0, 62.0);
        let corner = gondola.frame.to_store(Mm3::new(left, -8.0, top));
        let sheet = Sheet { corner, right: turned(Mm3::x() * width), down: turned(Mm3::z() * -32.0) };
        mesh.sheet(sheet, Coat::plain(TAG), [[0.0; 2]; 2], PIECE_MM);
        let corner = gondola.frame.to_store(Mm3::new(left + 0.2 * width, -9.0, top - 9.0));
        let sheet = Sheet { corner, right: turned(Mm3::x() * (0.6 * width)), down: turned(Mm3::z() * -12.0) };
        mesh.sheet(sheet, Coat::plain([70, 70, 74]), [[0.0; 2]; 2], PIECE_MM);
    }
}

/// Whether another rack goes on where this one ends: `end` is the foot of a side, local.
fn continues(world: &World, index: usize, end: [f64; 2]) -> bool {
    let frame = &world.gondolas[index].frame;
    let place = frame.to_store(Mm3::new(end[0], end[1], 0.0));
    (world.gondolas.iter().enumerate()).any(|(other, gondola)| {
        let along = (gondola.frame.turn - frame.turn).cos() > 0.99 && gondola.size.z >= world.gondolas[index].size.z;
        let feet = [0.0, gondola.size.x].map(|x| gondola.frame.to_store(Mm3::new(x, 0.0, 0.0)));
        other != index && along && feet.iter().any(|foot| (foot - place).norm() < 30.0)
    })
}

fn block(block: &Block) -> Mesh {
    let mut mesh = Mesh::default();
    let size = block.size;
    let mut add = |low: [f64; 3], high: [f64; 3], coat: Coat| {
        mesh.block(&block.frame, [Mm3::from(low), Mm3::from(high)], [Some(coat); 6], PIECE_MM);
    };
    match block.kind.as_str() {
        "gate" => {
            add([0.0; 3], [size.x, size.y, size.z], Coat::plain([66, 70, 76]));
            let band = Coat::plain([96, 150, 120]);
            add([-4.0, 0.1 * size.y, size.z - 110.0], [size.x + 4.0, 0.9 * size.y, size.z - 70.0], band);
        }
        "counter" => {
            add([0.0; 3], [size.x, size.y, size.z - 40.0], coat(paint::WOOD).times(0.9));
            add([-40.0, -40.0, size.z - 40.0], [size.x + 40.0, size.y + 40.0, size.z], Coat::plain([70, 70, 74]));
            add(
                [0.35 * size.x, 0.4 * size.y, size.z],
                [0.6 * size.x, 0.46 * size.y, size.z + 250.0],
                Coat::plain([34, 34, 38]),
            );
        }
        "rail" => {
            let metal = Coat::plain([150, 154, 158]);
            add([0.0, 0.0, size.z - 45.0], [size.x, size.y, size.z], metal);
            add([0.0; 3], [size.x, 40.0_f64.min(size.y), size.z], metal);
            add([0.0, size.y - 40.0_f64.min(size.y), 0.0], [size.x, size.y, size.z], metal);
            let glass = Coat::plain([150, 166, 172]);
            add([0.4 * size.x, 0.0, 80.0], [0.6 * size.x, size.y, size.z - 60.0], glass);
        }
        "cooler" => add([0.0; 3], [size.x, size.y, size.z], Coat::plain([214, 218, 222])),
        "wall" => add([0.0; 3], [size.x, size.y, size.z], coat(paint::PLASTER)),
        _ => add([0.0; 3], [size.x, size.y, size.z], Coat::plain([190, 186, 178])),
    }
    mesh
}

/// The reader for codes: a tablet that looks up.
fn reader(gate: &Gate) -> Mesh {
    let mut mesh = Mesh::default();
    let frame = Frame { at: gate.reader, turn: 0.0 };
    let dark = Some(Coat::plain([30, 32, 36]));
    let shine = Some(Coat { colour: [0.25, 0.5, 0.55], paint: None });
    mesh.block(&frame, [Mm3::new(-55.0, -80.0, -15.0), Mm3::new(55.0, 80.0, 12.0)], [dark; 6], PIECE_MM);
    mesh.block(&frame, [Mm3::new(-42.0, -62.0, 12.0), Mm3::new(42.0, 62.0, 15.0)], [shine; 6], PIECE_MM);
    mesh
}
