//! Decode: a camera's video file, or folder of segments, as frames with event times.
//! In: H.264, H.265, MPEG-4 or Motion JPEG in MP4, Matroska, AVI or MPEG-TS | Out: frames and faults, in order of event time
//! State: one decoder, at most `pictures_max` pictures of each size
//! Faults: DecodeFailed, StreamTruncated, PtsMissing, PtsJumped, SizeChanged

use super::error::{IngestError, Unreadable};
use super::fold::Fold;
use super::picture_pool::PicturePool;
use super::scale::Scaler;
use super::segments::{Segment, Step, list};
use super::timeline::Timeline;
use crate::clock::Stopwatch;
use ffmpeg_next::frame;
use schemas::{CameraId, EventTime, Fault, FaultKind, Frame, FrameMeta, Picture};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest side that a picture is scaled to.
const SIDE_MAX: u32 = 8192;

/// The size (width, height) in which a picture is wanted, from the size it has.
pub type ScaledSize = Arc<dyn Fn(u32, u32) -> (u32, u32) + Send + Sync>;

/// Which video to read, and how.
#[derive(Clone)]
pub struct VideoSpec {
    /// The camera.
    pub camera: CameraId,
    /// Its name, for error messages.
    pub name: String,
    /// A file, or a folder whose segments are played in the order of their names as one stream.
    pub path: PathBuf,
    /// Event time of the first frame.
    pub start: EventTime,
    /// Steps of the stream's clock ahead of more than this are not believed.
    pub pts_jump_max_us: i64,
    /// Decoder threads; 1 costs the least memory. The frames are the same for any number.
    pub threads: usize,
    /// The size of `Frame::scaled`.
    pub scaled: ScaledSize,
    /// Of every so many frames one is given, the first of them being number `.1`; the others are decoded, no more.
    pub every: (u64, u64),
    /// Whether frames also carry the picture in source size.
    pub full: bool,
    /// Bound of the pictures alive at once, of each of the two sizes; `next` waits where it is reached.
    pub pictures_max: usize,
    /// Set from any thread to end reading and waiting; may be shared between cameras.
    pub stop: Arc<AtomicBool>,
}

/// What a camera gives next.
#[derive(Clone, Debug)]
pub enum Ingested {
    /// A frame with its pixels.
    Frame(Frame),
    /// A fault; its time is never before that of a frame given earlier.
    Fault(Fault),
}

/// The stream of one camera without its pixels: decoding and time. May move between threads.
pub struct VideoStream {
    spec: VideoSpec,
    segments: VecDeque<PathBuf>,
    in_folder: bool,
    current: Option<(Segment, String)>,
    timeline: Timeline,
    picture: frame::Video,
    size: Option<(u32, u32)>,
    sequence: u64,
    fold: Fold,
    ready: VecDeque<Result<FrameMeta, Fault>>,
    frames_expected: Option<u64>,
}

impl VideoStream {
    /// Opens the file, or the first segment that can be opened. Errors name the camera and the path.
    pub fn open(spec: VideoSpec) -> Result<Self, IngestError> {
        let segments = list(&spec.path).map_err(|e| e.at(&spec.name, &spec.path))?;
        let timeline = Timeline::new(spec.start, spec.pts_jump_max_us);
        let in_folder = segments.first() != Some(&spec.path);
        let mut stream = Self {
            segments: segments.into(),
            in_folder,
            current: None,
            timeline,
            picture: frame::Video::empty(),
            size: None,
            sequence: 0,
            fold: Fold::default(),
            ready: VecDeque::new(),
            frames_expected: None,
            spec,
        };
        stream.open_first().map_err(|e| e.at(&stream.spec.name, &stream.spec.path))?;
        Ok(stream)
    }

    /// How many frames there will be, as far as the container tells; for a folder a guess from the first segment's share of
    /// its bytes. For progress only.
    pub fn frames_expected(&self) -> Option<u64> {
        self.frames_expected
    }

    /// Decodes the next frame without making a picture of it; a fault is an `Err`. Nothing at the end.
    pub fn next_meta(&mut self) -> Option<Result<FrameMeta, Fault>> {
        loop {
            if self.spec.stop.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(next) = self.ready.pop_front() {
                return Some(next);
            }
            let Some((segment, _)) = &mut self.current else {
                if self.open_next() {
                    continue;
                }
                self.flush();
                return self.ready.pop_front();
            };
            match segment.step(&mut self.picture) {
                Step::Picture { damaged } => self.take_picture(damaged),
                Step::Failed(detail) => self.fault(FaultKind::DecodeFailed, self.timeline.last(), 1, detail),
                Step::End => self.end_segment(),
            }
        }
    }

    fn open_first(&mut self) -> Result<(), Unreadable> {
        let count = self.segments.len();
        let total: u64 = self.segments.iter().map(|path| bytes(path)).sum();
        let mut first_reason = None;
        while let Some(path) = self.segments.pop_front() {
            match self.begin(&path) {
                Ok(()) => {
                    let scale = total as f64 / bytes(&path).max(1) as f64;
                    let expected = self.current.as_ref().and_then(|(segment, _)| segment.frames_expected());
                    self.frames_expected = expected.map(|n| (n as f64 * scale).round() as u64);
                    return Ok(());
                }
                Err(Unreadable::Stopped) => return Err(Unreadable::Stopped),
                Err(reason) if !self.in_folder => return Err(reason),
                Err(reason) => {
                    let name = file_name(&path);
                    self.fault(FaultKind::DecodeFailed, self.spec.start, 1, format!("{name}: {reason}"));
                    first_reason.get_or_insert((name, reason));
                }
            }
        }
        let (first, reason) = first_reason.unwrap_or((String::new(), Unreadable::Missing));
        Err(Unreadable::NoReadableSegment { count, first, reason: Box::new(reason) })
    }

    /// Opens the next segment; a damaged one is a fault and the one after it is tried. False at the end of all.
    fn open_next(&mut self) -> bool {
        let Some(path) = self.segments.pop_front() else { return false };
        if let Err(reason) = self.begin(&path) {
            let detail = format!("{}: {reason}", file_name(&path));
            self.fault(FaultKind::DecodeFailed, self.timeline.last(), 1, detail);
        }
        true
    }

    fn begin(&mut self, path: &std::path::Path) -> Result<(), Unreadable> {
        let segment = Segment::open(path, self.spec.threads, &self.spec.stop)?;
        self.timeline.begin_segment(segment.first_pts_us(), segment.regular_us());
        let label = if self.in_folder { format!("{}: ", file_name(path)) } else { String::new() };
        self.current = Some((segment, label));
        Ok(())
    }

    fn end_segment(&mut self) {
        let Some((segment, _)) = &self.current else { return };
        let missing = segment.frames_missing(self.timeline.regular_us());
        if let Some(count) = missing.filter(|_| !self.spec.stop.load(Ordering::Relaxed)) {
            let detail = "the file ends before its container says".to_owned();
            self.fault(FaultKind::StreamTruncated, self.timeline.last(), count, detail);
        }
        self.current = None;
    }

    /// Gives the decoded picture its time and number.
    fn take_picture(&mut self, damaged: bool) {
        let Some((segment, _)) = &mut self.current else { return };
        let pts = segment.pts_us(&self.picture);
        let placed = self.timeline.place(pts);
        let (width, height) = (self.picture.width(), self.picture.height());
        let mut clean = true;
        if let Some(kind) = placed.irregular {
            let detail = if kind == FaultKind::PtsMissing { "no pts" } else { "pts backwards or too far ahead" };
            self.fault(kind, placed.event_time, 1, detail.to_owned());
            clean = false;
        }
        if damaged {
            let detail = "damaged picture, shown as far as it decodes".to_owned();
            self.fault(FaultKind::DecodeFailed, placed.event_time, 1, detail);
            clean = false;
        }
        if let Some((w, h)) = self.size.replace((width, height)).filter(|&size| size != (width, height)) {
            self.fault(FaultKind::SizeChanged, placed.event_time, 1, format!("{w}x{h} -> {width}x{height}"));
            clean = false;
        }
        if clean {
            self.flush();
        }
        let (camera, sequence) = (self.spec.camera, self.sequence);
        self.ready.push_back(Ok(FrameMeta { camera, event_time: placed.event_time, sequence, width, height }));
        self.sequence += 1;
    }

    /// Reports a fault, folded into the one before where kind and words are the same.
    fn fault(&mut self, kind: FaultKind, event_time: EventTime, count: u64, detail: String) {
        let label = self.current.as_ref().map_or("", |(_, label)| label);
        let detail = format!("{label}{detail}");
        let fault = Fault { event_time, camera: self.spec.camera, kind, count, detail: detail.clone() };
        self.ready.extend(self.fold.add(&detail, fault).map(Err));
    }

    fn flush(&mut self) {
        self.ready.extend(self.fold.take().map(Err));
    }
}

/// Reads a camera's video: frames with pictures. Stays on the thread that made it.
pub struct VideoReader {
    stream: VideoStream,
    scaler: Scaler,
    converter: Scaler,
    scaled: PicturePool,
    full: PicturePool,
    decoding: Duration,
    scaling: Duration,
}

impl VideoReader {
    /// Opens what `spec` names. Errors name the camera and the path, say why, and whether a retry makes sense.
    pub fn open(spec: VideoSpec) -> Result<Self, IngestError> {
        VideoStream::open(spec).map(Self::new)
    }

    /// A reader of a stream opened before, perhaps on another thread.
    pub fn new(stream: VideoStream) -> Self {
        let pool = || PicturePool::new(stream.spec.pictures_max);
        let (scaled, full) = (pool(), pool());
        Self {
            stream,
            scaler: Scaler::default(),
            converter: Scaler::default(),
            scaled,
            full,
            decoding: Duration::ZERO,
            scaling: Duration::ZERO,
        }
    }

    /// See [`VideoStream::frames_expected`].
    pub fn frames_expected(&self) -> Option<u64> {
        self.stream.frames_expected()
    }

    /// How long decoding and scaling have taken since this was last asked; waiting is not counted.
    pub fn spent(&mut self) -> (Duration, Duration) {
        (std::mem::take(&mut self.decoding), std::mem::take(&mut self.scaling))
    }

    /// The flag that ends reading and waiting when set, from any thread.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stream.spec.stop)
    }

    /// The next frame or fault; waits while all pictures are in use. Nothing at the end, or once stopped.
    #[expect(clippy::should_implement_trait, reason = "blocking and interruptible; adaptors would hide that")]
    pub fn next(&mut self) -> Option<Ingested> {
        let (every, first) = self.stream.spec.every;
        let meta = loop {
            let watch = Stopwatch::start();
            let next = self.stream.next_meta();
            self.decoding += watch.elapsed();
            match next? {
                Ok(meta) if meta.sequence % every.max(1) == first % every.max(1) => break meta,
                Ok(_) => {}
                Err(fault) => return Some(Ingested::Fault(fault)),
            }
        };
        Some(match self.pictures(meta)? {
            Ok(frame) => Ingested::Frame(frame),
            Err(detail) => {
                let (camera, event_time) = (meta.camera, meta.event_time);
                Ingested::Fault(Fault { event_time, camera, kind: FaultKind::DecodeFailed, count: 1, detail })
            }
        })
    }

    /// The picture in the wanted sizes. Nothing once stopped.
    fn pictures(&mut self, meta: FrameMeta) -> Option<Result<Frame, String>> {
        let (width, height) = (self.stream.spec.scaled)(meta.width, meta.height);
        let (width, height) = (width.clamp(1, SIDE_MAX), height.clamp(1, SIDE_MAX));
        let (stop, picture) = (&self.stream.spec.stop, &self.stream.picture);
        let mut scaling = Duration::ZERO;
        let mut make = |pool: &PicturePool, scaler: &mut Scaler, width, height| {
            let mut pixels = pool.take(width, height, stop)?;
            let watch = Stopwatch::start();
            let made = scaler.scale(picture, &mut pixels, width, height).map_err(|e| format!("no RGB picture: {e}"));
            scaling += watch.elapsed();
            Some(made.and_then(|()| Picture::new(width, height, Arc::new(pixels)).ok_or("no RGB picture".to_owned())))
        };
        let scaled = make(&self.scaled, &mut self.scaler, width, height)?;
        let full = match &scaled {
            Ok(scaled) if self.stream.spec.full && (width, height) == (meta.width, meta.height) => {
                Some(Ok(scaled.clone()))
            }
            Ok(_) if self.stream.spec.full => Some(make(&self.full, &mut self.converter, meta.width, meta.height)?),
            _ => None,
        };
        self.scaling += scaling;
        Some(scaled.and_then(|scaled| Ok(Frame { meta, scaled, full: full.transpose()? })))
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn bytes(path: &std::path::Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}
