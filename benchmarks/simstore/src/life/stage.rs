//! The stage on which people act: goods, floor, gates, meetings; and how one step of everybody becomes happenings.

mod cues;
mod steps;

use super::actor::{Actor, Step};
use super::floor::Floor;
use super::plan::{Act, Tag};
use super::steer::Other;
use super::timeline::Cue;
use super::{Happening, Package, Role, What};
use crate::goods::Goods;
use crate::scenario::Hard;
use crate::world::{Mm2, Way, World};
use rand::RngExt;
use schemas::EventTime;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A meeting under way.
#[derive(Default)]
pub(super) struct Met {
    ready: Vec<u32>,
    start_us: Option<i64>,
    broken: bool,
}

/// What comes of a step, before it is done in order of time.
pub(super) enum Deed {
    Cue(Cue),
    Did(What),
}

/// From so far inside one goes straight out through a gate.
const MOUTH_MM: f64 = 900.0;
/// So far from gates out that lie side by side people wait for their turn.
const QUEUE_MM: f64 = 1_700.0;

/// The stage.
pub struct Stage {
    pub(super) world: Arc<World>,
    pub(super) floor: Floor,
    pub(super) goods: Goods,
    pub(super) meetings: BTreeMap<u64, Met>,
    /// By visit: how many are not yet done with their stops.
    pub(super) unfinished: BTreeMap<u32, usize>,
    pub(super) others: Vec<Other>,
    /// Where each is bound for.
    pub(super) bound: Vec<(u32, Mm2)>,
    pub(super) done: Vec<(Hard, u32, i64, bool)>,
    /// When, index of the actor, what.
    pub(super) deeds: Vec<(i64, usize, Deed)>,
    /// Gates that are being passed: inwards and outwards.
    pub(super) passing: Vec<(usize, bool)>,
    /// Who waits for their turn to leave: where, and their number.
    pub(super) queue: Vec<(Mm2, u32)>,
}

impl Stage {
    pub(super) fn new(floor: Floor, goods: Goods, world: Arc<World>) -> Self {
        Self {
            world,
            floor,
            goods,
            meetings: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            others: Vec::new(),
            bound: Vec::new(),
            done: Vec::new(),
            deeds: Vec::new(),
            passing: Vec::new(),
            queue: Vec::new(),
        }
    }

    /// A gate for this way.
    pub(super) fn gate(&self, way: Way, visit: u32) -> usize {
        let fits = |i: &usize| [way, Way::Both].contains(&self.world.gates[*i].way);
        let fit: Vec<usize> = (0..self.world.gates.len()).filter(fits).collect();
        fit.get(visit as usize % fit.len().max(1)).copied().unwrap_or(0)
    }

    /// A gate's middle and the direction inwards.
    pub(super) fn axis(&self, gate: usize) -> (Mm2, Mm2) {
        let [a, b] = self.world.gates[gate].line;
        (((a + b) / 2.0), Mm2::new(-(b - a).y, (b - a).x).normalize())
    }

    /// The direction from the street into the shop.
    pub(super) fn inwards(&self) -> Mm2 {
        self.axis(self.gate(Way::In, 0)).1
    }

    /// One more who has things to do.
    pub(super) fn begins(&mut self, visit: u32) {
        *self.unfinished.entry(visit).or_default() += 1;
    }

    /// What somebody does from the street to the street.
    pub(super) fn script(
        &self,
        actor: &mut Actor,
        gate: usize,
        before: Option<u32>,
        code: Option<u32>,
        place: usize,
    ) -> VecDeque<Step> {
        let mut steps = VecDeque::new();
        let (middle, way) = self.axis(gate);
        let face = Some(way.y.atan2(way.x));
        let reader = (self.world.gates[gate].reader.xy() - middle).dot(&way);
        let scan = middle + way * (reader - 120.0).min(-250.0);
        if let Some(before) = before {
            let back = 760.0 * place.max(1) as f64;
            steps.push_back(Step::Go { to: scan - way * back, straight: false, face });
            steps.push_back(Step::AwaitTurn { before });
        }
        steps.push_back(Step::Go { to: scan, straight: false, face: code.and(face) });
        if let Some(party) = code {
            steps.push_back(Step::Do(Act::Scan { gate, party }));
        }
        actor.gate = Some((gate, true));
        steps.push_back(Step::Gate { gate, inwards: true });
        let after = self.floor.free(middle + way * 800.0, 260.0);
        steps.push_back(Step::Go { to: after, straight: true, face: None });
        for stop in std::mem::take(&mut actor.plan.stops) {
            let meets = stop.meeting.is_some();
            let to = self.floor.free(stop.stand, 230.0);
            steps.push_back(Step::Stop { to, face: stop.heading, meets, goes_on: stop.goes_on });
            if let Some(of) = stop.meeting {
                let meeting = actor.arrival * 256 + u64::from(of.number);
                steps.push_back(Step::Meet { meeting, of });
            }
            steps.extend(stop.acts.into_iter().map(Step::Do));
            if let Some(hard) = stop.hard {
                steps.push_back(Step::Done(hard));
            }
        }
        if matches!(actor.person.role, Role::Staff(_)) {
            steps.push_back(Step::Tend);
        }
        steps.push_back(Step::AwaitParty);
        self.leave(actor, &mut steps);
        steps
    }

    fn leave(&self, actor: &mut Actor, steps: &mut VecDeque<Step>) {
        let gate = self.gate(Way::Out, actor.person.visit);
        let (middle, way) = self.axis(gate);
        let across = Mm2::new(way.y, -way.x);
        let outside = self.world.outside;
        let side = if (middle - outside).dot(&across) < -1.0 { -1.0 } else { 1.0 };
        let away = outside + across * (side * actor.random.random_range(1_100.0..1_900.0)) - way * 300.0;
        let queues = self.beside_others(gate);
        steps.push_back(self.before(gate, if queues { QUEUE_MM } else { MOUTH_MM }));
        steps.push_back(Step::AwaitLane { gate });
        if !queues {
            steps.push_back(Step::Gate { gate, inwards: false });
            steps.extend(self.through(gate).map(|to| Step::Go { to, straight: true, face: None }));
        }
        steps.push_back(Step::Go { to: away, straight: false, face: None });
        steps.push_back(Step::Gone);
    }

    /// Gates that nobody comes in by.
    pub(super) fn outlets(&self) -> impl Iterator<Item = usize> {
        (0..self.world.gates.len()).filter(|&gate| self.world.gates[gate].way == Way::Out)
    }

    /// Whether a gate leads out only, and is not the only one: whoever is carried along goes through any of them, and they have one queue.
    pub(super) fn beside_others(&self, gate: usize) -> bool {
        self.outlets().count() > 1 && self.outlets().any(|outlet| outlet == gate)
    }

    /// The way to a place so far before a gate, inside.
    pub(super) fn before(&self, gate: usize, mm: f64) -> Step {
        let (middle, way) = self.axis(gate);
        Step::Go { to: self.floor.free(middle + way * mm, 260.0), straight: false, face: None }
    }

    /// The way out through a gate: a place before it, and one behind.
    pub(super) fn through(&self, gate: usize) -> [Mm2; 2] {
        let (middle, way) = self.axis(gate);
        [250.0, -450.0].map(|mm| middle + way * mm)
    }

    /// Everybody's next step.
    pub(super) fn step(&mut self, actors: &mut [Actor], now_us: i64, beat: u64, start: EventTime) -> Vec<Happening> {
        self.others.clear();
        self.others.extend(actors.iter().map(Actor::seen));
        self.bound.clear();
        self.bound.extend(actors.iter().map(|actor| (actor.person.number, actor.bound_for())));
        self.passing.clear();
        self.passing.extend(actors.iter().filter_map(|actor| actor.gate));
        self.queue.clear();
        let waits = |actor: &&Actor| matches!(actor.steps.front(), Some(Step::AwaitLane { .. }));
        self.queue.extend(actors.iter().filter(waits).map(|actor| (actor.pose.at, actor.person.number)));
        for (i, actor) in actors.iter_mut().enumerate() {
            self.act(i, actor, now_us, beat);
            self.others[i] = actor.seen();
        }
        let mut deeds = std::mem::take(&mut self.deeds);
        deeds.sort_by_key(|&(at, i, _)| (at, i));
        let mut happened = Vec::new();
        for (at, i, deed) in deeds.drain(..) {
            let whats = match deed {
                Deed::Did(what) => vec![what],
                Deed::Cue(cue) => self.cue(actors, i, cue),
            };
            for what in whats {
                let happening = Happening { at: start.plus_us(at), person: actors[i].person.number, what };
                self.goods.apply(&happening);
                happened.push(happening);
            }
        }
        self.deeds = deeds;
        happened
    }

    /// Forgets what nobody is part of any more.
    pub(super) fn forget(&mut self, actors: &[Actor]) {
        let open = |meeting: &u64| actors.iter().any(|actor| actor.arrival == meeting / 256);
        self.meetings.retain(|meeting, _| open(meeting));
        if self.unfinished.len() > actors.len() {
            self.unfinished.retain(|visit, _| actors.iter().any(|actor| actor.person.visit == *visit));
        }
    }

    /// What an actor calls by a tag, of those that are still theirs.
    pub(super) fn called(&self, actor: &Actor, tag: Tag) -> Vec<Package> {
        let carried = self.goods.carried_by(actor.person.number);
        let named = actor.tags.get(&tag).map_or(&[] as &[Package], Vec::as_slice);
        named.iter().copied().filter(|package| carried.contains(package)).collect()
    }
}
