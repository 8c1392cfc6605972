//! The shop's books, kept apart from [`crate::goods`]: goods are conserved (shelf + carts + sold + misplaced + cleared = stocked, for
//! every article, after every change), who pays for what, and what lies where it does not belong.
//!
//! Whoever takes a package off the shelf pays for it, at the price of that moment, whoever carries it out; putting it back,
//! anywhere and by anybody, takes it off their bill.

use crate::life::{Package, Person};
use crate::world::World;
use schemas::EventTime;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one visit pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Number of the visit.
    pub visit: u32,
    /// Who pays; nobody where somebody came in behind others.
    pub member: Option<u64>,
    /// When the last of the party left.
    pub closed_at: EventTime,
    /// One for each package, in the order of the takes.
    pub lines: Vec<Line>,
    /// Sum of the lines, minor units.
    pub total_minor: i64,
}

/// One package on a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub package: Package,
    /// Index of its article.
    pub article: usize,
    /// Who took it: number of the person.
    pub taker: u32,
    /// When it was taken, for the last time.
    pub taken_at: EventTime,
    /// Slot it was taken from.
    pub slot: usize,
    /// Price as of the take, minor units.
    pub unit_price_minor: i64,
}

/// A package that came back after its visit was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Number of the visit.
    pub visit: u32,
    /// When it came back.
    pub at: EventTime,
    /// What is paid back.
    pub line: Line,
}

/// A package in a slot of another article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplacement {
    /// Index of its article.
    pub article: usize,
    /// Slot it lies in.
    pub slot: usize,
    /// By whom: number of the person.
    pub person: u32,
    /// Since when.
    pub since: EventTime,
}

/// Where the packages of one article are, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Ever brought into the shop.
    pub stocked: u64,
    /// In slots of their own.
    pub shelf: u64,
    /// In slots of others.
    pub misplaced: u64,
    /// In hands, bags and pockets.
    pub carts: u64,
    /// Carried out.
    pub sold: u64,
    /// Taken out by staff.
    pub cleared: u64,
}

impl Balance {
    fn holds(&self) -> bool {
        self.shelf + self.misplaced + self.carts + self.sold + self.cleared == self.stocked
    }
}

/// Where the books believe a package to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    Slot(usize),
    With(u32),
}

/// Somebody between the first and the last moment.
struct Guest {
    person: Arc<Person>,
    /// Whether their visit waits for them.
    awaited: bool,
}

/// The books.
pub struct Ledger {
    home: Vec<Option<usize>>,
    prices: Vec<Vec<(EventTime, i64)>>,
    balances: Vec<Balance>,
    packages: BTreeMap<Package, (usize, Account)>,
    guests: BTreeMap<u32, Guest>,
    /// How many of a visit's people have not left yet.
    awaited: BTreeMap<u32, usize>,
    /// By package: the open visit that pays for it.
    bills: BTreeMap<Package, (u32, Line)>,
    /// By package: the settled visit that paid for it, while somebody else still has it in the shop.
    paid: BTreeMap<Package, (u32, Line)>,
    misplaced: BTreeMap<Package, Misplacement>,
    settled: Vec<Receipt>,
    refunds: Vec<Refund>,
}

impl Ledger {
    /// The books of a shop as it opens, full, with the prices of its catalog.
    pub fn open(world: &World) -> Self {
        let mut ledger = Self {
            home: vec![None; world.slots.len()],
            prices: world.articles.iter().map(|article| vec![(EventTime(i64::MIN), article.price_minor)]).collect(),
            balances: vec![Balance::default(); world.articles.len()],
            packages: BTreeMap::new(),
            guests: BTreeMap::new(),
            awaited: BTreeMap::new(),
            bills: BTreeMap::new(),
            paid: BTreeMap::new(),
            misplaced: BTreeMap::new(),
            settled: Vec::new(),
            refunds: Vec::new(),
        };
        for stocking in &world.planogram {
            ledger.home[stocking.slot] = Some(stocking.article);
            for _ in 0..stocking.columns.max(1) * stocking.deep.max(1) * stocking.high.max(1) {
                let package = ledger.packages.len() as Package;
                ledger.packages.insert(package, (stocking.article, Account::Slot(stocking.slot)));
                ledger.balances[stocking.article].stocked += 1;
                ledger.balances[stocking.article].shelf += 1;
            }
        }
        ledger
    }
}

mod books;
#[cfg(test)]
mod tests;
