//! What the tests of real processes share.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::EventfdFlags;
use rustix::process::{Pid, Signal};

use super::{Launch, Running, Stream, Verdict, spawn};

pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

pub(super) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = deadline();
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not come true");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(super) fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

pub(super) fn environment() -> Vec<(OsString, OsString)> {
    vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())]
}

pub(super) fn start(script: &str) -> Running {
    start_with(script, None)
}

pub(super) fn start_with(script: &str, stdin: Option<OwnedFd>) -> Running {
    spawn(&Launch {
        program: Path::new("/bin/sh"),
        args: &words(&["sh", "-c", script]),
        env: &environment(),
        dir: Path::new("/"),
        stdin,
        inherit: None,
    })
    .unwrap()
}

pub(super) fn eventfd() -> OwnedFd {
    rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).unwrap()
}

/// How a process ended and what it wrote.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) verdict: Verdict,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Finished {
    pub(super) fn text(&self) -> String {
        assert_eq!(self.verdict, Verdict::Exited(0), "{self:?}");
        String::from_utf8(self.stdout.clone()).unwrap()
    }
}

pub(super) fn finish(running: &mut Running) -> Finished {
    let mut finished = Finished {
        verdict: Verdict::Interrupted,
        stdout: Vec::new(),
        stderr: Vec::new(),
    };
    let Finished {
        verdict,
        stdout,
        stderr,
    } = &mut finished;
    *verdict = running
        .watch(
            eventfd().as_fd(),
            Some(deadline()),
            &|| false,
            &mut |stream, bytes| match stream {
                Stream::Stdout => stdout.extend_from_slice(bytes),
                Stream::Stderr => stderr.extend_from_slice(bytes),
            },
        )
        .unwrap();
    finished
}

pub(super) fn signal(running: &Running, signal: Signal) {
    let group = Pid::from_raw(running.pid()).unwrap();
    rustix::process::kill_process_group(group, signal).unwrap();
}

pub(super) fn in_process_table(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Held by tests that make or look for inherited descriptors.
pub(super) fn descriptors() -> MutexGuard<'static, ()> {
    static DESCRIPTORS: Mutex<()> = Mutex::new(());
    DESCRIPTORS.lock().unwrap_or_else(PoisonError::into_inner)
}
