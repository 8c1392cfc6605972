//! Deeds: what members did in the shop beside buying: where they stood still, what they took and put back, once nothing can change it.
//! In: Dwell, FinalInteraction | Out: collection of (MemberId, [`Done`]); ones that are alike add up | Key: member | State: none
//! Time: the tick in which the row came, and so is final. A deed's own time is that at which a stay began, or a hand was at the shelf.
//! Faults: none. What was not done on a member's account, and what is nothing of the catalog, is no deed.

use crate::flow::build::{ByTick, by_tick};
use crate::flow::{DataflowTime, Outbox, Rows, Ticks};
use differential_dataflow::AsCollection;
use schemas::{Attendee, Deed, Dwell, EventTime, FinalInteraction, MemberId, SkuCode, Tick, VisitKind};
use serde::{Deserialize, Serialize};
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::Map;

/// A deed, and when it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Done {
    /// When.
    pub event_time: EventTime,
    /// What.
    pub deed: Deed,
}

/// The deeds of members among `dwells` and `interactions`.
pub fn deeds<'s>(dwells: Ticks<'s, Dwell>, interactions: Ticks<'s, FinalInteraction>) -> Rows<'s, (MemberId, Done)> {
    let done = dwells.flat_map(|row| stood(&row)).concat(interactions.flat_map(|row| took(&row)));
    by_tick(done, Deeds).ok.as_collection()
}

/// On whose account somebody is; staff have none.
fn member(attendee: Option<Attendee>) -> Option<MemberId> {
    attendee.filter(|attendee| attendee.kind == VisitKind::Member)?.member
}

/// What a stay says of a member; nothing where they went by.
pub fn stood(row: &Dwell) -> Option<(MemberId, Done)> {
    let still_ms = u32::try_from(row.still_us / 1000).unwrap_or(u32::MAX);
    let deed = Deed::Stood(row.zone, still_ms);
    member(row.attendee).filter(|_| still_ms > 0).map(|member| (member, Done { event_time: row.entered_at, deed }))
}

/// What a hand at a shelf says of a member.
pub fn took(row: &FinalInteraction) -> Option<(MemberId, Done)> {
    let sku = SkuCode::of(row.interaction.sku.as_ref()?.as_str());
    let units = row.interaction.quantity.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
    let done = Done { event_time: row.interaction.event_time, deed: Deed::Took(sku, units) };
    Some((member(row.attendee)?, done))
}

/// Says in which tick a deed came.
struct Deeds;

impl ByTick for Deeds {
    type In = (MemberId, Done);
    type Out = ((MemberId, Done), DataflowTime, isize);
    const NAME: &'static str = "Deeds";

    fn route((member, _): &(MemberId, Done)) -> u64 {
        member.0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Self::In>, out: &mut Outbox<Self::Out>) -> Option<Tick> {
        out.ok.extend(batch.into_iter().map(|row| (row, tick.0, 1)));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Interaction, InteractionId, Manner, Score, Sku, SlotId, TrackId, VisitId, ZoneId};

    fn attendee(kind: VisitKind, member: Option<u64>) -> Option<Attendee> {
        Some(Attendee { visit: VisitId(1), person: 0, kind, member: member.map(MemberId) })
    }

    #[test]
    fn deeds_are_those_of_members_who_stood_or_took_something_known() {
        let stay = |attendee, still_us| Dwell {
            zone: ZoneId(4),
            track: TrackId(9),
            attendee,
            entered_at: EventTime(70),
            left_at: EventTime(90_000_000),
            closed_at: EventTime(95_000_000),
            still_us,
            path_mm: 900,
            manner: Manner::Stopped,
        };
        let member = attendee(VisitKind::Member, Some(5));
        let found = stood(&stay(member, 2_500_999)).expect("a member who stood");
        assert_eq!(found, (MemberId(5), Done { event_time: EventTime(70), deed: Deed::Stood(ZoneId(4), 2500) }));
        let others = [
            (member, 999),
            (attendee(VisitKind::Staff, Some(5)), 9_000_000),
            (attendee(VisitKind::Member, None), 9_000_000),
            (None, 9_000_000),
        ];
        for (attendee, still_us) in others {
            assert_eq!(stood(&stay(attendee, still_us)), None, "{attendee:?} for {still_us} us");
        }
        let hand = |attendee, sku: Option<&str>, quantity| FinalInteraction {
            interaction: Interaction {
                event_time: EventTime(8),
                id: InteractionId(1),
                slot: SlotId(2),
                track: Some(TrackId(9)),
                sku: sku.map(|sku| Sku::new(sku).expect("not empty")),
                quantity,
                unit_price: None,
                confidence: Score::from_unit(0.9),
                alternatives: Vec::new(),
            },
            attendee,
            sure: Score::from_unit(0.9),
        };
        let deed = Deed::Took(SkuCode::of("oats"), -2);
        let back = took(&hand(member, Some("oats"), -2));
        assert_eq!(back, Some((MemberId(5), Done { event_time: EventTime(8), deed })));
        assert_eq!(took(&hand(member, None, 1)), None, "nothing of the catalog");
        assert_eq!(took(&hand(attendee(VisitKind::Staff, None), Some("oats"), 1)), None, "staff");
        assert_eq!(took(&hand(None, Some("oats"), 1)), None, "nobody");
    }
}
