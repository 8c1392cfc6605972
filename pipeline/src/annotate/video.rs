//! Video: RGB pictures to an MP4 (H.264 where this FFmpeg has it, else MPEG-4).

use super::AnnotateError;
use super::draw::Canvas;
use ffmpeg_next::codec::encoder::video::Encoder as Opened;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::software::scaling::{Context as Scaler, Flags};
use ffmpeg_next::{Dictionary, Packet, Rational, codec, encoder, format, frame};
use schemas::EventTime;
use std::path::{Path, PathBuf};

/// Steps of a second in which pictures are timed.
const TIME_BASE: Rational = Rational(1, 1000);

/// A video under construction.
pub struct Encoder {
    path: PathBuf,
    output: format::context::Output,
    encoder: Opened,
    scaler: Scaler,
    size: (u32, u32),
    start: EventTime,
    last: i64,
    /// Distance of the last two pictures: how long the last one is shown. Without it players would cut it off.
    step: i64,
}

impl Encoder {
    /// Begins `path` with pictures of `size` pixels; odd sides lose their last column or row. `start` is the time of the first.
    pub fn create(path: &Path, size: (u32, u32), rate: u32, start: EventTime) -> Result<Self, AnnotateError> {
        Self::open(path, (size.0 & !1, size.1 & !1), rate, start).map_err(|error| super::cannot_write(path, &error))
    }

    fn open(path: &Path, size: (u32, u32), rate: u32, start: EventTime) -> Result<Self, ffmpeg_next::Error> {
        let mut output = format::output(path)?;
        let h264 = encoder::find_by_name("libx264");
        let codec = h264.or_else(|| encoder::find(codec::Id::MPEG4)).ok_or(ffmpeg_next::Error::EncoderNotFound)?;
        let mut stream = output.add_stream(codec)?;
        let mut video = codec::context::Context::new_with_codec(codec).encoder().video()?;
        video.set_width(size.0);
        video.set_height(size.1);
        video.set_format(Pixel::YUV420P);
        video.set_time_base(TIME_BASE);
        video.set_frame_rate(Some(Rational(i32::try_from(rate).unwrap_or(10), 1)));
        video.set_gop(5 * rate);
        // MP4 keeps the codec's header once, in front.
        video.set_flags(codec::Flags::GLOBAL_HEADER);
        let mut options = Dictionary::new();
        if h264.is_some() {
            options.set("preset", "veryfast");
            options.set("crf", "23");
        } else {
            video.set_bit_rate(2_000_000);
        }
        let encoder = video.open_with(options)?;
        stream.set_parameters(&encoder);
        output.write_header()?;
        let scaler = Scaler::get(Pixel::RGB24, size.0, size.1, Pixel::YUV420P, size.0, size.1, Flags::BILINEAR)?;
        Ok(Self {
            path: path.to_path_buf(),
            output,
            encoder,
            scaler,
            size,
            start,
            last: -1,
            step: 1000 / i64::from(rate.max(1)),
        })
    }

    /// Adds a picture, taken at `at`. One of another size is put into the upper left corner.
    pub fn add(&mut self, canvas: &Canvas, at: EventTime) -> Result<(), AnnotateError> {
        let pts = (at.since_us(self.start) / 1000).max(self.last + 1);
        if self.last >= 0 {
            self.step = pts - self.last;
        }
        self.last = pts;
        let mut fitted = Canvas::black(self.size.0, self.size.1);
        fitted.paste(canvas, 0, 0);
        self.encode(&fitted, pts).map_err(|error| super::cannot_write(&self.path, &error))
    }

    fn encode(&mut self, canvas: &Canvas, pts: i64) -> Result<(), ffmpeg_next::Error> {
        let (width, height) = self.size;
        let mut rgb = frame::Video::new(Pixel::RGB24, width, height);
        let stride = rgb.stride(0);
        for (to, from) in rgb.data_mut(0).chunks_mut(stride).zip(canvas.rgb().chunks_exact(3 * width as usize)) {
            to[..from.len()].copy_from_slice(from);
        }
        let mut yuv = frame::Video::empty();
        self.scaler.run(&rgb, &mut yuv)?;
        yuv.set_pts(Some(pts));
        self.encoder.send_frame(&yuv)?;
        self.write_packets()
    }

    fn write_packets(&mut self) -> Result<(), ffmpeg_next::Error> {
        let time_base = self.output.stream(0).map_or(TIME_BASE, |stream| stream.time_base());
        let mut packet = Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            packet.set_stream(0);
            packet.set_duration(self.step);
            packet.rescale_ts(TIME_BASE, time_base);
            packet.write_interleaved(&mut self.output)?;
        }
        Ok(())
    }

    /// Ends the video.
    pub fn finish(mut self) -> Result<(), AnnotateError> {
        let path = self.path.clone();
        let done =
            self.encoder.send_eof().and_then(|()| self.write_packets()).and_then(|()| self.output.write_trailer());
        done.map_err(|error| super::cannot_write(&path, &error))
    }
}
