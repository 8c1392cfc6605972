//! A small shop made by hand, for tests of life in it: 6 x 8 m, a double gondola in the middle, shelves along two walls.

use crate::world::{
    Article, Block, Frame, Gate, Gondola, Look, Mm2, Mm3, Shape, Shelf, Slot, Stocking, Way, World, Zone,
};
use std::f64::consts::{FRAC_PI_2, PI};

/// The shop. Six slots a shelf, four shelves a gondola, one article a slot.
pub fn shop() -> World {
    let mut world = World {
        name: "sample".into(),
        currency: "EUR".into(),
        outline: vec![Mm2::new(0.0, 0.0), Mm2::new(6000.0, 0.0), Mm2::new(6000.0, 8000.0), Mm2::new(0.0, 8000.0)],
        ceiling_mm: 3000.0,
        outside: Mm2::new(900.0, -1500.0),
        blocks: vec![Block {
            kind: "counter".into(),
            frame: Frame { at: Mm3::new(2600.0, 700.0, 0.0), turn: 0.0 },
            size: Mm3::new(1600.0, 600.0, 1000.0),
        }],
        gondolas: Vec::new(),
        slots: Vec::new(),
        articles: Vec::new(),
        planogram: Vec::new(),
        gates: vec![Gate {
            name: "door".into(),
            zone: "entrance".into(),
            way: Way::Both,
            reader: Mm3::new(1600.0, 500.0, 1050.0),
            line: [Mm2::new(0.0, 600.0), Mm2::new(1800.0, 600.0)],
        }],
        zones: vec![Zone {
            name: "entrance".into(),
            corners: vec![Mm2::new(0.0, 0.0), Mm2::new(1800.0, 0.0), Mm2::new(1800.0, 1500.0), Mm2::new(0.0, 1500.0)],
            entrance: true,
        }],
        cameras: Vec::new(),
        scales: Vec::new(),
        doors: vec![[Mm2::new(300.0, 0.0), Mm2::new(1500.0, 0.0)]],
        lamps: Vec::new(),
    };
    // A double gondola along y in the middle, one along the right wall, one along the far wall.
    rack(&mut world, "A", Mm3::new(2500.0, 5800.0, 0.0), -FRAC_PI_2, 3000.0);
    rack(&mut world, "B", Mm3::new(3300.0, 2800.0, 0.0), FRAC_PI_2, 3000.0);
    rack(&mut world, "C", Mm3::new(5600.0, 6000.0, 0.0), -FRAC_PI_2, 3000.0);
    rack(&mut world, "D", Mm3::new(1500.0, 7600.0, 0.0), 0.0, 3000.0);
    // Nobody passes between A and B: 800 mm, 400 mm of shelf from either side.
    assert!(world.gondolas.iter().all(|gondola| gondola.frame.turn.abs() <= PI));
    world
}

fn rack(world: &mut World, name: &str, at: Mm3, turn: f64, width: f64) {
    let gondola = world.gondolas.len();
    let boards = [150.0, 560.0, 970.0, 1380.0];
    world.gondolas.push(Gondola {
        name: name.into(),
        frame: Frame { at, turn },
        size: Mm3::new(width, 400.0, 1800.0),
        shelves: (boards.iter().enumerate())
            .map(|(i, &board_mm)| Shelf { name: format!("{name}{i}"), board_mm, clear_mm: 350.0, depth_mm: 380.0 })
            .collect(),
    });
    for shelf in 0..boards.len() {
        for place in 0..6 {
            let (slot, article) = (world.slots.len(), world.articles.len());
            let pitch = width / 6.0;
            world.slots.push(Slot {
                name: format!("{name}{shelf}.{place}"),
                gondola,
                shelf,
                from_mm: f64::from(place) * pitch,
                to_mm: f64::from(place + 1) * pitch,
            });
            let shape = match article % 4 {
                0 => Shape::Carton([90.0, 60.0, 180.0]),
                1 => Shape::Bottle([75.0, 240.0]),
                2 => Shape::Can([70.0, 110.0]),
                _ => Shape::Bag([140.0, 60.0, 200.0]),
            };
            world.articles.push(Article {
                sku: format!("{article:013}"),
                name: format!("article {article}"),
                category: ["dairy", "snacks", "drinks", "fruit", "bread"][article % 5].into(),
                price_minor: 99 + 10 * article as i64,
                tax: "reduced".into(),
                weight_mg: 100_000 + 7_000 * article as i64,
                shape,
                look: Look { ground: [90, 120, 90], accent: [200, 200, 190], design: 0, words: String::new() },
            });
            world.planogram.push(Stocking { slot, article, columns: 3, deep: 4, high: 1 });
        }
    }
}
