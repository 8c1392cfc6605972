//! Settling by hand, and against the slow twin.

use super::*;
use crate::ledger::promote::{Bill, BillLine};
use crate::reference::{SlowAccount, slow_settle};
use proptest::prelude::*;
use schemas::{
    AlertKind, Article, Catalog, Currency, Dues, EventTime, Goods, HeldReason, MemberId, Money, Promotion, ReceiptId,
    Sku, Terms, VisitEnd, VisitKind,
};

const EURO: &str = "EUR";
const HORIZON_TICKS: u64 = 100;

fn euro() -> Currency {
    Currency::new(EURO).expect("three capitals")
}

fn goods(sku: &str, minor: Option<i64>) -> Goods {
    Goods { sku: Sku::new(sku).expect("not empty"), unit_price: minor.map(|minor| Money { minor, currency: euro() }) }
}

/// Ticks of half a second, receipts after two, a horizon of 100 ticks.
fn settling() -> Settling {
    let mut settings = SettleSettings::default();
    settings.set("settle_wait_ms", 1_000).expect("in range");
    settings.set("review_horizon_ms", 500 * HORIZON_TICKS as u32).expect("in range");
    let promotion = |name: &str, terms, skus: &[&str]| Promotion {
        name: name.into(),
        terms,
        skus: skus.iter().map(|sku| Sku::new(sku).expect("not empty")).collect(),
        categories: Default::default(),
        valid_from: EventTime(0),
        valid_until: None,
    };
    let promotions = vec![
        promotion("3 for 2", Terms::MultiBuy { take: 3, pay: 2 }, &["oats", "peas"]),
        promotion("10 % off peas", Terms::PercentOff(10), &["peas"]),
        promotion("members' oats", Terms::MemberPrice(80), &["oats"]),
    ];
    let name = || "Oat drink 1 l".to_string();
    let (category, unit_weight_mg, size_mm, shape, image) = (None, None, None, None, None);
    let article =
        Article { name: name(), category, unit_weight_mg, tax_class: Some("reduced".into()), size_mm, shape, image };
    let catalog = Catalog::from([(Sku::new("oats").expect("not empty"), article)]);
    let length = TickLength::from_us(500_000).expect("not zero");
    Settling { length, settings, tariff: Arc::new(Tariff { catalog, promotions, currency: euro() }) }
}

fn closing(visit: u64, kind: VisitKind, end: VisitEnd, left: u64) -> Closing {
    let member = (kind == VisitKind::Member).then_some(MemberId(visit + 70));
    let at = |tick: u64| EventTime(500_000 * tick as i64);
    Closing { visit: VisitId(visit), kind, member, end, left_at: at(left), closed_at: at(left + 1), decided: None }
}

fn line(visit: u64, goods: &Goods, quantity: i64, diff: i64) -> Heard {
    Heard::Line(Change { row: CartLine { visit: VisitId(visit), goods: goods.clone(), quantity }, diff })
}

/// 15 off one pack of oats, or 200 off peas, which cost less.
fn promises(visit: u64, sku: &str, diff: i64) -> Heard {
    let minor = if sku == "oats" { 15 } else { 200 };
    let (visit, sku, campaign) = (VisitId(visit), Sku::new(sku).expect("not empty"), format!("{sku} for you"));
    let discount = Money { minor, currency: euro() };
    Heard::Rebate(Change { row: Rebate { visit, sku, campaign, discount }, diff })
}

fn closes(row: Closing, diff: i64) -> Heard {
    Heard::Closing(Change { row, diff })
}

/// Runs the core over all ticks up to `last`: at every one of them, or where there is something to do alone. Gives what is said, with
/// its tick, and how many visits are remembered in the end.
fn run(told: &[(Tick, Heard)], settling: &Settling, last: u64, always: bool) -> (Vec<(Tick, Settled)>, usize) {
    let mut core = Settle::new(settling.clone());
    let (mut said, mut wake) = (Vec::new(), None);
    for tick in (0..=last).map(Tick) {
        let mut batch: Vec<Heard> = told.iter().filter(|(at, _)| *at == tick).map(|(_, heard)| heard.clone()).collect();
        if !always && batch.is_empty() && wake != Some(tick) {
            continue;
        }
        batch.sort();
        let mut out = Outbox::default();
        wake = core.close(tick, batch, &mut out);
        assert!(wake.is_none_or(|wake| wake > tick), "asked at {tick:?} to be woken at {wake:?}");
        // Changes of lines are compared by `operators/tests/cart.rs`.
        let rows = out.take().0.into_iter().filter(|row| !matches!(row, Settled::Change(_)));
        said.extend(rows.map(|row| (tick, row)));
    }
    (said, core.remembered())
}

#[test]
fn a_member_pays_what_left_and_gets_back_what_was_not_theirs() {
    let (oats, peas) = (goods("oats", Some(100)), goods("peas", Some(99)));
    let over = closing(1, VisitKind::Member, VisitEnd::Left, 10);
    let told = [
        (Tick(3), line(1, &oats, 1, 1)),
        (Tick(5), line(1, &oats, 1, -1)),
        (Tick(5), line(1, &oats, 2, 1)),
        (Tick(6), line(1, &peas, 1, 1)),
        (Tick(11), closes(over, 1)),
        (Tick(20), line(1, &peas, 1, -1)),
        (Tick(30), line(1, &oats, 2, -1)),
    ];
    let (said, remembered) = run(&told, &settling(), 200, false);
    assert_eq!(remembered, 0);
    let receipts: Vec<_> = said.iter().filter(|(_, row)| matches!(row, Settled::Receipt(_))).collect();
    let [(Tick(12), Settled::Receipt(receipt))] = receipts[..] else { panic!("{receipts:?}") };
    // Either the peas are free in a group of three (99), or each has its own price (20 + 20 + 10).
    assert_eq!((receipt.gross.minor, receipt.discount.minor, receipt.total.minor), (299, 99, 200));
    assert_eq!((receipt.id, receipt.lines, receipt.units), (ReceiptId::of(VisitId(1)), 2, 3));
    let charges: Vec<i64> = said
        .iter()
        .filter_map(|(_, row)| if let Settled::Charge(charge) = row { Some(charge.amount.minor) } else { None })
        .collect();
    assert_eq!(charges, [200, -40, -160], "two oats for members, then nothing");
    let adjustments: Vec<_> = said
        .iter()
        .filter_map(|(tick, row)| if let Settled::Adjustment(row) = row { Some((tick.0, row)) } else { None })
        .map(|(tick, row)| (tick, row.adjustment, row.lines, row.units, row.change.minor, row.total.minor))
        .collect();
    assert_eq!(adjustments, [(20, 1, 2, -1, -40, 160), (30, 2, 1, -2, -160, 0)]);
    let names = said.iter().find_map(|(_, row)| if let Settled::Line(line) = row { Some(line) } else { None });
    let first = names.expect("a line");
    assert_eq!((first.name.as_str(), first.tax_class.as_deref()), ("Oat drink 1 l", Some("reduced")));
}

#[test]
fn what_was_offered_is_on_the_receipt_and_goes_with_what_it_was_offered_for() {
    let tofu = goods("tofu", Some(100));
    let over = closing(1, VisitKind::Member, VisitEnd::Left, 10);
    let offered = |sku: &str, minor, diff| {
        let (visit, sku, campaign) = (VisitId(1), Sku::new(sku).expect("not empty"), format!("{sku} for you"));
        let discount = Money { minor, currency: euro() };
        Heard::Rebate(Change { row: Rebate { visit, sku, campaign, discount }, diff })
    };
    let told = [
        (Tick(2), offered("tofu", 30, 1)),
        (Tick(2), offered("rice", 30, 1)),
        (Tick(2), offered("tofu", 50, 1)),
        (Tick(2), offered("tofu", 50, -1)),
        (Tick(3), line(1, &tofu, 2, 1)),
        (Tick(11), closes(over, 1)),
        (Tick(20), line(1, &tofu, 2, -1)),
    ];
    let (said, remembered) = run(&told, &settling(), 300, false);
    assert_eq!(remembered, 0);
    let lines: Vec<_> = (said.iter())
        .filter_map(|(_, row)| if let Settled::Line(line) = row { Some(line) } else { None })
        .map(|line| (line.quantity, line.discount.minor, line.total.minor, line.promotions.clone()))
        .collect();
    let name = || vec!["tofu for you".to_string()];
    assert_eq!(lines, [(2, 30, 170, name()), (-2, -30, -170, vec![])], "off one unit, and gone with it");
}

#[test]
fn who_does_not_pay_is_told_as_what_it_is() {
    let oats = goods("oats", Some(100));
    let said = |kind, end, with: bool| {
        let mut told = vec![(Tick(5), closes(closing(1, kind, end, 4), 1))];
        told.extend(with.then(|| (Tick(2), line(1, &oats, 2, 1))));
        let (said, remembered) = run(&told, &settling(), 300, false);
        assert_eq!(remembered, 0, "{kind:?} {end:?}");
        said.into_iter().map(|(_, row)| row).collect::<Vec<_>>()
    };
    assert_eq!(said(VisitKind::Staff, VisitEnd::Left, true), []);
    for kind in [VisitKind::Tailgater, VisitKind::Unexplained] {
        let loss = said(kind, VisitEnd::Left, true);
        let [Settled::Alert(alert)] = &loss[..] else { panic!("{loss:?}") };
        assert_eq!((alert.kind, alert.value.map(|v| v.minor)), (AlertKind::Loss, Some(200)), "at list prices");
        assert_eq!(said(kind, VisitEnd::Left, false), [], "who took nothing is no loss");
    }
    let held = said(VisitKind::Member, VisitEnd::Lost, true);
    let [Settled::Held(held)] = &held[..] else { panic!("{held:?}") };
    assert_eq!((held.reason, held.units, held.value.minor), (HeldReason::Lost, 2, 160));
    assert_eq!(said(VisitKind::Member, VisitEnd::NoEntry, false), []);
    let anonymous = said(VisitKind::Anonymous, VisitEnd::Left, true);
    assert!(matches!(&anonymous[..], [Settled::Receipt(r), Settled::Line(_)] if r.total.minor == 200), "{anonymous:?}");
    let empty = said(VisitKind::Member, VisitEnd::Left, false);
    assert!(matches!(&empty[..], [Settled::Receipt(receipt)] if receipt.total.minor == 0), "{empty:?}");
}

#[test]
fn who_was_lost_is_billed_once_somebody_says_that_they_left() {
    let oats = goods("oats", Some(100));
    let (lost, left) =
        (closing(1, VisitKind::Member, VisitEnd::Lost, 4), closing(1, VisitKind::Member, VisitEnd::Left, 4));
    let told = [
        (Tick(2), line(1, &oats, 1, 1)),
        (Tick(5), closes(lost, 1)),
        (Tick(60), closes(lost, -1)),
        (Tick(60), closes(left, 1)),
    ];
    let (said, _) = run(&told, &settling(), 300, false);
    let kinds: Vec<_> = said.iter().map(|(tick, row)| (tick.0, std::mem::discriminant(row))).collect();
    assert_eq!(kinds.len(), 4, "{said:?}");
    assert!(matches!(&said[0], (Tick(6), Settled::Held(_))) && matches!(&said[1], (Tick(60), Settled::Receipt(_))));
    assert!(matches!(&said[3], (Tick(60), Settled::Charge(charge)) if charge.amount.minor == 80), "{said:?}");
}

#[test]
fn after_the_horizon_nothing_is_a_correction() {
    let (oats, peas) = (goods("oats", Some(100)), goods("peas", Some(99)));
    let over = closing(1, VisitKind::Member, VisitEnd::Left, 4);
    let mut told = vec![(Tick(2), line(1, &oats, 2, 1)), (Tick(2), line(1, &peas, 1, 1)), (Tick(5), closes(over, 1))];
    let (before, _) = run(&told, &settling(), 400, false);
    let late = 5 + HORIZON_TICKS;
    // Taken away, with a correction on the way, and even the closing once more.
    told.extend([
        (Tick(late), line(1, &oats, 2, -1)),
        (Tick(late), line(1, &oats, 3, 1)),
        (Tick(late + 1), closes(over, -1)),
        (Tick(late + 2), closes(over, 1)),
        (Tick(late + 5), line(1, &oats, 3, -1)),
        (Tick(late + 5), line(1, &peas, 1, -1)),
    ]);
    let (after, remembered) = run(&told, &settling(), 400, false);
    assert!(before == after, "{after:?}");
    assert_eq!(remembered, 0);
    told.push((Tick(late - 1), line(1, &goods("peas", Some(5)), 1, 1)));
    let (corrected, _) = run(&told, &settling(), 400, false);
    assert!(corrected.len() > after.len(), "one tick earlier it is one");
}

/// What was said of each visit up to a tick, put together.
fn accounts(said: &[(Tick, Settled)], now: Tick) -> BTreeMap<VisitId, SlowAccount> {
    let mut accounts: BTreeMap<VisitId, SlowAccount> = BTreeMap::new();
    for (_, row) in said.iter().filter(|(tick, _)| *tick <= now) {
        match row {
            Settled::Receipt(row) => accounts.entry(row.visit).or_default().bill = Some(Bill::default()),
            Settled::Line(row) => {
                let bill = accounts.entry(row.visit).or_default().bill.as_mut().expect("first the receipt");
                let line = bill.lines.entry(row.goods.clone()).or_default();
                line.quantity += row.quantity;
                line.gross += row.gross.minor;
                line.discount += row.discount.minor;
                assert_eq!(row.total.minor, row.gross.minor - row.discount.minor);
            }
            Settled::Charge(row) => {
                let visit = (0..4).map(VisitId).find(|visit| ReceiptId::of(*visit) == row.receipt).expect("a visit");
                *accounts.entry(visit).or_default().owed.entry(row.member).or_insert(0) += row.amount.minor;
            }
            Settled::Alert(row) => {
                let visit = row.visit.expect("whose loss");
                accounts.entry(visit).or_default().lost += row.value.expect("how much").minor;
            }
            Settled::Adjustment(_) | Settled::Held(_) | Settled::Change(_) => {}
        }
    }
    for account in accounts.values_mut() {
        account.owed.retain(|_, minor| *minor != 0);
        if let Some(bill) = &mut account.bill {
            bill.lines.retain(|_, line| *line != BillLine::default());
        }
    }
    accounts
}

/// Everything heard of three visits: lines that change, and closings that come, change and go.
fn histories() -> impl Strategy<Value = Vec<(Tick, Heard)>> {
    let lines = proptest::collection::vec((1u64..60, 0u64..3, 0usize..4, 0i64..4), 0..25);
    let kinds = prop_oneof![
        6 => Just(VisitKind::Member),
        1 => Just(VisitKind::Staff),
        1 => Just(VisitKind::Tailgater),
        1 => Just(VisitKind::Anonymous),
    ];
    let ends = prop_oneof![6 => Just(VisitEnd::Left), 1 => Just(VisitEnd::Lost), 1 => Just(VisitEnd::NoEntry)];
    let closings = proptest::collection::vec((5u64..60, 0u64..3, kinds, ends, 0u64..9, 0u8..6), 0..10);
    let promised = proptest::collection::vec((1u64..60, 0u64..3, prop::bool::ANY, prop::option::of(1u64..40)), 0..5);
    (lines, closings, promised).prop_map(|(mut lines, mut closings, promised)| {
        let mut told = Vec::new();
        for (tick, visit, oats, gone) in promised {
            let sku = if oats { "oats" } else { "peas" };
            told.push((Tick(tick), promises(visit, sku, 1)));
            told.extend(gone.map(|gone| (Tick((tick + gone).min(60)), promises(visit, sku, -1))));
        }
        let sorts = [goods("oats", Some(100)), goods("oats", Some(90)), goods("peas", Some(99)), goods("tofu", None)];
        lines.sort_by_key(|line| line.0);
        let mut carts: BTreeMap<(u64, usize), i64> = BTreeMap::new();
        for (tick, visit, sort, quantity) in lines {
            let was = carts.insert((visit, sort), quantity).unwrap_or(0);
            told.extend((was > 0).then(|| (Tick(tick), line(visit, &sorts[sort], was, -1))));
            told.extend((quantity > 0).then(|| (Tick(tick), line(visit, &sorts[sort], quantity, 1))));
        }
        closings.sort_by_key(|closing| closing.0);
        let mut known: BTreeMap<u64, Closing> = BTreeMap::new();
        for (tick, visit, kind, end, ago, what) in closings {
            told.extend(known.remove(&visit).map(|was| (Tick(tick), closes(was, -1))));
            if what > 0 {
                let decided = [None, Some(Dues::Owed), Some(Dues::Waived)][usize::from(what.saturating_sub(3))];
                let is = Closing { decided, ..closing(visit, kind, end, tick - ago.min(tick - 1)) };
                told.push((Tick(tick), closes(is, 1)));
                known.insert(visit, is);
            }
        }
        // Within a tick a line may have changed twice: what is heard is summed.
        let mut sums: BTreeMap<(Tick, Heard), i64> = BTreeMap::new();
        for (tick, heard) in told {
            let (key, diff) = match heard {
                Heard::Line(change) => (Heard::Line(Change { diff: 1, ..change.clone() }), change.diff),
                Heard::Closing(change) => (Heard::Closing(Change { diff: 1, ..change }), change.diff),
                Heard::Rebate(change) => (Heard::Rebate(Change { diff: 1, ..change.clone() }), change.diff),
            };
            *sums.entry((tick, key)).or_insert(0) += diff;
        }
        let with = |heard, diff| match heard {
            Heard::Line(Change { row, .. }) => Heard::Line(Change { row, diff }),
            Heard::Closing(Change { row, .. }) => Heard::Closing(Change { row, diff }),
            Heard::Rebate(Change { row, .. }) => Heard::Rebate(Change { row, diff }),
        };
        let summed = sums.into_iter().filter(|(_, diff)| *diff != 0);
        summed.map(|((tick, heard), diff)| (tick, with(heard, diff))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn receipt_and_adjustments_are_the_bill_of_the_cart_at_every_tick(told in histories()) {
        let settling = settling();
        let last = 75;
        let (said, _) = run(&told, &settling, last, false);
        prop_assert!(said == run(&told, &settling, last, true).0, "calls that were not asked for change nothing");
        let slow = slow_settle(&told, &settling, Tick(last));
        for (tick, slow) in slow.iter().enumerate() {
            let fast = accounts(&said, Tick(tick as u64));
            for (visit, slow) in slow {
                let fast = fast.get(visit).cloned().unwrap_or_default();
                let amounts = |account: &SlowAccount| account.bill.as_ref().map(|bill| {
                    bill.amounts().map(|(goods, amounts)| (goods.clone(), amounts)).collect::<Vec<_>>()
                });
                prop_assert_eq!(amounts(&fast), amounts(slow), "{:?} at {}", visit, tick);
                prop_assert_eq!((&fast.owed, fast.lost), (&slow.owed, slow.lost), "{:?} at {}", visit, tick);
            }
        }
        // What waits for a decision is told whenever it becomes so.
        for visit in (0..3).map(VisitId) {
            let reasons: Vec<_> = slow.iter().map(|accounts| accounts.get(&visit).and_then(|account| account.held)).collect();
            let begun = reasons.windows(2).filter(|pair| pair[0] != pair[1]).filter_map(|pair| pair[1]);
            let held = said.iter().filter_map(|(_, row)| if let Settled::Held(row) = row { Some(row) } else { None });
            let held: Vec<HeldReason> = held.filter(|row| row.visit == visit).map(|row| row.reason).collect();
            prop_assert_eq!(held, begun.collect::<Vec<_>>());
        }
        let mut keys = BTreeSet::new();
        let mut once = BTreeSet::new();
        for (tick, row) in &said {
            match row {
                Settled::Charge(charge) => {
                    prop_assert!(keys.insert(charge.idempotency_key()), "{} twice", charge.idempotency_key());
                    prop_assert!(charge.amount.minor != 0);
                }
                Settled::Adjustment(row) => prop_assert!(once.insert((row.receipt, *tick)), "{:?}", row),
                Settled::Receipt(row) => prop_assert!(once.insert((row.id, Tick(0))), "{:?}", row),
                _ => {}
            }
        }
    }
}
