//! Pace: brings one camera, the gates' readers, or the scales, into the dataflow. EventTime becomes a tick here and nowhere else.
//!
//! The camera's capability follows its frames: a tick closes when every camera has passed it or has ended. A camera that runs ahead of
//! the slowest by more than [`AHEAD_TICKS_MAX`] is not read on, so that what waits for a tick to close is bounded.

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use operators::{DataflowTime, Ticks};
use schemas::{CheckedScan, Erasure, EventTime, Fault, Frame, FrameDetections, ScaleSample, TickLength, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;
use timely::dataflow::operators::generic::operator::source;
use timely::dataflow::{ProbeHandle, Scope};
use timely::scheduling::SyncActivator;

/// Ticks that one camera may run ahead of what is done.
const AHEAD_TICKS_MAX: u64 = 20;

/// Rows taken in one turn before other operators get theirs.
const ROWS_PER_TURN_MAX: usize = 16;

/// What a camera delivers.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// A picture.
    Frame(Frame),
    /// What another tool found in a picture.
    Found(FrameDetections),
    /// Something that was refused.
    Fault(Fault),
    /// A code that was shown; rows of a time before `closes` do not follow.
    Scan {
        /// What was shown.
        scan: CheckedScan,
        /// No row of an earlier time follows.
        closes: EventTime,
    },
    /// What scales said that arrived together; each sample has a time of its own.
    Weighed {
        /// What was said; at least one, none of a time before `closes`.
        samples: Vec<ScaleSample>,
        /// No row of an earlier time follows.
        closes: EventTime,
    },
    /// What somebody decided; none that was decided earlier follows.
    Verdict(Verdict),
    /// A member asks to be forgotten; rows of a time before `closes` do not follow.
    Erasure {
        /// Who, since when.
        erasure: Erasure,
        /// No row of an earlier time follows.
        closes: EventTime,
    },
    /// Nothing, while rows come at the shop's own pace: none of an earlier time follows.
    Quiet {
        /// What time it is.
        closes: EventTime,
    },
    /// The same as of rows for something that was refused.
    Late {
        /// What.
        fault: Fault,
        /// No row of an earlier time follows.
        closes: EventTime,
    },
}

impl Arrival {
    fn event_time(&self) -> EventTime {
        match self {
            Self::Frame(frame) => frame.meta.event_time,
            Self::Found(found) => found.meta.event_time,
            Self::Scan { scan, .. } => scan.event_time,
            Self::Fault(fault) | Self::Late { fault, .. } => fault.event_time,
            Self::Weighed { closes, .. } | Self::Quiet { closes } => *closes,
            Self::Verdict(verdict) => verdict.decided_at,
            Self::Erasure { erasure, .. } => erasure.event_time,
        }
    }

    /// No row of an earlier time follows.
    pub fn closes(&self) -> EventTime {
        match self {
            Self::Scan { closes, .. }
            | Self::Weighed { closes, .. }
            | Self::Erasure { closes, .. }
            | Self::Quiet { closes }
            | Self::Late { closes, .. } => *closes,
            _ => self.event_time(),
        }
    }
}

impl Arrival {
    /// Itself at its tick, which is not before `open`; samples of scales in as many parts as they have ticks; nothing of silence.
    fn at_ticks(self, length: TickLength, open: DataflowTime) -> Vec<(DataflowTime, Self)> {
        let tick = |at: EventTime| length.tick(at).0.max(open);
        let (samples, closes) = match self {
            Self::Weighed { samples, closes } => (samples, closes),
            Self::Quiet { .. } => return Vec::new(),
            other => return vec![(tick(other.event_time()), other)],
        };
        let mut parts: BTreeMap<DataflowTime, Vec<ScaleSample>> = BTreeMap::new();
        for sample in samples {
            parts.entry(tick(sample.event_time)).or_default().push(sample);
        }
        parts.into_iter().map(|(tick, samples)| (tick, Self::Weighed { samples, closes })).collect()
    }
}

/// One camera's way into the dataflow.
pub struct Inlet {
    /// What the camera's thread has read.
    pub arrivals: Receiver<Arrival>,
    /// Where the operator leaves what wakes it.
    pub activator: Sender<SyncActivator>,
    /// Time of the first frame: until then the camera holds nothing back.
    pub start: EventTime,
}

/// Rows of one camera, each at its tick. `inlet` is none on the workers that do not own the camera.
///
/// A row whose time lies before the camera's last one (a fault about the past) goes to the camera's present tick.
pub fn pace<'s>(
    scope: Scope<'s, DataflowTime>,
    name: &str,
    inlet: Option<Inlet>,
    length: TickLength,
    done: &ProbeHandle<DataflowTime>,
) -> Ticks<'s, Arrival> {
    let done = done.clone();
    source(scope, name, |mut capability, info| {
        let again = scope.activator_for(info.address.clone());
        let mut open = inlet.map(|inlet| {
            let activator = scope.worker().sync_activator_for(info.address.to_vec());
            // An error means that the camera's thread is gone, which the channel of arrivals tells as well.
            let _ = inlet.activator.send(activator);
            capability.downgrade(&length.tick(inlet.start).0);
            (inlet.arrivals, capability)
        });
        move |output| {
            let Some((arrivals, capability)) = open.as_mut() else { return };
            for _ in 0..ROWS_PER_TURN_MAX {
                if done.less_than(&capability.time().saturating_sub(AHEAD_TICKS_MAX)) {
                    // The probe does not wake this operator.
                    again.activate_after(Duration::from_millis(1));
                    return;
                }
                match arrivals.try_recv() {
                    Ok(arrival) => {
                        let closes = length.tick(arrival.closes()).0;
                        if closes > *capability.time() {
                            capability.downgrade(&closes);
                        }
                        for (tick, arrival) in arrival.at_ticks(length, *capability.time()) {
                            output.session(&capability.delayed(&tick)).give(arrival);
                        }
                    }
                    Err(TryRecvError::Empty) => return,
                    Err(TryRecvError::Disconnected) => {
                        open = None;
                        return;
                    }
                }
            }
            again.activate();
        }
    })
    .container::<Vec<Arrival>>()
}
