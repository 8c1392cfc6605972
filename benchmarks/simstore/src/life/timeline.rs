//! From an act to a timeline: which hand goes where and when, how the body bends, and what happens at which instant.

mod shelf;

use super::motion::{To, by_body};
use super::plan::{Act, Keep, Tag};
use super::{Package, Stow, reach};
use crate::goods::{Goods, Spot};
use crate::world::{Mm2, Mm3, World};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Something that happens at an instant, if it then can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cue {
    Take { slot: usize, column: usize, hand: usize, count: usize, tag: Tag },
    PutBack { slot: usize, column: usize, tag: Tag },
    Stow { tag: Tag, place: Stow, hidden: bool },
    Unstow { tag: Tag, hand: usize },
    Press { slot: usize, force_mg: i64, for_us: i64 },
    Give { tag: Tag, hand: usize },
    Scan { gate: usize, party: u32 },
    Restock { slot: usize, column: usize },
    Clear { slot: usize, column: usize },
}

/// How a body bends and where it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bend {
    pub lean: f64,
    pub crouch: f64,
    pub yaw: f64,
    pub pitch: f64,
}

/// An act in time, from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// From when, for how long, which hand, where to; by time for each hand.
    pub keys: Vec<(i64, i64, usize, To)>,
    /// From when on the body bends so.
    pub bends: Vec<(i64, Bend)>,
    /// When one turns by how much.
    pub turns: Vec<(i64, f64)>,
    /// What happens.
    pub cues: Vec<(i64, Cue)>,
    /// When it is over.
    pub end_us: i64,
}

/// Who acts, and where.
pub struct Scene<'a> {
    pub world: &'a World,
    pub goods: &'a Goods,
    pub height_mm: f64,
    pub bag: bool,
    pub handed: usize,
    pub at: Mm2,
    pub heading: f64,
    pub tags: &'a BTreeMap<Tag, Vec<Package>>,
    /// What the hands have at the beginning.
    pub load: [usize; 2],
    pub random: &'a mut ChaCha8Rng,
}

/// The number by which a package is called that one does not speak of later.
pub const NAMELESS: Tag = Tag::MAX;

/// The timeline of an act.
pub fn timeline(scene: Scene<'_>, act: &Act) -> Timeline {
    let mut draft = Draft { scene, t: 0, line: Timeline::default() };
    match *act {
        Act::Look { slot, us } => draft.look(slot, us),
        Act::Take { slot, count, tag, linger_us, look_us, keep } => {
            draft.take(slot, count, tag, [linger_us, look_us], keep);
        }
        Act::Try { slot, hold_us } => draft.attempt(slot, hold_us),
        Act::TakeBoth { slots, tags } => draft.take_both(slots, tags),
        Act::Return { slot, tag } => draft.put_back(slot, tag),
        Act::Rest { slot, force_mg, us } => draft.rest(slot, force_mg, us),
        Act::Give { tag } => draft.give(tag),
        Act::Receive { tag, keep } => draft.receive(tag, keep),
        Act::Turn { by } => {
            draft.line.turns.push((0, by));
            draft.t = 700_000;
        }
        Act::Wait { us } => {
            let yaw = draft.scene.random.random_range(-0.9..0.9);
            draft.bend(Bend { yaw, ..Bend::default() });
            draft.t = us;
        }
        Act::Scan { gate, party } => draft.scan(gate, party),
        Act::Restock { slot, count } => draft.restock(slot, count),
        Act::Tidy { slot } => draft.tidy(slot),
    }
    draft.bend(Bend::default());
    draft.line.end_us = draft.t;
    draft.line.keys.sort_by_key(|key| key.0);
    draft.line.bends.sort_by_key(|bend| bend.0);
    draft.line.cues.sort_by_key(|cue| cue.0);
    draft.line
}

struct Draft<'a> {
    scene: Scene<'a>,
    t: i64,
    line: Timeline,
}

impl Draft<'_> {
    fn scale(&self) -> f64 {
        self.scene.height_mm / 1_750.0
    }

    fn local(&self, place: Mm3) -> Mm3 {
        by_body(self.scene.at, self.scene.heading, place)
    }

    fn store(&self, local: Mm3) -> Mm3 {
        super::motion::in_store(self.scene.at, self.scene.heading, local)
    }

    fn pause(&mut self, from_ms: i64, to_ms: i64) {
        self.t += 1_000 * self.scene.random.random_range(from_ms..=to_ms);
    }

    fn cue(&mut self, cue: Cue) {
        self.line.cues.push((self.t, cue));
    }

    fn bend(&mut self, bend: Bend) {
        self.line.bends.push((self.t, bend));
    }

    /// Moves a hand; the time goes on with it.
    fn hand(&mut self, hand: usize, to: To, over_ms: i64) {
        let over_us = over_ms * 1_000;
        self.line.keys.push((self.t, over_us, hand, to));
        self.t += over_us;
    }

    /// The hand that is free, the preferred one first.
    fn free_hand(&self) -> usize {
        let first = self.scene.handed;
        if self.scene.load[first] <= self.scene.load[1 - first] { first } else { 1 - first }
    }

    /// Looks towards a place.
    fn gaze(&self, place: Mm3) -> Bend {
        let local = self.local(place);
        let eyes = 0.93 * self.scene.height_mm;
        Bend {
            yaw: local.y.atan2(local.x.max(1.0)).clamp(-1.1, 1.1),
            pitch: ((eyes - local.z) / local.x.abs().max(150.0)).atan().clamp(-0.5, 0.9),
            ..Bend::default()
        }
    }

    fn look(&mut self, slot: usize, us: i64) {
        let gaze = self.gaze(self.scene.world.slot_front(slot));
        self.bend(gaze);
        self.t += us;
    }

    /// Where things by the body are, for somebody of 1,750 mm.
    fn by_me(&self, forwards: f64, left: f64, up: f64) -> To {
        To::Body(Mm3::new(forwards, left, up) * self.scale())
    }

    /// In front of the chest.
    fn before_me(&self, hand: usize) -> To {
        self.by_me(330.0, if hand == 0 { 90.0 } else { -90.0 }, 1_180.0)
    }

    /// Where something is put away, and the way there.
    fn keep(&mut self, hand: usize, tag: Tag, keep: Keep) {
        let side = |hand: usize| if hand == 0 { 1.0 } else { -1.0 };
        let bag = side(1 - self.scene.handed);
        let (place, hidden, to) = match keep {
            Keep::Bag if self.scene.bag => (Stow::Bag, false, self.by_me(150.0, 200.0 * bag, 930.0)),
            Keep::HideBag if self.scene.bag => (Stow::Bag, true, self.by_me(110.0, 210.0 * bag, 900.0)),
            Keep::HideBag | Keep::HidePocket => (Stow::Pocket, true, self.by_me(60.0, 190.0 * side(hand), 900.0)),
            Keep::HideShirt => (Stow::Shirt, true, self.by_me(170.0, 30.0 * side(hand), 1_060.0)),
            Keep::Hand | Keep::Bag => {
                self.hand(hand, To::Free, 600);
                return;
            }
        };
        self.bend(Bend { pitch: 0.5, yaw: if place == Stow::Bag { 0.4 * bag } else { 0.0 }, lean: 0.08, crouch: 0.0 });
        self.hand(hand, to, 650);
        self.pause(120, 300);
        self.cue(Cue::Stow { tag, place, hidden });
        self.hand(hand, To::Free, 550);
    }

    fn give(&mut self, tag: Tag) {
        let hand = match self.where_is(tag) {
            Some(Spot::Hand { hand, .. }) => hand,
            _ => self.scene.handed,
        };
        self.bend(Bend { pitch: 0.25, lean: 0.1, ..Bend::default() });
        self.hand(hand, self.by_me(360.0, if hand == 0 { 40.0 } else { -40.0 }, 1_120.0), 900);
        self.t = 1_400_000;
        self.cue(Cue::Give { tag, hand });
        self.t = 1_600_000;
        self.hand(hand, To::Free, 600);
    }

    fn receive(&mut self, tag: Tag, keep: Keep) {
        let hand = self.free_hand();
        self.bend(Bend { pitch: 0.25, lean: 0.1, ..Bend::default() });
        self.hand(hand, self.by_me(330.0, if hand == 0 { 40.0 } else { -40.0 }, 1_120.0), 1_100);
        self.t = 1_650_000;
        self.hand(hand, self.before_me(hand), 500);
        self.keep(hand, tag, keep);
    }

    fn scan(&mut self, gate: usize, party: u32) {
        let reader = self.scene.world.gates[gate].reader;
        let local = self.local(reader);
        let hand = usize::from(local.y < 0.0);
        let bend = reach::posture(self.scene.height_mm, hand, local);
        let wrist = reach::wrist(self.scene.height_mm, hand, bend, local + Mm3::new(0.0, 0.0, 60.0));
        self.bend(Bend { lean: bend[0].min(0.5), crouch: 0.0, ..self.gaze(reader) });
        let to = To::Store(self.store(wrist));
        self.hand(hand, to, 650);
        self.pause(100, 350);
        self.cue(Cue::Scan { gate, party });
        self.pause(250, 600);
        self.bend(Bend::default());
        self.hand(hand, To::Free, 500);
    }

    /// Where the first package is that one calls so.
    fn where_is(&self, tag: Tag) -> Option<Spot> {
        let package = self.scene.tags.get(&tag)?.first()?;
        self.scene.goods.get(*package).map(|good| good.spot)
    }
}
