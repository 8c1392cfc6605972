//! Patch: the front of one slot as one camera sees it, glance by glance.
//!
//! It is steady, and what is seen follows the light slowly. A glance that differs from what is steady begins a run; when a run has looked the same for
//! `settle_ms`, with nobody before it, the front has changed. While it is covered nothing is known. Where somebody may be before it whom
//! nobody noticed it is waited until they are gone, or it has looked so for `adopt_ms`: then it is steady, and nothing is told.

use super::settings::SeeSettings;
use schemas::EventTime;

/// Steady looks are kept in so many steps a level, and follow what is seen by one step for each so many steps of difference.
const STEPS: i32 = 16;
const FOLLOW: i32 = 16;
/// Glances a run has at least.
const GLANCES_MIN: u32 = 3;
/// So many earlier looks are remembered.
const LOOKS_MAX: usize = 4;

/// A front that changed, as one camera saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The last glance that showed it as before.
    pub from: EventTime,
    /// The first that showed it as after.
    pub until: EventTime,
    /// Cells that look different.
    pub cells: u32,
    /// Whether it looks as it did before an earlier change.
    pub again: bool,
}

/// The state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    /// What is steady, in steps; empty before anything is.
    steady: Vec<i32>,
    /// When it was last seen so.
    last: EventTime,
    /// Whether anybody was before it since then.
    covered: bool,
    run: Option<Run>,
    /// What was steady before, the latest last.
    before: Vec<Vec<i32>>,
}

#[derive(Clone, Debug)]
struct Run {
    since: EventTime,
    count: u32,
    /// Sums of levels.
    sums: Vec<i32>,
}

impl Run {
    fn steps(&self) -> Vec<i32> {
        self.sums.iter().map(|sum| STEPS * sum / self.count as i32).collect()
    }
}

impl Patch {
    /// Somebody is before it.
    pub fn cover(&mut self) {
        (self.run, self.covered) = (None, true);
    }

    /// It is seen, red, green and blue of each cell; gives whether it looks different, and did the last time.
    pub fn see(&mut self, at: EventTime, look: &[u8], settings: &SeeSettings) -> bool {
        let steps: Vec<i32> = look.iter().map(|level| STEPS * i32::from(*level)).collect();
        let known = self.steady.len() == steps.len();
        if known && is_same(&self.steady, &steps, settings) {
            self.steady.iter_mut().zip(&steps).for_each(|(steady, now)| *steady += (now - *steady) / FOLLOW);
            (self.last, self.covered, self.run) = (at, false, None);
            return false;
        }
        match &mut self.run {
            Some(run) if run.sums.len() == steps.len() && is_same(&run.steps(), &steps, settings) => {
                run.count += 1;
                run.sums.iter_mut().zip(look).for_each(|(sum, level)| *sum += i32::from(*level));
            }
            run => *run = Some(Run { since: at, count: 1, sums: look.iter().map(|level| i32::from(*level)).collect() }),
        }
        known && self.run.as_ref().is_some_and(|run| run.count > 1)
    }

    /// After it was seen at `at`: gives a change once it is one. `crowded`: somebody may be there whom nobody noticed.
    pub fn settle(&mut self, at: EventTime, crowded: bool, settings: &SeeSettings) -> Option<Seen> {
        let run = self.run.as_ref()?;
        let after = run.steps();
        // The first look, or another size of picture, is no change.
        let known = self.steady.len() == after.len();
        let cells = if known { differing(&self.steady, &after, settings) } else { 0 };
        let hidden = known && (crowded || 1000 * cells > settings.share_permille * (after.len() / 3) as u32);
        let settle_ms = match (hidden, self.covered || !known) {
            (true, _) => settings.adopt_ms,
            (_, true) => settings.settle_ms,
            (_, false) => settings.settle_ms.max(settings.settle_alone_ms),
        };
        if run.count < GLANCES_MIN || at.since_us(run.since) < i64::from(settle_ms) * 1000 {
            return None;
        }
        let (from, until) = (self.last, run.since);
        (self.last, self.covered, self.run) = (at, false, None);
        let before = std::mem::replace(&mut self.steady, after);
        if !known {
            self.before.clear();
            return None;
        }
        let again = self.before.iter().any(|look| is_same(look, &self.steady, settings));
        self.before.push(before);
        if self.before.len() > LOOKS_MAX {
            self.before.remove(0);
        }
        (!hidden).then_some(Seen { from, until, cells, again })
    }
}

/// How many cells look different.
fn differing(a: &[i32], b: &[i32], settings: &SeeSettings) -> u32 {
    let differs =
        |(a, b): &(&[i32], &[i32])| a.iter().zip(*b).any(|(a, b)| (a - b).abs() > STEPS * settings.cell_levels as i32);
    a.chunks(3).zip(b.chunks(3)).filter(differs).count() as u32
}

fn is_same(a: &[i32], b: &[i32], settings: &SeeSettings) -> bool {
    differing(a, b, settings) < settings.cells_min
}
