//! Progress for a person at a terminal: frames, frames a second, time left. Quiet when standard error is not a terminal.

use crate::metrics::Metrics;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A progress line, drawn by its own thread until it is finished.
pub struct Progress {
    bar: ProgressBar,
    over: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Progress {
    /// Starts to draw what `metrics` counts.
    pub fn start(metrics: Arc<Metrics>) -> std::io::Result<Self> {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{spinner} {pos} frames  {per_sec}  {msg}"));
        let over = Arc::new(AtomicBool::new(false));
        let (drawn, ended) = (bar.clone(), over.clone());
        let draw = move || {
            while !ended.load(Ordering::Relaxed) {
                drawn.set_position(metrics.frames_done.get());
                drawn.set_message(format!(
                    "{} people, {} tracklets, {} faults",
                    metrics.detections.get(),
                    metrics.tracklets.get(),
                    metrics.faults.get()
                ));
                std::thread::park_timeout(Duration::from_millis(200));
            }
        };
        let thread =
            if terminal { Some(std::thread::Builder::new().name("progress".into()).spawn(draw)?) } else { None };
        Ok(Self { bar, over, thread: Mutex::new(thread) })
    }

    /// Says how many frames there will be, where that is known.
    pub fn expect(&self, frames: Option<u64>) {
        if let Some(frames) = frames.filter(|&frames| frames > 0) {
            self.bar.set_length(frames);
            self.bar.set_style(style("{bar:24} {pos}/{len} frames  {per_sec}  {eta} left  {msg}"));
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            thread.thread().unpark();
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
