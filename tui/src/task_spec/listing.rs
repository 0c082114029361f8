//! The files below a folder, listed in order without holding them all in memory.

mod sort;

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{Error, WalkBuilder};

use crate::exit::Failure;
use sort::Sorter;

/// A folder and the patterns for what is wanted of it.
pub(super) struct Listing {
    dir: PathBuf,
    wanted: Override,
}

impl Listing {
    /// Checks both.
    pub(super) fn new(dir: &Path, globs: &[String]) -> Result<Self, Failure> {
        let cannot = |error: &io::Error| {
            Failure::mistake(format!("--files: {} can't be read: {error}", dir.display()))
        };
        let dir = dir.canonicalize().map_err(|error| cannot(&error))?;
        if !dir.is_dir() {
            return Err(
                Failure::mistake(format!("--files: {} is not a folder", dir.display()))
                    .hint("a list of paths goes to --lines or --null"),
            );
        }
        // One that can't be looked into is told before anything else is done.
        dir.read_dir().map_err(|error| cannot(&error))?;
        let mut wanted = OverrideBuilder::new(&dir);
        let malformed = |error: Error| Failure::mistake(format!("--glob: {error}"));
        for glob in globs {
            wanted.add(glob).map_err(malformed)?;
        }
        let wanted = wanted.build().map_err(malformed)?;
        Ok(Self { dir, wanted })
    }

    /// The folder, absolute.
    pub(super) fn dir(&self) -> &OsStr {
        self.dir.as_os_str()
    }

    /// Writes the paths of the files to `out`, sorted by their bytes, each with a NUL byte after it, and says how
    /// many there are. What does not fit into memory goes to files without a name in `folder`.
    pub(super) fn write(&self, out: &mut File, folder: &Path) -> Result<u64, ListingError> {
        let mut sorter = Sorter::new(folder);
        let walk = WalkBuilder::new(&self.dir)
            .standard_filters(false)
            .overrides(self.wanted.clone())
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                // It went while it was on its way here.
                Err(error) if is_gone(&error) => continue,
                Err(error) => return Err(ListingError::Walk(error)),
            };
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                sorter.push(entry.path().as_os_str().as_bytes())?;
            }
        }
        Ok(sorter.write(out)?)
    }
}

fn is_gone(error: &Error) -> bool {
    error.depth() > Some(0)
        && error
            .io_error()
            .is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Why files can't be listed.
#[derive(Debug)]
pub(super) enum ListingError {
    /// Something below the folder can't be looked at.
    Walk(Error),
    /// The list can't be kept.
    Keep(io::Error),
}

impl From<io::Error> for ListingError {
    fn from(error: io::Error) -> Self {
        Self::Keep(error)
    }
}

#[cfg(test)]
mod tests;
