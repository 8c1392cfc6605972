//! By hand, and against everything heard, summed up from scratch at every occasion.

use super::*;
use proptest::prelude::*;

fn length() -> TickLength {
    TickLength::from_us(1_000_000).expect("not zero")
}

fn reminding() -> Reminding {
    Reminding { length: length(), chance_ppm: 500, most: 2 }
}

fn due(member: u64, as_of: i64, category: u64, chance_ppm: u32) -> Due {
    let (member, as_of, category) = (MemberId(member), EventTime(as_of * 1_000_000), CategoryCode(category));
    Due { member, as_of, category, chance_ppm, every_days: 6, days_ago: 7 }
}

fn run(heard: &[(u64, Heard)]) -> Vec<Reminder> {
    let mut core = Remind::new(reminding());
    let mut said = Vec::new();
    for tick in 0..=30 {
        let mut batch: Vec<Heard> =
            heard.iter().filter(|(at, _)| *at == tick).map(|(_, heard)| heard.clone()).collect();
        batch.sort();
        let mut out = Outbox::default();
        assert_eq!(core.close(Tick(tick), batch, &mut out), None);
        said.extend(out.take().0);
    }
    said
}

/// Visit `n` is that of member `n % 3`, and came at tick `n`.
fn slow(heard: &[(u64, Heard)]) -> Vec<Reminder> {
    let mut said = Vec::new();
    for now in 0..=30 {
        let until = || heard.iter().filter(|(at, _)| *at <= now).map(|(_, heard)| heard);
        let mut told: Vec<(Occasion, VisitId)> = Vec::new();
        for (_, heard) in heard.iter().filter(|(at, _)| *at == now) {
            match heard {
                Heard::Came(visit, ..) => told.push((Occasion::Entry, *visit)),
                Heard::Leaves(visit) => told.push((Occasion::Exit, *visit)),
                _ => {}
            }
        }
        told.sort();
        for (occasion, visit) in told {
            let came = until().any(|heard| matches!(heard, Heard::Came(other, ..) if *other == visit));
            let gone = heard.iter().any(|(at, heard)| *at < now && *heard == Heard::Gone(visit));
            if !came || gone {
                continue;
            }
            let asked = (MemberId(visit.0 % 3), EventTime(visit.0 as i64 * 1_000_000));
            let mut rows: BTreeMap<Due, i64> = BTreeMap::new();
            let mut units: BTreeMap<CategoryCode, i64> = BTreeMap::new();
            for heard in until() {
                match heard {
                    Heard::Due(row, diff) if (row.member, row.as_of) == asked => *rows.entry(*row).or_default() += diff,
                    Heard::Cart(other, category, more) if *other == visit => {
                        *units.entry(*category).or_default() += more
                    }
                    _ => {}
                }
            }
            let has = |due: &Due| occasion == Occasion::Exit && units.get(&due.category).is_some_and(|n| *n > 0);
            let rows = rows.into_iter().filter(|(due, n)| *n > 0 && due.chance_ppm >= 500 && !has(due));
            let mut rows: Vec<Due> = rows.map(|(due, _)| due).collect();
            rows.sort_by(|a, b| b.chance_ppm.cmp(&a.chance_ppm).then(a.category.cmp(&b.category)));
            let reminded_at = length().start(Tick(now));
            said.extend(rows.into_iter().take(2).zip(1..).map(|(due, rank)| Reminder {
                reminded_at,
                visit,
                occasion,
                rank,
                due,
            }));
        }
    }
    said
}

fn heard() -> impl Strategy<Value = Vec<(u64, Heard)>> {
    let came = prop::collection::btree_set(0..12_u64, 1..8);
    let visit = || (0..12_u64).prop_map(VisitId);
    let later = prop_oneof![
        (visit(), 0..4_u64, 1..3_i64).prop_map(|(visit, n, more)| Heard::Cart(visit, CategoryCode(n), more)),
        visit().prop_map(Heard::Leaves),
        visit().prop_map(Heard::Gone),
    ];
    // What is due comes with the ask, and may go later.
    let known = (0..12_u64, 0..4_u64, 300..900_u32, prop::option::of(0..15_u64));
    (came, prop::collection::vec(known, 0..25), prop::collection::vec((0..30_u64, later), 0..40)).prop_map(
        |(came, known, later)| {
            let mut all: Vec<(u64, Heard)> = later;
            for visit in &came {
                let came = Heard::Came(VisitId(*visit), MemberId(visit % 3), EventTime(*visit as i64 * 1_000_000));
                all.push((*visit, came));
            }
            for (visit, category, chance, gone) in known.into_iter().filter(|(visit, ..)| came.contains(visit)) {
                let row = due(visit % 3, visit as i64, category, chance);
                all.push((visit, Heard::Due(row, 1)));
                all.extend(gone.map(|gone| (visit + gone, Heard::Due(row, -1))));
            }
            all.sort();
            // A visit goes once, and not before it came.
            let mut gone = BTreeSet::new();
            all.retain(|(tick, heard)| match heard {
                Heard::Gone(visit) => came.contains(&visit.0) && *tick >= visit.0 && gone.insert(*visit),
                _ => true,
            });
            all
        },
    )
}

proptest! {
    #[test]
    fn what_is_said_is_what_is_due_by_everything_heard(heard in heard()) {
        prop_assert_eq!(run(&heard), slow(&heard));
    }
}

#[test]
fn milk_is_due_at_entry_and_at_the_door_unless_it_is_in_the_cart() {
    let came = (3, Heard::Came(VisitId(3), MemberId(0), EventTime(3_000_000)));
    let habits = [(1, 900), (2, 800), (3, 700), (4, 400)].map(|(n, chance)| (3, Heard::Due(due(0, 3, n, chance), 1)));
    let took = |n| (7, Heard::Cart(VisitId(3), CategoryCode(n), 1));
    let said = run(&[&[came][..], &habits, &[took(1), took(3), (9, Heard::Leaves(VisitId(3)))]].concat());
    let told: Vec<_> = said.iter().map(|row| (row.occasion, row.rank, row.due.category.0)).collect();
    assert_eq!(told, [(Occasion::Entry, 1, 1), (Occasion::Entry, 2, 2), (Occasion::Exit, 1, 2)]);
}
