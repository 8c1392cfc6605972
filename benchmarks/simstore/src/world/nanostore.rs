//! The nanostore: racks, plates, planogram and articles as its own description says, read from a folder that is not ours
//! (`store/Gondolas.json`, `Shelves.json`, `Plates.json`; `benchmark1/planogram.json` and `products.json` with one JSON document a
//! line). Lengths there are metres. A gondola there stands with its back on its x axis, and its shelves come forward to local
//! y -0.4064 m; our origin is the front left foot. The room around it, its gate and cameras are ours: nobody describes them.

use super::build::{Aim, add_bay, pile, rectangle};
use super::{
    Article, Block, Frame, Gate, Gondola, Lamp, Look, Mm2, Mm3, Scale, Shape, Shelf, Slot, Stocking, View, Way,
};
use super::{World, WorldError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A plate's name: gondola, shelf, plate.
type PlateKey = [i64; 3];

/// Weight of an article of which nobody says it, mg.
const WEIGHT_UNKNOWN_MG: i64 = 250_000;
/// Air between a package and the board above.
const AIR_MM: f64 = 35.0;
/// Size of the pictures.
const SIZE_PX: [u32; 2] = [640, 480];

/// The nanostore as `folder` describes it.
pub fn world(folder: &Path) -> Result<World, WorldError> {
    let gondolas = list(folder, "store/Gondolas.json", "gondolas")?;
    let shelves = list(folder, "store/Shelves.json", "shelves")?;
    let plates = list(folder, "store/Plates.json", "plates")?;
    let planogram = lines(folder, "benchmark1/planogram.json")?;
    let described = lines(folder, "benchmark1/products.json")?;
    let mut world = room();
    let mut gondola_of = BTreeMap::new();
    for gondola in &gondolas {
        gondola_of.insert(int(gondola, "/id/id"), world.gondolas.len());
        add_gondola(&mut world, gondola, &shelves);
    }
    let plate_of: BTreeMap<PlateKey, [f64; 2]> =
        plates.iter().map(|plate| (plate_key(&plate["id"]), span(plate))).collect();
    let mut article_of = BTreeMap::new();
    for document in &planogram {
        add_slot(&mut world, document, &described, &gondola_of, &plate_of, &mut article_of);
    }
    if world.planogram.is_empty() {
        let reason = "no plate of it is described in store/Plates.json".to_string();
        return Err(WorldError::File { file: "benchmark1/planogram.json".to_string(), reason });
    }
    Ok(world)
}

/// The room: the racks stand along the north and the east; in comes one from the south-west.
fn room() -> World {
    let corner = |x: f64, y: f64| Mm2::new(x, y);
    let block = |kind: &str, at: [f64; 2], size: [f64; 3]| Block {
        kind: kind.to_string(),
        frame: Frame { at: Mm3::new(at[0], at[1], 0.0), turn: 0.0 },
        size: Mm3::from(size),
    };
    let camera = |name: &str, at: [f64; 3], pitch: f64| {
        Aim::over(at, [2600.0, -900.0], pitch, 88.0, -0.05).camera(name, View::Corner, SIZE_PX)
    };
    World {
        name: "nanostore".to_string(),
        currency: "USD".to_string(),
        outline: vec![corner(-900.0, -2900.0), corner(5300.0, -2900.0), corner(5300.0, 620.0), corner(-900.0, 620.0)],
        doors: vec![[corner(-100.0, -2900.0), corner(1100.0, -2900.0)]],
        ceiling_mm: 2800.0,
        outside: corner(500.0, -4200.0),
        blocks: vec![
            block("gate", [-100.0, -2700.0], [80.0, 700.0, 1000.0]),
            block("gate", [1020.0, -2700.0], [80.0, 700.0, 1000.0]),
        ],
        gondolas: Vec::new(),
        slots: Vec::new(),
        articles: Vec::new(),
        planogram: Vec::new(),
        gates: vec![Gate {
            name: "gate".to_string(),
            zone: "entrance".to_string(),
            way: Way::Both,
            reader: Mm3::new(-60.0, -2500.0, 1000.0),
            line: [corner(-20.0, -2350.0), corner(1020.0, -2350.0)],
        }],
        zones: vec![
            rectangle("entrance", [-100.0, -4200.0], [1100.0, -1950.0], true),
            rectangle("floor", [-900.0, -1950.0], [4500.0, 80.0], false),
        ],
        cameras: vec![
            camera("ceiling-sw", [-750.0, -2750.0, 2650.0], 31.0),
            camera("ceiling-se", [5150.0, -2750.0, 2600.0], 33.0),
            camera("ceiling-ne", [5150.0, 450.0, 2700.0], 38.0),
            camera("ceiling-nw", [-750.0, 450.0, 2650.0], 34.0),
        ],
        scales: Vec::new(),
        lamps: [[500.0, -1200.0], [2500.0, -1200.0], [4300.0, -1200.0]]
            .map(|[x, y]| Lamp { at: Mm3::new(x, y, 2650.0), power: 2.4 })
            .to_vec(),
    }
}

fn add_gondola(world: &mut World, gondola: &Value, shelves: &[Value]) {
    let id = int(gondola, "/id/id");
    let number = |path: &str| millimetres(&gondola["coordinates"], path);
    // Shelves of one rack all come forward by the same length.
    let own: Vec<&Value> = shelves.iter().filter(|shelf| int(shelf, "/id/gondola_id/id") == id).collect();
    let forward = |shelf: &&Value| -millimetres(&shelf["coordinates"], "/transform/translation/y");
    let front = own.iter().map(forward).fold(0.0, f64::max).round();
    let turn = gondola.pointer("/coordinates/transform/rotation/z").and_then(Value::as_f64).unwrap_or(0.0);
    let back =
        Frame { at: Mm3::new(number("/transform/translation/x"), number("/transform/translation/y"), 0.0), turn };
    let foot = back.to_store(Mm3::new(0.0, -front, 0.0)).map(f64::round);
    let frame = Frame { at: foot, turn };
    let size = Mm3::new(number("/dim_x"), front + number("/dim_y"), number("/dim_z")).map(f64::round);
    let name = format!("{id}");
    let mut boards: Vec<Shelf> = (own.iter())
        .map(|shelf| Shelf {
            name: format!("{id}.{}", int(shelf, "/id/shelf_index")),
            board_mm: millimetres(&shelf["coordinates"], "/transform/translation/z").round(),
            clear_mm: millimetres(&shelf["coordinates"], "/dim_z").round(),
            depth_mm: millimetres(&shelf["coordinates"], "/dim_y").round(),
        })
        .collect();
    boards.sort_by(|a, b| a.board_mm.total_cmp(&b.board_mm));
    add_bay(world, &name, frame, size.x);
    world.gondolas.push(Gondola { name, frame, size, shelves: boards });
}

/// The slot of one line of the planogram: the plates it names, which lie side by side, and what is on them. A line without an
/// article, or with plates that nobody describes, is no slot.
fn add_slot(
    world: &mut World,
    document: &Value,
    described: &[Value],
    gondola_of: &BTreeMap<i64, usize>,
    plate_of: &BTreeMap<PlateKey, [f64; 2]>,
    article_of: &mut BTreeMap<String, usize>,
) {
    let plates: Vec<PlateKey> = document["plate_ids"].as_array().into_iter().flatten().map(plate_key).collect();
    let spans: Vec<[f64; 2]> = plates.iter().filter_map(|key| plate_of.get(key).copied()).collect();
    let Some(sku) = document.pointer("/planogram_product_id/id").and_then(Value::as_str) else { return };
    let Some(&[gondola_id, shelf_id, first]) = plates.iter().min() else { return };
    let (Some(&gondola), Some(&[.., last])) = (gondola_of.get(&gondola_id), plates.iter().max()) else { return };
    let board = format!("{gondola_id}.{shelf_id}");
    let Some(shelf) = world.gondolas[gondola].shelves.iter().position(|shelf| shelf.name == board) else { return };
    if spans.len() != plates.len() {
        return;
    }
    let from_mm = spans.iter().map(|s| s[0]).fold(f64::INFINITY, f64::min).round();
    let to_mm = spans.iter().map(|s| s[1]).fold(0.0, f64::max).round().min(world.gondolas[gondola].size.x);
    let clear_mm = world.gondolas[gondola].shelves[shelf].clear_mm;
    let article = *article_of.entry(sku.to_string()).or_insert_with(|| {
        let metadata = described.iter().find(|d| d.pointer("/product_id/id").and_then(Value::as_str) == Some(sku));
        world.articles.push(article(sku, metadata.map(|d| &d["metadata"]), (to_mm - from_mm) / plates.len() as f64));
        world.articles.len() - 1
    });
    // One article may lie on a lower shelf than the first; then it is drawn no taller than what fits there.
    let extent = world.articles[article].shape.extent();
    if extent.z > clear_mm - AIR_MM {
        shrink(&mut world.articles[article].shape, (clear_mm - AIR_MM) / extent.z);
    }
    let extent = world.articles[article].shape.extent();
    let [deep, high] = pile(&world.articles[article], &world.gondolas[gondola].shelves[shelf]);
    let columns = (((to_mm - from_mm) / (extent.x + 4.0)).floor() as usize).clamp(1, 8);
    let slot = world.slots.len();
    let name = if first == last { format!("{board}.{first}") } else { format!("{board}.{first}-{last}") };
    world.scales.push(Scale { name: format!("plate-{name}"), slots: vec![slot] });
    world.slots.push(Slot { name, gondola, shelf, from_mm, to_mm });
    world.planogram.push(Stocking { slot, article, columns, deep, high });
}

/// An article as it is described; its size, which nobody says, follows from its weight and from the plate it lies on.
fn article(sku: &str, metadata: Option<&Value>, plate_mm: f64) -> Article {
    let text = |key: &str| metadata.and_then(|m| m[key].as_str()).map(str::to_string);
    let number = |key: &str| metadata.and_then(|m| m[key].as_f64());
    let name = text("name").unwrap_or_else(|| sku.to_string());
    let grams = number("weight").filter(|grams| *grams >= 1.0);
    let weight_mg = grams.map_or(WEIGHT_UNKNOWN_MG, |grams| (grams * 1000.0).round() as i64);
    let width = (plate_mm - 12.0).clamp(40.0, 90.0);
    // About as dense as groceries are, and upright.
    let litres = weight_mg as f64 / 0.8e6;
    let height = (litres * 1e6 / (width * width * 0.7)).clamp(70.0, 260.0);
    let hash = sku.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(131).wrapping_add(u64::from(byte)));
    let words = name.split_whitespace().next().unwrap_or("?").to_uppercase();
    let drink = ["water", "soda", "juice", "tea", "cola", "pepsi", "coke", "fl oz"]
        .iter()
        .any(|w| name.to_lowercase().contains(w));
    let shape = match (drink, hash % 3) {
        (true, 0) => Shape::Can([width.min(66.0), height.min(150.0)]),
        (true, _) => Shape::Bottle([width.min(75.0), height.max(150.0)]),
        (false, 0) => Shape::Bag([width, width * 0.6, height]),
        (false, _) => Shape::Carton([width, width * 0.7, height]),
    };
    let tint = |shift: u32, base: u8| base + ((hash >> shift) % 70) as u8;
    let ground = [tint(3, 90), tint(11, 85), tint(19, 80)];
    let accent = [tint(27, 110), tint(35, 110), tint(43, 110)];
    Article {
        sku: sku.to_string(),
        name,
        category: if drink { "drinks" } else { "snacks" }.to_string(),
        price_minor: number("price").map_or(100, |price| (price * 100.0).round() as i64),
        tax: "standard".to_string(),
        weight_mg,
        shape,
        look: Look { ground, accent, design: (hash % 4) as u8, words },
    }
}

fn shrink(shape: &mut Shape, share: f64) {
    match shape {
        Shape::Carton([.., height]) | Shape::Bag([.., height]) => *height *= share,
        Shape::Bottle([_, height]) | Shape::Can([_, height]) => *height *= share,
    }
}

fn plate_key(id: &Value) -> PlateKey {
    [int(id, "/shelf_id/gondola_id/id"), int(id, "/shelf_id/shelf_index"), int(id, "/plate_index")]
}

/// From where to where a plate lies along its gondola's front.
fn span(plate: &Value) -> [f64; 2] {
    let from = millimetres(&plate["coordinates"], "/transform/translation/x");
    [from, from + millimetres(&plate["coordinates"], "/dim_x")]
}

fn int(value: &Value, path: &str) -> i64 {
    value.pointer(path).and_then(Value::as_i64).unwrap_or(0)
}

fn millimetres(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or(0.0) * 1000.0
}

fn text(folder: &Path, file: &str) -> Result<String, WorldError> {
    let failed = |error: std::io::Error| WorldError::File {
        file: folder.join(file).display().to_string(),
        reason: error.to_string(),
    };
    std::fs::read_to_string(folder.join(file)).map_err(failed)
}

fn json(folder: &Path, file: &str, text: &str) -> Result<Value, WorldError> {
    let failed = |error: serde_json::Error| WorldError::File {
        file: folder.join(file).display().to_string(),
        reason: error.to_string(),
    };
    serde_json::from_str(text).map_err(failed)
}

fn list(folder: &Path, file: &str, key: &str) -> Result<Vec<Value>, WorldError> {
    let value = json(folder, file, &text(folder, file)?)?;
    let reason = || format!("has no list `{key}`");
    let none = || WorldError::File { file: folder.join(file).display().to_string(), reason: reason() };
    value[key].as_array().cloned().ok_or_else(none)
}

fn lines(folder: &Path, file: &str) -> Result<Vec<Value>, WorldError> {
    text(folder, file)?.lines().filter(|line| !line.trim().is_empty()).map(|line| json(folder, file, line)).collect()
}
