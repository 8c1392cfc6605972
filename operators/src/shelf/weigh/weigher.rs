//! One scale: samples in, steps out.
//!
//! The scale is either at rest or moving. At rest its weight is the mean of the last samples (the last `guard_ms` left out), so that
//! slow drift is followed and never told. A sample further from it than noise reaches begins a movement, and the weight before is kept.
//! The movement ends with a run of samples within noise of their own mean: `steady_ms` of it end it at once; `settled_ms` are
//! enough where the next movement breaks the run (two takes a second apart), unless the run was heavier and the break goes
//! down again: that is a hand that pressed and let go. The change is the difference of the two means.
//!
//! Decisions compare means of whole windows, not single samples, as in two-window change-point tests (Basseville and Nikiforov, 1993, 2.1); the
//! interval comes from single samples: see [`Weigher::tell`].

use super::noise::Noise;
use super::settings::WeighSettings;
use super::window::{Limits, SAMPLES_MIN, Sample, Window, sigma_mg};
use schemas::{EventTime, ScaleId, WeightStep};
use std::collections::VecDeque;

/// No scale in a shop carries more, mg: more, either way, is no number.
pub(super) const WEIGHT_MAX_MG: i64 = 10_000_000_000;
/// Closer to the weight before than this share of the change is as before.
const NEAR: f64 = 0.2;
/// A change is one from so many standard deviations on.
const SIGNIFICANT: f64 = 6.0;
/// A mean of `settled_ms` differs from the one before by so many times the usual shift, at most, for the same reason.
const SHIFTS: f64 = 1.5;

/// One scale.
#[derive(Clone, Debug)]
pub struct Weigher {
    scale: ScaleId,
    limits: Limits,
    /// The last samples, oldest first.
    recent: VecDeque<Sample>,
    phase: Phase,
    noise: Noise,
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
        let noise = Noise::new(limits.steady, limits.noise);
        Self { scale, limits, recent: VecDeque::new(), phase: Phase::Moving(Moving::unknown(i64::MIN)), noise }
    }

    /// Standard deviation of this scale's single samples, as far as it is known.
    pub fn noise_mg(&self) -> f64 {
        self.noise.spread_mg()
    }

    /// Takes the next sample. One that is no number, or not later than the last, says nothing; nor does one of more than some 300 a
    /// second.
    pub fn push(&mut self, at: EventTime, weight_mg: Option<i64>) -> Option<WeightStep> {
        let mg = weight_mg.filter(|mg| mg.abs() <= WEIGHT_MAX_MG)?;
        let sample = Sample { at: at.0, mg };
        if self.recent.back().is_some_and(|last| sample.at - last.at < self.limits.spacing()) {
            return None;
        }
        let oldest = sample.at - self.limits.memory();
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
        self.noise.hear(sample.at, sample.mg);
        told
    }

    /// The weight now, at rest since `since`; what the last `guard_ms` say does not count, but for what is younger than that the
    /// first half does.
    fn rest(&self, at: i64, since: i64) -> Option<Window> {
        let high = (at - self.limits.guard).max(since + (at - since) / 2);
        let low = since.max(high - self.limits.before);
        // A slow scale has too few samples in that time: then its last ones.
        let within = |s: &&Sample| (low..=high).contains(&s.at);
        let all = Window::of(self.recent.iter().filter(within));
        all.or_else(|| {
            let own = self.recent.iter().filter(|s| s.at >= since).count();
            Window::of(self.recent.iter().skip(self.recent.len() - own.min(SAMPLES_MIN)))
        })
    }

    /// At rest: whether something begins to move.
    fn watch(&mut self, sample: Sample, since: i64) {
        let Some(before) = self.rest(sample.at, since) else { return };
        let band = self.limits.band(self.noise.spread_mg().max(before.spread));
        let mut rested = self.recent.back().map_or(sample.at, |last| last.at);
        if (sample.mg as f64 - before.mean).abs() <= band {
            // Where single samples say nothing, a mean may.
            let low = (sample.at - self.limits.settled).max(before.until + 1);
            let late = Window::of(self.recent.iter().chain([&sample]).filter(|s| s.at >= low));
            let far = self.limits.band(SHIFTS * self.noise.shift_mg());
            let Some(late) = late.filter(|late| self.noise.known() && (late.mean - before.mean).abs() > far) else {
                return;
            };
            rested = late.from;
        }
        let mut moving = Moving::unknown(sample.at);
        (moving.before, moving.rested, moving.band) = (Some(before), rested, band);
        moving.feel(sample);
        self.phase = Phase::Moving(moving);
    }

    /// Moving: whether it is over.
    fn follow(&mut self, sample: Sample) -> Option<WeightStep> {
        let Phase::Moving(moving) = &mut self.phase else { return None };
        if moving.before.is_none() {
            moving.band = moving.band.max(self.limits.band(self.noise.spread_mg()));
        }
        moving.began = if moving.began == i64::MIN { sample.at } else { moving.began };
        moving.widened = moving.widened.max(moving.began);
        moving.feel(sample);
        if let Some(run) = moving.run {
            let window = Window::of(self.recent.iter().filter(|s| s.at >= run))?;
            let off = sample.mg as f64 - window.mean;
            if off.abs() > moving.band {
                moving.run = None;
                let heavier = moving.before.is_some_and(|before| window.mean > before.mean + moving.band);
                let released = heavier && off < 0.0;
                // The end of a broken run is the beginning of what breaks it.
                return if released { None } else { self.tell(run, window.until - (window.until - run) / 4) };
            }
            return if sample.at - run < self.limits.steady { None } else { self.tell(run, sample.at) };
        }
        // The longest run up to here within noise of the mean of its last part.
        let band = moving.band;
        let began = moving.began;
        let own = self.recent.iter().chain([&sample]).rev().take_while(|s| s.at >= began);
        let late = sample.at - self.limits.settled;
        let last = own.clone().enumerate().take_while(|(i, s)| s.at >= late || *i < SAMPLES_MIN).map(|(_, s)| s);
        let level = Window::of(last)?.mean;
        let early = sample.at - self.limits.steady;
        let run = own.enumerate().take_while(|(i, s)| s.at >= early || *i < SAMPLES_MIN).map(|(_, s)| s);
        let together = run.take_while(|s| (s.mg as f64 - level).abs() <= band);
        let (count, first) = together.fold((0, sample.at), |(count, _), s| (count + 1, s.at));
        if count >= SAMPLES_MIN && sample.at - first >= self.limits.settled {
            moving.run = Some(first);
        } else if sample.at - moving.widened >= self.limits.restless {
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
        let after = Window::of(self.recent.iter().filter(|s| (settled..=until).contains(&s.at)));
        let after = after.or_else(|| Window::of(self.recent.iter().filter(|s| s.at >= run)))?;
        let change = after.mean - before.mean;
        let noise = (self.noise.spread_mg(), self.noise.shift_mg());
        let sigma = sigma_mg(&before, &after, run - before.until, noise, &self.limits);
        let sigma_mg = sigma.ceil().clamp(1.0, 4e9) as u32;
        let is_step = change.abs() >= self.limits.step.max(SIGNIFICANT * sigma);
        // Footsteps shake a rack to and fro; a hand leans on it.
        if !is_step && moving.heavier_mg.abs() < self.limits.touch * moving.samples as f64 {
            return None;
        }
        let (last, change_mg) = match is_step {
            true => (self.last_before(&moving, &before, change), change.round() as i64),
            false => (moving.rested, 0),
        };
        // A step within noise of single samples has no last sample of before: then it came at any time of the movement.
        let from = if last < run { last } else { moving.rested.min(run - 1) } - self.limits.lag;
        Some(WeightStep { scale: self.scale, from: EventTime(from), until: EventTime(run), change_mg, sigma_mg })
    }

    /// The last sample of the movement that was as before, or heavier than that where the scale became lighter; the last one at
    /// rest where that is too long ago to be remembered.
    fn last_before(&self, moving: &Moving, before: &Window, change: f64) -> i64 {
        let (sign, near) = (change.signum(), moving.band.min(NEAR * change.abs()));
        let as_before = |s: &&Sample| s.at >= moving.rested && (s.mg as f64 - before.mean) * sign <= near;
        self.recent.iter().rev().find(as_before).map_or(moving.rested, |s| s.at)
    }
}

impl Moving {
    /// Nothing is known before `began`.
    fn unknown(began: i64) -> Self {
        let (before, run, band, samples, heavier_mg) = (None, None, 0.0, 0, 0.0);
        Self { before, began, rested: began, samples, heavier_mg, band, widened: began, run }
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
