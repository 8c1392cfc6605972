//! The slow twin of dwell: all positions at once, a list for each person and zone, cut where it has gaps; minutes from the stays.

use crate::shelf::dwell::{DwellSettings, Stayer};
use schemas::{Attendee, EventTime, FloorPoint, Position, TickLength, TrackId, Zone, ZoneId, ZoneMinute};
use std::collections::{BTreeMap, BTreeSet};

/// A stay: where, who, from when until when, how long they stood still.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlowStay {
    /// Where.
    pub zone: ZoneId,
    /// The track with which it began.
    pub track: TrackId,
    /// Who.
    pub attendee: Option<Attendee>,
    /// Start of the first tick.
    pub from: EventTime,
    /// End of the last.
    pub until: EventTime,
}

/// All stays and all minutes of `positions`.
pub fn slow_dwells(
    positions: &[Position],
    zones: &[Zone],
    tick: TickLength,
    s: &DwellSettings,
) -> (Vec<SlowStay>, Vec<ZoneMinute>) {
    let length = i64::try_from(tick.us()).expect("a short tick");
    let mut lists: BTreeMap<(Stayer, ZoneId), Vec<&Position>> = BTreeMap::new();
    for position in positions {
        for zone in zones.iter().filter(|zone| zone.contains(position.at)) {
            lists.entry((Stayer::of(position), zone.id())).or_default().push(position);
        }
    }
    let (mut stays, mut minutes) =
        (Vec::new(), BTreeMap::<(EventTime, ZoneId), Vec<(Stayer, EventTime, EventTime)>>::new());
    let absence = i64::from(s.absence_ms) * 1000;
    for ((who, zone), mut list) in lists {
        list.sort_by_key(|p| p.event_time);
        // A stay goes on unless the start of a known tick lies more than the absence after its end.
        let ticks_over = |gap: i64| gap.div_euclid(length) * length > absence;
        for run in list.chunk_by(|a, b| !ticks_over(b.event_time.since_us(a.event_time) - length)) {
            let (from, until) = (run[0].event_time, run[run.len() - 1].event_time.plus_us(length));
            if until.since_us(from) < i64::from(s.stay_min_ms) * 1000 {
                continue;
            }
            stays.push(SlowStay { zone, track: run[0].track, attendee: run[0].attendee, from, until });
            let mut minute = EventTime(from.0.div_euclid(60_000_000) * 60_000_000);
            while minute < until {
                minutes.entry((minute, zone)).or_default().push((who, from, until));
                minute = minute.plus_us(60_000_000);
            }
        }
    }
    stays.sort();
    let told = minutes.into_iter().map(|((minute, zone), there)| {
        let end = minute.plus_us(60_000_000);
        let count = |of: &dyn Fn(EventTime) -> bool| there.iter().filter(|(_, from, _)| of(*from)).count() as u32;
        let people: BTreeSet<Stayer> = there.iter().map(|(who, ..)| *who).collect();
        let at = |time: EventTime| there.iter().filter(|(_, from, until)| *from <= time && time < *until).count();
        let starts = there.iter().map(|(_, from, _)| (*from).max(minute));
        ZoneMinute {
            minute,
            zone,
            entries: count(&|from| from >= minute),
            exits: there.iter().filter(|(_, _, until)| *until <= end).count() as u32,
            people: people.len() as u32,
            people_max: starts.map(at).max().unwrap_or(0) as u32,
            time_us: there.iter().map(|(_, from, until)| (*until).min(end).since_us((*from).max(minute))).sum(),
        }
    });
    (stays, told.collect())
}

/// For how long somebody whose places these are, one a tick, stood still, in ticks: each tick that lies in a time of `still_ms`
/// within which they were never more than `still_mm` from where they were at its end.
pub fn slow_still(places: &[FloorPoint], tick: TickLength, s: &DwellSettings) -> usize {
    let span = ((u64::from(s.still_ms) * 1000) / tick.us()).max(1) as usize;
    let still = |end: usize| {
        end + 1 >= span
            && places[end + 1 - span..=end].iter().all(|p| p.distance_mm(places[end]) <= f64::from(s.still_mm))
    };
    (0..places.len()).filter(|&at| (at..(at + span).min(places.len())).any(still)).count()
}
