//! Shapes: a picture as a list of shapes, written as SVG or drawn on a canvas, with the same result but for the letters.

use super::super::draw::Canvas;
use svg::Document;
use svg::node::element::{Circle, Polygon, Polyline, Rectangle, Text};

/// Width and height of a letter in pixels.
pub const LETTER: (f32, f32) = (6.0, 13.0);
/// Lengths of dashes and of the gaps between them.
const DASH_PX: f32 = 5.0;
/// Pixels of a canvas on each side of one pixel of the picture: their mean smooths edges.
const FINE: u32 = 3;

/// Which end of a word is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// One shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<[f32; 2]>,
        /// Its colour.
        color: [u8; 3],
        /// Its width.
        width: f32,
        /// Whether it has gaps.
        dashed: bool,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        corners: Vec<[f32; 2]>,
        /// Its colour.
        color: [u8; 3],
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        at: [f32; 2],
        /// Its radius.
        radius: f32,
        /// Its colour.
        color: [u8; 3],
    },
    /// A word, its lower edge at its place.
    Word {
        /// Its place.
        at: [f32; 2],
        /// What it says.
        text: String,
        /// Its colour.
        color: [u8; 3],
        /// Which end of it is there.
        anchor: Anchor,
    },
}

/// A picture as a list of shapes; later ones cover earlier ones, and words cover everything.
#[derive(Clone, Debug)]
pub struct Drawing {
    width: u32,
    height: u32,
    ground: [u8; 3],
    shapes: Vec<Shape>,
}

impl Drawing {
    /// An empty picture.
    pub fn new(width: u32, height: u32, ground: [u8; 3]) -> Self {
        Self { width, height, ground, shapes: Vec::new() }
    }

    /// Adds a shape.
    pub fn add(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// Adds a word.
    pub fn word(&mut self, at: [f32; 2], text: &str, color: [u8; 3], anchor: Anchor) {
        self.add(Shape::Word { at, text: text.to_string(), color, anchor });
    }

    /// The shapes, words last.
    fn ordered(&self) -> impl Iterator<Item = &Shape> {
        let is_word = |shape: &&Shape| matches!(shape, Shape::Word { .. });
        self.shapes.iter().filter(move |shape| !is_word(shape)).chain(self.shapes.iter().filter(is_word))
    }

    /// The picture as the text of an SVG file.
    pub fn svg(&self) -> String {
        let ground = Rectangle::new().set("width", "100%").set("height", "100%").set("fill", hex(self.ground));
        let mut document = Document::new().set("viewBox", (0, 0, self.width, self.height)).add(ground);
        document = document.set("width", self.width).set("height", self.height);
        document = document.set("font-family", "ui-monospace, monospace").set("font-size", 11);
        for shape in self.ordered() {
            document = match shape {
                Shape::Line { points, color, width, dashed } => {
                    let line = Polyline::new().set("points", path(points)).set("fill", "none");
                    let line =
                        line.set("stroke", hex(*color)).set("stroke-width", *width).set("stroke-linejoin", "round");
                    document.add(if *dashed { line.set("stroke-dasharray", DASH_PX) } else { line })
                }
                Shape::Area { corners, color } => {
                    document.add(Polygon::new().set("points", path(corners)).set("fill", hex(*color)))
                }
                Shape::Disc { at, radius, color } => {
                    let disc = Circle::new().set("cx", round(at[0])).set("cy", round(at[1])).set("r", *radius);
                    document.add(disc.set("fill", hex(*color)))
                }
                Shape::Word { at, text, color, anchor } => {
                    let anchor = match anchor {
                        Anchor::Start => "start",
                        Anchor::Middle => "middle",
                        Anchor::End => "end",
                    };
                    let word = Text::new(text.as_str()).set("x", round(at[0])).set("y", round(at[1]));
                    document.add(word.set("fill", hex(*color)).set("text-anchor", anchor))
                }
            };
        }
        format!("{document}\n")
    }

    /// The picture in pixels.
    pub fn canvas(&self) -> Canvas {
        let fine = FINE as f32;
        let mut canvas = Canvas::filled(self.width * FINE, self.height * FINE, self.ground);
        let large = |points: &[[f32; 2]]| points.iter().map(|[x, y]| [x * fine, y * fine]).collect::<Vec<_>>();
        for shape in &self.shapes {
            match shape {
                Shape::Line { points, color, width, dashed } => {
                    let lines = if *dashed { dashes(points) } else { vec![points.clone()] };
                    for line in lines {
                        canvas.path(&large(&line), *color, width * fine);
                    }
                }
                Shape::Area { corners, color } => canvas.area(&large(corners), *color),
                Shape::Disc { at, radius, color } => canvas.disc([at[0] * fine, at[1] * fine], radius * fine, *color),
                Shape::Word { .. } => {}
            }
        }
        let mut canvas = canvas.reduced(self.width);
        for shape in &self.shapes {
            if let Shape::Word { at, text, color, anchor } = shape {
                let width = LETTER.0 * text.chars().count() as f32;
                let left = match anchor {
                    Anchor::Start => at[0],
                    Anchor::Middle => at[0] - width / 2.0,
                    Anchor::End => at[0] - width,
                };
                canvas.word([left, at[1]], text, *color);
            }
        }
        canvas
    }
}

/// The parts of a line that are drawn when it has gaps.
fn dashes(points: &[[f32; 2]]) -> Vec<Vec<[f32; 2]>> {
    let (mut dashes, mut walked) = (Vec::new(), 0.0f32);
    for pair in points.windows(2) {
        let ([x0, y0], [x1, y1]) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let at = |d: f32| [x0 + (x1 - x0) * d / length, y0 + (y1 - y0) * d / length];
        let mut done = 0.0;
        while done < length {
            let phase = (walked + done) % (2.0 * DASH_PX);
            let drawn = phase < DASH_PX;
            // At least a hundredth of a pixel, whatever rounding says.
            let step = (if drawn { DASH_PX } else { 2.0 * DASH_PX } - phase).max(0.01);
            let end = (done + step).min(length);
            if drawn {
                dashes.push(vec![at(done), at(end)]);
            }
            done = end;
        }
        walked += length;
    }
    dashes
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// To a tenth of a pixel.
fn round(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

fn path(points: &[[f32; 2]]) -> String {
    let points: Vec<String> = points.iter().map(|[x, y]| format!("{},{}", round(*x), round(*y))).collect();
    points.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_show_the_same_shapes() {
        let mut drawing = Drawing::new(60, 40, [255, 255, 255]);
        drawing.add(Shape::Area { corners: vec![[5., 5.], [25., 5.], [25., 25.], [5., 25.]], color: [200, 0, 0] });
        drawing.add(Shape::Disc { at: [45., 15.], radius: 8., color: [0, 0, 200] });
        drawing.add(Shape::Line { points: vec![[5., 35.], [55., 35.]], color: [0, 150, 0], width: 2., dashed: true });
        drawing.word([30., 30.], "a<b & c", [0, 0, 0], Anchor::Middle);
        let canvas = drawing.canvas();
        let at = |x: usize, y: usize| &canvas.rgb()[3 * (y * 60 + x)..][..3];
        assert_eq!((at(15, 15), at(45, 15), at(58, 2)), (&[200, 0, 0][..], &[0, 0, 200][..], &[255, 255, 255][..]));
        // Dashes of 5 pixels from x = 5.
        assert_eq!((at(7, 35), at(12, 35), at(17, 35)), (&[0, 150, 0][..], &[255, 255, 255][..], &[0, 150, 0][..]));
        let svg = drawing.svg();
        assert_eq!(svg, drawing.svg());
        for part in
            ["<polygon", "#c80000", "<circle", "stroke-dasharray=\"5\"", "a&lt;b &amp; c", "viewBox=\"0 0 60 40\""]
        {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        let inside = |start: &str| svg.find(start).expect("there");
        assert!(inside("<polygon") < inside("<circle") && inside("<circle") < inside("<text"));
    }
}
