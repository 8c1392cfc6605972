//! Detect: finds the people in each frame, through a Detector and, where there are ones, a Poser and an Embedder.
//! In: Frame | Out: FrameDetections | Key: none, in place | State: frames under way, bounded by the picture pool;
//! per camera the thumbnail and the detections that a still picture repeats
//! Faults: InferenceFailed; the frame goes on with what is known of it, so that tracking sees every frame.
//!
//! The last operator that sees pixels: a frame's picture is let go as soon as its last job is done.

use super::gate::Gate;
use crate::flow::build::{InPlace, in_place};
use crate::flow::{Emits, Outbox, Ticks};
use schemas::contract::{Crops, InferenceFault, Wake};
use schemas::{
    Box2, CameraId, Detection, Detector, Embedder, Fault, FaultKind, Frame, FrameDetections, FrameMeta, Inference,
    ModelId, Poser, Ticket,
};
use std::collections::{BTreeMap, VecDeque};

/// How often the costly models look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetectSettings {
    /// Poses are taken in every n-th frame of a camera; at least 1.
    pub pose_every_frames: u64,
    /// Appearances are taken in every n-th frame of a camera; at least 1.
    pub embed_every_frames: u64,
}

impl Default for DetectSettings {
    fn default() -> Self {
        Self { pose_every_frames: 1, embed_every_frames: 1 }
    }
}

/// The models that look at frames.
pub struct Seers {
    /// Which model the detections are owed to.
    pub model: ModelId,
    /// Finds people.
    pub detector: Box<Detector>,
    /// Finds their wrists and feet.
    pub poser: Option<Box<Poser>>,
    /// Describes their appearance.
    pub embedder: Option<Box<Embedder>>,
    /// Spares still pictures.
    pub gate: Option<Gate>,
}

/// Finds the people in each frame. Every frame gives exactly one row, at its own tick.
pub fn detect<'s>(frames: Ticks<'s, Frame>, seers: Seers, settings: DetectSettings) -> Emits<'s, FrameDetections> {
    in_place(frames, Core::new(seers, settings))
}

/// A frame on its way through the models.
struct UnderWay {
    meta: FrameMeta,
    /// The pixels, as long as a later stage wants them.
    frame: Option<Frame>,
    detections: Vec<Detection>,
    faults: Vec<Fault>,
    /// Later frames whose picture was the same.
    followers: Vec<(Ticket, FrameMeta)>,
}

/// What a camera's still picture repeats.
struct Latest {
    ticket: Ticket,
    /// Known once its inference is done.
    detections: Option<Vec<Detection>>,
}

struct Core {
    settings: DetectSettings,
    model: ModelId,
    gate: Option<Gate>,
    detect: Stage<Frame, Vec<Detection>>,
    pose: Option<Stage<Crops, schemas::Poses>>,
    embed: Option<Stage<Crops, schemas::Appearances>>,
    under_way: BTreeMap<Ticket, UnderWay>,
    latest: BTreeMap<CameraId, Latest>,
    done: Vec<(Ticket, Outbox<FrameDetections>)>,
}

/// One model and the jobs that wait for room in its queue.
struct Stage<Job, Out> {
    model: Box<dyn Inference<Job, Out> + Send>,
    waiting: VecDeque<(Ticket, Job)>,
}

impl<Job, Out> Stage<Job, Out> {
    fn new(model: Box<dyn Inference<Job, Out> + Send>) -> Self {
        Self { model, waiting: VecDeque::new() }
    }

    fn push(&mut self, ticket: Ticket, job: Job) {
        self.waiting.push_back((ticket, job));
        self.submit();
    }

    fn submit(&mut self) {
        while let Some((ticket, job)) = self.waiting.pop_front() {
            if let Err(job) = self.model.submit(ticket, job) {
                self.waiting.push_front((ticket, job));
                break;
            }
        }
    }

    fn poll(&mut self) -> Option<(Ticket, Result<Out, InferenceFault>)> {
        let result = self.model.poll();
        self.submit();
        result
    }
}

impl Core {
    fn new(seers: Seers, settings: DetectSettings) -> Self {
        Self {
            settings,
            model: seers.model,
            gate: seers.gate,
            detect: Stage::new(seers.detector),
            pose: seers.poser.map(Stage::new),
            embed: seers.embedder.map(Stage::new),
            under_way: BTreeMap::new(),
            latest: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    fn finish(&mut self, ticket: Ticket, meta: FrameMeta, gated: bool, detections: Vec<Detection>, faults: Vec<Fault>) {
        let mut outbox = Outbox::default();
        faults.into_iter().for_each(|fault| outbox.fault(fault));
        outbox.give(FrameDetections { meta, model: self.model, gated, outside: 0, detections });
        self.done.push((ticket, outbox));
    }

    /// A still picture repeats what was, or will be, found in the one it equals.
    fn repeat(&mut self, ticket: Ticket, meta: FrameMeta) {
        let Some(latest) = self.latest.get(&meta.camera) else { panic!("gated before any frame of {}", meta.camera) };
        match (&latest.detections, self.under_way.get_mut(&latest.ticket)) {
            (Some(detections), _) => {
                let detections = detections.clone();
                self.finish(ticket, meta, true, detections, Vec::new());
            }
            (None, Some(leader)) => leader.followers.push((ticket, meta)),
            (None, None) => panic!("frame {} of {} is neither done nor under way", latest.ticket, meta.camera),
        }
    }

    fn detected(&mut self, ticket: Ticket, result: Result<Vec<Detection>, InferenceFault>) {
        let Some(under_way) = self.under_way.get_mut(&ticket) else { panic!("no frame has ticket {ticket}") };
        match result {
            Ok(detections) => under_way.detections = detections,
            Err(fault) => under_way.refuse(fault),
        }
        let pose_due = under_way.meta.sequence.is_multiple_of(self.settings.pose_every_frames);
        match (under_way.crops(), &mut self.pose) {
            (Some(crops), Some(stage)) if pose_due => stage.push(ticket, crops),
            _ => self.pose_settled(ticket),
        }
    }

    fn posed(&mut self, ticket: Ticket, result: Result<schemas::Poses, InferenceFault>) {
        let Some(under_way) = self.under_way.get_mut(&ticket) else { panic!("no frame has ticket {ticket}") };
        match result {
            Ok(poses) => {
                for (detection, pose) in under_way.detections.iter_mut().zip(poses) {
                    detection.feet = pose.feet;
                    detection.wrists = pose.wrists;
                }
            }
            Err(fault) => under_way.refuse(fault),
        }
        self.pose_settled(ticket);
    }

    fn pose_settled(&mut self, ticket: Ticket) {
        let Some(under_way) = self.under_way.get_mut(&ticket) else { panic!("no frame has ticket {ticket}") };
        let embed_due = under_way.meta.sequence.is_multiple_of(self.settings.embed_every_frames);
        match (under_way.crops(), &mut self.embed) {
            (Some(crops), Some(stage)) if embed_due => stage.push(ticket, crops),
            _ => self.settled(ticket),
        }
    }

    fn embedded(&mut self, ticket: Ticket, result: Result<schemas::Appearances, InferenceFault>) {
        let Some(under_way) = self.under_way.get_mut(&ticket) else { panic!("no frame has ticket {ticket}") };
        match result {
            Ok(appearances) => {
                for (detection, appearance) in under_way.detections.iter_mut().zip(appearances) {
                    detection.appearance = appearance;
                }
            }
            Err(fault) => under_way.refuse(fault),
        }
        self.settled(ticket);
    }

    /// All models have looked: the frame is done, and with it those that repeat it.
    fn settled(&mut self, ticket: Ticket) {
        let Some(frame) = self.under_way.remove(&ticket) else { panic!("frame {ticket} is done twice") };
        for (follower, meta) in frame.followers {
            self.finish(follower, meta, true, frame.detections.clone(), Vec::new());
        }
        if let Some(latest) = self.latest.get_mut(&frame.meta.camera).filter(|latest| latest.ticket == ticket) {
            latest.detections = Some(frame.detections.clone());
        }
        self.finish(ticket, frame.meta, false, frame.detections, frame.faults);
    }
}

impl UnderWay {
    fn refuse(&mut self, fault: InferenceFault) {
        let FrameMeta { camera, event_time, .. } = self.meta;
        let kind = FaultKind::InferenceFailed;
        self.faults.push(Fault { event_time, camera, kind, count: 1, detail: fault.to_string() });
    }

    /// The people to cut out, if there are any and the pixels were kept.
    fn crops(&self) -> Option<Crops> {
        let boxes: Vec<Box2> = self.detections.iter().map(|d| d.bbox).collect();
        let frame = self.frame.as_ref().filter(|_| !boxes.is_empty())?;
        Some(Crops { frame: frame.clone(), boxes })
    }
}

impl InPlace for Core {
    type In = Frame;
    type Out = FrameDetections;
    const NAME: &'static str = "Detect";

    fn wake_with(&mut self, wake: Wake) {
        self.detect.model.wake_with(wake.clone());
        self.pose.iter_mut().for_each(|stage| stage.model.wake_with(wake.clone()));
        self.embed.iter_mut().for_each(|stage| stage.model.wake_with(wake.clone()));
    }

    fn take(&mut self, ticket: Ticket, frame: Frame) {
        let meta = frame.meta;
        if self.gate.as_mut().is_some_and(|gate| !gate.changed(&frame)) {
            return self.repeat(ticket, meta);
        }
        self.latest.insert(meta.camera, Latest { ticket, detections: None });
        let kept = (self.pose.is_some() || self.embed.is_some()).then(|| frame.clone());
        let under_way =
            UnderWay { meta, frame: kept, detections: Vec::new(), faults: Vec::new(), followers: Vec::new() };
        self.under_way.insert(ticket, under_way);
        self.detect.push(ticket, frame);
    }

    fn collect(&mut self, done: &mut dyn FnMut(Ticket, Outbox<FrameDetections>)) {
        while let Some((ticket, result)) = self.detect.poll() {
            self.detected(ticket, result);
        }
        while let Some((ticket, result)) = self.pose.as_mut().and_then(Stage::poll) {
            self.posed(ticket, result);
        }
        while let Some((ticket, result)) = self.embed.as_mut().and_then(Stage::poll) {
            self.embedded(ticket, result);
        }
        for (ticket, outbox) in self.done.drain(..) {
            done(ticket, outbox);
        }
    }
}

#[cfg(test)]
mod tests;
