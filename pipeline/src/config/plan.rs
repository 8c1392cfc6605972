//! What a `store.toml` means: a [`Plan`] in which every value is valid, or every problem there is.

pub use super::places::Places;
use crate::ingest::{Desk, VideoSpec};
use gatecode::{PublicKey, Verifier};
use operators::{
    AttributeSettings, BindSettings, Campaign, DetectSettings, Doorway, DwellSettings, GateSettings, IdentifySettings,
    Identifying, Layout, Rules, SeeSettings, Seeing, SettleSettings, Settling, Shop, StitchSettings, Tariff,
    TrackSettings, Trade, WeighSettings, fronts, spaces,
};
use schemas::{
    CameraId, CameraModel, Catalog, Currency, EventTime, Gate, Gondola, Planogram, Polygon, PriceBook, Promotion,
    Scale, Slot, SlotId, TickLength, Zone,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A shop, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the store; the value of `store=` in paths.
    pub store: String,
    /// Length of a tick.
    pub tick: TickLength,
    /// SHA-256 of the configuration's text and of every file that it names (calibration, reference, keys), hexadecimal.
    pub digest: String,
    /// What is written.
    pub output: OutputPlan,
    /// Which models look; none where no camera has pixels.
    pub models: Option<ModelsPlan>,
    /// When a picture counts as changed; none when every frame is looked at.
    pub gate: Option<GateSettings>,
    /// How tracklets are made.
    pub track: TrackSettings,
    /// How tracklets become tracks.
    pub stitch: StitchSettings,
    /// How tracks become visits.
    pub identify: IdentifySettings,
    /// How visits become dwells.
    pub dwell: DwellSettings,
    /// How what scales say becomes steps.
    pub weigh: WeighSettings,
    /// How changes of what cameras see of slots are noticed.
    pub see: SeeSettings,
    /// How changes become interactions.
    pub attribute: AttributeSettings,
    /// How carts become receipts.
    pub settle: SettleSettings,
    /// Zones of the floor, in the file's order.
    pub zones: Vec<Zone>,
    /// Those of them where people come and go.
    pub entrances: Vec<Zone>,
    /// Those of them that lie beyond the doors.
    pub outside: Vec<Zone>,
    /// The cameras, in the file's order.
    pub cameras: Vec<CameraPlan>,
    /// Racks with their shelves and slots, in the file's order.
    pub gondolas: Vec<Gondola>,
    /// What lies in the slots, what it costs.
    pub reference: ReferencePlan,
    /// Scales, in the file's order.
    pub scales: Vec<Scale>,
    /// Gates, in the file's order.
    pub gates: Vec<Gate>,
    /// Whose codes the gates believe.
    pub codes: Option<CodesPlan>,
    /// Where recorded sensors are.
    pub sensors: SensorsPlan,
    /// What is known of members before, and how they are spoken to.
    pub personal: PersonalPlan,
}

/// What is known of members before, and how they are spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonalPlan {
    /// Earlier receipts: files or folders, relative to `--data`.
    pub receipts: Vec<PathBuf>,
    /// Earlier offers: files or folders, relative to `--data`.
    pub offers: Vec<PathBuf>,
    /// Members are reminded of habits that are at least so likely, in parts per million.
    pub remind_ppm: u32,
    /// And of so many at once at most.
    pub remind_most: usize,
    /// Who stands within so many millimetres of the front of a slot is at it.
    pub shelf_mm: u32,
    /// Offers shown to one member within `offers_days` at most.
    pub offers_most: usize,
    /// Days.
    pub offers_days: i64,
    /// What the draw of who is held out is keyed with.
    pub draw_key: String,
}

/// Reference files, read.
#[derive(Clone, Debug, Default)]
pub struct ReferencePlan {
    /// Articles; empty without a file.
    pub catalog: Catalog,
    /// What lies where; every sku is in the catalog.
    pub planogram: Planogram,
    /// What it costs: every sku of the catalog, and in the planogram from its first instant on. None without a file.
    pub prices: Option<PriceBook>,
    /// What makes it cheaper, in the file's order; every sku is in the catalog.
    pub promotions: Vec<Promotion>,
    /// What is offered to members, in the file's order; every sku is in the catalog.
    pub campaigns: Vec<Campaign>,
}

/// Whose codes are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodesPlan {
    /// Who issues them.
    pub issuer: String,
    /// Public keys: several while keys rotate.
    pub public_keys: Vec<PublicKey>,
    /// How far clocks may differ, in microseconds.
    pub leeway_us: i64,
    /// What members are hashed with, so that tables carry pseudonyms.
    pub pseudonym_key: [u8; 32],
}

/// What was recorded beside cameras: files of Parquet or JSON lines, or folders of `part-*` of them, relative to `--data`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SensorsPlan {
    /// Rows of `scale_samples`.
    pub scales: Option<PathBuf>,
    /// Rows of `scanned_codes`.
    pub gate_scans: Option<PathBuf>,
    /// Rows of `gate_crossings`.
    pub gate_crossings: Option<PathBuf>,
    /// Rows of `verdicts`.
    pub verdicts: Option<PathBuf>,
    /// Rows of `erasures`.
    pub erasures: Option<PathBuf>,
    /// A row may arrive so long after what it tells, in microseconds.
    pub late_us: i64,
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

impl ModelChoice {
    /// What `name` means: the path of a manifest (`*.toml`), relative to `folder`, or a zoo entry, which need not exist.
    pub fn named(name: &str, folder: &Path) -> Self {
        if name.ends_with(".toml") { Self::Manifest(folder.join(name)) } else { Self::Zoo(name.to_string()) }
    }
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
    /// The detector looks at every n-th frame of a camera; cameras take turns.
    pub look_every_frames: u64,
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
    /// Time of the first frame, its clock put right; unused for Parquet, whose rows carry their times.
    pub start: EventTime,
    /// How much its clock is ahead of the shop's, in microseconds.
    pub clock_ahead_us: i64,
    /// What it delivers.
    pub source: SourcePlan,
    /// Where its pixels lie in the store, once it is calibrated.
    pub model: Option<CameraModel>,
    /// What was clicked in its picture.
    pub points: Vec<ClickedPoint>,
}

impl CameraPlan {
    /// The camera's footage below `data` in the size in which it was filmed, for whoever draws on it; none without pixels.
    pub fn footage(&self, data: &Path) -> Option<VideoSpec> {
        let SourcePlan::Video { threads, pts_jump_max_us, .. } = self.source else { return None };
        Some(VideoSpec {
            camera: self.id,
            name: self.name.clone(),
            path: data.join(&self.path),
            start: self.start,
            pts_jump_max_us,
            threads,
            scaled: Arc::new(|width, height| (width, height)),
            full: false,
            every: (1, 0),
            pictures_max: 2,
            stop: Arc::default(),
        })
    }
}

/// A point that somebody found in a camera's picture.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickedPoint {
    /// What it is. A mark has a name, which is the same in every camera that sees it.
    pub name: Option<String>,
    /// Where it is in the store; none for a mark on the floor whose place is not known.
    pub world_mm: Option<[f64; 3]>,
    /// Where it is in the picture.
    pub pixel_px: [f64; 2],
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

impl Plan {
    /// Every slot, in the order of gondolas, shelves and slots.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.gondolas.iter().flat_map(|gondola| &gondola.shelves).flat_map(|shelf| &shelf.slots)
    }

    /// Whether any camera has pixels.
    pub fn has_video(&self) -> bool {
        self.cameras.iter().any(|c| matches!(c.source, SourcePlan::Video { .. }))
    }

    /// What the stitcher knows of the shop; none where no camera knows its place and the height of things.
    pub fn shop(&self) -> Option<Shop> {
        let placed = |camera: &CameraPlan| Some((camera.id, camera.model.clone().filter(CameraModel::has_height)?));
        let cameras: Vec<_> = self.cameras.iter().filter_map(placed).collect();
        let at_door = |zone: &Zone| self.entrances.contains(zone) || self.outside.contains(zone);
        (!cameras.is_empty()).then(|| Shop {
            store: self.store.clone(),
            tick: self.tick,
            cameras,
            layout: Layout {
                entrances: self.entrances.clone(),
                outside: self.outside.clone(),
                inside: self.zones.iter().filter(|zone| !at_door(zone)).cloned().collect(),
                racks: self.gondolas.clone(),
            },
            window_ms: (self.output.hold_us / 1000) as u32,
            settings: self.stitch.clone(),
        })
    }

    /// What identifying knows of the shop, given the stitcher's promises.
    pub fn identifying(&self, bind: BindSettings) -> Identifying {
        let mut rules = Rules::new(self.tick, self.identify.clone(), bind.silence);
        let at_door = |zone: &Zone| self.entrances.contains(zone) || self.outside.contains(zone);
        rules.doorway = Doorway {
            gates: self.gates.clone(),
            entrances: self.entrances.clone(),
            outside: self.outside.clone(),
            inside: self.zones.iter().filter(|zone| !at_door(zone)).cloned().collect(),
        };
        rules.asks_codes = self.codes.is_some();
        // A visit is known until its receipt can change no more.
        let settle = &self.settle;
        rules.keep = rules.ticks(settle.review_horizon_ms) + rules.ticks(settle.settle_wait_ms) + 2;
        let lag = rules.ticks(self.stitch.lag_ms);
        Identifying { bind, lag, rules: Arc::new(rules) }
    }

    /// What is known to see goods by: the fronts of slots that nothing weighs, where cameras with pixels know their places.
    pub fn seeing(&self) -> Seeing {
        let weighs = self.sensors.scales.is_some();
        let weighed: BTreeSet<SlotId> =
            self.scales.iter().filter(|_| weighs).flat_map(|scale| scale.slots.iter().copied()).collect();
        let cameras = self.cameras.iter().filter(|camera| matches!(camera.source, SourcePlan::Video { .. }));
        let seen = cameras.filter_map(|camera| {
            let fronts = fronts(camera.model.as_ref()?, &self.gondolas, |slot| !weighed.contains(&slot));
            (!fronts.is_empty()).then_some((camera.id, fronts))
        });
        Seeing { tick: self.tick, fronts: seen.collect(), settings: self.see.clone() }
    }

    /// What attributing knows of goods; none where no scale and no camera could tell that any were taken, or nothing is known to lie anywhere.
    pub fn trade(&self) -> Option<Arc<Trade>> {
        let reference = &self.reference;
        let weighed = self.sensors.scales.is_some() && !self.scales.is_empty();
        let known = !reference.planogram.is_empty() && (weighed || !self.seeing().fronts.is_empty());
        known.then(|| {
            Arc::new(Trade {
                tick: self.tick,
                spaces: spaces(&self.gondolas).into_iter().map(|space| (space.slot, space)).collect(),
                scales: self.scales.iter().map(|scale| (scale.id, scale.slots.clone())).collect(),
                catalog: reference.catalog.clone(),
                planogram: reference.planogram.clone(),
                prices: reference.prices.clone(),
                settings: self.attribute.clone(),
            })
        })
    }

    /// What settling knows of prices.
    pub fn settling(&self) -> Settling {
        let (catalog, promotions) = (self.reference.catalog.clone(), self.reference.promotions.clone());
        let currency = self.reference.prices.as_ref().map_or(Currency::NONE, |prices| prices.currency);
        let tariff = Arc::new(Tariff { catalog, promotions, currency });
        Settling { length: self.tick, settings: self.settle.clone(), tariff }
    }

    /// Who looks at codes; none where there are no recorded ones.
    pub fn desk(&self) -> Option<Desk> {
        self.sensors.gate_scans.as_ref()?;
        // Without keys every code is forged.
        let codes = self.codes.clone().unwrap_or_default();
        Some(Desk {
            verifier: Verifier::new(codes.issuer.clone(), codes.public_keys, codes.leeway_us),
            issuer: codes.issuer,
            leeway_us: codes.leeway_us,
            pseudonym_key: codes.pseudonym_key,
            gates: self.gates.iter().map(|gate| (gate.name.clone(), gate.id)).collect(),
        })
    }
}
