//! The operator's collection while minds change, and against its slow twin.

use super::*;
use crate::reference::attribute::slow_attribute;
use proptest::prelude::*;

/// Runs the operator's core over what is heard by tick; gives the collection after each tick, and the final rows.
fn run(
    mut heard: BTreeMap<u64, Vec<Heard>>,
    attributing: Attributing,
) -> (Vec<BTreeMap<Interaction, isize>>, Vec<FinalInteraction>) {
    let (mut core, mut outbox, mut wake) = (Attribute::new(attributing), Outbox::default(), None);
    let (mut holds, mut certain, mut after) = (BTreeMap::<Interaction, isize>::new(), Vec::new(), Vec::new());
    while let Some(now) = heard.keys().next().copied().into_iter().chain(wake).min() {
        let mut batch = heard.remove(&now).unwrap_or_default();
        batch.sort();
        wake = core.close(Tick(now), batch, &mut outbox).map(|tick| tick.0);
        for known in outbox.take().0 {
            match known {
                Known::Change((row, at, diff)) => {
                    assert_eq!(at, now);
                    *holds.entry(row).or_default() += diff;
                }
                Known::Certain(row) => certain.push(row),
            }
        }
        holds.retain(|_, count| *count != 0);
        assert!(holds.values().all(|&count| count == 1), "{holds:?}");
        after.push(holds.clone());
        assert!(now < 5000, "it ends");
    }
    (after, certain)
}

#[test]
fn a_wrong_join_that_is_put_right_moves_the_take_and_leaves_nothing_behind() {
    let attributing = Attributing { hold: 60, lag: 5, keep: 30, trade: Arc::new(trade()) };
    let moved = |row: Whereabouts, diff| Heard::Moved(Change { row, diff });
    let place = |tick, track| match at(tick, track, 200) {
        Evidence::At(row) => row,
        _ => unreachable!(),
    };
    let step = match change(27, 1, -250) {
        Evidence::Step(step) => step,
        _ => unreachable!(),
    };
    let build = |wrong: bool| {
        let mut heard = BTreeMap::<u64, Vec<Heard>>::new();
        for tick in 10..60 {
            // Steps come five ticks late; whoever it is is said wrongly until tick 70.
            let said = if wrong { BEN } else { ANNA };
            heard.entry(tick + 5).or_default().push(moved(place(tick, said), 1));
            if wrong {
                let both = [moved(place(tick, BEN), -1), moved(place(tick, ANNA), 1)];
                heard.entry(70.max(tick + 6)).or_default().extend(both);
            }
            let told = if wrong && tick + 61 > 70 { ANNA } else { said };
            heard.entry(tick + 61).or_default().push(moved(place(tick, told), -1));
        }
        heard.entry(36).or_default().push(Heard::Step(step));
        run(heard, attributing.clone())
    };
    let ((right, certain), (wrong, corrected)) = (build(false), build(true));
    assert_eq!(certain, corrected);
    assert_eq!(certain[0].interaction.track, Some(ANNA));
    assert!(wrong.iter().any(|holds| holds.keys().any(|row| row.track == Some(BEN))), "it was said wrongly first");
    assert_eq!(right.iter().max_by_key(|holds| holds.len()).map(BTreeMap::len), Some(1));
    assert!(
        right.last().is_some_and(BTreeMap::is_empty) && wrong.last().is_some_and(BTreeMap::is_empty),
        "nothing is kept"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// People come and go, are taken for each other and found out, and weights change: what is known at every tick is what a run from the
    /// beginning over the rows known by then says, and what becomes final is never said otherwise.
    #[test]
    fn what_is_known_is_the_slow_twins_at_every_tick(
        people in proptest::collection::vec((0u64..60, 20u64..90, -300i32..1100, proptest::option::of((0u64..40, 1u64..30, 1u64..40))), 1..4),
        changes in proptest::collection::vec((5u64..120, 1u64..5, -6i64..7, 0u64..9), 0..10),
    ) {
        const LAG: u64 = 5;
        const HOLD: u64 = 50;
        let attributing = Attributing { hold: HOLD, lag: LAG, keep: 10_000, trade: Arc::new(trade()) };
        let place = |tick, track: u64, x_mm| match at(tick, TrackId(track), x_mm) { Evidence::At(row) => row, _ => unreachable!() };
        // What is said when: (now, row, how often).
        let mut said = BTreeMap::<u64, Vec<(Tick, Evidence, i64)>>::new();
        for (i, (from, long, x_mm, wrong)) in people.iter().enumerate() {
            for tick in *from..from + long {
                let (track, come) = (10 * (i as u64 + 1), tick + LAG);
                let row = |track| Evidence::At(place(tick, track, *x_mm));
                match wrong.filter(|(after, many, _)| (from + after..from + after + many).contains(&tick)) {
                    // For some ticks they are taken for somebody else.
                    Some((_, _, ticks)) => {
                        said.entry(come).or_default().push((Tick(tick), row(track + 1), 1));
                        let later = said.entry((come + ticks).min(tick + HOLD)).or_default();
                        later.extend([(Tick(tick), row(track + 1), -1), (Tick(tick), row(track), 1)]);
                    }
                    None => said.entry(come).or_default().push((Tick(tick), row(track), 1)),
                }
            }
        }
        for (tick, scale, times, late) in changes {
            let step = if scale < 4 { change(tick, scale, times * 125) } else { look(tick, 1 + times.unsigned_abs() % 4, tick.saturating_sub(20), times < 0) };
            said.entry(tick + late).or_default().push((Tick(tick + 2), step, 1));
        }
        let (mut core, mut outbox) = (Attribute::new(attributing.clone()), Outbox::default());
        let (mut known, mut holds, mut certain) = (BTreeMap::<Tick, BTreeMap<Evidence, i64>>::new(), BTreeMap::<Interaction, isize>::new(), Vec::new());
        for now in 0..260 {
            let mut batch = Vec::new();
            for (tick, row, diff) in said.remove(&now).unwrap_or_default() {
                *known.entry(tick).or_default().entry(row.clone()).or_default() += diff;
                batch.push(match row {
                    Evidence::At(row) => Heard::Moved(Change { row, diff }),
                    Evidence::Step(step) => Heard::Step(step),
                    Evidence::Hand(hand) => Heard::Hand(hand),
                    Evidence::Look(look) => Heard::Look(look),
                });
            }
            batch.sort();
            core.close(Tick(now), batch, &mut outbox);
            for told in outbox.take().0 {
                match told {
                    Known::Change((row, _, diff)) => *holds.entry(row).or_default() += diff,
                    Known::Certain(row) => certain.push(row.interaction),
                }
            }
            holds.retain(|_, count| *count != 0);
            if now % 9 != 0 || now < LAG {
                continue;
            }
            let rows = |rows: &BTreeMap<Evidence, i64>| rows.iter().filter(|(_, n)| **n > 0).map(|(row, _)| row.clone()).collect();
            let evidence: BTreeMap<Tick, Vec<Evidence>> = known.iter().map(|(&tick, of)| (tick, rows(of))).collect();
            let mut slow = slow_attribute(&attributing.trade, &evidence, Tick(now - LAG));
            slow.sort();
            prop_assert_eq!(holds.keys().cloned().collect::<Vec<_>>(), slow, "at {}", now);
        }
        certain.sort();
        prop_assert_eq!(certain, holds.into_keys().collect::<Vec<_>>());
    }
}
