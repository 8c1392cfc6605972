//! The observation level: geometry of boxes, statistics of noise, and that parameters come back from what they made.

use super::depth::Lens;
use super::{Body, DetectionFiles, Front, Noise, Observer, View, solids};
use crate::body::Figure;
use crate::life::{Moment, Person, Pose, Present, Role};
use crate::score::cameras::{Found, Frame, Frames, Shown};
use crate::score::fit::fit;
use crate::seed::Seed;
use crate::truth::{PersonSeen, Visibility};
use crate::world::build::Aim;
use crate::world::{Block, Camera, Frame as Place, Mm2, Mm3, View as Purpose, World, corner};
use schemas::{EventTime, Sighting};
use std::collections::BTreeMap;
use std::sync::Arc;

fn person(number: u32) -> Arc<Person> {
    let role = Role::Member(u64::from(number));
    let figure = 40 + u64::from(number);
    Arc::new(Person { number, role, visit: number, height_mm: 1_750.0, build: 1.0, figure, bag: false, handed: 1 })
}

fn body(number: u32, x: f64, y: f64, heading: f64) -> Body {
    let person = person(number);
    Body::of(&person, &Figure::of(&person), &Pose::standing(Mm2::new(x, y), heading))
}

/// A camera 1 m above the floor that looks along y, without distortion.
fn level() -> Camera {
    Aim::over([0.0, 0.0, 1_000.0], [0.0, 5_000.0], 0.0, 70.0, 0.0).camera("level", Purpose::Corner, [640, 480])
}

fn seen(solids: &[solids::Solid], bodies: &[Body]) -> Vec<PersonSeen> {
    View::new(&level(), solids).expect("a camera").see(bodies, &mut Front::default())
}

#[test]
fn a_box_is_as_high_as_the_person() {
    let lens = Lens::new(&level()).expect("a camera");
    let one = &seen(&[], &[body(0, 0.0, 4_000.0, -1.57)])[0];
    let [left, top, right, bottom] = one.visible_px.expect("in view");
    let at = |z: f64| lens.project(Mm3::new(0.0, 4_000.0, z)).expect("in front").at;
    // Facing the camera, the toes are nearer to it.
    let toes = lens.project(Mm3::new(0.0, 3_780.0, 0.0)).expect("in front").at;
    // Head to soles, and about half a metre wide.
    let mm = lens.focal[0] / 4_000.0;
    assert!((top - at(1_750.0)[1]).abs() < 30.0 * mm, "top {top}, head {}", at(1_750.0)[1]);
    assert!((bottom - toes[1]).abs() < 25.0 * mm, "bottom {bottom}, toes {}", toes[1]);
    assert!((400.0..700.0).contains(&((right - left) / mm)), "{} mm wide", (right - left) / mm);
    assert!((0.5 * (left + right) - at(0.0)[0]).abs() < 20.0 * mm);
    assert_eq!(one.share, 1.0);
    assert_eq!(one.full_px, one.visible_px.expect("in view"));
    assert!(one.joints.iter().filter(|j| j.visibility == Visibility::Visible).count() >= 13);
}

#[test]
fn what_stands_before_them_hides_their_legs() {
    let counter = solids::Solid {
        frame: Place { at: Mm3::new(-2_000.0, 3_000.0, 0.0), turn: 0.0 },
        size: Mm3::new(4_000.0, 100.0, 1_000.0),
    };
    let one = &seen(&[counter], &[body(0, 0.0, 4_000.0, -1.57)])[0];
    let visible = one.visible_px.expect("in view");
    // The camera is as high as the counter: what is above 1,000 mm is to be seen.
    assert!((visible[3] - 240.0).abs() < 8.0, "{visible:?}");
    assert!((visible[1] - one.full_px[1]).abs() < 1e-6);
    assert!((0.3..0.6).contains(&one.share), "{}", one.share);
    assert_eq!(one.joints[15].visibility, Visibility::Hidden);
    assert_eq!(one.joints[0].visibility, Visibility::Visible);
    let wall = solids::Solid {
        frame: Place { at: Mm3::new(-2_000.0, 3_000.0, 0.0), turn: 0.0 },
        size: Mm3::new(4_000.0, 100.0, 3_000.0),
    };
    let one = &seen(&[wall], &[body(0, 0.0, 4_000.0, -1.57)])[0];
    assert_eq!((one.visible_px, one.share), (None, 0.0));
}

#[test]
fn the_nearer_hides_the_farther_and_not_the_other_way_round() {
    let all = seen(&[], &[body(0, 0.0, 6_000.0, -1.57), body(1, 0.0, 3_000.0, -1.57), body(2, 1_500.0, 4_000.0, 0.0)]);
    assert!(all[0].share < 0.3, "{}", all[0].share);
    assert_eq!((all[1].share, all[2].share), (1.0, 1.0));
}

#[test]
fn the_edge_of_the_picture_cuts() {
    let one = &seen(&[], &[body(0, 2_750.0, 4_000.0, -1.57)])[0];
    let visible = one.visible_px.expect("in view");
    assert!(visible[2] <= 640.0 && one.full_px[2] > 640.0);
    assert!((0.3..0.8).contains(&one.share), "{}", one.share);
    assert!(seen(&[], &[body(0, 0.0, -3_000.0, 0.0)]).is_empty(), "behind the camera");
    assert!(seen(&[], &[body(0, 9_000.0, 4_000.0, 0.0)]).is_empty(), "beside the picture");
}

/// People who walk to and fro.
pub(crate) fn crowd(world: &World, people: u32, step: i64) -> Moment {
    let far = Mm2::new(f64::INFINITY, f64::INFINITY);
    let (low, high) = world.outline.iter().fold((far, -far), |(low, high), c| (low.inf(c), high.sup(c)));
    let at = EventTime(1_700_000_000_000_000 + step * 100_000);
    let present = (0..people).map(|n| {
        let (a, b) = (f64::from(n) * 2.399, step as f64 * 0.07);
        let part = [(b * (0.4 + 0.05 * f64::from(n % 7)) + a).sin(), (0.9 * b + 3.0 * a).sin()];
        let place = Mm2::new(
            0.5 * (low.x + high.x) + 0.42 * part[0] * (high.x - low.x),
            0.5 * (low.y + high.y) + 0.42 * part[1] * (high.y - low.y),
        );
        let pose = Pose { phase: b * 9.0 + a, stride: 1.0, speed: 900.0, ..Pose::standing(place, a + b) };
        Present { person: person(n), pose, holds: [Vec::new(), Vec::new()] }
    });
    Moment { at, present: present.collect(), happened: Vec::new() }
}

/// What was shown and found in so many pictures of a shop's cameras.
fn watch(world: &World, noise: &Noise, frames: i64) -> BTreeMap<String, Frames> {
    let mut observer = Observer::new(world, noise, Seed(3)).expect("cameras");
    let mut cameras: BTreeMap<String, Frames> = BTreeMap::new();
    for step in 0..frames {
        observer.frame(&crowd(world, 5, step), |truth, found| {
            let frames = cameras.entry(truth.camera.to_string()).or_default();
            frames.size_px = truth.size_px.map(|n| n as i32);
            let shown = truth.people.iter().filter_map(shown).collect();
            frames.frames.push(Frame { at: truth.at.0, shown, found: found.iter().map(given).collect() });
        });
    }
    cameras
}

fn shown(seen: &PersonSeen) -> Option<Shown> {
    let joint = |i: usize| {
        let joint = seen.joints[i];
        (joint.at_px.map(|n| n as f32), joint.visibility == Visibility::Visible)
    };
    let (a, b) = (joint(15), joint(16));
    let feet = ([0, 1].map(|i| 0.5 * (a.0[i] + b.0[i])), a.1 && b.1);
    let edges = seen.visible_px?.map(|n| n as f32);
    Some(Shown { person: seen.person, edges, share: seen.share as f32, joints: [joint(9), joint(10), feet] })
}

fn given(sighting: &Sighting) -> Found {
    let detection = &sighting.detection;
    let px = |n: i32| n as f32 / 16.0;
    let b = detection.bbox;
    let wrist = |i: usize| detection.wrists[i].map(|w| [px(w.at.x), px(w.at.y)]);
    Found {
        edges: [px(b.left), px(b.top), px(b.right), px(b.bottom)],
        score: detection.score.unit(),
        tracklet: None,
        joints: [wrist(0), wrist(1), detection.feet.map(|p| [px(p.x), px(p.y)])],
        wrist_scores: [0, 1].map(|i| detection.wrists[i].map_or(0.0, |w| w.score.unit())),
    }
}

#[test]
fn without_noise_everybody_is_found_where_they_are() {
    let cameras = watch(&corner::world(), &Noise::preset("ideal").expect("a preset"), 60);
    let mut people = 0;
    for frame in cameras.values().flat_map(|c| &c.frames) {
        for shown in frame.shown.iter().filter(|s| s.share > 0.15 && s.edges[3] - s.edges[1] >= 9.0) {
            people += 1;
            let near = |f: &Found| (0..4).all(|i| (f.edges[i] - shown.edges[i]).abs() <= 1.0 / 16.0);
            assert!(frame.found.iter().any(near), "{shown:?}");
        }
        assert!(frame.found.len() <= frame.shown.len());
    }
    assert!(people > 300, "{people}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let world = corner::world();
    let noise = Noise::preset("rough").expect("a preset");
    let files = [0, 1].map(|_| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = DetectionFiles::create(folder.path(), &world).expect("created");
        let mut observer = Observer::new(&world, &noise, Seed(9)).expect("cameras");
        for step in 0..40 {
            observer.frame(&crowd(&world, 6, step), |_, found| files.push(found).expect("written"));
        }
        assert!(files.close().expect("closed") > 100);
        let bytes = |c: &Camera| std::fs::read(folder.path().join(format!("{}.parquet", c.name))).expect("a file");
        world.cameras.iter().map(bytes).collect::<Vec<_>>()
    });
    assert!(files[0] == files[1]);
}

/// Noise made with known parameters gives them back: the statistics of the noise, and the fit, at once.
#[test]
fn parameters_come_back() {
    let mut wanted = Noise::preset("yolox-nano").expect("a preset");
    wanted.finding.most = 0.9;
    wanted.edges.sd_hidden = 0.0;
    wanted.edges.sd = [0.04, 0.02, 0.05, 0.03];
    wanted.finding.merged = 0.0;
    wanted.extra.false_per_frame = 0.3;
    let cameras = watch(&corner::world(), &wanted, 2_500);
    let found = fit(&cameras);
    let noise = &found.noise;
    assert!(found.people > 20_000, "{}", found.people);
    let near = |name: &str, value: f64, wanted: f64, off: f64| {
        assert!((value - wanted).abs() <= off, "{name}: {value}, wanted {wanted}");
    };
    near("most", noise.finding.most, 0.9, 0.02);
    near("half_share", noise.finding.half_share, wanted.finding.half_share, 0.04);
    near("slope", noise.finding.slope, wanted.finding.slope, 4.0);
    near("persists", noise.finding.persists, wanted.finding.persists, 0.08);
    for i in 0..4 {
        near("bias", noise.edges.bias[i], wanted.edges.bias[i], 0.006);
        near("sd", noise.edges.sd[i], wanted.edges.sd[i], 0.006);
    }
    near("edges persist", noise.edges.persists, wanted.edges.persists, 0.08);
    near("score", noise.scores.at_full, wanted.scores.at_full, 0.1);
    near("score sd", noise.scores.sd, wanted.scores.sd, 0.1);
    near("false boxes", noise.extra.false_per_frame, 0.3, 0.08);
    near("wrists", noise.wrists.found, wanted.wrists.found, 0.02);
    near("wrist sd", noise.wrists.sd, wanted.wrists.sd, 0.006);
    near("swapped", noise.wrists.swapped, wanted.wrists.swapped, 0.015);
    near("feet sd", noise.feet.sd, wanted.feet.sd, 0.006);
    let text = noise.to_toml();
    assert_eq!(&Noise::from_toml(&text).expect("read back"), noise);
}

#[test]
fn people_before_others_are_merged_when_asked() {
    let mut noise = Noise::preset("ideal").expect("a preset");
    (noise.finding.merged, noise.finding.merged_iou_min) = (1.0, 0.2);
    let mut world = corner::world();
    world.cameras = vec![level()];
    world.outline.clear();
    world.gondolas.clear();
    world.blocks = Vec::<Block>::new();
    let mut observer = Observer::new(&world, &noise, Seed(1)).expect("cameras");
    let pair = |gap: f64| {
        let place = |n: u32, x: f64| {
            let pose = Pose::standing(Mm2::new(x, 4_000.0), -1.57);
            Present { person: person(n), pose, holds: [Vec::new(), Vec::new()] }
        };
        Moment { at: EventTime(0), present: vec![place(0, 0.0), place(1, gap)], happened: Vec::new() }
    };
    let mut boxes = |gap| {
        let mut number = 0;
        observer.frame(&pair(gap), |_, found| number = found.len());
        number
    };
    assert_eq!((boxes(250.0), boxes(1_500.0)), (1, 2));
}
