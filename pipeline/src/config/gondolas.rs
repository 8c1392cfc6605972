//! Reads the `[[gondolas]]` of a `store.toml` with their shelves and slots.

use super::fields::{Taken, length, lengths, space_point, unique_name};
use super::file::Section;
use schemas::{Gondola, Shelf, Slot, SlotId};
use std::collections::BTreeMap;

/// Longest side of a gondola.
const SIDE_MAX_MM: i32 = 100_000;

/// What `[[gondolas]]` say.
#[derive(Default)]
pub(super) struct Fittings {
    /// Those that can be understood.
    pub(super) gondolas: Vec<Gondola>,
    /// Every slot by name, understood or not.
    pub(super) slots: BTreeMap<String, SlotId>,
}

/// Names of gondolas, of shelves, of slots: each unique in the shop.
#[derive(Default)]
struct Names {
    gondolas: Taken,
    shelves: Taken,
    slots: Taken,
}

/// Reads the gondolas.
pub(super) fn read_gondolas(sections: Vec<Section<'_, '_>>, store: &str) -> Fittings {
    let mut names = Names::default();
    let read = |section| read_gondola(section, store, &mut names);
    let gondolas = sections.into_iter().filter_map(read).collect();
    let slots = names.slots.into_keys().map(|name| (name.clone(), SlotId::mint(store, &name))).collect();
    Fittings { gondolas, slots }
}

fn read_gondola(mut section: Section<'_, '_>, store: &str, names: &mut Names) -> Option<Gondola> {
    let name = unique_name(&mut section, "A", &mut names.gondolas);
    let at = space_point(&mut section, "at_mm");
    let turn_deg = section.number("turn_deg", -360.0..=360.0, 0.0);
    let size_mm = lengths::<3>(&mut section, "size_mm", 1..=SIDE_MAX_MM, "[width, depth, height] in millimetres");
    let mut shelves = Vec::new();
    for part in section.sections("shelves") {
        shelves.extend(read_shelf(part, store, size_mm, names));
    }
    shelves.sort_by_key(|shelf| shelf.board_mm);
    section.close();
    Some(Gondola { name: name?, at: at?, turn_mdeg: (turn_deg * 1000.0).round() as i32, size_mm: size_mm?, shelves })
}

fn read_shelf(mut section: Section<'_, '_>, store: &str, size: Option<[i32; 3]>, names: &mut Names) -> Option<Shelf> {
    let name = unique_name(&mut section, "A1", &mut names.shelves);
    let [width, _, height] = size.unwrap_or([SIDE_MAX_MM; 3]);
    let board_mm = length(&mut section, "board_mm", 0..=height, "height of the board's upper side, within the gondola");
    let clear_mm = length(&mut section, "clear_mm", 1..=SIDE_MAX_MM, "free height above the board");
    let depth_mm =
        length(&mut section, "depth_mm", 1..=SIDE_MAX_MM, "how far the board reaches in from its front edge");
    let mut slots: Vec<Slot> = Vec::new();
    for mut part in section.sections("slots") {
        if let Some(slot) = read_slot(&mut part, store, width, names) {
            if let Some(other) = overlapped(&slot, &slots) {
                let reason = format!("`{}` overlaps `{}`, {}..{}", slot.name, other.name, other.from_mm, other.to_mm);
                part.problem("from_mm", None, reason, "slots of a shelf lie side by side");
            }
            slots.push(slot);
        }
        part.close();
    }
    section.close();
    slots.sort_by_key(|slot| slot.from_mm);
    Some(Shelf { name: name?, board_mm: board_mm?, clear_mm: clear_mm?, depth_mm: depth_mm?, slots })
}

fn read_slot(section: &mut Section<'_, '_>, store: &str, width: i32, names: &mut Names) -> Option<Slot> {
    let name = unique_name(section, "A1.1", &mut names.slots);
    let hint = "millimetres along the shelf, from its left end as a shopper sees it";
    let from = section.number_at("from_mm", hint);
    let to = section.number_at("to_mm", hint);
    let ((from, _), (to, span)) = (from?, to?);
    let (from_mm, to_mm) = (from.round(), to.round());
    if from_mm >= to_mm {
        section.problem("to_mm", Some(span), format!("{to} is not right of {from}"), "from_mm < to_mm");
        return None;
    }
    if from_mm < 0.0 || to_mm > f64::from(width) {
        let reason = format!("{from}..{to} reaches beyond the shelf, 0..{width}");
        section.problem("to_mm", Some(span), reason, "a shelf is as wide as its gondola");
        return None;
    }
    let name = name?;
    Some(Slot { id: SlotId::mint(store, &name), name, from_mm: from_mm as i32, to_mm: to_mm as i32 })
}

/// The first of `others` that shares a place with `slot`.
fn overlapped<'s>(slot: &Slot, others: &'s [Slot]) -> Option<&'s Slot> {
    others.iter().find(|other| slot.from_mm < other.to_mm && other.from_mm < slot.to_mm)
}
