//! Personal in dataflow: after every single receipt, adjustment, erasure and ask, what is said is what a computation from scratch says
//! of the receipts that are left; for any arrival order within a tick and any number of workers.

mod feed;

use feed::{Rows, feed};
use operators::personal::trees::Node;
use operators::reference::{SlowPersonal, slow_personal};
use operators::{Change, Coefficients, DataflowTime, Done, Forest, Personal, Personalising, changes, personalise};
use proptest::prelude::*;
use schemas::{Ask, CategoryCode, Deed, EventTime, MemberId, Purchase, ReceiptId, SkuCode, ZoneId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use timely::dataflow::ProbeHandle;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Input, Inspect, Probe};

const HOUR: i64 = 3_600_000_000;

/// A change of one of the collections.
#[derive(Clone, Debug)]
enum Said {
    Purchase(Purchase, i64),
    Did((MemberId, Done), i64),
    Erased((MemberId, EventTime), i64),
    Ask(Ask, i64),
}

/// Stumps over every feature, so that no feature may differ unseen.
fn stumps(features: u16, salt: i32) -> Forest {
    let leaf = |value| Node { feature: Node::LEAF, value, skip: 0 };
    let stump = |feature: u16, n: i32| {
        let threshold = [0, 1, 3, 40, 700, 9_000, 30_000, 65_000][n as usize];
        let high = 1 + (i32::from(feature) * 7919 + n * 104_729 + salt) % 5000;
        vec![Node { feature, value: threshold, skip: 2 }, leaf(0), leaf(high)]
    };
    Forest { base: -9, trees: (0..features).flat_map(|feature| (0..8).map(move |n| stump(feature, n))).collect() }
}

fn personalising() -> Personalising {
    let suggest = stumps(operators::personal::features::FEATURES as u16, 17);
    let due = stumps(operators::personal::due::FEATURES as u16, 5);
    Personalising { coefficients: Arc::new(Coefficients { suggest, due }), most: 5, after_last: true }
}

/// What was said by the end of each tick.
fn run(said: &[(u64, Said)], workers: usize, seed: u64) -> Vec<SlowPersonal> {
    let rows = feed::dealt(said.iter().map(|(tick, row)| (*tick, (*tick, row.clone()))), seed);
    let found = Arc::new(Mutex::new(Vec::new()));
    let (told, last) = (found.clone(), said.iter().map(|(tick, _)| *tick).max().unwrap_or(0));
    let guards = timely::execute(feed::workers(workers, seed), move |worker| {
        let mut input: Rows<(u64, Said)> = Rows::new();
        let probe = ProbeHandle::new();
        worker.dataflow(|scope| {
            let said = scope.input_from(&mut input);
            let purchases = said.clone().flat_map(|(tick, said)| match said {
                Said::Purchase(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let deeds = said.clone().flat_map(|(tick, said)| match said {
                Said::Did(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let erased = said.clone().flat_map(|(tick, said)| match said {
                Said::Erased(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let asks = said.flat_map(|(tick, said)| match said {
                Said::Ask(row, diff) => Some((row, tick, diff as isize)),
                _ => None,
            });
            let (purchases, erased) = (operators::Rows::new(purchases), operators::Rows::new(erased));
            let (asks, deeds) = (operators::Rows::new(asks), operators::Rows::new(deeds));
            let said = personalise(purchases, deeds, erased, asks, personalising());
            let Personal { profiles, suggestions, due, .. } = said;
            collect(profiles, &probe, &told, Row::Profile);
            collect(suggestions, &probe, &told, Row::Suggestion);
            collect(due, &probe, &told, Row::Due);
        });
        feed(worker, input, &probe, &rows, 1);
    });
    for worker in guards.expect("workers").join() {
        worker.expect("no panic");
    }
    let mut found = std::mem::take(&mut *found.lock().expect("lock"));
    found.sort_by_key(|(tick, _)| *tick);
    let mut state = State::default();
    let mut found = found.into_iter().peekable();
    let mut after = Vec::new();
    for tick in 0..=last {
        while let Some((_, row)) = found.next_if(|(at, _)| *at <= tick) {
            state.take(row);
        }
        after.push(state.rows());
    }
    assert!(found.next().is_none(), "nothing is said after all is done");
    after
}

/// Something said.
#[derive(Clone, Debug)]
enum Row {
    Profile(Change<schemas::Profile>),
    Suggestion(Change<schemas::Suggestion>),
    Due(Change<schemas::Due>),
}

type Told = Arc<Mutex<Vec<(u64, Row)>>>;

fn collect<T: differential_dataflow::ExchangeData>(
    rows: operators::Rows<'_, T>,
    probe: &ProbeHandle<DataflowTime>,
    found: &Told,
    row: impl Fn(Change<T>) -> Row + 'static,
) {
    let found = found.clone();
    let stamped = rows.inner.map(|(row, tick, diff)| ((tick, row), tick, diff));
    let told = changes(operators::Rows::new(stamped), "What is said");
    let put = move |change: &Change<(u64, T)>| {
        let (tick, said) = change.row.clone();
        found.lock().expect("lock").push((tick, row(Change { row: said, diff: change.diff })));
    };
    told.inspect(put).probe_with(probe);
}

/// What has been said and not been taken back.
#[derive(Default)]
struct State {
    profiles: BTreeMap<schemas::Profile, i64>,
    suggestions: BTreeMap<schemas::Suggestion, i64>,
    due: BTreeMap<schemas::Due, i64>,
}

impl State {
    fn take(&mut self, row: Row) {
        match row {
            Row::Profile(change) => *self.profiles.entry(change.row).or_default() += change.diff,
            Row::Suggestion(change) => *self.suggestions.entry(change.row).or_default() += change.diff,
            Row::Due(change) => *self.due.entry(change.row).or_default() += change.diff,
        }
    }

    fn rows(&mut self) -> SlowPersonal {
        self.profiles.retain(|_, times| *times != 0);
        self.suggestions.retain(|_, times| *times != 0);
        self.due.retain(|_, times| *times != 0);
        let times = self.profiles.values().chain(self.suggestions.values()).chain(self.due.values());
        assert!(times.into_iter().all(|times| *times == 1), "everything is said once");
        SlowPersonal {
            profiles: self.profiles.keys().cloned().collect(),
            suggestions: self.suggestions.keys().copied().collect(),
            due: self.due.keys().copied().collect(),
        }
    }
}

fn purchase(member: u64, receipt: u64, sku: u64, hour: i64) -> Purchase {
    Purchase {
        member: MemberId(member),
        event_time: EventTime(hour * HOUR),
        receipt: ReceiptId(receipt),
        sku: SkuCode(sku),
        category: CategoryCode(sku % 3),
        discounted: receipt.is_multiple_of(4),
    }
}

/// Somebody did something.
fn did(member: u64, hour: i64, deed: Deed) -> (MemberId, Done) {
    (MemberId(member), Done { event_time: EventTime(hour * HOUR), deed })
}

/// What members did over some weeks: stood in zones, took and put back; the same may happen twice.
fn deeds() -> impl Strategy<Value = Vec<(u64, Said)>> {
    let deed = prop_oneof![
        (0..4_u64, 1..90_000_u32).prop_map(|(zone, ms)| Deed::Stood(ZoneId(zone), ms)),
        (0..7_u64, 1..4_i32, any::<bool>())
            .prop_map(|(sku, n, back)| Deed::Took(SkuCode(sku), if back { -n } else { n })),
    ];
    let row = (0..3_u64, 0..90_i64, 8..20_i64, deed, 0..50_u64, 1..3_i64);
    prop::collection::vec(row, 0..40).prop_map(|rows| {
        let said = |(member, day, hour, deed, tick, times)| {
            (tick, Said::Did(did(member, 24 * (day + 17_000) + hour, deed), times))
        };
        rows.into_iter().map(said).collect()
    })
}

/// Receipts of a few members over some weeks, told in any order; of some, units are taken back or added later; members are forgotten as
/// of some day, which may be taken back; somebody asks; and they do one thing and another.
fn histories() -> impl Strategy<Value = Vec<(u64, Said)>> {
    let receipt = (0..3_u64, 0..90_i64, 8..20_i64, prop::collection::vec((0..7_u64, 1..3_i64), 1..5), 0..4_u8);
    let asks = prop::collection::vec((0..4_u64, 10..100_i64), 0..3);
    let erased = prop::collection::vec((0..3_u64, 0..90_i64, 0..60_u64, prop::option::of(0..60_u64)), 0..4);
    (prop::collection::vec(receipt, 8..45), asks, erased, deeds()).prop_map(|(receipts, asks, erased, mut said)| {
        for (n, (member, day, hour, lines, later)) in receipts.into_iter().enumerate() {
            let n = n as u64;
            for (sku, units) in lines {
                let row = purchase(member, n, sku, 24 * (day + 17_000) + hour);
                said.push((n, Said::Purchase(row, units)));
                match later {
                    0 => said.push((n + 3, Said::Purchase(row, -units))),
                    1 => said.push((n + 5, Said::Purchase(row, 1))),
                    _ => {}
                }
            }
        }
        for (member, day) in asks {
            let ask = Ask { member: MemberId(member), as_of: EventTime(24 * (day + 17_000) * HOUR) };
            said.extend([(day as u64 % 40, Said::Ask(ask, 1)), (day as u64 % 40 + 9, Said::Ask(ask, -1))]);
        }
        for (member, day, tick, back) in erased {
            let row = (MemberId(member), EventTime(24 * (day + 17_000) * HOUR));
            said.push((tick, Said::Erased(row, 1)));
            said.extend(back.map(|back| (tick + back, Said::Erased(row, -1))));
        }
        said
    })
}

fn slow(said: &[(u64, Said)], tick: u64) -> SlowPersonal {
    let until = || said.iter().filter(|(at, _)| *at <= tick).map(|(_, said)| said);
    let purchases: Vec<_> =
        until().filter_map(|s| if let Said::Purchase(row, n) = s { Some((*row, *n)) } else { None }).collect();
    let erased: Vec<_> =
        until().filter_map(|s| if let Said::Erased(row, n) = s { Some((*row, *n)) } else { None }).collect();
    let asks: Vec<_> =
        until().filter_map(|s| if let Said::Ask(row, n) = s { Some((*row, *n)) } else { None }).collect();
    let deeds: Vec<_> =
        until().filter_map(|s| if let Said::Did(row, n) = s { Some((*row, *n)) } else { None }).collect();
    slow_personal(&purchases, &deeds, &erased, &asks, &personalising())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn after_every_change_what_is_said_is_what_is_computed_from_scratch(said in histories(), seed in 0..1000_u64) {
        let after = run(&said, 1, 0);
        for (tick, found) in after.iter().enumerate() {
            prop_assert_eq!(found, &slow(&said, tick as u64), "tick {}", tick);
        }
        for workers in [2, 4] {
            prop_assert_eq!(&run(&said, workers, seed), &after, "{} workers", workers);
        }
    }
}

#[test]
fn the_histories_of_these_tests_say_something_of_every_kind() {
    let weekly = |n: u64| (n, Said::Purchase(purchase(1, n, n % 2, 24 * (17_000 + 5 * n as i64) + 9), 1));
    let mut said: Vec<(u64, Said)> = (0..20).map(weekly).collect();
    said.extend((0..20).map(|n| (n, Said::Purchase(purchase(2, 100 + n, 4, 24 * (17_000 + 5 * n as i64) + 9), 1))));
    let nobody = Ask { member: MemberId(7), as_of: EventTime(24 * 17_096 * HOUR) };
    said.push((20, Said::Ask(nobody, 1)));
    // Before the first's last receipt they stood longest in zone 2, though elsewhere long ago; and put back what they took, and more.
    let of_one = |day: i64, deed| Said::Did(did(1, 24 * (17_000 + day), deed), 1);
    said.extend([
        (3, of_one(90, Deed::Stood(ZoneId(2), 9_000))),
        (4, of_one(91, Deed::Stood(ZoneId(3), 6_000))),
        (5, of_one(-600, Deed::Stood(ZoneId(3), 900_000))),
        (6, Said::Did(did(1, 24 * 17_095 + 12, Deed::Stood(ZoneId(1), 900_000)), 1)),
        (7, of_one(90, Deed::Took(SkuCode(5), 3))),
        (7, of_one(90, Deed::Took(SkuCode(5), -1))),
        (8, of_one(91, Deed::Took(SkuCode(6), -2))),
        (9, Said::Did(did(2, 24 * 17_090, Deed::Took(SkuCode(4), 2)), 2)),
    ]);
    let last = run(&said, 2, 3).pop().expect("ticks");
    let did = |member: u64| last.profiles.iter().find(|row| row.member == MemberId(member)).expect("a profile");
    assert_eq!(did(1).zones, [ZoneId(2), ZoneId(3)], "of late, and before the last receipt");
    assert_eq!((did(1).taken, did(1).put_back, did(1).reconsidered.clone()), (3, 3, vec![SkuCode(6), SkuCode(5)]));
    assert_eq!((did(2).taken, did(2).put_back, did(2).zones.len()), (4, 0, 0), "twice the same adds up");
    assert_eq!(last.profiles.len(), 2, "the third has no receipts");
    let of = |member: u64| last.suggestions.iter().filter(move |row| row.member == MemberId(member));
    assert_eq!(of(1).count(), 3, "two of their own, and what the other buys");
    assert!(
        of(7).count() >= 2 && of(7).all(|row| row.reason == schemas::Reason::Popular),
        "a newcomer: the shop's patterns"
    );
    assert_eq!(last.due.len(), 2, "categories 1 of both; there is no category 0");
    let mut gone = said.clone();
    gone.push((21, Said::Erased((MemberId(1), EventTime(24 * 17_096 * HOUR)), 1)));
    let left = run(&gone, 1, 0).pop().expect("ticks");
    let without: Vec<_> = said
        .iter()
        .filter(|(_, s)| !matches!(s, Said::Purchase(row, _) if row.member == MemberId(1)))
        .filter(|(_, s)| !matches!(s, Said::Did((member, _), _) if *member == MemberId(1)))
        .cloned()
        .collect();
    let never = run(&without, 1, 0).pop().expect("ticks");
    assert_eq!(left, never, "an erased member was never there");
    let back = |said: &[(u64, Said)]| {
        let again = (22, Said::Purchase(purchase(1, 900, 0, 24 * 17_097 + 9), 1));
        run(&[said, &[again]].concat(), 2, 1).pop().expect("ticks")
    };
    assert_eq!(back(&gone), back(&without), "who comes back is somebody new");
}
