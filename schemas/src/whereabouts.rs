//! Shoppers across cameras, as tables tell them: final, because the time in which a correction could come has passed.

use crate::floor::FloorPoint;
use crate::ids::{CameraId, TrackId, TrackletId};
use crate::time::EventTime;
use crate::visit::Attendee;
use serde::{Deserialize, Serialize};

/// Where one shopper was at one tick.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Who.
    pub track: TrackId,
    /// Start of the tick.
    pub event_time: EventTime,
    /// Where.
    pub at: FloorPoint,
    /// Standard deviation of the place along its worst axis, in millimetres.
    pub spread_mm: u32,
    /// Who saw them; empty where nobody did and the place is predicted.
    pub cameras: Vec<CameraId>,
    /// On whose account they are there; none before a code was shown, and where nobody asked.
    pub attendee: Option<Attendee>,
}

impl Position {
    /// The distance within which [`Position::quality`] asks for the true place, in millimetres.
    pub const NEAR_MM: f64 = 250.0;

    /// The probability that the true place lies within [`Position::NEAR_MM`], if errors are normal and alike along both axes.
    pub fn quality(&self) -> f32 {
        let spread = f64::from(self.spread_mm.max(1));
        (1.0 - (-(Self::NEAR_MM * Self::NEAR_MM) / (2.0 * spread * spread)).exp()) as f32
    }
}

/// One shopper across cameras, once nothing more can come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Track {
    /// Identity.
    pub id: TrackId,
    /// Start of the first tick in which a camera saw them.
    pub first_seen: EventTime,
    /// Start of the last such tick.
    pub last_seen: EventTime,
    /// Start of the tick that proved the track over.
    pub closed_at: EventTime,
    /// Where they were first seen.
    pub first: FloorPoint,
    /// Where they were last seen.
    pub last: FloorPoint,
    /// Length of the way, in millimetres: see `operators::identity::conclude`.
    pub path_mm: u64,
    /// Mean of the estimated heights, in millimetres.
    pub height_mm: u32,
    /// Positions, one a tick.
    pub positions: u32,
    /// Longest time in which no camera saw them, in microseconds; 0 without gaps.
    pub gap_longest_us: i64,
    /// Every camera that saw them, in order of id.
    pub cameras: Vec<CameraId>,
    /// How many stretches were joined.
    pub stretches: u32,
}

/// Whose tracklet it was, from when until when. A tracklet in which a camera mixed two shoppers has several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// The tracklet.
    pub tracklet: TrackletId,
    /// Its camera.
    pub camera: CameraId,
    /// The track it was part of.
    pub track: TrackId,
    /// Start of the first tick.
    pub from: EventTime,
    /// End of the last tick.
    pub until: EventTime,
    /// Start of the tick that proved it over.
    pub closed_at: EventTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_is_a_probability() {
        let quality = |spread_mm| {
            let at = FloorPoint::default();
            Position { track: TrackId(1), event_time: EventTime(0), at, spread_mm, cameras: vec![], attendee: None }
                .quality()
        };
        assert!(quality(0) > 0.999 && quality(50) > 0.999);
        // Rayleigh: at a spread of 250 mm, 1 - exp(-1/2).
        assert!((quality(250) - 0.393_469).abs() < 1e-5, "{}", quality(250));
        assert!(quality(2_500) < 0.005);
    }
}
