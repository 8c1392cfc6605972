//! Worlds: what may be the case in one group of people, each with its log likelihood.
//!
//! Where two people come close, the boxes of one can be taken for those of the other. Then the world divides: one where each went on as
//! paired, one where they were taken for each other. Both are followed, and what is seen later tells which was the case. This is
//! multiple hypothesis tracking (Reid, *An Algorithm for Tracking Multiple Targets*, 1979) on bunches of boxes instead of single ones,
//! for each group of close people apart (Blackman, *Multiple Hypothesis Tracking for Multiple Target Tracking*, 2004).

use super::body::{Body, Ways};
use super::door::Doors;
use super::eye::Sight;
use super::pair::{Bunch, Given, Pairing, Scene, bunch, explains, give, sights};
use super::person::Person;
use super::settings::StitchSettings;
use schemas::{Share, Tick, TrackId};

/// Worlds whose people are closer than this in every place are one.
const ALIKE_MM: f64 = 60.0;
/// A person must have been seen so often to be believed.
const HITS_MIN: u32 = 3;

/// Who was taken for whom, when.
pub(super) type Turn = (Tick, TrackId, TrackId);

/// One way in which things may have gone.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// In order of birth.
    pub people: Vec<Person>,
    /// Believed people who are gone.
    pub gone: Vec<Person>,
    /// Log likelihood, up to a number that all worlds of a group share.
    pub score: f64,
    /// Where it differs from the plain course of things: who was taken for whom, when.
    pub turns: Vec<Turn>,
}

/// The settings of worlds as numbers.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    mistake_mm: f64,
    mistake: f64,
    mistakes_max: usize,
    evidence: f64,
    believe: f64,
    believe_most: f64,
    doubt: f64,
    pub birth: f64,
    newcomer: f64,
    fade: f64,
    same_s: f64,
    crowd_mm: f64,
    crowd: f64,
    pub birth_mm: f64,
    same_mm: f64,
    one_us: i64,
    memory_us: i64,
    tentative_us: i64,
    worlds_max: usize,
    worlds_people_max: usize,
    worlds: f64,
    pub group_mm: f64,
}

impl Rules {
    pub fn new(s: &StitchSettings) -> Self {
        let (milli, number) = (|n: u32| f64::from(n) / 1000.0, |n: u32| f64::from(n));
        let us = |ms: u32| i64::from(ms) * 1000;
        Self {
            mistake_mm: number(s.mistake_mm),
            mistake: milli(s.mistake_milli),
            mistakes_max: s.mistakes_max as usize,
            evidence: milli(s.evidence_milli),
            believe: milli(s.believe_milli),
            believe_most: milli(s.believe_most_milli),
            doubt: milli(s.doubt_milli),
            birth: milli(s.birth_milli),
            newcomer: milli(s.newcomer_milli),
            fade: milli(s.fade_milli_per_s),
            same_s: milli(s.same_ms),
            crowd_mm: number(s.crowd_mm),
            crowd: milli(s.crowd_milli),
            birth_mm: number(s.birth_mm),
            same_mm: number(s.same_mm),
            one_us: us(s.one_ms),
            memory_us: us(s.memory_ms),
            tentative_us: us(s.tentative_ms),
            worlds_max: s.worlds_max as usize,
            worlds_people_max: s.worlds_people_max as usize,
            worlds: milli(s.worlds_milli),
            group_mm: number(s.group_mm),
        }
    }
}

impl Rules {
    /// How many worlds a group of so many people keeps in mind.
    pub fn room(&self, people: usize) -> usize {
        self.worlds_max.min(self.worlds_people_max / people.max(1)).max(1)
    }
}

/// One tick for one world: what it may have become, the plain course of things first.
pub(super) fn divide(
    world: World,
    tick: Tick,
    scene: &Scene,
    pairing: &Pairing,
    (rules, ways): (&Rules, &Ways),
) -> Vec<World> {
    let n = world.people.len();
    let bunches: Vec<Bunch> = (0..n).map(|i| bunch(pairing, i)).collect();
    let sights: Vec<Vec<Sight>> = (0..n).map(|i| sights(pairing, i)).collect();
    let people = &world.people;
    let own: Vec<Given> = (0..n).map(|i| give(scene, &people[i], &bunches[i], &sights[i], ways)).collect();
    let mut mistakes = Vec::new();
    let alone = rules.room(n) == 1;
    for i in (0..n).filter(|_| !alone) {
        for j in i + 1..n {
            let (a, b) = (&people[i], &people[j]);
            let seen = bunches[i].iter().chain(&bunches[j]).any(Option::is_some);
            if !(a.believed || b.believed) || !seen || a.body.distance(&b.body) > rules.mistake_mm {
                continue;
            }
            let crossed =
                (give(scene, a, &bunches[j], &sights[j], ways), give(scene, b, &bunches[i], &sights[i], ways));
            let loss = own[i].log + own[j].log - crossed.0.log - crossed.1.log;
            if loss < rules.mistake {
                mistakes.push((loss, i, j, crossed));
            }
        }
    }
    mistakes.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    mistakes.truncate(rules.mistakes_max);
    let logs = own.iter().zip(people).filter(|(_, person)| person.believed).map(|(given, _)| given.log);
    let score = world.score + logs.sum::<f64>();

    let mut plain = world;
    plain.score = score;
    let mut worlds = Vec::with_capacity(1 + mistakes.len());
    for (loss, i, j, crossed) in mistakes {
        let (a, b) = (plain.people[i].track, plain.people[j].track);
        let mut other = plain.clone();
        other.score -= loss;
        other.turns.push((tick, a.min(b), a.max(b)));
        let mut crossed = [Some(crossed.0), Some(crossed.1)];
        for (k, plainly) in own.iter().enumerate() {
            let (from, given) = match k {
                k if k == i => (j, crossed[0].take()),
                k if k == j => (i, crossed[1].take()),
                k => (k, None),
            };
            let body = given.map_or_else(|| plainly.body.clone(), |given| given.body);
            hold(&mut other.people[k], body, scene, bunches[from].clone());
        }
        weigh(&mut other, scene, pairing, rules, ways);
        worlds.push(other);
    }
    for ((person, given), bunch) in plain.people.iter_mut().zip(own).zip(bunches) {
        hold(person, given.body, scene, bunch);
    }
    weigh(&mut plain, scene, pairing, rules, ways);
    worlds.insert(0, plain);
    worlds
}

/// Takes over what a bunch of boxes told.
fn hold(person: &mut Person, body: Body, scene: &Scene, bunch: Bunch) {
    person.body = body;
    person.shares.clear();
    for (looked, glance) in scene.cameras.iter().zip(&bunch) {
        let Some(glance) = glance.map(|j| &looked.glances[j]) else { continue };
        person.share(Share { camera: looked.eye.camera, tracklet: glance.tracklet }, glance.appearance.as_ref());
    }
    person.bunch = bunch;
    person.shares.sort();
    if !person.shares.is_empty() {
        person.seen_us = scene.now_us;
        person.hits += 1;
    }
}

/// Weighs who is there: everybody must explain, from the weakest on, what nobody stronger can.
fn weigh(world: &mut World, scene: &Scene, pairing: &Pairing, rules: &Rules, ways: &Ways) {
    let n = world.people.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| world.people[a].strength(&world.people[b]));
    let mut alive: Vec<usize> = (0..n).collect();
    for i in order {
        let rivals: Vec<usize> = alive.iter().copied().filter(|&k| k != i).collect();
        let body = &world.people[i].body;
        let near = rivals.iter().map(|&k| world.people[k].body.distance(body)).fold(f64::MAX, f64::min);
        let fresh = (scene.seconds / rules.same_s).min(1.0);
        let crowded = rules.crowd * (1.0 - near / rules.crowd_mm.max(1.0)).max(0.0) * fresh;
        let cost = crowded + rules.fade * scene.seconds;
        let gain = explains(pairing, i, &rivals, rules.evidence, ways) * fresh - cost;
        if gain < 0.0 {
            alive = rivals;
        }
        let person = &mut world.people[i];
        if person.believed {
            world.score -= cost;
        }
        person.evidence = (person.evidence + gain).min(rules.believe_most);
        if !person.believed && person.evidence >= rules.believe && person.hits >= HITS_MIN {
            person.believed = true;
            world.score += person.evidence - rules.newcomer;
        }
    }
}

impl World {
    /// Ends what is no longer believed or remembered, whoever has left, and whoever has long been where somebody stronger is.
    pub fn end(&mut self, scene: &Scene, doors: &Doors, rules: &Rules) {
        let people = std::mem::take(&mut self.people);
        let us = (scene.seconds * 1e6) as i64;
        let stronger = |i: usize| {
            let near = |k: usize| people[k].body.distance(&people[i].body) < rules.same_mm;
            (0..people.len()).any(|k| k != i && people[k].strength(&people[i]).is_gt() && near(k))
        };
        let one: Vec<bool> = (0..people.len()).map(stronger).collect();
        for (mut person, one) in people.into_iter().zip(one) {
            person.one_us = if one { person.one_us + us } else { 0 };
            let (memory, doubt, patience) = if person.believed {
                (rules.memory_us, rules.doubt, rules.one_us)
            } else {
                (rules.tentative_us, rules.birth, 0)
            };
            let left = person.believed && doors.left(&person);
            let over =
                left || scene.now_us - person.seen_us > memory || person.evidence <= -doubt || person.one_us > patience;
            match (over, person.believed) {
                (false, _) => self.people.push(person),
                (true, true) => self.gone.push(person),
                (true, false) => {}
            }
        }
    }

    /// Whether the two say the same of the present, up to millimetres.
    fn alike(&self, other: &Self) -> bool {
        let same = |(a, b): (&Person, &Person)| a.track == b.track && a.body.distance(&b.body) < ALIKE_MM;
        self.people.len() == other.people.len() && self.people.iter().zip(&other.people).all(same)
    }

    /// Whether it took a turn before `horizon` that was not told, or did not take one that was.
    fn unlike(&self, told: &[Turn], horizon: Tick) -> bool {
        let early = |turns: &[Turn], others: &[Turn]| turns.iter().any(|t| t.0 < horizon && !others.contains(t));
        early(&self.turns, told) || early(told, &self.turns)
    }
}

/// Keeps the likeliest worlds, best first: those that took other turns before `horizon` than were `told` are forgotten, for that is
/// final, however likely they have become; so are those that say the same of the present as a likelier one.
pub(super) fn prune(mut worlds: Vec<World>, told: &[Turn], horizon: Tick, rules: &Rules) -> Vec<World> {
    worlds.retain(|world| !world.unlike(told, horizon));
    worlds.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.turns.cmp(&b.turns)));
    let top = worlds.first().map_or(0.0, |world| world.score);
    let room = worlds.first().map_or(1, |world| rules.room(world.people.len()));
    let mut kept: Vec<World> = Vec::new();
    for world in worlds {
        let far = top - world.score > rules.worlds;
        if kept.len() < room && !far && !kept.iter().any(|other| other.alike(&world)) {
            kept.push(world);
        }
    }
    // Turns that all worlds took tell none of them apart. Kept, they would double whenever groups part and meet again.
    let mut common = kept.first().map(|world| world.turns.clone()).unwrap_or_default();
    common.retain(|turn| kept.iter().all(|world| world.turns.contains(turn)));
    for world in &mut kept {
        world.score -= top;
        world.turns.retain(|turn| !common.contains(turn));
        world.turns.retain(|turn| turn.0 >= horizon);
        world.gone.retain(|person| person.trail.last().is_some_and(|print| print.from >= horizon));
        world.people.iter_mut().for_each(|person| person.forget(horizon));
    }
    kept
}
