//! What people mean to do, before they do it: drawn from the seed or written down in a script, and the same whoever else comes.

use super::Role;
use crate::scenario::Hard;
use crate::world::Mm2;

/// Where something goes once it is in the hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays in the hand.
    Hand,
    /// Into the bag, for all to see; whoever has none keeps it in the hand.
    Bag,
    /// Hidden in the bag (or, without one, in a pocket).
    HideBag,
    /// Hidden in a pocket.
    HidePocket,
    /// Hidden under the shirt.
    HideShirt,
}

/// What is held is called by a number of one's own, to speak of it later.
pub type Tag = u8;

/// One thing to do, standing.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are named for what they are: slots and gates by number, times in microseconds"
)]
pub enum Act {
    /// Looks at what is in a slot.
    Look { slot: usize, us: i64 },
    /// Takes packages with one hand, looks at them, and keeps them. Before it leaves the slot it may be held there for long.
    Take { slot: usize, count: usize, tag: Tag, linger_us: i64, look_us: i64, keep: Keep },
    /// Takes a package and puts it back at once.
    Try { slot: usize, hold_us: i64 },
    /// Takes from two slots with both hands at once.
    TakeBoth { slots: [usize; 2], tags: [Tag; 2] },
    /// Puts back what it calls `tag`.
    Return { slot: usize, tag: Tag },
    /// Rests a hand in a slot.
    Rest { slot: usize, force_mg: i64, us: i64 },
    /// Gives `tag` to the other of a meeting.
    Give { tag: Tag },
    /// Gets `tag` from the other of a meeting.
    Receive { tag: Tag, keep: Keep },
    /// Turns by an angle.
    Turn { by: f64 },
    /// Stands and looks about.
    Wait { us: i64 },
    /// Shows the code to the reader of a gate.
    Scan { gate: usize, party: u32 },
    /// Staff: fills up a slot by so many at most.
    Restock { slot: usize, count: usize },
    /// Staff: takes out what does not belong into a slot.
    Tidy { slot: usize },
}

/// Two people do something together: both wait until the other is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Number among the meetings of an arrival.
    pub number: u32,
    /// This one begins so much later than the other.
    pub delay_us: i64,
}

/// A place to stand, and what is done there.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Where.
    pub stand: Mm2,
    /// Which way one faces.
    pub heading: f64,
    /// With whom.
    pub meeting: Option<Meeting>,
    /// What is done.
    pub acts: Vec<Act>,
    /// Whether it goes on with what the stop before began: what was missed there is missed here.
    pub goes_on: bool,
    /// The hard kind that is done with this stop.
    pub hard: Option<Hard>,
}

/// One person of a visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Guest {
    /// Height without shoes.
    pub height_mm: f64,
    /// Width relative to the average.
    pub build: f64,
    /// What body and clothes are drawn from.
    pub figure: u64,
    /// Whether they carry a bag.
    pub bag: bool,
    /// Hand they prefer.
    pub handed: usize,
    /// Speed at which they like to walk, mm/s.
    pub speed: f64,
    /// What they do, in order.
    pub stops: Vec<Stop>,
}

/// A visit: one code, one to four people.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Who they are to the shop.
    pub role: Role,
    /// The people; the first shows the code.
    pub guests: Vec<Guest>,
}

/// Visits that come one right behind the other, since they have to do with each other; mostly one.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Not before, microseconds after the beginning.
    pub after_us: i64,
    /// The visits.
    pub visits: Vec<Visit>,
}

impl Arrival {
    /// How many people come.
    pub fn people(&self) -> usize {
        self.visits.iter().map(|visit| visit.guests.len()).sum()
    }
}
