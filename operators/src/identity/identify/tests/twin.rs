//! The operator against its slow twin at every tick, with corrections.

use super::*;

fn identifying(settings: IdentifySettings) -> Identifying {
    let bind = BindSettings { tick: length(), lag: 25, window: 0, silence: 30 };
    Identifying { bind, lag: 5, rules: rules(settings) }
}

fn row(tick: u64, place: &Place) -> Whereabouts {
    Whereabouts {
        tick: Tick(tick),
        track: place.track,
        spread_mm: 50,
        at: place.at,
        height_mm: place.height_mm,
        stretch: StretchId(place.track.0),
        shares: vec![],
    }
}

/// What is heard, by the tick at which it comes.
type Heards = BTreeMap<u64, Vec<Heard>>;

/// A scene whose rows come `lag` late; `wrong` rows are said first, for so many ticks.
fn heard(scene: &Scene, lag: u64, wrong: impl Fn(u64, &Place) -> Option<(Place, u64)>) -> Heards {
    let mut heard = Heards::new();
    let mut say = |tick: u64, row: Whereabouts, diff| {
        heard.entry(tick).or_default().push(Heard::Moved(Change { row, diff }));
    };
    for (&Tick(tick), places) in &scene.known.places {
        for place in places {
            match wrong(tick, place) {
                Some((other, for_ticks)) => {
                    say(tick + lag, row(tick, &other), 1);
                    say(tick + lag + for_ticks, row(tick, &other), -1);
                    say(tick + lag + for_ticks, row(tick, place), 1);
                }
                None => say(tick + lag, row(tick, place), 1),
            }
            // And taken away once it has had its time.
            say(tick + 26, row(tick, place), -1);
        }
    }
    for (tick, scans) in &scene.known.scans {
        heard.entry(tick.0).or_default().extend(scans.iter().map(|scan| Heard::Scan(*scan)));
    }
    heard
}

/// Runs the core over what is heard; checks the attendances at every tick against the slow twin over what is known by then.
fn run(heards: &Heards, identifying: &Identifying) -> (Vec<Position>, Vec<Certain>) {
    let mut core = Identify::new(identifying.clone());
    let (mut positions, mut certain, mut attends) = (Vec::new(), Vec::new(), BTreeMap::<Attendance, isize>::new());
    let mut closes = BTreeMap::<Closing, isize>::new();
    let (mut known, mut rows) = (AllKnown::default(), BTreeMap::<(Tick, Place), i64>::new());
    let (mut outbox, mut wake, mut left) = (Outbox::default(), None, heards.clone());
    while let Some(now) = left.keys().next().copied().into_iter().chain(wake).min() {
        let mut batch = left.remove(&now).unwrap_or_default();
        batch.sort();
        for heard in &batch {
            match heard {
                Heard::Scan(scan) => known.scans.entry(Tick(now)).or_default().push(*scan),
                Heard::Moved(Change { row, diff }) if row.tick.0 + 25 >= now => {
                    let place = Place { track: row.track, at: row.at, height_mm: row.height_mm };
                    *rows.entry((row.tick, place)).or_default() += diff;
                }
                Heard::Moved(_) => {}
            }
        }
        wake = core.close(Tick(now), batch, &mut outbox).map(|tick| tick.0);
        for said in outbox.take().0 {
            match said {
                Known::Attends((attendance, at, diff)) => {
                    assert_eq!(at, now);
                    *attends.entry(attendance).or_default() += diff;
                }
                Known::Closes((closing, at, diff)) => {
                    assert_eq!(at, now);
                    *closes.entry(closing).or_default() += diff;
                }
                Known::Placed(position) => {
                    assert_eq!(length().tick(position.event_time).0 + identifying.settled(), now);
                    positions.push(position);
                }
                Known::Certain(row) => certain.push(row),
            }
        }
        attends.retain(|_, count| *count != 0);
        closes.retain(|_, count| *count != 0);
        assert!(closes.values().all(|&count| count == 1), "{closes:?}");
        assert!(attends.values().all(|&count| count == 1), "{attends:?}");
        if now % 7 == 0 && now >= 5 {
            known.places.clear();
            for (&(tick, place), _) in rows.iter().filter(|&(_, &count)| count > 0) {
                known.places.entry(tick).or_default().push(place);
            }
            let (slow, certain) = slow_identify(&identifying.rules, &known, Tick(now - identifying.lag));
            let closed = certain.iter().filter(|row| matches!(row, Certain::Visit(_))).count();
            assert!(closes.len() <= closed, "{closes:?} at {now}");
            let said: BTreeMap<TrackId, Attendee> = attends.keys().map(|a| (a.track, a.attendee)).collect();
            assert_eq!(said, slow, "at {now}");
        }
        assert!(now < 5000, "it ends");
    }
    assert!(
        core.recent.is_empty() && core.waiting.is_empty() && attends.is_empty() && closes.is_empty(),
        "nothing is kept"
    );
    (positions, certain)
}

#[test]
fn a_wrong_join_that_is_corrected_leaves_nothing_behind() {
    let mut scene = Scene::default();
    scene.walk(1, 100, &VISIT);
    scene.walk(2, 130, &VISIT);
    scene.scan(120, IN, code(7, 1, Role::Member));
    scene.scan(150, IN, code(8, 1, Role::Member));
    let identifying = identifying(quick());
    let plain = run(&heard(&scene, 5, |_, _| None), &identifying);
    // For two seconds the second is taken for the first, from before the gate on.
    let wrong = |tick: u64, place: &Place| {
        let joined = Place { track: TrackId(3), ..*place };
        (place.track == TrackId(2) && (140..190).contains(&tick)).then_some((joined, 20))
    };
    assert_eq!(run(&heard(&scene, 5, wrong), &identifying), plain);
    assert_eq!(plain.1, slow_identify(&identifying.rules, &scene.known, Tick(3000)).1);
    let inside = plain.0.iter().filter(|p| p.event_time == length().start(Tick(175)));
    let members: Vec<_> = inside.map(|p| p.attendee.and_then(|a| a.member)).collect();
    assert_eq!(members, [Some(MemberId(107)), Some(MemberId(108))]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Any comings and goings, with wrong tracks that are put right within the window: what is known at every tick is what the slow
    /// twin makes of the rows known by then, and the final rows are those of its run over the final rows.
    #[test]
    fn what_is_known_is_the_slow_twins_at_every_tick(
        people in proptest::collection::vec(
            (0u64..250, 0usize..7, 0u32..4, proptest::option::of((0u64..40, 1u64..60, 1u64..20)), any::<bool>()), 1..6),
    ) {
        let mut scene = Scene::default();
        let mut wrongs = Vec::new();
        for (i, (start, from, party, wrong, again)) in people.into_iter().enumerate() {
            let track = 10 * (i as u64 + 1);
            let mut points = VISIT.to_vec();
            points.rotate_left(from.min(3));
            scene.walk(track, start, &points);
            if party > 0 {
                scene.scan(start + 20, IN, code(track, party, Role::Member));
            }
            if again {
                scene.scan(start + 60, IN, code(track, 1, Role::Member));
            }
            wrongs.extend(wrong.map(|(after, long, for_ticks)| (track, start + after, start + after + long, for_ticks)));
        }
        let identifying = identifying(quick());
        let wrong = |tick: u64, place: &Place| {
            let hit = wrongs.iter().find(|(track, from, until, _)| *track == place.track.0 && (*from..*until).contains(&tick));
            hit.map(|&(track, .., for_ticks)| (Place { track: TrackId(track + 1), ..*place }, for_ticks))
        };
        let (positions, certain) = run(&heard(&scene, 5, wrong), &identifying);
        let rows: usize = scene.known.places.values().map(Vec::len).sum();
        prop_assert_eq!(positions.len(), rows);
        prop_assert_eq!(certain, slow_identify(&identifying.rules, &scene.known, Tick(3000)).1);
    }
}
