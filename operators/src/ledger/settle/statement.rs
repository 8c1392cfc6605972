//! What was billed for one visit, and how it is told: receipt, lines, adjustments, charges.

use super::Settled;
use crate::flow::Outbox;
use crate::ledger::promote::{Bill, BillLine, Tariff};
use schemas::{
    Charge, Closing, EventTime, Goods, MemberId, Receipt, ReceiptAdjustment, ReceiptId, ReceiptLine, VisitId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Of whom something is told, and when.
#[derive(Clone, Copy)]
pub(super) struct Occasion<'t> {
    pub(super) visit: VisitId,
    /// Start of the tick.
    pub(super) now: EventTime,
    pub(super) tariff: &'t Tariff,
}

/// What was billed.
#[derive(Debug)]
pub(super) struct Billed {
    /// The instant as of which promotions hold, and whether those for members do.
    pub(super) at: EventTime,
    pub(super) for_member: bool,
    bill: Bill,
    adjustments: u32,
    charged: BTreeMap<MemberId, i64>,
}

impl Billed {
    /// Makes the receipt, and its charge where a member pays.
    pub(super) fn first(
        closing: &Closing,
        member: Option<MemberId>,
        bill: Bill,
        occasion: Occasion<'_>,
        out: &mut Outbox<Settled>,
    ) -> Self {
        let money = |minor| occasion.tariff.money(minor);
        out.give(Settled::Receipt(Receipt {
            id: ReceiptId::of(occasion.visit),
            visit: occasion.visit,
            kind: closing.kind,
            member,
            left_at: closing.left_at,
            settled_at: occasion.now,
            lines: u32::try_from(bill.lines.len()).unwrap_or(u32::MAX),
            units: bill.units(),
            units_unpriced: bill.units_unpriced(),
            gross: money(bill.gross()),
            discount: money(bill.discount()),
            total: money(bill.total()),
        }));
        let (at, for_member) = (closing.left_at, member.is_some());
        let mut billed = Self { at, for_member, bill: Bill::default(), adjustments: 0, charged: BTreeMap::new() };
        billed.tell_lines(&bill, occasion, out);
        billed.charge(owed(member, &bill), occasion, out);
        billed.bill = bill;
        billed
    }

    /// Tells how `bill`, on the account of `member`, differs from what was billed, if it does.
    pub(super) fn adjust(
        &mut self,
        bill: Bill,
        member: Option<MemberId>,
        occasion: Occasion<'_>,
        out: &mut Outbox<Settled>,
    ) {
        let owed = owed(member, &bill);
        if !bill.amounts().eq(self.bill.amounts()) || owed != self.charged {
            self.adjustments += 1;
            let lines = self.tell_lines(&bill, occasion, out);
            out.give(Settled::Adjustment(ReceiptAdjustment {
                adjusted_at: occasion.now,
                receipt: ReceiptId::of(occasion.visit),
                adjustment: self.adjustments,
                visit: occasion.visit,
                member,
                lines,
                units: bill.units() - self.bill.units(),
                change: occasion.tariff.money(bill.total() - self.bill.total()),
                total: occasion.tariff.money(bill.total()),
            }));
            self.charge(owed, occasion, out);
        }
        self.bill = bill;
    }

    /// Tells the lines in which `bill` differs from what was billed; gives how many.
    fn tell_lines(&self, bill: &Bill, occasion: Occasion<'_>, out: &mut Outbox<Settled>) -> u32 {
        let (none, tariff) = (BillLine::default(), occasion.tariff);
        let goods: BTreeSet<&Goods> = self.bill.lines.keys().chain(bill.lines.keys()).collect();
        let mut line = 0;
        for goods in goods {
            let [was, is] = [&self.bill, bill].map(|bill| bill.lines.get(goods).unwrap_or(&none));
            if was.amounts() == is.amounts() {
                continue;
            }
            line += 1;
            let (gross, discount) = (is.gross - was.gross, is.discount - was.discount);
            let article = tariff.article(&goods.sku);
            out.give(Settled::Line(ReceiptLine {
                settled_at: occasion.now,
                receipt: ReceiptId::of(occasion.visit),
                adjustment: self.adjustments,
                line,
                visit: occasion.visit,
                goods: goods.clone(),
                name: article.map_or_else(|| goods.sku.to_string(), |article| article.name.clone()),
                tax_class: article.and_then(|article| article.tax_class.clone()),
                quantity: is.quantity - was.quantity,
                gross: tariff.money(gross),
                discount: tariff.money(discount),
                total: tariff.money(gross - discount),
                promotions: (is.promotions.iter().map(|&place| tariff.promotions[place].name.clone()))
                    .chain(is.offers.iter().cloned())
                    .collect(),
            }));
        }
        line
    }

    /// Charges what is `owed`, by whom, beyond what was charged, and pays back what is not owed any more.
    fn charge(&mut self, owed: BTreeMap<MemberId, i64>, occasion: Occasion<'_>, out: &mut Outbox<Settled>) {
        let members: BTreeSet<MemberId> = owed.keys().chain(self.charged.keys()).copied().collect();
        for member in members {
            let [owes, paid] = [&owed, &self.charged].map(|amounts| amounts.get(&member).copied().unwrap_or(0));
            if owes != paid {
                out.give(Settled::Charge(Charge {
                    charged_at: occasion.now,
                    receipt: ReceiptId::of(occasion.visit),
                    adjustment: self.adjustments,
                    member,
                    amount: occasion.tariff.money(owes - paid),
                }));
            }
        }
        self.charged = owed;
    }
}

/// Who owes how much; nobody who owes nothing.
fn owed(member: Option<MemberId>, bill: &Bill) -> BTreeMap<MemberId, i64> {
    let owes = member.map(|member| (member, bill.total()));
    owes.into_iter().filter(|&(_, minor)| minor != 0).collect()
}
