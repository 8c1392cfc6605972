//! What a frame truly shows: who is where in it, how much of them, and which joints.

use super::canvas::{Canvas, Rect};
use super::cast::{Actor, Shown};
use super::eye::{Eye, SAMPLES};
use crate::body::Joints;
use crate::world::Mm3;
use schemas::{Box2, EventTime, Point, Score};

/// Flesh and cloth in front of a joint, mm: what is nearer than that before it hides it.
const FLESH_MM: f32 = 150.0;

/// What a frame truly shows. Pixels as everywhere: origin at the top left, 1/16 px.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameTruth {
    /// Index of the camera in the world.
    pub camera: usize,
    /// When the picture was taken.
    pub at: EventTime,
    /// Number of the frame in its camera's stream, from 0.
    pub sequence: u64,
    /// Everyone who is in the moment and before the camera, seen or not, by number.
    pub people: Vec<SeenPerson>,
}

/// Somebody before a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPerson {
    /// Number of the person.
    pub person: u32,
    /// Box around the whole body, whatever hides it, also beyond the picture's edges.
    pub full: Box2,
    /// Box around the pixels that show the body (not what it holds); none where nothing does.
    pub visible: Option<Box2>,
    /// Pixels that show the body over those that the whole body would fill.
    pub visible_share: Score,
    /// The 17 joints of COCO, see [`crate::body::JOINTS`].
    pub joints: [SeenJoint; 17],
    /// Left and right palm, left and right tip of the foot: [`LIMB_ENDS`].
    pub ends: [SeenJoint; 4],
}

/// Names of [`SeenPerson::ends`].
pub const LIMB_ENDS: [&str; 4] = ["left_palm", "right_palm", "left_toes", "right_toes"];

/// A joint in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenJoint {
    /// Where, also beyond the picture's edges and where hidden.
    pub at: Point,
    /// Whether it is seen.
    pub sight: Sight,
}

/// Whether a joint is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Outside of the picture, or behind the camera.
    Outside,
    /// Behind something or somebody, or behind their own body.
    Hidden,
    /// Seen.
    Seen,
}

/// Samples that show a body.
#[derive(Clone, Copy)]
struct Count {
    samples: u32,
    around: Rect,
}

/// The truth about the people whose actors were just drawn; `small` is a canvas to count on.
pub(super) fn people(
    canvas: &Canvas,
    eye: &Eye,
    actors: &[Actor],
    shown: &[Shown],
    small: &mut Canvas,
) -> Vec<SeenPerson> {
    let mut people = Vec::new();
    for (actor, shown) in actors.iter().zip(shown) {
        let Some(extent) = shown.extent else { continue };
        let pixels = extent.map(|v| v / SAMPLES as f32);
        let full = Box2::from_pixels(pixels[0], pixels[1], pixels[2], pixels[3]);
        let count = count(canvas, shown.touched, actor.owner);
        let whole = if count.samples > 0 { actor.area(shown, small) } else { 1.0 };
        let around = [count.around.left, count.around.top, count.around.right, count.around.bottom]
            .map(|v| v as f32 / SAMPLES as f32);
        people.push(SeenPerson {
            person: actor.person,
            full,
            visible: (count.samples > 0).then(|| Box2::from_pixels(around[0], around[1], around[2], around[3])),
            visible_share: Score::from_unit(count.samples as f32 / whole.max(1.0)),
            joints: actor.joints.coco.map(|place| joint(canvas, eye, actor.owner, place)),
            ends: ends(&actor.joints).map(|place| joint(canvas, eye, actor.owner, place)),
        });
    }
    people
}

fn ends(joints: &Joints) -> [Mm3; 4] {
    [joints.palms[0], joints.palms[1], joints.toes[0], joints.toes[1]]
}

fn count(canvas: &Canvas, within: Rect, owner: u16) -> Count {
    let mut count = Count { samples: 0, around: Rect { left: i32::MAX, top: i32::MAX, right: 0, bottom: 0 } };
    for y in within.top..within.bottom {
        let row = &canvas.colour[canvas.row(y, within)];
        let mine = row.iter().filter(|sample| sample[3] == owner).count() as u32;
        if mine == 0 {
            continue;
        }
        count.samples += mine;
        let first = row.iter().position(|sample| sample[3] == owner).unwrap_or(0) as i32;
        let last = row.iter().rposition(|sample| sample[3] == owner).unwrap_or(0) as i32;
        count.around.left = count.around.left.min(within.left + first);
        count.around.right = count.around.right.max(within.left + last + 1);
        count.around.top = count.around.top.min(y);
        count.around.bottom = y + 1;
    }
    count
}

fn joint(canvas: &Canvas, eye: &Eye, owner: u16, place: Mm3) -> SeenJoint {
    let [x, y, near] = eye.sample([place.x as f32, place.y as f32, place.z as f32]);
    if near <= 0.0 {
        return SeenJoint { at: Point::default(), sight: Sight::Outside };
    }
    let at = Point::from_pixels(x / SAMPLES as f32, y / SAMPLES as f32);
    let inside = x >= 0.0 && y >= 0.0 && (x as usize) < canvas.width && (y as usize) < canvas.height;
    if !inside {
        return SeenJoint { at, sight: Sight::Outside };
    }
    let sample = y as usize * canvas.width + x as usize;
    let before = 1.0 / near - 1.0 / canvas.near[sample].max(1e-9);
    let seen = canvas.colour[sample][3] == owner && before < FLESH_MM;
    SeenJoint { at, sight: if seen { Sight::Seen } else { Sight::Hidden } }
}
