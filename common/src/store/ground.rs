//! The ground of a store: its folder and the files in it, judged before they are trusted.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use rustix::fs::OFlags;

use super::DATABASE;
use super::error::StoreError;
use super::handle::Absent;
use crate::custody::{Custody, user_name};
use crate::folder::Folder;
use crate::mounts::network_file_system;

/// What else is in a store, and must not be others' to write to.
const INNER: [&str; 9] = [
    "alive",
    "alive/workers",
    "bells",
    "bells/control",
    "bells/progress",
    "locks",
    "locks/batches",
    "logs",
    "spool",
];

pub(super) fn prepare_folder(dir: &Path, absent: Absent) -> Result<PathBuf, StoreError> {
    match std::fs::metadata(dir) {
        Ok(found) if !found.is_dir() => {
            return Err(StoreError::NotAStore {
                path: dir.to_owned(),
                what: "it is not a folder".into(),
            });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => match absent {
            Absent::Create => DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .map_err(|error| StoreError::io(dir, "making the folder", error))?,
            Absent::Refuse => {
                return Err(StoreError::Missing {
                    path: dir.to_owned(),
                });
            }
        },
        Err(error) => return Err(StoreError::io(dir, "opening the folder", error)),
    }
    let dir = dir
        .canonicalize()
        .map_err(|error| StoreError::io(dir, "opening the folder", error))?;
    let found = std::fs::metadata(&dir)
        .map_err(|error| StoreError::io(&dir, "opening the folder", error))?;
    custody_of(&dir)?;
    if let Some(kind) = network_file_system(found.dev()) {
        return Err(StoreError::NetworkFileSystem { path: dir, kind });
    }
    Ok(dir)
}

/// Whose the store is; refused where others than these may write to its folder.
fn custody_of(dir: &Path) -> Result<Custody, StoreError> {
    let found =
        std::fs::metadata(dir).map_err(|error| StoreError::io(dir, "opening the folder", error))?;
    let custody = Custody::of(found.uid(), found.gid(), found.mode());
    judge(&custody, dir, &found)?;
    Ok(custody)
}

fn judge(custody: &Custody, path: &Path, found: &std::fs::Metadata) -> Result<(), StoreError> {
    custody
        .judge(found.gid(), found.mode())
        .map_err(|exposed| StoreError::Exposed {
            path: path.to_owned(),
            mode: exposed.mode,
            mend: format!("{} {}", exposed.mend, quoted(path)),
        })
}

/// A folder that its group may write to is refused, unless its database is the group's as well: that
/// one was shared on purpose.
fn not_shared(dir: &Path, mode: u32) -> StoreError {
    StoreError::Exposed {
        path: dir.to_owned(),
        mode: mode & 0o7777,
        mend: format!("chmod go-w {}", quoted(dir)),
    }
}

fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Looks at what else is in the store. Each is judged again as it is opened; what is seen here is told
/// better.
pub(super) fn survey(dir: &Path) -> Result<(), StoreError> {
    let custody = custody_of(dir)?;
    for name in INNER {
        let path = dir.join(name);
        // What is not there, or is none of ours, is for those who open it.
        let Ok(found) = path.symlink_metadata() else {
            continue;
        };
        if !found.is_symlink() {
            judge(&custody, &path, &found)?;
        }
    }
    Ok(())
}

/// Refuses to have the commands of a store's tasks run by this process at the word of those who are
/// not its user.
pub(super) fn refuse_to_run(dir: &Path) -> Result<(), StoreError> {
    let custody = custody_of(dir)?;
    let path = dir.join(DATABASE);
    let database = std::fs::metadata(&path)
        .map_err(|error| StoreError::io(&path, "looking at the database", error))?;
    let me = nix::unistd::geteuid();
    let owner = if custody.lets_run() {
        let right = custody.shared_with.is_some() || database.uid() == me.as_raw();
        if right {
            return Ok(());
        }
        database.uid()
    } else {
        custody.owner
    };
    let why = if me.is_root() {
        "the superuser runs commands only in stores of its own"
    } else {
        "commands of its tasks are run by its owner, or by the group it is shared with"
    };
    Err(StoreError::NotOurs {
        path: dir.to_owned(),
        owner: user_name(owner),
        why,
    })
}

fn mode_of(dir: &Path) -> u32 {
    std::fs::metadata(dir).map_or(0, |found| found.permissions().mode())
}

pub(super) fn open_file(dir: &Path, absent: Absent, write: bool) -> Result<File, StoreError> {
    let path = dir.join(DATABASE);
    let custody = custody_of(dir)?;
    let creates = write && absent == Absent::Create;
    if creates && custody.shared_with.is_none() && !custody.is_plain() {
        // For its owner. Whether it can be opened is told below.
        let _ = Folder::of_store(dir)
            .and_then(|folder| folder.file(DATABASE, OFlags::RDWR | OFlags::CREATE));
    }
    let file = OpenOptions::new()
        .read(true)
        .write(write)
        // One that is shared was made by who shared it.
        .create(creates && custody.shared_with.is_none())
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(&path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if creates => not_shared(dir, mode_of(dir)),
            io::ErrorKind::NotFound => StoreError::Missing {
                path: dir.to_owned(),
            },
            io::ErrorKind::IsADirectory => StoreError::NotAStore {
                path: path.clone(),
                what: "it is a folder".into(),
            },
            _ if error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32) => {
                StoreError::NotAStore {
                    path: path.clone(),
                    what: "it is a symbolic link, and links are not followed".into(),
                }
            }
            _ => StoreError::io(&path, "opening the database", error),
        })?;
    let found = file
        .metadata()
        .map_err(|error| StoreError::io(&path, "opening the database", error))?;
    if !found.is_file() {
        return Err(StoreError::NotAStore {
            path,
            what: "it is not a file".into(),
        });
    }
    judge(&custody, &path, &found)?;
    if custody.shared_with.is_some() && found.mode() & 0o020 == 0 {
        return Err(not_shared(dir, mode_of(dir)));
    }
    if found.len() == 0 && absent == Absent::Refuse {
        return Err(StoreError::NotAStore {
            path,
            what: "it is empty".into(),
        });
    }
    Ok(file)
}
