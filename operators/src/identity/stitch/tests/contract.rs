//! What must hold whatever is seen: the promises that `bind` relies on, boxes used once, absurd input, order, groups.

use super::past::crowds;
use super::*;
use crate::identity::bind::BindSettings;
use schemas::{Box2, CameraId, Detection, ModelId, Score, TrackletId};

/// Steps in time, once, of stretches that are bound to one track, and whose binding is final when it is said to be.
fn check_contract(played: &Played, promises: &BindSettings) {
    let mut bound: BTreeMap<StretchId, BTreeMap<TrackId, i64>> = BTreeMap::new();
    let mut first: BTreeMap<StretchId, Tick> = BTreeMap::new();
    let mut steps: BTreeSet<(StretchId, Tick)> = BTreeSet::new();
    for tick in played.said.chunk_by(|a, b| a.0 == b.0) {
        let now = tick[0].0;
        let mut touched = BTreeSet::new();
        for row in tick.iter().map(|(_, row)| row) {
            match row {
                Stitched::Rebind(Rebinding { binding, diff }) => {
                    *bound.entry(binding.stretch).or_default().entry(binding.track).or_default() += diff;
                    touched.insert(binding.stretch);
                    let since = first.get(&binding.stretch).map_or(0, |first| now - first.0);
                    assert!(since <= promises.hold(), "{binding:?} {diff} comes {since} ticks after the first step");
                }
                Stitched::Step(step) => {
                    assert!(step.tick.0 <= now && now - step.tick.0 <= promises.lag, "at {now}: {step:?}");
                    assert!(steps.insert((step.stretch, step.tick)), "twice: {step:?}");
                    assert!(bound.contains_key(&step.stretch), "bound to nobody: {step:?}");
                    let began = first.entry(step.stretch).or_insert(step.tick);
                    *began = step.tick.min(*began);
                    touched.insert(step.stretch);
                }
            }
        }
        for stretch in touched {
            let tracks: Vec<i64> = bound[&stretch].values().copied().filter(|&count| count != 0).collect();
            assert!(tracks.is_empty() || tracks == [1], "at {now}: {stretch:?} is bound to {:?}", bound[&stretch]);
        }
    }
}

/// Nobody has the box of another: of the boxes of one tracklet in one camera and tick, no more are in steps than were seen. One exception:
/// whoever is born of a box that no likely world claims keeps it, when a world that had claimed it becomes the likeliest after all. So
/// two may have been told of it, now and then; never three.
fn check_boxes(floor: &Floor, played: &Played) {
    let mut seen: BTreeMap<(u64, CameraId, Option<TrackletId>), i64> = BTreeMap::new();
    for (tick, glimpses) in (START..).zip(floor.glimpses()) {
        for glimpse in glimpses {
            if let Glimpse::Saw(sighting) = glimpse {
                *seen.entry((tick, sighting.meta.camera, sighting.tracklet)).or_default() += 1;
            }
        }
    }
    let (mut given, mut twice) = (0, 0);
    for step in played.places().values() {
        let cameras: BTreeSet<CameraId> = step.shares.iter().map(|share| share.camera).collect();
        assert_eq!(cameras.len(), step.shares.len(), "twice in one view: {step:?}");
        for share in &step.shares {
            let left = seen.entry((step.tick.0, share.camera, share.tracklet)).or_default();
            *left -= 1;
            assert!(*left >= -1, "a box is three people's: {share:?} in {step:?}");
            given += 1;
            twice += u32::from(*left < 0);
        }
    }
    assert!(twice <= 4 + given / 50, "{twice} of {given} boxes are two people's");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_contract_holds_and_no_box_is_two_peoples(floor in crowds(), window_ms in 0..6000u32, lag_ms in 0..1500u32) {
        let settings = StitchSettings { lag_ms, ..StitchSettings::default() };
        let shop = Shop { window_ms, ..floor.shop(settings) };
        let promises = shop.promises();
        let played = drive(shop, (START..).zip(floor.glimpses()).collect());
        check_contract(&played, &promises);
        check_boxes(&floor, &played);
    }

    #[test]
    fn the_order_inside_a_tick_does_not_show(floor in crowds(), seed in any::<u64>()) {
        let mixed = |mut batch: Vec<Glimpse>| {
            batch.sort();
            let mut keyed: Vec<(u64, Glimpse)> = (0u64..).zip(batch).collect();
            keyed.sort_by_key(|(i, _)| (i ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20);
            keyed.into_iter().map(|(_, glimpse)| glimpse).collect()
        };
        let shop = floor.shop(StitchSettings::default());
        let other = drive(shop, (START..).zip(floor.glimpses().into_iter().map(mixed)).collect());
        prop_assert!(play(&floor).said == other.said);
    }

    #[test]
    fn absurd_boxes_are_survived(
        boxes in prop::collection::vec((0..60u64, 1..5u64, prop::array::uniform4(-3e6f32..3e6), 0..4u8), 1..150),
        seed in any::<u64>(),
    ) {
        let floor = crossing(seed);
        let mut ticks: BTreeMap<u64, Vec<Glimpse>> = (START..).zip(floor.glimpses()).collect();
        for (tick, camera, [a, b, c, d], kind) in boxes {
            let bbox = match kind {
                // Upside down or huge, without a size, outside of the picture, a line.
                0 => Box2::from_pixels(a, b, c, d),
                1 => Box2::from_pixels(a / 3000.0, b / 6000.0, a / 3000.0, b / 6000.0),
                2 => Box2::from_pixels(a, b, a + 100.0, b + 250.0),
                _ => Box2::from_pixels(0.0, 0.0, 1280.0, d / 1e6),
            };
            let batch = ticks.get_mut(&(START + tick)).expect("a tick of the scene");
            let at = |glimpse: &&Glimpse| matches!(glimpse, Glimpse::Looked(meta) if meta.camera == CameraId(camera));
            let meta = *batch.iter().find(at).expect("every camera looked").meta();
            let detection = Detection::new(bbox, Score::from_unit(0.99));
            batch.push(Glimpse::Saw(Sighting { meta, model: ModelId(1), detection, tracklet: None }));
        }
        let shop = floor.shop(StitchSettings::default());
        let promises = shop.promises();
        let played = drive(shop, ticks);
        check_contract(&played, &promises);
        for person in played.stitch.groups.iter().flat_map(|g| &g.worlds).flat_map(|w| &w.people) {
            let numbers = person.body.state.iter().chain(person.body.cov.iter()).chain([&person.evidence]);
            prop_assert!(numbers.into_iter().all(|n| n.is_finite()), "{:?}", person.body);
        }
        for (_, step) in played.steps() {
            prop_assert!((900..=2300).contains(&step.height_mm), "{step:?}");
        }
        let all = followed(&floor, &played);
        prop_assert!(all.iter().all(|person| person.share() > 0.6), "{all:?}");
    }

    #[test]
    fn how_people_are_grouped_does_not_show_where_they_are_far_from_each_other(
        seed in any::<u64>(),
        corners in prop::collection::vec((0.0..500.0f64, 0.0..500.0f64, 0.0..500.0f64, 0.0..500.0f64), 2..5),
    ) {
        // Everybody stays in a corner of their own.
        let homes = [[800., 600.], [4700., 2900.], [800., 2900.], [4700., 600.]];
        let walker = |(home, (x, y, u, v)): ([f64; 2], (f64, f64, f64, f64))| {
            Walker::new(&[(0, [home[0] + x, home[1] + y]), (4000, [home[0] + u, home[1] + v]), (7000, [home[0] + y, home[1] + x])])
        };
        let walkers = homes.into_iter().zip(corners).map(walker).collect();
        let floor = Floor { double_permille: 0, false_permille: 0, ..Floor::new(seed, 70, walkers) };
        let with = |group_mm: u32| play_with(&floor, StitchSettings { group_mm, ..StitchSettings::default() }).places();
        let apart = with(0);
        prop_assert!(!apart.is_empty());
        prop_assert!(apart == with(20_000));
    }
}

#[test]
fn people_beyond_the_limit_are_a_fault() {
    let home = [[800., 600.], [4700., 2900.], [800., 2900.]];
    let walkers = home.map(|at| Walker::new(&[(0, at), (6000, [at[0] + 400.0, at[1] + 300.0])]));
    let floor = Floor { false_permille: 0, double_permille: 0, ..Floor::new(2, 60, walkers.to_vec()) };
    assert!(play(&floor).faults.is_empty());
    let played = play_with(&floor, StitchSettings { people_max: 2, ..StitchSettings::default() });
    assert_eq!(played.tracks().len(), 2);
    let fault = played.faults.first().expect("a fault");
    assert_eq!((fault.kind, fault.count, fault.detail.as_str()), (FaultKind::PeopleLimited, 1, "2 people at once"));
}

#[test]
fn what_comes_later_than_the_lag_is_not_looked_at() {
    let floor = crossing(2);
    let plain = play(&floor);
    let mut ticks: BTreeMap<u64, Vec<Glimpse>> = (START..).zip(floor.glimpses()).collect();
    // Rows come again when their ticks were looked at, and rows that are late within the lag lose nothing.
    let again = ticks[&(START + 10)].clone();
    ticks.get_mut(&(START + 30)).expect("a tick").extend(again);
    let late = ticks.insert(START + 20, Vec::new()).expect("a tick");
    ticks.get_mut(&(START + 29)).expect("a tick").extend(late);
    let played = drive(floor.shop(StitchSettings::default()), ticks);
    assert_eq!(played.said, plain.said);
}

#[test]
fn nobody_is_in_two_places_however_short_the_window() {
    // Many people in little light: minds are changed as the window ends, some are given up and come back.
    for seed in 0..24 {
        let place = |i: u64, n: u64| {
            let (x, y) = ((i * 5 + n * 3 + seed) % 9, (i * 2 + n * 5) % 7);
            [1800.0 + 300.0 * x as f64, 1200.0 + 250.0 * y as f64]
        };
        let walker = |i| Walker::new(&(0..6).map(|n| (n as u32 * 1500, place(i, n))).collect::<Vec<_>>());
        let walkers = (0..6).map(walker).collect();
        let floor = Floor { miss_permille: 300 + 50 * (seed % 5), tracklets: false, ..Floor::new(seed, 75, walkers) };
        let shop = Shop { window_ms: 300 + 100 * (seed % 8) as u32, ..floor.shop(StitchSettings::default()) };
        drive(shop, (START..).zip(floor.glimpses()).collect()).places();
    }
}
