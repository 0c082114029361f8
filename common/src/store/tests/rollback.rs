//! Rolling back, as it is written: begun, checkpointed, failed, asked for again.

use super::{Home, W1, W2, ask, moved_on, submit, take_over, with_cleanup};
use crate::event::What;
use crate::id::{BatchNumber, Duty};
use crate::rules::{Happened, Refused};
use crate::spec::TaskSpec;
use crate::state::{Desired, Ending, Hook, RollbackStage, StateWord};
use crate::store::{AfterUndo, Answer, Ask, Done, Held, HookBegin, Key};
use crate::time::Timestamp;

const ENDING: Option<Ending> = Some(Ending::Terminated);

/// A home with a task that brings a rollback and has done two batches.
fn done_two() -> (Home, Held) {
    let home = Home::new();
    submit(
        &home.store,
        TaskSpec {
            rollback: Some("true".into()),
            ..with_cleanup()
        },
    );
    let held = home.run(W1);
    for _ in 0..2 {
        let progress = home.row(held.key.task).progress;
        let moved = moved_on(&progress);
        home.store.checkpoint(held.key, moved).unwrap();
    }
    (home, held)
}

fn asked(home: &Home, key: Key, done: Done) -> Answer {
    let ask = Ask {
        done,
        ..ask(Desired::Terminate)
    };
    home.store.request(vec![key.task], ask).unwrap().remove(0)
}

fn begin(home: &Home, key: Key) -> HookBegin {
    let boundary = Happened::Boundary;
    let begun = home.store.begin_hook(key, boundary, Hook::Rollback, ENDING);
    begun.unwrap().0
}

#[test]
fn what_was_undone_when_its_worker_died_is_known_and_counts_as_tried() {
    let (home, held) = done_two();
    home.ask(held.key.task, Desired::Terminate);
    assert_eq!(begin(&home, held.key), HookBegin::Run(0));
    assert_eq!(begin(&home, held.key), HookBegin::Run(0), "said again");
    let mut row = home.row(held.key.task);
    let undone = row.progress.rollback.clone().unwrap();
    assert_eq!((undone.below, undone.items_total), (BatchNumber(2), 20));
    row.progress.undoes(BatchNumber(1));
    home.store.undone(held.key, row.progress.clone()).unwrap();

    let next = take_over(&home.store, W2, held.key).unwrap();
    assert_eq!(next.row.progress.attempts, 1);
    let keys = next.taken.unwrap().keys;
    assert!(
        keys.contains(&Duty::Undo(BatchNumber(1)).key(row.spec.id)),
        "{keys:?}"
    );
    assert_eq!(next.row.state.rollback, RollbackStage::Begun);
    assert!(next.row.state.owed.rollback && next.row.state.owed.cleanup);
    // A batch that is undone begins the next one anew.
    let mut progress = next.row.progress.clone();
    progress.undone(
        (BatchNumber(1), serde_bytes::ByteBuf::from("x")),
        10,
        None,
        Timestamp::now(),
    );
    let row = home.store.undone(next.key, progress).unwrap();
    assert_eq!(row.progress.attempts, 0);
    assert_eq!(
        row.progress.items_done, 20,
        "what was done is not forgotten"
    );
}

/// The holder gives up undoing, cleans up, and leaves.
fn fail(home: &Home, key: Key) {
    assert_eq!(begin(home, key), HookBegin::Run(0));
    let mut progress = home.row(key.task).progress;
    progress.attempt_failed(
        "no".into(),
        None,
        std::time::Duration::ZERO,
        Timestamp::now(),
    );
    let rest = AfterUndo::Rest;
    home.store.undo_failed(key, progress.clone(), rest).unwrap();
    home.store.undo_failed(key, progress, rest).unwrap();
    let boundary = Happened::Boundary;
    home.hook(key, boundary, Hook::Cleanup, Some(Ending::Released));
    home.settle(key, boundary, Ending::Released).unwrap();
}

#[test]
fn a_rollback_that_failed_is_claimed_again_only_once_somebody_asks_for_it() {
    let (home, held) = done_two();
    let task = held.key.task;
    home.ask(task, Desired::Terminate);
    fail(&home, held.key);
    let told = home
        .store
        .events(crate::id::EventNumber(0), Some(task), 99)
        .unwrap();
    let failed = told
        .events
        .iter()
        .filter(|event| event.what == What::RollbackFailed);
    assert_eq!(failed.count(), 1);
    assert!(home.waits().now.is_empty(), "nobody works on it");
    let again = home.ask(task, Desired::Terminate);
    assert_eq!(again.request, None, "it was asked for before");
    assert!(home.waits().now.is_empty());
    for want in [Desired::Run, Desired::Suspend] {
        let refused = home.ask(task, want).refused;
        assert!(
            matches!(refused, Some(Refused::Ending { .. })),
            "{refused:?}"
        );
    }

    assert!(asked(&home, held.key, Done::TryAgain).request.is_some());
    assert_eq!(home.waits().now, [task]);
    let next = super::claim(&home.store, W2);
    assert_eq!(next.row.progress.attempts, 0);
    assert_eq!(begin(&home, next.key), HookBegin::Run(0));
    let refused = asked(&home, held.key, Done::TryAgain).refused;
    assert!(
        matches!(refused, Some(Refused::NoRollback(_))),
        "{refused:?}"
    );
}

#[test]
fn keeping_what_is_done_ends_a_resting_task_at_once_and_a_held_one_at_its_boundary() {
    let (home, held) = done_two();
    home.ask(held.key.task, Desired::Terminate);
    fail(&home, held.key);
    let answer = asked(&home, held.key, Done::Keep);
    assert_eq!(answer.current, StateWord::Terminate);

    let (home, held) = done_two();
    home.ask(held.key.task, Desired::Terminate);
    assert_eq!(begin(&home, held.key), HookBegin::Run(0));
    asked(&home, held.key, Done::Keep);
    assert_eq!(begin(&home, held.key), HookBegin::Dropped);
    assert!(!home.row(held.key.task).state.owed.rollback);
}

#[test]
fn a_rollback_is_owed_by_the_wish_for_one_and_not_once_that_is_withdrawn() {
    let home = Home::new();
    home.submit();
    let held = home.run(W1);
    let task = held.key.task;
    let owes = || home.row(task).state.owed.rollback;
    assert!(!owes());
    let refused = asked(&home, held.key, Done::Undo(None)).refused;
    assert!(
        matches!(refused, Some(Refused::NoRollback(_))),
        "{refused:?}"
    );
    let answer = asked(&home, held.key, Done::Undo(Some("undo".into())));
    assert!(owes());
    let undo = crate::store::Undo::of(&answer).unwrap();
    home.store
        .undo(vec![undo], crate::actor::Actor::default())
        .unwrap();
    assert!(!owes());
    asked(&home, held.key, Done::Undo(Some("undo".into())));
    home.ask(task, Desired::Suspend);
    assert!(!owes());

    let (home, held) = done_two();
    let owes = || home.row(held.key.task).state.owed.rollback;
    asked(&home, held.key, Done::Undo(Some("other".into())));
    assert_eq!(home.row(held.key.task).rollback_line(), Some("other"));
    home.ask(held.key.task, Desired::Run);
    assert!(owes(), "it brings its own");
    assert_eq!(home.row(held.key.task).rollback_line(), Some("true"));
}

#[test]
fn a_release_in_the_middle_of_a_rollback_refuses_to_go_back() {
    let (home, held) = done_two();
    home.ask(held.key.task, Desired::Terminate);
    assert_eq!(begin(&home, held.key), HookBegin::Run(0));
    let stopping = Happened::Stopping;
    home.hook(held.key, stopping, Hook::Cleanup, Some(Ending::Released));
    home.settle(held.key, stopping, Ending::Released).unwrap();
    let row = home.row(held.key.task);
    assert_eq!((row.state.word, row.claim), (StateWord::Init, None));
    let refused = home.ask(held.key.task, Desired::Run).refused;
    assert!(
        matches!(refused, Some(Refused::Ending { .. })),
        "{refused:?}"
    );
    assert_eq!(home.waits().now, [held.key.task]);
}
