//! Claims: what a code says, as a type and as signed JSON.

#[cfg(test)]
mod tests;

use crate::key::{KeyError, SigningKey};
use crate::verify::CODE_BYTES_MAX;
use jiff::Timestamp;
use pasetors::version4::PublicToken;
use serde::{Deserialize, Serialize};

/// Most people that one code lets in.
pub const PARTY_MAX: u32 = 20;
/// Longest time from a code's start to its end, in microseconds: a day.
pub const LIFE_US_MAX: i64 = 86_400_000_000;

/// Who shows a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Somebody who shops.
    Member,
    /// Somebody who works here.
    Staff,
}

/// What a code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who issues it (`iss`); the reader knows this name.
    pub issuer: String,
    /// Whose it is (`sub`): a pseudonym, for everybody who sees the code can read it.
    pub subject: String,
    /// Member or staff (`role`).
    pub role: Role,
    /// How many people come in with it (`party`), 1 to [`PARTY_MAX`].
    pub party: u32,
    /// The only gate that it opens (`gate`); none: every gate.
    pub gate: Option<String>,
    /// Different in every code (`jti`): [`code_id`] makes one.
    pub code_id: String,
    /// When it was issued (`iat`), microseconds UTC. It is not compared with anything.
    pub issued_at_us: i64,
    /// First instant at which it is good (`nbf`), microseconds UTC.
    pub not_before_us: i64,
    /// First instant at which it is good no more (`exp`), microseconds UTC: after `not_before_us`, by [`LIFE_US_MAX`] at most.
    pub expires_at_us: i64,
}

/// Why a code is not issued. Each means: give up, the claims have to be others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A text is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// So many do not come in with one code.
    #[error("party is {0}: it must be from 1 to {PARTY_MAX}")]
    Party(u32),
    /// It would end before it starts.
    #[error("the code expires at or before the instant it is good from")]
    Order,
    /// It would be good for too long.
    #[error("the code is good for {0} us: a day ({LIFE_US_MAX} us) is the most")]
    Life(i64),
    /// An instant that no calendar has.
    #[error("{0} us is no instant between the years -9999 and 9999")]
    Instant(i64),
    /// Readers refuse codes of such a length.
    #[error("the code has {0} bytes: {CODE_BYTES_MAX} is the most; shorten its texts")]
    TooLong(usize),
    /// The key does not sign.
    #[error("the key does not sign")]
    Key,
}

/// A new [`Claims::code_id`]: 128 random bits, 32 hexadecimal digits.
///
/// # Errors
/// [`KeyError::Random`].
pub fn code_id() -> Result<String, KeyError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|_| KeyError::Random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}

/// Signs a code: the text that an app shows. About 400 to 600 characters; the same claims and key give the same code.
///
/// # Errors
/// [`IssueError`], where a reader would refuse such a code in any case.
///
/// ```
/// # use gatecode::{Claims, IssueError, Role, SigningKey, issue};
/// let mut claims = Claims {
///     issuer: "corner-shop".to_string(),
///     subject: "member-8f3a".to_string(),
///     role: Role::Member,
///     party: 1,
///     gate: Some("door".to_string()),
///     code_id: "0123456789abcdef0123456789abcdef".to_string(),
///     issued_at_us: 0,
///     not_before_us: 0,
///     expires_at_us: 300_000_000,
/// };
/// let key = SigningKey::generate()?;
/// assert!(issue(&key, &claims)?.starts_with("v4.public."));
/// claims.party = 21;
/// assert_eq!(issue(&key, &claims), Err(IssueError::Party(21)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn issue(key: &SigningKey, claims: &Claims) -> Result<String, IssueError> {
    let payload = claims.payload()?;
    let code = PublicToken::sign(&key.0, payload.as_bytes(), None, None).map_err(|_| IssueError::Key)?;
    if code.len() > CODE_BYTES_MAX { Err(IssueError::TooLong(code.len())) } else { Ok(code) }
}

impl Claims {
    /// The JSON that is signed.
    ///
    /// # Errors
    /// All of [`issue`] but `TooLong` and `Key`.
    pub fn payload(&self) -> Result<String, IssueError> {
        self.check()?;
        let instant = |at_us: i64| Timestamp::from_microsecond(at_us).map_err(|_| IssueError::Instant(at_us));
        let payload = Payload {
            iss: self.issuer.clone(),
            sub: self.subject.clone(),
            role: self.role,
            party: self.party,
            gate: self.gate.clone(),
            jti: self.code_id.clone(),
            iat: instant(self.issued_at_us)?,
            nbf: instant(self.not_before_us)?,
            exp: instant(self.expires_at_us)?,
        };
        Ok(serde_json::to_string(&payload).expect("texts, a number and instants have a JSON"))
    }

    /// The claims of a payload; none where a part is missing, of another type, or such as [`issue`] refuses.
    pub(crate) fn read(payload: &str) -> Option<Self> {
        let payload: Payload = serde_json::from_str(payload).ok()?;
        let claims = Self {
            issuer: payload.iss,
            subject: payload.sub,
            role: payload.role,
            party: payload.party,
            gate: payload.gate,
            code_id: payload.jti,
            issued_at_us: payload.iat.as_microsecond(),
            not_before_us: payload.nbf.as_microsecond(),
            expires_at_us: payload.exp.as_microsecond(),
        };
        claims.check().ok().map(|()| claims)
    }

    fn check(&self) -> Result<(), IssueError> {
        let gate = self.gate.as_deref().unwrap_or("any");
        let texts =
            [("issuer", &*self.issuer), ("subject", &*self.subject), ("code_id", &*self.code_id), ("gate", gate)];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.is_empty()) {
            return Err(IssueError::Empty(name));
        }
        if !(1..=PARTY_MAX).contains(&self.party) {
            return Err(IssueError::Party(self.party));
        }
        match self.expires_at_us.saturating_sub(self.not_before_us) {
            ..=0 => Err(IssueError::Order),
            1..=LIFE_US_MAX => Ok(()),
            life => Err(IssueError::Life(life)),
        }
    }
}

/// The members of the JSON.
#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    sub: String,
    role: Role,
    party: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gate: Option<String>,
    jti: String,
    iat: Timestamp,
    nbf: Timestamp,
    exp: Timestamp,
}
