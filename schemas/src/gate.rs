//! Gates: where people come in and go out, the codes they show there, and the line they cross.

use crate::floor::{FloorPoint, SpacePoint};
use crate::ids::{GateId, ZoneId};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// Which way somebody goes through a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Way {
    /// Into the shop.
    In,
    /// Out of it.
    Out,
}

impl Way {
    /// Both ways.
    pub const ALL: [Way; 2] = [Way::In, Way::Out];

    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// The way with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// Which ways a gate lets people go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// In only.
    In,
    /// Out only.
    Out,
    /// Both.
    Both,
}

impl Ways {
    /// Whether `way` is one of them.
    pub fn allow(self, way: Way) -> bool {
        match self {
            Self::In => way == Way::In,
            Self::Out => way == Way::Out,
            Self::Both => true,
        }
    }
}

/// A gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Identity.
    pub id: GateId,
    /// Name.
    pub name: String,
    /// Which ways one goes by it.
    pub ways: Ways,
    /// The zone in which the one who shows a code stands.
    pub zone: ZoneId,
    /// Where the reader is.
    pub reader: SpacePoint,
    /// The line that is crossed; inside is on the left hand of the way from the first point to the second.
    pub line: [FloorPoint; 2],
}

/// A code that was read at a gate, not yet believed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GateScan {
    /// Where.
    pub gate: GateId,
    /// When, by the reader's clock.
    pub event_time: EventTime,
    /// When it arrived in the shop's network, by the clock there.
    pub received_at: EventTime,
    /// The text that was read.
    pub code: String,
    /// How many people it is to let in, where the reader was told.
    pub party: Option<u32>,
}

/// Somebody crossed a gate's line; the sensor does not know who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GateCrossing {
    /// Where.
    pub gate: GateId,
    /// When, by the sensor's clock.
    pub event_time: EventTime,
    /// When it arrived in the shop's network, by the clock there.
    pub received_at: EventTime,
    /// Which way.
    pub way: Way,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_ways() {
        assert!(Way::ALL.iter().all(|&way| Way::from_word(way.word()) == Some(way)));
        assert_eq!(Way::from_word("both"), None);
        assert!(Ways::In.allow(Way::In) && !Ways::In.allow(Way::Out));
        assert!(Ways::Out.allow(Way::Out) && !Ways::Out.allow(Way::In));
        assert!(Way::ALL.iter().all(|&way| Ways::Both.allow(way)));
    }
}
