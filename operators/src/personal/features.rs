//! What the ranker sees of one sku for one member: whole numbers, each a plain function of the member's receipts and the shop's patterns.
//! Distances count from the member's last receipt: back in receipts, and back in days. Fractions and weights are in 1/65536, means in 1/256.
//!
//! "Sticky recency" (feature `STICKY`) is the sum over receipts of 0.96^(receipts ago), times the square root of the share of the shop's
//! purchases of the sku that were not the buyer's first; squared here, so that no root is needed. Decays in receipts
//! follow Hu et al., "Modeling personalized item frequency information for next-basket recommendation" (TIFU-KNN), SIGIR 2020; rates of
//! repeated buying Ariannezhad et al., "ReCANet", SIGIR 2022; popularity beside them Faggioli et al., "Recency aware collaborative filtering
//! for next basket recommendation" (UP-CF), UMAP 2020.

use super::decay::{Decays, ONE};
use super::history::{Bought, DAY_US, History};
use super::patterns::{Counts, Patterns};
use schemas::{CategoryCode, SkuCode};
use std::collections::BTreeMap;

/// How many there are.
pub const FEATURES: usize = 41;
/// The place of "sticky recency", squared.
pub const STICKY: usize = 26;
/// Skus of the member's own that are ranked.
const OWN_MAX: usize = 150;
/// Popular skus that are ranked beside them.
const POPULAR_MAX: usize = 40;

/// One sku that may be suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub sku: SkuCode,
    /// Receipts that it is on.
    pub count: i64,
    /// Days from the first of these to the last.
    pub span_days: i64,
    /// Days from the last of these to the member's last receipt.
    pub days_ago: i64,
    /// What the ranker sees.
    pub features: [i32; FEATURES],
}

/// Sums over the receipts with one sku.
#[derive(Clone, Debug)]
struct Sums {
    category: CategoryCode,
    count: i64,
    receipts: [i64; 4],
    days: [i64; 4],
    first_day: i64,
    last_day: i64,
    last: i64,
    gaps: [i64; 2],
    skus: i64,
    small: i64,
    narrow: i64,
    wide: i64,
    next_receipt: i64,
    seen: Vec<i64>,
}

impl Sums {
    fn new(category: CategoryCode, day: i64) -> Self {
        Self {
            category,
            count: 0,
            receipts: [0; 4],
            days: [0; 4],
            first_day: day,
            last_day: day,
            last: 0,
            gaps: [0; 2],
            skus: 0,
            small: 0,
            narrow: 0,
            wide: 0,
            next_receipt: 0,
            seen: Vec::new(),
        }
    }
}

/// Sums over the lines of one category.
#[derive(Clone, Debug, Default)]
struct Shelf {
    receipts: i64,
    days: i64,
    ago: i64,
    count: i64,
}

/// What all skus of a member have in common.
struct Common {
    receipts: i64,
    last_day: i64,
    basket: i64,
    basket_last: i64,
    basket_three: i64,
    visit_gap: i64,
    gap_last: i64,
    fortnight: i64,
    hour: i64,
}

impl Common {
    fn of(history: &History) -> Option<Self> {
        let slips = &history.slips;
        let (first, last) = (slips.first()?, slips.last()?);
        let receipts = slips.len() as i64;
        let mean =
            |slips: &[super::history::Slip]| 256 * slips.iter().map(|s| s.skus).sum::<i64>() / slips.len() as i64;
        Some(Self {
            receipts,
            last_day: last.day,
            basket: mean(slips),
            basket_last: last.skus,
            basket_three: mean(&slips[slips.len().saturating_sub(3)..]),
            visit_gap: 256 * (last.day - first.day + 1) / receipts,
            gap_last: if receipts > 1 { last.day - slips[slips.len() - 2].day } else { 30 },
            fortnight: slips.iter().rev().take_while(|slip| last.day - slip.day < 14).count() as i64,
            hour: last.event_time.0.rem_euclid(DAY_US) / 3_600_000_000,
        })
    }
}

/// The skus that may be suggested to a member with this history: the stickiest of their own, and what is popular. Sorted by code.
pub fn candidates(history: &History, patterns: &Patterns, decays: &Decays) -> Vec<Candidate> {
    let Some(common) = Common::of(history) else { return Vec::new() };
    let (skus, shelves) = sums(history, &common, decays);
    let mut own: Vec<(i64, SkuCode)> = Vec::with_capacity(skus.len());
    for (&sku, sums) in &skus {
        own.push((-sticky(sums, patterns.sku(sku, sums.category)), sku));
    }
    own.sort_unstable();
    own.truncate(OWN_MAX);
    let mut found: Vec<Candidate> =
        own.iter().filter_map(|(_, sku)| Some(candidate(*sku, skus.get(sku)?, &common, &shelves, patterns))).collect();
    let new = patterns.top().iter().filter(|(sku, _)| !skus.contains_key(sku)).take(POPULAR_MAX);
    found.extend(new.map(|&(sku, category)| {
        candidate(sku, &Sums::new(category, common.last_day - 400), &common, &shelves, patterns)
    }));
    found.sort_unstable_by_key(|candidate| candidate.sku);
    found
}

/// Sticky recency, squared.
fn sticky(sums: &Sums, counts: Counts) -> i64 {
    let recency = sums.receipts[2].min(ONE << 8);
    (((recency * recency) >> 16) * share(counts.again, counts.bought, 1, 6)) >> 16
}

/// (part + low / 2) / (whole + high / 2), in 1/65536.
fn share(part: u32, whole: u32, low: i64, high: i64) -> i64 {
    ONE * (2 * i64::from(part) + low) / (2 * i64::from(whole) + high)
}

fn sums(
    history: &History,
    common: &Common,
    decays: &Decays,
) -> (BTreeMap<SkuCode, Sums>, BTreeMap<CategoryCode, Shelf>) {
    let mut skus: BTreeMap<SkuCode, Sums> = BTreeMap::new();
    let mut shelves: BTreeMap<CategoryCode, Shelf> = BTreeMap::new();
    for line in &history.bought {
        let slip = history.slip(line);
        let Bought { sku, category, receipt } = *line;
        let (receipt, ago, days) = (receipt as i64, common.receipts - 1 - receipt as i64, common.last_day - slip.day);
        let sums = skus.entry(sku).or_insert_with(|| Sums::new(category, slip.day));
        if sums.count > 0 {
            let gap = receipt - sums.last;
            sums.gaps = [sums.gaps[0] + gap, gap];
            sums.next_receipt += i64::from(gap == 1);
            sums.seen.push(gap);
        }
        sums.count += 1;
        let weights = [0, 1, 2, 3].map(|n| decays.receipts[n].at(ago));
        sums.receipts.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
        sums.days.iter_mut().zip(&decays.days).for_each(|(sum, decay)| *sum += decay.at(days));
        sums.small += weights[1] * 8 / slip.skus.max(8);
        sums.narrow += weights[2] * 16 / slip.skus;
        sums.wide += weights[2] * slip.skus;
        sums.skus += slip.skus;
        (sums.last, sums.last_day) = (receipt, slip.day);
        let shelf = shelves.entry(category).or_default();
        shelf.receipts += weights[2];
        shelf.days += decays.days[1].at(days);
        shelf.ago = ago;
        shelf.count += 1;
    }
    (skus, shelves)
}

fn candidate(
    sku: SkuCode,
    sums: &Sums,
    common: &Common,
    shelves: &BTreeMap<CategoryCode, Shelf>,
    patterns: &Patterns,
) -> Candidate {
    let counts = patterns.sku(sku, sums.category);
    let of_category = patterns.category(sums.category);
    let none = Shelf { ago: 1000, ..Shelf::default() };
    let shelf = shelves.get(&sums.category).unwrap_or(&none);
    let (count, receipts) = (sums.count, common.receipts);
    let ago = if count > 0 { receipts - 1 - sums.last } else { receipts + 200 };
    let days = common.last_day - sums.last_day;
    let span = sums.last_day - sums.first_day;
    let owned = common.last_day - sums.first_day + 7;
    let gap = if count > 1 { 16 * span / (count - 1) } else { 16 * owned };
    let at_risk = sums.seen.iter().filter(|seen| **seen > ago).count() as i64;
    let hits = sums.seen.iter().filter(|seen| **seen == ago + 1).count() as i64;
    let ratio = 256 * (16 * days + common.visit_gap / 16 + 8) / (gap + 8);
    let gap_receipts = if count > 1 { 256 * (sums.gaps[0] + 3) / count } else { 1 << 17 };
    let values = [
        count,
        sums.receipts[0],
        sums.receipts[1],
        sums.receipts[2],
        sums.receipts[3],
        sums.days[0],
        sums.days[1],
        sums.days[2],
        sums.days[3],
        ago,
        days,
        gap,
        ratio,
        ONE * count / receipts,
        ONE * count / owned,
        share(counts.again, counts.bought, 1, 6),
        share(counts.followed, counts.ripe, 1, 10),
        i64::from(counts.recent),
        receipts,
        common.basket,
        shelf.receipts,
        shelf.days,
        shelf.ago,
        ONE * count / shelf.count.max(1),
        common.basket_last,
        common.visit_gap,
        sticky(sums, counts),
        (256 * sums.skus + common.basket) / (count + 1),
        ONE * (10 * sums.next_receipt + 1) / (10 * count + 5),
        ONE * (10 * hits + 1) / (10 * at_risk + 10),
        at_risk,
        gap_receipts,
        sums.gaps[1],
        sums.small,
        sums.narrow,
        if sums.receipts[2] > 0 { 256 * sums.wide / sums.receipts[2] } else { 0 },
        common.fortnight,
        common.basket_three,
        common.hour,
        common.gap_last,
        share(of_category.followed, of_category.ripe, 1, 10),
    ];
    let features = values.map(|value| value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32);
    Candidate { sku, count, span_days: span, days_ago: days, features }
}
