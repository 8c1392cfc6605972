//! Purchases: what members bought, from receipts and their lines; an adjustment's lines are differences, and so are what becomes of them.
//! In: Receipt, ReceiptLine | Out: collection of Purchase, whose difference is the quantity | Key: receipt
//! State: receipts of members and their lines
//! Time: the tick that made the receipt or the adjustment.
//! Faults: none. A receipt without a member has no purchases; it stays with the member it was first made for.

use crate::flow::{Rows, Ticks};
use differential_dataflow::operators::ThresholdTotal;
use schemas::{Catalog, CategoryCode, Purchase, Receipt, ReceiptLine, SkuCode, TickLength};
use timely::dataflow::operators::vec::Map;

/// What the `lines` of `receipts` say was bought by whom; categories are those of `catalog`.
pub fn purchases<'s>(
    receipts: Ticks<'s, Receipt>,
    lines: Ticks<'s, ReceiptLine>,
    catalog: &Catalog,
    length: TickLength,
) -> Rows<'s, Purchase> {
    let category = |name: &Option<String>| name.as_deref().map_or(CategoryCode::NONE, CategoryCode::of);
    let of = catalog.iter().map(|(sku, article)| (sku.clone(), category(&article.category)));
    let categories: std::collections::BTreeMap<_, _> = of.collect();
    let members = receipts.flat_map(move |row| {
        let tick = length.tick(row.settled_at).0;
        row.member.map(|member| ((row.id, (member, row.left_at)), tick, 1_isize))
    });
    let units = lines.clone().map(move |row| {
        let category = categories.get(&row.goods.sku).copied().unwrap_or(CategoryCode::NONE);
        let line = (row.receipt, SkuCode::of(row.goods.sku.as_str()));
        ((line, category), length.tick(row.settled_at).0, row.quantity as isize)
    });
    let discounts = lines.map(move |row| {
        let line = (row.receipt, SkuCode::of(row.goods.sku.as_str()));
        (line, length.tick(row.settled_at).0, row.discount.minor as isize)
    });
    let cheaper = Rows::new(discounts).threshold_total(|_, minor| isize::from(*minor > 0));
    let units = Rows::new(units);
    let full = units.clone().antijoin(cheaper.clone()).map(|line| (line, false));
    let lines = units.semijoin(cheaper).map(|line| (line, true)).concat(full);
    let lines = lines.map(|(((receipt, sku), category), discounted)| (receipt, (sku, category, discounted)));
    lines.join_map(Rows::new(members), |&receipt, &(sku, category, discounted), &(member, event_time)| Purchase {
        member,
        event_time,
        receipt,
        sku,
        category,
        discounted,
    })
}
