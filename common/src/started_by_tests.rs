//! Processes that tests start, and conditions they wait for.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Handle, ProcessDir, ProcessId, Sight};

const DEADLINE: Duration = Duration::from_secs(10);

/// Waits until something is so, and fails after 10 s.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < DEADLINE, "not so after 10 s: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A child, and what it said it started, all killed when this is dropped.
pub(crate) struct Started {
    pub(crate) child: Child,
    others: Vec<(ProcessId, Handle)>,
}

impl Started {
    pub(crate) fn by(command: &mut Command) -> Self {
        let child = command.spawn().unwrap();
        let others = Vec::new();
        Self { child, others }
    }

    /// Starts a command that prints the pid of a process it started.
    pub(crate) fn with_grandchild(command: &mut Command) -> Self {
        let mut started = Self::by(command.stdout(Stdio::piped()));
        let mut line = String::new();
        let out = started.child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let pid = ProcessId::from(line.trim().parse::<u32>().unwrap());
        started
            .others
            .push((pid, Handle::open(pid).unwrap().unwrap()));
        started
    }

    pub(crate) fn pid(&self) -> ProcessId {
        self.child.id().into()
    }

    pub(crate) fn grandchild(&self) -> ProcessId {
        self.others[0].0
    }

    /// Whether the grandchild has ended.
    pub(crate) fn grandchild_is_dead(&self) -> bool {
        self.others[0].1.ends_within(Duration::ZERO).unwrap()
    }

    pub(crate) fn is_dead(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        for (_, handle) in &self.others {
            let _ = handle.kill();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program a process runs, once it has reached its exec.
pub(crate) fn runs(pid: ProcessId, program: &str) -> bool {
    match ProcessDir::open(pid).unwrap() {
        Sight::Seen(process) => process.name().unwrap() == program,
        Sight::Gone | Sight::Refused => false,
    }
}

/// The state letter of a process.
pub(crate) fn state(pid: ProcessId) -> Option<u8> {
    let Sight::Seen(process) = ProcessDir::open(pid).unwrap() else {
        return None;
    };
    match process.stat().unwrap() {
        Sight::Seen(stat) => Some(stat.state),
        Sight::Gone | Sight::Refused => None,
    }
}

/// A Python process that holds an exclusive lock on one byte of a file, and a shared one on another.
pub(crate) fn holder_of(file: &Path, exclusive: i64, shared: Option<i64>) -> Started {
    const SCRIPT: &str = "
import fcntl, os, struct, sys, time
def lock(byte, kind):
    file = os.open(sys.argv[1], os.O_RDWR)
    fcntl.fcntl(file, 37, struct.pack('hhqqi4x', kind, 0, byte, 1, 0))
lock(int(sys.argv[2]), fcntl.F_WRLCK)
if sys.argv[3]: lock(int(sys.argv[3]), fcntl.F_RDLCK)
print(os.getpid(), flush=True)
time.sleep(600)
";
    Started::with_grandchild(
        Command::new("python3")
            .args(["-c", SCRIPT])
            .arg(file)
            .arg(exclusive.to_string())
            .arg(shared.map(|byte| byte.to_string()).unwrap_or_default()),
    )
}
