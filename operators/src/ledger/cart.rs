//! Cart: interactions joined with the visits of their tracks: what everybody has, as a collection that follows every change of mind.
//! In: collections of Interaction and Attendance, goods that verdicts give | Out: collection of CartLine; Alert | Key: track, then cart line
//! State: interactions and attendances by track, quantities by line, as long as they are in the inputs
//! Time: a tick; a line is what all changes up to the tick sum up to; seen by frontier, never by clock.
//! Faults: none; more put back than taken is no line and an alert.
//!
//! ```text
//!  Interaction (sku, price as of the take) --> takes by track -------\            the difference is the quantity
//!                                                                     join --> quantities by line --> count --> CartLine
//!  Attendance (track -> visit) --------------> visits by track ------/         /
//!  goods that verdicts give to visits (decide) --------------------------------
//! ```
//!
//! **The difference is the quantity.** A take of three is one update of +3, what is put back is an update of -n, and a correction takes
//! away what it corrects; so a line is never reduced over its interactions: it is counted, which reads the line's sum and nothing else. Sku and price stand on the interaction, as of its take, and are not joined: a price list that changes would re-price
//! what was taken before.
//!
//! **A correction costs what it changes.** Giving a track to another visit retracts and asserts the track's own takes, one for each
//! line, however often it was changed: what of one track is of one line is summed in the arrangement.
//!
//! Who gives interactions and attendances takes them away when a visit is past review, and so bounds the state: the arrangements follow
//! their inputs and forget with them.

use crate::flow::build::changes;
use crate::flow::{Change, DataflowTime, Rows, Ticks};
use differential_dataflow::hashable::Hashable;
use differential_dataflow::operators::CountTotal;
use differential_dataflow::{AsCollection, ExchangeData};
use schemas::{Alert, AlertKind, Attendance, CartLine, Goods, Interaction, Tick, TickLength, VisitId};
use timely::dataflow::operators::vec::Map;

/// What lies in the carts.
pub struct Carts<'s> {
    /// Every line of every visit that has goods.
    pub lines: Rows<'s, CartLine>,
    /// One for each line and tick in which it becomes so that more was put back than taken.
    pub alerts: Ticks<'s, Alert>,
}

/// Joins `interactions` with `attendances`, and adds what is `given` to visits. What nobody known did, and what is nothing of the catalog,
/// is in no cart.
pub fn cart<'s>(
    interactions: Rows<'s, Interaction>,
    attendances: Rows<'s, Attendance>,
    given: Rows<'s, (VisitId, Goods)>,
    length: TickLength,
) -> Carts<'s> {
    let takes = interactions.explode(|interaction| {
        let Interaction { track, sku, unit_price, quantity, .. } = interaction;
        let quantity = isize::try_from(quantity).unwrap_or_else(|_| panic!("{quantity} units do not fit"));
        track.zip(sku).map(|(track, sku)| ((track, Goods { sku, unit_price }), quantity))
    });
    let visits = attendances.map(|Attendance { track, attendee }| (track, attendee.visit));
    let quantities = counted(owned(takes, visits).concat(given));
    let lines = quantities.clone().flat_map(|((visit, goods), quantity)| {
        (quantity > 0).then_some(CartLine { visit, goods, quantity: quantity as i64 })
    });
    let missing = quantities.flat_map(|((visit, goods), quantity)| (quantity < 0).then_some((visit, goods)));
    let stamped = missing.inner.map(|(row, tick, diff): (_, DataflowTime, isize)| ((tick, row), tick, diff));
    let alerts = changes(stamped.as_collection(), "Lines that are missing").flat_map(move |Change { row, diff }| {
        let (tick, (visit, goods)): (DataflowTime, (VisitId, Goods)) = row;
        let now = length.start(Tick(tick));
        let (visit, sku) = (Some(visit), Some(goods.sku));
        (diff > 0).then(|| Alert { visit, sku, ..Alert::new(AlertKind::ReturnedNotTaken, now, now) })
    });
    Carts { lines, alerts }
}

/// The join alone. `takes` says what was taken by whom, its difference how many; `owners` on whose account who is. Gives, for every
/// owner and goods, how many: the sum of all differences, where it is not 0. Keys may be bare integers or the real ids.
pub fn quantities<'s, K, G, O>(takes: Rows<'s, (K, G)>, owners: Rows<'s, (K, O)>) -> Rows<'s, ((O, G), isize)>
where
    K: ExchangeData + Hashable,
    G: ExchangeData + std::hash::Hash,
    O: ExchangeData + std::hash::Hash,
{
    counted(owned(takes, owners))
}

/// Whose everything is; the difference is the quantity.
fn owned<'s, K, G, O>(takes: Rows<'s, (K, G)>, owners: Rows<'s, (K, O)>) -> Rows<'s, (O, G)>
where
    K: ExchangeData + Hashable,
    G: ExchangeData + std::hash::Hash,
    O: ExchangeData + std::hash::Hash,
{
    let takes = takes.arrange_by_key_named("Takes by track");
    let owners = owners.arrange_by_key_named("Visits by track");
    takes.join_core(owners, |_track, goods, owner| Some((owner.clone(), goods.clone())))
}

/// How many there are of each.
fn counted<'s, L: ExchangeData + std::hash::Hash>(lines: Rows<'s, L>) -> Rows<'s, (L, isize)> {
    lines.arrange_by_self_named("Quantities by line").count_total()
}
