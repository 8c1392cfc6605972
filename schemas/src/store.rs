//! The shop's fittings and what lies in them: gondolas, shelves, slots; catalog, planogram, price book.
//!
//! What changes over time is asked **as of** an instant ([`AsOf`]): a take keeps the sku and the price of its own event time, however
//! the planogram and the prices change later.

use crate::floor::{FloorPoint, SpacePoint};
use crate::ids::{Sku, SlotId};
use crate::money::{Currency, Money};
use crate::time::EventTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rack of shelves, open to one side. Its x runs along the front from left to right as a shopper facing it sees it, its y from
/// the front edge into the shelves, z up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gondola {
    /// Name.
    pub name: String,
    /// The front left foot: the origin of its frame.
    pub at: SpacePoint,
    /// From the store's x to the gondola's x, counter-clockwise from above, in 1/1000 degree.
    pub turn_mdeg: i32,
    /// Width, depth and height in millimetres.
    pub size_mm: [i32; 3],
    /// Its shelves, lowest first.
    pub shelves: Vec<Shelf>,
}

impl Gondola {
    /// Where it stands on the floor: its corners, beginning with the front left one.
    pub fn foot(&self) -> [FloorPoint; 4] {
        let ([wide, deep, _], frame) = (self.size_mm.map(f64::from), self.frame());
        [[0.0, 0.0], [wide, 0.0], [wide, deep], [0.0, deep]].map(|[x, y]| {
            let [x, y, _] = frame.shop([x, y, 0.0]);
            FloorPoint { x_mm: x.round() as i32, y_mm: y.round() as i32 }
        })
    }

    /// Its frame.
    pub fn frame(&self) -> GondolaFrame {
        let (sin, cos) = libm::sincos((f64::from(self.turn_mdeg) / 1000.0).to_radians());
        let origin = [self.at.x_mm, self.at.y_mm, self.at.z_mm].map(f64::from);
        GondolaFrame { origin, along: [cos, sin] }
    }
}

/// The frame of a gondola in the shop's, to turn points of the one into points of the other; millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GondolaFrame {
    /// Where its origin is in the shop.
    pub origin: [f64; 3],
    /// Which way its x runs on the shop's floor, as x and y of length 1: cosine and sine of its turn.
    pub along: [f64; 2],
}

impl GondolaFrame {
    /// Where a point of the gondola is in the shop.
    pub fn shop(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let ([cos, sin], origin) = (self.along, self.origin);
        [origin[0] + x * cos - y * sin, origin[1] + x * sin + y * cos, origin[2] + z]
    }

    /// Where a point of the shop is in the gondola.
    pub fn own(&self, point: [f64; 3]) -> [f64; 3] {
        let ([cos, sin], [x, y, z]) = (self.along, [0, 1, 2].map(|i| point[i] - self.origin[i]));
        [x * cos + y * sin, y * cos - x * sin, z]
    }
}

/// One board of a gondola, as wide as the gondola.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Name.
    pub name: String,
    /// Height of the board's upper side above the gondola's foot.
    pub board_mm: i32,
    /// Free height above it.
    pub clear_mm: i32,
    /// How far the board reaches into the gondola from its front edge.
    pub depth_mm: i32,
    /// Its slots, from left to right.
    pub slots: Vec<Slot>,
}

/// One place on one shelf, for one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Identity.
    pub id: SlotId,
    /// Name.
    pub name: String,
    /// Left end along the gondola's x.
    pub from_mm: i32,
    /// Right end.
    pub to_mm: i32,
}

/// The form of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PackageShape {
    /// A box.
    Carton,
    /// A bottle with a neck.
    Bottle,
    /// A tin or jar.
    Can,
    /// A soft bag.
    Bag,
}

impl PackageShape {
    /// Every shape with its word.
    pub const ALL: [(&'static str, PackageShape); 4] =
        [("carton", Self::Carton), ("bottle", Self::Bottle), ("can", Self::Can), ("bag", Self::Bag)];
}

/// What a catalog says of one sku. Beside the name everything may be unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Name, for people.
    pub name: String,
    /// Category.
    pub category: Option<String>,
    /// Nominal weight of one, in milligrams.
    pub unit_weight_mg: Option<i64>,
    /// Tax class.
    pub tax_class: Option<String>,
    /// Width, depth and height of one, in millimetres.
    pub size_mm: Option<[i32; 3]>,
    /// Form of one.
    pub shape: Option<PackageShape>,
    /// Where a picture of it is; for people.
    pub image: Option<String>,
}

/// Every article of the shop.
pub type Catalog = BTreeMap<Sku, Article>;

/// What is to lie in a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stocking {
    /// Which article.
    pub sku: Sku,
    /// How many beside each other; at least 1.
    pub facings: u32,
    /// How many fit; none where nobody said.
    pub capacity: Option<u32>,
}

/// Values with the instant from which each holds, for each key. A value holds until the key's next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf<K, V> {
    values: BTreeMap<K, BTreeMap<EventTime, V>>,
}

impl<K, V> Default for AsOf<K, V> {
    fn default() -> Self {
        Self { values: BTreeMap::new() }
    }
}

impl<K: Ord, V> AsOf<K, V> {
    /// Says that `value` holds for `key` from `from` on. Refused, with the value, where there is one of the same instant already.
    pub fn insert(&mut self, key: K, from: EventTime, value: V) -> Result<(), V> {
        let values = self.values.entry(key).or_default();
        if values.contains_key(&from) {
            return Err(value);
        }
        values.insert(from, value);
        Ok(())
    }

    /// What holds for `key` at `time`: the last value that begins at `time` or before. None before the first.
    pub fn at(&self, key: &K, time: EventTime) -> Option<&V> {
        self.values.get(key)?.range(..=time).next_back().map(|(_, value)| value)
    }

    /// From when until when (exclusive; none = for ever) that holds which holds at `time`. None before the first.
    pub fn validity(&self, key: &K, time: EventTime) -> Option<(EventTime, Option<EventTime>)> {
        let values = self.values.get(key)?;
        let (&from, _) = values.range(..=time).next_back()?;
        let until = values.range(time..).find(|(begin, _)| **begin > time).map(|(&begin, _)| begin);
        Some((from, until))
    }

    /// When the first value of `key` begins.
    pub fn first(&self, key: &K) -> Option<EventTime> {
        self.values.get(key)?.first_key_value().map(|(&from, _)| from)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.values.keys()
    }

    /// Every key with every value and the instant from which it holds, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, EventTime, &V)> {
        self.values.iter().flat_map(|(key, values)| values.iter().map(move |(&from, value)| (key, from, value)))
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// What lies in which slot, from when on; none = the slot is empty from then on.
pub type Planogram = AsOf<SlotId, Option<Stocking>>;

/// What one unit costs, from when on, in the shop's one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceBook {
    /// The currency of every price.
    pub currency: Currency,
    /// Prices in minor units; never negative.
    pub minor: AsOf<Sku, i64>,
}

impl PriceBook {
    /// The price of `sku` at `time`; none before its first.
    pub fn price(&self, sku: &Sku, time: EventTime) -> Option<Money> {
        self.minor.at(sku, time).map(|&minor| Money { minor, currency: self.currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The slow twin: look at every row ever told.
        #[test]
        fn as_of_is_a_linear_scan(
            told in proptest::collection::vec((0u8..4, -20i64..20, 0u32..100), 0..40),
            key in 0u8..5, time in -25i64..25,
        ) {
            let (mut book, mut rows) = (AsOf::default(), Vec::<(u8, i64, u32)>::new());
            for (key, from, value) in told {
                let taken = rows.iter().any(|row| (row.0, row.1) == (key, from));
                prop_assert_eq!(book.insert(key, EventTime(from), value).is_err(), taken);
                if !taken {
                    rows.push((key, from, value));
                }
            }
            let of_key = || rows.iter().filter(|row| row.0 == key);
            let holds = of_key().filter(|row| row.1 <= time).max_by_key(|row| row.1);
            prop_assert_eq!(book.at(&key, EventTime(time)), holds.map(|row| &row.2));
            let until = of_key().map(|row| row.1).filter(|&from| from > time).min().map(EventTime);
            prop_assert_eq!(book.validity(&key, EventTime(time)), holds.map(|row| (EventTime(row.1), until)));
            prop_assert_eq!(book.first(&key), of_key().map(|row| EventTime(row.1)).min());
            rows.sort();
            let all: Vec<_> = book.iter().map(|(&key, from, &value)| (key, from.0, value)).collect();
            prop_assert_eq!(all, rows);
        }
    }

    proptest! {
        #[test]
        fn a_point_of_a_gondola_is_where_its_foot_and_turn_say(
            turn_mdeg in -360_000i32..360_000, foot in [-9_000i32..9_000, -9_000..9_000, -50..50], point in [-2e3f64..2e3, -1e3..1e3, 0.0..2e3],
        ) {
            let at = SpacePoint { x_mm: foot[0], y_mm: foot[1], z_mm: foot[2] };
            let gondola = Gondola { name: "A".into(), at, turn_mdeg, size_mm: [1200, 420, 1350], shelves: Vec::new() };
            let (frame, shop) = (gondola.frame(), gondola.frame().shop(point));
            prop_assert!((0..3).all(|i| (frame.own(shop)[i] - point[i]).abs() < 1e-6));
            let off = [0, 1, 2].map(|i| shop[i] - f64::from(foot[i]));
            prop_assert!((off[0].hypot(off[1]) - point[0].hypot(point[1])).abs() < 1e-6 && (off[2] - point[2]).abs() < 1e-6);
            let (turn, ahead) = (f64::from(turn_mdeg) / 1000.0, frame.shop([1000.0, 0.0, 0.0]));
            prop_assert!((ahead[0] - f64::from(foot[0]) - 1000.0 * turn.to_radians().cos()).abs() < 1e-6);
            prop_assert!((ahead[1] - f64::from(foot[1]) - 1000.0 * turn.to_radians().sin()).abs() < 1e-6);
        }
    }

    #[test]
    fn a_price_holds_from_its_instant_on() {
        let sku = Sku::new("4006381333931").expect("not empty");
        let mut book = PriceBook { currency: Currency::new("EUR").expect("three capitals"), minor: AsOf::default() };
        for (from, minor) in [(200, 149), (100, 129)] {
            book.minor.insert(sku.clone(), EventTime(from), minor).expect("two instants");
        }
        let minor = |time| book.price(&sku, EventTime(time)).map(|price| price.minor);
        assert_eq!([99, 100, 199, 200, i64::MAX].map(minor), [None, Some(129), Some(129), Some(149), Some(149)]);
    }
}
