//! One camera's pictures into one H.264 file, by the program `ffmpeg`: bytes in through a pipe, the same bytes out every time.

use crate::scenario::Pictures;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use thiserror::Error;

/// Most of ffmpeg's complaint that is repeated.
const COMPLAINT_MAX: u64 = 4_096;

/// How pictures are encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Constant rate factor of x264: 0 without loss, 23 usual, 51 worst.
    pub crf: u8,
    /// Pictures a second.
    pub fps: u32,
    /// The program; `ffmpeg` is sought in the path.
    pub program: OsString,
}

impl Default for Encoding {
    fn default() -> Self {
        Self { crf: 23, fps: 10, program: "ffmpeg".into() }
    }
}

impl Encoding {
    /// The encoding of a scenario.
    pub fn of(pictures: &Pictures) -> Self {
        Self { crf: pictures.crf.min(51) as u8, fps: pictures.fps, ..Self::default() }
    }
}

/// Why a file was not written.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// There is no such program.
    #[error("`{program}` was not found: pictures are encoded by FFmpeg (Debian: apt install ffmpeg)")]
    Missing {
        /// What was sought.
        program: String,
    },
    /// The program could not be started.
    #[error("cannot start `{program}`")]
    Start {
        /// What was started.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// The program ended before all pictures were in.
    #[error("ffmpeg could not write {path}: {complaint}")]
    Failed {
        /// The file.
        path: PathBuf,
        /// What ffmpeg said, or how it ended.
        complaint: String,
    },
}

/// A running encoder. Dropping it without [`Encoder::finish`] stops it.
#[derive(Debug)]
pub struct Encoder {
    child: Child,
    pipe: Option<ChildStdin>,
    path: PathBuf,
    bytes: usize,
}

impl Encoder {
    /// Starts to write `path`, pictures of this width and height; an existing file is replaced. The container follows from
    /// the path's ending. Pictures of these numbers (from, to) are left out, and those after them keep their times.
    pub fn start(
        path: &Path,
        [width, height]: [usize; 2],
        encoding: &Encoding,
        lost: &[[u64; 2]],
    ) -> Result<Self, EncodeError> {
        let mut command = Command::new(&encoding.program);
        // Without `-xerror` a disk that is full at the very end is no failure to ffmpeg.
        command.args(["-y", "-xerror", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]);
        command.args(["-s", &format!("{width}x{height}"), "-r", &encoding.fps.to_string(), "-i", "pipe:0"]);
        if !lost.is_empty() {
            let within: Vec<String> =
                lost.iter().map(|[from, to]| format!("between(n,{from},{})", to.saturating_sub(1))).collect();
            command.args(["-vf", &format!("select='not({})'", within.join("+")), "-fps_mode", "passthrough"]);
        }
        // One thread and no marks of time or version: the same pictures are the same bytes.
        command.args(["-threads", "1", "-filter_threads", "1", "-c:v", "libx264", "-preset", "veryfast"]);
        command.args(["-crf", &encoding.crf.to_string(), "-pix_fmt", "yuv420p", "-g", &(2 * encoding.fps).to_string()]);
        command.args(["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]);
        command.arg(path).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let program = || encoding.program.to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => EncodeError::Missing { program: program() },
            _ => EncodeError::Start { program: program(), source },
        })?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe, path: path.to_path_buf(), bytes: 3 * width * height })
    }

    /// Adds a picture, red first.
    pub fn picture(&mut self, rgb: &[u8]) -> Result<(), EncodeError> {
        assert_eq!(rgb.len(), self.bytes, "a picture of another size");
        let written = match &mut self.pipe {
            Some(pipe) => pipe.write_all(rgb),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(|error| self.failed(&error.to_string()))
    }

    /// Waits until the file is complete.
    pub fn finish(mut self) -> Result<(), EncodeError> {
        drop(self.pipe.take());
        // ffmpeg complains little, at `-loglevel error`: its pipe does not fill before it ends.
        let ended = self.child.wait();
        let said = self.said();
        match ended {
            Ok(status) if status.success() && said.is_empty() => Ok(()),
            Ok(status) => Err(self.told(said, &status.to_string())),
            Err(error) => Err(self.told(said, &error.to_string())),
        }
    }

    /// Stops ffmpeg, for what it said or else `otherwise`.
    fn failed(&mut self, otherwise: &str) -> EncodeError {
        drop(self.pipe.take());
        // Nobody reads on: it must end, or have ended. An error here changes nothing about the failure that is told.
        let _ = self.child.kill();
        let said = self.said();
        let _ = self.child.wait();
        self.told(said, otherwise)
    }

    /// What ffmpeg complained about, so far or until its end.
    fn said(&mut self) -> String {
        let mut said = Vec::new();
        if let Some(stderr) = self.child.stderr.take() {
            let _ = stderr.take(COMPLAINT_MAX).read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).trim().to_string()
    }

    fn told(&self, said: String, otherwise: &str) -> EncodeError {
        let complaint = if said.is_empty() { otherwise.to_string() } else { said };
        EncodeError::Failed { path: self.path.clone(), complaint }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if self.pipe.take().is_some() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
