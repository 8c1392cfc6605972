//! Steps of weight against what truly happened: a simulated shop's scales, and a real shop's log.
//!
//! `cargo run -p benchmarks --example weigh -- [CASE...] [NAME=VALUE...] [--log DIR]`: a case is `SHOPPERS:ADVERSARIAL:SEED:SECONDS`, a
//! value is a setting of `[weigh]`, DIR holds the nanostore's `plate_data.json`. A step is right where it is within 1 s of takes or returns of
//! its scale; it is compared with all that lie in its interval. Steps that a hand made that pressed, or lifted, for 0.4 s or more are counted
//! apart: no scale can tell them from goods.

#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods)] // a stopwatch of its own: the program measures nothing else

use operators::{WeighSettings, Weigher};
use pipeline::ingest::ScaleReader;
use pipeline::ingest::pace::Arrival;
use schemas::{CameraId, EventTime, ScaleId, ScaleSample, WeightStep};
use simstore::device::Line;
use simstore::goods::Goods;
use simstore::life::{Happening, Life, What};
use simstore::scales::Scales;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SECOND: i64 = 1_000_000;
/// What is measured without arguments.
const CASES: [&str; 4] = ["4:0:5:1800", "4:0.4:6:1800", "12:0:13:1800", "12:0.4:12:1800"];

fn main() -> Result<(), Box<dyn Error>> {
    let (mut settings, mut cases, mut log) = (WeighSettings::default(), Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--log" {
            log = Some(PathBuf::from(arguments.next().ok_or("--log DIR")?));
        } else if let Some((name, value)) = argument.split_once('=') {
            settings.set(name, value.parse()?)?;
        } else {
            cases.push(argument);
        }
    }
    if let Some(log) = &log {
        real(log, &settings)?;
    }
    if cases.is_empty() && log.is_none() {
        cases.extend(CASES.map(String::from));
    }
    cases.iter().try_for_each(|case| simulated(case, &settings))
}

/// What one scale truly carried, what pressed on it, and what was told.
#[derive(Default)]
struct Scale {
    /// Takes and returns: when, by the scale's clock, and by how much.
    truths: Vec<(i64, i64)>,
    /// Hands: from when until when.
    presses: Vec<(i64, i64)>,
    /// Steps, with the time of the sample at which each was told.
    steps: Vec<(WeightStep, i64)>,
}

fn simulated(case: &str, settings: &WeighSettings) -> Result<(), Box<dyn Error>> {
    let [shoppers, adversarial, seed, seconds] = case.split(':').collect::<Vec<_>>()[..] else {
        return Err(format!("{case}: SHOPPERS:ADVERSARIAL:SEED:SECONDS").into());
    };
    let more = if shoppers == "12" { "parties_share = 0.3\nstaff = 1" } else { "" };
    let text = format!(
        "shop = \"corner\"\nseed = {seed}\nseconds = {seconds}\n[people]\nat_once_max = {shoppers}\n\
         adversarial_share = {adversarial}\n{more}"
    );
    let (scenario, world) = simstore::scenario::read(case, &text, None).map_err(|problems| problems[0].to_string())?;
    let ids: Vec<ScaleId> = world.scales.iter().map(|scale| ScaleId::mint(&world.name, &scale.name)).collect();
    let place: BTreeMap<ScaleId, usize> = ids.iter().copied().zip(0..).collect();
    let of_slot: BTreeMap<usize, usize> = (world.scales.iter().enumerate())
        .flat_map(|(i, scale)| scale.slots.iter().map(move |&slot| (slot, i)))
        .collect();
    let skew: Vec<i64> = world.scales.iter().map(|scale| Line::new(&scenario, &scale.name).skew_us()).collect();
    let (mut life, mut scales) = (Life::new(&world, &scenario), Scales::new(&world, &scenario));
    let mut goods = Goods::open(&world, scenario.seed);
    let mut weighers: Vec<Weigher> = ids.iter().map(|&id| Weigher::new(id, settings)).collect();
    let mut shop: Vec<Scale> = ids.iter().map(|_| Scale::default()).collect();
    let (mut samples, mut spent) = (0, Duration::ZERO);
    let mut weigh = |said: &mut Vec<ScaleSample>, shop: &mut [Scale]| {
        let rows: Vec<(usize, ScaleSample)> = said.drain(..).map(|sample| (place[&sample.scale], sample)).collect();
        samples += rows.len();
        let watch = Instant::now();
        for (i, sample) in rows {
            let step = weighers[i].push(sample.event_time, sample.weight_mg);
            shop[i].steps.extend(step.map(|step| (step, sample.event_time.0)));
        }
        spent += watch.elapsed();
    };
    let mut said = Vec::new();
    let mut now = scenario.start;
    while let Some(moment) = life.next().filter(|moment| moment.at <= scenario.end()) {
        now = moment.at;
        for happening in &moment.happened {
            let before = slot_of(happening).map(|slot| (slot, goods.slot_mg(slot)));
            goods.apply(happening);
            let Some((slot, before)) = before else { continue };
            let Some(&i) = of_slot.get(&slot) else { continue };
            let at = happening.at.0 + skew[i];
            match happening.what {
                What::Press { for_us, .. } => shop[i].presses.push((at, at + for_us)),
                _ => shop[i].truths.push((at, goods.slot_mg(slot) - before)),
            }
        }
        scales.moment(&moment, &mut said);
        weigh(&mut said, &mut shop);
    }
    scales.finish(now, &mut said);
    weigh(&mut said, &mut shop);
    let hours = ids.len() as f64 * now.since_us(scenario.start) as f64 / 3.6e9;
    let mut tally = Tally::default();
    shop.iter().for_each(|scale| tally.add(scale));
    tally.print(case, hours);
    println!("  {:.1} million samples a second on one core", samples as f64 / spent.as_secs_f64() / 1e6);
    Ok(())
}

fn slot_of(happening: &Happening) -> Option<usize> {
    match happening.what {
        What::Take { slot, .. }
        | What::PutBack { slot, .. }
        | What::Restock { slot, .. }
        | What::Clear { slot, .. }
        | What::Press { slot, .. } => Some(slot),
        _ => None,
    }
}

/// Everything that was compared.
#[derive(Default)]
struct Tally {
    truths: usize,
    found: usize,
    steps: usize,
    right: usize,
    enclosed: usize,
    pressed: usize,
    touches: usize,
    grams: Vec<f64>,
    times: Vec<f64>,
    normal: Vec<f64>,
    sigma: Vec<f64>,
    width: Vec<f64>,
    latency: Vec<f64>,
    after_until: Vec<f64>,
}

impl Tally {
    fn add(&mut self, scale: &Scale) {
        self.truths += scale.truths.len();
        let mut hit = vec![false; scale.truths.len()];
        for (step, told) in &scale.steps {
            let (from, until, middle) = (step.from.0, step.until.0, i64::midpoint(step.from.0, step.until.0));
            if step.change_mg == 0 {
                self.touches += 1;
                continue;
            }
            self.steps += 1;
            self.after_until.push((told - until) as f64 / 1e3);
            let within = |k: &usize| (from..=until).contains(&scale.truths[*k].0);
            let mut of: Vec<usize> = (0..hit.len()).filter(within).collect();
            self.enclosed += usize::from(!of.is_empty());
            if of.is_empty() {
                let far = |k: &usize| (scale.truths[*k].0 - middle).abs();
                let alike = |k: &usize| scale.truths[*k].1.signum() == step.change_mg.signum();
                of.extend((0..hit.len()).filter(|k| !hit[*k] && alike(k) && far(k) < SECOND).min_by_key(far));
            }
            if of.is_empty() {
                let by_hand = |&(begun, over): &(i64, i64)| {
                    over - begun >= 400_000 && begun <= until + 300_000 && over >= from - 300_000
                };
                self.pressed += usize::from(scale.presses.iter().any(by_hand));
                continue;
            }
            self.right += 1;
            of.iter().for_each(|&k| hit[k] = true);
            let error = (step.change_mg - of.iter().map(|&k| scale.truths[k].1).sum::<i64>()) as f64;
            self.grams.push(error / 1e3);
            self.normal.push(error / f64::from(step.sigma_mg));
            self.sigma.push(f64::from(step.sigma_mg) / 1e3);
            self.width.push((until - from) as f64 / 1e3);
            self.times.extend(of.iter().map(|&k| (middle - scale.truths[k].0).abs() as f64 / 1e3));
            self.latency.extend(of.iter().map(|&k| (told - scale.truths[k].0) as f64 / 1e3));
        }
        self.found += hit.iter().filter(|hit| **hit).count();
    }

    fn print(mut self, case: &str, hours: f64) {
        let wrong = self.steps - self.right - self.pressed;
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        println!(
            "{case}: {} takes and returns, recall {:.1} %, precision {:.1} % ({:.1} % with hands); {} steps, {} enclose; by \
             hands {}, false {wrong} ({:.2} per scale and hour), touches {:.2} per scale and hour",
            self.truths,
            percent(self.found, self.truths),
            percent(self.right, self.steps - self.pressed),
            percent(self.right, self.steps),
            self.steps,
            self.enclosed,
            self.pressed,
            wrong as f64 / hours,
            self.touches as f64 / hours
        );
        let within = |sigmas: f64| percent(self.normal.iter().filter(|z| z.abs() <= sigmas).count(), self.normal.len());
        println!("  within 1 and 2 sigma: {:.0} %, {:.0} %", within(1.0), within(2.0));
        let bias = quantile(&mut self.grams, 0.5);
        let mut sizes: Vec<f64> = self.grams.iter().map(|error| error.abs()).collect();
        let both = |values: &mut Vec<f64>| format!("{:.2} / {:.2}", quantile(values, 0.5), quantile(values, 0.95));
        println!(
            "  error (median / 95 %): {} g, signed median {bias:.2} g, sigma {} g",
            both(&mut sizes),
            both(&mut self.sigma)
        );
        let (times, width, latency) = (both(&mut self.times), both(&mut self.width), both(&mut self.latency));
        let most = quantile(&mut self.after_until, 1.0);
        println!("  ms: off {times}, width {width}, told after the moment {latency}; after `until` at most {most:.0}");
    }
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or(f64::NAN)
}

/// The nanostore's log: every step, and how many touches.
fn real(log: &Path, settings: &WeighSettings) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let written = pipeline::adapt::nanostore::plates(log, folder.path())?;
    let mut scales = BTreeMap::new();
    for (gondola, shelf, plate) in (1..=4).flat_map(|g| (1..=6).flat_map(move |s| (1..=14).map(move |p| (g, s, p)))) {
        let name = format!("plate-{gondola}.{shelf}.{plate}");
        scales.insert(name.clone(), ScaleId::mint("nanostore", &name));
    }
    let names: BTreeMap<ScaleId, String> = scales.iter().map(|(name, &id)| (id, name.clone())).collect();
    let reader = ScaleReader::open(&written.file, scales, CameraId(0), 2 * SECOND, settings)?;
    let (mut weighers, mut touches) = (BTreeMap::new(), 0);
    println!("{} samples of {} plates", written.samples, written.plates);
    for arrival in reader {
        let Arrival::Weighed { samples, .. } = arrival else { continue };
        for sample in samples {
            let weigher = weighers.entry(sample.scale).or_insert_with(|| Weigher::new(sample.scale, settings));
            match weigher.push(sample.event_time, sample.weight_mg) {
                Some(step) if step.change_mg == 0 => touches += 1,
                Some(step) => {
                    let seconds = |at: EventTime| at.0 as f64 / 1e6;
                    let (from, until) = (seconds(step.from), seconds(step.until));
                    let (change, sigma) = (step.change_mg as f64 / 1e3, f64::from(step.sigma_mg) / 1e3);
                    println!("  {} {from:.3}..{until:.3} {change:+.1} g +- {sigma:.1}", names[&sample.scale]);
                }
                None => {}
            }
        }
    }
    println!("  {touches} touches");
    Ok(())
}
