//! The part of the graph that knows of goods: from hands and scales to receipts.

use super::personal::{Doings, Members, Speaking, Spoken, write_personal};
use crate::config::plan::Plan;
use crate::ingest::tempo::Tempo;
use crate::metrics::Metrics;
use crate::run::VERDICTS;
use crate::sink::write::{Origin, Write, Writer};
use operators::{
    Attributed, Attributing, BindSettings, Carts, DataflowTime, Decided, Deciding, Identifying, Look, Noticing,
    Reaching, Rows, Settlement, Settling, Stock, Ticks, Whereabouts, attribute, by_tick, cart, decide, deeds, notice,
    reach, settle,
};
use schemas::{
    Alert, Attendance, CameraId, CartLineChange, Charge, Closing, Dwell, Fault, FinalInteraction, Receipt,
    ReceiptAdjustment, ReceiptLine, ReviewCase, Sighting, StockChange, Verdict, WeightStep,
};
use std::sync::Arc;
use timely::dataflow::Scope;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Concat, ConnectLoop, Feedback, Inspect};

/// What goods are known by.
pub struct Goods {
    /// Where hands are.
    pub reaching: Reaching,
    /// Who took what.
    pub attributing: Attributing,
    /// What somebody decided about it.
    pub deciding: Deciding,
    /// What is paid for it.
    pub settling: Settling,
    /// What members do meanwhile.
    pub noticing: Noticing,
    /// What is said to them.
    pub speaking: Speaking,
}

impl Goods {
    /// What `plan` says of goods; none where nothing could tell that any were taken.
    pub fn of(plan: &Plan, bind: BindSettings, identifying: &Identifying) -> Option<Self> {
        let trade = plan.trade()?;
        let cameras = plan.cameras.iter().filter_map(|camera| Some((camera.id, camera.model.clone()?)));
        let (hold, lag, keep) = (bind.hold(), identifying.lag, identifying.rules.keep);
        Some(Self {
            reaching: Reaching::new(cameras),
            attributing: Attributing { hold, lag, keep, trade: trade.clone() },
            deciding: Deciding { trade, source: CameraId::mint(&plan.store, VERDICTS) },
            settling: plan.settling(),
            noticing: plan.noticing(identifying),
            speaking: plan.speaking(),
        })
    }
}

/// Who is where, and on whose account.
pub struct Known<'s> {
    /// Who is where.
    pub whereabouts: Rows<'s, Whereabouts>,
    /// On whose account.
    pub attendances: Rows<'s, Attendance>,
    /// Which visits are over.
    pub closings: Rows<'s, Closing>,
    /// Where they stayed, once that is final.
    pub dwells: Ticks<'s, Dwell>,
}

/// What is seen of goods, and decided about them.
pub struct Observed<'s> {
    /// Who is seen, with their hands.
    pub sightings: Ticks<'s, Sighting>,
    /// Steps of weight.
    pub steps: Ticks<'s, WeightStep>,
    /// What cameras saw change in slots that nothing weighs.
    pub looks: Ticks<'s, Look>,
    /// What somebody of the shop decided.
    pub verdicts: Ticks<'s, Verdict>,
    /// What is known of members beside.
    pub members: Members<'s>,
    /// The shop's own pace, and what counts how long after the exit receipts are made.
    pub billed: Option<(Arc<Tempo>, Arc<Metrics>)>,
}

/// What comes of it.
pub struct WrittenLedger<'s> {
    /// What is written.
    pub tables: Vec<Ticks<'s, ()>>,
    /// For the table of alerts.
    pub alerts: Ticks<'s, Alert>,
    /// What was refused.
    pub faults: Ticks<'s, Fault>,
}

/// Attributes, decides, adds up, settles and writes.
pub fn write_ledger<'s>(
    scope: Scope<'s, DataflowTime>,
    known: Known<'s>,
    observed: Observed<'s>,
    goods: Goods,
    origin: &Origin,
    writer: &Writer,
) -> WrittenLedger<'s> {
    let Goods { reaching, attributing, deciding, settling, noticing, speaking } = goods;
    let (tick, told) = (settling.length, attributing.told());
    let sure = 10 * attributing.trade.settings.review_permille as u16;
    let trade = attributing.trade.clone();
    let Observed { sightings, steps, looks, verdicts, members, billed: counts } = observed;
    let reaches = reach(sightings, reaching);
    let Known { whereabouts, attendances, closings, dwells } = known;
    let noticed = notice(whereabouts.clone(), attendances.clone(), noticing);
    let Attributed { interactions, certain } =
        attribute(scope, whereabouts, attendances.clone(), reaches, steps, looks, attributing);
    let Decided { interactions, goods, closings, faults } =
        decide(interactions, attendances.clone(), closings, verdicts, deciding);
    let Carts { lines, alerts } = cart(interactions, attendances, goods, tick);
    // An offer depends on receipts that were, and a receipt on offers that were: what is promised in a tick is on bills from the next on.
    let (promise, promised) = scope.feedback(1);
    let carts = lines.clone();
    let Settlement { changes, receipts, lines: billed, adjustments, charges, held, alerts: losses } =
        settle(lines, closings, promised, settling);
    let receipts = receipts.inspect(move |receipt| {
        if let Some((tempo, metrics)) = &counts {
            metrics.receipts.add(tempo.ago_us(receipt.left_at));
        }
    });
    let doubts = certain.clone().flat_map(move |row| ReviewCase::of(&row, sure));
    let stock = by_tick(certain.clone(), Stock::new(trade)).ok;
    let cases = doubts.concat(held.map(|held| ReviewCase::held(&held)));
    // Rows come so many ticks after the time by which they are cut.
    let after = |ticks| origin.clone().holding(ticks, tick);
    let deeds = deeds(dwells, certain.clone());
    let doings = Doings { noticed, carts, deeds, receipts: receipts.clone(), lines: billed.clone() };
    let Spoken { tables: personal, rebates } = write_personal(doings, members, speaking, origin, writer);
    rebates.connect_loop(promise);
    let mut tables = vec![
        by_tick(certain, Write::<FinalInteraction>::new(after(told), writer.clone())).ok,
        by_tick(stock, Write::<StockChange>::new(after(told), writer.clone())).ok,
        by_tick(changes, Write::<CartLineChange>::new(after(0), writer.clone())).ok,
        by_tick(receipts, Write::<Receipt>::new(after(0), writer.clone())).ok,
        by_tick(billed, Write::<ReceiptLine>::new(after(0), writer.clone())).ok,
        by_tick(adjustments, Write::<ReceiptAdjustment>::new(after(0), writer.clone())).ok,
        by_tick(charges, Write::<Charge>::new(after(0), writer.clone())).ok,
        by_tick(cases, Write::<ReviewCase>::new(after(told), writer.clone())).ok,
    ];
    tables.extend(personal);
    WrittenLedger { tables, alerts: alerts.concat(losses), faults }
}
