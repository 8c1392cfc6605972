//! Single labelled pictures, without FFmpeg, as different from each other as asked for: shops, people, cameras, light, lenses,
//! sensors. For teaching detectors elsewhere.

use super::develop::Sensor;
use super::scene::Scene;
use super::stage::Stage;
use super::truth::{FrameTruth, Sight};
use crate::body::JOINTS;
use crate::life::{Hand, Moment, Person, Pose, Present, Role};
use crate::seed::Seed;
use crate::world::build::Aim;
use crate::world::{Camera, Mm2, Mm3, View, World};
use png::{BitDepth, ColorType, Encoder};
use rand::{Rng, RngExt};
use schemas::{Box2, CameraFault, EventTime};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Nearest that two people stand, and anybody to what stands there, mm.
const APART_MM: f64 = 450.0;
const CLEAR_MM: f64 = 260.0;
/// Tries at a place to stand.
const TRIES: usize = 60;
/// Pictures of one shop before its light and goods change.
const OF_ONE_SHOP: u64 = 8;

/// What pictures are wanted.
#[derive(Clone, Debug)]
pub struct FrameSet {
    /// How many.
    pub count: u64,
    /// Everything that is drawn follows from it.
    pub seed: Seed,
    /// Width and height, px.
    pub size_px: [u32; 2],
    /// Most people in one picture; every number from 0 on is as likely.
    pub people_max: u32,
    /// Share of cameras that look straight down or nearly so, 0 to 1; the rest look 15 to 60 degrees down.
    pub overhead: f64,
}

/// Why pictures were not made.
#[derive(Debug, Error)]
pub enum FramesError {
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A picture could not be encoded.
    #[error("cannot encode {path}")]
    Png {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: png::EncodingError,
    },
    /// A camera's numbers make no camera.
    #[error(transparent)]
    Camera(#[from] CameraFault),
}

/// Writes `frame-000000.png` and so on into a folder that exists, and a line of JSON for each into `labels.jsonl` beside them.
/// `shop` gives the shop of a seed: the same for all, or one for each.
pub fn frames(folder: &Path, set: &FrameSet, shop: impl Fn(Seed) -> World) -> Result<(), FramesError> {
    let labels = folder.join("labels.jsonl");
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| FramesError::Write { path, source }
    };
    let mut lines = BufWriter::new(File::create(&labels).map_err(failed(&labels))?);
    let mut rgb = Vec::new();
    let mut world = None;
    for n in 0..set.count {
        if n % OF_ONE_SHOP == 0 || world.is_none() {
            let mut random = set.seed.stream("shop of frames", &[n / OF_ONE_SHOP]);
            world = Some(relit(shop(Seed(random.random())), &mut random));
        }
        let Some(world) = &world else { continue };
        let mut random = set.seed.stream("frame", &[n]);
        let mut world = world.clone();
        let camera = hung(&world, set, &mut random);
        world.cameras = vec![camera.clone()];
        let moment = gathering(&world, set.people_max, &mut random, n);
        let sensor = sensor(&mut random);
        let mut stage = Stage::new(Scene::new(Arc::new(world)), &[0], sensor, Seed(random.random()))?;
        stage.pose(&moment);
        let truth = stage.shoot(0, &moment, &mut rgb);
        let name = format!("frame-{n:06}.png");
        let path = folder.join(&name);
        write_png(&path, set.size_px, &rgb)?;
        writeln!(lines, "{}", label(&name, &camera, &truth)).map_err(failed(&labels))?;
    }
    lines.flush().map_err(failed(&labels))
}

fn write_png(path: &Path, [width, height]: [u32; 2], rgb: &[u8]) -> Result<(), FramesError> {
    let file = File::create(path).map_err(|source| FramesError::Write { path: path.to_path_buf(), source })?;
    let failed = |source| FramesError::Png { path: path.to_path_buf(), source };
    let mut encoder = Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rgb).map_err(failed)?;
    writer.finish().map_err(failed)
}

/// One line of labels: boxes and joints in pixels.
fn label(name: &str, camera: &Camera, truth: &FrameTruth) -> serde_json::Value {
    let pixels = |v: i32| f64::from(v) / f64::from(schemas::geometry::STEPS_PER_PIXEL);
    let rect = |b: Box2| [b.left, b.top, b.right, b.bottom].map(pixels);
    let people: Vec<serde_json::Value> = (truth.people.iter())
        .map(|p| {
            // As COCO counts: 0 not there, 1 hidden, 2 seen.
            let sight = |s: Sight| match s {
                Sight::Outside => 0,
                Sight::Hidden => 1,
                Sight::Seen => 2,
            };
            let joints: serde_json::Map<String, serde_json::Value> = (JOINTS.iter().zip(&p.joints))
                .map(|(name, j)| ((*name).to_string(), json!([pixels(j.at.x), pixels(j.at.y), sight(j.sight)])))
                .collect();
            json!({
                "full": rect(p.full),
                "visible": p.visible.map(rect),
                "visible_share": f64::from(p.visible_share.steps()) / 10_000.0,
                "joints": joints,
            })
        })
        .collect();
    let lens = &camera.pinhole;
    json!({
        "image": name,
        "width": camera.size_px[0],
        "height": camera.size_px[1],
        "camera": {
            "focal_px": lens.focal_px,
            "centre_px": lens.centre_px,
            "distortion": lens.distortion,
            "rotation": lens.rotation,
            "translation_mm": lens.translation_mm,
        },
        "people": people,
    })
}

/// Other lamps and other goods in the same places.
fn relit(mut world: World, random: &mut impl Rng) -> World {
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

/// A camera somewhere under the ceiling.
fn hung(world: &World, set: &FrameSet, random: &mut impl Rng) -> Camera {
    let down = random.random::<f64>() < set.overhead;
    let within = |random: &mut dyn FnMut() -> f64, of: fn(&Mm2) -> f64| {
        let (low, high) = world.outline.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        low + 250.0 + (high - low - 500.0) * random()
    };
    let mut unit = || random.random::<f64>();
    let (x, y) = (within(&mut unit, |p| p.x), within(&mut unit, |p| p.y));
    let (tx, ty) = (within(&mut unit, |p| p.x), within(&mut unit, |p| p.y));
    let height = (world.ceiling_mm - 150.0) - 900.0 * unit() * if down { 0.3 } else { 1.0 };
    let pitch = if down { 70.0 + 20.0 * unit() } else { 15.0 + 45.0 * unit() };
    let hfov = 65.0 + 40.0 * unit();
    let k1 = -0.22 * unit() * if hfov > 90.0 { 0.5 } else { 1.0 };
    let view = if down { View::Overhead } else { View::Corner };
    let mut camera = Aim::over([x, y, height], [tx, ty], pitch, hfov, k1).camera("frames", view, set.size_px);
    let lens = &mut camera.pinhole;
    lens.distortion[2] = 0.002 * (unit() - 0.5);
    lens.distortion[3] = 0.002 * (unit() - 0.5);
    lens.centre_px = lens.centre_px.map(|c| c * (0.97 + 0.06 * unit()));
    camera
}

fn sensor(random: &mut impl Rng) -> Sensor {
    Sensor {
        noise: random.random_range(0.5..6.0),
        blur_px: random.random_range(0.0..0.9),
        gain: random.random_range(0.55..1.6),
        drift: 0.0,
        tint: [random.random_range(0.88..1.12), random.random_range(0.88..1.12)],
    }
}

/// Some people who stand, walk and reach where there is room.
fn gathering(world: &World, people_max: u32, random: &mut impl Rng, n: u64) -> Moment {
    let wanted = random.random_range(0..=people_max);
    let mut present: Vec<Present> = Vec::new();
    for number in 0..wanted {
        let Some(at) = (0..TRIES).map(|_| somewhere(world, random)).find(|at| free(world, &present, *at)) else {
            continue;
        };
        let person = Person {
            number,
            role: Role::Member(u64::from(number)),
            visit: number,
            height_mm: random.random_range(1_500.0..1_950.0),
            build: random.random_range(0.85..1.3),
            figure: random.random(),
            bag: random.random::<f64>() < 0.3,
            handed: usize::from(random.random::<f64>() < 0.85),
        };
        let (pose, hand) = posture(world, at, random);
        let mut holds: [Vec<(usize, u32)>; 2] = Default::default();
        if let Some(hand) = hand
            && !world.articles.is_empty()
            && random.random::<f64>() < 0.6
        {
            holds[hand].push((random.random_range(0..world.articles.len()), number));
        }
        present.push(Present { person: Arc::new(person), pose, holds });
    }
    Moment { at: EventTime(n as i64 * 1_000_000), present, happened: Vec::new() }
}

fn somewhere(world: &World, random: &mut impl Rng) -> Mm2 {
    let mut along = |of: fn(&Mm2) -> f64| {
        let (low, high) = world.outline.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
        random.random_range(low + CLEAR_MM..high - CLEAR_MM)
    };
    Mm2::new(along(|p| p.x), along(|p| p.y))
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

/// A pose, and the hand that may hold something.
fn posture(world: &World, at: Mm2, random: &mut impl Rng) -> (Pose, Option<usize>) {
    let heading = random.random_range(0.0..std::f64::consts::TAU);
    let mut pose = Pose::standing(at, heading);
    pose.head_yaw = random.random_range(-0.7..0.7);
    pose.head_pitch = random.random_range(-0.1..0.6);
    let hand = random.random_range(0..2usize);
    match random.random_range(0..10) {
        0..4 => {
            (pose.stride, pose.speed) = (random.random_range(0.4..1.0), 900.0);
            pose.phase = random.random_range(0.0..std::f64::consts::TAU);
            (pose, None)
        }
        4..8 if !world.slots.is_empty() => {
            // Reaches for the slot that is nearest, if it is near.
            let front = (0..world.slots.len()).map(|s| world.slot_front(s));
            let target = front.min_by(|a, b| (a.xy() - at).norm().total_cmp(&(b.xy() - at).norm()));
            if let Some(target) = target.filter(|t| (t.xy() - at).norm() < 900.0) {
                let way = target.xy() - at;
                pose.heading = way.y.atan2(way.x) + random.random_range(-0.4..0.4);
                let height = random.random_range(300.0..1_600.0);
                pose.lean = ((1_000.0 - height) / 1_200.0f64).clamp(0.05, 0.6);
                pose.crouch = ((700.0 - height) / 700.0f64).clamp(0.0, 0.7);
                pose.hands[hand] = Hand::At(Mm3::new(target.x, target.y, height));
            }
            (pose, Some(hand))
        }
        _ => {
            let ahead = Mm3::new(pose.heading.cos(), pose.heading.sin(), 0.0);
            let height = random.random_range(950.0..1_400.0);
            pose.hands[hand] = Hand::At(Mm3::new(at.x, at.y, height) + ahead * random.random_range(220.0..420.0));
            pose.lean = random.random_range(0.0..0.2);
            (pose, Some(hand))
        }
    }
}
