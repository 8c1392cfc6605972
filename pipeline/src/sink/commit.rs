//! Publishes files atomically: stage under a name no reader's glob matches, sync, rename, sync the folder. A file is complete or
//! absent, whenever the process dies.

use super::SinkError;
use crate::clock;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Names the run that a folder belongs to.
pub const MARKER: &str = "_aisleflow.json";

/// Between two looks at whether process 0 has taken the folder.
const JOIN_LOOK: Duration = Duration::from_millis(50);

/// What may fail while a file is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Making the folders.
    CreateFolder,
    /// Creating the staged file.
    Create,
    /// Writing it.
    Write,
    /// Syncing it.
    Sync,
    /// Giving it its name.
    Rename,
    /// Syncing its folder.
    SyncFolder,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateFolder => "create the folder of",
            Self::Create => "create",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::SyncFolder => "sync the folder of",
        })
    }
}

/// The seam between the sink and the disk: called before every step, it may refuse the step as the disk would. For tests.
pub type Seam = Arc<dyn Fn(Step, &Path) -> io::Result<()> + Send + Sync>;

/// How often a step that failed for want of space is tried again, and how long each wait is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Tries after the first.
    pub retries_max: u32,
    /// Wait before each.
    pub wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { retries_max: 15, wait: Duration::from_secs(2) }
    }
}

/// Publishes files below one folder.
pub struct Committer {
    root: PathBuf,
    seam: Seam,
    patience: Patience,
}

impl Committer {
    /// Takes the folder `root` for the run that `identity` (a JSON object) names. A folder that is new, empty or of the same identity
    /// is taken; whatever an earlier run left half-written is removed. Anything else is refused.
    pub fn open(root: &Path, identity: &str, seam: Option<Seam>, patience: Patience) -> Result<Self, SinkError> {
        let seam = seam.unwrap_or_else(|| Arc::new(|_, _| Ok(())));
        let committer = Self { root: root.to_path_buf(), seam, patience };
        let at = |source| SinkError::Disk { step: Step::CreateFolder, path: root.to_path_buf(), source };
        fs::create_dir_all(root).map_err(at)?;
        let marker = root.join(MARKER);
        if committer.holds(identity)? {
            remove_staged(root).map_err(at)?;
        } else {
            committer.publish(Path::new(MARKER), &|file| {
                io::Write::write_all(&mut &file, format!("{identity}\n").as_bytes())
                    .map_err(|source| SinkError::Disk { step: Step::Write, path: marker.clone(), source })?;
                Ok(file)
            })?;
        }
        Ok(committer)
    }

    /// Shares the folder `root` with process 0 of the same run, which takes it with [`Committer::open`]: waits until it has, or
    /// `stop`. What lies half-written is removed by process 0 alone, and before it connects to anybody, so that no process
    /// can have begun to write.
    pub fn join(
        root: &Path,
        identity: &str,
        seam: Option<Seam>,
        patience: Patience,
        stop: &AtomicBool,
    ) -> Result<Self, SinkError> {
        let seam = seam.unwrap_or_else(|| Arc::new(|_, _| Ok(())));
        let committer = Self { root: root.to_path_buf(), seam, patience };
        while !root.is_dir() || !committer.holds(identity)? {
            if stop.load(Ordering::Relaxed) {
                return Err(SinkError::Unclaimed { path: root.to_path_buf() });
            }
            clock::pause(JOIN_LOOK);
        }
        Ok(committer)
    }

    /// Whether the folder belongs to `identity`; false where it is empty. An error where it belongs to another, or holds something else.
    fn holds(&self, identity: &str) -> Result<bool, SinkError> {
        let root = &self.root;
        match fs::read_to_string(root.join(MARKER)) {
            Ok(found) if found.trim() == identity => Ok(true),
            Ok(found) => {
                let found = format!("the tables of another run ({})", found.trim());
                Err(SinkError::Foreign { path: root.clone(), found })
            }
            Err(_) => {
                let at = |source| SinkError::Disk { step: Step::CreateFolder, path: root.clone(), source };
                let staged = format!(".{MARKER}.tmp");
                let names = fs::read_dir(root).map_err(at)?.filter_map(|e| Some(e.ok()?.file_name()));
                let mut names = names.map(|name| name.to_string_lossy().into_owned());
                // The marker may have come since it was looked for.
                match names.find(|name| *name != staged && name != MARKER) {
                    Some(other) if !root.join(MARKER).exists() => {
                        let found = format!("something else (`{other}`)");
                        Err(SinkError::Foreign { path: root.clone(), found })
                    }
                    _ => Ok(false),
                }
            }
        }
    }

    /// Publishes what `write` writes as `relative`. For want of space it waits and tries again, writing anew each time.
    pub fn publish(&self, relative: &Path, write: &dyn Fn(File) -> Result<File, SinkError>) -> Result<(), SinkError> {
        let mut retries = 0;
        loop {
            match self.try_publish(relative, write) {
                Err(error) if retries < self.patience.retries_max && may_pass(&error) => {
                    retries += 1;
                    tracing::warn!(%error, retries, "no room: waiting to write again");
                    clock::pause(self.patience.wait);
                }
                done => return done,
            }
        }
    }

    fn try_publish(&self, relative: &Path, write: &dyn Fn(File) -> Result<File, SinkError>) -> Result<(), SinkError> {
        let target = self.root.join(relative);
        let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
            panic!("published files have a folder and a name: {}", target.display())
        };
        let staged = folder.join(format!(".{}.tmp", name.to_string_lossy()));
        let done = (|| {
            self.step(Step::CreateFolder, &target, || fs::create_dir_all(folder))?;
            let file = self.step(Step::Create, &staged, || File::create(&staged))?;
            self.step(Step::Write, &staged, || Ok(()))?;
            let file = write(file)?;
            self.step(Step::Sync, &staged, || file.sync_all())?;
            self.step(Step::Rename, &target, || fs::rename(&staged, &target))?;
            // The folders above may be new as well: their entries must outlast a power cut too.
            let mut folders = folder.ancestors().take_while(|folder| folder.starts_with(&self.root));
            self.step(Step::SyncFolder, &target, || folders.try_for_each(|folder| File::open(folder)?.sync_all()))
        })();
        if done.is_err() {
            // Best effort: what stays is removed when the folder is opened again.
            let _ = fs::remove_file(&staged);
        }
        done
    }

    fn step<T>(&self, step: Step, path: &Path, act: impl FnOnce() -> io::Result<T>) -> Result<T, SinkError> {
        let acted = (self.seam)(step, path).and_then(|()| act());
        acted.map_err(|source| SinkError::Disk { step, path: path.to_path_buf(), source })
    }
}

fn may_pass(error: &SinkError) -> bool {
    let SinkError::Disk { source, .. } = error else { return false };
    matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::Interrupted)
}

fn remove_staged(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            remove_staged(&entry.path())?;
        } else if name.starts_with('.') && name.ends_with(".tmp") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
