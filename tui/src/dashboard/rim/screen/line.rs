//! The line to the terminal. A terminal that takes nothing (a connection that stalls, a screen that
//! is held) stops the drawing, and must not keep the program from ending.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _, stdout};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::unistd::ttyname;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

/// The last that is written is waited for so long.
const LAST: Duration = Duration::from_millis(200);

/// Raised once and for all when the program is to end.
static ENDING: OnceLock<OwnedFd> = OnceLock::new();

/// A way to write to the terminal that can be given up.
pub(super) struct Line {
    out: File,
}

impl Line {
    pub(super) fn open() -> io::Result<Self> {
        ending()?;
        // With flags of its own: those of standard output are also those of whoever started this.
        let own = ttyname(stdout()).map_err(io::Error::from).and_then(own);
        let out = match own {
            Ok(out) => out,
            Err(_) => File::from(stdout().as_fd().try_clone_to_owned()?),
        };
        Ok(Self { out })
    }

    /// Writes all of it, however long the terminal takes; once the program is to end, what goes
    /// through in a moment.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.push(bytes, Self::wait_for_room)? {
            [] => Ok(()),
            left => self.write_briefly(left),
        }
    }

    /// Writes what goes through in a moment.
    pub(super) fn write_briefly(&mut self, bytes: &[u8]) -> io::Result<()> {
        let until = Instant::now() + LAST;
        self.push(bytes, |line| line.wait_for_room_until(until))
            .map(drop)
    }

    /// Writes as long as there is room, or comes; gives what is left.
    fn push<'b>(
        &mut self,
        bytes: &'b [u8],
        wait: impl Fn(&Self) -> io::Result<Waited>,
    ) -> io::Result<&'b [u8]> {
        let mut left = bytes;
        while !left.is_empty() {
            match self.out.write(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => left = &left[length..],
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock if wait(self)? == Waited::Room => {}
                    io::ErrorKind::WouldBlock => break,
                    _ => return Err(error),
                },
            }
        }
        Ok(left)
    }

    fn wait_for_room(&self) -> io::Result<Waited> {
        let mut either = [
            PollFd::new(&self.out, PollFlags::OUT),
            PollFd::from_borrowed_fd(ending()?, PollFlags::IN),
        ];
        retried(&mut either, None)?;
        Ok(if either[1].revents().is_empty() {
            Waited::Room
        } else {
            Waited::Enough
        })
    }

    fn wait_for_room_until(&self, until: Instant) -> io::Result<Waited> {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap_or_default();
        let mut room = [PollFd::new(&self.out, PollFlags::OUT)];
        retried(&mut room, Some(&timeout))?;
        Ok(if room[0].revents().is_empty() {
            Waited::Enough
        } else {
            Waited::Room
        })
    }
}

/// What ended a wait.
#[derive(PartialEq, Eq)]
enum Waited {
    Room,
    /// It is not waited for any longer.
    Enough,
}

fn own(path: PathBuf) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    OpenOptions::new()
        .write(true)
        .custom_flags(flags.bits())
        .open(path)
}

fn retried(fds: &mut [PollFd<'_>], timeout: Option<&Timespec>) -> io::Result<()> {
    loop {
        match poll(fds, timeout) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

fn ending() -> io::Result<BorrowedFd<'static>> {
    if ENDING.get().is_none() {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        // Another thread may have been first: one of the two is as good.
        let _ = ENDING.set(eventfd(0, flags)?);
    }
    let made = ENDING.get().map(OwnedFd::as_fd);
    made.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The program is to end: nobody waits for the terminal any more.
pub(in crate::dashboard::rim) fn end() {
    if let Ok(ending) = ending() {
        // It only has to be more than nothing.
        let _ = rustix::io::write(ending, &1_u64.to_ne_bytes());
    }
}

/// Whether the terminal takes nothing right now, so that whoever writes to it would wait.
pub(in crate::dashboard::rim) fn is_stalled() -> bool {
    let out = stdout();
    let mut room = [PollFd::new(&out, PollFlags::OUT)];
    let now = Timespec::default();
    retried(&mut room, Some(&now)).is_ok() && room[0].revents().is_empty()
}
