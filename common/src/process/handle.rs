//! A process by descriptor: a signal sent through it can't reach another that got the number.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::ProcessId;

/// A `pidfd`, pidfd_open(2).
#[derive(Debug)]
pub(crate) struct Handle(OwnedFd);

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signalled {
    Sent,
    Gone,
    NotPermitted,
}

impl Handle {
    /// None when there is no such process any more.
    pub(crate) fn open(pid: ProcessId) -> io::Result<Option<Self>> {
        let Some(raw) = pid.raw() else {
            return Ok(None);
        };
        match pidfd_open(raw, PidfdFlags::empty()) {
            Ok(descriptor) => Ok(Some(Self(descriptor))),
            Err(Errno::SRCH | Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn kill(&self) -> io::Result<Signalled> {
        match pidfd_send_signal(&self.0, Signal::KILL) {
            Ok(()) => Ok(Signalled::Sent),
            Err(Errno::SRCH) => Ok(Signalled::Gone),
            Err(Errno::PERM) => Ok(Signalled::NotPermitted),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether all its threads have ended within the time. A zombie has.
    pub(crate) fn ends_within(&self, time: Duration) -> io::Result<bool> {
        wait_for_any([self], time)
    }
}

/// Waits until one of the processes has ended, at most the time given; whether one has.
pub(crate) fn wait_for_any<'a>(
    handles: impl IntoIterator<Item = &'a Handle>,
    time: Duration,
) -> io::Result<bool> {
    let mut polled: Vec<PollFd<'_>> = handles
        .into_iter()
        .map(|handle| PollFd::new(&handle.0, PollFlags::IN))
        .collect();
    let deadline = Instant::now() + time;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut polled, Some(&timeout)) {
            Ok(ended) => return Ok(ended > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
