//! A worker process, ended with the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use longhaul_common::id::WorkerNumber;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{wait_for, wait_until};

/// A worker process. Dropped, it is killed: it alone, by its number.
pub(crate) struct Worker {
    child: Child,
    errors: PathBuf,
    number: WorkerNumber,
}

impl Worker {
    /// Starts a worker and waits until it works.
    #[track_caller]
    pub(super) fn start(mut command: Command, errors: &Path) -> Self {
        let file = fs::File::create(errors).expect("the test's folder can be written");
        let mut child = command.stderr(file).spawn().expect("the worker starts");
        let number = wait_for("a worker that works", || {
            let said = fs::read_to_string(errors).unwrap_or_default();
            if let Some((_, rest)) = said.split_once(": worker ") {
                return rest.split(' ').next()?.parse().ok().map(WorkerNumber);
            }
            let ended = child.try_wait().expect("it is our child");
            assert!(ended.is_none(), "the worker ended: {said}");
            None
        });
        Self {
            child,
            errors: errors.to_owned(),
            number,
        }
    }

    /// Its number in the store.
    pub(crate) fn number(&self) -> WorkerNumber {
        self.number
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it said on standard error.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Where what it says on standard error is kept.
    pub(crate) fn errors(&self) -> PathBuf {
        self.errors.clone()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it was not waited for yet");
    }

    /// Asks it to stop, and gives its exit code.
    #[track_caller]
    pub(crate) fn stop(self) -> Option<i32> {
        self.signal(Signal::SIGTERM);
        self.exit_code()
    }

    /// Kills it, and waits until it is gone.
    #[track_caller]
    pub(crate) fn kill(mut self) {
        self.signal(Signal::SIGKILL);
        self.ended();
    }

    /// Waits until it ends, and gives its exit code.
    #[track_caller]
    pub(crate) fn exit_code(mut self) -> Option<i32> {
        self.ended().code()
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    #[track_caller]
    fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        let errors = self.errors.clone();
        let said = || fs::read_to_string(&errors).unwrap_or_default();
        let child = &mut self.child;
        wait_until(&format!("the worker's end; it said: {}", said()), || {
            status = child.try_wait().expect("it is our child");
            status.is_some()
        });
        status.expect("it was just waited for")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A child that was waited for is not signalled again.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
