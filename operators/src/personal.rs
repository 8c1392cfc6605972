//! What is due, what is on offer, the week's shop: from the receipts of members.
//!
//! ```text
//!  Receipt, ReceiptLine
//!    | purchases  differential: what members bought, adjustments as differences
//!    v
//!  Dwell, FinalInteraction
//!    | deeds      by tick: where members stood still, what they took and put back
//!    v
//!  Purchase (difference = quantity), Done, who was forgotten and when, Ask
//!    | gather     differential: what is on receipts, without what is forgotten; asks; the shop's patterns --> Entry by member
//!    |    \ patterns   differential: what is bought again, and what is bought most, in the weeks before
//!    v
//!  Entry, arranged once, and reduced once by member
//!    | profile    one row for each ask
//!    | suggest    the next basket, ranked by boosted trees
//!    | due        chances of habitual categories, by boosted trees
//!    v
//!  Profile, Suggestion, Due
//!
//!  Whereabouts, Attendance: what is known now
//!    | notice     by tick: members come (asks as of then), stand at a shelf, are about to leave
//!    v
//!  Noticed, Due, cart            Noticed, cart, Suggestion
//!    | remind     by tick          | offer      by tick: rules, a hold-out share, the rest by affinity
//!    v                             v
//!  Reminder                      Offer; Rebate, which `settle` takes off the receipt
//! ```

pub mod decay;
pub mod deeds;
pub mod due;
pub mod features;
pub mod forget;
pub mod gather;
pub mod history;
pub mod notice;
pub mod offer;
pub mod patterns;
pub mod profile;
pub mod purchases;
pub mod remind;
pub mod suggest;
pub mod tell;
pub mod trees;
