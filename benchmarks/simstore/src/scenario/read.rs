//! Reads a scenario's TOML into a [`Scenario`].

mod devices;

use super::toml_file::{Reading, Section, Span, near};
use super::{Hard, Level, People, Pictures, Problem, Scenario, Shop};
use crate::observe::Noise;
use crate::observe::noise::PRESETS;
use crate::seed::Seed;
use crate::world::{View, World};
use devices::{read_delivery, read_outages, read_wrong_codes};
use schemas::EventTime;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest scenario: a week.
const SECONDS_MAX: u32 = 7 * 86_400;
/// Monday, 23 November 2026, 08:00 UTC.
const START: EventTime = EventTime(1_795_420_800_000_000);

const SHOPS: [(&str, Shop); 3] = [("corner", Shop::Corner), ("nanostore", Shop::Nanostore), ("large", Shop::Large)];
const LEVELS: [(&str, Level); 2] = [("video", Level::Video), ("observations", Level::Observations)];
const VIEWS: [(&str, View); 3] = [("corner", View::Corner), ("shelf", View::Shelf), ("overhead", View::Overhead)];

/// Reads the `text` of the file called `file`; gives the scenario and its shop, with the cameras that it chose. The nanostore's
/// description is in the folder `nanostore`. Every problem is found, not only the first.
pub fn read(file: &str, text: &str, nanostore: Option<&Path>) -> Result<(Scenario, World), Vec<Problem>> {
    let reading = Reading::new(file, text);
    let mut named = Vec::new();
    let (scenario, shop_span) = read_top(reading.top(), Path::new(file).parent().unwrap_or(Path::new("")), &mut named);
    let world = scenario.full_world(nanostore);
    match &world {
        Ok(world) => {
            named.iter().for_each(|name| check_name(&reading, world, name));
            if scenario.level == Level::Video {
                check_films(&reading, &scenario, world.clone(), &named);
            }
        }
        Err(error) => reading.note(&shop_span, "shop", &error.to_string(), error.hint()),
    }
    let problems = reading.into_problems();
    match world {
        Ok(world) if problems.is_empty() => Ok((scenario.clone(), scenario.with_cameras(world))),
        _ => Err(problems),
    }
}

/// A device's name in the file, with its key and where it stands, and what it may be the name of.
struct Named {
    name: String,
    key: String,
    span: Span,
    kinds: &'static [Kind],
    /// Where the file says that it delivers late.
    late: Option<Span>,
}

/// Kinds of devices.
#[derive(Clone, Copy)]
enum Kind {
    Camera,
    Scale,
    Gate,
}

/// Looks for outages that no film can show.
fn check_films(reading: &Reading<'_>, scenario: &Scenario, world: World, named: &[Named]) {
    for (camera, why) in scenario.unfilmable(&scenario.with_cameras(world)) {
        let of = named.iter().find(|named| named.name == camera && named.key.starts_with("outages"));
        let Some(named) = of else { continue };
        let hint = "leave it out by `cameras`, or set level = \"observations\"";
        reading.note(&named.span, &named.key, &format!("`{camera}` {why}"), hint);
    }
}

/// Looks the name up in the shop.
fn check_name(reading: &Reading<'_>, world: &World, named: &Named) {
    let names = |kind: &Kind| -> Vec<&str> {
        match kind {
            Kind::Camera => world.cameras.iter().map(|camera| camera.name.as_str()).collect(),
            Kind::Scale => world.scales.iter().map(|scale| scale.name.as_str()).collect(),
            Kind::Gate => world.gates.iter().map(|gate| gate.name.as_str()).collect(),
        }
    };
    let known: Vec<&str> = named.kinds.iter().flat_map(names).collect();
    if !known.contains(&named.name.as_str()) {
        let reason = format!("`{}` is not in this shop", named.name);
        reading.note(&named.span, &named.key, &reason, &near(&named.name, known.into_iter()));
    }
    let camera = world.cameras.iter().any(|camera| camera.name == named.name);
    if let Some(span) = named.late.as_ref().filter(|_| camera) {
        let reason = format!("`{}` is a camera, and neither films nor detections say when they arrived", named.name);
        let key = named.key.replace("name", "late_ms_mean");
        reading.note(span, &key, &reason, "only scales and gates deliver late here");
    }
}

fn read_top(mut top: Section<'_, '_>, folder: &Path, named: &mut Vec<Named>) -> (Scenario, Span) {
    let name = top.text("name");
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if let Some((name, span)) = name.as_ref().filter(|(name, _)| name.len() > 64 || !name.chars().all(safe)) {
        let hint = "use at most 64 of a-z A-Z 0-9 - _";
        top.problem("name", Some(span.clone()), &format!("`{name}` cannot stand in a path"), hint);
    }
    let shop_span = top.span_of("shop");
    let shop = top.choice("shop", &SHOPS, Shop::Corner);
    let seconds = top.count("seconds", 1..=SECONDS_MAX, 60);
    let views = read_views(&mut top, shop);
    let cameras = top.texts("cameras").unwrap_or_default();
    let name_camera = |(name, span): &(String, Span)| Named {
        name: name.clone(),
        key: "cameras".to_string(),
        span: span.clone(),
        kinds: &[Kind::Camera],
        late: None,
    };
    named.extend(cameras.iter().map(name_camera));
    let scenario = Scenario {
        name: name.map_or_else(|| "scenario".to_string(), |(name, _)| name),
        seed: Seed(top.integer("seed", 0..=i64::MAX, 1).unsigned_abs()),
        shop,
        start: top.instant("start").unwrap_or(START),
        seconds,
        level: top.choice("level", &LEVELS, Level::Video),
        views,
        cameras: cameras.into_iter().map(|(name, _)| name).collect(),
        people: read_people(top.section("people")),
        pictures: read_pictures(top.section("pictures")),
        noise: read_noise(top.section("observation"), folder),
        delivery: read_delivery(&mut top, named),
        wrong_codes: read_wrong_codes(top.section("wrong_codes")),
        outages: read_outages(&mut top, seconds, named),
    };
    top.close();
    (scenario, shop_span)
}

/// Kinds of cameras: all but those that look straight down, or what the file says.
fn read_views(top: &mut Section<'_, '_>, shop: Shop) -> Vec<View> {
    let usual = if shop == Shop::Nanostore { vec![View::Corner] } else { vec![View::Corner, View::Shelf] };
    let Some(words) = top.texts("views") else { return usual };
    let mut views: Vec<View> =
        words.into_iter().filter_map(|(word, span)| top.chosen("views", &word, span, &VIEWS)).collect();
    views.sort();
    views.dedup();
    if views.is_empty() { usual } else { views }
}

fn read_people(mut section: Section<'_, '_>) -> People {
    let share = |section: &mut Section<'_, '_>, key: &str, default| section.number(key, 0.0..=1.0, default);
    let mut hard = BTreeMap::new();
    let mut asked = section.section("hard");
    for (word, kind) in Hard::ALL {
        let count = asked.count(word, 0..=100_000, 0);
        if count > 0 {
            hard.insert(kind, count);
        }
    }
    asked.close();
    let people = People {
        at_once_max: section.count("at_once_max", 1..=200, 4),
        visits_per_hour: section.maybe_number("visits_per_hour", 0.1..=10_000.0),
        shoppers_max: section.maybe_integer("shoppers_max", 1..=10_000_000).map(|n| n as u32),
        parties_share: share(&mut section, "parties_share", 0.2),
        browsers_share: share(&mut section, "browsers_share", 0.15),
        tailgaters_share: share(&mut section, "tailgaters_share", 0.0),
        staff: section.count("staff", 0..=20, 0),
        members: section.count("members", 1..=1_000_000, 200),
        basket_mean: section.number("basket_mean", 0.0..=100.0, 3.0),
        adversarial_share: share(&mut section, "adversarial_share", 0.0),
        hard,
    };
    section.close();
    people
}

fn read_pictures(mut section: Section<'_, '_>) -> Pictures {
    let span = section.span_of("fps");
    let fps = section.count("fps", 1..=60, 10);
    if fps != 10 && fps != 25 {
        section.problem("fps", Some(span), &format!("{fps} is neither 10 nor 25"), "moments are 1/50 s apart");
    }
    let pictures = Pictures {
        fps,
        crf: section.count("crf", 0..=51, 23),
        noise_levels: section.number("noise_levels", 0.0..=30.0, 2.0),
        blur_px: section.number("blur_px", 0.0..=5.0, 0.5),
        exposure_drift: section.number("exposure_drift", 0.0..=0.5, 0.05),
    };
    section.close();
    pictures
}

/// The noise of detections: a preset by name, or the path, from the scenario's `folder`, of a file that `simstore fit` wrote.
fn read_noise(mut section: Section<'_, '_>, folder: &Path) -> Noise {
    let usual = || Noise::preset(PRESETS[1]).unwrap_or_else(|| panic!("there is no preset {}", PRESETS[1]));
    let named = section.text("noise");
    let noise = named.map_or_else(usual, |(name, span)| {
        if !name.ends_with(".toml") {
            return Noise::preset(&name).unwrap_or_else(|| {
                let hint = format!("one of: {}; or the path of a .toml that `simstore fit` wrote", PRESETS.join(", "));
                section.problem("noise", Some(span), &format!("`{name}` is not known"), &hint);
                usual()
            });
        }
        let path = folder.join(&name);
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        text.and_then(|text| Noise::from_toml(&text).map_err(|error| error.message().to_string())).unwrap_or_else(
            |why| {
                let reason = format!("{}: {}", path.display(), why.trim());
                section.problem("noise", Some(span), &reason, "paths are relative to the scenario");
                usual()
            },
        )
    });
    section.close();
    noise
}
