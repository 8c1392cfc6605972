//! Fixed-point geometry in a camera's picture: 1/16 source pixel, origin at the top left, y down.

use serde::{Deserialize, Serialize};

/// Steps of one source pixel.
pub const STEPS_PER_PIXEL: i32 = 16;

/// Largest coordinate kept, in pixels; keeps every product inside 64 bits.
const PIXELS_MAX: f32 = 1_000_000.0;

/// A length in source pixels, to the nearest 1/16; NaN is 0, and the range is +-1,000,000 pixels.
pub fn from_pixels(pixels: f32) -> i32 {
    if pixels.is_nan() { 0 } else { (pixels.clamp(-PIXELS_MAX, PIXELS_MAX) * STEPS_PER_PIXEL as f32).round() as i32 }
}

/// A length in 1/16 pixel, as pixels (exact).
pub fn to_pixels(steps: i32) -> f32 {
    steps as f32 / STEPS_PER_PIXEL as f32
}

/// A confidence in 0..=10,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Score(u16);

impl Score {
    /// Certainty.
    pub const MAX: Score = Score(10_000);

    /// A probability, to the nearest 1/10,000; outside 0..=1 is clamped, NaN is 0.
    pub fn from_unit(p: f32) -> Self {
        Self((p.clamp(0.0, 1.0) * 10_000.0).round() as u16)
    }

    /// As a probability in 0..=1.
    pub fn unit(self) -> f32 {
        f32::from(self.0) / 10_000.0
    }

    /// In 1/10,000.
    pub fn steps(self) -> u16 {
        self.0
    }
}

/// A point in a picture, 1/16 source pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// Rightwards.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

impl Point {
    /// A point given in source pixels.
    pub fn from_pixels(x: f32, y: f32) -> Self {
        Self { x: from_pixels(x), y: from_pixels(y) }
    }
}

/// An upright box in a picture, 1/16 source pixel. `left <= right` and `top <= bottom`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Box2 {
    /// Smallest x.
    pub left: i32,
    /// Smallest y.
    pub top: i32,
    /// Largest x.
    pub right: i32,
    /// Largest y.
    pub bottom: i32,
}

impl Box2 {
    /// A box from two corners in source pixels, in any order.
    pub fn from_pixels(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        let (a, b) = (Point::from_pixels(x0, y0), Point::from_pixels(x1, y1));
        Self { left: a.x.min(b.x), top: a.y.min(b.y), right: a.x.max(b.x), bottom: a.y.max(b.y) }
    }

    /// Width, 1/16 pixel.
    pub fn width(self) -> i32 {
        self.right - self.left
    }

    /// Height, 1/16 pixel.
    pub fn height(self) -> i32 {
        self.bottom - self.top
    }

    /// Area, 1/256 pixel squared.
    pub fn area(self) -> i64 {
        i64::from(self.width()) * i64::from(self.height())
    }

    /// The middle of the lower edge: where an upright person stands when the feet are in view.
    pub fn foot(self) -> Point {
        Point { x: self.left + self.width() / 2, y: self.bottom }
    }

    /// Area shared with `other`, 1/256 pixel squared.
    pub fn overlap(self, other: Self) -> i64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        if width <= 0 || height <= 0 { 0 } else { i64::from(width) * i64::from(height) }
    }

    /// Intersection over union (Jaccard index) in 0..=1; 0 for two empty boxes.
    pub fn iou(self, other: Self) -> f32 {
        let shared = self.overlap(other);
        let joined = self.area() + other.area() - shared;
        if joined <= 0 { 0.0 } else { shared as f32 / joined as f32 }
    }
}

/// A simple polygon in a picture, given by its corners in order; closed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polygon(Vec<Point>);

impl Polygon {
    /// A polygon of at least three corners, or nothing.
    pub fn new(corners: Vec<Point>) -> Option<Self> {
        (corners.len() >= 3).then_some(Self(corners))
    }

    /// The corners in order.
    pub fn corners(&self) -> &[Point] {
        &self.0
    }

    /// Whether `point` lies inside, by the even-odd rule in exact integer arithmetic. Left and top edges belong to the
    /// polygon, right and bottom edges to its neighbour, so that adjoining polygons share no point.
    pub fn contains(&self, point: Point) -> bool {
        even_odd(&self.0, |p| (p.x, p.y), point)
    }
}

/// The even-odd rule of [`Polygon::contains`], for corners of any kind with two coordinates.
pub(crate) fn even_odd<P: Copy>(corners: &[P], xy: impl Fn(P) -> (i32, i32), point: P) -> bool {
    let wide = |p: P| (i128::from(xy(p).0), i128::from(xy(p).1));
    let (x, y) = wide(point);
    let mut inside = false;
    for (i, &b) in corners.iter().enumerate() {
        let ((ax, ay), (bx, by)) = (wide(corners[(i + corners.len() - 1) % corners.len()]), wide(b));
        if (ay > y) != (by > y) {
            let (dx, dy) = (bx - ax, by - ay);
            let side = (x - ax) * dy - (y - ay) * dx;
            // Strictly left of the edge, whichever way the edge runs.
            if side * dy.signum() < 0 {
                inside = !inside;
            }
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxes() -> impl Strategy<Value = Box2> {
        (-500f32..500., -500f32..500., -500f32..500., -500f32..500.)
            .prop_map(|(a, b, c, d)| Box2::from_pixels(a, b, c, d))
    }

    proptest! {
        #[test]
        fn iou_is_symmetric_and_bounded(a in boxes(), b in boxes()) {
            prop_assert_eq!(a.iou(b), b.iou(a));
            prop_assert!((0.0..=1.0).contains(&a.iou(b)));
            prop_assert!(a.area() == 0 || a.iou(a) == 1.0);
        }

        #[test]
        fn a_box_as_polygon_holds_what_the_box_holds(b in boxes(), x in -600i32..600, y in -600i32..600) {
            let p = Point { x: x * 16, y: y * 16 };
            let corner = |x, y| Point { x, y };
            let polygon = Polygon::new(vec![
                corner(b.left, b.top), corner(b.right, b.top), corner(b.right, b.bottom), corner(b.left, b.bottom),
            ]).expect("four corners");
            let inside = p.x >= b.left && p.x < b.right && p.y >= b.top && p.y < b.bottom;
            prop_assert_eq!(polygon.contains(p), inside);
        }
    }

    #[test]
    fn left_and_top_edges_belong_to_a_polygon_whichever_way_it_is_drawn() {
        let corner = |x, y| Point { x, y };
        let mut corners = vec![corner(0, 0), corner(8, 0), corner(8, 8), corner(0, 8)];
        for _ in 0..2 {
            let polygon = Polygon::new(corners.clone()).expect("four corners");
            assert!(polygon.contains(corner(0, 4)) && polygon.contains(corner(4, 0)));
            assert!(!polygon.contains(corner(8, 4)) && !polygon.contains(corner(4, 8)));
            corners.reverse();
        }
    }

    #[test]
    fn hostile_numbers_stay_finite() {
        assert_eq!(from_pixels(f32::NAN), 0);
        assert_eq!(from_pixels(f32::INFINITY), 16_000_000);
        assert_eq!(Score::from_unit(f32::NAN), Score::from_unit(0.0));
        assert_eq!(Score::from_unit(7.0), Score::MAX);
        assert_eq!(Box2::default().iou(Box2::default()), 0.0);
        assert!(Polygon::new(vec![Point::default(); 2]).is_none());
    }
}
