//! Members of simstore with habits that are known: suggestions and reminders find them again, by the coefficients that ship (which
//! were fitted on members of another seed), and receipts that come one by one end where all at once end.

use operators::Personalising;
use pipeline::personalise::engine::{Said, Task, run};
use pipeline::personalise::shipped;
use schemas::{Ask, CategoryCode, EventTime, MemberId, Purchase, ReceiptId, SkuCode};
use simstore::histories::{Asked, Habit, Line, member};
use simstore::seed::Seed;
use std::collections::BTreeSet;
use std::sync::Arc;

const DAY_US: i64 = 86_400_000_000;
const ASKED: Asked = Asked { members: 150, days: 240, receipts_max: 1000, seed: Seed(77) };

fn sku(category: u32, sku: u32) -> SkuCode {
    SkuCode::of(&format!("{category:03}-{sku:02}"))
}

fn category(number: u32) -> CategoryCode {
    CategoryCode::of(&format!("category-{number:03}"))
}

fn purchase(line: &Line) -> (Purchase, isize) {
    let Line { member, receipt, at, quantity, on_offer, .. } = line;
    let receipt = ReceiptId((u64::from(*member) << 32) | u64::from(*receipt));
    let (sku, category) = (sku(line.category, line.sku), category(line.category));
    let member = MemberId(u64::from(*member));
    (Purchase { member, event_time: *at, receipt, sku, category, discounted: *on_offer }, *quantity as isize)
}

fn shop(members: u32) -> (Vec<Habit>, Vec<Line>) {
    let mut all = (Vec::new(), Vec::new());
    for number in 0..members {
        let (habits, lines) = member(&ASKED, number);
        all.0.extend(habits);
        all.1.extend(lines);
    }
    all.1.sort_by_key(|line| (line.at, line.member, line.receipt));
    all
}

fn said(lines: &[Line], asks: Vec<Ask>, one_by_one: usize, workers: usize) -> Said {
    let personalising = Personalising { coefficients: Arc::new(shipped()), most: 10, after_last: asks.is_empty() };
    let purchases = Arc::new(lines.iter().map(purchase).collect());
    let task = Task { purchases, asks: Arc::new(asks), personalising, workers, one_by_one };
    run(&task).expect("workers").0
}

#[test]
fn suggestions_recover_planted_habits() {
    let (habits, lines) = shop(ASKED.members);
    let said = said(&lines, Vec::new(), 0, 1);
    let living: BTreeSet<(MemberId, SkuCode)> = (habits.iter())
        .filter(|habit| habit.days.1 > 239.0 && habit.days.0 < 150.0)
        .map(|habit| (MemberId(u64::from(habit.member)), sku(habit.category, habit.sku)))
        .collect();
    let many = |member: MemberId| living.iter().filter(|(other, _)| *other == member).count() >= 8;
    let first: Vec<_> = said.suggestions.iter().filter(|row| row.rank <= 5 && many(row.member)).collect();
    let found = first.iter().filter(|row| living.contains(&(row.member, row.sku))).count();
    assert!(first.len() > 200, "only {} suggestions to look at", first.len());
    assert!(found * 10 >= first.len() * 6, "{found} of {} first suggestions are living habits", first.len());
}

#[test]
fn reminders_tell_what_is_bought_within_a_week() {
    let (_, lines) = shop(ASKED.members);
    // 2024-01-01 and 216 days: a Sunday.
    let as_of = EventTime(1_704_067_200_000_000 + 216 * DAY_US);
    let asks = (0..ASKED.members).map(|member| Ask { member: MemberId(u64::from(member)), as_of }).collect();
    let said = said(&lines, asks, 0, 1);
    let week = as_of..as_of.plus_us(7 * DAY_US);
    let bought: BTreeSet<(MemberId, CategoryCode)> = (lines.iter())
        .filter(|line| week.contains(&line.at))
        .map(|line| (MemberId(u64::from(line.member)), category(line.category)))
        .collect();
    let rows: Vec<(f64, bool)> = (said.due.iter())
        .map(|row| (f64::from(row.chance_ppm) / 1e6, bought.contains(&(row.member, row.category))))
        .collect();
    let mean = |of: Vec<f64>| of.iter().sum::<f64>() / of.len() as f64;
    let (yes, no): (Vec<_>, Vec<_>) = rows.iter().copied().partition(|(_, bought)| *bought);
    assert!(yes.len() > 100 && no.len() > 100, "{} bought, {} not", yes.len(), no.len());
    let wins: usize = yes.iter().map(|(p, _)| no.iter().filter(|(q, _)| p > q).count()).sum();
    let ranked = wins as f64 / (yes.len() * no.len()) as f64;
    assert!(ranked > 0.65, "what was bought is likelier than what was not in {ranked:.3} of pairs");
    let (expected, share) = (mean(rows.iter().map(|row| row.0).collect()), yes.len() as f64 / rows.len() as f64);
    assert!((expected - share).abs() < 0.05, "{expected:.3} expected, {share:.3} bought");
}

#[test]
fn one_by_one_ends_where_all_at_once_ends() {
    let (_, lines) = shop(25);
    let at_once = said(&lines, Vec::new(), 0, 1);
    assert!(at_once.due.len() > 20 && at_once.suggestions.len() == 250);
    assert_eq!(said(&lines, Vec::new(), 400, 1), at_once);
    assert_eq!(said(&lines, Vec::new(), 100, 2), at_once);
    let mut other = lines.clone();
    other.sort_by_key(|line| (line.at.0.div_euclid(DAY_US), std::cmp::Reverse((line.member, line.receipt))));
    assert_eq!(said(&other, Vec::new(), 400, 1), at_once, "order within a day is immaterial");
}
