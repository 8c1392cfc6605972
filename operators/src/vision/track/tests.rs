//! The tracker against its slow twin, and what must hold whatever is seen.

use super::*;
use crate::reference::{SlowTracker, best_pairs};
use proptest::prelude::*;
use schemas::{
    Box2, Detection, Embedding, EventTime, Fault, FaultKind, FrameMeta, ModelId, Score, Sighting, TrackletId,
};
use std::collections::BTreeSet;

const CAMERA: CameraId = CameraId(5);
const START_US: i64 = 50_000_000;

fn tick_length() -> TickLength {
    TickLength::from_us(100_000).expect("not zero")
}

fn frame(sequence: u64, at_ms: i64, detections: Vec<Detection>) -> FrameDetections {
    let event_time = EventTime(START_US + at_ms * 1000);
    let meta = FrameMeta { camera: CAMERA, event_time, sequence, width: 640, height: 360 };
    FrameDetections::new(meta, ModelId(1), detections)
}

fn person(x: f32, y: f32, height: f32, score: f32) -> Detection {
    Detection::new(Box2::from_pixels(x - height / 5.0, y, x + height / 5.0, y + height), Score::from_unit(score))
}

/// Everything that comes of some frames, up to when all is forgotten.
fn run(frames: &[FrameDetections], settings: &TrackSettings) -> Outbox<Tracked> {
    let mut tracker = CameraTracker::new(CAMERA, tick_length(), settings.clone());
    let mut out = Outbox::default();
    for f in frames {
        tracker.step(f.clone(), &mut out);
    }
    while let Some(deadline) = tracker.deadline() {
        tracker.expire(deadline, &mut out);
    }
    out
}

fn sightings(out: &Outbox<Tracked>) -> Vec<&Sighting> {
    out.ok.iter().filter_map(|t| if let Tracked::Seen(s) = t { Some(s) } else { None }).collect()
}

fn tracklets(out: &Outbox<Tracked>) -> Vec<&schemas::Tracklet> {
    out.ok.iter().filter_map(|t| if let Tracked::Over(o) = t { Some(o) } else { None }).collect()
}

/// Where one person walks: start, speed per second, height, first and last frame.
type Walk = (f32, f32, f32, f32, f32, usize, usize);
/// How one person is seen in one frame: jitter, score, and what happens (0-5 seen, 6 hidden, 7 seen twice, 8 half, 9 dim).
type Look = (f32, f32, f32, u8);
/// One frame: milliseconds since the one before, how each person is seen, a box where nobody is.
type Step = (i64, Vec<Look>, Option<(f32, f32)>);

fn walks() -> impl Strategy<Value = Vec<Walk>> {
    let walk = (0f32..640., 0f32..250., -120f32..120., -30f32..30., 40f32..160., 0usize..12, 15usize..70);
    prop::collection::vec(walk, 1..=4)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pause = prop_oneof![8 => Just(100i64), 4 => Just(33), 2 => 1i64..400, 1 => Just(0), 1 => Just(-100), 1 => 1000i64..14_000];
    let look = (-4f32..4., -4f32..4., 0.05f32..1., 0u8..10);
    let ghost = prop::option::weighted(0.1, (0f32..640., 0f32..300.));
    prop::collection::vec((pause, prop::collection::vec(look, 4), ghost), 5..60)
}

fn described(k: usize, look: &Look) -> Option<Embedding> {
    let direction = [(k == 0) as u8 as f32, (k == 1) as u8 as f32, 0.3 + look.0 / 20.0, 0.3 + look.1 / 20.0];
    if look.3.is_multiple_of(2) { Embedding::from_values(&direction) } else { None }
}

fn scene(walks: &[Walk], steps: &[Step], describe: bool) -> Vec<FrameDetections> {
    let mut at_ms = 0;
    let see = |(n, (pause, looks, ghost)): (usize, &Step)| {
        at_ms += pause;
        let mut seen: Vec<Detection> = ghost.iter().map(|(x, y)| person(*x, *y, 90.0, 0.8)).collect();
        for (k, (x, y, vx, vy, height, _, _)) in walks.iter().enumerate().filter(|(_, w)| (w.5..w.6).contains(&n)) {
            let (look, t) = (&looks[k], at_ms as f32 / 1000.0);
            let (here, there) = (x + vx * t + look.0, y + vy * t + look.1);
            let mut d = person(here, there, *height, if look.3 == 9 { look.2 * 0.5 } else { 0.6 + look.2 * 0.4 });
            d.appearance = if describe { described(k, look) } else { None };
            match look.3 {
                6 => {}
                7 => seen.extend([d.clone(), d]),
                8 => seen.push(person(here, there, *height * 0.6, look.2)),
                _ => seen.push(d),
            }
        }
        frame(n as u64, at_ms, seen)
    };
    steps.iter().enumerate().map(see).collect()
}

fn settings() -> impl Strategy<Value = TrackSettings> {
    (1u32..5, 0u32..4, 1u32..7, 1u32..4).prop_map(|(confirm, quiet, most, memory)| TrackSettings {
        confirm_sightings: confirm,
        quiet_people: quiet,
        tracklets_max: most,
        memory_ms: memory * 700,
        ..TrackSettings::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn assignment_is_the_best_there_is(gains in prop::collection::vec(prop::collection::vec(prop::option::of(1i64..50), 6), 0..6)) {
        let pairs: Vec<Pair> = gains.iter().enumerate().flat_map(|(row, columns)| {
            columns.iter().enumerate().filter_map(move |(column, gain)| gain.map(|gain| Pair { row, column, gain }))
        }).collect();
        let picked = assign(&pairs);
        prop_assert_eq!(picked.iter().map(|p| p.gain).sum::<i64>(), best_pairs(&gains).0);
        prop_assert!(picked.iter().all(|p| pairs.contains(p)));
        prop_assert_eq!(picked.iter().map(|p| p.row).collect::<BTreeSet<_>>().len(), picked.len());
        prop_assert_eq!(picked.iter().map(|p| p.column).collect::<BTreeSet<_>>().len(), picked.len());
    }

    #[test]
    fn equals_its_slow_twin(walks in walks(), steps in steps(), settings in settings(), describe: bool) {
        let mut fast = CameraTracker::new(CAMERA, tick_length(), settings.clone());
        let mut slow = SlowTracker::new(CAMERA, tick_length(), settings.clone());
        let same = |a: &mut Outbox<Tracked>, b: &mut Outbox<Tracked>| {
            a.ok.sort();
            b.ok.sort();
            prop_assert_eq!(&a.ok, &b.ok);
            prop_assert_eq!(&a.faults, &b.faults);
            Ok(())
        };
        for f in scene(&walks, &steps, describe) {
            let (mut a, mut b) = (Outbox::default(), Outbox::default());
            fast.step(f.clone(), &mut a);
            slow.step(f, &mut b);
            same(&mut a, &mut b)?;
            prop_assert_eq!(fast.deadline(), slow.deadline());
        }
        while let Some(deadline) = fast.deadline() {
            let (mut a, mut b) = (Outbox::default(), Outbox::default());
            fast.expire(deadline, &mut a);
            slow.expire(deadline, &mut b);
            same(&mut a, &mut b)?;
            prop_assert_eq!(fast.deadline(), slow.deadline());
        }
    }

    #[test]
    fn every_detection_comes_out_once_and_every_tracklet_ends_once(walks in walks(), steps in steps(), settings in settings()) {
        let frames = scene(&walks, &steps, false);
        let out = run(&frames, &settings);
        let mut given: Vec<(u64, &Detection)> = frames.iter().flat_map(|f| f.detections.iter().map(|d| (f.meta.sequence, d))).collect();
        let mut told: Vec<(u64, &Detection)> = sightings(&out).iter().map(|s| (s.meta.sequence, &s.detection)).collect();
        given.sort();
        told.sort();
        prop_assert_eq!(given, told);
        let over: Vec<TrackletId> = tracklets(&out).iter().map(|t| t.id).collect();
        let named: BTreeSet<TrackletId> = sightings(&out).iter().filter_map(|s| s.tracklet).collect();
        prop_assert_eq!(over.len(), over.iter().collect::<BTreeSet<_>>().len());
        prop_assert_eq!(over.iter().copied().collect::<BTreeSet<_>>(), named);
        for t in tracklets(&out) {
            let frames: Vec<u64> = sightings(&out).iter().filter(|s| s.tracklet == Some(t.id)).map(|s| s.meta.sequence).collect();
            prop_assert_eq!(frames.len(), frames.iter().collect::<BTreeSet<_>>().len(), "an identity twice in one frame");
            prop_assert_eq!(t.frames_seen as usize, frames.len());
            let span = frames.iter().max().zip(frames.iter().min()).map_or(0, |(b, a)| b - a + 1);
            prop_assert_eq!(u64::from(t.frames_spanned), span);
            prop_assert!(t.frames_seen >= settings.confirm_sightings && t.closed_at >= t.last_seen);
        }
    }

    #[test]
    fn order_inside_a_frame_does_not_matter(walks in walks(), steps in steps(), settings in settings(), turn in 0usize..7) {
        let frames = scene(&walks, &steps, true);
        let mut turned = frames.clone();
        for f in &mut turned {
            f.detections.reverse();
            let by = turn.min(f.detections.len());
            f.detections.rotate_left(by);
        }
        let (mut a, mut b) = (run(&frames, &settings), run(&turned, &settings));
        a.ok.sort();
        b.ok.sort();
        prop_assert_eq!(a.ok, b.ok);
        prop_assert_eq!(a.faults, b.faults);
    }

    #[test]
    fn the_core_wakes_when_it_said_it_would(walks in walks(), steps in steps()) {
        let frames = scene(&walks, &steps, false);
        let mut sorted = frames.clone();
        sorted.sort_by_key(|f| f.meta.event_time);
        let ended = |wakes: bool| {
            let mut core = Track::new(tick_length(), TrackSettings::default());
            let (mut out, mut wake) = (Outbox::default(), None::<Tick>);
            for batch in sorted.chunk_by(|a, b| tick_length().tick(a.meta.event_time) == tick_length().tick(b.meta.event_time)) {
                let tick = tick_length().tick(batch[0].meta.event_time);
                while let Some(early) = wake.filter(|w| wakes && *w < tick) {
                    wake = core.close(early, Vec::new(), &mut out);
                    assert!(wake.is_none_or(|w| w > early), "a wake-up that changes nothing");
                }
                wake = core.close(tick, batch.to_vec(), &mut out);
            }
            while let Some(tick) = wake {
                wake = core.close(tick, Vec::new(), &mut out);
            }
            out.ok.sort();
            out.ok
        };
        prop_assert_eq!(ended(true), ended(false));
    }
}

#[test]
fn a_walk_is_one_tracklet_that_ends_when_its_memory_does() {
    let settings = TrackSettings { quiet_people: 0, ..TrackSettings::default() };
    let frames: Vec<_> =
        (0..20).map(|k| frame(k, 100 * k as i64, vec![person(100.0 + 6.0 * k as f32, 100.0, 120.0, 0.9)])).collect();
    let mut tracker = CameraTracker::new(CAMERA, tick_length(), settings.clone());
    let mut out = Outbox::default();
    tracker.step(frames[0].clone(), &mut out);
    tracker.step(frames[1].clone(), &mut out);
    assert_eq!(out.ok.len(), 0, "held back until it is believed");
    for f in &frames[2..] {
        tracker.step(f.clone(), &mut out);
    }
    assert_eq!(sightings(&out).len(), 20);
    let end_us = START_US + 1_900_000 + i64::from(settings.memory_ms) * 1000;
    let deadline = Tick(end_us as u64 / 100_000 + 1);
    assert_eq!(tracker.deadline(), Some(deadline));
    tracker.expire(Tick(deadline.0 - 1), &mut out);
    assert_eq!(tracklets(&out).len(), 0);
    tracker.expire(deadline, &mut out);
    let over = tracklets(&out)[0];
    assert_eq!((over.frames_seen, over.frames_spanned, over.gaps), (20, 20, 0));
    assert_eq!(over.closed_at, tick_length().start(deadline));
    assert_eq!(tracker.deadline(), None);
}

#[test]
fn who_comes_back_to_a_quiet_camera_is_who_went() {
    let there = |k: u64, x: f32| frame(k, 100 * k as i64, vec![person(x, 100.0, 120.0, 0.9)]);
    let away: Vec<_> = (0..10).map(|k| there(k, 100.0)).chain((70..80).map(|k| there(k, 180.0))).collect();
    let one = run(&away, &TrackSettings::default());
    assert_eq!(tracklets(&one).len(), 1);
    assert_eq!(
        (tracklets(&one)[0].gaps, tracklets(&one)[0].gap_longest_us),
        (0, 0),
        "the camera showed no frame meanwhile"
    );
    assert_eq!(tracklets(&run(&away, &TrackSettings { quiet_people: 0, ..TrackSettings::default() })).len(), 2);
    let mut looks = away.clone();
    for (k, f) in looks.iter_mut().enumerate() {
        let look = if k < 10 { [1.0, 0.0] } else { [0.0, 1.0] };
        f.detections[0].appearance = Embedding::from_values(&look);
    }
    assert_eq!(tracklets(&run(&looks, &TrackSettings::default())).len(), 2, "another appearance is another person");
}

#[test]
fn appearance_decides_where_places_do_not() {
    let dressed = |x: f32, look: [f32; 2]| Detection {
        appearance: Embedding::from_values(&look),
        ..person(x, 100.0, 120.0, 0.9)
    };
    let (red, blue) = ([1.0, 0.0], [0.0, 1.0]);
    let mut frames: Vec<_> =
        (0..5).map(|k| frame(k, 100 * k as i64, vec![dressed(100.0, red), dressed(130.0, blue)])).collect();
    frames.push(frame(5, 500, vec![dressed(115.0, blue), dressed(116.0, red)]));
    let out = run(&frames, &TrackSettings::default());
    for t in tracklets(&out) {
        let mine: Vec<_> = sightings(&out).into_iter().filter(|s| s.tracklet == Some(t.id)).collect();
        assert_eq!(mine.len(), 6);
        assert!(mine.iter().all(|s| s.detection.appearance == mine[0].detection.appearance));
    }
}

#[test]
fn hostile_frames_do_no_harm() {
    let mut odd = vec![Detection::new(Box2::default(), Score::MAX); 40];
    odd.push(Detection::new(Box2::from_pixels(-1e9, -1e9, 1e9, 1e9), Score::MAX));
    odd.extend((0..3000).map(|k| person((k % 60) as f32 * 10.0, (k / 60) as f32 * 5.0, 8.0, 0.99)));
    let frames: Vec<_> = [0, 100, 100, 0, i64::MAX / 4000, 200]
        .iter()
        .enumerate()
        .map(|(k, t)| frame(k as u64, *t, odd.clone()))
        .collect();
    let settings = TrackSettings { tracklets_max: 64, ..TrackSettings::default() };
    let out = run(&frames, &settings);
    assert_eq!(sightings(&out).len(), 6 * odd.len());
    assert!(out.faults.iter().any(|f: &Fault| f.kind == FaultKind::TrackletsLimited && f.count > 1000));
    assert!(tracklets(&out).len() >= 64);
}

#[test]
fn what_is_over_never_lies_in_the_past_when_a_quiet_camera_fills() {
    let mut core = crate::vision::track::Track::new(tick_length(), TrackSettings::default());
    let person = |x: f32, height: f32| person(x, 100., height, 0.9);
    let mut over = Vec::new();
    for step in 10..200u64 {
        let tick = step + START_US as u64 / 100_000;
        let people = match step {
            10..30 => vec![person(50., 100.)],
            // By now the first is unseen for longer than a crowded camera remembers, and shorter than a quiet one
            // does; nobody here is of its height.
            80..110 => vec![person(300., 200.), person(420., 200.), person(540., 200.)],
            _ => Vec::new(),
        };
        let mut out = Outbox::default();
        let deadline = core.close(Tick(tick), vec![frame(step, 100 * step as i64, people)], &mut out);
        assert!(deadline.is_none_or(|deadline| deadline.0 > tick), "at {tick}: {deadline:?}");
        for row in out.ok {
            if let Tracked::Over(tracklet) = row {
                assert!(tracklet.closed_at >= tick_length().start(Tick(tick)), "at {tick}: {:?}", tracklet.closed_at);
                over.push(tracklet.frames_seen);
            }
        }
    }
    assert_eq!(over, [20, 30], "two of the three are remembered still: the camera is quiet again");
}
