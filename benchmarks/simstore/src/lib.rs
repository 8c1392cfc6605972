//! simstore: a seeded shop without tills that knows the truth. It makes what a real shop's sensors would deliver (camera files,
//! shelf scales, gate codes, the shop's configuration) and, beside it, what truly happened.
//!
//! Of our crates it imports `schemas` only: it must never share a line of decision logic with the pipeline.
//!
//! ```text
//!  scenario.toml -> Scenario (cannot be wrong)
//!       |
//!     World     the building, shelves, planogram, catalog, cameras, scales, gates     -> store.toml and its files
//!       |
//!     Life      people with plans: an iterator of Moments, 50 a second                -> Happenings
//!       |  Moment { who stands where in which pose, what happened }
//!       +-- render     pictures of every camera, boxes by id buffer  -> H.264, labelled images
//!       +-- observe    detections without pictures                    -> Parquet
//!       +-- scales     grams at 60 Hz; gate: signed codes, crossings   -> Parquet
//!       +-- ledger     goods conserved, receipts                      -> truth Parquet
//!  score: truth beside what the pipeline wrote
//! ```
//!
//! Lengths are millimetres in the store's frame (right-handed, z up, the floor at 0), angles radians, masses milligrams, times
//! microseconds UTC. Every random number comes from a stream named by what it is for ([`seed::Seed`]), so that adding one
//! shopper does not change another.

pub mod body;
pub mod cli;
pub mod device;
pub mod gate;
pub mod generate;
pub mod goods;
pub mod histories;
pub mod ledger;
pub mod life;
pub mod observe;
pub mod reenact;
pub mod render;
pub mod scales;
pub mod scenario;
pub mod score;
pub mod seed;
pub mod table;
pub mod truth;
pub mod world;
