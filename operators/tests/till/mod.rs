//! A till under test: its clock, its prices and its promotion.

use operators::ledger::settle::Settling;
use operators::{AttributeSettings, SettleSettings, Tariff, Trade};
use schemas::{Catalog, Currency, EventTime, Planogram, Promotion, Sku, Terms, TickLength};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A tick is 100 ms.
pub fn length() -> TickLength {
    TickLength::from_us(100_000).expect("not zero")
}

/// When a tick begins.
pub fn start(tick: u64) -> EventTime {
    length().start(schemas::Tick(tick))
}

/// Receipts after half a second, three for the price of two.
pub fn settling() -> Settling {
    let mut settings = SettleSettings::default();
    settings.set("settle_wait_ms", 500).expect("in range");
    settings.set("review_horizon_ms", 60_000).expect("in range");
    let promotion = Promotion {
        name: "3 for 2".into(),
        terms: Terms::MultiBuy { take: 3, pay: 2 },
        skus: BTreeSet::from([sku(0), sku(1)]),
        categories: BTreeSet::new(),
        valid_from: EventTime(0),
        valid_until: None,
    };
    let tariff = Tariff { catalog: Catalog::new(), promotions: vec![promotion], currency: euro() };
    Settling { length: length(), settings, tariff: Arc::new(tariff) }
}

/// A shop without a price book: what a verdict calls otherwise has no price.
pub fn trade() -> Trade {
    Trade {
        tick: length(),
        spaces: BTreeMap::new(),
        scales: BTreeMap::new(),
        catalog: Catalog::new(),
        planogram: Planogram::default(),
        prices: None,
        settings: AttributeSettings::default(),
    }
}

/// The currency.
pub fn euro() -> Currency {
    Currency::new("EUR").expect("three capitals")
}

/// An article.
pub fn sku(number: u64) -> Sku {
    Sku::new(&format!("sku-{number}")).expect("not empty")
}
