//! `aisleflow floor` as a user meets it: two cameras in corners of a room, two people who pass each other.

use assert_cmd::Command;
use schemas::CameraModel;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

type Matrix = [[f64; 4]; 3];

/// World metres to pixels: a camera at `from` that looks at `to`, 1280x720, 800 pixels of focal length.
fn looking(from: [f64; 3], to: [f64; 3]) -> Matrix {
    let unit = |v: [f64; 3]| v.map(|n| n / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt());
    let forward = unit([to[0] - from[0], to[1] - from[1], to[2] - from[2]]);
    let right = unit([forward[1], -forward[0], 0.0]);
    let down = [
        forward[1] * right[2] - forward[2] * right[1],
        forward[2] * right[0] - forward[0] * right[2],
        forward[0] * right[1] - forward[1] * right[0],
    ];
    let row = |axis: [f64; 3], f: f64, c: f64| {
        let [x, y, z] = [0, 1, 2].map(|i| f * axis[i] + c * forward[i]);
        [x, y, z, -(x * from[0] + y * from[1] + z * from[2])]
    };
    [row(right, 800.0, 640.0), row(down, 800.0, 360.0), row(forward, 0.0, 1.0)]
}

fn cameras() -> [(&'static str, Matrix); 2] {
    let middle = [3.0, 2.0, 0.8];
    [("door", looking([-1.0, -1.0, 2.6], middle)), ("till", looking([7.0, 5.0, 2.6], middle))]
}

/// Where the two are, in metres, in frame `n` at 4 frames a second.
fn places(n: u32) -> [[f64; 2]; 2] {
    let along = f64::from(n) * 0.1;
    [[1.0 + along, 1.2], [5.0 - along, 2.8]]
}

/// Writes the cameras and what they see.
fn room(folder: &Path) {
    let rig: BTreeMap<_, _> = cameras().into_iter().collect();
    let text = serde_json::json!({ "cameras": rig }).to_string();
    fs::write(folder.join("rig.json"), text).expect("written");
    for (name, matrix) in cameras() {
        let model =
            CameraModel::projection(matrix.map(|[a, b, c, d]| [a / 1e3, b / 1e3, c / 1e3, d])).expect("a camera");
        let mut rows = String::from("# by blanks, scores not known\n");
        for n in 1..=40 {
            for [x, y] in places(n) {
                let seen = |z: f64| model.project([1e3 * x, 1e3 * y, z]).expect("in view");
                let (head, feet) = (seen(1740.0), seen(0.0));
                let (height, middle) = (feet[1] - head[1], (head[0] + feet[0]) / 2.0);
                let half = 0.15 * height;
                let _ = writeln!(
                    rows,
                    "{n} -1 {:.3e} {:.3e} {:.3e} {height:.3e} -1 -1",
                    middle - half,
                    head[1],
                    2.0 * half
                );
            }
        }
        fs::write(folder.join(format!("{name}.txt")), rows).expect("written");
    }
}

fn floor(folder: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("aisleflow").expect("built with the tests");
    command.current_dir(folder).args(["floor", "--out", "out.txt", "--width", "1280", "--height", "720"]);
    if !more.contains(&"--fps") {
        command.args(["--fps", "4"]);
    }
    command.args(more).assert()
}

const BOTH: [&str; 6] = ["--cameras", "rig.json", "--detections", "door=door.txt", "--detections", "till=till.txt"];

/// frame -> id -> place.
fn read(folder: &Path) -> BTreeMap<u32, BTreeMap<u32, [f64; 2]>> {
    let mut frames: BTreeMap<u32, BTreeMap<u32, [f64; 2]>> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("out.txt")).expect("written").lines() {
        let values: Vec<f64> = line.split(',').map(|value| value.parse().expect("a number")).collect();
        assert_eq!((values.len(), &values[2..6]), (10, &[-1.0; 4][..]));
        assert!((0.0..=1.0).contains(&values[6]));
        let twice = frames.entry(values[0] as u32).or_default().insert(values[1] as u32, [values[7], values[8]]);
        assert_eq!(twice, None, "{line}");
    }
    frames
}

#[test]
fn two_people_are_two_tracks_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    room(folder.path());
    for every in [1, 2] {
        let text = every.to_string();
        let more: Vec<&str> =
            BOTH.into_iter().chain(["--every", &text, "--plan", "p.svg", "--plan", "p.png"]).collect();
        let run = floor(folder.path(), &more).success();
        let said = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
        let frames = 80 / every;
        assert!(said.starts_with(&format!("floor    {frames} frames of 2 camera(s), 2 tracks, ")), "{said}");
        let found = read(folder.path());
        assert!(found.keys().all(|frame| (frame - 1) % every == 0), "{:?}", found.keys());
        assert!(found.len() as u32 * every >= 36, "{} frames", found.len());
        for (&frame, people) in &found {
            for (id, [x, y]) in people {
                // The first is on the left.
                let [tx, ty] = places(frame)[*id as usize - 1];
                assert!((x - tx).hypot(y - ty) < 0.25, "frame {frame}, {id}: {x} {y} for {tx} {ty}");
            }
        }
    }
    let svg = fs::read_to_string(folder.path().join("p.svg")).expect("a plan");
    for part in ["<polyline", "\ndoor\n", "\ntill\n", "2 tracks", " m\n"] {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    assert!(fs::metadata(folder.path().join("p.png")).expect("a plan").len() > 1000);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    room(folder.path());
    let fails = |more: &[&str], words: &str| {
        let run = floor(folder.path(), more).failure();
        let stderr = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(stderr.contains(words), "{words} in {stderr}");
    };
    let with = |more: &[&'static str]| BOTH.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    fails(&["--cameras", "rig.json"], "--detections");
    fails(&with(&["--detections", "attic=door.txt"]), "no camera called \"attic\"; it has: door, till");
    fails(&with(&["--detections", "door=till.txt"]), "given twice");
    fails(&with(&["--fps", "0"]), "frames per second");
    fails(&with(&["--set", "nonsense=1"]), "no stitch setting");
    fails(&with(&["--track-set", "memory_ms=x"]), "not a whole number");
    fails(&with(&["--plan", "p.pdf"]), ".svg or .png");
    fails(&["--cameras", "absent.json", "--detections", "door=door.txt"], "absent.json");
    fs::write(folder.path().join("flat.toml"), FLAT).expect("written");
    fails(&["--cameras", "flat.toml", "--detections", "door=door.txt"], "homography");
}

const FLAT: &str =
    "[[cameras]]\nname = \"door\"\nmodel = \"homography\"\nmatrix = [[1, 0, 0], [0, -1, 900], [0, 0, 1]]\n";
