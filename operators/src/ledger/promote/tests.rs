//! Promotions by hand, and against trying everything.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn euro() -> Currency {
    Currency::new("EUR").expect("three capitals")
}

fn goods(sku: &str, minor: i64) -> Goods {
    Goods { sku: Sku::new(sku).expect("not empty"), unit_price: Some(Money { minor, currency: euro() }) }
}

fn promotion(terms: Terms, skus: &[&str]) -> Promotion {
    let skus = skus.iter().map(|sku| Sku::new(sku).expect("not empty")).collect();
    let name = format!("{terms:?}");
    Promotion { name, terms, skus, categories: BTreeSet::new(), valid_from: EventTime(0), valid_until: None }
}

fn tariff(promotions: Vec<Promotion>) -> Tariff {
    Tariff { catalog: Catalog::new(), promotions, currency: euro() }
}

/// Sku, price and count of each line; gives the lines' discounts and the total.
fn bill(tariff: &Tariff, lines: &[(&str, i64, i64)], member: bool) -> (Vec<i64>, i64) {
    let cart = lines.iter().map(|&(sku, minor, count)| (goods(sku, minor), count)).collect();
    let bill = tariff.bill(&cart, member, EventTime(5));
    (bill.lines.values().map(|line| line.discount).collect(), bill.total())
}

#[test]
fn percentages_round_each_unit_half_up() {
    let ten = tariff(vec![promotion(Terms::PercentOff(10), &["a"])]);
    assert_eq!(bill(&ten, &[("a", 195, 1)], false), (vec![19], 176), "1.755 is 1.76");
    assert_eq!(bill(&ten, &[("a", 195, 2), ("b", 195, 1)], false), (vec![38, 0], 547), "twice, not of 3.90");
    assert_eq!(bill(&ten, &[("a", 194, 1)], false), (vec![19], 175), "1.746 is 1.75");
    let all = tariff(vec![promotion(Terms::PercentOff(100), &["a"])]);
    assert_eq!(bill(&all, &[("a", 195, 3), ("b", 5, 1)], false), (vec![585, 0], 5));
}

#[test]
fn three_for_two_frees_the_cheapest_of_whole_groups() {
    let three = tariff(vec![promotion(Terms::MultiBuy { take: 3, pay: 2 }, &["a", "b"])]);
    assert_eq!(bill(&three, &[("a", 100, 2)], false), (vec![0], 200));
    assert_eq!(bill(&three, &[("a", 100, 7)], false), (vec![200], 500));
    assert_eq!(bill(&three, &[("a", 300, 2), ("b", 100, 2)], false), (vec![0, 100], 700));
    assert_eq!(
        bill(&three, &[("a", 300, 3), ("b", 100, 1)], false),
        (vec![300, 0], 700),
        "the odd one is the cheap one"
    );
}

#[test]
fn a_bundle_costs_its_price_and_never_more_than_its_units() {
    let two = tariff(vec![promotion(Terms::Bundle { take: 2, minor: 300 }, &["a", "b", "c"])]);
    assert_eq!(bill(&two, &[("a", 199, 3)], false), (vec![98], 499));
    assert_eq!(bill(&two, &[("a", 100, 2)], false), (vec![0], 200), "dearer as a bundle");
    // 3.00 shared as 2 : 1 of 2.50 and 1.25, to the cent.
    assert_eq!(bill(&two, &[("a", 250, 1), ("b", 125, 1), ("c", 10, 1)], false), (vec![50, 25, 0], 310));
}

#[test]
fn member_prices_are_for_members_and_never_dearer() {
    let member = tariff(vec![promotion(Terms::MemberPrice(149), &["a"])]);
    assert_eq!(bill(&member, &[("a", 199, 2)], true), (vec![100], 298));
    assert_eq!(bill(&member, &[("a", 199, 2)], false), (vec![0], 398));
    assert_eq!(bill(&member, &[("a", 99, 2)], true), (vec![0], 198));
}

#[test]
fn of_promotions_that_compete_for_units_the_best_division_wins() {
    let three = promotion(Terms::MultiBuy { take: 3, pay: 2 }, &["a"]);
    let both = |percent| tariff(vec![three.clone(), promotion(Terms::PercentOff(percent), &["a"])]);
    assert_eq!(bill(&both(10), &[("a", 100, 4)], false).1, 290, "three in a group, the fourth for 0.90");
    assert_eq!(bill(&both(40), &[("a", 100, 4)], false).1, 240, "40 % off each is more than one of three");
    let mut cart = BTreeMap::new();
    cart.insert(goods("a", 100), 4);
    let line = both(10).bill(&cart, false, EventTime(5)).lines.remove(&goods("a", 100)).expect("a line");
    assert_eq!(line.promotions, [0, 1], "both take part");
    let equals = tariff(vec![promotion(Terms::PercentOff(10), &["a"]), promotion(Terms::MemberPrice(90), &["a"])]);
    let line = equals.bill(&cart, true, EventTime(5)).lines.remove(&goods("a", 100)).expect("a line");
    assert_eq!((line.discount, line.promotions), (40, vec![0]), "of equals the first");
}

#[test]
fn a_promotion_holds_from_its_instant_until_before_its_end_and_for_its_categories() {
    let mut ten = promotion(Terms::PercentOff(10), &[]);
    ten.categories.insert("drinks".into());
    (ten.valid_from, ten.valid_until) = (EventTime(10), Some(EventTime(20)));
    let mut tariff = tariff(vec![ten]);
    let article = Article {
        name: "Water".into(),
        category: Some("drinks".into()),
        unit_weight_mg: None,
        tax_class: None,
        size_mm: None,
        shape: None,
        image: None,
    };
    tariff.catalog.insert(Sku::new("a").expect("not empty"), article);
    let cart = BTreeMap::from([(goods("a", 100), 1), (goods("b", 100), 1)]);
    let discount = |at| tariff.bill(&cart, false, EventTime(at)).discount();
    assert_eq!([9, 10, 19, 20].map(discount), [0, 10, 10, 0]);
}

#[test]
fn what_has_no_price_and_what_is_too_much_is_still_billed() {
    let three = tariff(vec![promotion(Terms::MultiBuy { take: 3, pay: 2 }, &["a", "b"])]);
    let unpriced = Goods { unit_price: None, ..goods("b", 1) };
    let count = UNITS_MAX as i64 + 500;
    let cart = BTreeMap::from([(unpriced, 4), (goods("a", 10), count)]);
    let bill = three.bill(&cart, false, EventTime(5));
    assert_eq!((bill.units(), bill.units_unpriced(), bill.gross()), (count + 4, 4, 10 * count));
    assert_eq!(bill.discount(), 10 * (UNITS_MAX as i64 / 3), "no more than the bound are divided");
    let many = (2..9).map(|take| promotion(Terms::MultiBuy { take, pay: 1 }, &["a"])).collect();
    let bill = tariff(many).bill(&BTreeMap::from([(goods("a", 10), 8)]), false, EventTime(5));
    assert_eq!(bill.discount(), 60, "groups of 2 and of 6; those of 7 and 8 are too many states, and do not count");
}

/// The most that can be saved, by trying every way to put each unit by itself or into every possible group.
fn most(tariff: &Tariff, units: &[(usize, i64)], member: bool) -> i64 {
    let Some((&(sku, price), rest)) = units.split_first() else { return 0 };
    let covers = |promotion: &Promotion, sku: usize| promotion.skus.contains(&Sku::new(SKUS[sku]).expect("not empty"));
    let of_it = || tariff.promotions.iter().filter(|promotion| covers(promotion, sku));
    let alone = of_it().map(|promotion| single_saving(promotion.terms, price, member)).max().unwrap_or(0);
    let mut found = alone + most(tariff, rest, member);
    for promotion in of_it() {
        let Some(size) = group_size(promotion.terms) else { continue };
        for others in 0u32..1 << rest.len() {
            let with = |i: &usize| others & (1 << i) != 0;
            let inside: Vec<usize> = (0..rest.len()).filter(with).collect();
            if inside.len() + 1 != size || !inside.iter().all(|&i| covers(promotion, rest[i].0)) {
                continue;
            }
            let mut prices: Vec<i64> = inside.iter().map(|&i| rest[i].1).chain([price]).collect();
            prices.sort_unstable();
            let saved = match promotion.terms {
                Terms::MultiBuy { take, pay } => prices.iter().take((take - pay) as usize).sum::<i64>(),
                Terms::Bundle { minor, .. } => prices.iter().sum::<i64>() - minor,
                _ => 0,
            };
            let left: Vec<(usize, i64)> = (0..rest.len()).filter(|i| !with(i)).map(|i| rest[i]).collect();
            found = found.max(saved + most(tariff, &left, member));
        }
    }
    found
}

const SKUS: [&str; 4] = ["a", "b", "c", "d"];

fn terms() -> impl Strategy<Value = Terms> {
    prop_oneof![
        (1u32..=100).prop_map(Terms::PercentOff),
        (2u32..5, 1u32..4).prop_map(|(take, pay)| Terms::MultiBuy { take, pay: pay.min(take - 1) }),
        (2u32..4, 0i64..40).prop_map(|(take, minor)| Terms::Bundle { take, minor }),
        (0i64..20).prop_map(Terms::MemberPrice),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn nobody_finds_a_cheaper_division(
        told in proptest::collection::vec((terms(), 1usize..16), 0..4),
        units in proptest::collection::vec((0usize..4, 0usize..2), 0..7),
        prices in proptest::collection::vec(0i64..25, 8),
        member in any::<bool>(),
    ) {
        let covered = |mask: usize| SKUS.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, sku)| *sku).collect::<Vec<_>>();
        let tariff = tariff(told.iter().map(|(terms, mask)| promotion(*terms, &covered(*mask))).collect());
        let units: Vec<(usize, i64)> = units.iter().map(|&(sku, at)| (sku, prices[2 * sku + at])).collect();
        let mut cart = BTreeMap::new();
        for &(sku, price) in &units {
            *cart.entry(goods(SKUS[sku], price)).or_insert(0) += 1;
        }
        let bill = tariff.bill(&cart, member, EventTime(5));
        prop_assert_eq!(bill.discount(), most(&tariff, &units, member));
        prop_assert_eq!(bill.gross(), units.iter().map(|unit| unit.1).sum::<i64>());
        for (goods, line) in &bill.lines {
            prop_assert!((0..=line.gross).contains(&line.discount), "{:?} {:?}", goods, line);
            prop_assert_eq!(line.promotions.is_empty(), line.discount == 0);
        }
    }
}
