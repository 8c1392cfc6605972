//! Decide: what somebody of the shop decided stands in the place of what the shop had thought.
//! In: collections of Interaction, Attendance and Closing; Verdict | Out: the same interactions and closings as decided, goods that
//! verdicts give to visits, faults | Key: interaction, then visit
//! State: interactions by id and closings by visit, as long as they are in the inputs; verdicts, for ever: some of a day
//! Time: a verdict counts from the tick of its own time on, for as long as what it is about is there; seen by frontier, never by clock.
//! Faults: VerdictLate, for a verdict about what is not there at its tick, or not any more.
//!
//! ```text
//!  Interaction ---------------------------------+--(+)--> as decided --> cart
//!     \                                        (-)
//!      by id |x| latest ruling by id --> overruled --> goods of visits -----> cart
//!  Closing by visit |x| latest dues by visit --> decided closings ----------> settle
//!  claims by visit |x| visits that are attended --> goods of visits --------> cart
//! ```
//!
//! So a verdict goes the way of every other change of mind: the cart follows, and a receipt is adjusted. Were it taken back by a later one,
//! what it had changed would follow that.

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, DataflowTime, Outbox, Rows, Ticks};
use crate::shelf::attribute::Trade;
use differential_dataflow::AsCollection;
use schemas::{
    Attendance, CameraId, Closing, Decision, Fault, FaultKind, Goods, Interaction, InteractionId, Ruling, Tick,
    Verdict, VisitId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use timely::dataflow::operators::vec::Map;

/// What it must know.
#[derive(Clone, Debug)]
pub struct Deciding {
    /// What things cost: for goods that the shop had taken for others.
    pub trade: Arc<Trade>,
    /// Whose faults they are.
    pub source: CameraId,
}

/// Everything as decided.
pub struct Decided<'s> {
    /// What the shop saw, where nobody decided otherwise.
    pub interactions: Rows<'s, Interaction>,
    /// What verdicts say that visits have; the difference is the quantity.
    pub goods: Rows<'s, (VisitId, Goods)>,
    /// Visits that are over.
    pub closings: Rows<'s, Closing>,
    /// Verdicts about nothing.
    pub faults: Ticks<'s, Fault>,
}

/// A verdict that counts, and the tick since when it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Counts {
    since: Tick,
    decision: Decision,
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Subject {
    Interaction(InteractionId),
    Closing(VisitId),
    Attended(VisitId),
}

/// Lets `verdicts` count.
pub fn decide<'s>(
    interactions: Rows<'s, Interaction>,
    attendances: Rows<'s, Attendance>,
    closings: Rows<'s, Closing>,
    verdicts: Ticks<'s, Verdict>,
    deciding: Deciding,
) -> Decided<'s> {
    let Deciding { trade, source } = deciding;
    let length = trade.tick;
    let counting = by_tick(verdicts, Bench::default()).ok.as_collection();
    let rulings = counting.clone().flat_map(|Counts { since, decision }| match decision {
        Decision::Interaction(id, ruling) => Some((id, (since, ruling))),
        _ => None,
    });
    let dues = counting.clone().flat_map(|Counts { since, decision }| match decision {
        Decision::Visit(visit, dues) => Some((visit, (since, dues))),
        _ => None,
    });
    let claims = counting.flat_map(|Counts { since, decision }| match decision {
        Decision::Cart(visit, goods, quantity) => Some((visit, (since, goods, quantity))),
        _ => None,
    });

    let rulings = rulings.arrange_by_key_named("Rulings by interaction");
    let by_id = interactions.clone().map(|row| (row.id, row)).arrange_by_key_named("Interactions by id");
    let ruled =
        by_id.join_core(rulings.clone(), |_id, row, (since, ruling)| Some((row.clone(), *since, ruling.clone())));
    let overruled = ruled.clone().filter(|(_, _, ruling)| *ruling != Ruling::Stands);
    let taken = overruled.clone().explode(move |(row, _, ruling)| {
        let Ruling::Took { visit, sku, quantity } = ruling else { return None };
        let same = row.sku.as_ref() == Some(&sku);
        let unit_price = if same { row.unit_price } else { trade.price(&sku, row.event_time) };
        Some(((visit?, Goods { sku, unit_price }), count(quantity)))
    });
    let interactions = interactions.concat(overruled.map(|(row, _, _)| row).negate());

    let dues = dues.arrange_by_key_named("Dues by visit");
    let by_visit = closings.clone().map(|row| (row.visit, row)).arrange_by_key_named("Closings by visit");
    let due = by_visit.join_core(dues.clone(), |_visit, row, (since, dues)| Some((*row, *since, *dues)));
    let was = due.clone().map(|(row, _, _)| row).negate();
    let closings =
        closings.concat(was).concat(due.clone().map(|(row, _, dues)| Closing { decided: Some(dues), ..row }));

    let claims = claims.arrange_by_key_named("Claims by visit");
    let attended = attendances.map(|row| row.attendee.visit).distinct().map(|visit| (visit, ()));
    let attended = attended.arrange_by_key_named("Attended visits");
    let claimed = attended.join_core(claims.clone(), |visit, (), claim| Some((*visit, claim.clone())));
    let given = claimed.clone().explode(|(visit, (_, goods, quantity))| Some(((visit, goods), count(quantity))));

    // Every verdict, less those that are about something.
    let rulings = rulings.as_collection(|id, (since, _)| (*since, Subject::Interaction(*id)));
    let dues = dues.as_collection(|visit, (since, _)| (*since, Subject::Closing(*visit)));
    let claims = claims.as_collection(|visit, (since, _, _)| (*since, Subject::Attended(*visit)));
    let found = (ruled.map(|(row, since, _)| (since, Subject::Interaction(row.id))))
        .concat(due.map(|(row, since, _)| (since, Subject::Closing(row.visit))))
        .concat(claimed.map(|(visit, (since, _, _))| (since, Subject::Attended(visit))));
    let lacking = rulings.concat(dues).concat(claims).concat(found.negate());
    let stamped = lacking.inner.map(|(row, tick, diff): (_, DataflowTime, isize)| ((tick, row), tick, diff));
    let faults = changes(stamped.as_collection(), "Verdicts about nothing").flat_map(move |Change { row, diff }| {
        let (tick, (since, subject)) = row;
        // What goes later went because it is past review.
        (diff > 0 && since.0 == tick).then(|| Fault {
            event_time: length.start(since),
            camera: source,
            kind: FaultKind::VerdictLate,
            count: diff.unsigned_abs(),
            detail: match subject {
                Subject::Interaction(id) => format!("there is no interaction {id}"),
                Subject::Closing(visit) => format!("no visit {visit} is over"),
                Subject::Attended(visit) => format!("there is no visit {visit}"),
            },
        })
    });
    Decided { interactions, goods: taken.concat(given), closings, faults }
}

fn count(quantity: i64) -> isize {
    isize::try_from(quantity).unwrap_or_else(|_| panic!("{quantity} units do not fit"))
}

/// Finds which verdicts count: of those about one interaction, or one visit's dues, the latest.
#[derive(Debug, Default)]
struct Bench {
    latest: BTreeMap<(u64, bool), Counts>,
}

impl ByTick for Bench {
    type In = Verdict;
    type Out = (Counts, DataflowTime, isize);
    const NAME: &'static str = "Decide";

    fn route(verdict: &Verdict) -> u64 {
        verdict.decision.subject()
    }

    fn close(&mut self, tick: Tick, batch: Vec<Verdict>, out: &mut Outbox<Self::Out>) -> Option<Tick> {
        for verdict in batch {
            let counts = Counts { since: tick, decision: verdict.decision };
            let subject = match counts.decision {
                Decision::Interaction(id, _) => Some((id.0, true)),
                Decision::Visit(visit, _) => Some((visit.0, false)),
                Decision::Cart(..) => None,
            };
            let before = subject.and_then(|subject| self.latest.insert(subject, counts.clone()));
            out.ok.extend(before.map(|before| (before, tick.0, -1)));
            out.give((counts, tick.0, 1));
        }
        None
    }
}
