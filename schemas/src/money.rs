//! Money: whole minor units of one currency. No floats, and nothing overflows in silence.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    /// ISO 4217's code for no currency: of amounts in a shop without prices.
    pub const NONE: Self = Self(*b"XXX");

    /// The currency of this code: three capital letters. Whether ISO knows it is not looked up.
    pub fn new(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// The code.
    pub fn code(&self) -> &str {
        // Three ASCII letters, as `new` saw to; a damaged one shows as nothing.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units (cents) of a currency; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// The sum; nothing when it does not fit or the currencies differ.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = (self.currency == other.currency).then(|| self.minor.checked_add(other.minor))??;
        Some(Self { minor, ..self })
    }

    /// `count` times the amount; nothing when it does not fit.
    pub fn checked_times(self, count: i64) -> Option<Self> {
        Some(Self { minor: self.minor.checked_mul(count)?, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_nothing() {
        let euro = Currency::new("EUR").expect("three capitals");
        assert_eq!(euro.to_string(), "EUR");
        assert!(["eur", "EU", "EURO", "E R", "ÄU"].iter().all(|code| Currency::new(code).is_none()));
        let amount = |minor| Money { minor, currency: euro };
        assert_eq!(amount(199).checked_add(amount(-200)), Some(amount(-1)));
        assert_eq!(amount(199).checked_times(-3), Some(amount(-597)));
        assert_eq!(amount(i64::MAX).checked_add(amount(1)), None);
        assert_eq!(amount(i64::MAX).checked_times(2), None);
        let franc = Money { minor: 1, currency: Currency::new("CHF").expect("three capitals") };
        assert_eq!(amount(1).checked_add(franc), None, "nobody adds euros and francs");
    }
}
