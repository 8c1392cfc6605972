//! Whose box is whose: one tick of all cameras against the people of one world.
//!
//! In each camera the boxes are given to the people so that the whole is likeliest (`assign`), believed people first. What one camera
//! says changes where the others expect people, so the cameras are gone through several times, each time with what all others said.
//! That may end where no single camera can mend what two of them got wrong; so it is done forwards and backwards, and the likelier end is
//! taken.

use super::ask::{Asked, GAIN};
use super::body::{Body, Ways, familiar, ln};
use super::eye::{Eye, Glance, Outlines, Sight};
use super::person::Person;
use super::reading::Reading;
use crate::vision::track::{Pair, assign};
use std::collections::BTreeSet;

/// How often the cameras are gone through at most.
const ROUNDS: usize = 3;

/// Everything that was seen at one tick.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// The cameras that looked, each with what it saw and the size of its picture.
    pub cameras: Vec<Looked>,
    /// Event time of the tick's latest frame, and the time since the tick before.
    pub now_us: i64,
    pub seconds: f64,
}

/// One camera's frame.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    pub eye: Eye,
    pub size: (u32, u32),
    pub glances: Vec<Glance>,
}

/// What one camera's pairing says of one person.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub sight: Sight,
    /// The box that is theirs, and how it is read.
    pub glance: Option<(usize, Reading)>,
    /// Boxes that could be theirs, with their log likelihood.
    pub could: Vec<(usize, f64)>,
}

/// A pairing: for each camera that looked, for each person.
pub(super) type Pairing = Vec<Vec<Told>>;

/// Which boxes may be given away, by camera and box; the outlines of people who are no part of this, by camera.
pub(super) struct Frame<'a> {
    pub free: &'a [Vec<bool>],
    pub others: &'a [Outlines],
}

/// Pairs the people of one world with the boxes of all cameras.
pub(super) fn pair(scene: &Scene, people: &[Person], frame: &Frame<'_>, ways: &Ways) -> Pairing {
    let mut order: Vec<usize> = (0..scene.cameras.len()).collect();
    let ask = |&c: &usize| Asked::new(c, scene, people, &frame.free[c], &frame.others[c]);
    let mut asked: Vec<Asked<'_>> = order.iter().map(ask).collect();
    let mut forwards = pair_in(&order, scene, people, &mut asked, ways);
    if order.len() > 1 {
        order.reverse();
        let backwards = pair_in(&order, scene, people, &mut asked, ways);
        take_likelier(&mut forwards, backwards, scene, people, ways);
    }
    forwards
}

/// The pairing that is found going through the cameras in an order.
pub(super) fn pair_in(
    order: &[usize],
    scene: &Scene,
    people: &[Person],
    asked: &mut [Asked<'_>],
    ways: &Ways,
) -> Pairing {
    let mut pairing: Pairing = vec![Vec::new(); order.len()];
    for _ in 0..ROUNDS {
        // In the first round nothing is known of cameras that were not asked yet.
        let mut same = true;
        for &c in order {
            let told = asked[c].answer(scene, people, &pairing, ways);
            same &= told.len() == pairing[c].len() && told.iter().zip(&pairing[c]).all(|(a, b)| a.glance == b.glance);
            pairing[c] = told;
        }
        if same || order.len() == 1 {
            break;
        }
    }
    pairing
}

/// Where the two differ, takes the likelier, for each part of the people who have boxes of one another apart.
fn take_likelier(pairing: &mut Pairing, mut other: Pairing, scene: &Scene, people: &[Person], ways: &Ways) {
    let differ: Vec<usize> = (0..people.len()).filter(|&i| bunch(pairing, i) != bunch(&other, i)).collect();
    let mut open: BTreeSet<usize> = differ.iter().copied().collect();
    while let Some(first) = open.pop_first() {
        let mut part = vec![first];
        let mut next = 0;
        while next < part.len() {
            let i = part[next];
            let has = |told: &Told, box_: usize| told.glance.is_some_and(|(j, _)| j == box_);
            let shares = |&k: &usize| {
                pairing.iter().zip(&other).any(|(a, b)| {
                    let mine = [&a[i], &b[i]].into_iter().filter_map(|told| told.glance);
                    mine.into_iter().any(|(j, _)| has(&a[k], j) || has(&b[k], j))
                })
            };
            part.extend(open.iter().filter(|&k| shares(k)));
            open.retain(|k| !part.contains(k));
            next += 1;
        }
        let total = |pairing: &Pairing| -> f64 {
            let given = |&i: &usize| give(scene, &people[i], &bunch(pairing, i), &sights(pairing, i), ways).log;
            part.iter().filter(|&&i| people[i].believed).map(given).sum()
        };
        if total(&other) > total(pairing) {
            for (mine, other) in pairing.iter_mut().zip(&mut other) {
                part.iter().for_each(|&i| std::mem::swap(&mut mine[i], &mut other[i]));
            }
        }
    }
}

/// The boxes that a pairing gives to a person.
pub(super) fn bunch(pairing: &Pairing, person: usize) -> Bunch {
    pairing.iter().map(|told| told[person].glance.map(|(glance, _)| glance)).collect()
}

/// What of a person is in view, camera by camera.
pub(super) fn sights(pairing: &Pairing, person: usize) -> Vec<Sight> {
    pairing.iter().map(|told| told[person].sight).collect()
}

/// What being found says against being missed.
pub(super) fn odds(sight: &Sight, ways: &Ways) -> f64 {
    let chance = ways.chance(sight);
    ln(chance) - ln(1.0 - chance)
}

/// What tracklet and appearance say.
pub(super) fn known(person: &Person, glance: &Glance, looked: &Looked, ways: &Ways) -> f64 {
    familiar(glance, person.tracklet(looked.eye.camera), person.look.as_ref().map(|look| &look.mean), ways)
}

/// The boxes of one person, camera by camera.
pub(super) type Bunch = Vec<Option<usize>>;

/// What came of giving a bunch of boxes to a person.
pub(super) struct Given {
    /// Log likelihood of the whole bunch, misses included.
    pub log: f64,
    pub body: Body,
}

/// What a box costs that cannot be theirs.
const IMPOSSIBLE: f64 = -8.0;

/// Gives a bunch of boxes to a person, camera after camera, each with what the ones before said. `told` is what was found for the
/// bunch's owner.
pub(super) fn give(scene: &Scene, person: &Person, bunch: &Bunch, sights: &[Sight], ways: &Ways) -> Given {
    let mut body = person.body.clone();
    let mut log = 0.0;
    for ((looked, glance), sight) in scene.cameras.iter().zip(bunch).zip(sights) {
        let chance = ways.chance(sight);
        let Some(glance) = glance.map(|j| &looked.glances[j]) else {
            log += ln(1.0 - chance);
            continue;
        };
        let read = body.expected(&looked.eye).and_then(|at| at.likelihood(glance, sight, ways));
        match read {
            Some((likelihood, reading)) => {
                log += likelihood + known(person, glance, looked, ways) + ln(chance);
                body.learn(&looked.eye, glance, &reading, ways);
            }
            None => log += IMPOSSIBLE,
        }
    }
    Given { log, body }
}

/// What a person explains that none of `rivals` could: how much likelier all cameras are with them than without.
pub(super) fn explains(pairing: &Pairing, person: usize, rivals: &[usize], most: f64, ways: &Ways) -> f64 {
    pairing.iter().map(|told| explains_in(told, person, rivals, most, ways)).sum()
}

fn explains_in(told: &[Told], person: usize, rivals: &[usize], most: f64, ways: &Ways) -> f64 {
    let missed = |i: usize| ln(1.0 - ways.chance(&told[i].sight));
    let Some((mine, _)) = told[person].glance else { return missed(person) };
    let worth = |i: usize, log: f64| log.min(most) + ln(ways.chance(&told[i].sight)) - missed(i);
    let own = told[person].could.iter().find(|(j, _)| *j == mine).map_or(0.0, |&(_, log)| worth(person, log));
    // Without the person their box is free; whoever of the rivals gains most by it, directly or through a chain of others.
    let contested: Vec<usize> =
        rivals.iter().copied().filter(|&i| told[i].could.iter().any(|(j, _)| *j == mine)).collect();
    if contested.is_empty() {
        return own + missed(person);
    }
    let total = |who: &[usize], without: Option<usize>| -> f64 {
        let mut pairs = Vec::new();
        for &i in who.iter().filter(|&&i| Some(i) != without) {
            for &(j, log) in &told[i].could {
                let gain = (worth(i, log) * GAIN) as i64;
                pairs.extend((gain > 0).then_some(Pair { row: i, column: j, gain }));
            }
        }
        assign(&pairs).iter().map(|p| p.gain as f64 / GAIN).sum()
    };
    let near = connected(told, person, rivals);
    total(&near, None) - total(&near, Some(person)) + missed(person)
}

/// The person and everybody who competes with them for boxes, directly or through others.
fn connected(told: &[Told], person: usize, rivals: &[usize]) -> Vec<usize> {
    let (mut near, mut open) = (vec![person], vec![person]);
    while let Some(i) = open.pop() {
        for &k in rivals {
            let shares = |(j, _): &(usize, f64)| told[k].could.iter().any(|(other, _)| other == j);
            if !near.contains(&k) && told[i].could.iter().any(shares) {
                near.push(k);
                open.push(k);
            }
        }
    }
    near
}
