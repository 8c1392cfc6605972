//! The lag between two cameras: by how much one's clock is ahead of the other's.

/// Lags are tried in steps of so much, in microseconds.
const STEP_US: i64 = 50_000;
/// Further apart than this it is somebody else, in millimetres.
const NEAR_MM: f64 = 700.0;
/// Nobody is carried on over a longer hole between frames, in microseconds.
const HOLE_US: i64 = 400_000;
/// At most so many frames are asked, spread over all.
const FRAMES_MAX: usize = 6_000;
/// Heads that must lie near one of the other camera's.
const HEADS_MIN: f64 = 100.0;
/// By how much the best lag must be better than the worst, relative to it.
const DEPTH_MIN: f64 = 0.03;

/// Where one camera saw heads, by time.
#[derive(Clone, Debug, Default)]
pub struct Glimpses {
    frames: Vec<(i64, Vec<[f64; 2]>)>,
}

impl Glimpses {
    /// A frame at `us`, later than those before, with the heads' places in millimetres.
    pub fn add(&mut self, us: i64, heads: Vec<[f64; 2]>) {
        if !heads.is_empty() && self.frames.last().is_none_or(|(last, _)| *last < us) {
            self.frames.push((us, heads));
        }
    }

    /// Where heads were at `us`, between the frames before and after; nothing in a hole.
    fn at(&self, us: i64) -> Option<Vec<[f64; 2]>> {
        let next = self.frames.partition_point(|(time, _)| *time <= us);
        let (before, after) = (self.frames.get(next.checked_sub(1)?)?, self.frames.get(next)?);
        let whole = after.0 - before.0;
        if whole > HOLE_US {
            return None;
        }
        let share = (us - before.0) as f64 / whole as f64;
        let between = |from: &[f64; 2]| {
            let to = nearest(*from, &after.1).filter(|to| distance(*from, *to) < NEAR_MM)?;
            Some([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])])
        };
        Some(before.1.iter().filter_map(between).collect())
    }
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn nearest(of: [f64; 2], among: &[[f64; 2]]) -> Option<[f64; 2]> {
    among.iter().copied().min_by(|a, b| distance(of, *a).total_cmp(&distance(of, *b)))
}

/// By how much one clock is ahead of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lag {
    /// The second camera's clock against the first's, in microseconds.
    pub us: f64,
    /// How much it is to count: how sharply it stands out.
    pub weight: f64,
}

/// The lag of `b` against `a`, within `most_us`; none where they do not see enough of the same people walking.
pub fn lag(a: &Glimpses, b: &Glimpses, most_us: i64) -> Option<Lag> {
    let steps = most_us / STEP_US;
    let costs: Vec<(f64, f64)> = (-steps..=steps)
        .map(|step| {
            let ((there, near), (back, nearly)) = (cost(a, b, step * STEP_US), cost(b, a, -step * STEP_US));
            ((there + back) / 2.0, (near + nearly) / 2.0)
        })
        .collect();
    let best = (0..costs.len()).min_by(|x, y| costs[*x].0.total_cmp(&costs[*y].0))?;
    let worst = costs.iter().map(|cost| cost.0).max_by(f64::total_cmp)?;
    let (before, here, after) = (costs.get(best.checked_sub(1)?)?.0, costs[best].0, costs.get(best + 1)?.0);
    let bend = before + after - 2.0 * here;
    if costs[best].1 < HEADS_MIN || worst - here < DEPTH_MIN * worst || bend <= 0.0 {
        return None;
    }
    // The lowest point of the parabola through the three.
    let off = (before - after) / (2.0 * bend);
    Some(Lag { us: ((best as i64 - steps) as f64 + off) * STEP_US as f64, weight: bend * costs[best].1 / worst })
}

/// The mean of the squared distances, none above [`NEAR_MM`] squared, of the heads of `a` from those that `b` saw `us` later by its own clock; and how
/// many were near one.
fn cost(a: &Glimpses, b: &Glimpses, us: i64) -> (f64, f64) {
    let every = a.frames.len().div_ceil(FRAMES_MAX).max(1);
    let (mut sum, mut heads, mut near) = (0.0, 0.0f64, 0.0);
    for (time, mine) in a.frames.iter().step_by(every) {
        let Some(theirs) = b.at(time + us) else { continue };
        for head in mine {
            let off = nearest(*head, &theirs).map_or(NEAR_MM, |other| distance(*head, other).min(NEAR_MM));
            heads += 1.0;
            sum += off * off;
            near += f64::from(u8::from(off < NEAR_MM));
        }
    }
    (if heads > 0.0 { sum / heads } else { NEAR_MM * NEAR_MM }, near)
}
