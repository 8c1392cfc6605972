//! Reads the `[[gates]]` and `[gate_codes]` of a `store.toml`.

use super::fields::{PLACE_MAX_MM, Taken, floor_point, space_point, unique_name};
use super::file::{Section, nearest};
use super::plan::{CodesPlan, Places};
use super::read::FilesDigest;
use gatecode::PublicKey;
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
    let public_keys = read_keys(&mut section, places, digest);
    let pseudonym_key = read_pseudonym_key(&mut section, places, digest);
    let leeway_us = 1000 * section.integer("leeway_ms", 0..=600_000, 30_000);
    section.close();
    Some(CodesPlan { issuer: issuer?.0, public_keys, leeway_us, pseudonym_key: pseudonym_key? })
}

fn read_keys(section: &mut Section<'_, '_>, places: Places<'_>, digest: &mut FilesDigest) -> Vec<PublicKey> {
    let hint = "files with a PASERK `k4.public.` text, relative to the configuration; two while keys rotate";
    let files = if section.needs("public_keys", hint) { section.texts("public_keys") } else { None };
    let mut public_keys = Vec::new();
    let Some((files, span)) = files else { return public_keys };
    if files.is_empty() {
        section.problem("public_keys", Some(span.clone()), "names no file", hint);
    }
    for file in &files {
        let path = places.config.unwrap_or(Path::new("")).join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let key = text.and_then(|text| {
            digest.add("gate_codes.public_keys", text.as_bytes());
            PublicKey::from_paserk(text.trim()).map_err(|error| error.to_string())
        });
        match key {
            Ok(key) if public_keys.contains(&key) => {
                let reason = format!("{file} holds the same key as another");
                section.problem("public_keys", Some(span.clone()), reason, "");
            }
            Ok(key) => public_keys.push(key),
            Err(reason) => {
                section.problem("public_keys", Some(span.clone()), format!("{}: {reason}", path.display()), hint);
            }
        }
    }
    public_keys
}

fn read_pseudonym_key(section: &mut Section<'_, '_>, places: Places<'_>, digest: &mut FilesDigest) -> Option<[u8; 32]> {
    let hint = "a file with 64 hexadecimal digits, kept secret, for example of `openssl rand -hex 32`: members are hashed with it";
    let (file, span) = section.text("pseudonym_key", hint)?;
    let path = places.config.unwrap_or(Path::new("")).join(&file);
    let key = std::fs::read_to_string(&path).map_err(|error| error.to_string()).and_then(|text| {
        digest.add("gate_codes.pseudonym_key", text.as_bytes());
        let digits = text.trim().as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        let key = bytes.filter(|_| digits.len() == 64).and_then(|bytes| bytes.try_into().ok());
        key.ok_or_else(|| "is not 64 hexadecimal digits".to_string())
    });
    let reason = match key {
        Ok(key) => return Some(key),
        Err(reason) => reason,
    };
    section.problem("pseudonym_key", Some(span), format!("{}: {reason}", path.display()), hint);
    None
}
