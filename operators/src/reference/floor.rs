//! A small shop that can be played: cameras around a floor of 6 x 4 m, people who walk on it, and the boxes that detectors would draw.
//!
//! Boxes are those of the points of an upright ellipsoid, one by one: nothing is taken over from the stitcher's own geometry. Chance
//! comes from a seed, so that every scene can be played again.

use crate::identity::stitch::{Glimpse, Layout, Shop, StitchSettings};
use nalgebra::Vector3;
use schemas::camera::CameraModel;
use schemas::{
    Box2, CameraId, Detection, EventTime, FloorPoint, FrameMeta, ModelId, Score, Sighting, TickLength, TrackletId, Zone,
};
use std::f64::consts::PI;

/// Milliseconds of a tick; every camera looks once in each.
pub const TICK_MS: u64 = 100;
/// Width and height of every picture.
pub(crate) const SIZE: (u32, u32) = (1280, 720);
/// Focal length in pixels.
const FOCAL: f64 = 620.0;
/// Where the cameras hang.
const PLACES: [[f64; 3]; 4] =
    [[-600., -600., 3000.], [6600., 4600., 2900.], [6600., -600., 3100.], [-600., 4600., 2800.]];
/// How much of somebody must be behind a nearer person to be missed, in percent of the box.
const HIDDEN_PERCENT: f64 = 55.0;
/// A tracker that has missed somebody for so many frames takes them for somebody else.
const FORGOTTEN: u64 = 6;

/// Somebody who walks straight from place to place, and is not there before the first and after the last.
#[derive(Clone, Debug)]
pub struct Walker {
    /// When they are where: milliseconds from the start, x and y in millimetres.
    pub path: Vec<(u32, [f64; 2])>,
    /// How tall.
    pub height_mm: f64,
}

impl Walker {
    /// Somebody of usual height.
    pub fn new(path: &[(u32, [f64; 2])]) -> Self {
        Self { path: path.to_vec(), height_mm: 1740.0 }
    }

    /// Where they are.
    pub fn at(&self, ms: f64) -> Option<[f64; 2]> {
        self.path.windows(2).find_map(|leg| {
            let ((t0, a), (t1, b)) = (leg[0], leg[1]);
            let share = (ms - f64::from(t0)) / (f64::from(t1) - f64::from(t0)).max(1.0);
            (0.0..=1.0).contains(&share).then(|| [0, 1].map(|i| a[i] + share * (b[i] - a[i])))
        })
    }
}

/// A scene.
#[derive(Clone, Debug)]
pub struct Floor {
    /// Where chance comes from.
    pub seed: u64,
    /// How many of the four cameras there are.
    pub cameras: usize,
    /// How long it lasts.
    pub ticks: u64,
    /// Who is there.
    pub walkers: Vec<Walker>,
    /// People in full view who are missed.
    pub miss_permille: u64,
    /// People who are drawn twice.
    pub double_permille: u64,
    /// Frames with a box where nobody is.
    pub false_permille: u64,
    /// Largest error of an edge, of the person's height in the picture.
    pub noise_permille: u64,
    /// A camera, by its number, that sees nothing any more from this tick on.
    pub dies: Option<(usize, u64)>,
    /// Nobody is seen here: left, lower, right and upper end in mm.
    pub blind: Option<[f64; 4]>,
    /// Whether the cameras have trackers.
    pub tracklets: bool,
    /// Where people come and go, and what is outside.
    pub layout: Layout,
}

/// A picture's box: left, top, right, bottom, and how far away the person is.
type Shown = ([f64; 4], f64);

impl Floor {
    /// Four cameras with usual detectors.
    pub fn new(seed: u64, ticks: u64, walkers: Vec<Walker>) -> Self {
        Self {
            seed,
            cameras: 4,
            ticks,
            walkers,
            miss_permille: 60,
            double_permille: 30,
            false_permille: 20,
            noise_permille: 25,
            dies: None,
            blind: None,
            tracklets: true,
            layout: Layout::default(),
        }
    }

    /// What the stitcher is told of the shop.
    pub fn shop(&self, settings: StitchSettings) -> Shop {
        let cameras = (0..self.cameras).filter_map(|c| Some((CameraId(c as u64 + 1), camera(c)?))).collect();
        let tick = TickLength::from_us(TICK_MS * 1000).unwrap_or_else(|| unreachable!("not zero"));
        Shop { store: "toy".into(), tick, cameras, layout: self.layout.clone(), window_ms: 5000, settings }
    }

    /// What the cameras say, tick by tick, in no particular order.
    pub fn glimpses(&self) -> Vec<Vec<Glimpse>> {
        let cameras: Vec<CameraModel> = (0..self.cameras).filter_map(camera).collect();
        let mut runs = vec![vec![(0u64, 0u64); self.walkers.len()]; cameras.len()];
        let mut ticks = Vec::new();
        for tick in 0..self.ticks {
            let mut said = Vec::new();
            for (c, model) in cameras.iter().enumerate() {
                if self.dies.is_none_or(|(dead, from)| dead != c || tick < from) {
                    self.frame(tick, c, model, &mut runs[c], &mut said);
                }
            }
            ticks.push(said);
        }
        ticks
    }

    fn frame(&self, tick: u64, c: usize, model: &CameraModel, runs: &mut [(u64, u64)], said: &mut Vec<Glimpse>) {
        let ms = tick * TICK_MS + 9 * c as u64;
        let (width, height) = SIZE;
        let event_time = EventTime(1_000_000_000 + ms as i64 * 1000);
        let meta = FrameMeta { camera: CameraId(c as u64 + 1), event_time, sequence: tick, width, height };
        said.push(Glimpse::Looked(meta));
        let mut see = |[l, t, r, b]: [f64; 4], score: f32, tracklet: Option<TrackletId>| {
            let bbox = Box2::from_pixels(l as f32, t as f32, r as f32, b as f32);
            let detection = Detection::new(bbox, Score::from_unit(score));
            said.push(Glimpse::Saw(Sighting { meta, model: ModelId(1), detection, tracklet }));
        };
        let shown: Vec<Option<Shown>> =
            self.walkers.iter().map(|walker| self.shown(walker, model, ms as f64)).collect();
        for (i, of) in shown.iter().enumerate() {
            let Some((edges, depth)) = of else { continue };
            let covers = |other: &Shown| if other.1 < depth - 100.0 { common(&other.0, edges) } else { 0.0 };
            let hidden = shown.iter().flatten().map(covers).fold(0.0, f64::max) / common(edges, edges);
            let roll = |what: u64| self.chance(tick, c as u64, i as u64, what);
            if hidden * 100.0 > HIDDEN_PERCENT || roll(0) < self.miss_permille {
                continue;
            }
            let (last, run) = runs[i];
            runs[i] = (tick, if tick > last + FORGOTTEN { run + 1 } else { run });
            let id = TrackletId(((c as u64 + 1) << 32) + ((i as u64 + 1) << 16) + runs[i].1);
            let error =
                |e: u64| (roll(e) as f64 / 500.0 - 1.0) * self.noise_permille as f64 / 1000.0 * (edges[3] - edges[1]);
            let noisy = |from: u64| [0, 1, 2, 3].map(|e| edges[e] + error(from + e as u64));
            see(cut(noisy(10)), 0.9 - roll(1) as f32 / 10_000.0, self.tracklets.then_some(id));
            if roll(2) < self.double_permille {
                see(cut(noisy(20)), 0.7, None);
            }
        }
        let roll = |what: u64| self.chance(tick, c as u64, 99, what);
        if roll(0) < self.false_permille {
            let (x, y) = (roll(1) as f64 * 1.2, roll(2) as f64 * 0.5);
            see(cut([x, y, x + 70.0, y + 190.0]), 0.6, None);
        }
    }

    /// The box of somebody who is in the picture, and their distance.
    fn shown(&self, walker: &Walker, model: &CameraModel, ms: f64) -> Option<Shown> {
        let [x, y] = walker.at(ms)?;
        let blind = |[x0, y0, x1, y1]: [f64; 4]| x >= x0 && x <= x1 && y >= y0 && y <= y1;
        if self.blind.is_some_and(blind) {
            return None;
        }
        let (mut edges, half) = ([f64::MAX, f64::MAX, f64::MIN, f64::MIN], walker.height_mm / 2.0);
        for i in 0..24 {
            for j in 0..=12 {
                let (turn, rise) = (2.0 * PI * f64::from(i) / 24.0, PI * (f64::from(j) / 12.0 - 0.5));
                let r = 260.0 * rise.cos();
                let [u, v] = model.project([x + r * turn.cos(), y + r * turn.sin(), half + half * rise.sin()])?;
                edges = [edges[0].min(u), edges[1].min(v), edges[2].max(u), edges[3].max(v)];
            }
        }
        let whole = common(&edges, &edges);
        let seen = common(&edges, &[0.0, 0.0, f64::from(SIZE.0), f64::from(SIZE.1)]);
        let [px, py, _] = model.position()?;
        (seen > 0.5 * whole).then_some((edges, (px - x).hypot(py - y)))
    }

    /// A number below 1000.
    fn chance(&self, tick: u64, camera: u64, who: u64, what: u64) -> u64 {
        let mut x = self.seed ^ (tick << 40) ^ (camera << 32) ^ (who << 16) ^ what;
        for _ in 0..2 {
            x = (x ^ (x >> 31)).wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        }
        (x >> 33) % 1000
    }
}

/// The zone called `name` between two corners.
pub fn rectangle(name: &str, [x0, y0]: [i32; 2], [x1, y1]: [i32; 2]) -> Option<Zone> {
    let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
    Zone::new("toy", name, corners.map(|(x_mm, y_mm)| FloorPoint { x_mm, y_mm }).to_vec()).ok()
}

/// A camera in a corner that looks at the middle of the floor.
fn camera(c: usize) -> Option<CameraModel> {
    let at = Vector3::from(*PLACES.get(c)?);
    let ahead = (Vector3::new(3000.0, 2000.0, 700.0) - at).normalize();
    let right = ahead.cross(&Vector3::z()).normalize();
    let down = ahead.cross(&right);
    let row = |v: Vector3<f64>| [v[0], v[1], v[2], -v.dot(&at)];
    let (x, y, z) = (row(right), row(down), row(ahead));
    let scaled = |of: [f64; 4], middle: f64| [0, 1, 2, 3].map(|i| FOCAL * of[i] + middle * z[i]);
    CameraModel::projection([scaled(x, f64::from(SIZE.0) / 2.0), scaled(y, f64::from(SIZE.1) / 2.0), z]).ok()
}

/// What of a box is in the picture.
fn cut([l, t, r, b]: [f64; 4]) -> [f64; 4] {
    let (w, h) = (f64::from(SIZE.0), f64::from(SIZE.1));
    [l.clamp(0.0, w), t.clamp(0.0, h), r.clamp(0.0, w), b.clamp(0.0, h)]
}

/// The area that two boxes have in common.
fn common(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0)
}
