//! Lit triangles that stand still, and the shapes they are built of.

use crate::world::{Frame, Mm3};

/// A texture's number in the scene; none is plain.
pub(super) type Paint = Option<u16>;

/// A corner of a mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vertex {
    /// Where, store's frame, mm.
    pub at: [f32; 3],
    /// Which way its surface looks.
    pub normal: [f32; 3],
    /// Colour, linear; after [`super::light::Light::bake`] what light comes from it.
    pub linear: [f32; 3],
    /// Place in the texture.
    pub uv: [f32; 2],
}

/// Triangles with corners of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mesh {
    pub vertices: Vec<Vertex>,
    /// Corners and paint; counter-clockwise seen from outside.
    pub triangles: Vec<([u32; 3], Paint)>,
}

/// A colour: sRGB to linear.
pub(super) fn linear(srgb: [u8; 3]) -> [f32; 3] {
    srgb.map(|c| (f32::from(c) / 255.0).powf(2.2))
}

/// How a surface is coloured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coat {
    /// Linear; multiplies the texture.
    pub colour: [f32; 3],
    pub paint: Paint,
}

impl Coat {
    pub fn plain(srgb: [u8; 3]) -> Self {
        Self { colour: linear(srgb), paint: None }
    }

    pub fn textured(paint: u16) -> Self {
        Self { colour: [1.0; 3], paint: Some(paint) }
    }

    pub fn times(self, factor: f32) -> Self {
        Self { colour: self.colour.map(|c| c * factor), ..self }
    }
}

/// A flat parallelogram: a corner, its two edges seen from its front (`right` and `down`), both mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    pub corner: Mm3,
    pub right: Mm3,
    pub down: Mm3,
}

impl Mesh {
    /// Adds a sheet, whose texture begins at `uv[0]` and ends at `uv[1]`, cut into pieces of at most `piece_mm`.
    pub fn sheet(&mut self, sheet: Sheet, coat: Coat, uv: [[f32; 2]; 2], piece_mm: f64) {
        let normal = sheet.down.cross(&sheet.right).normalize();
        let normal = [normal.x as f32, normal.y as f32, normal.z as f32];
        let pieces = |edge: Mm3| (edge.norm() / piece_mm).ceil().max(1.0) as u32;
        let (across, along) = (pieces(sheet.right), pieces(sheet.down));
        let first = self.vertices.len() as u32;
        for j in 0..=along {
            for i in 0..=across {
                let (s, t) = (f64::from(i) / f64::from(across), f64::from(j) / f64::from(along));
                let at = sheet.corner + sheet.right * s + sheet.down * t;
                let place = |k: usize, t: f64| uv[0][k] + (uv[1][k] - uv[0][k]) * t as f32;
                self.vertices.push(Vertex {
                    at: [at.x as f32, at.y as f32, at.z as f32],
                    normal,
                    linear: coat.colour,
                    uv: [place(0, s), place(1, t)],
                });
            }
        }
        for j in 0..along {
            for i in 0..across {
                let a = first + j * (across + 1) + i;
                let (b, c, d) = (a + across + 1, a + across + 2, a + 1);
                self.triangles.extend([([a, b, c], coat.paint), ([a, c, d], coat.paint)]);
            }
        }
    }

    /// Adds a box from `low` to `high` in a frame: its front (towards -y), back, left, right, top and bottom have coats of
    /// their own, none is left out.
    pub fn block(&mut self, frame: &Frame, [low, high]: [Mm3; 2], coats: [Option<Coat>; 6], piece_mm: f64) {
        let size = high - low;
        let (x, y, z) = (Mm3::x() * size.x, Mm3::y() * size.y, Mm3::z() * size.z);
        // Each seen from outside: upper left corner, rightwards, downwards.
        let sheets = [
            (low + z, x, -z),
            (low + x + y + z, -x, -z),
            (low + y + z, -y, -z),
            (low + x + z, y, -z),
            (low + y + z, x, -y),
            (low, x, y),
        ];
        let origin = frame.to_store(Mm3::zeros());
        let turned = |v: Mm3| frame.to_store(v) - origin;
        for ((corner, right, down), coat) in sheets.into_iter().zip(coats) {
            let Some(coat) = coat else { continue };
            let sheet = Sheet { corner: frame.to_store(corner), right: turned(right), down: turned(down) };
            self.sheet(sheet, coat, [[0.0, 0.0], [1.0, 1.0]], piece_mm);
        }
    }

    /// Adds an upright body of revolution in a frame: pairs of radius and height from below, closed on top. The texture goes
    /// `times` around.
    pub fn turned(&mut self, frame: &Frame, outline: &[[f64; 2]], corners: u32, coat: Coat, times: f32) {
        let first = self.vertices.len() as u32;
        let (low, high) = (outline[0][1], outline[outline.len() - 1][1]);
        let origin = frame.to_store(Mm3::zeros());
        for (k, &[radius, z]) in outline.iter().enumerate() {
            let (before, after) = (outline[k.saturating_sub(1)], outline[(k + 1).min(outline.len() - 1)]);
            let (run, rise) = (after[0] - before[0], after[1] - before[1]);
            for i in 0..=corners {
                let part = f64::from(i) / f64::from(corners);
                let (s, c) = (std::f64::consts::TAU * part).sin_cos();
                let at = frame.to_store(Mm3::new(radius * s, -radius * c, z));
                let normal = (frame.to_store(Mm3::new(s * rise, -c * rise, -run)) - origin).normalize();
                self.vertices.push(Vertex {
                    at: [at.x as f32, at.y as f32, at.z as f32],
                    normal: [normal.x as f32, normal.y as f32, normal.z as f32],
                    linear: coat.colour,
                    uv: [0.5 + times * part as f32, ((high - z) / (high - low).max(1e-9)) as f32],
                });
            }
        }
        let ring = corners + 1;
        for k in 1..outline.len() as u32 {
            for i in 0..corners {
                let (a, b) = (first + (k - 1) * ring + i, first + k * ring + i);
                self.triangles.extend([([a, a + 1, b + 1], coat.paint), ([a, b + 1, b], coat.paint)]);
            }
        }
        let top = first + (outline.len() as u32 - 1) * ring;
        let middle = self.vertices.len() as u32;
        let at = frame.to_store(Mm3::new(0.0, 0.0, high));
        let cap = |at: [f32; 3], uv: [f32; 2]| Vertex { at, normal: [0.0, 0.0, 1.0], linear: coat.colour, uv };
        self.vertices.push(cap([at.x as f32, at.y as f32, at.z as f32], [0.5, 0.02]));
        for i in 0..ring {
            let edge = self.vertices[(top + i) as usize];
            self.vertices.push(cap(edge.at, [edge.uv[0], 0.02]));
        }
        for i in 0..corners {
            self.triangles.push(([middle, middle + 1 + i, middle + 2 + i], coat.paint));
        }
    }
}
