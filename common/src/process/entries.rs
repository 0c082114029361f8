//! Reading the folders of `/proc`.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, RawDir, SeekFrom, openat, seek};

use super::ProcessId;

/// Room for one entry named by a number: 24 or 32 bytes, plus the alignment of the buffer.
const ONE_ENTRY: usize = 40;
const MANY_ENTRIES: usize = 2048;

/// All processes by rising number, each asked of the kernel only when the one before has been dealt
/// with, so that what a process forks before it is killed lies ahead.
pub(crate) struct Processes {
    proc: OwnedFd,
}

impl Processes {
    pub(crate) fn all() -> io::Result<Self> {
        let proc = openat(
            CWD,
            "/proc",
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        // The entries with names come first, and are too long for the small buffer.
        let mut first = 0;
        let mut buffer = [MaybeUninit::uninit(); MANY_ENTRIES];
        let mut entries = RawDir::new(&proc, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if number(entry.file_name()).is_some() {
                break;
            }
            first = entry.next_entry_cookie();
        }
        seek(&proc, SeekFrom::Start(first))?;
        Ok(Self { proc })
    }
}

impl Iterator for Processes {
    type Item = io::Result<ProcessId>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut buffer = [MaybeUninit::uninit(); ONE_ENTRY];
        loop {
            match RawDir::new(&self.proc, &mut buffer).next()? {
                Ok(entry) => {
                    if let Some(pid) = number(entry.file_name()) {
                        return Some(Ok(pid));
                    }
                }
                Err(error) => return Some(Err(error.into())),
            }
        }
    }
}

fn number(name: &CStr) -> Option<ProcessId> {
    name.to_str().ok()?.parse().ok().map(ProcessId)
}

/// Calls `look` for each entry but the two dots. A folder whose process ends has no more entries.
pub(crate) fn each_entry(
    folder: impl AsFd,
    mut look: impl FnMut(&CStr) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = [MaybeUninit::uninit(); MANY_ENTRIES];
    let mut entries = RawDir::new(folder, &mut buffer);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_name().to_bytes().starts_with(b".") => {}
            Ok(entry) => look(entry.file_name())?,
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::SRCH) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
