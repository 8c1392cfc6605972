//! The nanostore as its own files describe it; skipped where they are not there.

use simstore::world::{Mm3, WorldError, nanostore};
use std::path::{Path, PathBuf};

/// The folder, where there is one.
fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("AISLEFLOW_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    [shared, Some(beside)].into_iter().flatten().map(|shared| shared.join("data/nanostore")).find(|dir| dir.is_dir())
}

#[test]
fn racks_stand_where_the_survey_says() {
    use std::io::Write;
    let Some(folder) = folder() else {
        let _ = writeln!(std::io::stderr(), "skipped: no nanostore");
        return;
    };
    let world = nanostore::world(&folder).expect("a shop");
    assert_eq!(world.gondolas.len(), 5);
    assert!(world.gondolas.iter().all(|gondola| gondola.shelves.len() == 6));
    // 114 lines, of which one has no article.
    assert_eq!((world.slots.len(), world.planogram.len()), (113, 113));
    // The survey: gondola 1's back is at x 25.4, y 492.1 mm; its shelves come 406.4 mm forward, so their front is at y 86.
    let foot = world.gondolas[0].frame.at;
    assert!((foot - Mm3::new(25.0, 86.0, 0.0)).norm() < 1.5, "{foot}");
    assert_eq!(world.gondolas[0].shelves[0].board_mm, 330.0);
    // Gondola 5 stands across: its front runs to the south, its shelves face west.
    let five = world.gondolas[4].frame;
    let along = five.to_store(Mm3::new(100.0, 0.0, 0.0)) - five.at;
    let into = five.to_store(Mm3::new(0.0, 100.0, 0.0)) - five.at;
    assert!(along.y < -99.0 && into.x > 99.0, "{along} {into}");
    for (i, slot) in world.slots.iter().enumerate() {
        assert!(slot.from_mm >= 0.0 && slot.from_mm < slot.to_mm && slot.to_mm <= world.gondolas[slot.gondola].size.x);
        for other in world.slots[..i].iter().filter(|o| (o.gondola, o.shelf) == (slot.gondola, slot.shelf)) {
            assert!(
                other.to_mm <= slot.from_mm || slot.to_mm <= other.from_mm,
                "{} overlaps {}",
                slot.name,
                other.name
            );
        }
    }
    for stocking in &world.planogram {
        let slot = &world.slots[stocking.slot];
        let shelf = &world.gondolas[slot.gondola].shelves[slot.shelf];
        let size = world.articles[stocking.article].shape.extent();
        assert!(
            size.z * stocking.high as f64 <= shelf.clear_mm && size.x <= slot.to_mm - slot.from_mm + 1.0,
            "{}",
            slot.name
        );
    }
    let inside = |c: &Mm3| (-900.0..5300.0).contains(&c.x) && (-2900.0..620.0).contains(&c.y);
    for gondola in &world.gondolas {
        let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let corner = |[x, y]: [f64; 2]| gondola.frame.to_store(Mm3::new(x * gondola.size.x, y * gondola.size.y, 0.0));
        assert!(corners.map(corner).iter().all(inside), "{} is not in the room", gondola.name);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = nanostore::world(Path::new("no/such/folder")).expect_err("nothing there");
    assert!(error.to_string().contains("no/such/folder/store/Gondolas.json"), "{error}");
    assert!(matches!(error, WorldError::File { .. }) && error.hint().contains("--nanostore"));
}
