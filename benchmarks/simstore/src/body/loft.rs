//! Surfaces through rings: every part of a body is a tube, closed at both ends.

use super::skeleton::{BONES, CHEST, Figure, HEAD, LOINS, NECK, PELVIS, Side, WAIST};
use super::skin::{Corner, Skin};
use crate::world::Mm3;

/// An ellipse: its middle and its two half axes, in any unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    pub middle: Mm3,
    pub u: Mm3,
    pub v: Mm3,
}

impl Ring {
    /// A ring in the horizontal plane: height, half width, half depth and how far forwards.
    pub fn flat(y: f64, width: f64, depth: f64, z: f64) -> Self {
        Self::around([0.0, y, z], width, depth)
    }

    /// A ring in the horizontal plane around a point.
    pub fn around([x, y, z]: [f64; 3], width: f64, depth: f64) -> Self {
        Self { middle: Mm3::new(x, y, z), u: Mm3::new(width, 0.0, 0.0), v: Mm3::new(0.0, 0.0, -depth) }
    }
}

/// A part of a body at rest, metres of 1.75 m.
pub(super) struct Part {
    pub at: Vec<Mm3>,
    pub triangles: Vec<[u32; 3]>,
}

/// The tube through `rings` with so many corners around, closed at both ends, outside out.
pub(super) fn loft(rings: &[Ring], corners: usize) -> Part {
    let mut at = Vec::with_capacity(rings.len() * corners + 2);
    for ring in rings {
        for i in 0..corners {
            let (s, c) = (std::f64::consts::TAU * i as f64 / corners as f64).sin_cos();
            at.push(ring.middle + ring.u * c + ring.v * s);
        }
    }
    let number = |ring: usize, i: usize| (ring * corners + i % corners) as u32;
    let mut triangles = Vec::with_capacity(2 * rings.len() * corners);
    for ring in 1..rings.len() {
        for i in 0..corners {
            let (a, b, c, d) = (number(ring - 1, i), number(ring - 1, i + 1), number(ring, i + 1), number(ring, i));
            triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    let (low, high) = (at.len() as u32, at.len() as u32 + 1);
    at.extend([rings[0].middle, rings[rings.len() - 1].middle]);
    for i in 0..corners {
        triangles.push([low, number(0, i + 1), number(0, i)]);
        triangles.push([high, number(rings.len() - 1, i), number(rings.len() - 1, i + 1)]);
    }
    // Outside out: the volume enclosed is positive.
    let volume: f64 = (triangles.iter())
        .map(|t| {
            let [a, b, c] = t.map(|i| at[i as usize] - at[low as usize]);
            a.dot(&b.cross(&c))
        })
        .sum();
    if volume < 0.0 {
        triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    Part { at, triangles }
}

/// A tube along a way of points with radii, `flat` wide across the body for each unit of depth.
pub(super) fn limb(way: &[(Mm3, f64)], flat: f64) -> Vec<Ring> {
    let forwards = Mm3::new(0.0, 0.0, 1.0);
    (0..way.len())
        .map(|i| {
            let along = (way[(i + 1).min(way.len() - 1)].0 - way[i.saturating_sub(1)].0).normalize();
            let u = along.cross(&forwards).normalize();
            let v = along.cross(&u);
            Ring { middle: way[i].0, u: u * (way[i].1 * flat), v: v * way[i].1 }
        })
        .collect()
}

/// Collects parts into a skin.
pub(super) struct Tailor<'a> {
    pub figure: &'a Figure,
    pub skin: Skin,
}

impl Tailor<'_> {
    /// Adds a part that hangs on a chain of bones; each takes over from the one before around its beginning, `blend` metres
    /// wide. Colours are sRGB at rest places in metres.
    pub fn add(&mut self, part: &Part, bones: &[usize], blend: f64, colour: impl Fn([f64; 3]) -> [f64; 3]) {
        let first = self.skin.corners.len() as u32;
        for place in &part.at {
            let weights = self.weights(*place, bones, blend);
            let linear = colour([place.x, place.y, place.z]).map(|c| (c.clamp(0.0, 255.0) / 255.0).powf(2.2) as f32);
            let at = place * (1_000.0 * self.figure.scale);
            self.skin.corners.push(Corner { at: [at.x as f32, at.y as f32, at.z as f32], linear, bones: weights });
        }
        self.skin.triangles.extend(part.triangles.iter().map(|t| t.map(|i| i + first)));
    }

    /// The three strongest bones at a place and their shares.
    fn weights(&self, place: Mm3, bones: &[usize], blend: f64) -> [(u8, f32); 3] {
        let unit = 1_000.0 * self.figure.scale;
        let rest = |bone: usize| self.figure.rest[bone] / unit;
        let mut shares = [0.0f64; BONES];
        shares[bones[0]] = 1.0;
        for pair in bones.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let before = (rest(to) - rest(from)).normalize();
            let after = (self.tip(to) / unit - rest(to)).normalize();
            let along = (before + after).normalize();
            let t = ((place - rest(to)).dot(&along) / (2.0 * blend) + 0.5).clamp(0.0, 1.0);
            let t = t * t * (3.0 - 2.0 * t);
            shares.iter_mut().for_each(|share| *share *= 1.0 - t);
            shares[to] += t;
        }
        let mut order: Vec<usize> = (0..BONES).collect();
        order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
        let sum: f64 = order[..3].iter().map(|&bone| shares[bone]).sum();
        [0, 1, 2].map(|i| (order[i] as u8, (shares[order[i]] / sum) as f32))
    }

    /// Where a bone ends at rest, mm.
    fn tip(&self, bone: usize) -> Mm3 {
        let rest = &self.figure.rest;
        match bone {
            PELVIS => rest[LOINS],
            LOINS => rest[WAIST],
            WAIST => rest[CHEST],
            CHEST => rest[NECK],
            NECK => rest[HEAD],
            HEAD => self.figure.at([0.0, 1.75, 0.0]),
            _ => {
                let side = Side((bone - 6) / 7);
                match bone {
                    b if b == side.hand() => rest[b] * 2.0 - rest[side.forearm()],
                    b if b == side.foot() => self.figure.at([0.11 * side.sign(), 0.02, 0.12]),
                    b => rest[b + 1],
                }
            }
        }
    }
}
