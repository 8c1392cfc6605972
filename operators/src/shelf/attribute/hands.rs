//! Hands: who could have reached a slot, from where people stood and where cameras saw their hands.
//!
//! A person's share is a log likelihood ratio against somebody who did nothing. It is the sum of what their place says (within `reach_mm` of the
//! slot's front everybody reaches it, beyond it fewer do) and what cameras say of their hands at the ticks that speak most for them: how well
//! a hand in the slot explains all lines of sight to their wrists ([`SlotSpace::likelihood`](crate::shelf::shelving::SlotSpace::likelihood)).

use super::clerk::{Evidence, Trade};
use crate::shelf::shelving::Sight;
use schemas::{CameraId, EventTime, FloorPoint, SlotId, TrackId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Nothing older is asked: somebody may stand before a slot for so long before cameras see what they did to it.
const MEMORY_US: i64 = 60_000_000;

/// What cameras say of one person's hands at one tick: lines of sight to their wrists.
type Hands = BTreeMap<CameraId, Vec<Sight>>;

/// One tick: where each person stands, and how tall they are, in millimetres.
#[derive(Clone, Debug)]
struct Moment {
    at: EventTime,
    people: Vec<(TrackId, (FloorPoint, u32), Hands)>,
}

/// The last ticks; copies share them, for the clerk is copied at every change of mind.
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    recent: VecDeque<Arc<Moment>>,
}

/// Who could have reached what: log likelihoods by slot and person, likeliest first; none is nobody of whom the shop knows.
pub(super) struct Who {
    by_slot: BTreeMap<SlotId, Vec<(Option<TrackId>, f64)>>,
}

impl Who {
    /// The likeliest.
    pub fn at(&self, slot: SlotId, most: usize) -> Vec<(Option<TrackId>, f64)> {
        self.by_slot.get(&slot).into_iter().flatten().take(most).copied().collect()
    }
}

impl Moments {
    /// The next tick.
    pub fn hear(&mut self, at: EventTime, rows: &[Evidence]) {
        let mut people: Vec<(TrackId, (FloorPoint, u32), Hands)> = Vec::new();
        let mut owners = BTreeMap::new();
        for row in rows {
            match row {
                Evidence::At(place) => {
                    let seen = place.shares.iter().filter_map(|share| Some((share.camera, share.tracklet?)));
                    owners.extend(seen.map(|seen| (seen, people.len())));
                    people.push((place.track, (place.at, place.height_mm), Hands::new()));
                }
                Evidence::Hand(hand) => {
                    let owner = hand.tracklet.and_then(|tracklet| owners.get(&(hand.camera, tracklet)));
                    if let Some((_, _, hands)) = owner.and_then(|owner| people.get_mut(*owner)) {
                        hands.entry(hand.camera).or_default().push(hand.sight);
                    }
                }
                Evidence::Step(_) | Evidence::Look(_) => {}
            }
        }
        if !people.is_empty() {
            self.recent.push_back(Arc::new(Moment { at, people }));
        }
        while self.recent.front().is_some_and(|moment| at.since_us(moment.at) > MEMORY_US) {
            self.recent.pop_front();
        }
    }

    /// Who could have reached into `slots` at some time from `from` until `until`.
    pub fn who(&self, slots: &[SlotId], (from, until): (EventTime, EventTime), trade: &Trade) -> Who {
        let settings = &trade.settings;
        let permille = |n: u32| f64::from(n) / 1000.0;
        let (seen, elsewhere) = (permille(settings.hand_seen_permille), permille(settings.hand_else_permille));
        let nobody = -permille(settings.nobody_milli);
        let lasts = (1000 * u64::from(settings.grasp_ms) / trade.tick.us()).max(1) as usize;
        let mut by_slot = BTreeMap::new();
        for &slot in slots {
            let Some(space) = trade.spaces.get(&slot) else {
                by_slot.insert(slot, vec![(None, nobody)]);
                continue;
            };
            let mut best: BTreeMap<TrackId, (f64, Vec<f64>)> = BTreeMap::new();
            for moment in self.recent.iter().filter(|moment| (from..=until).contains(&moment.at)) {
                for (track, owner, hands) in &moment.people {
                    let off = owner.0.distance_mm(space.front);
                    if off > f64::from(settings.reach_most_mm) {
                        continue;
                    }
                    let beyond = (off - f64::from(settings.reach_mm)).max(0.0) / f64::from(settings.stretch_mm);
                    let place = -beyond * beyond / 2.0;
                    let was = best.entry(*track).or_insert((f64::NEG_INFINITY, Vec::new()));
                    was.0 = was.0.max(place);
                    if !hands.is_empty() {
                        was.1.push(space.likelihood(hands.values(), *owner, seen, elsewhere));
                    }
                }
            }
            let mut people: Vec<(Option<TrackId>, f64)> =
                best.into_iter().map(|(track, (place, hands))| (Some(track), place + grasp(hands, lasts))).collect();
            people.push((None, nobody));
            people.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            by_slot.insert(slot, people);
        }
        Who { by_slot }
    }
}

/// What the ticks that speak most for a hand say, as many as a grasp lasts, on average; nothing where no camera saw one.
fn grasp(mut ticks: Vec<f64>, lasts: usize) -> f64 {
    ticks.sort_by(|a, b| b.total_cmp(a));
    ticks.truncate(lasts);
    if ticks.is_empty() { 0.0 } else { ticks.iter().sum::<f64>() / ticks.len() as f64 }
}
