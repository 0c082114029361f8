use std::os::unix::fs::{FileExt, PermissionsExt};
use std::process::{Command, Stdio};

use super::*;
use crate::process::ProcessId;
use crate::started_by_tests::{Started, wait_until};

const TASK: TaskNumber = TaskNumber(3);

fn store() -> (tempfile::TempDir, BatchLocks) {
    let store = tempfile::tempdir().unwrap();
    let locks = BatchLocks::open(store.path()).unwrap();
    (store, locks)
}

fn child_with(lock: &BatchLock) -> Started {
    let inherited = lock.as_fd().try_clone_to_owned().unwrap();
    Started::by(
        Command::new("sleep")
            .arg("600")
            .stdin(Stdio::from(inherited)),
    )
}

#[test]
fn folder_and_file_are_made_for_their_owner_alone() {
    let (store, _locks) = store();
    let mode = |path| {
        let metadata = store.path().join(path).metadata().unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("locks"), 0o700);
    assert_eq!(mode("locks/batches"), 0o600);
}

#[test]
fn two_batches_of_a_slot_never_overlap() {
    let (store, locks) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    assert_eq!((lock.task(), lock.slot()), (TASK, 0));
    assert!(locks.lock(TASK, 0).unwrap().is_none());
    let other_worker = BatchLocks::open(store.path()).unwrap();
    assert!(other_worker.lock(TASK, 0).unwrap().is_none());
    assert!(!other_worker.is_free(TASK, 0).unwrap());
    assert!(!locks.is_free(TASK, 0).unwrap());
    lock.unlock().unwrap();
    assert!(locks.is_free(TASK, 0).unwrap());
    assert!(locks.lock(TASK, 0).unwrap().is_some());
}

#[test]
fn other_slots_and_tasks_are_free() {
    let (_store, locks) = store();
    let _lock = locks.lock(TASK, 65_535).unwrap().unwrap();
    assert!(locks.lock(TASK, 65_534).unwrap().is_some());
    assert!(locks.lock(TASK.next(), 0).unwrap().is_some());
}

#[test]
fn a_child_that_inherited_the_descriptor_keeps_the_lock() {
    let (_store, locks) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let mut child = child_with(&lock);
    drop(lock);
    assert!(!locks.is_free(TASK, 0).unwrap());
    child.child.kill().unwrap();
    wait_until("the lock is free", || locks.is_free(TASK, 0).unwrap());
}

#[test]
fn unlocking_frees_the_lock_although_a_child_keeps_the_descriptor() {
    let (_store, locks) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let mut child = child_with(&lock);
    lock.unlock().unwrap();
    assert!(locks.is_free(TASK, 0).unwrap());
    let _next = locks.lock(TASK, 0).unwrap().unwrap();
    assert!(!child.is_dead());
}

#[test]
fn a_child_that_was_not_given_the_descriptor_does_not_keep_the_lock() {
    let (_store, locks) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let _child = Started::by(Command::new("sleep").arg("600"));
    drop(lock);
    // Children other tests are starting hold copies until their exec.
    wait_until("the lock is free", || locks.is_free(TASK, 0).unwrap());
}

#[test]
fn a_task_without_a_byte_is_refused() {
    let (_store, locks) = store();
    for number in [i64::MAX.unsigned_abs() / SLOTS + 1, u64::MAX] {
        let task = TaskNumber(number);
        let refused = |result| matches!(result, Err(LockError::TaskOutOfRange { .. }));
        assert!(refused(locks.lock(task, 0).map(|_| ())));
        assert!(refused(locks.is_free(task, 0).map(|_| ())));
        assert!(refused(locks.read_record(task, 0).map(|_| ())));
    }
    let last = TaskNumber(i64::MAX.unsigned_abs() / SLOTS);
    assert!(locks.lock(last, 0).unwrap().is_some());
    // That one would be the byte of those who start batches.
    assert!(locks.lock(last, 65_534).is_err());
}

#[test]
fn a_record_comes_back_as_it_was_written_and_for_its_task_alone() {
    let (_store, locks) = store();
    assert_eq!(locks.read_record(TASK, 0).unwrap(), None);
    let record = BatchRecord::of_process(ProcessId::of_self()).unwrap();
    locks.write_record(TASK, 0, &record).unwrap();
    assert_eq!(locks.read_record(TASK, 0).unwrap(), Some(record));
    assert_eq!(locks.read_record(TaskNumber(2), 0).unwrap(), None);
    assert_eq!(locks.read_record(TASK.next(), 0).unwrap(), None);
    assert!(record.is_of_here().unwrap());
}

#[test]
fn a_torn_record_reads_as_none() {
    let (store, locks) = store();
    let record = BatchRecord::of_process(ProcessId::of_self()).unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(store.path().join("locks/batches"))
        .unwrap();
    for byte in 0..BatchRecord::SIZE {
        locks.write_record(TASK, 0, &record).unwrap();
        let changed = record.encode(TASK)[byte] ^ 0x40;
        let place = TASK.0 * 64 + byte as u64;
        file.write_all_at(&[changed], place).unwrap();
        assert_eq!(locks.read_record(TASK, 0).unwrap(), None, "byte {byte}");
    }
    file.set_len(TASK.0 * 64 + 63).unwrap();
    assert_eq!(locks.read_record(TASK, 0).unwrap(), None);
}

#[test]
fn a_record_describes_a_child_even_when_it_has_ended() {
    let mut child = Started::by(&mut Command::new("true"));
    wait_until("it has ended", || {
        crate::started_by_tests::state(child.pid()) == Some(b'Z')
    });
    let record = BatchRecord::of_process(child.pid()).unwrap();
    assert_eq!(record.pid, child.pid());
    assert!(record.start_time > 0);
    child.child.wait().unwrap();
    assert!(BatchRecord::of_process(child.pid()).is_err());
}
