//! Decodes videos through the pipeline's own reader and reports frames, times and memory. See `benchmarks/decode/README.md`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use pipeline::ingest::{Ingested, ScaledSize, VideoReader, VideoSpec, VideoStream};
use schemas::{CameraId, EventTime, Picture};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Memory of this process in KiB: all that is resident, and of it what is its own (the rest are pages of files: libraries,
/// shared by all cameras and given back under pressure).
#[derive(Clone, Copy)]
struct Memory {
    resident: u64,
    own: u64,
}

impl Memory {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let value = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Self { resident: value("VmRSS:"), own: value("RssAnon:") }
    }

    /// What came on top of `base`, as text in MiB: resident, own.
    fn beyond(self, base: Self) -> String {
        let mib = |kib: u64, base: u64| kib.saturating_sub(base) as f64 / 1024.0;
        format!("{:.1} ({:.1})", mib(self.resident, base.resident), mib(self.own, base.own))
    }
}

fn spec(path: &str, size: Option<(u32, u32)>, full: bool, threads: usize) -> VideoSpec {
    let scaled: ScaledSize = Arc::new(move |w, h| size.unwrap_or((w, h)));
    VideoSpec {
        camera: CameraId::mint("benchmark", path),
        name: path.to_owned(),
        path: PathBuf::from(path),
        start: EventTime(0),
        pts_jump_max_us: 2_000_000,
        threads,
        scaled,
        every: (1, 0),
        full,
        pictures_max: 4,
        stop: Arc::new(AtomicBool::new(false)),
    }
}

#[derive(Default)]
struct Outcome {
    frames: u64,
    faults: u64,
    last_us: i64,
    /// Frame numbers at which memory is sampled.
    marks: Vec<u64>,
    memory: Vec<Memory>,
}

impl Outcome {
    fn new(expected: Option<u64>) -> Self {
        Self { marks: expected.map_or(vec![], |n| vec![n / 10, n / 2, n]), ..Self::default() }
    }

    fn frame(&mut self, time: EventTime) {
        self.frames += 1;
        self.last_us = time.0;
        if self.marks.contains(&self.frames) {
            self.memory.push(Memory::now());
        }
    }
}

/// Reads one file to its end.
fn read(path: &str, mode: &str, size: Option<(u32, u32)>, threads: usize) -> Result<Outcome, String> {
    let spec = spec(path, size, mode == "full", threads);
    if mode == "decode" {
        let mut stream = VideoStream::open(spec).map_err(|e| e.to_string())?;
        let mut outcome = Outcome::new(stream.frames_expected());
        while let Some(next) = stream.next_meta() {
            match next {
                Ok(meta) => outcome.frame(meta.event_time),
                Err(_) => outcome.faults += 1,
            }
        }
        return Ok(outcome);
    }
    let mut reader = VideoReader::open(spec).map_err(|e| e.to_string())?;
    let mut outcome = Outcome::new(reader.frames_expected());
    while let Some(next) = reader.next() {
        match next {
            Ingested::Frame(frame) => {
                outcome.frame(frame.meta.event_time);
                if let Some(folder) = mode.strip_prefix("dump:").filter(|_| frame.meta.sequence % 100 == 0) {
                    dump(&frame.scaled, &format!("{folder}/{}.ppm", frame.meta.sequence)).map_err(|e| e.to_string())?;
                }
            }
            Ingested::Fault(fault) => {
                eprintln!("{fault:?}");
                outcome.faults += 1;
            }
        }
    }
    Ok(outcome)
}

/// Writes a picture as portable pixmap, to be looked at and compared.
fn dump(picture: &Picture, path: &str) -> std::io::Result<()> {
    let header = format!("P6 {} {} 255\n", picture.width(), picture.height());
    std::fs::write(path, [header.as_bytes(), picture.rgb()].concat())
}

/// Usage: `decode MODE WIDTHxHEIGHT THREADS FILE...`, MODE one of `decode`, `scale`, `full`, `dump:FOLDER`; several files are
/// read at once.
fn main() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [mode, size, threads, files @ ..] = args.as_slice() else {
        return Err("usage: decode decode|scale|full|dump:FOLDER WIDTHxHEIGHT|source THREADS FILE...".to_owned());
    };
    let size = size.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let threads = threads.parse().map_err(|_| "THREADS is a number".to_owned())?;
    let (base, begun) = (Memory::now(), Instant::now());
    let outcomes = std::thread::scope(|scope| {
        let readers: Vec<_> = files.iter().map(|file| scope.spawn(|| read(file, mode, size, threads))).collect();
        readers.into_iter().map(|r| r.join().map_err(|_| "panicked".to_owned())?).collect::<Result<Vec<_>, String>>()
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let frames: u64 = outcomes.iter().map(|o| o.frames).sum();
    let beyond = |o: &Outcome| o.memory.iter().map(|m| m.beyond(base)).collect::<Vec<_>>().join(", ");
    println!(
        "frames {frames} faults {} last_us {} seconds {seconds:.3} frames_per_second {:.1} base_mib {} beyond_mib {}",
        outcomes.iter().map(|o| o.faults).sum::<u64>(),
        outcomes.first().map_or(0, |o| o.last_us),
        frames as f64 / seconds,
        base.resident / 1024,
        outcomes.iter().map(beyond).collect::<Vec<_>>().join(" | "),
    );
    Ok(())
}
