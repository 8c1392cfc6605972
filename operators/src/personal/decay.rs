//! Decay in fixed point: powers of a constant, as whole numbers of 1/65536, the same on every machine.
//! Weights depend on distances in receipts or in days alone, so what is taken away again takes away exactly what it brought.

/// One, in fixed point.
pub const ONE: i64 = 1 << 16;

/// Powers of one constant below 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decay {
    powers: Vec<i64>,
}

impl Decay {
    /// The powers of `base`, which is in 1/2^32 and below 1, as long as they do not round to 0.
    pub fn of(base: u32) -> Self {
        let mut powers = Vec::new();
        let mut power: u64 = 1 << 32;
        while power >> 15 > 0 {
            powers.push(((power + (1 << 15)) >> 16) as i64);
            power = (power * u64::from(base)) >> 32;
        }
        Self { powers }
    }

    /// The weight at this distance, in 1/65536; 0 where it is too far, and the whole for what lies ahead.
    pub fn at(&self, distance: i64) -> i64 {
        let place = usize::try_from(distance.max(0)).unwrap_or(usize::MAX);
        self.powers.get(place).copied().unwrap_or(0)
    }
}

/// Every decay that is used.
#[derive(Clone, Debug)]
pub struct Decays {
    /// By receipts: 0.8, 0.9, 0.96, 0.99 a receipt.
    pub receipts: [Decay; 4],
    /// By days: half-lives of 7, 21, 60 and 180 days.
    pub days: [Decay; 4],
}

impl Default for Decays {
    fn default() -> Self {
        // Receipts: base * 2^32. Days: 2^(32 - 1 / half-life).
        Self {
            receipts: [3_435_973_837, 3_865_470_566, 4_123_168_604, 4_252_017_623].map(Decay::of),
            days: [3_890_053_517, 4_155_517_347, 4_245_635_389, 4_278_459_964].map(Decay::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_powers_to_a_few_parts_in_65536() {
        let Decays { receipts, days } = Decays::default();
        for (decay, base) in receipts.iter().zip([0.8_f64, 0.9, 0.96, 0.99]) {
            for n in 0..400 {
                let exact = 65536.0 * base.powi(n);
                assert!((decay.at(i64::from(n)) as f64 - exact).abs() <= 1.0, "{base}^{n}");
            }
        }
        for (decay, half) in days.iter().zip([7, 21, 60, 180]) {
            assert_eq!((decay.at(-3), decay.at(0)), (ONE, ONE));
            for (n, part) in [(half, 2), (2 * half, 4), (8 * half, 256)] {
                assert!((decay.at(n) - ONE / part).abs() <= 1, "{half} days, {n}: {}", decay.at(n));
            }
            assert_eq!(decay.at(1_000_000), 0);
        }
    }
}
