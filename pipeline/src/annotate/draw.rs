//! Draw: boxes, names, paths and regions on a picture.

use embedded_graphics::mono_font::MonoTextStyleBuilder;
use embedded_graphics::mono_font::ascii::{FONT_6X13_BOLD, FONT_9X15_BOLD};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::primitives::{Line, Polyline, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use schemas::geometry::to_pixels;
use schemas::{Box2, FrameMeta, Picture, Polygon, Score};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::Path;

/// Steps of a path that are drawn.
const TRAIL_STEPS_MAX: usize = 50;
/// Paths that are remembered; the longest unseen is forgotten.
const TRAILS_MAX: usize = 64;

/// One person to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Visible box.
    pub bbox: Box2,
    /// Confidence.
    pub score: Score,
    /// Tracklet, as the table spells it.
    pub tracklet: Option<String>,
    /// Name and colour of the track it is part of, where one is known.
    pub track: Option<(String, [u8; 3])>,
    /// Wrists and feet, where known, in pixels.
    pub joints: Vec<(f32, f32)>,
    /// The wrists among them.
    pub wrists: Vec<(f32, f32)>,
}

/// Where each tracklet has stood, newest last.
#[derive(Default)]
pub struct Trails {
    steps: BTreeMap<String, VecDeque<Point>>,
    order: VecDeque<String>,
}

impl Trails {
    fn step(&mut self, tracklet: &str, at: Point) -> Vec<Point> {
        if !self.steps.contains_key(tracklet) {
            self.order.push_back(tracklet.to_string());
            if self.order.len() > TRAILS_MAX {
                self.order.pop_front().and_then(|oldest| self.steps.remove(&oldest));
            }
        }
        let trail = self.steps.entry(tracklet.to_string()).or_default();
        trail.push_back(at);
        if trail.len() > TRAIL_STEPS_MAX {
            trail.pop_front();
        }
        trail.iter().copied().collect()
    }
}

/// A picture to draw on: RGB, 8 bits a channel.
#[derive(Clone)]
pub struct Canvas {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            if at.x >= 0 && at.y >= 0 && (at.x as u32) < self.width && (at.y as u32) < self.height {
                let i = 3 * (at.y as usize * self.width as usize + at.x as usize);
                self.rgb[i..i + 3].copy_from_slice(&[color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

impl Canvas {
    /// A copy of `picture`.
    pub fn new(picture: &Picture) -> Self {
        Self { width: picture.width(), height: picture.height(), rgb: picture.rgb().to_vec() }
    }

    /// A copy of `picture`, every pixel `times` wide and high.
    pub fn enlarged(picture: &Picture, times: u32) -> Self {
        let mut large = Self::black(picture.width() * times, picture.height() * times);
        for (y, row) in large.rgb.chunks_exact_mut(3 * large.width as usize).enumerate() {
            let from = &picture.rgb()[3 * (y / times as usize) * picture.width() as usize..];
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                pixel.copy_from_slice(&from[3 * (x / times as usize)..][..3]);
            }
        }
        large
    }

    /// A thin line between two points, in pixels.
    pub fn segment(&mut self, from: [f32; 2], to: [f32; 2], [r, g, b]: [u8; 3]) {
        let line = Line::new(pixel(from[0], from[1]), pixel(to[0], to[1]));
        let Ok(()) = line.into_styled(PrimitiveStyle::with_stroke(Rgb888::new(r, g, b), 1)).draw(self);
    }

    /// A word with its lower left corner at a point, in pixels.
    pub fn label(&mut self, at: [f32; 2], text: &str, [r, g, b]: [u8; 3]) {
        let style = MonoTextStyleBuilder::new().font(&FONT_6X13_BOLD).text_color(Rgb888::new(r, g, b)).build();
        let Ok(_) = Text::with_baseline(text, pixel(at[0], at[1]), style, Baseline::Bottom).draw(self);
    }

    /// A black picture.
    pub fn black(width: u32, height: u32) -> Self {
        Self { width, height, rgb: vec![0; 3 * width as usize * height as usize] }
    }

    /// A picture of one colour.
    pub fn filled(width: u32, height: u32, color: [u8; 3]) -> Self {
        Self { width, height, rgb: color.repeat(width as usize * height as usize) }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The pixels, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Draws the outlines of regions.
    pub fn regions(&mut self, regions: &[Polygon]) {
        let style = PrimitiveStyle::with_stroke(Rgb888::new(90, 200, 90), 1);
        for region in regions {
            let mut corners: Vec<Point> =
                region.corners().iter().map(|p| pixel(to_pixels(p.x), to_pixels(p.y))).collect();
            corners.extend(corners.first().copied());
            let Ok(()) = Polyline::new(&corners).into_styled(style).draw(self);
        }
    }

    /// Draws people: who has a track or else a tracklet in its colour with its path, who has none in thin grey.
    pub fn people(&mut self, people: &[Person], trails: &mut Trails) {
        for person in people {
            let Person { bbox, score, joints, .. } = person;
            let (name, color) = name_of(person);
            let color = color.unwrap_or(Rgb888::new(150, 150, 150));
            let top_left = pixel(to_pixels(bbox.left), to_pixels(bbox.top));
            let size = pixel(to_pixels(bbox.width()), to_pixels(bbox.height()));
            let outline = Rectangle::new(top_left, Size::new(size.x.max(1) as u32, size.y.max(1) as u32));
            let stroke = if name.is_some() { 2 } else { 1 };
            let Ok(()) = outline.into_styled(PrimitiveStyle::with_stroke(color, stroke)).draw(self);
            for &(x, y) in joints {
                let dot = Rectangle::with_center(pixel(x, y), Size::new(5, 5));
                let Ok(()) = dot.into_styled(PrimitiveStyle::with_fill(color)).draw(self);
            }
            let Some(name) = name else { continue };
            let foot = bbox.foot();
            let trail = trails.step(&name, pixel(to_pixels(foot.x), to_pixels(foot.y)));
            for pair in trail.windows(2) {
                let Ok(()) = Line::new(pair[0], pair[1]).into_styled(PrimitiveStyle::with_stroke(color, 1)).draw(self);
            }
            let label = format!("{name} {:.2}", score.unit());
            let bright = u32::from(color.r()) * 3 + u32::from(color.g()) * 6 + u32::from(color.b());
            let ink = if bright > 1400 { Rgb888::BLACK } else { Rgb888::WHITE };
            let style = MonoTextStyleBuilder::new().font(&FONT_6X13_BOLD).text_color(ink).background_color(color);
            let at = Point::new(top_left.x, (top_left.y - 13).max(0));
            let Ok(_) = Text::with_baseline(&label, at, style.build(), Baseline::Top).draw(self);
        }
    }

    /// Writes camera, frame and time into the lower left corner.
    pub fn caption(&mut self, camera: &str, meta: &FrameMeta) {
        let time = jiff::Timestamp::from_microsecond(meta.event_time.0).unwrap_or_default();
        let text = format!("{camera} #{} {}", meta.sequence, time.strftime("%F %T%.3fZ"));
        let style =
            MonoTextStyleBuilder::new().font(&FONT_9X15_BOLD).text_color(Rgb888::WHITE).background_color(Rgb888::BLACK);
        let at = Point::new(2, self.height as i32 - 2);
        let Ok(_) = Text::with_baseline(&text, at, style.build(), Baseline::Bottom).draw(self);
    }

    /// The picture at `width` pixels, each the mean of what it covers; never larger than it is.
    pub fn reduced(&self, width: u32) -> Canvas {
        let width = width.min(self.width).max(1);
        let height = (self.height * width / self.width).max(1);
        let mut reduced = Canvas::black(width, height);
        let covered = |i: u32, of: u32, by: u32| (i * of / by) as usize..((i + 1) * of).div_ceil(by) as usize;
        for y in 0..height {
            for x in 0..width {
                let (rows, columns) = (covered(y, self.height, height), covered(x, self.width, width));
                let (mut sum, mut count) = ([0u32; 3], 0);
                for row in rows {
                    let start = 3 * (row * self.width as usize + columns.start);
                    for pixel in self.rgb[start..start + 3 * columns.len()].chunks_exact(3) {
                        sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
                        count += 1;
                    }
                }
                let i = 3 * (y as usize * width as usize + x as usize);
                reduced.rgb[i..i + 3].iter_mut().zip(sum).for_each(|(to, sum)| *to = (sum / count.max(1)) as u8);
            }
        }
        reduced
    }

    /// The part of so many pixels around a point, inside the picture, shown `width` pixels wide.
    pub fn cut(&self, middle: [f32; 2], size: (u32, u32), width: u32) -> Canvas {
        let size = (size.0.clamp(1, self.width), size.1.clamp(1, self.height));
        let from = |at: f32, size: u32, all: u32| ((at - size as f32 / 2.0).max(0.0) as u32).min(all - size);
        let (left, top) = (from(middle[0], size.0, self.width), from(middle[1], size.1, self.height));
        let mut part = Canvas::black(width.max(1), (size.1 * width / size.0).max(1));
        for y in 0..part.height {
            for x in 0..part.width {
                let (column, row) = (left + x * size.0 / part.width, top + y * size.1 / part.height);
                let (to, at) = (3 * (y * part.width + x) as usize, 3 * (row * self.width + column) as usize);
                part.rgb[to..to + 3].copy_from_slice(&self.rgb[at..at + 3]);
            }
        }
        part
    }

    /// Copies `other` onto this picture; what does not fit is cut.
    pub fn paste(&mut self, other: &Canvas, x: u32, y: u32) {
        let columns = other.width.min(self.width.saturating_sub(x)) as usize;
        for row in 0..other.height.min(self.height.saturating_sub(y)) {
            let from = 3 * row as usize * other.width as usize;
            let to = 3 * ((y + row) as usize * self.width as usize + x as usize);
            self.rgb[to..to + 3 * columns].copy_from_slice(&other.rgb[from..from + 3 * columns]);
        }
    }

    /// Writes the picture as PNG.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut encoder = png::Encoder::new(io::BufWriter::new(File::create(path)?), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let failed = |error: png::EncodingError| io::Error::other(error);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)
    }
}

fn pixel(x: f32, y: f32) -> Point {
    Point::new(x.round() as i32, y.round() as i32)
}

/// How somebody is called, and in which colour.
fn name_of(person: &Person) -> (Option<String>, Option<Rgb888>) {
    let track = person.track.as_ref().map(|(name, [r, g, b])| (name.clone(), Rgb888::new(*r, *g, *b)));
    let tracklet = person.tracklet.as_deref();
    track.or_else(|| Some((tracklet?.get(..4).unwrap_or(tracklet?).to_string(), color_of(tracklet?)))).unzip()
}

/// A bright colour for a name; the same name, the same colour.
fn color_of(name: &str) -> Rgb888 {
    const PALETTE: [(u8, u8, u8); 10] = [
        (255, 99, 71),
        (64, 224, 208),
        (255, 215, 0),
        (135, 206, 250),
        (255, 105, 180),
        (173, 255, 47),
        (255, 165, 0),
        (186, 135, 255),
        (0, 255, 127),
        (240, 230, 140),
    ];
    let sum = name.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let (r, g, b) = PALETTE[sum % PALETTE.len()];
    Rgb888::new(r, g, b)
}
