//! Whose: everybody's path, and whose tracklet it was when, from the published `positions` and `memberships`.

use super::AnnotateError;
use super::floorplan::{Place, Walk};
use super::parts::Parts;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{RecordBatch, StringArray, TimestampMicrosecondArray};
use schemas::{EventTime, FloorPoint, TrackId};
use std::collections::BTreeMap;
use std::path::Path;

/// A tracklet's track, from when until when.
type Owner = (EventTime, EventTime, TrackId);

/// The tracks of a run.
#[derive(Debug, Default)]
pub struct Whose {
    /// Everybody's path, in the order of their numbers.
    pub walks: Vec<Walk>,
    /// Where in `walks` a track is.
    index: BTreeMap<TrackId, usize>,
    owners: BTreeMap<String, Vec<Owner>>,
}

impl Whose {
    /// Reads the tables under `out`; none where nobody was followed on the floor.
    pub fn read(out: &Path, store: &str) -> Result<Option<Self>, AnnotateError> {
        let mut places: Vec<(TrackId, Place)> = Vec::new();
        let mut positions = Parts::open(out, store, "positions")?;
        while let Some(rows) = positions.next(places_of)? {
            places.extend(rows);
        }
        if places.is_empty() {
            return Ok(None);
        }
        let mut owners: BTreeMap<String, Vec<Owner>> = BTreeMap::new();
        let mut memberships = Parts::open(out, store, "memberships")?;
        while let Some(rows) = memberships.next(owners_of)? {
            for (tracklet, owner) in rows {
                owners.entry(tracklet).or_default().push(owner);
            }
        }
        owners.values_mut().for_each(|owners| owners.sort());
        let walks = Walk::all(places.into_iter());
        let index = walks.iter().enumerate().map(|(i, walk)| (walk.track, i)).collect();
        Ok(Some(Self { walks, index, owners }))
    }

    /// Whose tracklet it is at `time`.
    pub fn track(&self, tracklet: &str, time: EventTime) -> Option<&Walk> {
        let owners = self.owners.get(tracklet)?;
        let (_, _, track) = owners.iter().find(|(from, until, _)| (*from..*until).contains(&time))?;
        self.walks.get(*self.index.get(track)?)
    }
}

fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name)?.as_string_opt::<i32>()
}

fn times<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b TimestampMicrosecondArray> {
    batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>()
}

/// The rows of `positions`; none where a column is missing or of another type.
fn places_of(batch: &RecordBatch) -> Option<Vec<(TrackId, Place)>> {
    let (tracks, event_times) = (texts(batch, "track_id")?, times(batch, "event_time")?);
    let millimetres = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int32Type>();
    let (x, y) = (millimetres("x_mm")?, millimetres("y_mm")?);
    let cameras = batch.column_by_name("cameras")?.as_list_opt::<i32>()?;
    let place = |i: usize| {
        let at = FloorPoint { x_mm: x.value(i), y_mm: y.value(i) };
        let place = Place { time: EventTime(event_times.value(i)), at, seen: cameras.value_length(i) > 0 };
        Some((track_id(tracks.value(i))?, place))
    };
    (0..batch.num_rows()).map(place).collect()
}

/// The rows of `memberships`; none where a column is missing or of another type.
fn owners_of(batch: &RecordBatch) -> Option<Vec<(String, Owner)>> {
    let (tracklets, tracks) = (texts(batch, "tracklet_id")?, texts(batch, "track_id")?);
    let (from, until) = (times(batch, "from_time")?, times(batch, "until_time")?);
    let row = |i: usize| {
        let owner = (EventTime(from.value(i)), EventTime(until.value(i)), track_id(tracks.value(i))?);
        Some((tracklets.value(i).to_string(), owner))
    };
    (0..batch.num_rows()).map(row).collect()
}

fn track_id(text: &str) -> Option<TrackId> {
    u64::from_str_radix(text, 16).ok().map(TrackId)
}
