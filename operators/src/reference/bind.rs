//! Bind and conclude, the plain way: the last word on every binding first, then everything from scratch.

use crate::identity::bind::{BindSettings, Whereabouts};
use crate::identity::conclude::STRIDE_MM;
use schemas::{CameraId, Membership, Position, Stitched, StretchId, Tick, TickLength, Track, TrackId, TrackletId};
use std::collections::{BTreeMap, BTreeSet};

/// Every final row, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlowRows {
    /// One for each track and tick.
    pub positions: Vec<Position>,
    /// One for each track.
    pub tracks: Vec<Track>,
    /// Runs of tracklets in tracks.
    pub memberships: Vec<Membership>,
}

/// Where every track was, given everything that was ever said, in any order.
pub fn slow_whereabouts(said: &[Stitched]) -> Vec<Whereabouts> {
    let mut counts: BTreeMap<(StretchId, TrackId), i64> = BTreeMap::new();
    for row in said {
        if let Stitched::Rebind(rebinding) = row {
            *counts.entry((rebinding.binding.stretch, rebinding.binding.track)).or_default() += rebinding.diff;
        }
    }
    let owners: BTreeMap<StretchId, TrackId> =
        counts.into_iter().filter(|&(_, count)| count > 0).map(|(key, _)| key).collect();
    let mut best: BTreeMap<(TrackId, Tick), Whereabouts> = BTreeMap::new();
    for row in said {
        let Stitched::Step(step) = row else { continue };
        // A stretch that is nobody's was withdrawn.
        let Some(&owner) = owners.get(&step.stretch) else { continue };
        let claim = Whereabouts::of(owner, step);
        let place = best.entry((claim.track, claim.tick)).or_insert_with(|| claim.clone());
        if claim < *place {
            *place = claim;
        }
    }
    best.into_values().collect()
}

/// The final rows.
pub fn slow_rows(said: &[Stitched], settings: &BindSettings) -> SlowRows {
    let places = slow_whereabouts(said);
    let mut rows = SlowRows { memberships: slow_memberships(&places, settings), ..SlowRows::default() };
    for place in &places {
        let cameras: BTreeSet<CameraId> = place.shares.iter().map(|share| share.camera).collect();
        rows.positions.push(Position {
            track: place.track,
            event_time: settings.tick.start(place.tick),
            at: place.at,
            spread_mm: place.spread_mm,
            cameras: cameras.into_iter().collect(),
            attendee: None,
        });
    }
    let apart = |a: &Whereabouts, b: &Whereabouts| a.track == b.track && b.tick.0 - a.tick.0 <= settings.silence;
    for track in places.chunk_by(apart) {
        rows.tracks.push(slow_track(track, settings));
    }
    rows.positions.sort();
    rows.tracks.sort();
    rows.memberships.sort();
    rows
}

fn slow_track(places: &[Whereabouts], settings: &BindSettings) -> Track {
    let tick: TickLength = settings.tick;
    let seen: Vec<&Whereabouts> = places.iter().filter(|place| !place.shares.is_empty()).collect();
    let gaps = seen.windows(2).map(|pair| pair[1].tick.0 - pair[0].tick.0 - 1);
    let gap = gaps.max().unwrap_or(0);
    let (first, last) =
        if seen.is_empty() { (&places[0], &places[places.len() - 1]) } else { (seen[0], seen[seen.len() - 1]) };
    let (mut end, mut path_um) = (places[0].at, 0.0);
    for place in places {
        let (dx, dy) = (f64::from(place.at.x_mm - end.x_mm), f64::from(place.at.y_mm - end.y_mm));
        let far = (dx * dx + dy * dy).sqrt();
        if far >= STRIDE_MM {
            end = place.at;
            path_um += (1000.0 * far).round();
        }
    }
    let heights: u64 = places.iter().map(|place| u64::from(place.height_mm)).sum();
    let over = places[places.len() - 1].tick.0 + settings.silence + settings.hold();
    // A stretch that was silent for longer than a track may be is another when it speaks again.
    let mut stretches = 0;
    for (i, place) in places.iter().enumerate() {
        let known =
            |before: &Whereabouts| before.stretch == place.stretch && place.tick.0 - before.tick.0 <= settings.silence;
        stretches += u32::from(!places[..i].iter().any(known));
    }
    Track {
        id: places[0].track,
        first_seen: tick.start(first.tick),
        last_seen: tick.start(last.tick),
        closed_at: tick.start(Tick(over)),
        first: first.at,
        last: last.at,
        path_mm: (path_um / 1000.0).round() as u64,
        height_mm: (heights / places.len() as u64) as u32,
        positions: places.len() as u32,
        gap_longest_us: (gap * tick.us()) as i64,
        cameras: places
            .iter()
            .flat_map(|p| p.shares.iter().map(|share| share.camera))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        stretches,
    }
}

fn slow_memberships(places: &[Whereabouts], settings: &BindSettings) -> Vec<Membership> {
    let mut owners: BTreeMap<(TrackletId, Tick), (TrackId, CameraId)> = BTreeMap::new();
    for place in places {
        for share in &place.shares {
            if let Some(tracklet) = share.tracklet {
                let owner = owners.entry((tracklet, place.tick)).or_insert((place.track, share.camera));
                *owner = (*owner).min((place.track, share.camera));
            }
        }
    }
    let ticks: Vec<_> = owners.into_iter().collect();
    let one = |a: &((TrackletId, Tick), (TrackId, CameraId)), b: &((TrackletId, Tick), (TrackId, CameraId))| {
        a.0.0 == b.0.0 && a.1.0 == b.1.0 && b.0.1.0 - a.0.1.0 <= settings.silence
    };
    let runs: Vec<_> = ticks.chunk_by(one).collect();
    let run = |(i, run): (usize, &&[_])| {
        let (((tracklet, from), (track, camera)), ((_, last), _)): (_, ((TrackletId, Tick), _)) =
            (run[0], run[run.len() - 1]);
        let next = runs.get(i + 1).map(|next| next[0].0).filter(|next| next.0 == tracklet);
        let proof = next.map_or(u64::MAX, |(_, tick)| tick.0).min(last.0 + settings.silence);
        let start = |tick: u64| settings.tick.start(Tick(tick));
        let closed_at = start(proof + settings.hold());
        Membership { tracklet, camera, track, from: start(from.0), until: start(last.0 + 1), closed_at }
    };
    runs.iter().enumerate().map(run).collect()
}
