//! Films of all cameras: threads that each have some of the cameras and see the same stream of moments. What is filmed does not
//! depend on their number.

use super::develop::Sensor;
use super::encode::{EncodeError, Encoder, Encoding};
use super::scene::Scene;
use super::stage::Stage;
use super::truth::FrameTruth;
use crate::life::{Moment, STEP_US};
use crate::seed::Seed;
use crate::world::World;
use schemas::CameraFault;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use thiserror::Error;

/// Moments that wait for a thread, and truths that wait for their reader, at most.
const WAITING: usize = 64;

/// What is filmed, and how.
#[derive(Clone, Debug)]
pub struct Filming {
    /// Indices of the cameras, with the file of each; without a file its truth is told, and nothing is encoded.
    pub cameras: Vec<(usize, Option<PathBuf>)>,
    /// Pictures that are lost, by index of the camera: from, to (not itself), in order.
    pub lost: BTreeMap<usize, Vec<[u64; 2]>>,
    /// How.
    pub encoding: Encoding,
    /// What the sensors are like.
    pub sensor: Sensor,
    /// Threads: no more than cameras are used.
    pub threads: usize,
    /// Where noise and exposure come from.
    pub seed: Seed,
}

/// Why a film was not made.
#[derive(Debug, Error)]
pub enum FilmError {
    /// A camera's numbers make no camera.
    #[error("camera {camera}")]
    Camera {
        /// Its name.
        camera: String,
        /// Why not.
        source: CameraFault,
    },
    /// Moments come at 50 a second, and pictures are taken at some of them.
    #[error("{fps} pictures a second are not a whole part of 50")]
    Rate {
        /// What was asked for.
        fps: u32,
    },
    /// A file was not written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// No thread could be started.
    #[error("cannot start a thread")]
    Thread(#[from] std::io::Error),
}

/// Films `moments` with cameras of `world`; every frame's truth goes to `tell`, camera by camera in order within a moment. The
/// first picture is taken at the first moment.
pub fn film(
    world: &Arc<World>,
    filming: &Filming,
    moments: impl IntoIterator<Item = Arc<Moment>>,
    mut tell: impl FnMut(FrameTruth),
) -> Result<(), FilmError> {
    let fps = filming.encoding.fps;
    let per_second = (1_000_000 / STEP_US) as u32;
    if fps == 0 || !per_second.is_multiple_of(fps) {
        return Err(FilmError::Rate { fps });
    }
    let every = u64::from(per_second / fps);
    let scene = Scene::new(world.clone());
    let count = filming.threads.clamp(1, filming.cameras.len().max(1));
    let mut crew = Vec::with_capacity(count);
    for number in 0..count {
        // Dealt like cards, so that heavy cameras that were named together are shared out.
        let mine: Vec<_> = filming.cameras.iter().skip(number).step_by(count).cloned().collect();
        crew.push(Worker::start(number, scene.clone(), mine, filming, every)?);
    }
    let mut rounds = 0u64;
    let mut failed = None;
    'moments: for (n, moment) in moments.into_iter().enumerate() {
        for worker in &crew {
            // A thread that is gone has failed: why, it says when it is joined.
            if worker.moments.send(moment.clone()).is_err() {
                break 'moments;
            }
        }
        rounds += u64::from((n as u64).is_multiple_of(every));
        // Tell what is complete, and wait when too much is under way.
        while rounds > WAITING as u64 / 2 {
            if !tell_round(&crew, filming.cameras.len(), &mut tell) {
                break 'moments;
            }
            rounds -= 1;
        }
    }
    for worker in &mut crew {
        worker.close();
    }
    while rounds > 0 && tell_round(&crew, filming.cameras.len(), &mut tell) {
        rounds -= 1;
    }
    for worker in crew {
        if let Err(error) = worker.join() {
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Tells the truths of one moment in the order of the cameras; false when a thread is gone.
fn tell_round(crew: &[Worker], cameras: usize, tell: &mut impl FnMut(FrameTruth)) -> bool {
    (0..cameras).all(|camera| match crew[camera % crew.len()].truths.recv() {
        Ok(truth) => {
            tell(truth);
            true
        }
        Err(_) => false,
    })
}

/// A thread and the ways to and from it.
struct Worker {
    moments: SyncSender<Arc<Moment>>,
    truths: Receiver<FrameTruth>,
    thread: JoinHandle<Result<(), FilmError>>,
}

impl Worker {
    fn start(
        number: usize,
        scene: Scene,
        cameras: Vec<(usize, Option<PathBuf>)>,
        filming: &Filming,
        every: u64,
    ) -> Result<Self, FilmError> {
        let (moments, inbox) = sync_channel::<Arc<Moment>>(WAITING);
        // Its room is for all the truths that may wait before one is told.
        let (outbox, truths) = sync_channel(cameras.len().max(1) * (WAITING + 1));
        let (encoding, sensor, seed) = (filming.encoding.clone(), filming.sensor, filming.seed);
        let lost = filming.lost.clone();
        let run = move || {
            let numbers: Vec<usize> = cameras.iter().map(|(camera, _)| *camera).collect();
            let names: Vec<String> = numbers.iter().map(|&n| scene.world.cameras[n].name.clone()).collect();
            let mut stage = Stage::new(scene, &numbers, sensor, seed)
                .map_err(|source| FilmError::Camera { camera: names.join(", "), source })?;
            let mut encoders = Vec::new();
            for (n, (_, path)) in cameras.iter().enumerate() {
                let lost = lost.get(&numbers[n]).map_or(&[][..], Vec::as_slice);
                let start = |path: &PathBuf| Encoder::start(path, stage.size(n), &encoding, lost);
                encoders.push(path.as_ref().map(start).transpose()?);
            }
            let mut rgb = Vec::new();
            for (n, moment) in inbox.iter().enumerate() {
                stage.follow(&moment);
                if !(n as u64).is_multiple_of(every) {
                    continue;
                }
                stage.pose(&moment);
                for (n, encoder) in encoders.iter_mut().enumerate() {
                    let truth = stage.shoot(n, &moment, &mut rgb);
                    if let Some(encoder) = encoder {
                        encoder.picture(&rgb)?;
                    }
                    // Whoever reads has stopped only because another thread failed.
                    let _ = outbox.send(truth);
                }
            }
            encoders.into_iter().flatten().try_for_each(|encoder| Ok(encoder.finish()?))
        };
        let thread = std::thread::Builder::new().name(format!("film-{number}")).spawn(run)?;
        Ok(Self { moments, truths, thread })
    }

    /// Says that no more moments come.
    fn close(&mut self) {
        let (nowhere, _) = sync_channel(0);
        self.moments = nowhere;
    }

    fn join(self) -> Result<(), FilmError> {
        drop(self.moments);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
