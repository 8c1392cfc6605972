//! Calibrate: finds out where cameras hang and look, from points clicked in their pictures and from somebody who walks through.
//!
//! Every camera starts from its own clicked points ([`start`]); then all cameras, the marks that several of them see, and the
//! places where the walker stood are adjusted together ([`adjust`]), clicked points holding the store's frame. A camera whose
//! points cannot tell a pinhole keeps the homography of its floor ([`homography`]).
//!
//! After Hartley & Zisserman, *Multiple View Geometry*, 2nd ed., chapters 4, 7 and 18 (homographies, resection, bundle
//! adjustment); Zhang, *A Flexible New Technique for Camera Calibration*, 2000 (what a plane tells about a lens); Brown,
//! *Decentering Distortion of Lenses*, 1966.

mod adjust;
mod command;
mod draw;
mod homography;
mod report;
mod start;
#[cfg(test)]
mod tests;
mod walk;

pub use command::{CalibrateArgs, calibrate};
pub use report::{Residuals, Summary};
pub use walk::{Glimpse, Moment};

use crate::config::plan::ClickedPoint;
use adjust::{Numbers, Sight, Target, Unknowns};
use schemas::CameraModel;
use std::collections::BTreeMap;

/// Clicked points that a camera needs.
const POINTS_MIN: usize = 4;
/// Marks that keep a camera from turning around the line of its points.
const MARKS_HOLD: usize = 3;
/// How far a click may be off, in pixels.
const CLICK_SIGMA_PX: f64 = 2.0;
/// How far the middle of a box's edge may be off the feet or the head: in pixels at least, and as a share of the box's height.
const BOX_SIGMA: (f64, f64) = (4.0, 0.05);
/// Sights of a walk that count as one: what is wrong with a box stays wrong for about a second.
const ALIKE: f64 = 10.0;
/// How far the lower edge of a box lies before the middle of who stands there: the feet reach towards the camera.
const STANCE_MM: f64 = 100.0;
/// Known points from which the lens may bend.
const LENS_POINTS_MIN: usize = 8;
/// A camera whose axis is this straight down (cosine) says nothing about its focal length on the floor alone.
const STRAIGHT_DOWN: f64 = 0.999;

/// What is known about a camera.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Width and height of its picture in pixels.
    pub size: [f64; 2],
    /// Whether only the floor's homography is wanted.
    pub homography: bool,
    /// What was clicked.
    pub points: Vec<ClickedPoint>,
}

/// A camera, found.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// Its name.
    pub name: String,
    /// Where its pixels lie.
    pub model: CameraModel,
    /// The same in numbers; none for a homography.
    pub numbers: Option<schemas::Pinhole>,
    /// What it is worth.
    pub residuals: Residuals,
}

/// Why a camera cannot be calibrated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unsolvable {
    /// Not enough points.
    #[error(
        "{camera} has {points} clicked points with a known place, and needs {POINTS_MIN}: a walk alone leaves scale and axes open"
    )]
    TooFewPoints {
        /// The camera.
        camera: String,
        /// Its points.
        points: usize,
    },
    /// The points leave the camera free to turn.
    #[error("{camera}: its clicked points lie on one line, in the store or in the picture; click some beside it")]
    OneLine {
        /// The camera.
        camera: String,
    },
    /// A point that cannot have been clicked.
    #[error("{camera}: the point at [{u}, {v}] lies outside its picture of {width} x {height} pixels")]
    Outside {
        /// The camera.
        camera: String,
        /// Where.
        u: f64,
        /// Where.
        v: f64,
        /// Of the picture.
        width: f64,
        /// Of the picture.
        height: f64,
    },
    /// No camera shows the points where they were clicked.
    #[error("{camera}: no camera shows its points where they were clicked; is one of them another than it seems?")]
    NoCamera {
        /// The camera.
        camera: String,
    },
}

/// Finds the cameras of `views`. Everything that is wrong is told, not only the first.
pub fn solve(views: &[View], walk: &[Moment]) -> Result<Vec<Calibrated>, Vec<Unsolvable>> {
    let wrong: Vec<Unsolvable> = views.iter().filter_map(mistake).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut solver = Solver { views, cameras: vec![None; views.len()], marks: BTreeMap::new() };
    let mut flat: Vec<bool> = views.iter().map(|view| view.homography).collect();
    while let Some(next) = solver.next(&flat) {
        if !solver.join(next) {
            if !on_floor(&views[next]) {
                return Err(vec![Unsolvable::NoCamera { camera: views[next].name.clone() }]);
            }
            flat[next] = true;
        }
    }
    solver.adjust(walk);
    let mut wrong = Vec::new();
    let mut found = Vec::new();
    for (i, view) in views.iter().enumerate() {
        let made = match solver.cameras[i] {
            Some(camera) => camera.pinhole(view.size).and_then(|p| Some((CameraModel::pinhole(p).ok()?, Some(p)))),
            None => homography::fit(&known(view)).and_then(|m| CameraModel::homography(m).ok()).map(|m| (m, None)),
        };
        match made {
            Some(made) => found.push(made),
            None => wrong.push(Unsolvable::OneLine { camera: view.name.clone() }),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let models: Vec<CameraModel> = found.iter().map(|(model, _)| model.clone()).collect();
    let residuals = report::residuals(views, walk, &models);
    let named = views.iter().zip(found).zip(residuals);
    Ok(named
        .map(|((view, (model, numbers)), residuals)| Calibrated { name: view.name.clone(), model, numbers, residuals })
        .collect())
}

/// The points whose place is known.
fn known(view: &View) -> Vec<([f64; 3], [f64; 2])> {
    view.points.iter().filter_map(|point| Some((point.world_mm?, point.pixel_px))).collect()
}

fn on_floor(view: &View) -> bool {
    known(view).iter().all(|(world, _)| world[2] == 0.0)
}

/// What is wrong with a view before anything is computed.
fn mistake(view: &View) -> Option<Unsolvable> {
    let camera = || view.name.clone();
    let [width, height] = view.size;
    let outside =
        |p: &&ClickedPoint| !((0.0..=width).contains(&p.pixel_px[0]) && (0.0..=height).contains(&p.pixel_px[1]));
    if let Some(point) = view.points.iter().find(outside) {
        let [u, v] = point.pixel_px;
        return Some(Unsolvable::Outside { camera: camera(), u, v, width, height });
    }
    let known = known(view);
    if known.len() < POINTS_MIN {
        return Some(Unsolvable::TooFewPoints { camera: camera(), points: known.len() });
    }
    // Marks that others place hold a camera as well as its own points do.
    if view.points.len() >= known.len() + MARKS_HOLD {
        return None;
    }
    let flat: Vec<[f64; 3]> = known.iter().map(|(_, [u, v])| [*u, *v, 0.0]).collect();
    let world: Vec<[f64; 3]> = known.iter().map(|(world, _)| *world).collect();
    (start::thickness(&world) < 0.02 || start::thickness(&flat) < 0.005)
        .then(|| Unsolvable::OneLine { camera: camera() })
}

/// Cameras join one by one; the marks that they see help the next.
struct Solver<'a> {
    views: &'a [View],
    cameras: Vec<Option<Numbers>>,
    marks: BTreeMap<String, [f64; 2]>,
}

impl Solver<'_> {
    /// The camera that knows most points and is not in yet.
    fn next(&self, flat: &[bool]) -> Option<usize> {
        let open = (0..self.views.len()).filter(|&i| self.cameras[i].is_none() && !flat[i]);
        open.max_by_key(|&i| (self.points(i).len(), std::cmp::Reverse(i)))
    }

    /// Its points, with the marks whose place is known by now.
    fn points(&self, view: usize) -> Vec<([f64; 3], [f64; 2])> {
        let place = |point: &ClickedPoint| {
            let mark = point.name.as_ref().and_then(|name| self.marks.get(name)).map(|[x, y]| [*x, *y, 0.0]);
            Some((point.world_mm.or(mark)?, point.pixel_px))
        };
        self.views[view].points.iter().filter_map(place).collect()
    }

    /// Takes a camera in; false where nothing fits.
    fn join(&mut self, view: usize) -> bool {
        let size = self.views[view].size;
        let Some(camera) = start::start(&self.points(view), size) else { return false };
        if on_floor(&self.views[view]) && self.marks.is_empty() && camera.axis()[2] < -STRAIGHT_DOWN {
            return false;
        }
        self.cameras[view] = Some(camera);
        self.adjust(&[]);
        true
    }

    /// Adjusts everything that is known together.
    fn adjust(&mut self, walk: &[Moment]) {
        let slots: Vec<usize> = (0..self.views.len()).filter(|&i| self.cameras[i].is_some()).collect();
        let slot = |view: usize| slots.iter().position(|&i| i == view);
        let mut unknowns = Unknowns::new(slots.iter().filter_map(|&i| self.cameras[i]).collect());
        let mut sights = Vec::new();
        let mut names: BTreeMap<String, Vec<(usize, [f64; 2])>> = BTreeMap::new();
        for (s, &i) in slots.iter().enumerate() {
            let view = &self.views[i];
            unknowns.cameras[s].lens_free = self.points(i).len() >= LENS_POINTS_MIN;
            for point in &view.points {
                match (point.world_mm, &point.name) {
                    (Some(world), _) => sights.push(Sight {
                        camera: s,
                        target: Target::Known(world),
                        pixel: point.pixel_px,
                        sigma: CLICK_SIGMA_PX,
                    }),
                    (None, Some(name)) => names.entry(name.clone()).or_default().push((s, point.pixel_px)),
                    (None, None) => {}
                }
            }
        }
        let mut marks = Vec::new();
        for (name, seen) in names {
            let at = self.marks.get(&name).copied().or_else(|| unknowns.place(self.views, &slots, &seen));
            let Some(at) = at else { continue };
            marks.push((name, unknowns.places.len()));
            let target = Target::Floor(unknowns.places.len());
            unknowns.places.push(at);
            sights.extend(seen.iter().map(|&(camera, pixel)| Sight { camera, target, pixel, sigma: CLICK_SIGMA_PX }));
        }
        for moment in walk {
            let seen: Vec<(usize, &Glimpse)> = moment
                .iter()
                .filter_map(|g| Some((slot(g.view)?, g)))
                .filter(|(_, g)| g.feet.is_some() || g.head.is_some())
                .collect();
            let feet: Vec<_> = seen.iter().filter_map(|(s, g)| Some((*s, g.feet?))).collect();
            let Some(at) = unknowns.place(self.views, &slots, &feet).filter(|_| seen.len() >= 2) else { continue };
            let place = unknowns.places.len();
            unknowns.places.push(at);
            for (camera, glimpse) in seen {
                let sigma = BOX_SIGMA.0.max(BOX_SIGMA.1 * glimpse.height_px) * ALIKE.sqrt();
                let ends = [(Target::Feet(place), glimpse.feet), (Target::Head(place), glimpse.head)];
                sights.extend(
                    ends.iter().filter_map(|&(target, end)| Some(Sight { camera, target, pixel: end?, sigma })),
                );
            }
        }
        let sizes: Vec<[f64; 2]> = slots.iter().map(|&i| self.views[i].size).collect();
        adjust::adjust(&mut unknowns, &sights, &sizes);
        for (s, &i) in slots.iter().enumerate() {
            self.cameras[i] = Some(unknowns.cameras[s]);
        }
        self.marks = marks.into_iter().map(|(name, place)| (name, unknowns.places[place])).collect();
    }
}
