//! How a camera sees a person: an upright ellipsoid on the floor and the box around its picture.
//!
//! The outline of an ellipsoid is a conic, and its box has a closed form (dual quadrics; Hartley & Zisserman, *Multiple View
//! Geometry*, 2nd ed., section 8.3). The same form, fitted to boxes of several cameras, is used by Ong et al., *A Bayesian
//! Filter for Multi-View 3D Multi-Object Tracking With Occlusion Handling*, 2020. All in ideal pixels: boxes are freed of the
//! lens once, when they come in.

use nalgebra::{ArrayStorage, SMatrix, SVector};
use schemas::camera::CameraModel;
use schemas::geometry::to_pixels;
use schemas::{CameraId, Detection, Embedding, Score, TrackletId};

/// x, y, speed along x, along y, height, half width: mm and mm/s.
pub(super) type State = SVector<f64, 6>;
/// Their covariance.
pub(super) type Cov = SMatrix<f64, 6, 6>;
/// Left, top, right, bottom.
pub(super) type Edges = SVector<f64, 4>;
/// How the edges follow the state.
pub(super) type Slope = SMatrix<f64, 4, 6>;

/// The product of two matrices, added up in the order of nalgebra's own, which is not unrolled for sizes as small as ours: it was a quarter
/// of all time in a crowd.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "iterators over arrays are not unrolled either, where a crate is built in several units"
)]
pub(super) fn times<const R: usize, const K: usize, const C: usize>(
    a: &SMatrix<f64, R, K>,
    b: &SMatrix<f64, K, C>,
) -> SMatrix<f64, R, C> {
    let mut product = [[0.0; R]; C];
    for j in 0..C {
        for k in 0..K {
            for i in 0..R {
                product[j][i] += a.data.0[k][i] * b.data.0[j][k];
            }
        }
    }
    SMatrix::from_array_storage(ArrayStorage(product))
}

/// Closer to the camera than this nobody is seen whole.
const DEPTH_MIN_MM: f64 = 300.0;
/// How near the picture's border an edge is taken for cut off by it, in pixels.
const BORDER_PX: f64 = 4.0;
/// People smaller than this are not expected to be found, as a share of the picture's height.
const TALL_MIN: f64 = 0.06;
/// How high ankles are above the floor.
const ANKLES_MM: f64 = 90.0;
/// Step of the numerical slope, in mm.
const SLOPE_MM: f64 = 5.0;

/// A person in one camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outline {
    /// The box around their picture.
    pub edges: Edges,
    /// How far away the body's middle is, in mm.
    pub depth: f64,
    /// Whether they stoop or squat.
    pub bent: bool,
}

/// People in one camera.
pub(super) type Outlines = Vec<Option<Outline>>;

/// One camera that knows where it hangs.
#[derive(Clone, Debug)]
pub(super) struct Eye {
    pub camera: CameraId,
    model: CameraModel,
    linear: [[f64; 4]; 3],
}

/// A detection, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Glance {
    /// Free of the lens.
    pub edges: Edges,
    /// Edges that the picture's border may have cut.
    pub border: [bool; 4],
    /// The middle between the ankles, where a network saw it; free of the lens.
    pub feet: Option<[f64; 2]>,
    pub score: Score,
    pub tracklet: Option<TrackletId>,
    pub appearance: Option<Embedding>,
}

/// A person in a camera: the box around the whole body, and how it follows the state.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub edges: Edges,
    pub slope: Slope,
}

impl View {
    /// Height in the picture.
    pub fn tall(&self) -> f64 {
        (self.edges[3] - self.edges[1]).max(10.0)
    }
}

/// What of a person is in view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sight {
    /// Share hidden behind nearer people.
    pub hidden: f64,
    /// Whether enough of the person lies in the picture.
    pub in_view: bool,
    /// The box around what is not hidden; an edge that is not cut is that of the whole body.
    pub part: Edges,
    /// Whether they stoop or squat: then the shop hides them sooner.
    pub bent: bool,
}

impl Eye {
    /// None for a camera that knows the floor alone.
    pub fn new(camera: CameraId, model: &CameraModel) -> Option<Self> {
        Some(Self { camera, model: model.clone(), linear: model.linear()? })
    }

    /// The detection in ideal pixels; none where the lens shows nothing, or the box is empty.
    pub fn glance(&self, detection: &Detection, tracklet: Option<TrackletId>, size: (u32, u32)) -> Option<Glance> {
        let b = detection.bbox;
        let [l, t, r, d] = [b.left, b.top, b.right, b.bottom].map(|e| f64::from(to_pixels(e)));
        let (u, v) = ((l + r) / 2.0, (t + d) / 2.0);
        let ideal = |at: [f64; 2]| self.model.undistort(at);
        let edges = Edges::new(ideal([l, v])?[0], ideal([u, t])?[1], ideal([r, v])?[0], ideal([u, d])?[1]);
        let (w, h) = (f64::from(size.0), f64::from(size.1));
        let border = [l <= BORDER_PX, t <= BORDER_PX, r >= w - BORDER_PX, d >= h - BORDER_PX];
        let whole = edges[2] - edges[0] > 1.0 && edges[3] - edges[1] > 1.0;
        let (score, appearance) = (detection.score, detection.appearance.clone());
        let feet = detection.feet.and_then(|feet| ideal([feet.x, feet.y].map(|e| f64::from(to_pixels(e)))));
        whole.then_some(Glance { edges, border, feet, score, tracklet, appearance })
    }

    /// A person's picture; none of somebody behind or at the camera.
    pub fn outline(&self, s: &State) -> Option<Outline> {
        let (edges, depth) = self.around(s)?;
        Some(Outline { edges, depth, bent: false })
    }

    /// The box around a person's picture and the depth of the body's middle.
    fn around(&self, s: &State) -> Option<(Edges, f64)> {
        let m = &self.linear;
        let (x, y, z, r) = (s[0], s[1], s[4] / 2.0, s[5]);
        let centre = m.map(|[a, b, c, d]| a * x + b * y + c * z + d);
        let conic = |i: usize, j: usize| {
            let flat = m[i][0] * m[j][0] + m[i][1] * m[j][1];
            flat * r * r + m[i][2] * m[j][2] * z * z - centre[i] * centre[j]
        };
        let far = conic(2, 2);
        if far >= -1.0 || centre[2] < DEPTH_MIN_MM {
            return None;
        }
        let span = |i: usize| {
            let (middle, half) = (conic(i, 2), (conic(i, 2) * conic(i, 2) - conic(i, i) * far).max(0.0).sqrt());
            ((middle + half) / far, (middle - half) / far)
        };
        let ((left, right), (top, bottom)) = (span(0), span(1));
        let edges = Edges::new(left.min(right), top.min(bottom), left.max(right), top.max(bottom));
        edges.iter().all(|e| e.is_finite()).then_some((edges, centre[2]))
    }

    /// Whether somebody with about this state may be in the picture, with room for doubt.
    pub fn may_see(&self, s: &State, size: (u32, u32)) -> bool {
        let (w, h) = (f64::from(size.0), f64::from(size.1));
        self.around(s).is_some_and(|(b, _)| {
            let beside = b[2] < -0.25 * w || b[0] > 1.25 * w || b[3] < -0.25 * h || b[1] > 1.25 * h;
            !beside && b[3] - b[1] > 0.5 * TALL_MIN * h
        })
    }

    /// The outline with its slope.
    pub fn view(&self, s: &State) -> Option<View> {
        let (edges, _) = self.around(s)?;
        let mut slope = Slope::zeros();
        for i in [0, 1, 4, 5] {
            let mut moved = *s;
            moved[i] += SLOPE_MM;
            slope.set_column(i, &((self.around(&moved)?.0 - edges) / SLOPE_MM));
        }
        Some(View { edges, slope })
    }

    /// Where the middle between the ankles of somebody in this state is seen, and how that follows x and y; in ideal pixels.
    pub fn feet(&self, s: &State) -> Option<([f64; 2], [[f64; 2]; 2])> {
        let m = &self.linear;
        let [u, v, w] = m.map(|[a, b, c, d]| a * s[0] + b * s[1] + c * ANKLES_MM + d);
        let at = [u / w, v / w];
        let slope = [0, 1].map(|i| [0, 1].map(|j| (m[i][j] - at[i] * m[2][j]) / w));
        (w > DEPTH_MIN_MM).then_some((at, slope))
    }

    /// The place at height `z_mm` that is seen at an ideal pixel.
    pub fn place(&self, [u, v]: [f64; 2], z_mm: f64) -> Option<[f64; 2]> {
        self.model.floor(self.model.distort([u, v])?, z_mm)
    }

    /// What of the `i`-th of `all` is in view, in a picture of the given size. Nearer people are ellipses.
    pub fn sight(&self, i: usize, all: &[Option<Outline>], size: (u32, u32)) -> Sight {
        let nothing = Sight { hidden: 1.0, in_view: false, part: Edges::zeros(), bent: false };
        let Some(Outline { edges: b, depth, bent }) = &all[i] else { return nothing };
        let (w, h) = (b[2] - b[0], b[3] - b[1]);
        let (far, small) = (b[2] < 0.0 || b[0] > 2.0 * f64::from(size.0), h < TALL_MIN * f64::from(size.1));
        if far || small || self.share_inside(b, size) < 0.3 {
            return nothing;
        }
        let meets = |o: &Edges| o[0] < b[2] && o[2] > b[0] && o[1] < b[3] && o[3] > b[1];
        let before = |o: &&Outline| o.depth < depth - 100.0 && meets(&o.edges);
        let nearer: Vec<&Edges> = all.iter().flatten().filter(before).map(|o| &o.edges).collect();
        if nearer.is_empty() {
            return Sight { hidden: 0.0, in_view: true, part: *b, bent: *bent };
        }
        let (mut hidden, mut total) = (0.0, 0.0);
        let mut part = Edges::new(f64::MAX, f64::MAX, f64::MIN, f64::MIN);
        let (du, dv) = (w / f64::from(GRID.0), h / f64::from(GRID.1));
        for (fx, fy) in grid() {
            let (u, v) = (b[0] + fx * w, b[1] + fy * h);
            total += 1.0;
            let covers = |o: &&Edges| {
                let (x, y) = ((2.0 * u - o[0] - o[2]) / (o[2] - o[0]), (2.0 * v - o[1] - o[3]) / (o[3] - o[1]));
                x * x + y * y < 1.0
            };
            if nearer.iter().any(covers) {
                hidden += 1.0;
            } else {
                let cell = Edges::new(u - du / 2.0, v - dv / 2.0, u + du / 2.0, v + dv / 2.0);
                part =
                    Edges::new(part[0].min(cell[0]), part[1].min(cell[1]), part[2].max(cell[2]), part[3].max(cell[3]));
            }
        }
        if hidden + 2.0 >= total {
            return Sight { hidden: 1.0, in_view: true, part: *b, bent: *bent };
        }
        let slack = (0.03 * h).max(0.7 * du);
        for e in 0..4 {
            if (part[e] - b[e]).abs() < slack {
                part[e] = b[e];
            }
        }
        Sight { hidden: hidden / total, in_view: true, part, bent: *bent }
    }

    /// Share of a box that lies in the picture, from a grid of its points as the lens shows them.
    fn share_inside(&self, b: &Edges, size: (u32, u32)) -> f64 {
        let (w, h) = (f64::from(size.0), f64::from(size.1));
        let mut inside = 0.0;
        for (fx, fy) in
            [(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.1, 0.5), (0.5, 0.5), (0.9, 0.5), (0.1, 0.9), (0.5, 0.9), (0.9, 0.9)]
        {
            let at = [b[0] + fx * (b[2] - b[0]), b[1] + fy * (b[3] - b[1])];
            let shown = self.model.distort(at).is_some_and(|[u, v]| u >= 0.0 && v >= 0.0 && u <= w && v <= h);
            inside += f64::from(u8::from(shown));
        }
        inside / 9.0
    }
}

/// Who hides whom in one picture, found anew only where somebody moved.
pub(super) struct Hiding<'a> {
    eye: &'a Eye,
    size: (u32, u32),
    /// The outlines of those who are asked for, then of all others.
    outlines: Outlines,
    sights: Vec<Option<Sight>>,
}

impl<'a> Hiding<'a> {
    /// So many people are asked for; `others` hide them, too.
    pub fn new(eye: &'a Eye, size: (u32, u32), people: usize, others: &[Option<Outline>]) -> Self {
        let outlines = std::iter::repeat_n(None, people).chain(others.iter().copied()).collect();
        Self { eye, size, outlines, sights: vec![None; people] }
    }

    /// What of each is in view, now that they are there.
    pub fn sights(&mut self, mut people: Outlines) -> Vec<Sight> {
        let n = people.len();
        let before: Outlines = self.outlines.splice(..n, people.drain(..)).collect();
        let moved: Vec<usize> = (0..n).filter(|&i| before[i] != self.outlines[i]).collect();
        let meets = |a: &Edges, b: &Edges| a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
        let touched = |i: usize| {
            let Some(Outline { edges: b, .. }) = &self.outlines[i] else { return false };
            let near = |k: &usize| [&before[*k], &self.outlines[*k]].into_iter().flatten().any(|o| meets(&o.edges, b));
            moved.iter().any(near)
        };
        let stale: Vec<usize> =
            (0..n).filter(|i| self.sights[*i].is_none() || moved.binary_search(i).is_ok() || touched(*i)).collect();
        for i in stale {
            self.sights[i] = Some(self.eye.sight(i, &self.outlines, self.size));
        }
        self.sights.iter().flatten().copied().collect()
    }
}

/// Points across and down at which hiding is looked for.
const GRID: (u32, u32) = (8, 14);

/// The points of the grid that lie in the ellipse, as shares of width and height.
fn grid() -> impl Iterator<Item = (f64, f64)> {
    let share = |i: u32, of: u32| (f64::from(i) + 0.5) / f64::from(of);
    let points = (0..GRID.0).flat_map(move |i| (0..GRID.1).map(move |j| (share(i, GRID.0), share(j, GRID.1))));
    points.filter(|(x, y)| (2.0 * x - 1.0) * (2.0 * x - 1.0) + (2.0 * y - 1.0) * (2.0 * y - 1.0) <= 1.1)
}

/// Share of the union that two boxes have in common.
pub(super) fn overlap(a: &Edges, b: &Edges) -> f64 {
    let w = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let h = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let area = |e: &Edges| (e[2] - e[0]) * (e[3] - e[1]);
    w * h / (area(a) + area(b) - w * h)
}
