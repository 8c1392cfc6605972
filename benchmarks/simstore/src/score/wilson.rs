//! Shares with their intervals: Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*, 1927.

use serde::{Serialize, Serializer};
use std::fmt;

/// The standard normal's 97.5 % point.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// How many are.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
}

impl Ratio {
    /// `hits` of `of`.
    pub fn new(hits: u64, of: u64) -> Self {
        debug_assert!(hits <= of, "{hits} of {of}");
        Self { hits, of }
    }

    /// The share; none of nothing.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// Wilson's 95 % interval; everything where nothing was counted.
    pub fn interval(self) -> [f64; 2] {
        let Some(p) = self.share() else { return [0.0, 1.0] };
        let n = self.of as f64;
        let (z2, spread) = (Z * Z, Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt());
        let (middle, scale) = (p + z2 / (2.0 * n), 1.0 + z2 / n);
        [((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0)]
    }
}

impl std::ops::Add for Ratio {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, of: self.of + other.of }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(share) = self.share() else { return f.pad("- (0 of 0)") };
        let [low, high] = self.interval();
        f.pad(&format!("{share:.3} [{low:.3}, {high:.3}] ({} of {})", self.hits, self.of))
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            share: Option<f64>,
            hits: u64,
            of: u64,
            wilson_95: [f64; 2],
        }
        Shown { share: self.share(), hits: self.hits, of: self.of, wilson_95: self.interval() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    /// Made with statsmodels 0.14.5, `proportion_confint(k, n, method="wilson")`.
    #[test]
    fn intervals_are_those_of_statsmodels() {
        let known = [
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (1, 29, 0.006_113_214_292_762_667, 0.171_755_218_793_202_94),
            (81, 263, 0.255_288_519_878_274_2, 0.366_209_576_982_800_04),
            (10, 10, 0.722_467_200_137_110_7, 1.0),
        ];
        for (hits, of, low, high) in known {
            let [l, h] = Ratio::new(hits, of).interval();
            assert!((l - low).abs() < 1e-12 && (h - high).abs() < 1e-12, "{hits} of {of}: {l} {h}");
        }
        assert_eq!(Ratio::default().interval(), [0.0, 1.0]);
        assert_eq!(Ratio::new(3, 4).to_string(), "0.750 [0.301, 0.954] (3 of 4)");
    }
}
