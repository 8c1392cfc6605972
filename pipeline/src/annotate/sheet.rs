//! Sheet: pictures at even distances, side by side.

use super::draw::Canvas;
use std::io;
use std::path::Path;

/// A contact sheet under construction.
pub struct Sheet {
    /// Columns and rows.
    shape: (u32, u32),
    /// Width of one picture on it, in pixels.
    tile_width: u32,
    every: u64,
    seen: u64,
    tiles: Vec<Canvas>,
}

impl Sheet {
    /// An empty sheet for about so many pictures, of which it will show `shape` columns and rows.
    pub fn new(shape: (u32, u32), tile_width: u32, expected: u64) -> Self {
        let tiles = u64::from(shape.0 * shape.1);
        Self { shape, tile_width, every: (expected / tiles).max(1), seen: 0, tiles: Vec::new() }
    }

    /// Takes the picture in the middle of each stretch.
    pub fn add(&mut self, canvas: &Canvas) {
        if self.seen % self.every == self.every / 2 && self.tiles.len() < (self.shape.0 * self.shape.1) as usize {
            self.tiles.push(canvas.reduced(self.tile_width));
        }
        self.seen += 1;
    }

    /// Writes the sheet as PNG.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let (width, height) = self.tiles.first().map_or((16, 9), Canvas::size);
        let mut sheet = Canvas::black(self.shape.0 * width, self.shape.1 * height);
        for (i, tile) in (0u32..).zip(&self.tiles) {
            sheet.paste(tile, i % self.shape.0 * width, i / self.shape.0 * height);
        }
        sheet.save(path)
    }
}
