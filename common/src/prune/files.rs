//! The files of tasks: their logs, and their inputs that were piped in.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, unlinkat};

use crate::folder::Folder;
use crate::id::TaskNumber;
use crate::store::{Store, StoreError};

const LOGS: &str = "logs";
/// The folder of a store that keeps what was piped in.
const SPOOL: &str = "spool";

/// The copy of an input is there before its task is.
const IN_THE_MAKING: Duration = Duration::from_secs(60 * 60);

/// Why a file of a task that is gone could not be removed.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be removed", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// A file of a task that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes on its disk.
    pub bytes: u64,
}

impl Orphan {
    /// Removes it. One that is gone already is no error.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn remove(&self) -> Result<(), FileError> {
        gone(&self.path, std::fs::remove_file(&self.path)).map(drop)
    }
}

/// Removes the log of a task; gives the bytes it had on its disk.
pub(crate) fn remove_log(store_dir: &Path, task: TaskNumber) -> Result<u64, FileError> {
    // What shortening it left in the middle goes too.
    let beside = remove(store_dir, LOGS, OsStr::new(&format!("{task}.log.new")))?;
    Ok(beside + remove(store_dir, LOGS, OsStr::new(&format!("{task}.log")))?)
}

/// Removes a copy of an input; gives the bytes it had on its disk.
pub(crate) fn remove_spool(store_dir: &Path, name: &OsStr) -> Result<u64, FileError> {
    remove(store_dir, SPOOL, name)
}

/// By its name in a folder of the store, and never through a link out of it.
fn remove(store_dir: &Path, folder: &str, name: &OsStr) -> Result<u64, FileError> {
    let path = store_dir.join(folder).join(name);
    let removed = Folder::of_store(store_dir)
        .and_then(|store| store.enter(folder))
        .and_then(|folder| {
            let found = rustix::fs::statat(folder.descriptor(), name, AtFlags::SYMLINK_NOFOLLOW)?;
            unlinkat(folder.descriptor(), name, AtFlags::empty())?;
            Ok(u64::try_from(found.st_blocks).unwrap_or(0) * 512)
        });
    gone(&path, removed)
}

fn gone<T: Default>(path: &Path, removed: io::Result<T>) -> Result<T, FileError> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        removed => removed.map_err(|source| FileError {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The files of tasks that are gone: left by a prune that was killed, or written by a worker that did not
/// know yet. A copy of an input younger than an hour may be that of a task that is just being submitted, and is
/// left out. What bears no name of ours is nobody's business here.
///
/// # Errors
/// The store's own; a folder that can't be read counts as empty.
pub fn orphans(store: &Store) -> Result<Vec<Orphan>, StoreError> {
    // The files first: what is found belongs to a task that is there when the store is read, or to none.
    let logs = entries(&store.dir().join(LOGS));
    let spools = entries(&store.dir().join(SPOOL));
    if logs.is_empty() && spools.is_empty() {
        return Ok(Vec::new());
    }
    let (there, used) = store.files_in_use()?;
    let now = SystemTime::now();
    let logs = logs.into_iter().filter(|file| {
        let task = file.name.to_str().and_then(task_of_log);
        task.is_some_and(|task| !there.contains(&task))
    });
    let spools = spools.into_iter().filter(|file| {
        let ours = Path::new(&file.name).extension() == Some(OsStr::new("items"));
        let age = now.duration_since(file.modified).unwrap_or_default();
        ours && age > IN_THE_MAKING && !used.contains(&file.name)
    });
    Ok(logs
        .chain(spools)
        .map(|file| Orphan {
            path: file.path,
            bytes: file.bytes,
        })
        .collect())
}

fn task_of_log(name: &str) -> Option<TaskNumber> {
    let stem = name.strip_suffix(".new").unwrap_or(name);
    let number = stem.strip_suffix(".log")?;
    number.parse().ok().map(TaskNumber)
}

struct Entry {
    name: OsString,
    path: PathBuf,
    bytes: u64,
    modified: SystemTime,
}

fn entries(folder: &Path) -> Vec<Entry> {
    // Never through a link out of the store.
    if !folder.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Vec::new();
    }
    let read = folder.read_dir().into_iter().flatten().flatten();
    read.filter_map(|entry| {
        let found = entry.path().symlink_metadata().ok()?;
        found.is_file().then(|| Entry {
            name: entry.file_name(),
            path: entry.path(),
            bytes: found.blocks() * 512,
            modified: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        })
    })
    .collect()
}

/// Numbers and names in use.
pub(crate) type InUse = (BTreeSet<TaskNumber>, BTreeSet<OsString>);
