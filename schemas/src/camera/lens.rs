//! The lens: Brown, *Decentering Distortion of Lenses*, 1966, with the parameters and their order of OpenCV.

/// Newton steps at most; three are enough on real lenses.
const STEPS_MAX: usize = 20;

/// How near the found point must be shown to the given one, in focal lengths.
const NEAR: f64 = 1e-12;

/// Largest tangent of the angle to the optical axis (89.4 degrees).
const TANGENT_MAX: f64 = 100.0;

/// Radial and tangential distortion around a centre. It acts only where it is one to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    focal: [f64; 2],
    centre: [f64; 2],
    k: [f64; 5],
    /// Up to this tangent of the angle to the axis, more angle is more radius.
    reach: f64,
}

impl Lens {
    /// A lens with k1, k2, p1, p2, k3, in front of a camera with this focal length and centre, all finite.
    pub fn new(focal: [f64; 2], centre: [f64; 2], k: [f64; 5]) -> Self {
        Self { focal, centre, k, reach: reach(k) }
    }

    /// An ideal pixel as the lens shows it.
    pub fn distort(&self, ideal: [f64; 2]) -> Option<[f64; 2]> {
        let at = self.normalised(ideal);
        (self.one_to_one(at)).then(|| self.pixel(self.bend(at)))
    }

    /// The ideal pixel of what is shown at `pixel`.
    pub fn undistort(&self, pixel: [f64; 2]) -> Option<[f64; 2]> {
        let shown = self.normalised(pixel);
        let mut at = self.unbent(shown)?;
        for _ in 0..STEPS_MAX {
            let bent = self.bend(at);
            let off = [bent[0] - shown[0], bent[1] - shown[1]];
            if off[0].hypot(off[1]) < NEAR * (1.0 + shown[0].hypot(shown[1])) {
                return self.one_to_one(at).then(|| self.pixel(at));
            }
            let [[a, b], [c, d]] = self.derivative(at);
            let det = a * d - b * c;
            at = [at[0] - (d * off[0] - b * off[1]) / det, at[1] - (a * off[1] - c * off[0]) / det];
        }
        None
    }

    /// The derivative of the shown pixel by the ideal one.
    pub fn slope(&self, ideal: [f64; 2]) -> Option<[[f64; 2]; 2]> {
        let at = self.normalised(ideal);
        let d = self.derivative(at);
        self.one_to_one(at).then(|| [0, 1].map(|i| [0, 1].map(|j| d[i][j] * self.focal[i] / self.focal[j])))
    }

    fn normalised(&self, pixel: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|i| (pixel[i] - self.centre[i]) / self.focal[i])
    }

    fn pixel(&self, at: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|i| at[i] * self.focal[i] + self.centre[i])
    }

    fn one_to_one(&self, at: [f64; 2]) -> bool {
        let [[a, b], [c, d]] = self.derivative(at);
        at[0].hypot(at[1]) < self.reach && a * d - b * c > 0.0
    }

    fn bend(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [_, _, p1, p2, _] = self.k;
        let s = x * x + y * y;
        let radial = radial(self.k, s);
        [x * radial + 2.0 * p1 * x * y + p2 * (s + 2.0 * x * x), y * radial + p1 * (s + 2.0 * y * y) + 2.0 * p2 * x * y]
    }

    fn derivative(&self, [x, y]: [f64; 2]) -> [[f64; 2]; 2] {
        let [k1, k2, p1, p2, k3] = self.k;
        let s = x * x + y * y;
        let (radial, by_s) = (radial(self.k, s), k1 + s * (2.0 * k2 + s * 3.0 * k3));
        let mixed = 2.0 * (x * y * by_s + p1 * x + p2 * y);
        [
            [radial + 2.0 * x * x * by_s + 2.0 * p1 * y + 6.0 * p2 * x, mixed],
            [mixed, radial + 2.0 * y * y * by_s + 6.0 * p1 * y + 2.0 * p2 * x],
        ]
    }

    /// What the radial part alone would be shown at `shown`: by halving, for radii are in order up to the reach.
    fn unbent(&self, shown: [f64; 2]) -> Option<[f64; 2]> {
        let wanted = shown[0].hypot(shown[1]);
        let (mut low, mut high) = (0.0, self.reach);
        while high - low > 1e-6 * high {
            let middle = 0.5 * (low + high);
            if middle * radial(self.k, middle * middle) < wanted { low = middle } else { high = middle }
        }
        let factor = if wanted > 0.0 { low / wanted } else { 0.0 };
        wanted.is_finite().then(|| shown.map(|n| n * factor))
    }
}

fn radial([k1, k2, _, _, k3]: [f64; 5], s: f64) -> f64 {
    1.0 + s * (k1 + s * (k2 + s * k3))
}

/// The first radius at which the radial part stops growing: the smallest positive root of its derivative, a cubic in the squared
/// radius, sought between the places where that cubic turns.
fn reach([k1, k2, _, _, k3]: [f64; 5]) -> f64 {
    let grows = |s: f64| 1.0 + s * (3.0 * k1 + s * (5.0 * k2 + s * 7.0 * k3)) > 0.0;
    let (a, b, c) = (21.0 * k3, 10.0 * k2, 3.0 * k1);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let far = TANGENT_MAX * TANGENT_MAX;
    let mut ends = [(-b - root) / (2.0 * a), (-b + root) / (2.0 * a), -c / b, far].map(|s| s.clamp(0.0, far));
    ends.sort_by(f64::total_cmp);
    let mut low = 0.0;
    for end in ends.into_iter().filter(|s| s.is_finite()) {
        if !grows(end) {
            let mut high = end;
            while high - low > 1e-12 * high {
                let middle = 0.5 * (low + high);
                if grows(middle) { low = middle } else { high = middle }
            }
            return low.sqrt();
        }
        low = end;
    }
    far.sqrt()
}
