//! How operators are built.
pub mod build;
