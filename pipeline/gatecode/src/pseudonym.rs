//! Pseudonym: the number under which a subject stands in tables.

#[cfg(test)]
mod tests;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The first 8 bytes, big endian, of HMAC-SHA256 (RFC 2104) of `subject` under `key`. Whoever has the key can tell whose rows are
/// whose; without it the number says nothing. The same key and subject give the same number, ever; another key gives others. Two of
/// n subjects share a number with a chance of about n^2 / 2^65: one in thirty-seven million for a million members.
///
/// ```
/// let key = [7; 32];
/// assert_eq!(gatecode::pseudonym(&key, "member-8f3a"), gatecode::pseudonym(&key, "member-8f3a"));
/// assert_ne!(gatecode::pseudonym(&key, "member-8f3a"), gatecode::pseudonym(&[8; 32], "member-8f3a"));
/// ```
pub fn pseudonym(key: &[u8; 32], subject: &str) -> u64 {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(subject.as_bytes());
    let code = mac.finalize().into_bytes();
    let mut first = [0; 8];
    first.copy_from_slice(&code[..8]);
    u64::from_be_bytes(first)
}
