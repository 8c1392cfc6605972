//! The workload: takes, and whose they are; as bare integers, and as the shop's own forms.

use schemas::{Currency, Goods, Money, Sku, TrackId, VisitId};
use std::fmt::Debug;
use std::hash::Hash;
use std::io::Write;
use timely::ExchangeData;

/// Takes in a millisecond.
pub const PER_MS: u64 = 10;
/// Takes of one track.
pub const PER_TRACK: u64 = 20;
pub const SLOTS: u64 = 5_000;
pub const SKUS: u64 = 2_000;

/// A small generator of good numbers (splitmix64): the workload must not change with a library.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

#[derive(Clone, Copy)]
pub struct Take {
    pub ms: u32,
    pub track: u32,
    pub slot: u32,
    pub quantity: i32,
}

#[derive(Clone, Copy)]
pub struct Owner {
    pub ms: u32,
    pub track: u32,
    pub visit: u32,
    pub diff: i32,
}

/// A sku and what it costs, as they stand on a take.
pub type Stamp = (u32, u32);

pub struct Workload {
    pub takes: Vec<Take>,
    pub owners: Vec<Owner>,
    /// The sku of each slot.
    pub plan: Vec<u32>,
    /// What each sku costs.
    pub prices: Vec<u32>,
}

impl Workload {
    pub fn new(events: u64) -> Self {
        let mut random = Random(7);
        let (tracks, last_ms) = ((events / PER_TRACK).max(1), (events.max(1) - 1) / PER_MS);
        let visits = (tracks * 4 / 5).max(2);
        let take = |at: u64, random: &mut Random| {
            let track = (at / PER_TRACK + random.below(2_000)).saturating_sub(1_000).min(tracks - 1);
            let (slot, quantity) = (random.below(SLOTS) as u32, if random.below(10) < 7 { 1 } else { -1 });
            Take { ms: (at / PER_MS) as u32, track: track as u32, slot, quantity }
        };
        let takes = (0..events).map(|at| take(at, &mut random)).collect();
        let mut owners = Vec::new();
        for track in 0..tracks {
            let ms = track.saturating_sub(1_000) * PER_TRACK / PER_MS;
            let visit = random.below(visits);
            let owner =
                |ms: u64, visit: u64, diff| Owner { ms: ms as u32, track: track as u32, visit: visit as u32, diff };
            owners.push(owner(ms, visit, 1));
            if random.below(100) == 0 {
                let later = (ms + 5_000 + random.below(25_000)).min(last_ms);
                let other = (visit + 1 + random.below(visits - 1)) % visits;
                owners.extend([owner(later, visit, -1), owner(later, other, 1)]);
            }
        }
        owners.sort_by_key(|owner| owner.ms);
        let plan = (0..SLOTS).map(|_| random.below(SKUS) as u32).collect();
        let prices = (0..SKUS).map(|_| 50 + random.below(1_950) as u32).collect();
        Self { takes, owners, plan, prices }
    }

    pub fn stamp(&self, slot: u32) -> Stamp {
        let sku = self.plan[slot as usize];
        (sku, self.prices[sku as usize])
    }

    pub fn write(&self, folder: &str) {
        let file = |name: &str, header: &str| {
            let file = std::fs::File::create(format!("{folder}/{name}.csv")).expect("a file");
            let mut file = std::io::BufWriter::new(file);
            writeln!(file, "{header}").expect("written");
            file
        };
        let mut out = file("events", "ts,track,slot,delta");
        self.takes
            .iter()
            .for_each(|t| writeln!(out, "{},{},{},{}", t.ms, t.track, t.slot, t.quantity).expect("written"));
        let mut out = file("bindings", "ts,track,visit,diff");
        self.owners.iter().for_each(|o| writeln!(out, "{},{},{},{}", o.ms, o.track, o.visit, o.diff).expect("written"));
        let mut out = file("plan", "slot,product");
        self.plan.iter().enumerate().for_each(|(slot, sku)| writeln!(out, "{slot},{sku}").expect("written"));
        let mut out = file("price", "product,cents");
        self.prices.iter().enumerate().for_each(|(sku, minor)| writeln!(out, "{sku},{minor}").expect("written"));
    }
}

/// What comes out, summed: lines, units, minor units, and a number that knows which line has how many.
pub type Sums = [i64; 4];

/// What may be a key.
pub trait Key: ExchangeData + Clone + Debug + Hash + Ord {}
impl<T: ExchangeData + Clone + Debug + Hash + Ord> Key for T {}

/// How keys are made, and what a line counts.
pub trait Keys: Clone + Send + Sync + 'static {
    type Track: Key;
    type Goods: Key;
    type Visit: Key;
    fn track(&self, track: u32) -> Self::Track;
    fn goods(&self, stamp: Stamp) -> Self::Goods;
    fn visit(&self, visit: u32) -> Self::Visit;
    /// Visit, sku and price of a line.
    fn line(visit: &Self::Visit, goods: &Self::Goods) -> [i64; 3];
}

#[derive(Clone)]
pub struct Bare;

impl Keys for Bare {
    type Track = u32;
    type Goods = Stamp;
    type Visit = u32;
    fn track(&self, track: u32) -> u32 {
        track
    }
    fn goods(&self, stamp: Stamp) -> Stamp {
        stamp
    }
    fn visit(&self, visit: u32) -> u32 {
        visit
    }
    fn line(visit: &u32, &(sku, minor): &Stamp) -> [i64; 3] {
        [i64::from(*visit), i64::from(sku), i64::from(minor)]
    }
}

/// The shop's own: what `operators::cart` joins.
#[derive(Clone)]
pub struct Real;

impl Keys for Real {
    type Track = TrackId;
    type Goods = Goods;
    type Visit = VisitId;
    fn track(&self, track: u32) -> TrackId {
        TrackId(u64::from(track).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
    fn goods(&self, (sku, minor): Stamp) -> Goods {
        let currency = Currency::new("EUR").expect("three capitals");
        let sku = Sku::new(&format!("40998870{sku:05}")).expect("not empty");
        Goods { sku, unit_price: Some(Money { minor: i64::from(minor), currency }) }
    }
    fn visit(&self, visit: u32) -> VisitId {
        VisitId(u64::from(visit))
    }
    fn line(visit: &VisitId, goods: &Goods) -> [i64; 3] {
        let sku = goods.sku.as_str()[8..].parse().expect("a number");
        [visit.0 as i64, sku, goods.unit_price.map_or(0, |price| price.minor)]
    }
}
