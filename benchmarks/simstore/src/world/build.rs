//! What the builders of shops share: rows of gondolas filled with goods, bays before them, scales under them, cameras above.

use super::{Article, Camera, Frame, Gondola, Mm2, Mm3, Scale, Shelf, Slot, Stocking, View, World, Zone};
use nalgebra::{Matrix3, Rotation3, UnitQuaternion};
use schemas::Pinhole;

/// How a row of gondolas is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighing {
    /// A plate under every slot.
    Plates,
    /// A scale under every shelf.
    Shelves,
    /// Not at all.
    Nothing,
}

/// Gondolas side by side, left to right as a shopper facing them sees them.
pub struct Row<'a> {
    /// Letter before their numbers.
    pub name: &'a str,
    /// Front left foot of the first.
    pub at: [f64; 2],
    /// Direction of their fronts, degrees from the store's x.
    pub turn_deg: f64,
    /// How many.
    pub count: usize,
    /// Width, depth and height of each.
    pub size: [f64; 3],
    /// Heights of the boards.
    pub boards: &'a [f64],
    /// Category of each gondola in turn.
    pub categories: &'a [&'a str],
    /// What is under the goods.
    pub weighing: Weighing,
}

/// Boards of a tall rack at a wall, of a low island.
pub const TALL: &[f64] = &[120.0, 480.0, 800.0, 1120.0, 1440.0];
/// Boards of an island that people show behind.
pub const LOW: &[f64] = &[120.0, 480.0, 800.0, 1090.0];

/// Thickness of boards and uprights.
const BOARD_MM: f64 = 25.0;
/// How far a bay reaches before its gondola.
const BAY_MM: f64 = 600.0;
/// Least and largest number of facings.
const FACINGS: [usize; 2] = [2, 8];
/// Air beside a package.
const GAP_MM: f64 = 8.0;

/// A polygon of the floor from its lower left and upper right corner.
pub fn rectangle(name: &str, [x0, y0]: [f64; 2], [x1, y1]: [f64; 2], entrance: bool) -> Zone {
    let corners = vec![Mm2::new(x0, y0), Mm2::new(x1, y0), Mm2::new(x1, y1), Mm2::new(x0, y1)];
    Zone { name: name.to_string(), corners, entrance }
}

/// Adds a row of filled gondolas with their bays and scales.
pub fn add_row(world: &mut World, row: &Row<'_>) {
    let origin = Frame { at: Mm3::new(row.at[0], row.at[1], 0.0), turn: row.turn_deg.to_radians() };
    for i in 0..row.count {
        let name = format!("{}{}", row.name, i + 1);
        let frame = Frame { at: origin.to_store(Mm3::new(i as f64 * row.size[0], 0.0, 0.0)), turn: origin.turn };
        let size = Mm3::from(row.size);
        let shelves = shelves(&name, row.boards, size);
        add_bay(world, &name, frame, size.x);
        let gondola = world.gondolas.len();
        world.gondolas.push(Gondola { name, frame, size, shelves });
        let category = row.categories[i % row.categories.len()];
        for shelf in 0..row.boards.len() {
            let first = world.slots.len();
            fill(world, gondola, shelf, category);
            add_scales(world, gondola, shelf, first, row.weighing);
        }
    }
}

fn shelves(gondola: &str, boards: &[f64], size: Mm3) -> Vec<Shelf> {
    let above = |i: usize| boards.get(i + 1).map_or(size.z + 60.0, |next| next - BOARD_MM);
    let shelf = |(i, &board_mm): (usize, &f64)| Shelf {
        name: format!("{gondola}.{}", i + 1),
        board_mm,
        clear_mm: above(i) - board_mm,
        depth_mm: size.y - 30.0,
    };
    boards.iter().enumerate().map(shelf).collect()
}

/// Adds the zone before a gondola's front.
pub fn add_bay(world: &mut World, gondola: &str, frame: Frame, width_mm: f64) {
    let corner = |x: f64, y: f64| frame.to_store(Mm3::new(x, y, 0.0)).xy();
    let corners = vec![corner(0.0, -BAY_MM), corner(width_mm, -BAY_MM), corner(width_mm, 0.0), corner(0.0, 0.0)];
    world.zones.push(Zone { name: format!("bay-{gondola}"), corners, entrance: false });
}

/// Adds the scales of the slots from `first` on, which lie on one shelf.
pub fn add_scales(world: &mut World, gondola: usize, shelf: usize, first: usize, weighing: Weighing) {
    let slots = first..world.slots.len();
    match weighing {
        Weighing::Plates => {
            for slot in slots {
                let name = format!("plate-{}", world.slots[slot].name);
                world.scales.push(Scale { name, slots: vec![slot] });
            }
        }
        Weighing::Shelves => {
            let name = format!("shelf-{}", world.gondolas[gondola].shelves[shelf].name);
            world.scales.push(Scale { name, slots: slots.collect() });
        }
        Weighing::Nothing => {}
    }
}

/// How many of `article` stand behind and above each other on `shelf`.
pub fn pile(article: &Article, shelf: &Shelf) -> [usize; 2] {
    let extent = article.shape.extent();
    let deep = ((shelf.depth_mm - 10.0) / (extent.y + 4.0)).floor().clamp(1.0, 8.0) as usize;
    let stacks = matches!(article.shape, super::Shape::Carton(_) | super::Shape::Can(_)) && extent.z <= 115.0;
    let high = ((shelf.clear_mm - 30.0) / extent.z).floor().clamp(1.0, 3.0) as usize;
    [deep, if stacks { high } else { 1 }]
}

/// Fills one shelf from left to right with articles of `category` that fit, those first that have the fewest slots yet.
fn fill(world: &mut World, gondola: usize, shelf: usize, category: &str) {
    let rack = &world.gondolas[gondola];
    let (board, end) = (rack.shelves[shelf].clone(), rack.size.x - 20.0);
    let fits = |article: &Article| article.category == category && article.shape.extent().z + 30.0 <= board.clear_mm;
    let mut from = 20.0;
    for ordinal in 1.. {
        let mut fitting: Vec<usize> = (0..world.articles.len()).filter(|&i| fits(&world.articles[i])).collect();
        let placed = |i: &usize| world.planogram.iter().filter(|s| s.article == *i).count();
        fitting.sort_by_key(|i| (placed(i), *i));
        let pitch = |i: usize| world.articles[i].shape.extent().x + GAP_MM;
        let room = |i: usize| ((end - from) / pitch(i)).floor() as usize;
        let Some(&article) = fitting.iter().find(|&&i| room(i) >= FACINGS[0]) else { break };
        // Four to seven facings, as it happens; what would leave less than a slot's width behind takes it too.
        let mut columns = (4 + (article * 7 + shelf * 3 + ordinal) % 4).min(room(article));
        let least = fitting.iter().map(|&i| FACINGS[0] as f64 * pitch(i)).fold(f64::INFINITY, f64::min);
        let mut to = from + (columns as f64 * pitch(article)).ceil();
        if end - to < least {
            columns = room(article).min(FACINGS[1]);
            to = end.min(from + (columns as f64 * pitch(article) * 1.35).floor());
        }
        let [deep, high] = pile(&world.articles[article], &board);
        world.planogram.push(Stocking { slot: world.slots.len(), article, columns, deep, high });
        let name = format!("{}.{ordinal}", board.name);
        world.slots.push(Slot { name, gondola, shelf, from_mm: from, to_mm: to });
        from = to;
    }
}

/// A camera's place and look: yaw from the store's x counter-clockwise, pitch downwards, field of view from left to right.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// Where it hangs, mm.
    pub at: [f64; 3],
    /// Direction of its look over the floor, degrees.
    pub yaw_deg: f64,
    /// How far down it looks, degrees: 90 is straight down.
    pub pitch_deg: f64,
    /// Field of view from left to right without the lens's distortion, degrees.
    pub hfov_deg: f64,
    /// First radial coefficient.
    pub k1: f64,
}

impl Aim {
    /// A camera at `at` that looks over `target` on the floor, `pitch_deg` down.
    pub fn over(at: [f64; 3], target: [f64; 2], pitch_deg: f64, hfov_deg: f64, k1: f64) -> Self {
        let yaw_deg = (target[1] - at[1]).atan2(target[0] - at[0]).to_degrees();
        Self { at, yaw_deg, pitch_deg, hfov_deg, k1 }
    }

    /// The camera with pictures of `size_px`.
    pub fn camera(self, name: &str, view: View, size_px: [u32; 2]) -> Camera {
        let (sy, cy) = self.yaw_deg.to_radians().sin_cos();
        let (sp, cp) = self.pitch_deg.to_radians().sin_cos();
        // Rows are the camera's right, down and forward in the store.
        let (right, forward) = (Mm3::new(sy, -cy, 0.0), Mm3::new(cp * cy, cp * sy, -sp));
        let down = forward.cross(&right);
        let turn = Matrix3::from_rows(&[right.transpose(), down.transpose(), forward.transpose()]);
        let rotation = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(turn)).scaled_axis();
        let translation = -(turn * Mm3::from(self.at));
        let [width, height] = size_px.map(f64::from);
        let focal = width / 2.0 / (self.hfov_deg.to_radians() / 2.0).tan();
        let pinhole = Pinhole {
            focal_px: [focal; 2],
            centre_px: [width / 2.0, height / 2.0],
            distortion: [self.k1, 0.0, 0.0, 0.0, 0.0],
            rotation: rotation.into(),
            translation_mm: translation.into(),
        };
        Camera { name: name.to_string(), view, size_px, pinhole }
    }
}
