//! Reads a history of receipts: one Parquet file, a folder of parts, or the tables of an earlier run. What cannot be is a fault, and
//! counts for nothing.

mod offers;
mod own;
mod refused;

pub(crate) use offers::{OfferChecks, offered, offers};
pub(crate) use own::readable;

use crate::ingest::error::Unreadable;
use crate::ingest::parts::{guarded, name, open_part, part_files};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use gatecode::pseudonym;
use refused::Refused;
use schemas::table::personal::member;
use schemas::{CameraId, CategoryCode, EventTime, Fault, FaultKind, MemberId, Purchase, ReceiptId, SkuCode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The columns that must be there, each with other names for it.
const NEEDED: [&[&str]; 4] = [&["household_id"], &["basket_id"], &["event_time", "ts"], &["sku", "item"]];

/// What a history calls things.
#[derive(Clone, Debug, Default)]
pub struct Called {
    /// Households.
    pub members: BTreeMap<MemberId, String>,
    /// Skus.
    pub skus: BTreeMap<SkuCode, String>,
    /// Categories.
    pub categories: BTreeMap<CategoryCode, String>,
}

/// A history that was read.
#[derive(Debug, Default)]
pub struct Receipts {
    /// What was bought, each with how many.
    pub purchases: Vec<(Purchase, isize)>,
    /// What things are called.
    pub called: Called,
    /// What was refused.
    pub faults: Vec<Fault>,
    /// Whether households are whole numbers in the file.
    pub numbered: bool,
}

/// What is checked beside form.
#[derive(Debug, Default)]
pub struct Checks {
    /// The skus there are, with their categories; all where nothing is said.
    pub catalog: Option<BTreeMap<String, Option<String>>>,
    /// Whether a sku is of the catalog's category whatever its row says.
    pub catalog_decides: bool,
    /// Receipts at or after this time cannot be.
    pub now: EventTime,
    /// Who households are.
    pub whose: Whose,
}

/// Who the households of a history are, and which receipts its baskets.
#[derive(Clone, Copy, Debug, Default)]
pub enum Whose {
    /// Members and receipts of the history alone.
    #[default]
    History,
    /// Members of a shop: by their pseudonyms, or by the names of their accounts, hashed with the shop's key. Receipts by
    /// their numbers where they have ours.
    Shop(Option<[u8; 32]>),
}

impl Whose {
    fn ids(self, household: &str, basket: &str) -> Option<(MemberId, ReceiptId)> {
        match self {
            Self::History => Some((MemberId::of_history(household), ReceiptId::of_history(basket))),
            Self::Shop(key) => {
                let hashed = || key.map(|key| MemberId(pseudonym(&key, household)));
                let receipt =
                    member(basket).map_or_else(|| ReceiptId::of_history(basket), |number| ReceiptId(number.0));
                Some((member(household).or_else(hashed)?, receipt))
            }
        }
    }
}

/// The columns of one batch.
struct Columns {
    household: StringArray,
    basket: StringArray,
    time: Int64Array,
    sku: StringArray,
    category: Option<StringArray>,
    quantity: Option<Float64Array>,
    price: Option<StringArray>,
    discount: Option<Float64Array>,
}

fn column(batch: &RecordBatch, names: &[&str]) -> Option<ArrayRef> {
    names.iter().find_map(|name| batch.column_by_name(name)).cloned()
}

fn need(batch: &RecordBatch, names: &'static [&'static str]) -> Result<ArrayRef, Unreadable> {
    let missing = || Unreadable::NotParquet(format!("there is no column {}", names.join(" or ")));
    column(batch, names).ok_or_else(missing)
}

fn to(array: &ArrayRef, kind: &DataType) -> Result<ArrayRef, Unreadable> {
    cast(array, kind).map_err(|e| Unreadable::NotParquet(e.to_string()))
}

fn texts(array: &ArrayRef) -> Result<StringArray, Unreadable> {
    // Whole numbers that a tool wrote as floats are read as whole numbers.
    let whole = if array.data_type().is_floating() { to(array, &DataType::Int64)? } else { array.clone() };
    plain_texts(&whole)
}

fn plain_texts(array: &ArrayRef) -> Result<StringArray, Unreadable> {
    Ok(to(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn wholes(array: &ArrayRef) -> Result<Int64Array, Unreadable> {
    Ok(to(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn numbers(array: &ArrayRef) -> Result<Float64Array, Unreadable> {
    Ok(to(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}

/// Microseconds since the epoch, whatever the unit; a time without a zone is taken as the shop's own.
fn times(array: &ArrayRef) -> Result<Int64Array, Unreadable> {
    let factor = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => (1_000_000, 1),
        DataType::Timestamp(TimeUnit::Millisecond, _) => (1_000, 1),
        DataType::Timestamp(TimeUnit::Microsecond, _) => (1, 1),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => (1, 1_000),
        other => return Err(Unreadable::NotParquet(format!("times are {other}, not timestamps"))),
    };
    let numbers = to(array, &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    Ok(numbers
        .iter()
        .map(|value| value.and_then(|value| value.checked_mul(factor.0)).map(|v| v.div_euclid(factor.1)))
        .collect())
}

/// One row, as it stands there.
pub(super) struct Row {
    pub(super) household: Option<String>,
    pub(super) basket: Option<String>,
    pub(super) time: Option<EventTime>,
    pub(super) sku: Option<String>,
    /// Not a number where it is null.
    pub(super) quantity: f64,
    pub(super) category: Option<String>,
    /// What tells two lines of one sku apart.
    pub(super) price: String,
    pub(super) discounted: bool,
}

impl Columns {
    fn row(&self, row: usize) -> Row {
        let text = |array: &StringArray| {
            (array.is_valid(row) && !array.value(row).is_empty()).then(|| array.value(row).to_owned())
        };
        let quantity = match &self.quantity {
            Some(array) if array.is_valid(row) => array.value(row),
            Some(_) => f64::NAN,
            None => 1.0,
        };
        Row {
            household: text(&self.household),
            basket: text(&self.basket),
            time: self.time.is_valid(row).then(|| EventTime(self.time.value(row))),
            sku: text(&self.sku),
            quantity,
            category: self.category.as_ref().and_then(text),
            price: self.price.as_ref().and_then(text).unwrap_or_default(),
            discounted: self.discount.as_ref().is_some_and(|array| array.is_valid(row) && array.value(row) > 0.0),
        }
    }

    fn of(batch: &RecordBatch) -> Result<Self, Unreadable> {
        Ok(Self {
            household: texts(&need(batch, NEEDED[0])?)?,
            basket: texts(&need(batch, NEEDED[1])?)?,
            time: times(&need(batch, NEEDED[2])?)?,
            sku: texts(&need(batch, NEEDED[3])?)?,
            category: column(batch, &["category"]).map(|array| texts(&array)).transpose()?,
            quantity: column(batch, &["quantity"]).map(|array| numbers(&array)).transpose()?,
            price: column(batch, &["unit_price"]).map(|array| plain_texts(&array)).transpose()?,
            discount: column(batch, &["discount"]).map(|array| numbers(&array)).transpose()?,
        })
    }
}

/// Reads rows, checks them and keeps what can be.
struct Reader<'a> {
    checks: &'a Checks,
    receipts: Receipts,
    owners: BTreeMap<ReceiptId, (MemberId, EventTime)>,
    seen: BTreeSet<(ReceiptId, SkuCode, isize, u64)>,
    refused: Refused,
}

impl Reader<'_> {
    fn fault(&mut self, kind: FaultKind, at: Option<EventTime>, detail: String) {
        self.refused.fault(kind, at, detail);
    }

    fn take(&mut self, row: Row, place: &dyn Fn() -> String) {
        let Row { household, basket, time, sku, quantity, category, price, discounted } = row;
        let (Some(household), Some(basket), Some(time), Some(sku)) = (household, basket, time, sku) else {
            return self.fault(
                FaultKind::RowMalformed,
                time,
                format!("{}: household, basket, time or sku is null", place()),
            );
        };
        // Loose goods are often told with 0 units.
        if !(0.0..1e9).contains(&quantity) {
            return self.fault(FaultKind::QuantityRefused, Some(time), format!("{}: quantity {quantity}", place()));
        }
        if time >= self.checks.now {
            let reason = format!("{}: basket {basket} is from the future", place());
            return self.fault(FaultKind::RowFuture, Some(time), reason);
        }
        let mut category = category;
        if let Some(catalog) = &self.checks.catalog {
            match catalog.get(&sku) {
                None => return self.fault(FaultKind::SkuUnknown, Some(time), format!("{}: sku {sku}", place())),
                Some(known) if self.checks.catalog_decides => category = known.clone(),
                Some(known) => category = category.or_else(|| known.clone()),
            }
        }
        let Some((member, receipt)) = self.checks.whose.ids(&household, &basket) else {
            let reason = format!("{}: without [gate_codes] nobody knows the member behind {household}", place());
            return self.fault(FaultKind::RowMalformed, Some(time), reason);
        };
        let owner = *self.owners.entry(receipt).or_insert((member, time));
        if owner.0 != member {
            let reason = format!("{}: basket {basket} has two households", place());
            return self.fault(FaultKind::RowMalformed, Some(time), reason);
        }
        // A receipt has one time: that of its first row. Weights are rounded up to units.
        let (event_time, quantity) = (owner.1, quantity.ceil().max(1.0) as isize);
        let code = SkuCode::of(&sku);
        if !self.seen.insert((receipt, code, quantity, MemberId::of_history(&price).0)) {
            let reason = format!("{}: basket {basket}, sku {sku} again", place());
            return self.fault(FaultKind::RowDuplicate, Some(time), reason);
        }
        let number = category.as_deref().map_or(CategoryCode::NONE, CategoryCode::of);
        let called = &mut self.receipts.called;
        called.members.entry(member).or_insert(household);
        called.skus.entry(code).or_insert(sku);
        if let Some(category) = category {
            called.categories.entry(number).or_insert(category);
        }
        let purchase = Purchase { member, event_time, receipt, sku: code, category: number, discounted };
        self.receipts.purchases.push((purchase, quantity));
    }

    fn file(&mut self, file: &Path) -> Result<(), Unreadable> {
        let mut rows_before = 0;
        for batch in batches(file)? {
            let batch = batch?;
            let household = column(&batch, &["household_id"]);
            self.receipts.numbered |= household.is_some_and(|array| array.data_type().is_integer());
            let columns = guarded(|| Columns::of(&batch))?;
            for row in 0..batch.num_rows() {
                self.take(columns.row(row), &|| format!("{} row {}", name(file), rows_before + row + 1));
            }
            rows_before += batch.num_rows();
        }
        Ok(())
    }
}

/// Reads the history at `path`: a file, a folder of parts, or the folder of an earlier run's tables.
///
/// # Errors
/// When a file is no Parquet or lacks a column.
pub fn read(path: &Path, checks: &Checks) -> Result<Receipts, Unreadable> {
    read_all(&[path.to_path_buf()], checks).map_err(|(_, reason)| reason)
}

/// Reads several histories as one.
///
/// # Errors
/// The first that cannot be read, and why.
pub fn read_all(paths: &[PathBuf], checks: &Checks) -> Result<Receipts, (PathBuf, Unreadable)> {
    let mut reader = Reader {
        checks,
        receipts: Receipts::default(),
        owners: BTreeMap::new(),
        seen: BTreeSet::new(),
        refused: Refused::of(CameraId::mint("receipts", &paths.first().map(|path| name(path)).unwrap_or_default())),
    };
    for path in paths {
        let unreadable = |reason| (path.clone(), reason);
        if own::is_tables(path) {
            for (row, place) in own::rows(path).map_err(unreadable)? {
                reader.take(row, &|| place.clone());
            }
        } else {
            for file in part_files(path).map_err(unreadable)? {
                reader.file(&file).map_err(|reason| (file.clone(), reason))?;
            }
        }
    }
    Ok(Receipts { faults: reader.refused.faults, ..reader.receipts })
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, Unreadable>>>;

fn batches(path: &Path) -> Result<Batches, Unreadable> {
    let reader = guarded(|| open_part(path)?.build().map_err(|e| Unreadable::NotParquet(e.to_string())))?;
    Ok(Box::new(reader.map(|batch| batch.map_err(|e| Unreadable::NotParquet(e.to_string())))))
}

/// The skus of a catalog, with their categories: columns `sku` or `item`, and `category` where there is one.
///
/// # Errors
/// When a file is no Parquet or lacks a column.
pub fn catalog(path: &Path) -> Result<BTreeMap<String, Option<String>>, Unreadable> {
    let mut skus = BTreeMap::new();
    for batch in batches(path)? {
        let batch = batch?;
        let names = texts(&need(&batch, &["sku", "item"])?)?;
        let categories = column(&batch, &["category"]).map(|array| texts(&array)).transpose()?;
        for (row, sku) in names.iter().enumerate() {
            let category =
                categories.as_ref().filter(|array| array.is_valid(row)).map(|array| array.value(row).to_owned());
            skus.extend(sku.map(|sku| (sku.to_owned(), category)));
        }
    }
    Ok(skus)
}

/// What a file of pairs asks: households, categories and cutoffs, as the evaluation of reminders writes them.
///
/// # Errors
/// When a file is no Parquet or lacks a column.
pub fn pairs(path: &Path) -> Result<BTreeSet<(MemberId, CategoryCode, EventTime)>, Unreadable> {
    let mut found = BTreeSet::new();
    for batch in batches(path)? {
        let batch = batch?;
        let households = texts(&need(&batch, &["household_id"])?)?;
        let categories = texts(&need(&batch, &["category"])?)?;
        let cutoffs = times(&need(&batch, &["cutoff"])?)?;
        for row in 0..batch.num_rows() {
            if households.is_valid(row) && categories.is_valid(row) && cutoffs.is_valid(row) {
                let member = MemberId::of_history(households.value(row));
                found.insert((member, CategoryCode::of(categories.value(row)), EventTime(cutoffs.value(row))));
            }
        }
    }
    Ok(found)
}
