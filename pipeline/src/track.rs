//! `aisleflow track`: the tracker alone, from MOTChallenge detections to MOTChallenge tracks.

use crate::clock::{Stopwatch, thread_processor_time};
use crate::mot::{MotRow, parse_seqinfo, read_detections, write_rows};
use clap::Args;
use operators::Outbox;
use operators::settings::Setting;
use operators::vision::track::{CameraTracker, TrackSettings};
use schemas::{
    Box2, CameraId, Detection, EventTime, FrameDetections, FrameMeta, ModelId, Score, TickLength, Tracked, TrackletId,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Malformed rows that are named one by one; of the rest only the number is told.
const NAMED_MAX: usize = 20;
/// Time of the first frame, microseconds since 1970; any will do.
const START_US: i64 = 1_000_000_000;

/// Tracks the people in one camera's detections (MOTChallenge text in and out).
#[derive(Args, Clone, Debug)]
#[command(after_long_help = settings_help("Tracker settings", TrackSettings::ALL))]
pub struct TrackArgs {
    /// Detections: frame,id,left,top,width,height,score,... with frames from 1
    #[arg(long, value_name = "FILE")]
    pub detections: PathBuf,
    /// Where to write the tracks
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Frames per second of the detections
    #[arg(long, default_value_t = 30.0, conflicts_with = "seqinfo")]
    pub fps: f64,
    /// Take frame rate, length and picture size from a seqinfo.ini
    #[arg(long, value_name = "FILE")]
    pub seqinfo: Option<PathBuf>,
    /// Picture width in pixels
    #[arg(long, default_value_t = 1920)]
    pub width: u32,
    /// Picture height in pixels
    #[arg(long, default_value_t = 1080)]
    pub height: u32,
    /// Change a tracker setting, for example --set memory_ms=3000; may be repeated. `--help` lists them
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = track_setting)]
    pub set: Vec<(String, u32)>,
    /// Afterwards fill gaps of up to so many milliseconds by straight lines. This looks ahead: not an online result
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub fill_gaps_ms: u32,
    /// Print the frames tracked and the processor seconds of tracking alone (no parsing) as one line of JSON
    #[arg(long)]
    pub timing: bool,
    /// Track so many times over, because one pass is too short to time; the result is the same
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
}

/// Why `track` failed.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `seqinfo.ini` makes no sense.
    #[error("{path}: {reason}")]
    Seqinfo {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A setting or the frame rate is out of range.
    #[error("{0}")]
    Setting(String),
}

/// Every setting with its default, range and meaning.
pub(crate) fn settings_help(title: &str, all: &[Setting]) -> String {
    let line = |s: &Setting| format!("\n  {} = {} ({}..={})\n     {}", s.name, s.default, s.low, s.high, s.meaning);
    format!("{title}:{}", all.iter().map(line).collect::<String>())
}

/// Reads `NAME=VALUE`.
pub(crate) fn setting(text: &str) -> Result<(String, u32), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = value.trim().parse().map_err(|_| format!("{value:?} is not a whole number"))?;
    Ok((name.trim().to_owned(), value))
}

/// Reads `NAME=VALUE` of a tracker setting.
pub(crate) fn track_setting(text: &str) -> Result<(String, u32), String> {
    let (name, value) = setting(text)?;
    TrackSettings::default().set(&name, value)?;
    Ok((name, value))
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written, or the frame rate makes no sense. Malformed rows are no error: they are
/// counted, the first named with their line, and skipped.
pub fn track(args: TrackArgs) -> Result<(), TrackError> {
    let mut settings = TrackSettings::default();
    for (name, value) in &args.set {
        settings.set(name, *value).map_err(TrackError::Setting)?;
    }
    let frames = frames(&args)?;
    let (wall, before) = (Stopwatch::start(), thread_processor_time());
    let mut tracked = track_frames(frames.clone(), &settings);
    for _ in 1..args.repeat {
        tracked = track_frames(frames.clone(), &settings);
    }
    let spent = before.and_then(|b| thread_processor_time()?.checked_sub(b)).unwrap_or_else(|| wall.elapsed());
    for fault in &tracked.faults {
        tracing::warn!(time_us = fault.event_time.0, count = fault.count, "{}: {}", fault.kind.word(), fault.detail);
    }
    let fps = frames_per_second(&args)?;
    let mut rows = rows(tracked.ok);
    if args.fill_gaps_ms > 0 {
        rows = fill_gaps(&rows, (f64::from(args.fill_gaps_ms) * fps / 1000.0) as u32);
    }
    let file = File::create(&args.out).map_err(|e| failed(&args.out, e))?;
    write_rows(BufWriter::new(file), &rows).map_err(|e| failed(&args.out, e))?;
    if args.timing {
        print_timing(frames.len() * args.repeat as usize, spent.as_secs_f64());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what --timing asks for")]
fn print_timing(frames: usize, seconds: f64) {
    println!("{{\"frames\": {frames}, \"seconds\": {seconds:.6}}}");
}

fn failed(path: &Path, source: std::io::Error) -> TrackError {
    TrackError::File { path: path.to_owned(), source }
}

fn seqinfo(args: &TrackArgs) -> Result<Option<crate::mot::SequenceFacts>, TrackError> {
    let Some(path) = &args.seqinfo else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|e| failed(path, e))?;
    parse_seqinfo(&text).map(Some).map_err(|reason| TrackError::Seqinfo { path: path.clone(), reason })
}

fn frames_per_second(args: &TrackArgs) -> Result<f64, TrackError> {
    let fps = seqinfo(args)?.map_or(args.fps, |facts| facts.fps);
    if (0.01..=1000.0).contains(&fps) { Ok(fps) } else { Err(TrackError::Setting(format!("{fps} frames per second"))) }
}

/// Every frame from the first to the last, those without detections included: silence is also seen.
fn frames(args: &TrackArgs) -> Result<Vec<FrameDetections>, TrackError> {
    let (fps, facts) = (frames_per_second(args)?, seqinfo(args)?);
    let file = File::open(&args.detections).map_err(|e| failed(&args.detections, e))?;
    let mut found = read_detections(BufReader::new(file)).map_err(|e| failed(&args.detections, e))?;
    for row in found.malformed.iter().take(NAMED_MAX) {
        tracing::warn!("{}:{}: skipped: {}", args.detections.display(), row.line, row.reason);
    }
    if !found.malformed.is_empty() {
        tracing::warn!("{}: {} malformed rows skipped", args.detections.display(), found.malformed.len());
    }
    let (width, height) = facts.and_then(|f| f.size).unwrap_or((args.width, args.height));
    let camera = CameraId::mint("track", "detections");
    let model = ModelId::mint("detections");
    let frame = |(number, detections): (u32, Vec<Detection>)| {
        let after_us = (f64::from(number - 1) * 1e6 / fps).round() as i64;
        let event_time = EventTime(START_US + after_us);
        let meta = FrameMeta { camera, event_time, sequence: u64::from(number), width, height };
        FrameDetections::new(meta, model, detections)
    };
    let last = facts.and_then(|f| f.frames).max(found.frames.keys().next_back().copied()).unwrap_or(0);
    Ok((1..=last).map(|n| (n, found.frames.remove(&n).unwrap_or_default())).map(frame).collect())
}

fn track_frames(frames: Vec<FrameDetections>, settings: &TrackSettings) -> Outbox<Tracked> {
    let tick = TickLength::from_us(100_000).expect("not zero");
    let camera = frames.first().map_or(CameraId(0), |f| f.meta.camera);
    let mut tracker = CameraTracker::new(camera, tick, settings.clone());
    let mut out = Outbox::default();
    for frame in frames {
        tracker.step(frame, &mut out);
    }
    while let Some(deadline) = tracker.deadline() {
        tracker.expire(deadline, &mut out);
    }
    out
}

/// The sightings that joined a tracklet, by frame and identity; identities are counted from 1 as they first appear.
fn rows(tracked: Vec<Tracked>) -> Vec<MotRow> {
    let mut sightings: Vec<_> =
        tracked.into_iter().filter_map(|t| if let Tracked::Seen(s) = t { Some(s) } else { None }).collect();
    sightings.sort_by(|a, b| (a.meta.sequence, &a.detection).cmp(&(b.meta.sequence, &b.detection)));
    let mut numbers: BTreeMap<TrackletId, u32> = BTreeMap::new();
    let mut rows = Vec::with_capacity(sightings.len());
    for s in sightings {
        let Some(tracklet) = s.tracklet else { continue };
        let next = numbers.len() as u32 + 1;
        let id = *numbers.entry(tracklet).or_insert(next);
        let frame = u32::try_from(s.meta.sequence).unwrap_or(u32::MAX);
        rows.push(MotRow { frame, id, bbox: s.detection.bbox, score: s.detection.score });
    }
    rows.sort_unstable();
    rows
}

/// Adds boxes on straight lines where an identity is missing for at most `frames_max` frames.
fn fill_gaps(rows: &[MotRow], frames_max: u32) -> Vec<MotRow> {
    let mut last: BTreeMap<u32, MotRow> = BTreeMap::new();
    let mut filled = rows.to_vec();
    for row in rows {
        if let Some(before) = last.insert(row.id, *row) {
            let span = row.frame - before.frame;
            if span > 1 && span - 1 <= frames_max {
                filled.extend((1..span).map(|step| between(&before, row, step, span)));
            }
        }
    }
    filled.sort_unstable();
    filled
}

/// The box `step` of `span` frames after `a` on the way to `b`.
fn between(a: &MotRow, b: &MotRow, step: u32, span: u32) -> MotRow {
    let mix = |x: i32, y: i32| {
        let (x, y, step, span) = (i64::from(x), i64::from(y), i64::from(step), i64::from(span));
        (x + (y - x) * step / span) as i32
    };
    let (p, q) = (a.bbox, b.bbox);
    let bbox = Box2 {
        left: mix(p.left, q.left),
        top: mix(p.top, q.top),
        right: mix(p.right, q.right),
        bottom: mix(p.bottom, q.bottom),
    };
    let score = mix(i32::from(a.score.steps()), i32::from(b.score.steps())) as f32 / 10_000.0;
    MotRow { frame: a.frame + step, id: a.id, bbox, score: Score::from_unit(score) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(frame: u32, id: u32, left: f32) -> MotRow {
        MotRow { frame, id, bbox: Box2::from_pixels(left, 0.0, left + 10.0, 20.0), score: Score::MAX }
    }

    #[test]
    fn short_gaps_are_filled_and_long_ones_left() {
        let filled = fill_gaps(&[row(1, 1, 0.0), row(2, 2, 5.0), row(4, 1, 30.0), row(9, 2, 5.0)], 2);
        assert_eq!(
            filled,
            [row(1, 1, 0.0), row(2, 1, 10.0), row(2, 2, 5.0), row(3, 1, 20.0), row(4, 1, 30.0), row(9, 2, 5.0)]
        );
    }

    #[test]
    fn settings_are_checked_when_parsed() {
        assert_eq!(track_setting("memory_ms=3000"), Ok(("memory_ms".to_owned(), 3000)));
        assert!(track_setting("memory_ms=-1").is_err());
        assert!(track_setting("confirm_sightings=0").is_err());
        assert!(track_setting("nonsense=1").is_err());
    }
}
