//! Several processes: the same files as one, whatever is killed, and words for whoever watches.

mod shop;

use pipeline::panics::PEER_LOST;
use shop::{Shop, files};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Writes a hosts file of `count` free ports of this machine.
fn hosts(shop: &Shop, count: usize) -> PathBuf {
    let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    let lines: Vec<_> = listeners.iter().map(|l| l.local_addr().expect("bound").to_string()).collect();
    let path = shop.path("hosts.txt");
    std::fs::write(&path, lines.join("\n")).expect("written");
    path
}

/// Starts process `process` of two.
fn start(shop: &Shop, out: &str, process: usize, workers: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aisleflow"));
    command
        .arg("run")
        .arg("--config")
        .arg(shop.config())
        .arg("--data")
        .arg(shop.data())
        .arg("--out")
        .arg(shop.path(out));
    command.args(["--threads", "1", "--processes", "2"]).arg("--hosts").arg(shop.path("hosts.txt"));
    command.args(["--process", &process.to_string(), "--workers", &workers.to_string()]);
    command.env_remove("AISLEFLOW_LOG").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Waits for `child`, but not for ever.
fn ended(mut child: Child, patience: Duration) -> Output {
    #[expect(clippy::disallowed_methods, reason = "a test's patience")]
    let started = Instant::now();
    while child.try_wait().expect("its own child").is_none() {
        if started.elapsed() > patience {
            child.kill().expect("SIGKILL");
            panic!("it did not end: {}", said(&child.wait_with_output().expect("reaped")));
        }
        sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("reaped")
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn two_processes_write_the_files_of_one() {
    let Some(shop) = Shop::new(6) else { return };
    hosts(&shop, 2);
    for workers in [1, 2, 4] {
        let (outcome, one) = shop.run(&format!("one-{workers}"), |options| options.workers = workers);
        assert!(outcome.is_ok());
        let out = format!("two-{workers}");
        // The second goes first: it waits for the folder, then for the peer.
        let second = start(&shop, &out, 1, workers.div_ceil(2));
        sleep(Duration::from_millis(100));
        let first = start(&shop, &out, 0, workers.div_ceil(2));
        let ends = [ended(first, PATIENCE), ended(second, PATIENCE)];
        assert!(ends.iter().all(|output| output.status.success()), "{}\n{}", said(&ends[0]), said(&ends[1]));
        let two = files(&shop.path(&out));
        assert!(!two.is_empty() && two == one, "{workers} workers: {:?} and {:?}", two.keys(), one.keys());
        let shown: Vec<String> = ends.iter().map(said).collect();
        assert!(shown[0].contains("process  0 of 2") && shown[1].contains("process  1 of 2"), "{shown:?}");
        let fewer = shown.iter().filter(|said| !said.contains(" 330 frames")).count();
        assert_eq!(fewer, 2, "each opens its own cameras only: {shown:?}");
    }
}

#[test]
fn when_one_is_killed_the_other_says_so_and_a_restart_writes_the_rest() {
    let Some(shop) = Shop::new(60) else { return };
    let (outcome, whole) = shop.run("whole", |_| {});
    assert!(outcome.is_ok());
    for victim in [0, 1] {
        hosts(&shop, 2);
        let out = format!("out-{victim}");
        let mut two = vec![start(&shop, &out, 0, 1), start(&shop, &out, 1, 1)];
        // The first published table says that both are at work.
        while !files(&shop.path(&out)).keys().any(|name| name.ends_with(".parquet") && !name.contains("/.")) {
            sleep(Duration::from_millis(2));
            assert!(two.iter_mut().all(|child| child.try_wait().expect("a child").is_none()), "it ended too soon");
        }
        let mut killed = two.remove(victim);
        killed.kill().expect("SIGKILL");
        killed.wait().expect("reaped");
        let survivor = ended(two.remove(0), Duration::from_secs(10));
        let words = said(&survivor);
        assert_eq!(survivor.status.code(), Some(PEER_LOST), "{words}");
        assert!(words.contains("of this run is gone") && words.contains("start all processes again"), "{words}");
        assert!(!words.contains("panicked at"), "it is no bug of ours: {words}");
        for (name, bytes) in files(&shop.path(&out)).iter().filter(|(name, _)| name.ends_with(".parquet")) {
            assert!(whole.get(name) == Some(bytes), "{name} is not what it should be");
        }
        hosts(&shop, 2);
        let again = [start(&shop, &out, 0, 1), start(&shop, &out, 1, 1)].map(|child| ended(child, PATIENCE));
        assert!(again.iter().all(|output| output.status.success()), "{}\n{}", said(&again[0]), said(&again[1]));
        assert!(files(&shop.path(&out)) == whole, "started again, the files differ");
    }
}

#[test]
fn a_peer_that_never_comes_is_waited_for_until_an_interrupt() {
    let Some(shop) = Shop::new(1) else { return };
    hosts(&shop, 2);
    let mut alone = start(&shop, "out", 0, 1);
    let mut lines = BufReader::new(alone.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("waits for") {
        line.clear();
        assert!(lines.read_line(&mut line).expect("readable") > 0, "it ended without a word");
    }
    assert!(line.contains("process 0 of 2 waits for process 1 (127.0.0.1:"), "{line}");
    let interrupt = Command::new("kill").args(["-INT", &alone.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    let ended = ended(alone, Duration::from_secs(5));
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("readable");
    assert_eq!(ended.status.code(), Some(1), "{rest}");
    assert!(rest.contains("stopped while waiting for process 1"), "{rest}");

    // The second of two waits for the first to take the folder.
    let mut second = start(&shop, "new", 1, 1);
    sleep(Duration::from_millis(500));
    assert!(second.try_wait().expect("a child").is_none(), "it does not wait");
    let interrupt = Command::new("kill").args(["-INT", &second.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    let words = said(&self::ended(second, Duration::from_secs(5)));
    assert!(words.contains("stopped while waiting for process 0"), "{words}");
}

#[test]
fn processes_of_different_runs_refuse_each_other() {
    let Some(shop) = Shop::new(1) else { return };
    hosts(&shop, 2);
    let first = start(&shop, "one", 0, 1);
    // Another number of workers, into another folder (in the same one the marker would tell as well, were it another configuration).
    shop.run("other", |_| {}).0.expect("runs");
    let second = start(&shop, "other", 1, 2);
    let ends = [ended(first, Duration::from_secs(20)), ended(second, Duration::from_secs(20))];
    assert!(ends.iter().all(|output| output.status.code() == Some(1)), "{}\n{}", said(&ends[0]), said(&ends[1]));
    assert!(ends.iter().any(|output| said(output).contains("another number of workers")), "{}", said(&ends[0]));
}
