//! Batches: what follows when one is done, fails, or asks for something.

use longhaul_common::spec::OnError;
use longhaul_common::state::{Outcome, StateWord};

use crate::house::{House, Trick, stop};

#[test]
fn every_item_is_done_once_and_in_order() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(1_005, 0, Trick::None));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.items_total), (1_005, Some(1_005)));
    assert_eq!(view.batches_done, 101);
    assert_eq!(view.message.as_deref(), Some("at batch 100"));
    assert_eq!(house.diary.done(), (1..=1_005).collect::<Vec<_>>());
    assert_eq!(house.diary.count("init"), 1);
    assert_eq!(house.diary.count("cleanup Leaving(Completed)"), 1);
    stop(worker);
}

#[test]
fn a_failed_batch_is_tried_again_with_the_same_items() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Retry(2)));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(view.retries, 2);
    assert_eq!(house.diary.done(), (1..=30).collect::<Vec<_>>());
    for attempt in 1..=3 {
        assert_eq!(house.diary.count(&format!("batch 1 {attempt}")), 1);
    }
    stop(worker);
}

#[test]
fn a_panic_is_a_failed_batch_and_the_policy_suspends() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Panic));
    let view = house.rests(task);
    assert_eq!(view.items_done, 10);
    let error = view.error.unwrap();
    assert!(error.contains("on purpose"), "{error}");
    assert!(view.desired_reason.unwrap().contains("failed 4 times"));
    assert_eq!(house.diary.count("suspended"), 1);
    assert_eq!(house.diary.count("cleanup Leaving(Suspended)"), 1);
    stop(worker);
}

#[test]
fn a_skipped_batch_goes_to_the_failures() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Skip));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.batches_done, view.batches_failed), (2, 1));
    let failures = house.control.store().failures(task).unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].batch.0, failures[0].items), (1, 10));
    assert_eq!(failures[0].error, "bad items");
    stop(worker);
}

#[test]
fn a_batch_can_ask_to_suspend_at_once_and_attempts_start_anew_at_a_resume() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Suspend));
    house.rests(task);
    assert_eq!(house.diary.count("batch 1 1"), 1);
    house.control.resume([task]).send().unwrap();
    house.until(task, "suspended again", |view| {
        view.current_state == StateWord::Suspend && view.epoch.0 == 2
    });
    assert_eq!(house.diary.count("batch 1 1"), 2);
    assert_eq!(house.diary.count("resumed"), 1);
    stop(worker);
}

#[test]
fn fatal_ends_the_task_as_failed() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Fatal));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    assert_eq!(house.diary.count("cleanup Leaving(Failed)"), 1);
    stop(worker);
}

#[test]
fn the_policies_act_once_the_retries_are_spent() {
    for (policy, outcome, done) in [
        (OnError::Skip, Outcome::Completed, 20),
        (OnError::Terminate, Outcome::Failed, 10),
    ] {
        let house = House::new();
        let worker = house.worker();
        let mut task = house.task(30, 1, Trick::Retry(99));
        task.spec.on_error = policy;
        task.spec.retries = 2;
        let view = house.ended(house.submit(task));
        assert_eq!(view.outcome, Some(outcome));
        assert_eq!(view.items_done, done);
        assert_eq!(house.diary.count("batch 1 3"), 1);
        assert_eq!(house.diary.count("batch 1 4"), 0);
        stop(worker);
    }
}

#[test]
fn a_task_that_cancels_itself_has_failed_and_is_not_run_over_and_over() {
    for trick in [Trick::CancelItself, Trick::CancelInit] {
        let house = House::new();
        let worker = house.worker();
        let task = house.submit(house.task(30, 1, trick));
        let view = house.ended(task);
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!(view.retries, 1);
        stop(worker);
    }
}
