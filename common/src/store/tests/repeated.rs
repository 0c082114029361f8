//! Calls that are repeated, since a commit that was durable was answered with an error: nothing is
//! counted, and nothing told, a second time.

use super::{Home, W1, W2, moved_on, named, new_task, take_over};
use crate::event::What;
use crate::id::{EventNumber, RequestNumber, TaskNumber};
use crate::rules::Happened;
use crate::state::{Desired, Ending, Hook};
use crate::store::{AfterFailure, FailedAttempt, Failure, HookBegin};

fn told(home: &Home, task: TaskNumber, what: What) -> usize {
    let events = home.store.events(EventNumber(0), Some(task), 99).unwrap();
    events
        .events
        .iter()
        .filter(|event| event.what == what)
        .count()
}

#[test]
fn a_submission_that_is_repeated_is_one_task() {
    let home = Home::new();
    let task = new_task(named("once"));
    let first = home.store.submit(task.clone()).unwrap().number;
    assert_eq!(home.store.submit(task).unwrap().number, first);
    assert_eq!(home.store.list(9, |_| true).unwrap().total, 1);
    assert_eq!(told(&home, first, What::Submitted), 1);
}

#[test]
fn a_request_that_is_repeated_is_one_request() {
    let home = Home::new();
    let task = home.running().key.task;
    let first = home.ask(task, Desired::Suspend);
    let again = home.ask(task, Desired::Suspend);
    assert!(first.request.is_some());
    assert_eq!(again.request, None);
    assert_eq!(again.desired, Desired::Suspend);
    assert_eq!(told(&home, task, What::Requested), 1);
}

#[test]
fn a_failed_attempt_that_is_recorded_again_is_one_attempt() {
    let policies = [
        (AfterFailure::Retry, What::Retry),
        (AfterFailure::Suspend(RequestNumber(0)), What::GaveUp),
        (AfterFailure::Terminate, What::GaveUp),
    ];
    for (then, what) in policies {
        let home = Home::new();
        let held = home.running();
        let mut progress = held.row.progress.clone();
        progress.attempts += 1;
        let failed = FailedAttempt {
            progress,
            error: "exit 1".into(),
            then,
        };
        let orders = home.store.attempt_failed(held.key, failed.clone()).unwrap();
        let again = home.store.attempt_failed(held.key, failed).unwrap();
        assert_eq!(again, orders);
        assert_eq!(told(&home, held.key.task, what), 1);
        assert!(told(&home, held.key.task, What::Requested) <= 1);
    }
}

#[test]
fn a_batch_that_is_passed_over_again_is_one_failure() {
    let home = Home::new();
    let held = home.running();
    let next = moved_on(&held.row.progress);
    let failure = Failure::default();
    let (progress, _) = home
        .store
        .skip(held.key, next.clone(), failure.clone(), RequestNumber(0))
        .unwrap();
    let (again, _) = home
        .store
        .skip(held.key, next, failure, RequestNumber(0))
        .unwrap();
    assert_eq!(again, progress);
    assert_eq!(told(&home, held.key.task, What::Skipped), 1);
    assert_eq!(home.store.failures(held.key.task).unwrap().len(), 1);
}

#[test]
fn a_hook_that_is_begun_again_is_one_attempt() {
    let home = Home::new();
    let task = home.submit();
    let key = home.run(W1).key;
    home.ask(task, Desired::Suspend);
    let begin = || {
        let ending = Some(Ending::Suspended);
        let begun = home
            .store
            .begin_hook(key, Happened::Boundary, Hook::Cleanup, ending);
        begun.unwrap().0
    };
    assert_eq!(begin(), HookBegin::Run(1));
    assert_eq!(begin(), HookBegin::Run(1));
    assert_eq!(told(&home, task, What::HookStarted), 1);
    home.store
        .end_hook(key, Hook::Cleanup, Some("exit 1".into()))
        .unwrap();
    home.store
        .end_hook(key, Hook::Cleanup, Some("exit 1".into()))
        .unwrap();
    assert_eq!(told(&home, task, What::HookFailed), 1);
    assert_eq!(begin(), HookBegin::Run(2));
}

#[test]
fn what_was_killed_for_a_takeover_is_told_once() {
    let home = Home::new();
    let old = home.running().key;
    let new = take_over(&home.store, W2, old).unwrap().key;
    for _ in 0..2 {
        home.store.killed(new, "4711 (sh)".into()).unwrap();
    }
    assert_eq!(told(&home, old.task, What::Killed), 1);
    assert_eq!(home.row(old.task).state.taken, None);
}
