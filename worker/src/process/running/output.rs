//! The reading ends of a process's output.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;

use super::WatchError;
use crate::process::Stream;

/// As much as a pipe holds by default: one read empties it.
const CHUNK: usize = 64 * 1024;

/// The most that a process without privileges can make a pipe hold, in chunks.
const FULLEST: usize = 16;

/// The reading ends of a process's output, each until its end of file.
#[derive(Debug)]
pub(super) struct Output {
    pipes: [Option<OwnedFd>; 2],
    buffer: Vec<u8>,
}

const STREAMS: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

impl Output {
    /// Both ends are non-blocking.
    pub(super) fn new(stdout: OwnedFd, stderr: OwnedFd) -> Self {
        Self {
            pipes: [Some(stdout), Some(stderr)],
            buffer: vec![0; CHUNK],
        }
    }

    /// The ends that may still bring something.
    pub(super) fn open(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.pipes.iter().flatten().map(AsFd::as_fd)
    }

    pub(super) fn is_stdout_open(&self) -> bool {
        self.pipes[0].is_some()
    }

    pub(super) fn is_open(&self) -> bool {
        self.open().next().is_some()
    }

    /// Reads at most one chunk of each stream, so that no flood of output delays anything else.
    /// Tells whether there was any.
    pub(super) fn read(
        &mut self,
        output: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Got, WatchError> {
        let mut got = Got::Nothing;
        for (stream, pipe) in STREAMS.into_iter().zip(&mut self.pipes) {
            let Some(fd) = pipe else { continue };
            match rustix::io::read(fd, self.buffer.as_mut_slice()) {
                Ok(0) => *pipe = None,
                Ok(length) => {
                    got = Got::Something;
                    output(stream, &self.buffer[..length]);
                }
                Err(Errno::AGAIN) => {}
                Err(Errno::INTR) => got = Got::Something,
                Err(source) => {
                    return Err(WatchError::Read {
                        stream,
                        source: source.into(),
                    });
                }
            }
        }
        Ok(got)
    }

    /// Reads what the pipes hold now.
    pub(super) fn drain(
        &mut self,
        output: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<(), WatchError> {
        for _ in 0..FULLEST {
            if self.read(output)? == Got::Nothing {
                break;
            }
        }
        Ok(())
    }
}

/// What a read brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Got {
    /// Maybe more is there.
    Something,
    /// The pipes are empty for now.
    Nothing,
}
