//! Reads the `[[zones]]` of a `store.toml`.

use super::fields::{PLACE_MAX_MM, floor_point};
use super::file::Section;
use schemas::Zone;
use std::collections::BTreeMap;

/// What `[[zones]]` say.
#[derive(Default)]
pub(super) struct Zones {
    /// The zones that can be understood.
    pub(super) zones: Vec<Zone>,
    /// Those of them where people come and go.
    pub(super) entrances: Vec<Zone>,
    /// Those of them that lie beyond the doors.
    pub(super) outside: Vec<Zone>,
    /// Every name that a zone has, understood or not, with its index.
    pub(super) names: BTreeMap<String, usize>,
}

/// Reads the zones.
pub(super) fn read_zones(sections: Vec<Section<'_, '_>>, store: &str) -> Zones {
    let mut read = Zones::default();
    for (i, mut section) in sections.into_iter().enumerate() {
        let (entrance, outside) = (section.flag("entrance", false), section.flag("outside", false));
        if entrance && outside {
            let reason = "is an entrance, too";
            section.problem(
                "outside",
                None,
                reason,
                "people come and go at an entrance; what lies beyond it is outside",
            );
        }
        if let Some(zone) = read_zone(section, i, store, &mut read.names) {
            read.entrances.extend(entrance.then(|| zone.clone()));
            read.outside.extend(outside.then(|| zone.clone()));
            read.zones.push(zone);
        }
    }
    read
}

fn read_zone(
    mut section: Section<'_, '_>,
    index: usize,
    store: &str,
    seen: &mut BTreeMap<String, usize>,
) -> Option<Zone> {
    let name = section.text("name", "for example: name = \"till\"").and_then(|(name, span)| {
        if let Some(first) = seen.insert(name.clone(), index) {
            let reason = format!("`{name}` is zones[{first}] already");
            section.problem("name", Some(span.clone()), reason, "names are unique");
        }
        section.path_safe("name", name, span)
    });
    if !section.has("polygon_mm") {
        section.problem("polygon_mm", None, "is missing", "at least three corners [[x, y], ...] in floor millimetres");
    }
    let corners = section.points("polygon_mm").and_then(|(points, span)| {
        if points.iter().flatten().any(|n| n.abs() > PLACE_MAX_MM) {
            section.problem("polygon_mm", Some(span), "is no place in a store", "millimetres from the store's origin");
            return None;
        }
        Some((points.into_iter().map(floor_point).collect(), span))
    });
    let zone = corners.and_then(|(corners, span)| {
        let zone = Zone::new(store, name.as_deref().unwrap_or_default(), corners);
        zone.map_err(|fault| {
            section.problem("polygon_mm", Some(span), fault.to_string(), "corners in order, edges that do not meet");
        })
        .ok()
    });
    section.close();
    name.and(zone)
}
