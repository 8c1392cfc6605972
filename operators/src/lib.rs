//! operators
pub mod flow;
pub mod reference;
pub mod vision;
