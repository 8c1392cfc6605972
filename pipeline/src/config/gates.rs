//! Reads the `[[gates]]` and `[gate_codes]` of a `store.toml`.

use super::fields::{PLACE_MAX_MM, Taken, floor_point, space_point, unique_name};
use super::file::{Section, nearest};
use super::plan::{CodesPlan, Places};
use super::read::FilesDigest;
use pasetors::keys::AsymmetricPublicKey;
use pasetors::version4::V4;
use schemas::{FloorPoint, Gate, GateId, Ways, ZoneId};
use std::collections::BTreeMap;
use std::path::Path;

/// The gates that can be understood; `zones` are the names of all zones.
pub(super) fn read_gates(sections: Vec<Section<'_, '_>>, store: &str, zones: &BTreeMap<String, usize>) -> Vec<Gate> {
    let mut taken = Taken::new();
    sections.into_iter().filter_map(|section| read_gate(section, store, zones, &mut taken)).collect()
}

fn read_gate(
    mut section: Section<'_, '_>,
    store: &str,
    zones: &BTreeMap<String, usize>,
    taken: &mut Taken,
) -> Option<Gate> {
    let name = unique_name(&mut section, "door", taken);
    let ways = section.choice("way", &[("in", Ways::In), ("out", Ways::Out), ("both", Ways::Both)], Ways::Both);
    let zone = section.text("zone", "the zone in which the one who shows a code stands");
    if let Some((zone, span)) = zone.as_ref().filter(|(zone, _)| !zones.contains_key(zone)) {
        let hint = match zones.is_empty() {
            true => "write it as one of [[zones]]".to_string(),
            false => nearest(zone, zones.keys().map(String::as_str)),
        };
        section.problem("zone", Some(span.clone()), format!("there is no zone `{zone}`"), hint);
    }
    let reader = space_point(&mut section, "reader_mm");
    let line = read_line(&mut section);
    section.close();
    let (name, (zone, _)) = (name?, zone?);
    let (id, zone) = (GateId::mint(store, &name), ZoneId::mint(store, &zone));
    Some(Gate { id, name, ways, zone, reader: reader?, line: line? })
}

fn read_line(section: &mut Section<'_, '_>) -> Option<[FloorPoint; 2]> {
    let hint = "two points [[x, y], [x, y]]: inside is on the left hand from the first to the second";
    if !section.needs("line_mm", hint) {
        return None;
    }
    let (points, span) = section.points("line_mm")?;
    let reason = match points[..] {
        [a, b] if [a, b].as_flattened().iter().any(|n| n.abs() > PLACE_MAX_MM) => "is no place in a store",
        [a, b] if floor_point(a) == floor_point(b) => "has no length",
        [a, b] => return Some([a, b].map(floor_point)),
        _ => "has more or fewer than 2 points",
    };
    section.problem("line_mm", Some(span), reason, hint);
    None
}

/// Whose codes are believed; the key files count for the digest.
pub(super) fn read_codes(
    mut section: Section<'_, '_>,
    places: Places<'_>,
    digest: &mut FilesDigest,
) -> Option<CodesPlan> {
    let issuer = section.text("issuer", "who issues the codes, as they say themselves");
    let hint = "files with a PASERK `k4.public.` text, relative to the configuration; two while keys rotate";
    let files = if section.needs("public_keys", hint) { section.texts("public_keys") } else { None };
    let mut public_keys = Vec::new();
    if let Some((files, span)) = files {
        if files.is_empty() {
            section.problem("public_keys", Some(span.clone()), "names no file", hint);
        }
        for file in &files {
            let path = places.config.unwrap_or(Path::new("")).join(file);
            let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
            let key = text.and_then(|text| {
                digest.add("gate_codes.public_keys", text.as_bytes());
                let key = text.trim();
                let sound = AsymmetricPublicKey::<V4>::try_from(key).is_ok();
                if sound { Ok(key.to_string()) } else { Err("is no PASERK `k4.public.` text".to_string()) }
            });
            match key {
                Ok(key) if public_keys.contains(&key) => {
                    section.problem(
                        "public_keys",
                        Some(span.clone()),
                        format!("{file} holds the same key as another"),
                        "",
                    );
                }
                Ok(key) => public_keys.push(key),
                Err(reason) => {
                    section.problem("public_keys", Some(span.clone()), format!("{}: {reason}", path.display()), hint);
                }
            }
        }
    }
    section.close();
    Some(CodesPlan { issuer: issuer?.0, public_keys })
}
