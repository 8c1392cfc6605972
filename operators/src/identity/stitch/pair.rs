//! Whose box is whose: one tick of all cameras against the people of one world.
//!
//! In each camera the boxes are given to the people so that the whole is likeliest (`assign`), believed people first. What one camera
//! says changes where the others expect people, so the cameras are gone through several times, each time with what all others said.
//! That may end where no single camera can mend what two of them got wrong; so it is done forwards and backwards, and the likelier end is
//! taken.

use super::body::{Body, Reading, Ways, familiar, ln};
use super::eye::{Edges, Eye, Glance, Outlines, Sight};
use super::person::Person;
use crate::vision::track::{Pair, assign};

/// How often the cameras are gone through.
const ROUNDS: usize = 3;
/// A log likelihood as the integer that `assign` compares.
const GAIN: f64 = 1_000_000.0;

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
#[derive(Clone, Debug)]
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
    let forwards = pair_in(&order, scene, people, frame, ways);
    if order.len() == 1 {
        return forwards;
    }
    order.reverse();
    let backwards = pair_in(&order, scene, people, frame, ways);
    let differs = |i: &usize| people[*i].believed && bunch(&forwards, *i) != bunch(&backwards, *i);
    let total = |pairing: &Pairing| -> f64 {
        let given = |i| give(scene, &people[i], &bunch(pairing, i), &sights(pairing, i), ways).log;
        (0..people.len()).filter(differs).map(given).sum()
    };
    if total(&backwards) > total(&forwards) { backwards } else { forwards }
}

/// The boxes that a pairing gives to a person.
pub(super) fn bunch(pairing: &Pairing, person: usize) -> Bunch {
    pairing.iter().map(|told| told[person].glance.map(|(glance, _)| glance)).collect()
}

/// What of a person is in view, camera by camera.
pub(super) fn sights(pairing: &Pairing, person: usize) -> Vec<Sight> {
    pairing.iter().map(|told| told[person].sight).collect()
}

/// The pairing that is found going through the cameras in an order.
fn pair_in(order: &[usize], scene: &Scene, people: &[Person], frame: &Frame<'_>, ways: &Ways) -> Pairing {
    let mut pairing: Pairing = vec![Vec::new(); order.len()];
    for round in 0..ROUNDS {
        for (turn, &c) in order.iter().enumerate() {
            // Whoever may be in this camera is expected where the others say, those after it only once they were asked.
            let (looked, asked) = (&scene.cameras[c], if round > 0 { order } else { &order[..turn] });
            let near = |person: &Person| looked.eye.may_see(&person.body.state, looked.size);
            let bodies: Vec<Option<Body>> = (people.iter().enumerate())
                .map(|(i, person)| near(person).then(|| learned(scene, &pairing, (c, asked), i, person, ways)))
                .collect();
            pairing[c] = in_camera(looked, people, &bodies, &frame.free[c], &frame.others[c], ways);
        }
        if order.len() == 1 {
            break;
        }
    }
    pairing
}

/// A person as the cameras that were `asked` see them, all but `c`.
fn learned(
    scene: &Scene,
    pairing: &Pairing,
    (c, asked): (usize, &[usize]),
    i: usize,
    person: &Person,
    ways: &Ways,
) -> Body {
    let mut body = person.body.clone();
    for &other in asked.iter().filter(|&&other| other != c) {
        let looked = &scene.cameras[other];
        if let Some((glance, reading)) = pairing[other].get(i).and_then(|told| told.glance) {
            body.learn(&looked.eye, &looked.glances[glance], &reading, ways);
        }
    }
    body
}

/// The pairing in one camera, where people are expected as `bodies` says.
fn in_camera(
    looked: &Looked,
    people: &[Person],
    bodies: &[Option<Body>],
    free: &[bool],
    others: &[Option<(Edges, f64)>],
    ways: &Ways,
) -> Vec<Told> {
    let outline = |body: &Option<Body>| body.as_ref().and_then(|body| looked.eye.outline(&body.state));
    let mut outlines: Outlines = bodies.iter().map(outline).collect();
    outlines.extend_from_slice(others);
    let sights = looked.eye.sights(&outlines[..people.len()], looked.size, &outlines);
    let mut readings: Vec<Vec<(usize, f64, Reading)>> = Vec::with_capacity(people.len());
    for ((person, body), sight) in people.iter().zip(bodies).zip(&sights) {
        let mut could = Vec::new();
        let expected = body.as_ref().filter(|_| sight.in_view);
        if let Some((body, view)) = expected.and_then(|body| Some((body, looked.eye.view(&body.state)?))) {
            for (j, glance) in looked.glances.iter().enumerate().filter(|(j, _)| free[*j]) {
                if let Some((log, reading)) = body.likelihood(&view, glance, sight, ways) {
                    could.push((j, log + known(person, glance, looked, ways), reading));
                }
            }
        }
        readings.push(could);
    }
    let mut glance_of: Vec<Option<(usize, Reading)>> = vec![None; people.len()];
    let mut taken = vec![false; looked.glances.len()];
    for believed in [true, false] {
        let mut pairs = Vec::new();
        for (i, could) in readings.iter().enumerate().filter(|(i, _)| people[*i].believed == believed) {
            for (j, log, _) in could.iter().filter(|(j, ..)| !taken[*j]) {
                let gain = ((log + odds(&sights[i], ways)) * GAIN) as i64;
                pairs.extend((gain > 0).then_some(Pair { row: i, column: *j, gain }));
            }
        }
        for Pair { row, column, .. } in assign(&pairs) {
            taken[column] = true;
            glance_of[row] = readings[row].iter().find(|(j, ..)| *j == column).map(|&(j, _, reading)| (j, reading));
        }
    }
    let each = sights.into_iter().zip(glance_of).zip(readings);
    each.map(|((sight, glance), could)| Told {
        sight,
        glance,
        could: could.into_iter().map(|(j, log, _)| (j, log)).collect(),
    })
    .collect()
}

/// What being found says against being missed.
pub(super) fn odds(sight: &Sight, ways: &Ways) -> f64 {
    let chance = ways.chance(sight);
    ln(chance) - ln(1.0 - chance)
}

/// What tracklet and appearance say.
fn known(person: &Person, glance: &Glance, looked: &Looked, ways: &Ways) -> f64 {
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
        let read = looked.eye.view(&body.state).and_then(|view| body.likelihood(&view, glance, sight, ways));
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
