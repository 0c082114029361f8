//! Runs the command line in a place of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

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

/// The command line, with backtraces asked for and no store named by its surroundings.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longhaul"));
    surroundings(&mut command);
    command
}

pub(crate) fn surroundings(command: &mut Command) {
    for name in ["LONGHAUL_STORE", "XDG_STATE_HOME", "HOME", "SSH_CLIENT"] {
        command.env_remove(name);
    }
    command
        .env("RUST_BACKTRACE", "1")
        .env("RUST_LIB_BACKTRACE", "1")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs a command to its end, at most for 10 s.
#[track_caller]
pub(crate) fn ran(command: &mut Command) -> Ran {
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (out, err) = (text(out), text(err));
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < DEADLINE => {
                std::thread::sleep(Duration::from_millis(1));
            }
            ended => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{command:?} did not end within 10 s: {ended:?}");
            }
        }
    };
    Ran {
        code: status.code(),
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
        took: began.elapsed(),
    }
}

fn text(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).expect("what is printed is UTF-8")
    })
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.is_clean();
        self
    }

    /// Neither backtrace nor panic, nor a byte that a terminal would take for a command.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        for sign in [
            "panicked",
            "backtrace",
            "BACKTRACE",
            ".rs:",
            "Location:",
            "stack",
            "Error:",
        ] {
            assert!(!self.stderr.contains(sign), "{sign:?} is in {self:?}");
        }
        for text in [&self.stdout, &self.stderr] {
            let hostile = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(hostile, None, "{self:?}");
        }
    }
}

/// A folder for one test, with room for a store in it.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where the store is, or would be.
    pub(crate) fn store(&self) -> PathBuf {
        self.path().join("store")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.store().join("tasks.redb")
    }

    /// The command line on this store.
    pub(crate) fn longhaul<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = program();
        command
            .current_dir(self.path())
            .arg("--store")
            .arg(self.store())
            .args(args);
        command
    }

    /// Submits a task and gives its id.
    #[track_caller]
    pub(crate) fn submit(&self, options: &[&str]) -> String {
        let args = [&["submit"], options, &["--", "true"]].concat();
        let submitted = ran(&mut self.longhaul(args));
        submitted.succeeds();
        submitted.stdout.trim().to_owned()
    }

    /// Everything below the folder: paths, kinds, modes and contents.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        collect(self.path(), &mut found);
        found
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let content = if metadata.is_file() {
            fs::read(&path).unwrap_or_default()
        } else {
            Vec::new()
        };
        found.insert(path.clone(), (metadata.permissions().mode(), content));
        if metadata.is_dir() {
            collect(&path, found);
        }
    }
}

/// Changes the permission bits of a path.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
