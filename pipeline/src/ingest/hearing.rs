//! Hearing: which scales have fallen silent, or stuck. Judged by the arrival of what others say, so that the same recording gives the
//! same faults; who is silent when the recording ends is not told.

use operators::WeighSettings;
use schemas::{EventTime, ScaleId};
use std::collections::BTreeMap;

/// How often everybody is looked at, microseconds of arrival.
const EVERY_US: i64 = 500_000;

/// When each scale was last heard.
pub(super) struct Hearing {
    silent_us: i64,
    stuck_us: i64,
    scales: BTreeMap<ScaleId, Heard>,
    looked: Option<EventTime>,
}

struct Heard {
    name: String,
    /// When it last said a number; none before the recording begins.
    number: Option<EventTime>,
    /// The last number, and since when it says it.
    value: Option<(i64, EventTime)>,
    /// Whether its silence, and its being stuck, were told.
    told: [bool; 2],
}

impl Hearing {
    /// Nothing was heard of `scales`.
    pub(super) fn new(scales: &BTreeMap<String, ScaleId>, settings: &WeighSettings) -> Self {
        let us = |ms: u32| i64::from(ms) * 1000;
        let heard = |name: &String| Heard { name: name.clone(), number: None, value: None, told: [false; 2] };
        let scales = scales.iter().map(|(name, &scale)| (scale, heard(name))).collect();
        Self { silent_us: us(settings.silent_ms), stuck_us: us(settings.stuck_ms), scales, looked: None }
    }

    /// A scale has said something that arrived at `now`.
    pub(super) fn hear(&mut self, scale: ScaleId, now: EventTime, weight_mg: Option<i64>) {
        let (Some(heard), Some(mg)) = (self.scales.get_mut(&scale), weight_mg) else { return };
        heard.number = Some(now);
        heard.told[0] = false;
        if heard.value.is_none_or(|(value, _)| value != mg) {
            heard.value = Some((mg, now));
            heard.told[1] = false;
        }
    }

    /// Who has become silent or stuck by `now`: names and reasons, each once until it is well again.
    pub(super) fn silent(&mut self, now: EventTime) -> Vec<(String, String)> {
        let Some(looked) = self.looked else {
            // The recording begins here: who never says anything is silent from here on.
            self.scales.values_mut().for_each(|heard| heard.number = heard.number.or(Some(now)));
            self.looked = Some(now);
            return Vec::new();
        };
        if now.since_us(looked) < EVERY_US {
            return Vec::new();
        }
        self.looked = Some(now);
        let mut said = Vec::new();
        for heard in self.scales.values_mut() {
            let silent = heard.number.is_some_and(|number| now.since_us(number) >= self.silent_us);
            if silent && !std::mem::replace(&mut heard.told[0], true) {
                said.push((heard.name.clone(), format!("no number for {} ms", self.silent_us / 1000)));
            }
            let since = heard.value.filter(|_| self.stuck_us > 0 && !silent);
            let stuck = since.is_some_and(|(_, since)| now.since_us(since) >= self.stuck_us);
            if stuck && !std::mem::replace(&mut heard.told[1], true) {
                said.push((heard.name.clone(), format!("the same number for {} ms", self.stuck_us / 1000)));
            }
        }
        said
    }
}
