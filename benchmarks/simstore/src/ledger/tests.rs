//! Who pays, and what the books refuse.

use super::Ledger;
use crate::life::{Happening, Moment, Person, Pose, Present, Role, What, sample};
use crate::world::Mm2;
use schemas::EventTime;
use std::sync::Arc;

fn person(number: u32, visit: u32, role: Role) -> Present {
    let person = Person { number, role, visit, height_mm: 1700.0, build: 1.0, figure: 1, bag: true, handed: 1 };
    let pose = Pose::standing(Mm2::zeros(), 0.0);
    Present { person: Arc::new(person), pose, holds: [Vec::new(), Vec::new()] }
}

fn moment(at: i64, present: &[Present], happened: &[(u32, What)]) -> Moment {
    let at = EventTime(at);
    let happened =
        happened.iter().map(|(person, what)| Happening { at, person: *person, what: what.clone() }).collect();
    Moment { at, present: present.to_vec(), happened }
}

fn take(package: u32, slot: usize) -> What {
    What::Take { slot, column: (package as usize % 12) / 4, package, hand: 1 }
}

fn put(package: u32, slot: usize) -> What {
    What::PutBack { slot, column: 0, package, hand: 1 }
}

#[test]
fn the_taker_pays_at_the_price_of_the_take_whoever_carries_it_out() {
    let world = sample::shop();
    let mut books = Ledger::open(&world);
    books.set_price(0, EventTime(150), 500);
    let all = [person(0, 0, Role::Member(10)), person(1, 1, Role::Member(11))];
    books.observe(&moment(100, &all, &[(0, take(3, 0)), (1, take(15, 1))]));
    books.observe(&moment(
        200,
        &all,
        &[(0, take(2, 0)), (0, What::HandOver { package: 2, hand: 1, to: 1, to_hand: 0 })],
    ));
    books.observe(&moment(300, &all, &[(0, put(3, 5)), (1, What::Leave { gate: 0 }), (1, What::Gone)]));
    books.observe(&moment(400, &all[..1], &[(0, What::Leave { gate: 0 }), (0, What::Gone)]));
    books.audit();
    let receipts = books.take_receipts();
    let paid: Vec<_> = receipts.iter().map(|r| (r.visit, r.member, r.total_minor, r.lines.len())).collect();
    assert_eq!(paid, [(1, Some(11), 109, 1), (0, Some(10), 500, 1)]);
    assert_eq!(books.misplaced().keys().collect::<Vec<_>>(), [&3]);
    let b = books.balances()[0];
    assert_eq!((b.stocked, b.shelf, b.misplaced, b.sold, b.carts), (12, 10, 1, 1, 0));
}

#[test]
fn a_party_has_one_receipt_when_its_last_has_left_and_what_comes_back_later_is_refunded() {
    let world = sample::shop();
    let mut books = Ledger::open(&world);
    let all = [person(0, 0, Role::Member(10)), person(1, 0, Role::Member(10)), person(2, 1, Role::Tailgater)];
    books.observe(&moment(100, &all, &[(0, take(3, 0)), (1, take(15, 1))]));
    books.observe(&moment(110, &all, &[(0, What::HandOver { package: 3, hand: 1, to: 2, to_hand: 1 })]));
    books.observe(&moment(200, &all, &[(0, What::Leave { gate: 0 })]));
    assert!(books.take_receipts().is_empty());
    books.observe(&moment(300, &all, &[(1, What::Leave { gate: 0 })]));
    assert_eq!(books.take_receipts()[0].lines.len(), 2);
    books.observe(&moment(400, &all, &[(2, put(3, 0)), (2, What::Leave { gate: 0 })]));
    assert_eq!(books.take_refunds()[0].line.package, 3);
    assert_eq!(books.take_receipts()[0].member, None);
    books.audit();
}

#[test]
fn staff_never_pay() {
    let world = sample::shop();
    let mut books = Ledger::open(&world);
    let staff = [person(0, 0, Role::Staff(1))];
    let next = 12 * world.slots.len() as u32;
    let restock = What::Restock { slot: 0, column: 0, package: next };
    books.observe(&moment(1, &staff, &[(0, take(3, 0)), (0, restock), (0, What::Leave { gate: 0 })]));
    assert!(books.take_receipts().is_empty());
    books.audit();
    assert_eq!(books.balances()[0].stocked, 13);
}

#[test]
#[should_panic(expected = "where it is not")]
fn nothing_leaves_a_slot_twice() {
    let world = sample::shop();
    let mut books = Ledger::open(&world);
    let all = [person(0, 0, Role::Member(10))];
    books.observe(&moment(1, &all, &[(0, take(3, 0)), (0, take(3, 0))]));
}
