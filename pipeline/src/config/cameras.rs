//! Reads the `[[cameras]]` of a `store.toml`.

use super::calibration::read_model;
use super::file::Section;
use super::plan::{CameraPlan, ClickedPoint, Places, SourcePlan};
use schemas::{CameraId, EventTime, Point, Polygon};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The cameras that can be understood.
pub(super) fn read_cameras(
    sections: Vec<Section<'_, '_>>,
    store: &str,
    video: SourcePlan,
    places: Places<'_>,
) -> Vec<CameraPlan> {
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
        section.path_safe("name", name, span)
    });
    let kind = section.choice("kind", &[("video", Kind::Video), ("detections", Kind::Detections)], Kind::Video);
    let path = section.text("path", "a file or folder under --data");
    if let (Some((path, span)), Some(data)) = (&path, places.checked())
        && !data.join(path).exists()
    {
        section.problem(
            "path",
            Some(span.clone()),
            format!("nothing at {}", data.join(path).display()),
            "is --data right?",
        );
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
    let clock_ahead_us = 1000 * section.integer("clock_ahead_ms", -3_600_000..=3_600_000, 0);
    let regions = section.sections("regions").into_iter().filter_map(read_region).collect();
    let points = section.sections("points").into_iter().filter_map(read_point).collect();
    let model = section.has("calibration").then(|| section.section("calibration")).and_then(|mut numbers| {
        let model = read_model(&mut numbers);
        numbers.close();
        model
    });
    section.close();
    let (name, path, start) = (name?, PathBuf::from(path?.0), start?.plus_us(-clock_ahead_us));
    let id = CameraId::mint(store, &name);
    Some(CameraPlan { id, name, required, regions, path, start, clock_ahead_us, source, model, points })
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

fn read_point(mut section: Section<'_, '_>) -> Option<ClickedPoint> {
    let name = section.optional_text("name").map(|(name, _)| name);
    let pixel = section.required_numbers("pixel_px", "where it is in the picture, [u, v] in source pixels");
    let world = section.has("world_mm").then(|| section.numbers("world_mm", "a place [x, y] or [x, y, z]"));
    if world.is_none() && name.is_none() {
        let hint = "[x, y, z]; or a `name`, for a mark on the floor that several cameras see";
        section.problem("world_mm", None, "is missing", hint);
    }
    let pixel_px = pixel.and_then(|(numbers, span)| match numbers[..] {
        [u, v] => Some([u, v]),
        _ => section.wrong_length("pixel_px", span, numbers.len(), "2"),
    });
    let world_mm = world.map(|found| {
        found.and_then(|(numbers, span)| match numbers[..] {
            [x, y] => Some([x, y, 0.0]),
            [x, y, z] => Some([x, y, z]),
            _ => section.wrong_length("world_mm", span, numbers.len(), "2 or 3"),
        })
    });
    section.close();
    match world_mm {
        Some(None) => None,
        known => Some(ClickedPoint { name, world_mm: known.flatten(), pixel_px: pixel_px? }),
    }
}
