use super::*;
use schemas::{FloorPoint, TickLength};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Hold: 25 ticks.
fn keep() -> Keep {
    let tick = TickLength::from_us(100_000).expect("not zero");
    Keep::new(BindSettings { tick, lag: 5, window: 20, silence: 30 })
}

fn rebind(stretch: u64, track: u64, diff: i64) -> Stitched {
    let binding = Binding { stretch: StretchId(stretch), track: TrackId(track) };
    Stitched::Rebind(Rebinding { binding, diff })
}

fn step(stretch: u64, tick: u64) -> Stitched {
    let at = FloorPoint::default();
    let (stretch, tick, shares) = (StretchId(stretch), Tick(tick), vec![]);
    Stitched::Step(Step { stretch, tick, at, spread_mm: 50, height_mm: 1700, shares })
}

/// Plays `said` by tick, waking the core when it asks, to the end of its deadlines.
fn play(keep: &mut Keep, said: &[(u64, Stitched)]) -> Vec<(Kept, DataflowTime, isize)> {
    let (mut out, mut wake) = (Outbox::default(), None::<Tick>);
    let mut batches: BTreeMap<Tick, Vec<Stitched>> = BTreeMap::new();
    for (at, row) in said {
        batches.entry(Tick(*at)).or_default().push(row.clone());
    }
    while let Some(tick) = batches.keys().next().copied().into_iter().chain(wake).min() {
        let mut batch = batches.remove(&tick).unwrap_or_default();
        batch.sort();
        wake = keep.close(tick, batch, &mut out);
    }
    out.ok
}

#[test]
fn every_row_is_taken_away_at_its_time_and_nothing_stays() {
    let mut keep = keep();
    let said = [(100, rebind(1, 7, 1)), (102, step(1, 100)), (103, rebind(1, 7, -1)), (103, rebind(1, 8, 1))];
    let updates = play(&mut keep, &said);
    let bound = |track| Kept::Binding(Binding { stretch: StretchId(1), track: TrackId(track) });
    let Stitched::Step(step) = step(1, 100) else { panic!("a step") };
    let expected = [
        (bound(7), 100, 1),
        (Kept::Step(step.clone()), 102, 1),
        (bound(7), 103, -1),
        (bound(8), 103, 1),
        (Kept::Step(step), 126, -1),
        (bound(8), 156, -1),
    ];
    assert_eq!(updates, expected);
    assert!(keep.steps.is_empty() && keep.stretches.is_empty() && keep.over.is_empty(), "{keep:?}");
}

#[test]
fn a_stretch_that_comes_to_nothing_is_forgotten() {
    let mut keep = keep();
    let said = [(100, rebind(1, 7, 1)), (101, rebind(1, 7, -1)), (102, rebind(2, 7, 1)), (102, rebind(2, 7, -1))];
    assert_eq!(play(&mut keep, &said).iter().map(|update| update.2).sum::<isize>(), 0);
    assert!(keep.stretches.is_empty() && keep.over.is_empty(), "{keep:?}");
}

#[test]
fn state_follows_who_is_there_and_not_how_long() {
    let (mut keep, mut out) = (keep(), Outbox::default());
    for tick in 0..20_000 {
        // Each of ten people gets a new stretch every 50 ticks.
        let rows = (0..10).flat_map(|person| {
            let stretch = 1_000 * (tick / 50) + person;
            let born = tick % 50 == 0;
            born.then(|| rebind(stretch, person, 1)).into_iter().chain([step(stretch, tick)])
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        keep.close(Tick(tick), rows, &mut out);
        assert!(keep.steps.len() <= 10 * 26, "{} steps", keep.steps.len());
        // A stretch of 50 ticks is kept for 56 more: three at once at most.
        assert!(keep.stretches.len() <= 30 && keep.over.len() <= 30, "{} stretches", keep.stretches.len());
        out.ok.clear();
    }
}

#[test]
fn a_stretch_may_be_withdrawn_and_given_again() {
    let said = [(100, rebind(1, 1, 1)), (100, step(1, 100)), (101, rebind(1, 1, -1)), (104, rebind(1, 2, 1))];
    let kept = play(&mut keep(), &said);
    assert_eq!(kept.iter().map(|update| update.2).sum::<isize>(), 0, "all of it is taken away in the end: {kept:?}");
    let bindings = kept.iter().filter(|update| matches!(update.0, Kept::Binding(_))).count();
    assert_eq!(bindings, 4, "asserted twice, retracted, taken away: {kept:?}");
}

/// The panic's words when `said` is kept.
fn broken(said: &[(u64, Stitched)]) -> String {
    let caught = catch_unwind(AssertUnwindSafe(|| play(&mut keep(), said))).expect_err("it went through");
    caught.downcast_ref::<String>().expect("words").clone()
}

#[test]
fn breaking_the_contract_panics_in_words() {
    let bound = (100, rebind(1, 1, 1));
    let first = (100, step(1, 100));
    let late = broken(&[bound.clone(), (106, step(1, 100))]);
    assert!(late.contains("6 ticks late, where 5 are allowed"), "{late}");
    let early = broken(&[bound.clone(), (106, step(1, 107))]);
    assert!(early.contains("still to come"), "{early}");
    let unbound = broken(&[(100, step(1, 100))]);
    assert!(unbound.contains("bound to no track or over"), "{unbound}");
    let unknown = broken(&[(100, rebind(1, 1, -1))]);
    assert!(unknown.contains("unknown or over"), "{unknown}");
    let twice = broken(&[bound.clone(), (101, rebind(1, 2, 1))]);
    assert!(twice.contains("not to one track once"), "{twice}");
    let mind = broken(&[bound.clone(), first.clone(), (126, rebind(1, 1, -1)), (126, rebind(1, 2, 1))]);
    assert!(mind.contains("was final after 125"), "{mind}");
    let double = broken(&[bound.clone(), first.clone(), (101, step(1, 100))]);
    assert!(double.contains("two steps"), "{double}");
    // 100 + silence 30 + hold 25 + 1 = 156: a step that comes then is of a stretch that is over.
    let over = broken(&[bound, first, (156, step(1, 156))]);
    assert!(over.contains("bound to no track or over"), "{over}");
}
