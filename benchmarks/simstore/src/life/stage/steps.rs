//! One person's next step.

use super::{Act, Actor, Deed, MOUTH_MM, QUEUE_MM, Stage, Step, What};
use crate::life::STEP_US;
use crate::life::floor::{BODY_MM, crossing};
use crate::life::plan::Meeting;
use crate::life::timeline::{Scene, timeline};
use crate::world::{Mm2, Way};
use rand::RngExt;

/// Nobody goes to a place that is nearer than this to where another stands or is bound for.
const TAKEN_MM: f64 = 640.0;
/// After so long without getting on one is content to be so near, on a straight way and on another.
const CROWDED_US: i64 = 2_000_000;
const NEARLY_MM: [f64; 2] = [200.0, 700.0];
/// Farther than this from the mouth of their gate, whoever does not get on has lost their turn.
const AWAY_MM: f64 = 1_200.0;
/// How long one tries to get to a stop, and waits for others.
const PATIENCE_US: i64 = 25_000_000;

impl Stage {
    pub(super) fn act(&mut self, i: usize, actor: &mut Actor, now_us: i64, beat: u64) {
        let before = actor.pose.at;
        if !actor.arrived {
            actor.arrived = true;
            self.deeds.push((now_us, i, Deed::Did(What::Arrive)));
        }
        // A few steps take no time; the last one takes this.
        let mut rests = true;
        for _ in 0..8 {
            let Some(step) = actor.steps.front().cloned() else { break };
            match self.take_step(i, actor, step, now_us, beat) {
                Took::Time => {
                    rests = false;
                    break;
                }
                Took::Nothing => {
                    actor.steps.pop_front();
                    actor.begun = false;
                    actor.waiting_us = 0;
                }
                Took::Again => {}
            }
        }
        if rests {
            actor.stand(&self.floor, &self.others, None);
        }
        actor.move_hands(now_us);
        self.pass(i, actor, before, now_us);
        if matches!(actor.steps.front(), Some(Step::Gone)) {
            self.deeds.push((now_us, i, Deed::Did(What::Gone)));
        }
    }

    /// Notices who goes through a gate: the one they mean to, or, in a crowd, another of those that lead out.
    fn pass(&mut self, i: usize, actor: &mut Actor, before: Mm2, now_us: i64) {
        let after = actor.pose.at;
        let through = |gate: usize, inwards: bool| {
            let hit = crossing(self.world.gates[gate].line, before, after).filter(|hit| hit.1 == inwards)?;
            Some((gate, inwards, hit.0))
        };
        let meant = actor.gate.and_then(|(gate, inwards)| through(gate, inwards));
        let out = || {
            let mut beside = self.outlets().filter(|&gate| actor.inside && self.beside_others(gate));
            beside.find_map(|gate| through(gate, false))
        };
        let Some((gate, inwards, t)) = meant.or_else(out) else { return };
        let at = now_us - ((1.0 - t) * STEP_US as f64) as i64;
        let what = if inwards { What::Enter { gate } } else { What::Leave { gate } };
        self.deeds.push((at, i, Deed::Did(what)));
        if !inwards && actor.gate != Some((gate, false)) {
            actor.only_goes_away();
        }
        actor.gate = None;
        actor.inside = inwards;
    }

    fn take_step(&mut self, i: usize, actor: &mut Actor, step: Step, now_us: i64, beat: u64) -> Took {
        match step {
            Step::Go { to, straight, face } => {
                // In a crowd nearly there is there: who insists on the very place where others queue is in everybody's way.
                let crowded = actor.begun && actor.lost_us > CROWDED_US && face.is_none();
                let gap = (to - actor.pose.at).norm();
                match self.about_to_leave(actor) {
                    // A queue is wherever people stand.
                    Leaving::Queues(gate) => {
                        let most = if crowded { 2.0 * QUEUE_MM } else { QUEUE_MM };
                        if actor.begun && (self.axis(gate).0 - actor.pose.at).norm() < most {
                            actor.give_up();
                        }
                    }
                    // Whoever was jostled away when it was their turn waits for another.
                    Leaving::Next(gate) if crowded && gap > AWAY_MM => {
                        actor.only_goes_away();
                        actor.steps.push_front(Step::AwaitLane { gate });
                        actor.gate = None;
                        return Took::Again;
                    }
                    Leaving::Next(gate) if !straight => {
                        let sees = self.floor.sees(actor.pose.at, self.through(gate)[0], BODY_MM + 5.0);
                        if crowded && gap < NEARLY_MM[1] && sees {
                            actor.give_up();
                        }
                    }
                    _ if crowded && gap < NEARLY_MM[usize::from(!straight)] => actor.give_up(),
                    _ => {}
                }
                self.go(actor, to, straight, face, beat)
            }
            Step::Stop { to, face, meets, goes_on } => self.stop(actor, (to, face), meets, goes_on, beat),
            Step::AwaitTurn { before } => {
                let ahead = self.others.iter().find(|other| other.number == before);
                let clear = ahead.is_none_or(|other| {
                    let (middle, way) = self.axis(actor.gate.map_or(0, |gate| gate.0));
                    (other.at - middle).dot(&way) > 350.0 && (other.at - actor.pose.at).norm() > 900.0
                });
                if clear { Took::Nothing } else { self.stand(actor, None) }
            }
            Step::Meet { meeting, of } => self.meet(actor, meeting, of, now_us),
            Step::Do(act) => self.perform(i, actor, &act, now_us),
            Step::Done(hard) => {
                self.done.push((hard, actor.person.number, now_us, !actor.missed));
                Took::Nothing
            }
            Step::AwaitParty => {
                if !actor.begun {
                    actor.begun = true;
                    let left = self.unfinished.entry(actor.person.visit).or_insert(1);
                    *left = left.saturating_sub(1);
                }
                actor.waiting_us += STEP_US;
                let all = self.unfinished.get(&actor.person.visit).is_none_or(|&left| left == 0);
                if all || actor.waiting_us > 2 * PATIENCE_US { Took::Nothing } else { self.stand(actor, None) }
            }
            Step::AwaitLane { gate } if self.beside_others(gate) => self.await_turn_out(actor),
            Step::AwaitLane { gate } => {
                let both = self.world.gates[gate].way == Way::Both;
                if both && self.passing.contains(&(gate, true)) {
                    return self.stand(actor, None);
                }
                Took::Nothing
            }
            Step::Gate { gate, inwards } => {
                actor.gate = Some((gate, inwards));
                self.passing.push((gate, inwards));
                Took::Nothing
            }
            Step::Tend => {
                self.tend(actor);
                Took::Again
            }
            Step::Gone => self.stand(actor, None),
        }
    }

    /// How near the exit, where gates lie side by side, somebody who goes somewhere is.
    fn about_to_leave(&self, actor: &Actor) -> Leaving {
        match (actor.steps.get(1), actor.gate) {
            (Some(&Step::AwaitLane { gate }), _) if self.beside_others(gate) => Leaving::Queues(gate),
            (_, Some((gate, false))) if self.beside_others(gate) => Leaving::Next(gate),
            _ => Leaving::Not,
        }
    }

    /// Everybody leaves by the gate that they stand nearest to, if nobody is leaving by it, the nearest of them first.
    fn await_turn_out(&self, actor: &mut Actor) -> Took {
        let far = |gate: usize, at: Mm2| {
            let (middle, way) = self.axis(gate);
            (at - middle - way * MOUTH_MM).norm()
        };
        let gate_of = |at: Mm2| self.outlets().min_by(|&a, &b| far(a, at).total_cmp(&far(b, at)));
        let me = (actor.pose.at, actor.person.number);
        let Some(gate) = gate_of(me.0) else { return Took::Nothing };
        let before_me = |&&(at, who): &&(Mm2, u32)| {
            who != me.1 && gate_of(at) == Some(gate) && (far(gate, at), who) < (far(gate, me.0), me.1)
        };
        if self.passing.contains(&(gate, false)) || self.queue.iter().any(|other| before_me(&other)) {
            return self.stand(actor, None);
        }
        actor.steps.pop_front();
        let through = self.through(gate).map(|to| Step::Go { to, straight: true, face: None });
        let steps = [Step::Gate { gate, inwards: false }, self.before(gate, MOUTH_MM)].into_iter().chain(through);
        steps.rev().for_each(|step| actor.steps.push_front(step));
        Took::Again
    }

    fn stand(&self, actor: &mut Actor, face: Option<f64>) -> Took {
        actor.stand(&self.floor, &self.others, face);
        Took::Time
    }

    fn go(&self, actor: &mut Actor, to: Mm2, straight: bool, face: Option<f64>, beat: u64) -> Took {
        if !actor.begun {
            actor.begun = true;
            let yaw = if actor.random.random_bool(0.4) { actor.random.random_range(-0.6..0.6) } else { 0.0 };
            actor.glance(yaw);
            if !actor.set_out(&self.floor, to, straight) {
                return Took::Nothing;
            }
        }
        if actor.walks() {
            actor.walk(&self.floor, &self.others, beat);
            return Took::Time;
        }
        match face {
            Some(face) if !actor.faces(face) => self.stand(actor, Some(face)),
            _ => Took::Nothing,
        }
    }

    fn stop(&self, actor: &mut Actor, (to, face): (Mm2, f64), meets: bool, goes_on: bool, beat: u64) -> Took {
        if !actor.begun {
            let me = actor.person.number;
            actor.missed &= goes_on;
            let taken = !meets && self.bound.iter().any(|(who, at)| *who != me && (at - to).norm() < TAKEN_MM);
            if taken && actor.waiting_us < PATIENCE_US / 2 {
                actor.waiting_us += STEP_US;
                if actor.postpone() {
                    return Took::Again;
                }
                return self.stand(actor, None);
            }
        }
        if actor.begun && actor.lost_us > PATIENCE_US && actor.walks() {
            actor.give_up();
            actor.skip_acts();
            actor.missed = true;
            return Took::Nothing;
        }
        let took = self.go(actor, to, false, Some(face), beat);
        // There may be no way: then what is done there is done elsewhere, and not what was meant.
        actor.missed |= matches!(took, Took::Nothing) && (actor.pose.at - to).norm() > 200.0;
        took
    }

    fn meet(&mut self, actor: &mut Actor, meeting: u64, of: Meeting, now_us: i64) -> Took {
        let met = self.meetings.entry(meeting).or_default();
        let me = actor.person.number;
        if !met.ready.contains(&me) {
            met.ready.push(me);
        }
        if met.ready.len() == 2 && met.start_us.is_none() && !met.broken {
            met.start_us = Some(now_us + 200_000);
        }
        actor.waiting_us += STEP_US;
        met.broken |= met.start_us.is_none() && actor.waiting_us > 2 * PATIENCE_US;
        actor.partner = met.ready.iter().copied().find(|&other| other != me);
        match met.start_us {
            Some(start) if now_us >= start + of.delay_us => Took::Nothing,
            None if met.broken => {
                actor.missed = true;
                Took::Nothing
            }
            _ => self.stand(actor, None),
        }
    }

    fn perform(&mut self, i: usize, actor: &mut Actor, act: &Act, now_us: i64) -> Took {
        if actor.act.is_none() {
            let scene = Scene {
                world: &self.world,
                goods: &self.goods,
                height_mm: actor.person.height_mm,
                bag: actor.person.bag,
                handed: actor.person.handed,
                at: actor.pose.at,
                heading: actor.pose.heading,
                tags: &actor.tags,
                load: [actor.holds[0].len(), actor.holds[1].len()],
                random: &mut actor.random,
            };
            actor.act = Some((timeline(scene, act), now_us));
            actor.face = None;
        }
        let until = now_us + 1;
        let from = until - STEP_US;
        if let Some(turn) = actor.play(from.max(actor.act.as_ref().map_or(from, |act| act.1)), until) {
            actor.face = Some(turn);
        }
        let (line, begun) = actor.act.as_ref().expect("an act under way");
        for &(t, cue) in line.cues.iter().filter(|cue| (from..until).contains(&(begun + cue.0))) {
            self.deeds.push((begun + t, i, Deed::Cue(cue)));
        }
        let over = now_us >= begun + line.end_us;
        self.stand(actor, actor.face);
        if over {
            actor.act = None;
            return Took::Nothing;
        }
        Took::Time
    }

    /// Staff go where most is missing, or something lies that does not belong there.
    fn tend(&self, actor: &mut Actor) {
        let mut most = (0.15, None);
        for stocking in &self.world.planogram {
            let slot = stocking.slot;
            let full = (stocking.columns * stocking.deep * stocking.high).max(1) as f64;
            let room: usize = (0..stocking.columns).map(|column| self.goods.room(slot, column)).sum();
            let strange = self.goods.columns(slot).iter().any(|column| {
                let front = column.last().and_then(|&package| self.goods.get(package));
                front.is_some_and(|good| good.article != stocking.article)
            });
            let stand = self.stand_before(slot, 0.0);
            let taken = self.bound.iter().any(|(who, at)| *who != actor.person.number && (at - stand).norm() < 900.0);
            let urgent = room as f64 / full + if strange { 1.0 } else { 0.0 };
            if !taken && urgent > most.0 {
                most = (urgent, Some(slot));
            }
        }
        let steps = match most.1 {
            Some(slot) => {
                let gondola = &self.world.gondolas[self.world.slots[slot].gondola];
                let face = gondola.frame.turn + std::f64::consts::FRAC_PI_2;
                let to = self.floor.free(self.stand_before(slot, 0.0), 230.0);
                vec![
                    Step::Stop { to, face, meets: false, goes_on: false },
                    Step::Do(Act::Tidy { slot }),
                    Step::Do(Act::Restock { slot, count: 6 }),
                ]
            }
            None => {
                let slot = actor.random.random_range(0..self.world.slots.len());
                let to = self.floor.free(self.stand_before(slot, 550.0), 230.0);
                let face = actor.random.random_range(-3.1..3.1);
                vec![Step::Stop { to, face, meets: false, goes_on: false }, Step::Do(Act::Wait { us: 6_000_000 })]
            }
        };
        steps.into_iter().rev().for_each(|step| actor.steps.push_front(step));
    }

    /// Where one stands before a slot, so much farther from it than to take something.
    pub(super) fn stand_before(&self, slot: usize, farther: f64) -> Mm2 {
        crate::life::places::before(&self.world, slot, 0.0, 360.0 + farther).0
    }
}

/// Where somebody is on their way out.
enum Leaving {
    /// On the way to the queue.
    Queues(usize),
    /// On the way from the queue through the gate.
    Next(usize),
    Not,
}

/// What a step took.
enum Took {
    /// It took this moment.
    Time,
    /// It is over, and the next may begin at once.
    Nothing,
    /// What is to be done has changed: look again.
    Again,
}
