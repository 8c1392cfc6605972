//! Picture pool: a bounded number of pixel buffers, lent to pictures and given back when the last clone is dropped.
//! Memory is constant: a camera whose consumers are slow waits here instead of filling memory.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a waiting camera looks whether it was told to stop.
const STOP_CHECK: Duration = Duration::from_millis(20);

/// Pixels of one RGB picture.
enum Pixels {
    /// FFmpeg's own buffer, where its rows happen to have no padding: the scaler writes straight into it.
    Direct(frame::Video),
    /// Rows copied together.
    Packed(Vec<u8>),
}

struct Buffer {
    width: u32,
    height: u32,
    pixels: Pixels,
}

impl Buffer {
    fn new(width: u32, height: u32) -> Self {
        let row = 3 * width as usize;
        // FFmpeg pads rows to 32 bytes; a row that needs no padding needs no copy either.
        let pixels = if row.is_multiple_of(32) {
            Pixels::Direct(frame::Video::new(Pixel::RGB24, width, height))
        } else {
            Pixels::Packed(vec![0; row * height as usize])
        };
        Self { width, height, pixels }
    }

    fn bytes(&self) -> &[u8] {
        match &self.pixels {
            Pixels::Direct(frame) => frame.data(0),
            Pixels::Packed(bytes) => bytes,
        }
    }
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Buffer>,
    lent: usize,
}

struct Shared {
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

impl Shared {
    /// A panic elsewhere leaves the counts right: they change in single steps.
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bounded pool of picture buffers. Clones share it.
#[derive(Clone)]
pub struct PicturePool {
    shared: Arc<Shared>,
    pictures_max: usize,
}

impl PicturePool {
    /// A pool of at most `pictures_max` buffers (at least one).
    pub fn new(pictures_max: usize) -> Self {
        let shared = Arc::new(Shared { shelf: Mutex::default(), returned: Condvar::new() });
        Self { shared, pictures_max: pictures_max.max(1) }
    }

    /// A buffer for `width` x `height`; waits until one is free. Nothing once `stop` is set.
    pub fn take(&self, width: u32, height: u32, stop: &AtomicBool) -> Option<Pooled> {
        let mut shelf = self.shared.lock();
        while shelf.lent >= self.pictures_max {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let waited = self.shared.returned.wait_timeout(shelf, STOP_CHECK);
            shelf = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        shelf.lent += 1;
        let idle = shelf.idle.pop();
        drop(shelf);
        let fitting = idle.filter(|buffer| (buffer.width, buffer.height) == (width, height));
        let buffer = fitting.unwrap_or_else(|| Buffer::new(width, height));
        Some(Pooled { buffer: Some(buffer), home: Arc::clone(&self.shared) })
    }

    /// How many buffers are lent now.
    pub fn lent(&self) -> usize {
        self.shared.lock().lent
    }
}

/// A lent buffer; dropping it gives it back.
pub struct Pooled {
    /// Always present until dropped.
    buffer: Option<Buffer>,
    home: Arc<Shared>,
}

impl Pooled {
    /// FFmpeg's own frame, where the scaler may write straight into the buffer.
    pub(super) fn direct(&mut self) -> Option<&mut frame::Video> {
        match &mut self.buffer.as_mut()?.pixels {
            Pixels::Direct(frame) => Some(frame),
            Pixels::Packed(_) => None,
        }
    }

    /// Copies the rows of `padded` together. `padded` has this buffer's size.
    pub(super) fn pack(&mut self, padded: &frame::Video) {
        let Some(Buffer { width, pixels: Pixels::Packed(bytes), .. }) = &mut self.buffer else { return };
        let rows = padded.data(0).chunks_exact(padded.stride(0));
        for (to, from) in bytes.chunks_exact_mut(3 * *width as usize).zip(rows) {
            to.copy_from_slice(&from[..to.len()]);
        }
    }
}

impl AsRef<[u8]> for Pooled {
    fn as_ref(&self) -> &[u8] {
        self.buffer.as_ref().map_or(&[], Buffer::bytes)
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let mut shelf = self.home.lock();
        shelf.idle.extend(self.buffer.take());
        shelf.lent -= 1;
        self.home.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_reused_and_bounded() {
        let (pool, stop) = (PicturePool::new(2), AtomicBool::new(false));
        let first = pool.take(64, 4, &stop).expect("free");
        let second = pool.take(5, 3, &stop).expect("free");
        assert_eq!((first.as_ref().len(), second.as_ref().len()), (64 * 4 * 3, 5 * 3 * 3));
        stop.store(true, Ordering::Relaxed);
        assert!(pool.take(64, 4, &stop).is_none(), "both are lent and we are told to stop");
        let at = first.as_ref().as_ptr();
        drop(first);
        let again = pool.take(64, 4, &stop).expect("one came back");
        assert_eq!(again.as_ref().as_ptr(), at);
        drop((again, second));
        assert_eq!(pool.lent(), 0);
        assert_eq!(pool.take(7, 7, &stop).expect("free").as_ref().len(), 147, "another size is another buffer");
    }

    #[test]
    fn a_waiting_camera_goes_on_when_a_buffer_returns() {
        let (pool, stop) = (PicturePool::new(1), AtomicBool::new(false));
        let lent = pool.take(32, 1, &stop).expect("free");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| pool.take(32, 1, &stop).is_some());
            drop(lent);
            assert!(waiting.join().expect("no panic"));
        });
    }
}
