//! One run of a command: started under lock and key, watched, and cleared away where it must be.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::batch_lock::{BatchLock, BatchLocks, BatchRecord};
use longhaul_common::id::TaskNumber;
use longhaul_common::leftovers::{self, Batch, ClearError, Cleared, Process, Stubborn};
use longhaul_common::process::ProcessId;
use longhaul_common::task_log;

use super::unmendable;
use crate::failure::{Failure, chain};
use crate::journal::Journal;
use crate::process::{
    Launch, LineSplitter, Meaning, Running, SpawnError, Stream, exit_meaning, spawn,
};
use crate::task::Cx;

/// How long a process that was killed may take to be gone.
pub(super) const REAP: Duration = Duration::from_secs(5);

/// What to run.
pub(super) struct Run<'a> {
    pub(super) program: &'a Path,
    pub(super) args: &'a [OsString],
    pub(super) env: &'a [(OsString, OsString)],
    pub(super) dir: &'a Path,
    pub(super) stdin: Option<OwnedFd>,
    pub(super) timeout: Option<Duration>,
}

/// Runs the batches and hooks of one task, one at a time.
pub(super) struct Runs {
    task: TaskNumber,
    locks: Arc<BatchLocks>,
    journal: Arc<Mutex<Journal>>,
    /// What a takeover cleared, kept for the next run.
    cleared: Option<BatchLock>,
    /// The first line that the last run wrote, if it failed.
    first_line: Option<String>,
}

impl Runs {
    pub(super) fn new(
        task: TaskNumber,
        locks: Arc<BatchLocks>,
        journal: Arc<Mutex<Journal>>,
    ) -> Self {
        Self {
            task,
            locks,
            journal,
            cleared: None,
            first_line: None,
        }
    }

    /// The first line that the last run wrote, if it failed.
    pub(super) fn first_line(&mut self) -> Option<String> {
        self.first_line.take()
    }

    /// Runs a command to its end, or until it must stop.
    pub(super) fn run(&mut self, run: &Run<'_>, cx: &Cx) -> Result<(), Failure> {
        let lock = self.lock(cx, &[&cx.key])?;
        let launch = Launch {
            program: run.program,
            args: run.args,
            env: run.env,
            dir: run.dir,
            stdin: run.stdin.as_ref().map(OwnedFd::try_clone).transpose()?,
            inherit: Some(lock.as_fd()),
        };
        let deadline = run.timeout.map(|timeout| Instant::now() + timeout);
        let mut running = spawn(&launch).map_err(|error| spawn_failed(run.program, error))?;
        drop(launch);
        self.introduce(&running, cx.slot);
        let mut output = Output::new(&self.journal, cx.source());
        let verdict = running.watch(
            cx.line.wake(),
            deadline,
            &|| cx.cancelled(),
            &mut |stream, bytes| output.take(stream, bytes),
        );
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) => {
                let failure = Failure::Retry(chain(&error));
                self.clear_away(lock, running, &[&cx.key], &mut output, cx)?;
                return Err(failure);
            }
        };
        let meaning = exit_meaning(verdict, run.timeout);
        match meaning {
            Meaning::Done => {
                // Only a success may leave processes behind: a daemon, on purpose.
                output.finish();
                self.first_line = None;
                lock.unlock()?;
                running.reap(Instant::now() + REAP)?;
                Ok(())
            }
            Meaning::Retry(_) | Meaning::Skip(_) | Meaning::Suspend(_) | Meaning::Cancelled => {
                let cleared = self.clear_away(lock, running, &[&cx.key], &mut output, cx);
                let first = output.first.take();
                self.first_line = first;
                cleared?;
                Err(match meaning {
                    Meaning::Skip(error) => Failure::Skip(output.explain(error)),
                    Meaning::Suspend(error) => Failure::Suspend(output.explain(error)),
                    Meaning::Retry(error) => Failure::Retry(output.explain(error)),
                    Meaning::Done | Meaning::Cancelled => Failure::Cancelled,
                })
            }
        }
    }

    /// Makes sure that nothing that bears one of the keys runs any more, and gives what was killed;
    /// what does not go is waited for as long as `waits` says yes.
    pub(super) fn clear(
        &mut self,
        slot: u16,
        keys: &[&str],
        waits: &mut dyn FnMut(&Stubborn) -> bool,
    ) -> Result<Vec<Process>, Failure> {
        let held = self.cleared.take_if(|lock| lock.slot() == slot);
        let cleared = self.clear_keys(slot, keys, "takeover", held, |stubborn| {
            if waits(stubborn) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        match slot {
            0 => self.cleared = Some(cleared.lock),
            _ => cleared.lock.unlock()?,
        }
        Ok(cleared.killed)
    }

    /// Says something in the task's log.
    pub(super) fn note(&self, text: &str) {
        note(&self.journal, "-", text);
    }

    /// Drops the lock that was kept for what starts next.
    pub(super) fn let_go(&mut self) {
        self.cleared = None;
    }

    /// The log that its output goes to.
    pub(super) fn journal(&self) -> Arc<Mutex<Journal>> {
        Arc::clone(&self.journal)
    }

    /// Says something in the task's log of one of its sources.
    pub(super) fn note_of(&self, source: &str, text: &str) {
        note(&self.journal, source, text);
    }

    /// The lock of the slot, for what starts next; what still holds it or bears one of the keys is ended.
    pub(super) fn lock(&mut self, cx: &Cx, keys: &[&str]) -> Result<BatchLock, Failure> {
        if let Some(lock) = self.cleared.take_if(|lock| lock.slot() == cx.slot) {
            return Ok(lock);
        }
        if let Some(lock) = self.locks.lock(self.task, cx.slot)? {
            return Ok(lock);
        }
        // Something of an earlier batch still runs; it must not overlap with this one.
        let cleared = self.clear_keys(cx.slot, keys, &cx.source(), None, |_| {
            if cx.cancelled() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(cleared.lock)
    }

    /// Writes down who the batch is, for those who have to find it without its worker.
    pub(super) fn introduce(&self, running: &Running, slot: u16) {
        let record =
            u32::try_from(running.pid()).map(|pid| BatchRecord::of_process(ProcessId::from(pid)));
        // It may have ended already; then there is nobody to find.
        if let Ok(Ok(record)) = record
            && let Err(error) = self.locks.write_record(self.task, slot, &record)
        {
            note(&self.journal, "-", &chain(&error));
        }
    }

    /// Ends a process and all it started.
    pub(super) fn clear_away(
        &self,
        lock: BatchLock,
        mut running: Running,
        keys: &[&str],
        output: &mut Output<'_>,
        cx: &Cx,
    ) -> Result<(), Failure> {
        let cleared = self.clear_keys(lock.slot(), keys, &cx.source(), Some(lock), |_| {
            if cx.line.told().stopping_now {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        running.drain(&mut |stream, bytes| output.take(stream, bytes))?;
        output.finish();
        running.reap(Instant::now() + REAP)?;
        cleared.lock.unlock()?;
        Ok(())
    }

    /// Ends what holds a lock or bears one of the keys, and waits no longer than a moment.
    pub(super) fn end_at_once(&self, lock: BatchLock, keys: &[&str]) {
        let slot = lock.slot();
        let cleared = self.clear_keys(slot, keys, "-", Some(lock), |_| ControlFlow::Break(()));
        if let Ok(cleared) = cleared {
            // Nothing holds it any more but this.
            let _ = cleared.lock.unlock();
        }
    }

    /// Clears away what bears one of the keys; `go_on` is asked while something of it does not go.
    fn clear_keys(
        &self,
        slot: u16,
        keys: &[&str],
        source: &str,
        held: Option<BatchLock>,
        mut go_on: impl FnMut(&Stubborn) -> ControlFlow<()>,
    ) -> Result<Cleared, Failure> {
        let batch = Batch {
            locks: &self.locks,
            task: self.task,
            slot,
            keys,
            spare: &[],
        };
        let mut said = String::new();
        let stubborn = |stubborn: &Stubborn| {
            let text = format!("waiting: {stubborn}");
            // It may take days, and would push everything else out of the log.
            if text != said {
                note(&self.journal, source, &text);
                said = text;
            }
            go_on(stubborn)
        };
        match leftovers::clear(&batch, held, stubborn) {
            Ok(cleared) => {
                for process in &cleared.killed {
                    note(&self.journal, "-", &format!("killed process {process}"));
                }
                Ok(cleared)
            }
            Err(error @ ClearError::GivenUp(_)) => {
                note(&self.journal, "-", &error.to_string());
                Err(Failure::Cancelled)
            }
            Err(error @ ClearError::Lock(_)) => Err(error.into()),
        }
    }
}

pub(super) fn spawn_failed(program: &Path, error: SpawnError) -> Failure {
    match error {
        // Out of processes, descriptors or memory: that passes.
        SpawnError::Failed { .. } => Failure::from(error),
        error => unmendable(program, &error),
    }
}

fn note(journal: &Mutex<Journal>, source: &str, text: &str) {
    let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
    journal.line(source, task_log::Stream::Sys, text.as_bytes());
    journal.flush();
}

/// The output of a run on its way to the log; remembers the last line of standard error, which
/// says best what went wrong.
pub(super) struct Output<'a> {
    journal: &'a Mutex<Journal>,
    source: String,
    out: LineSplitter,
    err: LineSplitter,
    last_error: Option<String>,
    /// The first line, of either stream.
    first: Option<String>,
}

/// How much of the last line of standard error goes into an error.
const QUOTED: usize = 200;

impl<'a> Output<'a> {
    pub(super) fn new(journal: &'a Mutex<Journal>, source: String) -> Self {
        Self {
            journal,
            source,
            out: LineSplitter::new(),
            err: LineSplitter::new(),
            last_error: None,
            first: None,
        }
    }

    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8]) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let source = &self.source;
        let first = &mut self.first;
        match stream {
            Stream::Stdout => self.out.push(bytes, &mut |line| {
                journal.line(source, task_log::Stream::Out, line);
                remember_first(first, line);
            }),
            Stream::Stderr => {
                let last = &mut self.last_error;
                self.err.push(bytes, &mut |line| {
                    journal.line(source, task_log::Stream::Err, line);
                    remember(last, line);
                    remember_first(first, line);
                });
            }
        }
        journal.flush();
    }

    pub(super) fn finish(&mut self) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let source = &self.source;
        let first = &mut self.first;
        std::mem::take(&mut self.out).finish(&mut |line| {
            journal.line(source, task_log::Stream::Out, line);
            remember_first(first, line);
        });
        let last = &mut self.last_error;
        std::mem::take(&mut self.err).finish(&mut |line| {
            journal.line(source, task_log::Stream::Err, line);
            remember(last, line);
            remember_first(first, line);
        });
        journal.flush();
    }

    pub(super) fn explain(&self, error: String) -> String {
        match &self.last_error {
            Some(line) => format!("{error}: {line}"),
            None => error,
        }
    }
}

fn remember_first(first: &mut Option<String>, line: &[u8]) {
    if first.is_none() {
        remember(first, line);
    }
}

fn remember(last: &mut Option<String>, line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    if !text.is_empty() {
        *last = Some(text.chars().take(QUOTED).collect());
    }
}
