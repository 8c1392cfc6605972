//! Tiled: all cameras' pictures beside the floor plan as it stood then, tick by tick, as a video and a contact sheet.

use super::draw::Canvas;
use super::floorplan::Scene;
use super::reel::Reel;
use super::sheet::Sheet;
use super::video::Encoder;
use super::whose::Whose;
use super::{AnnotateError, RATE_DEFAULT, cannot_write};
use schemas::TickLength;
use std::path::{Path, PathBuf};

/// Width of one camera's picture.
const TILE_WIDTH: u32 = 480;
/// Smallest height of the whole.
const HEIGHT_MIN: u32 = 480;
/// Pictures on the contact sheet: columns and rows.
const SHEET: (u32, u32) = (2, 3);
/// Width of one of them, in pixels.
const SHEET_TILE_WIDTH: u32 = 960;

/// Where everything stands in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    columns: u32,
    /// Size of one camera's tile.
    tile: (u32, u32),
    /// Size of the floor plan, to the right of the tiles.
    plan: (u32, u32),
}

impl Layout {
    /// For `cameras` pictures of which the largest, at the width of a tile, is `tile_height` high.
    fn new(cameras: u32, tile_height: u32, aspect: f64) -> Self {
        let columns = (f64::from(cameras).sqrt().ceil() as u32).max(1);
        let height = (cameras.div_ceil(columns) * tile_height).max(HEIGHT_MIN);
        let width = (f64::from(height) * aspect.clamp(0.6, 1.6)) as u32;
        Self { columns, tile: (TILE_WIDTH, tile_height), plan: (width, height) }
    }

    fn size(&self) -> (u32, u32) {
        (self.columns * self.tile.0 + self.plan.0, self.plan.1)
    }
}

/// Draws all `reels` to their ends, in step; gives the files made of them together.
pub fn draw(
    reels: &mut [Reel<'_>],
    whose: &Whose,
    scene: &Scene,
    tick: TickLength,
    folder: &Path,
) -> Result<Vec<PathBuf>, AnnotateError> {
    let (film, picture) = (folder.join("floor.mp4"), folder.join("floor.png"));
    let span = scene.span();
    let ticks = span.map_or(0, |(first, last)| last.since_us(first).unsigned_abs() / tick.us());
    let mut sheet = Sheet::new(SHEET, SHEET_TILE_WIDTH, ticks);
    let mut made: Option<(Layout, Encoder)> = None;
    while let Some(next) = reels.iter().filter_map(Reel::next_time).min() {
        let now = tick.tick(next);
        let until = tick.start(schemas::Tick(now.0 + 1)).plus_us(-1);
        for reel in reels.iter_mut() {
            reel.draw_until(until, Some(whose))?;
        }
        let tiles: Vec<Option<Canvas>> = reels.iter().map(|reel| Some(reel.shown()?.reduced(TILE_WIDTH))).collect();
        let (layout, encoder) = match &mut made {
            Some(made) => made,
            none => {
                let tile_height = tiles.iter().flatten().map(|tile| tile.size().1).max().unwrap_or(1);
                let layout = Layout::new(tiles.len() as u32, tile_height, scene.aspect());
                let encoder = Encoder::create(&film, layout.size(), RATE_DEFAULT, tick.start(now))?;
                none.insert((layout, encoder))
            }
        };
        let mut canvas = Canvas::filled(layout.size().0, layout.size().1, [24, 26, 30]);
        for (tile, i) in tiles.iter().zip(0u32..) {
            if let Some(tile) = tile {
                canvas.paste(tile, i % layout.columns * layout.tile.0, i / layout.columns * layout.tile.1);
            }
        }
        canvas.paste(&scene.live(tick.start(now), layout.plan), layout.columns * layout.tile.0, 0);
        sheet.add(&canvas);
        encoder.add(&canvas, tick.start(now))?;
    }
    let Some((_, encoder)) = made else { return Ok(Vec::new()) };
    encoder.finish()?;
    sheet.save(&picture).map_err(|error| cannot_write(&picture, &error))?;
    Ok(vec![film, picture])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_room() {
        let layout = |cameras| Layout::new(cameras, 270, 1.0);
        assert_eq!((layout(1).columns, layout(1).size()), (1, (480 + 480, 480)));
        assert_eq!((layout(4).columns, layout(4).size()), (2, (960 + 540, 540)));
        assert_eq!((layout(5).columns, layout(5).size()), (3, (1440 + 540, 540)));
        assert_eq!(Layout::new(4, 270, 40.0).plan, (864, 540), "a long corridor");
    }
}
