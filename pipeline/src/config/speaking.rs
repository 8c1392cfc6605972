//! What a plan means for members: what is noticed of them, and what is said to them.

use super::plan::Plan;
use crate::assemble::personal::Speaking;
use operators::{Identifying, Noticing, Offering, Reminding, spaces};
use std::sync::Arc;

impl Plan {
    /// What noticing knows of the shop.
    pub fn noticing(&self, identifying: &Identifying) -> Noticing {
        Noticing {
            length: self.tick,
            doorway: identifying.rules.doorway.clone(),
            slots: spaces(&self.gondolas),
            planogram: self.reference.planogram.clone(),
            dwell: self.dwell.clone(),
            shelf_mm: self.personal.shelf_mm,
        }
    }

    /// How members are spoken to.
    pub(crate) fn speaking(&self) -> Speaking {
        let (chance_ppm, most) = (self.personal.remind_ppm, self.personal.remind_most);
        let (settling, reminding) = (self.settling(), Reminding { length: self.tick, chance_ppm, most });
        let prices = self.reference.prices.clone().filter(|_| !self.reference.campaigns.is_empty());
        let offering = prices.map(|prices| Offering {
            length: self.tick,
            campaigns: Arc::new(self.reference.campaigns.clone()),
            prices: Arc::new(prices),
            tariff: settling.tariff.clone(),
            cap: self.personal.offers_most,
            cap_days: self.personal.offers_days,
            key: self.personal.draw_key.clone(),
        });
        Speaking { settling, reminding, offering }
    }
}
