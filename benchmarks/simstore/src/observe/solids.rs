//! What hides people and never moves: walls with their doors, blocks, and of racks the back, the sides and the boards.

use crate::world::{Frame, Mm2, Mm3, World};

/// Thickness of boards and sides of racks, mm.
const BOARD_MM: f64 = 18.0;

/// Thickness of walls, mm.
const WALL_MM: f64 = 60.0;

/// An upright box: from the origin of its frame along its local x, y, z.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Solid {
    pub(super) frame: Frame,
    pub(super) size: Mm3,
}

impl Solid {
    /// Its eight corners in the store.
    pub(super) fn corners(&self) -> [Mm3; 8] {
        let part = |bit: usize, i: usize, size: f64| if i >> bit & 1 == 1 { size } else { 0.0 };
        std::array::from_fn(|i| {
            let local = Mm3::new(part(0, i, self.size.x), part(1, i, self.size.y), part(2, i, self.size.z));
            self.frame.to_store(local)
        })
    }

    /// What rays from `from` may hit.
    pub(super) fn seen_from(&self, from: Mm3) -> Target {
        let (sin, cos) = self.frame.turn.sin_cos();
        let from = self.frame.to_local(from);
        Target { sin, cos, from: [from.x, from.y, from.z], size: [self.size.x, self.size.y, self.size.z] }
    }
}

/// A solid as seen from one place.
pub(super) struct Target {
    sin: f64,
    cos: f64,
    from: [f64; 3],
    size: [f64; 3],
}

impl Target {
    /// How far along `way` (in its lengths) the ray enters it; none when it does not, or begins inside.
    pub(super) fn hit(&self, way: [f64; 3]) -> Option<f64> {
        let way = [self.cos * way[0] + self.sin * way[1], self.cos * way[1] - self.sin * way[0], way[2]];
        let (mut enters, mut leaves) = (0.0f64, f64::INFINITY);
        for ((from, way), size) in self.from.iter().zip(way).zip(self.size) {
            let (a, b) = (-from / way, (size - from) / way);
            // A ray along a side's plane is neither within nor without by that side.
            if !(a.is_nan() || b.is_nan()) {
                enters = enters.max(a.min(b));
                leaves = leaves.min(a.max(b));
            }
        }
        (enters > 0.0 && enters < leaves).then_some(enters)
    }
}

/// Everything in `world` that hides people.
pub(super) fn of(world: &World) -> Vec<Solid> {
    let blocks = world.blocks.iter().map(|block| Solid { frame: block.frame, size: block.size });
    let mut solids: Vec<Solid> = blocks.collect();
    for gondola in &world.gondolas {
        let [w, d, h] = [gondola.size.x, gondola.size.y, gondola.size.z];
        let mut part = |at: Mm3, size: Mm3| {
            let frame = Frame { at: gondola.frame.to_store(at), turn: gondola.frame.turn };
            solids.push(Solid { frame, size });
        };
        part(Mm3::new(0.0, d - BOARD_MM, 0.0), Mm3::new(w, BOARD_MM, h));
        part(Mm3::zeros(), Mm3::new(BOARD_MM, d, h));
        part(Mm3::new(w - BOARD_MM, 0.0, 0.0), Mm3::new(BOARD_MM, d, h));
        for (i, shelf) in gondola.shelves.iter().enumerate() {
            // The lowest board stands on a plinth.
            let low = if i == 0 { 0.0 } else { shelf.board_mm - BOARD_MM };
            part(Mm3::new(0.0, 0.0, low), Mm3::new(w, shelf.depth_mm.min(d), shelf.board_mm - low));
        }
    }
    let corners = world.outline.len();
    for i in 0..corners {
        let (a, b) = (world.outline[i], world.outline[(i + 1) % corners]);
        for [from, until] in wall_parts(a, b, &world.doors) {
            let way = (b - a) / (b - a).norm();
            let at = a + way * from;
            // Inside is on the left, so the wall grows to the right.
            let at = at + Mm2::new(way.y, -way.x) * WALL_MM;
            let frame = Frame { at: Mm3::new(at.x, at.y, 0.0), turn: way.y.atan2(way.x) };
            solids.push(Solid { frame, size: Mm3::new(until - from, WALL_MM, world.ceiling_mm) });
        }
    }
    solids
}

/// The parts of the wall from `a` to `b` that are no door, as distances from `a`.
fn wall_parts(a: Mm2, b: Mm2, doors: &[[Mm2; 2]]) -> Vec<[f64; 2]> {
    let length = (b - a).norm();
    let way = (b - a) / length;
    let off = |p: Mm2| (p - a).perp(&way).abs();
    let on_wall = doors.iter().filter(|door| door.iter().all(|p| off(*p) < 1.0));
    let mut gaps: Vec<[f64; 2]> = on_wall
        .map(|door| door.map(|p| (p - a).dot(&way).clamp(0.0, length)))
        .map(|[p, q]| [p.min(q), p.max(q)])
        .collect();
    gaps.sort_by(|x, y| x[0].total_cmp(&y[0]));
    let mut parts = Vec::new();
    let mut from = 0.0;
    for [start, end] in gaps.into_iter().chain([[length, length]]) {
        if start - from > 1.0 {
            parts.push([from, start]);
        }
        from = from.max(end);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ray_enters_where_it_should() {
        let frame = Frame { at: Mm3::new(1000.0, 0.0, 0.0), turn: std::f64::consts::FRAC_PI_2 };
        // Turned by 90 degrees, its local x runs along the store's y, its local y along the store's -x.
        let solid = Solid { frame, size: Mm3::new(500.0, 200.0, 1000.0) };
        let from = Mm3::new(0.0, 250.0, 500.0);
        assert!((solid.seen_from(from).hit([1.0, 0.0, 0.0]).expect("hit") - 800.0).abs() < 1e-9);
        assert_eq!(solid.seen_from(from).hit([-1.0, 0.0, 0.0]), None);
        assert_eq!(solid.seen_from(Mm3::new(0.0, 501.0, 500.0)).hit([1.0, 0.0, 0.0]), None);
        assert_eq!(solid.seen_from(Mm3::new(900.0, 250.0, 500.0)).hit([1.0, 0.0, 0.0]), None, "from inside");
    }

    #[test]
    fn walls_have_gaps_where_doors_are() {
        let (a, b) = (Mm2::new(0.0, 0.0), Mm2::new(6000.0, 0.0));
        let door = [Mm2::new(1500.0, 0.0), Mm2::new(300.0, 0.0)];
        let elsewhere = [Mm2::new(1500.0, 8000.0), Mm2::new(300.0, 8000.0)];
        assert_eq!(wall_parts(a, b, &[door, elsewhere]), [[0.0, 300.0], [1500.0, 6000.0]]);
        assert_eq!(wall_parts(a, b, &[]), [[0.0, 6000.0]]);
    }
}
