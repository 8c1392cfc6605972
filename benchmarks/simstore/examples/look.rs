//! Pictures of the corner shop with people on hand-made rounds, to look at and to measure: `look OUT SECONDS PEOPLE [FPS] [video]`.
//! Writes a PNG of every camera now and then, `truth.jsonl`, with `video` an H.264 file of each camera, and says how fast it was.
#![allow(clippy::disallowed_methods)] // a stopwatch of its own

use simstore::goods::{Goods, Spot};
use simstore::life::{Hand, Happening, Moment, Person, Pose, Present, Role, STEP_US, Stow, What};
use simstore::render::{Encoding, FrameTruth, Filming, Scene, Sensor, Stage, film};
use simstore::seed::Seed;
use simstore::world::{Mm2, Mm3, World, corner};
use schemas::EventTime;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

type Done<T> = Result<T, Box<dyn Error>>;

/// Where somebody walks, m; where they stop, to which side they turn: -1 west, 1 east.
type Round = &'static [(f64, f64, i32)];

const ROUNDS: [Round; 6] = [
    &[(3.0, 1.5, 0), (3.0, 3.2, -1), (3.0, 4.6, 1), (3.0, 6.7, 0), (1.0, 6.7, 0), (1.0, 5.2, -1), (1.0, 3.6, 1), (1.0, 1.5, 0)],
    &[(5.0, 1.6, 0), (5.0, 3.0, 1), (5.0, 4.4, -1), (5.0, 5.6, 1), (5.0, 6.8, 0), (3.0, 6.9, 0), (3.0, 5.3, -1), (3.0, 1.7, 0)],
    &[(1.05, 6.9, 0), (1.05, 5.8, -1), (1.05, 4.5, -1), (1.05, 2.8, -1), (1.0, 1.7, 0), (3.0, 1.4, 0), (3.1, 3.9, 1), (3.0, 6.9, 0)],
    &[(4.95, 6.9, 0), (4.95, 6.2, 1), (4.95, 3.7, 1), (4.9, 1.7, 0), (2.6, 1.5, 0), (1.1, 2.1, 0), (1.0, 4.1, 1), (1.1, 6.8, 0)],
    &[(2.6, 1.6, 0), (2.7, 1.9, 0), (3.05, 2.9, 1), (3.0, 5.6, -1), (3.0, 7.1, 0), (5.0, 7.1, 0), (5.0, 4.9, -1), (5.0, 1.3, 0)],
    &[(3.3, 7.2, 0), (1.0, 7.1, 0), (0.95, 3.2, -1), (1.0, 1.5, 0), (2.9, 1.9, 0), (2.95, 4.2, -1), (3.2, 6.6, 0)],
];

/// A part of a round: until when, from where to where, and where one turns.
struct Leg {
    until: f64,
    from: Mm2,
    to: Mm2,
    side: i32,
}

struct Walker {
    person: Arc<Person>,
    legs: Vec<Leg>,
    offset: f64,
    pace: f64,
    heading: f64,
    held: Option<(usize, u32)>,
    done: usize,
}

fn walker(n: usize) -> Walker {
    let mix = |k: u64| ((n as u64 * 7 + k * 13) % 11) as f64 / 10.0;
    let person = Person {
        number: n as u32,
        role: Role::Member(n as u64),
        visit: n as u32,
        height_mm: 1_560.0 + 330.0 * mix(1),
        build: 0.9 + 0.3 * mix(2),
        figure: 100 + n as u64,
        bag: n % 3 == 0,
        handed: usize::from(n % 4 != 0),
    };
    let (round, pace) = (ROUNDS[n % 6], 750.0 + 300.0 * mix(3));
    let (mut legs, mut t) = (Vec::new(), 0.0);
    for (i, &(x, y, side)) in round.iter().enumerate() {
        let next = round[(i + 1) % round.len()];
        let (here, there) = (Mm2::new(x, y) * 1e3, Mm2::new(next.0, next.1) * 1e3);
        if side != 0 {
            t += 4.0 + 2.0 * mix(i as u64);
            legs.push(Leg { until: t, from: here, to: here, side });
        }
        t += (there - here).norm() / pace;
        legs.push(Leg { until: t, from: here, to: there, side: 0 });
    }
    Walker { person: Arc::new(person), legs, offset: 37.0 * mix(4) + 5.0 * n as f64, pace, heading: 0.0, held: None, done: usize::MAX }
}

impl Walker {
    fn at(&mut self, t: f64, at: EventTime, world: &World, goods: &Goods, happened: &mut Vec<Happening>) -> Present {
        let all = self.legs[self.legs.len() - 1].until;
        let local = (t + self.offset).rem_euclid(all);
        let n = self.legs.iter().position(|leg| local < leg.until).unwrap_or(0);
        let start = if n == 0 { 0.0 } else { self.legs[n - 1].until };
        let leg = &self.legs[n];
        let u = (local - start) / (leg.until - start);
        let mut pose = Pose::standing(leg.from + (leg.to - leg.from) * u, self.heading);
        let wanted = match leg.side {
            0 => (leg.to - leg.from).y.atan2((leg.to - leg.from).x),
            1 => 0.0,
            _ => std::f64::consts::PI,
        };
        let turn = (wanted - self.heading + 9.0 * std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
        self.heading += turn.clamp(-0.06, 0.06);
        pose.heading = self.heading;
        pose.head_pitch = 0.15;
        pose.head_yaw = 0.3 * (t * 1.3).sin();
        if leg.side == 0 {
            (pose.speed, pose.stride) = (self.pace, 0.9);
            pose.phase = std::f64::consts::TAU * (t + self.offset) * self.pace / 1_080.0;
        } else {
            self.stop(&mut pose, u, n, at, world, goods, happened);
        }
        let mut holds: [Vec<(usize, u32)>; 2] = Default::default();
        holds[self.person.handed].extend(self.held);
        Present { person: self.person.clone(), pose, holds }
    }

    /// Takes something from the nearest slot at a height that suits, looks at it, and puts it away.
    #[allow(clippy::too_many_arguments)]
    fn stop(&mut self, pose: &mut Pose, u: f64, n: usize, at: EventTime, world: &World, goods: &Goods, happened: &mut Vec<Happening>) {
        let height = [750.0, 1_000.0, 1_250.0, 600.0, 1_150.0][(n + self.person.number as usize) % 5];
        let side = f64::from(self.legs[n].side);
        let far = |slot: usize| {
            let d = world.slot_front(slot) - Mm3::new(pose.at.x + 600.0 * side, pose.at.y, height);
            d.norm()
        };
        let stocked = (0..world.slots.len()).filter(|&s| goods.columns(s).iter().any(|c| !c.is_empty()) || self.done == n);
        let Some(slot) = stocked.min_by(|&a, &b| far(a).total_cmp(&far(b))) else { return };
        let front = world.slot_front(slot);
        // As near as one stands to reach.
        pose.at.x = front.x - side * 480.0;
        let (hand, person) = (self.person.handed, self.person.number);
        let ahead = Mm3::new(pose.heading.cos(), pose.heading.sin(), 0.0);
        let here = Mm3::new(pose.at.x, pose.at.y, 0.0);
        let rest = here + ahead * 250.0 + Mm3::z() * 1_000.0;
        if u < 0.65 {
            let k = (std::f64::consts::PI * u / 0.65).sin();
            pose.hands[hand] = Hand::At(rest * (1.0 - k) + (front + Mm3::z() * 90.0) * k);
            pose.lean = k * if height < 900.0 { 0.45 } else { 0.12 };
            pose.crouch = k * if height < 700.0 { 0.5 } else { 0.0 };
            pose.head_pitch = 0.4;
            if u > 0.33 && self.done != n {
                self.done = n;
                let columns = goods.columns(slot);
                if let Some((column, &package)) = (columns.iter().enumerate()).find_map(|(i, c)| Some((i, c.last()?))) {
                    let article = goods.get(package).map_or(0, |good| good.article);
                    self.held = Some((article, package));
                    happened.push(Happening { at, person, what: What::Take { slot, column, package, hand } });
                }
            }
        } else {
            pose.hands[hand] = Hand::At(here + ahead * 320.0 + Mm3::z() * 1_180.0);
            pose.head_pitch = 0.5;
            if u > 0.95
                && let Some((_, package)) = self.held.take()
            {
                happened.push(Happening { at, person, what: What::Stow { package, hand, place: Stow::Bag, hidden: false } });
            }
        }
    }
}

/// The moments of so many seconds.
fn moments(world: &World, seed: Seed, seconds: f64, people: usize) -> Vec<Arc<Moment>> {
    let mut goods = Goods::open(world, seed);
    let mut walkers: Vec<Walker> = (0..people).map(walker).collect();
    let steps = (seconds * 1e6 / STEP_US as f64) as i64;
    let mut all = Vec::new();
    for step in 0..steps {
        let at = EventTime(1_800_000_000_000_000 + step * STEP_US);
        let mut happened = Vec::new();
        let mut present = Vec::new();
        for walker in &mut walkers {
            let before = happened.len();
            present.push(walker.at(step as f64 * STEP_US as f64 * 1e-6, at, world, &goods, &mut happened));
            happened[before..].iter().for_each(|h| goods.apply(h));
        }
        all.push(Arc::new(Moment { at, present, happened }));
    }
    debug_assert!(goods.iter().all(|(_, good)| !matches!(good.spot, Spot::Stowed { hidden: true, .. })));
    all
}

fn png(path: &Path, [width, height]: [usize; 2], rgb: &[u8]) -> Done<()> {
    let mut encoder = png::Encoder::new(std::fs::File::create(path)?, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(())
}

fn line(world: &World, truth: &FrameTruth) -> serde_json::Value {
    let rect = |b: schemas::Box2| [b.left, b.top, b.right, b.bottom].map(|v| f64::from(v) / 16.0);
    let people: Vec<_> = (truth.people.iter())
        .map(|p| {
            let joints: Vec<_> = p.joints.iter().map(|j| (f64::from(j.at.x) / 16.0, f64::from(j.at.y) / 16.0, j.sight as u8)).collect();
            serde_json::json!({ "person": p.person, "full": rect(p.full), "visible": p.visible.map(rect),
                "share": p.visible_share.unit(), "joints": joints })
        })
        .collect();
    let camera = &world.cameras[truth.camera];
    serde_json::json!({ "camera": camera.name, "kind": format!("{:?}", camera.view), "sequence": truth.sequence, "people": people })
}

fn main() -> Done<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |i: usize, otherwise: f64| arguments.get(i).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let out = PathBuf::from(arguments.get(1).map_or("look", String::as_str));
    let (seconds, people, fps) = (number(2, 10.0), number(3, 4.0) as usize, number(4, 10.0) as u32);
    std::fs::create_dir_all(&out)?;
    let (world, seed) = (Arc::new(corner::world()), Seed(7));
    let all = moments(&world, seed, seconds, people);
    let mut truths = std::io::BufWriter::new(std::fs::File::create(out.join("truth.jsonl"))?);
    let mut said = std::io::stdout().lock();
    let cameras: Vec<usize> = (0..world.cameras.len()).collect();
    if arguments.iter().any(|a| a == "video") {
        let start = Instant::now();
        let cameras = cameras.iter().map(|&c| (c, Some(out.join(format!("{}.mp4", world.cameras[c].name))))).collect();
        let encoding = Encoding { fps, ..Encoding::default() };
        let filming = Filming { cameras, encoding, sensor: Sensor::default(), threads: 2, seed };
        let mut frames = 0;
        let mut failed = None;
        film(&world, &filming, all, |truth| {
            frames += 1;
            if let Err(error) = writeln!(truths, "{}", line(&world, &truth)) {
                failed.get_or_insert(error);
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        writeln!(said, "{frames} frames in {:.1} s, encoded by two threads", start.elapsed().as_secs_f64())?;
        return Ok(());
    }
    let start = Instant::now();
    let mut stage = Stage::new(Scene::new(world.clone()), &cameras, Sensor::default(), seed)?;
    writeln!(said, "scene and backdrops: {:.0} ms", start.elapsed().as_secs_f64() * 1e3)?;
    let (mut rgb, mut spent, mut frames) = (Vec::new(), 0.0, 0);
    let every = (1_000_000 / STEP_US) as usize / fps as usize;
    for (n, moment) in all.iter().enumerate() {
        let start = Instant::now();
        stage.follow(moment);
        if n % every != 0 {
            continue;
        }
        stage.pose(moment);
        spent += start.elapsed().as_secs_f64();
        for (i, &camera) in cameras.iter().enumerate() {
            let start = Instant::now();
            let truth = stage.shoot(i, moment, &mut rgb);
            spent += start.elapsed().as_secs_f64();
            frames += 1;
            writeln!(truths, "{}", line(&world, &truth))?;
            if n % (every * 50) == 0 {
                png(&out.join(format!("{}-{n:05}.png", world.cameras[camera].name)), stage.size(i), &rgb)?;
            }
        }
    }
    writeln!(said, "{frames} frames, {:.1} a second on one core with {people} people", f64::from(frames) / spent)?;
    Ok(())
}
