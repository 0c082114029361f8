//! A page: a batch that is told where it starts and tells where the next one does.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use longhaul_common::custody::{Custody, Kind};
use longhaul_common::folder::make_in_store;
use longhaul_common::id::TaskId;

use crate::failure::Failure;
use crate::source::Cursor;

/// The longest cursor of a page, in bytes: it is written with each checkpoint, and a variable of the next run.
pub const LONGEST_CURSOR: usize = 64 << 10;

/// Where a page starts; empty at first.
const CURSOR_VARIABLE: &str = "LONGHAUL_CURSOR";
/// The file that takes where the next one starts.
const OUT_VARIABLE: &str = "LONGHAUL_CURSOR_OUT";

/// The variable that tells where a page starts.
pub(super) fn starts_at(cursor: &Cursor) -> (OsString, OsString) {
    (
        CURSOR_VARIABLE.into(),
        OsStr::from_bytes(&cursor.0).to_owned(),
    )
}

/// A page under way. What it wrote goes with it: a page that is not done has told nothing.
pub(super) struct Page {
    out: PathBuf,
}

impl Page {
    /// Makes the file for the next page's cursor, an empty one. Pages come one after another, so one name does; what
    /// a dead worker's page wrote is removed first.
    pub(super) fn begin(store: &Path, task: TaskId) -> Result<Self, Failure> {
        let folder = store.join("spool");
        let out = folder.join(format!("{task}.cursor"));
        let made = || -> io::Result<()> {
            make_in_store(store, "spool")?;
            match fs::remove_file(&out) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut new = OpenOptions::new();
            let new = new.write(true).create_new(true).mode(0o600).open(&out)?;
            Custody::of_store(store)?.give(&new, Kind::File)
        };
        made().map_err(|error| trouble(&out, &error))?;
        Ok(Self { out })
    }

    /// The variables that its command gets.
    pub(super) fn variables(&self, cursor: &Cursor) -> [(OsString, OsString); 2] {
        [
            starts_at(cursor),
            (OUT_VARIABLE.into(), self.out.clone().into()),
        ]
    }

    /// What its command, which ended well, wrote: where the next page starts, without the newline after it. None:
    /// there is no next page.
    pub(super) fn next(&self) -> Result<Option<Cursor>, Failure> {
        // A command may have put another file in its place.
        let (file, _) = crate::source::open_regular(&self.out).map_err(|error| {
            let error = crate::failure::chain(&error);
            Failure::Suspend(format!("the next page's cursor can't be read: {error}"))
        })?;
        let mut cursor = Vec::new();
        file.take(LONGEST_CURSOR as u64 + 2)
            .read_to_end(&mut cursor)
            .map_err(|error| trouble(&self.out, &error))?;
        if cursor.ends_with(b"\n") {
            cursor.pop();
        }
        if cursor.len() > LONGEST_CURSOR {
            return Err(Failure::Suspend(format!(
                "the next page's cursor in {OUT_VARIABLE} is longer than {} KiB; write a shorter one, and resume: this page runs again",
                LONGEST_CURSOR >> 10
            )));
        }
        if cursor.contains(&0) {
            return Err(Failure::Suspend(format!(
                "the next page's cursor in {OUT_VARIABLE} holds a NUL byte, which no variable can; write it as text, and resume: this page runs again"
            )));
        }
        Ok((!cursor.is_empty()).then_some(Cursor(cursor)))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // One that stays is removed before the next page.
        let _ = fs::remove_file(&self.out);
    }
}

fn trouble(out: &Path, error: &io::Error) -> Failure {
    Failure::Retry(format!(
        "the file for the next page's cursor, {}: {error}; check the store's disk",
        out.display()
    ))
}

#[cfg(test)]
mod tests;
