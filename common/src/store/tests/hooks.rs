//! Hooks: counted before they run, given up after three attempts.

use super::{Home, W1, W2, take_over};
use crate::event::What;
use crate::id::EventNumber;
use crate::rules::Happened;
use crate::state::{Desired, Ending, Hook, Owed};
use crate::store::{HOOK_ATTEMPTS, HookBegin};

const ENDING: Option<Ending> = Some(Ending::Suspended);

#[test]
fn a_hook_that_fails_is_tried_three_times_and_then_given_up() {
    let home = Home::new();
    let task = home.submit();
    let key = home.run(W1).key;
    home.ask(task, Desired::Suspend);
    for attempt in 1..=HOOK_ATTEMPTS {
        let (begun, row) = home
            .store
            .begin_hook(key, Happened::Boundary, Hook::Cleanup, ENDING)
            .unwrap();
        assert_eq!(begun, HookBegin::Run(attempt));
        assert_eq!(row.state.hook, Some(Hook::Cleanup));
        let row = home
            .store
            .end_hook(key, Hook::Cleanup, Some("exit 1".into()))
            .unwrap();
        assert_eq!(row.state.owed.cleanup, attempt < HOOK_ATTEMPTS);
    }
    let dropped = home
        .store
        .events(EventNumber(0), Some(task), 99)
        .unwrap()
        .events
        .pop()
        .unwrap();
    assert_eq!(dropped.what, What::HookDropped);
    home.settle(key, Happened::Boundary, Ending::Suspended)
        .unwrap();
}

#[test]
fn a_hook_that_kills_its_worker_does_not_kill_every_worker_in_turn() {
    let home = Home::new();
    let task = home.submit();
    let mut key = home.run(W1).key;
    home.ask(task, Desired::Suspend);
    for attempt in 1..=HOOK_ATTEMPTS {
        let (begun, _) = home
            .store
            .begin_hook(key, Happened::Boundary, Hook::Cleanup, ENDING)
            .unwrap();
        assert_eq!(begun, HookBegin::Run(attempt));
        key = take_over(&home.store, W2, key).unwrap().key;
    }
    let (begun, row) = home
        .store
        .begin_hook(key, Happened::Boundary, Hook::Cleanup, ENDING)
        .unwrap();
    assert_eq!(begun, HookBegin::Dropped);
    assert!(!row.state.owed.cleanup);
    home.settle(key, Happened::Boundary, Ending::Suspended)
        .unwrap();
}

#[test]
fn a_hook_that_is_not_wanted_any_more_does_not_begin() {
    let home = Home::new();
    let task = home.submit();
    let key = home.run(W1).key;
    home.ask(task, Desired::Suspend);
    home.ask(task, Desired::Run);
    let before = home.row(task);
    let (begun, _) = home
        .store
        .begin_hook(key, Happened::Boundary, Hook::Cleanup, ENDING)
        .unwrap();
    assert_eq!(begun, HookBegin::PlanAgain);
    assert_eq!(home.row(task), before);
}

#[test]
fn saying_again_that_a_hook_is_done_does_not_pay_for_another() {
    let home = Home::new();
    let task = home.submit();
    let dead = home.run(W1).key;
    let key = take_over(&home.store, W2, dead).unwrap().key;
    home.hook(key, Happened::Boundary, Hook::Cleanup, None);
    let row = home.row(task);
    assert!(row.state.owed.cleanup, "its own is still owed");
    for failed in [None, Some("late".to_owned())] {
        let again = home.store.end_hook(key, Hook::Cleanup, failed).unwrap();
        assert_eq!(again, row);
    }
}

#[test]
fn nothing_settles_while_a_hook_is_owed() {
    let home = Home::new();
    let task = home.submit();
    let key = home.run(W1).key;
    home.ask(task, Desired::Suspend);
    let before = home.row(task);
    let again = home.settle(key, Happened::Boundary, Ending::Suspended);
    assert!(again.is_err());
    assert_eq!(home.row(task), before);
    home.hook(key, Happened::Boundary, Hook::Cleanup, ENDING);
    home.settle(key, Happened::Boundary, Ending::Suspended)
        .unwrap();
    assert_eq!(home.row(task).state.owed, Owed::default());
}
