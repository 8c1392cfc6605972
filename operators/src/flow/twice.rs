//! Twice: one pure machine that is folded over ticks, run twice. The base runs where everything is final and says what is final; the
//! head runs as near to the frontier as rows come, says what is known now, and runs again from where a row changed.
//!
//! The machine knows nothing of corrections. What the head said of a tick is, once the tick is final, what the base says: both are the same
//! machine over the same rows. A change of mind costs at most the ticks between it and the frontier.

use schemas::Tick;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The head is copied once in so many ticks that it has seen: the fewer, the less it has to run again.
const COPY_TICKS: u64 = 16;

/// A machine: the same state and rows give the same answers.
pub trait Machine: Clone {
    /// What it hears.
    type Row: Ord + Clone;
    /// What it says.
    type Said: Clone + PartialEq;

    /// The next tick of which anything was heard, or that it asked for: its rows, sorted.
    fn step(&mut self, tick: Tick, rows: &[Self::Row], said: &mut Vec<Self::Said>);

    /// The next tick that it has to see even if nothing is heard of it; later than the last that it saw.
    fn wake(&self) -> Option<Tick> {
        None
    }
}

/// A machine and the last tick that it has seen.
#[derive(Clone, Debug)]
struct Run<M> {
    machine: M,
    tick: Option<Tick>,
}

/// A machine run twice.
#[derive(Debug)]
pub struct Twice<M: Machine> {
    /// What was heard of ticks that are not final, each row with how often.
    heard: BTreeMap<Tick, BTreeMap<M::Row, i64>>,
    base: Run<M>,
    head: Run<M>,
    /// The head as it was, by the last tick that it had seen.
    copies: BTreeMap<Tick, Arc<M>>,
    /// What the head has said of ticks that are not final.
    said: BTreeMap<Tick, Vec<M::Said>>,
    /// The first tick that the head has to see again.
    changed: Option<Tick>,
}

impl<M: Machine> Twice<M> {
    /// `machine` has heard nothing.
    pub fn new(machine: M) -> Self {
        let run = Run { machine, tick: None };
        let (base, head) = (run.clone(), run);
        Self { heard: BTreeMap::new(), base, head, copies: BTreeMap::new(), said: BTreeMap::new(), changed: None }
    }

    /// Whether nothing waits to become final.
    pub fn is_idle(&self) -> bool {
        self.heard.is_empty() && self.said.is_empty() && self.base.machine.wake().is_none()
    }

    /// Whether `tick` is final: nothing can be heard of it any more.
    pub fn is_final(&self, tick: Tick) -> bool {
        self.base.tick.is_some_and(|base| tick <= base)
    }

    /// A row of a tick that is not final came `diff` times, or went.
    pub fn hear(&mut self, tick: Tick, row: M::Row, diff: i64) {
        debug_assert!(!self.is_final(tick), "twice: a row of {tick:?} after it was final");
        let rows = self.heard.entry(tick).or_default();
        let count = rows.entry(row).or_insert(0);
        *count += diff;
        rows.retain(|_, count| *count != 0);
        self.changed = Some(self.changed.map_or(tick, |changed| changed.min(tick)));
    }

    fn rows(&self, tick: Tick) -> Vec<M::Row> {
        let rows = self.heard.get(&tick).into_iter().flatten();
        rows.filter(|&(_, &count)| count > 0).map(|(row, _)| row.clone()).collect()
    }

    /// The next tick that `run` has to see, `until` at the latest.
    fn next(&self, run: &Run<M>, until: Tick) -> Option<Tick> {
        let from = run.tick.map_or(Tick(0), |tick| Tick(tick.0 + 1));
        let heard = self.heard.range(from..).next().map(|(&tick, _)| tick);
        let asked = run.machine.wake().map(|tick| tick.max(from));
        heard.into_iter().chain(asked).min().filter(|&tick| tick <= until)
    }

    /// Runs the base to `until`, the last final tick; gives what it says, tick by tick.
    pub fn settle(&mut self, until: Tick) -> Vec<(Tick, Vec<M::Said>)> {
        let mut all = Vec::new();
        while let Some(tick) = self.next(&self.base, until) {
            let (rows, mut said) = (self.rows(tick), Vec::new());
            self.base.machine.step(tick, &rows, &mut said);
            self.base.tick = Some(tick);
            self.heard.remove(&tick);
            if !said.is_empty() {
                all.push((tick, said));
            }
        }
        self.base.tick = self.base.tick.max(Some(until));
        self.said = self.said.split_off(&Tick(until.0 + 1));
        all
    }

    /// Runs the head to `until`, again from before what has changed.
    pub fn look_ahead(&mut self, until: Tick) {
        if let Some(changed) = self.changed.take_if(|changed| self.head.tick.is_some_and(|tick| *changed <= tick)) {
            self.copies.split_off(&changed);
            self.said.split_off(&changed);
            let copy = self.copies.last_key_value().map(|(&tick, copy)| (Some(tick), copy.clone()));
            self.head = match copy.filter(|(tick, _)| *tick >= self.base.tick) {
                Some((tick, machine)) => Run { machine: (*machine).clone(), tick },
                None => self.base.clone(),
            };
            self.said.split_off(&Tick(self.head.tick.map_or(0, |tick| tick.0 + 1)));
        }
        self.changed = None;
        if self.head.tick < self.base.tick {
            self.head = self.base.clone();
        }
        let mut since = 0;
        while let Some(tick) = self.next(&self.head, until) {
            let (rows, mut said) = (self.rows(tick), Vec::new());
            self.head.machine.step(tick, &rows, &mut said);
            self.head.tick = Some(tick);
            if !said.is_empty() {
                self.said.insert(tick, said);
            }
            since += 1;
            if since % COPY_TICKS == 0 || tick.0 % COPY_TICKS == 0 {
                self.copies.insert(tick, Arc::new(self.head.machine.clone()));
            }
        }
        if let Some(base) = self.base.tick {
            self.copies = self.copies.split_off(&base);
        }
    }

    /// What the head says of ticks that are not final.
    pub fn said(&self) -> impl Iterator<Item = &M::Said> {
        self.said.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Says at every tick all that it ever heard, added up in an order that matters, and again three ticks after it last heard an odd row.
    #[derive(Clone, Debug)]
    struct Sum(i64, Option<Tick>);

    impl Machine for Sum {
        type Row = i64;
        type Said = (u64, i64);

        fn step(&mut self, tick: Tick, rows: &[i64], said: &mut Vec<(u64, i64)>) {
            self.0 = rows.iter().fold(self.0, |sum, row| (sum * 31 + row) % 1_000_003);
            said.push((tick.0, self.0));
            let odd = rows.iter().any(|row| row % 2 != 0);
            self.1 = if odd { Some(Tick(tick.0 + 3)) } else { self.1.filter(|wake| *wake > tick) };
        }

        fn wake(&self) -> Option<Tick> {
            self.1
        }
    }

    /// From scratch.
    fn slow(heard: &BTreeMap<Tick, BTreeMap<i64, i64>>, until: u64) -> Vec<(u64, i64)> {
        let (mut sum, mut said) = (Sum(0, None), Vec::new());
        for tick in (0..=until).map(Tick) {
            let rows = heard.get(&tick);
            if rows.is_none() && sum.1 != Some(tick) {
                continue;
            }
            let rows = rows.into_iter().flatten().filter(|(_, count)| **count > 0).map(|(&row, _)| row);
            sum.step(tick, &rows.collect::<Vec<_>>(), &mut said);
        }
        said
    }

    proptest! {
        /// At every tick final rows and the head's together are what a run from scratch says.
        #[test]
        fn what_is_known_is_a_run_from_scratch(
            told in proptest::collection::vec((0u64..12, -5i64..5, prop::bool::ANY), 1..150), lag in 0u64..4, hold in 4u64..14,
        ) {
            let (mut twice, mut all, mut certain) = (Twice::new(Sum(0, None)), BTreeMap::<Tick, BTreeMap<i64, i64>>::new(), Vec::new());
            for (now, (back, row, goes)) in (0u64..).zip(told) {
                let tick = Tick(now.saturating_sub(back.min(hold)));
                let there = all.get(&tick).and_then(|rows| rows.get(&row)).copied().unwrap_or(0);
                let diff = if goes && there > 0 { -1 } else { 1 };
                if !twice.is_final(tick) {
                    twice.hear(tick, row, diff);
                    *all.entry(tick).or_default().entry(row).or_insert(0) += diff;
                }
                if let Some(last) = now.checked_sub(hold) {
                    certain.extend(twice.settle(Tick(last)).into_iter().flat_map(|(_, said)| said));
                }
                if let Some(until) = now.checked_sub(lag) {
                    twice.look_ahead(Tick(until));
                    let known: Vec<_> = certain.iter().chain(twice.said()).copied().collect();
                    prop_assert_eq!(known, slow(&all, until));
                }
            }
        }
    }
}
