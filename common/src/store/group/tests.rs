use std::sync::{Arc, Barrier, mpsc};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Group, lock};
use crate::bell::Bells;
use crate::event::{Event, What};
use crate::id::TaskNumber;
use crate::store::contain::contain;
use crate::store::error::StoreError;
use crate::store::handle::{Absent, Access, Handle};
use crate::store::row_name::RowName;
use crate::store::schema::{COUNTER_EVENT, EVENTS};
use crate::store::tx::{Reads, Tx, View, Witness, decode};

const DEADLINE: Duration = Duration::from_secs(10);

fn group() -> (TempDir, Arc<Group>) {
    let folder = tempfile::tempdir().unwrap();
    let handle = Arc::new(Handle::open(folder.path(), Absent::Create, Access::Write).unwrap());
    (folder, Arc::new(Group::new(handle, Bells::silent())))
}

fn event(tx: &Tx<'_>, task: u64) -> Result<(), StoreError> {
    tx.append(Event::of(TaskNumber(task), What::Killed, tx.now))?;
    Ok(())
}

/// The tasks of the events that a fresh handle finds.
fn found(folder: &TempDir) -> Vec<u64> {
    let handle = Handle::open(folder.path(), Absent::Refuse, Access::Write).unwrap();
    handle
        .view(|view| {
            let last = view.counter(COUNTER_EVENT)?;
            (1..=last)
                .map(|number| {
                    let event = view.record(&EVENTS, number)?.expect("no gap");
                    Ok(event.task.unwrap().0)
                })
                .collect()
        })
        .unwrap()
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < DEADLINE, "{what} did not happen in time");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

type Work = Box<dyn FnMut(&Tx<'_>) -> Result<(), StoreError> + Send>;
type Caller = JoinHandle<Result<ThreadId, StoreError>>;

/// Has all of `work` wait behind a leader that can't begin, then lets them go as one group. Gives
/// for each the thread it was carried out on.
fn together(group: &Arc<Group>, work: Vec<Work>) -> Vec<Result<ThreadId, StoreError>> {
    let (go, held) = mpsc::channel::<()>();
    let (started, starts) = mpsc::channel();
    let theirs = Arc::clone(group);
    let leader = std::thread::spawn(move || {
        theirs.commit(move |_| {
            started.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        })
    });
    starts.recv_timeout(DEADLINE).unwrap();
    let mut callers: Vec<Caller> = Vec::new();
    for mut work in work {
        let theirs = Arc::clone(group);
        let waiting = callers.len();
        callers.push(std::thread::spawn(move || {
            theirs.commit(move |tx| work(tx).map(|()| std::thread::current().id()))
        }));
        // In the order given.
        wait_until("a place in the queue", || {
            lock(&group.queue).waiting.len() == waiting + 1
        });
    }
    drop(go);
    leader.join().unwrap().unwrap();
    callers
        .into_iter()
        .map(|caller| caller.join().unwrap())
        .collect()
}

#[test]
fn all_that_wait_are_committed_by_one_of_them_and_answered() {
    let (folder, group) = group();
    let work = (1..=64_u64)
        .map(|task| Box::new(move |tx: &Tx<'_>| event(tx, task)) as Work)
        .collect();
    let threads: Vec<ThreadId> = together(&group, work)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(threads.iter().all(|thread| *thread == threads[0]));
    assert_eq!(found(&folder), (1..=64).collect::<Vec<_>>());
}

#[test]
fn an_operation_that_is_refused_in_a_group_leaves_no_trace_and_stops_no_other() {
    let (folder, group) = group();
    let work = (1..=9_u64)
        .map(|task| {
            Box::new(move |tx: &Tx<'_>| {
                if task % 3 == 0 {
                    return Err(StoreError::NoTask(TaskNumber(task)));
                }
                event(tx, task)
            }) as Work
        })
        .collect();
    let outcomes = together(&group, work);
    for (task, outcome) in (1..).zip(&outcomes) {
        match outcome {
            Ok(_) => assert_ne!(task % 3, 0),
            Err(StoreError::NoTask(refused)) => assert_eq!(refused.0, task),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(found(&folder), [1, 2, 4, 5, 7, 8]);
}

#[test]
fn sixty_four_threads_that_commit_at_once_are_all_durable_and_answered() {
    let (folder, group) = group();
    let barrier = Arc::new(Barrier::new(64));
    let callers: Vec<_> = (1..=64_u64)
        .map(|task| {
            let group = Arc::clone(&group);
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                barrier.wait();
                for _ in 0..4 {
                    group.commit(move |tx| event(tx, task)).unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.join().unwrap();
    }
    let mut all = found(&folder);
    all.sort_unstable();
    let expected: Vec<u64> = (1..=64).flat_map(|task| [task; 4]).collect();
    assert_eq!(all, expected);
    let queue = lock(&group.queue);
    assert!(queue.waiting.is_empty() && !queue.led);
}

#[test]
fn a_panic_of_ours_is_told_as_a_bug_to_its_own_operation_alone() {
    let (folder, group) = group();
    let work = (1..=4_u64)
        .map(|task| {
            Box::new(move |tx: &Tx<'_>| {
                event(tx, task)?;
                assert_ne!(task, 3, "on purpose");
                Ok(())
            }) as Work
        })
        .collect();
    let outcomes = together(&group, work);
    match &outcomes[2] {
        Err(StoreError::Bug { what, .. }) => assert!(what.contains("on purpose")),
        other => panic!("{other:?}"),
    }
    assert!([0, 1, 3].iter().all(|other| outcomes[*other].is_ok()));
    assert_eq!(found(&folder), [1, 2, 4]);
    group.commit(|tx| event(tx, 9)).unwrap();
    assert_eq!(found(&folder), [1, 2, 4, 9]);
}

#[test]
fn a_panic_inside_the_database_is_told_as_damage_to_all() {
    let (folder, group) = group();
    let panics = |tx: &Tx<'_>| contain(tx.dir(), || panic!("a damaged page"));
    let work: Vec<Work> = vec![Box::new(|tx| event(tx, 1)), Box::new(panics)];
    for outcome in together(&group, work) {
        assert!(
            matches!(outcome, Err(StoreError::Corrupted { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(found(&folder), Vec::<u64>::new());
    group.commit(|tx| event(tx, 2)).unwrap();
    assert_eq!(found(&folder), [2]);
}

#[test]
fn an_operation_that_meets_an_unreadable_row_halfway_leaves_no_trace() {
    let (folder, group) = group();
    let halfway = |tx: &Tx<'_>| {
        event(tx, 2)?;
        decode(tx.dir(), RowName::Current(TaskNumber(2)), b"junk")
    };
    let work: Vec<Work> = vec![
        Box::new(|tx| event(tx, 1)),
        Box::new(halfway),
        Box::new(|tx| event(tx, 3)),
    ];
    let outcomes = together(&group, work);
    assert!(matches!(outcomes[1], Err(StoreError::Unreadable { .. })));
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    assert_eq!(found(&folder), [1, 3]);
}

#[test]
fn a_bug_of_a_lone_operation_is_told_and_nothing_is_written() {
    let (folder, group) = group();
    let outcome = group.commit(|tx: &Tx<'_>| -> Result<(), StoreError> {
        event(tx, 1)?;
        panic!("on purpose");
    });
    assert!(matches!(outcome, Err(StoreError::Bug { .. })));
    assert_eq!(found(&folder), Vec::<u64>::new());
}

#[test]
fn a_failure_of_the_database_in_one_operation_writes_nothing_of_its_group() {
    let (folder, group) = group();
    let fails = |_: &Tx<'_>| {
        Err(StoreError::Corrupted {
            path: "tasks.redb".into(),
            what: "a page".into(),
        })
    };
    let work: Vec<Work> = vec![Box::new(|tx| event(tx, 1)), Box::new(fails)];
    for outcome in together(&group, work) {
        assert!(matches!(outcome, Err(StoreError::Corrupted { .. })));
    }
    assert_eq!(found(&folder), Vec::<u64>::new());
    group.commit(|tx| event(tx, 2)).unwrap();
    assert_eq!(found(&folder), [2]);
}

#[test]
fn an_operation_that_changes_nothing_is_answered_without_a_commit() {
    let (folder, group) = group();
    let before = std::fs::read(folder.path().join("tasks.redb")).unwrap();
    let seen = group.commit(|tx| tx.counter(COUNTER_EVENT)).unwrap();
    assert_eq!(seen, 0);
    let after = std::fs::read(folder.path().join("tasks.redb")).unwrap();
    assert!(before == after);
}

#[test]
fn a_commit_that_was_answered_with_an_error_is_told_as_what_the_database_holds() {
    let (folder, group) = group();
    group.commit(|tx| event(tx, 1)).unwrap();
    let witness = |key, bytes| {
        Some(Witness {
            table: EVENTS.table,
            key,
            bytes,
        })
    };
    let read = |view: &View<'_>| view.bytes(EVENTS.table, 1);
    let written = group.handle.view(read).unwrap().unwrap();
    let failed = || {
        StoreError::io(
            folder.path(),
            "committing",
            std::io::ErrorKind::Other.into(),
        )
    };
    let durable = group.after_failure(failed(), witness(1, written.clone()));
    assert!(durable.is_ok(), "{durable:?}");
    let theirs = group.after_failure(failed(), witness(1, b"another's".to_vec()));
    assert!(matches!(theirs, Err(StoreError::Io { .. })), "{theirs:?}");
    let lost = group.after_failure(failed(), witness(2, written.clone()));
    assert!(matches!(lost, Err(StoreError::Io { .. })), "{lost:?}");
    std::fs::rename(
        folder.path().join("tasks.redb"),
        folder.path().join("elsewhere"),
    )
    .unwrap();
    let unknown = group.after_failure(failed(), witness(1, written));
    assert!(
        matches!(unknown, Err(StoreError::Unknown { .. })),
        "{unknown:?}"
    );
}

#[test]
fn a_panic_of_ours_in_a_read_is_a_bug_and_one_inside_the_database_is_damage() {
    let (folder, group) = group();
    let ours = group
        .handle
        .view(|_| -> Result<(), StoreError> { panic!("on purpose") });
    assert!(matches!(ours, Err(StoreError::Bug { .. })), "{ours:?}");
    let theirs = group.handle.view(|_| -> Result<(), StoreError> {
        let _ = contain::<()>(folder.path(), || panic!("a damaged page"));
        // As a table does that is closed after it.
        panic!("a lock that the panic poisoned");
    });
    assert!(
        matches!(theirs, Err(StoreError::Corrupted { .. })),
        "{theirs:?}"
    );
    let events = group.handle.view(|view| view.counter(COUNTER_EVENT));
    assert_eq!(events.unwrap(), 0);
}
