//! Bells: small files whose change tells other processes to look again.
//!
//! A bell carries no information, and correct behaviour never depends on one: whoever waits also
//! looks every [`TICK`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;

use crate::folder::Folder;
use progress::Progress;

mod follow;
mod progress;
mod watch;

#[cfg(test)]
mod tests;

pub use follow::FileFollower;
pub use watch::{Heard, Watch, Watcher, Watching};

/// How often a process looks although no bell rang.
pub const TICK: Duration = Duration::from_secs(2);

const BELLS: &str = "bells";
const CONTROL: &str = "control";
const PROGRESS: &str = "progress";
const BELL: &str = "bell";

/// Why a bell can't be rung or listened to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BellError {
    /// The folder of a bell could not be made or entered.
    #[error("cannot open the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file of a bell could not be made or opened.
    #[error("cannot open the bell {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The kernel gave no notification of changes, mostly since a user's share of inotify
    /// instances (`fs.inotify.max_user_instances`) or watches (`fs.inotify.max_user_watches`) is
    /// used up.
    #[error("cannot watch {} for changes", path.display())]
    Watch {
        /// What was to be watched.
        path: PathBuf,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The two bells of a store, ready to be rung. Clones share them.
///
/// Ringing never fails: a ring that does not arrive is made up for by the watchers' [`TICK`].
#[derive(Clone, Debug)]
pub struct Bells {
    pair: Option<Arc<Pair>>,
}

#[derive(Debug)]
struct Pair {
    control: Bell,
    progress: Progress,
}

impl Bells {
    /// Opens the bells of a store, made if they are missing. Where they may not be written (a
    /// store of another user, a read-only file system), ringing them does nothing.
    ///
    /// # Errors
    ///
    /// The store's folder is missing, or something else stands in a bell's place: a link, a FIFO.
    pub fn open(store_dir: &Path) -> Result<Self, BellError> {
        let opened = Bell::open(store_dir, CONTROL).and_then(|control| {
            let progress = Progress::new(Bell::open(store_dir, PROGRESS)?);
            Ok(Arc::new(Pair { control, progress }))
        });
        match opened {
            Ok(pair) => Ok(Self { pair: Some(pair) }),
            Err(BellError::Folder { source, .. } | BellError::Open { source, .. })
                if is_read_only(&source) =>
            {
                Ok(Self::silent())
            }
            Err(error) => Err(error),
        }
    }

    /// Bells that ring nowhere.
    #[must_use]
    pub fn silent() -> Self {
        Self { pair: None }
    }

    /// Tells that a state changed or a request was made. Call it after the commit returned.
    pub fn ring_control(&self) {
        if let Some(pair) = &self.pair {
            pair.control.ring();
        }
    }

    /// Tells of progress, at most 20 times a second. The last of a burst is rung up to 50 ms
    /// late, or at the drop of the last clone; it is lost only if the process ends before.
    pub fn ring_progress(&self) {
        if let Some(pair) = &self.pair {
            pair.progress.ring();
        }
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn make_folder(store_dir: &Path, names: &[&str]) -> Result<Folder, BellError> {
    let failed = |path: PathBuf| move |source| BellError::Folder { path, source };
    let mut folder = Folder::of_store(store_dir).map_err(failed(store_dir.to_owned()))?;
    for name in names {
        folder = folder
            .make(name)
            .map_err(failed(folder.path().join(name)))?;
    }
    Ok(folder)
}

/// A bell, kept open: a ring is one write in place, with neither an open nor a close that others
/// would see.
#[derive(Debug)]
struct Bell {
    file: File,
    count: AtomicU64,
}

impl Bell {
    fn open(store_dir: &Path, name: &str) -> Result<Self, BellError> {
        let folder = make_folder(store_dir, &[BELLS, name])?;
        let failed = |source| BellError::Open {
            path: folder.path().join(BELL),
            source,
        };
        let file = folder
            .file(BELL, OFlags::RDWR | OFlags::CREATE)
            .map_err(failed)?;
        let mut count = [0; 8];
        // A bell that was never rung is empty, and counts from zero.
        let _ = file.read_at(&mut count, 0).map_err(failed)?;
        Ok(Self {
            file,
            count: AtomicU64::new(u64::from_le_bytes(count)),
        })
    }

    fn ring(&self) {
        let count = self.count.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // A ring that fails (a full disk) is made up for by the watchers' tick.
        let _ = self.file.write_all_at(&count.to_le_bytes(), 0);
    }
}
