//! Packages: cartons, bottles, tins and bags, with a label towards their front (-y of their frame).

use super::mesh::{Coat, Mesh, Paint, Sheet, Vertex};
use crate::world::{Article, Frame, Mm3, Shape};

/// Corners of a round package.
const ROUND: u32 = 12;

/// Adds a package that stands at the origin of `frame`, its label painted with `paint`.
pub(super) fn add(mesh: &mut Mesh, frame: &Frame, article: &Article, paint: Paint) {
    let (ground, accent) = (Coat::plain(article.look.ground), Coat::plain(article.look.accent));
    let label = Coat { colour: [1.0; 3], paint };
    match article.shape {
        Shape::Carton([w, d, h]) => {
            let corners = [Mm3::new(-w / 2.0, -d / 2.0, 0.0), Mm3::new(w / 2.0, d / 2.0, h)];
            let side = Some(ground.times(0.92));
            mesh.block(frame, corners, [Some(label), Some(label), side, side, Some(ground), None], 1e4);
        }
        Shape::Bottle([diameter, h]) => {
            let r = diameter / 2.0;
            let body = [
                [0.94 * r, 0.0],
                [r, 0.03 * h],
                [r, 0.60 * h],
                [0.85 * r, 0.70 * h],
                [0.36 * r, 0.84 * h],
                [0.33 * r, 0.90 * h],
            ];
            mesh.turned(frame, &body, ROUND, label, 2.0);
            mesh.turned(frame, &[[0.40 * r, 0.90 * h], [0.40 * r, h]], 8, accent, 1.0);
        }
        Shape::Can([diameter, h]) => {
            let r = diameter / 2.0;
            let tin = Coat::plain([176, 176, 174]);
            mesh.turned(frame, &[[0.95 * r, 0.0], [0.95 * r, 0.03 * h]], ROUND, tin, 1.0);
            mesh.turned(frame, &[[r, 0.03 * h], [r, 0.96 * h]], ROUND, label, 2.0);
            mesh.turned(frame, &[[0.96 * r, 0.96 * h], [0.93 * r, h]], ROUND, tin, 1.0);
        }
        Shape::Bag([w, d, h]) => bag(mesh, frame, [w, d, h], label, ground),
    }
}

/// A soft bag: front and back lean towards each other and meet in a seam.
fn bag(mesh: &mut Mesh, frame: &Frame, [w, d, h]: [f64; 3], label: Coat, ground: Coat) {
    let origin = frame.to_store(Mm3::zeros());
    let turned = |v: Mm3| frame.to_store(v) - origin;
    let seam = 0.10 * d;
    for face in [-1.0, 1.0] {
        let corner = Mm3::new(face * w / 2.0, face * seam, h);
        let sheet = Sheet {
            corner: frame.to_store(corner),
            right: turned(Mm3::new(-face * w, 0.0, 0.0)),
            down: turned(Mm3::new(0.0, face * (d / 2.0 - seam), -h)),
        };
        mesh.sheet(sheet, label, [[0.0, 0.0], [1.0, 1.0]], 1e4);
        // The side: from the seam down to the wide foot.
        let x = face * w / 2.0;
        let corners = [[x, -d / 2.0, 0.0], [x, d / 2.0, 0.0], [x, seam, h], [x, -seam, h]];
        let first = mesh.vertices.len() as u32;
        let normal = turned(Mm3::new(face, 0.0, 0.0));
        for corner in corners {
            let at = frame.to_store(Mm3::from(corner));
            mesh.vertices.push(Vertex {
                at: [at.x as f32, at.y as f32, at.z as f32],
                normal: [normal.x as f32, normal.y as f32, normal.z as f32],
                linear: ground.times(0.9).colour,
                uv: [0.0; 2],
            });
        }
        let quads = if face > 0.0 { [[0, 1, 2], [0, 2, 3]] } else { [[0, 2, 1], [0, 3, 2]] };
        mesh.triangles.extend(quads.map(|t| (t.map(|i| i + first), None)));
    }
}
