//! A person's body on the floor as a belief: an extended Kalman filter over place, speed, height and width, fed with boxes.
//!
//! A box speaks for the whole body, for a body whose feet the shop hides, for one that stoops or squats at a shelf, or for what nearer
//! people leave visible: four readings, of which the likeliest is taken. Noise is Student's t, so that a freak box costs much and moves little.

use super::eye::{Cov, Edges, Eye, Glance, Sight, Slope, State, View};
use super::settings::StitchSettings;
use nalgebra::{Cholesky, SMatrix};
use std::cmp::Ordering;

/// Chance that somebody who was bent in the last frame is so in the next.
const STAYS_BENT: f64 = 0.8;
/// How much less the sides of a box say of where somebody stands who bends to a side.
const BENT_SIDES: f64 = 2.0;

/// Half the logarithm of 2 pi, four times.
const LOG_2PI_4_HALF: f64 = 3.675_754_132_818_690_6;

/// The settings as numbers.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    pub accelerate: f64,
    pub speed: f64,
    pub keep_speed_s: f64,
    pub height: [f64; 3],
    pub radius: [f64; 3],
    sigma: Edges,
    below: f64,
    cut: f64,
    freedom: f64,
    gate: f64,
    pub found: f64,
    feet_hidden: f64,
    bent: f64,
    clutter: f64,
    tracklet: f64,
    appearance: f64,
    likeness: f64,
}

impl Ways {
    pub fn new(s: &StitchSettings) -> Self {
        let (milli, number) = (|n: u32| f64::from(n) / 1000.0, |n: u32| f64::from(n));
        let side = milli(s.side_permille);
        Self {
            accelerate: number(s.accelerate_mm_per_s),
            speed: number(s.speed_mm_per_s),
            keep_speed_s: milli(s.keep_speed_ms),
            height: [s.height_mm, s.height_spread_mm, s.height_wander_mm].map(number),
            radius: [s.radius_mm, s.radius_spread_mm, s.radius_wander_mm].map(number),
            sigma: Edges::new(side, milli(s.top_permille), side, milli(s.bottom_permille)),
            below: milli(s.below_permille),
            cut: milli(s.cut_permille),
            freedom: number(s.freedom),
            gate: number(s.gate),
            found: milli(s.found_permille),
            feet_hidden: milli(s.hidden_permille),
            bent: milli(s.bent_permille),
            clutter: milli(s.clutter_milli),
            tracklet: milli(s.tracklet_milli),
            appearance: milli(s.appearance_milli),
            likeness: milli(s.likeness_permille),
        }
    }

    /// Chance that somebody with this sight is found.
    pub fn chance(&self, sight: &Sight) -> f64 {
        if sight.in_view { (self.found * (1.0 - sight.hidden)).clamp(0.05, 0.97) } else { 0.001 }
    }
}

/// The natural logarithm, the same on every machine.
pub(super) fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// How a box is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// The whole body.
    Whole,
    /// Something hides the feet: the lower edge says nothing.
    Feetless,
    /// They stoop or squat: the upper edge says nothing, the sides little.
    Bent,
    /// Nearer people hide a part: these edges end where they begin.
    Part([Option<f64>; 4]),
}

/// Where somebody is, how they move, how tall and wide they are, and how surely.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    pub state: State,
    pub cov: Cov,
    /// Whether the last box that told was read as bent.
    pub bent: bool,
}

/// A body as a camera expects it.
pub(super) struct Expected {
    pub view: View,
    /// Covariance of the edges as far as the body is in doubt, in units of the person's height in the picture.
    doubt: SMatrix<f64, 4, 4>,
}

/// A box against a view, in units of the person's height in the picture.
struct Measure {
    residual: Edges,
    sigma: Edges,
    /// Edges that say nothing of the body.
    mute: [bool; 4],
}

impl Body {
    /// Somebody of unknown speed at a place that is known to `place_mm`.
    pub fn at([x, y]: [f64; 2], place_mm: f64, ways: &Ways) -> Self {
        let state = State::new(x, y, 0.0, 0.0, ways.height[0], ways.radius[0]);
        let spread = State::new(place_mm, place_mm, ways.speed, ways.speed, ways.height[1], ways.radius[1]);
        Self { state, cov: Cov::from_diagonal(&spread.component_mul(&spread)), bent: false }
    }

    /// Distance between two people.
    pub fn distance(&self, other: &Self) -> f64 {
        (self.state[0] - other.state[0]).hypot(self.state[1] - other.state[1])
    }

    /// Standard deviation of the place along its worst axis.
    pub fn spread(&self) -> f64 {
        let (a, b, c) = (self.cov[(0, 0)], self.cov[(0, 1)], self.cov[(1, 1)]);
        let worst = (a + c) / 2.0 + (((a - c) / 2.0) * ((a - c) / 2.0) + b * b).sqrt();
        worst.max(0.0).sqrt()
    }

    /// Moves on by `seconds`: a speed that fades, driven by white acceleration.
    pub fn predict(&mut self, seconds: f64, ways: &Ways) {
        let keep = libm::exp(-seconds / ways.keep_speed_s);
        let step = ways.keep_speed_s * (1.0 - keep);
        let mut moves = Cov::identity();
        let mut noise = Cov::zeros();
        let q = ways.accelerate * ways.accelerate * seconds;
        for i in 0..2 {
            moves[(i, i + 2)] = step;
            moves[(i + 2, i + 2)] = keep;
            noise[(i, i)] = q * seconds * seconds / 3.0;
            noise[(i, i + 2)] = q * seconds / 2.0;
            noise[(i + 2, i)] = q * seconds / 2.0;
            noise[(i + 2, i + 2)] = q;
        }
        noise[(4, 4)] = ways.height[2] * ways.height[2] * seconds;
        noise[(5, 5)] = ways.radius[2] * ways.radius[2] * seconds;
        self.state = moves * self.state;
        self.cov = moves * self.cov * moves.transpose() + noise;
    }

    /// What a camera expects to see; none of somebody behind it.
    pub fn expected(&self, eye: &Eye) -> Option<Expected> {
        let view = eye.view(&self.state)?;
        let slope = view.slope / view.tall();
        Some(Expected { doubt: slope * self.cov * slope.transpose(), view })
    }

    /// How likely the box is this person's against being nobody's, as a log ratio, and how it is read; none when it is out of
    /// the question.
    pub fn likelihood(&self, at: &Expected, glance: &Glance, sight: &Sight, ways: &Ways) -> Option<(f64, Reading)> {
        let (b, g, tall) = (at.view.edges, glance.edges, at.view.tall());
        if (g[0] + g[2] - b[0] - b[2]).abs() > 2.0 * tall || (g[1] - b[1]).abs() > tall {
            return None;
        }
        let cut: [Option<f64>; 4] = std::array::from_fn(|e| {
            (sight.in_view && sight.hidden < 1.0 && sight.part[e] != b[e]).then_some(sight.part[e])
        });
        let feetless = ways.feet_hidden;
        let partly = cut.iter().any(Option::is_some);
        let whole = if partly { (1.0 - sight.hidden).max(0.05) * (1.0 - feetless) } else { 1.0 - feetless };
        let higher = g[3] - b[3] <= ways.below * tall;
        // Who bends stays bent for a while: the height that is known of them says nothing until they stand up.
        let bent = if g[1] <= b[1] {
            0.0
        } else if self.bent {
            STAYS_BENT
        } else {
            ways.bent
        };
        let readings = [
            (Reading::Whole, whole * (1.0 - bent)),
            (Reading::Feetless, if higher { feetless } else { 0.0 }),
            (Reading::Bent, bent),
            (Reading::Part(cut), if partly { 1.0 - feetless - whole } else { 0.0 }),
        ];
        let mut best: Option<(f64, Reading)> = None;
        for (reading, weight) in readings.into_iter().filter(|(_, weight)| *weight > 0.01) {
            let Some(log) = at.log_density(&measure(&at.view, glance, &reading, ways), ways) else { continue };
            let log = log + ways.clutter + ln(weight);
            if best.is_none_or(|(most, _)| log > most) {
                best = Some((log, reading));
            }
        }
        best
    }

    /// Learns from a box, read as it was when it was paired.
    pub fn learn(&mut self, eye: &Eye, glance: &Glance, reading: &Reading, ways: &Ways) {
        let before = self.clone();
        for _ in 0..2 {
            let Some(view) = eye.view(&self.state) else { return };
            let m = measure(&view, glance, reading, ways);
            let slope = m.slope(&view);
            let residual = m.residual - slope * (before.state - self.state);
            let across = before.cov * slope.transpose();
            let (doubt, noise) = (slope * across, m.noise());
            let Some(inverse) = (doubt + noise).try_inverse() else { return };
            let distance = (residual.transpose() * inverse * residual)[0];
            let trust = ((ways.freedom + 4.0) / (ways.freedom + distance)).clamp(0.05, 1.0);
            let Some(inverse) = (doubt + noise / trust).try_inverse() else { return };
            let gain = across * inverse;
            self.state = before.state + gain * residual;
            let cov = before.cov - gain * across.transpose();
            self.cov = (cov + cov.transpose()) * 0.5;
        }
        match reading {
            Reading::Bent => self.bent = true,
            Reading::Whole | Reading::Feetless => self.bent = false,
            Reading::Part(_) => {}
        }
        self.state[4] = self.state[4].clamp(900.0, 2300.0);
        self.state[5] = self.state[5].clamp(100.0, 600.0);
    }
}

impl Expected {
    /// Student's t in four dimensions, in units of the person's height in the picture; none beyond the gate.
    fn log_density(&self, m: &Measure, ways: &Ways) -> Option<f64> {
        let mut doubt = self.doubt;
        for e in (0..4).filter(|&e| m.mute[e]) {
            doubt.fill_row(e, 0.0);
            doubt.fill_column(e, 0.0);
        }
        let lower = Cholesky::new(doubt + m.noise())?.unpack();
        let distance = lower.solve_lower_triangular(&m.residual)?.norm_squared();
        if !matches!(distance.partial_cmp(&ways.gate), Some(Ordering::Less | Ordering::Equal)) {
            return None;
        }
        // The logarithm of a product of four is cheaper than four logarithms; standard deviations in these units stay far from 0.
        let volume = ln((0..4).map(|i| lower[(i, i)]).product());
        let tail = 0.5 * (ways.freedom + 4.0) * ln(1.0 + distance / ways.freedom);
        Some(-tail - volume - LOG_2PI_4_HALF)
    }
}

impl Measure {
    fn noise(&self) -> SMatrix<f64, 4, 4> {
        SMatrix::<f64, 4, 4>::from_diagonal(&self.sigma.component_mul(&self.sigma))
    }

    /// How the edges that say something follow the body.
    fn slope(&self, view: &View) -> Slope {
        let mut slope = view.slope / view.tall();
        (0..4).filter(|&e| self.mute[e]).for_each(|e| slope.fill_row(e, 0.0));
        slope
    }
}

fn measure(view: &View, glance: &Glance, reading: &Reading, ways: &Ways) -> Measure {
    let tall = view.tall();
    let mut residual = (glance.edges - view.edges) / tall;
    residual[3] -= ways.below;
    let mut m = Measure { residual, sigma: ways.sigma, mute: [false; 4] };
    let mut mute = |e: usize, at: f64, doubt: f64| {
        m.residual[e] = at;
        m.sigma[e] = doubt;
        m.mute[e] = true;
    };
    match reading {
        Reading::Whole => {}
        Reading::Feetless => mute(3, 0.0, 0.3),
        Reading::Bent => mute(1, 0.0, 0.3),
        Reading::Part(cut) => {
            for (e, at) in cut.iter().enumerate() {
                if let Some(at) = at {
                    mute(e, (glance.edges[e] - at) / tall, ways.cut);
                }
            }
        }
    }
    for e in 0..4 {
        let short = if e < 2 {
            view.edges[e] < glance.edges[e] + 0.1 * tall
        } else {
            view.edges[e] > glance.edges[e] - 0.1 * tall
        };
        if glance.border[e] && short {
            mute(e, 0.0, 0.1);
        }
    }
    if *reading == Reading::Bent {
        for e in (0..4).step_by(2).filter(|&e| !m.mute[e]) {
            m.sigma[e] *= BENT_SIDES;
        }
    }
    m
}

/// What tracklet and appearance add to a likelihood.
pub(super) fn familiar(
    glance: &Glance,
    tracklet: Option<schemas::TrackletId>,
    appearance: Option<&schemas::Embedding>,
    ways: &Ways,
) -> f64 {
    let same = match (glance.tracklet, tracklet) {
        (Some(a), Some(b)) if a == b => ways.tracklet,
        _ => 0.0,
    };
    let like = match (&glance.appearance, appearance) {
        (Some(a), Some(b)) => (f64::from(a.cosine(b)) - ways.likeness) * ways.appearance,
        _ => 0.0,
    };
    same + like
}
