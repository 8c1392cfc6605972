//! Histories: what members bought in months of visits, made of habits that are known: for whoever proposes and reminds.
//!
//! A member visits on gaps of their own, at an hour of their own. They have habits: a category, a sku they usually take of it, and a
//! period after which they need it again (gamma-distributed around its mean). On a visit they take what they need, forget some, and take
//! a few things on impulse, by how popular these are. Small trips take little. Habits end and others begin.

use crate::seed::Seed;
use crate::table::Kind::{Float32, Int32, Text, Time};
use crate::table::{Cells, Column, Row, Sink, Table, TableError};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, LogNormal, Zipf};
use schemas::EventTime;
use std::path::Path;

const DAY_US: f64 = 86_400e6;
/// 2024-01-01, a Monday.
const OPENED_US: i64 = 1_704_067_200_000_000;
/// Categories of the shop, and skus of each.
const CATEGORIES: u32 = 120;
const SKUS: u32 = 25;

/// How many, how long, and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Members.
    pub members: u32,
    /// Days.
    pub days: u32,
    /// Receipts of a member at most.
    pub receipts_max: u32,
    /// Where random numbers come from.
    pub seed: Seed,
}

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose.
    pub member: u32,
    /// On the how-manieth receipt of theirs.
    pub receipt: u32,
    /// When.
    pub at: EventTime,
    /// The category's number.
    pub category: u32,
    /// The sku's number in it.
    pub sku: u32,
    /// How many.
    pub quantity: u32,
    /// Whether it was on offer.
    pub on_offer: bool,
}

/// What a member needs again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Habit {
    /// Whose.
    pub member: u32,
    /// The category's number.
    pub category: u32,
    /// The sku that they usually take.
    pub sku: u32,
    /// Mean days from one purchase to the next need.
    pub period_days: f64,
    /// On which day it began and ends.
    pub days: (f64, f64),
}

fn sku_text(category: u32, sku: u32) -> String {
    format!("{category:03}-{sku:02}")
}

impl Row for Line {
    const TABLE: Table = Table {
        name: "receipts",
        row: "One sku of one receipt, by member and time",
        columns: &[
            Column::new("household_id", Text, "", "The member"),
            Column::new("basket_id", Text, "", "The receipt"),
            Column::new("event_time", Time, "us UTC", "When it was made"),
            Column::new("sku", Text, "", "What"),
            Column::new("category", Text, "", "Of which category"),
            Column::new("quantity", Int32, "", "How many"),
            Column::new("discount", Float32, "", "1 where it was on offer, else 0"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let Self { member, receipt, at, category, sku, quantity, on_offer } = self;
        cells.text(&format!("m{member:06}")).text(&format!("m{member:06}-{receipt:04}")).time(*at);
        cells.text(&sku_text(*category, *sku)).text(&format!("category-{category:03}"));
        cells.int32(*quantity).float32(f64::from(u8::from(*on_offer)));
    }
}

impl Row for Habit {
    const TABLE: Table = Table {
        name: "habits",
        row: "One habit of one member: the truth behind `receipts`",
        columns: &[
            Column::new("household_id", Text, "", "The member"),
            Column::new("category", Text, "", "Of which category"),
            Column::new("sku", Text, "", "The sku that they usually take"),
            Column::new("period_days", Float32, "d", "Mean days from one purchase to the next need"),
            Column::new("begins", Time, "us UTC", "When it begins"),
            Column::new("ends", Time, "us UTC", "When it ends"),
        ],
    };

    fn cells(&self, cells: &mut Cells) {
        let Self { member, category, sku, period_days, days } = self;
        cells.text(&format!("m{member:06}")).text(&format!("category-{category:03}")).text(&sku_text(*category, *sku));
        cells.float32(*period_days).time(day(days.0)).time(day(days.1));
    }
}

fn day(days: f64) -> EventTime {
    EventTime(OPENED_US + (days * DAY_US) as i64)
}

/// One member's habits and everything they bought, in order.
pub fn member(asked: &Asked, member: u32) -> (Vec<Habit>, Vec<Line>) {
    let mut random = asked.seed.stream("member", &[u64::from(member)]);
    let length = f64::from(asked.days);
    let gap = draw(LogNormal::new(1.3, 0.6), &mut random).clamp(0.8, 25.0);
    let hour: f64 = random.random_range(8.0..20.0);
    let habits = habits(member, length, gap, &mut random);
    let impulses = draw(LogNormal::new(0.0, 0.9), &mut random).min(8.0);
    let mut next: Vec<f64> =
        habits.iter().map(|habit| habit.days.0 + random.random::<f64>() * habit.period_days).collect();
    let mut lines = Vec::new();
    let mut now = random.random::<f64>() * gap;
    let mut receipt = 0;
    while now < length && receipt < asked.receipts_max {
        let at = (now.floor() + (hour + random.random_range(-1.5..1.5)) / 24.0).max(0.0);
        let small = random.random::<f64>() < 0.35;
        let mut taken: Vec<(u32, u32, bool)> = Vec::new();
        for (habit, next) in habits.iter().zip(&mut next) {
            let lives = habit.days.0 <= now && now < habit.days.1;
            let taken_now = random.random::<f64>() < if small { 0.3 } else { 0.85 };
            if lives && *next <= now + 0.5 && taken_now {
                let other = random.random::<f64>() < 0.15;
                let sku = if other { popular(SKUS, &mut random) } else { habit.sku };
                taken.push((habit.category, sku, other));
                *next = now + draw(Gamma::new(4.0, habit.period_days / 4.0), &mut random);
            }
        }
        let mean = if small { 0.4 * impulses } else { impulses };
        while random.random::<f64>() < mean / (1.0 + mean) {
            taken.push((popular(CATEGORIES, &mut random), popular(SKUS, &mut random), random.random::<f64>() < 0.4));
        }
        taken.sort_unstable();
        taken.dedup_by_key(|(category, sku, _)| (*category, *sku));
        if !taken.is_empty() {
            for (category, sku, on_offer) in taken {
                let quantity = 1 + u32::from(random.random::<f64>() < 0.2);
                lines.push(Line { member, receipt, at: day(at), category, sku, quantity, on_offer });
            }
            receipt += 1;
        }
        now += draw(Gamma::new(1.5, gap / 1.5), &mut random).max(1.0);
    }
    (habits, lines)
}

fn habits(member: u32, length: f64, gap: f64, random: &mut ChaCha8Rng) -> Vec<Habit> {
    let count = draw(LogNormal::new(2.7, 0.6), random).clamp(2.0, 70.0) as usize;
    let mut habits: Vec<Habit> = Vec::new();
    for _ in 0..count {
        let (category, sku) = (popular(CATEGORIES, random), popular(SKUS, random));
        let period_days = draw(LogNormal::new(2.6, 0.8), random).clamp(gap.max(2.0), 120.0);
        // Most habits have always been; some begin, some end.
        let begins = if random.random::<f64>() < 0.75 { 0.0 } else { random.random::<f64>() * length };
        let ends =
            if random.random::<f64>() < 0.75 { length } else { begins + random.random::<f64>() * (length - begins) };
        if habits.iter().all(|habit| (habit.category, habit.sku) != (category, sku)) {
            habits.push(Habit { member, category, sku, period_days, days: (begins, ends) });
        }
    }
    habits
}

/// A number below `count`, low ones more often.
fn popular(count: u32, random: &mut ChaCha8Rng) -> u32 {
    (draw(Zipf::new(f64::from(count), 0.9), random) as u32).clamp(1, count) - 1
}

fn draw<D: Distribution<f64>, E: std::fmt::Debug>(distribution: Result<D, E>, random: &mut ChaCha8Rng) -> f64 {
    distribution.unwrap_or_else(|error| panic!("parameters are in range: {error:?}")).sample(random)
}

/// Writes `receipts.parquet` and `habits.parquet` into `folder`; gives receipts and lines.
pub fn write(asked: &Asked, folder: &Path) -> Result<(u64, u64), TableError> {
    let seed = asked.seed.0.to_string();
    let metadata = [("seed", seed.as_str())];
    let mut receipts = Sink::create(Line::TABLE, folder, &metadata)?;
    let mut habits = Sink::create(Habit::TABLE, folder, &metadata)?;
    let mut count = 0;
    for number in 0..asked.members {
        let (truth, lines) = member(asked, number);
        truth.iter().try_for_each(|habit| habits.push(habit))?;
        lines.iter().try_for_each(|line| receipts.push(line))?;
        count += lines.last().map_or(0, |line| u64::from(line.receipt) + 1);
    }
    habits.close()?;
    Ok((count, receipts.close()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked = Asked { members: 200, days: 300, receipts_max: 1000, seed: Seed(4) };

    #[test]
    fn members_do_what_their_habits_say() {
        let (mut kept, mut asked) = (0, 0);
        for number in 0..ASKED.members {
            let (habits, lines) = member(&ASKED, number);
            assert_eq!(
                (&habits, &lines),
                (&member(&ASKED, number).0, &member(&ASKED, number).1),
                "the same every time"
            );
            assert!(lines.windows(2).all(|pair| (pair[0].receipt, pair[0].at) <= (pair[1].receipt, pair[1].at)));
            for habit in habits.iter().filter(|habit| habit.days == (0.0, 300.0) && habit.period_days < 30.0) {
                asked += 1;
                let bought =
                    lines.iter().filter(|line| (line.category, line.sku) == (habit.category, habit.sku)).count();
                kept += usize::from(bought as f64 >= 0.3 * 300.0 / habit.period_days);
            }
        }
        assert!(
            asked > 1000 && kept * 10 > asked * 8,
            "{kept} of {asked} habits are bought as often as they say, more or less"
        );
    }

    #[test]
    fn what_is_written_is_what_was_made() {
        let folder = std::env::temp_dir().join(format!("histories-{}", std::process::id()));
        let few = Asked { members: 3, ..ASKED };
        let (receipts, lines) = write(&few, &folder).expect("a folder");
        let made: Vec<Line> = (0..3).flat_map(|number| member(&few, number).1).collect();
        assert_eq!(lines, made.len() as u64);
        assert!(receipts > 0 && receipts <= lines);
        std::fs::remove_dir_all(folder).expect("gone");
    }
}
