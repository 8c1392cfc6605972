//! Adjusts cameras, places and the walker's height together: Levenberg-Marquardt with Cauchy weights, the places eliminated by
//! the Schur complement (each stands for itself).

use super::{STANCE_MM, View};
use nalgebra::{DMatrix, DVector, Matrix2, SMatrix, SVector, Vector2};
use schemas::{CameraModel, Pinhole, camera::rotation_matrix};

/// Numbers of one camera that are sought.
const NUMBERS: usize = 8;
/// Steps at most.
const STEPS_MAX: usize = 200;
/// Residuals, in sigmas, from which a sight counts for less.
const DOUBT: f64 = 2.5;
/// Before anything is seen: the focal length in picture widths, its spread as a logarithm; the spread of k1; a person's height and
/// its spread in millimetres.
const FOCAL: (f64, f64) = (0.7, 0.5);
const LENS: f64 = 0.05;
const HEIGHT: (f64, f64) = (1700.0, 100.0);

/// One camera: focal length, k1, rotation vector, place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) values: [f64; NUMBERS],
    /// Whether k1 may differ from zero.
    pub(super) lens_free: bool,
}

impl Numbers {
    pub(super) fn new(focal: f64, rotation: [f64; 3], place: [f64; 3]) -> Self {
        let [a, b, c] = rotation;
        let [x, y, z] = place;
        Self { values: [focal, 0.0, a, b, c, x, y, z], lens_free: false }
    }

    /// Where it looks.
    pub(super) fn axis(&self) -> [f64; 3] {
        let [_, _, a, b, c, ..] = self.values;
        rotation_matrix([a, b, c])[2]
    }

    pub(super) fn pinhole(&self, size: [f64; 2]) -> Option<Pinhole> {
        let [f, k1, a, b, c, x, y, z] = self.values;
        let translation_mm = rotation_matrix([a, b, c]).map(|[i, j, k]| -(i * x + j * y + k * z));
        self.values.iter().all(|n| n.is_finite()).then_some(Pinhole {
            focal_px: [f, f],
            centre_px: size.map(|n| n / 2.0),
            distortion: [k1, 0.0, 0.0, 0.0, 0.0],
            rotation: [a, b, c],
            translation_mm,
        })
    }

    /// Where a point is seen; points behind the camera are seen far away, on the side where they are.
    pub(super) fn project(&self, size: [f64; 2], [x, y, z]: [f64; 3]) -> [f64; 2] {
        let [f, k1, a, b, c, cx, cy, cz] = self.values;
        let [u, v, w] = rotation_matrix([a, b, c]).map(|[i, j, k]| i * (x - cx) + j * (y - cy) + k * (z - cz));
        let w = w.max(10.0);
        let (u, v) = (u / w, v / w);
        // Beyond the fold of the lens the radius stays where it is: no point may come back into the picture.
        let s = if k1 < 0.0 { (u * u + v * v).min(-1.0 / (3.0 * k1)) } else { u * u + v * v };
        let bend = f * (1.0 + k1 * s);
        [u * bend + size[0] / 2.0, v * bend + size[1] / 2.0]
    }
}

/// What is sought.
#[derive(Clone, Debug)]
pub(super) struct Unknowns {
    pub(super) cameras: Vec<Numbers>,
    pub(super) places: Vec<[f64; 2]>,
    pub(super) height: f64,
}

impl Unknowns {
    pub(super) fn new(cameras: Vec<Numbers>) -> Self {
        Self { cameras, places: Vec::new(), height: HEIGHT.0 }
    }

    /// The middle of what several cameras say about one place on the floor, as they stand now.
    pub(super) fn place(&self, views: &[View], slots: &[usize], seen: &[(usize, [f64; 2])]) -> Option<[f64; 2]> {
        let floor = |&(s, pixel): &(usize, [f64; 2])| {
            CameraModel::pinhole(self.cameras[s].pinhole(views[slots[s]].size)?).ok()?.floor(pixel, 0.0)
        };
        let places: Vec<[f64; 2]> = seen.iter().filter_map(floor).collect();
        let middle = |i: usize| {
            let mut values: Vec<f64> = places.iter().map(|place| place[i]).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        Some([middle(0)?, middle(1)?])
    }

    fn world(&self, target: Target) -> [f64; 3] {
        match target {
            Target::Known(world) => world,
            Target::Floor(i) | Target::Feet(i) => [self.places[i][0], self.places[i][1], 0.0],
            Target::Head(i) => [self.places[i][0], self.places[i][1], self.height],
        }
    }
}

/// What a sight is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// A place that is known.
    Known([f64; 3]),
    /// A mark on the floor.
    Floor(usize),
    /// The feet of who stands there: what is seen of them is nearer to the camera.
    Feet(usize),
    /// The top of their head.
    Head(usize),
}

/// A camera saw something at a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) camera: usize,
    pub(super) target: Target,
    pub(super) pixel: [f64; 2],
    pub(super) sigma: f64,
}

type Local = SMatrix<f64, 2, 11>;

/// Moves the unknowns to where the sights fit best; first trusting every sight alike, then doubting those that stand out. Returns
/// the cost.
pub(super) fn adjust(unknowns: &mut Unknowns, sights: &[Sight], sizes: &[[f64; 2]]) -> f64 {
    descend(unknowns, sights, sizes, f64::INFINITY, STEPS_MAX / 4);
    descend(unknowns, sights, sizes, DOUBT, STEPS_MAX)
}

/// The first half alone, a few steps: to compare starts.
pub(super) fn improve(unknowns: &mut Unknowns, sights: &[Sight], sizes: &[[f64; 2]]) -> f64 {
    descend(unknowns, sights, sizes, f64::INFINITY, 30)
}

fn descend(unknowns: &mut Unknowns, sights: &[Sight], sizes: &[[f64; 2]], doubt: f64, steps: usize) -> f64 {
    let (mut damping, mut cost) = (1e-3, total(unknowns, sights, sizes, doubt));
    for _ in 0..steps {
        let normal = Normal::new(unknowns, sights, sizes, doubt);
        let mut better = None;
        while damping < 1e12 && better.is_none() {
            let tried = normal.step(unknowns, damping);
            let tried = tried.map(|tried| (total(&tried, sights, sizes, doubt), tried));
            better = tried.filter(|(tried_cost, _)| *tried_cost < cost);
            damping *= if better.is_some() { 0.2 } else { 5.0 };
        }
        let Some((lower, moved)) = better else { break };
        let gain = cost - lower;
        (*unknowns, cost, damping) = (moved, lower, damping.max(1e-12));
        if gain < 1e-9 * (1.0 + cost) {
            break;
        }
    }
    cost
}

fn residual(unknowns: &Unknowns, sight: &Sight, sizes: &[[f64; 2]]) -> Vector2<f64> {
    let camera = &unknowns.cameras[sight.camera];
    let [u, v] = camera.project(sizes[sight.camera], before(camera, sight.target, unknowns.world(sight.target)));
    Vector2::new(u - sight.pixel[0], v - sight.pixel[1]) / sight.sigma
}

/// The point that is seen: of feet the side that faces the camera.
fn before(camera: &Numbers, target: Target, [x, y, z]: [f64; 3]) -> [f64; 3] {
    if !matches!(target, Target::Feet(_)) {
        return [x, y, z];
    }
    let (dx, dy) = (camera.values[5] - x, camera.values[6] - y);
    let share = STANCE_MM / dx.hypot(dy).max(STANCE_MM);
    [x + share * dx, y + share * dy, z]
}

/// Cost of a residual, and the weight that gives its slope.
fn doubted(squared: f64, doubt: f64) -> (f64, f64) {
    if doubt.is_infinite() {
        return (squared, 1.0);
    }
    let share = squared / (doubt * doubt);
    (doubt * doubt * share.ln_1p(), 1.0 / (1.0 + share))
}

/// What is believed beforehand: residual and slope by number.
fn priors(camera: &Numbers, size: [f64; 2]) -> [(usize, f64, f64); 2] {
    let lens = if camera.lens_free { LENS } else { 1e-6 };
    let focal = camera.values[0].max(1.0);
    [
        (0, (focal / (FOCAL.0 * size[0])).ln() / FOCAL.1, 1.0 / (focal * FOCAL.1)),
        (1, camera.values[1] / lens, 1.0 / lens),
    ]
}

fn total(unknowns: &Unknowns, sights: &[Sight], sizes: &[[f64; 2]], doubt: f64) -> f64 {
    let seen: f64 = sights.iter().map(|s| doubted(residual(unknowns, s, sizes).norm_squared(), doubt).0).sum();
    let cameras = unknowns.cameras.iter().zip(sizes);
    let believed: f64 = cameras.flat_map(|(camera, &size)| priors(camera, size)).map(|(_, r, _)| r * r).sum();
    let sane = unknowns.cameras.iter().all(|camera| camera.values[0] > 1.0);
    if sane { seen + believed + ((unknowns.height - HEIGHT.0) / HEIGHT.1).powi(2) } else { f64::INFINITY }
}

/// The normal equations: of the cameras and the height, of each place, and between the two.
struct Normal {
    all: DMatrix<f64>,
    right: DVector<f64>,
    places: Vec<(Matrix2<f64>, Vector2<f64>)>,
    between: Vec<DMatrix<f64>>,
}

impl Normal {
    fn new(unknowns: &Unknowns, sights: &[Sight], sizes: &[[f64; 2]], doubt: f64) -> Self {
        let size = NUMBERS * unknowns.cameras.len() + 1;
        let mut normal = Self {
            all: DMatrix::zeros(size, size),
            right: DVector::zeros(size),
            places: vec![(Matrix2::zeros(), Vector2::zeros()); unknowns.places.len()],
            between: vec![DMatrix::zeros(size, 2); unknowns.places.len()],
        };
        for sight in sights {
            normal.add(unknowns, sight, sizes, doubt);
        }
        for (i, (camera, &size)) in unknowns.cameras.iter().zip(sizes).enumerate() {
            for (j, r, slope) in priors(camera, size) {
                normal.all[(NUMBERS * i + j, NUMBERS * i + j)] += slope * slope;
                normal.right[NUMBERS * i + j] -= slope * r;
            }
        }
        normal.all[(size - 1, size - 1)] += 1.0 / (HEIGHT.1 * HEIGHT.1);
        normal.right[size - 1] -= (unknowns.height - HEIGHT.0) / (HEIGHT.1 * HEIGHT.1);
        normal
    }

    fn add(&mut self, unknowns: &Unknowns, sight: &Sight, sizes: &[[f64; 2]], doubt: f64) {
        let r = residual(unknowns, sight, sizes);
        let weight = doubted(r.norm_squared(), doubt).1;
        let slope = slope(unknowns, sight, sizes);
        let gradient: SVector<f64, 11> = slope.transpose() * r * weight;
        let square = slope.transpose() * slope * weight;
        // Where each of the eleven stands among all: eight of the camera, the height, then the place.
        let last = self.right.len() - 1;
        let at = |i: usize| if i < NUMBERS { NUMBERS * sight.camera + i } else { last };
        for i in 0..=NUMBERS {
            self.right[at(i)] -= gradient[i];
            for j in 0..=NUMBERS {
                self.all[(at(i), at(j))] += square[(i, j)];
            }
        }
        if let Target::Floor(place) | Target::Feet(place) | Target::Head(place) = sight.target {
            let (own, right) = &mut self.places[place];
            *own += square.fixed_view::<2, 2>(9, 9);
            *right -= gradient.fixed_rows::<2>(9);
            for i in 0..=NUMBERS {
                for j in 0..2 {
                    self.between[place][(at(i), j)] += square[(i, 9 + j)];
                }
            }
        }
    }

    fn step(&self, unknowns: &Unknowns, damping: f64) -> Option<Unknowns> {
        let (mut all, mut right) = (self.all.clone(), self.right.clone());
        for i in 0..right.len() {
            all[(i, i)] += damping * all[(i, i)] + 1e-12;
        }
        let mut inverses = Vec::with_capacity(self.places.len());
        for ((own, own_right), between) in self.places.iter().zip(&self.between) {
            let mut own = *own;
            own[(0, 0)] += damping * own[(0, 0)] + 1e-12;
            own[(1, 1)] += damping * own[(1, 1)] + 1e-12;
            let inverse = own.try_inverse()?;
            let share = between * inverse;
            all -= &share * between.transpose();
            right -= share * own_right;
            inverses.push(inverse);
        }
        let step = all.cholesky()?.solve(&right);
        let mut moved = unknowns.clone();
        for (i, camera) in moved.cameras.iter_mut().enumerate() {
            (0..NUMBERS).for_each(|j| camera.values[j] += step[NUMBERS * i + j]);
        }
        moved.height += step[right.len() - 1];
        for (i, place) in moved.places.iter_mut().enumerate() {
            let own = inverses[i] * (self.places[i].1 - self.between[i].transpose() * &step);
            *place = [place[0] + own[0], place[1] + own[1]];
        }
        Some(moved)
    }
}

/// The derivative of a residual by camera, height and place, from central differences.
fn slope(unknowns: &Unknowns, sight: &Sight, sizes: &[[f64; 2]]) -> Local {
    const BY: [f64; 11] = [1e-3, 1e-6, 1e-6, 1e-6, 1e-6, 1e-2, 1e-2, 1e-2, 1e-2, 1e-2, 1e-2];
    let (camera, size) = (unknowns.cameras[sight.camera], sizes[sight.camera]);
    let world = unknowns.world(sight.target);
    let at = |i: usize, by: f64| {
        let (mut camera, mut world) = (camera, world);
        match (i, sight.target) {
            (0..NUMBERS, _) => camera.values[i] += by,
            (8, Target::Head(_)) => world[2] += by,
            (9 | 10, Target::Floor(_) | Target::Feet(_) | Target::Head(_)) => world[i - 9] += by,
            _ => {}
        }
        Vector2::from(camera.project(size, before(&camera, sight.target, world)))
    };
    let mut slope = Local::zeros();
    for (i, &by) in BY.iter().enumerate() {
        slope.set_column(i, &((at(i, by) - at(i, -by)) / (2.0 * by * sight.sigma)));
    }
    slope
}
