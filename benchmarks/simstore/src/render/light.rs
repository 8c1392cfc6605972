//! Light: lamps and what the room gives back, without shadows; [`super::scene`] darkens corners where shelves are.

use super::mesh::Mesh;
use crate::world::World;

/// Light from everywhere, on a surface that looks up.
const AMBIENT: f32 = 0.38;

/// A lamp gives no light farther than this, mm, so that only near ones need be asked.
const REACH_MM: f32 = 9_000.0;

/// The lamps of a shop, or those near somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Light {
    /// Where, mm, and how bright.
    lamps: Vec<([f32; 3], f32)>,
}

impl Light {
    pub fn of(world: &World) -> Self {
        let lamp = |l: &crate::world::Lamp| ([l.at.x as f32, l.at.y as f32, l.at.z as f32], l.power as f32);
        Self { lamps: world.lamps.iter().map(lamp).collect() }
    }

    /// Only the lamps that reach a place or anything within a metre of it.
    pub fn near(&self, at: [f32; 3]) -> Self {
        let reaches = |lamp: &&([f32; 3], f32)| {
            let d = [0, 1, 2].map(|k| lamp.0[k] - at[k]);
            d.iter().map(|c| c * c).sum::<f32>() < (REACH_MM + 1_000.0).powi(2)
        };
        Self { lamps: self.lamps.iter().filter(reaches).copied().collect() }
    }

    /// How bright a white surface is at a place, linear.
    #[inline]
    pub fn on(&self, at: [f32; 3], normal: [f32; 3]) -> f32 {
        let mut sum = AMBIENT * (0.58 + 0.42 * normal[2]);
        for (lamp, power) in &self.lamps {
            let d = [lamp[0] - at[0], lamp[1] - at[1], lamp[2] - at[2]];
            let square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            let slant = (normal[0] * d[0] + normal[1] * d[1] + normal[2] * d[2]) / square.sqrt().max(1.0);
            // Light bends a little around edges, as that of large lamps does.
            let slant = ((slant + 0.15) / 1.15).max(0.0);
            let fades = (1.0 - square / (REACH_MM * REACH_MM)).max(0.0);
            sum += power * slant / (square * 1e-6 + 1.0) * fades * fades;
        }
        sum
    }

    /// Turns a mesh's colours into what light comes from them; `share` says how much light reaches a place.
    pub fn bake(&self, mesh: &mut Mesh, share: impl Fn([f32; 3], [f32; 3]) -> f32) {
        for vertex in &mut mesh.vertices {
            let light = self.on(vertex.at, vertex.normal) * share(vertex.at, vertex.normal);
            vertex.linear = vertex.linear.map(|c| (c * light).min(3.9));
        }
    }
}
