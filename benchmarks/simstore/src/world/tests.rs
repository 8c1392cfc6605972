use super::*;
use std::collections::BTreeSet;

fn shops() -> [World; 2] {
    [corner::world(), large::world(large::Size::default())]
}

/// Corners of an upright box on the floor.
fn corners(frame: Frame, size: Mm3) -> Vec<Mm2> {
    let corner = |x: f64, y: f64| frame.to_store(Mm3::new(x, y, 0.0)).xy();
    vec![corner(0.0, 0.0), corner(size.x, 0.0), corner(size.x, size.y), corner(0.0, size.y)]
}

/// How deep two convex polygons overlap, mm, by the axis that parts them best; negative where they are apart.
fn overlap(a: &[Mm2], b: &[Mm2]) -> f64 {
    let axes = [a, b].into_iter().flat_map(|p| (0..p.len()).map(move |i| (p[(i + 1) % p.len()] - p[i]).normalize()));
    let span = |p: &[Mm2], axis: Mm2| {
        let at = p.iter().map(|corner| corner.dot(&axis));
        (at.clone().fold(f64::INFINITY, f64::min), at.fold(f64::NEG_INFINITY, f64::max))
    };
    let along = |axis: Mm2| {
        let ((a0, a1), (b0, b1)) = (span(a, axis), span(b, axis));
        a1.min(b1) - a0.max(b0)
    };
    axes.map(|edge| along(Mm2::new(-edge.y, edge.x))).fold(f64::INFINITY, f64::min)
}

fn obstacles(world: &World) -> Vec<(&str, Vec<Mm2>)> {
    let racks = world.gondolas.iter().map(|g| (g.name.as_str(), corners(g.frame, g.size)));
    racks.chain(world.blocks.iter().map(|b| (b.kind.as_str(), corners(b.frame, b.size)))).collect()
}

#[test]
fn check_digits_are_right() {
    assert_eq!(catalog::gtin13(400_638_133_393), "4006381333931", "an example that everybody knows");
    for article in catalog::articles() {
        let digits: Vec<u32> = article.sku.chars().filter_map(|c| c.to_digit(10)).collect();
        assert_eq!(digits.len(), 13);
        // All thirteen, weighed by turns, make a multiple of ten.
        let sum: u32 = digits.iter().enumerate().map(|(i, d)| d * if i % 2 == 0 { 1 } else { 3 }).sum();
        assert_eq!(sum % 10, 0, "{}", article.sku);
        assert!(article.sku.starts_with("200"), "{}: the shop's own range", article.sku);
    }
}

#[test]
fn the_catalog_is_plausible_and_has_twins() {
    let articles = catalog::articles();
    assert!(articles.len() >= 60, "{}", articles.len());
    assert_eq!(articles.iter().map(|a| &a.sku).collect::<BTreeSet<_>>().len(), articles.len());
    assert_eq!(articles.iter().map(|a| &a.name).collect::<BTreeSet<_>>().len(), articles.len());
    assert!(
        articles.iter().all(|a| (30_000..2_000_000).contains(&a.weight_mg) && (10..2_000).contains(&a.price_minor))
    );
    let twins = |a: &Article, b: &Article| (a.weight_mg - b.weight_mg).abs() * 100 < a.weight_mg;
    let pairs = (0..articles.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let alike =
        pairs.filter(|&(i, j)| articles[i].category == articles[j].category && twins(&articles[i], &articles[j]));
    assert!(alike.count() >= 8, "a scale must not be able to tell everything apart");
}

#[test]
fn nothing_stands_in_anything_and_all_in_the_room() {
    for world in shops() {
        let obstacles = obstacles(&world);
        for (i, (name, a)) in obstacles.iter().enumerate() {
            for (other, b) in &obstacles[..i] {
                // Rails end in pillars.
                let joined = *name == "rail" || *other == "rail";
                assert!(joined || overlap(a, b) < 1.0, "{}: {name} stands in {other}", world.name);
            }
            let [x1, y1] = [world.outline[2].x, world.outline[2].y];
            let inside = |c: &Mm2| (-1.0..x1 + 1.0).contains(&c.x) && (-1.0..y1 + 1.0).contains(&c.y);
            assert!(a.iter().all(inside), "{}: {name} is not in the room", world.name);
        }
    }
}

#[test]
fn slots_lie_side_by_side_on_their_boards_and_goods_fit() {
    for world in shops() {
        for (i, slot) in world.slots.iter().enumerate() {
            let gondola = &world.gondolas[slot.gondola];
            assert!(slot.from_mm >= 0.0 && slot.from_mm < slot.to_mm && slot.to_mm <= gondola.size.x, "{}", slot.name);
            assert_eq!([slot.from_mm, slot.to_mm].map(f64::fract), [0.0; 2], "{}: whole millimetres", slot.name);
            for other in world.slots[..i].iter().filter(|o| (o.gondola, o.shelf) == (slot.gondola, slot.shelf)) {
                assert!(other.to_mm <= slot.from_mm || slot.to_mm <= other.from_mm, "{} {}", slot.name, other.name);
            }
        }
        let stocked: BTreeSet<usize> = world.planogram.iter().map(|s| s.slot).collect();
        assert_eq!(stocked.len(), world.slots.len(), "every slot is stocked, once");
        for stocking in &world.planogram {
            let slot = &world.slots[stocking.slot];
            let shelf = &world.gondolas[slot.gondola].shelves[slot.shelf];
            let size = world.articles[stocking.article].shape.extent();
            assert!((2..=8).contains(&stocking.columns), "{}", slot.name);
            assert!(stocking.columns as f64 * size.x <= slot.to_mm - slot.from_mm, "{}", slot.name);
            assert!(stocking.deep as f64 * size.y <= shelf.depth_mm, "{}", slot.name);
            assert!(stocking.high as f64 * size.z + 20.0 <= shelf.clear_mm, "{}: no hand gets in", slot.name);
        }
        let sold: BTreeSet<usize> = world.planogram.iter().map(|s| s.article).collect();
        assert_eq!(sold.len(), world.articles.len(), "{}: every article has a slot", world.name);
    }
}

/// A shopper's body, 500 mm wide, can walk from the door to the front of every slot.
#[test]
fn every_slot_can_be_reached() {
    const CELL: f64 = 50.0;
    const BODY: f64 = 250.0;
    for world in shops() {
        let [width, depth] = [world.outline[2].x, world.outline[2].y];
        let [columns, rows] = [width, depth].map(|n| (n / CELL) as usize);
        let obstacles: Vec<(Frame, Mm3)> = (world.gondolas.iter().map(|g| (g.frame, g.size)))
            .chain(world.blocks.iter().map(|b| (b.frame, b.size)))
            .collect();
        let gap = |at: Mm2| {
            let wall = at.x.min(at.y + 300.0).min(width - at.x).min(depth - at.y);
            let block = obstacles.iter().map(|(frame, size)| {
                let local = frame.to_local(Mm3::new(at.x, at.y, frame.at.z));
                let out = |n: f64, side: f64| (-n).max(n - side).max(0.0);
                out(local.x, size.x).hypot(out(local.y, size.y))
            });
            block.fold(wall, f64::min)
        };
        let place = |cell: usize| Mm2::new((cell % columns) as f64 + 0.5, (cell / columns) as f64 + 0.5) * CELL;
        let free: Vec<bool> = (0..columns * rows).map(|cell| gap(place(cell)) >= BODY).collect();
        let door = (world.doors[0][0] + world.doors[0][1]) / 2.0 - Mm2::new(440.0, 0.0);
        let first = (door.x / CELL) as usize;
        let mut reached = vec![false; columns * rows];
        let mut open = vec![first];
        while let Some(cell) = open.pop() {
            if std::mem::replace(&mut reached[cell], true) {
                continue;
            }
            let (x, y) = (cell % columns, cell / columns);
            let near =
                [(x > 0, -1), (x + 1 < columns, 1), (y > 0, -(columns as isize)), (y + 1 < rows, columns as isize)];
            let near = near.iter().filter(|(inside, _)| *inside).map(|(_, by)| cell.strict_add_signed(*by));
            open.extend(near.filter(|&cell| free[cell] && !reached[cell]));
        }
        for slot in 0..world.slots.len() {
            let front = world.slot_front(slot);
            let reach = |cell: usize| reached[cell] && (place(cell) - front.xy()).norm() < 450.0;
            assert!((0..columns * rows).any(reach), "{}: nobody gets to {}", world.name, world.slots[slot].name);
            assert!(front.z < 1700.0, "{}: nobody reaches {}", world.name, world.slots[slot].name);
        }
    }
}

#[test]
fn names_are_unique_and_scales_carry_slots_once() {
    for world in shops() {
        let unique = |names: Vec<&String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
        assert!(unique(world.gondolas.iter().map(|g| &g.name).collect()));
        assert!(unique(world.gondolas.iter().flat_map(|g| &g.shelves).map(|s| &s.name).collect()));
        assert!(unique(world.slots.iter().map(|s| &s.name).collect()));
        assert!(unique(world.zones.iter().map(|z| &z.name).collect()));
        assert!(unique(world.cameras.iter().map(|c| &c.name).collect()));
        assert!(unique(world.scales.iter().map(|s| &s.name).collect()));
        let carried: Vec<usize> = world.scales.iter().flat_map(|s| s.slots.clone()).collect();
        assert_eq!(carried.iter().collect::<BTreeSet<_>>().len(), carried.len(), "a slot lies on one scale");
        let [plates, shelves] = [1, 2].map(|n| world.scales.iter().filter(|s| (s.slots.len() > 1) == (n > 1)).count());
        assert!(plates > 10 && shelves > 10, "{}: {plates} plates, {shelves} shelves", world.name);
        assert!(world.gates.iter().all(|gate| world.zones.iter().any(|zone| zone.name == gate.zone)));
    }
}

#[test]
fn cameras_see_the_floor_where_people_walk() {
    for world in shops() {
        let models: Vec<_> =
            (world.cameras.iter()).map(|c| (c, schemas::CameraModel::pinhole(c.pinhole).expect("a camera"))).collect();
        for (camera, model) in &models {
            let at = model.position().expect("a place");
            assert!((2_000.0..world.ceiling_mm).contains(&at[2]), "{}: {at:?}", camera.name);
            // The middle of the picture looks at the floor of the shop.
            let middle = camera.size_px.map(|n| f64::from(n) / 2.0);
            let [x, y] = model.floor(middle, 0.0).expect("looks down");
            let inside = (0.0..world.outline[2].x).contains(&x) && (0.0..world.outline[2].y).contains(&y);
            // A shelf camera's gaze meets the shelves before the floor.
            assert!(inside || camera.view == View::Shelf, "{}: {x} {y}", camera.name);
            // Up is up.
            let head = model.project([x, y, 1000.0]).expect("seen");
            assert!(camera.view == View::Overhead || head[1] < middle[1] - 50.0, "{}: {head:?}", camera.name);
        }
        // Chest high before every gondola is in view of at least one camera.
        for gondola in &world.gondolas {
            let chest = gondola.frame.to_store(Mm3::new(gondola.size.x / 2.0, -400.0, 1200.0));
            let sees = |(camera, model): &&(&Camera, schemas::CameraModel)| {
                let [w, h] = camera.size_px.map(f64::from);
                model.project(chest.into()).is_some_and(|[u, v]| (0.0..w).contains(&u) && (0.0..h).contains(&v))
            };
            assert!(models.iter().any(|m| sees(&m)), "{}: no camera sees {}", world.name, gondola.name);
        }
    }
}

#[test]
fn bays_lie_before_their_gondolas() {
    for world in shops() {
        for gondola in &world.gondolas {
            let bay = world.zones.iter().find(|zone| zone.name == format!("bay-{}", gondola.name)).expect("a bay");
            let middle = bay.corners.iter().sum::<Mm2>() / bay.corners.len() as f64;
            let local = gondola.frame.to_local(Mm3::new(middle.x, middle.y, 0.0));
            assert!(local.y < 0.0 && (0.0..gondola.size.x).contains(&local.x), "{}", gondola.name);
        }
    }
}
