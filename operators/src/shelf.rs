//! What people do at the shelves, and where they spend their time.

pub mod attribute;
pub mod dwell;
pub mod fronts;
pub mod reach;
pub mod see;
pub mod shelving;
pub mod stock;
pub mod weigh;
