//! Scales under the goods: what they would say, 60 times a second, of what truly lies on them.
//!
//! A scale averages the weight on it over the time since its last sample, behind a damped second-order system (its load cell and
//! board); takes and puts come with a hand that presses and goods that land. To that come the sway of the rack, the ringing of its
//! boards under footsteps, white noise, a slow drift, a tare that nobody set, and steps of a converter. Sizes and spectra are
//! fitted to a log of a real shop; `compare_scales.py` draws both side by side.
//!
//! Samples lag [`LAG_US`] behind the moments: a hand presses before it takes. They leave in batches of a fifth of a second.

pub mod noise;
#[cfg(test)]
mod tests;

use crate::device::Line;
use crate::goods::Goods;
use crate::life::{Happening, Moment, What};
use crate::scenario::{Outage, Scenario};
use crate::world::World;
use noise::{Board, Rack, Settling};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Uniform};
use schemas::{EventTime, ScaleId, ScaleSample};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How far samples lag behind the moments.
pub const LAG_US: i64 = 400_000;

/// One step of the converter, mg: 0.241 g in the real log.
const STEP_MG: f64 = 241.0;
/// Batches in a second.
const BATCHES_HZ: u32 = 5;
/// Longest time from a hand's first touch to the goods' leaving.
const TOUCH_US: i64 = 280_000;

/// A force on a scale over a time.
#[derive(Clone, Copy, Debug)]
struct Act {
    from: i64,
    to: i64,
    /// mg: added for ever from `from` on where `to` is `i64::MAX`, else a push that swells and fades between the two.
    mg: f64,
}

impl Act {
    /// Its mean over the time from `t0` to `t1`.
    fn mean(&self, t0: i64, t1: i64) -> f64 {
        if self.to == i64::MAX {
            return self.mg * ((t1 - self.from.max(t0)).max(0)) as f64 / (t1 - t0) as f64;
        }
        let middle = (t0 + t1) / 2;
        let share = (middle - self.from) as f64 / (self.to - self.from) as f64;
        // Up within the first fifth, down within the last.
        if (0.0..1.0).contains(&share) { self.mg * (share.min(1.0 - share) * 5.0).min(1.0) } else { 0.0 }
    }
}

/// One scale.
struct Scale {
    id: ScaleId,
    gondola: usize,
    /// What lies on it for good, mg.
    rest_mg: f64,
    acts: Vec<Act>,
    settling: Settling,
    board: Board,
    line: Line,
    outages: Vec<Outage>,
    rng: ChaCha8Rng,
    waiting: Vec<ScaleSample>,
    last_mg: Option<i64>,
    nothing_until: i64,
}

/// A batch on its way, by arrival and then by the scale's name.
type Batch = (EventTime, usize, Vec<ScaleSample>);

/// All scales of a shop.
pub struct Scales {
    start: i64,
    hz: i64,
    next: i64,
    goods: Goods,
    scales: Vec<Scale>,
    /// Order of names.
    rank: Vec<usize>,
    of_slot: Vec<Option<usize>>,
    racks: Vec<Rack>,
    on_the_way: BinaryHeap<Reverse<Batch>>,
}

impl Scales {
    /// The scales of a shop that opens full.
    pub fn new(world: &World, scenario: &Scenario) -> Self {
        let goods = Goods::open(world, scenario.seed);
        let hz = f64::from(scenario.delivery.scale_hz);
        let mut of_slot = vec![None; world.slots.len()];
        let mut scales = Vec::new();
        for (index, scale) in world.scales.iter().enumerate() {
            scale.slots.iter().for_each(|&slot| of_slot[slot] = Some(index));
            let first = &world.slots[scale.slots[0]];
            let gondola = &world.gondolas[first.gondola];
            let height = gondola.shelves[first.shelf].board_mm;
            let rest_mg = scale.slots.iter().map(|&slot| goods.slot_mg(slot)).sum::<i64>() as f64;
            let mut rng = scenario.seed.stream("scale", &[index as u64]);
            scales.push(Scale {
                id: ScaleId::mint(&world.name, &scale.name),
                gondola: first.gondola,
                rest_mg,
                acts: Vec::new(),
                settling: Settling::new(rest_mg, hz, &mut rng),
                board: Board::new(height, hz, &mut rng),
                line: Line::new(scenario, &scale.name),
                outages: scenario.outages.iter().filter(|o| o.device == scale.name).cloned().collect(),
                rng,
                waiting: Vec::new(),
                last_mg: None,
                nothing_until: 0,
            });
        }
        let mut order: Vec<usize> = (0..scales.len()).collect();
        order.sort_by_key(|&i| &world.scales[i].name);
        let mut rank = vec![0; scales.len()];
        order.into_iter().enumerate().for_each(|(place, i)| rank[i] = place);
        let racks = (0..world.gondolas.len()).map(|i| Rack::new(world, i, hz, scenario.seed)).collect();
        let (start, hz) = (scenario.start.0, i64::from(scenario.delivery.scale_hz));
        Self { start, hz, next: 0, goods, scales, rank, of_slot, racks, on_the_way: BinaryHeap::new() }
    }

    /// Takes the next moment; gives to `out` what has arrived by then, in order of arrival and name.
    pub fn moment(&mut self, moment: &Moment, out: &mut Vec<ScaleSample>) {
        for happening in &moment.happened {
            self.happen(happening);
        }
        for rack in &mut self.racks {
            rack.feel(&moment.present);
        }
        self.sample(moment.at.0 - self.start - LAG_US);
        self.arrive(moment.at, out);
    }

    /// The end: what is still to be said, and still under way.
    pub fn finish(&mut self, end: EventTime, out: &mut Vec<ScaleSample>) {
        self.sample(end.0 - self.start);
        for index in 0..self.scales.len() {
            self.send(index);
        }
        self.arrive(EventTime(i64::MAX), out);
    }

    /// What truly lies on the scale at this index now, mg, tare and hands aside.
    pub fn true_mg(&self, world: &World, scale: usize) -> i64 {
        world.scales[scale].slots.iter().map(|&slot| self.goods.slot_mg(slot)).sum()
    }

    fn happen(&mut self, happening: &Happening) {
        let slot = match happening.what {
            What::Take { slot, .. }
            | What::PutBack { slot, .. }
            | What::Restock { slot, .. }
            | What::Clear { slot, .. }
            | What::Press { slot, .. } => Some(slot),
            _ => None,
        };
        let before = slot.map(|slot| self.goods.slot_mg(slot));
        self.goods.apply(happening);
        let (Some(slot), Some(before)) = (slot, before) else { return };
        let Some(index) = self.of_slot[slot] else { return };
        let step = (self.goods.slot_mg(slot) - before) as f64;
        let scale = &mut self.scales[index];
        let at = happening.at.0 - self.start;
        let mut uniform = |from: f64, to: f64| Uniform::new(from, to).expect("a range").sample(&mut scale.rng);
        let hand = match happening.what {
            What::Press { force_mg, for_us, .. } => Act { from: at, to: at + for_us.max(1), mg: force_mg as f64 },
            // Fingers close around it before it goes.
            What::Take { .. } | What::Clear { .. } => {
                Act { from: at - uniform(120e3, TOUCH_US as f64) as i64, to: at, mg: uniform(8e3, 90e3) }
            }
            // It lands with a push, and the hand lets go of it.
            _ => Act { from: at, to: at + uniform(90e3, 260e3) as i64, mg: uniform(15e3, 160e3) + 0.1 * step.abs() },
        };
        scale.acts.push(hand);
        if step != 0.0 {
            scale.acts.push(Act { from: at, to: i64::MAX, mg: step });
        }
    }

    /// Samples up to `until`, in microseconds after the start.
    fn sample(&mut self, until: i64) {
        let batch = (self.hz / i64::from(BATCHES_HZ)).max(1);
        while self.next * 1_000_000 / self.hz <= until {
            let t1 = self.next * 1_000_000 / self.hz;
            let t0 = t1 - 1_000_000 / self.hz;
            self.next += 1;
            self.racks.iter_mut().for_each(Rack::step);
            for scale in &mut self.scales {
                let sample = scale.sample(self.start, t0, t1, &self.racks[scale.gondola]);
                scale.waiting.push(sample);
            }
            if self.next % batch == 0 {
                for index in 0..self.scales.len() {
                    self.send(index);
                }
            }
        }
    }

    /// Sends what a scale has gathered.
    fn send(&mut self, index: usize) {
        let scale = &mut self.scales[index];
        if scale.waiting.is_empty() {
            return;
        }
        let last = EventTime(self.start + (self.next - 1) * 1_000_000 / self.hz);
        let received_at = scale.line.arrival(last);
        let mut batch = std::mem::take(&mut scale.waiting);
        batch.iter_mut().for_each(|sample| sample.received_at = received_at);
        self.on_the_way.push(Reverse((received_at, self.rank[index], batch)));
    }

    /// Gives what arrives before anything can arrive that was not yet sent.
    fn arrive(&mut self, now: EventTime, out: &mut Vec<ScaleSample>) {
        let sent = if now.0 == i64::MAX { i64::MAX } else { self.start + (self.next - 1).max(0) * 1_000_000 / self.hz };
        while self.on_the_way.peek().is_some_and(|Reverse((at, ..))| at.0 <= now.0.min(sent)) {
            let Some(Reverse((_, _, batch))) = self.on_the_way.pop() else { break };
            out.extend(batch);
        }
    }
}

impl Scale {
    /// What it says of the time from `t0` to `t1` (microseconds after `start`).
    fn sample(&mut self, start: i64, t0: i64, t1: i64, rack: &Rack) -> ScaleSample {
        let load = self.rest_mg + self.acts.iter().map(|act| act.mean(t0, t1)).sum::<f64>();
        let rest = &mut self.rest_mg;
        self.acts.retain(|act| {
            let over = if act.to == i64::MAX { act.from <= t0 } else { act.to <= t0 };
            // A step that has fully come is part of the rest from here on.
            *rest += if over && act.to == i64::MAX { act.mg } else { 0.0 };
            !over
        });
        let settled = self.settling.step(load);
        let noise = self.board.step(rack, &mut self.rng);
        let fate: f64 = Uniform::new(0.0, 1.0).expect("a range").sample(&mut self.rng);
        let out = self.outages.iter().any(|outage| (outage.from_us..outage.to_us).contains(&t1));
        // Once in ten minutes nothing is heard for a while; one sample in a hundred repeats the last.
        if fate < 1e6 / 600e6 * (t1 - t0) as f64 / 1e6 {
            self.nothing_until = t1 + (fate * 1e9) as i64 % 1_500_000;
        }
        let weight_mg = match self.last_mg {
            _ if out || t1 < self.nothing_until => None,
            Some(last) if fate > 0.99 => Some(last),
            _ => Some((((settled + noise) / STEP_MG).round() * STEP_MG) as i64),
        };
        self.last_mg = weight_mg;
        let event_time = self.line.clock(EventTime(start + t1));
        ScaleSample { scale: self.id, event_time, received_at: event_time, weight_mg }
    }
}
