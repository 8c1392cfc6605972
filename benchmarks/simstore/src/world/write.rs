//! Writes what the shop's owner would write: `store.toml` with its reference files and the gate's public key, in the form that
//! `aisleflow run` takes unchanged.

use super::{Camera, Frame, Gondola, Mm2, Shape, Way, World};
use schemas::EventTime;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// How the cameras' sources are found, relative to `--data`.
#[derive(Clone, Debug, PartialEq)]
pub enum Footage {
    /// Files `cameras/NAME.mp4`.
    Video(Films),
    /// Files `detections/NAME.parquet`.
    Detections,
}

/// What there is to say of films.
#[derive(Clone, Debug, PartialEq)]
pub struct Films {
    /// When the first picture was taken, by the camera's clock.
    pub start: EventTime,
    /// The same of single cameras, by name: their clocks are wrong, or their first pictures are lost.
    pub starts: BTreeMap<String, EventTime>,
    /// Longest gap in any of them, ms.
    pub gap_ms_max: u64,
}

impl Films {
    /// Films that all begin at an instant, without gaps.
    pub fn since(start: EventTime) -> Self {
        Self { start, starts: BTreeMap::new(), gap_ms_max: 0 }
    }
}

/// What the pipeline believes of a stream's clock by itself, ms.
const JUMP_MS: u64 = 10_000;

/// A file could not be written.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
pub struct WriteError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

/// What the shop's files say beside the shop.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// Since when planogram and prices hold.
    pub since: EventTime,
    /// Where footage is.
    pub footage: Footage,
    /// The gate's public key, PASERK `k4.public.`.
    pub public_key: &'a str,
    /// What members are hashed with, hexadecimal.
    pub pseudonym_key: &'a str,
}

/// Names of the keys' files.
const KEY_FILE: &str = "gate.pub";
const PSEUDONYM_FILE: &str = "pseudonym.key";

/// Writes every file into `folder`, which is made if need be.
pub fn write(world: &World, opening: &Opening<'_>, folder: &Path) -> Result<(), WriteError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| WriteError { path, source }
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let texts = [
        ("store.toml", store_toml(world, opening)),
        ("catalog.csv", catalog_csv(world)),
        ("planogram.csv", planogram_csv(world, opening.since)),
        ("prices.csv", prices_csv(world, opening.since)),
        (KEY_FILE, format!("{}\n", opening.public_key)),
        (PSEUDONYM_FILE, format!("{}\n", opening.pseudonym_key)),
    ];
    for (name, text) in texts {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(())
}

/// The text of `store.toml`.
pub fn store_toml(world: &World, opening: &Opening<'_>) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    line("# A simulated shop, written by simstore. Lengths in millimetres of the store's frame.".to_string());
    line(format!("[store]\nname = {}\ncurrency = {}\n", quoted(&world.name), quoted(&world.currency)));
    line("[output]\ndetections = true                 # for `simstore score`\n".to_string());
    line("[files]\ncatalog = \"catalog.csv\"\nplanogram = \"planogram.csv\"\nprices = \"prices.csv\"\n".to_string());
    if !world.scales.is_empty() || !world.gates.is_empty() {
        line("[sensors]".to_string());
        if !world.scales.is_empty() {
            line("scales = \"sensors/scales.parquet\"".to_string());
        }
        if !world.gates.is_empty() {
            line(
                "gate_scans = \"sensors/gate_scans.parquet\"\ngate_crossings = \"sensors/gate_crossings.parquet\"\n"
                    .to_string(),
            );
            line(format!("[gate_codes]\nissuer = {}\npublic_keys = [\"{KEY_FILE}\"]", quoted(&world.name)));
            line(format!("pseudonym_key = \"{PSEUDONYM_FILE}\"\n"));
        }
    }
    if let Footage::Video(Films { gap_ms_max, .. }) = opening.footage
        && gap_ms_max + 1_000 > JUMP_MS
    {
        line(format!("[ingest]\npts_jump_max_ms = {}        # a camera was out\n", gap_ms_max + 1_000));
    }
    for gate in &world.gates {
        let way = match gate.way {
            Way::In => "in",
            Way::Out => "out",
            Way::Both => "both",
        };
        let reader = gate.reader.map(f64::round);
        line(format!("[[gates]]\nname = {}\nway = \"{way}\"\nzone = {}", quoted(&gate.name), quoted(&gate.zone)));
        line(format!("reader_mm = [{}, {}, {}]", reader.x, reader.y, reader.z));
        line(format!("line_mm = {}\n", polygon(&gate.line)));
    }
    for zone in &world.zones {
        line(format!("[[zones]]\nname = {}\npolygon_mm = {}", quoted(&zone.name), polygon(&zone.corners)));
        line(if zone.entrance { "entrance = true\n" } else { "" }.to_string());
    }
    for (i, door) in world.doors.iter().enumerate() {
        let street = polygon(&street(world, *door));
        line(format!("[[zones]]\nname = \"street-{}\"\npolygon_mm = {street}\noutside = true\n", i + 1));
    }
    for camera in &world.cameras {
        line(camera_toml(camera, &opening.footage));
    }
    for (i, gondola) in world.gondolas.iter().enumerate() {
        line(gondola_toml(world, i, gondola));
    }
    for scale in &world.scales {
        let slots: Vec<String> = scale.slots.iter().map(|&slot| quoted(&world.slots[slot].name)).collect();
        line(format!("[[scales]]\nname = {}\nslots = [{}]\n", quoted(&scale.name), slots.join(", ")));
    }
    text
}

/// The ground before a door: from a step beyond it to a step beyond where people come from.
fn street(world: &World, [a, b]: [Mm2; 2]) -> [Mm2; 4] {
    const STEP_MM: f64 = 500.0;
    let along = (b - a).normalize();
    let out = Mm2::new(along.y, -along.x);
    let out = if out.dot(&(world.outside - a)) < 0.0 { -out } else { out };
    let far = out.dot(&(world.outside - a)) + 2.0 * STEP_MM;
    let (wide, near) = (along * STEP_MM, out * STEP_MM);
    [a - wide + near, b + wide + near, b + wide + out * far, a - wide + out * far]
}

fn camera_toml(camera: &Camera, footage: &Footage) -> String {
    let name = &camera.name;
    let mut text = format!("[[cameras]]\nname = {}\n", quoted(name));
    // Writing into a text cannot fail.
    let _ = match footage {
        Footage::Video(films) => {
            let start = instant(films.starts.get(name).copied().unwrap_or(films.start));
            writeln!(text, "kind = \"video\"\npath = \"cameras/{name}.mp4\"\nstart = {start}")
        }
        Footage::Detections => writeln!(text, "kind = \"detections\"\npath = \"detections/{name}.parquet\""),
    };
    let p = &camera.pinhole;
    let _ = writeln!(text, "[cameras.calibration]\nmodel = \"pinhole\"");
    let lists = [
        ("focal_px", &p.focal_px[..], 4),
        ("centre_px", &p.centre_px, 4),
        ("distortion", &p.distortion, 6),
        ("rotation", &p.rotation, 10),
        ("translation_mm", &p.translation_mm, 4),
    ];
    for (key, numbers, digits) in lists {
        let numbers: Vec<String> = numbers.iter().map(|n| format!("{n:.digits$}")).collect();
        let _ = writeln!(text, "{key} = [{}]", numbers.join(", "));
    }
    text
}

fn gondola_toml(world: &World, index: usize, gondola: &Gondola) -> String {
    let Frame { at, turn } = gondola.frame;
    let (at, size) = (at.map(f64::round), gondola.size.map(f64::round));
    let mut text = format!("[[gondolas]]\nname = {}\n", quoted(&gondola.name));
    let _ = writeln!(text, "at_mm = [{}, {}, {}]\nturn_deg = {:.3}", at.x, at.y, at.z, turn.to_degrees());
    let _ = writeln!(text, "size_mm = [{}, {}, {}]", size.x, size.y, size.z);
    for (i, shelf) in gondola.shelves.iter().enumerate() {
        let [board, clear, depth] = [shelf.board_mm, shelf.clear_mm, shelf.depth_mm].map(f64::round);
        let _ = writeln!(text, "[[gondolas.shelves]]\nname = {}", quoted(&shelf.name));
        let _ = writeln!(text, "board_mm = {board}\nclear_mm = {clear}\ndepth_mm = {depth}\nslots = [");
        for slot in world.slots.iter().filter(|slot| slot.gondola == index && slot.shelf == i) {
            let (from, to) = (slot.from_mm.round(), slot.to_mm.round());
            let _ = writeln!(text, "    {{ name = {}, from_mm = {from}, to_mm = {to} }},", quoted(&slot.name));
        }
        text.push_str("]\n");
    }
    text
}

/// `sku,name,category,unit_weight_mg,tax_class,width_mm,depth_mm,height_mm,shape,image`.
fn catalog_csv(world: &World) -> String {
    let header = [
        "sku",
        "name",
        "category",
        "unit_weight_mg",
        "tax_class",
        "width_mm",
        "depth_mm",
        "height_mm",
        "shape",
        "image",
    ];
    let row = |article: &super::Article| {
        let size = article.shape.extent();
        let millimetres = |n: f64| n.round().max(1.0).to_string();
        let shape = match article.shape {
            Shape::Carton(_) => "carton",
            Shape::Bottle(_) => "bottle",
            Shape::Can(_) => "can",
            Shape::Bag(_) => "bag",
        };
        vec![
            article.sku.clone(),
            article.name.clone(),
            article.category.clone(),
            article.weight_mg.to_string(),
            article.tax.clone(),
            millimetres(size.x),
            millimetres(size.y),
            millimetres(size.z),
            shape.to_string(),
            String::new(),
        ]
    };
    csv_text(&header, world.articles.iter().map(row))
}

/// `slot,sku,facings,capacity,valid_from`.
fn planogram_csv(world: &World, since: EventTime) -> String {
    let row = |stocking: &super::Stocking| {
        let capacity = stocking.columns * stocking.deep * stocking.high;
        let (slot, sku) = (world.slots[stocking.slot].name.clone(), world.articles[stocking.article].sku.clone());
        vec![slot, sku, stocking.columns.to_string(), capacity.to_string(), instant(since)]
    };
    csv_text(&["slot", "sku", "facings", "capacity", "valid_from"], world.planogram.iter().map(row))
}

/// `sku,price_minor,valid_from`.
fn prices_csv(world: &World, since: EventTime) -> String {
    let row = |article: &super::Article| vec![article.sku.clone(), article.price_minor.to_string(), instant(since)];
    csv_text(&["sku", "price_minor", "valid_from"], world.articles.iter().map(row))
}

fn csv_text(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(header).and_then(|()| {
        for row in rows {
            writer.write_record(row)?;
        }
        writer.flush().map_err(csv::Error::from)
    });
    written.expect("rows of one length, into memory");
    String::from_utf8(writer.into_inner().expect("flushed")).expect("texts")
}

fn polygon(corners: &[Mm2]) -> String {
    let corner = |c: &Mm2| format!("[{}, {}]", c.x.round(), c.y.round());
    format!("[{}]", corners.iter().map(corner).collect::<Vec<_>>().join(", "))
}

/// An RFC 3339 instant.
pub fn instant(time: EventTime) -> String {
    jiff::Timestamp::from_microsecond(time.0).expect("an instant of a scenario").to_string()
}

/// A TOML text: the escapes of JSON are among those of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
