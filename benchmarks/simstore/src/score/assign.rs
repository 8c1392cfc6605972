//! Who belongs to whom, once for each: the assignment of the largest sum, over the `pathfinding` crate.

use pathfinding::prelude::{Matrix, kuhn_munkres};

/// Weights are counted in these parts, so that they can be ordered and added exactly.
const PARTS: f64 = (1u64 << 40) as f64;

/// The largest weight: `rows` of them stay within 64 bits for as many people as any shop holds.
const WEIGHT_MAX: f64 = 2_000.0;

/// Pairs (row, column) of the assignment with the largest sum of `weight`, which lies in `0..=2000`; as many as the shorter side has.
pub fn assign(rows: usize, columns: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    let whole = |w: f64| (w.clamp(0.0, WEIGHT_MAX) * PARTS).round() as i64;
    assign_whole(rows, columns, |row, column| whole(weight(row, column)))
}

/// The same for whole weights, none of them negative.
pub fn assign_whole(rows: usize, columns: usize, weight: impl Fn(usize, usize) -> i64) -> Vec<(usize, usize)> {
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    // The crate wants the shorter side as rows.
    let turned = rows > columns;
    let (short, long) = (rows.min(columns), rows.max(columns));
    let weights = Matrix::from_fn(short, long, |(s, l)| if turned { weight(l, s) } else { weight(s, l) });
    let pairs = kuhn_munkres(&weights).1.into_iter().enumerate();
    let mut pairs: Vec<_> = pairs.map(|(s, l)| if turned { (l, s) } else { (s, l) }).collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn the_sum_is_the_largest() {
        let weights = [[0.9, 0.8, 0.0], [0.8, 0.1, 0.0]];
        assert_eq!(assign(2, 3, |r, c| weights[r][c]), [(0, 1), (1, 0)]);
        assert_eq!(assign(3, 2, |r, c| weights[c][r]), [(0, 1), (1, 0)]);
        assert!(assign(0, 4, |_, _| 1.0).is_empty());
    }

    /// Against every permutation.
    #[test]
    fn no_permutation_is_better() {
        let mut state = 1u64;
        for _ in 0..50 {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f64 / (1u64 << 24) as f64
            };
            let w: [[f64; 4]; 4] = std::array::from_fn(|_| std::array::from_fn(|_| next()));
            let best = assign(4, 4, |r, c| w[r][c]).iter().map(|&(r, c)| w[r][c]).sum::<f64>();
            for code in 0..256usize {
                let p = [code % 4, code / 4 % 4, code / 16 % 4, code / 64];
                let distinct = (0..4).all(|i| (0..i).all(|j| p[i] != p[j]));
                let sum = (0..4).map(|r| w[r][p[r]]).sum::<f64>();
                assert!(!distinct || sum <= best + 1e-9);
            }
        }
    }
}
