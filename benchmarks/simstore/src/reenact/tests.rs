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
        assert!(whole == 6, "{word}: {whole} of {}", scripts.len());
    }
}

#[test]
fn the_lists_are_played() {
    let Ok(shared) = std::env::var("AISLEFLOW_SHARED") else {
        assert!(super::scripts(&sample::shop(), "no such file".as_ref(), EventTime(0), Seed(1)).is_err());
        return;
    };
    let file = std::path::Path::new(&shared).join("data/nanostore/events/events_v14.json");
    let scripts = super::scripts(&sample::shop(), &file, EventTime(0), Seed(1)).expect("the lists");
    assert_eq!(scripts.len(), 41);
    let mut takes = 0;
    for script in &scripts {
        let mut books = Ledger::open(&script.world);
        for moment in script.life() {
            takes += moment.happened.iter().filter(|h| matches!(h.what, crate::life::What::Take { .. })).count();
            books.observe(&moment);
        }
        books.audit();
    }
    assert!(takes > 100, "{takes}");
}
