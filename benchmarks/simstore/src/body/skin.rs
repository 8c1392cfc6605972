//! The surface of a body: corners that hang on bones, and what a stance makes of them.

use super::loft::Tailor;
use super::pose::Stance;
use super::skeleton::{BONES, Figure};
use super::{head, limbs, torso};

/// A corner of a surface at rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// Where, in the body's frame, mm.
    pub at: [f32; 3],
    /// Colour, linear.
    pub linear: [f32; 3],
    /// Bones it hangs on, and their shares, which add up to 1.
    pub bones: [(u8, f32); 3],
}

/// The surface of a body at rest: closed, outside out, some four thousand triangles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skin {
    /// Corners.
    pub corners: Vec<Corner>,
    /// Triangles: indices of corners, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

impl Skin {
    /// The surface of `figure`.
    pub fn of(figure: &Figure) -> Self {
        let mut tailor = Tailor { figure, skin: Self::default() };
        torso::add(&mut tailor);
        head::add(&mut tailor);
        limbs::add(&mut tailor);
        tailor.skin
    }

    /// Where the corners are in a stance (mm in the store's frame) and which way the surface looks there (unit vectors); both
    /// lists are overwritten.
    pub fn posed(&self, stance: &Stance, at: &mut Vec<[f32; 3]>, normals: &mut Vec<[f32; 3]>) {
        let bones: [[[f32; 4]; 3]; BONES] = std::array::from_fn(|b| {
            [0, 1, 2]
                .map(|i| [0, 1, 2, 3].map(|j| if j < 3 { stance.turn[b][(i, j)] } else { stance.shift[b][i] } as f32))
        });
        at.clear();
        at.extend(self.corners.iter().map(|corner| {
            let [x, y, z] = corner.at;
            let mut sum = [0.0f32; 3];
            for (bone, share) in corner.bones {
                let m = &bones[usize::from(bone)];
                for i in 0..3 {
                    sum[i] += share * (m[i][0] * x + m[i][1] * y + m[i][2] * z + m[i][3]);
                }
            }
            sum
        }));
        normals.clear();
        normals.resize(at.len(), [0.0; 3]);
        for triangle in &self.triangles {
            let [a, b, c] = triangle.map(|i| at[i as usize]);
            let u = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
            let v = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
            let n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
            for i in triangle {
                let sum = &mut normals[*i as usize];
                (0..3).for_each(|k| sum[k] += n[k]);
            }
        }
        for n in normals.iter_mut() {
            let length = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt().max(1e-6);
            *n = n.map(|c| c / length);
        }
    }
}
