//! `simstore frames`, `reenact` and `variants` as their user sees them: what they write, and what they say to those who ask wrongly.

use assert_cmd::Command;
use simstore::score::read::each;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

fn simstore() -> Command {
    Command::new(env!("CARGO_BIN_EXE_simstore"))
}

/// Runs it; gives what it said on standard output and standard error, and its exit code.
fn run(args: &[&str]) -> (String, String, i32) {
    let done = simstore().args(args).output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&done.stdout), text(&done.stderr), done.status.code().unwrap_or(-1))
}

/// The nanostore's folder, where there is one.
fn nanostore() -> Option<PathBuf> {
    let shared = std::env::var_os("AISLEFLOW_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    [shared, Some(beside)].into_iter().flatten().map(|s| s.join("data/nanostore")).find(|dir| dir.is_dir())
}

/// Every file in a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(path).expect("a file"))
    };
    fs::read_dir(folder).expect("a folder").map(file).collect()
}

/// The texts of one column of a table of the truth.
fn texts(truth: &Path, table: &str, column: &str) -> Vec<String> {
    let mut found = Vec::new();
    let there = each(truth, table, &[column], |rows| {
        let text = rows.texts(column)?;
        found.extend((0..rows.len()).map(|row| text(row).unwrap_or("null").to_string()));
        Ok(())
    });
    assert!(there.expect("readable"), "no table {table} in {}", truth.display());
    found
}

#[test]
fn frames_are_the_same_for_any_number_of_threads() {
    let place = tempfile::tempdir().expect("a folder");
    let made = |name: &str, more: &[&str]| {
        let out = place.path().join(name).display().to_string();
        let args =
            ["frames", "--out", &out, "--count", "20", "--size", "160x120", "--people-max", "4", "--per-camera", "2"];
        let (said, error, code) = run(&[&args[..], more].concat());
        assert_eq!((code, error.as_str()), (0, ""), "{said}");
        files(Path::new(&out))
    };
    let (one, three) = (made("one", &["--threads", "1"]), made("three", &["--threads", "3"]));
    assert_eq!(one.len(), 22, "pictures, labels and the mark");
    assert!(one == three);
    let other = made("one", &["--seed", "2"]);
    assert!(other["frame-000003.png"] != one["frame-000003.png"] && other["labels.jsonl"] != one["labels.jsonl"]);
    let labels = String::from_utf8(one["labels.jsonl"].clone()).expect("UTF-8");
    let names: Vec<String> = labels
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["image"].to_string())
        .collect();
    assert_eq!(names, (0..20).map(|n| format!("\"frame-{n:06}.png\"")).collect::<Vec<_>>());
}

#[test]
fn who_asks_wrongly_is_told_what_is_right() {
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("out").display().to_string();
    let cases: [(&[&str], &[&str]); 9] = [
        (&["frames", "--count", "1", "--size", "640"], &["640x480"]),
        (&["frames", "--count", "1", "--size", "8x480"], &["16 to 4096"]),
        (&["frames", "--count", "1", "--overhead", "2"], &["from 0 to 1"]),
        (&["frames", "--count", "0"], &["--count"]),
        (&["frames", "--count", "1", "--shop", "kiosk"], &["corner", "varied"]),
        (&["frames", "--count", "1", "--shop", "nanostore"], &["--nanostore DIR"]),
        (&["variants", "--hard", "shirts"], &["`shirts` is no hard kind", "wrong_slot", "held_long", "all"]),
        (&["variants", "--hard", "shirt", "--shop", "corne"], &["`corne` is not known", "did you mean `corner`?"]),
        (&["variants", "--hard", "all", "--scenario", "no/such.toml"], &["no/such.toml"]),
    ];
    for (args, parts) in cases {
        let (_, error, code) = run(&[args, &["--out", &out]].concat());
        assert!(code == 2 || (code == 1 && args.contains(&"--scenario")), "{args:?}: {code} {error}");
        parts.iter().for_each(|part| assert!(error.contains(part), "{part} in {args:?}:\n{error}"));
        assert!(!Path::new(&out).exists(), "{args:?} wrote");
    }
    let (_, error, code) = run(&["reenact", "--nanostore", "no/such/folder", "--out", &out]);
    assert!(code == 2 && error.contains("no/such/folder") && !Path::new(&out).exists(), "{code} {error}");
}

#[test]
fn variants_do_what_was_asked_for() {
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("out");
    let (said, error, code) =
        run(&["variants", "--hard", "hand_over", "--count", "3", "--out", &out.display().to_string()]);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    assert!(said.contains("hand_over  3 of 3 did it") && said.contains("goods conserved"), "{said}");
    for i in 0..3 {
        let truth = out.join(format!("hand_over-{i:03}/truth"));
        assert!(texts(&truth, "hard_kinds", "kind").contains(&"hand_over".to_string()));
        assert!(!texts(&truth, "hand_overs", "sku").is_empty(), "nothing went from hand to hand in {i}");
        let detections = files(&truth.join("../detections"));
        assert!(detections.len() == 6 && detections.values().all(|bytes| bytes.len() > 4_000));
        assert!(truth.join("../store.toml").is_file() && truth.join("../sensors/scales.parquet").is_file());
    }
}

#[test]
fn a_list_is_played_where_its_rows_say() {
    let Some(folder) = nanostore() else {
        let _ = writeln!(std::io::stderr(), "skipped: no nanostore");
        return;
    };
    let place = tempfile::tempdir().expect("a folder");
    let (out, folder) = (place.path().join("out"), folder.display().to_string());
    let asked =
        |name: &str| run(&["reenact", "--nanostore", &folder, "--only", name, "--out", &out.display().to_string()]);
    let (_, error, code) = asked("BASELINE-99");
    assert!(code == 2 && error.contains("no list is called `BASELINE-99`") && error.contains("cps-test-01"), "{error}");
    let (said, error, code) = asked("cps-test-01");
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    assert!(said.contains("1 lists: 2 takes and returns listed, 2 planned, 2 done; 0 notes"), "{said}");
    let truth = out.join("cps-test-01/truth");
    // As the list has it: gondola 2, shelf 5, plates 4 and 5; then gondola 1, shelf 5, plate 10.
    assert_eq!(texts(&truth, "interactions", "sku"), ["071063437089", "632565000012"]);
    let slots = texts(&truth, "interactions", "slot");
    assert!(slots[0].starts_with("2.5.") && slots[1].starts_with("1.5."), "{slots:?}");
}

#[test]
fn a_score_says_that_nobody_tracked() {
    let place = tempfile::tempdir().expect("a folder");
    let (scenario, out) = (place.path().join("few.toml"), place.path().join("out"));
    let text =
        "level = \"observations\"\nseconds = 20\n[delivery]\nskew_ms_max = 5000\n[observation]\nnoise = \"ideal\"\n";
    fs::write(&scenario, text).expect("written");
    let (scenario, sketch) = (scenario.display().to_string(), place.path().join("walks.svg").display().to_string());
    let out = out.display().to_string();
    let (said, error, code) = run(&["generate", "--scenario", &scenario, "--out", &out, "--sketch", &sketch]);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    let walks = fs::read_to_string(&sketch).expect("a sketch");
    assert!(walks.starts_with("<svg") && walks.ends_with("</svg>") && walks.matches("stroke='hsl(").count() >= 1);
    let asked = ["score", "--truth", &format!("{out}/truth"), "--tables", &out];
    let (said, error, code) = run(&asked);
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    assert!(said.contains("TRACKING  absent: no detection has a `tracklet_id`") && !said.contains("HOTA"), "{said}");
    // Every clock is wrong by up to five seconds, and what was detected is compared with what it is of all the same.
    let (json, _, _) = run(&[&asked[..], &["--json"]].concat());
    let board: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(board["tracking_all"].is_null() && board["tracking"].as_array().is_some_and(Vec::is_empty));
    let all = &board["detection_all"];
    let [hits, of] = ["hits", "of"].map(|key| all["recall"][key].as_u64().expect("a count"));
    assert!(of > 100 && hits * 100 >= of * 98 && all["stray"] == 0, "{all}");
}
