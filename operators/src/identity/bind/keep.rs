//! Keep: gives every step and every binding its time in the collections, and holds the stitcher to its contract.

use super::BindSettings;
use crate::flow::build::ByTick;
use crate::flow::{DataflowTime, Outbox};
use schemas::{Binding, Rebinding, Step, Stitched, StretchId, Tick, TrackId};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// A row of one of the two collections.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// Of the steps.
    Step(Step),
    /// Of the bindings.
    Binding(Binding),
}

/// What is known of a stretch.
#[derive(Debug)]
struct Held {
    /// How often each track is bound: one track, once, but in the midst of a change.
    tracks: BTreeMap<TrackId, i64>,
    /// Its first step.
    first: Option<Tick>,
    /// Its last step; before there is any, when it was bound.
    last: Tick,
}

/// The core: stretches and steps that are held.
#[derive(Debug)]
pub(super) struct Keep {
    settings: BindSettings,
    stretches: BTreeMap<StretchId, Held>,
    /// Stretches by when they are over.
    over: BTreeSet<(Tick, StretchId)>,
    /// Steps by tick and stretch.
    steps: BTreeMap<(Tick, StretchId), Step>,
}

impl Keep {
    /// Nothing is held yet.
    pub(super) fn new(settings: BindSettings) -> Self {
        Self { settings, stretches: BTreeMap::new(), over: BTreeSet::new(), steps: BTreeMap::new() }
    }

    /// When a step of `tick` is taken away.
    fn gone(&self, tick: Tick) -> Tick {
        Tick(tick.0 + self.settings.hold() + 1)
    }

    /// When a stretch whose last step was at `last` is taken away.
    fn over(&self, last: Tick) -> Tick {
        self.gone(Tick(last.0 + self.settings.silence))
    }

    /// Takes away what has had its time.
    fn retire(&mut self, now: Tick, give: &mut impl FnMut(Kept, isize)) {
        while let Some(first) = self.steps.first_entry()
            && first.key().0.0 + self.settings.hold() < now.0
        {
            give(Kept::Step(first.remove()), -1);
        }
        while let Some(&(tick, stretch)) = self.over.first()
            && tick <= now
        {
            self.over.pop_first();
            for (track, diff) in self.stretches.remove(&stretch).map(|held| held.tracks).unwrap_or_default() {
                give(Kept::Binding(Binding { stretch, track }), -(diff as isize));
            }
        }
    }

    fn rebind(&mut self, now: Tick, Binding { stretch, track }: Binding, diff: i64) {
        let over = self.over(now);
        let held = self.stretches.entry(stretch).or_insert_with(|| {
            assert!(diff > 0, "stitch let go of {track} for stretch {stretch} at {now:?}, which is unknown or over");
            self.over.insert((over, stretch));
            Held { tracks: BTreeMap::new(), first: None, last: now }
        });
        if let Some(first) = held.first {
            let until = first.0 + self.settings.hold();
            assert!(
                now.0 <= until,
                "stitch rebound stretch {stretch} at {now:?}: its first step, of {first:?}, was final after {until}"
            );
        }
        let count = held.tracks.entry(track).or_default();
        *count += diff;
        if *count == 0 {
            held.tracks.remove(&track);
        }
    }

    /// After a tick a stretch is bound to one track, or to none: then its steps are withdrawn, and if it has none it is forgotten.
    fn settle(&mut self, stretch: StretchId, now: Tick) {
        let Some(held) = self.stretches.get(&stretch) else { return };
        let counts: Vec<i64> = held.tracks.values().copied().collect();
        if counts.is_empty() && held.first.is_none() {
            let over = self.over(held.last);
            self.over.remove(&(over, stretch));
            self.stretches.remove(&stretch);
            return;
        }
        let tracks = &held.tracks;
        let once = counts.is_empty() || counts == [1];
        assert!(once, "stitch left stretch {stretch} at {now:?} bound to {tracks:?}, not to one track once");
    }

    fn step(&mut self, now: Tick, step: Step) {
        let Step { stretch, tick, .. } = step;
        assert!(tick <= now, "stitch gave a step of stretch {stretch} at {now:?} that is of {tick:?}, still to come");
        let late = now.0 - tick.0;
        let lag = self.settings.lag;
        assert!(
            late <= lag,
            "stitch gave a step of stretch {stretch} of {tick:?} {late} ticks late, where {lag} are allowed"
        );
        let Some(held) = self.stretches.get(&stretch) else {
            panic!("stitch gave a step of stretch {stretch} of {tick:?}, which is bound to no track or over")
        };
        let (was, last) = (held.last, if held.first.is_some() { held.last.max(tick) } else { tick });
        let (old, new) = (self.over(was), self.over(last));
        self.over.remove(&(old, stretch));
        self.over.insert((new, stretch));
        if let Some(held) = self.stretches.get_mut(&stretch) {
            held.first = Some(held.first.map_or(tick, |first| first.min(tick)));
            held.last = last;
        }
        let before = self.steps.insert((tick, stretch), step);
        assert!(before.is_none(), "stitch gave two steps of stretch {stretch} of {tick:?}");
    }
}

impl ByTick for Keep {
    type In = Stitched;
    type Out = (Kept, DataflowTime, isize);
    const NAME: &'static str = "Keep";

    fn route(row: &Stitched) -> u64 {
        match row {
            Stitched::Step(step) => step.stretch.0,
            Stitched::Rebind(rebinding) => rebinding.binding.stretch.0,
        }
    }

    fn close(&mut self, tick: Tick, batch: Vec<Stitched>, out: &mut Outbox<Self::Out>) -> Option<Tick> {
        let mut give = |kept, diff| out.give((kept, tick.0, diff));
        self.retire(tick, &mut give);
        let (mut steps, mut rebindings, mut touched) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for row in batch {
            match row {
                Stitched::Step(step) => steps.push(step),
                Stitched::Rebind(Rebinding { binding, diff }) => *rebindings.entry(binding).or_insert(0) += diff,
            }
        }
        // A stretch is bound before its first step, at the latest in the same tick; what comes and goes in one tick never was.
        for (binding, diff) in rebindings.into_iter().filter(|&(_, diff)| diff != 0) {
            touched.insert(binding.stretch);
            give(Kept::Binding(binding), diff as isize);
            self.rebind(tick, binding, diff);
        }
        for step in steps {
            touched.insert(step.stretch);
            give(Kept::Step(step.clone()), 1);
            self.step(tick, step);
        }
        for stretch in touched {
            self.settle(stretch, tick);
        }
        let steps = self.steps.first_key_value().map(|(&(tick, _), _)| self.gone(tick));
        steps.into_iter().chain(self.over.first().map(|&(tick, _)| tick)).min()
    }
}
