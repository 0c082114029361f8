//! One process that performs all batches of a task while it is at this worker: started with the first of
//! them, and ended when the task leaves, before any hook.

mod conversation;
mod protocol;

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use longhaul_common::batch_lock::BatchLock;

use super::run::{Output, REAP, Runs, spawn_failed};
use crate::failure::Failure;
use crate::process::{Launch, Running, Status, Stream, Verdict, input_pipe, spawn};
use crate::task::Cx;
use conversation::{Broken, Heard, converse};
use protocol::Word;
pub(super) use protocol::{Handed, Handover};

/// What to start.
pub(super) struct Start<'a> {
    pub(super) program: &'a Path,
    pub(super) args: &'a [OsString],
    pub(super) env: &'a [(OsString, OsString)],
    pub(super) dir: &'a Path,
}

/// A batch on its way to the process.
pub(super) struct Request<'a> {
    /// The line of the protocol.
    pub(super) line: &'a [u8],
    /// Its number.
    pub(super) batch: u64,
    /// Its items.
    pub(super) items: u64,
    /// Whether it is for the answer to say where the next one starts.
    pub(super) answers_cursor: bool,
    /// How long it may take.
    pub(super) timeout: Option<Duration>,
}

/// The process of a task, as long as the task is here.
pub(super) struct Persistent {
    /// The key that it bears for all its life.
    key: String,
    /// How long it may take to end once its input has.
    grace: Duration,
    process: Option<Process>,
}

/// A process that was started.
struct Process {
    running: Running,
    lock: BatchLock,
    stdin: Option<OwnedFd>,
    heard: Heard,
    /// Its end, once seen.
    ended: Option<Status>,
}

impl Persistent {
    pub(super) fn new(key: String, grace: Duration) -> Self {
        Self {
            key,
            grace,
            process: None,
        }
    }

    /// The key that it bears.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Hands a batch over and waits for the answer; starts the process if there is none. Gives where the next
    /// batch starts, if the answer said so. After a failure that is no answer nothing of the process is left.
    pub(super) fn perform(
        &mut self,
        runs: &mut Runs,
        start: &Start<'_>,
        request: &Request<'_>,
        cx: &Cx,
    ) -> Result<Option<String>, Failure> {
        cx.check()?;
        let deadline = request.timeout.map(|timeout| Instant::now() + timeout);
        let process = match &mut self.process {
            Some(process) => process,
            none => none.insert(Process::start(runs, start, &self.key, cx)?),
        };
        let journal = runs.journal();
        let mut output = Output::new(&journal, cx.source());
        let outcome = converse(process, request, deadline, cx, &mut output);
        let broken = match outcome {
            Ok(Word::Done { cursor, message }) => {
                output.finish();
                message.into_iter().for_each(|message| cx.say(message));
                return Ok(cursor);
            }
            Ok(Word::Failed(failure)) => {
                output.finish();
                return Err(failure);
            }
            // Those are taken in while it works.
            Ok(Word::Report { .. }) => Broken::Bad("its report was taken for an answer".into()),
            Err(broken) => broken,
        };
        if let Some(process) = self.process.take() {
            process.clear_away(runs, &self.key, &mut output, cx)?;
        }
        Err(broken.meaning(request.timeout, |error| output.explain(error)))
    }

    /// Ends the process, if there is one: its input ends, it may take its grace, then it is killed with all it
    /// started. By force, and once the worker has no time left, it is killed at once. Never fails: what does
    /// not go is found by its key before anything else of the task starts.
    pub(super) fn leave(&mut self, runs: &mut Runs, cx: &Cx) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let journal = runs.journal();
        let mut output = Output::new(&journal, "persistent".into());
        let until = Instant::now().checked_add(self.grace);
        process.stdin = None;
        let left = loop {
            if let Some(status) = process.ended {
                break Verdict::from(status);
            }
            if cx.cancelled() {
                break Verdict::Interrupted;
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                break Verdict::TimedOut;
            }
            // What it says now answers nothing.
            let turn = process
                .running
                .turn(cx.line.wake(), None, until, &mut |stream, bytes| {
                    if stream == Stream::Stderr {
                        output.take(stream, bytes);
                    }
                });
            match turn {
                Ok(turn) => process.ended = turn.ended,
                Err(_) => break Verdict::Interrupted,
            }
        };
        if left == Verdict::Exited(0) {
            // Only a success may leave processes behind: a daemon, on purpose.
            output.finish();
            let _ = process.lock.unlock();
            let _ = process.running.reap(Instant::now() + REAP);
            return;
        }
        if left == Verdict::TimedOut {
            let grace = humantime::format_duration(self.grace);
            runs.note_of(
                "persistent",
                &format!("it did not end within {grace} after its input had, and is killed"),
            );
        } else if left != Verdict::Interrupted {
            let failure =
                Broken::Ended(left).meaning(Some(self.grace), |error| output.explain(error));
            runs.note_of("persistent", &failure.to_string());
        }
        if let Err(failure) = process.clear_away(runs, &self.key, &mut output, cx) {
            runs.note_of("persistent", &format!("it was not cleared away: {failure}"));
        }
    }

    /// Ends the process at once, where the task was lost before it could leave. What does not go within a moment
    /// is left to whoever has the task now.
    pub(super) fn abandon(&mut self, runs: &Runs) {
        if let Some(process) = self.process.take() {
            drop(process.stdin);
            runs.end_at_once(process.lock, &[&self.key]);
        }
    }
}

impl Process {
    fn start(runs: &mut Runs, start: &Start<'_>, key: &str, cx: &Cx) -> Result<Self, Failure> {
        let lock = runs.lock(cx, &[key, &cx.key])?;
        let (stdin, theirs) = input_pipe()?;
        let launch = Launch {
            program: start.program,
            args: start.args,
            env: start.env,
            dir: start.dir,
            stdin: Some(theirs),
            inherit: Some(lock.as_fd()),
        };
        let running = spawn(&launch).map_err(|error| spawn_failed(start.program, error))?;
        // Its end of the pipe with it: only then is an end of its reading noticed.
        drop(launch);
        runs.introduce(&running, cx.slot);
        Ok(Self {
            running,
            lock,
            stdin: Some(stdin),
            heard: Heard::default(),
            ended: None,
        })
    }

    /// Ends it and all it started.
    fn clear_away(
        self,
        runs: &Runs,
        key: &str,
        output: &mut Output<'_>,
        cx: &Cx,
    ) -> Result<(), Failure> {
        let Self {
            running,
            lock,
            stdin,
            ..
        } = self;
        drop(stdin);
        runs.clear_away(lock, running, &[key, &cx.key], output, cx)
    }
}
