//! Somebody in the shop: where they are in what they mean to do, and how their body is on its way.

mod walk;

use super::motion::{Arm, DT, Spring, wrapped};
use super::plan::{Act, Guest, Meeting, Tag};
use super::steer::Other;
use super::timeline::{Bend, Timeline};
use super::{Hand, Package, Person, Pose};
use crate::body::Figure;
use crate::scenario::Hard;
use crate::world::Mm2;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, VecDeque};
use std::f64::consts::TAU;
use std::sync::Arc;

/// One step of what somebody means to do.
#[derive(Clone, Debug)]
pub enum Step {
    /// Walks to a place; straight, or the shortest way; then faces a direction.
    Go { to: Mm2, straight: bool, face: Option<f64> },
    /// Walks to a stop, unless somebody stands there: then another comes first.
    Stop { to: Mm2, face: f64, meets: bool, goes_on: bool },
    /// Waits until whoever is before them is through the gate.
    AwaitTurn { before: u32 },
    /// Waits for the other of a meeting.
    Meet { meeting: u64, of: Meeting },
    /// Does something.
    Do(Act),
    /// A hard kind was done.
    Done(Hard),
    /// Waits for the others of the party, a while.
    AwaitParty,
    /// Waits until nobody comes the other way through a gate; where several lead out, until it is their turn: the nearest goes first.
    AwaitLane { gate: usize },
    /// Has a gate to pass, inwards or outwards.
    Gate { gate: usize, inwards: bool },
    /// Staff: goes wherever work is, until closing time.
    Tend,
    /// Is gone.
    Gone,
}

/// Somebody.
pub struct Actor {
    pub person: Arc<Person>,
    pub figure: Figure,
    pub plan: Guest,
    pub arrival: u64,
    pub random: ChaCha8Rng,
    pub pose: Pose,
    pub velocity: Mm2,
    pub steps: VecDeque<Step>,
    pub tags: BTreeMap<Tag, Vec<Package>>,
    pub holds: [Vec<(usize, Package)>; 2],
    /// The act under way: its timeline, when it began.
    pub act: Option<(Timeline, i64)>,
    /// Gate to pass and whether inwards.
    pub gate: Option<(usize, bool)>,
    /// Whether they are through with the gate of entry.
    pub inside: bool,
    /// The partner of the meeting under way.
    pub partner: Option<u32>,
    pub waiting_us: i64,
    /// Whether the first step is under way.
    pub begun: bool,
    /// Whether they were told of.
    pub arrived: bool,
    /// Whether something at this stop could not be done.
    pub missed: bool,
    /// The direction to face during an act.
    pub face: Option<f64>,
    way: Vec<Mm2>,
    turn: Spring,
    bends: [Spring; 4],
    bend: Bend,
    stride: Spring,
    pub arms: [Arm; 2],
    aim: Mm2,
    stuck_us: i64,
    pub lost_us: i64,
    detour: Option<Mm2>,
    /// Where a straight way began: whoever stepped aside comes back to there first.
    straight_from: Option<Mm2>,
}

impl Actor {
    /// Somebody who appears.
    pub fn new(person: Person, plan: Guest, (at, heading): (Mm2, f64), arrival: u64, random: ChaCha8Rng) -> Self {
        Self {
            figure: Figure::of(&person),
            person: Arc::new(person),
            plan,
            arrival,
            random,
            pose: Pose::standing(at, heading),
            velocity: Mm2::zeros(),
            steps: VecDeque::new(),
            tags: BTreeMap::new(),
            holds: [Vec::new(), Vec::new()],
            act: None,
            gate: None,
            inside: false,
            partner: None,
            waiting_us: 0,
            begun: false,
            arrived: false,
            missed: false,
            face: None,
            way: Vec::new(),
            turn: Spring::at(heading),
            bends: [Spring::default(); 4],
            bend: Bend::default(),
            stride: Spring::default(),
            arms: [Arm::default(); 2],
            aim: Mm2::zeros(),
            stuck_us: 0,
            lost_us: 0,
            detour: None,
            straight_from: None,
        }
    }

    /// As others see them.
    pub fn seen(&self) -> Other {
        Other { number: self.person.number, at: self.pose.at, velocity: self.velocity }
    }

    /// Puts off the stop that comes first until after the next, where nothing depends on their order.
    pub fn postpone(&mut self) -> bool {
        let ends = |steps: &VecDeque<Step>, from: usize| {
            (from + 1..steps.len()).find(|&i| !matches!(steps[i], Step::Do(_) | Step::Done(_))).unwrap_or(steps.len())
        };
        let first = ends(&self.steps, 0);
        if !matches!(self.steps.get(first), Some(Step::Stop { meets: false, .. })) {
            return false;
        }
        let second = ends(&self.steps, first);
        let bound = |step: &Step| matches!(step, Step::Do(Act::Return { .. } | Act::Give { .. } | Act::Receive { .. }));
        if self.steps.iter().take(second).any(bound) {
            return false;
        }
        let put_off: Vec<Step> = self.steps.drain(..first).collect();
        for (i, step) in put_off.into_iter().enumerate() {
            self.steps.insert(second - first + i, step);
        }
        true
    }

    /// Forgets everything but to go away and be gone: whoever was carried out through a gate does not come back.
    pub fn only_goes_away(&mut self) {
        self.steps.drain(..self.steps.len().saturating_sub(2));
        (self.begun, self.act) = (false, None);
        self.give_up();
    }

    /// Does not do what was to be done at the stop that comes first.
    pub fn skip_acts(&mut self) {
        while matches!(self.steps.get(1), Some(Step::Do(_) | Step::Done(_) | Step::Meet { .. })) {
            self.steps.remove(1);
        }
    }

    /// Where they want to stand, if they are on their way.
    pub fn bound_for(&self) -> Mm2 {
        match self.steps.front() {
            Some(Step::Go { to, .. }) if !self.way.is_empty() => *to,
            Some(Step::Stop { to, .. }) if !self.way.is_empty() => *to,
            _ => self.pose.at,
        }
    }

    /// Whether they face a direction.
    pub fn faces(&self, heading: f64) -> bool {
        wrapped(heading - self.turn.value).abs() < 0.06
    }

    /// Body, gait and head follow.
    fn settle(&mut self) {
        let speed = self.velocity.norm();
        self.stride.follow((speed / 1_150.0).clamp(0.0, 1.0).powf(0.7), 9.0, 4.0);
        let stride = self.stride.value.clamp(0.0, 1.0);
        let turn_mm = self.figure.turn_mm() * stride.max(0.3);
        self.pose.phase = (self.pose.phase + TAU * speed * DT / turn_mm) % TAU;
        let targets = [self.bend.lean, self.bend.crouch, self.bend.yaw, self.bend.pitch];
        for ((spring, target), rate) in self.bends.iter_mut().zip(targets).zip([1.4, 1.3, 3.0, 2.0]) {
            spring.follow(target, 6.0, rate);
        }
        let [lean, crouch, yaw, pitch] = self.bends.map(|spring| spring.value);
        self.pose = Pose {
            heading: self.turn.value,
            speed,
            stride,
            lean: lean.max(0.0),
            crouch: crouch.clamp(0.0, 1.0),
            head_yaw: yaw,
            head_pitch: pitch,
            ..self.pose
        };
    }

    /// What of the act under way begins in this step: keys of hands, bends, turns. The direction to turn to, if one is.
    pub fn play(&mut self, from_us: i64, until_us: i64) -> Option<f64> {
        let (line, begun) = self.act.as_ref()?;
        let begins = |t: i64| (from_us..until_us).contains(&(begun + t));
        for &(t, over_us, hand, to) in line.keys.iter().filter(|key| begins(key.0)) {
            self.arms[hand].set_out(&self.figure, &self.pose, hand, (to, begun + t, over_us));
        }
        if let Some((_, bend)) = line.bends.iter().rev().find(|bend| begins(bend.0)) {
            self.bend = *bend;
        }
        line.turns.iter().find(|turn| begins(turn.0)).map(|turn| wrapped(self.turn.value + turn.1))
    }

    /// Looks about while walking, or straight on.
    pub fn glance(&mut self, yaw: f64) {
        self.bend = Bend { yaw, ..Bend::default() };
    }

    /// Hands follow the body.
    pub fn move_hands(&mut self, at_us: i64) {
        for hand in 0..2 {
            if self.arms[hand].busy() {
                self.pose.hands[hand] = self.arms[hand].hand(&self.figure, &self.pose, hand, at_us);
            } else {
                self.pose.hands[hand] = Hand::Free;
            }
        }
    }
}
