//! The truth: what a hand-made day in the sample shop leaves in the tables.

use super::{FrameTruth, JointSeen, PersonSeen, Recorder, TABLES, Visibility, markdown};
use crate::life::{Happening, Moment, Person, Pose, Present, Role, Stow, What, sample};
use crate::score::read::each;
use crate::table::{Kind, Table};
use crate::world::Mm2;
use schemas::EventTime;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

fn person(number: u32, visit: u32, role: Role) -> Arc<Person> {
    Arc::new(Person { number, role, visit, height_mm: 1700.0, build: 1.0, figure: 7, bag: true, handed: 1 })
}

fn present(person: &Arc<Person>, x: f64, y: f64) -> Present {
    let pose = Pose::standing(Mm2::new(x, y), 1.0);
    Present { person: Arc::clone(person), pose, holds: [Vec::new(), Vec::new()] }
}

/// A member who takes two packages, puts one back elsewhere, hides and shows the other; two seconds in steps of 20 ms.
fn day(folder: &Path) -> super::Counts {
    let world = Arc::new(sample::shop());
    let mut recorder = Recorder::create(folder, Arc::clone(&world), 100_000).expect("created");
    let (member, tailgater) = (person(0, 0, Role::Member(12)), person(1, 1, Role::Tailgater));
    let acts: BTreeMap<i64, Vec<(u32, What)>> = BTreeMap::from([
        (0, vec![(0, What::Arrive), (1, What::Arrive)]),
        (5, vec![(0, What::Scan { gate: 0, party: 1 }), (0, What::Enter { gate: 0 }), (1, What::Enter { gate: 0 })]),
        (20, vec![(0, What::Take { slot: 0, column: 0, package: 3, hand: 1 })]),
        (21, vec![(0, What::Take { slot: 1, column: 0, package: 15, hand: 0 })]),
        (30, vec![(0, What::PutBack { slot: 5, column: 0, package: 3, hand: 1 })]),
        (40, vec![(0, What::Stow { package: 15, hand: 0, place: Stow::Shirt, hidden: true })]),
        (50, vec![(0, What::Unstow { package: 15, hand: 0, place: Stow::Shirt })]),
        (60, vec![(0, What::HandOver { package: 15, hand: 0, to: 1, to_hand: 1 })]),
        (70, vec![(1, What::Press { slot: 2, force_mg: 900_000, for_us: 300_000 })]),
        (99, vec![(0, What::Leave { gate: 0 }), (0, What::Gone)]),
    ]);
    for step in 0..100i64 {
        let at = EventTime(1_700_000_000_000_000 + step * 20_000);
        // In the entrance for 0.4 s, out for 0.2 s, in for 0.4 s: one stay. Then out for good.
        let x = if matches!(step, 0..20 | 30..50) { 900.0 } else { 1900.0 };
        let y = if step < 3 { -200.0 } else { 700.0 };
        let happened = acts.get(&step).into_iter().flatten().enumerate().map(|(i, (person, what))| Happening {
            at: at.plus_us(i as i64 - 10_000),
            person: *person,
            what: what.clone(),
        });
        let happened = happened.collect();
        let present = vec![present(&member, x, y), present(&tailgater, 3000.0, 1500.0)];
        recorder.moment(&Moment { at, present, happened }).expect("written");
    }
    let joint = JointSeen { at_px: [f64::NAN; 2], visibility: Visibility::Outside };
    let seen = PersonSeen {
        person: 0,
        visit: 0,
        full_px: [-3.0, 1.0, 40.0, 90.0],
        visible_px: Some([0.0, 1.0, 40.0, 50.5]),
        share: 0.5,
        joints: [joint; 17],
    };
    let hidden = PersonSeen { person: 1, visible_px: None, share: 0.0, ..seen.clone() };
    let (at, size_px) = (EventTime(1_700_000_000_000_000), [640, 480]);
    let frame = FrameTruth { camera: "door", frame: 0, at, size_px, people: &[seen, hidden] };
    recorder.frame(&frame).expect("written");
    recorder.close().expect("closed")
}

fn texts(folder: &Path, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let there = each(folder, table, columns, |batch| {
        for row in 0..batch.len() {
            let cell = |name: &&str| batch.texts(name).expect(name)(row).unwrap_or("null").to_string();
            rows.push(columns.iter().map(cell).collect());
        }
        Ok(())
    });
    assert!(there.expect("readable"), "{table}");
    rows
}

#[test]
fn a_day_leaves_its_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let counts = day(folder.path());
    let world = sample::shop();
    assert_eq!((counts["persons"], counts["visits"], counts["positions"]), (2, 2, 40));
    assert_eq!((counts["frames"], counts["people"], counts["gate_scans"], counts["gate_crossings"]), (1, 2, 1, 3));
    assert_eq!((counts["hand_overs"], counts["presses"], counts["receipts"], counts["receipt_lines"]), (1, 1, 1, 1));
    let slots: Vec<&str> = [0, 1, 5].iter().map(|&i| world.slots[i].name.as_str()).collect();
    let skus: Vec<&str> = [0, 1].iter().map(|&i| world.articles[world.planogram[i].article].sku.as_str()).collect();
    assert_eq!(
        texts(folder.path(), "interactions", &["way", "hand", "slot", "sku", "home_slot", "role"]),
        [
            ["take", "right", slots[0], skus[0], slots[0], "member"],
            ["take", "left", slots[1], skus[1], slots[1], "member"],
            ["return", "right", slots[2], skus[0], slots[0], "member"],
        ]
    );
    assert_eq!(
        texts(folder.path(), "concealments", &["way", "hand", "sku", "place"]),
        [["in", "left", skus[1], "shirt"], ["out", "left", skus[1], "shirt"]]
    );
    assert_eq!(texts(folder.path(), "receipt_lines", &["sku", "slot", "currency"]), [[skus[1], slots[1], "EUR"]]);
    let mut stays = Vec::new();
    each(folder.path(), "zone_stays", &["person", "zone", "from_time", "until_time"], |rows| {
        let (from, until, person) = (rows.times("from_time")?, rows.times("until_time")?, rows.int32s("person")?);
        stays.extend((0..rows.len()).map(|row| (person(row), (until(row) - from(row)) / 1000)));
        Ok(())
    })
    .expect("readable");
    // From step 3 to step 49.
    assert_eq!(stays, [(0, 920)], "a short absence is bridged, and the place outside the door is no zone");
}

#[test]
fn the_same_day_gives_the_same_bytes() {
    let folders = [0, 1].map(|_| tempfile::tempdir().expect("a folder"));
    folders.iter().for_each(|folder| drop(day(folder.path())));
    for table in TABLES {
        let [a, b] = [0, 1].map(|i| {
            std::fs::read(folders[i].path().join(format!("{}.parquet", table.name))).expect("a file for each table")
        });
        assert!(!a.is_empty() && a == b, "{}", table.name);
    }
    let left = std::fs::read_dir(folders[0].path()).expect("a folder").count();
    assert_eq!(left, TABLES.len(), "nothing staged is left behind");
}

/// `REWRITE=1` writes it anew.
#[test]
fn the_description_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("TRUTH.md");
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&path, markdown()).expect("written");
    }
    let found = std::fs::read_to_string(&path).expect("TRUTH.md");
    assert!(found == markdown(), "TRUTH.md is out of date: REWRITE=1 cargo test -p simstore");
}

#[test]
fn columns_have_names_by_the_rules() {
    let banned = ["user", "customer", "object", "item", "product", "data", "info", "manager", "util", "event"];
    for Table { name, columns, .. } in TABLES {
        for column in *columns {
            let plain = column.name.replace("event_time", "time");
            assert!(!plain.split('_').any(|part| banned.contains(&part)), "{name}.{}", column.name);
            assert!(column.name.ends_with("_px") == (column.unit == "px"), "{name}.{}", column.name);
            assert!((column.kind == Kind::Time) == (column.unit == "us UTC"), "{name}.{}", column.name);
        }
    }
}
