//! How fast the observation level is, on one core, and its files to look at:
//! `observe_rate SCENARIO.toml OUT [PRESET]` writes `OUT/detections/CAMERA.parquet` and `OUT/truth`.

use simstore::life::Life;
use simstore::observe::{DetectionFiles, Noise, Observer};
use simstore::truth::Recorder;
use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;

/// Seconds that this thread has spent on a core (Linux), whatever else the machine is doing.
fn spent_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).map_or(f64::NAN, |ns| ns / 1e9)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, out, ..] = &args[..] else { return Err("observe_rate SCENARIO.toml OUT [PRESET]".into()) };
    let noise = Noise::preset(args.get(2).map_or("yolox-nano", String::as_str)).ok_or("no such preset")?;
    let read = simstore::scenario::read(file, &std::fs::read_to_string(file)?, None);
    let (scenario, world) = read.map_err(|problems| format!("{problems:?}"))?;
    let step_us = 1_000_000 / i64::from(scenario.pictures.fps);
    let all: Vec<_> = Life::new(&world, &scenario).collect();

    let begun = spent_s();
    let mut recorder = Recorder::create(&Path::new(out).join("truth"), Arc::new(world.clone()), 100_000)?;
    all.iter().try_for_each(|moment| recorder.moment(moment))?;
    let happenings_s = spent_s() - begun;

    // Once for the clock, and once more for the truth of the same pictures.
    let due = || all.iter().filter(|moment| moment.at.since_us(scenario.start) % step_us == 0);
    let mut observer = Observer::new(&world, &noise, scenario.seed)?;
    let mut files = DetectionFiles::create(&Path::new(out).join("detections"), &world)?;
    let (begun, mut failed) = (spent_s(), None);
    for moment in due() {
        observer.frame(moment, |_, found| failed = failed.take().or(files.push(found).err()));
    }
    let rows = files.close()?;
    let looked = spent_s() - begun;
    let mut observer = Observer::new(&world, &noise, scenario.seed)?;
    let (mut frames, mut people) = (0u64, 0u64);
    for moment in due() {
        observer.frame(moment, |truth, _| {
            failed = failed.take().or(recorder.frame(truth).err());
            (frames, people) = (frames + 1, people + truth.people.len() as u64);
        });
    }
    failed.map_or(Ok(()), Err)?;
    let counts = recorder.close()?;
    let rate = rows as f64 / looked;
    let text = format!(
        "{rows} detections of {people} people in {frames} pictures in {looked:.2} s of one core: {rate:.0} rows/s, {:.0} people/s\n\
         truth of {} moments in {happenings_s:.2} s; rows: {counts:?}\n",
        people as f64 / looked,
        all.len()
    );
    Ok(stdout().write_all(text.as_bytes())?)
}
