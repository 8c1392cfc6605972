//! Makes small clips with the `ffmpeg` command line tool and reads them back through the pipeline.

use pipeline::ingest::{IngestError, Ingested, VideoReader, VideoSpec};
use schemas::{CameraId, EventTime, Fault, FaultKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub const START: i64 = 1_600_000_000_000_000;
/// 160x120, 10 frames a second, 2 seconds, every frame different.
pub const SOURCE: &str = "-f lavfi -i testsrc=size=160x120:rate=10:duration=2";

/// A folder for clips; nothing where the tool that makes them is absent.
pub struct Clips(tempfile::TempDir);

impl Clips {
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn new() -> Option<Self> {
        let tool = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).status();
        if !tool.is_ok_and(|status| status.success()) {
            eprintln!("skipped: the command line tool ffmpeg is not installed");
            return None;
        }
        Some(Self(tempfile::tempdir().expect("a temporary folder")))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `ffmpeg ARGS NAME`; arguments are separated by spaces.
    pub fn make(&self, name: &str, args: &str) -> PathBuf {
        let path = self.path(name);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-threads", "1"]).args(args.split_whitespace()).arg(&path);
        let made = command.current_dir(self.0.path()).stdin(Stdio::null()).output().expect("ffmpeg starts");
        assert!(made.status.success(), "ffmpeg {args} {name}: {}", String::from_utf8_lossy(&made.stderr));
        path
    }

    /// A file of the given bytes.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("writable");
        path
    }

    /// The first `percent` of a file.
    pub fn cut(&self, path: &Path, percent: usize, name: &str) -> PathBuf {
        let bytes = std::fs::read(path).expect("readable");
        self.write(name, &bytes[..bytes.len() * percent / 100])
    }
}

/// What a source gave.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// Milliseconds since the start, of each frame, rounded down.
    pub times_ms: Vec<i64>,
    pub sizes: Vec<(u32, u32)>,
    pub faults: Vec<Fault>,
    /// Of all pixels.
    pub digest: u64,
}

impl Outcome {
    /// How many records the faults of one kind concern.
    pub fn count(&self, kind: FaultKind) -> u64 {
        self.faults.iter().filter(|f| f.kind == kind).map(|f| f.count).sum()
    }

    pub fn kinds(&self) -> Vec<FaultKind> {
        self.faults.iter().map(|f| f.kind).collect()
    }
}

pub fn spec(path: &Path) -> VideoSpec {
    VideoSpec {
        camera: CameraId::mint("test", "cam"),
        name: "cam".to_owned(),
        path: path.to_owned(),
        start: EventTime(START),
        pts_jump_max_us: 5_000_000,
        threads: 1,
        scaled: Arc::new(|w, h| (w / 2, h / 2)),
        full: false,
        every: (1, 0),
        pictures_max: 2,
        stop: Arc::new(AtomicBool::new(false)),
    }
}

/// Reads to the end. Asserts what always holds: numbers count up, times strictly increase, faults are in order.
pub fn read_with(spec: VideoSpec) -> Result<Outcome, IngestError> {
    let (every, first) = spec.every;
    let mut reader = VideoReader::open(spec)?;
    let (mut outcome, mut latest) = (Outcome::default(), None);
    while let Some(next) = reader.next() {
        match next {
            Ingested::Frame(frame) => {
                assert_eq!(frame.meta.sequence, first % every + every * outcome.times_ms.len() as u64);
                assert!(latest.is_none_or(|t| frame.meta.event_time > t), "times strictly increase");
                assert_eq!(
                    (frame.scaled.width(), frame.scaled.height()),
                    (frame.meta.width / 2, frame.meta.height / 2)
                );
                latest = Some(frame.meta.event_time);
                outcome.times_ms.push((frame.meta.event_time.0 - START).div_euclid(1000));
                outcome.sizes.push((frame.meta.width, frame.meta.height));
                outcome.digest = frame
                    .scaled
                    .rgb()
                    .iter()
                    .fold(outcome.digest, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
            }
            Ingested::Fault(fault) => {
                assert!(latest.is_none_or(|t| fault.event_time >= t), "a fault never goes back: {fault:?}");
                assert!(fault.count > 0);
                outcome.faults.push(fault);
            }
        }
        assert!(outcome.times_ms.len() + outcome.faults.len() < 10_000, "a loop without end");
    }
    Ok(outcome)
}

pub fn read(path: &Path) -> Outcome {
    read_with(spec(path)).expect("opens")
}

/// 0, 100, 200 .. for `frames` frames.
pub fn regular_ms(frames: i64) -> Vec<i64> {
    (0..frames).map(|n| n * 100).collect()
}
