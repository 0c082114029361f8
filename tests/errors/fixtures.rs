//! Stores in a bad way.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use longhaul_common::store::{Opening, Store};
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;
use redb::{ConcurrencyMode, Database, TableDefinition};

use crate::cli::{Place, program, set_mode, surroundings, wait_until};

const TOLD: &str = "LONGHAUL_TEST_STOPS_INSIDE";

/// Opens a database the way longhaul does.
pub(crate) fn open(database: &Path) -> Database {
    Database::builder()
        .set_concurrency_mode(ConcurrencyMode::MultiWriter)
        .open(database)
        .unwrap()
}

/// Raises the schema of a store beyond what this version knows.
pub(crate) fn raise_schema(place: &Place) {
    const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
    let database = open(&place.database());
    let txn = database.begin_write().unwrap();
    txn.open_table(COUNTERS)
        .unwrap()
        .insert("schema", 99)
        .unwrap();
    txn.commit().unwrap();
}

/// A database of another program in the place of a store's.
pub(crate) fn foreign(place: &Place) {
    const THEIRS: TableDefinition<'_, &str, &str> = TableDefinition::new("theirs");
    make_folder(place);
    let database = Database::create(place.database()).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(THEIRS)
        .unwrap()
        .insert("key", "value")
        .unwrap();
    txn.commit().unwrap();
    drop(database);
    set_mode(&place.database(), 0o600);
}

/// A store whose database holds this.
pub(crate) fn holding(place: &Place, content: &[u8]) {
    make_folder(place);
    fs::write(place.database(), content).unwrap();
    set_mode(&place.database(), 0o600);
}

pub(crate) fn make_folder(place: &Place) {
    fs::create_dir(place.store()).unwrap();
    set_mode(&place.store(), 0o700);
}

/// A store with a task, all of whose pages but the first were overwritten.
pub(crate) fn damaged(place: &Place) {
    place.submit(&["--name", "lost"]);
    let mut bytes = fs::read(place.database()).unwrap();
    bytes[4096..].fill(0xa5);
    fs::write(place.database(), bytes).unwrap();
}

/// A process that was stopped while it had the database open.
pub(crate) struct Stopped(Child);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    /// A write transaction.
    Write,
    /// Nothing: it only holds the database open.
    Nothing,
}

impl Stopped {
    pub(crate) fn inside(place: &Place, inside: Inside) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        surroundings(&mut command);
        let child = command
            .args([
                "--exact",
                "fixtures::stops_inside_the_database_when_told_to",
            ])
            .env(TOLD, place.database())
            .env(
                "LONGHAUL_TEST_WRITES",
                if inside == Inside::Write { "1" } else { "" },
            )
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let stopped = Self(child);
        wait_until("it is stopped", || stopped.state() == Some('T'));
        stopped
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    /// Lets it go on, to its end.
    pub(crate) fn continues(mut self) {
        send(self.pid(), Signal::SIGCONT);
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A worker process, killed when this is dropped.
pub(crate) struct Worker(Child);

impl Worker {
    /// Starts a worker, and waits until it has introduced itself.
    pub(crate) fn on(place: &Place, args: &[&str]) -> Self {
        let mut command = place.longhaul([&["worker"], args].concat());
        let worker = Self(command.stderr(Stdio::null()).spawn().unwrap());
        let store = Store::open(&place.store(), Opening::default()).unwrap();
        wait_until("the worker has introduced itself", || {
            let workers = store.workers().unwrap();
            workers.iter().any(|row| row.actor.pid == worker.pid())
        });
        worker
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

/// Does nothing in an ordinary run: the other half of [`Stopped`].
#[test]
fn stops_inside_the_database_when_told_to() {
    let Some(path) = std::env::var_os(TOLD) else {
        return;
    };
    let database = open(Path::new(&path));
    let writes = std::env::var("LONGHAUL_TEST_WRITES").is_ok_and(|set| !set.is_empty());
    let txn = writes.then(|| database.begin_write().unwrap());
    raise(Signal::SIGSTOP).unwrap();
    drop(txn);
}

/// The command line as a user who may read the store and not write to it.
pub(crate) fn as_reader(place: &Place, args: &[&str]) -> (Command, tempfile::TempDir) {
    use std::os::unix::process::CommandExt;
    restrict(place.path());
    // Where the build is another user may not come.
    let bin = tempfile::tempdir().unwrap();
    set_mode(bin.path(), 0o755);
    let ours = program().get_program().to_owned();
    let copy = bin.path().join("longhaul");
    fs::hard_link(&ours, &copy)
        .or_else(|_| fs::copy(&ours, &copy).map(drop))
        .unwrap();
    let mut command = Command::new(copy);
    surroundings(&mut command);
    if nix::unistd::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    command
        .current_dir("/")
        .arg("--store")
        .arg(place.store())
        .args(args);
    (command, bin)
}

/// Lets everybody read, and nobody write.
fn restrict(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            restrict(&path);
        } else {
            set_mode(&path, 0o444);
        }
    }
    set_mode(folder, 0o555);
}

/// Undoes [`as_reader`], so that the folder can be removed.
pub(crate) fn unrestrict(folder: &Path) {
    set_mode(folder, 0o700);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            unrestrict(&path);
        }
    }
}
