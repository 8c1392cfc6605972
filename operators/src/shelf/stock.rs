//! Stock: what lies in every slot, from what was taken and put in.
//! In: FinalInteraction | Out: StockChange | Key: slot
//! State: units of each article in each slot, beyond what fits of what belongs there; of what belongs elsewhere, those that lie there
//! Time: in the order in which interactions become final; seen by frontier, never by clock. Faults: none.
//!
//! A slot is taken to have been full when the planogram put its article there. What it says is as good as the interactions: what was filled
//! unseen makes it negative, which the next count of the shop puts right.

use super::attribute::Trade;
use crate::flow::Outbox;
use crate::flow::build::ByTick;
use schemas::{FinalInteraction, Sku, SlotId, StockChange, StockState, Tick};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The operator's core.
#[derive(Clone, Debug)]
pub struct Stock {
    trade: Arc<Trade>,
    /// Units by slot and article: beyond what fits, or those that lie astray.
    beyond: BTreeMap<(SlotId, Sku), i64>,
}

impl Stock {
    /// Full slots.
    pub fn new(trade: Arc<Trade>) -> Self {
        Self { trade, beyond: BTreeMap::new() }
    }

    /// What an interaction makes of its slot; nothing where it is not known what it was.
    fn change(&mut self, row: &FinalInteraction) -> Option<StockChange> {
        let told = &row.interaction;
        let sku = told.sku.clone()?;
        let stocking = self.trade.planogram.at(&told.slot, told.event_time).and_then(|stocking| stocking.as_ref());
        let home = stocking.filter(|stocking| stocking.sku == sku);
        let beyond = self.beyond.entry((told.slot, sku.clone())).or_default();
        *beyond -= told.quantity;
        let capacity = home.and_then(|stocking| stocking.capacity);
        let low = i64::from(self.trade.settings.low_permille);
        let (units, state) = match (home, capacity) {
            // What was seen to go without having been seen to come lay there before.
            (None, _) => {
                *beyond = (*beyond).max(0);
                (Some(*beyond), if *beyond > 0 { StockState::Misplaced } else { StockState::Cleared })
            }
            (Some(_), None) => (None, StockState::Unknown),
            (Some(_), Some(fit)) => {
                let units = i64::from(fit) + *beyond;
                let state = match units {
                    ..=0 => StockState::Out,
                    _ if 1000 * units < low * i64::from(fit) => StockState::Low,
                    _ => StockState::Ok,
                };
                (Some(units), state)
            }
        };
        if *beyond == 0 {
            self.beyond.remove(&(told.slot, sku.clone()));
        }
        let (event_time, interaction) = (told.event_time, told.id);
        Some(StockChange {
            event_time,
            slot: told.slot,
            sku,
            interaction,
            change: -told.quantity,
            units,
            capacity,
            state,
        })
    }
}

impl ByTick for Stock {
    type In = FinalInteraction;
    type Out = StockChange;
    const NAME: &'static str = "Stock";

    fn route(row: &FinalInteraction) -> u64 {
        row.interaction.slot.0
    }

    fn close(&mut self, _tick: Tick, batch: Vec<FinalInteraction>, out: &mut Outbox<StockChange>) -> Option<Tick> {
        out.ok.extend(batch.iter().filter_map(|row| self.change(row)));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelf::attribute::AttributeSettings;
    use proptest::prelude::*;
    use schemas::{EventTime, Interaction, InteractionId, Planogram, Score, Stocking, TickLength};

    const SLOT: SlotId = SlotId(1);

    fn sku(name: &str) -> Sku {
        Sku::new(name).expect("not empty")
    }

    fn trade(capacity: Option<u32>) -> Arc<Trade> {
        let mut planogram = Planogram::default();
        planogram
            .insert(SLOT, EventTime(0), Some(Stocking { sku: sku("tea"), facings: 1, capacity }))
            .expect("the first");
        Arc::new(Trade {
            tick: TickLength::from_us(100_000).expect("not zero"),
            spaces: BTreeMap::new(),
            scales: BTreeMap::new(),
            catalog: BTreeMap::new(),
            planogram,
            prices: None,
            settings: AttributeSettings::default(),
        })
    }

    fn took(at: i64, name: Option<&str>, quantity: i64) -> FinalInteraction {
        let interaction = Interaction {
            event_time: EventTime(at),
            id: InteractionId(at as u64),
            slot: SLOT,
            track: None,
            sku: name.map(sku),
            quantity,
            unit_price: None,
            confidence: Score::from_unit(1.0),
            alternatives: Vec::new(),
        };
        FinalInteraction::new(interaction, |_| None)
    }

    fn said(trade: Arc<Trade>, rows: Vec<FinalInteraction>) -> Vec<(i64, Option<i64>, StockState)> {
        let (mut core, mut out) = (Stock::new(trade), Outbox::default());
        for (tick, row) in (0..).map(Tick).zip(rows) {
            core.close(tick, vec![row], &mut out);
        }
        out.ok.iter().map(|row| (row.change, row.units, row.state)).collect()
    }

    #[test]
    fn a_slot_runs_low_and_out_and_is_filled_again() {
        use StockState::{Low, Ok, Out};
        let rows = vec![
            took(1, Some("tea"), 6),
            took(2, Some("tea"), 1),
            took(3, None, 1),
            took(4, Some("tea"), 1),
            took(5, Some("tea"), -9),
        ];
        let told = said(trade(Some(8)), rows.clone());
        assert_eq!(told, [(-6, Some(2), Ok), (-1, Some(1), Low), (-1, Some(0), Out), (9, Some(9), Ok)]);
        assert!(
            said(trade(None), rows).iter().all(|(_, units, state)| units.is_none() && *state == StockState::Unknown)
        );
    }

    #[test]
    fn what_belongs_elsewhere_is_misplaced_until_it_is_gone() {
        let rows = vec![
            took(1, Some("soap"), 1),
            took(2, Some("soap"), -2),
            took(3, Some("soap"), 1),
            took(4, Some("soap"), 1),
        ];
        let states: Vec<(Option<i64>, &str)> =
            said(trade(Some(8)), rows).into_iter().map(|(_, units, state)| (units, state.word())).collect();
        assert_eq!(
            states,
            [(Some(0), "cleared"), (Some(2), "misplaced"), (Some(1), "misplaced"), (Some(0), "cleared")]
        );
    }

    proptest! {
        #[test]
        fn units_are_what_fits_less_everything_taken(quantities in prop::collection::vec(-4i64..4, 0..30)) {
            let rows = (1..).zip(&quantities).filter(|(_, q)| **q != 0).map(|(at, q)| took(at, Some("tea"), *q));
            let told = said(trade(Some(5)), rows.collect());
            let left = 5 - quantities.iter().sum::<i64>();
            prop_assert_eq!(told.last().map_or(5, |(_, units, _)| units.expect("it is known what fits")), left);
        }
    }
}
