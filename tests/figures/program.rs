//! The program as processes of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_longhaul");

/// The program on a store, deaf and dumb.
pub(crate) fn program(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env("LONGHAUL_STORE", store)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How long it takes from its start to its end.
#[track_caller]
pub(crate) fn time_to_end(store: &Path, arguments: &[&str]) -> Duration {
    time_of(&mut program(store, arguments))
}

/// How long a command takes, which has to succeed.
#[track_caller]
pub(crate) fn time_of(command: &mut Command) -> Duration {
    let since = Instant::now();
    let status = command.status().expect("it starts");
    let took = since.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    took
}

/// A worker process. Dropped, it is killed: it alone, by its number.
pub(crate) struct Worker(Child);

impl Worker {
    /// Starts a worker and waits until it holds its lock.
    pub(crate) fn start(store: &Path, arguments: &[&str]) -> Self {
        let mut words = vec!["worker"];
        words.extend(arguments);
        let mut command = program(store, &words);
        command.stderr(Stdio::piped());
        let mut child = command.spawn().expect("a worker starts");
        let mut said = child.stderr.take().expect("it was asked for");
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            let read = std::io::Read::read(&mut said, &mut byte).expect("it can be read");
            assert!(
                read == 1,
                "the worker ended: {}",
                String::from_utf8_lossy(&line)
            );
            line.push(byte[0]);
        }
        // What it says later must not end it.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self(child)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL; does not wait for the end.
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("it was not waited for yet");
    }

    /// Waits until it has done what a start brings.
    pub(crate) fn settle(&self) {
        std::thread::sleep(Duration::from_secs(3));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A child that was waited for is not signalled again.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
