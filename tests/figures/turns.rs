//! A program that takes turns with this one: it is stopped while it is not its turn.

use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid,
};

/// Runs a command to its end, which has to be a success, and stops it after each `slice` for as long
/// as `meanwhile` takes. Gives how long it ran; what stopping it takes is its own time.
#[track_caller]
pub(crate) fn in_turns(
    command: &mut Command,
    slice: Duration,
    mut meanwhile: impl FnMut(),
) -> Duration {
    let mut since = Instant::now();
    let mut ran = Duration::ZERO;
    let mut program = Program::start(command);
    while !program.ends_within(slice) && program.stop() {
        ran += since.elapsed();
        meanwhile();
        since = Instant::now();
        program.go_on();
    }
    let status = program.child.wait().expect("it is our child");
    ran += since.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    ran
}

struct Program {
    child: Child,
    pid: Pid,
    /// Readable once it has ended.
    ended: OwnedFd,
}

impl Program {
    fn start(command: &mut Command) -> Self {
        let child = command.spawn().expect("it starts");
        let pid = Pid::from_child(&child);
        let ended = pidfd_open(pid, PidfdFlags::empty()).expect("it was not waited for yet");
        Self { child, pid, ended }
    }

    fn ends_within(&self, time: Duration) -> bool {
        let time = Timespec::try_from(time).expect("a slice is short");
        let mut ended = [PollFd::new(&self.ended, PollFlags::IN)];
        poll(&mut ended, Some(&time)).expect("it can be polled") > 0
    }

    /// Stops all its threads; false where it came to its end first.
    fn stop(&self) -> bool {
        kill_process(self.pid, Signal::STOP).expect("it was not waited for yet");
        let either = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.pid), either).expect("it is our child");
        status.is_some_and(|status| status.stopped())
    }

    fn go_on(&self) {
        kill_process(self.pid, Signal::CONT).expect("it was not waited for yet");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A child that was waited for is not signalled again; a stopped one must not stay behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
