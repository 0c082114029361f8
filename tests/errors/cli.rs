//! Runs the command line, and holds its errors to the contract.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use longhaul_common::store::{Opening, Store};
use serde_json::Value;
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
    let mut status = None;
    while began.elapsed() < DEADLINE && status.is_none() {
        status = child.try_wait().unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("{command:?} did not end within 10 s");
    }
    Ran {
        code: status.and_then(|status| status.code()),
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
        took: began.elapsed(),
    }
}

fn text(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.is_clean();
        self
    }

    /// An error for people: the exit code, nothing on standard output, and a message in which each
    /// of `says` occurs.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(self.stderr.starts_with("longhaul: "), "{self:?}");
        for text in says {
            assert!(self.stderr.contains(text), "{text:?} is not in {self:?}");
        }
        self.is_clean();
    }

    /// The same for programs; gives its message and hint.
    #[track_caller]
    pub(crate) fn fails_in_json(&self, code: i32, word: &str) -> (String, Option<String>) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        self.is_clean();
        let error: Value = serde_json::from_str(&self.stderr).unwrap_or_else(|error| {
            panic!("{error}: {self:?}");
        });
        let error = error.get("error").unwrap();
        assert_eq!(error["code"], word, "{self:?}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty(), "{self:?}");
        assert!(error.get("hint").is_some(), "{self:?}");
        (
            message.to_owned(),
            error["hint"].as_str().map(ToOwned::to_owned),
        )
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

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        path
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

    /// What a store that is in order holds. An open store may tidy its file up, so that is not
    /// compared by its bytes.
    fn holdings(&self) -> Holdings {
        let mut everything = self.everything();
        everything
            .get_mut(&self.database())
            .expect("a store has a database")
            .1
            .clear();
        let store = Store::open(&self.store(), Opening::default()).unwrap();
        let all = store.list(usize::MAX, |_| true).unwrap();
        Holdings {
            everything,
            last_event: store.event_span().unwrap().1.0,
            rows: format!("{:?}", all.rows),
        }
    }

    /// That a command is refused, both to people and to programs, and changes nothing at all.
    #[track_caller]
    pub(crate) fn refuses<A: AsRef<OsStr> + Copy>(
        &self,
        args: &[A],
        code: i32,
        word: &str,
        says: &[&str],
    ) {
        let before = self.everything();
        ran(&mut self.longhaul(args)).fails(code, says);
        ran(&mut self.longhaul(args_with_json(args))).fails_in_json(code, word);
        assert!(before == self.everything(), "something was written");
    }

    /// The same on a store that is in order.
    #[track_caller]
    pub(crate) fn refuses_on_a_store<A: AsRef<OsStr> + Copy>(
        &self,
        args: &[A],
        code: i32,
        word: &str,
        says: &[&str],
    ) {
        let before = self.holdings();
        ran(&mut self.longhaul(args)).fails(code, says);
        ran(&mut self.longhaul(args_with_json(args))).fails_in_json(code, word);
        assert_eq!(before, self.holdings());
    }

    /// That a request on one task is refused: to people as an error, to programs as its result.
    #[track_caller]
    pub(crate) fn refuses_request(&self, args: &[&str], says: &[&str]) {
        let before = self.holdings();
        ran(&mut self.longhaul(args)).fails(3, says);
        let asked = ran(&mut self.longhaul(args_with_json(args)));
        assert_eq!(asked.code, Some(3), "{asked:?}");
        asked.is_clean();
        let results: Value = serde_json::from_str(&asked.stdout).unwrap();
        assert!(results[0]["refused"].is_string(), "{asked:?}");
        assert_eq!(before, self.holdings());
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Holdings {
    everything: BTreeMap<PathBuf, (u32, Vec<u8>)>,
    last_event: u64,
    rows: String,
}

/// The option comes first, so that it is heard whatever is wrong with the rest.
fn args_with_json<A: AsRef<OsStr>>(args: &[A]) -> Vec<&OsStr> {
    let mut all = vec![OsStr::new("--json")];
    all.extend(args.iter().map(AsRef::as_ref));
    all
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
