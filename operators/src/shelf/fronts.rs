//! Fronts: which parts of pictures show the fronts of slots. Plain geometry.
//!
//! A front is cut into cells, and each cell is looked at in a few points. Cells that a rack hides from the camera are left out, and those
//! behind which the camera sees the goods of a neighbour; people are not known here.

use schemas::camera::CameraModel;
use schemas::{Gondola, GondolaFrame, SlotId};

/// Cells of a front are at most so wide and high, in millimetres.
const CELL_MM: [f64; 2] = [50.0, 90.0];
/// A front has so many cells at most along either way.
const CELLS_MAX: f64 = 24.0;
/// Points in which a cell is looked at, along either way.
const POINTS: u32 = 4;
/// Points are looked at so far before the front, in millimetres: the edge of a board hides none of them.
const BEFORE_MM: f64 = 5.0;
/// What is seen through the front so far behind it, in millimetres, must be of the same slot.
const BEHIND_MM: f64 = 80.0;

/// The front of one slot, as one camera sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Front {
    /// The slot.
    pub slot: SlotId,
    /// Its gondola, by number.
    pub rack: usize,
    /// Of each cell the points of the source picture in which it is looked at, in pixels; all may lie outside the picture.
    pub cells: Vec<Vec<[f64; 2]>>,
}

impl Front {
    /// Left, top, right and bottom of what is looked at, in pixels.
    pub fn bounds(&self) -> [f64; 4] {
        let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.cells
            .iter()
            .flatten()
            .fold(none, |[left, top, right, bottom], [x, y]| [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)])
    }
}

/// A rack as a box in the shop.
struct Rack {
    frame: GondolaFrame,
    size: [f64; 3],
}

impl Rack {
    fn new(gondola: &Gondola) -> Self {
        Self { frame: gondola.frame(), size: gondola.size_mm.map(f64::from) }
    }

    /// Whether the way from one point to another leads through it.
    fn hides(&self, from: [f64; 3], to: [f64; 3]) -> bool {
        let (from, to) = (self.frame.own(from), self.frame.own(to));
        let (mut enters, mut leaves) = (0.0f64, 1.0f64);
        for i in 0..3 {
            let way = to[i] - from[i];
            if way.abs() < 1e-9 {
                if from[i] < 0.0 || from[i] > self.size[i] {
                    return false;
                }
                continue;
            }
            let (a, b) = (-from[i] / way, (self.size[i] - from[i]) / way);
            (enters, leaves) = (enters.max(a.min(b)), leaves.min(a.max(b)));
        }
        enters < leaves
    }
}

/// The fronts of `wanted` slots that a camera sees from before them; none of a camera that does not know where it hangs.
pub fn fronts(model: &CameraModel, gondolas: &[Gondola], wanted: impl Fn(SlotId) -> bool) -> Vec<Front> {
    let Some(from) = model.position() else { return Vec::new() };
    let racks: Vec<Rack> = gondolas.iter().map(Rack::new).collect();
    let mut seen = Vec::new();
    for (number, (gondola, rack)) in gondolas.iter().zip(&racks).enumerate() {
        let eye = rack.frame.own(from);
        if eye[1] >= 0.0 {
            continue;
        }
        let cell = |low: [f64; 2], high: [f64; 2]| {
            let at = |i: usize, n: u32| low[i] + (f64::from(n) + 0.5) / f64::from(POINTS) * (high[i] - low[i]);
            let points =
                (0..POINTS * POINTS).map(|n| rack.frame.shop([at(0, n % POINTS), -BEFORE_MM, at(1, n / POINTS)]));
            let sees = |point| (!racks.iter().any(|rack| rack.hides(from, point))).then(|| model.project(point));
            points.map(|point| sees(point).flatten()).collect::<Option<Vec<_>>>()
        };
        for shelf in &gondola.shelves {
            for slot in shelf.slots.iter().filter(|slot| wanted(slot.id)) {
                let low = [f64::from(slot.from_mm), f64::from(shelf.board_mm)];
                let size = [f64::from(slot.to_mm) - low[0], f64::from(shelf.clear_mm)];
                let count = [0, 1].map(|i| (size[i] / CELL_MM[i]).ceil().clamp(1.0, CELLS_MAX));
                let corner = |x: u32, z: u32| {
                    [low[0] + f64::from(x) / count[0] * size[0], low[1] + f64::from(z) / count[1] * size[1]]
                };
                let own = |x: f64| {
                    let behind = x + (x - eye[0]) / -eye[1] * BEHIND_MM;
                    (low[0]..=low[0] + size[0]).contains(&behind)
                };
                let [columns, rows] = count.map(|count| count as u32);
                let places = (0..rows).flat_map(|z| (0..columns).map(move |x| (x, z)));
                let places = places.filter(|(x, z)| own((corner(*x, *z)[0] + corner(x + 1, *z)[0]) / 2.0));
                let cells: Vec<_> = places.filter_map(|(x, z)| cell(corner(x, z), corner(x + 1, z + 1))).collect();
                if !cells.is_empty() {
                    seen.push(Front { slot: slot.id, rack: number, cells });
                }
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Shelf, Slot, SpacePoint};

    /// A rack of one shelf whose front is the plane y = `y_mm`, seen from smaller y, with one slot of 300 by 270 mm.
    fn rack(id: u64, y_mm: i32) -> Gondola {
        let slot = Slot { id: SlotId(id), name: "s".into(), from_mm: 100, to_mm: 400 };
        let shelf = Shelf { name: "b".into(), board_mm: 1000, clear_mm: 270, depth_mm: 400, slots: vec![slot] };
        let at = SpacePoint { x_mm: 0, y_mm, z_mm: 0 };
        Gondola { name: "g".into(), at, turn_mdeg: 0, size_mm: [600, 400, 1500], shelves: vec![shelf] }
    }

    /// Looks along y from the height of the slot: 500 px a metre at a metre's distance.
    fn camera() -> CameraModel {
        let turn = [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];
        let from = [250.0, -1000.0, 1135.0];
        let shift = turn.map(|row: [f64; 3]| -(row[0] * from[0] + row[1] * from[1] + row[2] * from[2]));
        let rows = [0, 1, 2].map(|i| [turn[i][0], turn[i][1], turn[i][2], shift[i]]);
        let matrix = [0, 1].map(|i| [0, 1, 2, 3].map(|j| 500.0 * rows[i][j] + [320.0, 240.0][i] * rows[2][j]));
        CameraModel::projection([matrix[0], matrix[1], rows[2]]).expect("a camera")
    }

    #[test]
    fn a_front_is_where_the_camera_sees_it() {
        let seen = fronts(&camera(), &[rack(1, 0)], |_| true);
        assert_eq!((seen.len(), seen[0].cells.len()), (1, 6 * 3));
        let size = [0, 1].map(|i| (seen[0].bounds()[i + 2] - seen[0].bounds()[i]).round());
        // A metre away, 300 by 270 mm are 150 by 135 px; points lie half their distance inside.
        assert_eq!(size, [144.0, 124.0], "{:?}", seen[0].bounds());
        assert!(fronts(&camera(), &[rack(1, 0)], |_| false).is_empty());
    }

    #[test]
    fn what_stands_before_it_hides_it_and_nobody_sees_a_back() {
        // From the side the outermost cells show what is beside the slot.
        let mut aside = rack(1, 0);
        aside.at.x_mm = 700;
        assert_eq!(fronts(&camera(), &[aside], |_| true)[0].cells.len(), 5 * 3);
        let seen: Vec<SlotId> =
            fronts(&camera(), &[rack(1, 0), rack(2, 900)], |_| true).iter().map(|f| f.slot).collect();
        assert_eq!(seen, [SlotId(1)]);
        let mut turned = rack(3, 900);
        turned.turn_mdeg = 180_000;
        assert!(fronts(&camera(), &[turned], |_| true).is_empty());
    }
}
