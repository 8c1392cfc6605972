//! Decide, the plain way: what counts of all verdicts up to an instant, applied to what is there.

use crate::shelf::attribute::Trade;
use schemas::{Attendance, Closing, Decision, Dues, Goods, Interaction, InteractionId, Ruling, Verdict, VisitId};
use std::collections::{BTreeMap, BTreeSet};

/// Interactions and closings with how often they are there, and what visits have by verdicts.
pub type SlowDecided = (Vec<(Interaction, i64)>, Vec<(Closing, i64)>, BTreeMap<(VisitId, Goods), i64>);

/// Interactions and closings as decided, and what verdicts give to visits. `verdicts` stand in the order in which they count.
pub fn slow_decide(
    interactions: &[(Interaction, i64)],
    attendances: &[(Attendance, i64)],
    closings: &[(Closing, i64)],
    verdicts: &[Verdict],
    trade: &Trade,
) -> SlowDecided {
    let mut rulings: BTreeMap<InteractionId, &Ruling> = BTreeMap::new();
    let mut dues: BTreeMap<VisitId, Dues> = BTreeMap::new();
    let mut given: BTreeMap<(VisitId, Goods), i64> = BTreeMap::new();
    let mut here: BTreeMap<VisitId, i64> = BTreeMap::new();
    attendances.iter().for_each(|(row, diff)| *here.entry(row.attendee.visit).or_default() += diff);
    let here: BTreeSet<VisitId> = here.into_iter().filter(|(_, count)| *count > 0).map(|(visit, _)| visit).collect();
    for verdict in verdicts {
        match &verdict.decision {
            Decision::Interaction(id, ruling) => drop(rulings.insert(*id, ruling)),
            Decision::Visit(visit, of) => drop(dues.insert(*visit, *of)),
            Decision::Cart(visit, goods, quantity) if here.contains(visit) => {
                *given.entry((*visit, goods.clone())).or_default() += quantity;
            }
            Decision::Cart(..) => {}
        }
    }
    let mut stand = Vec::new();
    for (row, diff) in interactions {
        match rulings.get(&row.id) {
            None | Some(Ruling::Stands) => stand.push((row.clone(), *diff)),
            Some(Ruling::Nothing) | Some(Ruling::Took { visit: None, .. }) => {}
            Some(Ruling::Took { visit: Some(visit), sku, quantity }) => {
                let same = row.sku.as_ref() == Some(sku);
                let unit_price = if same { row.unit_price } else { trade.price(sku, row.event_time) };
                *given.entry((*visit, Goods { sku: sku.clone(), unit_price })).or_default() += quantity * diff;
            }
        }
    }
    let decided = |(row, diff): &(Closing, i64)| (Closing { decided: dues.get(&row.visit).copied(), ..*row }, *diff);
    (stand, closings.iter().map(decided).collect(), given)
}
