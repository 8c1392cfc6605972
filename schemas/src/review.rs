//! Review: what waits for somebody of the shop to decide.

use crate::ids::{InteractionId, MemberId, SlotId, VisitId};
use crate::ledger::{FinalInteraction, Held, HeldReason};
use crate::money::Money;
use crate::time::EventTime;
use crate::visit::VisitKind;
use serde::{Deserialize, Serialize};

/// Why somebody has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReviewReason {
    /// A visit is held back.
    Held(HeldReason),
    /// It is not sure enough who took what.
    Doubtful,
    /// What was taken, or put back, is nothing of the catalog.
    UnknownGoods,
    /// Nobody of whom the shop knows took it.
    Nobody,
}

impl ReviewReason {
    /// Every reason.
    pub const ALL: [ReviewReason; 6] = [
        Self::Held(HeldReason::Lost),
        Self::Held(HeldReason::NoEntry),
        Self::Held(HeldReason::Unpriced),
        Self::Doubtful,
        Self::UnknownGoods,
        Self::Nobody,
    ];

    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Held(reason) => reason.word(),
            Self::Doubtful => "doubtful",
            Self::UnknownGoods => "unknown_goods",
            Self::Nobody => "nobody",
        }
    }
}

/// One case: a row of `review_queue`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReviewCase {
    /// When it was so.
    pub event_time: EventTime,
    /// Why.
    pub reason: ReviewReason,
    /// Whose visit.
    pub visit: Option<VisitId>,
    /// On whose account.
    pub member: Option<MemberId>,
    /// Which interaction, where it is about one.
    pub interaction: Option<InteractionId>,
    /// In which slot.
    pub slot: Option<SlotId>,
    /// Units that it is about; negative where they were put back.
    pub units: i64,
    /// What they cost together, where they have a price.
    pub value: Option<Money>,
    /// How sure the decision is that stands until somebody looks, 0..=10,000; none where nothing was decided.
    pub confidence: Option<u16>,
}

impl ReviewCase {
    /// A visit that is held back.
    pub fn held(held: &Held) -> Self {
        Self {
            event_time: held.held_at,
            reason: ReviewReason::Held(held.reason),
            visit: Some(held.visit),
            member: held.member,
            interaction: None,
            slot: None,
            units: held.units,
            value: Some(held.value),
            confidence: None,
        }
    }

    /// An interaction, where somebody has to look at it: nobody did it, it is nothing of the catalog, or it is less sure than `sure` who owes
    /// what because of it. What staff did is looked at only if it may have been somebody else.
    pub fn of(row: &FinalInteraction, sure: u16) -> Option<Self> {
        let told = &row.interaction;
        let staff = row.attendee.is_some_and(|attendee| attendee.kind == VisitKind::Staff);
        let reason = match (told.track, &told.sku) {
            (_, None) if !staff => ReviewReason::UnknownGoods,
            (None, _) => ReviewReason::Nobody,
            _ if row.sure.steps() < sure => ReviewReason::Doubtful,
            _ => return None,
        };
        Some(Self {
            event_time: told.event_time,
            reason,
            visit: row.attendee.map(|attendee| attendee.visit),
            member: row.attendee.and_then(|attendee| attendee.member),
            interaction: Some(told.id),
            slot: Some(told.slot),
            units: told.quantity,
            value: told.unit_price.and_then(|price| price.checked_times(told.quantity)),
            confidence: Some(row.sure.steps()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::{Alternative, Interaction};
    use crate::geometry::Score;
    use crate::ids::{Sku, TrackId};
    use crate::visit::Attendee;

    #[test]
    fn only_what_is_doubtful_is_looked_at() {
        let words: std::collections::BTreeSet<_> = ReviewReason::ALL.iter().map(|r| r.word()).collect();
        assert_eq!(words.len(), ReviewReason::ALL.len());
        let sure = Interaction {
            event_time: EventTime(1),
            id: InteractionId(2),
            slot: SlotId(3),
            track: Some(TrackId(4)),
            sku: Sku::new("tea"),
            quantity: -2,
            unit_price: None,
            confidence: Score::from_unit(0.8),
            alternatives: Vec::new(),
        };
        let attendee = |visit, kind| Some(Attendee { visit: VisitId(visit), person: 0, kind, member: None });
        let reason = |interaction: Interaction| {
            let who = |track: TrackId| match track.0 {
                4 => attendee(1, VisitKind::Member),
                5 => attendee(1, VisitKind::Member),
                6 => attendee(2, VisitKind::Member),
                _ => attendee(3, VisitKind::Staff),
            };
            ReviewCase::of(&FinalInteraction::new(interaction, who), 7000).map(|case| case.reason)
        };
        assert_eq!(reason(sure.clone()), None);
        let doubtful = Interaction { confidence: Score::from_unit(0.6), ..sure.clone() };
        assert_eq!(reason(doubtful.clone()), Some(ReviewReason::Doubtful));
        let or = |track, quantity| {
            let score = Score::from_unit(0.35);
            vec![Alternative { track: Some(TrackId(track)), sku: Sku::new("tea"), quantity, score }]
        };
        let mixed_up = |track, quantity| Interaction { alternatives: or(track, quantity), ..doubtful.clone() };
        assert_eq!(reason(mixed_up(5, -2)), None, "the other of one party");
        assert_eq!(reason(mixed_up(5, -1)), Some(ReviewReason::Doubtful));
        assert_eq!(reason(mixed_up(6, -2)), Some(ReviewReason::Doubtful));
        let by_staff = |other| Interaction { track: Some(TrackId(7)), sku: None, ..mixed_up(other, -1) };
        assert_eq!(reason(by_staff(8)), None);
        assert_eq!(reason(by_staff(6)), Some(ReviewReason::Doubtful), "or was it a shopper?");
        assert_eq!(reason(Interaction { track: None, ..sure.clone() }), Some(ReviewReason::Nobody));
        assert_eq!(reason(Interaction { sku: None, ..sure }), Some(ReviewReason::UnknownGoods));
    }
}
