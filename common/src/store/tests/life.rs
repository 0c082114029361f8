//! A task from its submission to its end.

use super::{Home, W1, ask, batch, moved_on, new_task};
use crate::event::What;
use crate::id::{BatchNumber, Epoch, EventNumber, RequestNumber, TaskNumber};
use crate::progress::BatchDone;
use crate::rules::{Happened, Step, plan};
use crate::spec::TaskSpec;
use crate::state::{Current, Desired, Ending, Hook, Outcome, StateWord};
use crate::store::{Failure, PassedItem, StoreError};
use crate::time::Timestamp;

#[test]
fn a_task_runs_from_its_submission_to_its_end() {
    let home = Home::new();
    let task = home.submit();
    assert_eq!(task, TaskNumber(1));
    let row = home.row(task);
    assert_eq!(row.state.word, StateWord::Init);
    assert_eq!(row.wish.desired, Desired::Run);

    let held = home.run(W1);
    assert_eq!(held.key.task, task);
    assert_eq!(held.key.claim.epoch, Epoch(1));
    let row = home.row(task);
    assert_eq!(row.state.word, StateWord::Run);
    assert!(row.state.started_at.is_some() && row.state.owed.cleanup);
    assert_eq!(row.claim, Some(held.key.claim));

    let (progress, orders) = home
        .store
        .checkpoint(held.key, moved_on(&row.progress))
        .unwrap();
    assert_eq!(orders.desired, Desired::Run);
    assert_eq!(home.row(task).progress, progress);
    assert_eq!(progress.batch, BatchNumber(1));

    let mut last = moved_on(&progress);
    last.exhausted = true;
    let (progress, _) = home.store.checkpoint(held.key, last).unwrap();
    assert!(progress.exhausted);
    assert_eq!(progress.items_total, Some(1000));
    assert_eq!(
        plan(&home.row(task).standing(), Happened::Boundary),
        Step::Hook(Hook::Cleanup, Some(Ending::Completed))
    );
    home.hook(
        held.key,
        Happened::Boundary,
        Hook::Cleanup,
        Some(Ending::Completed),
    );
    let current = home.settle(held.key, Happened::Boundary, Ending::Completed);
    assert!(matches!(
        current,
        Ok(Current::Terminate {
            outcome: Outcome::Completed,
            ..
        })
    ));
    let row = home.row(task);
    assert_eq!((row.claim, row.state.begun), (None, None));
    assert_eq!(row.state.owed, crate::state::Owed::default());
    assert!(home.store.claims().unwrap().is_empty());
    let story: Vec<What> = home
        .store
        .events(EventNumber(0), Some(task), 100)
        .unwrap()
        .events
        .iter()
        .map(|event| event.what)
        .collect();
    assert_eq!(
        story,
        [
            What::Submitted,
            What::Claimed,
            What::State,
            What::HookStarted,
            What::State
        ]
    );
}

#[test]
fn a_submission_made_twice_is_one_task() {
    let home = Home::new();
    let task = new_task(TaskSpec::default());
    let first = home.store.submit(task.clone()).unwrap();
    let before = home.last_event();
    assert_eq!(home.store.submit(task).unwrap().number, first.number);
    assert_eq!(home.last_event(), before);
    assert_eq!(home.store.list(10, |_| true).unwrap().total, 1);
}

#[test]
fn a_submission_can_claim_in_the_same_transaction() {
    let home = Home::new();
    let mut task = new_task(TaskSpec::default());
    task.claim_for = Some(W1);
    let submitted = home.store.submit(task).unwrap();
    let held = submitted.held.unwrap();
    assert_eq!(held.key.task, submitted.number);
    assert_eq!(home.row(submitted.number).claim, Some(held.key.claim));
    let mut other = super::appetite(super::W2);
    other.slots = 5;
    assert!(home.store.claim(other).unwrap().held.is_empty());
}

#[test]
fn every_checkpoint_gives_back_what_is_wanted_by_now() {
    let home = Home::new();
    let held = home.running();
    let mut progress = home.row(held.key.task).progress;
    for want in [Desired::Suspend, Desired::Run, Desired::Terminate] {
        let request = home.ask(held.key.task, want).request.unwrap();
        let (next, orders) = home
            .store
            .checkpoint(held.key, moved_on(&progress))
            .unwrap();
        assert_eq!((orders.desired, orders.request), (want, request));
        progress = next;
    }
    assert_eq!(home.orders(held.key.task).desired, Desired::Terminate);
}

#[test]
fn the_last_checkpoint_is_the_point_of_no_return() {
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    let mut last = moved_on(&home.row(task).progress);
    last.exhausted = true;
    home.store.checkpoint(held.key, last).unwrap();
    home.ask(task, Desired::Terminate);
    let refused = home.settle(held.key, Happened::Boundary, Ending::Terminated);
    assert!(refused.is_err(), "it ends as completed");
    home.settle(held.key, Happened::Boundary, Ending::Completed)
        .unwrap();
    assert_eq!(home.row(task).state.outcome, Some(Outcome::Completed));
}

#[test]
fn a_terminate_that_came_before_the_last_checkpoint_wins() {
    let home = Home::new();
    let held = home.running();
    let task = held.key.task;
    home.ask(task, Desired::Terminate);
    let mut last = moved_on(&home.row(task).progress);
    last.exhausted = true;
    let (progress, orders) = home.store.checkpoint(held.key, last).unwrap();
    assert!(!progress.exhausted);
    assert_eq!(progress.items_done, 10, "what is done stays done");
    assert_eq!(orders.desired, Desired::Terminate);
    home.settle(held.key, Happened::Boundary, Ending::Terminated)
        .unwrap();
    assert_eq!(home.row(task).state.outcome, Some(Outcome::Terminated));
}

#[test]
fn the_point_of_no_return_stays_behind_a_checkpoint_that_is_written_again() {
    let home = Home::new();
    let held = home.running();
    let mut last = moved_on(&home.row(held.key.task).progress);
    last.exhausted = true;
    let (last, _) = home.store.checkpoint(held.key, last).unwrap();
    home.ask(held.key.task, Desired::Terminate);
    let (again, _) = home.store.checkpoint(held.key, last).unwrap();
    assert!(again.exhausted);
}

#[test]
fn saying_again_that_a_task_is_prepared_changes_nothing() {
    let home = Home::new();
    let held = home.running();
    let row = home.row(held.key.task);
    let before = home.last_event();
    assert_eq!(home.store.prepared(held.key).unwrap(), row);
    assert_eq!(home.last_event(), before);
}

#[test]
fn a_skipped_batch_is_kept_with_the_failures() {
    let home = Home::new();
    let held = home.running();
    let mut progress = home.row(held.key.task).progress;
    let failure = Failure {
        batch: progress.batch,
        items: 10,
        attempts: 4,
        error: "bad line".into(),
        ..Failure::default()
    };
    progress.skipped(&batch(10), "bad line".into(), Timestamp::now());
    home.store
        .skip(held.key, progress, failure.clone(), RequestNumber(0))
        .unwrap();
    assert_eq!(home.store.failures(held.key.task).unwrap(), [failure]);
    assert_eq!(home.row(held.key.task).progress.batches_failed, 1);
}

#[test]
fn items_that_are_passed_over_are_kept_with_the_failures_and_not_counted_as_done() {
    let home = Home::new();
    let held = home.running();
    let mut progress = home.row(held.key.task).progress;
    let passed = [3, 7].map(|place| PassedItem {
        place,
        error: format!("bad line {place}"),
    });
    let failure = Failure {
        batch: progress.batch,
        items: 10,
        attempts: 1,
        error: "bad line 3".into(),
        passed: passed.to_vec(),
        ..Failure::default()
    };
    let done = BatchDone {
        passed: 2,
        ..batch(10)
    };
    progress.done(&done, Timestamp::now());
    home.store
        .skip(held.key, progress, failure.clone(), RequestNumber(0))
        .unwrap();
    assert_eq!(failure.items_failed(), 2);
    assert_eq!(home.store.failures(held.key.task).unwrap(), [failure]);
    let progress = home.row(held.key.task).progress;
    assert_eq!((progress.items_done, progress.items_failed), (8, 2));
    assert_eq!((progress.batches_done, progress.batches_failed), (1, 0));
}

#[test]
fn a_released_task_goes_on_with_another_worker_at_the_cursor() {
    let home = Home::new();
    let held = home.running();
    let progress = moved_on(&home.row(held.key.task).progress);
    home.store.checkpoint(held.key, progress.clone()).unwrap();
    let current = home.settle(held.key, Happened::Stopping, Ending::Released);
    assert_eq!(current, Ok(Current::Init));
    let again = home.run(super::W2);
    assert_eq!(again.key.task, held.key.task);
    assert_eq!(again.key.claim.epoch, Epoch(2));
    assert_eq!(again.row.progress.cursor, progress.cursor);
    assert_eq!(again.row.progress.attempts, 0, "no retry spent");
}

#[test]
fn a_task_that_isn_t_there_is_named() {
    let home = Home::new();
    let error = home.store.task(TaskNumber(9)).unwrap_err();
    assert!(matches!(error, StoreError::NoTask(TaskNumber(9))));
}

#[test]
fn the_list_is_newest_first_filtered_and_limited() {
    let home = Home::new();
    for _ in 0..5 {
        home.bare();
    }
    let odd = vec![TaskNumber(1), TaskNumber(3), TaskNumber(5)];
    home.store.request(odd, ask(Desired::Suspend)).unwrap();
    let found = home
        .store
        .list(2, |state| state.word == StateWord::Suspend)
        .unwrap();
    let numbers: Vec<u64> = found.rows.iter().map(|row| row.spec.number.0).collect();
    assert_eq!(numbers, [5, 3]);
    assert_eq!(found.total, 5);
}
