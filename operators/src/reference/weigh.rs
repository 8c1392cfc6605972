//! The slow twin of weigh: the whole series of one scale at once. Every window is cut anew out of all samples by its times, noise
//! is learned anew from all of them at every movement, and movements are found one after the other by looking ahead.

use crate::shelf::weigh::{Limits, MAD_TO_SIGMA, Sample, WeighSettings, Window, sigma_mg};
use schemas::{EventTime, ScaleId, WeightStep};

/// Steps of a scale, each with the time of the sample at which it is told. `samples` in order of time.
pub fn slow_steps(
    scale: ScaleId,
    samples: &[(EventTime, Option<i64>)],
    settings: &WeighSettings,
) -> Vec<(EventTime, WeightStep)> {
    let limits = Limits::new(settings);
    let mut heard: Vec<Sample> = Vec::new();
    for (at, weight) in samples {
        let sample = weight.filter(|mg| mg.abs() <= 10_000_000_000).map(|mg| Sample { at: at.0, mg });
        heard.extend(sample.filter(|s| heard.last().is_none_or(|last| s.at - last.at >= limits.spacing())));
    }
    let slow = limits.slow();
    let slow = Slow { scale, limits: [limits, slow], heard };
    let mut told = Vec::new();
    let mut next = slow.ends(0, None);
    while let Some((over, run, step)) = next {
        told.extend(step.map(|step| (EventTime(slow.heard[over].at), step)));
        let begun = (over..slow.heard.len()).find_map(|k| Some((k, slow.begins(k, run)?)));
        next = begun.and_then(|(k, begun)| slow.ends(k, Some(begun)));
    }
    told
}

struct Slow {
    scale: ScaleId,
    /// For the usual times, and for the long ones.
    limits: [Limits; 2],
    heard: Vec<Sample>,
}

/// How a movement begins.
#[derive(Clone, Copy)]
struct Begun {
    /// The weight before.
    before: Window,
    band: f64,
    /// Its first sample, and the last one at rest.
    at: i64,
    rested: i64,
    /// Which times it is weighed over.
    by: usize,
}

impl Slow {
    /// The samples before `k` from `from` to `until`, as far back as anything is remembered then.
    fn window(&self, k: usize, from: i64, until: i64) -> Option<Window> {
        Window::of(self.remembered(k).filter(|s| (from..=until).contains(&s.at)))
    }

    fn remembered(&self, k: usize) -> impl DoubleEndedIterator<Item = &Sample> + Clone {
        let oldest = self.heard[k].at - self.limits[0].memory;
        let first = self.heard[..k].partition_point(|s| s.at < oldest).min(k.saturating_sub(3));
        self.heard[first..k].iter()
    }

    /// Spread of samples and shift of means, as far as the samples before `k` tell, and whether they tell enough; of blocks of the usual
    /// length or of the long one.
    fn noise(&self, k: usize, by: usize) -> (f64, f64, bool) {
        let steady = self.limits[by].steady;
        let (mut blocks, mut open): (Vec<Vec<Sample>>, Vec<Sample>) = (Vec::new(), Vec::new());
        for &sample in &self.heard[..k] {
            if open.first().is_some_and(|first| sample.at - first.at >= steady) {
                blocks.push(std::mem::take(&mut open));
            }
            open.push(sample);
        }
        let (mut spreads, mut shifts, mut run) = (Vec::new(), Vec::new(), Vec::new());
        for (i, block) in blocks.iter().enumerate() {
            let off = block.iter().map(|s| s.mg - block[0].mg).sum::<i64>() as f64 / block.len() as f64;
            let mean = block[0].mg as f64 + off;
            spreads.extend(Window::of(block.iter()).map(|window| window.spread));
            run.push(mean);
            if let [.., first, _, last] = run[..] {
                shifts.push((last - first).abs());
            }
            let next = blocks.get(i + 1).map_or(open.first(), |next| next.first());
            if next.is_some_and(|next| next.at - block[0].at > 10 * steady) {
                run.clear();
            }
        }
        let known = shifts.len() >= 8;
        let middle = |mut all: Vec<f64>| {
            let mut last = all.split_off(all.len().saturating_sub(101));
            last.sort_by(f64::total_cmp);
            (last.len() >= 8).then(|| last[last.len() / 2])
        };
        let floor = self.limits[0].noise;
        let spread = middle(spreads).map_or(floor, |spread| spread.max(floor));
        let shift = middle(shifts).map_or(floor, |shift| (MAD_TO_SIGMA * shift).max(floor / 2.0));
        (spread, shift, known)
    }

    /// Whether sample `k` begins a movement, at rest since `since`.
    fn begins(&self, k: usize, since: i64) -> Option<Begun> {
        let (spread, usual, known) = self.noise(k, 0);
        let (_, long, long_known) = self.noise(k, 1);
        let slow = long_known && self.limits[0].band(1.5 * usual) > self.limits[0].unnoticed;
        let (by, shift) = if slow { (1, long) } else { (0, usual) };
        let (l, at, mg) = (&self.limits[by], self.heard[k].at, self.heard[k].mg as f64);
        let high = (at - l.guard).max(since + (at - since) / 2);
        let own = self.remembered(k).filter(|s| s.at >= since).count().min(3);
        let before = self.window(k, since.max(high - l.before), high);
        let before = before.or_else(|| Window::of(self.heard[k - own..k].iter()))?;
        let band = l.band(spread.max(before.spread));
        if (mg - before.mean).abs() > band {
            return Some(Begun { before, band, at, rested: self.heard[k - 1].at, by });
        }
        let low = (at - l.settled).max(before.until + 1);
        let late = Window::of(self.heard[..=k].iter().filter(|s| s.at >= low))?;
        let far = known && (late.mean - before.mean).abs() > l.band(1.5 * shift);
        far.then_some(Begun { before, band, at, rested: late.from, by })
    }

    /// Where the movement that begins with sample `begin` ends: at which sample, since when it has been at rest, and what came of it.
    fn ends(&self, begin: usize, begun: Option<Begun>) -> Option<(usize, i64, Option<WeightStep>)> {
        let (l, before) = (&self.limits[begun.map_or(0, |begun| begun.by)], begun.map(|begun| begun.before.mean));
        let mut band = begun.map_or(0.0, |begun| begun.band);
        let (mut widened, mut run) = (self.heard.get(begin)?.at, None);
        let mut offs: Vec<f64> = before.map(|before| self.heard[begin].mg as f64 - before).into_iter().collect();
        for k in begin + offs.len()..self.heard.len() {
            let sample = self.heard[k];
            if before.is_none() {
                band = band.max(l.band(self.noise(k, 0).0));
            }
            if let Some(from) = run {
                let window = self.window(k, from, i64::MAX)?;
                let off = sample.mg as f64 - window.mean;
                let mut until = (sample.at - from >= l.steady).then_some(sample.at);
                if off.abs() > band {
                    run = None;
                    let released = off < 0.0 && before.is_some_and(|before| window.mean > before + band);
                    until = (!released).then_some(window.until - (window.until - from) / 4);
                }
                if let Some(until) = until {
                    return Some((k, from, self.tell(k, (from, until), begun, band, &offs)));
                }
                continue;
            }
            offs.extend(before.map(|before| sample.mg as f64 - before));
            let start = |within: i64| {
                let late = self.heard[..=k].partition_point(|s| s.at < sample.at - within);
                late.min((k + 1).saturating_sub(3)).max(begin)
            };
            let Some(level) = Window::of(self.heard[start(l.settled)..=k].iter()) else { continue };
            let low = start(l.steady);
            let far = |&i: &usize| (self.heard[i].mg as f64 - level.mean).abs() > band;
            let first = (low..=k).rev().find(far).map_or(low, |i| i + 1);
            if k + 1 >= first + 3 && sample.at - self.heard[first].at >= l.settled {
                run = Some(self.heard[first].at);
            } else if sample.at - widened >= l.restless {
                widened = sample.at;
                band *= 1.5;
            }
        }
        None
    }

    /// What came of a movement, told at sample `k`: `offs` are its samples less the weight before, but for those of runs.
    fn tell(
        &self,
        k: usize,
        (run, until): (i64, i64),
        begun: Option<Begun>,
        band: f64,
        offs: &[f64],
    ) -> Option<WeightStep> {
        let Begun { before, at: began, rested, by, .. } = begun?;
        let l = &self.limits[by];
        let after = self.window(k, run + (until - run) / 4, until).or_else(|| self.window(k, run, i64::MAX))?;
        let change = after.mean - before.mean;
        let (spread, shift) = (self.noise(k, 0).0, self.noise(k, by).1);
        let sigma = sigma_mg(&before, &after, run - before.until, (spread, shift), l);
        let is_step = change.abs() >= l.step.max(6.0 * sigma);
        if !is_step && offs.iter().sum::<f64>().abs() < l.touch * offs.len() as f64 {
            return None;
        }
        let near = band.min(0.2 * change.abs());
        let as_before = |s: &&Sample| s.at >= rested && (s.mg as f64 - before.mean) * change.signum() <= near;
        let last = match is_step {
            true if change.abs() <= 2.0 * band => rested.min((began - l.settled).max(before.until + 1)),
            true => self.remembered(k).rev().find(as_before).map_or(rested, |s| s.at),
            false => rested,
        };
        let from = if last < run { last } else { rested.min(run - 1) } - l.lag;
        let change_mg = if is_step { change.round() as i64 } else { 0 };
        let sigma_mg = sigma.ceil().clamp(1.0, 4e9) as u32;
        Some(WeightStep { scale: self.scale, from: EventTime(from), until: EventTime(run), change_mg, sigma_mg })
    }
}
