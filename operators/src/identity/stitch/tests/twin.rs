//! Pairing and weighing in one camera against the slow twins, which try everything.

use super::*;
use crate::identity::stitch::ask::Asked;
use crate::identity::stitch::pair::{Frame, Pairing, bunch, explains, give, pair, pair_in, sights};
use crate::reference::{Seen, slow_explains, slow_pairs};

/// Some people close together before one camera: where they are, where they are taken to be, and whether they are believed.
type Crowd = Vec<([f64; 2], [f64; 2], bool)>;

fn close_together() -> impl Strategy<Value = Crowd> {
    let place = (2200.0..3600.0f64, 1400.0..2800.0f64).prop_map(|(x, y)| [x, y]);
    let off = (-300.0..300.0f64, -300.0..300.0f64).prop_map(|(x, y)| [x, y]);
    prop::collection::vec((place, off, any::<bool>()), 1..=6)
}

/// What so many cameras see of a crowd, and the crowd as it is believed.
fn scene(crowd: &Crowd, seed: u64, cameras: usize, settings: &StitchSettings) -> (Stitch, Scene, Vec<Person>) {
    let walkers = crowd.iter().map(|(at, ..)| Walker::new(&[(0, *at), (100, *at)])).collect();
    let floor = Floor { cameras, double_permille: 300, false_permille: 300, ..Floor::new(seed, 1, walkers) };
    let mut stitch = Stitch::new(floor.shop(settings.clone()));
    let glimpses = floor.glimpses().remove(0);
    let scene = stitch.scene(Tick(START), glimpses).expect("a camera looked");
    let person = |(i, ([x, y], [dx, dy], believed)): (u64, &([f64; 2], [f64; 2], bool))| {
        let body = Body::at([x + dx, y + dy], 250.0, &stitch.ways);
        Person { believed: *believed, ..Person::new(StretchId(i), Tick(START), body, scene.now_us, 1.0) }
    };
    let people: Vec<Person> = (0u64..).zip(crowd).map(person).collect();
    (stitch, scene, people)
}

/// The pairing of a crowd in one camera, and the same as the twin sees it.
fn paired(crowd: &Crowd, seed: u64, settings: &StitchSettings) -> (Pairing, Vec<Seen>) {
    let (stitch, scene, people) = scene(crowd, seed, 1, settings);
    let boxes = scene.cameras[0].glances.len();
    let frame = Frame { free: &[vec![true; boxes]], others: &[Vec::new()] };
    let pairing = pair(&scene, &people, &frame, &stitch.ways);
    let seen = |(person, told): (&Person, &pair::Told)| {
        let mut could = vec![None; boxes];
        told.could.iter().for_each(|&(j, log)| could[j] = Some(log));
        Seen { believed: person.believed, chance: stitch.ways.chance(&told.sight), could }
    };
    let slow = people.iter().zip(&pairing[0]).map(seen).collect();
    (pairing, slow)
}

/// Gains are whole millionths, found along two ways.
const ROUNDING: i64 = 20;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn the_pairing_is_the_likeliest_of_all(crowd in close_together(), seed in any::<u64>()) {
        let (pairing, slow) = paired(&crowd, seed, &StitchSettings::default());
        let (best, pairs) = slow_pairs(&slow);
        let told = pairing[0].iter().enumerate();
        let mine: Vec<(usize, usize)> = told.filter_map(|(i, told)| Some((i, told.glance?.0))).collect();
        let boxes: BTreeSet<usize> = mine.iter().map(|pair| pair.1).collect();
        prop_assert_eq!(boxes.len(), mine.len(), "a box was given twice");
        for (turn, believed) in [true, false].into_iter().enumerate() {
            let gain = |&(i, j): &(usize, usize)| {
                let log = slow[i].could[j].expect("theirs");
                ((log + slow[i].chance.ln() - (1.0 - slow[i].chance).ln()) * 1e6) as i64
            };
            let total: i64 = mine.iter().filter(|(i, _)| slow[*i].believed == believed).map(gain).sum();
            prop_assert!((total - best[turn]).abs() <= ROUNDING, "{total}, not {}: {mine:?}, not {pairs:?}", best[turn]);
        }
    }

    /// The slow twin of a camera that remembers its answers: one that is asked for the first time.
    #[test]
    fn what_a_camera_remembers_changes_nothing(crowd in close_together(), seed in any::<u64>()) {
        let (stitch, scene, people) = scene(&crowd, seed, 4, &StitchSettings::default());
        let free: Vec<Vec<bool>> = scene.cameras.iter().map(|looked| vec![true; looked.glances.len()]).collect();
        let ask = |c: usize| Asked::new(c, &scene, &people, &free[c], &[]);
        let mut asked: Vec<Asked<'_>> = (0..scene.cameras.len()).map(ask).collect();
        let mut pairing: Pairing = vec![Vec::new(); scene.cameras.len()];
        for c in [0, 1, 2, 3, 2, 1, 0, 3, 2, 1, 0, 0] {
            let remembers = asked[c].answer(&scene, &people, &pairing, &stitch.ways);
            prop_assert_eq!(&remembers, &ask(c).answer(&scene, &people, &pairing, &stitch.ways));
            pairing[c] = remembers;
        }
    }

    /// Of two ways to go through the cameras each part of the people keeps the likelier, and nobody gets what another has.
    #[test]
    fn no_way_through_the_cameras_is_likelier_than_the_pairing(crowd in close_together(), seed in any::<u64>()) {
        let (stitch, scene, people) = scene(&crowd, seed, 4, &StitchSettings::default());
        let free: Vec<Vec<bool>> = scene.cameras.iter().map(|looked| vec![true; looked.glances.len()]).collect();
        let frame = Frame { free: &free, others: &vec![Vec::new(); scene.cameras.len()] };
        let way = |order: &[usize]| {
            let ask = |c: usize| Asked::new(c, &scene, &people, &free[c], &[]);
            let mut asked: Vec<Asked<'_>> = (0..scene.cameras.len()).map(ask).collect();
            pair_in(order, &scene, &people, &mut asked, &stitch.ways)
        };
        let ways = [way(&[0, 1, 2, 3]), way(&[3, 2, 1, 0])];
        let pairing = pair(&scene, &people, &frame, &stitch.ways);
        let differ = |i: &usize| people[*i].believed && bunch(&ways[0], *i) != bunch(&ways[1], *i);
        let total = |p: &Pairing| -> f64 {
            let log = |i: usize| give(&scene, &people[i], &bunch(p, i), &sights(p, i), &stitch.ways).log;
            (0..people.len()).filter(differ).map(log).sum()
        };
        let most = ways.iter().map(total).fold(f64::NEG_INFINITY, f64::max);
        prop_assert!(total(&pairing) >= most - 1e-9, "{} is less than {most}", total(&pairing));
        for told in &pairing {
            let given: Vec<usize> = told.iter().filter_map(|told| Some(told.glance?.0)).collect();
            prop_assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len(), "a box was given twice");
        }
    }

    #[test]
    fn a_person_explains_what_is_less_likely_without_them(crowd in close_together(), seed in any::<u64>(), most in 1..8000u32) {
        let settings = StitchSettings { evidence_milli: most, ..StitchSettings::default() };
        let (pairing, slow) = paired(&crowd, seed, &settings);
        let (ways, most) = (Ways::new(&settings, &[]), f64::from(most) / 1000.0);
        for i in 0..slow.len() {
            let rivals: Vec<usize> = (0..slow.len()).filter(|k| *k != i).collect();
            let fast = explains(&pairing, i, &rivals, most, &ways);
            let twin = slow_explains(&slow, i, most);
            let mine = pairing[0][i].glance.map(|(j, _)| j);
            let contested = mine.is_some_and(|j| rivals.iter().any(|&k| slow[k].could[j].is_some()));
            if contested {
                prop_assert!((fast - twin).abs() <= 1e-4, "{i}: {fast}, not {twin}");
            } else {
                // A box that nobody else could have counts as it is, and who has no box was missed: never more than there is to it.
                prop_assert!(fast <= twin + 1e-4, "{i}: {fast}, more than {twin}");
            }
        }
    }
}
