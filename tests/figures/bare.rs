//! Batches without longhaul around them.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use longhaul_common::batch_lock::{BatchLock, BatchLocks};
use longhaul_common::id::TaskNumber;
use longhaul_worker::process::{Framing, Launch, Verdict, sealed_items, spawn, write_items};
use longhaul_worker::{Cursor, RangeSource, Source};
use rustix::event::EventfdFlags;

use crate::lab::wait_for;

/// Items of a batch.
pub(crate) const BATCH: usize = 100;

/// Something that runs `true` for a batch.
pub(crate) trait Bare {
    fn batch(&mut self);
}

/// As the standard library does it: nothing on its input, nothing kept of its output.
pub(crate) struct Plain(PathBuf);

impl Plain {
    pub(crate) fn new() -> Self {
        Self(path_of_true())
    }
}

impl Bare for Plain {
    fn batch(&mut self) {
        let status = Command::new(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("it starts").success());
    }
}

/// With what a batch of longhaul is given: its items in memory, pipes for its output, and a lock.
pub(crate) struct Equipped {
    program: PathBuf,
    env: Vec<(OsString, OsString)>,
    source: RangeSource,
    cursor: Cursor,
    lock: BatchLock,
    wake: OwnedFd,
}

impl Equipped {
    pub(crate) fn new(store: &Path) -> Self {
        // A task that no run comes to: their locks are their own.
        const FAR: TaskNumber = TaskNumber(1_000_000);
        let locks = BatchLocks::open(store).expect("the store has its locks");
        let wake = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        Self {
            program: path_of_true(),
            env: std::env::vars_os().collect(),
            source: RangeSource::new(1, i64::MAX),
            cursor: Cursor::default(),
            lock: wait_for("the lock of a batch", || {
                locks.lock(FAR, 0).expect("it can be locked")
            }),
            wake: wake.expect("there is a descriptor left"),
        }
    }
}

impl Bare for Equipped {
    fn batch(&mut self) {
        let chunk = self.source.read(&self.cursor, BATCH);
        let chunk = chunk
            .expect("a range can be read")
            .expect("the range goes on");
        let items = sealed_items("items", |file| {
            write_items(file, &chunk.items, Framing::Lines)
        });
        let launch = Launch {
            program: &self.program,
            args: &["true".into()],
            env: &self.env,
            dir: Path::new("/"),
            stdin: Some(items.expect("there is memory for them")),
            inherit: Some(self.lock.as_fd()),
        };
        let mut running = spawn(&launch).expect("it starts");
        drop(launch);
        let verdict = running.watch(self.wake.as_fd(), None, &|| false, &mut |_, _| {});
        assert_eq!(verdict.expect("it can be watched"), Verdict::Exited(0));
        let patience = Instant::now() + Duration::from_secs(60);
        running.reap(patience).expect("it can be waited for");
        self.cursor = chunk.next;
    }
}

/// Looked up once, as a command is at its submission.
fn path_of_true() -> PathBuf {
    which::which("true").expect("true is installed")
}
