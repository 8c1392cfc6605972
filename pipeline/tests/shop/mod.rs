//! A small shop for tests: two cameras whose pictures are made by the `ffmpeg` tool, bright people on a dark floor, and a third
//! of kind `detections`. The first two hang a metre high at opposite sides of a floor, 12 m
//! apart: who stands in the middle is 46 pixels high in both. The hand-made network of `models/tests/fixtures/blob` sees them.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use pipeline::config::plan::{Places, Plan};
use pipeline::run::{Outcome, RunError, RunOptions, run};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The shop's folder: footage, configuration, and whatever tests write.
pub struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    /// Makes the footage: `seconds` of two people in each camera. None, with a printed reason, where there is no `ffmpeg`.
    pub fn new(seconds: u32) -> Option<Self> {
        if Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            println!("skipped: the ffmpeg tool is not installed");
            return None;
        }
        let shop = Self { folder: tempfile::tempdir().expect("a folder") };
        // Two people walk; one leaves to the right and comes back.
        let left = "[0][1]overlay=x='8+14*t':y=30[a];[a][2]overlay=x='130-abs(24*(t-3))':y=36";
        let right = "[0][1]overlay=x='120-12*t':y=24[a];[a][2]overlay=x='20+40*sin(t)':y=40";
        for (name, rate, paths, codec) in [("left.mp4", 10, left, "libx264"), ("right.avi", 25, right, "mpeg4")] {
            let mut command = Command::new("ffmpeg");
            command.args(["-v", "error", "-y", "-threads", "1"]);
            for (color, size) in [("black", "160x96"), ("white", "20x46"), ("white", "18x42")] {
                command.args(["-f", "lavfi", "-i", &format!("color={color}:s={size}:r={rate}:d={seconds}")]);
            }
            command.args([
                "-filter_complex",
                paths,
                "-pix_fmt",
                "yuv420p",
                "-c:v",
                codec,
                "-q:v",
                "3",
                "-t",
                &seconds.to_string(),
            ]);
            let made = command.arg(shop.path(name)).stdin(Stdio::null()).output().expect("ffmpeg starts");
            assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
        }
        let mut given = String::new();
        for frame in 1..=seconds * 20 {
            let (x, y) = (20 + frame % 500, 300 - frame % 200);
            let _ = writeln!(given, "{frame},-1,{x},{y},40,100,0.9,-1,-1,-1");
        }
        given.push_str("not,a,row\n");
        std::fs::write(shop.path("given.txt"), given).expect("written");
        std::fs::write(shop.config(), shop.text("")).expect("written");
        Some(shop)
    }

    /// A path below the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the configuration lies.
    pub fn config(&self) -> PathBuf {
        self.path("store.toml")
    }

    /// The folder of the footage.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration; `more` is put before the cameras.
    pub fn text(&self, more: &str) -> String {
        let blob = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures/blob/manifest.toml");
        format!(
            r#"
[store]
name = "test-shop"
[output]
range_s = 2
correction_window_ms = 5000
detections = true
[models]
detector = "{}"
{more}
[[cameras]]
name = "left"
path = "left.mp4"
start = 2026-11-23T08:00:00.500Z
[cameras.calibration]
model = "projection"
matrix = [[160, 80, 0, 0], [0, 48, -160, 169440], [0, 1, 0, 0]]
[[cameras]]
name = "right"
path = "right.avi"
start = 2026-11-23T08:00:01Z
[cameras.calibration]
model = "projection"
matrix = [[-160, -80, 0, 960000], [0, -48, -160, 745440], [0, -1, 0, 12000]]
[[cameras]]
name = "given"
kind = "detections"
path = "given.txt"
start = 2026-11-23T08:00:00Z
frames_per_s = 20
width_px = 640
height_px = 480
"#,
            blob.display()
        )
    }

    /// The plan of [`Shop::text`].
    pub fn plan(&self, more: &str) -> Plan {
        let text = self.text(more);
        Plan::read("store.toml", &text, Places { data: Some(self.data()), ..Places::default() }).expect("no problems")
    }

    /// Options for a run into `out`.
    pub fn options(&self, out: &str) -> RunOptions {
        RunOptions { infer_threads: 2, ..RunOptions::new(self.data(), &self.path(out), self.data()) }
    }

    /// Runs the plan into `out` and gives every file there.
    pub fn run(&self, out: &str, change: impl FnOnce(&mut RunOptions)) -> (Result<Outcome, RunError>, Files) {
        let mut options = self.options(out);
        change(&mut options);
        let outcome = run(&self.plan(""), &options);
        (outcome, files(&self.path(out)))
    }
}

/// Files by name, with their bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Every file below `folder`; one that a running program renames meanwhile is not there.
pub fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                match std::fs::read(&path) {
                    Ok(bytes) => drop(found.insert(name, bytes)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => panic!("{name} is not readable: {error}"),
                }
            }
        }
    }
    found
}
