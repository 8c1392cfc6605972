//! Joints against what a body does: stands on the floor, keeps its lengths, reaches where it is told, does not slide.

use super::*;
use crate::body::Skin;
use crate::life::{Person, Role};
use crate::world::Mm2;

fn person(figure: u64, height_mm: f64) -> Person {
    Person { number: 0, role: Role::Member(1), visit: 0, height_mm, build: 1.0, figure, bag: true, handed: 1 }
}

fn standing(at: [f64; 2], heading: f64) -> Pose {
    Pose {
        at: Mm2::new(at[0], at[1]),
        heading,
        speed: 0.0,
        phase: 0.0,
        stride: 0.0,
        lean: 0.0,
        crouch: 0.0,
        head_yaw: 0.0,
        head_pitch: 0.0,
        hands: [Hand::Free, Hand::Free],
    }
}

#[test]
fn one_who_stands_is_as_tall_as_they_are_and_faces_their_heading() {
    for (figure, height) in [(1, 1_580.0), (2, 1_750.0), (3, 1_930.0)] {
        let figure = Figure::of(&person(figure, height));
        let joints = pose(&figure, &standing([3_000.0, 2_000.0], 0.5));
        assert!((joints.head_top.z - height).abs() < 15.0, "{} of {height}", joints.head_top.z);
        let ahead = Mm3::new(0.5f64.cos(), 0.5f64.sin(), 0.0);
        let left = Mm3::new(-ahead.y, ahead.x, 0.0);
        let from_pelvis = |place: Mm3| place - joints.pelvis;
        assert!(from_pelvis(joints.coco[0]).dot(&ahead) > 60.0, "the nose is in front");
        assert!(joints.coco.iter().all(|p| (p.xy() - Mm2::new(3_000.0, 2_000.0)).norm() < 450.0));
        for pair in (1..17).step_by(2) {
            let across = (joints.coco[pair] - joints.coco[pair + 1]).dot(&left);
            assert!(across > 30.0, "{} is left of its twin", crate::body::JOINTS[pair]);
        }
    }
}

#[test]
fn a_hand_reaches_what_is_near_and_points_at_what_is_far() {
    let figure = Figure::of(&person(5, 1_750.0));
    for (forwards, up) in [(350.0, 1_050.0), (420.0, 1_300.0), (350.0, 1_650.0), (250.0, 1_150.0)] {
        for side in [0, 1] {
            let mut p = standing([1_000.0, 1_000.0], 0.0);
            let target = Mm3::new(1_000.0 + forwards, 1_000.0, up);
            p.hands[side] = Hand::At(target);
            let off = (pose(&figure, &p).wrist(side) - target).norm();
            assert!(off < 1.0, "the wrist is {off} mm off");
        }
    }
    let mut p = standing([0.0, 0.0], 0.0);
    let target = Mm3::new(2_000.0, -200.0, 1_400.0);
    p.hands[1] = Hand::At(target);
    let joints = pose(&figure, &p);
    let (shoulder, wrist) = (joints.coco[6], joints.wrist(1));
    assert!((wrist - shoulder).normalize().dot(&(target - shoulder).normalize()) > 0.999);
    // A target in the shoulder itself, and no number is lost.
    p.hands[1] = Hand::At(joints.coco[6]);
    assert!(pose(&figure, &p).coco.iter().all(|j| j.iter().all(|c| c.is_finite())));
}

#[test]
fn feet_stay_on_the_floor_and_bones_keep_their_length_whatever_one_does() {
    let figure = Figure::of(&person(9, 1_680.0));
    let still = pose(&figure, &standing([0.0, 0.0], 0.0));
    let length = |j: &Joints, a: usize, b: usize| (j.coco[a] - j.coco[b]).norm();
    for step in 0..200u32 {
        let t = f64::from(step);
        let mut p = standing([t * 20.0, -t * 10.0], t * 0.1);
        (p.phase, p.stride, p.lean, p.crouch) =
            (t * 0.3, (t * 0.07).sin().abs(), (t * 0.05).sin().abs(), (t * 0.03).cos().abs());
        p.hands[step as usize % 2] = Hand::At(Mm3::new(p.at.x + 300.0, p.at.y, 10.0 * t));
        let joints = pose(&figure, &p);
        for (a, b) in [(5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16)] {
            let off = length(&joints, a, b) - length(&still, a, b);
            assert!(off.abs() < 1e-6, "bone {a}-{b} is {off} mm longer");
        }
        let low = joints.ankle(0).z.min(joints.ankle(1).z);
        assert!((20.0..170.0).contains(&low), "the lower ankle at {low} mm");
    }
}

#[test]
fn the_standing_foot_slides_little_while_one_walks() {
    let figure = Figure::of(&person(2, 1_750.0));
    let (mut slid, mut walked) = (0.0, 0.0);
    let mut last = None::<Joints>;
    for step in 0..240 {
        let turns = f64::from(step) / 60.0;
        let mut p = standing([turns * figure.turn_mm(), 0.0], 0.0);
        (p.phase, p.stride) = (turns * std::f64::consts::TAU, 1.0);
        let joints = pose(&figure, &p);
        // The left foot stands from a quarter of a turn to three quarters.
        let left = (0.25..0.75).contains(&turns.fract());
        let standing = usize::from(!left);
        if let Some(last) = last {
            slid += (joints.toes[standing].x - last.toes[standing].x).abs();
            walked += figure.turn_mm() / 60.0;
            assert!(joints.toes[standing].z < 90.0, "toes at {} mm", joints.toes[standing].z);
        }
        last = Some(joints);
    }
    assert!(slid / walked < 0.25, "{:.2} mm of sliding for each mm walked", slid / walked);
}

#[test]
fn the_skin_is_where_the_joints_are_and_the_same_number_wears_the_same() {
    let figure = Figure::of(&person(11, 1_800.0));
    let skin = Skin::of(&figure);
    let mut p = standing([2_000.0, 1_000.0], 2.0);
    p.hands[0] = Hand::At(Mm3::new(1_700.0, 1_300.0, 1_300.0));
    let stance = stance(&figure, &p);
    let (mut at, mut normals) = (Vec::new(), Vec::new());
    skin.posed(&stance, &mut at, &mut normals);
    let joints = pose(&figure, &p);
    for (joint, place) in joints.coco.iter().enumerate() {
        let near = at
            .iter()
            .map(|c| (Mm3::new(c[0].into(), c[1].into(), c[2].into()) - place).norm())
            .fold(f64::MAX, f64::min);
        assert!(near < 110.0, "{} is {near} mm from the skin", crate::body::JOINTS[joint]);
    }
    let top = at.iter().map(|c| c[2]).fold(f32::MIN, f32::max);
    let low = at.iter().map(|c| c[2]).fold(f32::MAX, f32::min);
    assert!((f64::from(top) - 1_800.0).abs() < 40.0 && low.abs() < 12.0, "from {low} to {top}");
    let drawn: std::collections::BTreeSet<u32> = skin.triangles.iter().flatten().copied().collect();
    assert!(
        drawn.iter().map(|&i| normals[i as usize]).all(|n| (n.iter().map(|c| c * c).sum::<f32>() - 1.0).abs() < 1e-3)
    );
    assert_eq!(skin, Skin::of(&Figure::of(&person(11, 1_800.0))));
    assert_ne!(figure.clothes, Figure::of(&person(12, 1_800.0)).clothes);
    assert!((3_000..8_000).contains(&skin.triangles.len()), "{} triangles", skin.triangles.len());
}
