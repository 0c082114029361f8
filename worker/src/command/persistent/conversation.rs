//! One batch between a worker and a persistent process: the line goes in while whatever comes out is read, so
//! that neither waits for a pipe that the other has to empty first.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::protocol::{self, LONGEST_ANSWER, Word, quoted};
use super::{Process, Request};
use crate::command::run::Output;
use crate::failure::{Failure, chain};
use crate::process::{Meaning, Stream, Verdict, WatchError, exit_meaning};
use crate::task::Cx;

/// A process that closed a pipe is usually about to end, and its exit status says more.
const ABOUT_TO_END: Duration = Duration::from_secs(1);

/// As much as is written before what comes out is looked at again.
const PORTION: usize = 1024 * 1024;

/// What a process said and nobody has read as a line yet.
#[derive(Debug, Default)]
pub(super) struct Heard {
    bytes: Vec<u8>,
    /// So much of it holds no newline.
    searched: usize,
}

impl Heard {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line, without its newline.
    fn line(&mut self) -> Option<Vec<u8>> {
        let new = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(at) = new.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let rest = self.bytes.split_off(self.searched + at + 1);
        self.searched = 0;
        let mut line = std::mem::replace(&mut self.bytes, rest);
        line.pop();
        Some(line)
    }
}

/// Why a batch got no answer. Whatever it is, the process is no use any more.
#[derive(Debug)]
pub(super) enum Broken {
    /// The process ended.
    Ended(Verdict),
    /// It ended before it had taken anything of the batch: what its end says is not about it.
    EndedBefore(Verdict),
    /// It broke the protocol.
    Bad(String),
    /// The batch took too long.
    TimedOut,
    /// Stopped on request.
    Cancelled,
    /// It can't be watched any more.
    System(String),
}

impl From<WatchError> for Broken {
    fn from(error: WatchError) -> Self {
        Self::System(chain(&error))
    }
}

impl Broken {
    /// What it means for the batch, with what `explain` adds to it.
    pub(super) fn meaning(
        self,
        timeout: Option<Duration>,
        explain: impl Fn(String) -> String,
    ) -> Failure {
        let ended = |error: String| explain(format!("the persistent command ended: {error}"));
        match self {
            Self::Ended(verdict) => match exit_meaning(verdict, None) {
                Meaning::Done => Failure::Retry(ended("exit status 0, and no answer".into())),
                Meaning::Retry(error) => Failure::Retry(ended(error)),
                Meaning::Skip(error) => Failure::Skip(ended(error)),
                Meaning::Suspend(error) => Failure::Suspend(ended(error)),
                Meaning::Cancelled => Failure::Cancelled,
            },
            Self::EndedBefore(verdict) => match Self::Ended(verdict).meaning(timeout, explain) {
                // It is not this batch that it can't do.
                Failure::Skip(error) => Failure::Retry(error),
                failure => failure,
            },
            Self::Bad(error) => {
                Failure::Retry(explain(format!("the persistent command gave {error}")))
            }
            Self::TimedOut => match exit_meaning(Verdict::TimedOut, timeout) {
                Meaning::Retry(error) => Failure::Retry(explain(error)),
                _ => Failure::Cancelled,
            },
            Self::Cancelled => Failure::Cancelled,
            Self::System(error) => Failure::Retry(error),
        }
    }
}

/// Hands a batch over and waits for the answer; what the process reports meanwhile goes to `cx`, and its
/// standard error to `output`.
pub(super) fn converse(
    process: &mut Process,
    request: &Request<'_>,
    deadline: Option<Instant>,
    cx: &Cx,
    output: &mut Output<'_>,
) -> Result<Word, Broken> {
    let Process {
        running,
        stdin,
        heard,
        ended,
        ..
    } = process;
    let mut hear = |heard: &mut Heard, stream, bytes: &[u8]| match stream {
        Stream::Stdout => heard.take(bytes),
        Stream::Stderr => output.take(stream, bytes),
    };
    // Not yet asked for anything.
    if ended.is_none() {
        let at_once = Some(Instant::now());
        let turn = running.turn(cx.line.wake(), None, at_once, &mut |stream, bytes| {
            hear(heard, stream, bytes);
        })?;
        *ended = turn.ended;
        if turn.woken && cx.cancelled() {
            return Err(Broken::Cancelled);
        }
    }
    if !heard.bytes.is_empty() {
        return Err(Broken::Bad(unasked(&heard.bytes)));
    }
    if let Some(status) = *ended {
        return Err(Broken::EndedBefore(status.into()));
    }
    let mut rest = request.line;
    let mut closed: Option<(Instant, &str)> = None;
    loop {
        if let Some(input) = stdin
            && !write(input, &mut rest).map_err(broken_pipe)?
        {
            *stdin = None;
            closed = Some((
                Instant::now() + ABOUT_TO_END,
                "no answer: it closed its standard input before it had read the batch",
            ));
        }
        let until = deadline.into_iter().chain(closed.map(|(at, _)| at)).min();
        let input = stdin.as_ref().filter(|_| !rest.is_empty()).map(AsFd::as_fd);
        let turn = running.turn(cx.line.wake(), input, until, &mut |stream, bytes| {
            hear(heard, stream, bytes);
        })?;
        *ended = turn.ended;
        while let Some(line) = heard.line() {
            match protocol::read(&line, request) {
                Ok(Word::Report {
                    items_done,
                    message,
                }) => cx.report(items_done, message),
                // The newline itself may be left: some readers stop at the end of the object.
                Ok(answer) if unread(stdin.as_ref(), rest) <= 1 => return Ok(answer),
                Ok(_) => return Err(Broken::Bad(unasked(&line))),
                Err(bad) => return Err(Broken::Bad(bad.to_string())),
            }
        }
        if heard.bytes.len() > LONGEST_ANSWER {
            return Err(Broken::Bad(format!(
                "a bad answer, longer than {LONGEST_ANSWER} bytes: {}",
                quoted(&heard.bytes)
            )));
        }
        if let Some(status) = *ended {
            let taken = request.line.len() > unread(stdin.as_ref(), rest);
            return Err(match taken {
                true => Broken::Ended(status.into()),
                false => Broken::EndedBefore(status.into()),
            });
        }
        if turn.woken && cx.cancelled() {
            return Err(Broken::Cancelled);
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Broken::TimedOut);
        }
        match closed {
            Some((at, why)) if at <= now => return Err(Broken::Bad(why.into())),
            Some(_) => {}
            None if running.may_say_more() => {}
            None => {
                closed = Some((
                    now + ABOUT_TO_END,
                    "no answer: it closed its standard output",
                ));
            }
        }
    }
}

fn unasked(bytes: &[u8]) -> String {
    format!(
        "an answer that nobody had asked for yet (a batch is answered once its whole line is read): {}",
        quoted(bytes)
    )
}

fn broken_pipe(error: Errno) -> Broken {
    Broken::System(format!("its standard input can't be written: {error}"))
}

/// Writes what the pipe takes now. False: nobody reads it any more.
fn write(input: &OwnedFd, rest: &mut &[u8]) -> Result<bool, Errno> {
    let mut portion = 0;
    while !rest.is_empty() && portion < PORTION {
        match rustix::io::write(input, rest) {
            Ok(written) => {
                portion += written;
                *rest = &rest[written..];
            }
            Err(Errno::AGAIN) => break,
            Err(Errno::INTR) => {}
            Err(Errno::PIPE) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// How many bytes of the batch nobody has read yet.
fn unread(input: Option<&OwnedFd>, rest: &[u8]) -> usize {
    let in_pipe = input.and_then(|input| rustix::io::ioctl_fionread(input).ok());
    rest.len() + usize::try_from(in_pipe.unwrap_or(0)).unwrap_or(usize::MAX)
}
