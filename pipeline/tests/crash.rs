//! Crash anywhere, lose nothing, double nothing: a run that fails or is killed at any step, run again, leaves the same files as one
//! that was never disturbed.

mod shop;

use pipeline::run::RunError;
use pipeline::sink::commit::{MARKER, Patience, Seam, Step};
use shop::{Files, Shop, files};
use std::io::{Error, ErrorKind};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Fails the steps whose number `fails` names.
fn seam(kind: ErrorKind, fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> (Seam, Arc<AtomicUsize>) {
    let steps = Arc::new(AtomicUsize::new(0));
    let count = steps.clone();
    let seam: Seam = Arc::new(move |_: Step, _| {
        let step = count.fetch_add(1, Ordering::SeqCst);
        if fails(step) { Err(Error::new(kind, "injected")) } else { Ok(()) }
    });
    (seam, steps)
}

/// What readers see: files that are not hidden.
fn published(files: &Files) -> impl Iterator<Item = (&String, &Vec<u8>)> {
    files
        .iter()
        .filter(|(name, _)| name.ends_with(".parquet") && !name.rsplit('/').next().is_some_and(|n| n.starts_with('.')))
}

#[test]
fn failing_at_every_step_of_the_disk() {
    let Some(shop) = Shop::new(3) else { return };
    let (counting, steps) = seam(ErrorKind::Other, |_| false);
    let (outcome, whole) = shop.run("whole", |options| options.seam = Some(counting));
    assert!(outcome.is_ok());
    let steps = steps.load(Ordering::SeqCst);
    assert!(steps >= 6 * 6, "{steps} steps");
    for step in 0..steps {
        let out = format!("step-{step}");
        let (failing, _) = seam(ErrorKind::PermissionDenied, move |s| s == step);
        let (outcome, partial) = shop.run(&out, |options| options.seam = Some(failing));
        assert!(matches!(outcome, Err(RunError::Sink(_))), "step {step}: the run says nothing");
        for (name, bytes) in published(&partial) {
            assert!(whole.get(name) == Some(bytes), "step {step}: {name} is not what it should be");
        }
        let (outcome, again) = shop.run(&out, |_| {});
        assert!(outcome.is_ok(), "step {step}: {:?}", outcome.err());
        assert!(again == whole, "step {step}: run again, the files differ");
    }
}

#[test]
fn a_full_disk_is_waited_for() {
    let Some(shop) = Shop::new(3) else { return };
    let (_, whole) = shop.run("whole", |_| {});
    let patience = Patience { retries_max: 3, wait: Duration::from_millis(1) };
    let (full, _) = seam(ErrorKind::StorageFull, |step| (8..11).contains(&step));
    let (outcome, files) = shop.run("waits", |options| (options.seam, options.patience) = (Some(full), patience));
    assert!(outcome.is_ok(), "{:?}", outcome.err());
    assert!(files == whole);
    let (full, _) = seam(ErrorKind::StorageFull, |step| step >= 8);
    let (outcome, files) = shop.run("gives-up", |options| (options.seam, options.patience) = (Some(full), patience));
    let said = outcome.err().expect("the disk stayed full").to_string();
    assert!(said.contains("run the same command again"), "{said}");
    assert!(published(&files).all(|(name, bytes)| whole.get(name) == Some(bytes)));
}

#[test]
fn killed_at_any_instant_and_run_again() {
    let Some(shop) = Shop::new(6) else { return };
    let (outcome, whole) = shop.run("whole", |_| {});
    assert!(outcome.is_ok());
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aisleflow"));
        command.arg("run").arg("--config").arg(shop.config()).arg("--data").arg(shop.data());
        command.arg("--out").arg(shop.path("out")).args(["--workers", "2"]).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    for wait_ms in [5, 40, 90, 160, 250, 400] {
        let mut child = command().spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(wait_ms));
        child.kill().expect("SIGKILL");
        child.wait().expect("reaped");
        let left = files(&shop.path("out"));
        for (name, bytes) in published(&left) {
            assert!(whole.get(name) == Some(bytes), "after {wait_ms} ms {name} is not what it should be");
        }
    }
    assert!(command().status().expect("starts").success());
    assert!(files(&shop.path("out")) == whole, "run again, the files differ");
    assert!(whole.contains_key(MARKER));
}

#[test]
fn an_interrupt_drains_and_commits() {
    let Some(shop) = Shop::new(40) else { return };
    let out = shop.path("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_aisleflow"));
    command.arg("run").arg("--config").arg(shop.config()).arg("--data").arg(shop.data()).arg("--out").arg(&out);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    // The first published table says that frames are flowing.
    for _ in 0..30_000 {
        if published(&files(&out)).next().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    let ended = child.wait().expect("reaped");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().expect("piped"), &mut said).expect("UTF-8");
    assert!(ended.success(), "{ended:?} {said}");
    assert!(said.contains("stopped"), "it had ended before the interrupt: {said}");
    let names: Vec<String> = files(&out).into_keys().collect();
    assert!(names.iter().any(|name| name.starts_with("tracklets/")), "open tracklets are ended and written: {names:?}");
    assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{names:?}");
}
