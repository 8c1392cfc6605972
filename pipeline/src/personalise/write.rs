//! Writes what is said of members as Parquet, in the words of the history.

use super::engine::Said;
use super::read::Called;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use schemas::{CategoryCode, EventTime, MemberId, SkuCode};
use std::collections::BTreeMap;
use std::fs::{File, rename};
use std::io;
use std::path::Path;
use std::sync::Arc;

fn name<I: Ord + Copy + ToString>(names: &BTreeMap<I, String>, id: I) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// How things are called in what is written.
pub struct Words<'a> {
    /// As in the history.
    pub called: &'a Called,
    /// Households as whole numbers.
    pub numbered: bool,
}

impl Words<'_> {
    fn households(&self, members: impl Iterator<Item = MemberId>) -> ArrayRef {
        let names = members.map(|member| name(&self.called.members, member));
        if self.numbered {
            return Arc::new(Int64Array::from_iter(names.map(|name| name.parse::<i64>().ok())));
        }
        Arc::new(StringArray::from_iter_values(names))
    }

    fn sku(&self, sku: SkuCode) -> String {
        name(&self.called.skus, sku)
    }

    fn category(&self, category: CategoryCode) -> String {
        name(&self.called.categories, category)
    }
}

/// Times are written without a zone, as they were read: they are the shop's own.
fn times(values: impl Iterator<Item = EventTime>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(|time| time.0)))
}

fn texts(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn counts(values: impl Iterator<Item = u32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values.map(|value| value as i32)))
}

fn lists(values: impl Iterator<Item = Vec<String>>) -> ListArray {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for value in values {
        builder.append_value(value.into_iter().map(Some));
    }
    builder.finish()
}

/// Writes `suggestions.parquet`, `due.parquet` and `profiles.parquet` into `folder`.
///
/// # Errors
/// When the disk does not take them.
pub fn write(folder: &Path, said: &Said, words: &Words<'_>) -> io::Result<()> {
    let Said { profiles, suggestions, due } = said;
    let columns = vec![
        ("household_id", words.households(suggestions.iter().map(|row| row.member))),
        ("rank", counts(suggestions.iter().map(|row| row.rank))),
        ("item", texts(suggestions.iter().map(|row| words.sku(row.sku)))),
        (
            "score",
            Arc::new(Float64Array::from_iter_values(suggestions.iter().map(|row| row.score as f64 / 65536.0)))
                as ArrayRef,
        ),
        ("reason", texts(suggestions.iter().map(|row| row.reason.to_string()))),
        ("as_of", times(suggestions.iter().map(|row| row.as_of))),
    ];
    parquet(&folder.join("suggestions.parquet"), columns)?;
    let columns = vec![
        ("household_id", words.households(due.iter().map(|row| row.member))),
        ("category", texts(due.iter().map(|row| words.category(row.category)))),
        ("cutoff", times(due.iter().map(|row| row.as_of))),
        (
            "p",
            Arc::new(Float64Array::from_iter_values(due.iter().map(|row| f64::from(row.chance_ppm) / 1e6))) as ArrayRef,
        ),
    ];
    parquet(&folder.join("due.parquet"), columns)?;
    let favourites =
        profiles.iter().map(|row| row.favourites.iter().map(|category| words.category(*category)).collect());
    let gaps = profiles.iter().map(|row| row.gap_milli.map(|gap| f64::from(gap) / 1000.0));
    let columns = vec![
        ("household_id", words.households(profiles.iter().map(|row| row.member))),
        ("as_of", times(profiles.iter().map(|row| row.as_of))),
        ("receipts", counts(profiles.iter().map(|row| row.receipts))),
        ("skus", counts(profiles.iter().map(|row| row.skus))),
        ("last_at", times(profiles.iter().map(|row| row.last_at))),
        (
            "basket_skus_mean",
            Arc::new(Float64Array::from_iter_values(profiles.iter().map(|row| f64::from(row.basket_milli) / 1000.0))),
        ),
        ("gap_days_mean", Arc::new(Float64Array::from_iter(gaps))),
        ("repeat_permille", counts(profiles.iter().map(|row| row.repeat_permille))),
        ("discounted_permille", counts(profiles.iter().map(|row| row.discounted_permille))),
        ("hour_usual", counts(profiles.iter().map(|row| row.hour))),
        ("categories_favourite", Arc::new(lists(favourites)) as ArrayRef),
    ];
    parquet(&folder.join("profiles.parquet"), columns)
}

/// A file is complete or absent.
fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) -> io::Result<()> {
    let batch = RecordBatch::try_from_iter(columns).map_err(io::Error::other)?;
    let staged = path.with_extension("parquet.tmp");
    let level = ZstdLevel::try_new(3).unwrap_or_default();
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let file = File::create(&staged)?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).map_err(io::Error::other)?;
    writer.write(&batch).map_err(io::Error::other)?;
    writer.into_inner().map_err(io::Error::other)?.sync_all()?;
    rename(staged, path)
}
