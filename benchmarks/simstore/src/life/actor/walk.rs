//! Walking: along a way, around others, aside where it does not go on; and standing still.

use super::Actor;
use crate::life::STEP_US;
use crate::life::floor::{CLEAR_MM, Floor};
use crate::life::motion::{DT, wrapped};
use crate::life::steer::{self, Other};
use crate::world::Mm2;
use rand::RngExt;
use std::f64::consts::TAU;

impl Actor {
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
                // Back to where the straight way began only if it cannot be taken from here: others may stand there by now.
                let back = straight_from.filter(|_| !floor.sees(self.pose.at, end, 205.0));
                self.set_out(floor, back.unwrap_or(end), straight_from.is_some() && back.is_none());
                if back.is_some() {
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
        self.stuck_us = if slow { self.stuck_us + STEP_US } else { (self.stuck_us - STEP_US).max(0) };
        self.lost_us += if slow { STEP_US } else { 0 };
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
}
