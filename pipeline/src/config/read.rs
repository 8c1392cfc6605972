//! Reads a `store.toml` section by section into a [`Plan`]; the cameras are read in [`super::cameras`].

use super::Problem;
use super::calibration::read_floor;
use super::cameras::read_cameras;
use super::file::{Reading, Section};
use super::gates::{read_codes, read_gates};
use super::gondolas::read_gondolas;
use super::personal::read_personal;
use super::plan::{ModelChoice, ModelsPlan, OutputPlan, Places, Plan, SourcePlan};
use super::reference::read_reference;
use super::sensors::{read_scales, read_sensors};
use super::zones::{Zones, read_zones};
use operators::settings::Setting;
use operators::{
    AttributeSettings, DetectSettings, DwellSettings, GateSettings, IdentifySettings, SeeSettings, SettleSettings,
    StitchSettings, TrackSettings, WeighSettings,
};
use schemas::{Currency, TickLength};
use sha2::{Digest, Sha256};
use std::path::Path;

impl Plan {
    /// Reads a configuration's `text`, which came from the file called `name`. Every problem is found, not only the first.
    pub fn read(name: &str, text: &str, places: Places<'_>) -> Result<Plan, Vec<Problem>> {
        let reading = Reading::new(name, text);
        let mut elsewhere = Vec::new();
        let plan = read_top(&reading, text, places, &mut elsewhere);
        let mut problems = reading.into_problems();
        problems.append(&mut elsewhere);
        match plan {
            Some(plan) if problems.is_empty() => Ok(plan),
            _ => Err(problems),
        }
    }
}

/// The whole file; none where so much is wrong that there is no plan to speak of.
fn read_top(reading: &Reading<'_>, text: &str, places: Places<'_>, elsewhere: &mut Vec<Problem>) -> Option<Plan> {
    let mut top = reading.top();
    let mut store = top.section("store");
    let name = store.text("name", "for example: name = \"corner-shop\"");
    let name = name.and_then(|(name, span)| store.path_safe("name", name, span));
    let currency = read_currency(&mut store);
    let tick = TickLength::from_us(store.integer("tick_ms", 1..=60_000, 100).unsigned_abs() * 1000)?;
    store.close();

    let mut ingest = top.section("ingest");
    let pts_jump_max_us = 1000 * ingest.integer("pts_jump_max_ms", 100..=3_600_000, 10_000);
    let pictures_max = ingest.integer("pictures_max", 2..=256, 6).unsigned_abs() as usize;
    ingest.close();
    let video = SourcePlan::Video { threads: 1, pts_jump_max_us, pictures_max };

    let (span, none) = (top.span(), !top.has("cameras"));
    let mut cameras = read_cameras(top.sections("cameras"), name.as_deref().unwrap_or_default(), video, places);
    if none {
        reading.problem(&span, "cameras", "is missing".to_string(), "write at least one [[cameras]]".to_string());
    }
    let calibration = read_floor(top.section("floor"), places, &mut cameras, elsewhere);
    let store = name.as_deref().unwrap_or_default();
    let zones = read_zones(top.sections("zones"), store);
    let fittings = read_gondolas(top.sections("gondolas"), store);
    let mut digest = FilesDigest::begin(text, &calibration);
    let reference = read_reference(top.section("files"), places, currency, &fittings.slots, elsewhere, &mut digest);
    let (has_scales, has_gates) = (top.has("scales"), top.has("gates"));
    let scales = read_scales(top.sections("scales"), store, &fittings.slots);
    let gates = read_gates(top.sections("gates"), store, &zones.names);
    let (has_codes, codes) = (top.has("gate_codes"), top.section("gate_codes"));
    let codes = if has_codes { read_codes(codes, places, &mut digest) } else { None };
    let sensors = read_sensors(top.section("sensors"), places.checked(), has_scales, has_gates);
    if sensors.gate_scans.is_some() && !has_codes {
        let hint = "write [gate_codes]: without keys every code would be forged";
        reading.problem(&span, "gate_codes", "is missing".to_string(), hint.to_string());
    }
    let personal = read_personal(top.section("personal"), places.checked(), store);
    let pixels = cameras.iter().any(|c| matches!(c.source, SourcePlan::Video { .. }));
    let models = read_models(top.section("models"), pixels, places);
    let gate = read_gate(top.section("gate_motion"));
    let track = read_settings(top.section("track"), TrackSettings::ALL, TrackSettings::set);
    let stitch = read_settings(top.section("stitch"), StitchSettings::ALL, StitchSettings::set);
    let identify = read_settings(top.section("identify"), IdentifySettings::ALL, IdentifySettings::set);
    let dwell = read_settings(top.section("dwell"), DwellSettings::ALL, DwellSettings::set);
    let attribute = read_settings(top.section("attribute"), AttributeSettings::ALL, AttributeSettings::set);
    let see = read_settings(top.section("see"), SeeSettings::ALL, SeeSettings::set);
    let settle = read_settings(top.section("settle"), SettleSettings::ALL, SettleSettings::set);
    let weigh = read_settings(top.section("weigh"), WeighSettings::ALL, WeighSettings::set);
    let output = read_output(top.section("output"), tick, &track);
    top.close();
    let Zones { zones, entrances, outside, .. } = zones;
    let (gondolas, digest) = (fittings.gondolas, digest.end());
    Some(Plan {
        store: name?,
        tick,
        digest,
        output,
        models,
        gate,
        track,
        stitch,
        identify,
        dwell,
        weigh,
        see,
        attribute,
        settle,
        zones,
        entrances,
        outside,
        cameras,
        gondolas,
        reference,
        scales,
        gates,
        codes,
        sensors,
        personal,
    })
}

/// What a configuration's digest is made of: its text, and every file that it names.
pub(super) struct FilesDigest(Sha256);

impl FilesDigest {
    fn begin(text: &str, calibration: &str) -> Self {
        Self(Sha256::new().chain_update(text).chain_update(calibration))
    }

    /// The file that `key` names.
    pub(super) fn add(&mut self, key: &str, bytes: &[u8]) {
        self.0.update(format!("\0{key}\0{}\0", bytes.len()));
        self.0.update(bytes);
    }

    fn end(self) -> String {
        self.0.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// `store.currency`, if it is there; inside, what it is, if it is one.
fn read_currency(store: &mut Section<'_, '_>) -> Option<Option<Currency>> {
    let (code, span) = store.optional_text("currency")?;
    let currency = Currency::new(&code);
    if currency.is_none() {
        let hint = "three capital letters of ISO 4217, for example \"EUR\"";
        store.problem("currency", Some(span), format!("`{code}` is no currency"), hint);
    }
    Some(currency)
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
    let own = !section.has("detector");
    let mut choice = |key: &'static str| {
        let (name, span) = section.optional_text(key)?;
        let chosen = ModelChoice::named(&name, places.config.unwrap_or(Path::new("")));
        match &chosen {
            ModelChoice::Zoo(name) => {
                let known: Vec<&str> = models::Zoo::names().collect();
                if !known.contains(&name.as_str()) {
                    let hint = format!("one of: {}; or the path of a manifest.toml", known.join(", "));
                    section.problem(key, Some(span), format!("`{name}` is not in the zoo"), hint);
                }
            }
            ModelChoice::Manifest(path) if places.config.is_some() && !path.is_file() => {
                let hint = "paths are relative to the configuration";
                section.problem(key, Some(span), format!("no file {}", path.display()), hint);
            }
            ModelChoice::Manifest(_) => {}
        }
        Some(chosen)
    };
    let (detector, poser, embedder) = (choice("detector"), choice("poser"), choice("embedder"));
    let every = |section: &mut Section<'_, '_>, key| section.integer(key, 1..=10_000, 1).unsigned_abs();
    let detect = DetectSettings {
        pose_every_frames: every(&mut section, "pose_every_frames"),
        embed_every_frames: every(&mut section, "embed_every_frames"),
    };
    let look_every_frames = section.integer("look_every_frames", 1..=100, 1).unsigned_abs();
    let detector = if own { Some(ModelChoice::Zoo(models::Zoo::DEFAULT.to_string())) } else { detector };
    section.close();
    if !pixels {
        return None;
    }
    Some(ModelsPlan { detector: detector?, poser, embedder, detect, look_every_frames })
}

/// Reads the settings of an operator: `all` of them, each a whole number in its range.
fn read_settings<S: Default>(
    mut section: Section<'_, '_>,
    all: &'static [Setting],
    set: impl Fn(&mut S, &str, u32) -> Result<(), String>,
) -> S {
    let mut settings = S::default();
    for setting in all {
        let range = i64::from(setting.low)..=i64::from(setting.high);
        let value = section.integer(setting.name, range, i64::from(setting.default)) as u32;
        // The range was checked when the value was read.
        let _ = set(&mut settings, setting.name, value);
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
