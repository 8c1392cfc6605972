//! Reads the `[[scales]]` and `[sensors]` of a `store.toml`.

use super::fields::{Taken, unique_name};
use super::file::{Section, nearest};
use super::plan::SensorsPlan;
use crate::ingest::sensors::check_form;
use schemas::table::{Table, TableRow};
use schemas::{Erasure, GateCrossing, GateScan, Scale, ScaleId, ScaleSample, SlotId, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The scales that can be understood; `slots` are all slots by name.
pub(super) fn read_scales(sections: Vec<Section<'_, '_>>, store: &str, slots: &BTreeMap<String, SlotId>) -> Vec<Scale> {
    let mut taken = Taken::new();
    sections.into_iter().filter_map(|section| read_scale(section, store, slots, &mut taken)).collect()
}

fn read_scale(
    mut section: Section<'_, '_>,
    store: &str,
    slots: &BTreeMap<String, SlotId>,
    taken: &mut Taken,
) -> Option<Scale> {
    let name = unique_name(&mut section, "plate-A1.1", taken);
    let hint = "the slots it carries: one for a plate, several for a shelf";
    let named = if section.needs("slots", hint) { section.texts("slots") } else { None };
    let mut carried = Vec::new();
    if let Some((named, span)) = &named {
        if named.is_empty() {
            section.problem("slots", Some(span.clone()), "names no slot", hint);
        }
        for slot in named {
            match slots.get(slot) {
                None => {
                    let hint = nearest_few(slot, slots);
                    section.problem("slots", Some(span.clone()), format!("there is no slot `{slot}`"), hint);
                }
                Some(id) if carried.contains(id) => {
                    section.problem("slots", Some(span.clone()), format!("`{slot}` is named twice"), "");
                }
                Some(&id) => carried.push(id),
            }
        }
    }
    section.close();
    let name = name?;
    Some(Scale { id: ScaleId::mint(store, &name), name, slots: carried })
}

/// A hint for a slot that is not there; a shop has too many to name them all.
pub(super) fn nearest_few(slot: &str, slots: &BTreeMap<String, SlotId>) -> String {
    if slots.is_empty() {
        return "slots stand in [[gondolas.shelves]]".to_string();
    }
    let (some, more) = (slots.keys().take(5).map(String::as_str), slots.len().saturating_sub(5));
    let hint = nearest(slot, slots.keys().map(String::as_str));
    if hint.starts_with("did") || more == 0 { hint } else { format!("{} and {more} more", nearest(slot, some)) }
}

/// Where recorded sensors are. Given `data`, they must be there and have their columns. `scales` and `gates`: whether the shop has
/// any.
pub(super) fn read_sensors(
    mut section: Section<'_, '_>,
    data: Option<&Path>,
    scales: bool,
    gates: bool,
) -> SensorsPlan {
    let mut path = |key: &'static str, table: &'static Table, owner: (&str, bool)| {
        let (path, span) = section.optional_text(key)?;
        if !owner.1 {
            let hint = format!("write [[{}]]: rows name them", owner.0);
            section.problem(key, Some(span.clone()), format!("the shop has no {}", owner.0), hint);
        }
        if let Some((file, reason)) = data.and_then(|data| check_form(&data.join(&path), table).err()) {
            let hint = format!("is --data right? The form is that of `{}` in TABLES.md", table.name);
            section.problem(key, Some(span), format!("{}: {reason}", file.display()), hint);
        }
        Some(PathBuf::from(path))
    };
    let (scales, gates) = (("scales", scales), ("gates", gates));
    let plan = SensorsPlan {
        scales: path("scales", ScaleSample::TABLE, scales),
        gate_scans: path("gate_scans", GateScan::TABLE, gates),
        gate_crossings: path("gate_crossings", GateCrossing::TABLE, gates),
        verdicts: path("verdicts", Verdict::TABLE, scales),
        erasures: path("erasures", Erasure::TABLE, gates),
        late_us: 1000 * section.integer("late_ms", 0..=600_000, 2000),
    };
    section.close();
    plan
}
