//! Other processes, as `/proc` shows them. They come and go while they are looked at, and some
//! refuse to be looked at: both are answers here (`Sight`), not errors.

mod entries;
mod handle;
mod locks;
mod openers;
mod spent;
mod stat;

use std::ffi::CStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

pub(crate) use entries::{Processes, each_entry};
pub(crate) use handle::{Handle, Signalled, wait_for_any};
pub(crate) use locks::{FileIdentity, HeldLock};
pub(crate) use openers::openers;
pub use openers::{Opener, Openers};
pub(crate) use spent::{Spent, spent_by, spent_by_all};
pub use stat::Condition;
pub(crate) use stat::Stat;

const ROOM: usize = 8192;

/// The number of a process. The kernel gives it to another process once this one is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(u32);

impl ProcessId {
    /// The process that asks.
    #[must_use]
    pub fn of_self() -> Self {
        Self(std::process::id())
    }

    /// The number.
    #[must_use]
    pub fn as_u32(self) -> u32 {
        self.0
    }

    fn raw(self) -> Option<rustix::process::Pid> {
        i32::try_from(self.0)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
    }

    /// Process group and session of a process, which need no permission to be read.
    pub(crate) fn group_and_session(self) -> Option<(Self, Self)> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.0).ok()?);
        let number = |pid: nix::unistd::Pid| u32::try_from(pid.as_raw()).ok().map(Self);
        let group = number(nix::unistd::getpgid(Some(pid)).ok()?)?;
        let session = number(nix::unistd::getsid(Some(pid)).ok()?)?;
        Some((group, session))
    }
}

impl From<u32> for ProcessId {
    fn from(pid: u32) -> Self {
        Self(pid)
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a look at another process gave.
#[derive(Debug)]
pub(crate) enum Sight<T> {
    Seen(T),
    /// It ended meanwhile.
    Gone,
    /// We may not look.
    Refused,
}

impl<T> Sight<T> {
    /// Sorts the answers of the system; what says nothing about the process, such as a full
    /// descriptor table, stays an error: taken for "gone" it would hide a living process.
    pub(crate) fn of<E: Into<io::Error>>(result: Result<T, E>) -> io::Result<Self> {
        match result.map_err(Into::into) {
            Ok(seen) => Ok(Self::Seen(seen)),
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::NOENT | Errno::SRCH) => Ok(Self::Gone),
                Some(Errno::ACCESS | Errno::PERM | Errno::IO) => Ok(Self::Refused),
                _ => Err(error),
            },
        }
    }
}

/// The folder of one process in `/proc`. It stays with that process: once it has ended all reads
/// say "gone", even if its number was given away.
#[derive(Debug)]
pub(crate) struct ProcessDir(OwnedFd);

impl ProcessDir {
    pub(crate) fn open(pid: ProcessId) -> io::Result<Sight<Self>> {
        let opened = openat(
            CWD,
            format!("/proc/{pid}"),
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        Sight::of(opened.map(Self))
    }

    /// A file of the process, whole.
    pub(crate) fn read(&self, name: &str) -> io::Result<Sight<Vec<u8>>> {
        let opened = openat(
            &self.0,
            name,
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        match Sight::of(opened)? {
            Sight::Seen(file) => {
                // Files in /proc say they have no size: without room they are read in small pieces.
                let mut bytes = Vec::with_capacity(ROOM);
                Sight::of(File::from(file).read_to_end(&mut bytes).map(|_| bytes))
            }
            Sight::Gone => Ok(Sight::Gone),
            Sight::Refused => Ok(Sight::Refused),
        }
    }

    pub(crate) fn stat(&self) -> io::Result<Sight<Stat>> {
        Ok(match self.read("stat")? {
            Sight::Seen(bytes) => Stat::parse(&bytes).map_or(Sight::Gone, Sight::Seen),
            Sight::Gone => Sight::Gone,
            Sight::Refused => Sight::Refused,
        })
    }

    /// The name of its program, at most 15 bytes. Whoever wrote the program chose it: it is not
    /// safe for a terminal.
    pub(crate) fn name(&self) -> io::Result<String> {
        Ok(match self.read("comm")? {
            Sight::Seen(bytes) => String::from_utf8_lossy(bytes.trim_ascii_end()).into_owned(),
            Sight::Gone | Sight::Refused => "?".to_owned(),
        })
    }

    /// The threads besides the first, each a folder like that of the process.
    pub(crate) fn other_threads(&self, pid: ProcessId) -> io::Result<Vec<Self>> {
        let mut threads = Vec::new();
        let Sight::Seen(tasks) = self.open_below("task")? else {
            return Ok(threads);
        };
        each_entry(&tasks, |name| {
            if name.to_bytes() != pid.to_string().as_bytes() {
                let opened = openat(
                    &tasks,
                    name,
                    OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
                    Mode::empty(),
                );
                if let Sight::Seen(thread) = Sight::of(opened)? {
                    threads.push(Self(thread));
                }
            }
            Ok(())
        })?;
        Ok(threads)
    }

    fn open_below(&self, folder: &str) -> io::Result<Sight<OwnedFd>> {
        Sight::of(openat(
            &self.0,
            folder,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        ))
    }

    fn open_file(&self, folder: &str, name: &CStr) -> io::Result<Sight<Vec<u8>>> {
        self.read(&format!("{folder}/{}", name.to_string_lossy()))
    }
}

impl AsFd for ProcessDir {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests;
