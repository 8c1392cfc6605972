//! At least fifty variants of every hard kind: other people, slots, hands and moments each.

use super::{SCRIPT_S_MAX, Script};
use crate::life::STEP_US;
use crate::life::crowd::Crowd;
use crate::scenario::{Hard, People};
use crate::seed::Seed;
use crate::world::World;
use schemas::EventTime;
use std::collections::BTreeMap;

/// Variants of each kind that there are at least.
pub const VARIANTS_MIN: u32 = 50;

/// Draws of a variant, at most: in a crowd one may block another's way until it is too late.
const DRAWS_MAX: u64 = 24;

/// `count` scripts in which a kind is done, wholly, among everyday takes: each was played once to be sure. Should no draw do it, the
/// first is given all the same; who plays them sees that it is not done.
pub fn variants(world: &World, hard: Hard, count: u32, start: EventTime, seed: Seed) -> Vec<Script> {
    let word = hard.word();
    let script = |i: u32, draw: u64| {
        let seed = Seed(seed.0 ^ (u64::from(i) + 1 + (draw << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let people = People {
            at_once_max: 8,
            visits_per_hour: None,
            shoppers_max: Some(1),
            parties_share: if i % 3 == 2 { 1.0 } else { 0.0 },
            browsers_share: 0.0,
            tailgaters_share: 0.0,
            staff: 0,
            members: 1_000,
            basket_mean: 1.0 + f64::from(i % 3),
            adversarial_share: 0.0,
            hard: BTreeMap::from([(hard, 1)]),
        };
        Script {
            name: format!("{word}-{i:03}"),
            world: world.clone(),
            start,
            seed,
            arrivals: Crowd::new(world, &people, seed).take(1).collect(),
            notes: Vec::new(),
            listed: 0,
            planned: 0,
        }
    };
    let sure = |i: u32| {
        let mut drawn = (0..DRAWS_MAX).map(|draw| script(i, draw));
        drawn.find(|script| does(script, hard)).unwrap_or_else(|| script(i, 0))
    };
    (0..count).map(sure).collect()
}

/// Whether a kind happens in a script, all of it.
fn does(script: &Script, hard: Hard) -> bool {
    let mut life = script.life();
    let moments = (i64::from(SCRIPT_S_MAX) * 1_000_000 / STEP_US) as usize;
    let past = life.by_ref().take(moments).count();
    past < moments && life.take_hard().iter().any(|done| done.hard == hard && done.whole)
}
