//! The account of goods follows what happened, and refuses what cannot have happened.

use super::{Goods, Spot};
use crate::life::{Happening, Stow, What, sample};
use crate::seed::Seed;
use schemas::EventTime;

fn did(goods: &mut Goods, person: u32, what: What) {
    goods.apply(&Happening { at: EventTime(0), person, what });
}

#[test]
fn packages_go_from_shelf_to_hand_to_bag_and_out() {
    let world = sample::shop();
    let mut goods = Goods::open(&world, Seed(1));
    let full = goods.slot_mg(3);
    let package = *goods.columns(3)[1].last().expect("a full column");
    let weight = goods.get(package).expect("there").weight_mg;
    did(&mut goods, 7, What::Take { slot: 3, column: 1, package, hand: 1 });
    assert_eq!(goods.slot_mg(3), full - weight);
    assert_eq!((goods.room(3, 1), goods.room(3, 0)), (1, 0));
    did(&mut goods, 7, What::Stow { package, hand: 1, place: Stow::Bag, hidden: false });
    let spot = Spot::Stowed { person: 7, place: Stow::Bag, hidden: false };
    assert_eq!(goods.get(package).expect("there").spot, spot);
    assert_eq!(goods.carried_by(7), [package]);
    did(&mut goods, 7, What::Leave { gate: 0 });
    assert_eq!((goods.get(package), goods.sold(), goods.carried_by(7).len()), (None, 1, 0));
}

#[test]
fn weights_differ_a_little_and_are_the_same_for_the_same_seed() {
    let world = sample::shop();
    let goods = Goods::open(&world, Seed(1));
    let ratios: Vec<f64> =
        goods.iter().map(|(_, good)| good.weight_mg as f64 / world.articles[good.article].weight_mg as f64).collect();
    let sigma = (ratios.iter().map(|r| (r - 1.0).powi(2)).sum::<f64>() / ratios.len() as f64).sqrt();
    assert!((0.005..0.010).contains(&sigma), "{sigma}");
    assert!(ratios.iter().all(|r| (0.97..=1.03).contains(r)));
    assert!(goods.iter().eq(Goods::open(&world, Seed(1)).iter()));
    assert!(!goods.iter().eq(Goods::open(&world, Seed(2)).iter()));
}

#[test]
#[should_panic(expected = "is not in front")]
fn what_lies_behind_cannot_be_taken() {
    let world = sample::shop();
    let mut goods = Goods::open(&world, Seed(1));
    let package = goods.columns(0)[0][0];
    did(&mut goods, 0, What::Take { slot: 0, column: 0, package, hand: 0 });
}

#[test]
#[should_panic(expected = "does not have package")]
fn nobody_gives_what_they_do_not_have() {
    let world = sample::shop();
    let mut goods = Goods::open(&world, Seed(1));
    did(&mut goods, 0, What::PutBack { slot: 0, column: 0, package: 5, hand: 0 });
}

#[test]
fn what_stands_in_front_is_nearer_to_the_shopper() {
    let world = sample::shop();
    let goods = Goods::open(&world, Seed(1));
    let gondola = &world.gondolas[world.slots[0].gondola];
    let depths: Vec<f64> = (goods.feet(&world, 0)).map(|(_, _, foot)| gondola.frame.to_local(foot).y).collect();
    assert_eq!(depths.len(), 12);
    assert!(depths.chunks(4).all(|column| column.is_sorted_by(|a, b| a > b)), "{depths:?}");
}
