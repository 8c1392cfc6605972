//! What a picture truly shows, from the renderer's terms into those of the truth's tables.

use crate::life::Moment;
use crate::render;
use crate::truth::{FrameTruth, JointSeen, PersonSeen, Visibility};
use crate::world::World;
use schemas::Box2;
use schemas::geometry::to_pixels;
use std::collections::BTreeMap;

/// Whose visit somebody belongs to who may still be in a picture that is being drawn.
#[derive(Default)]
pub struct Shown {
    visits: BTreeMap<u32, u32>,
}

impl Shown {
    /// Takes a moment.
    pub fn meet(&mut self, moment: &Moment) {
        self.visits.extend(moment.present.iter().map(|present| (present.person.number, present.person.visit)));
    }

    /// Hands on what `seen` shows.
    pub fn with<T>(&self, world: &World, seen: &render::FrameTruth, take: impl FnOnce(&FrameTruth<'_>) -> T) -> T {
        let camera = &world.cameras[seen.camera];
        let people: Vec<PersonSeen> = seen.people.iter().map(|person| self.person(person)).collect();
        take(&FrameTruth {
            camera: &camera.name,
            frame: seen.sequence,
            at: seen.at,
            size_px: camera.size_px,
            people: &people,
        })
    }

    fn person(&self, seen: &render::SeenPerson) -> PersonSeen {
        let joint = |joint: &render::SeenJoint| {
            let at_px = [joint.at.x, joint.at.y].map(|steps| f64::from(to_pixels(steps)));
            let visibility = match joint.sight {
                render::Sight::Outside => Visibility::Outside,
                render::Sight::Hidden => Visibility::Hidden,
                render::Sight::Seen => Visibility::Visible,
            };
            JointSeen { at_px, visibility }
        };
        PersonSeen {
            person: seen.person,
            visit: self.visits.get(&seen.person).copied().unwrap_or_default(),
            full_px: edges(seen.full),
            visible_px: seen.visible.map(edges),
            share: f64::from(seen.visible_share.unit()),
            joints: std::array::from_fn(|i| joint(&seen.joints[i])),
        }
    }
}

/// Left, top, right, bottom in px.
fn edges(bbox: Box2) -> [f64; 4] {
    [bbox.left, bbox.top, bbox.right, bbox.bottom].map(|steps| f64::from(to_pixels(steps)))
}
