//! The corner shop of the demo, 6 by 8 m: door and gate in the south, tall racks along both walls, two low double islands, a
//! cooler in the north, a counter in the south-west.
//!
//! ```text
//!  y 8 m  +-----------[ G1 G2 ]-----------+   corner cameras in the four corners,
//!         |A4                           F1|   shelf cameras in the middle looking west and east
//!         |A3   B3 C1       D3 E1       F2|
//!         |A2   B2 C2       D2 E2       F3|
//!         |A1   B1 C3       D1 E3       F4|
//!         |                               |
//!         | counter  |in|out|             |
//!    0    +----------| door |-------------+   x 6 m
//! ```

use super::build::{Aim, LOW, Row, TALL, Weighing, add_row, rectangle};
use super::{Block, Frame, Gate, Lamp, Mm2, Mm3, View, Way, World, catalog};

/// Size of the pictures.
const SIZE_PX: [u32; 2] = [640, 480];

/// The corner shop.
pub fn world() -> World {
    let corner = |x: f64, y: f64| Mm2::new(x, y);
    let mut world = World {
        name: "corner-shop".to_string(),
        currency: "EUR".to_string(),
        outline: vec![corner(0.0, 0.0), corner(6000.0, 0.0), corner(6000.0, 8000.0), corner(0.0, 8000.0)],
        doors: vec![[corner(2120.0, 0.0), corner(3880.0, 0.0)]],
        ceiling_mm: 3200.0,
        outside: corner(3000.0, -1500.0),
        blocks: blocks(),
        gondolas: Vec::new(),
        slots: Vec::new(),
        articles: catalog::articles(),
        planogram: Vec::new(),
        gates: gates(),
        zones: vec![
            rectangle("entrance", [2000.0, -1500.0], [4000.0, 1500.0], true),
            rectangle("exit", [3040.0, -1500.0], [4000.0, 1500.0], true),
            rectangle("counter", [100.0, 100.0], [1900.0, 1700.0], false),
            rectangle("front", [0.0, 1500.0], [6000.0, 2300.0], false),
            rectangle("aisle-1", [420.0, 2300.0], [1620.0, 6000.0], false),
            rectangle("aisle-2", [2380.0, 2300.0], [3620.0, 6000.0], false),
            rectangle("aisle-3", [4380.0, 2300.0], [5580.0, 6000.0], false),
            rectangle("back", [420.0, 6000.0], [5580.0, 7550.0], false),
        ],
        cameras: Vec::new(),
        scales: Vec::new(),
        lamps: [[1500.0, 2000.0], [4500.0, 2000.0], [1500.0, 6000.0], [4500.0, 6000.0], [3000.0, 4000.0]]
            .map(|[x, y]| Lamp { at: Mm3::new(x, y, 3000.0), power: 2.6 })
            .to_vec(),
    };
    for row in rows() {
        add_row(&mut world, &row);
    }
    let view = |name: &str, view: View, aim: Aim| aim.camera(name, view, SIZE_PX);
    let over = |at: [f64; 3], pitch: f64, k1: f64| Aim::over(at, [3000.0, 4000.0], pitch, 84.0, k1);
    let at = |at: [f64; 3], yaw_deg: f64, pitch_deg: f64, hfov_deg: f64, k1: f64| Aim {
        at,
        yaw_deg,
        pitch_deg,
        hfov_deg,
        k1,
    };
    world.cameras = vec![
        view("corner-sw", View::Corner, over([200.0, 200.0, 2800.0], 30.0, -0.06)),
        view("corner-se", View::Corner, over([5800.0, 200.0, 2600.0], 27.0, -0.05)),
        view("corner-ne", View::Corner, over([5800.0, 7800.0, 3000.0], 34.0, -0.07)),
        view("corner-nw", View::Corner, over([200.0, 7800.0, 2700.0], 29.0, -0.06)),
        view("shelf-w", View::Shelf, at([2600.0, 4300.0, 2750.0], 180.0, 40.0, 84.0, -0.05)),
        view("shelf-e", View::Shelf, at([3400.0, 4300.0, 2750.0], 0.0, 40.0, 84.0, -0.05)),
        view("overhead", View::Overhead, at([3000.0, 4300.0, 3150.0], 90.0, 90.0, 100.0, -0.04)),
    ];
    world
}

fn rows() -> [Row<'static>; 7] {
    let tall = [1200.0, 420.0, 1850.0];
    let low = [1200.0, 380.0, 1350.0];
    let row = |name, at, turn_deg, size, boards, categories, weighing| Row {
        name,
        at,
        turn_deg,
        count: 3,
        size,
        boards,
        categories,
        weighing,
    };
    use Weighing::{Plates, Shelves};
    [
        Row {
            count: 4,
            ..row("A", [420.0, 2200.0], 90.0, tall, TALL, &["breakfast", "pantry", "tins", "drinks"], Plates)
        },
        row("B", [1620.0, 6000.0], 270.0, low, LOW, &["sweets", "snacks", "bakery"], Shelves),
        row("C", [2380.0, 2400.0], 90.0, low, LOW, &["household", "breakfast", "tins"], Plates),
        row("D", [3620.0, 6000.0], 270.0, low, LOW, &["drinks", "pantry", "sweets"], Shelves),
        row("E", [4380.0, 2400.0], 90.0, low, LOW, &["snacks", "tins", "household"], Shelves),
        Row {
            count: 4,
            ..row("F", [5580.0, 7000.0], 270.0, tall, TALL, &["drinks", "pantry", "bakery", "sweets"], Shelves)
        },
        Row { count: 2, ..row("G", [1800.0, 7550.0], 0.0, [1200.0, 450.0, 1850.0], TALL, &["chilled"], Plates) },
    ]
}

/// Two lanes between three pillars, rails from the door to them, and the counter.
fn blocks() -> Vec<Block> {
    let block = |kind: &str, at: [f64; 2], size: [f64; 3]| Block {
        kind: kind.to_string(),
        frame: Frame { at: Mm3::new(at[0], at[1], 0.0), turn: 0.0 },
        size: Mm3::from(size),
    };
    vec![
        block("gate", [2120.0, 500.0], [80.0, 800.0, 1000.0]),
        block("gate", [2960.0, 500.0], [80.0, 800.0, 1000.0]),
        block("gate", [3800.0, 500.0], [80.0, 800.0, 1000.0]),
        block("rail", [2140.0, 0.0], [40.0, 500.0, 950.0]),
        block("rail", [3820.0, 0.0], [40.0, 500.0, 950.0]),
        block("counter", [500.0, 500.0], [1200.0, 500.0, 940.0]),
    ]
}

fn gates() -> Vec<Gate> {
    let gate = |name: &str, way, reader: [f64; 3], [from, to]: [f64; 2]| Gate {
        name: name.to_string(),
        zone: "entrance".to_string(),
        way,
        reader: Mm3::from(reader),
        line: [Mm2::new(from, 900.0), Mm2::new(to, 900.0)],
    };
    vec![
        gate("gate-in", Way::In, [2160.0, 620.0, 1000.0], [2200.0, 2960.0]),
        gate("gate-out", Way::Out, [3840.0, 1180.0, 1000.0], [3040.0, 3800.0]),
    ]
}
