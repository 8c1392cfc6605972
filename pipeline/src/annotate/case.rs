//! Case: one change on a shelf as a picture: before, while and after, in the camera that sees the slot best, with the way of the hands;
//! what its scale said; and who stood where.

use super::boxes::Boxes;
use super::draw::{Canvas, Person, Trails};
use super::whose::Whose;
use super::{AnnotateError, cannot_write, scene};
use crate::config::plan::{CameraPlan, Plan};
use crate::ingest::pace::Arrival;
use crate::ingest::{Ingested, ScaleReader, VideoReader, VideoStream};
use operators::{SlotSpace, spaces};
use schemas::geometry::to_pixels;
use schemas::{CameraId, EventTime, ScaleId, SlotId};
use std::collections::BTreeMap;
use std::path::Path;

/// Pictures: so long before the change, at it, and so long after it.
const MOMENTS_US: [i64; 3] = [-1_500_000, 0, 1_500_000];
/// What is shown of the scale, before and after.
const CURVE_US: i64 = 6_000_000;
/// Size of one picture.
const TILE: (u32, u32) = (480, 360);
/// Size of the curve, and of the floor plan beside it.
const CHART: (u32, u32) = (720, 360);
/// Height of a line of text.
const LINE_PX: u32 = 18;
/// A picture shows this share of the camera's width.
const WINDOW: f64 = 0.5;

const INK: [u8; 3] = [230, 230, 230];
const FAINT: [u8; 3] = [110, 114, 122];
const SLOT: [u8; 3] = [255, 230, 0];
const HANDS: [u8; 3] = [255, 80, 200];

/// What is to be drawn.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// When it was.
    pub at: EventTime,
    /// In which slot; none of a case about a visit.
    pub slot: Option<SlotId>,
    /// What is written above.
    pub lines: Vec<String>,
}

/// Draws a case into `path`, PNG; `out` holds the tables, `data` footage and scales, where there are any.
pub fn draw(plan: &Plan, data: &Path, out: &Path, view: &CaseView, path: &Path) -> Result<(), AnnotateError> {
    let space = spaces(&plan.gondolas).into_iter().find(|space| Some(space.slot) == view.slot);
    let head = LINE_PX * (view.lines.len() as u32 + 1);
    let mut canvas = Canvas::filled(3 * TILE.0, head + TILE.1 + CHART.1, [24, 26, 30]);
    for (line, i) in view.lines.iter().zip(1u32..) {
        canvas.label([6.0, (i * LINE_PX) as f32], line, INK);
    }
    let pictures = match space.as_ref().and_then(|space| best_camera(plan, data, space).map(|best| (space, best))) {
        Some((space, camera)) => pictures(plan, camera, data, out, view.at, space)?,
        None => Vec::new(),
    };
    if pictures.is_empty() {
        canvas.label([6.0, (head + LINE_PX) as f32], "no footage of it", FAINT);
    }
    for (picture, i) in pictures.iter().zip(0u32..) {
        canvas.paste(picture, i * TILE.0, head);
    }
    let mut scales = plan.scales.iter().filter(|_| plan.sensors.scales.is_some());
    let scale = scales.find(|scale| view.slot.is_some_and(|slot| scale.slots.contains(&slot)));
    if let Some(scale) = scale {
        canvas.paste(&curve(&weights(plan, data, scale.id, view.at)?, view.at, &scale.name), 0, head + TILE.1);
    }
    if let Some(whose) = Whose::read(out, &plan.store)? {
        canvas.paste(&scene(plan, &whose).live(view.at, CHART), CHART.0, head + TILE.1);
    }
    canvas.save(path).map_err(|error| cannot_write(path, &error))
}

/// The camera with footage that is nearest to the slot and has it in its picture.
fn best_camera<'p>(plan: &'p Plan, data: &Path, space: &SlotSpace) -> Option<&'p CameraPlan> {
    let sees = |camera: &&CameraPlan| {
        let Some((footage, model)) = camera.footage(data).zip(camera.model.as_ref()) else { return false };
        let first = VideoStream::open(footage).ok().and_then(|mut stream| stream.next_meta()?.ok());
        let Some((width, height)) = first.map(|meta| (meta.width, meta.height)) else { return false };
        let inside = |[x, y]: [f64; 2]| (0.0..f64::from(width)).contains(&x) && (0.0..f64::from(height)).contains(&y);
        space.face().iter().all(|&corner| model.project(corner).is_some_and(inside))
    };
    let middle = space.face().iter().fold([0.0; 3], |sum, at| [0, 1, 2].map(|i| sum[i] + at[i] / 4.0));
    let off = |camera: &CameraPlan| {
        let at = camera.model.as_ref().and_then(|model| model.position()).unwrap_or([f64::MAX / 4.0; 3]);
        [0, 1, 2].map(|i| (at[i] - middle[i]).powi(2)).iter().sum::<f64>()
    };
    plan.cameras.iter().filter(sees).min_by(|a, b| off(a).total_cmp(&off(b)))
}

/// The camera's pictures of the moments, cut around the slot.
fn pictures(
    plan: &Plan,
    camera: &CameraPlan,
    data: &Path,
    out: &Path,
    at: EventTime,
    space: &SlotSpace,
) -> Result<Vec<Canvas>, AnnotateError> {
    let (Some(footage), Some(model)) = (camera.footage(data), camera.model.as_ref()) else { return Ok(Vec::new()) };
    let face: Vec<[f32; 2]> =
        space.face().iter().filter_map(|&corner| model.project(corner)).map(|[x, y]| [x as f32, y as f32]).collect();
    let middle = [0, 1].map(|i| face.iter().map(|corner| corner[i]).sum::<f32>() / face.len().max(1) as f32);
    let mut reader = VideoReader::open(footage)?;
    let mut boxes = Boxes::open(out, &plan.store, &camera.name)?;
    let mut hands: BTreeMap<String, Vec<[f32; 2]>> = BTreeMap::new();
    let mut drawn: Vec<Option<Canvas>> = vec![None; MOMENTS_US.len()];
    let until = at.plus_us(*MOMENTS_US.last().unwrap_or(&0));
    while let Some(next) = reader.next() {
        let Ingested::Frame(frame) = next else { continue };
        let off = frame.meta.event_time.since_us(at);
        if frame.meta.event_time > until {
            break;
        }
        // The last picture not later than the moment; nothing older than a second.
        let Some(moment) = MOMENTS_US.iter().position(|&moment| off <= moment) else { continue };
        if off < MOMENTS_US[0] - 1_000_000 {
            continue;
        }
        let people = boxes.of_frame(frame.meta.sequence)?;
        for (person, wrist) in people.iter().flat_map(|person| person.wrists.iter().map(move |wrist| (person, wrist))) {
            hands.entry(name(person)).or_default().push([wrist.0, wrist.1]);
        }
        let mut canvas = Canvas::new(&frame.scaled);
        canvas.people(&people, &mut Trails::default());
        for (i, &from) in face.iter().enumerate() {
            canvas.segment(from, face[(i + 1) % face.len()], SLOT);
        }
        for way in hands.values() {
            way.windows(2).filter(|pair| near(pair[0], pair[1])).for_each(|p| canvas.segment(p[0], p[1], HANDS));
        }
        let (width, _) = canvas.size();
        let side = (f64::from(width) * WINDOW) as u32;
        let mut tile = canvas.cut(middle, (side, side * TILE.1 / TILE.0), TILE.0);
        tile.caption(&camera.name, &frame.meta);
        drawn[moment] = Some(tile);
    }
    Ok(drawn.into_iter().flatten().collect())
}

/// Steps of one hand, not of two.
fn near(a: [f32; 2], b: [f32; 2]) -> bool {
    (a[0] - b[0]).hypot(a[1] - b[1]) < 60.0
}

fn name(person: &Person) -> String {
    let middle = (to_pixels(person.bbox.left) + to_pixels(person.bbox.right)) / 2.0;
    person.tracklet.clone().unwrap_or_else(|| format!("at {middle:.0}"))
}

/// What a scale said around an instant: microseconds off it, and grams.
fn weights(plan: &Plan, data: &Path, scale: ScaleId, at: EventTime) -> Result<Vec<(i64, f64)>, AnnotateError> {
    let Some(path) = &plan.sensors.scales else { return Ok(Vec::new()) };
    let scales = plan.scales.iter().map(|scale| (scale.name.clone(), scale.id)).collect();
    let reader = ScaleReader::open(&data.join(path), scales, CameraId(0), plan.sensors.late_us, &plan.weigh)?;
    let mut said = Vec::new();
    for arrival in reader {
        if arrival.closes() > at.plus_us(CURVE_US) {
            break;
        }
        let Arrival::Weighed { samples, .. } = arrival else { continue };
        let near = samples.iter().filter(|sample| sample.scale == scale);
        let near = near.map(|sample| (sample.event_time.since_us(at), sample.weight_mg));
        said.extend(
            near.filter(|(off, _)| off.abs() <= CURVE_US).filter_map(|(off, mg)| Some((off, mg? as f64 / 1e3))),
        );
    }
    said.sort_by_key(|(off, _)| *off);
    Ok(said)
}

/// The scale's curve.
fn curve(said: &[(i64, f64)], at: EventTime, scale: &str) -> Canvas {
    let mut canvas = Canvas::filled(CHART.0, CHART.1, [16, 17, 20]);
    let (width, height, edge) = (CHART.0 as f32, CHART.1 as f32, 40.0);
    let (low, high) = said.iter().fold((f64::MAX, f64::MIN), |(low, high), (_, g)| (low.min(*g), high.max(*g)));
    let x = |off: i64| edge + (width - 2.0 * edge) * ((off + CURVE_US) as f32 / (2 * CURVE_US) as f32);
    canvas.segment([x(0), edge], [x(0), height - edge], SLOT);
    let time = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    canvas.label([x(0) + 4.0, height - 4.0], &time.strftime("%F %T%.3fZ").to_string(), FAINT);
    canvas.label([6.0, 18.0], &format!("scale {scale}, grams; {} s to each side", CURVE_US / 1_000_000), INK);
    if said.is_empty() {
        canvas.label([edge, height / 2.0], "it said nothing", FAINT);
        return canvas;
    }
    let span = (high - low).max(1.0);
    let y = |grams: f64| height - edge - (height - 2.0 * edge) * ((grams - low) / span) as f32;
    for (grams, dy) in [(high, -2.0), (low, 14.0)] {
        canvas.label([4.0, y(grams) + dy], &format!("{grams:.0} g"), FAINT);
    }
    for pair in said.windows(2) {
        canvas.segment([x(pair[0].0), y(pair[0].1)], [x(pair[1].0), y(pair[1].1)], [80, 200, 255]);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_where_there_is_one() {
        let ink = |canvas: &Canvas| canvas.rgb().chunks_exact(3).filter(|pixel| *pixel == [80, 200, 255]).count();
        let step: Vec<(i64, f64)> = (-60..=60).map(|i| (i * 100_000, if i < 0 { 900.0 } else { 400.0 })).collect();
        assert_eq!(ink(&curve(&[], EventTime(0), "a")), 0);
        assert!(ink(&curve(&step, EventTime(0), "a")) > 600, "a line from end to end, and down");
        assert!(ink(&curve(&[(0, 5.0), (CURVE_US, 5.0)], EventTime(0), "a")) > 200, "steady");
    }
}
