//! What cameras see.
pub mod motion;
pub mod track;
