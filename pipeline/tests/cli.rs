//! The command line and its words, as goldens (INSTA_UPDATE=always rewrites them).

use assert_cmd::Command;
use std::path::Path;

fn aisleflow(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("aisleflow").expect("built").env_remove("AISLEFLOW_LOG").args(arguments).output();
    let output = output.expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Runs `check` on `text`; gives the exit code and what was said, with the folder's name taken out.
fn check(text: &str, data: Option<&Path>) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("store.toml");
    std::fs::write(&config, text).expect("written");
    let config = config.to_str().expect("plain");
    let mut arguments = vec!["check", "--config", config];
    let data = data.map(|data| data.to_str().expect("plain").to_string());
    if let Some(data) = &data {
        arguments.extend(["--data", data]);
    }
    let (code, out, err) = aisleflow(&arguments);
    let mut said = format!("{out}{err}").replace(folder.path().to_str().expect("plain"), "DIR");
    if let Some(data) = &data {
        said = said.replace(data.as_str(), "DATA");
    }
    (code, said)
}

#[test]
fn help_texts() {
    let gate = ["gate", "gate key", "gate issue", "gate verify", "gate qr"];
    let commands = ["", "run", "check", "calibrate", "track", "floor", "adapt", "adapt nanostore", "models", "tables"];
    for command in commands.into_iter().chain(gate) {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let (code, out, _) = aisleflow(&arguments);
        assert_eq!(code, 0);
        insta::assert_snapshot!(
            format!("help_{}", if command.is_empty() { "top".to_string() } else { command.replace(' ', "_") }),
            out
        );
    }
}

#[test]
fn five_mistakes_are_five_problems() {
    let text = r#"
[store]
name = "corner shop"        # a space cannot stand in a path
tick_ms = "fast"            # no number

[models]
detector = "yolox-nana"     # not in the zoo

[[cameras]]
name = "cam1"
path = "a.mp4"
start = 2020-02-20T12:00:00 # no offset
treads = 2                  # a typing mistake
"#;
    let (code, said) = check(text, None);
    assert_eq!(code, 2);
    assert!(said.contains("5 problems"), "{said}");
    insta::assert_snapshot!("five_mistakes", said);
}

#[test]
fn every_kind_of_mistake_names_key_line_reason_and_hint() {
    let text = r#"
[store]
name = ""
[output]
range_s = 0
detection = true
[gate_motion]
enabled = "yes"
luma_change_min = 999
[[cameras]]
name = "cam1"
path = "there.mp4"
start = "2020-02-20T12:00:00+01:00"
[[cameras.regions]]
polygon_px = [[0, 0], [1, 1]]
[[cameras.regions]]
polygon_px = [[0, 0], [1, "one"], [2, 2]]
[[cameras.regions]]
[[cameras]]
name = "cam1"
kind = "radar"
path = "gone.mp4"
[[cameras]]
[colour]
"#;
    let data = tempfile::tempdir().expect("a folder");
    std::fs::write(data.path().join("there.mp4"), "").expect("written");
    let (code, said) = check(text, Some(data.path()));
    assert_eq!(code, 2);
    insta::assert_snapshot!("mistakes", said);
}

#[test]
fn mistakes_about_the_floor_are_problems() {
    let text = r#"
[store]
name = "shop"
[floor]
calibration = "calibration.toml"
[[zones]]
name = "bow-tie"
polygon_mm = [[0, 0], [10, 10], [10, 0], [0, 10]]
[[zones]]
name = "bow-tie"
polygon_mm = [[0, 0], [10, 10]]
[[cameras]]
name = "cam1"
kind = "detections"
path = "a"
[[cameras.points]]
pixel_px = [1, 2]
[[cameras.points]]
world_mm = [1, 2, 3, 4]
pixel_px = [1, nan]
[cameras.calibration]
model = "homography"
matrix = [[1, 0, 0], [2, 0, 0], [0, 0, 1]]
"#;
    let file = r#"
[[cameras]]
name = "cam2"
model = "projection"
matrix = [[1, 0, 0, 0], [0, 1, 0, 0]]
[[cameras]]
name = "cam1"
model = "pinhole"
focal_px = [500, -500]
centre_px = [320, 240]
rotation = [0, 0]
[[cameras]]
name = "cam1"
model = "fisheye"
[cameras.residuals]
anything = 1
"#;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("store.toml"), text).expect("written");
    let config = folder.path().join("store.toml");
    let said = || {
        let (code, _, err) = aisleflow(&["check", "--config", config.to_str().expect("plain")]);
        assert_eq!(code, 2);
        err.replace(folder.path().to_str().expect("plain"), "DIR")
    };
    assert!(said().contains("floor.calibration: DIR/calibration.toml: No such file"), "{}", said());
    std::fs::write(folder.path().join("calibration.toml"), file).expect("written");
    insta::assert_snapshot!("floor", said());
}

#[test]
fn a_calibration_is_part_of_the_digest() {
    use pipeline::config::plan::{Places, Plan};
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[store]\nname = 'shop'\n[floor]\ncalibration = 'c.toml'\n[[cameras]]\nname = 'a'\nkind = 'detections'\npath = 'a'\n";
    let plan = |height: i32| {
        let rows = format!("[[0.2, 0, {height}], [0, -0.2, 180], [0, 0, 1]]");
        let file = format!("[[cameras]]\nname = 'a'\nmodel = 'homography'\nmatrix = {rows}\n");
        std::fs::write(folder.path().join("c.toml"), file).expect("written");
        let places = Places { config: Some(folder.path()), ..Places::default() };
        Plan::read("store.toml", text, places).expect("no problems")
    };
    let (a, b) = (plan(320), plan(321));
    assert!(a.cameras[0].model.is_some() && a.cameras[0].model != b.cameras[0].model);
    assert_ne!(a.digest, b.digest);
}

#[test]
fn syntax_errors_and_an_empty_file_are_problems() {
    let (code, said) = check("[store\nname = 'a'\n[[cameras]]\nname = \n", None);
    assert_eq!(code, 2);
    insta::assert_snapshot!("syntax", said);
    let (code, said) = check("", None);
    assert_eq!(code, 2);
    insta::assert_snapshot!("empty", said);
}

#[test]
fn a_configuration_that_is_not_there_is_an_error() {
    let (code, _, said) = aisleflow(&["check", "--config", "no/such/file.toml"]);
    assert_eq!((code, said.trim()), (1, "error: no/such/file.toml: No such file or directory (os error 2)"));
}

#[test]
fn examples_have_no_problems() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut count = 0;
    for entry in std::fs::read_dir(examples).expect("examples") {
        let path = entry.expect("entry").path();
        let name = path.to_string_lossy();
        if !name.ends_with(".toml") || name.ends_with(".calibration.toml") {
            continue;
        }
        let (code, out, err) = aisleflow(&["check", "--config", path.to_str().expect("plain")]);
        assert_eq!(code, 0, "{out}{err}");
        count += 1;
    }
    assert!(count >= 2, "{count} examples");
}

#[test]
fn the_table_reference_is_what_the_code_says() {
    let (code, out, _) = aisleflow(&["tables", "--markdown"]);
    assert_eq!(code, 0);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/TABLES.md");
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&path, &out).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(out == written, "schemas/TABLES.md is old: run this test with REWRITE=1");
}
