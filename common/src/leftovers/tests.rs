mod refused;

use std::os::fd::AsFd;
use std::process::{Command, Stdio};

use super::*;
use crate::batch_lock::{BatchRecord, CONTROLLER_BYTE};
use crate::id::{BatchNumber, TaskId, batch_key};
use crate::started_by_tests::{Started, holder_of, runs, state, wait_until};

const TASK: TaskNumber = TaskNumber(3);

/// A store, and a key that no other test's processes bear.
fn store() -> (tempfile::TempDir, BatchLocks, String) {
    let store = tempfile::tempdir().unwrap();
    let locks = BatchLocks::open(store.path()).unwrap();
    (store, locks, batch_key(TaskId::new(), BatchNumber(12)))
}

fn batch<'a>(locks: &'a BatchLocks, keys: &'a [&'a str]) -> Batch<'a> {
    Batch {
        locks,
        task: TASK,
        slot: 0,
        keys,
        spare: &[],
    }
}

fn command_with(lock: &BatchLock, program: &str) -> Command {
    let inherited = lock.as_fd().try_clone_to_owned().unwrap();
    let mut command = Command::new(program);
    command.stdin(Stdio::from(inherited));
    command
}

fn sleeper(key: &str) -> Started {
    let mut command = Command::new("sleep");
    let started = Started::by(command.arg("600").env(BATCH_KEY_VARIABLE, key));
    wait_until("it sleeps", || runs(started.pid(), "sleep"));
    started
}

/// Clears within 10 s, whoever stands in the way.
#[track_caller]
fn cleared(batch: &Batch<'_>, held: Option<BatchLock>) -> Vec<Process> {
    let cleared = clear(batch, held, |stubborn| {
        if stubborn.waited < Duration::from_secs(10) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })
    .unwrap();
    assert_eq!((cleared.lock.task(), cleared.lock.slot()), (TASK, 0));
    assert!(!batch.locks.is_free(TASK, 0).unwrap());
    cleared.killed
}

fn evidence(killed: &[Process], pid: ProcessId) -> Option<Evidence> {
    let one = killed.iter().find(|one| one.pid == pid)?;
    Some(one.evidence)
}

#[test]
fn a_batch_that_left_nothing_is_cleared_at_once() {
    let (_store, locks, key) = store();
    assert_eq!(cleared(&batch(&locks, &[&key]), None), []);
    let held = locks.lock(TASK, 0).unwrap();
    assert_eq!(cleared(&batch(&locks, &[&key]), held), []);
}

#[test]
fn a_grandchild_in_its_own_session_is_found_by_its_key_alone() {
    let (_store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let mut started = Started::with_grandchild(
        command_with(&lock, "sh")
            .args(["-c", "setsid sleep 600 </dev/null >/dev/null & echo $!"])
            .env(BATCH_KEY_VARIABLE, &key),
    );
    started.child.wait().unwrap();
    drop(lock);
    let killed = cleared(&batch(&locks, &[&key]), None);
    assert_eq!(evidence(&killed, started.grandchild()), Some(Evidence::Key));
    assert_eq!(killed.len(), 1);
    assert!(started.grandchild_is_dead());
}

#[test]
fn a_grandchild_without_environment_is_found_by_its_descriptor_alone() {
    let (_store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let script = "exec 3<&0; env -i setsid sleep 600 <&3 >/dev/null & echo $!";
    let mut started = Started::with_grandchild(
        command_with(&lock, "sh")
            .args(["-c", script])
            .env(BATCH_KEY_VARIABLE, &key),
    );
    started.child.wait().unwrap();
    wait_until("it sleeps", || runs(started.grandchild(), "sleep"));
    drop(lock);
    let killed = cleared(&batch(&locks, &[&key]), None);
    assert_eq!(killed.len(), 1);
    assert_eq!(killed[0].name, "sleep");
    assert_eq!(killed[0].evidence, Evidence::Lock);
    assert!(started.grandchild_is_dead());
}

#[test]
fn a_child_of_a_python_that_closed_its_descriptors_is_found() {
    let (_store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let script = "import subprocess as s; \
        c = s.Popen(['sleep', '600'], stdin=s.DEVNULL, stdout=s.DEVNULL, start_new_session=True); \
        print(c.pid, flush=True); c.wait()";
    let mut started = Started::with_grandchild(
        command_with(&lock, "python3")
            .args(["-c", script])
            .env(BATCH_KEY_VARIABLE, &key),
    );
    let killed = cleared(&batch(&locks, &[&key]), Some(lock));
    assert!(evidence(&killed, started.pid()).is_some());
    assert_eq!(evidence(&killed, started.grandchild()), Some(Evidence::Key));
    assert!(started.grandchild_is_dead());
    assert!(started.is_dead());
}

#[test]
fn a_caller_that_holds_the_lock_clears_those_who_share_it() {
    let (_store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let mut child = Started::by(command_with(&lock, "sleep").arg("600").env_clear());
    wait_until("it sleeps", || runs(child.pid(), "sleep"));
    let killed = cleared(&batch(&locks, &[&key]), Some(lock));
    assert_eq!(evidence(&killed, child.pid()), Some(Evidence::Lock));
    assert!(child.is_dead());
}

#[test]
fn bystanders_whose_keys_only_look_alike_are_spared() {
    let (_store, locks, key) = store();
    let mut bystanders = [
        sleeper(&key[..key.len() - 1]),
        sleeper(&format!("{key}3")),
        sleeper(&format!("x{key}")),
        Started::by(
            Command::new("sleep")
                .arg("600")
                .env("NOTE", format!("{BATCH_KEY_VARIABLE}={key}")),
        ),
        Started::by(
            Command::new("sleep")
                .arg("600")
                .env(format!("X{BATCH_KEY_VARIABLE}"), &key),
        ),
    ];
    assert_eq!(cleared(&batch(&locks, &[&key]), None), []);
    for bystander in &mut bystanders {
        assert!(!bystander.is_dead());
    }
}

#[test]
fn a_daemon_of_a_finished_batch_is_spared() {
    let (_store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let mut daemon = Started::by(
        command_with(&lock, "sleep")
            .arg("600")
            .env(BATCH_KEY_VARIABLE, "another:11"),
    );
    lock.unlock().unwrap();
    assert_eq!(cleared(&batch(&locks, &[&key]), None), []);
    assert!(!daemon.is_dead());
}

#[test]
fn a_holder_of_another_slot_is_spared() {
    let (_store, locks, key) = store();
    let other = locks.lock(TASK, 1).unwrap().unwrap();
    let mut child = Started::by(command_with(&other, "sleep").arg("600"));
    assert_eq!(cleared(&batch(&locks, &[&key]), None), []);
    assert!(!child.is_dead());
}

#[test]
fn zombies_count_as_dead() {
    let (_store, locks, key) = store();
    let mut command = Command::new("true");
    let zombie = Started::by(command.env(BATCH_KEY_VARIABLE, &key));
    wait_until("it is a zombie", || state(zombie.pid()) == Some(b'Z'));
    let record = BatchRecord::of_process(zombie.pid()).unwrap();
    locks.write_record(TASK, 0, &record).unwrap();
    assert_eq!(find(&batch(&locks, &[&key])).unwrap(), []);
    assert_eq!(cleared(&batch(&locks, &[&key]), None), []);
}

#[test]
fn a_stopped_process_is_killed() {
    let (_store, locks, key) = store();
    let mut child = sleeper(&key);
    let pid = child.pid().to_string();
    let stopped = Command::new("kill").args(["-STOP", &pid]).status();
    assert!(stopped.unwrap().success());
    wait_until("it is stopped", || state(child.pid()) == Some(b'T'));
    assert_eq!(cleared(&batch(&locks, &[&key]), None).len(), 1);
    assert!(child.is_dead());
}

#[test]
fn a_process_whose_first_thread_has_ended_is_killed() {
    let (_store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let script = "import ctypes, threading, time; \
        threading.Thread(target=time.sleep, args=(600,)).start(); \
        ctypes.CDLL(None).syscall(60, 0)";
    let mut child = Started::by(
        command_with(&lock, "python3")
            .args(["-c", script])
            .env_clear(),
    );
    wait_until("its first thread has ended", || {
        state(child.pid()) == Some(b'Z')
    });
    assert!(!child.is_dead());
    drop(lock);
    let killed = cleared(&batch(&locks, &[&key]), None);
    assert_eq!(evidence(&killed, child.pid()), Some(Evidence::Lock));
    assert!(child.is_dead());
}

#[test]
fn a_recorded_process_is_killed_although_it_dropped_descriptor_and_environment() {
    let (_store, locks, key) = store();
    let mut child = Started::by(Command::new("sleep").arg("600").env_clear());
    wait_until("it sleeps", || runs(child.pid(), "sleep"));
    let mut record = BatchRecord::of_process(child.pid()).unwrap();
    for stale in [
        BatchRecord {
            start_time: record.start_time - 1,
            ..record
        },
        BatchRecord {
            boot_id: uuid::Uuid::nil(),
            ..record
        },
        BatchRecord {
            pid_namespace: 1,
            ..record
        },
    ] {
        locks.write_record(TASK, 0, &stale).unwrap();
        assert_eq!(find(&batch(&locks, &[&key])).unwrap(), []);
    }
    record.session = ProcessId::from(1);
    locks.write_record(TASK, 0, &record).unwrap();
    let killed = cleared(&batch(&locks, &[&key]), None);
    assert_eq!(evidence(&killed, child.pid()), Some(Evidence::Record));
    assert!(child.is_dead());
}

#[test]
fn a_chain_of_forks_does_not_outrun_the_clearing() {
    let (store, locks, key) = store();
    let script = store.path().join("chain");
    std::fs::write(&script, "sh \"$0\" </dev/null &\n").unwrap();
    for _ in 0..10 {
        let mut command = Command::new("sh");
        let mut chain = Started::by(command.arg(&script).env(BATCH_KEY_VARIABLE, &key));
        wait_until("the first link has ended", || chain.is_dead());
        cleared(&batch(&locks, &[&key]), None);
        assert_eq!(find(&batch(&locks, &[&key])).unwrap(), []);
    }
}

#[test]
fn finding_kills_nobody_and_names_each() {
    let (_store, locks, key) = store();
    let mut batch_process = sleeper(&key);
    let hook_key = format!("{key}:cleanup");
    let mut hook = sleeper(&hook_key);
    let mut spared = sleeper(&key);
    let spare = [spared.pid()];
    let keys = [key.as_str(), hook_key.as_str()];
    let batch = Batch {
        spare: &spare,
        ..batch(&locks, &keys)
    };
    let mut expected = [&batch_process, &hook].map(|one| Process {
        pid: one.pid(),
        name: "sleep".to_owned(),
        evidence: Evidence::Key,
    });
    expected.sort_by_key(|one| one.pid);
    assert_eq!(find(&batch).unwrap(), expected);
    assert!(!batch_process.is_dead() && !hook.is_dead());
    assert_eq!(cleared(&batch, None).len(), 2);
    assert!(batch_process.is_dead() && hook.is_dead() && !spared.is_dead());
}

#[test]
fn another_process_that_clears_is_waited_for_and_named() {
    let (store, locks, key) = store();
    let byte = locks.byte_of(TASK, 0).unwrap();
    let mut other = holder_of(
        &store.path().join("locks/batches"),
        byte,
        Some(CONTROLLER_BYTE),
    );
    let mut calls = Vec::new();
    let result = clear(&batch(&locks, &[&key]), None, |stubborn| {
        calls.push(stubborn.clone());
        if calls.len() < 3 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let Err(ClearError::GivenUp(given_up)) = result else {
        panic!("the lock is not ours");
    };
    assert!(given_up.lock.is_none());
    assert_eq!(given_up.killed, []);
    assert_eq!(calls[0].survivors.len(), 1);
    assert_eq!(calls[0].survivors[0].process.pid, other.pid());
    assert_eq!(calls[0].survivors[0].reason, Survival::Spared);
    assert!(calls[0].waited >= FIRST_REPORT);
    let second = calls[1].waited - calls[0].waited;
    let third = calls[2].waited - calls[1].waited;
    assert!(second >= 2 * FIRST_REPORT && third >= 4 * FIRST_REPORT);
    assert!(!other.is_dead());
    let message = ClearError::GivenUp(given_up).to_string();
    assert!(message.contains(&other.pid().to_string()), "{message}");
}

#[test]
fn the_end_of_another_process_that_clears_is_noticed() {
    let (store, locks, key) = store();
    let byte = locks.byte_of(TASK, 0).unwrap();
    let mut other = holder_of(
        &store.path().join("locks/batches"),
        byte,
        Some(CONTROLLER_BYTE),
    );
    let cleared = clear(&batch(&locks, &[&key]), None, |_| {
        other.child.kill().unwrap();
        ControlFlow::Continue(())
    });
    assert_eq!(cleared.unwrap().killed, []);
}

#[test]
fn a_holder_that_can_not_be_seen_is_waited_for() {
    let (_store, locks, key) = store();
    // Our own process is never looked at: it stands for one of another PID namespace.
    let mut unseen = locks.lock(TASK, 0).unwrap();
    let cleared = clear(&batch(&locks, &[&key]), None, |stubborn| {
        assert_eq!(stubborn.survivors, []);
        assert!(stubborn.to_string().contains("can't be seen"));
        unseen.take();
        ControlFlow::Continue(())
    });
    assert!(cleared.is_ok());
}

#[test]
fn children_on_their_way_to_another_program_are_spared() {
    let (_store, locks, key) = store();
    let mut lock = locks.lock(TASK, 0).unwrap();
    let ended = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let starts = scope.spawn(|| {
            let failed = (0..300).find(|_| !Command::new("true").status().unwrap().success());
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
            failed
        });
        while !ended.load(std::sync::atomic::Ordering::Relaxed) {
            let cleared = clear(&batch(&locks, &[&key]), lock, |_| ControlFlow::Continue(()));
            let cleared = cleared.unwrap();
            assert_eq!(cleared.killed, []);
            lock = Some(cleared.lock);
        }
        assert_eq!(starts.join().unwrap(), None);
    });
}

#[test]
fn of_many_processes_the_first_few_are_named_and_the_others_counted() {
    let all: Vec<Process> = (1..=7_u32)
        .map(|pid| Process {
            pid: pid.into(),
            name: "sh\u{1b}".into(),
            evidence: Evidence::Lock,
        })
        .collect();
    assert_eq!(roll(&all[..2]), r"1 (sh\u{1b}), 2 (sh\u{1b})");
    assert!(roll(&all).ends_with(r", 5 (sh\u{1b}) and 2 more"));
}
