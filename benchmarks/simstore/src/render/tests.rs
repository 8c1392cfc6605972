//! Pictures against what they must show: places where the camera model says, shelves as they are, people by owner, and the same
//! bytes whatever the number of threads.

use super::backdrop::Backdrop;
use super::eye::{Eye, SAMPLES};
use super::mesh::{Coat, Mesh, Sheet};
use super::scene::Chunk;
use super::*;
use crate::goods::Goods;
use crate::life::{Hand, Happening, Moment, Person, Pose, Present, Role, What};
use crate::seed::Seed;
use crate::world::{Mm2, Mm3, View, World, corner};
use schemas::{CameraModel, EventTime, Score};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The corner shop with small pictures and a lens that bends.
pub(super) fn shop() -> World {
    let mut world = corner::world();
    for camera in &mut world.cameras {
        camera.size_px = [320, 240];
        camera.pinhole.focal_px = camera.pinhole.focal_px.map(|f| f / 2.0);
        camera.pinhole.centre_px = [163.0, 118.0];
        camera.pinhole.distortion = [-0.18, 0.03, 0.001, -0.001, -0.002];
    }
    world
}

fn camera(world: &World, view: View) -> usize {
    world.cameras.iter().position(|c| c.view == view).expect("such a camera")
}

fn somebody(number: u32, at: [f64; 2], heading: f64) -> Present {
    let person = Person {
        number,
        role: Role::Member(1),
        visit: 0,
        height_mm: 1_750.0,
        build: 1.0,
        figure: u64::from(number),
        bag: false,
        handed: 1,
    };
    Present {
        person: Arc::new(person),
        pose: Pose::standing(Mm2::new(at[0], at[1]), heading),
        holds: Default::default(),
    }
}

fn moment(step: i64, present: Vec<Present>) -> Moment {
    Moment { at: EventTime(step * crate::life::STEP_US), present, happened: Vec::new() }
}

#[test]
fn a_bar_is_drawn_where_the_camera_model_sees_it() {
    let world = Arc::new(shop());
    let (mine, bar) = (7_000u16, [Mm3::new(700.0, 6_900.0, 2_900.0), Mm3::new(5_500.0, 2_000.0, 2_300.0)]);
    let mut scene = Scene::new(world.clone());
    let mut mesh = Mesh::default();
    let up = Mm3::z() * 12.0;
    // One long piece: only splitting can bend it.
    let sheet = Sheet { corner: bar[0] + up, right: bar[1] - bar[0], down: up * -2.0 };
    mesh.sheet(sheet, Coat::plain([255, 0, 0]), [[0.0; 2]; 2], 1e9);
    Arc::make_mut(&mut scene.fixed).push(Chunk { mesh, owner: mine, parts: Vec::new() });
    let (mut looked, mut bent) = (0, 0.0f64);
    for camera in world.cameras.iter().filter(|c| c.view == View::Corner) {
        let (eye, model) =
            (Eye::new(camera).expect("a camera"), CameraModel::pinhole(camera.pinhole).expect("a camera"));
        let backdrop = Backdrop::new(&scene, &eye);
        let line: Vec<[f64; 2]> = (0..=4_000)
            .filter_map(|i| model.project((bar[0] + (bar[1] - bar[0]) * (f64::from(i) / 4_000.0)).into()))
            .collect();
        let per_mm = camera.pinhole.focal_px[0];
        for (i, sample) in backdrop.canvas.colour.iter().enumerate().filter(|(_, sample)| sample[3] == mine) {
            let at = [i % backdrop.canvas.width, i / backdrop.canvas.width].map(|n| (n as f64 + 0.5) / SAMPLES as f64);
            let far = line.iter().map(|p| (p[0] - at[0]).hypot(p[1] - at[1])).fold(f64::MAX, f64::min);
            // Half the bar's own width and half a sample beyond the middle line.
            let depth = 1.0 / f64::from(backdrop.canvas.near[i]);
            assert!(far < 12.0 * per_mm / depth + 0.6, "{}: {at:?} is {far} px off", camera.name);
            looked += 1;
            assert_eq!(sample[3], mine);
        }
        let seen: Vec<&[f64; 2]> =
            line.iter().filter(|p| (0.0..320.0).contains(&p[0]) && (0.0..240.0).contains(&p[1])).collect();
        if let (Some(a), Some(b)) = (seen.first(), seen.last()) {
            let length = (b[0] - a[0]).hypot(b[1] - a[1]).max(1.0);
            let off = |p: &&[f64; 2]| ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])).abs() / length;
            bent = seen.iter().map(off).fold(bent, f64::max);
        }
    }
    assert!(looked > 400, "only {looked} samples show the bar");
    assert!(bent > 2.0, "the lens bends it by {bent} px: the test tests nothing");
}

#[test]
fn a_repaired_shelf_is_the_shelf_drawn_anew() {
    let world = Arc::new(shop());
    let mut scene = Scene::new(world.clone());
    let goods = Goods::open(&world, Seed(1));
    let stock = |scene: &mut Scene, goods: &Goods, slot: usize| {
        scene.fill(slot, goods.feet(&world, slot).map(|(_, article, foot)| (article, foot)));
    };
    (0..world.slots.len()).for_each(|slot| stock(&mut scene, &goods, slot));
    let eye = Eye::new(&world.cameras[camera(&world, View::Shelf)]).expect("a camera");
    let mut backdrop = Backdrop::new(&scene, &eye);
    let full = backdrop.canvas.clone();
    let mut changed = 0;
    for (n, slot) in (0..world.slots.len()).step_by(5).enumerate() {
        let before = backdrop.canvas.clone();
        scene.fill(slot, goods.feet(&world, slot).skip(3).map(|(_, article, foot)| (article, foot)));
        let rect = backdrop.repair(&scene, &eye, slot);
        changed += usize::from(before != backdrop.canvas);
        if n % 16 == 0 {
            assert!(
                backdrop.canvas == Backdrop::new(&scene, &eye).canvas,
                "slot {slot}: repaired {rect:?} is not the whole"
            );
        }
    }
    assert!(changed > 8, "{changed} slots changed the picture");
    for slot in (0..world.slots.len()).step_by(5) {
        stock(&mut scene, &goods, slot);
        backdrop.repair(&scene, &eye, slot);
    }
    assert!(backdrop.canvas == full, "filled again it is what it was");
}

#[test]
fn who_is_hidden_and_who_is_not() {
    let world = Arc::new(shop());
    let camera = camera(&world, View::Shelf);
    let mut stage = Stage::new(Scene::new(world.clone()), &[camera], Sensor::default(), Seed(1)).expect("a camera");
    let mut rgb = Vec::new();
    let mut shoot = |present: Vec<Present>| {
        let moment = moment(0, present);
        stage.pose(&moment);
        stage.shoot(0, &moment, &mut rgb)
    };
    // The camera hangs at 2.6, 4.3 m and looks west over the aisle at x = 1 m.
    let alone = shoot(vec![somebody(0, [1_000.0, 4_300.0], 0.0)]);
    let [seen] = &alone.people[..] else { panic!("{} people", alone.people.len()) };
    let visible = seen.visible.expect("seen");
    assert!(seen.visible_share > Score::from_unit(0.5), "{:?}", seen.visible_share);
    assert!(visible.left >= seen.full.left - 16 && visible.right <= seen.full.right + 16);
    assert!(visible.top >= seen.full.top - 16 && visible.bottom <= seen.full.bottom + 16);
    assert_eq!(seen.joints[0].sight, Sight::Seen, "the nose of one who faces the camera");
    let model = CameraModel::pinhole(world.cameras[camera].pinhole).expect("a camera");
    let joints = crate::body::pose(
        &crate::body::Figure::of(&somebody(0, [0.0; 2], 0.0).person),
        &somebody(0, [1_000.0, 4_300.0], 0.0).pose,
    );
    for (joint, seen) in joints.coco.iter().zip(&seen.joints) {
        let [u, v] = model.project((*joint).into()).expect("before the camera");
        let off = (u - f64::from(seen.at.x) / 16.0).hypot(v - f64::from(seen.at.y) / 16.0);
        assert!(off < 0.2, "a joint is {off} px off");
    }
    // One who looks away hides the nose; one who stands before them hides most.
    let away = shoot(vec![somebody(0, [1_000.0, 4_300.0], std::f64::consts::PI)]);
    assert_eq!(away.people[0].joints[0].sight, Sight::Hidden);
    let behind = shoot(vec![somebody(0, [900.0, 4_300.0], 0.0), somebody(1, [1_300.0, 4_300.0], 0.0)]);
    assert!(behind.people[0].visible_share < behind.people[1].visible_share);
    assert!(behind.people[0].visible_share < Score::from_unit(0.6), "{:?}", behind.people[0].visible_share);
    // Nobody there, nobody seen; and somebody behind the camera is not in the picture.
    assert!(shoot(Vec::new()).people.is_empty());
    let gone = shoot(vec![somebody(0, [5_000.0, 4_300.0], 0.0)]);
    assert!(gone.people.iter().all(|p| p.visible.is_none() && p.joints.iter().all(|j| j.sight != Sight::Seen)));
    // Wherever somebody stands, also where only a part or nothing of them is in the picture.
    for (x, y) in
        (0..13).flat_map(|x| (0..13).map(move |y| (f64::from(x) * 600.0 - 600.0, f64::from(y) * 800.0 - 800.0)))
    {
        let truth = shoot(vec![somebody(0, [x, y], 1.0)]);
        for seen in &truth.people {
            let whole =
                seen.visible.is_none_or(|v| v.left >= 0 && v.top >= 0 && v.right <= 320 * 16 && v.bottom <= 240 * 16);
            assert!(whole && seen.visible.is_some() == (seen.visible_share > Score::from_unit(0.0)), "{seen:?}");
        }
    }
    // Afterwards the picture is as empty as before.
    assert_eq!(shoot(vec![somebody(0, [1_000.0, 4_300.0], 0.0)]).people, alone.people);
}

/// A second in which somebody takes the foremost package of a slot that all shelf cameras of its side see.
fn second(world: &World) -> Vec<Arc<Moment>> {
    let goods = Goods::open(world, Seed(3));
    let slot = (0..world.slots.len())
        .min_by_key(|&s| (world.slot_front(s) - Mm3::new(420.0, 4_300.0, 1_100.0)).norm() as i64)
        .expect("slots");
    let package = goods.columns(slot).iter().rev().find_map(|c| c.last().copied()).expect("a package");
    let column = goods.columns(slot).len() - 1;
    let article = goods.get(package).expect("a package").article;
    (0..50)
        .map(|step| {
            let front = world.slot_front(slot);
            let mut present = somebody(0, [front.x + 480.0, front.y], std::f64::consts::PI);
            let k = (f64::from(step) / 50.0 * std::f64::consts::PI).sin();
            let rest = front + Mm3::new(300.0, 0.0, 0.0);
            present.pose.hands[1] = Hand::At(rest * (1.0 - k) + (front + Mm3::z() * 90.0) * k);
            let mut moment = moment(i64::from(step), Vec::new());
            if step == 25 {
                let what = What::Take { slot, column, package, hand: 1 };
                moment.happened.push(Happening { at: moment.at, person: 0, what });
            }
            if step >= 25 {
                present.holds[1].push((article, package));
            }
            moment.present.push(present);
            Arc::new(moment)
        })
        .collect()
}

#[test]
fn the_number_of_threads_does_not_show() {
    let world = Arc::new(shop());
    let folder = tempfile::tempdir().expect("a folder");
    let with_video = std::process::Command::new("ffmpeg").arg("-version").output().is_ok();
    if !with_video {
        use std::io::Write as _;
        writeln!(std::io::stderr(), "skipped: no ffmpeg, so only truths are compared").expect("stderr");
    }
    let made = |threads: usize| {
        let file = |camera: usize| with_video.then(|| folder.path().join(format!("{threads}-{camera}.mp4")));
        let filming = Filming {
            cameras: [0, 4, 6].map(|camera| (camera, file(camera))).to_vec(),
            lost: BTreeMap::new(),
            encoding: Encoding::default(),
            sensor: Sensor::default(),
            threads,
            seed: Seed(3),
        };
        let mut truths = Vec::new();
        film(&world, &filming, second(&world), |truth| truths.push(truth)).expect("a film");
        let files: Vec<Vec<u8>> = [0, 4, 6]
            .iter()
            .filter_map(|&camera| file(camera))
            .map(|path| std::fs::read(path).expect("a file"))
            .collect();
        (truths, files)
    };
    let one = made(1);
    assert_eq!(one.0.len(), 30, "three cameras, ten pictures each");
    assert!(one.0.iter().map(|t| (t.sequence, t.camera)).is_sorted());
    assert!(one.1.iter().all(|bytes| bytes.len() > 2_000));
    for threads in [2, 3, 8] {
        assert!(made(threads) == one, "{threads} threads made something else");
    }
}

#[test]
fn what_cannot_be_encoded_is_said() {
    let world = Arc::new(shop());
    let folder = tempfile::tempdir().expect("a folder");
    let filming = |program: &str, path: std::path::PathBuf, fps| Filming {
        cameras: vec![(0, Some(path))],
        lost: BTreeMap::new(),
        encoding: Encoding { program: program.into(), fps, ..Encoding::default() },
        sensor: Sensor::default(),
        threads: 1,
        seed: Seed(3),
    };
    let run = |filming: Filming| film(&world, &filming, second(&world), |_| ()).expect_err("an error").to_string();
    let missing = run(filming("no-such-program", folder.path().join("a.mp4"), 10));
    assert!(missing.contains("`no-such-program` was not found") && missing.contains("apt install ffmpeg"), "{missing}");
    let rate = run(filming("ffmpeg", folder.path().join("a.mp4"), 7));
    assert!(rate.contains("7 pictures a second"), "{rate}");
    if std::process::Command::new("ffmpeg").arg("-version").output().is_ok() {
        let nowhere = run(filming("ffmpeg", folder.path().join("no/such/folder.mp4"), 10));
        assert!(nowhere.contains("ffmpeg could not write") && nowhere.contains("No such file"), "{nowhere}");
        if std::path::Path::new("/dev/full").exists() {
            let path = folder.path().join("full.h264");
            std::os::unix::fs::symlink("/dev/full", &path).expect("a link");
            let full = run(filming("ffmpeg", path, 10));
            assert!(full.contains("No space left"), "{full}");
        }
    }
}

#[test]
fn a_camera_that_is_none_is_refused() {
    let mut world = shop();
    world.cameras[0].pinhole.focal_px[0] = 0.0;
    assert!(Eye::new(&world.cameras[0]).is_err());
    assert!(Stage::new(Scene::new(Arc::new(world)), &[0], Sensor::default(), Seed(1)).is_err());
}
