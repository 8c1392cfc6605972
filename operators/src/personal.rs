//! What is due, what is on offer, the week's shop: from the receipts of members.
//!
//! ```text
//!  Receipt, ReceiptLine
//!    | purchases  differential: what members bought, adjustments as differences
//!    v
//!  Purchase (difference = quantity), erased members, Ask
//!    | gather     differential: what is on receipts, without who is erased; asks; the shop's patterns --> Entry by member
//!    |    \ patterns   differential: what is bought again, and what is bought most, in the weeks before
//!    v
//!  Entry, arranged once
//!    | profile    reduce by member: one row for each ask
//!    | suggest    reduce by member: the next basket, ranked by boosted trees
//!    | due        reduce by member: chances of habitual categories, by boosted trees
//!    v
//!  Profile, Suggestion, Due
//!
//!  Dwell at a shelf, cart, Suggestion
//!    | offer      by tick: rules, a hold-out share, the rest by affinity
//!    v
//!  Offer
//! ```

pub mod decay;
pub mod due;
pub mod features;
pub mod gather;
pub mod history;
pub mod offer;
pub mod patterns;
pub mod profile;
pub mod purchases;
pub mod suggest;
pub mod trees;
