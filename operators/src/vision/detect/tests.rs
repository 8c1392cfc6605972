use super::*;
use crate::vision::gate::GateSettings;
use schemas::contract::Wake;
use schemas::{EventTime, Picture, Pose, Poses, Score};
use std::sync::Arc;

/// Answers jobs in reverse order, at most `room` at a time; the answer is made by `make`.
struct Scripted<Job, Out> {
    room: usize,
    jobs: Vec<(Ticket, Job)>,
    make: fn(&Job) -> Result<Out, InferenceFault>,
    asked: Arc<std::sync::atomic::AtomicUsize>,
}

impl<Job, Out> Inference<Job, Out> for Scripted<Job, Out> {
    fn submit(&mut self, ticket: Ticket, job: Job) -> Result<(), Job> {
        if self.jobs.len() == self.room {
            return Err(job);
        }
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.jobs.push((ticket, job));
        Ok(())
    }

    fn poll(&mut self) -> Option<(Ticket, Result<Out, InferenceFault>)> {
        let (ticket, job) = self.jobs.pop()?;
        Some((ticket, (self.make)(&job)))
    }

    fn wake_with(&mut self, _wake: Wake) {}
}

/// One person for every frame, at x = the picture's first byte; a white picture breaks the model.
fn find(frame: &Frame) -> Result<Vec<Detection>, InferenceFault> {
    let x = frame.scaled.rgb()[0];
    if x == 255 {
        return Err(InferenceFault { model: "m".into(), reason: "white".into() });
    }
    let left = f32::from(x);
    Ok(vec![Detection::new(Box2::from_pixels(left, 0., left + 10., 20.), Score::MAX)])
}

fn frame(sequence: u64, level: u8) -> Frame {
    let event_time = EventTime(sequence as i64 * 100_000);
    let meta = FrameMeta { camera: CameraId(1), event_time, sequence, width: 32, height: 32 };
    Frame { meta, scaled: Picture::new(32, 32, Arc::new(vec![level; 3 * 32 * 32])).expect("sized"), full: None }
}

fn run(seers: Seers, settings: DetectSettings, levels: &[u8]) -> (Vec<FrameDetections>, Vec<Fault>) {
    let mut core = Core::new(seers, settings);
    let (mut rows, mut faults) = (BTreeMap::new(), Vec::new());
    let mut collect = |core: &mut Core| {
        core.collect(&mut |ticket, mut outbox| {
            let (ok, bad) = outbox.take();
            for row in ok {
                assert!(rows.insert(ticket, row).is_none(), "a frame gave two rows");
            }
            faults.extend(bad);
        });
    };
    for (i, &level) in levels.iter().enumerate() {
        core.take(i as Ticket, frame(i as u64, level));
        if i % 3 == 2 {
            collect(&mut core);
        }
    }
    for _ in 0..levels.len() {
        collect(&mut core);
    }
    assert!(core.under_way.is_empty());
    (rows.into_values().collect(), faults)
}

fn scripted<Job, Out>(make: fn(&Job) -> Result<Out, InferenceFault>) -> Box<Scripted<Job, Out>> {
    Box::new(Scripted { room: 2, jobs: Vec::new(), make, asked: Arc::default() })
}

fn seers(gate: bool) -> Seers {
    let gate = gate.then(|| Gate::new(GateSettings { refresh_us: i64::MAX, ..GateSettings::default() }));
    Seers { model: ModelId(7), detector: scripted(find), poser: None, embedder: None, gate }
}

#[test]
fn every_frame_gives_one_row_in_spite_of_order_and_full_queues() {
    let levels: Vec<u8> = (0..50).map(|i| i * 5).collect();
    let (rows, faults) = run(seers(false), DetectSettings::default(), &levels);
    assert!(faults.is_empty());
    let lefts: Vec<i32> = rows.iter().map(|r| r.detections[0].bbox.left / 16).collect();
    assert_eq!(lefts, levels.iter().map(|&l| i32::from(l)).collect::<Vec<_>>());
}

#[test]
fn still_pictures_cost_no_inference_and_repeat_the_rows() {
    let levels = [10, 10, 10, 10, 80, 80, 80, 80, 10, 10];
    let detector = scripted(find);
    let asked = detector.asked.clone();
    let (gated, _) = run(Seers { detector, ..seers(true) }, DetectSettings::default(), &levels);
    let (plain, _) = run(seers(false), DetectSettings::default(), &levels);
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 3);
    assert_eq!(gated.iter().filter(|r| r.gated).count(), 7);
    for (g, p) in gated.iter().zip(&plain) {
        assert_eq!((&g.meta, &g.detections), (&p.meta, &p.detections));
    }
}

#[test]
fn a_failed_inference_is_a_fault_and_an_empty_frame() {
    let (rows, faults) = run(seers(false), DetectSettings::default(), &[10, 255, 30]);
    assert_eq!(rows.iter().map(|r| r.detections.len()).collect::<Vec<_>>(), [1, 0, 1]);
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].kind, faults[0].event_time), (FaultKind::InferenceFailed, EventTime(100_000)));
}

#[test]
fn poses_and_appearances_reach_their_detections_in_the_frames_that_are_due() {
    let pose = |crops: &Crops| -> Result<Poses, InferenceFault> {
        let feet = |b: &Box2| Pose { feet: Some(b.foot()), wrists: [None, None] };
        Ok(crops.boxes.iter().map(feet).collect())
    };
    let embed = |crops: &Crops| -> Result<schemas::Appearances, InferenceFault> {
        Ok(crops.boxes.iter().map(|_| schemas::Embedding::from_values(&[1.0, 2.0])).collect())
    };
    let seers = Seers { poser: Some(scripted(pose)), embedder: Some(scripted(embed)), ..seers(true) };
    let settings = DetectSettings { pose_every_frames: 1, embed_every_frames: 2 };
    let (rows, _) = run(seers, settings, &[10, 40, 40, 70, 100]);
    assert!(rows.iter().all(|r| r.detections[0].feet == Some(r.detections[0].bbox.foot())));
    let described: Vec<bool> = rows.iter().map(|r| r.detections[0].appearance.is_some()).collect();
    assert_eq!(described, [true, false, false, false, true], "frame 2 repeats frame 1");
}
