//! Forms: lines, areas, discs and words on a canvas.

use super::draw::Canvas;
use embedded_graphics::mono_font::MonoTextStyleBuilder;
use embedded_graphics::mono_font::ascii::FONT_6X13;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Circle, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};

fn rgb([r, g, b]: [u8; 3]) -> Rgb888 {
    Rgb888::new(r, g, b)
}

fn pixel([x, y]: [f32; 2]) -> Point {
    Point::new(x.round() as i32, y.round() as i32)
}

impl Canvas {
    /// A line through points, with round corners and ends.
    pub fn path(&mut self, points: &[[f32; 2]], color: [u8; 3], width: f32) {
        let half = width / 2.0;
        for pair in points.windows(2) {
            let ([x0, y0], [x1, y1]) = (pair[0], pair[1]);
            let length = (x1 - x0).hypot(y1 - y0).max(f32::MIN_POSITIVE);
            let (dx, dy) = (half * (y1 - y0) / length, half * (x0 - x1) / length);
            self.area(&[[x0 + dx, y0 + dy], [x1 + dx, y1 + dy], [x1 - dx, y1 - dy], [x0 - dx, y0 - dy]], color);
        }
        if half >= 2.0 {
            points.iter().for_each(|&point| self.disc(point, half, color));
        }
    }

    /// A filled circle.
    pub fn disc(&mut self, at: [f32; 2], radius: f32, color: [u8; 3]) {
        let circle = Circle::with_center(pixel(at), (2.0 * radius).round() as u32);
        let Ok(()) = circle.into_styled(PrimitiveStyle::with_fill(rgb(color))).draw(self);
    }

    /// A filled polygon, by the even-odd rule.
    pub fn area(&mut self, corners: &[[f32; 2]], color: [u8; 3]) {
        let rows = corners.iter().map(|corner| corner[1]);
        let (low, high) = rows.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        let height = self.size().1 as f32;
        for row in low.max(0.0) as u32..high.min(height).max(0.0).ceil() as u32 {
            let y = row as f32 + 0.5;
            let edges = corners.iter().zip(corners.iter().cycle().skip(1));
            let mut crossed: Vec<f32> = edges
                .filter(|(a, b)| (a[1] > y) != (b[1] > y))
                .map(|(a, b)| a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
                .collect();
            crossed.sort_by(f32::total_cmp);
            for span in crossed.chunks_exact(2) {
                let (left, right) = (span[0].round() as i32, span[1].round() as i32);
                let size = Size::new((right - left).max(0) as u32, 1);
                let Ok(()) = self.fill_solid(&Rectangle::new(Point::new(left, row as i32), size), rgb(color));
            }
        }
    }

    /// A word; its lower left corner is at a point.
    pub fn word(&mut self, at: [f32; 2], text: &str, color: [u8; 3]) {
        let style = MonoTextStyleBuilder::new().font(&FONT_6X13).text_color(rgb(color)).build();
        let Ok(_) = Text::with_baseline(text, pixel(at), style, Baseline::Alphabetic).draw(self);
    }
}
