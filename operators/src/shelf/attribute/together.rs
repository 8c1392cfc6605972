//! Together: changes of weight at one time on several scales. Each has explanations of its own; what is likely of one depends on the
//! others', because who has a hand in one slot has it in no other.
//!
//! All combinations of the likeliest explanations are weighed, as sums of their log likelihoods and what it costs that somebody does two things
//! at once. A change's explanation is as likely as all combinations that have it.

use super::clerk::Stories;
use super::settings::AttributeSettings;
use super::stories::{Done, Story};
use schemas::WeightStep;

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
