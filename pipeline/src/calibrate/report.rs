//! What a calibration is worth: residuals in pixels and millimetres, as a table and as a calibration file.

use super::{Calibrated, Moment, STANCE_MM, View, known};
use schemas::CameraModel;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Beyond these somebody should look again: clicks, root mean square and worst, in pixels; the walk, nine of ten, in millimetres.
const DOUBTFUL: (f64, f64, f64) = (4.0, 12.0, 400.0);

/// Distances, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// Root mean square.
    pub rms: f64,
    /// The middle one.
    pub median: f64,
    /// Nine of ten are below it.
    pub p90: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Of these distances; all zero where there are none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let at = |share: usize| values.get(count * share / 10).or(values.last()).copied().unwrap_or_default();
        let rms = (values.iter().map(|v| v * v).sum::<f64>() / count.max(1) as f64).sqrt();
        Self { count, rms, median: at(5), p90: at(9), max: values.last().copied().unwrap_or_default() }
    }
}

/// What one camera's calibration is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residuals {
    /// Clicked points, in pixels.
    pub points_px: Summary,
    /// The same at the points' distance, in millimetres.
    pub points_mm: Summary,
    /// The walker's feet against where the other cameras see them stand, in pixels.
    pub walk_px: Summary,
    /// The same on the floor, in millimetres.
    pub walk_mm: Summary,
}

/// Residuals of every view.
pub(super) fn residuals(views: &[View], walk: &[Moment], models: &[CameraModel]) -> Vec<Residuals> {
    let (walk_px, walk_mm) = disagreement(walk, models);
    let each = views.iter().zip(models).zip(walk_px.into_iter().zip(walk_mm));
    each.map(|((view, model), (walk_px, walk_mm))| {
        let off = |(world, [u, v]): ([f64; 3], [f64; 2])| {
            let [a, b] = model.project(world)?;
            let px = (a - u).hypot(b - v);
            Some((px, px * millimetres_per_pixel(model, world)?))
        };
        // A point that the model does not show at all is as far off as the picture is wide.
        let offs: Vec<(f64, f64)> = known(view)
            .into_iter()
            .filter(|(world, _)| model.has_height() || world[2] == 0.0)
            .map(|point| off(point).unwrap_or((view.size[0], f64::NAN)))
            .collect();
        Residuals {
            points_px: Summary::of(offs.iter().map(|(px, _)| *px).collect()),
            points_mm: Summary::of(offs.iter().map(|(_, mm)| *mm).filter(|mm| mm.is_finite()).collect()),
            walk_px: Summary::of(walk_px),
            walk_mm: Summary::of(walk_mm),
        }
    })
    .collect()
}

/// How long a pixel is at a point, across the line of sight; on the floor where the camera knows nothing else.
fn millimetres_per_pixel(model: &CameraModel, [x, y, z]: [f64; 3]) -> Option<f64> {
    match model.linear() {
        Some(p) => {
            let depth = p[2][0] * x + p[2][1] * y + p[2][2] * z + p[2][3];
            let place = model.position()?;
            let focal = ((p[0][0] - model_centre(&p, 0) * p[2][0]).powi(2)
                + (p[0][1] - model_centre(&p, 0) * p[2][1]).powi(2)
                + (p[0][2] - model_centre(&p, 0) * p[2][2]).powi(2))
            .sqrt();
            place.iter().all(|n| n.is_finite()).then_some(depth / focal)
        }
        None => {
            let [[a, b], [c, d]] = model.floor_slope([x, y], z)?;
            Some((a * d - b * c).abs().sqrt().recip())
        }
    }
}

/// Where the axis meets the picture: the third row is a unit vector, so the product of the rows is the centre.
fn model_centre(p: &[[f64; 4]; 3], row: usize) -> f64 {
    (0..3).map(|j| p[row][j] * p[2][j]).sum()
}

/// Where somebody stands whose feet are seen there.
fn stands(model: &CameraModel, feet: [f64; 2]) -> Option<[f64; 2]> {
    let [x, y] = model.floor(feet, 0.0)?;
    let Some([cx, cy, _]) = model.position() else { return Some([x, y]) };
    let (dx, dy) = (x - cx, y - cy);
    let share = STANCE_MM / dx.hypot(dy).max(STANCE_MM);
    Some([x + share * dx, y + share * dy])
}

/// For every camera, how far its feet lie from the mean of the others', in pixels and on the floor.
pub(super) fn disagreement(walk: &[Moment], models: &[CameraModel]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut px = vec![Vec::new(); models.len()];
    let mut mm = vec![Vec::new(); models.len()];
    for moment in walk {
        let places: Vec<(usize, [f64; 2], [f64; 2])> =
            moment.iter().filter_map(|g| Some((g.view, g.feet?, stands(&models[g.view], g.feet?)?))).collect();
        for &(view, feet, own) in &places {
            let others: Vec<[f64; 2]> =
                places.iter().filter(|(v, ..)| *v != view).map(|(_, _, place)| *place).collect();
            if others.is_empty() {
                continue;
            }
            let mean = [0, 1].map(|i| others.iter().map(|place| place[i]).sum::<f64>() / others.len() as f64);
            mm[view].push((own[0] - mean[0]).hypot(own[1] - mean[1]));
            px[view]
                .extend(models[view].project([mean[0], mean[1], 0.0]).map(|[u, v]| (u - feet[0]).hypot(v - feet[1])));
        }
    }
    (px, mm)
}

/// Distances between where any two cameras see a mark on the floor.
pub(super) fn marks(views: &[View], models: &[CameraModel]) -> Summary {
    let mut places: BTreeMap<&str, Vec<[f64; 2]>> = BTreeMap::new();
    for (view, model) in views.iter().zip(models) {
        for point in view.points.iter().filter(|point| point.world_mm.is_none()) {
            let name = point.name.as_deref().unwrap_or_default();
            places.entry(name).or_default().extend(model.floor(point.pixel_px, 0.0));
        }
    }
    Summary::of(places.values().flat_map(|places| apart(places)).collect())
}

fn apart(places: &[[f64; 2]]) -> Vec<f64> {
    let rest = |(i, a): (usize, &[f64; 2])| {
        let a = *a;
        places[i + 1..].iter().map(move |b| (a[0] - b[0]).hypot(a[1] - b[1]))
    };
    places.iter().enumerate().flat_map(rest).collect()
}

/// Distances between any two cameras that saw the walker's feet at one time.
pub(super) fn pairs(walk: &[Moment], models: &[CameraModel]) -> Summary {
    let mut all = Vec::new();
    for moment in walk {
        let places: Vec<[f64; 2]> = moment.iter().filter_map(|g| stands(&models[g.view], g.feet?)).collect();
        all.extend(apart(&places));
    }
    Summary::of(all)
}

/// The table for a terminal.
pub(super) fn table(found: &[Calibrated]) -> String {
    let mut text =
        String::from("camera           points  rms px  max px  rms mm  max mm    walk  median px  median mm  p90 mm\n");
    for camera in found {
        let Residuals { points_px, points_mm, walk_px, walk_mm } = camera.residuals;
        let _ = writeln!(
            text,
            "{:<16} {:>6}  {:>6.1}  {:>6.1}  {:>6.0}  {:>6.0}  {:>6}  {:>9.1}  {:>9.0}  {:>6.0}",
            camera.name,
            points_px.count,
            points_px.rms,
            points_px.max,
            points_mm.rms,
            points_mm.max,
            walk_mm.count,
            walk_px.median,
            walk_mm.median,
            walk_mm.p90
        );
    }
    for camera in found {
        for doubt in doubts(&camera.residuals) {
            let _ = writeln!(text, "WARNING  {}: {doubt}", camera.name);
        }
    }
    text
}

/// What somebody should look at again.
pub(super) fn doubts(residuals: &Residuals) -> Vec<String> {
    let mut said = Vec::new();
    if residuals.points_px.rms > DOUBTFUL.0 || residuals.points_px.max > DOUBTFUL.1 {
        let (rms, max) = (residuals.points_px.rms, residuals.points_px.max);
        said.push(format!("clicked points lie {rms:.1} px off (the worst {max:.1} px): is one of them another point?"));
    }
    if residuals.walk_mm.count > 0 && residuals.walk_mm.p90 > DOUBTFUL.2 {
        let p90 = residuals.walk_mm.p90;
        said.push(format!("one time in ten it sees the walker more than {p90:.0} mm from where the others do"));
    }
    said
}

/// The calibration file.
pub(super) fn file(store: &str, found: &[Calibrated]) -> String {
    let mut text = format!(
        "# Calibration of the store {store}, written by `aisleflow calibrate`. World: millimetres, z up, floor at z = 0.\n"
    );
    let list = |numbers: &[f64], digits: usize| {
        let parts: Vec<String> = numbers.iter().map(|n| format!("{n:.digits$}")).collect();
        format!("[{}]", parts.join(", "))
    };
    for camera in found {
        let _ = write!(text, "\n[[cameras]]\nname = \"{}\"\n", camera.name);
        match &camera.numbers {
            Some(p) => {
                let _ = write!(
                    text,
                    "model = \"pinhole\"\nfocal_px = {}\ncentre_px = {}\ndistortion = {}\nrotation = {}\ntranslation_mm = {}\n",
                    list(&p.focal_px, 3),
                    list(&p.centre_px, 1),
                    list(&p.distortion, 6),
                    list(&p.rotation, 8),
                    list(&p.translation_mm, 3)
                );
            }
            None => {
                let rows: Vec<String> = camera.model.floor_homography().iter().map(|row| list(row, 12)).collect();
                let _ = write!(text, "model = \"homography\"\nmatrix = [{}]\n", rows.join(", "));
            }
        }
        let r = &camera.residuals;
        let _ = write!(
            text,
            "[cameras.residuals]\npoints = {}\npoints_rms_px = {:.2}\npoints_max_px = {:.2}\npoints_rms_mm = {:.1}\npoints_max_mm = {:.1}\n",
            r.points_px.count, r.points_px.rms, r.points_px.max, r.points_mm.rms, r.points_mm.max
        );
        let _ = write!(
            text,
            "walk_frames = {}\nwalk_median_px = {:.2}\nwalk_median_mm = {:.1}\nwalk_p90_mm = {:.1}\n",
            r.walk_mm.count, r.walk_px.median, r.walk_mm.median, r.walk_mm.p90
        );
    }
    text
}
