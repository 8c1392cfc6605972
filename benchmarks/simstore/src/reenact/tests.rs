//! Variants do what they are called, and the nanostore's lists are played where they are at hand.

use super::variants;
use crate::goods::Goods;
use crate::ledger::Ledger;
use crate::life::{Happening, Moment, Stow, What, sample};
use crate::scenario::Hard;
use crate::seed::Seed;
use crate::world::{Mm2, World, corner};
use schemas::EventTime;
use std::collections::BTreeMap;
use std::io::Write;

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
        writeln!(std::io::stderr(), "skipped: no lists; set AISLEFLOW_SHARED").expect("stderr");
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

/// What happened, with the article of every package.
struct Past<'a> {
    world: &'a World,
    happened: Vec<&'a Happening>,
    articles: BTreeMap<u32, usize>,
    moments: &'a [Moment],
}

impl Past<'_> {
    /// Takes: when, by whom, from which slot, which package.
    fn takes(&self) -> Vec<(i64, u32, usize, u32)> {
        let take = |h: &&Happening| match h.what {
            What::Take { slot, package, .. } => Some((h.at.0, h.person, slot, package)),
            _ => None,
        };
        self.happened.iter().filter_map(take).collect()
    }

    /// Returns: how long after the take, into the slot of the take, into one where it belongs.
    fn returns(&self) -> Vec<(i64, bool, bool)> {
        let back = |h: &&Happening| {
            let What::PutBack { slot, package, .. } = h.what else { return None };
            let takes = self.takes();
            let take = takes.iter().rev().find(|take| take.3 == package && take.0 <= h.at.0)?;
            let home = |s: &crate::world::Stocking| s.slot == slot && s.article == self.articles[&package];
            Some((h.at.0 - take.0, take.2 == slot, self.world.planogram.iter().any(home)))
        };
        self.happened.iter().filter_map(back).collect()
    }

    fn stows(&self, places: &[Stow]) -> bool {
        let hides =
            |h: &&Happening| matches!(h.what, What::Stow { place, hidden: true, .. } if places.contains(&place));
        self.happened.iter().any(hides)
    }

    /// Two who take beside each other within a second, and whether the one on the left takes from the slot on the right.
    fn beside(&self) -> Vec<bool> {
        let (takes, slots) = (self.takes(), &self.world.slots);
        let mut found = Vec::new();
        for (a, b) in takes.iter().flat_map(|a| takes.iter().map(move |b| (a, b))) {
            let (s, t) = (&slots[a.2], &slots[b.2]);
            let touch = (s.gondola, s.shelf) == (t.gondola, t.shelf) && (t.from_mm - s.to_mm).abs() < 60.0;
            if a.1 == b.1 || (a.0 - b.0).abs() > 1_500_000 || !touch {
                continue;
            }
            let moment = self.moments.iter().find(|m| m.at.0 >= a.0).expect("a moment");
            let along = |person: u32| {
                let present = moment.present.iter().find(|p| p.person.number == person).expect("they are there");
                let at = present.pose.at;
                self.world.gondolas[s.gondola].frame.to_local(crate::world::Mm3::new(at.x, at.y, 0.0)).x
            };
            found.push(along(a.1) > along(b.1));
        }
        found
    }

    /// Whether two stand where the other stood before.
    fn swapped(&self) -> bool {
        let pairs = |m: &Moment| -> Vec<(u32, u32, Mm2, Mm2)> {
            let still: Vec<_> = m.present.iter().filter(|p| p.pose.speed < 60.0).collect();
            let both = |(i, j): (usize, usize)| {
                let (p, q) = (still[i], still[j]);
                (p.person.number, q.person.number, p.pose.at, q.pose.at)
            };
            (0..still.len()).flat_map(|i| (0..i).map(move |j| (i, j))).map(both).collect()
        };
        let every: Vec<_> = self.moments.iter().step_by(10).flat_map(pairs).collect();
        let near = |p: Mm2, q: Mm2| (p - q).norm() < 250.0;
        let apart = every.iter().filter(|(.., p, q)| (350.0..2_500.0).contains(&(p - q).norm()));
        apart
            .clone()
            .any(|(a, b, p, q)| apart.clone().any(|(c, d, r, s)| (a, b) == (c, d) && near(*p, *s) && near(*q, *r)))
    }

    fn shows(&self, hard: Hard) -> bool {
        let takes = self.takes();
        match hard {
            Hard::WrongSlot | Hard::EqualWeight => self.returns().iter().any(|(_, _, home)| !home),
            Hard::RightSlot => self.returns().iter().any(|&(us, same, home)| same && home && us > 4_000_000),
            Hard::TakeAndReturn => self.returns().iter().any(|&(us, same, _)| same && us < 4_000_000),
            Hard::TwoAtOnce => takes.windows(2).any(|t| t[0].1 == t[1].1 && t[1].0 - t[0].0 < 500_000),
            Hard::SameArticle => takes
                .iter()
                .enumerate()
                .any(|(i, a)| takes[..i].iter().any(|b| a.1 != b.1 && a.2 == b.2 && (a.0 - b.0).abs() < 1_500_000)),
            Hard::Neighbours => self.beside().contains(&false),
            Hard::CrossingHands => self.beside().contains(&true),
            Hard::HandOver => self.happened.iter().any(|h| matches!(h.what, What::HandOver { .. })),
            Hard::Shirt => self.stows(&[Stow::Shirt]),
            Hard::Pocket => self.stows(&[Stow::Pocket]),
            Hard::Bag => self.stows(&[Stow::Bag, Stow::Pocket]),
            Hard::SwapPlaces => self.swapped(),
            Hard::SameClothes => {
                let worn: BTreeMap<u32, u64> =
                    self.moments.iter().flat_map(|m| &m.present).map(|p| (p.person.number, p.person.figure)).collect();
                worn.iter().any(|(a, figure)| worn.iter().any(|(b, other)| a != b && figure == other))
            }
            Hard::RestingHand => (self.happened.iter())
                .any(|h| matches!(h.what, What::Press { force_mg: 200_000.., for_us: 1_500_000.., .. })),
            Hard::HeldLong => self.happened.iter().any(|h| match h.what {
                What::Press { slot, force_mg: ..0, for_us: 1_000_000.. } => {
                    takes.iter().any(|t| (t.1, t.2) == (h.person, slot) && t.0 > h.at.0 && t.0 < h.at.0 + 9_000_000)
                }
                _ => false,
            }),
        }
    }
}

/// Not what Life says of itself, but what is seen to happen.
#[test]
fn a_variant_shows_its_kind() {
    let world = corner::world();
    let mut others = 0;
    for (word, hard) in Hard::ALL {
        for script in variants(&world, hard, 3, EventTime(0), Seed(9)) {
            let moments: Vec<Moment> = script.life().collect();
            let goods = Goods::open(&script.world, script.seed);
            let past = Past {
                world: &script.world,
                happened: moments.iter().flat_map(|m| &m.happened).collect(),
                articles: goods.iter().map(|(package, good)| (package, good.article)).collect(),
                moments: &moments,
            };
            assert!(past.shows(hard), "{}: {word} is not to be seen", script.name);
            let hides = [Hard::Shirt, Hard::HandOver, Hard::WrongSlot, Hard::RestingHand, Hard::SameClothes];
            others += hides.iter().filter(|&&other| other != hard && past.shows(other)).count();
        }
    }
    assert!(others < 4, "kinds that nobody asked for are seen everywhere: {others}");
}
