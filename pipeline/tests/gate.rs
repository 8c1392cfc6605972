//! `aisleflow gate`, from making a key to letting somebody in.

use assert_cmd::Command;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// Runs `aisleflow gate` in a folder; gives the exit code and what was said on standard output and error.
fn gate(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("aisleflow").expect("built");
    command.env_remove("AISLEFLOW_LOG").current_dir(folder).arg("gate").args(arguments).write_stdin(input);
    let output = command.output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A folder with the keys a.key, a.pub, b.key and b.pub.
fn keys() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b"] {
        let (code, out, err) = gate(folder.path(), &["key", "--out", name], "");
        assert_eq!((code, out), (0, format!("written  {name}.key\nwritten  {name}.pub\n")), "{err}");
    }
    folder
}

/// Issues a code with a.key, by more arguments.
fn issue(folder: &TempDir, more: &[&str]) -> String {
    let arguments = [&["issue", "--key", "a.key", "--issuer", "shop", "--member", "m-1"], more].concat();
    let (code, out, err) = gate(folder.path(), &arguments, "");
    assert_eq!((code, err.as_str()), (0, ""));
    out.trim_end().to_string()
}

fn verify(folder: &TempDir, more: &[&str]) -> (i32, String, String) {
    gate(
        folder.path(),
        &[&["verify", "--issuer", "shop", "--gate", "door", "--public-key", "a.pub"], more].concat(),
        "",
    )
}

const NINE: &str = "2026-11-23T09:00:00Z";

#[test]
fn keys_are_for_their_owner_and_never_overwritten() {
    let folder = keys();
    let path = |name: &str| folder.path().join(name);
    let secret = fs::read_to_string(path("a.key")).expect("a key");
    assert!(secret.starts_with("k4.secret.") && secret.ends_with('\n'));
    assert_eq!(fs::metadata(path("a.key")).expect("a key").permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(path("a.pub")).expect("a key").starts_with("k4.public."));
    for left in ["a.key", "a.pub"] {
        fs::remove_file(path(if left == "a.key" { "a.pub" } else { "a.key" })).expect("removed");
        let before = fs::read_to_string(path(left)).expect("a key");
        let (code, _, err) = gate(folder.path(), &["key", "--out", "a"], "");
        assert_eq!(code, 1);
        assert!(err.contains(&format!("error: {left} exists and is not overwritten")), "{err}");
        assert_eq!(fs::read_to_string(path(left)).expect("a key"), before);
        fs::write(path("a.key"), &secret).expect("written");
        fs::write(path("a.pub"), "").expect("written");
    }
    let (code, _, err) = gate(folder.path(), &["key", "--out", "nowhere/a"], "");
    assert_eq!(code, 1);
    assert!(err.starts_with("error: nowhere/a.key: No such file"), "{err}");
}

#[test]
fn a_code_is_issued_and_verified() {
    let folder = keys();
    let code = issue(&folder, &["--staff", "--party", "3", "--gate", "door", "--at", NINE, "--valid-s", "60"]);
    let (exit, out, err) = verify(&folder, &["--at", "2026-11-23T10:00:59.999999+01:00", "--leeway-ms", "0", &code]);
    assert_eq!((exit, err.as_str()), (0, ""));
    let said: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    for (name, value) in [("iss", "shop"), ("sub", "m-1"), ("role", "staff"), ("gate", "door"), ("nbf", NINE)] {
        assert_eq!(said[name], value, "{out}");
    }
    assert_eq!((&said["party"], &said["exp"]), (&3.into(), &"2026-11-23T09:01:00Z".into()));
    assert_eq!(said["jti"].as_str().map(str::len), Some(32));
    // From standard input as scanners send it, with another key beside; now, where no time is given; every code is another.
    let now = issue(&folder, &[]);
    let arguments =
        ["verify", "--public-key", "b.pub", "--public-key", "a.pub", "--issuer", "shop", "--gate", "any", "-"];
    assert_eq!(gate(folder.path(), &arguments, &format!("{now}\r\n")).0, 0);
    assert_ne!(issue(&folder, &["--at", NINE]), issue(&folder, &["--at", NINE]));
}

#[test]
fn refusals_say_a_word_and_a_sentence() {
    let folder = keys();
    let code = issue(&folder, &["--gate", "door", "--at", NINE]);
    let refused = |more: &[&str]| {
        let (exit, out, err) = verify(&folder, more);
        assert_eq!((exit, err.as_str()), (1, ""));
        out
    };
    assert_eq!(
        refused(&["--at", "2026-11-23T09:05:30Z", &code]),
        "expired: this code has expired: make a new one in the app\n"
    );
    assert!(refused(&["--at", "2026-11-23T08:59:29.999999Z", &code]).starts_with("not_yet_valid: "));
    assert!(refused(&["hello"]).starts_with("not_a_code: "));
    assert!(refused(&["-"]).starts_with("not_a_code: "), "nothing on standard input");
    let verdict = |key: &str, issuer: &str, door: &str| {
        let arguments = ["verify", "--public-key", key, "--issuer", issuer, "--gate", door, "--at", NINE, &code];
        gate(folder.path(), &arguments, "")
    };
    assert_eq!(verdict("a.pub", "shop", "door").0, 0);
    assert!(verdict("b.pub", "shop", "door").1.starts_with("forged: "));
    assert!(verdict("a.pub", "another", "door").1.starts_with("wrong_issuer: "));
    assert!(verdict("a.pub", "shop", "window").1.starts_with("wrong_gate: "));
}

#[test]
fn what_is_asked_wrongly_says_so() {
    let folder = keys();
    let said = |arguments: &[&str]| gate(folder.path(), arguments, "");
    let long = "m".repeat(2000);
    let issue = |more: &[&str]| said(&[&["issue", "--issuer", "shop", "--member"], more].concat());
    // Two files that hold no public key are two problems.
    let (code, _, err) =
        said(&["verify", "--public-key", "a.key", "--public-key", "b.key", "--issuer", "s", "--gate", "g", "-"]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with("a.key:1: public-key: is no PASERK `k4.public.` text\n    hint: give the NAME.pub"),
        "{err}"
    );
    assert!(err.ends_with("2 problems\n"), "{err}");
    let (code, _, err) = issue(&["m", "--key", "a.pub"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("a.pub:1: key: is no PASERK `k4.secret.` text"), "{err}");
    let (code, _, err) = issue(&["m", "--key", "gone.key"]);
    assert_eq!((code, err.as_str()), (1, "error: gone.key: No such file or directory (os error 2)\n"));
    let (code, _, err) = issue(&[&long, "--key", "a.key"]);
    assert_eq!(code, 2);
    assert!(err.contains("2048 is the most; shorten its texts"), "{err}");
    for more in [&["m", "--party", "21"][..], &["m", "--valid-s", "86401"], &[""], &["m", "--at", "9 o'clock"]] {
        let (code, _, err) = issue(&[more, &["--key", "a.key"]].concat());
        assert_eq!(code, 2, "{err}");
    }
    assert_eq!(said(&["qr", "-"]), (1, String::new(), "error: there is nothing to draw\n".to_string()));
}

#[test]
fn a_code_is_drawn() {
    let folder = keys();
    let code = issue(&folder, &[]);
    let (exit, out, _) = gate(folder.path(), &["qr", "-"], &format!("{code}\n"));
    assert_eq!(exit, 0);
    assert_eq!(out, gatecode::qr::Symbol::of(&code).expect("a symbol").terminal());
    let (exit, out, _) = gate(folder.path(), &["qr", &code, "--png", "code.png", "--module-px", "3"], "");
    assert_eq!((exit, out.as_str()), (0, ""));
    let png = fs::read(folder.path().join("code.png")).expect("a picture");
    assert_eq!(png, gatecode::qr::Symbol::of(&code).expect("a symbol").png(3));
}
