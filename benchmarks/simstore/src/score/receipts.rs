//! Receipts: what visits were billed, against what they truly took.
//!
//! A true receipt's is the told one of the same member whose visit ended nearest to its own, within [`NEAR_US`]; each is used once. Units are
//! counted by sku: of three told and two true, two are right, one is false. Who came in without a code is not billed, in truth nor tables.

use super::read::{ScoreError, each};
use super::visits::Errors;
use super::wilson::Ratio;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Told and true ends of one visit are at most so far apart.
const NEAR_US: i64 = 120_000_000;

/// Units and receipts of some visits.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Units told that are right, of those told.
    pub precision: Ratio,
    /// The same of those that were taken.
    pub recall: Ratio,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Receipts with the true units of every sku and the true sum, of all.
    pub right: Ratio,
}

impl Share {
    fn add(&mut self, truth: &Bill, told: Option<&Bill>) {
        let none = Bill::default();
        let told_bill = told.unwrap_or(&none);
        let hits: i64 = truth.units.iter().map(|(sku, units)| (*units).min(told_bill.of(sku))).sum();
        let count = |units: i64| u64::try_from(units).unwrap_or(0);
        self.precision = self.precision + Ratio::new(count(hits), count(told_bill.all()));
        self.recall = self.recall + Ratio::new(count(hits), count(truth.all()));
        let right = told.is_some_and(|told| told.units == truth.units && told.minor == truth.minor);
        self.right = self.right + Ratio::new(u64::from(right), 1);
    }

    fn mean(&mut self) {
        let (p, r) = (self.precision.share().unwrap_or(1.0), self.recall.share().unwrap_or(1.0));
        self.f1 = if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 };
    }
}

/// How well receipts are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Receipts {
    /// As they were made.
    pub at_once: Share,
    /// With all their adjustments.
    pub in_the_end: Share,
    /// In the end, of the visits in which a hard kind was whole, by its word.
    pub by_kind: BTreeMap<String, Share>,
    /// Receipts told that are nobody's.
    pub false_ones: u64,
    /// From the last one's leaving to the receipt, seconds of event time.
    pub after_s: Errors,
    /// Adjustments.
    pub adjustments: u64,
    /// Cases to be reviewed, of all interactions.
    pub reviewed: Ratio,
    /// Every true receipt in words, and below it the told one.
    #[serde(skip)]
    pub beside: Vec<String>,
}

/// Units by sku, and what they cost.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bill {
    units: BTreeMap<String, i64>,
    minor: i64,
}

impl Bill {
    fn of(&self, sku: &str) -> i64 {
        self.units.get(sku).copied().unwrap_or(0)
    }

    fn all(&self) -> i64 {
        self.units.values().sum()
    }

    fn add(&mut self, sku: &str, units: i64, minor: i64) {
        *self.units.entry(sku.to_string()).or_default() += units;
        self.units.retain(|_, units| *units != 0);
        self.minor += minor;
    }
}

/// A receipt, true or told.
#[derive(Clone, Debug, Default)]
struct Slip {
    member: String,
    ended: i64,
    settled: i64,
    at_once: Bill,
    in_the_end: Bill,
}

impl Slip {
    /// The receipt in words.
    fn words(&self, bill: &Bill, names: &BTreeMap<String, String>) -> String {
        let name = |sku: &String| names.get(sku).unwrap_or(sku).clone();
        let goods: Vec<String> = bill.units.iter().map(|(sku, units)| format!("{units} x {}", name(sku))).collect();
        let goods = if goods.is_empty() { "nothing".to_string() } else { goods.join(", ") };
        format!("member {}  {:.2}  {goods}", self.member, bill.minor as f64 / 100.0)
    }
}

/// Scores `receipts`, `receipt_lines` and `review_queue`; none where there are no interactions: nothing knew of goods.
pub fn of(truth: &Path, tables: &Path) -> Result<Option<Receipts>, ScoreError> {
    let mut interactions = 0;
    let there = each(tables, "interactions", &["interaction_id"], |rows| {
        interactions += rows.len() as u64;
        Ok(())
    })?;
    if !there {
        return Ok(None);
    }
    let ((true_slips, open), kinds) = (true_slips(truth)?, kinds(truth)?);
    let mut told = told_slips(tables)?;
    let mut score = Receipts::default();
    let mut cases = 0;
    each(tables, "review_queue", &["interaction_id"], |rows| {
        let interaction = rows.texts("interaction_id")?;
        cases += (0..rows.len()).filter(|&row| interaction(row).is_some()).count() as u64;
        Ok(())
    })?;
    score.reviewed = Ratio::new(cases.min(interactions), interactions);
    each(tables, "receipt_adjustments", &["receipt_id"], |rows| {
        score.adjustments += rows.len() as u64;
        Ok(())
    })?;
    let (names, mut after) = (names(tables)?, Vec::new());
    for (visit, slip) in &true_slips {
        let same = told.iter().enumerate().filter(|(_, other)| other.member == slip.member);
        let nearest = same.min_by_key(|(_, other)| (other.ended - slip.ended).abs()).map(|(at, _)| at);
        let near = nearest.filter(|&at| (told[at].ended - slip.ended).abs() <= NEAR_US).map(|at| told.remove(at));
        score.beside.push(format!("true  {}", slip.words(&slip.in_the_end, &names)));
        let told_words = near.as_ref().map(|near| near.words(&near.in_the_end, &names));
        score.beside.push(format!("told  {}", told_words.as_deref().unwrap_or("nothing")));
        after.extend(near.as_ref().map(|near| (near.settled - slip.ended) as f64 / 1e6));
        score.at_once.add(&slip.at_once, near.as_ref().map(|near| &near.at_once));
        score.in_the_end.add(&slip.in_the_end, near.as_ref().map(|near| &near.in_the_end));
        for kind in kinds.get(visit).into_iter().flatten() {
            let share = score.by_kind.entry(kind.clone()).or_default();
            share.add(&slip.in_the_end, near.as_ref().map(|near| &near.in_the_end));
        }
    }
    // Who is still inside when the simulation ends has no true receipt, whatever the end of the recording looks like.
    told.retain(|slip| !open.contains(&slip.member));
    score.false_ones = told.iter().filter(|slip| slip.in_the_end.all() > 0).count() as u64;
    for slip in &told {
        let none = |bill: &Bill| Ratio::new(0, u64::try_from(bill.all()).unwrap_or(0));
        score.in_the_end.precision = score.in_the_end.precision + none(&slip.in_the_end);
        score.at_once.precision = score.at_once.precision + none(&slip.at_once);
    }
    score.at_once.mean();
    score.in_the_end.mean();
    score.by_kind.values_mut().for_each(Share::mean);
    score.after_s = Errors::of(after);
    Ok(Some(score))
}

/// True receipts of members by visit, and the members who are still inside.
fn true_slips(truth: &Path) -> Result<(BTreeMap<i32, Slip>, BTreeSet<String>), ScoreError> {
    let mut slips: BTreeMap<i32, Slip> = BTreeMap::new();
    each(truth, "visits", &["visit", "member_id"], |rows| {
        let (visit, member) = (rows.int32s("visit")?, rows.texts("member_id")?);
        for row in 0..rows.len() {
            let slip = |member: &str| Slip { member: member.to_string(), ..Slip::default() };
            slips.extend(member(row).map(|member| (visit(row), slip(member))));
        }
        Ok(())
    })?;
    let mut over = BTreeSet::new();
    each(truth, "receipts", &["visit", "closed_at"], |rows| {
        let (visit, closed) = (rows.int32s("visit")?, rows.times("closed_at")?);
        for row in 0..rows.len() {
            over.insert(visit(row));
            if let Some(slip) = slips.get_mut(&visit(row)) {
                slip.ended = closed(row);
            }
        }
        Ok(())
    })?;
    each(truth, "receipt_lines", &["visit", "sku", "unit_price_minor"], |rows| {
        let (visit, sku, price) = (rows.int32s("visit")?, rows.texts("sku")?, rows.int64s("unit_price_minor")?);
        for row in 0..rows.len() {
            if let Some(slip) = slips.get_mut(&visit(row)) {
                slip.at_once.add(sku(row).unwrap_or_default(), 1, price(row));
            }
        }
        Ok(())
    })?;
    let open = slips.iter().filter(|(visit, _)| !over.contains(visit)).map(|(_, slip)| slip.member.clone()).collect();
    slips.retain(|visit, _| over.contains(visit));
    slips.values_mut().for_each(|slip| slip.in_the_end = slip.at_once.clone());
    // What came back after the visit had paid.
    each(truth, "refunds", &["visit", "sku", "unit_price_minor"], |rows| {
        let (visit, sku, price) = (rows.int32s("visit")?, rows.texts("sku")?, rows.int64s("unit_price_minor")?);
        for row in 0..rows.len() {
            if let Some(slip) = slips.get_mut(&visit(row)) {
                slip.in_the_end.add(sku(row).unwrap_or_default(), -1, -price(row));
            }
        }
        Ok(())
    })?;
    Ok((slips, open))
}

fn told_slips(tables: &Path) -> Result<Vec<Slip>, ScoreError> {
    let mut slips: BTreeMap<String, Slip> = BTreeMap::new();
    each(tables, "receipts", &["receipt_id", "member_id", "left_at", "settled_at"], |rows| {
        let (id, member) = (rows.texts("receipt_id")?, rows.texts("member_id")?);
        let (left, settled) = (rows.times("left_at")?, rows.times("settled_at")?);
        for row in 0..rows.len() {
            let member = member(row).unwrap_or_default().to_string();
            let slip = Slip { member, ended: left(row), settled: settled(row), ..Slip::default() };
            slips.insert(id(row).unwrap_or_default().to_string(), slip);
        }
        Ok(())
    })?;
    each(tables, "receipt_lines", &["receipt_id", "adjustment", "sku", "quantity", "total_minor"], |rows| {
        let (id, sku, nth) = (rows.texts("receipt_id")?, rows.texts("sku")?, rows.int32s("adjustment")?);
        let (units, minor) = (rows.int64s("quantity")?, rows.int64s("total_minor")?);
        for row in 0..rows.len() {
            let Some(slip) = id(row).and_then(|id| slips.get_mut(id)) else { continue };
            let sku = sku(row).unwrap_or_default();
            slip.in_the_end.add(sku, units(row), minor(row));
            if nth(row) == 0 {
                slip.at_once.add(sku, units(row), minor(row));
            }
        }
        Ok(())
    })?;
    Ok(slips.into_values().collect())
}

/// What receipts call articles.
fn names(tables: &Path) -> Result<BTreeMap<String, String>, ScoreError> {
    let mut names = BTreeMap::new();
    each(tables, "receipt_lines", &["sku", "name"], |rows| {
        let (sku, name) = (rows.texts("sku")?, rows.texts("name")?);
        names.extend((0..rows.len()).filter_map(|row| Some((sku(row)?.to_string(), name(row)?.to_string()))));
        Ok(())
    })?;
    Ok(names)
}

/// The hard kinds that were whole, by visit.
fn kinds(truth: &Path) -> Result<BTreeMap<i32, BTreeSet<String>>, ScoreError> {
    let mut kinds: BTreeMap<i32, BTreeSet<String>> = BTreeMap::new();
    each(truth, "hard_kinds", &["visit", "kind", "whole"], |rows| {
        let (visit, kind, whole) = (rows.int32s("visit")?, rows.texts("kind")?, rows.flags("whole")?);
        for row in (0..rows.len()).filter(|&row| whole(row)) {
            kinds.entry(visit(row)).or_default().insert(kind(row).unwrap_or_default().to_string());
        }
        Ok(())
    })?;
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(units: &[(&str, i64, i64)]) -> Bill {
        let mut bill = Bill::default();
        units.iter().for_each(|(sku, units, minor)| bill.add(sku, *units, *minor));
        bill
    }

    #[test]
    fn units_are_counted_by_sku_and_a_wrong_sum_is_a_wrong_receipt() {
        let truth = bill(&[("tea", 2, 600), ("jam", 1, 250)]);
        let mut share = Share::default();
        share.add(&truth, Some(&truth));
        share.mean();
        assert_eq!((share.f1, share.right), (1.0, Ratio::new(1, 1)));
        share.add(&truth, Some(&bill(&[("tea", 3, 900)])));
        // 3 and 2 of 3 and 3 told, of 3 and 3 true.
        assert_eq!(
            (share.precision, share.recall, share.right),
            (Ratio::new(5, 6), Ratio::new(5, 6), Ratio::new(1, 2))
        );
        share.add(&truth, None);
        assert_eq!((share.recall, share.right), (Ratio::new(5, 9), Ratio::new(1, 3)));
        let mut dear = Share::default();
        dear.add(&truth, Some(&bill(&[("tea", 2, 700), ("jam", 1, 250)])));
        dear.mean();
        assert_eq!((dear.f1, dear.right), (1.0, Ratio::new(0, 1)));
    }
}
