//! Stitch: one shopper, many cameras: follows people on the floor and says which stretches are one person's.
//! In: Glimpse | Out: Stitched | Key: the shop: all of it meets in one core | State: people, bounded by `people_max`, and what may have
//! been the case with them (worlds), bounded by `worlds_max` for each group of close people
//! Time: a tick is looked at `lag_ms` after it closed, when the cameras' trackers have said whose sightings are whose; who was taken
//! for whom is revised for the correction window; seen by frontier, never by clock.
//! Faults: PeopleLimited when the floor holds more people than are followed.
//!
//! Every person is an upright body on the floor ([`body`]) that every camera sees as a box ([`eye`]). All boxes of a tick are given to
//! the people so that the whole is likeliest ([`pair`]), with tracklets and appearance as evidence. Where people come close, worlds
//! divide ([`world`], [`group`]); who is left over is born ([`birth`]), unless it is somebody who was [`lost`]. What is told ([`story`])
//! are steps, which never change, and bindings, which do.

mod ask;
mod birth;
mod block;
mod body;
mod door;
mod eye;
mod group;
mod lost;
mod pair;
mod person;
mod reading;
mod settings;
mod story;
mod world;

#[cfg(test)]
mod tests;

pub use settings::StitchSettings;

use crate::flow::Outbox;
use crate::flow::build::ByTick;
use crate::identity::bind::BindSettings;
use birth::births;
use body::{Body, Ways};
use door::Doors;
pub use door::Layout;
use eye::{Eye, Glance, overlap};
use group::{Group, meet, part, step, tell};
use lost::Lost;
use pair::{Looked, Scene};
use person::Person;
use schemas::camera::CameraModel;
use schemas::{
    CameraId, EventTime, Fault, FaultKind, FrameMeta, Share, Sighting, Stitched, StretchId, Tick, TickLength,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use story::{Story, owners};
use world::Rules;

/// Boxes of one camera that overlap more than this are one.
const DOUBLE: f64 = 0.75;
/// How long the steps of somebody not yet believed are held back at most.
const HELD_MS: u32 = 2000;

/// What a camera says: that it looked, or what it saw.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Glimpse {
    /// A frame was looked at.
    Looked(FrameMeta),
    /// And this was in it.
    Saw(Sighting),
}

impl Glimpse {
    fn meta(&self) -> &FrameMeta {
        match self {
            Self::Looked(meta) => meta,
            Self::Saw(sighting) => &sighting.meta,
        }
    }
}

/// What the stitcher knows of a shop.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its name: stretches are minted from it.
    pub store: String,
    /// Length of a tick.
    pub tick: TickLength,
    /// Where the cameras hang. Those that know the floor alone, and those not listed, have no part in stitching.
    pub cameras: Vec<(CameraId, CameraModel)>,
    /// Its floor.
    pub layout: Layout,
    /// How long a mistake may be put right.
    pub window_ms: u32,
    /// Settings.
    pub settings: StitchSettings,
}

impl Shop {
    fn ticks(&self, ms: u32) -> u64 {
        (u64::from(ms) * 1000).div_ceil(self.tick.us())
    }

    /// What `bind` may rely on. Everything that is said of a tick is said within the lag and the correction window: a step that
    /// another world tells may come as late as the window ends, and so may a rebinding of the first step.
    pub fn promises(&self) -> BindSettings {
        let s = &self.settings;
        BindSettings {
            tick: self.tick,
            lag: self.ticks(s.lag_ms) + self.ticks(self.window_ms.max(HELD_MS)),
            window: 0,
            silence: self.ticks(s.memory_ms.max(s.tentative_ms)) + self.ticks(HELD_MS) + self.ticks(s.return_ms),
        }
    }

    /// The correction window in ticks.
    fn window(&self) -> u64 {
        self.ticks(self.window_ms)
    }
}

/// The operator's core.
#[derive(Clone, Debug)]
pub struct Stitch {
    shop: Shop,
    ways: Ways,
    rules: Rules,
    eyes: BTreeMap<CameraId, Eye>,
    /// Glimpses of ticks that are not looked at yet.
    waiting: BTreeMap<Tick, Vec<Glimpse>>,
    /// The last tick that was looked at, and the time of its latest frame.
    last: Option<(Tick, i64)>,
    groups: Vec<Group>,
    doors: Doors,
    lost: Lost,
    story: Story,
    /// Everybody's whole past, for the slow twin.
    #[cfg(test)]
    past: tests::Past,
}

impl Stitch {
    /// An empty floor.
    pub fn new(shop: Shop) -> Self {
        let eye = |(id, model): &(CameraId, CameraModel)| Some((*id, Eye::new(*id, model)?));
        let eyes = shop.cameras.iter().filter_map(eye).collect();
        Self {
            ways: Ways::new(&shop.settings, &shop.layout.racks),
            rules: Rules::new(&shop.settings),
            eyes,
            waiting: BTreeMap::new(),
            last: None,
            groups: Vec::new(),
            doors: Doors::new(&shop.settings, &shop.layout),
            lost: Lost::new(&shop.settings),
            story: Story::default(),
            #[cfg(test)]
            past: tests::Past::default(),
            shop,
        }
    }

    /// One tick of all cameras, complete.
    fn look(&mut self, tick: Tick, glimpses: Vec<Glimpse>, out: &mut Outbox<Stitched>) {
        let Some(scene) = self.scene(tick, glimpses) else { return };
        let horizon = Tick(tick.0.saturating_sub(self.shop.window()));
        let mut groups = std::mem::take(&mut self.groups);
        for person in groups.iter_mut().flat_map(|g| &mut g.worlds).flat_map(|w| &mut w.people) {
            person.body.predict(scene.seconds, &self.ways);
        }
        groups = meet(groups, &self.rules);
        let before = owners(&groups);
        let free = step(&mut groups, tick, horizon, &scene, &self.doors, (&self.rules, &self.ways));
        groups.extend(self.newborn(tick, &scene, &groups, free, out));
        for person in groups.iter_mut().flat_map(|g| &mut g.worlds).flat_map(|w| &mut w.people) {
            self.doors.watch(person);
        }
        // Whoever is lost is lost `memory_ms` after they were seen; the newcomer may have been believed before.
        let since = self.shop.ticks(self.shop.settings.memory_ms) + self.shop.ticks(HELD_MS);
        self.lost.come_back(scene.now_us, Tick(tick.0.saturating_sub(since)), &mut groups);
        let coast = i64::from(self.shop.settings.coast_ms) * 1000;
        let visible = |person: &Person| scene.now_us - person.seen_us <= coast;
        let mut ordinal = groups.len() as u32;
        for group in &mut groups {
            let people = group.worlds.iter_mut().flat_map(|world| &mut world.people);
            people.filter(|person| visible(person)).for_each(|person| person.placed = tick);
            tell(group, tick, visible, || {
                ordinal += 1;
                StretchId::mint(&self.shop.store, tick, ordinal)
            });
        }
        let oldest = Tick(tick.0.saturating_sub(self.shop.ticks(HELD_MS)));
        self.story.tell(&groups, &before, tick, (horizon, oldest), visible, out);
        #[cfg(test)]
        self.past.remember(&mut groups, tick, visible, &self.rules);
        self.groups = part(groups, &self.rules);
    }

    /// What the calibrated cameras saw: the last frame of each within the tick.
    fn scene(&mut self, tick: Tick, glimpses: Vec<Glimpse>) -> Option<Scene> {
        let mut frames: BTreeMap<CameraId, FrameMeta> = BTreeMap::new();
        for meta in glimpses.iter().map(Glimpse::meta) {
            let latest = frames.entry(meta.camera).or_insert(*meta);
            *latest = (*latest).max(*meta);
        }
        let mut cameras: BTreeMap<CameraId, Looked> = BTreeMap::new();
        for meta in frames.values() {
            let Some(eye) = self.eyes.get(&meta.camera) else { continue };
            let size = (meta.width, meta.height);
            cameras.insert(meta.camera, Looked { eye: eye.clone(), size, glances: Vec::new() });
        }
        for glimpse in glimpses {
            let Glimpse::Saw(sighting) = glimpse else { continue };
            let latest = frames.get(&sighting.meta.camera).is_some_and(|meta| *meta == sighting.meta);
            let Some(looked) = cameras.get_mut(&sighting.meta.camera).filter(|_| latest) else { continue };
            looked.glances.extend(looked.eye.glance(&sighting.detection, sighting.tracklet, looked.size));
        }
        for looked in cameras.values_mut() {
            looked.glances = without_doubles(std::mem::take(&mut looked.glances));
        }
        let now_us = frames.values().map(|meta| meta.event_time.0).max()?;
        let before = self.last.map_or(now_us, |(_, us)| us);
        let now_us = now_us.max(before);
        self.last = Some((tick, now_us));
        let seconds = (now_us - before) as f64 / 1e6;
        (!cameras.is_empty()).then(|| Scene { cameras: cameras.into_values().collect(), now_us, seconds })
    }

    fn newborn(
        &self,
        tick: Tick,
        scene: &Scene,
        groups: &[Group],
        free: Vec<Vec<bool>>,
        out: &mut Outbox<Stitched>,
    ) -> Vec<Group> {
        let people: Vec<Body> =
            groups.iter().flat_map(|group| group.best().people.iter().map(|p| p.body.clone())).collect();
        let room = (self.shop.settings.people_max as usize).saturating_sub(people.len());
        let (born, refused) = births(scene, &people, free, room, (&self.rules, &self.ways));
        if refused > 0 {
            let camera = scene.cameras[0].eye.camera;
            let detail = format!("{} people at once", self.shop.settings.people_max);
            let (event_time, kind) = (EventTime(scene.now_us), FaultKind::PeopleLimited);
            out.fault(Fault { event_time, camera, kind, count: refused as u64, detail });
        }
        let group = |(ordinal, birth): (u32, birth::Birth)| {
            let stretch = StretchId::mint(&self.shop.store, tick, ordinal);
            let mut person = Person::new(stretch, tick, birth.body, scene.now_us, birth.evidence);
            for (looked, glance) in scene.cameras.iter().zip(&birth.bunch) {
                let Some(glance) = glance.map(|j| &looked.glances[j]) else { continue };
                let share = Share { camera: looked.eye.camera, tracklet: glance.tracklet };
                person.share(share, glance.appearance.as_ref());
            }
            person.shares.sort();
            person.bunch = birth.bunch.clone();
            person.hits = 1;
            Group::of(person)
        };
        (0..).zip(born).map(group).collect()
    }
}

/// Of boxes that nearly cover each other the surest stays, of equally sure ones the largest.
fn without_doubles(mut glances: Vec<Glance>) -> Vec<Glance> {
    let area = |g: &Glance| (g.edges[2] - g.edges[0]) * (g.edges[3] - g.edges[1]);
    glances.sort_by(|a, b| b.score.cmp(&a.score).then(area(b).total_cmp(&area(a))));
    let mut kept: Vec<Glance> = Vec::with_capacity(glances.len());
    for glance in glances {
        if !kept.iter().any(|other| overlap(&other.edges, &glance.edges) > DOUBLE) {
            kept.push(glance);
        }
    }
    kept
}

impl ByTick for Stitch {
    type In = Glimpse;
    type Out = Stitched;
    const NAME: &'static str = "Stitch";

    fn route(_glimpse: &Glimpse) -> u64 {
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Glimpse>, out: &mut Outbox<Stitched>) -> Option<Tick> {
        let lag = self.shop.ticks(self.shop.settings.lag_ms);
        for glimpse in batch {
            let of = self.shop.tick.tick(glimpse.meta().event_time);
            // What comes later than the lag says nothing new: the boxes are in the `detections` table all the same.
            if self.last.is_none_or(|(last, _)| of > last) {
                self.waiting.entry(of).or_default().push(glimpse);
            }
        }
        while let Some(first) = self.waiting.first_entry()
            && first.key().0 + lag <= tick.0
        {
            let (of, glimpses) = first.remove_entry();
            self.look(of, glimpses, out);
        }
        self.waiting.first_key_value().map(|(of, _)| Tick(of.0 + lag))
    }
}
