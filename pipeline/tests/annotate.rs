//! `run --annotate`: what is drawn is what was written, over every frame, at its time.

mod shop;

use pipeline::ingest::{Ingested, VideoReader, VideoSpec};
use schemas::{CameraId, EventTime};
use shop::Shop;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Times of the frames in microseconds from the first, and how many coloured pixels each has. The footage itself is grey.
fn film(path: &Path) -> (Vec<i64>, Vec<usize>) {
    let mut reader = VideoReader::open(VideoSpec {
        camera: CameraId(0),
        name: "film".into(),
        path: path.to_path_buf(),
        start: EventTime(0),
        pts_jump_max_us: 10_000_000,
        threads: 1,
        scaled: Arc::new(|width, height| (width, height)),
        full: false,
        every: (1, 0),
        pictures_max: 2,
        stop: Arc::default(),
    })
    .expect("a video");
    let (mut times, mut coloured) = (Vec::new(), Vec::new());
    while let Some(next) = reader.next() {
        let Ingested::Frame(frame) = next else { panic!("{next:?}") };
        times.push(frame.meta.event_time.0);
        coloured.push(count_coloured(frame.scaled.rgb()));
    }
    (times, coloured)
}

fn count_coloured(rgb: &[u8]) -> usize {
    let spread = |p: &[u8]| p.iter().max().expect("three") - p.iter().min().expect("three");
    rgb.chunks_exact(3).filter(|p| spread(p) > 60).count()
}

/// Runs the shop and draws it; gives the folder.
fn draw(shop: &Shop) -> PathBuf {
    let folder = shop.path("drawn");
    let mut command = Command::new(env!("CARGO_BIN_EXE_aisleflow"));
    command.arg("run").arg("--config").arg(shop.config()).arg("--data").arg(shop.data());
    command.arg("--out").arg(shop.path("out")).arg("--annotate").arg(&folder);
    let output = command.output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let drawn = said.lines().filter(|line| line.starts_with("drawn")).count();
    assert_eq!(drawn, 8, "two cameras with pixels, plan and floor: {said}");
    folder
}

#[test]
fn every_frame_is_drawn_with_its_people() {
    let Some(shop) = Shop::new(3) else { return };
    let folder = draw(&shop);

    for (camera, frames, step_us) in [("left", 30, 100_000), ("right", 75, 40_000)] {
        let (times, coloured) = film(&folder.join(format!("{camera}.mp4")));
        assert_eq!(times, (0..frames).map(|n| n * step_us).collect::<Vec<_>>(), "{camera}");
        let drawn = coloured.iter().filter(|&&n| n > 40).count();
        assert!(drawn * 10 >= coloured.len() * 9, "{camera}: people are drawn in {drawn} of {} frames", coloured.len());

        let sheet = std::fs::File::open(folder.join(format!("{camera}.png"))).expect("a contact sheet");
        let mut reader = png::Decoder::new(std::io::BufReader::new(sheet)).read_info().expect("PNG");
        let mut rgb = vec![0; reader.output_buffer_size().expect("its size is known")];
        let shape = reader.next_frame(&mut rgb).expect("PNG");
        assert_eq!((shape.width, shape.height), (4 * 160, 4 * 96));
        assert!(count_coloured(&rgb) > 16 * 40, "{camera}: {} coloured pixels", count_coloured(&rgb));
    }
}

#[test]
fn the_floor_is_drawn_beside_the_cameras() {
    let Some(shop) = Shop::new(5) else { return };
    let zone = "[[zones]]\nname = \"aisle\"\npolygon_mm = [[-3000, 4000], [3000, 4000], [3000, 7000], [-3000, 7000]]\n";
    let text = shop.text(zone);
    std::fs::write(shop.config(), text).expect("written");
    let folder = draw(&shop);

    // One picture a tick, from the first frame of `left` to the last of `right`; tiles and plan side by side.
    let (times, coloured) = film(&folder.join("floor.mp4"));
    assert_eq!(times, (0..55).map(|n| n * 100_000).collect::<Vec<_>>());
    let (_, alone) = film(&folder.join("left.mp4"));
    assert!(coloured[30] > alone[25] + 100, "{} beside the plan, {} without it", coloured[30], alone[25]);
    let svg = std::fs::read_to_string(folder.join("plan.svg")).expect("a plan");
    for part in ["\naisle\n", "\nleft\n", "\nright\n", "<polyline", "<circle", "UTC"] {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    assert!(!svg.contains("\ngiven\n"), "not calibrated, so not on the plan");
    assert!(folder.join("plan.png").exists() && folder.join("floor.png").exists());
}
