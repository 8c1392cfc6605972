//! The normal and the logistic distribution.

/// Share of a standard normal below `z`; the error is below 1.5e-7 (Abramowitz and Stegun, *Handbook of Mathematical Functions*,
/// 7.1.26).
pub(crate) fn cumulative(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let sum = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = 0.5 * t * sum.iter().fold(0.0, |sum, a| sum * t + a) * (-x * x).exp();
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// The `z` below which a share `p` of a standard normal lies, between -8 and 8.
pub(crate) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if cumulative(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The logistic function.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::{cumulative, quantile};

    #[test]
    fn known_points() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_344_746), (-1.959_963_985, 0.025), (3.0, 0.998_650_102)] {
            assert!((cumulative(z) - p).abs() < 2e-7, "{z}");
            assert!((quantile(p) - z).abs() < 1e-4, "{p}");
        }
    }
}
