use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use rustix::fs::inotify;

use super::*;
use crate::started_by_tests::{Started, holder_of, state, wait_until};

const SEVEN: WorkerNumber = WorkerNumber(7);

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn folder_and_file_are_made_for_their_owner_alone() {
    let store = tempfile::tempdir().unwrap();
    AliveFile::open(store.path()).unwrap();
    AliveFile::open(store.path()).unwrap();
    assert_eq!(mode(&store.path().join("alive")), 0o700);
    assert_eq!(mode(&store.path().join("alive/workers")), 0o600);
}

#[test]
fn links_and_folders_in_the_place_of_the_file_are_refused() {
    let store = tempfile::tempdir().unwrap();
    std::fs::create_dir(store.path().join("alive")).unwrap();
    let place = store.path().join("alive/workers");
    symlink("/etc/hostname", &place).unwrap();
    assert!(matches!(
        AliveFile::open(store.path()),
        Err(LockError::Io { operation: "open", path, .. }) if path == place
    ));
    std::fs::remove_file(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    assert!(AliveFile::open(store.path()).is_err());
    let linked = tempfile::tempdir().unwrap();
    symlink(store.path().join("alive"), linked.path().join("alive")).unwrap();
    assert!(AliveFile::open(linked.path()).is_err());
}

#[test]
fn a_worker_lives_while_its_lock_is_held_and_its_neighbours_do_not() {
    let store = tempfile::tempdir().unwrap();
    let file = AliveFile::open(store.path()).unwrap();
    let lock = AliveFile::hold(store.path(), SEVEN).unwrap();
    assert_eq!(lock.worker(), SEVEN);
    assert_eq!(file.probe(SEVEN).unwrap(), Liveness::Alive);
    assert_eq!(file.probe(WorkerNumber(6)).unwrap(), Liveness::Dead);
    assert_eq!(file.probe(SEVEN.next()).unwrap(), Liveness::Dead);
    drop(lock);
    assert_eq!(file.probe(SEVEN).unwrap(), Liveness::Dead);
}

#[test]
fn a_number_that_is_held_is_refused() {
    let store = tempfile::tempdir().unwrap();
    let _lock = AliveFile::hold(store.path(), SEVEN).unwrap();
    assert!(matches!(
        AliveFile::hold(store.path(), SEVEN),
        Err(LockError::Held { worker: SEVEN, .. })
    ));
    AliveFile::hold(store.path(), SEVEN.next()).unwrap();
}

#[test]
fn a_number_without_a_byte_is_refused() {
    let store = tempfile::tempdir().unwrap();
    let file = AliveFile::open(store.path()).unwrap();
    for number in [i64::MAX.unsigned_abs(), u64::MAX] {
        assert!(matches!(
            file.probe(WorkerNumber(number)),
            Err(LockError::WorkerOutOfRange { .. })
        ));
    }
}

#[test]
fn holders_are_found_with_their_condition_and_probers_are_not() {
    let store = tempfile::tempdir().unwrap();
    let file = AliveFile::open(store.path()).unwrap();
    let _own = AliveFile::hold(store.path(), SEVEN).unwrap();
    let other = holder_of(&store.path().join("alive/workers"), 3, None);
    let signal = |name: &str| {
        let mut kill = Command::new("kill");
        let sent = kill.args([name, &other.pid().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    let expected = |condition| {
        [
            Holder {
                pid: other.pid(),
                worker: WorkerNumber(3),
                condition,
            },
            Holder {
                pid: ProcessId::of_self(),
                worker: SEVEN,
                condition: Condition::Running,
            },
        ]
    };
    // Our own main thread may wait for its disk at any instant.
    let found = |condition| {
        let mut holders = file.holders().unwrap();
        for own in holders.iter_mut().filter(|one| one.worker == SEVEN) {
            own.condition = Condition::Running;
        }
        holders == expected(condition)
    };
    wait_until("it runs", || found(Condition::Running));
    signal("-STOP");
    wait_until("it is stopped", || state(other.pid()) == Some(b'T'));
    assert!(found(Condition::Stopped));
    let one = |worker, pid: ProcessId| file.condition(worker, pid.as_u32());
    assert_eq!(one(WorkerNumber(3), other.pid()), Some(Condition::Stopped));
    assert_eq!(one(SEVEN, other.pid()), None);
    assert_eq!(file.probe(WorkerNumber(3)).unwrap(), Liveness::Alive);
    signal("-KILL");
    wait_until("it is dead", || {
        file.probe(WorkerNumber(3)).unwrap() == Liveness::Dead
    });
    assert_eq!(file.holders().unwrap().len(), 1);
}

#[test]
fn children_of_a_worker_do_not_hold_its_lock() {
    let store = tempfile::tempdir().unwrap();
    let file = AliveFile::open(store.path()).unwrap();
    let lock = AliveFile::hold(store.path(), SEVEN).unwrap();
    let child = Started::by(Command::new("sleep").arg("600"));
    assert!(
        file.holders()
            .unwrap()
            .iter()
            .all(|one| one.pid != child.pid())
    );
    drop(lock);
    assert_eq!(file.probe(SEVEN).unwrap(), Liveness::Dead);
}

#[test]
fn only_the_end_of_a_worker_is_an_event_of_closing() {
    let store = tempfile::tempdir().unwrap();
    AliveFile::open(store.path()).unwrap();
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC);
    let watch = watch.unwrap();
    let folder = store.path().join("alive");
    inotify::add_watch(&watch, folder, inotify::WatchFlags::CLOSE_WRITE).unwrap();
    let has_event = || {
        let mut room = [std::mem::MaybeUninit::uninit(); 512];
        inotify::Reader::new(&watch, &mut room).next().is_ok()
    };
    let file = AliveFile::open(store.path()).unwrap();
    let lock = AliveFile::hold(store.path(), SEVEN).unwrap();
    file.probe(SEVEN).unwrap();
    file.holders().unwrap();
    drop(AliveFile::open(store.path()).unwrap());
    drop(file);
    assert!(!has_event());
    drop(lock);
    wait_until("the end is an event", has_event);
}
