//! What cameras truly showed beside what was detected, by camera and picture.

use super::read::{Rows, ScoreError, each};
use std::collections::BTreeMap;
use std::path::Path;

/// Left, top, right, bottom, px.
pub type Edges = [f32; 4];

/// One person in one picture, some of whom is to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Number.
    pub person: u32,
    /// Box around what is to be seen.
    pub edges: Edges,
    /// Part of them that is to be seen, by area.
    pub share: f32,
    /// Left and right wrist, and the middle of the ankles: place, and whether in view.
    pub joints: [([f32; 2], bool); 3],
}

/// One detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Its box.
    pub edges: Edges,
    /// Its score.
    pub score: f32,
    /// Number of its tracklet in its camera.
    pub tracklet: Option<usize>,
    /// Left and right wrist, and the feet.
    pub joints: [Option<[f32; 2]>; 3],
    /// Scores of the wrists.
    pub wrist_scores: [f32; 2],
}

/// One picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// When it was taken, microseconds.
    pub at: i64,
    /// Who is to be seen.
    pub shown: Vec<Shown>,
    /// What was detected.
    pub found: Vec<Found>,
}

/// One camera.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    /// Its pictures in order of time.
    pub frames: Vec<Frame>,
    /// How many tracklets there are.
    pub tracklets: usize,
    /// Detections at times at which there is no picture.
    pub stray: u64,
    /// Size of the pictures, px.
    pub size_px: [i32; 2],
}

/// Intersection over union.
pub fn iou(a: Edges, b: Edges) -> f64 {
    let shared = f64::from(overlap(a, b));
    let joined = f64::from(area(a)) + f64::from(area(b)) - shared;
    if joined > 0.0 { shared / joined } else { 0.0 }
}

/// Area shared, px squared.
pub fn overlap(a: Edges, b: Edges) -> f32 {
    let (w, h) = (a[2].min(b[2]) - a[0].max(b[0]), a[3].min(b[3]) - a[1].max(b[1]));
    if w > 0.0 && h > 0.0 { w * h } else { 0.0 }
}

/// Area, px squared.
pub fn area(e: Edges) -> f32 {
    (e[2] - e[0]).max(0.0) * (e[3] - e[1]).max(0.0)
}

/// Reads every camera of the truth with its detections; none where there is no table `detections`.
pub fn read(truth: &Path, tables: &Path) -> Result<Option<BTreeMap<String, Frames>>, ScoreError> {
    let mut cameras: BTreeMap<String, Frames> = BTreeMap::new();
    let there = each(truth, "frames", &["camera", "event_time", "width_px", "height_px"], |rows| {
        let (camera, at) = (rows.texts("camera")?, rows.times("event_time")?);
        let (width, height) = (rows.int32s("width_px")?, rows.int32s("height_px")?);
        for row in 0..rows.len() {
            let frames = cameras.entry(camera(row).unwrap_or_default().to_string()).or_default();
            frames.size_px = [width(row), height(row)];
            frames.frames.push(Frame { at: at(row), ..Frame::default() });
        }
        Ok(())
    })?;
    if !there {
        return Err(ScoreError::NoTruth { path: truth.to_path_buf(), table: "frames" });
    }
    cameras.values_mut().for_each(|c| c.frames.sort_by_key(|frame| frame.at));
    people(truth, &mut cameras)?;
    let there = detections(truth, tables, &mut cameras)?;
    Ok(there.then_some(cameras))
}

fn edges(rows: &Rows) -> Result<impl Fn(usize) -> Option<Edges> + '_, ScoreError> {
    let columns =
        [rows.floats("left_px")?, rows.floats("top_px")?, rows.floats("right_px")?, rows.floats("bottom_px")?];
    Ok(move |row| {
        let [left, top, right, bottom] = [0, 1, 2, 3].map(|i| columns[i](row));
        Some([left?, top?, right?, bottom?])
    })
}

fn people(truth: &Path, cameras: &mut BTreeMap<String, Frames>) -> Result<(), ScoreError> {
    let columns = [
        "camera",
        "event_time",
        "person",
        "left_px",
        "top_px",
        "right_px",
        "bottom_px",
        "visible_share",
        "joints_x_px",
        "joints_y_px",
        "joints_visible",
    ];
    let there = each(truth, "people", &columns, |rows| {
        let (camera, at, person) = (rows.texts("camera")?, rows.times("event_time")?, rows.int32s("person")?);
        let (edges, share) = (edges(&rows)?, rows.floats("visible_share")?);
        let lists = [rows.lists("joints_x_px")?, rows.lists("joints_y_px")?, rows.lists("joints_visible")?];
        for row in 0..rows.len() {
            let Some(edges) = edges(row) else { continue };
            let Some(frames) = cameras.get_mut(camera(row).unwrap_or_default()) else { continue };
            let Ok(frame) = frames.frames.binary_search_by_key(&at(row), |frame| frame.at) else { continue };
            let [x, y, seen] = [0, 1, 2].map(|i| lists[i](row));
            let joint = |i: usize| match (x.get(i), y.get(i), seen.get(i)) {
                (Some(&x), Some(&y), Some(&seen)) => ([x, y], seen == 2.0),
                _ => ([f32::NAN; 2], false),
            };
            let (a, b) = (joint(15), joint(16));
            let feet = ([0, 1].map(|i| 0.5 * (a.0[i] + b.0[i])), a.1 && b.1);
            let shown = Shown {
                person: person(row).unsigned_abs(),
                edges,
                share: share(row).unwrap_or(0.0),
                joints: [joint(9), joint(10), feet],
            };
            frames.frames[frame].shown.push(shown);
        }
        Ok(())
    })?;
    if there { Ok(()) } else { Err(ScoreError::NoTruth { path: truth.to_path_buf(), table: "people" }) }
}

/// How far each camera's clock is ahead, microseconds: what it delivers is compared with what it truly saw.
fn skews(truth: &Path) -> Result<BTreeMap<String, i64>, ScoreError> {
    let mut skews = BTreeMap::new();
    each(truth, "clocks", &["device", "kind", "skew_us"], |rows| {
        let (device, kind, skew) = (rows.texts("device")?, rows.texts("kind")?, rows.int64s("skew_us")?);
        let cameras = (0..rows.len()).filter(|&row| kind(row) == Some("camera"));
        skews.extend(cameras.map(|row| (device(row).unwrap_or_default().to_string(), skew(row))));
        Ok(())
    })?;
    Ok(skews)
}

fn detections(truth: &Path, tables: &Path, cameras: &mut BTreeMap<String, Frames>) -> Result<bool, ScoreError> {
    let columns = [
        "camera",
        "event_time",
        "left_px",
        "top_px",
        "right_px",
        "bottom_px",
        "score",
        "tracklet_id",
        "feet_x_px",
        "feet_y_px",
        "wrist_left_x_px",
        "wrist_left_y_px",
        "wrist_left_score",
        "wrist_right_x_px",
        "wrist_right_y_px",
        "wrist_right_score",
    ];
    let skews = skews(truth)?;
    let mut tracklets: BTreeMap<(String, String), usize> = BTreeMap::new();
    each(tables, "detections", &columns, |rows| {
        let (camera, at, score) = (rows.texts("camera")?, rows.times("event_time")?, rows.floats("score")?);
        let (edges, tracklet) = (edges(&rows)?, rows.texts("tracklet_id")?);
        let points = ["wrist_left", "wrist_right", "feet"]
            .map(|name| Ok((rows.floats(&format!("{name}_x_px"))?, rows.floats(&format!("{name}_y_px"))?)));
        let [left, right, feet] = points;
        let points = [left?, right?, feet?];
        let wrist_scores = [rows.floats("wrist_left_score")?, rows.floats("wrist_right_score")?];
        for row in 0..rows.len() {
            let name = camera(row).unwrap_or_default();
            let Some(frames) = cameras.get_mut(name) else {
                return Err(ScoreError::Unlike(format!(
                    "detections of camera `{name}`, of which the truth has no pictures"
                )));
            };
            let taken = at(row) - skews.get(name).copied().unwrap_or(0);
            let Some(frame) = nearest(&frames.frames, taken) else {
                frames.stray += 1;
                continue;
            };
            let tracklet = tracklet(row).map(|id| {
                let next = frames.tracklets;
                let number = *tracklets.entry((name.to_string(), id.to_string())).or_insert(next);
                frames.tracklets = frames.tracklets.max(number + 1);
                number
            });
            let joints = [0, 1, 2].map(|i| Some([points[i].0(row)?, points[i].1(row)?]));
            let wrist_scores = [0, 1].map(|i| wrist_scores[i](row).unwrap_or(0.0));
            let edges = edges(row).unwrap_or_default();
            let found = Found { edges, score: score(row).unwrap_or(0.0), tracklet, joints, wrist_scores };
            frames.frames[frame].found.push(found);
        }
        Ok(())
    })
}

/// The picture taken nearest to `at`, at most half a picture away: containers round times.
fn nearest(frames: &[Frame], at: i64) -> Option<usize> {
    let after = frames.partition_point(|frame| frame.at < at);
    let best = [after.checked_sub(1), Some(after)].into_iter().flatten().filter(|&i| i < frames.len());
    let best = best.min_by_key(|&i| (frames[i].at - at).abs())?;
    let period =
        if frames.len() > 1 { (frames[frames.len() - 1].at - frames[0].at) / (frames.len() as i64 - 1) } else { 2 };
    ((frames[best].at - at).abs() <= period / 2).then_some(best)
}
