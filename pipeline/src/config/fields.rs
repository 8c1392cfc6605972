//! What several sections of a `store.toml` have in common: unique names, lengths and places in millimetres.

use super::file::Section;
use schemas::{FloorPoint, SpacePoint};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Furthest place in a store, in millimetres from its origin.
pub(super) const PLACE_MAX_MM: f64 = 10_000_000.0;

/// Names that are taken, each with the section that has it.
pub(super) type Taken = BTreeMap<String, String>;

/// The section's `name`, which must be there, plain and not yet taken. A name that is not sound is taken all the same, so that
/// whoever refers to it is not blamed.
pub(super) fn unique_name(section: &mut Section<'_, '_>, example: &str, taken: &mut Taken) -> Option<String> {
    let (name, span) = section.text("name", &format!("for example: name = \"{example}\""))?;
    if let Some(first) = taken.get(&name) {
        section.problem("name", Some(span), format!("`{name}` is {first} already"), "names are unique");
        return None;
    }
    taken.insert(name.clone(), section.path().to_string());
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.chars().all(allowed) && name.len() <= 64 {
        return Some(name);
    }
    section.problem("name", Some(span), format!("`{name}` is no plain name"), "use at most 64 of a-z A-Z 0-9 - _ .");
    None
}

/// A length that must be there, to the nearest millimetre; none where it is no number in `range`.
pub(super) fn length(
    section: &mut Section<'_, '_>,
    key: &'static str,
    range: RangeInclusive<i32>,
    hint: &str,
) -> Option<i32> {
    let (number, span) = section.number_at(key, hint)?;
    let (low, high) = (*range.start(), *range.end());
    if (f64::from(low)..=f64::from(high)).contains(&number) {
        return Some(number.round() as i32);
    }
    section.problem(key, Some(span), format!("{number} is outside {low}..={high}"), hint);
    None
}

/// `N` lengths that must be there, to the nearest millimetre.
pub(super) fn lengths<const N: usize>(
    section: &mut Section<'_, '_>,
    key: &'static str,
    range: RangeInclusive<i32>,
    hint: &str,
) -> Option<[i32; N]> {
    let (numbers, span) = section.required_numbers(key, hint)?;
    let (count, (low, high)) = (numbers.len(), (f64::from(*range.start()), f64::from(*range.end())));
    let Ok(numbers) = <[f64; N]>::try_from(numbers) else {
        return section.wrong_length(key, span, count, &format!("{N}: {hint}"));
    };
    if let Some(wrong) = numbers.iter().find(|number| !(low..=high).contains(*number)) {
        section.problem(key, Some(span), format!("{wrong} is outside {low}..={high}"), hint);
        return None;
    }
    Some(numbers.map(|number| number.round() as i32))
}

/// A place in the shop that must be there.
pub(super) fn space_point(section: &mut Section<'_, '_>, key: &'static str) -> Option<SpacePoint> {
    let far = PLACE_MAX_MM as i32;
    let [x_mm, y_mm, z_mm] = lengths(section, key, -far..=far, "[x, y, z] in millimetres from the store's origin")?;
    Some(SpacePoint { x_mm, y_mm, z_mm })
}

/// A place on the floor, to the nearest millimetre.
pub(super) fn floor_point([x, y]: [f64; 2]) -> FloorPoint {
    FloorPoint { x_mm: x.round() as i32, y_mm: y.round() as i32 }
}
