//! How a box is read, and how likely that is.
//!
//! A box speaks for the whole body, for one whose feet something hides, or for what nearer people leave visible; and in each
//! case for somebody upright or for somebody who stoops or squats at a shelf. Of these readings the likeliest is taken.

use super::body::{Ways, ln};
use super::eye::{Cov, Edges, Glance, Sight, Slope, View, times};
use nalgebra::{Cholesky, SMatrix};
use std::cmp::Ordering;

/// Chance that somebody who was bent in the last frame is so in the next.
const STAYS_BENT: f64 = 0.8;
/// How much less the sides of a box say of where somebody stands who bends to a side.
const BENT_SIDES: f64 = 2.0;
/// An upper edge so many standard deviations too low may be that of somebody bent.
const LOW_TOP: f64 = 1.5;
/// Readings less likely than this from the start are not tried.
const WEIGHT_MIN: f64 = 0.001;
/// Half the logarithm of 2 pi, four times.
const LOG_2PI_4_HALF: f64 = 3.675_754_132_818_690_6;

/// How a box is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// They stoop or squat: the upper edge says nothing, the sides little.
    pub bent: bool,
    pub reach: Reach,
}

/// How much of somebody a box shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    /// All.
    Whole,
    /// All but the feet: the lower edge says nothing.
    Feetless,
    /// What nearer people leave visible: these edges end where they begin.
    Part([Option<f64>; 4]),
}

impl Reading {
    /// The whole of somebody upright.
    pub const PLAIN: Self = Self { bent: false, reach: Reach::Whole };

    /// Whether the upper edge says that they stand.
    pub fn upright(&self) -> bool {
        !self.bent && !matches!(self.reach, Reach::Part([_, Some(_), ..]))
    }
}

/// A body as a camera expects it.
pub(super) struct Expected {
    view: View,
    /// Covariance of the edges as far as the body is in doubt, in units of the person's height in the picture.
    doubt: SMatrix<f64, 4, 4>,
    bent: bool,
}

/// A box against a view, in units of the person's height in the picture.
pub(super) struct Measure {
    pub residual: Edges,
    sigma: Edges,
    /// Edges that say nothing of the body.
    mute: [bool; 4],
}

impl Expected {
    pub fn new(view: View, cov: &Cov, bent: bool) -> Self {
        let slope = view.slope / view.tall();
        Self { doubt: times(&times(&slope, cov), &slope.transpose()), view, bent }
    }

    /// How likely the box is this person's against being nobody's, as a log ratio, and how it is read; none when it is out of
    /// the question.
    pub fn likelihood(&self, glance: &Glance, sight: &Sight, ways: &Ways) -> Option<(f64, Reading)> {
        let (b, g, tall) = (self.view.edges, glance.edges, self.view.tall());
        if (g[0] + g[2] - b[0] - b[2]).abs() > 2.0 * tall || (g[1] - b[1]).abs() > tall {
            return None;
        }
        let cut: [Option<f64>; 4] = std::array::from_fn(|e| {
            (sight.in_view && sight.hidden < 1.0 && sight.part[e] != b[e]).then_some(sight.part[e])
        });
        let feetless = ways.feet_hidden;
        let partly = cut.iter().any(Option::is_some);
        let shown = if partly { (1.0 - sight.hidden).max(0.05) } else { 1.0 };
        let whole = shown * (1.0 - feetless);
        let higher = g[3] - b[3] <= ways.below * tall;
        let reaches = [
            (Reach::Whole, whole),
            (Reach::Feetless, if higher { feetless } else { 0.0 }),
            (Reach::Part(cut), if partly { 1.0 - feetless - whole } else { 0.0 }),
        ];
        // Who bends stays bent for a while: the height that is known of them says nothing until they stand up.
        let lower = g[1] > b[1] + if self.bent { 0.0 } else { LOW_TOP * ways.sigma[1] * tall };
        let bends = match (lower, self.bent) {
            (false, _) => 0.0,
            (true, true) => STAYS_BENT,
            (true, false) => ways.bent,
        };
        let mut best: Option<(f64, Reading)> = None;
        for (reach, share) in reaches {
            for (bent, weight) in [(false, share * (1.0 - bends)), (true, share * bends)] {
                if weight < WEIGHT_MIN {
                    continue;
                }
                let reading = Reading { bent, reach };
                let Some(log) = self.log_density(&measure(&self.view, glance, &reading, ways), ways) else { continue };
                let log = log + ways.clutter + ln(weight);
                if best.is_none_or(|(most, _)| log > most) {
                    best = Some((log, reading));
                }
            }
        }
        best
    }

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
    pub fn noise(&self) -> SMatrix<f64, 4, 4> {
        SMatrix::<f64, 4, 4>::from_diagonal(&self.sigma.component_mul(&self.sigma))
    }

    /// How the edges that say something follow the body.
    pub fn slope(&self, view: &View) -> Slope {
        let mut slope = view.slope / view.tall();
        (0..4).filter(|&e| self.mute[e]).for_each(|e| slope.fill_row(e, 0.0));
        slope
    }
}

/// A box against a view, as it is read.
pub(super) fn measure(view: &View, glance: &Glance, reading: &Reading, ways: &Ways) -> Measure {
    let tall = view.tall();
    let mut residual = (glance.edges - view.edges) / tall;
    residual[3] -= ways.below;
    let mut m = Measure { residual, sigma: ways.sigma, mute: [false; 4] };
    let mut mute = |e: usize, at: f64, doubt: f64| {
        m.residual[e] = at;
        m.sigma[e] = doubt;
        m.mute[e] = true;
    };
    match reading.reach {
        Reach::Whole => {}
        Reach::Feetless => mute(3, 0.0, 0.3),
        Reach::Part(cut) => {
            for (e, at) in cut.iter().enumerate() {
                if let Some(at) = at {
                    mute(e, (glance.edges[e] - at) / tall, ways.cut);
                }
            }
        }
    }
    if reading.bent {
        mute(1, 0.0, 0.3);
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
    if reading.bent {
        for e in (0..4).step_by(2).filter(|&e| !m.mute[e]) {
            m.sigma[e] *= BENT_SIDES;
        }
    }
    m
}
