//! From pixels to tracklets, one camera at a time.

pub mod admit;
pub mod detect;
pub mod gate;
pub mod glance;
pub mod motion;
pub mod track;
