//! Making a store on purpose: of one's own, or shared with a group.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Mode, OFlags, fchmod, fchown};

use super::error::StoreError;
use super::ground::prepare_folder;
use super::handle::Absent;
use super::{DATABASE, Opening, Store};
use crate::alive::AliveFile;
use crate::batch_lock::BatchLocks;
use crate::custody::Custody;
use crate::folder::Folder;

impl Store {
    /// Makes a store in the folder `dir`, which is missing or empty: this user's alone, or shared with
    /// the group `shared_with`, whose members trust each other. All that is in a shared one is the
    /// group's, whatever the umask of those who make it.
    ///
    /// # Errors
    /// [`StoreError::There`], [`StoreError::NotAStore`] where there is something else, and the store's
    /// own; of a group this user is not in, the system's.
    pub fn init(dir: &Path, shared_with: Option<u32>) -> Result<Self, StoreError> {
        let folder = make_folder(dir)?;
        let made = share(dir, shared_with).and_then(|dir| fill(&dir));
        if made.is_err() && matches!(folder, Made::New) {
            // Only an empty one goes.
            let _ = std::fs::remove_dir(dir);
        }
        made
    }
}

enum Made {
    New,
    There,
}

fn make_folder(dir: &Path) -> Result<Made, StoreError> {
    let fails = |doing| move |error| StoreError::io(dir, doing, error);
    match dir.read_dir() {
        Ok(mut entries) => {
            if dir.join(DATABASE).symlink_metadata().is_ok() {
                return Err(StoreError::There {
                    path: dir.to_owned(),
                });
            }
            if entries.next().is_some() {
                return Err(StoreError::NotAStore {
                    path: dir.to_owned(),
                    what: "it is a folder with other things in it".into(),
                });
            }
            return Ok(Made::There);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && dir.exists() => {
            return Err(StoreError::NotAStore {
                path: dir.to_owned(),
                what: "it is not a folder".into(),
            });
        }
        Err(error) => return Err(fails("opening the folder")(error)),
    }
    if let Some(above) = dir.parent() {
        // As the umask says: others pass through them to a shared store.
        std::fs::create_dir_all(above).map_err(fails("making the folder above"))?;
    }
    DirBuilder::new()
        .mode(0o700)
        .create(dir)
        .map_err(fails("making the folder"))?;
    Ok(Made::New)
}

fn share(dir: &Path, shared_with: Option<u32>) -> Result<PathBuf, StoreError> {
    let fails = |error: rustix::io::Errno| StoreError::io(dir, "sharing the folder", error.into());
    let folder = rustix::fs::open(
        dir,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(fails)?;
    let mode = match shared_with {
        None => Mode::RWXU,
        Some(group) => {
            fchown(&folder, None, Some(Gid::from_raw(group))).map_err(fails)?;
            Mode::from_raw_mode(0o2770)
        }
    };
    fchmod(&folder, mode).map_err(fails)?;
    let custody =
        Custody::of_store(dir).map_err(|error| StoreError::io(dir, "looking at", error))?;
    if custody.shared_with != shared_with {
        return Err(StoreError::NotAStore {
            path: dir.to_owned(),
            what: "its file system keeps no owners and permissions".into(),
        });
    }
    prepare_folder(dir, Absent::Refuse)
}

fn fill(dir: &Path) -> Result<Store, StoreError> {
    let fails = |error| StoreError::io(dir, "making the store", error);
    let folder = Folder::of_store(dir).map_err(fails)?;
    folder
        .file(DATABASE, OFlags::RDWR | OFlags::CREATE)
        .map_err(fails)?;
    let store = Store::open(
        dir,
        Opening {
            absent: Absent::Create,
            ..Opening::default()
        },
    )?;
    for name in ["logs", "spool"] {
        folder.make(name).map_err(fails)?;
    }
    let fails = |error| StoreError::io(dir, "making the store", io::Error::other(error));
    AliveFile::open(dir).map_err(fails)?;
    BatchLocks::open(dir).map_err(fails)?;
    Ok(store)
}
