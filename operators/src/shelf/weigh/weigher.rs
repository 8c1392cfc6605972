//! One scale: samples in, steps out.
//!
//! The scale is either at rest or moving. At rest its weight is the mean of the last samples (the last `guard_ms` left out), so that
//! slow drift is followed and never told. A sample further from it than noise reaches begins a movement, and the weight before is kept.
//! The movement ends with a run of samples within noise of their own mean: `steady_ms` of it end it at once; `settled_ms` are
//! enough where the next movement breaks the run (two takes a second apart), unless the run was heavier and the break goes
//! down again: that is a hand that pressed and let go. The change is the difference of the two means.
//!
//! A scale with so much noise that a change of `unnoticed_mg` would be taken for it is weighed over times [`SLOW`](super::window::SLOW) times as long, by what means of that
//! length differ when nothing happens. That is decided when a movement begins, and holds until it ends.
//!
//! Decisions compare means of whole windows, not single samples, as in two-window change-point tests (Basseville and Nikiforov, 1993, 2.1); the
//! interval comes from single samples: see [`Weigher::tell`].

use super::noise::Noise;
use super::settings::WeighSettings;
use super::window::{Limits, SAMPLES_MIN, Sample, Window, sigma_mg};
use schemas::{EventTime, ScaleId, WeightStep};
use std::collections::{VecDeque, vec_deque};

/// No scale in a shop carries more, mg: more, either way, is no number.
pub(super) const WEIGHT_MAX_MG: i64 = 10_000_000_000;
/// Closer to the weight before than this share of the change is as before.
const NEAR: f64 = 0.2;
/// A change is one from so many standard deviations on.
const SIGNIFICANT: f64 = 6.0;

/// One scale.
#[derive(Clone, Debug)]
pub struct Weigher {
    scale: ScaleId,
    /// For the usual times, and for the long ones.
    limits: [Limits; 2],
    /// The last samples, oldest first.
    recent: VecDeque<Sample>,
    phase: Phase,
    /// Of means of the usual length, and of the long one.
    noise: [Noise; 2],
}

#[derive(Clone, Debug)]
enum Phase {
    /// Nothing moves.
    Rest { since: i64 },
    /// Something does, or nothing is known yet.
    Moving(Moving),
}

/// A movement so far.
#[derive(Clone, Debug)]
struct Moving {
    /// Whether it is weighed over long times.
    slow: bool,
    /// What was there before; none at the very beginning.
    before: Option<Window>,
    began: i64,
    /// The last sample before it.
    rested: i64,
    /// Samples of the movement, and by how much they were heavier than before, together.
    samples: i64,
    heavier_mg: f64,
    /// What is within noise.
    band: f64,
    widened: i64,
    /// Where samples began to stay together.
    run: Option<i64>,
}

impl Weigher {
    /// Nothing is known of `scale`.
    pub fn new(scale: ScaleId, settings: &WeighSettings) -> Self {
        let limits = Limits::new(settings);
        let slow = limits.slow();
        let noise = [&limits, &slow].map(|limits| Noise::new(limits.steady, limits.noise));
        let limits = [limits, slow];
        Self { scale, limits, recent: VecDeque::new(), phase: Phase::Moving(Moving::unknown(i64::MIN)), noise }
    }

    /// Standard deviation of this scale's single samples, as far as it is known.
    pub fn noise_mg(&self) -> f64 {
        self.noise[0].spread_mg()
    }

    /// Whether this scale's noise hides so much that it is weighed over long times.
    fn slow(&self) -> bool {
        let [usual, long] = &self.noise;
        long.known() && self.limits[0].far(usual.shift_mg()) > self.limits[0].unnoticed
    }

    /// What limits movements, and by how much means differ, over long times or the usual ones.
    fn by(&self, slow: bool) -> (&Limits, f64) {
        let i = usize::from(slow);
        (&self.limits[i], self.noise[i].shift_mg())
    }

    /// The last samples from `low` to `high`.
    fn between(&self, low: i64, high: i64) -> vec_deque::Iter<'_, Sample> {
        let first = self.recent.partition_point(|s| s.at < low);
        let end = self.recent.partition_point(|s| s.at <= high);
        self.recent.range(first..end.max(first))
    }

    /// Takes the next sample. One that is no number, or not later than the last, says nothing; nor does one of more than some 300 a
    /// second.
    pub fn push(&mut self, at: EventTime, weight_mg: Option<i64>) -> Option<WeightStep> {
        let mg = weight_mg.filter(|mg| mg.abs() <= WEIGHT_MAX_MG)?;
        let sample = Sample { at: at.0, mg };
        if self.recent.back().is_some_and(|last| sample.at - last.at < self.limits[0].spacing()) {
            return None;
        }
        let oldest = sample.at - self.limits[0].memory;
        while self.recent.len() > SAMPLES_MIN && self.recent.front().is_some_and(|s| s.at < oldest) {
            self.recent.pop_front();
        }
        let told = match &self.phase {
            Phase::Rest { since } => {
                let since = *since;
                self.watch(sample, since);
                None
            }
            Phase::Moving(_) => {
                let told = self.follow(sample);
                // What broke a run may begin a movement of its own.
                if let Phase::Rest { since } = self.phase {
                    self.watch(sample, since);
                }
                told
            }
        };
        self.recent.push_back(sample);
        self.noise.iter_mut().for_each(|noise| noise.hear(sample.at, sample.mg));
        told
    }

    /// The weight now, at rest since `since`; what the last `guard_ms` say does not count, but for what is younger than that the
    /// first half does.
    fn rest(&self, at: i64, since: i64, limits: &Limits) -> Option<Window> {
        let high = (at - limits.guard).max(since + (at - since) / 2);
        let low = since.max(high - limits.before);
        // A slow scale has too few samples in that time: then its last ones.
        Window::of(self.between(low, high)).or_else(|| {
            let own = self.between(since, i64::MAX).count().min(SAMPLES_MIN);
            Window::of(self.recent.range(self.recent.len() - own..))
        })
    }

    /// At rest: whether something begins to move.
    fn watch(&mut self, sample: Sample, since: i64) {
        let slow = self.slow();
        let (limits, shift) = self.by(slow);
        let Some(before) = self.rest(sample.at, since, limits) else { return };
        let band = limits.band(self.noise_mg().max(before.spread));
        let mut rested = self.recent.back().map_or(sample.at, |last| last.at);
        if (sample.mg as f64 - before.mean).abs() <= band {
            // Where single samples say nothing, a mean may.
            let low = (sample.at - limits.settled).max(before.until + 1);
            let late = Window::of(self.between(low, i64::MAX).chain([&sample]));
            let far = limits.far(shift);
            let known = self.noise[0].known();
            let Some(late) = late.filter(|late| known && (late.mean - before.mean).abs() > far) else {
                return;
            };
            rested = late.from;
        }
        let mut moving = Moving::unknown(sample.at);
        (moving.before, moving.rested, moving.band, moving.slow) = (Some(before), rested, band, slow);
        moving.feel(sample);
        self.phase = Phase::Moving(moving);
    }

    /// Moving: whether it is over.
    fn follow(&mut self, sample: Sample) -> Option<WeightStep> {
        let spread = self.noise_mg();
        let Phase::Moving(moving) = &mut self.phase else { return None };
        let limits = &self.limits[usize::from(moving.slow)];
        if moving.before.is_none() {
            moving.band = moving.band.max(limits.band(spread));
        }
        moving.began = if moving.began == i64::MIN { sample.at } else { moving.began };
        moving.widened = moving.widened.max(moving.began);
        moving.feel(sample);
        if let Some(run) = moving.run {
            let first = self.recent.partition_point(|s| s.at < run);
            let window = Window::of(self.recent.range(first..))?;
            let off = sample.mg as f64 - window.mean;
            if off.abs() > moving.band {
                moving.run = None;
                let heavier = moving.before.is_some_and(|before| window.mean > before.mean + moving.band);
                let released = heavier && off < 0.0;
                // The end of a broken run is the beginning of what breaks it.
                return if released { None } else { self.tell(run, window.until - (window.until - run) / 4) };
            }
            return if sample.at - run < limits.steady { None } else { self.tell(run, sample.at) };
        }
        // The longest run up to here within noise of the mean of its last part.
        let band = moving.band;
        let began = moving.began;
        let own = self.recent.iter().chain([&sample]).rev().take_while(|s| s.at >= began);
        let late = sample.at - limits.settled;
        let last = own.clone().enumerate().take_while(|(i, s)| s.at >= late || *i < SAMPLES_MIN).map(|(_, s)| s);
        let level = Window::of(last)?.mean;
        let early = sample.at - limits.steady;
        let run = own.enumerate().take_while(|(i, s)| s.at >= early || *i < SAMPLES_MIN).map(|(_, s)| s);
        let together = run.take_while(|s| (s.mg as f64 - level).abs() <= band);
        let (count, first) = together.fold((0, sample.at), |(count, _), s| (count + 1, s.at));
        if count >= SAMPLES_MIN && sample.at - first >= limits.settled {
            moving.run = Some(first);
        } else if sample.at - moving.widened >= limits.restless {
            moving.widened = sample.at;
            moving.band *= 1.5;
        }
        None
    }

    /// The movement is over; the run from `run` to `until` is what came of it: a step, a touch, or nothing worth telling.
    ///
    /// The interval is as tight as physics allows: what goes is there until the last sample that is not lighter than before (a hand only
    /// adds weight), what comes is not there before the last sample that is not heavier; either way it is done when the run begins.
    fn tell(&mut self, run: i64, until: i64) -> Option<WeightStep> {
        let Phase::Moving(moving) = &self.phase else { return None };
        let moving = moving.clone();
        self.phase = Phase::Rest { since: run };
        let before = moving.before?;
        let settled = run + (until - run) / 4;
        let after = Window::of(self.between(settled, until)).or_else(|| Window::of(self.between(run, i64::MAX)))?;
        let change = after.mean - before.mean;
        let (limits, shift) = self.by(moving.slow);
        let sigma = sigma_mg(&before, &after, run - before.until, (self.noise_mg(), shift), limits);
        let sigma_mg = sigma.ceil().clamp(1.0, 4e9) as u32;
        let is_step = change.abs() >= limits.step.max(SIGNIFICANT * sigma);
        // Footsteps shake a rack to and fro; a hand leans on it.
        if !is_step && moving.heavier_mg.abs() < limits.touch * moving.samples as f64 {
            return None;
        }
        let (last, change_mg) = match is_step {
            true => (self.last_before(&moving, &before, change), change.round() as i64),
            false => (moving.rested, 0),
        };
        let from = if last < run { last } else { moving.rested.min(run - 1) } - limits.lag;
        Some(WeightStep { scale: self.scale, from: EventTime(from), until: EventTime(run), change_mg, sigma_mg })
    }

    /// The last sample of the movement that was as before, or heavier than that where the scale became lighter; the last one at
    /// rest where that is too long ago to be remembered. Where single samples cannot tell, any of the mean that could have told.
    fn last_before(&self, moving: &Moving, before: &Window, change: f64) -> i64 {
        if change.abs() <= 2.0 * moving.band {
            let settled = self.by(moving.slow).0.settled;
            return moving.rested.min((moving.began - settled).max(before.until + 1));
        }
        let (sign, near) = (change.signum(), moving.band.min(NEAR * change.abs()));
        let as_before = |s: &&Sample| s.at >= moving.rested && (s.mg as f64 - before.mean) * sign <= near;
        self.recent.iter().rev().find(as_before).map_or(moving.rested, |s| s.at)
    }
}

impl Moving {
    /// Nothing is known before `began`.
    fn unknown(began: i64) -> Self {
        let (slow, before, run, band, samples, heavier_mg) = (false, None, None, 0.0, 0, 0.0);
        Self { slow, before, began, rested: began, samples, heavier_mg, band, widened: began, run }
    }

    fn feel(&mut self, sample: Sample) {
        let Some(before) = self.before else { return };
        let off = sample.mg as f64 - before.mean;
        // Until samples stay together: what comes then is not the movement any more.
        if self.run.is_none() {
            (self.samples, self.heavier_mg) = (self.samples + 1, self.heavier_mg + off);
        }
    }
}
