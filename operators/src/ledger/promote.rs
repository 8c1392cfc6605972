//! Promote: what a cart costs: prices, less what promotions take off.
//! In: goods and how many of each, whether a member takes them, when | Out: [`Bill`] | State: none; a pure function
//!
//! Amounts are whole minor units. **Rules**, in this order:
//! 1. A promotion counts if it is valid at the instant asked for, and member prices for members alone.
//! 2. A unit takes part in one promotion at most. Where several compete, the division of the units among them is taken that leaves the
//!    least to pay altogether; of equals the one that leaves more units out of groups, and then the promotion that is named first.
//! 3. Percentages and member prices change the price of a single unit, rounded to a minor unit, half up: 10 % off 1.95 is 1.76 (of
//!    1.755), for each unit and not for their sum.
//! 4. `3 for 2` and `2 for 3.00` are made of whole groups, of any skus that the promotion names. In a group of the former the cheapest are
//!    free. What a group of the latter saves is shared among its units in proportion to their prices, to the minor unit.
//! 5. Nothing becomes dearer, nothing costs less than 0, and what has no price is not promoted.
//! 6. What was offered to one visit alone ([`Bill::take_off`]) comes last: each rebate off one unit of its sku, beside what promotions take off.
//!
//! Method of 2: units in falling order of price; a table over units and how many each promotion's open group holds, filled forwards
//! (dynamic programming). It is exact because the best way to cut a set of units into groups of which the cheapest are free is to cut
//! it in order of price. `tests.rs` compares it with trying everything.
//!
//! Bounds: at most [`UNITS_MAX`] units of goods that groups connect are divided, the dearest; the others have prices of single units.
//! Group promotions that overlap may have at most [`STATES_MAX`] states together (`3 for 2` with `4 for 3`: 12); configuration refuses more,
//! and here those named last do not count.

mod groups;
#[cfg(test)]
mod tests;

use groups::Unit;
use schemas::{Article, Catalog, Currency, EventTime, Goods, Money, Promotion, Rebate, Sku, Terms};
use std::collections::BTreeMap;

/// Units that are divided among groups at once.
pub const UNITS_MAX: usize = 2_000;
/// States of group promotions that overlap: the product of their group sizes.
pub const STATES_MAX: usize = 1_024;

/// What things are and what they cost.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// The shop's articles.
    pub catalog: Catalog,
    /// In the order in which equals are preferred.
    pub promotions: Vec<Promotion>,
    /// The currency of every price; `XXX` (ISO 4217: no currency) in a shop without prices.
    pub currency: Currency,
}

/// One line of a bill, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillLine {
    /// How many.
    pub quantity: i64,
    /// Their prices together; 0 without a price.
    pub gross: i64,
    /// What promotions take off; within 0 and `gross`.
    pub discount: i64,
    /// Which, by their places in the tariff, in order.
    pub promotions: Vec<usize>,
    /// Which offers, by their campaigns, in order.
    pub offers: Vec<String>,
}

/// What a cart costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Its lines.
    pub lines: BTreeMap<Goods, BillLine>,
}

impl Bill {
    /// Units on it.
    pub fn units(&self) -> i64 {
        self.lines.values().map(|line| line.quantity).sum()
    }

    /// Of these, units without a price.
    pub fn units_unpriced(&self) -> i64 {
        self.lines.iter().filter(|(goods, _)| goods.unit_price.is_none()).map(|(_, line)| line.quantity).sum()
    }

    /// Prices together.
    pub fn gross(&self) -> i64 {
        self.lines.values().map(|line| line.gross).sum()
    }

    /// What promotions take off.
    pub fn discount(&self) -> i64 {
        self.lines.values().map(|line| line.discount).sum()
    }

    /// Every line's goods, how many, and their prices and discounts together.
    pub fn amounts(&self) -> impl Iterator<Item = (&Goods, [i64; 3])> {
        self.lines.iter().map(|(goods, line)| (goods, line.amounts()))
    }

    /// What is left to pay.
    pub fn total(&self) -> i64 {
        self.gross() - self.discount()
    }

    /// Takes off what was offered: each of `rebates` off one unit of its sku, of the dearest line that has units left without one.
    pub fn take_off<'r>(&mut self, rebates: impl Iterator<Item = &'r Rebate>) {
        for rebate in rebates {
            let open = |line: &BillLine| (line.offers.len() as i64) < line.quantity && line.discount < line.gross;
            let lines = self.lines.iter_mut().filter(|(goods, line)| goods.sku == rebate.sku && open(line));
            if let Some((_, line)) = lines.max_by_key(|(goods, _)| goods.unit_price) {
                line.discount += rebate.discount.minor.clamp(0, line.gross - line.discount);
                line.offers.push(rebate.campaign.clone());
            }
        }
    }
}

impl Tariff {
    /// An amount.
    pub fn money(&self, minor: i64) -> Money {
        Money { minor, currency: self.currency }
    }

    /// What the catalog says of `sku`.
    pub fn article(&self, sku: &Sku) -> Option<&Article> {
        self.catalog.get(sku)
    }

    /// Whether `promotion` is for `sku`.
    pub fn covers(&self, promotion: &Promotion, sku: &Sku) -> bool {
        let category = self.article(sku).and_then(|article| article.category.as_ref());
        promotion.skus.contains(sku) || category.is_some_and(|category| promotion.categories.contains(category))
    }

    /// Whether a promotion for `sku` holds at `at`.
    pub fn promotes(&self, sku: &Sku, at: EventTime) -> bool {
        self.promotions.iter().any(|promotion| promotion.holds(at) && self.covers(promotion, sku))
    }

    /// What `cart` costs, taken by a member or not, at `at`. Panics where amounts do not fit or are of another currency: prices are
    /// bounded where they are read.
    pub fn bill(&self, cart: &BTreeMap<Goods, i64>, member: bool, at: EventTime) -> Bill {
        let holding: Vec<(usize, &Promotion)> =
            self.promotions.iter().enumerate().filter(|(_, promotion)| promotion.holds(at)).collect();
        let (mut bill, mut grouped) = (Bill::default(), Vec::new());
        for (goods, &quantity) in cart {
            assert!(quantity > 0, "a cart line of {quantity} {}", goods.sku);
            let line = bill.lines.entry(goods.clone()).or_default();
            line.quantity = quantity;
            let Some(price) = goods.unit_price else { continue };
            assert!(price.currency == self.currency, "a price in {} in a shop of {}", price.currency, self.currency);
            let gross = price.minor.checked_mul(quantity);
            line.gross = gross.unwrap_or_else(|| panic!("{quantity} times {} does not fit", price.minor));
            let for_it = holding.iter().filter(|(_, promotion)| self.covers(promotion, &goods.sku));
            let unit = Unit::new(goods, price.minor, for_it, member);
            if unit.groups.is_empty() {
                line.take_off(&unit.single, quantity);
            } else {
                grouped.push((unit, quantity));
            }
        }
        groups::divide(&self.promotions, &grouped, &mut bill);
        bill
    }
}

impl BillLine {
    /// How many, their prices and discounts together.
    pub fn amounts(&self) -> [i64; 3] {
        [self.quantity, self.gross, self.discount]
    }

    /// Takes what a promotion saves off `count` units.
    fn take_off(&mut self, saved: &Option<Saving>, count: i64) {
        if let Some(Saving { promotion, minor }) = saved.filter(|saved| saved.minor > 0 && count > 0) {
            self.discount += minor * count;
            if let Err(place) = self.promotions.binary_search(&promotion) {
                self.promotions.insert(place, promotion);
            }
        }
    }
}

/// What one promotion takes off one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Saving {
    promotion: usize,
    minor: i64,
}

/// What `terms` take off the price of a single unit; nothing for groups.
fn single_saving(terms: Terms, price: i64, member: bool) -> i64 {
    let left = match terms {
        Terms::PercentOff(percent) => {
            let kept = i128::from(100 - percent.min(100));
            i64::try_from((i128::from(price) * kept + 50).div_euclid(100)).unwrap_or(price)
        }
        Terms::MemberPrice(minor) if member => minor,
        Terms::MemberPrice(_) | Terms::MultiBuy { .. } | Terms::Bundle { .. } => price,
    };
    (price - left.max(0)).max(0)
}

/// Units of a group; none where the promotion makes no groups.
pub fn group_size(terms: Terms) -> Option<usize> {
    match terms {
        Terms::MultiBuy { take, .. } | Terms::Bundle { take, .. } => usize::try_from(take.max(1)).ok(),
        Terms::PercentOff(_) | Terms::MemberPrice(_) => None,
    }
}
