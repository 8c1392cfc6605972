//! Together: changes of weight at one time on several scales. Each has explanations of its own; what is likely of one depends on the
//! others', because who has a hand in one slot has it in no other.
//!
//! All combinations of the likeliest explanations are weighed, as sums of their log likelihoods and what it costs that somebody does two things
//! at once. A change's explanation is as likely as all combinations that have it.

use super::clerk::{Clerk, Stories};
use super::settings::AttributeSettings;
use super::stories::{Done, Story};
use schemas::{Sku, WeightStep};
use std::collections::BTreeSet;

/// Of several changes so many explanations each are combined.
const STORIES_MAX: usize = 12;
/// So many changes are combined; more at one time are combined in such groups.
const STEPS_MAX: usize = 4;

/// Explanations of one change, likeliest first, each with how likely it is; they sum up to 1.
pub(super) struct Share {
    pub stories: Vec<(Story, f64)>,
    /// What is told: of the likeliest combination.
    pub best: Vec<Done>,
}

/// How likely each explanation is, in the light of the others.
pub(super) fn shares(mut known: Vec<(WeightStep, Stories)>, settings: &AttributeSettings) -> Vec<(WeightStep, Share)> {
    let mut all = Vec::new();
    while !known.is_empty() {
        let rest = known.split_off(known.len().min(STEPS_MAX));
        if known.len() > 1 {
            known.iter_mut().for_each(|(_, stories)| stories.0.truncate(STORIES_MAX));
        }
        all.extend(combine(known, settings));
        known = rest;
    }
    all
}

fn combine(known: Vec<(WeightStep, Stories)>, settings: &AttributeSettings) -> Vec<(WeightStep, Share)> {
    let counts: Vec<usize> = known.iter().map(|(_, stories)| stories.0.len()).collect();
    let combinations: Vec<(Vec<usize>, f64)> = (0..counts.iter().product())
        .map(|number: usize| {
            let digits = counts.iter().scan(number, |rest, count| {
                let digit = *rest % count;
                *rest /= count;
                Some(digit)
            });
            let chosen: Vec<usize> = digits.collect();
            let log = weigh(&known, &chosen, settings);
            (chosen, log)
        })
        .collect();
    let Some(best) = combinations.iter().max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(&a.0))).cloned() else {
        return Vec::new();
    };
    let mut shares: Vec<Vec<f64>> = counts.iter().map(|&count| vec![0.0; count]).collect();
    let mut sum = 0.0;
    for (chosen, log) in &combinations {
        let share = libm::exp(log - best.1);
        sum += share;
        chosen.iter().zip(&mut shares).for_each(|(&digit, shares)| shares[digit] += share);
    }
    let told = known.into_iter().zip(shares).zip(best.0);
    told.map(|(((step, Stories(stories)), shares), chosen)| {
        let best = stories[chosen].acts.clone();
        let mut stories: Vec<(Story, f64)> =
            stories.into_iter().zip(shares).map(|(story, share)| (story, share / sum)).collect();
        stories.sort_by(|a, b| b.1.total_cmp(&a.1));
        (step, Share { stories, best })
    })
    .collect()
}

/// The log likelihood of a combination.
fn weigh(known: &[(WeightStep, Stories)], chosen: &[usize], settings: &AttributeSettings) -> f64 {
    let stories: Vec<&Story> = known.iter().zip(chosen).map(|((_, stories), &digit)| &stories.0[digit]).collect();
    let cost = f64::from(settings.each_hand_milli) / 1000.0;
    let mut log = stories.iter().map(|story| story.log).sum::<f64>();
    for (i, story) in stories.iter().enumerate() {
        for other in &stories[i + 1..] {
            let people = story.acts.iter().filter_map(|(track, _)| *track);
            let both = people.filter(|track| other.acts.iter().any(|(other, _)| *other == Some(*track))).count();
            log -= cost * both as f64;
        }
    }
    log
}

impl Clerk {
    /// Changes at one time, with those of two plates as one where what lies on both explains their sum, and nothing either of them.
    pub(super) fn merged(&self, mut steps: Vec<WeightStep>) -> Vec<WeightStep> {
        let homes = |step: &WeightStep| -> BTreeSet<&Sku> {
            let slots = self.trade.scales.get(&step.scale).into_iter().flatten();
            slots.filter_map(|slot| self.trade.home(*slot, step.from)).collect()
        };
        let known = |step: &WeightStep| self.explained(step).is_some_and(|stories| stories.known());
        let mut i = 0;
        while i + 1 < steps.len() {
            let one = steps[i];
            let whole = |other: &WeightStep| {
                let heavier = if one.change_mg.abs() < other.change_mg.abs() { *other } else { one };
                let sigma_mg = f64::from(one.sigma_mg).hypot(f64::from(other.sigma_mg)) as u32;
                let (from, until) = (one.from.min(other.from), one.until.max(other.until));
                WeightStep { from, until, change_mg: one.change_mg + other.change_mg, sigma_mg, ..heavier }
            };
            let shares = |other: &WeightStep| {
                let apart = other.scale != one.scale && other.change_mg.signum() == one.change_mg.signum();
                apart && !homes(&one).is_disjoint(&homes(other)) && !known(other) && known(&whole(other))
            };
            let among_others = one.change_mg != 0 && steps[i + 1..].iter().any(|other| other.scale != one.scale);
            if among_others
                && !known(&one)
                && let Some(other) = (i + 1..steps.len()).find(|&other| shares(&steps[other]))
            {
                steps[i] = whole(&steps.remove(other));
            }
            i += 1;
        }
        steps
    }
}
