//! Life itself: people appear, do what they mean to, and are gone; every 20 ms one [`Moment`].

use super::actor::{Actor, Step};
use super::floor::Floor;
use super::plan::{Arrival, Visit};
use super::stage::Stage;
use super::{Moment, Person, Present, Role, STEP_US};
use crate::goods::Goods;
use crate::scenario::Hard;
use crate::seed::Seed;
use crate::world::{Mm2, Way, World};
use schemas::EventTime;
use std::collections::VecDeque;
use std::sync::Arc;

/// A hard kind that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardDone {
    /// Which.
    pub hard: Hard,
    /// Number of the person.
    pub person: u32,
    /// When it was over.
    pub at: EventTime,
    /// Whether all that belongs to it happened: a slot may be empty, the other may not come.
    pub whole: bool,
}

/// What Life plays.
pub struct Play {
    /// When it begins.
    pub start: EventTime,
    /// When it ends; none: when the last has gone.
    pub seconds: Option<u32>,
    /// Most shoppers at once.
    pub at_once_max: usize,
    /// Who comes.
    pub arrivals: Box<dyn Iterator<Item = Arrival> + Send>,
}

/// The shop's life.
pub struct Life {
    play: Play,
    seed: Seed,
    stage: Stage,
    actors: Vec<Actor>,
    /// Arrivals whose time has come, visit by visit: number of the arrival, the visit, whether it follows the one before.
    waiting: VecDeque<(u64, Visit, bool)>,
    upcoming: Option<Arrival>,
    arrivals: u64,
    people: u32,
    visits: u32,
    last: Option<u32>,
    /// How many of the arrival under way came before.
    queue: usize,
    now_us: i64,
    beat: u64,
}

impl Life {
    /// The life of a play in a shop.
    pub fn play(world: &World, mut play: Play, seed: Seed) -> Self {
        let upcoming = play.arrivals.next();
        let world = Arc::new(world.clone());
        let stage = Stage::new(Floor::of(&world), Goods::open(&world, seed), world);
        Self {
            play,
            seed,
            stage,
            actors: Vec::new(),
            waiting: VecDeque::new(),
            upcoming,
            arrivals: 0,
            people: 0,
            visits: 0,
            last: None,
            queue: 0,
            now_us: 0,
            beat: 0,
        }
    }

    /// All goods as of the last moment.
    pub fn goods(&self) -> &Goods {
        &self.stage.goods
    }

    /// Hard kinds that were done since this was last asked.
    pub fn take_hard(&mut self) -> Vec<HardDone> {
        let start = self.play.start;
        let at = |(hard, person, us, whole)| HardDone { hard, person, at: start.plus_us(us), whole };
        std::mem::take(&mut self.stage.done).into_iter().map(at).collect()
    }

    /// Who is where and about what, in words.
    #[cfg(test)]
    pub(super) fn whereabouts(&self) -> Vec<String> {
        let of = |a: &Actor| {
            let steps: Vec<_> = a.steps.iter().take(3).collect();
            format!(
                "{} {:?} {:.0?} {:?} stuck {} {steps:?}",
                a.person.number, a.person.role, a.pose.at, a.gate, a.lost_us
            )
        };
        self.actors.iter().map(of).collect()
    }

    fn shoppers(&self) -> usize {
        self.actors.iter().filter(|actor| !matches!(actor.person.role, Role::Staff(_))).count()
    }

    /// Lets in who is due and has room.
    fn admit(&mut self) {
        while let Some(arrival) = self.upcoming.take_if(|arrival| arrival.after_us <= self.now_us) {
            let people = arrival.people();
            let staff = arrival.visits.iter().all(|visit| matches!(visit.role, Role::Staff(_)));
            let queued: usize = self.waiting.iter().map(|(_, visit, _)| visit.guests.len()).sum();
            let here = self.shoppers() + queued;
            if !staff && here > 0 && here + people > self.play.at_once_max {
                self.upcoming = Some(arrival);
                break;
            }
            for (i, visit) in arrival.visits.into_iter().enumerate() {
                self.waiting.push_back((self.arrivals, visit, i > 0));
            }
            self.arrivals += 1;
            self.upcoming = self.play.arrivals.next();
        }
        let Some((_, visit, follows)) = self.waiting.front() else { return };
        let gate = self.stage.gate(Way::In, self.visits);
        let both = self.stage.world.gates[gate].way == Way::Both;
        let busy = self.actors.iter().any(|actor| match actor.gate {
            Some((_, true)) => !follows,
            Some((of, false)) => both && of == gate,
            None => false,
        });
        let places: Vec<Mm2> = (0..visit.guests.len()).map(|i| self.appearance(i)).collect();
        let free = |at: &Mm2| self.actors.iter().all(|actor| (actor.pose.at - at).norm() > 700.0);
        if busy || !places.iter().all(free) {
            return;
        }
        let (arrival, visit, follows) = self.waiting.pop_front().expect("a visit that waits");
        self.appear(arrival, visit, follows, &places, gate);
    }

    /// Where the `i`-th of a visit appears: beside each other, outside.
    fn appearance(&self, i: usize) -> Mm2 {
        let (outside, way) = (self.stage.world.outside, self.stage.inwards());
        let across = Mm2::new(way.y, -way.x);
        let side = [0.0, -700.0, 700.0, -1_400.0][i % 4];
        outside + across * side - way * (250.0 * (i % 2) as f64)
    }

    fn appear(&mut self, arrival: u64, visit: Visit, follows: bool, places: &[Mm2], gate: usize) {
        let number = self.visits;
        self.visits += 1;
        let party = visit.guests.len() as u32;
        let way = self.stage.inwards();
        self.queue = if follows { self.queue } else { 0 };
        for (i, guest) in visit.guests.into_iter().enumerate() {
            let person = Person {
                number: self.people,
                role: visit.role.clone(),
                visit: number,
                height_mm: guest.height_mm,
                build: guest.build,
                figure: guest.figure,
                bag: guest.bag,
                handed: guest.handed,
            };
            let random = self.seed.stream("doing", &[arrival, u64::from(number - u32::from(follows)), i as u64]);
            let mut actor = Actor::new(person, guest, (places[i], way.y.atan2(way.x)), arrival, random);
            let before = (i > 0 || follows).then_some(self.last).flatten();
            let code = (i == 0 && visit.role != Role::Tailgater).then_some(party);
            actor.steps = self.stage.script(&mut actor, gate, before, code, self.queue);
            self.queue += 1;
            self.stage.begins(number);
            self.last = Some(self.people);
            self.people += 1;
            self.actors.push(actor);
        }
    }
}

impl Iterator for Life {
    type Item = Moment;

    fn next(&mut self) -> Option<Moment> {
        let over = match self.play.seconds {
            Some(seconds) => self.now_us > i64::from(seconds) * 1_000_000,
            None => self.beat > 0 && self.actors.is_empty() && self.waiting.is_empty() && self.upcoming.is_none(),
        };
        if over {
            return None;
        }
        let at = self.play.start.plus_us(self.now_us);
        self.admit();
        let happened = self.stage.step(&mut self.actors, self.now_us, self.beat, self.play.start);
        let present = (self.actors.iter())
            .map(|actor| Present { person: Arc::clone(&actor.person), pose: actor.pose, holds: actor.holds.clone() })
            .collect();
        self.actors.retain(|actor| !matches!(actor.steps.front(), Some(Step::Gone)));
        self.stage.forget(&self.actors);
        self.now_us += STEP_US;
        self.beat += 1;
        Some(Moment { at, present, happened })
    }
}
