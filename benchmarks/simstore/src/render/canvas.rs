//! The z-buffer: colour, owner and depth of every sample, and how a triangle gets into it.

use super::texture::Texture;

/// What 1.0 of linear light is in a canvas.
pub(super) const ONE: f32 = 16_384.0;
/// Owner of what stands still.
pub(super) const STILL: u16 = 0;
/// Owner of the floor, on which shadows fall.
pub(super) const FLOOR: u16 = 1;
/// Owner of the body of the first person; every person has two, body and what they hold.
pub(super) const PEOPLE: u16 = 2;

/// A rectangle of whole samples or pixels: left, top, right, bottom; the last two are outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Rect {
    pub fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// What both have in common; the empty rectangle at the origin where that is nothing, so that its rows may be asked for.
    pub fn and(self, other: Self) -> Self {
        let both = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        if both.is_empty() { Self::default() } else { both }
    }

    /// The rectangle with a margin.
    pub fn grown(self, by: i32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }
}

/// A corner as a canvas sees it, in samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spot {
    /// Rightwards.
    pub x: f32,
    /// Downwards.
    pub y: f32,
    /// One over the depth, 1/mm; 0 or less is behind the camera.
    pub near: f32,
    /// Light that comes from it, linear.
    pub light: [f32; 3],
    /// Place in a texture.
    pub uv: [f32; 2],
}

/// How triangles are painted.
#[derive(Clone, Copy)]
pub(super) struct Brush<'a> {
    pub owner: u16,
    pub texture: Option<&'a Texture>,
    /// Nothing outside of it changes.
    pub within: Rect,
    /// Whether triangles seen from behind are left out.
    pub one_sided: bool,
}

/// Samples of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Red, green and blue, linear, in 1/[`ONE`]; and whose sample it is.
    pub colour: Vec<[u16; 4]>,
    /// One over the depth, 1/mm.
    pub near: Vec<f32>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, colour: vec![[0, 0, 0, STILL]; width * height], near: vec![0.0; width * height] }
    }

    pub fn all(&self) -> Rect {
        Rect { left: 0, top: 0, right: self.width as i32, bottom: self.height as i32 }
    }

    /// Makes a rectangle black and infinitely far.
    pub fn clear(&mut self, rect: Rect) {
        let rect = rect.and(self.all());
        for y in rect.top..rect.bottom {
            let row = self.row(y, rect);
            self.colour[row.clone()].fill([0, 0, 0, STILL]);
            self.near[row].fill(0.0);
        }
    }

    /// Copies a rectangle of another canvas of the same size.
    pub fn copy(&mut self, from: &Self, rect: Rect) {
        let rect = rect.and(self.all());
        for y in rect.top..rect.bottom {
            let row = self.row(y, rect);
            self.colour[row.clone()].copy_from_slice(&from.colour[row.clone()]);
            self.near[row.clone()].copy_from_slice(&from.near[row]);
        }
    }

    /// Indices of the samples of one row of a rectangle within the canvas.
    pub fn row(&self, y: i32, rect: Rect) -> std::ops::Range<usize> {
        let start = y as usize * self.width;
        start + rect.left as usize..start + rect.right as usize
    }

    /// Draws a triangle where it is the nearest.
    pub fn triangle(&mut self, [a, b, c]: [&Spot; 3], brush: &Brush<'_>) {
        let Some(setup) = Setup::new([a, b, c], brush.within, brush.one_sided) else { return };
        let [b, c] = if setup.swapped { [c, b] } else { [b, c] };
        let near = [a.near, b.near, c.near];
        match brush.texture {
            None => {
                let light = [a.light, b.light, c.light].map(|l| l.map(|v| v * ONE));
                self.fill(&setup, near, |[w0, w1, w2], _| {
                    let mix = |k: usize| (w0 * light[0][k] + w1 * light[1][k] + w2 * light[2][k]) as u16;
                    [mix(0), mix(1), mix(2), brush.owner]
                });
            }
            Some(texture) => {
                // What is linear in the picture is the light and the place in the texture over the depth.
                let over = [a, b, c].map(|s| [s.uv[0] * s.near, s.uv[1] * s.near]);
                let light = [a.light, b.light, c.light].map(|l| l.map(|v| v * ONE));
                let level = texture.level(uv_area([a, b, c]) / setup.area.max(1e-3));
                self.fill(&setup, near, |[w0, w1, w2], near| {
                    let z = 1.0 / near;
                    let place = |k: usize| (w0 * over[0][k] + w1 * over[1][k] + w2 * over[2][k]) * z;
                    let paint = texture.at(level, [place(0), place(1)]);
                    let mix = |k: usize| ((w0 * light[0][k] + w1 * light[1][k] + w2 * light[2][k]) * paint[k]) as u16;
                    [mix(0), mix(1), mix(2), brush.owner]
                });
            }
        }
    }

    /// Darkens the floor under a triangle; `light[0]` of its corners says by how much, 0 to 1.
    pub fn shade_floor(&mut self, [a, b, c]: [&Spot; 3], within: Rect) {
        let Some(setup) = Setup::new([a, b, c], within, false) else { return };
        let [b, c] = if setup.swapped { [c, b] } else { [b, c] };
        let dark = [a, b, c].map(|s| s.light[0]);
        for y in setup.rect.top..setup.rect.bottom {
            let row = self.row(y, setup.rect);
            let start = setup.start(y);
            for (x, sample) in (setup.rect.left..).zip(&mut self.colour[row]) {
                let [w0, w1, w2] = setup.weights(start, x);
                if sample[3] == FLOOR && w0 >= 0.0 && w1 >= 0.0 && w2 >= 0.0 {
                    let keep = (1.0 - (w0 * dark[0] + w1 * dark[1] + w2 * dark[2])).clamp(0.0, 1.0);
                    (0..3).for_each(|k| sample[k] = (f32::from(sample[k]) * keep) as u16);
                }
            }
        }
    }

    #[inline(always)]
    fn fill(&mut self, setup: &Setup, near: [f32; 3], shade: impl Fn([f32; 3], f32) -> [u16; 4]) {
        for y in setup.rect.top..setup.rect.bottom {
            let start = setup.start(y);
            let rect = setup.span(start);
            if rect.left >= rect.right {
                continue;
            }
            let row = self.row(y, rect);
            let samples = self.colour[row.clone()].iter_mut().zip(&mut self.near[row]);
            for (x, (sample, depth)) in (rect.left..).zip(samples) {
                let [w0, w1, w2] = setup.weights(start, x);
                if w0 >= 0.0 && w1 >= 0.0 && w2 >= 0.0 {
                    let here = w0 * near[0] + w1 * near[1] + w2 * near[2];
                    if here > *depth {
                        *depth = here;
                        *sample = shade([w0, w1, w2], here);
                    }
                }
            }
        }
    }
}

/// What all samples of a triangle have in common: weights of the second and third corner, which are linear in the picture. A
/// sample's weights do not depend on where the rectangle begins: a part drawn again is what it was.
struct Setup {
    rect: Rect,
    /// The first corner.
    from: [f32; 2],
    /// How the weights grow a sample to the right.
    right: [f32; 2],
    /// And a sample downwards.
    down: [f32; 2],
    /// In samples.
    area: f32,
    /// Whether the second and third corner changed places, to run one way round.
    swapped: bool,
}

impl Setup {
    #[inline]
    fn new([a, b, c]: [&Spot; 3], within: Rect, one_sided: bool) -> Option<Self> {
        if a.near <= 0.0 || b.near <= 0.0 || c.near <= 0.0 {
            return None;
        }
        let twice = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        // Counter-clockwise from outside is clockwise where y runs downwards: negative.
        if twice.abs() < 1e-6 || (one_sided && twice > 0.0) {
            return None;
        }
        let swapped = twice < 0.0;
        let (b, c) = if swapped { (c, b) } else { (b, c) };
        // Samples whose middle may be inside.
        let least = |p: f32, q: f32, r: f32| (p.min(q).min(r) - 0.5).ceil() as i32;
        let most = |p: f32, q: f32, r: f32| (p.max(q).max(r) - 0.5).floor() as i32;
        let rect = Rect {
            left: least(a.x, b.x, c.x).max(within.left),
            top: least(a.y, b.y, c.y).max(within.top),
            right: most(a.x, b.x, c.x).saturating_add(1).min(within.right),
            bottom: most(a.y, b.y, c.y).saturating_add(1).min(within.bottom),
        };
        if rect.is_empty() {
            return None;
        }
        let inverse = 1.0 / twice.abs();
        let right = [(c.y - a.y) * inverse, -(b.y - a.y) * inverse];
        let down = [-(c.x - a.x) * inverse, (b.x - a.x) * inverse];
        Some(Self { rect, from: [a.x, a.y], right, down, area: 0.5 * twice.abs(), swapped })
    }

    /// What a row adds to the weights.
    #[inline]
    fn start(&self, y: i32) -> [f32; 2] {
        let y = y as f32 + 0.5 - self.from[1];
        [y * self.down[0], y * self.down[1]]
    }

    /// The columns of a row that may be inside, a little more than are; all of them where a triangle is narrow.
    #[inline]
    fn span(&self, start: [f32; 2]) -> Rect {
        let mut rect = self.rect;
        if rect.right - rect.left < 12 {
            return rect;
        }
        let [w0, w1, w2] = self.weights(start, rect.left);
        let slopes = [-self.right[0] - self.right[1], self.right[0], self.right[1]];
        let (mut from, mut until) = (0.0f32, (rect.right - rect.left) as f32);
        for (weight, slope) in [w0, w1, w2].into_iter().zip(slopes) {
            // Where a weight changes its sign, counted from the left.
            let zero = -weight / slope;
            if slope > 0.0 {
                from = from.max(zero);
            } else if slope < 0.0 {
                until = until.min(zero + 1.0);
            } else if weight < 0.0 {
                until = 0.0;
            }
        }
        rect.right = rect.right.min(rect.left + until.max(0.0) as i32 + 2);
        rect.left += (from as i32 - 1).max(0);
        rect
    }

    /// Weights of the three corners at a sample of a row.
    #[inline(always)]
    fn weights(&self, start: [f32; 2], x: i32) -> [f32; 3] {
        let x = x as f32 + 0.5 - self.from[0];
        let (w1, w2) = (x * self.right[0] + start[0], x * self.right[1] + start[1]);
        [1.0 - w1 - w2, w1, w2]
    }
}

fn uv_area([a, b, c]: [&Spot; 3]) -> f32 {
    let (u, v) = ([b.uv[0] - a.uv[0], b.uv[1] - a.uv[1]], [c.uv[0] - a.uv[0], c.uv[1] - a.uv[1]]);
    0.5 * (u[0] * v[1] - u[1] * v[0]).abs()
}
