//! Who may run a task: order, fencing, takeover.

use super::{Home, W1, W2, appetite, claim, moved_on, submit, take_over, with_cleanup};
use crate::event::What;
use crate::id::{Epoch, EventNumber, TaskNumber};
use crate::rules::{Happened, Step, plan};
use crate::spec::{RegisteredWork, TaskSpec, Work};
use crate::state::{Current, Desired, Ending, Hook, Outcome, StateWord};
use crate::store::{AfterFailure, FailedAttempt, Failure, Key, StoreError};
use crate::time::Timestamp;

#[test]
fn the_highest_priority_is_claimed_first_and_of_equal_ones_the_oldest() {
    let home = Home::new();
    for priority in [0, 5, 0, -1, 5] {
        let spec = TaskSpec {
            priority,
            ..TaskSpec::default()
        };
        submit(&home.store, spec);
    }
    let order: Vec<u64> = (0..5).map(|_| claim(&home.store, W1).key.task.0).collect();
    assert_eq!(order, [2, 5, 1, 3, 4]);
}

#[test]
fn a_worker_gets_no_more_than_its_slots() {
    let home = Home::new();
    for _ in 0..5 {
        home.bare();
    }
    let mut hungry = appetite(W1);
    hungry.slots = 3;
    assert_eq!(home.store.claim(hungry.clone()).unwrap().held.len(), 3);
    assert_eq!(home.store.claim(hungry.clone()).unwrap().held.len(), 2);
    let before = home.last_event();
    assert!(home.store.claim(hungry).unwrap().held.is_empty());
    assert_eq!(home.last_event(), before);
}

#[test]
fn a_worker_gets_the_kinds_it_accepts() {
    let home = Home::new();
    let kind = |kind: &str, work| TaskSpec {
        kind: kind.into(),
        work,
        ..TaskSpec::default()
    };
    let registered = || Work::Registered(RegisteredWork::default());
    submit(&home.store, kind("other", TaskSpec::default().work));
    submit(&home.store, kind("sums", registered()));
    let import = submit(&home.store, kind("import", TaskSpec::default().work));
    let mut only = appetite(W1);
    only.slots = 9;
    only.accepts.kinds = ["import".to_owned(), "sums".to_owned()].into();
    let caught = home.store.claim(only.clone()).unwrap().held;
    assert_eq!(caught.len(), 1, "a registered kind needs to be registered");
    assert_eq!(caught[0].key.task, import);
    only.accepts.registered = ["sums".to_owned()].into();
    assert_eq!(home.store.claim(only).unwrap().held.len(), 1);
    let rest = home.waits();
    assert_eq!(rest.now, [TaskNumber(1)]);
}

#[test]
fn every_write_under_an_old_claim_is_refused_and_leaves_nothing() {
    let home = Home::new();
    let task = home.submit();
    let old = home.run(W1).key;
    let new = take_over(&home.store, W2, old).unwrap().key;
    assert_eq!(new.claim.epoch, Epoch(2));
    let row = home.row(task);
    let before = home.last_event();
    let progress = moved_on(&row.progress);
    let failed = FailedAttempt {
        progress: progress.clone(),
        error: "no".into(),
        then: AfterFailure::Suspend(row.wish.request),
    };
    let stranger = Key {
        claim: crate::store::Claim {
            worker: W2,
            epoch: old.claim.epoch,
        },
        ..old
    };
    for key in [old, stranger] {
        let refused = [
            home.store.prepared(key).err(),
            home.store.stuck(key, Some("4711 (sh)".into())).err(),
            home.store.killed(key, "4711 (sh)".into()).err(),
            home.store.checkpoint(key, progress.clone()).err(),
            home.store
                .skip(
                    key,
                    progress.clone(),
                    Failure::default(),
                    crate::id::RequestNumber(0),
                )
                .err(),
            home.store.attempt_failed(key, failed.clone()).err(),
            home.store
                .begin_hook(key, Happened::Boundary, Hook::Cleanup, None)
                .err(),
            home.store.end_hook(key, Hook::Cleanup, None).err(),
            home.store
                .settle(key, Happened::Stopping, Ending::Released, progress.clone())
                .err(),
        ];
        for error in refused {
            assert!(
                matches!(error, Some(StoreError::Fenced { task: of, .. }) if of == task),
                "{error:?}"
            );
        }
    }
    assert_eq!(home.row(task), row);
    assert_eq!(home.last_event(), before);
    assert!(home.store.failures(task).unwrap().is_empty());
}

#[test]
fn a_takeover_compares_the_claim_so_that_one_of_two_wins() {
    let home = Home::new();
    home.bare();
    let dead = home.run(W1).key;
    let first = take_over(&home.store, W2, dead).unwrap();
    assert_eq!(first.taken.as_ref().map(|taken| taken.from), Some(W1));
    let before = home.last_event();
    assert!(take_over(&home.store, crate::id::WorkerNumber(3), dead).is_none());
    assert_eq!(home.last_event(), before);
    assert_eq!(home.row(dead.task).claim, Some(first.key.claim));
}

#[test]
fn a_takeover_of_a_task_that_was_given_back_takes_nothing() {
    let home = Home::new();
    let held = home.running();
    home.settle(held.key, Happened::Stopping, Ending::Released)
        .unwrap();
    assert!(take_over(&home.store, W2, held.key).is_none());
    // It waits like any other, and was claimed like any other.
    assert_eq!(
        home.row(held.key.task).claim.map(|claim| claim.worker),
        Some(W2)
    );
    assert_eq!(home.row(held.key.task).progress.attempts, 0);
}

#[test]
fn a_takeover_of_a_task_that_isn_t_there_keeps_no_other_from_being_claimed() {
    let home = Home::new();
    let held = home.running();
    home.bare();
    let mut hungry = appetite(W2);
    hungry.slots = 9;
    hungry.orphans = vec![
        (held.key.task, held.key.claim),
        (TaskNumber(99), held.key.claim),
    ];
    let caught = home.store.claim(hungry).unwrap().held;
    assert_eq!(
        caught
            .iter()
            .map(|held| held.key.task.0)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn a_takeover_counts_an_attempt_and_owes_the_dead_workers_cleanup_first() {
    let home = Home::new();
    let task = home.submit();
    let dead = home.run(W1).key;
    let taken = take_over(&home.store, W2, dead).unwrap();
    assert_eq!(taken.row.state.word, StateWord::Init);
    assert_eq!(taken.row.progress.attempts, 1);
    assert!(taken.row.state.owed.leftover && taken.row.state.owed.cleanup);
    let key = taken.key;
    assert_eq!(
        plan(&home.row(task).standing(), Happened::Boundary),
        Step::Hook(Hook::Cleanup, None)
    );
    home.hook(key, Happened::Boundary, Hook::Cleanup, None);
    let row = home.row(task);
    assert!(!row.state.owed.leftover && row.state.owed.cleanup);
    assert_eq!(row.state.begun, None);
    assert_eq!(plan(&row.standing(), Happened::Boundary), Step::Init);
    let again = take_over(&home.store, W1, key).unwrap();
    assert_eq!(again.row.progress.attempts, 2, "the cursor has not moved");
}

#[test]
fn a_takeover_of_an_exhausted_task_only_ends_it() {
    let home = Home::new();
    let task = home.submit();
    let dead = home.run(W1).key;
    let mut last = moved_on(&home.row(task).progress);
    last.exhausted = true;
    home.store.checkpoint(dead, last).unwrap();
    home.ask(task, Desired::Terminate);
    let taken = take_over(&home.store, W2, dead).unwrap();
    assert_eq!(taken.row.progress.attempts, 0);
    assert!(!taken.row.state.owed.leftover);
    home.hook(
        taken.key,
        Happened::Boundary,
        Hook::Cleanup,
        Some(Ending::Completed),
    );
    home.settle(taken.key, Happened::Boundary, Ending::Completed)
        .unwrap();
    assert_eq!(home.row(task).state.outcome, Some(Outcome::Completed));
}

#[test]
fn a_suspension_is_finished_by_another_worker_once_its_own_died() {
    let home = Home::new();
    let task = home.submit();
    let dead = home.run(W1).key;
    assert_eq!(home.ask(task, Desired::Suspend).current, StateWord::Run);
    let taken = take_over(&home.store, W2, dead).unwrap();
    let ending = Some(Ending::Suspended);
    home.hook(taken.key, Happened::Boundary, Hook::Cleanup, ending);
    let current = home.settle(taken.key, Happened::Boundary, Ending::Suspended);
    assert!(matches!(current, Ok(Current::Suspend { .. })));
}

#[test]
fn a_takeover_says_so_in_the_feed() {
    let home = Home::new();
    home.bare();
    let dead = home.run(W1).key;
    let before = home.last_event();
    take_over(&home.store, W2, dead).unwrap();
    let events = home.store.events(before, None, 10).unwrap().events;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].what, What::TakenOver);
    assert_eq!(events[0].worker, Some(W2));
    assert_eq!(
        (events[0].from, events[0].to),
        (Some(StateWord::Run), Some(StateWord::Init))
    );
    assert_eq!(events[0].number, EventNumber(before.0 + 1));
}

#[test]
fn attempts_start_anew_at_a_resume_and_only_then() {
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    let mut progress = home.row(task).progress;
    progress.attempts = 3;
    home.store.checkpoint(held.key, progress.clone()).unwrap();
    home.settle(held.key, Happened::Stopping, Ending::Released)
        .unwrap();
    let held = home.run(W2);
    assert_eq!(held.row.progress.attempts, 3, "a release keeps them");
    home.ask(task, Desired::Suspend);
    home.settle(held.key, Happened::Boundary, Ending::Suspended)
        .unwrap();
    home.ask(task, Desired::Run);
    let resumed = home.run(W1);
    assert_eq!(resumed.row.progress.attempts, 0);
    assert_eq!(home.row(task).progress.attempts, 0);
}

/// A task that failed, was released, and may not be tried again for a long time.
fn backing_off(home: &Home) -> (TaskNumber, Timestamp) {
    let held = home.running();
    let later = Timestamp::now().after(std::time::Duration::from_secs(60));
    let mut progress = home.row(held.key.task).progress;
    progress.attempt_failed(
        "no".into(),
        Some(later),
        std::time::Duration::ZERO,
        Timestamp::now(),
    );
    let failed = FailedAttempt {
        progress,
        error: "no".into(),
        then: AfterFailure::Retry,
    };
    home.store.attempt_failed(held.key, failed).unwrap();
    (held.key.task, later)
}

fn key_of(home: &Home, task: TaskNumber) -> Key {
    Key {
        task,
        claim: home.row(task).claim.unwrap(),
    }
}

#[test]
fn a_worker_that_dies_while_a_task_waits_for_its_next_attempt_costs_it_none() {
    let home = Home::new();
    let (task, at) = backing_off(&home);
    let before = home.row(task).progress.attempts;
    let taken = take_over(&home.store, W2, key_of(&home, task)).unwrap();
    assert_eq!(taken.row.progress.attempts, before);
    assert_eq!(taken.row.progress.next_attempt_at, Some(at));
}

#[test]
fn a_released_task_is_not_tried_again_before_its_time() {
    let home = Home::new();
    let (task, later) = backing_off(&home);
    home.settle(key_of(&home, task), Happened::Stopping, Ending::Released)
        .unwrap();
    let caught = home.store.claim(appetite(W2)).unwrap();
    assert!(caught.held.is_empty());
    assert_eq!(caught.next_due, Some(later));
}

#[test]
fn a_retry_timer_set_before_a_suspension_is_void_after_it() {
    let home = Home::new();
    let (task, _) = backing_off(&home);
    home.ask(task, Desired::Suspend);
    home.settle(key_of(&home, task), Happened::Boundary, Ending::Suspended)
        .unwrap();
    assert_eq!(home.row(task).progress.next_attempt_at, None);
    home.ask(task, Desired::Run);
    assert_eq!(claim(&home.store, W2).key.task, task);
}

#[test]
fn a_retry_timer_is_void_after_a_suspension_while_nobody_held_the_task() {
    let home = Home::new();
    let (task, _) = backing_off(&home);
    home.settle(key_of(&home, task), Happened::Stopping, Ending::Released)
        .unwrap();
    assert_eq!(home.ask(task, Desired::Suspend).current, StateWord::Suspend);
    assert_eq!(home.row(task).progress.next_attempt_at, None);
    home.ask(task, Desired::Run);
    assert_eq!(claim(&home.store, W2).key.task, task);
}

#[test]
fn a_claim_made_by_two_stores_at_once_is_won_by_one() {
    let home = Home::new();
    for _ in 0..40 {
        submit(&home.store, with_cleanup());
    }
    let other = crate::store::Store::open(&home.dir(), super::OPENING).unwrap();
    let claims = |store: crate::store::Store, worker| {
        std::thread::spawn(move || {
            let mut mine = Vec::new();
            while let Some(held) = store.claim(appetite(worker)).unwrap().held.pop() {
                mine.push(held.key.task);
            }
            mine
        })
    };
    let one = claims(home.store.clone(), W1);
    let two = claims(other, W2);
    let mut all = one.join().unwrap();
    all.extend(two.join().unwrap());
    all.sort();
    assert_eq!(all, (1..=40).map(TaskNumber).collect::<Vec<_>>());
}
