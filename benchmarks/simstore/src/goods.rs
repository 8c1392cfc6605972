//! Where every package is: in a column of a slot, in a hand, in a bag. An account kept from [`Happening`]s alone, for whoever
//! draws shelves and hands or weighs them; what is sold or cleared is only counted, so that memory follows the shelves.

use crate::life::{Happening, Package, Stow, What};
use crate::seed::Seed;
use crate::world::{Mm3, World};
use rand_distr::{Distribution, Normal, Uniform};
use std::collections::BTreeMap;

/// Where a package is that is still the shop's concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// On a shelf.
    Shelf {
        /// Index of the slot.
        slot: usize,
        /// Column in the slot, from the left.
        column: usize,
    },
    /// In a hand.
    Hand {
        /// Whose: number of the person.
        person: u32,
        /// 0 left, 1 right.
        hand: usize,
    },
    /// In a bag or elsewhere about somebody.
    Stowed {
        /// About whom.
        person: u32,
        /// Where.
        place: Stow,
        /// Whether it is meant not to be seen.
        hidden: bool,
    },
}

/// One package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Good {
    /// Index of its article.
    pub article: usize,
    /// What it really weighs: no two packages weigh the same.
    pub weight_mg: i64,
    /// Where it is.
    pub spot: Spot,
}

/// How many columns a slot has, and how much fits into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rack {
    article: usize,
    deep: usize,
    high: usize,
}

/// All packages in the shop.
#[derive(Clone, Debug)]
pub struct Goods {
    seed: Seed,
    /// By article: nominal weight and the relative spread of its packages.
    weights: Vec<(i64, f64)>,
    /// By slot; nothing where the planogram has nothing.
    racks: Vec<Option<Rack>>,
    /// By slot and column, the hindmost first: what was put in last is taken first.
    columns: Vec<Vec<Vec<Package>>>,
    slot_mg: Vec<i64>,
    packages: BTreeMap<Package, Good>,
    carried: BTreeMap<u32, Vec<Package>>,
    next: Package,
    sold: u64,
    cleared: u64,
}

impl Goods {
    /// The shop as it opens: every stocked slot is full.
    pub fn open(world: &World, seed: Seed) -> Self {
        let spread = Uniform::new(0.005, 0.010).expect("a range");
        let weights = (world.articles.iter().enumerate())
            .map(|(i, article)| (article.weight_mg, spread.sample(&mut seed.stream("spread of weight", &[i as u64]))))
            .collect();
        let mut goods = Self {
            seed,
            weights,
            racks: vec![None; world.slots.len()],
            columns: vec![Vec::new(); world.slots.len()],
            slot_mg: vec![0; world.slots.len()],
            packages: BTreeMap::new(),
            carried: BTreeMap::new(),
            next: 0,
            sold: 0,
            cleared: 0,
        };
        for stocking in &world.planogram {
            let rack = Rack { article: stocking.article, deep: stocking.deep.max(1), high: stocking.high.max(1) };
            goods.racks[stocking.slot] = Some(rack);
            goods.columns[stocking.slot] = vec![Vec::new(); stocking.columns.max(1)];
            for column in 0..stocking.columns.max(1) {
                for _ in 0..rack.deep * rack.high {
                    let package = goods.next;
                    goods.stock(stocking.slot, column, package);
                }
            }
        }
        goods
    }

    /// The true weight of a package of this article: nominal, with a spread of 0.5 to 1 % (one sigma, cut at three).
    fn weigh(&self, article: usize, package: Package) -> i64 {
        let (nominal, spread) = self.weights[article];
        let off: f64 = Normal::new(0.0, spread)
            .expect("a spread")
            .sample(&mut self.seed.stream("weight of package", &[u64::from(package)]));
        (nominal as f64 * (1.0 + off.clamp(-3.0 * spread, 3.0 * spread))).round() as i64
    }

    fn stock(&mut self, slot: usize, column: usize, package: Package) {
        assert_eq!(package, self.next, "goods: packages are numbered in the order in which they come into the shop");
        let rack =
            self.racks[slot].unwrap_or_else(|| panic!("goods: slot {slot} is stocked, but no article belongs there"));
        self.next += 1;
        let weight_mg = self.weigh(rack.article, package);
        self.packages.insert(package, Good { article: rack.article, weight_mg, spot: Spot::Shelf { slot, column } });
        self.columns[slot][column].push(package);
        self.slot_mg[slot] += weight_mg;
    }

    /// Takes a package off its column, which must have it in front.
    fn lift(&mut self, slot: usize, column: usize, package: Package) {
        let front = self.columns[slot][column].pop();
        assert_eq!(front, Some(package), "goods: package {package} is not in front in column {column} of slot {slot}");
        self.slot_mg[slot] -= self.packages[&package].weight_mg;
    }

    fn carry(&mut self, package: Package, person: u32, spot: Spot) {
        self.carried.entry(person).or_default().push(package);
        self.packages.get_mut(&package).expect("a package that is there").spot = spot;
    }

    /// Takes a package from somebody, who must have it in this hand (or, without one, stowed).
    fn let_go(&mut self, package: Package, person: u32, hand: Option<usize>) {
        let spot = self.packages.get(&package).map(|good| good.spot);
        let fits = match (spot, hand) {
            (Some(Spot::Hand { person: who, hand: at }), Some(hand)) => who == person && at == hand,
            (Some(Spot::Stowed { person: who, .. }), None) => who == person,
            _ => false,
        };
        assert!(fits, "goods: person {person} does not have package {package} in {hand:?}: it is {spot:?}");
        let carried = self.carried.get_mut(&person).expect("somebody who carries");
        carried.retain(|&other| other != package);
        if carried.is_empty() {
            self.carried.remove(&person);
        }
    }

    /// Does to the account what happened. Panics, in words, when it cannot have happened.
    pub fn apply(&mut self, happening: &Happening) {
        let person = happening.person;
        match happening.what {
            What::Take { slot, column, package, hand } => {
                self.lift(slot, column, package);
                self.carry(package, person, Spot::Hand { person, hand });
            }
            What::PutBack { slot, column, package, hand } => {
                self.let_go(package, person, Some(hand));
                self.columns[slot][column].push(package);
                let good = self.packages.get_mut(&package).expect("a package that is there");
                good.spot = Spot::Shelf { slot, column };
                self.slot_mg[slot] += good.weight_mg;
            }
            What::Stow { package, hand, place, hidden } => {
                self.let_go(package, person, Some(hand));
                self.carry(package, person, Spot::Stowed { person, place, hidden });
            }
            What::Unstow { package, hand, .. } => {
                self.let_go(package, person, None);
                self.carry(package, person, Spot::Hand { person, hand });
            }
            What::HandOver { package, hand, to, to_hand } => {
                self.let_go(package, person, Some(hand));
                self.carry(package, to, Spot::Hand { person: to, hand: to_hand });
            }
            What::Restock { slot, column, package } => self.stock(slot, column, package),
            What::Clear { slot, column, package } => {
                self.lift(slot, column, package);
                self.packages.remove(&package);
                self.cleared += 1;
            }
            What::Leave { .. } => {
                for package in self.carried.remove(&person).unwrap_or_default() {
                    self.packages.remove(&package);
                    self.sold += 1;
                }
            }
            What::Arrive | What::Scan { .. } | What::Enter { .. } | What::Gone | What::Press { .. } => {}
        }
    }

    /// A package that is still in the shop.
    pub fn get(&self, package: Package) -> Option<Good> {
        self.packages.get(&package).copied()
    }

    /// The number that the next package to come into the shop gets.
    pub fn next_package(&self) -> Package {
        self.next
    }

    /// What is in the columns of a slot, the hindmost first; what is last is in front.
    pub fn columns(&self, slot: usize) -> &[Vec<Package>] {
        &self.columns[slot]
    }

    /// The weight of all that lies in a slot.
    pub fn slot_mg(&self, slot: usize) -> i64 {
        self.slot_mg[slot]
    }

    /// How many more packages a column takes (0 when it is full).
    pub fn room(&self, slot: usize, column: usize) -> usize {
        let fits = self.racks[slot].map_or(0, |rack| rack.deep * rack.high);
        self.columns[slot].get(column).map_or(0, |packages| fits.saturating_sub(packages.len()))
    }

    /// What somebody has in their hands and about them, in the order in which it came there.
    pub fn carried_by(&self, person: u32) -> &[Package] {
        self.carried.get(&person).map_or(&[], Vec::as_slice)
    }

    /// All packages in the shop, by number.
    pub fn iter(&self) -> impl Iterator<Item = (Package, Good)> + '_ {
        self.packages.iter().map(|(&package, &good)| (package, good))
    }

    /// How many packages left the shop with somebody.
    pub fn sold(&self) -> u64 {
        self.sold
    }

    /// How many packages staff took out of the shop.
    pub fn cleared(&self) -> u64 {
        self.cleared
    }

    /// Where the middle of the lower side of a package stands that would be the `rank`-th (0: the hindmost) of a column and is of
    /// this article. A strange package among others stands where one of theirs would.
    pub fn foot(&self, world: &World, slot: usize, column: usize, rank: usize, article: usize) -> Mm3 {
        let high = self.racks[slot].map_or(1, |rack| rack.high);
        let columns = self.columns[slot].len().max(1);
        world.package_foot(slot, &world.articles[article].shape, [column, columns, rank, high])
    }

    /// Every package in a slot with the middle of its lower side, column by column, the hindmost first.
    pub fn feet<'a>(&'a self, world: &'a World, slot: usize) -> impl Iterator<Item = (Package, usize, Mm3)> + 'a {
        self.columns[slot].iter().enumerate().flat_map(move |(column, packages)| {
            packages.iter().enumerate().map(move |(rank, &package)| {
                let article = self.packages[&package].article;
                (package, article, self.foot(world, slot, column, rank, article))
            })
        })
    }
}

#[cfg(test)]
mod tests;
