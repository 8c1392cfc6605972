//! `simstore generate` as its user sees it: the same bytes for the same seed, whatever the number of threads; problems by name.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const SCENARIO: &str = r#"
name = "few"
seed = 11
seconds = 12
[people]
at_once_max = 4
adversarial_share = 0.4
"#;

fn simstore() -> Command {
    Command::new(env!("CARGO_BIN_EXE_simstore"))
}

/// Every file below `folder`, by its name from there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).expect("below").to_path_buf(), fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// Generates into a folder of its own and gives what is in it.
fn generated(place: &Path, name: &str, more: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let (scenario, out) = (place.join("few.toml"), place.join(name));
    fs::write(&scenario, SCENARIO).expect("written");
    simstore().arg("generate").arg("--scenario").arg(&scenario).arg("--out").arg(&out).args(more).assert().success();
    files(&out)
}

/// Names of files that differ, or are missing on one side.
fn differing(a: &BTreeMap<PathBuf, Vec<u8>>, b: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<PathBuf> {
    let names = a.keys().chain(b.keys()).collect::<std::collections::BTreeSet<_>>();
    names.into_iter().filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

#[test]
fn one_seed_makes_one_truth() {
    let place = tempfile::tempdir().expect("a folder");
    let observed =
        |name: &str, more: &[&str]| generated(place.path(), name, &[&["--level", "observations"][..], more].concat());
    let (first, again, other) = (observed("a", &[]), observed("b", &[]), observed("c", &["--seed", "12"]));
    assert_eq!(differing(&first, &again), Vec::<PathBuf>::new());
    for file in ["truth/positions.parquet", "sensors/scales.parquet", "detections/corner-ne.parquet"] {
        assert!(differing(&first, &other).contains(&PathBuf::from(file)), "{file} is the same for another seed");
    }
    // Into the same folder once more, over what is there.
    assert_eq!(differing(&observed("c", &[]), &first), Vec::<PathBuf>::new());
}

#[test]
fn films_do_not_depend_on_threads_and_tell_of_the_same_life() {
    let place = tempfile::tempdir().expect("a folder");
    let film = |name: &str, threads: &str| generated(place.path(), name, &["--seconds", "2", "--threads", threads]);
    let (one, three) = (film("one", "1"), film("three", "3"));
    assert_eq!(differing(&one, &three), Vec::<PathBuf>::new());
    assert!(one[Path::new("cameras/corner-ne.mp4")].len() > 10_000);
    let watched = generated(place.path(), "watched", &["--seconds", "2", "--level", "observations"]);
    for file in ["truth/positions.parquet", "truth/interactions.parquet", "sensors/scales.parquet"] {
        assert_eq!(one[Path::new(file)], watched[Path::new(file)], "{file} depends on the level");
    }
}

#[test]
fn every_problem_of_a_scenario_is_named_and_nothing_is_written() {
    let place = tempfile::tempdir().expect("a folder");
    let (scenario, out) = (place.path().join("bad.toml"), place.path().join("out"));
    fs::write(&scenario, "name = \"bad\"\nsecnds = 3\n[people]\nparties_share = 2\n[observation]\nnoise = \"yolox\"\n")
        .expect("written");
    let run = simstore().arg("generate").arg("--scenario").arg(&scenario).arg("--out").arg(&out).assert().code(2);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    for part in
        ["bad.toml:2: secnds", "did you mean `seconds`", "bad.toml:4:", "bad.toml:6:", "yolox-nano", "3 problems"]
    {
        assert!(said.contains(part), "{part} in:\n{said}");
    }
    assert!(!out.exists());
}

#[test]
fn a_folder_with_something_else_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let (scenario, out) = (place.path().join("few.toml"), place.path().join("out"));
    fs::write(&scenario, SCENARIO).expect("written");
    fs::create_dir(&out).expect("made");
    fs::write(out.join("letter"), "dear").expect("written");
    let run = simstore().arg("generate").arg("--scenario").arg(&scenario).arg("--out").arg(&out).assert().code(1);
    assert!(String::from_utf8_lossy(&run.get_output().stderr).contains("was not made by simstore"));
    assert_eq!(fs::read(out.join("letter")).expect("still there"), b"dear");
}
