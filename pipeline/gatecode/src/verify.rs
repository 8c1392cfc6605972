//! Verifier: says who a code lets in, or why nobody.
//!
//! Whatever text is shown, it answers, in memory that does not grow: nothing longer than [`CODE_BYTES_MAX`] is looked into, and JSON
//! is read only after its signature was found good.

#[cfg(test)]
mod tests;

use crate::claims::Claims;
use crate::key::PublicKey;
use pasetors::Public;
use pasetors::errors::Error;
use pasetors::token::UntrustedToken;
use pasetors::version4::{PublicToken, V4};

/// Longest code that is looked into, in bytes.
pub const CODE_BYTES_MAX: usize = 2048;

/// Why a code lets nobody in, in the order in which it is found out. Displayed: a sentence for whoever stands at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// No `v4.public` token without a footer, or longer than [`CODE_BYTES_MAX`].
    #[error("this is no gate code")]
    NotACode,
    /// None of the keys has signed it, or it was changed since.
    #[error("this code was not made by the shop's app, or it was changed")]
    Forged,
    /// Signed, but what it says are not the claims of a code.
    #[error("this code is signed and says nothing that a gate understands: the app that made it is in error")]
    Malformed,
    /// Another issuer's.
    #[error("this code is another issuer's")]
    WrongIssuer,
    /// For another gate.
    #[error("this code is for another gate")]
    WrongGate,
    /// Its time has not come, even if the reader's clock is late by the leeway.
    #[error("this code is not good yet: wait, or see to the clocks")]
    NotYetValid,
    /// Its time is over, even if the reader's clock is early by the leeway.
    #[error("this code has expired: make a new one in the app")]
    Expired,
}

impl Refusal {
    /// Every refusal, in order.
    pub const ALL: [Self; 7] = [
        Self::NotACode,
        Self::Forged,
        Self::Malformed,
        Self::WrongIssuer,
        Self::WrongGate,
        Self::NotYetValid,
        Self::Expired,
    ];

    /// Its name in tables and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotACode => "not_a_code",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongGate => "wrong_gate",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
        }
    }
}

/// Verifies codes: the keys of one issuer, and how far clocks may differ.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: String,
    keys: Vec<PublicKey>,
    leeway_us: i64,
}

impl Verifier {
    /// Believes what one of `keys` has signed for `issuer`; give the old and the new key while keys rotate (each is tried: a code does
    /// not say which it is). A code is good from `leeway_us` before its start, until `leeway_us` after its end; a negative leeway counts
    /// as none. Without keys, every code is forged.
    pub fn new(issuer: impl Into<String>, keys: Vec<PublicKey>, leeway_us: i64) -> Self {
        Self { issuer: issuer.into(), keys, leeway_us: leeway_us.max(0) }
    }

    /// What `code`, shown at `gate` at `at_us` (microseconds UTC), says. The code is taken as it is: take off what a scanner puts
    /// around it, such as an end of line.
    ///
    /// It does not remember: a code that is shown twice is good twice ([`Claims::code_id`]).
    ///
    /// # Errors
    /// [`Refusal`]: the first that holds, in the order of [`Refusal::ALL`].
    ///
    /// ```
    /// # use gatecode::{PublicKey, Refusal, Verifier};
    /// let key: PublicKey = "k4.public.Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI".parse()?;
    /// let verifier = Verifier::new("corner-shop", vec![key], 30_000_000);
    /// let refusal = verifier.verify("v4.public.made-up", "door", 0).unwrap_err();
    /// assert_eq!((refusal, refusal.word()), (Refusal::NotACode, "not_a_code"));
    /// # Ok::<(), gatecode::KeyError>(())
    /// ```
    pub fn verify(&self, code: &str, gate: &str, at_us: i64) -> Result<Claims, Refusal> {
        let claims = self.signed(code)?;
        if claims.issuer != self.issuer {
            Err(Refusal::WrongIssuer)
        } else if claims.gate.as_ref().is_some_and(|only| only != gate) {
            Err(Refusal::WrongGate)
        } else if at_us < claims.not_before_us.saturating_sub(self.leeway_us) {
            Err(Refusal::NotYetValid)
        } else if at_us >= claims.expires_at_us.saturating_add(self.leeway_us) {
            Err(Refusal::Expired)
        } else {
            Ok(claims)
        }
    }

    /// What a code says that one of the keys has signed.
    fn signed(&self, code: &str) -> Result<Claims, Refusal> {
        // Two dots: no footer, not even an empty one, which would be the same code in another writing.
        if code.len() > CODE_BYTES_MAX || code.bytes().filter(|byte| *byte == b'.').count() != 2 {
            return Err(Refusal::NotACode);
        }
        let token = UntrustedToken::<Public, V4>::try_from(code).map_err(|_| Refusal::NotACode)?;
        for key in &self.keys {
            match PublicToken::verify(&key.0, &token, None, None) {
                Ok(trusted) => return Claims::read(trusted.payload()).ok_or(Refusal::Malformed),
                Err(Error::PayloadInvalidUtf8) => return Err(Refusal::Malformed),
                Err(_) => {}
            }
        }
        Err(Refusal::Forged)
    }
}
