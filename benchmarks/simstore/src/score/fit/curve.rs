//! The chance of being found over the visible share, and how much it persists.

use crate::observe::{cumulative, logistic, quantile};

/// Bins of the share.
const BINS: usize = 40;

/// Found and all, by share; and of neighbours in time, both missed and all, by both shares.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    bins: [(f64, f64); BINS],
    both_missed: f64,
    pairs: Vec<f64>,
}

impl Default for Curve {
    fn default() -> Self {
        Self { bins: [(0.0, 0.0); BINS], both_missed: 0.0, pairs: vec![0.0; BINS * BINS] }
    }
}

fn bin(share: f64) -> usize {
    ((share * BINS as f64) as usize).min(BINS - 1)
}

fn middle(bin: usize) -> f64 {
    (bin as f64 + 0.5) / BINS as f64
}

fn chance((most, half, slope): (f64, f64, f64), share: f64) -> f64 {
    most * logistic(slope * (share - half))
}

impl Curve {
    pub(super) fn add(&mut self, share: f64, found: bool) {
        let bin = &mut self.bins[bin(share)];
        bin.0 += f64::from(u8::from(found));
        bin.1 += 1.0;
    }

    pub(super) fn add_pair(&mut self, (a, found_a): (f64, bool), (b, found_b): (f64, bool)) {
        self.pairs[bin(a) * BINS + bin(b)] += 1.0;
        self.both_missed += f64::from(u8::from(!found_a && !found_b));
    }

    fn log_likelihood(&self, at: (f64, f64, f64)) -> f64 {
        let of = |(i, &(found, all)): (usize, &(f64, f64))| {
            let p = chance(at, middle(i)).clamp(1e-6, 1.0 - 1e-6);
            found * p.ln() + (all - found) * (1.0 - p).ln()
        };
        self.bins.iter().enumerate().map(of).sum()
    }

    /// `most`, `half_share` and `slope` of the largest likelihood, on grids that become finer.
    pub(super) fn fit(&self) -> (f64, f64, f64) {
        let (mut best, mut reach) = ((0.8, 0.4, 20.0), (0.2, 0.4, 19.0));
        for _ in 0..12 {
            let (centre, grid) = (best, -4..=4);
            for i in grid.clone() {
                for j in grid.clone() {
                    for k in grid.clone() {
                        let part = |n: i32| f64::from(n) / 4.0;
                        let at = (
                            (centre.0 + part(i) * reach.0).clamp(0.01, 1.0),
                            (centre.1 + part(j) * reach.1).clamp(0.0, 0.9),
                            (centre.2 + part(k) * reach.2).clamp(1.0, 400.0),
                        );
                        if self.log_likelihood(at) > self.log_likelihood(best) {
                            best = at;
                        }
                    }
                }
            }
            reach = (0.55 * reach.0, 0.55 * reach.1, 0.55 * reach.2);
        }
        best
    }
}

/// Correlation of the normals behind finding in neighbouring pictures: the one with which as many are missed twice as were.
pub(super) fn persistence(curve: &Curve, at: (f64, f64, f64)) -> f64 {
    let pairs: f64 = curve.pairs.iter().sum();
    if pairs == 0.0 {
        return 0.0;
    }
    // Somebody is missed when their normal is above this.
    let bound: Vec<f64> = (0..BINS).map(|i| quantile(chance(at, middle(i)))).collect();
    let expected = |rho: f64| {
        let mut sum = 0.0;
        for (i, n) in curve.pairs.iter().enumerate().filter(|(_, n)| **n > 0.0) {
            sum += n * both_above(bound[i / BINS], bound[i % BINS], rho);
        }
        sum
    };
    let (mut low, mut high) = (0.0, 0.999);
    for _ in 0..16 {
        let middle = 0.5 * (low + high);
        if expected(middle) < curve.both_missed { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The chance that two standard normals with this correlation lie above their bounds.
fn both_above(a: f64, b: f64, rho: f64) -> f64 {
    const STEPS: usize = 48;
    let (from, until) = (a.max(-6.0), 6.0);
    let (step, rest) = ((until - from) / STEPS as f64, (1.0 - rho * rho).sqrt());
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let at = |i: usize| {
        let x = from + (i as f64 + 0.5) * step;
        density(x) * (1.0 - cumulative((b - rho * x) / rest))
    };
    if step > 0.0 { (0..STEPS).map(at).sum::<f64>() * step } else { 0.0 }
}
