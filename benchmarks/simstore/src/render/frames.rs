//! Single labelled pictures, without FFmpeg, as different from each other as asked for: shops, people, cameras, light, lenses,
//! sensors. For teaching detectors elsewhere. What is made does not depend on the number of threads. `FRAMES.md` describes it.

mod draw;
mod label;
#[cfg(test)]
mod tests;

use super::scene::Scene;
use super::stage::Stage;
use crate::seed::Seed;
use crate::world::World;
use draw::{cast, finish, gathering, hung, relit, sensor};
use label::label;
use png::{BitDepth, ColorType, Encoder};
use rand::RngExt;
use schemas::CameraFault;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::Builder;
use thiserror::Error;

/// Cameras in one shop before its light, its goods and its people change.
const CAMERAS_OF_ONE_SHOP: u64 = 4;

/// Shops of a thread whose labels may wait to be written.
const WAITING: usize = 16;

/// What pictures are wanted.
#[derive(Clone, Debug)]
pub struct FrameSet {
    /// How many.
    pub count: u64,
    /// Everything that is drawn follows from it.
    pub seed: Seed,
    /// Width and height, px.
    pub size_px: [u32; 2],
    /// Most people in one picture; every number from 0 on is as likely.
    pub people_max: u32,
    /// Share of cameras that look straight down or nearly so, 0 to 1.
    pub overhead: f64,
    /// Share of the others that look at a rack across its aisle, 0 to 1; the rest hang anywhere and look 15 to 60 degrees down.
    pub shelf: f64,
    /// Pictures of one camera before another is hung: more are faster, for what stands still is drawn once for all of them.
    pub per_camera: u32,
}

impl FrameSet {
    fn of_one_shop(&self) -> u64 {
        CAMERAS_OF_ONE_SHOP * u64::from(self.per_camera.max(1))
    }

    /// How many shops there are.
    pub fn shops(&self) -> u64 {
        self.count.div_ceil(self.of_one_shop())
    }
}

/// Why pictures were not made.
#[derive(Debug, Error)]
pub enum FramesError {
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A picture could not be encoded.
    #[error("cannot encode {path}")]
    Png {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: png::EncodingError,
    },
    /// A camera's numbers make no camera.
    #[error(transparent)]
    Camera(#[from] CameraFault),
    /// No thread could be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// Writes `frame-000000.png` and so on into a folder that exists, and a line of JSON for each into `labels.jsonl` beside them.
/// `shop` gives the shop of a seed: the same for all, or one for each. `tell` hears how many pictures are done.
pub fn frames(
    folder: &Path,
    set: &FrameSet,
    threads: usize,
    shop: impl Fn(Seed) -> World + Sync,
    mut tell: impl FnMut(u64),
) -> Result<(), FramesError> {
    let labels = folder.join("labels.jsonl");
    let failed = |source| FramesError::Write { path: labels.clone(), source };
    let mut lines = BufWriter::new(File::create(&labels).map_err(failed)?);
    let shops = set.shops();
    let crew = (threads.max(1) as u64).min(shops.max(1));
    std::thread::scope(|scope| {
        let mut inboxes = Vec::new();
        for number in 0..crew {
            let (outbox, inbox) = sync_channel(WAITING);
            let shop = &shop;
            let work = move || {
                for group in (number..shops).step_by(crew as usize) {
                    let made =
                        of_one_shop(set, group, shop, |name, rgb| write_png(&folder.join(name), set.size_px, rgb));
                    let over = made.is_err();
                    // Nobody listens any more where another thread has failed.
                    if outbox.send(made).is_err() || over {
                        break;
                    }
                }
            };
            let thread = Builder::new().name(format!("frames-{number}"));
            thread.spawn_scoped(scope, work).map_err(FramesError::Thread)?;
            inboxes.push(inbox);
        }
        let mut done = 0;
        for group in 0..shops {
            // A thread that is gone without a word has panicked, and so does this one when the scope ends.
            let Ok(made) = inboxes[(group % crew) as usize].recv() else { break };
            for line in made? {
                writeln!(lines, "{line}").map_err(failed)?;
                done += 1;
            }
            tell(done);
        }
        lines.flush().map_err(failed)
    })
}

/// The pictures of one shop, each handed to `take` with its name, and their labels.
pub fn of_one_shop(
    set: &FrameSet,
    group: u64,
    shop: impl Fn(Seed) -> World,
    mut take: impl FnMut(&str, &[u8]) -> Result<(), FramesError>,
) -> Result<Vec<String>, FramesError> {
    let mut random = set.seed.stream("shop of frames", &[group]);
    let shop_seed = random.random();
    let world = Arc::new(relit(shop(Seed(shop_seed)), &mut random));
    let people = cast(2 * set.people_max, group, &mut set.seed.stream("people of frames", &[group]));
    let scene = Scene::finished(Arc::clone(&world), &finish(&mut set.seed.stream("finish of frames", &[group])));
    let mut stage = Stage::new(scene, &[], sensor(&mut random), Seed(shop_seed))?;
    let (mut rgb, mut lines) = (Vec::new(), Vec::new());
    let mut camera = None;
    for n in group * set.of_one_shop()..((group + 1) * set.of_one_shop()).min(set.count) {
        let mut random = set.seed.stream("frame", &[n]);
        if n.is_multiple_of(u64::from(set.per_camera.max(1))) {
            let hung = hung(&world, set, &mut random);
            stage.aim(&hung, sensor(&mut random), Seed(random.random()))?;
            camera = Some(hung);
        }
        let Some(camera) = &camera else { continue };
        let posed = gathering(&world, &people, (set.people_max, camera), &mut random, n);
        stage.pose(&posed.moment);
        let truth = stage.shoot(0, &posed.moment, &mut rgb);
        let name = format!("frame-{n:06}.png");
        take(&name, &rgb)?;
        lines.push(label(&name, (&world.name, shop_seed), camera, &posed, &truth).to_string());
    }
    Ok(lines)
}

fn write_png(path: &Path, [width, height]: [u32; 2], rgb: &[u8]) -> Result<(), FramesError> {
    let file = File::create(path).map_err(|source| FramesError::Write { path: path.to_path_buf(), source })?;
    let failed = |source| FramesError::Png { path: path.to_path_buf(), source };
    let mut encoder = Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rgb).map_err(failed)?;
    writer.finish().map_err(failed)
}
