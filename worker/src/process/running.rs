//! A process that was started: its output, its end.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions};

use super::{Status, Stream, Verdict};

mod error;
mod output;
mod poll;

pub use error::WatchError;
use output::Output;
use poll::{poll, poll_both};

/// How long output is still awaited when the process has exited and something else, a daemon it
/// left behind on purpose, holds its pipes.
const TAIL: Duration = Duration::from_millis(100);

/// How soon an end that was announced but is not yet ours to see is looked for again.
const TRACED: Duration = Duration::from_millis(5);

/// A process that was started. It is not killed when this is dropped, and the drop never blocks:
/// whatever has not ended by then is reaped by a later [`spawn`](super::spawn) or
/// [`reap_orphans`](super::reap_orphans).
///
/// Until the drop, or [`reap`](Self::reap), its number is not used again, even after it has ended.
#[derive(Debug)]
pub struct Running {
    pid: Pid,
    pidfd: OwnedFd,
    output: Output,
}

/// What one wait for a process brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// It has ended.
    pub ended: Option<Status>,
    /// The wake descriptor was written to.
    pub woken: bool,
    /// Its input takes more, or never will.
    pub input: bool,
}

impl Running {
    pub(super) fn new(pid: Pid, pidfd: OwnedFd, stdout: OwnedFd, stderr: OwnedFd) -> Self {
        Self {
            pid,
            pidfd,
            output: Output::new(stdout, stderr),
        }
    }

    /// Its process number, which is its process group's number too.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// A descriptor that is this process, whatever becomes of its number. Readable when it has
    /// ended.
    #[must_use]
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Waits until the process ends, `deadline` passes, or `interrupted` says so, and hands its
    /// output to `output` as it comes. Sleeps in between.
    ///
    /// `wake` is an eventfd, non-blocking and read by this waiter alone; whoever changes what
    /// `interrupted` tells writes to it. `interrupted` is asked at the beginning and whenever
    /// `wake` fired.
    ///
    /// When the process has ended, its output is read to the end of file, but at most 100 ms
    /// longer. An end that is seen together with the deadline or an interruption counts.
    ///
    /// After [`Verdict::TimedOut`] and [`Verdict::Interrupted`] the process still runs: the caller
    /// clears it and everything it started, takes the rest of its output with
    /// [`drain`](Self::drain) and ends with [`reap`](Self::reap), or watches on. Nothing is reaped
    /// in here.
    ///
    /// # Errors
    ///
    /// What a system call refused; the process may still run then.
    pub fn watch(
        &mut self,
        wake: BorrowedFd<'_>,
        deadline: Option<Instant>,
        interrupted: &dyn Fn() -> bool,
        output: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Verdict, WatchError> {
        if interrupted() {
            return Ok(Verdict::Interrupted);
        }
        loop {
            let [ended, woken] = self.poll(self.output.open(), [self.pidfd(), wake], deadline)?;
            self.output.read(output)?;
            if ended && let Some(status) = self.announced_end(WaitIdOptions::NOWAIT)? {
                self.read_tail(output)?;
                return Ok(status.into());
            }
            if woken {
                self.empty(wake)?;
                if interrupted() {
                    return Ok(Verdict::Interrupted);
                }
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Ok(Verdict::TimedOut);
            }
        }
    }

    /// Waits until something happens, at most until `until`: it ends, its output comes, `input` takes more, or
    /// `wake` is written to. One turn of a conversation: output is handed over as far as it came, and nothing
    /// is said twice but its end. When it has ended, its output is read to the end of file, but at most 100 ms
    /// longer. Nothing is reaped.
    ///
    /// # Errors
    ///
    /// What a system call refused; the process may still run then.
    pub fn turn(
        &mut self,
        wake: BorrowedFd<'_>,
        input: Option<BorrowedFd<'_>>,
        until: Option<Instant>,
        output: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Turn, WatchError> {
        let pid = self.pid();
        let others = [self.pidfd(), wake];
        let (seen, input) =
            poll_both(self.output.open(), others, input, until).map_err(|source| {
                WatchError::Poll {
                    pid,
                    source: source.into(),
                }
            })?;
        let [ended, woken] = seen;
        self.output.read(output)?;
        let mut turn = Turn {
            ended: None,
            woken,
            input,
        };
        if ended && let Some(status) = self.announced_end(WaitIdOptions::NOWAIT)? {
            self.read_tail(output)?;
            turn.ended = Some(status);
        }
        if woken {
            self.empty(wake)?;
        }
        Ok(turn)
    }

    /// Whether its standard output may still bring something.
    #[must_use]
    pub fn may_say_more(&self) -> bool {
        self.output.is_stdout_open()
    }

    /// Hands over what the pipes hold now, at most 1 MiB of each, and waits for nothing.
    ///
    /// # Errors
    ///
    /// If a pipe could not be read.
    pub fn drain(&mut self, output: &mut dyn FnMut(Stream, &[u8])) -> Result<(), WatchError> {
        self.output.drain(output)
    }

    /// Waits for the end of the process until `deadline` and frees its number. `None` if it still
    /// ran then.
    ///
    /// # Errors
    ///
    /// If its end cannot be waited for; see [`WatchError::Wait`].
    pub fn reap(self, deadline: Instant) -> Result<Option<Status>, WatchError> {
        loop {
            let [ended] = self.poll([], [self.pidfd()], Some(deadline))?;
            if ended && let Some(status) = self.announced_end(WaitIdOptions::empty())? {
                return Ok(Some(status));
            }
            if deadline <= Instant::now() {
                return Ok(None);
            }
        }
    }

    fn read_tail(&mut self, output: &mut dyn FnMut(Stream, &[u8])) -> Result<(), WatchError> {
        let until = Instant::now() + TAIL;
        while self.output.is_open() && Instant::now() < until {
            let [] = self.poll(self.output.open(), [], Some(until))?;
            self.output.read(output)?;
        }
        // A slow `output` may have used up the time while the pipes were full.
        self.drain(output)
    }

    fn poll<'fd, const N: usize>(
        &self,
        output: impl IntoIterator<Item = BorrowedFd<'fd>>,
        others: [BorrowedFd<'fd>; N],
        until: Option<Instant>,
    ) -> Result<[bool; N], WatchError> {
        poll(output, others, until).map_err(|source| WatchError::Poll {
            pid: self.pid(),
            source: source.into(),
        })
    }

    /// The end that a readable pidfd announces.
    fn announced_end(&self, options: WaitIdOptions) -> Result<Option<Status>, WatchError> {
        let id = WaitId::PidFd(self.pidfd());
        let status =
            rustix::process::waitid(id, options | WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
                .map_err(|source| WatchError::Wait {
                    pid: self.pid(),
                    source: source.into(),
                })?;
        let status = status.as_ref().and_then(Status::from_wait);
        if status.is_none() {
            // A tracer learns of the end first, and nothing announces when it lets go.
            std::thread::sleep(TRACED);
        }
        Ok(status)
    }

    fn empty(&self, wake: BorrowedFd<'_>) -> Result<(), WatchError> {
        match rustix::io::read(wake, &mut [0; 8]) {
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(source) => Err(WatchError::Wake {
                pid: self.pid(),
                source: source.into(),
            }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // By descriptor: once reaped, its number may already be that of another child.
        let id = WaitId::PidFd(self.pidfd());
        if let Ok(None) = rustix::process::waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
        {
            super::orphans::adopt(self.pid);
        }
    }
}

#[cfg(test)]
mod tests;
