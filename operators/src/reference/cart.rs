//! Cart, the plain way: everything that was ever said, summed from scratch.

use schemas::{Attendance, CartLine, Goods, Interaction, TrackId, VisitId};
use std::collections::{BTreeMap, BTreeSet};

/// What lies in the carts, and of which lines more was put back than taken, given all changes of both collections in any order, and the
/// sums that verdicts give to visits.
pub fn slow_cart(
    interactions: &[(Interaction, i64)],
    attendances: &[(Attendance, i64)],
    given: BTreeMap<(VisitId, Goods), i64>,
) -> (BTreeSet<CartLine>, BTreeSet<(VisitId, Goods)>) {
    let mut owners: BTreeMap<(TrackId, VisitId), i64> = BTreeMap::new();
    for (row, diff) in attendances {
        *owners.entry((row.track, row.attendee.visit)).or_default() += diff;
    }
    let mut sums = given;
    for (row, diff) in interactions {
        let (Some(track), Some(sku)) = (row.track, &row.sku) else { continue };
        for ((_, visit), times) in owners.iter().filter(|((owner, _), _)| *owner == track) {
            let goods = Goods { sku: sku.clone(), unit_price: row.unit_price };
            *sums.entry((*visit, goods)).or_default() += row.quantity * diff * times;
        }
    }
    let missing = sums.iter().filter(|(_, sum)| **sum < 0).map(|(line, _)| line.clone()).collect();
    let lines = sums.into_iter().filter(|(_, sum)| *sum > 0);
    (lines.map(|((visit, goods), quantity)| CartLine { visit, goods, quantity }).collect(), missing)
}
