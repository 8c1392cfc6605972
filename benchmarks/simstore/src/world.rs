//! The shop itself: building, shelves, what lies in them, cameras, scales, gates. Built by one of three builders, then fixed.

pub mod build;
pub mod catalog;
pub mod corner;
pub mod large;
pub mod nanostore;
#[cfg(test)]
mod tests;
pub mod write;

use nalgebra::{Vector2, Vector3};
use schemas::Pinhole;

/// Why a shop cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Its description is in a folder that nobody named.
    #[error("needs a folder with its description")]
    Folder,
    /// A file of its description cannot be read.
    #[error("cannot be read from {file}: {reason}")]
    File {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
}

impl WorldError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Folder => "name it with --nanostore DIR",
            Self::File { .. } => "--nanostore wants the folder with store/, benchmark1/ and events/",
        }
    }
}

/// A place on the floor, mm.
pub type Mm2 = Vector2<f64>;
/// A place in the shop, mm.
pub type Mm3 = Vector3<f64>;

/// A local frame that stands upright: local x, y are turned by `turn` (counter-clockwise from above) and moved to `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Where the local origin is.
    pub at: Mm3,
    /// Angle from the store's x to the local x, radians.
    pub turn: f64,
}

impl Frame {
    /// A local place in the store.
    pub fn to_store(&self, local: Mm3) -> Mm3 {
        let (s, c) = self.turn.sin_cos();
        self.at + Mm3::new(c * local.x - s * local.y, s * local.x + c * local.y, local.z)
    }

    /// A place of the store in local terms.
    pub fn to_local(&self, store: Mm3) -> Mm3 {
        let (s, c) = self.turn.sin_cos();
        let d = store - self.at;
        Mm3::new(c * d.x + s * d.y, c * d.y - s * d.x, d.z)
    }
}

/// An upright box: from the origin of its frame to `size` along local x, y, z. Nobody walks through it, nobody sees through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What it is, for people and for how it is painted: `wall`, `counter`, `gate`, `rail` (glass), `pillar`.
    pub kind: String,
    /// Its frame.
    pub frame: Frame,
    /// Its size.
    pub size: Mm3,
}

/// A rack of shelves, open to one side. Its frame's x runs along the front from left to right as a shopper facing it sees it, y
/// from the front edge into the shelf, z up; the origin is the front left foot. A rack open to both sides is two gondolas back
/// to back.
#[derive(Clone, Debug, PartialEq)]
pub struct Gondola {
    /// Name, unique in the shop.
    pub name: String,
    /// Its frame.
    pub frame: Frame,
    /// Width, depth, height.
    pub size: Mm3,
    /// Its shelves, lowest first.
    pub shelves: Vec<Shelf>,
}

/// One board of a gondola.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    /// Name, unique in the shop.
    pub name: String,
    /// Height of the board's upper side.
    pub board_mm: f64,
    /// Free height above it.
    pub clear_mm: f64,
    /// How far the board reaches into the gondola from its front edge.
    pub depth_mm: f64,
}

/// One place on one shelf, for one article.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Name, unique in the shop.
    pub name: String,
    /// Index of its gondola.
    pub gondola: usize,
    /// Index of its shelf in the gondola.
    pub shelf: usize,
    /// Left end along the gondola's x.
    pub from_mm: f64,
    /// Right end.
    pub to_mm: f64,
}

/// The form of a package, standing upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A box: width, depth, height.
    Carton([f64; 3]),
    /// A bottle with a neck: diameter, height.
    Bottle([f64; 2]),
    /// A tin or jar: diameter, height.
    Can([f64; 2]),
    /// A soft bag, wider below: width, depth, height.
    Bag([f64; 3]),
}

impl Shape {
    /// Width, depth and height of the box around it.
    pub fn extent(&self) -> Mm3 {
        match *self {
            Self::Carton([w, d, h]) | Self::Bag([w, d, h]) => Mm3::new(w, d, h),
            Self::Bottle([r, h]) | Self::Can([r, h]) => Mm3::new(r, r, h),
        }
    }
}

/// How a package is painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Ground colour, sRGB.
    pub ground: [u8; 3],
    /// Colour of label and cap, sRGB.
    pub accent: [u8; 3],
    /// Which of a few label designs.
    pub design: u8,
    /// Words on the label.
    pub words: String,
}

/// What can be bought.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Stock keeping unit: its GTIN-13 with a valid check digit (GTIN-12 in the nanostore).
    pub sku: String,
    /// Name.
    pub name: String,
    /// Category.
    pub category: String,
    /// Price in minor units.
    pub price_minor: i64,
    /// Tax class: `reduced` or `standard`.
    pub tax: String,
    /// Nominal weight of one.
    pub weight_mg: i64,
    /// Form.
    pub shape: Shape,
    /// Looks.
    pub look: Look,
}

/// What lies in a slot: `columns` beside each other, each up to `deep` behind and `high` above one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Stocking {
    /// Index of the slot.
    pub slot: usize,
    /// Index of the article.
    pub article: usize,
    /// Facings.
    pub columns: usize,
    /// One behind the other.
    pub deep: usize,
    /// One above the other.
    pub high: usize,
}

/// Where people come in and go out, with a reader for codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Name.
    pub name: String,
    /// Name of the zone in which the one who scans stands.
    pub zone: String,
    /// Whether one enters, leaves or both by it.
    pub way: Way,
    /// Where the reader is.
    pub reader: Mm3,
    /// The line that is crossed, outside on the right hand of the way from the first point to the second.
    pub line: [Mm2; 2],
}

/// Ways through a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In only.
    In,
    /// Out only.
    Out,
    /// Both.
    Both,
}

/// A part of the floor with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Name.
    pub name: String,
    /// Corners in order.
    pub corners: Vec<Mm2>,
    /// Whether people come and go here.
    pub entrance: bool,
}

/// What a camera is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// From a corner over the shop.
    Corner,
    /// On the shelves opposite.
    Shelf,
    /// Straight down.
    Overhead,
}

/// A camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// Name.
    pub name: String,
    /// Purpose.
    pub view: View,
    /// Width and height of its pictures, px.
    pub size_px: [u32; 2],
    /// Lens and pose.
    pub pinhole: Pinhole,
}

/// A scale under one slot (a plate) or several (a shelf).
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Name.
    pub name: String,
    /// Indices of the slots it carries.
    pub slots: Vec<usize>,
}

/// A lamp on the ceiling: where, and how bright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lamp {
    /// Where.
    pub at: Mm3,
    /// Brightness: what a surface 1 m below gets, linear, 1 = white.
    pub power: f64,
}

/// A shop.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Name of the store.
    pub name: String,
    /// ISO 4217 code of its currency.
    pub currency: String,
    /// The room: its walls in order, counter-clockwise, so that inside is on the left.
    pub outline: Vec<Mm2>,
    /// Openings in its walls, from post to post.
    pub doors: Vec<[Mm2; 2]>,
    /// Height of the ceiling.
    pub ceiling_mm: f64,
    /// Where people come from and go to, outside the door.
    pub outside: Mm2,
    /// What stands in it beside gondolas.
    pub blocks: Vec<Block>,
    /// Racks.
    pub gondolas: Vec<Gondola>,
    /// Places for articles.
    pub slots: Vec<Slot>,
    /// What can be bought.
    pub articles: Vec<Article>,
    /// What lies where when the shop opens, one for each stocked slot.
    pub planogram: Vec<Stocking>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Cameras.
    pub cameras: Vec<Camera>,
    /// Scales.
    pub scales: Vec<Scale>,
    /// Lamps.
    pub lamps: Vec<Lamp>,
}

impl World {
    /// The middle of a slot's front edge on its board: where a hand goes in.
    pub fn slot_front(&self, slot: usize) -> Mm3 {
        let slot = &self.slots[slot];
        let gondola = &self.gondolas[slot.gondola];
        let shelf = &gondola.shelves[slot.shelf];
        gondola.frame.to_store(Mm3::new((slot.from_mm + slot.to_mm) / 2.0, 0.0, shelf.board_mm))
    }

    /// Where the middle of the lower side of a package of `shape` stands that lies in `slot` as the `rank`-th (0: the hindmost)
    /// of `column`, when the slot has `columns` of them and packages stand `high` upon each other.
    pub fn package_foot(&self, slot: usize, shape: &Shape, [column, columns, rank, high]: [usize; 4]) -> Mm3 {
        let s = &self.slots[slot];
        let gondola = &self.gondolas[s.gondola];
        let shelf = &gondola.shelves[s.shelf];
        let extent = shape.extent();
        let pitch = (s.to_mm - s.from_mm) / columns.max(1) as f64;
        let behind = (rank / high.max(1)) as f64;
        // The hindmost stands at the back of the board, the next in front of it.
        let y = (shelf.depth_mm - 10.0 - extent.y / 2.0 - behind * (extent.y + 4.0)).max(extent.y / 2.0);
        let z = shelf.board_mm + (rank % high.max(1)) as f64 * extent.z;
        gondola.frame.to_store(Mm3::new(s.from_mm + (column as f64 + 0.5) * pitch, y, z))
    }
}
