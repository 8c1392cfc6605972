//! From the gate to the exit: a simulated shop at observation level with parties, tailgaters, wrong codes, clocks that differ, late rows and a
//! camera that is gone for twenty seconds; run, and held against the truth. The same files for any number of workers and processes.

#![allow(clippy::print_stdout, reason = "what was scored is worth reading")]

mod shop;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::clocks;
use pipeline::cluster::Cluster;
use pipeline::run::{RunOptions, run};
use shop::{files, plan, shop};
use simstore::score::{Terms, score, visits::Visits};
use std::collections::BTreeMap;
use std::path::Path;

fn options(folder: &Path, out: &Path) -> RunOptions {
    RunOptions { infer_threads: 1, ..RunOptions::new(folder, out, folder) }
}

fn scored(folder: &Path, out: &Path) -> Visits {
    let board = score(&folder.join("truth"), out, Terms::default()).expect("scored");
    println!("{}", board.text().split("\nVISITS").nth(1).and_then(|text| text.split("\n\n").next()).unwrap_or(""));
    board.visits.expect("there are visits")
}

const CALM: &str = "shop = 'corner'\nseed = 31\nseconds = 300\nlevel = 'observations'\n\
    [people]\nat_once_max = 6\nparties_share = 0.3\ntailgaters_share = 0.15\nstaff = 1\nadversarial_share = 0.2\n\
    [wrong_codes]\nforged_share = 0.15\nexpired_share = 0.15\nreplayed_share = 0.15\n";

/// Clocks of cameras and gates up to a quarter of a second off, rows late, one camera gone for 20 s.
const ROUGH: &str = "[delivery]\nskew_ms_max = 250\nlate_ms_mean = 150.0\n\
    [[outages]]\ndevice = 'corner-ne'\nfrom_s = 60\nto_s = 80\n";

#[test]
fn visits_are_those_of_the_truth_and_the_same_for_any_workers_and_processes() {
    let place = tempfile::tempdir().expect("a folder");
    let (folder, out) = (place.path().join("shop"), |name: &str| place.path().join(name));
    shop(&folder, CALM);
    let plan = plan(&folder, |text| text);
    run(&plan, &options(&folder, &out("one"))).expect("runs");
    let visits = scored(&folder, &out("one"));
    assert!(visits.members.of >= 8 && visits.tailgaters.of >= 1 && visits.parties.of >= 1, "{visits:?}");
    assert!(visits.members.hits + 1 >= visits.members.of, "{visits:?}");
    assert!(visits.staff.hits == 1 && visits.ticks.share() >= Some(0.97), "{visits:?}");
    assert!(visits.entered_s.median < 0.2 && visits.left_s.median < 0.2 && visits.dwell_s.median < 0.5, "{visits:?}");

    let one = files(&out("one"));
    for workers in [2, 4] {
        let name = format!("{workers}");
        run(&plan, &RunOptions { workers, ..options(&folder, &out(&name)) }).expect("runs");
        assert!(files(&out(&name)) == one, "{workers} workers");
    }
    // Two processes, as two runs that speak to each other.
    let listeners: Vec<_> = (0..2).map(|_| std::net::TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    let hosts: Vec<String> = listeners.iter().map(|l| l.local_addr().expect("bound").to_string()).collect();
    drop(listeners);
    std::thread::scope(|scope| {
        for process in 0..2 {
            let options = RunOptions {
                cluster: Cluster { hosts: hosts.clone(), process },
                workers: 2,
                ..options(&folder, &out("two"))
            };
            let plan = &plan;
            scope.spawn(move || run(plan, &options).expect("runs"));
        }
    });
    assert!(files(&out("two")) == one, "two processes");
}

#[test]
fn clocks_that_differ_late_rows_and_a_camera_that_is_gone_change_no_visit() {
    let place = tempfile::tempdir().expect("a folder");
    let mut found = Vec::new();
    for (name, text) in [("calm", CALM.to_string()), ("rough", format!("{CALM}{ROUGH}"))] {
        let (folder, out) = (place.path().join(name), place.path().join(format!("{name}-tables")));
        shop(&folder, &text);
        run(&plan(&folder, |text| text), &options(&folder, &out)).expect("runs");
        found.push(scored(&folder, &out));
    }
    let [calm, rough] = &found[..] else { panic!("two runs") };
    assert_eq!(calm.members.of, rough.members.of, "the same people came");
    assert!(rough.members.hits + 1 >= rough.members.of, "{rough:?}");
    assert!(rough.ticks.share() >= Some(0.95), "{rough:?}");
}

#[test]
fn clocks_half_a_second_off_are_found_out_and_put_right() {
    let place = tempfile::tempdir().expect("a folder");
    let (folder, out) = (place.path().join("shop"), |name: &str| place.path().join(name));
    shop(&folder, &format!("{CALM}[delivery]\nskew_ms_max = 500\n"));
    let mut plan = plan(&folder, |text| text);
    plan.output.detections = true;
    run(&plan, &options(&folder, &out("off"))).expect("runs");
    let off = scored(&folder, &out("off"));
    let found = clocks::find(&plan, &out("off"), 1500).expect("cameras that overlap");
    // What the simulator did to each clock; only differences can be seen.
    let told = |table: &str| std::fs::File::open(folder.join("truth").join(table)).expect("truth");
    let truth = clocks_of(told("clocks.parquet"));
    let ahead = |camera: &str| found.iter().find(|one| one.camera == camera).and_then(|one| one.ahead_ms);
    let offs: Vec<f64> = (plan.cameras.iter()).map(|c| ahead(&c.name).expect("compared") - truth[&c.name]).collect();
    let mean = offs.iter().sum::<f64>() / offs.len() as f64;
    println!("{found:?}\n{truth:?}\n{offs:?}");
    assert!(offs.iter().all(|off| (off - mean).abs() < 60.0), "{offs:?}");
    for camera in &mut plan.cameras {
        camera.clock_ahead_us = (1000.0 * ahead(&camera.name).expect("compared")).round() as i64;
    }
    run(&plan, &options(&folder, &out("right"))).expect("runs");
    let right = scored(&folder, &out("right"));
    assert!(right.members.hits + 1 >= right.members.of && right.ticks.share() >= Some(0.95), "{off:?} {right:?}");
}

/// How much each device's clock is ahead, in milliseconds.
fn clocks_of(file: std::fs::File) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("readable") {
        let batch = batch.expect("readable");
        let (device, skew) = (batch["device"].as_string::<i32>(), batch["skew_us"].as_primitive::<Int64Type>());
        found.extend((0..batch.num_rows()).map(|at| (device.value(at).to_string(), skew.value(at) as f64 / 1000.0)));
    }
    found
}
