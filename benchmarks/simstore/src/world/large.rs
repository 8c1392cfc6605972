//! A large shop, 24 by 16 m unless asked otherwise: racks along three walls, rows of double islands with a cross aisle in the
//! middle, four gates, cameras in a grid under the ceiling. For load: 20 cameras, room for 40 shoppers at once.

use super::build::{Aim, LOW, Row, TALL, Weighing, add_row, rectangle};
use super::{Block, Frame, Gate, Lamp, Mm2, Mm3, View, Way, World, catalog};

/// How large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// From west to east, mm; at least 8 m.
    pub width_mm: u32,
    /// From south to north, mm; at least 10 m.
    pub depth_mm: u32,
    /// Columns of cameras from west to east.
    pub camera_columns: u32,
    /// Rows of cameras from south to north.
    pub camera_rows: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self { width_mm: 24_000, depth_mm: 16_000, camera_columns: 5, camera_rows: 4 }
    }
}

/// Size of the pictures.
const SIZE_PX: [u32; 2] = [640, 480];
/// Height of the ceiling.
const CEILING_MM: f64 = 4200.0;
/// Width of a gondola.
const GONDOLA_MM: f64 = 1200.0;
/// Depth of one side of an island.
const ISLAND_MM: f64 = 420.0;
/// Depth of a rack at a wall.
const WALL_MM: f64 = 450.0;
/// Least width of an aisle.
const AISLE_MM: f64 = 1700.0;
/// From the door to the first racks.
const FRONT_MM: f64 = 3400.0;
/// Width of the aisle that crosses the islands, and of the one behind them.
const CROSS_MM: f64 = 1800.0;

/// Categories in the order of a walk.
const CATEGORIES: [&str; 9] =
    ["breakfast", "bakery", "pantry", "tins", "snacks", "sweets", "drinks", "household", "chilled"];

/// The large shop.
pub fn world(size: Size) -> World {
    let (width, depth) = (f64::from(size.width_mm.max(8_000)), f64::from(size.depth_mm.max(10_000)));
    let corner = |x: f64, y: f64| Mm2::new(x, y);
    let middle = width / 2.0;
    let mut world = World {
        name: "large-shop".to_string(),
        currency: "EUR".to_string(),
        outline: vec![corner(0.0, 0.0), corner(width, 0.0), corner(width, depth), corner(0.0, depth)],
        doors: vec![[corner(middle - 1800.0, 0.0), corner(middle + 1800.0, 0.0)]],
        ceiling_mm: CEILING_MM,
        outside: corner(middle, -2000.0),
        blocks: blocks(middle),
        gondolas: Vec::new(),
        slots: Vec::new(),
        articles: catalog::articles(),
        planogram: Vec::new(),
        gates: gates(middle),
        zones: vec![
            rectangle("entrance", [middle - 1800.0, -2000.0], [middle + 1800.0, 1600.0], true),
            rectangle("exit", [middle, -2000.0], [middle + 1800.0, 1600.0], true),
            rectangle("counter", [middle + 2600.0, 100.0], [middle + 5200.0, 2000.0], false),
            rectangle("front", [0.0, 1600.0], [width, FRONT_MM], false),
            rectangle("back", [WALL_MM, depth - WALL_MM - CROSS_MM], [width - WALL_MM, depth - WALL_MM], false),
        ],
        cameras: Vec::new(),
        scales: Vec::new(),
        lamps: lamps(width, depth),
    };
    walls(&mut world, width, depth);
    islands(&mut world, width, depth);
    cameras(&mut world, size, width, depth);
    world
}

fn blocks(middle: f64) -> Vec<Block> {
    let block = |kind: &str, at: [f64; 2], size: [f64; 3]| Block {
        kind: kind.to_string(),
        frame: Frame { at: Mm3::new(at[0], at[1], 0.0), turn: 0.0 },
        size: Mm3::from(size),
    };
    // Five pillars make four lanes.
    let pillar = |i: i32| block("gate", [middle - 40.0 + f64::from(i - 2) * 880.0, 500.0], [80.0, 900.0, 1000.0]);
    let mut blocks: Vec<Block> = (0..5).map(pillar).collect();
    blocks.push(block("rail", [middle - 1820.0, 0.0], [40.0, 500.0, 950.0]));
    blocks.push(block("rail", [middle + 1780.0, 0.0], [40.0, 500.0, 950.0]));
    blocks.push(block("counter", [middle + 3000.0, 500.0], [1800.0, 600.0, 940.0]));
    blocks
}

/// Two lanes in, two lanes out.
fn gates(middle: f64) -> Vec<Gate> {
    let gate = |(i, (name, way)): (usize, (&str, Way))| {
        let left = middle - 1720.0 + i as f64 * 880.0;
        Gate {
            name: name.to_string(),
            zone: "entrance".to_string(),
            way,
            reader: Mm3::new(left - 40.0, if way == Way::In { 620.0 } else { 1280.0 }, 1000.0),
            line: [Mm2::new(left, 950.0), Mm2::new(left + 800.0, 950.0)],
        }
    };
    let gates = [("gate-in-1", Way::In), ("gate-in-2", Way::In), ("gate-out-1", Way::Out), ("gate-out-2", Way::Out)];
    gates.into_iter().enumerate().map(gate).collect()
}

fn lamps(width: f64, depth: f64) -> Vec<Lamp> {
    let (columns, rows) = ((width / 4000.0).ceil() as u32, (depth / 4000.0).ceil() as u32);
    let at = |i: u32, count: u32, length: f64| (f64::from(i) + 0.5) * length / f64::from(count);
    let lamp = |x: u32, y: u32| Mm3::new(at(x, columns, width), at(y, rows, depth), CEILING_MM - 200.0);
    (0..rows).flat_map(|y| (0..columns).map(move |x| Lamp { at: lamp(x, y), power: 3.4 })).collect()
}

/// Racks along the west, north and east walls.
fn walls(world: &mut World, width: f64, depth: f64) {
    let size = [GONDOLA_MM, WALL_MM, 1850.0];
    let row = |name, at, turn_deg, length: f64, categories, weighing| Row {
        name,
        at,
        turn_deg,
        count: (length / GONDOLA_MM).floor() as usize,
        size,
        boards: TALL,
        categories,
        weighing,
    };
    let side = depth - FRONT_MM - WALL_MM - AISLE_MM;
    let back = width - 2.0 * (WALL_MM + AISLE_MM);
    let count = (back / GONDOLA_MM).floor() * GONDOLA_MM;
    add_row(world, &row("W", [WALL_MM, FRONT_MM], 90.0, side, &["drinks", "pantry", "tins"], Weighing::Plates));
    add_row(world, &row("N", [(width - count) / 2.0, depth - WALL_MM], 0.0, back, &["chilled"], Weighing::Plates));
    let east = FRONT_MM + (side / GONDOLA_MM).floor() * GONDOLA_MM;
    let goods = &["household", "drinks", "sweets"];
    add_row(world, &row("E", [width - WALL_MM, east], 270.0, side, goods, Weighing::Shelves));
}

/// Double islands from south to north, in two blocks with an aisle across between them.
fn islands(world: &mut World, width: f64, depth: f64) {
    let room = width - 2.0 * WALL_MM;
    let islands = ((room - AISLE_MM) / (2.0 * ISLAND_MM + AISLE_MM)).floor();
    let aisle = (room - islands * 2.0 * ISLAND_MM) / (islands + 1.0);
    let length = depth - FRONT_MM - WALL_MM - 2.0 * CROSS_MM;
    let count = (length / 2.0 / GONDOLA_MM).floor();
    for island in 0..islands as usize {
        let west = (WALL_MM + aisle + island as f64 * (2.0 * ISLAND_MM + aisle)).round();
        for block in 0..2 {
            let south = FRONT_MM + block as f64 * (count * GONDOLA_MM + CROSS_MM);
            let letters = [format!("I{}{}w", island + 1, block + 1), format!("I{}{}e", island + 1, block + 1)];
            let first = (island * 4 + block * 2) % CATEGORIES.len();
            let categories = [CATEGORIES[first], CATEGORIES[(first + 1) % 9], CATEGORIES[(first + 2) % 9]];
            let weighing = [Weighing::Plates, Weighing::Shelves, Weighing::Nothing][(island + block) % 3];
            let sides = [([west, south + count * GONDOLA_MM], 270.0), ([west + 2.0 * ISLAND_MM, south], 90.0)];
            for (name, (at, turn_deg)) in letters.iter().zip(sides) {
                let size = [GONDOLA_MM, ISLAND_MM, 1350.0];
                let count = count as usize;
                add_row(
                    world,
                    &Row { name, at, turn_deg, count, size, boards: LOW, categories: &categories, weighing },
                );
            }
        }
        let aisle_zone =
            |i: usize, x: f64| rectangle(&format!("aisle-{i}"), [x - aisle, FRONT_MM], [x, FRONT_MM + length], false);
        world.zones.push(aisle_zone(island + 1, west));
        if island + 1 == islands as usize {
            world.zones.push(aisle_zone(island + 2, west + 2.0 * ISLAND_MM + aisle));
        }
    }
}

/// A grid of cameras; those at the walls look inwards, the others along their row, to and fro.
fn cameras(world: &mut World, size: Size, width: f64, depth: f64) {
    let (columns, rows) = (size.camera_columns.max(2), size.camera_rows.max(2));
    for row in 0..rows {
        for column in 0..columns {
            let share = |i: u32, count: u32| f64::from(i) / f64::from(count - 1);
            let at = [200.0 + share(column, columns) * (width - 400.0), 200.0 + share(row, rows) * (depth - 400.0)];
            let edge = row == 0 || row + 1 == rows || column == 0 || column + 1 == columns;
            // Towards a place on the middle line that is a stretch away, so that neighbours see each other's blind spots.
            let target = match edge {
                true => [at[0] * 0.4 + width * 0.3, at[1] * 0.4 + depth * 0.3],
                false => [at[0] + if (row + column) % 2 == 0 { 3000.0 } else { -3000.0 }, at[1] + 400.0],
            };
            let aim = Aim::over([at[0], at[1], 3400.0], target, 33.0, 84.0, -0.06);
            world.cameras.push(aim.camera(&format!("cam-{:02}", row * columns + column + 1), View::Corner, SIZE_PX));
        }
    }
}
