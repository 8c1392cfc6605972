//! operators
pub mod flow;
pub mod vision;
