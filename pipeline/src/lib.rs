//! pipeline
pub mod clock;
pub mod mot;
pub mod track;
