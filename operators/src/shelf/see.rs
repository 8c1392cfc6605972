//! See: what changed in slots, as cameras see their fronts.
//! In: Glance, FrameDetections | Out: Look | Key: the shop: several cameras see one slot | State: for each camera and slot what the front looks like, and
//! four earlier looks; for each slot what changed in the last minute
//! Time: a change is told `gather_ms` after the first camera is sure of it, which is `settle_ms` after the front is clear; seen by frontier, never
//! by clock. Faults: none.
//!
//! A front that somebody's box covers, or comes near to, says nothing: what was done meanwhile is seen when they have gone. Somebody whom no network noticed
//! makes many slots of a rack look different at once; then nothing is told until they look as before. What one camera
//! saw between two instants and another between two others is one change where these overlap: the time in which it was done is what
//! they have in common.

mod patch;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use patch::{Patch, Seen};
pub use settings::SeeSettings;

use crate::flow::Outbox;
use crate::flow::build::ByTick;
use crate::shelf::fronts::Front;
use crate::vision::glance::Glance;
use schemas::geometry::from_pixels;
use schemas::{Box2, CameraId, EventTime, FrameDetections, SlotId, Tick, TickLength};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Changes of a slot are remembered for so long: another camera may still tell of them.
const MEMORY_US: i64 = 60_000_000;

/// A slot whose front changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Look {
    /// The slot.
    pub slot: SlotId,
    /// The last instant at which it was seen as before.
    pub from: EventTime,
    /// The first instant at which it was seen as after.
    pub until: EventTime,
    /// Cells that changed, in the camera that saw most of them change.
    pub cells: u32,
    /// Whether any camera saw it look as it did before an earlier change.
    pub again: bool,
    /// Cameras that saw it change.
    pub cameras: u32,
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Viewed {
    /// What a picture shows of slots.
    Glance(Glance),
    /// Who is in it.
    Found(FrameDetections),
}

/// What does not change.
#[derive(Clone, Debug)]
pub struct Seeing {
    /// Length of a tick.
    pub tick: TickLength,
    /// Where in its pictures a camera sees the fronts of slots.
    pub fronts: BTreeMap<CameraId, Vec<Front>>,
    /// Settings.
    pub settings: SeeSettings,
}

/// The operator's core.
#[derive(Debug)]
pub struct See {
    tick: TickLength,
    settings: SeeSettings,
    /// Where in its picture a camera sees a slot, and of which rack it is.
    bounds: BTreeMap<(CameraId, SlotId), (Box2, usize)>,
    patches: BTreeMap<(CameraId, SlotId), Patch>,
    slots: BTreeMap<SlotId, Changes>,
}

/// What changed in one slot.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// What waits for other cameras, and until when.
    open: Option<(EventTime, Look)>,
    /// From when to when it changed, as told.
    told: Vec<(EventTime, EventTime)>,
}

impl See {
    /// Nothing was seen.
    pub fn new(seeing: Seeing) -> Self {
        let fronts = seeing.fronts.iter().flat_map(|(camera, fronts)| fronts.iter().map(|front| (*camera, front)));
        let bounds = fronts.map(|(camera, front)| {
            let [left, top, right, bottom] = front.bounds().map(|pixels| from_pixels(pixels as f32));
            ((camera, front.slot), (Box2 { left, top, right, bottom }, front.rack))
        });
        let (bounds, patches, slots) = (bounds.collect(), BTreeMap::new(), BTreeMap::new());
        Self { tick: seeing.tick, settings: seeing.settings, bounds, patches, slots }
    }

    fn look(&mut self, glance: &Glance, people: &[Box2]) {
        let (at, settings) = (glance.meta.event_time, &self.settings);
        let mut different = BTreeMap::<usize, u32>::new();
        let mut open = Vec::new();
        for (slot, look) in &glance.looks {
            let key = (glance.meta.camera, *slot);
            let Some((bounds, rack)) = self.bounds.get(&key) else { continue };
            let patch = self.patches.entry(key).or_default();
            if people.iter().any(|person| person.overlap(*bounds) > 0) {
                patch.cover();
                continue;
            }
            *different.entry(*rack).or_default() += u32::from(patch.see(at, look, settings));
            open.push((key, *rack));
        }
        let due = at.plus_us(i64::from(settings.gather_ms) * 1000);
        for (key, rack) in open {
            let crowded = different[&rack] >= settings.crowd_slots;
            let patch = self.patches.entry(key).or_default();
            if let Some(seen) = patch.settle(at, crowded, settings) {
                self.slots.entry(key.1).or_default().hear(key.1, seen, at, due);
            }
        }
    }

    /// Somebody's box with what is near to it.
    fn around(&self, person: Box2) -> Box2 {
        let near = (i64::from(person.height()) * i64::from(self.settings.near_permille) / 1000) as i32;
        Box2 {
            left: person.left.saturating_sub(near),
            top: person.top.saturating_sub(near),
            right: person.right.saturating_add(near),
            bottom: person.bottom.saturating_add(near),
        }
    }
}

impl Changes {
    fn hear(&mut self, slot: SlotId, seen: Seen, now: EventTime, due: EventTime) {
        let told = |(from, until): &(EventTime, EventTime)| seen.from < *until && *from < seen.until;
        self.told.retain(|(_, until)| now.since_us(*until) <= MEMORY_US);
        if self.told.iter().any(told) {
            return;
        }
        let Seen { from, until, cells, again } = seen;
        match &mut self.open {
            Some((_, open)) if from < open.until && open.from < until => {
                open.cells = open.cells.max(cells);
                (open.from, open.until) = (open.from.max(from), open.until.min(until));
                (open.again, open.cameras) = (open.again | again, open.cameras + 1);
            }
            // One that another camera is still about is told first; that this one is not of it is rare, and it is lost.
            Some(_) => {}
            open => *open = Some((due, Look { slot, from, until, cells, again, cameras: 1 })),
        }
    }

    /// What is told at `now`.
    fn tell(&mut self, now: EventTime) -> Option<Look> {
        let (_, look) = self.open.take_if(|(due, _)| *due <= now)?;
        self.told.push((look.from, look.until));
        Some(look)
    }
}

impl ByTick for See {
    type In = Viewed;
    type Out = Look;
    const NAME: &'static str = "See";

    fn route(_viewed: &Viewed) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Viewed>, out: &mut Outbox<Look>) -> Option<Tick> {
        let mut people = BTreeMap::new();
        for viewed in &batch {
            if let Viewed::Found(found) = viewed {
                let boxes: Vec<Box2> = found.detections.iter().map(|one| self.around(one.bbox)).collect();
                people.insert((found.meta.camera, found.meta.sequence), boxes);
            }
        }
        for viewed in &batch {
            // Who is in a picture that failed is not known.
            if let Viewed::Glance(glance) = viewed
                && let Some(people) = people.get(&(glance.meta.camera, glance.meta.sequence))
            {
                self.look(glance, people);
            }
        }
        let now = self.tick.start(Tick(tick.0 + 1));
        out.ok.extend(self.slots.values_mut().filter_map(|changes| changes.tell(now)));
        let due = self.slots.values().filter_map(|changes| changes.open.map(|(due, _)| due)).min()?;
        // Told at the first tick that ends then or later.
        Some(Tick((self.tick.tick(due.plus_us(-1)).0).max(tick.0 + 1)))
    }
}
