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

/// Times of the pictures of a film, s, by `ffprobe`; nothing where there is none.
fn picture_times(film: &Path) -> Option<Vec<f64>> {
    let args = ["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0"];
    let said = std::process::Command::new("ffprobe").args(args).arg(film).output().ok()?;
    let text = String::from_utf8(said.stdout).expect("UTF-8");
    let lines = text.lines().map(|line| line.trim_end_matches(',')).filter(|line| !line.is_empty());
    Some(lines.map(|line| line.parse().expect("a time")).collect())
}

#[test]
fn outages_and_wrong_clocks_show_in_films() {
    let place = tempfile::tempdir().expect("a folder");
    let (scenario, out) = (place.path().join("few.toml"), place.path().join("out"));
    let more = "cameras = [\"corner-ne\", \"corner-nw\", \"corner-se\"]\n";
    let devices = "[[outages]]\ndevice = \"corner-ne\"\nfrom_s = 1\nto_s = 2.5\n[[outages]]\ndevice = \"corner-nw\"\nto_s = 0.75\n\
                   [[devices]]\nname = \"corner-nw\"\nskew_ms = -1500\n";
    fs::write(&scenario, SCENARIO.replace("[people]", &format!("{more}[people]")) + devices).expect("written");
    let args = ["--seconds", "4", "--threads", "2"];
    simstore().arg("generate").arg("--scenario").arg(&scenario).arg("--out").arg(&out).args(args).assert().success();
    let config = fs::read_to_string(out.join("store.toml")).expect("a configuration");
    let start = |camera: &str| {
        let after = config.split(&format!("path = \"cameras/{camera}.mp4\"\nstart = ")).nth(1).expect("a film");
        after.lines().next().expect("a line").to_string()
    };
    // Lost at the beginning: the first picture that there is was taken at 0.8 s, which this clock calls 0.7 s before the start.
    assert_eq!(start("corner-ne"), "2026-11-23T08:00:00Z");
    assert_eq!(start("corner-nw"), "2026-11-23T07:59:59.3Z");
    let rows = |camera: &str| {
        let mut rows = 0;
        let there = simstore::score::read::each(&out.join("truth"), "frames", &["camera"], |batch| {
            let name = batch.texts("camera")?;
            rows += (0..batch.len()).filter(|&row| name(row) == Some(camera)).count();
            Ok(())
        });
        assert!(there.expect("readable"));
        rows
    };
    assert_eq!([rows("corner-ne"), rows("corner-nw"), rows("corner-se")], [26, 33, 41]);
    let Some(times) = picture_times(&out.join("cameras/corner-ne.mp4")) else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "skipped: no ffprobe");
        return;
    };
    let expected = (0..=40).filter(|n| !(10..25).contains(n)).map(|n| f64::from(n) / 10.0);
    assert!(times.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3) && times.len() == 26, "{times:?}");
    let nw = picture_times(&out.join("cameras/corner-nw.mp4")).expect("ffprobe");
    assert!(nw.len() == 33 && (nw[32] - nw[0] - 3.2).abs() < 1e-3, "{nw:?}");
}
