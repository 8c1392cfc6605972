//! The gate: codes that members show (PASETO v4.public, signed with a key that follows from the seed, short-lived, each shown
//! once), and who crosses its line which way.
//!
//! A code's payload is JSON: `iss` the store, `sub` the member's pseudonym, `role` member or staff, `party`, `gate`, `jti` unique,
//! and `iat`, `nbf`, `exp` in RFC 3339.

#[cfg(test)]
mod tests;
mod wrong;

pub use wrong::{RETRY_US, Wrong, WrongCodes};

use crate::device::Line;
use crate::life::{Happening, Moment, Person, Role, What};
use crate::scenario::Scenario;
use crate::seed::Seed;
use crate::world::World;
use crate::world::write::instant;
use ed25519_compact::{KeyPair, Seed as KeySeed};
use hmac::{Hmac, KeyInit, Mac};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey};
use pasetors::paserk::FormatAsPaserk;
use pasetors::version4::{PublicToken, V4};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use schemas::{EventTime, GateCrossing, GateId, GateScan, Way};
use serde_json::json;
use sha2::Sha256;

/// From when a code is made until it is void.
pub const VALID_US: i64 = 300_000_000;
/// Longest time from a code's making to its showing.
const SHOWN_AFTER_US_MAX: i64 = 45_000_000;

/// Who signs codes.
pub struct Signer {
    secret: AsymmetricSecretKey<V4>,
    public: AsymmetricPublicKey<V4>,
    issuer: String,
    seed: Seed,
}

impl Signer {
    /// The signer of this store under this seed.
    pub fn new(store: &str, seed: Seed) -> Self {
        let pair = KeyPair::from_seed(KeySeed::new(seed.stream("gate key", &[]).random()));
        let secret = AsymmetricSecretKey::from(pair.sk.as_ref()).expect("a pair that was made of a seed");
        let public = AsymmetricPublicKey::from(pair.pk.as_ref()).expect("a pair that was made of a seed");
        Self { secret, public, issuer: store.to_string(), seed }
    }

    /// The public key, PASERK `k4.public.`.
    pub fn public_key(&self) -> String {
        let mut text = String::new();
        self.public.fmt(&mut text).expect("a key is a text");
        text
    }

    /// The pseudonym of a member or of staff.
    pub fn pseudonym(&self, role: &Role) -> String {
        let (word, number) = match role {
            Role::Member(number) => ("member", *number),
            Role::Staff(number) => ("staff", *number),
            Role::Tailgater => ("nobody", 0),
        };
        format!("{word}-{:016x}", self.seed.stream(word, &[number]).random::<u64>())
    }

    /// What members are hashed with, hexadecimal.
    pub fn pseudonym_key(&self) -> String {
        self.pseudonym_key_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn pseudonym_key_bytes(&self) -> [u8; 32] {
        self.seed.stream("pseudonym key", &[]).random()
    }

    /// What tables call whoever shows the codes of `role`: the first 8 bytes of HMAC-SHA256 (RFC 2104) of the pseudonym, hexadecimal.
    pub fn member_id(&self, role: &Role) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.pseudonym_key_bytes()).expect("any length is a key");
        mac.update(self.pseudonym(role).as_bytes());
        mac.finalize().into_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The `ordinal`-th code: for this person and so many, at the gate of this name, shown at `at`.
    pub fn code(&self, person: &Role, party: u32, gate: &str, at: EventTime, ordinal: u64) -> String {
        let rng = self.seed.stream("code", &[ordinal]);
        self.made(person, party, gate, (at, rng))
    }

    fn made(&self, person: &Role, party: u32, gate: &str, (at, mut rng): (EventTime, ChaCha8Rng)) -> String {
        let made = EventTime(at.0 - rng.random_range(2_000_000..SHOWN_AFTER_US_MAX));
        let payload = json!({
            "iss": self.issuer,
            "sub": self.pseudonym(person),
            "role": if matches!(person, Role::Staff(_)) { "staff" } else { "member" },
            "party": party,
            "gate": gate,
            "jti": format!("{:032x}", rng.random::<u128>()),
            "iat": instant(made),
            "nbf": instant(made),
            "exp": instant(EventTime(made.0 + VALID_US)),
        });
        PublicToken::sign(&self.secret, payload.to_string().as_bytes(), None, None).expect("a message and a key")
    }
}

/// All gates of a shop.
pub struct Gates {
    signer: Signer,
    gates: Vec<(String, GateId, Line)>,
    codes: u64,
    wrong: WrongCodes,
    /// The good code that was shown last.
    last: String,
    scans: Vec<GateScan>,
    crossings: Vec<GateCrossing>,
}

/// What arrived from the gates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrived {
    /// Codes, in order of arrival.
    pub scans: Vec<GateScan>,
    /// Crossings, in order of arrival.
    pub crossings: Vec<GateCrossing>,
}

impl Gates {
    /// The gates of a shop.
    pub fn new(world: &World, scenario: &Scenario) -> Self {
        let gate = |gate: &crate::world::Gate| {
            (gate.name.clone(), GateId::mint(&world.name, &gate.name), Line::new(scenario, &gate.name))
        };
        let (gates, signer) = (world.gates.iter().map(gate).collect(), Signer::new(&world.name, scenario.seed));
        let (wrong, last) = (scenario.wrong_codes, String::new());
        Self { signer, gates, codes: 0, wrong, last, scans: Vec::new(), crossings: Vec::new() }
    }

    /// Takes the next moment; gives what has arrived by then.
    pub fn moment(&mut self, moment: &Moment) -> Arrived {
        for happening in &moment.happened {
            let who = moment.present.iter().find(|p| p.person.number == happening.person).map(|p| p.person.as_ref());
            self.happen(happening, who);
        }
        self.arrived(moment.at)
    }

    /// The end: what is still under way.
    pub fn finish(&mut self) -> Arrived {
        self.arrived(EventTime(i64::MAX))
    }

    fn happen(&mut self, happening: &Happening, who: Option<&Person>) {
        let at = happening.at;
        match happening.what {
            What::Scan { gate, party } => {
                let who = who.unwrap_or_else(|| panic!("gate: person {} scans and is not there", happening.person));
                let (name, id, line) = &mut self.gates[gate];
                let ordinal = self.codes;
                self.codes += 1;
                let mut at = at;
                if let Some(wrong) = self.wrong.before(self.signer.seed, ordinal) {
                    let rng = self.signer.seed.stream("code that is wrong", &[ordinal]);
                    let code = match wrong {
                        Wrong::Forged => {
                            // Another key, and all else as it ought to be.
                            let other = Signer::new(&self.signer.issuer, Seed(!self.signer.seed.0));
                            let forger = Signer { seed: self.signer.seed, ..other };
                            forger.made(&who.role, party, name, (at, rng))
                        }
                        Wrong::Expired => {
                            self.signer.made(&who.role, party, name, (EventTime(at.0 - 2 * VALID_US), rng))
                        }
                        Wrong::Replayed => self.last.clone(),
                    };
                    let (event_time, received_at) = (line.clock(at), line.arrival(at));
                    self.scans.push(GateScan { gate: *id, event_time, received_at, code, party: Some(party) });
                    at = at.plus_us(RETRY_US);
                }
                let code = self.signer.code(&who.role, party, name, at, ordinal);
                self.last.clone_from(&code);
                let (event_time, received_at) = (line.clock(at), line.arrival(at));
                self.scans.push(GateScan { gate: *id, event_time, received_at, code, party: Some(party) });
            }
            What::Enter { gate } | What::Leave { gate } => {
                let way = if matches!(happening.what, What::Enter { .. }) { Way::In } else { Way::Out };
                let (_, id, line) = &mut self.gates[gate];
                let (event_time, received_at) = (line.clock(at), line.arrival(at));
                self.crossings.push(GateCrossing { gate: *id, event_time, received_at, way });
            }
            _ => {}
        }
    }

    fn arrived(&mut self, now: EventTime) -> Arrived {
        let rank = |id: GateId| self.gates.iter().filter(|(_, other, _)| *other == id).map(|(name, ..)| name).next();
        self.scans.sort_by_key(|scan| (scan.received_at, rank(scan.gate), scan.event_time));
        self.crossings.sort_by_key(|crossing| (crossing.received_at, rank(crossing.gate), crossing.event_time));
        let scans = self.scans.partition_point(|scan| scan.received_at <= now);
        let crossings = self.crossings.partition_point(|crossing| crossing.received_at <= now);
        Arrived { scans: self.scans.drain(..scans).collect(), crossings: self.crossings.drain(..crossings).collect() }
    }
}
