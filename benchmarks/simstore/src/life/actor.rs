//! Somebody in the shop: where they are in what they mean to do, and how their body is on its way.

use super::floor::{CLEAR_MM, Floor};
use super::motion::{Arm, DT, Spring, wrapped};
use super::plan::{Act, Guest, Meeting, Tag};
use super::steer::{self, Other};
use super::timeline::{Bend, Timeline};
use super::{Hand, Package, Person, Pose};
use crate::body::Figure;
use crate::scenario::Hard;
use crate::world::Mm2;
use rand::RngExt;
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
    Stop { to: Mm2, face: f64, meets: bool },
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
    /// Waits until nobody comes the other way through a gate.
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

    /// Sets out for a place. False when there is no way.
    pub fn set_out(&mut self, floor: &Floor, to: Mm2, straight: bool) -> bool {
        self.detour = None;
        (self.stuck_us, self.lost_us) = (0, 0);
        self.straight_from = straight.then_some(self.pose.at);
        self.way = if straight { vec![to] } else { floor.route(self.pose.at, to).unwrap_or_default() };
        self.way.reverse();
        !self.way.is_empty()
    }

    /// Whether a way is under way.
    pub fn walks(&self) -> bool {
        !self.way.is_empty()
    }

    /// Stops going where they went.
    pub fn give_up(&mut self) {
        self.way.clear();
        self.detour = None;
    }

    /// Walks on for one step. The second of `others` is what is near; they move before and after.
    pub fn walk(&mut self, floor: &Floor, others: &[Other], beat: u64) {
        let me = self.seen();
        let target = self.detour.or(self.way.last().copied()).unwrap_or(me.at);
        let d = target - me.at;
        let (gap, last) = (d.norm(), self.way.len() <= 1 || self.detour.is_some());
        if self.detour.is_some() && gap < 120.0 {
            self.detour = None;
            if let Some(end) = self.way.first().copied() {
                let (lost, straight_from) = (self.lost_us, self.straight_from);
                self.set_out(floor, straight_from.unwrap_or(end), false);
                if straight_from.is_some() {
                    self.way.insert(0, end);
                }
                (self.lost_us, self.straight_from) = (lost, straight_from);
            }
        } else if !last && (gap < 170.0) {
            self.way.pop();
        } else if last && gap < 22.0 && self.velocity.norm() < 260.0 {
            self.way.clear();
            self.aim = Mm2::zeros();
            return self.stand(floor, others, None);
        }
        let slow = if last { (2.0 * 700.0 * gap).sqrt().min(1.6 * gap + 45.0) } else { f64::INFINITY };
        let wish = d / gap.max(1.0) * self.plan.speed.min(slow);
        if (beat + u64::from(self.person.number)).is_multiple_of(5) || slow < self.aim.norm() {
            self.aim = steer::choose(floor, &me, wish, others);
        }
        // One turns before one walks.
        let off = wrapped(self.aim.y.atan2(self.aim.x) - self.turn.value).abs();
        let ready = if self.aim.norm() < 1.0 { 1.0 } else { (1.25 - off / 1.3).clamp(0.12, 1.0) };
        self.velocity = steer::pushed(self.velocity, self.aim * ready);
        self.advance(floor, others);
        self.unstick(floor, others, gap);
        let heading = if self.velocity.norm() > 90.0 { self.velocity } else { self.aim };
        let heading = if heading.norm() > 1.0 { heading.y.atan2(heading.x) } else { self.turn.value };
        self.turn.turn(heading, 7.0, 3.6);
        self.settle();
    }

    fn advance(&mut self, floor: &Floor, others: &[Other]) {
        self.velocity = steer::step(floor, &self.seen(), others);
        self.pose.at += self.velocity * DT;
    }

    /// Notices that it does not go on, and steps aside.
    fn unstick(&mut self, floor: &Floor, others: &[Other], gap: f64) {
        let slow = self.velocity.norm() < 120.0 && gap > 40.0;
        self.stuck_us = if slow { self.stuck_us + super::STEP_US } else { (self.stuck_us - super::STEP_US).max(0) };
        self.lost_us += if slow { super::STEP_US } else { 0 };
        if self.stuck_us < 1_800_000 + 300_000 * i64::from(self.person.number % 5) {
            return;
        }
        self.stuck_us = 0;
        self.detour = None;
        for _ in 0..12 {
            let (angle, far) = (self.random.random_range(0.0..TAU), self.random.random_range(350.0..1_300.0));
            let to = self.pose.at + Mm2::new(angle.cos(), angle.sin()) * far;
            let lonely = others.iter().all(|o| o.number == self.person.number || (o.at - to).norm() > 700.0);
            let crosses = floor.crosses_gate(self.pose.at, to);
            if lonely && !crosses && floor.clearance(to) >= CLEAR_MM && floor.sees(self.pose.at, to, 205.0) {
                self.detour = Some(to);
                return;
            }
        }
    }

    /// Stands (comes to a stop first) and turns to a direction.
    pub fn stand(&mut self, floor: &Floor, others: &[Other], face: Option<f64>) {
        self.velocity = steer::pushed(self.velocity, Mm2::zeros());
        if self.velocity.norm_squared() > 0.0 {
            self.advance(floor, others);
        }
        self.turn.turn(face.unwrap_or(self.turn.value), 5.0, 2.6);
        self.settle();
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
