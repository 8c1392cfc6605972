//! Tables: what is written as Parquet, column by column, and how rows become Arrow columns.
//!
//! A column may be added, never changed or removed; `tests/tables.rs` holds the golden schemas.

mod behaviour;
mod floor;
mod ledger;
pub mod personal;
mod receipts;
mod review;
mod sensors;
mod stock;
pub mod verdicts;
mod visits;

use crate::ids::{CameraId, CategoryCode, GateId, ModelId, ScaleId, SkuCode, SlotId, ZoneId};
use crate::time::EventTime;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// Microseconds since the epoch, UTC.
    Time,
    /// 32-bit signed.
    Int32,
    /// 64-bit signed.
    Int64,
    /// 32-bit float.
    Float32,
    /// A list of UTF-8 texts; may be empty, never null.
    Texts,
}

impl ColumnType {
    /// The Arrow type.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float32 => DataType::Float32,
            Self::Texts => DataType::List(text_field()),
        }
    }
}

/// The field of the texts in a list.
fn text_field() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Utf8, false))
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name, with the unit last.
    pub name: &'static str,
    /// Type.
    pub kind: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
    /// Unit, or empty.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// A value as it may stand there.
    pub example: &'static str,
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name; also that of its folder.
    pub name: &'static str,
    /// Version of the schema; grows by one with every added column.
    pub version: u32,
    /// What one row is.
    pub row: &'static str,
    /// The time column by which rows are laid into files.
    pub range_column: &'static str,
    /// The columns that identify a row, in the order in which files are sorted.
    pub sorted_by: &'static [&'static str],
    /// The columns in order.
    pub columns: &'static [Column],
}

impl Table {
    /// Every table that a run writes; `offers` where there are campaigns.
    pub const ALL: [&'static Table; 23] = [
        &visits::VISITS,
        &visits::GATE_SCANS,
        &visits::DWELLS,
        &visits::ZONE_TRAFFIC,
        &visits::ALERTS,
        &ledger::INTERACTIONS,
        &ledger::CART_LINE_CHANGES,
        &receipts::RECEIPTS,
        &receipts::RECEIPT_LINES,
        &receipts::RECEIPT_ADJUSTMENTS,
        &receipts::CHARGES,
        &review::REVIEW_QUEUE,
        &stock::STOCK,
        &personal::PROFILES,
        &personal::SUGGESTIONS,
        &personal::REMINDERS,
        &personal::OFFERS,
        &floor::TRACKS,
        &floor::POSITIONS,
        &floor::MEMBERSHIPS,
        &behaviour::TRACKLETS,
        &behaviour::DETECTIONS,
        &behaviour::FAULTS,
    ];

    /// Every form of recorded sensors that a run reads, beside footage and `detections`.
    pub const INPUTS: [&'static Table; 5] = [
        &sensors::SCALE_SAMPLES,
        &sensors::SCANNED_CODES,
        &sensors::GATE_CROSSINGS,
        &verdicts::VERDICTS,
        &personal::ERASURES,
    ];

    /// The Arrow schema.
    pub fn schema(&self) -> SchemaRef {
        let field = |c: &Column| Field::new(c.name, c.kind.arrow(), c.nullable);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

/// The words behind ids that tables spell out.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Cameras by id.
    pub cameras: BTreeMap<CameraId, String>,
    /// Model labels by id.
    pub models: BTreeMap<ModelId, String>,
    /// Scales by id.
    pub scales: BTreeMap<ScaleId, String>,
    /// Gates by id.
    pub gates: BTreeMap<GateId, String>,
    /// Zones by id.
    pub zones: BTreeMap<ZoneId, String>,
    /// Slots by id.
    pub slots: BTreeMap<SlotId, String>,
    /// Skus by their numbers.
    pub skus: BTreeMap<SkuCode, String>,
    /// Categories by their numbers.
    pub categories: BTreeMap<CategoryCode, String>,
}

impl Names {
    /// The camera's name; its id where it has none.
    pub fn camera(&self, id: CameraId) -> String {
        named(&self.cameras, id)
    }

    /// The camera's place in the order of names; those without one come last.
    pub fn camera_rank(&self, id: CameraId) -> usize {
        let name = self.cameras.get(&id);
        name.map_or(usize::MAX, |name| self.cameras.values().filter(|other| *other < name).count())
    }

    /// The model's label; its id where it has none.
    pub fn model(&self, id: ModelId) -> String {
        named(&self.models, id)
    }

    /// The scale's name; its id where it has none.
    pub fn scale(&self, id: ScaleId) -> String {
        named(&self.scales, id)
    }

    /// The gate's name; its id where it has none.
    pub fn gate(&self, id: GateId) -> String {
        named(&self.gates, id)
    }

    /// The zone's name; its id where it has none.
    pub fn zone(&self, id: ZoneId) -> String {
        named(&self.zones, id)
    }

    /// The slot's name; its id where it has none.
    pub fn slot(&self, id: SlotId) -> String {
        named(&self.slots, id)
    }

    /// The sku; its number where no catalog knows it.
    pub fn sku(&self, code: SkuCode) -> String {
        named(&self.skus, code)
    }

    /// The category; its number where no catalog knows it.
    pub fn category(&self, code: CategoryCode) -> String {
        named(&self.categories, code)
    }
}

/// What `names` calls `id`; the id where it has no name.
fn named<I: Ord + Copy + ToString>(names: &BTreeMap<I, String>, id: I) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// Each id's place in the order of names.
fn ranks<I: Ord + Copy>(names: &BTreeMap<I, String>) -> BTreeMap<I, usize> {
    let mut ordered: Vec<_> = names.iter().map(|(&id, name)| (name, id)).collect();
    ordered.sort();
    ordered.into_iter().enumerate().map(|(rank, (_, id))| (id, rank)).collect()
}

/// The place of `id`; those without a name come last.
fn rank<I: Ord>(ranks: &BTreeMap<I, usize>, id: I) -> usize {
    ranks.get(&id).copied().unwrap_or(usize::MAX)
}

/// A row of a table.
pub trait TableRow: Sized {
    /// Its table.
    const TABLE: &'static Table;

    /// The value of the table's `range_column`: decides the file.
    fn range_time(&self) -> EventTime;

    /// Sorts rows into the order in which they stand in files (the table's `sorted_by`); ties are broken by the whole row.
    fn sort(rows: &mut [Self], names: &Names);

    /// The rows as columns, in the table's order.
    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef>;

    /// The rows as one batch. An error is a bug in `columns`.
    fn batch(rows: &[Self], names: &Names) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(Self::TABLE.schema(), Self::columns(rows, names))
    }
}
