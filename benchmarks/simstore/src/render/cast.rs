//! The people of a moment: skins in their poses, what they hold, their shadows; lit once for all cameras.

use super::canvas::{Brush, Canvas, PEOPLE, Rect, Spot};
use super::eye::Eye;
use super::mesh::Mesh;
use super::package;
use super::scene::Scene;
use super::texture::Texture;
use crate::body::{Figure, Joints, Skin, pose, stance};
use crate::life::{Moment, Person, Present};
use crate::world::{Frame, Mm3};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rings of a shadow: distance from its middle in sigmas.
const RINGS: [f32; 5] = [0.6, 1.1, 1.6, 2.1, 2.7];
const SPOKES: usize = 14;

/// One of the people of a moment.
pub(super) struct Actor {
    pub person: u32,
    /// Owner of the samples of the body; the next number is that of what they hold.
    pub owner: u16,
    skin: Arc<Skin>,
    at: Vec<[f32; 3]>,
    light: Vec<[f32; 3]>,
    pub joints: Joints,
    holds: Mesh,
    /// Shadows: middle, sigma (mm) and depth.
    shadows: [([f32; 2], f32, f32); 3],
}

/// What an actor looks like to one camera.
#[derive(Default)]
pub(super) struct Shown {
    pub body: Vec<Spot>,
    pub held: Vec<Spot>,
    /// Where the body is, samples: left, top, right, bottom; nothing when it is nowhere before the camera.
    pub extent: Option<[f32; 4]>,
    /// Where anything of them changes the picture.
    pub touched: Rect,
}

/// Bodies by person, made when they come.
#[derive(Default)]
pub(super) struct Cast {
    bodies: BTreeMap<u32, (Figure, Arc<Skin>)>,
}

impl Cast {
    /// The people of a moment, in its order.
    pub fn act(&mut self, moment: &Moment, scene: &Scene) -> Vec<Actor> {
        self.bodies.retain(|number, _| moment.present.iter().any(|p| p.person.number == *number));
        (moment.present.iter().enumerate())
            .map(|(i, present)| {
                let (figure, skin) = self.body(&present.person);
                actor(present, PEOPLE + 2 * i as u16, &figure, skin, scene)
            })
            .collect()
    }

    fn body(&mut self, person: &Arc<Person>) -> (Figure, Arc<Skin>) {
        let make = || {
            let figure = Figure::of(person);
            let skin = Arc::new(Skin::of(&figure));
            (figure, skin)
        };
        self.bodies.entry(person.number).or_insert_with(make).clone()
    }
}

fn actor(present: &Present, owner: u16, figure: &Figure, skin: Arc<Skin>, scene: &Scene) -> Actor {
    let stance = stance(figure, &present.pose);
    let joints = pose(figure, &present.pose);
    let (mut at, mut normals) = (Vec::new(), Vec::new());
    skin.posed(&stance, &mut at, &mut normals);
    let near = scene.light.near([joints.pelvis.x as f32, joints.pelvis.y as f32, joints.pelvis.z as f32]);
    let light = (at.iter().zip(&normals).zip(&skin.corners))
        .map(|((&at, &normal), corner)| {
            let light = near.on(at, normal);
            corner.linear.map(|c| (c * light).min(3.9))
        })
        .collect();
    let mut holds = Mesh::default();
    let ahead = Mm3::new(present.pose.heading.cos(), present.pose.heading.sin(), 0.0);
    for (side, held) in present.holds.iter().enumerate() {
        // Several in one hand are before each other.
        let mut before = 0.0;
        for &(article, _) in held {
            let article_at = &scene.world.articles[article];
            let size = article_at.shape.extent();
            let at = joints.palms[side] + ahead * (before + 0.35 * size.y) - Mm3::z() * (0.45 * size.z);
            // The label looks at the one who holds it.
            let frame = Frame { at, turn: present.pose.heading - std::f64::consts::FRAC_PI_2 };
            package::add(&mut holds, &frame, article_at, Some(Scene::label(article)));
            before += size.y + 4.0;
        }
    }
    near.bake(&mut holds, |_, _| 1.0);
    let floor = |p: Mm3| [p.x as f32, p.y as f32];
    let foot = |side: usize| {
        let middle = (joints.ankle(side) + joints.toes[side]) / 2.0;
        let lifted = (joints.ankle(side).z as f32 - 85.0).max(0.0);
        (floor(middle), 130.0, 0.42 * (-lifted / 120.0).exp())
    };
    let shadows = [(floor(joints.pelvis), 300.0, 0.34), foot(0), foot(1)];
    Actor { person: present.person.number, owner, skin, at, light, joints, holds, shadows }
}

impl Actor {
    /// Sees the actor through a camera; reuses what `shown` holds.
    pub fn seen(&self, eye: &Eye, all: Rect, shown: &mut Shown) {
        shown.body.clear();
        let (mut least, mut most) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for (&at, &light) in self.at.iter().zip(&self.light) {
            let [x, y, near] = eye.sample(at);
            if near > 0.0 {
                least = [least[0].min(x), least[1].min(y)];
                most = [most[0].max(x), most[1].max(y)];
            }
            shown.body.push(Spot { x, y, near, light, uv: [0.0; 2] });
        }
        shown.extent = (least[0] < most[0]).then_some([least[0], least[1], most[0], most[1]]);
        shown.held.clear();
        for vertex in &self.holds.vertices {
            let [x, y, near] = eye.sample(vertex.at);
            shown.held.push(Spot { x, y, near, light: vertex.linear, uv: vertex.uv });
            if near > 0.0 {
                least = [least[0].min(x), least[1].min(y)];
                most = [most[0].max(x), most[1].max(y)];
            }
        }
        for (middle, sigma, _) in self.shadows {
            for (dx, dy) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                let reach = RINGS[RINGS.len() - 1] * sigma;
                let [x, y, near] = eye.sample([middle[0] + dx * reach, middle[1] + dy * reach, 0.0]);
                if near > 0.0 {
                    least = [least[0].min(x), least[1].min(y)];
                    most = [most[0].max(x), most[1].max(y)];
                }
            }
        }
        let whole = |v: f32| v.clamp(-1e6, 1e6) as i32;
        shown.touched = if least[0] < most[0] {
            let rect =
                Rect { left: whole(least[0]), top: whole(least[1]), right: whole(most[0]), bottom: whole(most[1]) };
            rect.grown(4).and(all)
        } else {
            Rect::default()
        };
    }

    /// Darkens the floor around the feet.
    pub fn shade(&self, canvas: &mut Canvas, eye: &Eye, within: Rect) {
        for (middle, sigma, depth) in self.shadows {
            let corner = |ring: usize, spoke: usize| {
                let (s, c) = (std::f32::consts::TAU * spoke as f32 / SPOKES as f32).sin_cos();
                let r = if ring == 0 { 0.0 } else { RINGS[ring - 1] };
                let [x, y, near] = eye.sample([middle[0] + c * r * sigma, middle[1] + s * r * sigma, 0.0]);
                // The last ring is where it ends.
                let dark = if ring == RINGS.len() { 0.0 } else { depth * (-0.5 * r * r).exp() };
                Spot { x, y, near, light: [dark; 3], uv: [0.0; 2] }
            };
            for ring in 0..RINGS.len() {
                for spoke in 0..SPOKES {
                    let [a, b] = [corner(ring, spoke), corner(ring, spoke + 1)];
                    let [c, d] = [corner(ring + 1, spoke + 1), corner(ring + 1, spoke)];
                    if ring > 0 {
                        canvas.shade_floor([&a, &b, &c], within);
                    }
                    canvas.shade_floor([&a, &c, &d], within);
                }
            }
        }
    }

    /// Draws body and goods in the hands.
    pub fn draw(&self, canvas: &mut Canvas, shown: &Shown, textures: &[Texture], within: Rect) {
        let brush = Brush { owner: self.owner, texture: None, within, one_sided: true };
        for triangle in &self.skin.triangles {
            canvas.triangle(triangle.map(|i| &shown.body[i as usize]), &brush);
        }
        for (corners, paint) in &self.holds.triangles {
            let texture = paint.map(|paint| &textures[usize::from(paint)]);
            let brush = Brush { owner: self.owner + 1, texture, ..brush };
            canvas.triangle(corners.map(|i| &shown.held[i as usize]), &brush);
        }
    }

    /// How many samples the whole body would cover, hidden by nothing and in a picture without edges, counted on a small
    /// canvas.
    pub fn area(&self, shown: &Shown, small: &mut Canvas) -> f32 {
        let Some([left, top, right, bottom]) = shown.extent else { return 0.0 };
        let room = (small.width.min(small.height) - 2) as f32;
        let scale = (room / (right - left).max(bottom - top)).min(1.0);
        let moved = |spot: &Spot| Spot { x: (spot.x - left) * scale + 1.0, y: (spot.y - top) * scale + 1.0, ..*spot };
        let all = small.all();
        small.clear(all);
        let brush = Brush { owner: self.owner, texture: None, within: all, one_sided: true };
        let spots: Vec<Spot> = shown.body.iter().map(moved).collect();
        for triangle in &self.skin.triangles {
            small.triangle(triangle.map(|i| &spots[i as usize]), &brush);
        }
        small.near.iter().filter(|&&near| near > 0.0).count() as f32 / (scale * scale)
    }
}
