//! Journeys: each visit on a floor plan of its own, with what its tables say of it.

use super::AnnotateError;
use super::floorplan::Scene;
use super::parts::Parts;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use schemas::TrackId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Visits that are drawn; of more, the first.
const JOURNEYS_MAX: usize = 200;
/// Zones that are named, those of the longest stay first.
const ZONES_MAX: usize = 12;

/// One visit.
struct Journey {
    id: String,
    about: Vec<String>,
    tracks: Vec<TrackId>,
}

/// Draws a picture for each visit under `out` into `folder`/journeys; gives the files made.
pub(super) fn draw(out: &Path, store: &str, scene: &Scene, folder: &Path) -> Result<Vec<PathBuf>, AnnotateError> {
    let mut journeys = Vec::new();
    let mut visits = Parts::open(out, store, "visits")?;
    while let Some(rows) = visits.next(journeys_of)? {
        journeys.extend(rows);
    }
    let mut stays: BTreeMap<String, BTreeMap<String, [i64; 2]>> = BTreeMap::new();
    let mut dwells = Parts::open(out, store, "dwells")?;
    while let Some(rows) = dwells.next(stays_of)? {
        for (visit, zone, [stay, still]) in rows {
            let sum = stays.entry(visit).or_default().entry(zone).or_default();
            (sum[0], sum[1]) = (sum[0] + stay, sum[1] + still);
        }
    }
    if journeys.is_empty() {
        return Ok(Vec::new());
    }
    let folder = folder.join("journeys");
    std::fs::create_dir_all(&folder).map_err(|error| super::cannot_write(&folder, &error))?;
    let mut made = Vec::new();
    for Journey { id, mut about, tracks } in journeys.into_iter().take(JOURNEYS_MAX) {
        let mut zones: Vec<(String, [i64; 2])> = stays.remove(&id).unwrap_or_default().into_iter().collect();
        zones.sort_by_key(|(zone, [stay, _])| (-stay, zone.clone()));
        let second = |ms: i64| ms as f64 / 1000.0;
        let line = |(zone, [stay, still]): &(String, [i64; 2])| {
            format!("{zone}: {:.1} s, {:.1} s still", second(*stay), second(*still))
        };
        about.extend(zones.iter().take(ZONES_MAX).map(line));
        let walks = scene.walks.iter().filter(|walk| tracks.contains(&walk.track)).cloned().collect();
        let path = folder.join(format!("{id}.png"));
        Scene { walks, about, ..scene.clone() }.save(&path)?;
        made.push(path);
    }
    Ok(made)
}

/// The rows of `visits`; none where a column is missing or of another type.
fn journeys_of(batch: &RecordBatch) -> Option<Vec<Journey>> {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let time = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<TimestampMicrosecondType>();
    let (ids, kinds, outcomes, members) = (text("visit_id")?, text("kind")?, text("outcome")?, text("member_id")?);
    let (entered, left) = (time("entered_at")?, time("left_at")?);
    let people = batch.column_by_name("people")?.as_primitive_opt::<Int32Type>()?;
    let path = batch.column_by_name("path_mm")?.as_primitive_opt::<Int64Type>()?;
    let tracks = batch.column_by_name("track_ids")?.as_list_opt::<i32>()?;
    let journey = |i: usize| {
        let clock = |at: i64| jiff::Timestamp::from_microsecond(at).unwrap_or_default().strftime("%T").to_string();
        let member = if members.is_valid(i) { format!(", member {}", members.value(i)) } else { String::new() };
        let mut about = vec![
            format!("visit {}", ids.value(i)),
            format!("{}{member}", kinds.value(i)),
            format!("{}, {} in, {:.1} m", outcomes.value(i), people.value(i), path.value(i) as f64 / 1000.0),
        ];
        if entered.is_valid(i) && left.is_valid(i) {
            about.push(format!("in {}, out {}", clock(entered.value(i)), clock(left.value(i))));
        }
        let listed = tracks.value(i);
        let ids_of = listed.as_string_opt::<i32>()?.iter().flatten();
        let tracks = ids_of.filter_map(|id| u64::from_str_radix(id, 16).ok().map(TrackId)).collect();
        Some(Journey { id: ids.value(i).to_string(), about, tracks })
    };
    let inside = (0..batch.num_rows()).filter(|&i| people.value(i) > 0);
    inside.map(journey).collect()
}

/// The rows of `dwells` that are of a visit: zone, stay and standing still in milliseconds.
fn stays_of(batch: &RecordBatch) -> Option<Vec<(String, String, [i64; 2])>> {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let number = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
    let (visits, zones, stay, still) = (text("visit_id")?, text("zone")?, number("stay_ms")?, number("still_ms")?);
    let row = |i: usize| (visits.value(i).to_string(), zones.value(i).to_string(), [stay.value(i), still.value(i)]);
    Some((0..batch.num_rows()).filter(|&i| visits.is_valid(i)).map(row).collect())
}
