//! Init and cleanup, and what keeps a task from being started.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::spec::OnError;
use longhaul_common::state::{Ending, Outcome};
use longhaul_worker::End;

use crate::house::{House, Trick, stop};

#[test]
fn a_failing_init_counts_as_a_failed_batch() {
    let house = House::new();
    let worker = house.worker();
    let mut task = house.task(30, 0, Trick::FailInit);
    // There is nothing that could be skipped, so it suspends.
    task.spec.on_error = OnError::Skip;
    task.spec.retries = 2;
    let view = house.rests(house.submit(task));
    assert_eq!(house.diary.count("init"), 3);
    assert_eq!(view.items_done, 0);
    assert!(view.error.unwrap().contains("no connection"));
    stop(worker);
}

#[test]
fn a_failing_cleanup_is_tried_three_times_and_then_recorded() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(10, 0, Trick::FailCleanup));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(
        house
            .diary
            .count(&format!("cleanup {:?}", End::Leaving(Ending::Completed))),
        3
    );
    assert_eq!(house.happened(task, What::HookFailed), 3);
    assert_eq!(house.happened(task, What::HookDropped), 1);
    stop(worker);
}

#[test]
fn a_kind_that_no_worker_knows_waits_and_says_for_what() {
    let house = House::new();
    let worker = house.worker();
    let mut task = house.task(10, 0, Trick::None);
    task.spec.kind = "unheard-of".into();
    let task = house.submit(task);
    let view = house.view(task);
    assert_eq!(view.phase, Phase::Queued);
    let waits = view.waiting_for.unwrap();
    assert!(waits.contains("unheard-of"), "{waits}");
    stop(worker);
}

#[test]
fn parameters_that_do_not_fit_suspend_the_task_and_say_why() {
    let house = House::new();
    let worker = house.worker();
    let mut task = house.task(10, 0, Trick::None);
    task.spec.work =
        longhaul_common::spec::Work::Registered(longhaul_common::spec::RegisteredWork {
            rolls_back: false,
            params: "{\"last\": \"many\"}".into(),
        });
    let view = house.rests(house.submit(task));
    let error = view.error.unwrap();
    assert!(error.contains("the parameters don't fit"), "{error}");
    stop(worker);
}
