//! What people do at the shelves, and where they spend their time.

pub mod dwell;
pub mod weigh;
