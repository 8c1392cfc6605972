//! Segments: the files behind a camera, and one of them opened: packets read, sent to the decoder, pictures taken out.

use super::error::{Unreadable, from_io};
use ffmpeg_next as ff;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

/// What a segment in a folder is called.
const EXTENSIONS: [&str; 22] = [
    "mp4", "m4v", "mov", "3gp", "mkv", "webm", "avi", "ts", "mts", "m2ts", "mpg", "mpeg", "flv", "h264", "264", "h265",
    "265", "hevc", "mjpeg", "mjpg", "ivf", "nut",
];
/// Containers that are opened; anything else (playlists that name other files, text drawn as pictures) is not a video.
const CONTAINERS: &str = "mov,matroska,avi,mpegts,mpeg,flv,h264,hevc,m4v,mjpeg,ivf,nut";
/// Largest picture that is decoded: 8192 x 4320. A damaged header must not claim the machine's memory.
const PIXELS_MAX: &str = "35389440";
/// Failures without progress after which a file counts as unreadable from there on.
const FAILURES_MAX: u32 = 100;

/// The files of a source, in the order in which they play: the file itself, or a folder's segments by name.
pub(super) fn list(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    if !std::fs::metadata(path).map_err(from_io)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(path).map_err(from_io)? {
        let file = entry.map_err(from_io)?.path();
        let extension = file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if extension.is_some_and(|e| EXTENSIONS.contains(&e.as_str())) && file.is_file() {
            segments.push(file);
        }
    }
    segments.sort();
    if segments.is_empty() { Err(Unreadable::NoSegments("video segments")) } else { Ok(segments) }
}

/// What one step of decoding gave.
pub(super) enum Step {
    /// A picture; `damaged` if parts of it had to be guessed.
    Picture {
        /// Whether the decoder met errors in it.
        damaged: bool,
    },
    /// A packet could not be read or decoded.
    Failed(String),
    /// The end, or the stop flag.
    End,
}

/// What the container says about the stream's length.
#[derive(Clone, Copy)]
enum Promise {
    Packets(u64),
    /// Length or last pts, which differ where the first pts is not 0 and which Matroska's writers do not agree upon; taken
    /// as the last pts, so that it rather promises too little.
    UntilUs(i64),
    Nothing,
}

/// One open file.
pub(super) struct Segment {
    input: ff::format::context::Input,
    decoder: ff::decoder::Video,
    stream: usize,
    time_base: ff::Rational,
    /// The stream's first pts, in its time base.
    zero: Option<i64>,
    regular_us: Option<i64>,
    expected: Option<u64>,
    promise: Promise,
    packets: u64,
    last_pts_us: i64,
    /// Failures since the last packet or picture.
    failures: u32,
}

impl Segment {
    /// Opens `path`: finds the container, the video stream and its decoder.
    pub(super) fn open(path: &Path, threads: usize, stop: &Arc<AtomicBool>) -> Result<Self, Unreadable> {
        static PREPARE: Once = Once::new();
        PREPARE.call_once(|| {
            ff::log::set_level(ff::log::Level::Quiet); // its lines do not belong on our terminal: faults tell
            ff::util::error::register_all(); // without this its errors have no words
        });
        let url = path.to_str().filter(|p| !p.contains('\0')).ok_or(Unreadable::PathNotText)?;
        let found = std::fs::metadata(path).map_err(from_io)?;
        if !found.is_file() {
            return Err(Unreadable::Setting("neither a file nor a folder".to_owned())); // a pipe would block for ever
        }
        std::fs::File::open(path).map_err(from_io)?; // may it be read?
        if found.len() == 0 {
            return Err(Unreadable::Empty);
        }
        let mut options = ff::Dictionary::new();
        options.set("protocol_whitelist", "file");
        options.set("format_whitelist", CONTAINERS);
        let flag = Arc::clone(stop);
        let interrupt = move || flag.load(Ordering::Relaxed);
        let input = ff::format::input_with_interrupt_and_dictionary(&format!("file:{url}"), interrupt, options)
            .map_err(|e| if e == ff::Error::Exit { Unreadable::Stopped } else { Unreadable::NotVideo(words(e)) })?;
        let stream = input.streams().best(ff::media::Type::Video).ok_or(Unreadable::NoVideoStream)?;
        let decoder = decoder(&stream, threads)?;
        let time_base = stream.time_base();
        // AVI keeps the order of decoding only: with B-frames its first time comes before that of the first picture.
        let zero = stated(stream.start_time()).filter(|_| input.format().name() != "avi");
        let regular_us = interval_us(stream.avg_frame_rate());
        let duration_us = duration_us(&input, &stream);
        let counted = u64::try_from(stream.frames()).ok().filter(|&n| n > 0);
        let rated = || Some(u64::try_from(duration_us? / regular_us?).unwrap_or(0)).filter(|&n| n > 0);
        // Only these write their length into a header; elsewhere it is guessed from the last bytes of the file.
        let has_header = ["mov", "matroska"].iter().any(|name| input.format().name().starts_with(name));
        let promise = match (counted, duration_us) {
            (Some(packets), _) => Promise::Packets(packets),
            (None, Some(us)) if has_header => Promise::UntilUs(us),
            _ => Promise::Nothing,
        };
        let (stream, expected) = (stream.index(), counted.or_else(rated));
        let (packets, last_pts_us, failures) = (0, 0, 0);
        let segment = Self {
            input,
            decoder,
            stream,
            time_base,
            zero,
            regular_us,
            expected,
            promise,
            packets,
            last_pts_us,
            failures,
        };
        Ok(segment)
    }

    /// Decodes up to the next picture, into `picture`.
    pub(super) fn step(&mut self, picture: &mut ff::frame::Video) -> Step {
        loop {
            match self.decoder.receive_frame(picture) {
                Ok(()) => {
                    self.failures = 0;
                    return Step::Picture { damaged: picture.is_corrupt() || picture.has_decode_errors() };
                }
                Err(ff::Error::Other { errno: ff::error::EAGAIN }) => {}
                Err(ff::Error::Eof) => return Step::End,
                Err(e) => return self.failed(e),
            }
            // A fresh packet each time: reading into a used one would leak what it holds.
            let mut packet = ff::Packet::empty();
            let sent = match packet.read(&mut self.input) {
                Ok(()) if packet.stream() != self.stream => continue,
                Ok(()) => {
                    self.packets += 1;
                    self.failures = 0;
                    self.decoder.send_packet(&packet)
                }
                Err(ff::Error::Eof) => self.decoder.send_eof(),
                Err(ff::Error::Exit) => return Step::End,
                Err(e) => return self.failed(e),
            };
            match sent {
                Ok(()) => {}
                Err(ff::Error::Eof) => return Step::End,
                Err(e) => return Step::Failed(words(e)),
            }
        }
    }

    /// One failure; after too many without progress the decoder gives what it has left, and the segment ends.
    fn failed(&mut self, error: ff::Error) -> Step {
        self.failures += 1;
        if self.failures > FAILURES_MAX {
            return Step::End;
        }
        if self.failures < FAILURES_MAX || self.decoder.send_eof().is_err() {
            return Step::Failed(words(error));
        }
        Step::Failed(format!("gave up after {FAILURES_MAX} failures in a row: {}", words(error)))
    }

    /// The picture's pts in microseconds, rounded once from the stream's own first pts.
    pub(super) fn pts_us(&mut self, picture: &ff::frame::Video) -> Option<i64> {
        let ticks = stated(picture.timestamp()?)?;
        let zero = *self.zero.get_or_insert(ticks);
        let pts = self.us(zero).saturating_add(self.us(ticks.saturating_sub(zero)));
        self.last_pts_us = self.last_pts_us.max(pts);
        Some(pts)
    }

    /// The stream's first pts in microseconds, if the container says.
    pub(super) fn first_pts_us(&self) -> Option<i64> {
        self.zero.map(|ticks| self.us(ticks))
    }

    /// The container's average frame interval.
    pub(super) fn regular_us(&self) -> Option<i64> {
        self.regular_us
    }

    /// How many frames the container speaks of, or its length times its rate.
    pub(super) fn frames_expected(&self) -> Option<u64> {
        self.expected
    }

    /// Frames that the container promised and the file does not hold, if clearly more than none. Ask at the end.
    pub(super) fn frames_missing(&self, regular_us: i64) -> Option<u64> {
        let (promised, missing) = match self.promise {
            Promise::Packets(packets) => (packets, packets.saturating_sub(self.packets)),
            Promise::UntilUs(end) => {
                let frames = |us: i64| u64::try_from(us / regular_us.max(1)).unwrap_or(0);
                (frames(end), frames(end.saturating_sub(self.last_pts_us.saturating_add(regular_us))))
            }
            Promise::Nothing => return None,
        };
        (missing >= 2 && missing >= promised / 50).then_some(missing)
    }

    fn us(&self, ticks: i64) -> i64 {
        rescale_us(ticks, self.time_base)
    }
}

/// The error in FFmpeg's words.
fn words(error: ff::Error) -> String {
    error.to_string()
}

/// Without FFmpeg's mark for "no value".
fn stated(ticks: i64) -> Option<i64> {
    (ticks != ff::ffi::AV_NOPTS_VALUE).then_some(ticks)
}

/// Ticks in microseconds, to the nearest; saturates.
fn rescale_us(ticks: i64, base: ff::Rational) -> i64 {
    let (num, den) = (i128::from(base.numerator()), i128::from(base.denominator()).max(1));
    let us = (i128::from(ticks) * num * 1_000_000 + den / 2).div_euclid(den);
    us.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// The interval of a frame rate between 1 frame a minute and 1,000 a second.
fn interval_us(rate: ff::Rational) -> Option<i64> {
    let (num, den) = (i64::from(rate.numerator()), i64::from(rate.denominator()));
    let us = (num > 0 && den > 0).then(|| (den * 1_000_000 + num / 2) / num)?;
    (1_000..=60_000_000).contains(&us).then_some(us)
}

/// The video's length: its own, or the file's where there is nothing but video in it.
fn duration_us(input: &ff::format::context::Input, stream: &ff::Stream<'_>) -> Option<i64> {
    let own = stated(stream.duration()).map(|ticks| rescale_us(ticks, stream.time_base()));
    let whole = || (input.nb_streams() == 1).then(|| stated(input.duration())).flatten();
    own.or_else(whole).filter(|&us| us > 0)
}

fn decoder(stream: &ff::Stream<'_>, threads: usize) -> Result<ff::decoder::Video, Unreadable> {
    let refused = |e: ff::Error| Unreadable::NoDecoder(words(e));
    let mut context = ff::codec::context::Context::from_parameters(stream.parameters()).map_err(refused)?;
    let kind = if threads > 1 { ff::threading::Type::Frame } else { ff::threading::Type::None };
    context.set_threading(ff::threading::Config { kind, count: threads.clamp(1, 16), ..Default::default() });
    let codec = ff::decoder::find(context.id())
        .ok_or_else(|| Unreadable::NoDecoder(format!("no decoder for {:?}", context.id())))?;
    let mut opening = context.decoder();
    opening.set_packet_time_base(stream.time_base());
    let mut options = ff::Dictionary::new();
    options.set("max_pixels", PIXELS_MAX);
    opening.open_as_with(codec, options).and_then(|opened| opened.video()).map_err(refused)
}
