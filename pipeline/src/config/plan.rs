//! What a `store.toml` means: a [`Plan`] in which every value is valid, or every problem there is.

use super::Problem;
use super::file::{Reading, Section};
use operators::{DetectSettings, GateSettings, TrackSettings};
use schemas::{CameraId, EventTime, Point, Polygon, TickLength};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A shop, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the store; the value of `store=` in paths.
    pub store: String,
    /// Length of a tick.
    pub tick: TickLength,
    /// SHA-256 of the configuration's text, hexadecimal.
    pub digest: String,
    /// What is written.
    pub output: OutputPlan,
    /// Which models look; none where no camera has pixels.
    pub models: Option<ModelsPlan>,
    /// When a picture counts as changed; none when every frame is looked at.
    pub gate: Option<GateSettings>,
    /// How tracklets are made.
    pub track: TrackSettings,
    /// The cameras, in the file's order.
    pub cameras: Vec<CameraPlan>,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct OutputPlan {
    /// Length of the event-time range of one file.
    pub range: TickLength,
    /// How long after its end a range stays open for rows that are still being decided.
    pub hold_us: i64,
    /// Whether `detections` is written.
    pub detections: bool,
}

/// A model: one of the zoo by name, or a manifest by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// Name of a zoo entry.
    Zoo(String),
    /// Path of a `manifest.toml`.
    Manifest(PathBuf),
}

/// Which models look at frames.
#[derive(Clone, Debug)]
pub struct ModelsPlan {
    /// Finds people.
    pub detector: ModelChoice,
    /// Finds wrists and feet.
    pub poser: Option<ModelChoice>,
    /// Describes appearance.
    pub embedder: Option<ModelChoice>,
    /// How often the costly ones look.
    pub detect: DetectSettings,
}

/// One camera.
#[derive(Clone, Debug)]
pub struct CameraPlan {
    /// Identity.
    pub id: CameraId,
    /// Name.
    pub name: String,
    /// Whether the run stops when it cannot be opened.
    pub required: bool,
    /// Where the shop's floor is in its picture; empty = everywhere.
    pub regions: Vec<Polygon>,
    /// File or folder, relative to `--data`.
    pub path: PathBuf,
    /// Time of the first frame; unused for Parquet, whose rows carry their times.
    pub start: EventTime,
    /// What it delivers.
    pub source: SourcePlan,
}

/// What a camera delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePlan {
    /// Pictures.
    Video {
        /// Decoder threads.
        threads: usize,
        /// Longest believable step of the stream's clock, in microseconds.
        pts_jump_max_us: i64,
        /// Pictures in flight at most.
        pictures_max: usize,
    },
    /// Detections in MOTChallenge text.
    Mot {
        /// Frames a second, in 1/1000.
        frames_per_1000_s: u32,
        /// Width of the source picture in pixels.
        width: u32,
        /// Height of the source picture in pixels.
        height: u32,
    },
    /// Detections as a `detections` table.
    Parquet,
}

/// Where the parts of a configuration begin to be looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// Folder of the configuration: manifests are relative to it.
    pub config: Option<&'a Path>,
    /// Folder of the footage; given, every camera's file must be there.
    pub data: Option<&'a Path>,
}

impl Plan {
    /// Reads a configuration's `text`, which came from the file called `name`. Every problem is found, not only the first.
    pub fn read(name: &str, text: &str, places: Places<'_>) -> Result<Plan, Vec<Problem>> {
        let reading = Reading::new(name, text);
        let plan = read_top(&reading, text, places);
        let problems = reading.into_problems();
        match plan {
            Some(plan) if problems.is_empty() => Ok(plan),
            _ => Err(problems),
        }
    }

    /// Whether any camera has pixels.
    pub fn has_video(&self) -> bool {
        self.cameras.iter().any(|c| matches!(c.source, SourcePlan::Video { .. }))
    }
}

fn read_top(reading: &Reading<'_>, text: &str, places: Places<'_>) -> Option<Plan> {
    let mut top = reading.top();
    let mut store = top.section("store");
    let name = store.text("name", "for example: name = \"corner-shop\"");
    let name = name.and_then(|(name, span)| path_safe(&store, "name", name, span));
    let tick = TickLength::from_us(store.integer("tick_ms", 1..=60_000, 100).unsigned_abs() * 1000)?;
    store.close();

    let mut ingest = top.section("ingest");
    let pts_jump_max_us = 1000 * ingest.integer("pts_jump_max_ms", 100..=3_600_000, 10_000);
    let pictures_max = ingest.integer("pictures_max", 2..=256, 6).unsigned_abs() as usize;
    ingest.close();
    let video = SourcePlan::Video { threads: 1, pts_jump_max_us, pictures_max };

    let (span, none) = (top.span(), !top.has("cameras"));
    let cameras = read_cameras(top.sections("cameras"), name.as_deref().unwrap_or_default(), video, places);
    if none {
        reading.problem(&span, "cameras", "is missing".to_string(), "write at least one [[cameras]]".to_string());
    }
    let pixels = cameras.iter().any(|c| matches!(c.source, SourcePlan::Video { .. }));
    let models = read_models(top.section("models"), pixels, places);
    let gate = read_gate(top.section("gate_motion"));
    let track = read_track(top.section("track"));
    let output = read_output(top.section("output"), tick, &track);
    top.close();
    let digest = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    Some(Plan { store: name?, tick, digest, output, models, gate, track, cameras })
}

/// Names stand in paths and in `key=value` folders.
fn path_safe(section: &Section<'_, '_>, key: &str, name: String, span: std::ops::Range<usize>) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.chars().all(allowed) && name.len() <= 64 {
        return Some(name);
    }
    section.problem(key, Some(span), format!("`{name}` cannot stand in a path"), "use at most 64 of a-z A-Z 0-9 - _");
    None
}

fn read_output(mut section: Section<'_, '_>, tick: TickLength, track: &TrackSettings) -> OutputPlan {
    let range_us = 1_000_000 * section.integer("range_s", 1..=86_400, 60).unsigned_abs();
    if !range_us.is_multiple_of(tick.us()) {
        let reason = format!("is no multiple of the tick of {} ms", tick.us() / 1000);
        section.problem("range_s", None, reason, "choose range_s so that a whole number of ticks fits");
    }
    let hold_ms = section.integer("correction_window_ms", 0..=600_000, 10_000);
    // A tracklet's first sightings are held back until it is confirmed; their range must still be open then.
    let confirm_ms = i64::from(track.confirm_sightings) * i64::from(track.tentative_ms);
    if hold_ms < confirm_ms {
        let reason = format!("{hold_ms} ms is less than confirming a tracklet may take, {confirm_ms} ms");
        section.problem("correction_window_ms", None, reason, "see track.confirm_sightings and track.tentative_ms");
    }
    let detections = section.flag("detections", false);
    section.close();
    OutputPlan { range: TickLength::from_us(range_us).unwrap_or(tick), hold_us: 1000 * hold_ms, detections }
}

fn read_models(mut section: Section<'_, '_>, pixels: bool, places: Places<'_>) -> Option<ModelsPlan> {
    let mut choice = |key: &'static str| {
        let (name, span) = section.optional_text(key)?;
        if !name.ends_with(".toml") {
            let known: Vec<&str> = models::Zoo::names().collect();
            if !known.contains(&name.as_str()) {
                let hint = format!("one of: {}; or the path of a manifest.toml", known.join(", "));
                section.problem(key, Some(span), format!("`{name}` is not in the zoo"), hint);
            }
            return Some(ModelChoice::Zoo(name));
        }
        let path = places.config.unwrap_or(Path::new("")).join(&name);
        if places.config.is_some() && !path.is_file() {
            section.problem(
                key,
                Some(span),
                format!("no file {}", path.display()),
                "paths are relative to the configuration",
            );
        }
        Some(ModelChoice::Manifest(path))
    };
    let (detector, poser, embedder) = (choice("detector"), choice("poser"), choice("embedder"));
    let every = |section: &mut Section<'_, '_>, key| section.integer(key, 1..=10_000, 1).unsigned_abs();
    let detect = DetectSettings {
        pose_every_frames: every(&mut section, "pose_every_frames"),
        embed_every_frames: every(&mut section, "embed_every_frames"),
    };
    if pixels && detector.is_none() && !section.has("detector") {
        section.problem("detector", None, "is missing", "video cameras need one, for example \"yolox-nano-480x640\"");
    }
    section.close();
    Some(ModelsPlan { detector: detector?, poser, embedder, detect })
}

fn read_track(mut section: Section<'_, '_>) -> TrackSettings {
    let mut settings = TrackSettings::default();
    for setting in TrackSettings::ALL {
        let range = i64::from(setting.low)..=i64::from(setting.high);
        let value = section.integer(setting.name, range, i64::from(setting.default)) as u32;
        // The range was checked when the value was read.
        let _ = settings.set(setting.name, value);
    }
    section.close();
    settings
}

fn read_gate(mut section: Section<'_, '_>) -> Option<GateSettings> {
    let default = GateSettings::default();
    let enabled = section.flag("enabled", false);
    let settings = GateSettings {
        luma_change_min: section.integer("luma_change_min", 1..=255, i64::from(default.luma_change_min)) as u8,
        blocks_min: section.integer("blocks_min", 1..=100_000, i64::from(default.blocks_min)) as u32,
        refresh_us: 1000 * section.integer("refresh_ms", 1..=3_600_000, default.refresh_us / 1000),
    };
    section.close();
    enabled.then_some(settings)
}

fn read_cameras(sections: Vec<Section<'_, '_>>, store: &str, video: SourcePlan, places: Places<'_>) -> Vec<CameraPlan> {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut cameras = Vec::new();
    for (i, section) in sections.into_iter().enumerate() {
        cameras.extend(read_camera(section, i, store, video, places, &mut lines));
    }
    cameras
}

/// The kinds a camera can be.
#[derive(Clone, Copy)]
enum Kind {
    Video,
    Detections,
}

fn read_camera(
    mut section: Section<'_, '_>,
    index: usize,
    store: &str,
    video: SourcePlan,
    places: Places<'_>,
    seen: &mut BTreeMap<String, usize>,
) -> Option<CameraPlan> {
    let name = section.text("name", "for example: name = \"cam1\"");
    let name = name.and_then(|(name, span)| {
        if let Some(first) = seen.insert(name.clone(), index) {
            section.problem(
                "name",
                Some(span.clone()),
                format!("`{name}` is cameras[{first}] already"),
                "names are unique",
            );
        }
        path_safe(&section, "name", name, span)
    });
    let kind = section.choice("kind", &[("video", Kind::Video), ("detections", Kind::Detections)], Kind::Video);
    let path = section.text("path", "a file or folder under --data");
    if let (Some((path, span)), Some(data)) = (&path, places.data) {
        if !data.join(path).exists() {
            section.problem(
                "path",
                Some(span.clone()),
                format!("nothing at {}", data.join(path).display()),
                "is --data right?",
            );
        }
    }
    let required = section.flag("required", true);
    let parquet = path.as_ref().is_some_and(|(p, _)| !p.ends_with(".txt"));
    let (source, start) = match kind {
        Kind::Video => {
            let SourcePlan::Video { pts_jump_max_us, pictures_max, .. } = video else { return None };
            let threads = section.integer("threads", 1..=16, 1).unsigned_abs() as usize;
            (SourcePlan::Video { threads, pts_jump_max_us, pictures_max }, section.instant("start"))
        }
        Kind::Detections if parquet => (SourcePlan::Parquet, Some(EventTime::default())),
        Kind::Detections => {
            let rate = section.number("frames_per_s", 0.001..=1000.0, 30.0);
            let width = section.integer("width_px", 1..=65_535, 1920) as u32;
            let height = section.integer("height_px", 1..=65_535, 1080) as u32;
            let source = SourcePlan::Mot { frames_per_1000_s: (rate * 1000.0).round() as u32, width, height };
            (source, section.instant("start"))
        }
    };
    let regions = section.sections("regions").into_iter().filter_map(read_region).collect();
    section.close();
    let (name, path, start) = (name?, PathBuf::from(path?.0), start?);
    Some(CameraPlan { id: CameraId::mint(store, &name), name, required, regions, path, start, source })
}

fn read_region(mut section: Section<'_, '_>) -> Option<Polygon> {
    if !section.has("polygon_px") {
        section.problem("polygon_px", None, "is missing", "at least three points [[x, y], ...] in source pixels");
    }
    let polygon = section.points("polygon_px").and_then(|(points, span)| {
        let corners = points.iter().map(|&[x, y]| Point::from_pixels(x as f32, y as f32)).collect();
        let polygon = Polygon::new(corners);
        if polygon.is_none() {
            section.problem(
                "polygon_px",
                Some(span),
                format!("has {} points", points.len()),
                "a polygon has at least 3",
            );
        }
        polygon
    });
    section.close();
    polygon
}
