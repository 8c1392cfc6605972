//! Single pictures: the same again, whatever the number of threads, with labels that say something.

use super::{FrameSet, frames};
use crate::render::tests::shop;
use crate::seed::Seed;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn single_pictures_are_labelled_and_the_same_again() {
    let set = FrameSet {
        count: 18,
        seed: Seed(5),
        size_px: [320, 240],
        people_max: 5,
        overhead: 0.5,
        shelf: 0.5,
        per_camera: 2,
    };
    let made = |threads: usize| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut told = 0;
        frames(folder.path(), &set, threads, |_| shop(), |done| told = done).expect("pictures");
        assert_eq!(told, 18);
        let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a file");
        ["labels.jsonl", "frame-000000.png", "frame-000001.png", "frame-000017.png"].map(read)
    };
    let first = made(1);
    assert!(first == made(3), "the same seed, the same bytes, for any number of threads");
    assert!(first[1] != first[2]);
    let lines = String::from_utf8(first[0].clone()).expect("UTF-8");
    let labels: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(labels.len(), 18);
    assert!(labels.iter().all(|l| l["width"] == 320 && l["people"].is_array()));
    let people: Vec<&serde_json::Value> = labels.iter().flat_map(|l| l["people"].as_array().expect("people")).collect();
    let some = |what: fn(&serde_json::Value) -> bool| people.iter().filter(|person| what(person)).count();
    let seen = |person: &serde_json::Value, joint: &str| person["joints"][joint][2] == 2;
    assert!(some(|p| !p["visible"].is_null()) > 10, "hardly anybody in any picture");
    assert!(some(|p| p["reaches"].is_string()) > 0 && some(|p| !p["holds"].as_array().expect("hands").is_empty()) > 0);
    for joint in ["left_wrist", "right_wrist", "left_ankle", "right_toes", "left_palm"] {
        let sights = people.iter().map(|p| seen(p, joint)).collect::<Vec<_>>();
        assert!(sights.contains(&true) && sights.contains(&false), "{joint} is always seen, or never");
    }
    // The same person again in other pictures of the same shop, and nowhere else.
    let mut shops: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut pictures: BTreeMap<String, usize> = BTreeMap::new();
    for l in &labels {
        for person in l["people"].as_array().expect("people") {
            shops.entry(person["person"].to_string()).or_default().insert(l["shop_seed"].to_string());
            *pictures.entry(person["person"].to_string()).or_default() += 1;
        }
    }
    assert!(shops.values().all(|of| of.len() == 1) && pictures.values().any(|&times| times >= 3), "{pictures:?}");
}
