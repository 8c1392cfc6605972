//! Read: one thread for each camera pulls frames or detections and hands them to the camera's place in the dataflow.

use super::pace::{Arrival, Inlet};
use super::tempo::Tempo;
use crate::metrics::Metrics;
use crossbeam_channel::{Receiver, Sender, bounded};
use schemas::EventTime;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use timely::scheduling::SyncActivator;

/// Rows that a camera's thread may be ahead of its operator; pictures among them are bounded by the pool as well.
const ARRIVALS_MAX: usize = 4;

/// What a camera is read from, made on the camera's thread: gives rows until its end.
pub type Source = Box<dyn FnOnce() -> Box<dyn Iterator<Item = Arrival>> + Send>;

/// A camera ready to be read.
pub struct Camera {
    /// Name, for threads and operators.
    pub name: String,
    /// Where its rows come from.
    pub source: Source,
    /// Time of its first frame.
    pub start: EventTime,
    /// A row arrives so many microseconds after the time before which none follows it.
    pub late_us: i64,
}

/// Starts the camera's thread. It ends with the source, or soon after `stop`. With a `tempo` rows are given when they arrived.
pub fn start(
    camera: Camera,
    tempo: Option<Arc<Tempo>>,
    stop: &Arc<AtomicBool>,
    metrics: &Arc<Metrics>,
) -> io::Result<(Inlet, JoinHandle<()>)> {
    let (arrivals, inlet) = bounded(ARRIVALS_MAX);
    let (activator, woken_by) = bounded(1);
    let (stop, metrics, source, late_us) = (stop.clone(), metrics.clone(), camera.source, camera.late_us);
    let arrives = move |arrival: &Arrival, stop: &AtomicBool, quiet: &dyn Fn(EventTime)| {
        if let Some(tempo) = &tempo {
            tempo.wait(arrival.closes().plus_us(late_us), stop, |now| quiet(now.plus_us(-late_us)));
        }
    };
    let read = move || read(source, arrivals, &woken_by, arrives, &stop, &metrics);
    let thread = std::thread::Builder::new().name(format!("read-{}", camera.name)).spawn(read)?;
    Ok((Inlet { arrivals: inlet, activator, start: camera.start }, thread))
}

fn read(
    source: Source,
    arrivals: Sender<Arrival>,
    activator: &Receiver<SyncActivator>,
    arrives: impl Fn(&Arrival, &AtomicBool, &dyn Fn(EventTime)),
    stop: &AtomicBool,
    metrics: &Metrics,
) {
    // The worker sends it once its dataflow is built, and hangs up if that fails.
    let Ok(activator) = activator.recv() else { return };
    let mut source = source();
    while !stop.load(Ordering::Relaxed) {
        let Some(arrival) = source.next() else { break };
        // An error means that the worker is gone, which the next send tells as well.
        arrives(&arrival, stop, &|closes| {
            let _ = arrivals.send(Arrival::Quiet { closes });
            let _ = activator.activate();
        });
        match &arrival {
            Arrival::Frame(_) | Arrival::Found(_) => metrics.frames_in.add(1),
            _ => {}
        }
        if arrivals.send(arrival).is_err() {
            return;
        }
        // An error means that the worker is gone, which the next send tells as well.
        let _ = activator.activate();
    }
    drop(arrivals);
    let _ = activator.activate();
}
