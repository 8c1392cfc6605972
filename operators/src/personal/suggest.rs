//! Suggest: the next basket of a member, for every ask.
//! In: entries by member, arranged | Out: Suggestion | Key: member | State: the arrangement's
//! Time: a tick; suggestions follow every correction of what they stand on.
//! Faults: none.
//!
//! Ranked by the next receipt that is likely after the last one, whenever it comes; ties by sku. A member without receipts is suggested
//! what the shop's members buy most of late.

use super::decay::Decays;
use super::features::{Candidate, STICKY, candidates};
use super::history::{History, Known};
use super::patterns::Patterns;
use super::trees::Forest;
use schemas::{EventTime, MemberId, Reason, Suggestion};

/// Ranks `candidates` for one ask: at most `most` rows.
pub fn ranked(
    history: &History,
    as_of: EventTime,
    member: MemberId,
    patterns: &Patterns,
    ranker: &Ranker<'_>,
) -> Vec<Suggestion> {
    let candidates = candidates(history, patterns, ranker.decays);
    let sticky = |candidate: &Candidate| i64::from(candidate.features[STICKY]);
    let scores = match ranker.forest.trees.is_empty() {
        true => candidates.iter().map(sticky).collect(),
        false => ranker.forest.scores(candidates.iter().map(|candidate| &candidate.features)),
    };
    let mut found: Vec<(i64, i64, &Candidate)> =
        candidates.iter().zip(scores).map(|(candidate, score)| (-score, -sticky(candidate), candidate)).collect();
    // Stable: skus in order where all else is alike.
    found.sort_by_key(|(score, sticky, _)| (*score, *sticky));
    let told = found.iter().map(|(score, _, candidate)| (candidate.sku, -score, reason(candidate)));
    let cold = patterns.top().iter().map(|(sku, _)| (*sku, 0, Reason::Popular)).filter(|_| history.slips.is_empty());
    let rows = told.chain(cold).take(ranker.most).zip(1..);
    rows.map(|((sku, score, reason), rank)| Suggestion { member, as_of, rank, sku, score, reason }).collect()
}

/// What ranks.
#[derive(Clone, Copy, Debug)]
pub struct Ranker<'a> {
    /// By which trees.
    pub forest: &'a Forest,
    /// By which weights.
    pub decays: &'a Decays,
    /// So many rows at most.
    pub most: usize,
}

fn reason(candidate: &Candidate) -> Reason {
    let whole = |days: i64| u32::try_from(days).unwrap_or(0);
    match candidate.count {
        0 => Reason::Popular,
        1 => Reason::Once { days_ago: whole(candidate.days_ago) },
        count => Reason::Every { days: whole((candidate.span_days + (count - 1) / 2) / (count - 1)).max(1) },
    }
}

/// The suggested shops of every ask.
pub fn suggestions_of(known: &Known<'_>, member: MemberId, ranker: &Ranker<'_>) -> Vec<Suggestion> {
    let one =
        |as_of: &EventTime| ranked(&known.history.before(*as_of), *as_of, member, &known.patterns(*as_of), ranker);
    known.asks.iter().flat_map(one).collect()
}
