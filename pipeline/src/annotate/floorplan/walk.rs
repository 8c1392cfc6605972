//! Walk: one track's places in order of time, with the colour and the number by which it is known in every picture.

use schemas::{EventTime, FloorPoint, Position, TrackId};
use std::collections::BTreeMap;

/// Colours that can be told apart on white and over footage.
const PALETTE: [[u8; 3]; 12] = [
    [31, 119, 180],
    [230, 95, 0],
    [44, 160, 44],
    [214, 39, 40],
    [148, 103, 189],
    [0, 160, 175],
    [200, 60, 150],
    [140, 86, 75],
    [130, 140, 0],
    [90, 90, 220],
    [0, 120, 90],
    [255, 150, 120],
];
/// A path is bridged where its places are further apart than so many of its usual steps.
const STEPS_MAX: i64 = 3;

/// Where somebody was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When.
    pub time: EventTime,
    /// Where.
    pub at: FloorPoint,
    /// Whether a camera saw them.
    pub seen: bool,
}

/// One track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The track.
    pub track: TrackId,
    /// Its number: from 1, in the order in which tracks begin, and where several begin at once, from left to right.
    pub number: u32,
    /// Its colour.
    pub color: [u8; 3],
    /// Its places, in order of time, up to the last that a camera saw.
    pub places: Vec<Place>,
    /// Usual time between two places, in microseconds.
    step_us: i64,
}

impl Walk {
    /// The walks of what was published.
    pub fn of_positions(positions: &[Position]) -> Vec<Self> {
        let place = |p: &Position| (p.track, Place { time: p.event_time, at: p.at, seen: !p.cameras.is_empty() });
        Self::all(positions.iter().map(place))
    }

    /// The walks that these places make, in the order of their numbers.
    pub fn all(places: impl Iterator<Item = (TrackId, Place)>) -> Vec<Self> {
        let mut tracks: BTreeMap<TrackId, Vec<Place>> = BTreeMap::new();
        for (track, place) in places {
            tracks.entry(track).or_default().push(place);
        }
        for places in tracks.values_mut() {
            places.sort_by_key(|place| place.time);
            let seen = places.iter().rposition(|place| place.seen).map_or(0, |last| last + 1);
            places.truncate(seen.max(1));
        }
        let mut steps: Vec<i64> = Vec::new();
        for places in tracks.values() {
            steps.extend(places.windows(2).map(|pair| pair[1].time.since_us(pair[0].time)));
        }
        steps.sort_unstable();
        let step_us = steps.get(steps.len() / 2).copied().unwrap_or(0);
        let mut tracks: Vec<(TrackId, Vec<Place>)> = tracks.into_iter().collect();
        tracks.sort_by_key(|(track, places)| (places[0].time, places[0].at, *track));
        let walk = |((track, places), number): ((TrackId, Vec<Place>), u32)| {
            let color = PALETTE[(number as usize - 1) % PALETTE.len()];
            Self { track, number, color, places, step_us }
        };
        tracks.into_iter().zip(1u32..).map(walk).collect()
    }

    /// How pictures call it: its number and the beginning of its id in tables.
    pub fn name(&self) -> String {
        format!("{} {:.4}", self.number, self.track.to_string())
    }

    /// When a camera first and last saw them.
    pub fn seen(&self) -> (EventTime, EventTime) {
        let mut seen = self.places.iter().filter(|place| place.seen).map(|place| place.time);
        let first = seen.next().unwrap_or(self.places[0].time);
        (first, seen.next_back().unwrap_or(first))
    }

    /// Whether nobody saw the way from one place to the next.
    pub fn bridged(&self, from: &Place, to: &Place) -> bool {
        !from.seen || !to.seen || to.time.since_us(from.time) > STEPS_MAX * self.step_us
    }

    /// The places up to `now`; none where they are not here, or gone.
    pub fn until(&self, now: EventTime) -> Option<&[Place]> {
        let past = &self.places[..self.places.partition_point(|place| place.time <= now)];
        let last = past.last()?;
        let here = past.len() < self.places.len() || now.since_us(last.time) <= self.step_us;
        here.then_some(past)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(tick: i64, x_mm: i32, seen: bool) -> Place {
        Place { time: EventTime(tick * 100_000), at: FloorPoint { x_mm, y_mm: 0 }, seen }
    }

    #[test]
    fn walks_are_numbered_as_they_begin_and_end_where_last_seen() {
        let mut places: Vec<(TrackId, Place)> = (0..10).map(|t| (TrackId(9), place(t, 500, true))).collect();
        places.extend((0..10).map(|t| (TrackId(7), place(t, 900, t < 6))));
        places.extend([3, 4, 12, 13].map(|t| (TrackId(1), place(t, 100, t != 13))));
        let walks = Walk::all(places.into_iter());
        assert_eq!(walks.iter().map(|w| (w.number, w.track.0)).collect::<Vec<_>>(), [(1, 9), (2, 7), (3, 1)]);
        assert_eq!(walks[1].places.len(), 6);
        assert_eq!(walks[2].seen(), (EventTime(300_000), EventTime(1_200_000)));
        assert_eq!(walks[2].name(), "3 0000");
        let bridged: Vec<bool> = walks[2].places.windows(2).map(|p| walks[2].bridged(&p[0], &p[1])).collect();
        assert_eq!(bridged, [false, true], "800 ms where steps take 100");
        let here = |tick: i64| walks[2].until(EventTime(tick * 100_000)).map(<[Place]>::len);
        assert_eq!([here(2), here(3), here(8), here(12), here(14)], [None, Some(1), Some(2), Some(3), None]);
    }
}
