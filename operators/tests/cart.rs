//! Decide, cart and settle in dataflow: at every closed tick the cart is what everything said so far sums up to, for any change of mind about
//! interactions and tracks, any verdicts, any arrival order, batch split and number of workers; and receipts are the same rows on all of them.

mod feed;
mod till;

use feed::{Rows, feed};
use operators::ledger::settle::Settlement;
use operators::reference::{slow_cart, slow_decide};
use operators::{Carts, DataflowTime, Decided, Deciding, Ticks, cart, decide, settle};
use proptest::prelude::*;
use schemas::{
    Alert, AlertKind, Attendance, Attendee, CameraId, CartLine, CartLineChange, Charge, Closing, Decision, Dues, Fault,
    FaultKind, Goods, Interaction, InteractionId, MemberId, Money, Receipt, ReceiptAdjustment, ReceiptLine, Ruling,
    Score, SlotId, TrackId, Verdict, VisitEnd, VisitId, VisitKind,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use till::{euro, length, settling, sku, start, trade};
use timely::dataflow::ProbeHandle;
use timely::dataflow::operators::vec::{Map, ToStream};
use timely::dataflow::operators::{Input, Inspect, Probe};

/// A change of one of the collections.
#[derive(Clone, Debug)]
enum Said {
    Interaction(Interaction, i64),
    Attendance(Attendance, i64),
    Closing(Closing, i64),
    Verdict(Verdict),
}

/// Everything that came out, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    changes: Vec<CartLineChange>,
    alerts: Vec<Alert>,
    receipts: Vec<Receipt>,
    lines: Vec<ReceiptLine>,
    adjustments: Vec<ReceiptAdjustment>,
    charges: Vec<Charge>,
    faults: Vec<Fault>,
}

/// How rows reach the dataflow: workers, the rows after which timely gets to work, and a seed for owners and orders.
#[derive(Clone, Copy, Debug)]
struct Arrangement {
    workers: usize,
    split: usize,
    seed: u64,
}

fn run(said: &[(u64, Said)], arrangement: Arrangement) -> Found {
    let Arrangement { workers, split, seed } = arrangement;
    let rows = feed::dealt(said.iter().map(|(tick, row)| (*tick, (*tick, row.clone()))), seed);
    let found = Arc::new(Mutex::new(Found::default()));
    let told = found.clone();
    let guards = timely::execute(feed::workers(workers, seed), move |worker| {
        let mut input: Rows<(u64, Said)> = Rows::new();
        let probe = ProbeHandle::new();
        worker.dataflow(|scope| {
            let said = scope.input_from(&mut input);
            let interactions = said.clone().flat_map(|(tick, said)| match said {
                Said::Interaction(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let attendances = said.clone().flat_map(|(tick, said)| match said {
                Said::Attendance(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let closings = said.clone().flat_map(|(tick, said)| match said {
                Said::Closing(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let verdicts = said.flat_map(|(_, said)| if let Said::Verdict(row) = said { Some(row) } else { None });
            let (interactions, attendances) = (operators::Rows::new(interactions), operators::Rows::new(attendances));
            let closings = operators::Rows::new(closings);
            let deciding = Deciding { trade: Arc::new(trade()), source: CameraId(9) };
            let Decided { interactions, goods, closings, faults } =
                decide(interactions, attendances.clone(), closings, verdicts, deciding);
            let Carts { lines, alerts } = cart(interactions, attendances, goods, length());
            let Settlement { changes, receipts, lines, adjustments, charges, .. } =
                settle(lines, closings, Vec::new().to_stream(scope), settling());
            collect(changes, &probe, &told, |found, row| found.changes.push(row));
            collect(alerts, &probe, &told, |found, row| found.alerts.push(row));
            collect(receipts, &probe, &told, |found, row| found.receipts.push(row));
            collect(lines, &probe, &told, |found, row| found.lines.push(row));
            collect(adjustments, &probe, &told, |found, row| found.adjustments.push(row));
            collect(charges, &probe, &told, |found, row| found.charges.push(row));
            collect(faults, &probe, &told, |found, row| found.faults.push(row));
        });
        feed(worker, input, &probe, &rows, split);
    });
    for worker in guards.expect("workers").join() {
        worker.expect("no panic");
    }
    let mut found = std::mem::take(&mut *found.lock().expect("lock"));
    found.changes.sort();
    found.alerts.sort();
    found.receipts.sort();
    found.lines.sort();
    found.adjustments.sort();
    found.charges.sort();
    found.faults.sort();
    found
}

fn collect<T: Clone + 'static>(
    rows: Ticks<'_, T>,
    probe: &ProbeHandle<DataflowTime>,
    found: &Arc<Mutex<Found>>,
    put: impl Fn(&mut Found, T) + 'static,
) {
    let found = found.clone();
    rows.inspect(move |row| put(&mut found.lock().expect("lock"), row.clone())).probe_with(probe);
}

/// Who is in the shop, what they do, and how often it is seen otherwise later.
fn histories() -> impl Strategy<Value = Vec<(u64, Said)>> {
    let track = (1u64..60, 0u64..4, proptest::collection::vec((1u64..60, 0u64..4), 0..3), any::<bool>());
    let deed =
        (1u64..60, 0u64..5, 0u64..4, -2i64..4, proptest::collection::vec((1u64..40, 0u64..5, -2i64..4), 0..3), 0u8..4);
    let closing = (20u64..90, 0u64..4, any::<bool>());
    let verdict = (10u64..90, 0u64..22, 0u64..5, 0u64..3, prop_oneof![-2i64..0, 1i64..3], 0u8..7);
    (
        proptest::collection::vec(track, 1..5),
        proptest::collection::vec(deed, 0..20),
        proptest::collection::vec(closing, 0..4),
        proptest::collection::vec(verdict, 0..8),
    )
        .prop_map(|(tracks, deeds, closings, verdicts)| {
            let mut said = Vec::new();
            let attends = |track: u64, visit: u64| Attendance {
                track: TrackId(track),
                attendee: Attendee {
                    visit: VisitId(visit),
                    person: 0,
                    kind: VisitKind::Member,
                    member: Some(MemberId(visit)),
                },
            };
            for (track, (from, visit, minds, goes)) in tracks.into_iter().enumerate() {
                let (mut at, mut visit) = (from, visit);
                said.push((at, Said::Attendance(attends(track as u64, visit), 1)));
                for (after, next) in minds {
                    at += after;
                    said.push((at, Said::Attendance(attends(track as u64, visit), -1)));
                    said.push((at, Said::Attendance(attends(track as u64, next), 1)));
                    visit = next;
                }
                said.extend(goes.then(|| (at + 30, Said::Attendance(attends(track as u64, visit), -1))));
            }
            for (id, (from, track, what, quantity, minds, price)) in deeds.into_iter().enumerate() {
                let row = |track: u64, quantity: i64| Interaction {
                    event_time: start(from),
                    id: InteractionId(id as u64),
                    slot: SlotId(what),
                    track: (track < 4).then_some(TrackId(track)),
                    sku: (what < 3).then(|| sku(what)),
                    quantity: if quantity == 0 { 1 } else { quantity },
                    unit_price: (price < 3).then(|| Money { minor: 100 + i64::from(price), currency: euro() }),
                    confidence: Score::from_unit(0.9),
                    alternatives: Vec::new(),
                };
                let (mut at, mut is) = (from, row(track, quantity));
                said.push((at, Said::Interaction(is.clone(), 1)));
                for (after, track, quantity) in minds {
                    at += after;
                    said.push((at, Said::Interaction(is, -1)));
                    is = row(track, quantity);
                    said.push((at, Said::Interaction(is.clone(), 1)));
                }
            }
            let mut closed = BTreeSet::new();
            for (at, visit, left) in closings {
                let end = if left { VisitEnd::Left } else { VisitEnd::Lost };
                let (visit, kind, member) = (VisitId(visit), VisitKind::Member, Some(MemberId(visit)));
                let row =
                    Closing { visit, kind, member, end, left_at: start(at - 5), closed_at: start(at), decided: None };
                said.extend(closed.insert(visit).then_some((at, Said::Closing(row, 1))));
            }
            for (number, (at, id, visit, what, quantity, kind)) in verdicts.into_iter().enumerate() {
                let (id, sku) = (InteractionId(id), sku(what));
                let unit_price = (kind == 6).then(|| Money { minor: 100 + what as i64, currency: euro() });
                let decision = match kind {
                    0 => Decision::Interaction(id, Ruling::Stands),
                    1 => Decision::Interaction(id, Ruling::Nothing),
                    2 | 3 => {
                        let visit = (visit < 4).then_some(VisitId(visit));
                        Decision::Interaction(id, Ruling::Took { visit, sku, quantity })
                    }
                    4 => Decision::Visit(VisitId(visit), if what == 0 { Dues::Waived } else { Dues::Owed }),
                    _ => Decision::Cart(VisitId(visit), Goods { sku, unit_price }, quantity),
                };
                let decided_by = format!("clerk {number}");
                said.push((at, Said::Verdict(Verdict { decided_at: start(at), decision, decided_by })));
            }
            said.sort_by_key(|(at, _)| *at);
            said
        })
}

/// What the twins make of everything said up to a tick: the cart, what is missing, and what somebody decided about visits that are over.
struct Slow {
    lines: BTreeSet<CartLine>,
    short: BTreeSet<(VisitId, Goods)>,
    closings: Vec<Closing>,
    /// Subjects of verdicts of this tick that are about nothing, each as often as there are.
    lacking: Vec<u64>,
}

fn slow(said: &[(u64, Said)], now: u64) -> Slow {
    let (mut interactions, mut attendances, mut closings, mut verdicts) = (vec![], vec![], vec![], vec![]);
    for (at, row) in said.iter().filter(|(at, _)| *at <= now) {
        match row {
            Said::Interaction(row, diff) => interactions.push((row.clone(), *diff)),
            Said::Attendance(row, diff) => attendances.push((*row, *diff)),
            Said::Closing(row, diff) => closings.push((*row, *diff)),
            Said::Verdict(row) => verdicts.push((*at, row.clone())),
        }
    }
    verdicts.sort();
    let here = |of: &dyn Fn(&Interaction) -> bool| {
        interactions.iter().filter(|(row, _)| of(row)).map(|(_, diff)| diff).sum::<i64>() > 0
    };
    let attended = |visit| {
        let of = attendances.iter().filter(|(row, _)| row.attendee.visit == visit);
        of.map(|(_, diff)| diff).sum::<i64>() > 0
    };
    let mut last = BTreeMap::new();
    for (_, verdict) in verdicts.iter().filter(|(at, _)| *at == now) {
        let (subject, there, each) = match &verdict.decision {
            Decision::Interaction(id, _) => ((0, id.0), here(&|row| row.id == *id), 0),
            Decision::Visit(visit, _) => ((1, visit.0), closings.iter().any(|(row, _)| row.visit == *visit), 0),
            Decision::Cart(visit, ..) => ((2, visit.0), attended(*visit), 1),
        };
        // Of two about one thing in one tick the first never counts.
        let times = last.entry(subject).or_insert(0);
        *times = if there { 0 } else { *times * each + 1 };
    }
    let lacking = last.into_iter().flat_map(|((_, id), times)| std::iter::repeat_n(id, times)).collect();
    let verdicts: Vec<Verdict> = verdicts.into_iter().map(|(_, verdict)| verdict).collect();
    let (interactions, closings, given) = slow_decide(&interactions, &attendances, &closings, &verdicts, &trade());
    let (lines, short) = slow_cart(&interactions, &attendances, given);
    Slow { lines, short, closings: closings.into_iter().map(|(row, _)| row).collect(), lacking }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn incremental_is_batch_at_every_tick_on_any_number_of_workers(
        said in histories(), split in 1usize..30, workers in 0usize..3, seed in any::<u64>(),
    ) {
        let found = run(&said, Arrangement { workers: [1, 2, 4][workers], split, seed });
        let plain = run(&said, Arrangement { workers: 1, split: 1, seed: 0 });
        prop_assert_eq!(&found, &plain);
        let last = said.last().map_or(0, |(at, _)| *at);
        let mut cart: BTreeMap<CartLine, i64> = BTreeMap::new();
        let mut missing = BTreeSet::new();
        let mut alerts = Vec::new();
        for now in 0..=last {
            for change in found.changes.iter().filter(|change| change.changed_at == start(now)) {
                *cart.entry(change.line.clone()).or_insert(0) += change.diff;
            }
            cart.retain(|_, count| *count != 0);
            let Slow { lines, short, lacking, .. } = slow(&said, now);
            let wanting = lacking.len();
            prop_assert_eq!(found.faults.iter().filter(|f| f.event_time == start(now)).map(|f| f.count).sum::<u64>(), wanting as u64);
            prop_assert!(cart.values().all(|count| *count == 1), "{:?} at {}", cart, now);
            prop_assert_eq!(cart.keys().cloned().collect::<BTreeSet<_>>(), lines, "at {}", now);
            for (visit, goods) in short.difference(&missing) {
                let (visit, sku) = (Some(*visit), Some(goods.sku.clone()));
                alerts.push(Alert { visit, sku, ..Alert::new(AlertKind::ReturnedNotTaken, start(now), start(now)) });
            }
            missing = short;
        }
        alerts.sort();
        prop_assert_eq!(&found.alerts, &alerts);
        // A change that is none is not told.
        for pair in found.changes.windows(2) {
            prop_assert!(pair[0] != pair[1]);
        }
        prop_assert!(found.faults.iter().all(|fault| fault.kind == FaultKind::VerdictLate));
        // What is billed in the end, of visits that have left, is what was in the cart when the last of it changed, or nothing where that
        // was decided.
        let over = slow(&said, last).closings;
        let decided = |visit| over.iter().find(|closing| closing.visit == visit).and_then(|closing| closing.decided);
        for receipt in &found.receipts {
            let sum: i64 = found.lines.iter().filter(|l| l.receipt == receipt.id).map(|l| l.total.minor).sum();
            let paid: i64 = found.charges.iter().filter(|c| c.receipt == receipt.id).map(|c| c.amount.minor).sum();
            let lines = cart.keys().filter(|line| line.visit == receipt.visit);
            let lines: BTreeMap<Goods, i64> = lines.map(|line| (line.goods.clone(), line.quantity)).collect();
            let bill = settling().tariff.bill(&lines, true, receipt.left_at).total();
            let owed = if decided(receipt.visit) == Some(Dues::Waived) { 0 } else { bill };
            prop_assert_eq!((sum, paid), (owed, owed));
        }
    }
}

#[test]
fn a_track_that_was_somebody_elses_takes_its_goods_with_it() {
    let take = |id, track, quantity| Interaction {
        event_time: start(5),
        id: InteractionId(id),
        slot: SlotId(1),
        track: Some(TrackId(track)),
        sku: Some(sku(1)),
        quantity,
        unit_price: Some(Money { minor: 250, currency: euro() }),
        confidence: Score::from_unit(0.9),
        alternatives: Vec::new(),
    };
    let attends = |track, visit| Attendance {
        track: TrackId(track),
        attendee: Attendee { visit: VisitId(visit), person: 0, kind: VisitKind::Member, member: Some(MemberId(visit)) },
    };
    let (visit, kind, end) = (VisitId(1), VisitKind::Member, VisitEnd::Left);
    let closing = |visit: VisitId| Closing {
        visit,
        kind,
        member: Some(MemberId(visit.0)),
        end,
        left_at: start(40),
        closed_at: start(41),
        decided: None,
    };
    let said = [
        (1, Said::Attendance(attends(7, 1), 1)),
        (1, Said::Attendance(attends(8, 2), 1)),
        (5, Said::Interaction(take(1, 7, 2), 1)),
        (9, Said::Interaction(take(2, 7, -1), 1)),
        (41, Said::Closing(closing(visit), 1)),
        (41, Said::Closing(closing(VisitId(2)), 1)),
        (80, Said::Attendance(attends(7, 1), -1)),
        (80, Said::Attendance(attends(7, 2), 1)),
    ];
    for workers in [1, 2, 4] {
        let found = run(&said, Arrangement { workers, split: 1, seed: workers as u64 });
        assert_eq!(
            found.receipts.iter().map(|r| (r.visit.0, r.total.minor)).collect::<BTreeSet<_>>(),
            [(1, 250), (2, 0)].into()
        );
        let charges: Vec<_> =
            found.charges.iter().map(|c| (c.charged_at, c.member.0, c.adjustment, c.amount.minor)).collect();
        assert_eq!(
            charges.into_iter().collect::<BTreeSet<_>>(),
            [(start(45), 1, 0, 250), (start(80), 1, 1, -250), (start(80), 2, 1, 250)].into()
        );
        assert_eq!(found.alerts, []);
    }
}
