//! Steps of neighbouring plates that are one: something that lay across two of them, or a push that moved weight from one to the other.

use schemas::{ScaleId, WeightStep};
use std::collections::{BTreeMap, BTreeSet};

/// Steps that overlap in time once each is this much longer at both ends are simultaneous, in microseconds.
const TOGETHER_US: i64 = 150_000;
/// What is left of a push is less than this many standard deviations.
const NOTHING: f64 = 3.0;

/// For each scale those of the same shelf that carry an article which it carries too. Both ways round.
pub type Neighbours = BTreeMap<ScaleId, BTreeSet<ScaleId>>;

/// Merges simultaneous steps of neighbours: the changes add up, the interval covers both, and the scale is that of the larger change (of
/// equal ones, the first). Opposite steps that leave nothing are a touch. Touches and steps of strangers stay as they are. One scale's
/// own steps are never merged.
///
/// Gives the steps in the order of `from`, then scale, whatever the order in which they came.
pub fn merge(steps: &[WeightStep], neighbours: &Neighbours) -> Vec<WeightStep> {
    let mut steps = steps.to_vec();
    steps.sort_by_key(|step| (step.from, step.scale, *step));
    let mut groups: Vec<Vec<WeightStep>> = Vec::new();
    for step in steps {
        let joins = |group: &&mut Vec<WeightStep>| {
            let touches = step.change_mg == 0 || group.iter().any(|other| other.change_mg == 0);
            let own = group.iter().any(|other| other.scale == step.scale);
            !touches && !own && group.iter().any(|other| beside(other, &step, neighbours))
        };
        match groups.iter_mut().rev().find(joins) {
            Some(group) => group.push(step),
            None => groups.push(vec![step]),
        }
    }
    let mut merged: Vec<WeightStep> = groups.iter().filter_map(|group| one(group)).collect();
    merged.sort_by_key(|step| (step.from, step.scale, *step));
    merged
}

fn beside(a: &WeightStep, b: &WeightStep, neighbours: &Neighbours) -> bool {
    let near = neighbours.get(&a.scale).is_some_and(|of| of.contains(&b.scale));
    let (earlier, later) = (a.from.min(b.from), a.from.max(b.from));
    let until = if a.from == earlier { a.until } else { b.until };
    near && later.since_us(until) <= 2 * TOGETHER_US
}

/// What a group says together.
fn one(group: &[WeightStep]) -> Option<WeightStep> {
    let largest = group.iter().rev().max_by_key(|step| step.change_mg.unsigned_abs())?;
    if group.len() == 1 {
        return Some(*largest);
    }
    let change_mg: i64 = group.iter().map(|step| step.change_mg).sum();
    let variance: f64 = group.iter().map(|step| f64::from(step.sigma_mg) * f64::from(step.sigma_mg)).sum();
    let sigma = variance.sqrt();
    Some(WeightStep {
        scale: largest.scale,
        from: group.iter().map(|step| step.from).min()?,
        until: group.iter().map(|step| step.until).max()?,
        change_mg: if (change_mg as f64).abs() <= NOTHING * sigma { 0 } else { change_mg },
        sigma_mg: sigma.ceil().min(4e9) as u32,
    })
}
