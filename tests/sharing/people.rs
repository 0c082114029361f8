//! Users without accounts, and a place that all of them can reach.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) const ALICE: Who = Who(71_001, &[71_001, TEAM]);
pub(crate) const BOB: Who = Who(71_002, &[71_002, TEAM]);
pub(crate) const EVE: Who = Who(71_003, &[71_003]);
pub(crate) const ROOT: Who = Who(0, &[0]);
/// The group of Alice and Bob.
pub(crate) const TEAM: u32 = 71_100;

/// A uid and its groups, the first one its own.
#[derive(Clone, Copy)]
pub(crate) struct Who(pub(crate) u32, &'static [u32]);

/// A folder that everybody may pass through, with the program in it.
pub(crate) struct Town(TempDir);

impl Town {
    /// None for who can't become other users.
    pub(crate) fn new() -> Option<Self> {
        let can = nix::unistd::geteuid().is_root()
            && Command::new("setpriv").arg("--version").output().is_ok();
        if !can {
            eprintln!("skipped: becoming other users takes root and setpriv");
            return None;
        }
        let town = Self(tempfile::tempdir().unwrap());
        set_mode(town.0.path(), 0o755);
        let program = town.program();
        let built = env!("CARGO_BIN_EXE_longhaul");
        fs::hard_link(built, &program)
            .or_else(|_| fs::copy(built, &program).map(drop))
            .unwrap();
        for who in [ALICE, BOB, EVE] {
            let home = town.home(who);
            fs::create_dir(&home).unwrap();
            std::os::unix::fs::chown(&home, Some(who.0), Some(who.0)).unwrap();
            set_mode(&home, 0o755);
        }
        Some(town)
    }

    fn program(&self) -> PathBuf {
        self.path("longhaul")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where somebody may make things.
    pub(crate) fn home(&self, who: Who) -> PathBuf {
        self.path(&format!("home-{}", who.0))
    }

    /// The command line as somebody, with a umask that leaves nothing to others.
    pub(crate) fn longhaul(&self, who: Who, args: &[&str]) -> Command {
        let groups: Vec<String> = who.1.iter().map(u32::to_string).collect();
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", who.0))
            .arg(format!("--regid={}", who.1[0]))
            .arg(format!("--groups={}", groups.join(",")))
            .args(["--", "sh", "-c", r#"umask 077; exec "$@""#, "sh"])
            .arg(self.program())
            .args(args)
            .current_dir("/")
            .env_remove("LONGHAUL_STORE")
            .env("HOME", self.home(who))
            .env("XDG_STATE_HOME", self.home(who))
            .env("XDG_CONFIG_HOME", self.home(who))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the command line on a store to its end.
    #[track_caller]
    pub(crate) fn run(&self, who: Who, store: &Path, line: &str) -> Ran {
        self.run_args(who, store, &line.split(' ').collect::<Vec<_>>())
    }

    #[track_caller]
    pub(crate) fn run_args(&self, who: Who, store: &Path, args: &[&str]) -> Ran {
        let store = ["--store", store.to_str().unwrap()];
        Ran::of(
            &self
                .longhaul(who, &[&store, args].concat())
                .output()
                .unwrap(),
        )
    }

    /// Makes a store for a group.
    #[track_caller]
    pub(crate) fn shared(&self, who: Who, dir: &Path) {
        let args = ["init", "--group", "71100", dir.to_str().unwrap()];
        Ran::of(&self.longhaul(who, &args).output().unwrap()).succeeds();
    }

    /// Starts a worker, and waits until it works; it is killed once this is dropped.
    #[track_caller]
    pub(crate) fn worker(&self, who: Who, store: &Path) -> Running {
        let args = ["--store", store.to_str().unwrap(), "worker"];
        let mut command = self.longhaul(who, &args);
        let said = self.path(&format!("worker-of-{}", who.0));
        command
            .stdout(Stdio::null())
            .stderr(fs::File::create(&said).unwrap());
        let worker = Running(command.spawn().unwrap());
        wait_until("a worker that works", || {
            fs::read_to_string(&said).unwrap().contains(" works on ")
        });
        worker
    }
}

pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in says {
            assert!(self.stderr.contains(word), "{word}: {self:?}");
        }
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// All that is in a folder, itself included: name, owner, group, permission bits.
pub(crate) fn all_in(dir: &Path) -> Vec<(PathBuf, u32, u32, u32)> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(path) = left.pop() {
        let is = path.symlink_metadata().unwrap();
        if is.is_dir() {
            left.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
        found.push((path, is.uid(), is.gid(), is.mode() & 0o7777));
    }
    found
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
