//! One thread's share of the cameras: keeps the shelves as they are and takes pictures.

use super::backdrop::Backdrop;
use super::canvas::{Canvas, Rect};
use super::cast::{Actor, Cast, Shown};
use super::develop::{Developer, Film, Sensor};
use super::eye::{Eye, SAMPLES};
use super::scene::Scene;
use super::truth::{self, FrameTruth};
use crate::goods::Goods;
use crate::life::{Moment, What};
use crate::seed::Seed;
use crate::world::Camera;
use schemas::CameraFault;
use std::collections::{BTreeMap, BTreeSet};

/// Side of the canvas on which whole bodies are counted.
const SMALL: usize = 98;

/// A camera and what it saw.
struct View {
    camera: usize,
    eye: Eye,
    backdrop: Backdrop,
    /// The picture without people.
    empty: Film,
    /// The last picture, and where people were in it.
    film: Film,
    peopled: Vec<Rect>,
    developer: Developer,
    /// Slots that changed since this camera last looked.
    stale: BTreeSet<usize>,
    taken: u64,
}

/// Draws what some of the shop's cameras see.
pub struct Stage {
    scene: Scene,
    goods: Goods,
    cast: Cast,
    views: Vec<View>,
    actors: Vec<Actor>,
    shown: Vec<Shown>,
    /// One canvas for every size of picture.
    canvases: BTreeMap<[usize; 2], Canvas>,
    small: Canvas,
}

impl Stage {
    /// The cameras of these indices in front of `scene`, with the shop as it opens.
    pub fn new(mut scene: Scene, cameras: &[usize], sensor: Sensor, seed: Seed) -> Result<Self, CameraFault> {
        let goods = Goods::open(&scene.world, seed);
        for slot in 0..scene.slots.len() {
            stock(&mut scene, &goods, slot);
        }
        let (small, canvases) = (Canvas::new(SMALL, SMALL), BTreeMap::new());
        let (cast, views) = (Cast::default(), Vec::new());
        let mut stage = Self { scene, goods, cast, views, actors: Vec::new(), shown: Vec::new(), canvases, small };
        let world = stage.scene.world.clone();
        cameras.iter().try_for_each(|&camera| stage.hang(camera, &world.cameras[camera], sensor, seed))?;
        Ok(stage)
    }

    /// Takes down all cameras and hangs up this one, as the first.
    pub fn aim(&mut self, camera: &Camera, sensor: Sensor, seed: Seed) -> Result<(), CameraFault> {
        self.views.clear();
        self.hang(0, camera, sensor, seed)
    }

    fn hang(&mut self, index: usize, camera: &Camera, sensor: Sensor, seed: Seed) -> Result<(), CameraFault> {
        let eye = Eye::new(camera)?;
        let backdrop = Backdrop::new(&self.scene, &eye);
        let mut empty = Film::new(eye.size[0], eye.size[1]);
        empty.expose(&backdrop.canvas, empty.all(), &sensor);
        let developer = Developer::new(sensor, empty.metered(), seed, index, empty.width);
        let canvas = || Canvas::new(eye.size[0] * SAMPLES, eye.size[1] * SAMPLES);
        self.canvases.entry(eye.size).or_insert_with(canvas);
        let (film, peopled, stale) = (empty.clone(), Vec::new(), BTreeSet::new());
        self.views.push(View { camera: index, eye, backdrop, empty, film, peopled, developer, stale, taken: 0 });
        Ok(())
    }

    /// Follows what happened; every moment must pass here, also those of which no picture is taken.
    pub fn follow(&mut self, moment: &Moment) {
        for happening in &moment.happened {
            self.goods.apply(happening);
            let slot = match happening.what {
                What::Take { slot, .. }
                | What::PutBack { slot, .. }
                | What::Restock { slot, .. }
                | What::Clear { slot, .. } => slot,
                _ => continue,
            };
            stock(&mut self.scene, &self.goods, slot);
            self.views.iter_mut().for_each(|view| _ = view.stale.insert(slot));
        }
    }

    /// Indices of the cameras in the world, in the order of [`Self::shoot`].
    pub fn cameras(&self) -> Vec<usize> {
        self.views.iter().map(|view| view.camera).collect()
    }

    /// Width and height of the pictures of the `n`-th of the cameras, px.
    pub fn size(&self, n: usize) -> [usize; 2] {
        self.views[n].eye.size
    }

    /// Poses the people of a moment, for the pictures of it that follow.
    pub fn pose(&mut self, moment: &Moment) {
        self.actors = self.cast.act(moment, &self.scene);
        self.shown.resize_with(self.actors.len(), Shown::default);
    }

    /// Takes the picture of the `n`-th camera of the moment that was posed last, and tells the truth about it. `rgb` is made as
    /// long as the picture.
    pub fn shoot(&mut self, n: usize, moment: &Moment, rgb: &mut Vec<u8>) -> FrameTruth {
        let view = &mut self.views[n];
        let sensor = view.developer.sensor;
        for slot in std::mem::take(&mut view.stale) {
            let changed = view.backdrop.repair(&self.scene, &view.eye, slot);
            let pixels = in_pixels(changed);
            view.empty.expose(&view.backdrop.canvas, pixels, &sensor);
            view.film.copy(&view.empty, pixels);
        }
        for rect in view.peopled.drain(..) {
            view.film.copy(&view.empty, rect);
        }
        let canvas = self.canvases.get_mut(&view.eye.size).expect("a canvas of this size");
        let all = canvas.all();
        for (actor, shown) in self.actors.iter().zip(&mut self.shown) {
            actor.seen(&view.eye, all, shown);
        }
        let touched: Vec<Rect> = self.shown.iter().map(|s| s.touched).filter(|r| !r.is_empty()).collect();
        // More than what changes: the average of a pixel looks at its neighbours.
        for rect in &touched {
            canvas.copy(&view.backdrop.canvas, rect.grown(8));
        }
        for (actor, shown) in self.actors.iter().zip(&self.shown) {
            actor.shade(canvas, &view.eye, shown.touched);
        }
        for (actor, shown) in self.actors.iter().zip(&self.shown) {
            actor.draw(canvas, shown, &self.scene.textures, shown.touched);
        }
        let people = truth::people(canvas, &view.eye, &self.actors, &self.shown, &mut self.small);
        for rect in touched {
            let pixels = in_pixels(rect);
            view.film.expose(canvas, pixels, &sensor);
            view.peopled.push(pixels);
        }
        rgb.resize(3 * view.film.pixels.len(), 0);
        view.developer.develop(&view.film, moment.at, view.taken, rgb);
        let sequence = view.taken;
        view.taken += 1;
        FrameTruth { camera: view.camera, at: moment.at, sequence, people }
    }
}

/// Draws a slot's goods as they are.
fn stock(scene: &mut Scene, goods: &Goods, slot: usize) {
    let world = scene.world.clone();
    let there = goods.feet(&world, slot).map(|(_, article, foot)| (article, foot));
    scene.fill(slot, there);
}

/// The pixels that touch a rectangle of samples.
fn in_pixels(rect: Rect) -> Rect {
    let n = SAMPLES as i32;
    Rect {
        left: rect.left.div_euclid(n) - 1,
        top: rect.top.div_euclid(n) - 1,
        right: rect.right.div_euclid(n) + 2,
        bottom: rect.bottom.div_euclid(n) + 2,
    }
}
