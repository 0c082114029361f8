//! When this user looked at a store last: a small file in their own state folder, one for each store.
//! Nothing depends on it: what can't be read or written is passed over, and nobody waits for it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use longhaul_common::place::state_home;
use longhaul_common::time::Timestamp;
use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::told::Teller;
use crate::dashboard::message::News;

/// Beside the folder of the usual store.
const FOLDER: &str = "longhaul-dashboard";

/// Of a file that holds a time.
const LONGEST: u64 = 64;

/// Writing is waited for so long: the folder may be on a file system that does not answer.
const LAST: Duration = Duration::from_secs(2);

/// Where the last look at the store is kept that is shown. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct LastLook {
    /// None: it is kept nowhere.
    folder: Option<PathBuf>,
    /// The store that is shown.
    store: Arc<Mutex<Option<String>>>,
}

/// A look that is being written down.
pub(super) struct Writing(Option<Receiver<()>>);

impl LastLook {
    /// In the state folder of whoever looks.
    pub(super) fn of_this_user() -> Self {
        Self {
            folder: state_home().map(|state| state.join(FOLDER)),
            store: Arc::default(),
        }
    }

    /// A store was opened. At the first one it is told when it was looked at before.
    pub(super) fn begins(&self, store: &str, teller: &Teller) {
        let before = self.store().replace(store.to_owned());
        let Some(path) = self.path().filter(|_| before.is_none()) else {
            return;
        };
        let teller = teller.clone();
        // Beside everything; where no thread is to be had nothing is told.
        let _ = std::thread::Builder::new()
            .name("last look".into())
            .spawn(move || {
                if let Some(at) = read(&path, Timestamp::now()) {
                    // The loop is gone when the program is about to be.
                    let _ = teller.news(News::LookedBefore(at));
                }
            });
    }

    /// Begins to write down that it was looked at.
    pub(super) fn write(&self, at: Option<Timestamp>) -> Writing {
        let Some((path, at)) = self.path().zip(at) else {
            return Writing(None);
        };
        let (written, waits) = channel();
        let thread = std::thread::Builder::new()
            .name("last look".into())
            .spawn(move || {
                let _ = write(&path, at, Timestamp::now());
                let _ = written.send(());
            });
        Writing(thread.is_ok().then_some(waits))
    }

    fn path(&self) -> Option<PathBuf> {
        let store = self.store();
        let store = store.as_deref().filter(|store| is_a_name(store))?;
        Some(self.folder.as_ref()?.join(store))
    }

    fn store(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writing {
    /// Waits for it, a moment at most.
    pub(super) fn wait(self) {
        if let Some(waits) = self.0 {
            let _ = waits.recv_timeout(LAST);
        }
    }
}

/// Whether the id of a store, which whoever made the store has chosen, leads to nowhere else.
fn is_a_name(store: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    !store.is_empty() && store.len() <= 64 && store.chars().all(plain)
}

fn read(path: &Path, now: Timestamp) -> Option<Timestamp> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path)
        .ok()?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let at: jiff::Timestamp = text.trim_end().parse().ok()?;
    let at = Timestamp::from_millis(at.as_millisecond());
    // After a clock that went wrong nothing would be told for ever.
    (at <= now).then_some(at)
}

/// Another dashboard may have been looked at later.
fn write(path: &Path, at: Timestamp, now: Timestamp) -> io::Result<()> {
    if read(path, now).is_some_and(|there| there >= at) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    if !is_ours(folder) {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let made = folder.join(format!(".{name}.{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(&made)
        .and_then(|mut file| writeln!(file, "{at}"))
        .and_then(|()| fs::rename(&made, path));
    if written.is_err() {
        let _ = fs::remove_file(&made);
    }
    written
}

/// Whether a folder is this user's, or would be if it were made: whoever became another user may have
/// the first one's home still, where what is made now would be in that user's way.
fn is_ours(folder: &Path) -> bool {
    let there = folder.ancestors().find_map(|path| fs::metadata(path).ok());
    let (us, system) = (geteuid().as_raw(), 0);
    there.is_some_and(|there| [us, system].contains(&there.uid()))
}

#[cfg(test)]
mod tests;
