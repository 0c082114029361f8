//! The program as processes of its own.

use std::fs;
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

    /// Resident memory in megabytes.
    pub(crate) fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.expect("it runs");
        let pages = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = pages.and_then(|text| text.split_whitespace().next());
        let kilobytes: f64 = kilobytes
            .and_then(|text| text.parse().ok())
            .expect("it has some");
        kilobytes / 1024.0
    }

    /// Processor time and sleeps of each of its threads.
    pub(crate) fn threads(&self) -> Vec<(String, Thread)> {
        let folder = format!("/proc/{}/task", self.pid());
        let threads = fs::read_dir(folder).expect("it runs");
        threads
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let thread = Thread::of(&entry.path())?;
                Some((entry.file_name().to_string_lossy().into_owned(), thread))
            })
            .collect()
    }

    /// Waits until it has done what a start brings.
    pub(crate) fn settle(&self) {
        std::thread::sleep(Duration::from_secs(3));
    }
}

/// What a thread has used so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Thread {
    pub(crate) on_processor: Duration,
    pub(crate) sleeps: u64,
}

impl Thread {
    fn of(dir: &Path) -> Option<Self> {
        let schedule = fs::read_to_string(dir.join("schedstat")).ok()?;
        let status = fs::read_to_string(dir.join("status")).ok()?;
        let sleeps = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some(Self {
            on_processor: Duration::from_nanos(schedule.split(' ').next()?.parse().ok()?),
            sleeps: sleeps.trim().parse().ok()?,
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A child that was waited for is not signalled again.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
