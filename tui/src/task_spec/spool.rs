//! What is kept in the store of an input: standard input, or a list of files; durable before the task is submitted.

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

/// The folder of a store that keeps what was piped in, and lists.
const SPOOL: &str = "spool";

/// Where the input of a task is kept.
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

/// Makes a file of the spool out of what `fill` writes to it: whole and durable, or not there at all. `fill` is also
/// told the folder. `what` it is, is said where that fails.
pub(super) fn spool<T>(
    what: &str,
    path: &Path,
    fill: impl Fn(&mut File, &Path) -> Result<T, Failure>,
) -> Result<(Fingerprint, T), Failure> {
    let folder = path.parent().unwrap_or(path);
    let fails = |error: io::Error| not_kept(what, path, &error);
    let fill = |file: &mut File| {
        let filled = fill(file, folder)?;
        file.sync_all().map_err(fails)?;
        Ok((Fingerprint::of(file).map_err(fails)?, filled))
    };
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
            let filled = fill(&mut file)?;
            let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
            rustix::fs::linkat(CWD, itself, CWD, path, AtFlags::SYMLINK_FOLLOW)
                .map_err(|error| fails(error.into()))?;
            sync_folder(folder).map_err(fails)?;
            Ok(filled)
        }
        // Not every file system has files without a name.
        Err(Errno::OPNOTSUPP | Errno::ISDIR) => {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(fails)?;
            custody
                .give(&file, Kind::File)
                .map_err(fails)
                .and_then(|()| fill(&mut file))
                .and_then(|filled| {
                    sync_folder(folder).map_err(fails)?;
                    Ok(filled)
                })
                .inspect_err(|_| {
                    let _ = fs::remove_file(path);
                })
        }
        Err(error) => Err(fails(error.into())),
    }
}

/// All of standard input.
pub(super) fn copy_stdin(file: &mut File) -> io::Result<u64> {
    io::copy(&mut io::stdin().lock().by_ref(), file)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The input could not be kept.
pub(super) fn not_kept(what: &str, path: &Path, error: &io::Error) -> Failure {
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
            "keeping {what} in {} failed: {}",
            path.display(),
            in_one_line(error)
        ),
    )
    .hint(format!("{mend}; nothing was submitted"))
}
