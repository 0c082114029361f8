//! Standard input, kept in the store: durable before the task is submitted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use longhaul_common::custody::{Custody, Kind};
use longhaul_common::folder::make_in_store;
use longhaul_common::id::TaskId;
use longhaul_worker::report::in_one_line;
use longhaul_worker::source::Fingerprint;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::exit::{Failure, Outcome};

/// The folder of a store that keeps what was piped in.
const SPOOL: &str = "spool";

/// Where the standard input of a task is kept.
pub(super) fn place(store_dir: &Path, task: TaskId) -> PathBuf {
    store_dir.join(SPOOL).join(format!("{task}.items"))
}

/// Refuses what can't be read before anything is written.
pub(super) fn readable_stdin() -> Result<(), Failure> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    match stdin.and_then(|stdin| File::from(stdin).metadata()) {
        Ok(found) if found.is_dir() => Err(Failure::mistake("standard input is a folder")
            .hint("pipe the lines in, or name a file with --lines FILE")),
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::mistake(format!(
            "standard input can't be read: {error}"
        ))),
    }
}

pub(super) fn spool(path: &Path) -> Result<Fingerprint, Failure> {
    let folder = path.parent().unwrap_or(path);
    let fails = |error: io::Error| not_kept(path, &error);
    let store = folder.parent().unwrap_or(folder);
    make_in_store(store, SPOOL).map_err(fails)?;
    let custody = Custody::of_store(store).map_err(fails)?;
    // A part of an input is none: the file has no name until it is whole, so that nothing is left
    // of one whose reading was interrupted.
    let unnamed = rustix::fs::open(
        folder,
        OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::RUSR | Mode::WUSR,
    );
    match unnamed {
        Ok(file) => {
            let mut file = File::from(file);
            custody.give(&file, Kind::File).map_err(fails)?;
            let fingerprint = fill(&mut file).map_err(fails)?;
            let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
            rustix::fs::linkat(CWD, itself, CWD, path, AtFlags::SYMLINK_FOLLOW)
                .map_err(|error| fails(error.into()))?;
            sync_folder(folder).map_err(fails)?;
            Ok(fingerprint)
        }
        // Not every file system has files without a name.
        Err(Errno::OPNOTSUPP | Errno::ISDIR) => OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| {
                custody.give(&file, Kind::File)?;
                fill(&mut file)
            })
            .and_then(|fingerprint| sync_folder(folder).map(|()| fingerprint))
            .inspect_err(|_| {
                let _ = fs::remove_file(path);
            })
            .map_err(fails),
        Err(error) => Err(fails(error.into())),
    }
}

fn fill(file: &mut File) -> io::Result<Fingerprint> {
    io::copy(&mut io::stdin().lock().by_ref(), file)?;
    file.sync_all()?;
    Fingerprint::of(file)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn not_kept(path: &Path, error: &io::Error) -> Failure {
    let full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    let (code, mend) = if full {
        ("full", "make room on the store's disk")
    } else {
        ("io", "check the store's permissions and its disk")
    };
    Failure::new(
        Outcome::Store,
        code,
        format!(
            "keeping standard input in {} failed: {}",
            path.display(),
            in_one_line(error)
        ),
    )
    .hint(format!("{mend}; nothing was submitted"))
}
