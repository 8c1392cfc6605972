//! Births: people who come from nowhere, out of boxes that nobody claims.

use super::body::{Body, Ways, ln};
use super::eye::{Edges, Outlines, overlap};
use super::pair::{Looked, Scene};
use super::reading::Reading;
use super::world::Rules;

/// Boxes that overlap more than this show one person twice.
const TWICE: f64 = 0.5;
/// How far a single box leaves the place of its person open, in mm.
const PLACE_MM: f64 = 1000.0;
/// What the box that a birth begins with says, in log likelihood.
const SEED: f64 = 2.0;

/// Somebody new.
pub(super) struct Birth {
    pub body: Body,
    pub evidence: f64,
    /// Which box of each camera.
    pub bunch: Vec<Option<usize>>,
}

/// Finds new people, the surest first, until no box that is left begins one. `free` says which boxes are nobody's.
pub(super) fn births(
    scene: &Scene,
    people: &[Body],
    mut free: Vec<Vec<bool>>,
    room: usize,
    (rules, ways): (&Rules, &Ways),
) -> (Vec<Birth>, usize) {
    for c in 0..free.len() {
        shade(scene, &mut free, c);
    }
    let mut bodies: Vec<Body> = people.to_vec();
    // Who hides whom, by camera: the first place is kept for the newborn.
    let outline = |looked: &Looked, body: &Body| looked.eye.outline(&body.state);
    let mut crowd: Vec<Outlines> = (scene.cameras.iter())
        .map(|looked| std::iter::once(None).chain(bodies.iter().map(|body| outline(looked, body))).collect())
        .collect();
    let (mut born, mut refused) = (Vec::new(), 0);
    loop {
        let mut best: Option<Birth> = None;
        for c in 0..free.len() {
            for j in (0..free[c].len()).filter(|&j| free[c][j]) {
                let Some(birth) = from_seed(scene, &mut crowd, &free, (c, j), ways) else { continue };
                let near = bodies.iter().any(|other| other.distance(&birth.body) < rules.birth_mm);
                if !near && best.as_ref().is_none_or(|best| birth.evidence > best.evidence) {
                    best = Some(birth);
                }
            }
        }
        let Some(mut birth) = best.filter(|birth| birth.evidence >= 0.0) else { break };
        birth.evidence -= rules.birth;
        for (c, j) in birth.bunch.iter().enumerate() {
            if let Some(j) = *j {
                free[c][j] = false;
                shade(scene, &mut free, c);
            }
        }
        for (looked, crowd) in scene.cameras.iter().zip(&mut crowd) {
            crowd.push(outline(looked, &birth.body));
        }
        bodies.push(birth.body.clone());
        if born.len() < room {
            born.push(birth);
        } else {
            refused += 1;
        }
    }
    (born, refused)
}

/// Boxes that show again what a claimed box shows are nobody's and no birth's.
fn shade(scene: &Scene, free: &mut [Vec<bool>], c: usize) {
    let glances = &scene.cameras[c].glances;
    let claimed: Vec<Edges> = glances.iter().zip(&free[c]).filter(|(_, free)| !**free).map(|(g, _)| g.edges).collect();
    for (j, glance) in glances.iter().enumerate() {
        free[c][j] &= !claimed.iter().any(|other| overlap(other, &glance.edges) > TWICE);
    }
}

/// The person that begins with one box, and what the other cameras say of them.
fn from_seed(
    scene: &Scene,
    crowd: &mut [Outlines],
    free: &[Vec<bool>],
    seed: (usize, usize),
    ways: &Ways,
) -> Option<Birth> {
    let looked = &scene.cameras[seed.0];
    let glance = &looked.glances[seed.1];
    let middle = (glance.edges[0] + glance.edges[2]) / 2.0;
    let head = looked.eye.place([middle, glance.edges[1]], ways.height[0]);
    let mut at = head.or_else(|| looked.eye.place([middle, glance.edges[3]], 0.0))?;
    let mut body = Body::at(at, PLACE_MM, ways);
    for _ in 0..3 {
        body = Body::at(at, PLACE_MM, ways);
        body.learn(&looked.eye, glance, &Reading::PLAIN, ways);
        at = [body.state[0], body.state[1]];
    }
    let mut bunch = vec![None; scene.cameras.len()];
    bunch[seed.0] = Some(seed.1);
    let mut evidence = SEED;
    for (c, looked) in scene.cameras.iter().enumerate().filter(|(c, _)| *c != seed.0) {
        crowd[c][0] = looked.eye.outline(&body.state);
        let sight = looked.eye.sight(0, &crowd[c], looked.size);
        let (hit, miss) = (ln(ways.chance(&sight)), ln(1.0 - ways.chance(&sight)));
        let expected = sight.in_view.then(|| body.expected(&looked.eye)).flatten();
        let mut likeliest: Option<(f64, usize, Reading)> = None;
        for (j, glance) in looked.glances.iter().enumerate().filter(|(j, _)| free[c][*j]) {
            let read = expected.as_ref().and_then(|at| at.likelihood(glance, &sight, ways));
            if let Some((log, reading)) = read
                && likeliest.is_none_or(|(most, ..)| log > most)
            {
                likeliest = Some((log, j, reading));
            }
        }
        match likeliest {
            Some((log, j, reading)) if log + hit > miss => {
                body.learn(&looked.eye, &looked.glances[j], &reading, ways);
                bunch[c] = Some(j);
                evidence += (log + hit).min(EVIDENCE_MOST);
            }
            _ => evidence += miss,
        }
    }
    Some(Birth { body, evidence, bunch })
}

/// Most log likelihood that one camera's box adds to a birth.
const EVIDENCE_MOST: f64 = 4.0;
