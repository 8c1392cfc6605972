//! A scenario: which shop, who comes, what goes wrong, what is made of it. Read from TOML with defaults for everything; whatever is
//! wrong in the file is a [`Problem`], all of them at once.

mod read;
#[cfg(test)]
mod tests;
mod toml_file;

use crate::gate::WrongCodes;
use crate::observe::Noise;
use crate::seed::Seed;
use crate::world::{Camera, View, World, WorldError, corner, large, nanostore};
use schemas::EventTime;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

pub use read::read;

/// Something wrong in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Key, with the tables it is in.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, key, reason, hint } = self;
        write!(f, "{file}:{line}: {key} {reason}")?;
        if hint.is_empty() { Ok(()) } else { write!(f, " ({hint})") }
    }
}

/// Which shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shop {
    /// The corner shop of the demo.
    Corner,
    /// The nanostore, whose description is read from a folder.
    Nanostore,
    /// A large one.
    Large,
}

/// What is made of what happens in front of the cameras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Pictures, encoded.
    Video,
    /// Detections, without pictures.
    Observations,
}

/// What makes it hard to tell who took what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hard {
    /// Something is put back into a slot where it does not belong.
    WrongSlot,
    /// Taken, looked at, and put back where it was, a while later.
    RightSlot,
    /// Two packages at once.
    TwoAtOnce,
    /// Taken and put back at once.
    TakeAndReturn,
    /// Two people take from neighbouring slots at the same time.
    Neighbours,
    /// Two people reach across each other.
    CrossingHands,
    /// One gives another what they took.
    HandOver,
    /// Something vanishes under the shirt.
    Shirt,
    /// Something vanishes in a pocket.
    Pocket,
    /// Something vanishes in a bag.
    Bag,
    /// Two people swap places while something hides them.
    SwapPlaces,
    /// Two people wear the same clothes.
    SameClothes,
    /// A hand rests on a plate.
    RestingHand,
    /// Something is held and looked at for long before it leaves the slot.
    HeldLong,
    /// Two people take of one slot at the same time.
    SameArticle,
    /// Something is put back into a slot whose goods weigh as much.
    EqualWeight,
}

impl Hard {
    /// Every kind with its word.
    pub const ALL: [(&'static str, Hard); 16] = [
        ("wrong_slot", Self::WrongSlot),
        ("right_slot", Self::RightSlot),
        ("two_at_once", Self::TwoAtOnce),
        ("take_and_return", Self::TakeAndReturn),
        ("neighbours", Self::Neighbours),
        ("crossing_hands", Self::CrossingHands),
        ("hand_over", Self::HandOver),
        ("shirt", Self::Shirt),
        ("pocket", Self::Pocket),
        ("bag", Self::Bag),
        ("swap_places", Self::SwapPlaces),
        ("same_clothes", Self::SameClothes),
        ("resting_hand", Self::RestingHand),
        ("held_long", Self::HeldLong),
        ("same_article", Self::SameArticle),
        ("equal_weight", Self::EqualWeight),
    ];

    /// Those of which the adversarial share of a crowd is drawn; the last two came later, and are asked for by name.
    pub const DRAWN: usize = 14;

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// Who comes.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// Most shoppers in the shop at once (staff beside).
    pub at_once_max: u32,
    /// Arrivals of visits (alone or a party) in an hour, as a Poisson process; none: the next comes as soon as there is room.
    pub visits_per_hour: Option<f64>,
    /// Shoppers in all; none: as many as come.
    pub shoppers_max: Option<u32>,
    /// Share of visits that are parties of two to four on one code.
    pub parties_share: f64,
    /// Share of visits that browse and buy nothing.
    pub browsers_share: f64,
    /// Share of visits with somebody who walks in behind without a code.
    pub tailgaters_share: f64,
    /// Staff in the shop.
    pub staff: u32,
    /// Members to draw shoppers from.
    pub members: u32,
    /// Mean number of packages a buying shopper takes.
    pub basket_mean: f64,
    /// Share of takes that are made hard.
    pub adversarial_share: f64,
    /// How often each kind must happen at least.
    pub hard: BTreeMap<Hard, u32>,
}

/// Pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// Frames a second: 10 or 25.
    pub fps: u32,
    /// Quality of H.264: 0 best, 51 worst.
    pub crf: u32,
    /// Standard deviation of the sensor's noise, levels of 255.
    pub noise_levels: f64,
    /// Blur, px of standard deviation.
    pub blur_px: f64,
    /// How far the exposure drifts to both sides, share.
    pub exposure_drift: f64,
}

/// When and how devices deliver.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Samples of a scale in a second.
    pub scale_hz: u32,
    /// Each device's clock is wrong by up to this, drawn for each, ms.
    pub skew_ms_max: i64,
    /// Mean time from a measurement to its arrival, ms, exponential.
    pub late_ms_mean: f64,
    /// What is known of single devices (cameras, scales, gates), by name: their skew and mean lateness.
    pub devices: BTreeMap<String, Device>,
}

/// One device's clock and line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Device {
    /// How far its clock is ahead, ms.
    pub skew_ms: i64,
    /// Mean time to arrival, ms.
    pub late_ms_mean: f64,
}

/// When a device is out of order.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// Its name: a camera that delivers nothing, a scale that delivers NaN.
    pub device: String,
    /// Beginning, microseconds after the start.
    pub from_us: i64,
    /// End.
    pub to_us: i64,
}

/// A scenario; cannot be wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Name: stands in paths.
    pub name: String,
    /// What all randomness comes from.
    pub seed: Seed,
    /// Which shop.
    pub shop: Shop,
    /// Beginning.
    pub start: EventTime,
    /// How long it lasts, s; who is in the shop at the end is still in it.
    pub seconds: u32,
    /// Level.
    pub level: Level,
    /// Kinds of cameras that there are.
    pub views: Vec<View>,
    /// Cameras by name; empty: all of the kinds.
    pub cameras: Vec<String>,
    /// Who comes.
    pub people: People,
    /// Pictures.
    pub pictures: Pictures,
    /// How detections differ from what is true, where there are no pictures.
    pub noise: Noise,
    /// Devices.
    pub delivery: Delivery,
    /// Codes that gates must refuse.
    pub wrong_codes: WrongCodes,
    /// Outages, by beginning.
    pub outages: Vec<Outage>,
}

/// Longest gap in a film: what `[ingest] pts_jump_max_ms` may be at most.
const GAP_S_MAX: u32 = 3_590;

impl Scenario {
    /// The shop with every camera there is. The nanostore's description is in `folder`.
    pub fn full_world(&self, folder: Option<&Path>) -> Result<World, WorldError> {
        match self.shop {
            Shop::Corner => Ok(corner::world()),
            Shop::Large => Ok(large::world(large::Size::default())),
            Shop::Nanostore => nanostore::world(folder.ok_or(WorldError::Folder)?),
        }
    }

    /// The shop with the cameras that the scenario chose.
    pub fn with_cameras(&self, mut world: World) -> World {
        let chose = |camera: &Camera| match self.cameras.is_empty() {
            true => self.views.contains(&camera.view),
            false => self.cameras.contains(&camera.name),
        };
        world.cameras.retain(chose);
        world
    }

    /// The instant at which it ends.
    pub fn end(&self) -> EventTime {
        EventTime(self.start.0 + i64::from(self.seconds) * 1_000_000)
    }

    /// Pictures of the camera called `name` that an outage loses, by number: from, to (not itself), in order, none touching.
    pub fn lost_pictures(&self, name: &str) -> Vec<[u64; 2]> {
        let period = 1_000_000 / i64::from(self.pictures.fps);
        let number = |us: i64| (us.max(0).div_euclid(period) + i64::from(us.max(0) % period > 0)).unsigned_abs();
        let mut lost: Vec<[u64; 2]> = Vec::new();
        for outage in self.outages.iter().filter(|outage| outage.device == name) {
            let [from, to] = [number(outage.from_us), number(outage.to_us)];
            match lost.last_mut() {
                Some(last) if last[1] >= from => last[1] = last[1].max(to),
                _ if to > from => lost.push([from, to]),
                _ => {}
            }
        }
        lost
    }

    /// What of its cameras no film can show, in words, with the camera's name.
    pub fn unfilmable(&self, world: &World) -> Vec<(String, String)> {
        let last = u64::from(self.seconds) * u64::from(self.pictures.fps);
        let gap_max = u64::from(GAP_S_MAX) * u64::from(self.pictures.fps);
        let of = |camera: &Camera| {
            let lost = self.lost_pictures(&camera.name);
            let inner = |[from, to]: &[u64; 2]| *from > 0 && *to <= last && to - from > gap_max;
            let why = if lost.iter().any(|[from, to]| *from == 0 && *to > last) {
                "is out all the time: there is nothing to film".to_string()
            } else if lost.iter().any(inner) {
                format!("is out for more than {GAP_S_MAX} s, and no film's clock is believed to jump that far")
            } else {
                return None;
            };
            Some((camera.name.clone(), why))
        };
        world.cameras.iter().filter_map(of).collect()
    }

    /// Whether the device called `name` is out of order at `at`.
    pub fn is_out(&self, name: &str, at: EventTime) -> bool {
        let after = at.0 - self.start.0;
        self.outages.iter().any(|outage| outage.device == name && (outage.from_us..outage.to_us).contains(&after))
    }
}
