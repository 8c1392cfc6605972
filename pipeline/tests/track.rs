//! `aisleflow track` as a user meets it.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

fn aisleflow() -> Command {
    Command::cargo_bin("aisleflow").expect("built with the tests")
}

/// Two people who walk past each other, with rows that make no sense in between.
fn detections() -> String {
    let mut text = String::from("x,y\n3,-1,nan,0,1,1,1\n3,-1,0,0,-4,1,1\n");
    for frame in 1..=40 {
        let x = f64::from(frame) * 4.0;
        text += &format!(
            "{frame},-1,{:.2},100,40,120,0.95\n{frame},-1,{:.2},180,44,130,0.9,-1,-1,-1\n",
            50.0 + x,
            400.0 - x
        );
    }
    text
}

fn track(folder: &Path, more: &[&str]) -> (String, String) {
    fs::write(folder.join("det.txt"), detections()).expect("a folder to write in");
    let run = aisleflow()
        .args(["track", "--detections"])
        .arg(folder.join("det.txt"))
        .arg("--out")
        .arg(folder.join("out.txt"))
        .args(more)
        .assert()
        .success();
    assert_eq!(run.get_output().stdout.is_empty(), !more.contains(&"--timing"));
    let stderr = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    (fs::read_to_string(folder.join("out.txt")).expect("written"), stderr)
}

#[test]
fn two_people_get_two_identities_and_bad_rows_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, stderr) = track(folder.path(), &["--fps", "25"]);
    let rows: Vec<Vec<&str>> = out.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 80);
    assert!(rows.iter().all(|r| r.len() == 10));
    for id in ["1", "2"] {
        let tops: Vec<&str> = rows.iter().filter(|r| r[1] == id).map(|r| r[3]).collect();
        assert_eq!(tops.len(), 40);
        assert!(tops.iter().all(|t| *t == tops[0]), "{id} is one person throughout");
    }
    for line in ["det.txt:1", "det.txt:2", "det.txt:3", "3 malformed rows skipped"] {
        assert!(stderr.contains(line), "{line} in {stderr}");
    }
}

#[test]
fn repeats_change_nothing_and_timing_is_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let (once, _) = track(folder.path(), &[]);
    let (again, _) = track(folder.path(), &["--repeat", "3", "--timing"]);
    assert_eq!(once, again);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let fails = |args: &[&str], words: &str| {
        let run =
            aisleflow().current_dir(folder.path()).args(["track", "--out", "o.txt"]).args(args).assert().failure();
        let stderr = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(stderr.contains(words), "{words} in {stderr}");
    };
    fs::write(folder.path().join("det.txt"), "").expect("written");
    fails(&["--detections", "absent.txt"], "absent.txt");
    fails(&["--detections", "det.txt", "--fps", "0"], "0 frames per second");
    fails(&["--detections", "det.txt", "--set", "memory_ms=many"], "not a whole number");
    fails(&["--detections", "det.txt", "--set", "patience=1"], "no tracker setting");
    fails(&["--detections", "det.txt", "--seqinfo", "det.txt"], "no frameRate");
}
