//! Gate codes: what an app shows, what a reader checks, without a network between them.
//!
//! A code is a [PASETO](https://paseto.io) `v4.public` token: JSON that everybody can read, signed with Ed25519. An app's server signs
//! it ([`issue`]) and the app draws it ([`qr`]); a reader that knows the public keys says who it lets in, or why not ([`Verifier`]).
//! This crate depends on nothing else of Aisleflow, so apps and readers may use it alone.
//!
//! ```text
//!  server: SigningKey, Claims --issue--> code --qr::Symbol--> screen --scan--> Verifier::verify --> Claims | Refusal
//! ```
//!
//! The payload: `iss` who issues, `sub` whose it is (a pseudonym: anybody who sees the code can read it), `role` `member` or `staff`,
//! `party` how many come in, `gate` the one gate it is for (absent: every gate), `jti` different in every code, and `iat`, `nbf`, `exp` as
//! RFC 3339 instants. No footer, no implicit assertion; members of the payload that are not listed here are ignored.
//!
//! **Time** is an argument everywhere, in microseconds UTC since 1970: this crate reads no clock. **State**: none. A code that is shown
//! twice verifies twice; to admit it once, remember [`Claims::code_id`] until [`Claims::expires_at_us`] and the leeway are over, which
//! is [`LIFE_US_MAX`] and the leeway at most after it was first good.
//!
//! ```
//! use gatecode::{Claims, Refusal, Role, SigningKey, Verifier, code_id, issue, qr::Symbol};
//!
//! let key = SigningKey::generate()?;
//! let now_us = 1_764_000_000_000_000;
//! let claims = Claims {
//!     issuer: "corner-shop".to_string(),
//!     subject: "member-8f3a".to_string(),
//!     role: Role::Member,
//!     party: 2,
//!     gate: None,
//!     code_id: code_id()?,
//!     issued_at_us: now_us,
//!     not_before_us: now_us,
//!     expires_at_us: now_us + 300_000_000,
//! };
//! let code = issue(&key, &claims)?;
//! assert!(Symbol::of(&code)?.png(8).starts_with(b"\x89PNG"));
//!
//! // The reader has the text of the public key only. Clocks may differ by half a minute.
//! let public = key.public().paserk();
//! let verifier = Verifier::new("corner-shop", vec![public.parse()?], 30_000_000);
//! assert_eq!(verifier.verify(&code, "door", now_us + 5_000_000), Ok(claims));
//! assert_eq!(verifier.verify(&code, "door", now_us + 330_000_000), Err(Refusal::Expired));
//! assert_eq!(verifier.verify("hello", "door", now_us), Err(Refusal::NotACode));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
mod key;
mod pseudonym;
pub mod qr;
mod verify;

pub use claims::{Claims, IssueError, LIFE_US_MAX, PARTY_MAX, Role, code_id, issue};
pub use key::{KeyError, PublicKey, SigningKey};
pub use pseudonym::pseudonym;
pub use verify::{CODE_BYTES_MAX, Refusal, Verifier};
