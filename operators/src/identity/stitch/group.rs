//! Groups: people who may be taken for each other, and the worlds they may be in. Groups meet and part as people do.

use super::body::Ways;
use super::door::Doors;
use super::eye::{Outline, Outlines};
use super::pair::{Frame, Pairing, Scene, pair};
use super::person::Person;
use super::world::{Rules, World, divide, prune};
use schemas::{StretchId, Tick, TrackId};
use std::collections::{BTreeMap, BTreeSet};

/// Close people and the worlds they may be in, best first; never without a world.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub worlds: Vec<World>,
}

impl Group {
    /// Somebody alone.
    pub fn of(person: Person) -> Self {
        let people = vec![person];
        Self { worlds: vec![World { people, gone: Vec::new(), score: 0.0, turns: Vec::new() }] }
    }

    /// The likeliest world.
    pub fn best(&self) -> &World {
        &self.worlds[0]
    }

    fn places(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.worlds.iter().flat_map(|w| w.people.iter().map(|p| (p.body.state[0], p.body.state[1])))
    }
}

/// Joins groups whose people are close in some world. Groups stay in the order of their first track.
pub(super) fn meet(groups: Vec<Group>, rules: &Rules) -> Vec<Group> {
    let boxes: Vec<[f64; 4]> = groups.iter().map(|g| bounds(g.places())).collect();
    let near = |a: usize, b: usize| {
        let (p, q, m) = (boxes[a], boxes[b], rules.group_mm);
        p[0] - m <= q[2]
            && q[0] - m <= p[2]
            && p[1] - m <= q[3]
            && q[1] - m <= p[3]
            && groups[a].places().any(|(x, y)| groups[b].places().any(|(u, v)| (x - u).hypot(y - v) <= m))
    };
    let mut parent: Vec<usize> = (0..groups.len()).collect();
    for a in 0..groups.len() {
        for b in a + 1..groups.len() {
            if root(&parent, a) != root(&parent, b) && near(a, b) {
                join(&mut parent, a, b);
            }
        }
    }
    let mut met: BTreeMap<usize, Group> = BTreeMap::new();
    for (i, group) in groups.into_iter().enumerate() {
        match met.remove(&root(&parent, i)) {
            Some(first) => met.insert(root(&parent, i), product(first, group, rules)),
            None => met.insert(root(&parent, i), group),
        };
    }
    met.into_values().collect()
}

fn bounds(places: impl Iterator<Item = (f64, f64)>) -> [f64; 4] {
    let none = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    places.fold(none, |b, (x, y)| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)])
}

fn root(parent: &[usize], mut i: usize) -> usize {
    while parent[i] != i {
        i = parent[i];
    }
    i
}

fn join(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b)] = a.min(b);
}

/// Every world of one with every world of the other, the likeliest of them.
fn product(a: Group, b: Group, rules: &Rules) -> Group {
    let mut scores: Vec<(f64, usize, usize)> = Vec::new();
    for (i, p) in a.worlds.iter().enumerate() {
        scores.extend(b.worlds.iter().enumerate().map(|(j, q)| (p.score + q.score, i, j)));
    }
    scores.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    scores.truncate(rules.room(a.best().people.len() + b.best().people.len()));
    let both = |&(score, i, j): &(f64, usize, usize)| {
        let (p, q) = (&a.worlds[i], &b.worlds[j]);
        let mut turns = [p.turns.clone(), q.turns.clone()].concat();
        turns.sort();
        turns.dedup();
        World {
            people: [p.people.clone(), q.people.clone()].concat(),
            gone: [p.gone.clone(), q.gone.clone()].concat(),
            score,
            turns,
        }
    };
    Group { worlds: scores.iter().map(both).collect() }
}

/// Parts groups whose people are far from each other in every world, where the worlds agree on who is who. Groups come out in the
/// order of their first track.
pub(super) fn part(groups: Vec<Group>, rules: &Rules) -> Vec<Group> {
    let mut parted: Vec<Group> = groups.into_iter().flat_map(|group| part_one(group, rules)).collect();
    parted.retain(|group| group.worlds.iter().any(|world| !world.people.is_empty()));
    parted.sort_by_key(|group| group.worlds.iter().flat_map(|w| w.people.iter().map(|p| p.track)).min());
    parted
}

fn part_one(group: Group, rules: &Rules) -> Vec<Group> {
    let mut tracks: Vec<TrackId> = group.worlds.iter().flat_map(|w| w.people.iter().map(|p| p.track)).collect();
    tracks.sort();
    tracks.dedup();
    let at = |track: TrackId| tracks.binary_search(&track).expect("every track is listed");
    let mut parent: Vec<usize> = (0..tracks.len()).collect();
    for world in &group.worlds {
        for (i, a) in world.people.iter().enumerate() {
            for b in &world.people[i + 1..] {
                if a.body.distance(&b.body) <= rules.group_mm {
                    join(&mut parent, at(a.track), at(b.track));
                }
            }
        }
    }
    // People whom some world tells of differently, or does not have, stay together with their worlds.
    let told = |world: &World, track| world.people.iter().find(|p| p.track == track).map(|p| p.stretch);
    let differs = |&&track: &&TrackId| group.worlds.iter().any(|w| told(w, track) != told(&group.worlds[0], track));
    let doubtful: Vec<usize> = tracks.iter().filter(differs).map(|&track| at(track)).collect();
    for pair in doubtful.windows(2) {
        join(&mut parent, pair[0], pair[1]);
    }
    let doubtful = doubtful.first().map(|&i| root(&parent, i));
    let roots: BTreeSet<usize> = (0..tracks.len()).map(|i| root(&parent, i)).collect();
    let parts = roots.into_iter().map(|r| {
        let mine = |world: &World| World {
            people: world.people.iter().filter(|p| root(&parent, at(p.track)) == r).cloned().collect(),
            ..world.clone()
        };
        // Where nothing is in doubt there is one world: no turn tells it from others, and what is gone was said for good.
        let sure = World { gone: Vec::new(), turns: Vec::new(), ..mine(&group.worlds[0]) };
        Group { worlds: if doubtful == Some(r) { group.worlds.iter().map(mine).collect() } else { vec![sure] } }
    });
    parts.collect()
}

/// Finds which stretch tells of whom, in every world. The people of the likeliest world are told of; a person of another world is
/// the one of the likeliest who has the same boxes, or is told of aside. A stretch goes on while all worlds agree that it tells of
/// one person, and is cut where they begin to differ, so that each of its owners, in any world, owns the whole of it.
pub(super) fn tell(
    group: &mut Group,
    tick: Tick,
    visible: impl Fn(&Person) -> bool,
    mut mint: impl FnMut() -> StretchId,
) {
    let (best, others) = group.worlds.split_first_mut().expect("a group has a world");
    let same: Vec<Vec<Option<usize>>> = others.iter().map(|world| counterparts(&world.people, &best.people)).collect();
    for (i, person) in best.people.iter_mut().enumerate() {
        let told = person.stretch;
        let agrees = |(world, same): (&World, &Vec<Option<usize>>)| {
            world.people.iter().zip(same).all(|(other, same)| (*same == Some(i)) == (other.stretch == told))
        };
        // What was told aside lasted one tick.
        let aside = person.trail.last().is_some_and(|print| print.aside.is_some());
        // Who is gone in another world has it up to now, and no further.
        let ended = others.iter().flat_map(|world| &world.gone).any(|gone| gone.stretch == told);
        let goes_on =
            !aside && !ended && others.iter().zip(&same).map(|(world, same)| (world as &World, same)).all(agrees);
        person.follow(if goes_on { told } else { told.cut_at(tick) }, tick);
    }
    for (world, same) in others.iter_mut().zip(same) {
        for (person, same) in world.people.iter_mut().zip(same) {
            match same {
                Some(i) => person.follow(best.people[i].stretch, tick),
                None if visible(person) => person.step_aside(mint(), tick),
                None => {}
            }
        }
    }
}

/// Two worlds that place one person further apart than this tell of them apart, whatever the boxes.
pub(super) const ELSEWHERE_MM: f64 = 300.0;

/// For each of `people` the one of `best` who has the same boxes; who has none is the one who was told of by the same stretch. One
/// box from one camera can be read as people in quite different places.
fn counterparts(people: &[Person], best: &[Person]) -> Vec<Option<usize>> {
    let seen = |person: &Person| person.bunch.iter().any(Option::is_some);
    let near = |a: &Person, b: &Person| a.body.distance(&b.body) < ELSEWHERE_MM;
    let same = |a: &Person, b: &Person| a.bunch == b.bunch && (seen(a) || a.stretch == b.stretch) && near(a, b);
    people.iter().map(|a| best.iter().position(|b| same(a, b))).collect()
}

/// One tick for all groups. Gives, by camera, which boxes nobody claims.
pub(super) fn step(
    groups: &mut [Group],
    tick: Tick,
    horizon: Tick,
    scene: &Scene,
    doors: &Doors,
    (rules, ways): (&Rules, &Ways),
) -> Vec<Vec<bool>> {
    // The likeliest course of the whole floor.
    let people: Vec<Person> = groups.iter().flat_map(|group| group.best().people.iter().cloned()).collect();
    let all: Vec<Vec<bool>> = scene.cameras.iter().map(|looked| vec![true; looked.glances.len()]).collect();
    let nobody = vec![Vec::new(); scene.cameras.len()];
    let main = pair(scene, &people, &Frame { free: &all, others: &nobody }, ways);
    let mut unclaimed = all.clone();
    for (c, told) in main.iter().enumerate() {
        for (j, _) in told.iter().filter_map(|told| told.glance) {
            unclaimed[c][j] = false;
        }
    }
    let outlines: Vec<Outlines> = (scene.cameras.iter())
        .map(|looked| people.iter().map(|person| looked.eye.outline(&person.body.state)).collect())
        .collect();
    let mut begin = 0;
    for group in groups.iter_mut() {
        let end = begin + group.best().people.len();
        let mine: Pairing = main.iter().map(|told| told[begin..end].to_vec()).collect();
        step_group(group, tick, horizon, scene, mine, &unclaimed, &outlines, begin..end, doors, (rules, ways));
        begin = end;
    }
    unclaimed
}

#[expect(clippy::too_many_arguments, reason = "one tick of one group needs the whole scene")]
fn step_group(
    group: &mut Group,
    tick: Tick,
    horizon: Tick,
    scene: &Scene,
    mine: Pairing,
    unclaimed: &[Vec<bool>],
    outlines: &[Outlines],
    own: std::ops::Range<usize>,
    doors: &Doors,
    (rules, ways): (&Rules, &Ways),
) {
    let mut next = Vec::new();
    let mut worlds = std::mem::take(&mut group.worlds).into_iter();
    let first = worlds.next().expect("a group has a world");
    let told = first.turns.clone();
    let (mut free, mut others): (Vec<Vec<bool>>, Vec<Outlines>) = (unclaimed.to_vec(), Vec::new());
    if worlds.len() > 0 {
        // In the other worlds of this group its boxes are dealt out anew; everybody else keeps theirs and hides what they hide.
        for (c, told) in mine.iter().enumerate() {
            for (j, _) in told.iter().filter_map(|told| told.glance) {
                free[c][j] = true;
            }
        }
        let rest = |(i, outline): (usize, &Option<Outline>)| (!own.contains(&i)).then_some(*outline);
        others = outlines.iter().map(|all| all.iter().enumerate().filter_map(rest).collect()).collect();
    }
    next.extend(divide(first, tick, scene, &mine, (rules, ways)));
    for world in worlds {
        let pairing = pair(scene, &world.people, &Frame { free: &free, others: &others }, ways);
        next.extend(divide(world, tick, scene, &pairing, (rules, ways)));
    }
    for world in &mut next {
        world.end(scene, doors, rules);
    }
    group.worlds = prune(next, &told, horizon, rules);
}
