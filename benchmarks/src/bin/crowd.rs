//! How fast the stitcher is with a full shop: `cargo run -p benchmarks --bin crowd -- [people] [seconds]`.
//!
//! 40 m by 25 m, twenty cameras under the ceiling, people who walk from place to place, seen as boxes with noise, misses and hiding, ten
//! ticks a second. No pixels and no tracker: the operator's core alone, on one core, tick after tick. Prints ticks a second, the time
//! that ticks take, and how well people were kept apart.

#![expect(clippy::print_stdout, reason = "a program that reports to the terminal")]
#![expect(clippy::disallowed_methods, reason = "measures time")]

use operators::{ByTick, Glimpse, Layout, Outbox, Shop, Stitch, StitchSettings};
use schemas::{
    Box2, CameraId, CameraModel, Detection, FrameMeta, ModelId, Score, Sighting, Stitched, Tick, TickLength, TrackId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

const FLOOR_MM: (f64, f64) = (40_000.0, 25_000.0);
const SIZE: (u32, u32) = (1280, 720);

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal: twelve rolls.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.roll()).sum::<f64>() - 6.0
    }
}

struct Walker {
    at: [f64; 2],
    goal: [f64; 2],
    speed: f64,
    height: f64,
}

impl Walker {
    fn new(dice: &mut Dice) -> Self {
        let mut place = || [dice.roll() * FLOOR_MM.0, dice.roll() * FLOOR_MM.1];
        let (at, goal) = (place(), place());
        Self { at, goal, speed: 600.0 + 700.0 * dice.roll(), height: 1740.0 + 80.0 * dice.normal() }
    }

    fn walk(&mut self, seconds: f64, dice: &mut Dice) {
        let (dx, dy) = (self.goal[0] - self.at[0], self.goal[1] - self.at[1]);
        let far = dx.hypot(dy);
        if far < 300.0 {
            self.goal = [dice.roll() * FLOOR_MM.0, dice.roll() * FLOOR_MM.1];
            return;
        }
        let step = self.speed * seconds / far;
        self.at = [self.at[0] + dx * step, self.at[1] + dy * step];
    }
}

/// Five by four cameras, 3.2 m up, each looking along the hall and down.
fn cameras() -> Vec<(CameraId, CameraModel)> {
    let mut cameras = Vec::new();
    for i in 0..20u64 {
        let (column, row) = ((i % 5) as f64, (i / 5) as f64);
        let (x, y, z) = (8000.0 * column + 1000.0, 6250.0 * row + 3125.0, 3200.0);
        let along = if i % 2 == 0 { 1.0 } else { -1.0 };
        // Right, down and forward of the camera in the store's frame, 35 degrees below the horizon.
        let (sin, cos) = 35f64.to_radians().sin_cos();
        let axes = [[0.0, -along, 0.0], [-sin * along, 0.0, -cos], [cos * along, 0.0, -sin]];
        let (f, u, v) = (620.0, 640.0, 360.0);
        let extrinsic = axes.map(|[a, b, c]| [a, b, c, -(a * x + b * y + c * z)]);
        let row = |f: f64, c: f64, k: usize| [0, 1, 2, 3].map(|j| f * extrinsic[k][j] + c * extrinsic[2][j]);
        let matrix = [row(f, u, 0), row(f, v, 1), extrinsic[2]];
        let model = CameraModel::projection(matrix).expect("a camera");
        cameras.push((CameraId(i), model));
    }
    cameras
}

/// The box of a walker and the distance, if the camera sees the whole of them.
fn seen(model: &CameraModel, walker: &Walker, dice: &mut Dice) -> Option<([f64; 4], f64)> {
    let [x, y] = walker.at;
    let mut edges = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (dx, dy) in [(-220.0, 0.0), (220.0, 0.0), (0.0, -220.0), (0.0, 220.0)] {
        for z in [0.0, walker.height] {
            let [u, v] = model.project([x + dx, y + dy, z])?;
            edges = [edges[0].min(u), edges[1].min(v), edges[2].max(u), edges[3].max(v)];
        }
    }
    let tall = edges[3] - edges[1];
    let inside = edges[0] > 0.0 && edges[1] > 0.0 && edges[2] < f64::from(SIZE.0) && edges[3] < f64::from(SIZE.1);
    let edges = edges.map(|e| e + 0.03 * tall * dice.normal());
    let depth = model.position().map(|[cx, cy, _]| (cx - x).hypot(cy - y))?;
    (inside && tall > 60.0).then_some((edges, depth))
}

fn hidden(of: &([f64; 4], f64), by: &([f64; 4], f64)) -> bool {
    let ((a, far), (b, near)) = (of, by);
    let w = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let h = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    near < far && w * h > 0.6 * (a[2] - a[0]) * (a[3] - a[1])
}

fn main() {
    let numbers: Vec<u32> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let people = numbers.first().copied().unwrap_or(200);
    let seconds = numbers.get(1).copied().unwrap_or(60);
    let mut dice = Dice(7);
    let mut walkers: Vec<Walker> = (0..people).map(|_| Walker::new(&mut dice)).collect();
    let cameras = cameras();
    let tick = TickLength::from_us(100_000).expect("not zero");
    let settings = StitchSettings { lag_ms: 0, ..StitchSettings::default() };
    let shop = Shop {
        store: "crowd".into(),
        tick,
        cameras: cameras.clone(),
        layout: Layout::default(),
        window_ms: 10_000,
        settings,
    };
    let mut stitch = Stitch::new(shop);
    let (mut spent, mut boxes, mut covered) = (Vec::new(), 0u64, 0u64);
    let mut owner = BTreeMap::new();
    let mut near: Vec<(usize, schemas::StretchId)> = Vec::new();
    for t in 1..=u64::from(seconds) * 10 {
        walkers.iter_mut().for_each(|walker| walker.walk(0.1, &mut dice));
        let mut batch = Vec::new();
        let mut in_view = BTreeSet::new();
        for (id, model) in &cameras {
            let meta =
                FrameMeta { camera: *id, event_time: tick.start(Tick(t)), sequence: t, width: SIZE.0, height: SIZE.1 };
            batch.push(Glimpse::Looked(meta));
            let found: Vec<(usize, ([f64; 4], f64))> = (walkers.iter().enumerate())
                .filter_map(|(i, walker)| Some((i, seen(model, walker, &mut dice)?)))
                .collect();
            for (i, one) in &found {
                in_view.insert(*i);
                if dice.roll() < 0.08 || found.iter().any(|(_, other)| hidden(one, other)) {
                    continue;
                }
                let [l, t, r, b] = one.0.map(|e| e as f32);
                let detection = Detection::new(Box2::from_pixels(l, t, r, b), Score::from_unit(0.9));
                batch.push(Glimpse::Saw(Sighting { meta, model: ModelId(1), detection, tracklet: None }));
                boxes += 1;
            }
        }
        covered += in_view.len() as u64;
        batch.sort();
        let mut out = Outbox::default();
        let start = Instant::now();
        stitch.close(Tick(t), batch, &mut out);
        spent.push(start.elapsed().as_secs_f64() * 1000.0);
        for row in out.take().0 {
            match row {
                Stitched::Rebind(r) if r.diff > 0 => drop(owner.insert(r.binding.stretch, r.binding.track)),
                Stitched::Rebind(_) => {}
                Stitched::Step(step) => {
                    let far = |w: &Walker| (w.at[0] - f64::from(step.at.x_mm)).hypot(w.at[1] - f64::from(step.at.y_mm));
                    let nearest = (0..walkers.len()).min_by(|&a, &b| far(&walkers[a]).total_cmp(&far(&walkers[b])));
                    if let Some(i) = nearest.filter(|&i| step.tick.0 == t && far(&walkers[i]) < 500.0) {
                        near.push((i, step.stretch));
                    }
                }
            }
        }
    }
    let mut last: BTreeMap<usize, TrackId> = BTreeMap::new();
    let mut changes = 0;
    for (walker, stretch) in &near {
        let Some(&track) = owner.get(stretch) else { continue };
        changes += u64::from(last.insert(*walker, track).is_some_and(|before| before != track));
    }
    let total: f64 = spent.iter().sum();
    spent.sort_by(f64::total_cmp);
    let at = |share: f64| spent[((spent.len() - 1) as f64 * share) as usize];
    let ticks = spent.len() as f64;
    println!(
        "people {people}, cameras {}, boxes a tick {:.0}, in view {:.0}",
        cameras.len(),
        boxes as f64 / ticks,
        covered as f64 / ticks
    );
    println!(
        "ticks/s {:.1}; ms a tick: p50 {:.1}, p99 {:.1}, most {:.1}",
        1000.0 * ticks / total,
        at(0.5),
        at(0.99),
        at(1.0)
    );
    println!("steps near their person {}, changes of track {changes}", near.len());
}
