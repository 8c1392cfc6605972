//! Variants do what they are called, and the nanostore's lists are played where they are at hand.

use super::variants;
use crate::ledger::Ledger;
use crate::life::sample;
use crate::scenario::Hard;
use crate::seed::Seed;
use schemas::EventTime;

#[test]
fn variants_of_every_kind_do_it() {
    let world = sample::shop();
    for (word, hard) in Hard::ALL {
        let mut whole = 0;
        let scripts = variants(&world, hard, 6, EventTime(0), Seed(5));
        for script in &scripts {
            let mut life = script.life();
            let mut books = Ledger::open(&script.world);
            life.by_ref().for_each(|moment| books.observe(&moment));
            books.audit();
            whole += usize::from(life.take_hard().iter().any(|done| done.hard == hard && done.whole));
        }
        assert!(whole >= 5, "{word}: {whole} of {}", scripts.len());
    }
}
