//! MOTChallenge rows on the floor: `frame,id,-1,-1,-1,-1,score,x,y,z`, in metres.

use schemas::{EventTime, FloorPoint, Position, Score, TrackId};
use std::collections::BTreeMap;
use std::io::Write;

/// One person in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FloorRow {
    /// Frame, from 1.
    pub frame: u32,
    /// Identity, from 1.
    pub id: u32,
    /// The position's quality.
    pub score: Score,
    /// Where.
    pub at: FloorPoint,
}

/// Positions as rows; `frame_of` gives the frame of a tick's start. Identities are counted from 1 as they first appear, and
/// where several appear at once, from left to right.
pub fn floor_rows(positions: &[Position], frame_of: impl Fn(EventTime) -> u32) -> Vec<FloorRow> {
    let mut ordered: Vec<&Position> = positions.iter().collect();
    ordered.sort_by_key(|row| (row.event_time, row.at, row.track));
    let mut ids: BTreeMap<TrackId, u32> = BTreeMap::new();
    let mut rows = Vec::with_capacity(ordered.len());
    for row in ordered {
        let next = ids.len() as u32 + 1;
        let id = *ids.entry(row.track).or_insert(next);
        rows.push(FloorRow { frame: frame_of(row.event_time), id, score: Score::from_unit(row.quality()), at: row.at });
    }
    rows.sort_unstable();
    rows
}

/// Writes rows in the order given.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_rows(mut output: impl Write, rows: &[FloorRow]) -> std::io::Result<()> {
    let metres = |mm: i32| f64::from(mm) / 1000.0;
    for FloorRow { frame, id, score, at } in rows {
        let (x, y) = (metres(at.x_mm), metres(at.y_mm));
        writeln!(output, "{frame},{id},-1,-1,-1,-1,{},{x:.3},{y:.3},0", score.unit())?;
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_counted_as_they_appear() {
        let position = |track, time, x_mm| Position {
            track: TrackId(track),
            event_time: EventTime(time),
            at: FloorPoint { x_mm, y_mm: -250 },
            spread_mm: 250,
            cameras: vec![],
            attendee: None,
        };
        let positions = [position(9, 20, 1000), position(3, 10, 2000), position(7, 10, 1500), position(3, 20, 2100)];
        let rows = floor_rows(&positions, |time| (time.0 / 10) as u32);
        let mut text = Vec::new();
        write_rows(&mut text, &rows).expect("memory can be written");
        let expected = "1,1,-1,-1,-1,-1,0.3935,1.500,-0.250,0\n1,2,-1,-1,-1,-1,0.3935,2.000,-0.250,0\n\
            2,2,-1,-1,-1,-1,0.3935,2.100,-0.250,0\n2,3,-1,-1,-1,-1,0.3935,1.000,-0.250,0\n";
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }
}
