//! Life in the shop: who is there, in which pose, and what happens. Consumers (pictures, scales, gate, ledger, truth) read
//! [`Moment`]s, and keep their own account of goods from the [`Happening`]s.

use crate::world::{Mm2, Mm3};
use schemas::EventTime;
use std::sync::Arc;

#[cfg(test)]
pub(crate) mod sample;

mod actor;
pub mod crowd;
pub mod floor;
pub mod hard;
mod motion;
pub mod places;
pub mod plan;
mod reach;
mod run;
pub mod sketch;
mod stage;
mod steer;
mod timeline;

pub use run::{HardDone, Life, Play};

/// Time between two moments.
pub const STEP_US: i64 = 20_000;

/// One article on a shelf, in a hand, in a bag or sold: its number, from 0, for ever its own.
pub type Package = u32;

/// Who somebody is to the shop.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A member, by number; one of a party shares the number of the one whose code admits them.
    Member(u64),
    /// Staff, by number.
    Staff(u64),
    /// Somebody without a code who walks in behind others.
    Tailgater,
}

/// Somebody, from door to door.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Number, from 0, in order of appearance.
    pub number: u32,
    /// Who they are to the shop.
    pub role: Role,
    /// The visit they belong to (a party shares one), from 0.
    pub visit: u32,
    /// Height without shoes.
    pub height_mm: f64,
    /// Width relative to the average, about 0.85 to 1.25.
    pub build: f64,
    /// What their body and clothes are drawn from; two people with the same number wear the same.
    pub figure: u64,
    /// Whether they carry a bag on a shoulder.
    pub bag: bool,
    /// Hand they prefer: 0 left, 1 right.
    pub handed: usize,
}

/// Where a hand is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    /// It swings as one walks, or hangs.
    Free,
    /// The wrist is wanted here (the arm reaches as far as it can).
    At(Mm3),
}

/// A pose: all that a body's joints follow from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where one stands: below the pelvis.
    pub at: Mm2,
    /// Direction one's body faces, from the store's x, counter-clockwise.
    pub heading: f64,
    /// Speed over the floor, mm/s.
    pub speed: f64,
    /// Phase of the gait, radians: a full turn is two steps.
    pub phase: f64,
    /// How much of a walk it is: 0 stands, 1 walks.
    pub stride: f64,
    /// Bend of the trunk forwards, radians.
    pub lean: f64,
    /// Bend of the knees: 0 straight, 1 squatting.
    pub crouch: f64,
    /// Where the head turns, left positive, radians.
    pub head_yaw: f64,
    /// How far the head looks down, radians.
    pub head_pitch: f64,
    /// Left and right hand.
    pub hands: [Hand; 2],
}

impl Pose {
    /// Somebody who stands upright with hanging arms.
    pub fn standing(at: Mm2, heading: f64) -> Self {
        Self {
            at,
            heading,
            speed: 0.0,
            phase: 0.0,
            stride: 0.0,
            lean: 0.0,
            crouch: 0.0,
            head_yaw: 0.0,
            head_pitch: 0.0,
            hands: [Hand::Free; 2],
        }
    }
}

/// Somebody in a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// Who.
    pub person: Arc<Person>,
    /// How they stand.
    pub pose: Pose,
    /// What is in the left and in the right hand (a hand may grip two), by article (for its looks) and package.
    pub holds: [Vec<(usize, Package)>; 2],
}

/// Where goods go that are neither on a shelf nor in a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stow {
    /// Into the bag.
    Bag,
    /// Into a pocket.
    Pocket,
    /// Under the shirt.
    Shirt,
}

/// Something that truly happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When exactly (between two moments).
    pub at: EventTime,
    /// By whom: number of the person.
    pub person: u32,
    /// What.
    pub what: What,
}

/// What can happen: slots, gates and persons by number, columns from the left, hands 0 left and 1 right, masses in milligrams.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum What {
    /// Appears outside the door.
    Arrive,
    /// Shows a code at the gate of this index for a party of so many (1 to 4).
    Scan { gate: usize, party: u32 },
    /// Crosses the line of this gate inwards.
    Enter { gate: usize },
    /// Crosses it outwards.
    Leave { gate: usize },
    /// Is gone, outside.
    Gone,
    /// A package leaves a slot and is in a hand.
    Take { slot: usize, column: usize, package: Package, hand: usize },
    /// A package is put into a slot, its own or another.
    PutBack { slot: usize, column: usize, package: Package, hand: usize },
    /// A package goes from a hand into a bag or elsewhere; `hidden` when it is meant not to be seen.
    Stow { package: Package, hand: usize, place: Stow, hidden: bool },
    /// A package comes back into a hand.
    Unstow { package: Package, hand: usize, place: Stow },
    /// A package goes from this hand into another person's.
    HandOver { package: Package, hand: usize, to: u32, to_hand: usize },
    /// A hand touches or rests on what lies in a slot, or its board, with this force from `at` on for so long.
    Press { slot: usize, force_mg: i64, for_us: i64 },
    /// Staff put a new package into a slot.
    Restock { slot: usize, column: usize, package: Package },
    /// Staff take a package out of a slot where it does not belong, or that is spoilt: it leaves the shop's stock.
    Clear { slot: usize, column: usize, package: Package },
}

/// The shop at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: EventTime,
    /// Who is there, by number.
    pub present: Vec<Present>,
    /// What happened since the moment before, in order of time.
    pub happened: Vec<Happening>,
}

#[cfg(test)]
mod tests;
