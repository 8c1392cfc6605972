//! Members: bodies, tastes, and habits that can be found again in what they buy.

use crate::world::World;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, Normal};

/// Something that a member buys again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Habit {
    /// Number of the member.
    pub member: u64,
    /// What kind of thing.
    pub category: String,
    /// Index of the article that they like best.
    pub article: usize,
    /// Share of purchases that are of that article.
    pub loyalty: f64,
    /// Typical time from one purchase to the next.
    pub interval_days: f64,
    /// When it is first due: share of the interval after the beginning; before it, where negative.
    pub phase: f64,
}

/// A member.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Number.
    pub number: u64,
    /// Height.
    pub height_mm: f64,
    /// Width relative to the average.
    pub build: f64,
    /// Hand they prefer.
    pub handed: usize,
    /// Speed at which they like to walk.
    pub speed: f64,
    /// What they buy again and again.
    pub habits: Vec<Habit>,
}

impl Member {
    /// Draws a member.
    pub fn draw(world: &World, number: u64, random: &mut ChaCha8Rng) -> Self {
        let mean = if random.random_bool(0.5) { 1_650.0 } else { 1_780.0 };
        let height: f64 = Normal::new(mean, 65.0).expect("a spread").sample(random);
        let build: f64 = Normal::new(1.0, 0.09).expect("a spread").sample(random);
        let speed: f64 = Normal::new(1_050.0, 130.0).expect("a spread").sample(random);
        let mut stocked: Vec<usize> = world.planogram.iter().map(|stocking| stocking.article).collect();
        stocked.sort_unstable();
        stocked.dedup();
        let mut categories: Vec<&String> = stocked.iter().map(|&article| &world.articles[article].category).collect();
        categories.sort();
        categories.dedup();
        let interval = LogNormal::new(7f64.ln(), 0.6).expect("a spread");
        let mut habits = Vec::new();
        for category in categories {
            if !random.random_bool(0.45) {
                continue;
            }
            let alike: Vec<usize> =
                stocked.iter().copied().filter(|&article| &world.articles[article].category == category).collect();
            let days: f64 = interval.sample(random);
            habits.push(Habit {
                member: number,
                category: category.clone(),
                article: alike[random.random_range(0..alike.len())],
                loyalty: random.random_range(0.6..0.95),
                interval_days: days.clamp(2.0, 35.0),
                phase: random.random_range(-0.3..1.0),
            });
        }
        Self {
            number,
            height_mm: height.clamp(1_480.0, 2_000.0),
            build: build.clamp(0.85, 1.25),
            handed: usize::from(random.random_bool(0.9)),
            speed: speed.clamp(700.0, 1_350.0),
            habits,
        }
    }
}
