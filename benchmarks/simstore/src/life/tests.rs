//! What must hold of any life in any shop, and that what is asked for happens.

use super::crowd::Crowd;
use super::floor::{BODY_MM, Floor};
use super::sketch::Sketch;
use super::steer::TOUCH_MM;
use super::{Life, Moment, Play, Role, STEP_US, What, sample};
use crate::body::{Figure, pose};
use crate::ledger::Ledger;
use crate::scenario::{Hard, People};
use crate::seed::Seed;
use crate::world::{Mm2, Mm3, World, corner};
use schemas::EventTime;
use std::collections::BTreeMap;

fn people() -> People {
    People {
        at_once_max: 8,
        visits_per_hour: None,
        shoppers_max: Some(12),
        parties_share: 0.3,
        browsers_share: 0.15,
        tailgaters_share: 0.1,
        staff: 1,
        members: 20,
        basket_mean: 3.0,
        adversarial_share: 0.4,
        hard: BTreeMap::new(),
    }
}

fn life(world: &World, people: &People, seconds: Option<u32>, seed: u64) -> Life {
    let arrivals = Box::new(Crowd::new(world, people, Seed(seed)));
    let play = Play { start: EventTime(0), seconds, at_once_max: people.at_once_max as usize, arrivals };
    Life::play(world, play, Seed(seed))
}

/// Where sketches go, if anywhere.
fn keep_sketch(name: &str, sketch: &Sketch) {
    if let Ok(folder) = std::env::var("SIMSTORE_SKETCHES") {
        std::fs::write(format!("{folder}/{name}.svg"), sketch.svg()).expect("a sketch is written");
    }
}

/// Everything that must hold between a moment and the next.
struct Watch {
    floor: Floor,
    ledger: Ledger,
    last: BTreeMap<u32, (Mm2, f64, [Mm3; 2])>,
    fastest_hand: f64,
    near: u64,
    pairs: u64,
}

impl Watch {
    fn of(world: &World) -> Self {
        let (floor, ledger) = (Floor::of(world), Ledger::open(world));
        Self { floor, ledger, last: BTreeMap::new(), fastest_hand: 0.0, near: 0, pairs: 0 }
    }

    fn see(&mut self, moment: &Moment) {
        let dt = STEP_US as f64 / 1e6;
        let mut now = BTreeMap::new();
        for (i, present) in moment.present.iter().enumerate() {
            let (number, pose_now) = (present.person.number, present.pose);
            let room = self.floor.clearance(pose_now.at);
            assert!(room > BODY_MM - 5.0, "person {number} is {room} mm from something at {} us", moment.at.0);
            for other in &moment.present[..i] {
                let gap = (other.pose.at - pose_now.at).norm();
                let who = other.person.number;
                assert!(gap > TOUCH_MM - 5.0, "{number} and {who} are {gap} mm apart at {} us", moment.at.0);
                self.near += u64::from(gap < 740.0);
                self.pairs += 1;
            }
            let joints = pose(&Figure::of(&present.person), &pose_now);
            let hands = [joints.wrist(0), joints.wrist(1)];
            if let Some((at, heading, wrists)) = self.last.get(&number) {
                let speed = (pose_now.at - at).norm() / dt;
                assert!(speed < 1_600.0, "{number} walks {speed} mm/s at {} us", moment.at.0);
                let turn = super::motion::wrapped(pose_now.heading - heading).abs() / dt;
                assert!(turn < 4.5, "{number} turns {turn} rad/s at {} us", moment.at.0);
                for hand in 0..2 {
                    let speed = (hands[hand] - wrists[hand]).norm() / dt;
                    self.fastest_hand = self.fastest_hand.max(speed);
                    let wanted = pose_now.hands[hand];
                    assert!(speed < 6_000.0, "{number}'s hand {hand}: {speed} mm/s at {}: {wanted:?}", moment.at.0);
                }
            }
            now.insert(number, (pose_now.at, pose_now.heading, hands));
        }
        self.last = now;
        assert!(moment.happened.is_sorted_by_key(|happening| happening.at), "out of order");
        self.ledger.observe(moment);
    }
}

#[test]
fn nobody_walks_through_anything_and_goods_are_conserved() {
    for (world, seed) in [(sample::shop(), 1), (corner::world(), 2), (corner::world(), 3)] {
        let mut watch = Watch::of(&world);
        let mut sketch = Sketch::of(&world);
        let mut life = life(&world, &people(), Some(600), seed);
        let (mut takes, mut leaves, mut last) = (0, 0, 0);
        for moment in life.by_ref() {
            watch.see(&moment);
            sketch.add(&moment);
            takes += moment.happened.iter().filter(|h| matches!(h.what, What::Take { .. })).count();
            leaves += moment.happened.iter().filter(|h| matches!(h.what, What::Leave { .. })).count();
            last = moment.present.iter().filter(|p| !matches!(p.person.role, Role::Staff(_))).count();
        }
        watch.ledger.audit();
        keep_sketch(&format!("{}-{seed}", world.name), &sketch);
        let share = watch.near as f64 / watch.pairs.max(1) as f64;
        let done = life.take_hard();
        let text = format!(
            "takes {takes}, left {leaves}, still in {last}, hands to {:.0} mm/s, near {share:.4}, {done:?}",
            watch.fastest_hand
        );
        if let Ok(folder) = std::env::var("SIMSTORE_SKETCHES") {
            std::fs::write(format!("{folder}/{}-{seed}.txt", world.name), &text).expect("written");
        }
        assert!(takes > 15 && leaves >= 12 && last == 0, "{text}");
    }
}
