//! Tasks written in Rust whose batches go through a queue of their own.

use longhaul_common::spec::{OnError, Queue, Way};
use longhaul_common::state::{Outcome, StateWord};
use longhaul_common::store::{Haste, NewTask};

use crate::house::{House, Trick, stop, wait_until};

fn queued(house: &House, last: i64, at: u64, trick: Trick) -> NewTask {
    let mut task = house.task(last, at, trick);
    task.spec.way = Way::Queued(Queue::default());
    task
}

fn sorted(mut items: Vec<i64>) -> Vec<i64> {
    items.sort_unstable();
    items
}

#[test]
fn every_item_is_done_once_through_the_queue_too_and_each_seat_has_one_instance() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(queued(&house, 1_005, 0, Trick::None));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.items_total), (1_005, Some(1_005)));
    assert_eq!(view.batches_done, 101);
    assert_eq!(sorted(house.diary.done()), (1..=1_005).collect::<Vec<_>>());
    // Whoever coordinates, and two seats; one that found nothing to do may have been opened anew.
    let instances = house.diary.count("init");
    assert!((2..10).contains(&instances), "{instances} instances");
    assert_eq!(house.diary.count("cleanup Leaving(Completed)"), 1);
    stop(worker);
}

#[test]
fn two_batches_of_one_task_run_at_once_in_one_worker() {
    let house = House::new();
    let worker = house.worker();
    let release = house.dir.path().join("release");
    let trick = Trick::WaitFor(release.display().to_string());
    let task = house.submit(queued(&house, 100, 3, trick));
    house.until(task, "past the one that waits", |view| {
        view.batches_done == 9
    });
    std::fs::write(release, "").unwrap();
    let view = house.ended(task);
    assert_eq!((view.batches_done, view.retries), (10, 0));
    assert_eq!(sorted(house.diary.done()), (1..=100).collect::<Vec<_>>());
    stop(worker);
}

#[test]
fn a_panic_is_a_failed_batch_of_the_queue_and_the_others_are_done() {
    let house = House::new();
    let worker = house.worker();
    let mut task = queued(&house, 100, 4, Trick::Panic);
    task.spec.on_error = OnError::Skip;
    let task = house.submit(task);
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.batches_done, view.batches_failed), (9, 1));
    for attempt in 1..=4 {
        assert_eq!(house.diary.count(&format!("batch 4 {attempt}")), 1);
    }
    let failures = house.control.store().failures(task).unwrap();
    assert!(failures[0].error.contains("on purpose"), "{failures:?}");
    stop(worker);
}

#[test]
fn a_suspension_waits_for_the_batch_in_flight_and_a_resumption_goes_on() {
    let house = House::new();
    let worker = house.worker();
    let release = house.dir.path().join("release");
    let trick = Trick::WaitFor(release.display().to_string());
    let task = house.submit(queued(&house, 1_000, 3, trick));
    house.until(task, "past the one that waits", |view| {
        view.batches_done > 5
    });
    house.control.suspend([task]).send().unwrap();
    assert_eq!(house.view(task).current_state, StateWord::Run);
    std::fs::write(release, "").unwrap();
    house.rests(task);
    assert_eq!(house.diary.count("cleanup Leaving(Suspended)"), 1);
    house.control.resume([task]).send().unwrap();
    assert_eq!(house.ended(task).items_done, 1_000);
    assert_eq!(sorted(house.diary.done()), (1..=1_000).collect::<Vec<_>>());
    stop(worker);
}

#[test]
fn force_cancels_the_batch_in_flight_and_it_runs_again_with_no_attempt_spent() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(queued(&house, 100, 3, Trick::Hang));
    house.until(task, "past the one that hangs", |view| {
        view.batches_done == 9
    });
    house
        .control
        .suspend([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    house.rests(task);
    house.control.resume([task]).send().unwrap();
    wait_until("begun again", || house.diary.count("batch 3 1") == 2);
    house
        .control
        .terminate([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    let view = house.ended(task);
    assert_eq!((view.batches_done, view.retries), (9, 0));
    stop(worker);
}
