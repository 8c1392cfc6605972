//! Reads the `[[zones]]` of a `store.toml`.

use super::file::Section;
use schemas::{FloorPoint, Zone};
use std::collections::BTreeMap;

/// Furthest place on a floor, in millimetres from the store's origin.
const PLACE_MAX_MM: f64 = 10_000_000.0;

/// The zones that can be understood, and those of them where people come and go.
pub(super) fn read_zones(sections: Vec<Section<'_, '_>>, store: &str) -> (Vec<Zone>, Vec<Zone>) {
    let mut seen = BTreeMap::new();
    let (mut zones, mut entrances) = (Vec::new(), Vec::new());
    for (i, mut section) in sections.into_iter().enumerate() {
        let entrance = section.flag("entrance", false);
        if let Some(zone) = read_zone(section, i, store, &mut seen) {
            entrances.extend(entrance.then(|| zone.clone()));
            zones.push(zone);
        }
    }
    (zones, entrances)
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
        let corner = |&[x, y]: &[f64; 2]| FloorPoint { x_mm: x.round() as i32, y_mm: y.round() as i32 };
        Some((points.iter().map(corner).collect(), span))
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
