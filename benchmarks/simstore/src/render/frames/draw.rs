//! What is in a picture: the shop in another light, a camera somewhere, people where there is room.

use super::FrameSet;
use crate::life::{Hand, Moment, Person, Pose, Present, Role};
use crate::render::Sensor;
use crate::render::scene::Finish;
use crate::world::build::Aim;
use crate::world::{Camera, Mm2, Mm3, View, World};
use rand::{Rng, RngExt};
use schemas::{CameraModel, EventTime};
use std::sync::Arc;

/// Nearest that two people stand, and anybody to what stands there, mm.
const APART_MM: f64 = 450.0;
const CLEAR_MM: f64 = 260.0;
/// Height of what of somebody must be in the picture.
const WAIST_MM: f64 = 1_000.0;
/// Chance that somebody stands before a shelf, rather than anywhere.
const AT_SHELVES: f64 = 0.45;
/// Tries at a place to stand.
const TRIES: usize = 60;

/// Other lamps and other goods in the same places.
pub(super) fn relit(mut world: World, random: &mut impl Rng) -> World {
    let power = random.random_range(0.6..1.4);
    for lamp in &mut world.lamps {
        lamp.power *= power * random.random_range(0.7..1.3);
        lamp.at.x += random.random_range(-400.0..400.0);
        lamp.at.y += random.random_range(-400.0..400.0);
    }
    let saturation = random.random_range(0.6..1.5);
    for article in &mut world.articles {
        let turn = random.random_range(0..3usize);
        for colour in [&mut article.look.ground, &mut article.look.accent] {
            let grey = colour.iter().map(|&c| f64::from(c)).sum::<f64>() / 3.0;
            colour.rotate_left(turn);
            *colour = colour.map(|c| (grey + (f64::from(c) - grey) * saturation).clamp(0.0, 255.0) as u8);
        }
        article.look.design = random.random_range(0..4);
    }
    world
}

/// Other floors, walls and racks.
pub(super) fn finish(random: &mut impl Rng) -> Finish {
    let mut paint = |grey: std::ops::Range<f64>, chroma: f64| {
        let grey = random.random_range(grey);
        [0; 3].map(|_: u8| (grey + chroma * random.random_range(-1.0..1.0)).clamp(0.0, 255.0) as u8)
    };
    let (floor, walls, ceiling) = (paint(60.0..220.0, 22.0), paint(90.0..230.0, 26.0), paint(60.0..235.0, 8.0));
    let (wood, racks, kick) = (paint(60.0..190.0, 40.0), paint(30.0..230.0, 16.0), paint(20.0..160.0, 10.0));
    let grain = [random.random_range(1.0..16.0), random.random_range(1.0..8.0)];
    let (tiles, joint) = (1 << random.random_range(0..4), random.random_range(0..4));
    Finish { floor, grain, tiles, joint, walls, ceiling, wood, racks, kick }
}

/// A camera somewhere under the ceiling.
pub(super) fn hung(world: &World, set: &FrameSet, random: &mut impl Rng) -> Camera {
    let down = random.random::<f64>() < set.overhead;
    let within = |random: &mut dyn FnMut() -> f64, of: fn(&Mm2) -> f64| {
        let (low, high) = world.outline.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        low + 250.0 + (high - low - 500.0) * random()
    };
    let mut unit = || random.random::<f64>();
    let shelf = !down && unit() < set.shelf && !world.gondolas.is_empty();
    let (x, y) = (within(&mut unit, |p| p.x), within(&mut unit, |p| p.y));
    let (tx, ty) = (within(&mut unit, |p| p.x), within(&mut unit, |p| p.y));
    let height = (world.ceiling_mm - 150.0) - 900.0 * unit() * if down { 0.3 } else { 1.0 };
    let pitch = if down { 70.0 + 20.0 * unit() } else { 15.0 + 45.0 * unit() };
    let (from, to, pitch) = if shelf {
        // Across the aisle, above heads, the middle of the rack in view.
        let gondola = &world.gondolas[(unit() * world.gondolas.len() as f64) as usize % world.gondolas.len()];
        let local = |x: f64, y: f64| gondola.frame.to_store(Mm3::new(x, y, 0.0)).xy();
        let off = 1_000.0 + 1_600.0 * unit();
        let (at, to) = (local(gondola.size.x * (1.6 * unit() - 0.3), -off), local(gondola.size.x / 2.0, 0.0));
        let down = (height - 1_100.0).atan2(off + 200.0).to_degrees();
        (at, to, down + 16.0 * (unit() - 0.5))
    } else {
        (Mm2::new(x, y), Mm2::new(tx, ty), pitch)
    };
    let hfov = 65.0 + 40.0 * unit();
    let k1 = -0.22 * unit() * if hfov > 90.0 { 0.5 } else { 1.0 };
    let view = if down {
        View::Overhead
    } else if shelf {
        View::Shelf
    } else {
        View::Corner
    };
    let mut camera =
        Aim::over([from.x, from.y, height], [to.x, to.y], pitch, hfov, k1).camera("frames", view, set.size_px);
    let lens = &mut camera.pinhole;
    lens.distortion[2] = 0.002 * (unit() - 0.5);
    lens.distortion[3] = 0.002 * (unit() - 0.5);
    lens.centre_px = lens.centre_px.map(|c| c * (0.97 + 0.06 * unit()));
    camera
}

pub(super) fn sensor(random: &mut impl Rng) -> Sensor {
    Sensor {
        noise: random.random_range(0.5..6.0),
        blur_px: random.random_range(0.0..0.9),
        gain: random.random_range(0.55..1.6),
        drift: 0.0,
        tint: [random.random_range(0.88..1.12), random.random_range(0.88..1.12)],
    }
}

/// Everybody who may be in the pictures of one shop, with numbers that are theirs in the whole set.
pub(super) fn cast(count: u32, group: u64, random: &mut impl Rng) -> Vec<Arc<Person>> {
    let first = group as u32 * count;
    let person = |i: u32| Person {
        number: first + i,
        role: Role::Member(u64::from(first + i)),
        visit: first + i,
        height_mm: random.random_range(1_500.0..1_950.0),
        build: random.random_range(0.85..1.3),
        figure: random.random(),
        bag: random.random::<f64>() < 0.3,
        handed: usize::from(random.random::<f64>() < 0.85),
    };
    (0..count).map(person).map(Arc::new).collect()
}

/// People in their poses, and with which hand each reaches into a rack.
pub(super) struct Posed {
    pub moment: Moment,
    /// By person, in the order of the moment.
    pub reaches: Vec<Option<usize>>,
}

/// Some people who stand, walk and reach where there is room; every number of them up to `people_max` is as likely.
pub(super) fn gathering(
    world: &World,
    cast: &[Arc<Person>],
    (people_max, camera): (u32, &Camera),
    random: &mut impl Rng,
    n: u64,
) -> Posed {
    let mut wanted: Vec<&Arc<Person>> = cast.iter().collect();
    let count = random.random_range(0..=people_max as usize).min(wanted.len());
    for i in 0..count {
        wanted.swap(i, random.random_range(i..cast.len()));
    }
    wanted.truncate(count);
    wanted.sort_by_key(|person| person.number);
    let model = CameraModel::pinhole(camera.pinhole).ok();
    let shows = |at: Mm2| {
        let pixel = model.as_ref().and_then(|model| model.project([at.x, at.y, WAIST_MM]));
        pixel.is_some_and(|px| (0..2).all(|i| (0.0..f64::from(camera.size_px[i])).contains(&px[i])))
    };
    let (mut present, mut reaches): (Vec<Present>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for person in wanted {
        // Rather before the camera, and often before a shelf; elsewhere only where there is no room.
        let shops = random.random_bool(AT_SHELVES);
        let mut place = |i: usize| {
            let at = if shops { before_shelf(world, random) } else { somewhere(world, random) };
            Some(at).filter(|at| i >= TRIES / 2 || shows(*at))
        };
        let Some(at) = (0..TRIES).filter_map(&mut place).find(|at| free(world, &present, *at)) else {
            continue;
        };
        let (pose, hand, reaching) = posture(world, at, random);
        let mut holds: [Vec<(usize, u32)>; 2] = Default::default();
        if let Some(hand) = hand
            && !world.articles.is_empty()
            && random.random::<f64>() < 0.6
        {
            holds[hand].push((random.random_range(0..world.articles.len()), person.number));
        }
        reaches.push(hand.filter(|_| reaching));
        present.push(Present { person: Arc::clone(person), pose, holds });
    }
    Posed { moment: Moment { at: EventTime(n as i64 * 1_000_000), present, happened: Vec::new() }, reaches }
}

fn somewhere(world: &World, random: &mut impl Rng) -> Mm2 {
    let mut along = |of: fn(&Mm2) -> f64| {
        let (low, high) = world.outline.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        random.random_range(low + CLEAR_MM..high - CLEAR_MM)
    };
    Mm2::new(along(|p| p.x), along(|p| p.y))
}

/// An arm's length before a slot.
fn before_shelf(world: &World, random: &mut impl Rng) -> Mm2 {
    if world.slots.is_empty() {
        return somewhere(world, random);
    }
    let slot = &world.slots[random.random_range(0..world.slots.len())];
    let local = Mm3::new(random.random_range(slot.from_mm..=slot.to_mm), -random.random_range(CLEAR_MM..750.0), 0.0);
    world.gondolas[slot.gondola].frame.to_store(local).xy()
}

fn free(world: &World, present: &[Present], at: Mm2) -> bool {
    let racks = world.gondolas.iter().map(|g| (&g.frame, &g.size));
    let blocks = world.blocks.iter().map(|b| (&b.frame, &b.size));
    let clear = racks.chain(blocks).all(|(frame, size)| {
        let local = frame.to_local(Mm3::new(at.x, at.y, 0.0));
        let off = |v: f64, size: f64| (-v).max(v - size).max(0.0);
        off(local.x, size.x).hypot(off(local.y, size.y)) > CLEAR_MM
    });
    clear && present.iter().all(|p| (p.pose.at - at).norm() > APART_MM)
}

/// A pose, the hand that may hold something, and whether it reaches into a rack.
fn posture(world: &World, at: Mm2, random: &mut impl Rng) -> (Pose, Option<usize>, bool) {
    let heading = random.random_range(0.0..std::f64::consts::TAU);
    let mut pose = Pose::standing(at, heading);
    pose.head_yaw = random.random_range(-0.7..0.7);
    pose.head_pitch = random.random_range(-0.1..0.6);
    let hand = random.random_range(0..2usize);
    match random.random_range(0..10) {
        0..4 => {
            (pose.stride, pose.speed) = (random.random_range(0.4..1.0), 900.0);
            pose.phase = random.random_range(0.0..std::f64::consts::TAU);
            (pose, None, false)
        }
        4..8 if !world.slots.is_empty() => {
            // Reaches for the slot that is nearest, if it is near.
            let front = (0..world.slots.len()).map(|s| world.slot_front(s));
            let target = front.min_by(|a, b| (a.xy() - at).norm().total_cmp(&(b.xy() - at).norm()));
            let target = target.filter(|t| (t.xy() - at).norm() < 900.0);
            if let Some(target) = target {
                let way = target.xy() - at;
                pose.heading = way.y.atan2(way.x) + random.random_range(-0.4..0.4);
                let height = random.random_range(300.0..1_600.0);
                pose.lean = ((1_000.0 - height) / 1_200.0f64).clamp(0.05, 0.6);
                pose.crouch = ((700.0 - height) / 700.0f64).clamp(0.0, 0.7);
                pose.hands[hand] = Hand::At(Mm3::new(target.x, target.y, height));
            }
            (pose, Some(hand), target.is_some())
        }
        _ => {
            let ahead = Mm3::new(pose.heading.cos(), pose.heading.sin(), 0.0);
            let height = random.random_range(950.0..1_400.0);
            pose.hands[hand] = Hand::At(Mm3::new(at.x, at.y, height) + ahead * random.random_range(220.0..420.0));
            pose.lean = random.random_range(0.0..0.2);
            (pose, Some(hand), false)
        }
    }
}
