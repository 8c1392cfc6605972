//! Painted surfaces: labels with words, tiles, plaster. A texture repeats in both directions.

use super::mesh::linear;
use crate::seed::Seed;
use crate::world::Look;
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::{FONT_6X13_BOLD, FONT_9X18_BOLD, FONT_10X20};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Circle, PrimitiveStyle, Rectangle, StyledDrawable, Triangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use rand::RngExt;

/// Sides of a texture, texels: a power of two.
const SIDE: usize = 128;

/// A square picture and its smaller copies.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Texture {
    /// Linear colours, each copy half as wide as the one before.
    levels: Vec<Vec<[f32; 3]>>,
}

impl Texture {
    fn new(texels: Vec<[f32; 3]>) -> Self {
        let mut levels = vec![texels];
        let mut side = SIDE;
        while side > 1 {
            let from = &levels[levels.len() - 1];
            let half = side / 2;
            let mean = |i: usize| {
                let (x, y) = (2 * (i % half), 2 * (i / half));
                let four = [
                    from[y * side + x],
                    from[y * side + x + 1],
                    from[(y + 1) * side + x],
                    from[(y + 1) * side + x + 1],
                ];
                [0, 1, 2].map(|k| four.iter().map(|c| c[k]).sum::<f32>() / 4.0)
            };
            levels.push((0..half * half).map(mean).collect());
            side = half;
        }
        Self { levels }
    }

    /// The copy to take where one sample covers so much of the texture (its whole area is 1).
    pub fn level(&self, area: f32) -> usize {
        let texels = area * (SIDE * SIDE) as f32;
        ((0.5 * texels.max(1.0).log2() + 0.3) as usize).min(self.levels.len() - 1)
    }

    /// The colour at a place, between texels.
    #[inline]
    pub fn at(&self, level: usize, [u, v]: [f32; 2]) -> [f32; 3] {
        let side = SIDE >> level;
        let mask = side - 1;
        let (x, y) = (u * side as f32 - 0.5, v * side as f32 - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (s, t) = (x - left, y - top);
        let (x0, y0) = (left as i32 as usize & mask, top as i32 as usize & mask);
        let (x1, y1) = ((x0 + 1) & mask, (y0 + 1) & mask);
        let texels = &self.levels[level];
        let (a, b) = (texels[y0 * side + x0], texels[y0 * side + x1]);
        let (c, d) = (texels[y1 * side + x0], texels[y1 * side + x1]);
        [0, 1, 2].map(|k| (a[k] * (1.0 - s) + b[k] * s) * (1.0 - t) + (c[k] * (1.0 - s) + d[k] * s) * t)
    }
}

/// Pixels to draw on.
struct Sheet(Vec<Rgb888>);

impl OriginDimensions for Sheet {
    fn size(&self) -> Size {
        Size::new(SIDE as u32, SIDE as u32)
    }
}

impl DrawTarget for Sheet {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(at, colour) in pixels {
            if let (Ok(x), Ok(y)) = (usize::try_from(at.x), usize::try_from(at.y))
                && x < SIDE
                && y < SIDE
            {
                self.0[y * SIDE + x] = colour;
            }
        }
        Ok(())
    }
}

impl Sheet {
    fn plain([r, g, b]: [u8; 3]) -> Self {
        Self(vec![Rgb888::new(r, g, b); SIDE * SIDE])
    }

    fn paint(&mut self, shape: &impl StyledDrawable<PrimitiveStyle<Rgb888>, Color = Rgb888>, [r, g, b]: [u8; 3]) {
        let Ok(_) = shape.draw_styled(&PrimitiveStyle::with_fill(Rgb888::new(r, g, b)), self).map(|_| ());
    }

    /// Words in the middle of a line at a height, as large as they fit.
    fn write(&mut self, words: &str, middle_y: i32, [r, g, b]: [u8; 3]) {
        let font = match words.chars().count() {
            0..=9 => &FONT_10X20,
            10..=12 => &FONT_9X18_BOLD,
            _ => &FONT_6X13_BOLD,
        };
        let style = TextStyleBuilder::new().alignment(Alignment::Center).baseline(Baseline::Middle).build();
        let font = MonoTextStyle::new(font, Rgb888::new(r, g, b));
        // Twice, one texel apart: a bold face.
        for x in [0, 1] {
            let text = Text::with_text_style(words, Point::new(SIDE as i32 / 2 + x, middle_y), font, style);
            let Ok(_) = text.draw(self);
        }
    }

    fn done(self) -> Texture {
        Texture::new(self.0.iter().map(|c| linear([c.r(), c.g(), c.b()])).collect())
    }
}

/// The front of a package.
pub(super) fn label(look: &Look, number: u64) -> Texture {
    let mut sheet = Sheet::plain(look.ground);
    let mut random = Seed(number).stream("label", &[]);
    let shade = |c: [u8; 3], f: f32| c.map(|c| (f32::from(c) * f).min(255.0) as u8);
    let paper = [244, 240, 228];
    let ink = [38, 36, 44];
    let rectangle = |x: i32, y: i32, w: u32, h: u32| Rectangle::new(Point::new(x, y), Size::new(w, h));
    let line = match look.design % 4 {
        0 => {
            sheet.paint(&rectangle(10, 44, 108, 42), paper);
            sheet.write(&look.words, 65, ink);
            65
        }
        1 => {
            sheet.paint(&Circle::new(Point::new(18, 18), 92), look.accent);
            sheet.paint(&rectangle(0, 50, 128, 30), paper);
            sheet.write(&look.words, 65, ink);
            65
        }
        2 => {
            sheet.paint(&Triangle::new(Point::new(0, 128), Point::new(128, 60), Point::new(128, 128)), look.accent);
            sheet.paint(&rectangle(8, 14, 112, 34), paper);
            sheet.write(&look.words, 31, ink);
            31
        }
        _ => {
            sheet.paint(&rectangle(0, 0, 128, 34), look.accent);
            sheet.paint(&rectangle(14, 54, 100, 36), shade(look.ground, 0.35));
            sheet.write(&look.words, 72, paper);
            72
        }
    };
    // Small print below.
    for row in 0..4 {
        let width = random.random_range(30..96u32);
        let at = if line < 60 { 70 } else { 100 } + 6 * row;
        sheet.paint(&rectangle(16, at, width, 2), shade(paper, 0.85));
    }
    sheet.paint(&rectangle(0, 0, 128, 2), shade(look.ground, 0.7));
    sheet.paint(&rectangle(0, 126, 128, 2), shade(look.ground, 0.6));
    sheet.done()
}

/// A sign with one word.
pub(super) fn sign(word: &str, ground: [u8; 3], ink: [u8; 3]) -> Texture {
    let mut sheet = Sheet::plain(ground);
    sheet.paint(&Rectangle::new(Point::new(6, 6), Size::new(116, 116)), ground.map(|c| c.saturating_add(14)));
    sheet.write(word, 64, ink);
    sheet.done()
}

/// A rough surface around a colour, with joints `joint` texels wide around each of `tiles` times `tiles`.
pub(super) fn rough(base: [u8; 3], grain: f64, tiles: usize, joint: usize, number: u64) -> Texture {
    let mut random = Seed(number).stream("rough", &[]);
    let tones: Vec<f64> = (0..tiles * tiles).map(|_| (random.random::<f64>() - 0.5) * 1.6 * grain).collect();
    // Clouds: a coarse grid that repeats, read between its points.
    let coarse: Vec<f64> = (0..64).map(|_| (random.random::<f64>() - 0.5) * 2.0 * grain).collect();
    let cloud = |x: usize, y: usize| {
        let (u, v) = (x as f64 * 8.0 / SIDE as f64, y as f64 * 8.0 / SIDE as f64);
        let (i, j) = (u as usize, v as usize);
        let at = |i: usize, j: usize| coarse[(j % 8) * 8 + i % 8];
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (s, t) = (ease(u.fract()), ease(v.fract()));
        (at(i, j) * (1.0 - s) + at(i + 1, j) * s) * (1.0 - t) + (at(i, j + 1) * (1.0 - s) + at(i + 1, j + 1) * s) * t
    };
    let pitch = SIDE / tiles.max(1);
    let texel = |i: usize| {
        let (x, y) = (i % SIDE, i / SIDE);
        let in_joint = joint > 0 && (x % pitch < joint || y % pitch < joint);
        let tone = if in_joint { -48.0 } else { tones[(y / pitch) * tiles + x / pitch] };
        let off = tone + cloud(x, y) + (random.random::<f64>() - 0.5) * grain;
        linear(base.map(|c| (f64::from(c) + off).clamp(0.0, 255.0) as u8))
    };
    Texture::new((0..SIDE * SIDE).map(texel).collect())
}
