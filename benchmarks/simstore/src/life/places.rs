//! Places to stand: before slots, and where few cameras see one.

use crate::world::{Mm2, Mm3, View, World};
use std::f64::consts::FRAC_PI_2;

/// Where one stands so far before a slot and `aside` to its left (as one faces it), and which way one faces.
pub fn before(world: &World, slot: usize, aside: f64, distance: f64) -> (Mm2, f64) {
    let s = &world.slots[slot];
    let gondola = &world.gondolas[s.gondola];
    let x = ((s.from_mm + s.to_mm) / 2.0 - aside).clamp(120.0, (gondola.size.x - 120.0).max(120.0));
    let at = gondola.frame.to_store(Mm3::new(x, -distance, 0.0));
    (at.xy(), gondola.frame.turn + FRAC_PI_2)
}

/// How many cameras (those that look straight down apart) see somebody's chest at a place.
pub fn cameras_that_see(world: &World, at: Mm2) -> usize {
    let chest = Mm3::new(at.x, at.y, 1_250.0);
    let sees = |eye: Mm3| {
        (1..40).all(|i| {
            let p = eye + (chest - eye) * (f64::from(i) / 40.0);
            !world.gondolas.iter().map(|g| (g.frame, g.size)).chain(world.blocks.iter().map(|b| (b.frame, b.size))).any(
                |(frame, size)| {
                    let q = frame.to_local(p);
                    (0..3).all(|axis| (0.0..size[axis]).contains(&q[axis]))
                },
            )
        })
    };
    let eye = |camera: &crate::world::Camera| {
        let rotation = nalgebra::Rotation3::new(nalgebra::Vector3::from(camera.pinhole.rotation));
        -(rotation.inverse() * nalgebra::Vector3::from(camera.pinhole.translation_mm))
    };
    world.cameras.iter().filter(|camera| camera.view != View::Overhead && sees(eye(camera))).count()
}
