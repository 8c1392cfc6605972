use super::*;
use crate::reference::see::{View, slow_looks};
use proptest::prelude::*;
use schemas::{Detection, FrameMeta, ModelId, Score};

const TICK_US: i64 = 100_000;
const SLOT: SlotId = SlotId(0);
const SLOTS: u64 = 4;

/// Two cameras that see a rack of four slots of three cells, side by side, each 60 px wide, from (100, 100) of their pictures.
fn seeing() -> Seeing {
    let cell = |x: f64| vec![[x, 100.0], [x + 18.0, 120.0]];
    let front = |n: u64| {
        let cells = (0..3).map(|i| cell(100.0 + 60.0 * n as f64 + 20.0 * f64::from(i))).collect();
        Front { slot: SlotId(n), rack: 7, cells }
    };
    let fronts = [1, 2].map(|camera| (CameraId(camera), (0..SLOTS).map(front).collect())).into();
    Seeing { tick: TickLength::from_us(TICK_US as u64).expect("not zero"), fronts, settings: SeeSettings::default() }
}

/// What a camera shows in a frame: levels of the first two cells of each slot, and somebody from `x - 60` to `x`, if there is one.
fn frame(camera: u64, n: u64, levels: impl Fn(u64) -> [u8; 2], x: Option<f32>) -> [Viewed; 2] {
    let meta = FrameMeta {
        camera: CameraId(camera),
        event_time: EventTime(n as i64 * TICK_US + camera as i64),
        sequence: n,
        width: 640,
        height: 480,
    };
    let person = |x: f32| Detection::new(Box2::from_pixels(x - 60.0, 50.0, x, 250.0), Score::from_unit(0.9));
    let looks = (0..SLOTS).map(|slot| (SlotId(slot), look(levels(slot)))).collect();
    let found = FrameDetections::new(meta, ModelId(1), x.map(person).into_iter().collect());
    [Viewed::Glance(Glance { meta, looks }), Viewed::Found(found)]
}

fn look([a, b]: [u8; 2]) -> Vec<u8> {
    [a, b, 70].iter().flat_map(|level| [*level; 3]).collect()
}

/// Levels of the first slot; the others stay as they are.
fn first(levels: [u8; 2]) -> impl Fn(u64) -> [u8; 2] {
    move |slot| if slot == 0 { levels } else { [100, 100] }
}

fn told(frames: impl IntoIterator<Item = (u64, Vec<Viewed>)>) -> Vec<(u64, Look)> {
    told_by(seeing(), frames)
}

/// Runs the core over frames by tick; gives what it tells, with the tick.
fn told_by(seeing: Seeing, frames: impl IntoIterator<Item = (u64, Vec<Viewed>)>) -> Vec<(u64, Look)> {
    let mut heard: BTreeMap<u64, Vec<Viewed>> = frames.into_iter().collect();
    let (mut see, mut outbox, mut wake, mut told) = (See::new(seeing), Outbox::default(), None, Vec::new());
    while let Some(now) = heard.keys().next().copied().into_iter().chain(wake).min() {
        let mut batch = heard.remove(&now).unwrap_or_default();
        batch.sort();
        wake = see.close(Tick(now), batch, &mut outbox).map(|tick| tick.0);
        told.extend(outbox.take().0.into_iter().map(|look| (now, look)));
        assert!(now < 10_000, "it ends");
    }
    told
}

#[test]
fn what_is_taken_behind_somebodys_back_is_seen_when_they_have_gone() {
    // Somebody is before the slot from 2 s to 5 s, and takes what stands before the first cell; the other camera sees it all the time, but for an arm.
    let one = |n: u64| first(if n < 35 { [120, 90] } else { [80, 90] });
    let hidden = |n: u64| (20..50).contains(&n).then_some(130.0);
    let arm = |n: u64| (33..37).contains(&n).then_some(130.0);
    let both = told((0..100).map(|n| (n, [frame(1, n, one(n), hidden(n)), frame(2, n, one(n), arm(n))].concat())));
    let alone = told((0..100).map(|n| (n, frame(1, n, one(n), hidden(n)).to_vec())));
    let at = |n: i64, camera: i64| EventTime(n * TICK_US + camera);
    let look = Look { slot: SLOT, from: at(32, 2), until: at(37, 2), cells: 1, again: false, cameras: 1 };
    // Sure after a second, told a second later; what the first camera sees later is the same.
    assert_eq!(both, [(57, look)]);
    assert_eq!(alone, [(70, Look { from: at(19, 1), until: at(50, 1), ..look })]);
}

#[test]
fn hands_light_and_who_stands_near_are_no_changes() {
    let steady = told((0..200).map(|n| (n, frame(1, n, first([120 + (n % 5) as u8, 90]), None).to_vec())));
    assert_eq!(steady, []);
    let hand = |n: u64| first(if (50..75).contains(&n) { [200, 90] } else { [120, 90] });
    assert_eq!(told((0..200).map(|n| (n, frame(1, n, hand(n), None).to_vec()))), [], "shorter than it takes");
    let dusk = |n: u64| move |_| [120 - (n / 10) as u8, 90 - (n / 12) as u8];
    assert_eq!(told((0..600).map(|n| (n, frame(1, n, dusk(n), None).to_vec()))), [], "light that goes slowly");
    // 200 px high: near is 24 px.
    let near = |n: u64| if n < 20 { ([120, 90], None) } else { ([10, 90], Some(80.0)) };
    assert_eq!(told((0..100).map(|n| (n, frame(1, n, first(near(n).0), near(n).1).to_vec()))), []);
}

#[test]
fn who_is_overlooked_and_a_light_that_goes_on_are_no_changes() {
    // Somebody walks in, is no longer noticed, stands before three slots, and is noticed again and goes.
    let body = |n: u64| move |slot| if (30..150).contains(&n) && slot < 3 { [20, 100] } else { [100, 100] };
    let walks = |n: u64| ((25..30).contains(&n) || (150..155).contains(&n)).then_some(250.0);
    assert_eq!(told((0..300).map(|n| (n, frame(1, n, body(n), walks(n)).to_vec()))), []);
    // Before one slot alone, but all of it.
    let close = |n: u64| first(if (30..150).contains(&n) { [20, 20] } else { [100, 100] });
    assert_eq!(told((0..300).map(|n| (n, frame(1, n, close(n), walks(n)).to_vec()))), []);
    // The light stays on: 30 s later it is how it is, and then something is taken.
    let lit = |n: u64| {
        move |slot| match n {
            0..100 => [100, 100],
            _ if n > 500 && slot == 0 => [90, 130],
            _ => [130, 130],
        }
    };
    let came = |n: u64| (495..505).contains(&n).then_some(130.0);
    let looks = told((0..600).map(|n| (n, frame(1, n, lit(n), came(n)).to_vec())));
    assert_eq!(looks.iter().map(|(_, look)| (look.slot, look.cells)).collect::<Vec<_>>(), [(SLOT, 1)], "{looks:?}");
}

#[test]
fn what_is_put_back_looks_as_before() {
    let levels = |n: u64| first(if (50..100).contains(&n) { [80, 90] } else { [120, 90] });
    let looks = told((0..200).map(|n| (n, frame(1, n, levels(n), None).to_vec())));
    assert_eq!(looks.iter().map(|(_, look)| look.again).collect::<Vec<_>>(), [false, true]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Goods come and go, in steps that are sometimes too small to be seen, of many slots at once at times, people stand before them, frames are lost: what
    /// is told, and when, is what the slow twin says.
    #[test]
    fn what_is_told_is_the_slow_twins(
        changes in proptest::collection::vec((0u64..300, 0u64..SLOTS, 0usize..2, 60u8..140), 0..14),
        people in proptest::collection::vec((0u64..300, 1u64..50, 1u64..3, 90u16..400), 0..8),
        lost in proptest::collection::vec((0u64..300, 1u64..3), 0..40),
        adopt_ms in 2_000u32..20_000,
    ) {
        let mut views = BTreeMap::<(CameraId, SlotId), Vec<View>>::new();
        let mut frames = BTreeMap::<u64, Vec<Viewed>>::new();
        let mut changes = changes;
        changes.sort();
        let seeing = Seeing { settings: SeeSettings { adopt_ms, ..SeeSettings::default() }, ..seeing() };
        for n in 0..300u64 {
            for camera in [1, 2] {
                if lost.contains(&(n, camera)) {
                    continue;
                }
                let levels = |slot: u64| {
                    let mut levels = [100u8, 100];
                    let of = changes.iter().filter(|(at, of, ..)| *at <= n && *of == slot);
                    of.for_each(|(.., cell, level)| levels[*cell] = *level);
                    levels.map(|level| level + ((n * 7 + camera * 3) % 5) as u8)
                };
                let who = people.iter().find(|(from, long, of, _)| *of == camera && (*from..from + long).contains(&n));
                let person = who.map(|(.., x)| f32::from(*x));
                frames.entry(n).or_default().extend(frame(camera, n, levels, person));
                for slot in 0..SLOTS {
                    // 200 px high: near is 24 px.
                    let left = 100.0 + 60.0 * slot as f32;
                    let covered = person.is_some_and(|x| x - 60.0 - 24.0 < left + 58.0 && left < x + 24.0);
                    let seen = (!covered).then(|| look(levels(slot)));
                    let at = EventTime(n as i64 * TICK_US + camera as i64);
                    views.entry((CameraId(camera), SlotId(slot))).or_default().push((at, seen));
                }
            }
        }
        let slow = slow_looks(&views, |_| 7, seeing.tick, &seeing.settings);
        let mut slow: Vec<(u64, Look)> = slow.into_iter().map(|(tick, look)| (tick.0, look)).collect();
        slow.sort();
        prop_assert_eq!(told_by(seeing, frames), slow);
    }
}
