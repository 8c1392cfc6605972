//! The label of one picture: a line of JSON, described in `FRAMES.md`.

use super::draw::Posed;
use crate::body::JOINTS;
use crate::life::Present;
use crate::render::truth::{FrameTruth, LIMB_ENDS, SeenJoint, SeenPerson, Sight};
use crate::world::{Camera, View};
use schemas::Box2;
use serde_json::{Map, Value, json};

fn pixels(steps: i32) -> f64 {
    f64::from(steps) / f64::from(schemas::geometry::STEPS_PER_PIXEL)
}

fn rect(b: Box2) -> [f64; 4] {
    [b.left, b.top, b.right, b.bottom].map(pixels)
}

/// As COCO counts: 0 not there, 1 hidden, 2 seen.
fn joint(joint: &SeenJoint) -> Value {
    let sight = match joint.sight {
        Sight::Outside => 0,
        Sight::Hidden => 1,
        Sight::Seen => 2,
    };
    json!([pixels(joint.at.x), pixels(joint.at.y), sight])
}

/// Word for a hand: 0 left, 1 right.
fn hand(side: usize) -> &'static str {
    if side == 0 { "left" } else { "right" }
}

fn person(seen: &SeenPerson, present: &Present, reaches: Option<usize>) -> Value {
    let joints = JOINTS.iter().zip(&seen.joints).chain(LIMB_ENDS.iter().zip(&seen.ends));
    let joints: Map<String, Value> = joints.map(|(name, at)| ((*name).to_string(), joint(at))).collect();
    let holds: Vec<&str> = (0..2).filter(|&side| !present.holds[side].is_empty()).map(hand).collect();
    let person = &present.person;
    json!({
        "person": person.number,
        "full": rect(seen.full),
        "visible": seen.visible.map(rect),
        "visible_share": f64::from(seen.visible_share.steps()) / 10_000.0,
        "joints": joints,
        "reaches": reaches.map(hand),
        "holds": holds,
        "at_mm": [present.pose.at.x.round(), present.pose.at.y.round()],
        "heading_deg": present.pose.heading.to_degrees().rem_euclid(360.0).round(),
        "height_mm": person.height_mm.round(),
        "bag": person.bag,
    })
}

/// The label of the picture called `name`; a shop is told by its name and seed.
pub(super) fn label(
    name: &str,
    (shop, seed): (&str, u64),
    camera: &Camera,
    posed: &Posed,
    truth: &FrameTruth,
) -> Value {
    let of = |seen: &SeenPerson| {
        let i = posed.moment.present.iter().position(|present| present.person.number == seen.person)?;
        Some(person(seen, &posed.moment.present[i], posed.reaches[i]))
    };
    let people: Vec<Value> = truth.people.iter().filter_map(of).collect();
    let lens = &camera.pinhole;
    json!({
        "image": name,
        "width": camera.size_px[0],
        "height": camera.size_px[1],
        "shop": shop,
        // As text: JSON's numbers do not hold 64 bits everywhere.
        "shop_seed": seed.to_string(),
        "camera": {
            "view": match camera.view {
                View::Corner => "corner",
                View::Shelf => "shelf",
                View::Overhead => "overhead",
            },
            "focal_px": lens.focal_px,
            "centre_px": lens.centre_px,
            "distortion": lens.distortion,
            "rotation": lens.rotation,
            "translation_mm": lens.translation_mm,
        },
        "people": people,
    })
}
