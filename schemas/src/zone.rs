//! Zones: polygons on the floor, in whole millimetres.

use crate::floor::FloorPoint;
use crate::geometry::even_odd;
use crate::ids::ZoneId;
use thiserror::Error;

/// A part of the floor with a name: a simple polygon, closed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    id: ZoneId,
    name: String,
    corners: Vec<FloorPoint>,
}

/// Why corners are no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ZoneFault {
    /// Fewer than three corners.
    #[error("has fewer than 3 corners")]
    TooFew,
    /// Two edges cross, touch or lie on each other.
    #[error("its edges from corners {0} and {1} cross or touch")]
    Crossing(usize, usize),
}

impl Zone {
    /// The zone called `name` of the store called `store`, with its corners in order.
    pub fn new(store: &str, name: &str, corners: Vec<FloorPoint>) -> Result<Self, ZoneFault> {
        let count = corners.len();
        if count < 3 {
            return Err(ZoneFault::TooFew);
        }
        let edge = |i: usize| (corners[i], corners[(i + 1) % count]);
        for i in 0..count {
            for j in i + 1..count {
                let ((a, b), (c, d)) = (edge(i), edge(j));
                // Neighbours share a corner, and must share no more; others must not meet at all.
                let meet = if j == i + 1 {
                    folded(a, b, d)
                } else if (j + 1) % count == i {
                    folded(c, a, b)
                } else {
                    crossing(a, b, c, d)
                };
                if meet {
                    return Err(ZoneFault::Crossing(i, j));
                }
            }
        }
        Ok(Self { id: ZoneId::mint(store, name), name: name.to_string(), corners })
    }

    /// Identity.
    pub fn id(&self) -> ZoneId {
        self.id
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The corners in order.
    pub fn corners(&self) -> &[FloorPoint] {
        &self.corners
    }

    /// Whether `at` lies inside, exactly: adjoining zones share no point (see `Polygon::contains`).
    pub fn contains(&self, at: FloorPoint) -> bool {
        even_odd(&self.corners, |p| (p.x_mm, p.y_mm), at)
    }
}

/// On which side of the line from `a` to `b` the point `p` lies: -1, 0 or 1.
fn side(a: FloorPoint, b: FloorPoint, p: FloorPoint) -> i128 {
    let wide = |q: FloorPoint| (i128::from(q.x_mm), i128::from(q.y_mm));
    let ((ax, ay), (bx, by), (px, py)) = (wide(a), wide(b), wide(p));
    ((bx - ax) * (py - ay) - (by - ay) * (px - ax)).signum()
}

/// Whether `p`, on the line from `a` to `b`, lies between them.
fn between(a: FloorPoint, b: FloorPoint, p: FloorPoint) -> bool {
    let within = |a: i32, b: i32, p: i32| a.min(b) <= p && p <= a.max(b);
    within(a.x_mm, b.x_mm, p.x_mm) && within(a.y_mm, b.y_mm, p.y_mm)
}

/// Whether the edges `a b` and `c d` have a point in common.
fn crossing(a: FloorPoint, b: FloorPoint, c: FloorPoint, d: FloorPoint) -> bool {
    let (s, t, u, v) = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b));
    (s * t < 0 && u * v < 0)
        || (s == 0 && between(a, b, c))
        || (t == 0 && between(a, b, d))
        || (u == 0 && between(c, d, a))
        || (v == 0 && between(c, d, b))
}

/// Whether the edge `b c` runs back over the edge `a b`, or one of them has no length.
fn folded(a: FloorPoint, b: FloorPoint, c: FloorPoint) -> bool {
    side(a, b, c) == 0 && (between(a, b, c) || between(b, c, a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn corners(points: &[(i32, i32)]) -> Vec<FloorPoint> {
        points.iter().map(|&(x_mm, y_mm)| FloorPoint { x_mm, y_mm }).collect()
    }

    #[test]
    fn what_is_no_polygon_is_refused() {
        let zone = |points: &[(i32, i32)]| Zone::new("shop", "zone", corners(points));
        assert_eq!(zone(&[(0, 0), (1, 1)]), Err(ZoneFault::TooFew));
        assert_eq!(zone(&[(0, 0), (10, 10), (10, 0), (0, 10)]), Err(ZoneFault::Crossing(0, 2)), "a bow tie");
        assert!(zone(&[(0, 0), (10, 0), (5, 0)]).is_err(), "on one line");
        assert!(zone(&[(0, 0), (10, 0), (10, 10), (10, 0)]).is_err(), "there and back");
        assert!(zone(&[(0, 0), (0, 0), (10, 10), (10, 0)]).is_err(), "a corner twice");
        assert!(zone(&[(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)]).is_err(), "a corner on an edge");
        assert!(zone(&[(0, 0), (5, 0), (10, 0), (10, 10)]).is_ok(), "a straight corner is none the worse");
        let far = i32::MAX;
        assert!(zone(&[(-far, -far), (far, -far), (far, far), (-far, far)]).is_ok());
    }

    proptest! {
        #[test]
        fn adjoining_zones_share_no_point(x in -30i32..30, y in -30i32..30, cut in -20i32..20, slant in -9i32..9) {
            let left = Zone::new("s", "l", corners(&[(-25, -20), (cut, -20), (cut + slant / 3, 20), (-25, 20)]));
            let right = Zone::new("s", "r", corners(&[(cut, -20), (25, -20), (25, 20), (cut + slant / 3, 20)]));
            let (left, right) = (left.expect("simple"), right.expect("simple"));
            let at = FloorPoint { x_mm: x, y_mm: y };
            let inside = (-25..25).contains(&x) && (-20..20).contains(&y);
            prop_assert_eq!(u8::from(left.contains(at)) + u8::from(right.contains(at)), u8::from(inside));
        }
    }
}
