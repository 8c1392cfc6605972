//! What truly happened, as Parquet under `OUT/truth`: a [`Recorder`] is shown every moment and every camera's frame, and keeps
//! nothing but what is still open (stays in zones, visits, where packages belong). `TRUTH.md` lists the tables; a test keeps it so.

mod acts;
mod describe;
mod devices;
mod people;
mod places;
mod recorder;
mod seen;
mod stays;
#[cfg(test)]
mod tests;
mod visits;

pub use describe::markdown;
pub(crate) use places::within;
pub use recorder::{Counts, Recorder, TABLES};
pub use seen::{FrameTruth, JointSeen, PersonSeen, Visibility};

use crate::life::Role;

/// Word for a hand: 0 left, 1 right.
fn hand_word(hand: usize) -> &'static str {
    if hand == 0 { "left" } else { "right" }
}

/// Word and number of a role.
fn role_words(role: &Role) -> (&'static str, Option<u64>) {
    match *role {
        Role::Member(number) => ("member", Some(number)),
        Role::Staff(number) => ("staff", Some(number)),
        Role::Tailgater => ("tailgater", None),
    }
}
