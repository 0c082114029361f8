//! A process that was stopped inside the database.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;
use redb::{ConcurrencyMode, Database};

use crate::harness::{World, wait_until};

const TOLD: &str = "LONGHAUL_TEST_STOPS_INSIDE";

/// It holds whoever wants to write, until it is let go.
pub(crate) struct Frozen(std::process::Child);

impl Frozen {
    #[track_caller]
    pub(crate) fn inside(world: &World) -> Self {
        let program = std::env::current_exe().expect("it is this test");
        let child = Command::new(program)
            .args(["--exact", "frozen::stops_inside_the_database_when_told_to"])
            .env(TOLD, world.store_dir().join("tasks.redb"))
            .stdout(Stdio::null())
            // A group whose shell ends is let go on by the kernel.
            .process_group(0)
            .spawn()
            .expect("the program starts");
        let frozen = Self(child);
        let stat = format!("/proc/{}/stat", frozen.pid());
        wait_until("it is stopped", || {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            stat.rsplit_once(") ")
                .is_some_and(|(_, rest)| rest.starts_with('T'))
        });
        frozen
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Lets it go on, to its end.
    pub(crate) fn continues(mut self) {
        let pid = i32::try_from(self.pid()).expect("process numbers are small");
        kill(Pid::from_raw(pid), Signal::SIGCONT).expect("it was not waited for yet");
        assert!(self.0.wait().expect("it is our child").success());
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does nothing in an ordinary run: the other half of [`Frozen`].
#[test]
fn stops_inside_the_database_when_told_to() {
    let Some(path) = std::env::var_os(TOLD) else {
        return;
    };
    let database = Database::builder()
        .set_concurrency_mode(ConcurrencyMode::MultiWriter)
        .open(Path::new(&path))
        .expect("it is a database");
    let txn = database.begin_write().expect("nobody else is in there");
    raise(Signal::SIGSTOP).expect("it can be stopped");
    drop(txn);
}
