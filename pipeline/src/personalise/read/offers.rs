//! The offers of earlier runs: what campaigns have spent, and when members were shown something.

use super::own::is_tables;
use super::refused::Refused;
use super::{batches, need, plain_texts, texts, times, wholes};
use crate::ingest::error::Unreadable;
use crate::ingest::parts::{name, open_part, part_files};
use arrow_array::{Array, Int64Array, RecordBatch, StringArray};
use operators::Was;
use schemas::table::personal::{OFFERS, member};
use schemas::{CameraId, Currency, EventTime, Fault, FaultKind};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The columns that must be there.
const NEEDED: [&str; 7] = ["offered_at", "offer_id", "campaign", "member_id", "discount_minor", "shown", "redeemed"];

/// What is checked beside form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfferChecks {
    /// Offers at or after this time cannot be.
    pub(crate) now: EventTime,
    /// What amounts are in; anything where nothing is said.
    pub(crate) currency: Option<Currency>,
    /// What faults stand under.
    pub(crate) source: CameraId,
}

/// Where offers lie at `path`: below it, where it is the folder of a run's tables. A run that made no offer has no such folder.
fn files(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let below = path.join(OFFERS.name);
    if is_tables(path) {
        return if below.is_dir() { part_files(&below) } else { Ok(Vec::new()) };
    }
    let files = part_files(path)?;
    if files.is_empty() { Err(Unreadable::NoSegments("part-*.parquet")) } else { Ok(files) }
}

/// Whether everything at `path` are offers, by the columns of its files. The error names the first that are not.
pub(crate) fn offered(path: &Path) -> Result<(), (PathBuf, Unreadable)> {
    let lacks = |file: &PathBuf| {
        let opened = open_part(file)?;
        match NEEDED.iter().find(|name| opened.schema().field_with_name(name).is_err()) {
            Some(name) => Err(Unreadable::NotParquet(format!("there is no column {name}"))),
            None => Ok(()),
        }
    };
    let files = files(path).map_err(|reason| (path.to_path_buf(), reason))?;
    files.into_iter().try_for_each(|file| lacks(&file).map_err(|reason| (file, reason)))
}

/// Reads the offers of `paths`, in any order of runs. An offer that was not shown says nothing.
///
/// # Errors
/// The first that cannot be read, and why.
pub(crate) fn offers(paths: &[PathBuf], checks: OfferChecks) -> Result<(Vec<Was>, Vec<Fault>), (PathBuf, Unreadable)> {
    let (mut found, mut refused, mut seen) = (Vec::new(), Refused::of(checks.source), BTreeSet::new());
    for path in paths {
        for file in files(path).map_err(|reason| (path.clone(), reason))? {
            let unreadable = |reason| (file.clone(), reason);
            let mut before = 0;
            for batch in batches(&file).map_err(unreadable)? {
                let batch = batch.map_err(unreadable)?;
                let columns = Columns::of(&batch).map_err(unreadable)?;
                for row in 0..batch.num_rows() {
                    let place = || format!("{} row {}", name(&file), before + row + 1);
                    match columns.row(row, checks, &mut seen) {
                        Ok(was) => found.extend(was),
                        Err((kind, reason)) => {
                            let at = columns.at.is_valid(row).then(|| EventTime(columns.at.value(row)));
                            refused.fault(kind, at, format!("{}: {reason}", place()));
                        }
                    }
                }
                before += batch.num_rows();
            }
        }
    }
    Ok((found, refused.faults))
}

struct Columns {
    at: Int64Array,
    id: StringArray,
    campaign: StringArray,
    member: StringArray,
    minor: Int64Array,
    currency: Option<StringArray>,
    shown: Int64Array,
    redeemed: Int64Array,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Self, Unreadable> {
        Ok(Self {
            at: times(&need(batch, &["offered_at"])?)?,
            id: texts(&need(batch, &["offer_id"])?)?,
            campaign: texts(&need(batch, &["campaign"])?)?,
            member: texts(&need(batch, &["member_id"])?)?,
            minor: wholes(&need(batch, &["discount_minor"])?)?,
            currency: batch.column_by_name("currency").map(plain_texts).transpose()?,
            shown: wholes(&need(batch, &["shown"])?)?,
            redeemed: wholes(&need(batch, &["redeemed"])?)?,
        })
    }

    /// What a row says; none where nothing was shown.
    fn row(
        &self,
        row: usize,
        checks: OfferChecks,
        seen: &mut BTreeSet<String>,
    ) -> Result<Option<Was>, (FaultKind, String)> {
        let malformed = |reason: &str| (FaultKind::RowMalformed, reason.to_owned());
        let texts = [&self.id, &self.campaign, &self.member];
        let wholes = [&self.at, &self.minor, &self.shown, &self.redeemed];
        if texts.iter().any(|array| array.is_null(row)) || wholes.iter().any(|array| array.is_null(row)) {
            return Err(malformed("something is null"));
        }
        let [id, campaign, whose] = texts.map(|array| array.value(row));
        let [at, minor, shown, redeemed] = wholes.map(|array| array.value(row));
        let Some(member) = member(whose) else { return Err(malformed(&format!("{whose} is no member"))) };
        if minor < 0 || ![0, 1].contains(&shown) || ![0, 1].contains(&redeemed) {
            return Err(malformed(&format!("a discount of {minor}, shown {shown}, redeemed {redeemed}")));
        }
        let currency = self.currency.as_ref().filter(|array| array.is_valid(row)).map(|array| array.value(row));
        if let (Some(other), Some(ours)) = (currency, checks.currency)
            && other != ours.to_string()
        {
            return Err(malformed(&format!("it is in {other}, and prices are in {ours}")));
        }
        let offered_at = EventTime(at);
        if offered_at >= checks.now {
            return Err((FaultKind::RowFuture, format!("offer {id} is from the future")));
        }
        if !seen.insert(id.to_owned()) {
            return Err((FaultKind::RowDuplicate, format!("offer {id} again")));
        }
        let spent_minor = if redeemed == 1 { minor } else { 0 };
        Ok((shown == 1).then(|| Was { member, offered_at, campaign: campaign.to_owned(), spent_minor }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, TimestampMicrosecondArray};
    use parquet::arrow::ArrowWriter;
    use schemas::table::{Names, TableRow};
    use schemas::{MemberId, Money, Offer, OfferId, Sku, VisitId};
    use std::fs::{File, create_dir_all};
    use std::sync::Arc;

    fn write(path: &Path, batch: &RecordBatch) {
        create_dir_all(path.parent().expect("a folder")).expect("folders");
        let mut writer =
            ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
        writer.write(batch).expect("rows");
        writer.close().expect("closed");
    }

    fn euro() -> Currency {
        Currency::new("EUR").expect("three capitals")
    }

    fn checks() -> OfferChecks {
        OfferChecks { now: EventTime(1000), currency: Some(euro()), source: CameraId(3) }
    }

    fn offer(n: u64, at: i64, shown: bool, redeemed: bool) -> Offer {
        Offer {
            closed_at: EventTime(at + 5),
            offered_at: EventTime(at),
            id: OfferId::of("oats", VisitId(n)),
            campaign: "oats".into(),
            member: MemberId(7),
            visit: VisitId(n),
            sku: Sku::new("oats-500g").expect("not empty"),
            discount: Money { minor: 30, currency: euro() },
            shown,
            redeemed,
        }
    }

    #[test]
    fn what_a_run_wrote_is_what_is_read() {
        let place = tempfile::tempdir().expect("a folder");
        let (run, part) = (place.path().join("run"), "offers/store=s/date=d/part-0.parquet");
        create_dir_all(run.join("receipts")).expect("a folder");
        create_dir_all(run.join("receipt_lines")).expect("a folder");
        assert!(offered(&run).is_ok(), "a run without offers");
        assert_eq!(offers(std::slice::from_ref(&run), checks()).expect("readable"), (Vec::new(), Vec::new()));
        let rows = [
            offer(1, 10, true, true),
            offer(2, 20, true, false),
            offer(3, 30, false, true),
            offer(4, 1000, true, true),
        ];
        write(&run.join(part), &Offer::batch(&rows, &Names::default()).expect("columns fit"));
        assert!(offered(&run).is_ok());
        let (found, refused) = offers(&[run.clone(), run.join("offers")], checks()).expect("readable");
        let was = |at, spent_minor| Was {
            member: MemberId(7),
            offered_at: EventTime(at),
            campaign: "oats".into(),
            spent_minor,
        };
        assert_eq!(found, [was(10, 30), was(20, 0)], "a hold-out was shown nothing");
        let kinds: Vec<(FaultKind, u64)> = refused.iter().map(|fault| (fault.kind, fault.count)).collect();
        let expected =
            [FaultKind::RowFuture, FaultKind::RowDuplicate, FaultKind::RowDuplicate, FaultKind::RowDuplicate];
        assert_eq!(kinds[..4], expected.map(|kind| (kind, 1)));
        assert_eq!(kinds[4..], [(FaultKind::RowFuture, 1)]);
        assert!(refused.iter().all(|fault| fault.camera == CameraId(3) && fault.event_time > EventTime(0)));
    }

    #[test]
    fn rows_that_cannot_be_are_faults_and_count_for_nothing() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("offers.parquet");
        let good = ("0000000000000007", 30, 1, "EUR");
        let rows = [
            good,
            ("ann", 30, 1, "EUR"),
            ("0000000000000007", -1, 1, "EUR"),
            ("0000000000000007", 30, 2, "EUR"),
            ("0000000000000007", 30, 1, "SEK"),
        ];
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("offered_at", Arc::new(TimestampMicrosecondArray::from_iter_values([5; 6]))),
            ("offer_id", Arc::new(StringArray::from_iter_values(["a", "b", "c", "d", "e", "f"]))),
            ("campaign", Arc::new(StringArray::from_iter([Some("oats"); 5].into_iter().chain([None])))),
            ("redeemed", Arc::new(Int64Array::from_iter_values([0; 6]))),
        ];
        let of = |n: usize| rows.get(n).copied().unwrap_or(good);
        columns.push(("member_id", Arc::new(StringArray::from_iter_values((0..6).map(|n| of(n).0)))));
        columns.push(("discount_minor", Arc::new(Int64Array::from_iter_values((0..6).map(|n| of(n).1)))));
        columns.push(("shown", Arc::new(Int64Array::from_iter_values((0..6).map(|n| of(n).2)))));
        columns.push(("currency", Arc::new(StringArray::from_iter_values((0..6).map(|n| of(n).3)))));
        write(&file, &RecordBatch::try_from_iter(columns.clone()).expect("columns"));
        let (found, refused) = offers(std::slice::from_ref(&file), checks()).expect("readable");
        assert_eq!((found.len(), refused.len()), (1, 5), "{refused:#?}");
        assert!(refused.iter().all(|fault| fault.kind == FaultKind::RowMalformed));
        let any = OfferChecks { currency: None, ..checks() };
        assert_eq!(
            offers(std::slice::from_ref(&file), any).expect("readable").0.len(),
            2,
            "nobody said which currency"
        );
        columns.remove(0);
        write(&file, &RecordBatch::try_from_iter(columns).expect("columns"));
        let (at, reason) = offered(&file).expect_err("a column is missing");
        assert_eq!((at, reason.to_string().contains("offered_at")), (file.clone(), true));
        assert!(offers(&[file], checks()).is_err());
        assert!(offered(&place.path().join("nowhere")).is_err());
    }
}
