//! No room left: said clearly, nothing acknowledged, and over once there is room.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};

use super::{Home, children, moved_on, named};
use crate::progress::Progress;
use crate::state::Desired;
use crate::store::{Held, StoreError};

/// Lets no file grow past `bytes`; None: no limit.
fn limit(bytes: Option<u64>) {
    let (_, hard) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
    setrlimit(Resource::RLIMIT_FSIZE, bytes.unwrap_or(hard), hard).unwrap();
}

/// Without this the kernel's signal ends the process before the call fails.
fn hold_back_the_signal() {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    signals.thread_block().unwrap();
}

fn size(home: &Home) -> u64 {
    std::fs::metadata(home.database()).unwrap().len()
}

/// Progress that needs room.
fn long(progress: &Progress) -> Progress {
    let mut next = moved_on(progress);
    next.message = Some("x".repeat(500_000));
    next
}

/// Commits until there is no room; gives the last that was acknowledged.
fn fill(home: &Home, held: &Held, mut progress: Progress) -> Progress {
    for _ in 0..200 {
        let next = long(&progress);
        match home.store.checkpoint(held.key, next) {
            Ok((acknowledged, _)) => progress = acknowledged,
            Err(StoreError::Full { .. }) => return progress,
            Err(error) => panic!("{error:?}"),
        }
        // Other rows need room of their own.
        if let Err(error) = home
            .store
            .submit(super::new_task(named(&"n".repeat(90_000))))
        {
            assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        }
    }
    panic!("there was always room");
}

#[test]
fn child_whose_files_may_not_grow() {
    if children::folder().is_none() {
        return;
    }
    hold_back_the_signal();
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    let mut progress = home.row(task).progress;
    for round in 0..3 {
        limit(Some(size(&home)));
        progress = fill(&home, &held, progress);
        let total = home.store.list(0, |_| true).unwrap().total;
        for _ in 0..3 {
            let refused = home.store.checkpoint(held.key, long(&progress));
            assert!(
                matches!(refused, Err(StoreError::Full { .. })),
                "{refused:?}"
            );
            assert_eq!(home.row(task).progress, progress, "reading goes on");
        }
        limit(None);
        let next = long(&progress);
        let (acknowledged, orders) = home.store.checkpoint(held.key, next).unwrap();
        assert_eq!(orders.desired, Desired::Run);
        assert_eq!(home.row(task).progress, acknowledged, "round {round}");
        assert_eq!(home.store.list(0, |_| true).unwrap().total, total);
        progress = acknowledged;
    }
    let again = super::Store::open(&home.dir(), super::OPENING).unwrap();
    assert_eq!(again.task(task).unwrap().progress, progress);
}

#[test]
fn child_whose_commits_fail_in_the_middle() {
    if children::folder().is_none() {
        return;
    }
    hold_back_the_signal();
    let home = Home::new();
    let held = home.running();
    let mut progress = home.row(held.key.task).progress;
    // Afterwards there are free pages behind every limit below: room is found, and then the
    // commit can't write to it.
    for _ in 0..4 {
        progress = home.store.checkpoint(held.key, long(&progress)).unwrap().0;
    }
    for kib in [16, 64, 128, 256, 512] {
        limit(Some(kib * 1024));
        for _ in 0..3 {
            let refused = home.store.checkpoint(held.key, long(&progress));
            assert!(
                matches!(
                    refused,
                    Err(StoreError::Full { .. } | StoreError::Unknown { .. })
                ),
                "{kib} KiB: {refused:?}"
            );
        }
        limit(None);
        assert_eq!(home.row(held.key.task).progress, progress, "{kib} KiB");
        progress = home.store.checkpoint(held.key, long(&progress)).unwrap().0;
        assert_eq!(home.row(held.key.task).progress, progress);
    }
}

#[test]
fn child_that_may_not_write_at_all() {
    if children::folder().is_none() {
        return;
    }
    hold_back_the_signal();
    let home = Home::new();
    let held = home.running();
    let mut progress = home.row(held.key.task).progress;
    for _ in 0..5 {
        limit(Some(0));
        for _ in 0..3 {
            let refused = home.store.checkpoint(held.key, moved_on(&progress));
            assert!(
                matches!(
                    refused,
                    Err(StoreError::Full { .. } | StoreError::Unknown { .. })
                ),
                "{refused:?}"
            );
        }
        limit(None);
        let (acknowledged, _) = home
            .store
            .checkpoint(held.key, moved_on(&progress))
            .unwrap();
        assert_eq!(acknowledged.items_done, progress.items_done + 10);
        assert_eq!(home.row(held.key.task).progress, acknowledged);
        progress = acknowledged;
    }
}

#[test]
fn child_with_many_that_wait_for_room() {
    if children::folder().is_none() {
        return;
    }
    hold_back_the_signal();
    let home = Home::new();
    for _ in 0..16 {
        home.bare();
    }
    let mut hungry = super::appetite(super::W1);
    hungry.slots = 16;
    let held = home.store.claim(hungry).unwrap().held;
    limit(Some(size(&home)));
    let runners: Vec<_> = held
        .into_iter()
        .map(|held| {
            let store = home.store.clone();
            std::thread::spawn(move || {
                let mut progress = held.row.progress;
                for _ in 0..200 {
                    match store.checkpoint(held.key, long(&progress)) {
                        Ok((acknowledged, _)) => progress = acknowledged,
                        Err(StoreError::Full { .. }) => return (held.key, progress),
                        Err(error) => panic!("{error:?}"),
                    }
                }
                panic!("there was always room");
            })
        })
        .collect();
    let stopped: Vec<_> = runners
        .into_iter()
        .map(|runner| runner.join().unwrap())
        .collect();
    for (key, acknowledged) in &stopped {
        assert_eq!(home.row(key.task).progress, *acknowledged);
    }
    limit(None);
    for (key, acknowledged) in stopped {
        let (next, _) = home.store.checkpoint(key, long(&acknowledged)).unwrap();
        assert_eq!(home.row(key.task).progress, next);
    }
}

fn in_a_child(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("store::tests::full::{name}");
    children::passes(&mut children::command(&name, folder.path()));
}

#[test]
fn a_full_disk_is_said_acknowledges_nothing_and_is_over_once_there_is_room() {
    in_a_child("child_whose_files_may_not_grow");
}

#[test]
fn many_that_commit_to_a_full_disk_are_each_told_the_truth() {
    in_a_child("child_with_many_that_wait_for_room");
}

#[test]
fn a_commit_that_fails_in_the_middle_acknowledges_nothing() {
    in_a_child("child_whose_commits_fail_in_the_middle");
}

#[test]
fn a_store_that_can_t_write_at_all_goes_on_by_itself_once_it_can() {
    in_a_child("child_that_may_not_write_at_all");
}
