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

/// Room for all entries with names and the first with a number.
const ALL_NAMES: usize = 32 * 1024;

/// All processes by rising number, each asked of the kernel only when the one before has been dealt
/// with, so that what a process forks before it is killed lies ahead.
///
/// The kernel places process `n` at offset `n` plus a constant, and leaves the folder at the next
/// process visible *now*. One between the two may have its number already and become visible while
/// the first is dealt with: so each step starts one past the number that was met.
pub(crate) struct Processes {
    proc: OwnedFd,
    /// Where a process of number 0 would be.
    origin: u64,
    next: u64,
}

impl Processes {
    pub(crate) fn all() -> io::Result<Self> {
        let proc = openat(
            CWD,
            "/proc",
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let mut before = None;
        let mut buffer = vec![MaybeUninit::uninit(); ALL_NAMES];
        let mut entries = RawDir::new(&proc, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            if let Some(first) = number(entry.file_name()) {
                let next = u64::from(first.0);
                let origin = before.and_then(|place: u64| place.checked_sub(next));
                let origin = origin.ok_or_else(|| io::Error::other("/proc has no known order"))?;
                return Ok(Self { proc, origin, next });
            }
            before = Some(entry.next_entry_cookie());
        }
        Err(io::Error::other("/proc shows no processes"))
    }
}

impl Iterator for Processes {
    type Item = io::Result<ProcessId>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut buffer = [MaybeUninit::uninit(); ONE_ENTRY];
        if let Err(error) = seek(&self.proc, SeekFrom::Start(self.origin + self.next)) {
            return Some(Err(error.into()));
        }
        let entry = match RawDir::new(&self.proc, &mut buffer).next()? {
            Ok(entry) => number(entry.file_name()),
            Err(error) => return Some(Err(error.into())),
        };
        match entry {
            Some(pid) if u64::from(pid.0) >= self.next => {
                self.next = u64::from(pid.0) + 1;
                Some(Ok(pid))
            }
            _ => Some(Err(io::Error::other("/proc has no known order"))),
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
