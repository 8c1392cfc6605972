//! The inference pool: a fixed number of threads, each with its own sessions, behind the contracts of `schemas::contract`.
//!
//! A worker's operator holds one [`Client`] for each model. Submitting and polling never block: a client refuses a job when it has
//! [`IN_FLIGHT_MAX`] under way, and is woken after each of its own results, so it can never wait for somebody else's.

use crate::clock::{self, Stopwatch};
use crate::metrics::Metrics;
use crossbeam_channel::{Receiver, Sender, unbounded};
use schemas::contract::{Crops, InferenceFault, Wake};
use schemas::{Appearances, Detection, Frame, Inference, Poses, Ticket};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Jobs that one client may have under way; enough to keep every thread busy, few enough that pictures are let go soon.
const IN_FLIGHT_MAX: usize = 32;

/// A model's answer.
pub type Answer<Out> = Result<Out, InferenceFault>;
/// One thread's way to run one model.
pub type Session<Job, Out> = Box<dyn FnMut(&Job) -> Answer<Out>>;

/// The sessions of one thread.
pub struct Sessions {
    /// Finds people.
    pub detect: Session<Frame, Vec<Detection>>,
    /// Finds wrists and feet.
    pub pose: Option<Session<Crops, Poses>>,
    /// Describes appearance.
    pub embed: Option<Session<Crops, Appearances>>,
}

/// Makes the sessions of a thread, on that thread.
pub type MakeSessions = Arc<dyn Fn() -> Sessions + Send + Sync>;

/// A delay before each job, for tests of a slow machine.
pub type Throttle = Arc<dyn Fn(Ticket) -> Duration + Send + Sync>;

enum Task {
    Detect(Frame, Return<Vec<Detection>>),
    Pose(Crops, Return<Poses>),
    Embed(Crops, Return<Appearances>),
}

/// Where an answer goes.
struct Return<Out> {
    ticket: Ticket,
    answers: Sender<(Ticket, Answer<Out>)>,
    wake: Option<Wake>,
}

impl<Out> Return<Out> {
    fn answer(self, answer: Answer<Out>) {
        // An error means that the client is gone: the run is being torn down.
        let _ = self.answers.send((self.ticket, answer));
        if let Some(wake) = self.wake {
            wake();
        }
    }
}

/// The threads. They end when every client is gone.
pub struct Pool {
    queue: Sender<Task>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts `threads` threads.
    pub fn start(
        threads: usize,
        make: &MakeSessions,
        metrics: &Arc<Metrics>,
        throttle: Option<Throttle>,
    ) -> io::Result<Self> {
        let (queue, tasks) = unbounded();
        let spawn = |i: usize| {
            let (tasks, make, metrics, throttle) = (tasks.clone(), make.clone(), metrics.clone(), throttle.clone());
            let work = move || work(&tasks, make(), &metrics, throttle.as_ref());
            std::thread::Builder::new().name(format!("infer-{i}")).spawn(work)
        };
        let threads = (0..threads.max(1)).map(spawn).collect::<io::Result<_>>()?;
        Ok(Self { queue, threads })
    }

    /// A detector for one worker.
    pub fn detector(&self) -> Client<Frame, Vec<Detection>> {
        Client::new(self.queue.clone(), Task::Detect)
    }

    /// A poser for one worker.
    pub fn poser(&self) -> Client<Crops, Poses> {
        Client::new(self.queue.clone(), Task::Pose)
    }

    /// An embedder for one worker.
    pub fn embedder(&self) -> Client<Crops, Appearances> {
        Client::new(self.queue.clone(), Task::Embed)
    }

    /// Lets go of the queue and waits for the threads; every client must be gone.
    pub fn join(self) {
        drop(self.queue);
        for thread in self.threads {
            assert!(thread.join().is_ok(), "an inference thread panicked");
        }
    }
}

fn work(tasks: &Receiver<Task>, mut sessions: Sessions, metrics: &Metrics, throttle: Option<&Throttle>) {
    let slow = |ticket| {
        if let Some(throttle) = throttle {
            clock::pause(throttle(ticket));
        }
    };
    for task in tasks {
        let watch = Stopwatch::start();
        match task {
            Task::Detect(frame, to) => {
                slow(to.ticket);
                let answer = (sessions.detect)(&frame);
                drop(frame);
                metrics.detect.add(watch.elapsed());
                to.answer(answer);
            }
            Task::Pose(crops, to) => {
                slow(to.ticket);
                let answer = sessions.pose.as_mut().map_or_else(|| Err(absent("pose")), |pose| pose(&crops));
                drop(crops);
                metrics.pose.add(watch.elapsed());
                to.answer(answer);
            }
            Task::Embed(crops, to) => {
                slow(to.ticket);
                let answer =
                    sessions.embed.as_mut().map_or_else(|| Err(absent("re-identification")), |embed| embed(&crops));
                drop(crops);
                metrics.embed.add(watch.elapsed());
                to.answer(answer);
            }
        }
    }
}

fn absent(model: &str) -> InferenceFault {
    InferenceFault { model: model.to_string(), reason: "no such model is loaded".to_string() }
}

type Answers<Out> = (Sender<(Ticket, Answer<Out>)>, Receiver<(Ticket, Answer<Out>)>);

/// One worker's hold on one model of the pool.
pub struct Client<Job, Out> {
    queue: Sender<Task>,
    task: fn(Job, Return<Out>) -> Task,
    answers: Answers<Out>,
    in_flight: usize,
    wake: Option<Wake>,
}

impl<Job, Out> Client<Job, Out> {
    fn new(queue: Sender<Task>, task: fn(Job, Return<Out>) -> Task) -> Self {
        Self { queue, task, answers: unbounded(), in_flight: 0, wake: None }
    }
}

impl<Job, Out> Inference<Job, Out> for Client<Job, Out> {
    fn submit(&mut self, ticket: Ticket, job: Job) -> Result<(), Job> {
        if self.in_flight == IN_FLIGHT_MAX {
            return Err(job);
        }
        let to = Return { ticket, answers: self.answers.0.clone(), wake: self.wake.clone() };
        // The threads outlive the clients, so the queue is open.
        let _ = self.queue.send((self.task)(job, to));
        self.in_flight += 1;
        Ok(())
    }

    fn poll(&mut self) -> Option<(Ticket, Answer<Out>)> {
        let answer = self.answers.1.try_recv().ok()?;
        self.in_flight -= 1;
        Some(answer)
    }

    fn wake_with(&mut self, wake: Wake) {
        self.wake = Some(wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Box2, CameraId, EventTime, FrameMeta, Picture, Score};
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn frame(sequence: u64) -> Frame {
        let meta = FrameMeta { camera: CameraId(0), event_time: EventTime(0), sequence, width: 1, height: 1 };
        Frame { meta, scaled: Picture::new(1, 1, Arc::new([0u8; 3])).expect("sized"), full: None }
    }

    #[test]
    fn every_job_is_answered_once_and_wakes_its_client() {
        let make: MakeSessions = Arc::new(|| Sessions {
            detect: Box::new(|frame: &Frame| {
                let left = frame.meta.sequence as f32;
                Ok(vec![Detection::new(Box2::from_pixels(left, 0., left + 1., 1.), Score::MAX)])
            }),
            pose: None,
            embed: None,
        });
        let throttle: Throttle = Arc::new(|ticket| Duration::from_micros(ticket * 7919 % 500));
        let pool = Pool::start(3, &make, &Arc::new(Metrics::default()), Some(throttle)).expect("threads");
        let (mut client, woken) = (pool.detector(), Arc::new(AtomicUsize::new(0)));
        let count = woken.clone();
        client.wake_with(Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        }));
        let (mut next, mut answered, mut refused) = (0u64, BTreeSet::new(), 0);
        while answered.len() < 200 {
            while next < 200 {
                match client.submit(next, frame(next)) {
                    Ok(()) => next += 1,
                    Err(_) => {
                        refused += 1;
                        break;
                    }
                }
            }
            while let Some((ticket, answer)) = client.poll() {
                assert_eq!(answer.expect("scripted")[0].bbox.left, 16 * ticket as i32);
                assert!(answered.insert(ticket));
            }
            std::thread::yield_now();
        }
        let mut poser = pool.poser();
        assert!(poser.submit(0, Crops { frame: frame(0), boxes: vec![] }).is_ok());
        let answer = loop {
            if let Some((_, answer)) = poser.poll() {
                break answer;
            }
            std::thread::yield_now();
        };
        assert!(answer.is_err(), "a model that is not loaded is a fault");
        drop((client, poser));
        pool.join();
        assert!(refused > 0, "the queue was never full");
        assert_eq!(woken.load(Ordering::SeqCst), 200);
    }
}
