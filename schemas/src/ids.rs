//! Identities: 64-bit hashes (XXH3) of what they name, so that every run and every machine mints the same ones.

use crate::money::Money;
use crate::time::{EventTime, Tick};
use serde::{Deserialize, Serialize};
use std::fmt;
use xxhash_rust::xxh3::xxh3_64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            /// Sixteen hexadecimal digits: the form that tables carry.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }
    };
}

id!(
    /// One camera of one store.
    CameraId
);
id!(
    /// One shopper in one camera, from the first detection to the last.
    TrackletId
);
id!(
    /// One version of one model: what caused a row.
    ModelId
);

id!(
    /// One shopper on the floor between two doubts, however many cameras see them.
    StretchId
);
id!(
    /// One shopper across cameras: the stretch that began it.
    TrackId
);
id!(
    /// One zone of one store's floor.
    ZoneId
);
id!(
    /// One slot of one store.
    SlotId
);
id!(
    /// One scale of one store.
    ScaleId
);
id!(
    /// One gate of one store.
    GateId
);

id!(
    /// One change on a shelf that somebody made.
    InteractionId
);
id!(
    /// One code that a gate was shown: its unique number, hashed.
    CodeId
);
id!(
    /// A known account behind visits: a keyed hash, which only whoever holds the key can trace back.
    MemberId
);
id!(
    /// From entry to exit: one person, or a party on one code.
    VisitId
);

id!(
    /// The one receipt of a visit.
    ReceiptId
);

id!(
    /// What one member was offered, or would have been, at one time.
    OfferId
);
id!(
    /// A sku as a number: the hash of its text, which is short and ordered where texts would be slow.
    SkuCode
);
id!(
    /// A category of articles as a number: the hash of its text.
    CategoryCode
);

/// Stock keeping unit: what a catalog calls one article. Any text; often a GTIN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sku(String);

impl Sku {
    /// The article called `text`, or nothing for an empty text.
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_string()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hashes the parts with their lengths, so that `("ab", "c")` and `("a", "bc")` differ.
fn mint(kind: &str, parts: &[&[u8]]) -> u64 {
    let mut bytes = Vec::with_capacity(64);
    for part in std::iter::once(&kind.as_bytes()).chain(parts) {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    xxh3_64(&bytes)
}

impl CameraId {
    /// The camera called `camera` in the store called `store`.
    pub fn mint(store: &str, camera: &str) -> Self {
        Self(mint("camera", &[store.as_bytes(), camera.as_bytes()]))
    }
}

impl TrackletId {
    /// The `ordinal`-th tracklet that began in `camera` at `first`.
    pub fn mint(camera: CameraId, first: Tick, ordinal: u32) -> Self {
        Self(mint("tracklet", &[&camera.0.to_le_bytes(), &first.0.to_le_bytes(), &ordinal.to_le_bytes()]))
    }
}

impl StretchId {
    /// The `ordinal`-th stretch that began at `first` on the floor of `store`.
    pub fn mint(store: &str, first: Tick, ordinal: u32) -> Self {
        Self(mint("stretch", &[store.as_bytes(), &first.0.to_le_bytes(), &ordinal.to_le_bytes()]))
    }
}

impl StretchId {
    /// The stretch that begins where the chain that `self` began is cut at `tick`.
    pub fn cut_at(self, tick: Tick) -> Self {
        Self(mint("cut", &[&self.0.to_le_bytes(), &tick.0.to_le_bytes()]))
    }
}

impl TrackId {
    /// The track whose first stretch is `first`.
    pub fn begun_by(first: StretchId) -> Self {
        Self(first.0)
    }
}

impl ZoneId {
    /// The zone called `zone` in the store called `store`.
    pub fn mint(store: &str, zone: &str) -> Self {
        Self(mint("zone", &[store.as_bytes(), zone.as_bytes()]))
    }
}

impl SlotId {
    /// The slot called `slot` in the store called `store`.
    pub fn mint(store: &str, slot: &str) -> Self {
        Self(mint("slot", &[store.as_bytes(), slot.as_bytes()]))
    }
}

impl ScaleId {
    /// The scale called `scale` in the store called `store`.
    pub fn mint(store: &str, scale: &str) -> Self {
        Self(mint("scale", &[store.as_bytes(), scale.as_bytes()]))
    }
}

impl InteractionId {
    /// The `ordinal`-th thing that happened in the change that ended on `scale` at `until`.
    pub fn mint(scale: ScaleId, until: EventTime, ordinal: u32) -> Self {
        Self(mint("interaction", &[&scale.0.to_le_bytes(), &until.0.to_le_bytes(), &ordinal.to_le_bytes()]))
    }
}

impl InteractionId {
    /// The `ordinal`-th thing that happened in the change that cameras saw in `slot`, the last of it at `until`.
    pub fn seen(slot: SlotId, until: EventTime, ordinal: u32) -> Self {
        Self(mint("interaction seen", &[&slot.0.to_le_bytes(), &until.0.to_le_bytes(), &ordinal.to_le_bytes()]))
    }
}

impl InteractionId {
    /// That part of it which has this price, where what was put back had several.
    pub fn part(self, price: Option<Money>) -> Self {
        let minor = price.map_or(i64::MIN, |price| price.minor);
        Self(mint("interaction part", &[&self.0.to_le_bytes(), &minor.to_le_bytes()]))
    }
}

impl GateId {
    /// The gate called `gate` in the store called `store`.
    pub fn mint(store: &str, gate: &str) -> Self {
        Self(mint("gate", &[store.as_bytes(), gate.as_bytes()]))
    }
}

impl CodeId {
    /// The code whose issuer calls it `name`.
    pub fn mint(issuer: &str, name: &str) -> Self {
        Self(mint("code", &[issuer.as_bytes(), name.as_bytes()]))
    }
}

impl VisitId {
    /// The visit that the code `code`, shown at `gate` at `at`, began.
    pub fn of_code(gate: GateId, at: EventTime, code: CodeId) -> Self {
        Self(mint("visit", &[&gate.0.to_le_bytes(), &at.0.to_le_bytes(), &code.0.to_le_bytes()]))
    }

    /// The visit of somebody who has no code, known by the track that was inside from `entered` on.
    pub fn of_track(track: TrackId, entered: Tick) -> Self {
        Self(mint("visit without code", &[&track.0.to_le_bytes(), &entered.0.to_le_bytes()]))
    }
}

impl ReceiptId {
    /// The receipt of `visit`.
    pub fn of(visit: VisitId) -> Self {
        Self(mint("receipt", &[&visit.0.to_le_bytes()]))
    }
}

impl SkuCode {
    /// The number of the sku called `sku`.
    pub fn of(sku: &str) -> Self {
        Self(mint("sku", &[sku.as_bytes()]))
    }
}

impl CategoryCode {
    /// No category: nobody said which.
    pub const NONE: Self = Self(0);

    /// The number of the category called `category`.
    pub fn of(category: &str) -> Self {
        Self(mint("category", &[category.as_bytes()]).max(1))
    }
}

impl OfferId {
    /// The offer of `campaign` in `visit`.
    pub fn of(campaign: &str, visit: VisitId) -> Self {
        Self(mint("offer", &[campaign.as_bytes(), &visit.0.to_le_bytes()]))
    }
}

impl MemberId {
    /// A number in 0..1000 that looks random and is always the same for this member, `what` and `key`.
    pub fn draw(self, key: &str, what: &str) -> u32 {
        (mint("draw", &[key.as_bytes(), what.as_bytes(), &self.0.to_le_bytes()]) % 1000) as u32
    }

    /// The member whom a history calls `name`.
    pub fn of_history(name: &str) -> Self {
        Self(mint("household", &[name.as_bytes()]))
    }
}

impl ReceiptId {
    /// The receipt that a history calls `name`.
    pub fn of_history(name: &str) -> Self {
        Self(mint("basket", &[name.as_bytes()]))
    }
}

impl ModelId {
    /// A model by its label, for example `yolox-nano-480x640@0.1.1+c789161e`.
    pub fn mint(label: &str) -> Self {
        Self(mint("model", &[label.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_same_for_ever() {
        let camera = CameraId::mint("nanostore", "cam1");
        assert_eq!(camera, CameraId::mint("nanostore", "cam1"));
        assert_ne!(camera, CameraId::mint("nanostorec", "am1"));
        assert_ne!(TrackletId::mint(camera, Tick(1), 0), TrackletId::mint(camera, Tick(1), 1));
        assert_ne!(SlotId::mint("shop", "a").0, ScaleId::mint("shop", "a").0);
        assert_eq!(Sku::new(""), None);
        assert_eq!(format!("{}", CameraId(0xab)), "00000000000000ab");
    }
}
