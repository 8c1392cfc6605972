//! Pictures of a scenario, to look at and to measure: `look OUT SCENARIO.toml [video]`. Writes a PNG of every camera now and then
//! and `truth.jsonl`; with `video` an H.264 file of each camera too; says how fast it was.
#![allow(clippy::disallowed_methods)] // a stopwatch of its own

use schemas::EventTime;
use simstore::body::{Figure, pose};
use simstore::life::{Life, Moment, STEP_US};
use simstore::render::{Encoding, Filming, FrameTruth, Scene, Sensor, Stage, film};
use simstore::world::{Mm2, World};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

type Done<T> = Result<T, Box<dyn Error>>;

fn png(path: &Path, [width, height]: [usize; 2], rgb: &[u8]) -> Done<()> {
    let mut encoder = png::Encoder::new(std::fs::File::create(path)?, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(())
}

/// How near the two nearest people are at each time, mm.
fn apart(all: &[Arc<Moment>]) -> BTreeMap<EventTime, f64> {
    let nearest = |moment: &Moment| {
        let at: Vec<Mm2> = moment.present.iter().map(|p| p.pose.at).collect();
        let pairs = (0..at.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        pairs.map(|(i, j)| (at[i] - at[j]).norm()).fold(f64::INFINITY, f64::min).min(1e6)
    };
    all.iter().map(|moment| (moment.at, nearest(moment))).collect()
}

fn line(world: &World, truth: &FrameTruth, apart: &BTreeMap<EventTime, f64>) -> serde_json::Value {
    let rect = |b: schemas::Box2| [b.left, b.top, b.right, b.bottom].map(|v| f64::from(v) / 16.0);
    let people: Vec<_> = (truth.people.iter())
        .map(|p| {
            let joints: Vec<_> =
                p.joints.iter().map(|j| (f64::from(j.at.x) / 16.0, f64::from(j.at.y) / 16.0, j.sight as u8)).collect();
            serde_json::json!({ "person": p.person, "full": rect(p.full), "visible": p.visible.map(rect),
                "share": p.visible_share.unit(), "joints": joints })
        })
        .collect();
    let camera = &world.cameras[truth.camera];
    serde_json::json!({ "camera": camera.name, "kind": format!("{:?}", camera.view), "sequence": truth.sequence, "apart": apart.get(&truth.at), "people": people })
}

fn main() -> Done<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, out, file, rest @ ..] = &arguments[..] else { return Err("look OUT SCENARIO.toml [video]".into()) };
    let text = std::fs::read_to_string(file)?;
    let (scenario, world) = simstore::scenario::read(file, &text, None)
        .map_err(|problems| problems.iter().map(|p| format!("{p:?}")).collect::<Vec<_>>().join("\n"))?;
    let out = PathBuf::from(out);
    std::fs::create_dir_all(&out)?;
    let (world, sensor, encoding) = (Arc::new(world), Sensor::of(&scenario.pictures), Encoding::of(&scenario.pictures));
    let start = Instant::now();
    let all: Vec<Arc<Moment>> = Life::new(&world, &scenario).map(Arc::new).collect();
    let apart = apart(&all);
    let mut truths = std::io::BufWriter::new(std::fs::File::create(out.join("truth.jsonl"))?);
    let mut said = std::io::stdout().lock();
    writeln!(said, "{} moments lived in {:.1} s", all.len(), start.elapsed().as_secs_f64())?;
    let figures: Vec<_> = all.iter().flat_map(|m| &m.present).map(|p| (Figure::of(&p.person), p.pose)).collect();
    let start = Instant::now();
    let highest = figures.iter().map(|(figure, at)| pose(figure, at).head_top.z).fold(0.0, f64::max);
    let each = start.elapsed().as_secs_f64() * 1e6 / figures.len().max(1) as f64;
    writeln!(said, "{} poses, {each:.2} us each; the highest head at {highest:.0} mm", figures.len())?;
    let cameras: Vec<usize> = (0..world.cameras.len()).collect();
    if rest.iter().any(|a| a == "video") {
        let start = Instant::now();
        let cameras = cameras.iter().map(|&c| (c, Some(out.join(format!("{}.mp4", world.cameras[c].name))))).collect();
        let filming = Filming { cameras, lost: BTreeMap::new(), encoding, sensor, threads: 2, seed: scenario.seed };
        let mut frames = 0;
        let mut failed = None;
        film(&world, &filming, all, |truth| {
            frames += 1;
            if let Err(error) = writeln!(truths, "{}", line(&world, &truth, &apart)) {
                failed.get_or_insert(error);
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        writeln!(said, "{frames} frames in {:.1} s, encoded, two threads", start.elapsed().as_secs_f64())?;
        return Ok(());
    }
    let start = Instant::now();
    let mut stage = Stage::new(Scene::new(world.clone()), &cameras, sensor, scenario.seed)?;
    writeln!(said, "scene and backdrops: {:.0} ms", start.elapsed().as_secs_f64() * 1e3)?;
    let (mut rgb, mut spent, mut frames, mut people) = (Vec::new(), 0.0, 0, 0);
    let every = (1_000_000 / STEP_US) as usize / encoding.fps as usize;
    for (n, moment) in all.iter().enumerate() {
        let start = Instant::now();
        stage.follow(moment);
        if n % every != 0 {
            continue;
        }
        stage.pose(moment);
        spent += start.elapsed().as_secs_f64();
        for (i, &camera) in cameras.iter().enumerate() {
            let start = Instant::now();
            let truth = stage.shoot(i, moment, &mut rgb);
            spent += start.elapsed().as_secs_f64();
            (frames, people) = (frames + 1, people + moment.present.len());
            writeln!(truths, "{}", line(&world, &truth, &apart))?;
            if n % (every * 50) == 0 {
                png(&out.join(format!("{}-{n:05}.png", world.cameras[camera].name)), stage.size(i), &rgb)?;
            }
        }
    }
    let mean = people as f64 / f64::from(frames).max(1.0);
    writeln!(
        said,
        "{frames} frames, {:.1} a second on one core, {mean:.1} people in the shop",
        f64::from(frames) / spent
    )?;
    Ok(())
}
