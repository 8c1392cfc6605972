//! From what each camera saw to who was where in the shop.

pub mod bind;
pub mod conclude;
pub mod identify;
pub mod stitch;
