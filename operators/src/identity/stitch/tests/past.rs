//! The slow twin of the story: every person of every world carries their whole past, and what was told in changes must come to what
//! stands in the pasts of the likeliest worlds.

use super::*;
use crate::identity::stitch::group::ELSEWHERE_MM;

/// The pasts of people who are gone for good, and of the likeliest worlds as they are.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Past {
    settled: Vec<(TrackId, Vec<(Step, bool)>)>,
    present: Vec<(TrackId, Vec<(Step, bool)>)>,
}

impl Past {
    /// Notes where everybody is in every world, and who is about to be dropped for good.
    pub fn remember(&mut self, groups: &mut [Group], tick: Tick, visible: impl Fn(&Person) -> bool, rules: &Rules) {
        for person in groups.iter_mut().flat_map(|g| &mut g.worlds).flat_map(|w| &mut w.people) {
            if visible(person) {
                let step = (person.step(tick), person.believed);
                person.past.push(step);
            }
        }
        let people = |group: &Group| -> Vec<Person> {
            group.best().people.iter().chain(&group.best().gone).filter(|p| p.believed).cloned().collect()
        };
        let parted = part(groups.to_vec(), rules);
        let kept: Vec<Person> = parted.iter().flat_map(people).collect();
        let past = |person: &Person| (person.track, person.past.clone());
        let dropped = groups.iter().flat_map(people).filter(|p| !kept.iter().any(|k| k.past == p.past));
        self.settled.extend(dropped.map(|person| past(&person)));
        self.present = kept.iter().map(past).collect();
    }

    /// Where everybody was; with each step, whether it may have been too old to be told when its person was first believed.
    fn places(&self, held: u64) -> BTreeMap<(TrackId, Tick), (Step, bool)> {
        let mut places = BTreeMap::new();
        for (track, past) in self.settled.iter().chain(&self.present) {
            let believed = past.iter().find(|(_, believed)| *believed).map_or(u64::MAX, |(step, _)| step.tick.0);
            for (step, _) in past {
                let old = step.tick.0.saturating_add(held) < believed;
                let before = places.insert((*track, step.tick), (step.clone(), old));
                assert!(before.is_none(), "{track:?} is two people at {:?}", step.tick);
            }
        }
        places
    }
}

/// The story comes to the pasts.
fn check_story(floor: &Floor, settings: StitchSettings) -> usize {
    let shop = Shop { window_ms: 1_000_000, ..floor.shop(settings) };
    let played = drive(shop, (START..).zip(floor.glimpses()).collect());
    let (told, past) = (played.places(), played.stitch.past.places(u64::from(HELD_MS) / TICK_MS));
    for (key, step) in &told {
        let Some((lived, _)) = past.get(key) else { panic!("{key:?} was told and is in no past: {step:?}") };
        assert_eq!(step.shares, lived.shares, "at {key:?}: the boxes of another");
        let off = f64::from(step.at.x_mm - lived.at.x_mm).hypot(f64::from(step.at.y_mm - lived.at.y_mm));
        assert!(off <= ELSEWHERE_MM + 2.0, "at {key:?}: told {step:?}, lived {lived:?}");
    }
    for (key, (step, _)) in past.iter().filter(|(_, (_, old))| !old) {
        assert!(told.contains_key(key), "{key:?} was lived and never told: {step:?}");
    }
    played.said.iter().filter(|(_, row)| matches!(row, Stitched::Rebind(Rebinding { diff: -1, .. }))).count()
}

/// People in a small part of the floor who meet all the time.
pub(super) fn crowds() -> impl Strategy<Value = Floor> {
    let place = || (1500.0..4500.0f64, 1000.0..3000.0f64).prop_map(|(x, y)| [x, y]);
    let walker = prop::collection::vec(place(), 4).prop_map(|places| {
        Walker::new(&places.into_iter().enumerate().map(|(i, at)| (i as u32 * 2500, at)).collect::<Vec<_>>())
    });
    (prop::collection::vec(walker, 2..6), any::<u64>(), 0..200u64, any::<bool>()).prop_map(
        |(walkers, seed, miss, tracklets)| Floor { miss_permille: miss, tracklets, ..Floor::new(seed, 75, walkers) },
    )
}

#[test]
fn minds_are_changed_in_a_crowd() {
    let walkers = (0..5).map(|i| {
        let turn = |n: u32| [2300.0 + 350.0 * f64::from((i * 3 + n * 2) % 5), 2000.0 + 300.0 * f64::from((i + n) % 3)];
        Walker::new(&(0..6).map(|n| (n * 1500, turn(n))).collect::<Vec<_>>())
    });
    let floor = Floor { miss_permille: 250, ..Floor::new(9, 75, walkers.collect()) };
    assert!(check_story(&floor, StitchSettings::default()) > 0, "the story was revised");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_story_comes_to_the_pasts_of_the_likeliest_worlds(floor in crowds()) {
        check_story(&floor, StitchSettings::default());
    }
}
